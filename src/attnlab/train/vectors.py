"""Training the word vectors, from English text."""

import argparse
import dataclasses
from pathlib import Path

from attnlab.word2vec.shipping import PRESET, ship


def add_to(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``word2vec`` to the command line."""
    parser = kinds.add_parser("word2vec", help="word vectors, from who stands beside whom")
    parser.add_argument("--articles", type=Path, nargs="+", required=True, help="files of articles, as WikiText's")
    parser.add_argument("--pairs", type=Path, nargs="*", default=[], help="sentence pairs whose English is read too")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the vectors")
    for name in ("dim", "epochs", "window", "negatives", "seed"):
        parser.add_argument(f"--{name}", type=int, help=f"instead of {getattr(PRESET, name)}")
    parser.add_argument("--workers", type=int, default=1, help="how many processes; with 1 a run can be repeated")
    parser.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> None:
    names = [field.name for field in dataclasses.fields(PRESET)]
    given = {name: value for name in names if (value := getattr(options, name, None)) is not None}
    config = dataclasses.replace(PRESET, **given)
    ship(options.articles, options.pairs, options.out, config=config, workers=config.workers)
