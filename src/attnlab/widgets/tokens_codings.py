"""Numbers for tokens: how far words are from each other in three codings, and what a matrix makes of ids."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attnlab.embedding import WordVectors, cosine

Floats = NDArray[np.float64]

AXES = ("fruit", "phone")  # a row of the lookup table begins as a word's cosines with these two
NOTHING = 1e-9  # singular values below this share of the largest are rounding


class Rows(NamedTuple):
    """What points ``(n, D)`` have in common: their rank, and how far they lie from the best line through 0.

    Attributes:
        rank: how many directions they need.
        off_line: the root of the mean squared distance from the line through 0 that comes nearest to all.
    """

    rank: int
    off_line: float


def id_distances(ids: Sequence[int | None]) -> Floats:
    """Return how far ids are apart on the number line, ``(n, n)``; NaN for a word without an id.

    Example:

        >>> id_distances([4, 5, None])
        array([[ 0.,  1., nan],
               [ 1.,  0., nan],
               [nan, nan, nan]])
    """
    places = np.array([np.nan if place is None else place for place in ids], dtype=np.float64)
    return np.abs(places[:, None] - places[None, :])


def one_hot_rows(ids: Sequence[int | None], size: int) -> Floats:
    """Return a row with a single 1 for each id, ``(n, V)``; a row of NaN for a word without an id.

    Example:

        >>> one_hot_rows([2, None], 3)
        array([[ 0.,  0.,  1.],
               [nan, nan, nan]])
    """
    rows = np.zeros((len(ids), size))
    for row, place in enumerate(ids):
        rows[row] = np.nan if place is None else np.arange(size) == place
    return rows


def euclid(rows: ArrayLike) -> Floats:
    """Return the straight distance of each row to each, ``(n, D) -> (n, n)``.

    Example:

        >>> euclid([[0, 0], [3, 4]])
        array([[0., 5.],
               [5., 0.]])
    """
    points = np.asarray(rows, dtype=np.float64)
    return np.array([np.linalg.norm(points - point, axis=1) for point in points]).reshape(len(points), -1)


def trained_rows(words: Sequence[str], table: WordVectors) -> Floats:
    """Return the trained vector of each word, ``(n, D)``; a row of NaN for one that the table does not hold whole.

    Example:

        >>> from attnlab.embedding import load_word_vectors
        >>> rows = trained_rows(["apple", "huawei"], load_word_vectors())
        >>> rows.shape, np.isnan(rows).any(axis=1).tolist()
        ((2, 128), [False, True])
    """
    rows = np.full((len(words), table.dim), np.nan)
    for row, word in enumerate(words):
        pieces = table.tokenizer.tokenize(word)
        if len(pieces) == 1 and pieces[0].known:
            rows[row] = table[pieces[0].piece]
    return rows


def where_coded(matrix: Floats, ids: Sequence[int | None]) -> Floats:
    """Return ``(n, n)`` numbers of pairs with NaN for words without an id, also where the vocabulary is empty."""
    missing = np.array([place is None for place in ids])
    return np.where(missing[:, None] | missing[None, :], np.nan, matrix)


def cosines(rows: Floats) -> Floats:
    """Return the cosine of each row with each, ``(n, n)``; NaN where a row is missing."""
    found = cosine(rows[:, None], rows[None, :])
    missing = np.isnan(rows).any(axis=1)
    found[missing], found[:, missing] = np.nan, np.nan
    return found


def starting_rows(words: Sequence[str], table: WordVectors) -> Floats:
    """Return where each word begins in the lookup table: its cosines with "fruit" and "phone", ``(n, 2)``.

    A word without a vector begins at 0.
    """
    rows, axes = trained_rows(words, table), trained_rows(AXES, table)
    return np.nan_to_num(np.stack([cosine(rows, axis) for axis in axes], axis=1))  # (n, 2)


def raise_ids(ids: Sequence[int], matrix: Sequence[float]) -> Floats:
    """Return ids times a matrix of one row, ``(n,) -> (n, D)``: each id becomes a multiple of the same vector.

    Example:

        >>> raise_ids([1, 4], [2.0, 0.5])
        array([[2. , 0.5],
               [8. , 2. ]])
    """
    return np.asarray(ids, dtype=np.float64)[:, None] @ np.asarray(matrix, dtype=np.float64)[None, :]


def rank_and_line(rows: ArrayLike) -> Rows:
    """Return the rank of points ``(n, D)``, and how far they lie from the best line through 0.

    Source: Eckart and Young, *The Approximation of One Matrix by Another of Lower Rank* (1936): the singular values
    beyond the first are what is left over.

    Example: (1, 0) and (0, 1) need two directions; each is sqrt(1/2) away from the line between them.

        >>> rank_and_line([[1, 2], [2, 4], [-3, -6]]).rank
        1
        >>> rank, off_line = rank_and_line([[1, 0], [0, 1]])
        >>> rank, round(off_line, 4)
        (2, 0.7071)
    """
    points = np.asarray(rows, dtype=np.float64)
    if not points.any():
        return Rows(0, 0.0)
    values = np.linalg.svd(points, compute_uv=False)
    kept = values > NOTHING * values[0]
    return Rows(int(kept.sum()), float(np.sqrt((values[1:] ** 2).sum() / len(points))))
