"""The exercises of the chapter on the latent space.

No two sizes of a case are the same, no vectors have one length, and the words of the analogies are real: at other
numbers wrong formulas would pass.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attnlab.embedding import load_word_vectors
from attnlab.exercises.checking import Case, Exercise

Array = NDArray[np.float64]
Rows = NDArray[np.int64]


def unit(vectors: Array) -> Array:
    """Return vectors at length 1."""
    scaled: Array = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return scaled


# --- 1. lookup(ids, table) -> (T, D) ----------------------------------------------------------------------------------


def lookup(ids: Rows, table: Array) -> Array:
    """Return the row of the table for each id: ``(T,), (V, D) -> (T, D)``."""
    found: Array = one_hot(ids, table) @ table
    return found


def one_hot(ids: Rows, table: Array) -> Array:
    """Return one row for each id, 1 at the place of the id and 0 elsewhere: ``(T, V)``."""
    codes: Array = np.eye(len(table))[ids]
    return codes


def _lookup_cases() -> Sequence[Case]:
    table = np.random.default_rng(31).normal(size=(5, 6))
    return [(np.array([3, 0, 3, 1]), table)]  # out of order, and one of them twice


LOOKUP = Exercise(
    id="latent-space/lookup",
    reference=lookup,
    cases=_lookup_cases,
    rivals={
        "codes": one_hot,
        "columns": lambda ids, table: table.T[ids],
        "sum": lambda ids, table: lookup(ids, table).sum(axis=0),
        "from-one": lambda ids, table: table[ids - 1],
        "each-once": lambda ids, table: table[np.unique(ids)],
        "transposed": lambda ids, table: lookup(ids, table).T,
    },
)


# --- 2. neighbors(table, i, k) -> (k,) --------------------------------------------------------------------------------


def neighbors(table: Array, i: int, k: int) -> Rows:
    """Return the ``k`` rows with the largest cosine to row ``i``, the nearest first, without row ``i``."""
    return _without(np.argsort(-_cosines(table, i), kind="stable"), i)[:k]


def _cosines(table: Array, i: int) -> Array:
    cosines: Array = unit(table) @ unit(table[i])
    return cosines


def _without(order: Rows, i: int) -> Rows:
    left: Rows = order[order != i]
    return left


def _neighbors_cases() -> Sequence[Case]:
    random = np.random.default_rng(32)
    table = random.normal(size=(14, 3)) * random.uniform(0.3, 3.0, size=(14, 1))
    return [(table, 2, 6), (table, 7, 5)]


NEIGHBORS = Exercise(
    id="latent-space/neighbors",
    reference=neighbors,
    cases=_neighbors_cases,
    rivals={
        "itself": lambda table, i, k: np.argsort(-_cosines(table, i), kind="stable")[:k],
        "dot-product": lambda table, i, k: _without(np.argsort(-(table @ table[i])), i)[:k],
        "distance": lambda table, i, k: _without(np.argsort(np.linalg.norm(table - table[i], axis=1)), i)[:k],
        "farthest": lambda table, i, k: _without(np.argsort(_cosines(table, i)), i)[:k],
        "by-number": lambda table, i, k: np.sort(neighbors(table, i, k)),
        "cosines": lambda table, i, k: _cosines(table, i)[neighbors(table, i, k)],
    },
)


# --- 3. two_answers(table, a, b, c) -> (2,) ---------------------------------------------------------------------------


def two_answers(table: Array, a: int, b: int, c: int) -> list[int]:
    """Return the row nearest to ``b - a + c``, all at length 1: of all rows, and of all but the three."""
    return _answers(unit(table), a, b, c, (a, b, c))


def _answers(rows: Array, a: int, b: int, c: int, left_out: tuple[int, ...], sign: int = 1) -> list[int]:
    cosines = unit(rows) @ (rows[b] + sign * (rows[c] - rows[a]))
    order = np.argsort(-cosines, kind="stable")
    return [int(order[0]), int(order[~np.isin(order, left_out)][0])]


def _analogy_cases() -> Sequence[Case]:
    """Analogies of real words, among 400 frequent words and those that they need."""
    words = load_word_vectors()
    asked = ("man king woman queen", "big bigger small smaller", "france paris germany berlin", "good best bad worst")
    used = [words.index[word] for line in asked for word in line.split()]
    rows = sorted({*range(0, words.words, 20), *used})
    table = words.vectors[rows].astype(np.float64) * np.random.default_rng(33).uniform(0.2, 2.0, size=(len(rows), 1))
    places = [[rows.index(words.index[word]) for word in line.split()[:3]] for line in asked]
    return [(table, *place) for place in places]


ANALOGY = Exercise(
    id="latent-space/analogy",
    reference=two_answers,
    cases=_analogy_cases,
    rivals={
        "always-allowed": lambda table, a, b, c: [two_answers(table, a, b, c)[0]] * 2,
        "never-allowed": lambda table, a, b, c: [two_answers(table, a, b, c)[1]] * 2,
        "exchanged": lambda table, a, b, c: two_answers(table, a, b, c)[::-1],
        "wrong-sign": lambda table, a, b, c: _answers(unit(table), c, b, a, (a, b, c)),
        "only-c": lambda table, a, b, c: _answers(unit(table), a, b, c, (c,)),
        "lengths-kept": lambda table, a, b, c: _answers(table, a, b, c, (a, b, c)),
    },
)


# --- 4. alignment(x, y) -> (D, D) -------------------------------------------------------------------------------------


def alignment(x: Array, y: Array) -> Array:
    """Return the orthogonal ``Q`` for which ``x @ Q`` is nearest to ``y``: ``(N, D), (N, D) -> (D, D)``."""
    left, _, right = np.linalg.svd(x.T @ y)
    turn: Array = left @ right
    return turn


def _rotation(x: Array, y: Array) -> Array:
    left, _, right = np.linalg.svd(x.T @ y)
    left[:, -1] *= np.sign(np.linalg.det(left @ right))
    turn: Array = left @ right
    return turn


def _alignment_cases() -> Sequence[Case]:
    random = np.random.default_rng(34)
    x = random.normal(size=(8, 3)) + 0.7
    mirror = np.linalg.qr(random.normal(size=(3, 3)))[0]
    mirror[:, 0] *= -np.sign(np.linalg.det(mirror))  # a turn and a mirror: determinant -1
    return [(x, x @ mirror * 1.5 + random.normal(scale=0.2, size=x.shape))]


ALIGNMENT = Exercise(
    id="latent-space/alignment",
    reference=alignment,
    cases=_alignment_cases,
    rivals={
        "least-squares": lambda x, y: np.linalg.lstsq(x, y, rcond=None)[0],
        "backward": lambda x, y: alignment(y, x),
        "product": lambda x, y: x.T @ y,
        "no-mirror": _rotation,
        "mapped": lambda x, y: x @ alignment(x, y),
    },
)


# --- 5. pointwise(picture, kernel) -> (Cout, H, W) --------------------------------------------------------------------


def pointwise(picture: Array, kernel: Array) -> Array:
    """Return a 1x1 convolution of a picture: ``(Cin, H, W), (Cout, Cin) -> (Cout, H, W)``."""
    found: Array = np.einsum("oi,ihw->ohw", kernel, picture)
    return found


def _pointwise_cases() -> Sequence[Case]:
    random = np.random.default_rng(35)
    square = (random.normal(size=(3, 4, 4)), random.normal(size=(3, 3)))  # here every exchange of axes gives numbers
    other = (random.normal(size=(3, 4, 5)), random.normal(size=(2, 3)))
    return [square, other]


POINTWISE = Exercise(
    id="latent-space/pointwise",
    reference=pointwise,
    cases=_pointwise_cases,
    rivals={
        "kernel-transposed": lambda picture, kernel: pointwise(picture, kernel.T),
        "channels-last": lambda picture, kernel: pointwise(picture, kernel).transpose(1, 2, 0),
        "picture-turned": lambda picture, kernel: pointwise(picture, kernel).transpose(0, 2, 1),
        "one-number": lambda picture, kernel: pointwise(picture, kernel).mean(axis=(1, 2)),
        "flat": lambda picture, kernel: kernel @ picture.reshape(len(picture), -1),
    },
)

EXERCISES = (LOOKUP, NEIGHBORS, ANALOGY, ALIGNMENT, POINTWISE)

QUESTIONS = {"latent-space/random": 2, "latent-space/turned": 3, "latent-space/islands": 1}
