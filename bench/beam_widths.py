"""What a wider beam gains: the model's own score and BLEU by width, with how much of the gain is luck.

``python -m bench.beam_widths dev.tsv --count 300``: a file of sentence pairs, of which as many Chinese sentences are
translated, spread over the file; without ``--count`` all of them. Prints the row of chapter 6's table for each width,
without and with the length forgiven. The last column, p, says how often luck in the choice of sentences alone would
make a BLEU at least as far from that of width 1: from 1,000 paired bootstrap samples (Koehn, *Statistical Significance
Tests for Machine Translation Evaluation*, 2004; computed by sacrebleu). Needs the extra ``train``.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.significance import PairedTest

from attnlab.data import group_references, read_pairs
from attnlab.decoding import beam_search
from attnlab.models import load_translator
from attnlab.models.translator import Translator

WIDTHS = (1, 2, 4, 8)
PENALTIES = (None, 1.0)


class Setting(NamedTuple):
    """What a search is told: how many texts it keeps, and by which power of its length a text is forgiven."""

    width: int
    length_penalty: float | None

    @property
    def name(self) -> str:
        """Return what the table calls it."""
        return f"{self.width}" if self.length_penalty is None else f"{self.width}, length forgiven"


class Found(NamedTuple):
    """The texts of one setting, with the mean of their log-probabilities and of their numbers of tokens."""

    texts: list[str]
    log_probability: float
    tokens: float


def spread(sentences: Sequence[tuple[str, list[str]]], count: int) -> list[tuple[str, list[str]]]:
    """Return ``count`` sentences, evenly spread over all; all of them if there are no more.

    Raises:
        ValueError: ``count`` is less than 1.

    Example:

        >>> [text for text, _ in spread([(letter, []) for letter in "abcdefg"], 3)]
        ['a', 'c', 'e']
        >>> [text for text, _ in spread([(letter, []) for letter in "abcdefg"], 4)]
        ['a', 'b', 'd', 'f']
    """
    if count < 1:
        raise ValueError(f"--count is {count}: at least 1 sentence is needed")
    count = min(count, len(sentences))
    return [sentences[place * len(sentences) // count] for place in range(count)]


def translate(translator: Translator, sentences: Sequence[str], setting: Setting) -> Found:
    """Return the best text of a beam for each sentence."""
    ends = {"start_id": translator.target.start_id, "end_id": translator.target.end_id}
    best = []
    for sentence in sentences:
        ids = translator.read(sentence).ids
        steps = beam_search(translator.model, ids, **setting._asdict(), **ends, max_new_tokens=40)
        best.append(list(steps)[-1].best)
    texts = [translator.target.decode(one.ids, skip_special=True) for one in best]
    log_probability = sum(one.log_probability for one in best) / len(best)
    return Found(texts, log_probability, sum(len(one.ids) for one in best) / len(best))


def scores(found: dict[str, Found], references: Sequence[Sequence[str]]) -> dict[str, tuple[float, float | None]]:
    """Return BLEU of each setting, and p of its difference from the first one, which has none.

    Args:
        found: the texts of each setting, at least two of them, by name.
        references: for each sentence, all its translations by people.
    """
    most = max(map(len, references))
    columns = [[one[place] if place < len(one) else None for one in references] for place in range(most)]
    systems = [(name, one.texts) for name, one in found.items()]
    metric = BLEU(references=columns)
    _, results = PairedTest(systems, {"BLEU": metric}, references=None, test_type="bs", n_samples=1000)()
    return {name: (one.score, one.p_value) for name, one in zip(found, results["BLEU"], strict=True)}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--count", type=int)
    options = parser.parse_args()
    torch.set_num_threads(1)
    sentences = group_references(read_pairs(options.pairs))
    chosen = spread(sentences, len(sentences) if options.count is None else options.count)
    translator, found = load_translator(), {}
    print(f"{len(chosen)} of {len(sentences)} sentences", flush=True)
    for setting in (Setting(width, penalty) for penalty in PENALTIES for width in WIDTHS):
        if setting != (1, 1.0):  # one text has nothing to be compared with
            found[setting.name] = translate(translator, [text for text, _ in chosen], setting)
    rows = scores(found, [references for _, references in chosen])
    print(f"{'width':20} mean log p   tokens   BLEU   p")
    for name, (score, p) in rows.items():
        one = found[name]
        luck = "" if p is None else f"{p:.3f}"
        print(f"{name:20} {one.log_probability:10.2f} {one.tokens:8.1f} {score:6.1f}   {luck}")


if __name__ == "__main__":
    main()
