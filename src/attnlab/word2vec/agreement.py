"""How far vectors and people agree on which words are alike."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attnlab.data.lines import checked_file, numbered_lines
from attnlab.embedding import Vectors, cosine

WORDSIM = Path(__file__).parents[1] / "data" / "wordsim353.tsv"


class Judgment(NamedTuple):
    """How alike people find two words: from 0 to 10 in WordSim-353."""

    first: str
    second: str
    score: float


def read_judgments(path: str | PathLike[str] = WORDSIM) -> list[Judgment]:
    """Return the judgments of a tab-separated file: two words, which become small, and a score.

    Unless a file is named, they are the 353 of WordSim-353, which come with the package (CC BY 4.0; the file says by
    whom).

    Lines that begin with ``#`` are remarks.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line, which is named, has other columns, or its score is no number.

    Source: Finkelstein et al., *Placing Search in Context: The Concept Revisited* (2002), for WordSim-353.

    Example:

        >>> len(read_judgments())
        353
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = f"{folder}/pairs.tsv"
        ...     _ = open(path, "w").write("# two words and how alike they are\\nTiger\\tcat\\t7.35\\n")
        ...     read_judgments(path)
        [Judgment(first='tiger', second='cat', score=7.35)]
    """
    found = []
    for number, line in numbered_lines(checked_file(path)):
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        try:
            first, second, score = cells
            found.append(Judgment(first.lower(), second.lower(), float(score)))
        except ValueError:
            raise ValueError(f"{path}:{number}: two words and a number were expected, got {line!r}") from None
    return found


def agreement(index: Mapping[str, int], vectors: Vectors, judgments: list[Judgment]) -> tuple[float, int]:
    """Return Spearman's correlation of the cosines with the judgments, and over how many pairs it is.

    Args:
        index: which row belongs to which word.
        vectors: ``(V, D)``.
        judgments: those with a word that the index lacks are left out.

    Raises:
        ValueError: fewer than two judgments are left.

    Example: the vectors find "tea" and "milk" most alike, then "tea" and "cup"; people find it the other way round.

        >>> vectors = np.array([[1, 0], [1, 0.1], [1, 1], [0, 1]], dtype=np.float32)
        >>> judgments = [Judgment("tea", "milk", 6), Judgment("tea", "cup", 8), Judgment("tea", "star", 1)]
        >>> correlation, pairs = agreement({"tea": 0, "milk": 1, "cup": 2, "star": 3}, vectors, judgments)
        >>> round(correlation, 4), pairs
        (0.5, 3)
    """
    known = [(index[a], index[b], score) for a, b, score in judgments if a in index and b in index]
    if len(known) < 2:
        raise ValueError(f"{len(known)} of {len(judgments)} pairs have vectors for both words, it takes 2")
    first, second, scores = zip(*known, strict=True)
    return spearman(cosine(vectors[list(first)], vectors[list(second)]), scores), len(known)


def spearman(one: ArrayLike, other: ArrayLike) -> float:
    """Return Spearman's correlation of two lists of numbers: that of their ranks.

    Example: which numbers they are does not matter, only their order.

        >>> round(spearman([1, 2, 3], [10, 1000, 30]), 4)
        0.5
    """
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(numbers: ArrayLike) -> NDArray[np.float64]:
    """Numbers that are equal share the mean of their ranks."""
    _, places, counts = np.unique(np.asarray(numbers), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[places], dtype=np.float64)
