"""BLEU in a few lines of Python, for readers who have no scoring library: the number that sacrebleu gives."""

import math
import re
from collections import Counter
from collections.abc import Sequence

LONGEST = 4  # words: the longest run that is compared
_APART = re.compile(r"([!-&(-+/:-@\[-`{-~])")  # all of ASCII's signs but ' - . and ,
# A point or comma stays only between two digits. In two passes: of signs in a row, each pass sees every other one.
_POINT_AFTER, _POINT_BEFORE = re.compile(r"([^0-9])([.,])"), re.compile(r"([.,])([^0-9])")
_DASH = re.compile(r"(?<=[0-9])-")


def bleu(translations: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Return BLEU of some translations together, from 0 to 100: how many runs of 1 to 4 words a reference has too.

    For each length of a run, its share among all runs of the translations is taken. A run counts at most as often as it
    stands in one reference. The score is the geometric mean of the four shares, lowered where the translations are
    shorter than the references. A length of which no run is right counts as half of one run, the next one as a quarter.

    Args:
        translations: one for each source sentence.
        references: for each source sentence, all its translations by people.

    Raises:
        ValueError: there are not as many of one as of the other, there is none, or a sentence has no reference.

    Source: Papineni et al., *BLEU* (2002), section 2; Post, *A Call for Clarity in Reporting BLEU Scores* (2018): the
    tokenizer is "13a", the smoothing exponential. Entities of HTML are not decoded.

    Example: of 5 words 5 are right, of 4 pairs 3, of 3 runs of three 1, of 2 runs of four none.

        >>> score = bleu(["the cat sat down ."], [["the cat sat . down ."]])
        >>> brevity = math.exp(1 - 6 / 5)
        >>> round(score, 6) == round(100 * brevity * (5 / 5 * 3 / 4 * 1 / 3 * 0.5 / 2) ** 0.25, 6)
        True
        >>> round(bleu(["It rains here.", "Why?"], [["It is raining.", "It rains here."], ["Why not?"]]))
        79
    """
    if len(translations) != len(references):
        raise ValueError(f"{len(translations)} translations but references for {len(references)} sentences")
    if not references:
        raise ValueError("there are 0 translations to score")
    if not all(references):
        empty = sum(not several for several in references)
        raise ValueError(f"{empty} of {len(references)} sentences have no reference")
    right, total = [0] * LONGEST, [0] * LONGEST
    written = expected = 0
    for translation, several in zip(translations, references, strict=True):
        words, others = _words(translation), [_words(reference) for reference in several]
        written += len(words)
        expected += min((abs(len(other) - len(words)), len(other)) for other in others)[1]  # the nearest in length
        for n in range(1, LONGEST + 1):
            mine, allowed = _runs(words, n), Counter[tuple[str, ...]]()
            for other in others:
                allowed |= _runs(other, n)  # the largest count of each
            right[n - 1] += (mine & allowed).total()
            total[n - 1] += mine.total()
    return _score(right, total, written, expected)


def _score(right: Sequence[int], total: Sequence[int], written: int, expected: int) -> float:
    """The geometric mean of the shares, times the penalty for being short."""
    if not any(right) or not all(total):
        return 0.0
    logs, smooth = [], 1
    for found, count in zip(right, total, strict=True):
        smooth *= 1 if found else 2
        logs.append(math.log(found / count if found else 1 / (smooth * count)))
    brevity = min(0.0, 1 - expected / written)
    return 100 * math.exp(brevity + sum(logs) / len(logs))


def _words(text: str) -> list[str]:
    """The words and signs of a text, as the tokenizer "13a" cuts it: a point between digits stays with them."""
    text = _APART.sub(r" \1 ", f" {text} ")
    text = _POINT_BEFORE.sub(r" \1 \2", _POINT_AFTER.sub(r"\1 \2 ", text))
    return _DASH.sub(" - ", text).split()


def _runs(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[start : start + n]) for start in range(len(words) - n + 1))
