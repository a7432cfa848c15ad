"""Training the word vectors of two languages, each from its own side of sentence pairs."""

import argparse
import dataclasses
from pathlib import Path

from attnlab.word2vec.shipping_two_languages import PRESET, WORDS, ship_two_languages


def add_to(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``two-languages`` to the command line."""
    parser = kinds.add_parser("two-languages", help="word vectors of Chinese and of English, trained apart")
    parser.add_argument("--pairs", type=Path, nargs="+", required=True, help="files of sentence pairs")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the vectors")
    parser.add_argument("--words", type=int, default=WORDS, help="how many words of each language are kept")
    for name in ("dim", "epochs", "window", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(PRESET, name))
    parser.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> None:
    given = {name: getattr(options, name) for name in ("dim", "epochs", "window", "seed")}
    ship_two_languages(options.pairs, options.out, config=dataclasses.replace(PRESET, **given), words=options.words)
