"""The exercises of the chapter on encoding and decoding.

The numbers of rows, codes, tokens and dimensions differ where a mistake would hide in a square, and are equal in one
case where it would only raise an error. Rows are of unequal lengths, or the dot product would find the nearest as well.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attnlab.exercises.checking import Case, Exercise

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


# --- 1. cosines(vector, table) -> (N,) --------------------------------------------------------------------------------


def cosines(vector: Array, table: Array) -> Array:
    """Return the cosine of a vector with each row of a table: ``(D,), (N, D) -> (N,)``."""
    angles: Array = table @ vector / (np.linalg.norm(table, axis=1) * np.linalg.norm(vector))
    return angles


def _cosines_cases() -> Sequence[Case]:
    random = np.random.default_rng(11)
    square = (random.normal(size=3), random.normal(size=(3, 3)))  # here even the columns' lengths fit
    return [(random.normal(size=3), random.normal(size=(5, 3))), square]


COSINES = Exercise(
    id="encoding-and-decoding/cosines",
    reference=cosines,
    cases=_cosines_cases,
    rivals={
        "dot": lambda vector, table: table @ vector,
        "rows-undivided": lambda vector, table: table @ vector / np.linalg.norm(vector),
        "vector-undivided": lambda vector, table: table @ vector / np.linalg.norm(table, axis=1),
        "squares": lambda vector, table: table @ vector / ((table**2).sum(axis=1) * (vector**2).sum()),
        "one-length": lambda vector, table: table @ vector / (np.linalg.norm(table) * np.linalg.norm(vector)),
        "columns": lambda vector, table: table @ vector / (np.linalg.norm(table, axis=0) * np.linalg.norm(vector)),
        "distance": lambda vector, table: np.linalg.norm(table - vector, axis=1),
    },
)


# --- 2. nearest_other(table, i) -> a row's number ---------------------------------------------------------------------


def nearest_other(table: Array, i: int) -> int:
    """Return the row that is nearest to row ``i`` and is not row ``i``; of equally near ones the first."""
    distances = np.linalg.norm(table - table[i], axis=1)  # (N,)
    distances[i] = np.inf
    return int(distances.argmin())


def _without_zeros(table: Array, i: int) -> int:
    distances = np.linalg.norm(table - table[i], axis=1)
    return int(np.where(distances > 0, distances, np.inf).argmin())


def _without_row(scores: Array, i: int) -> int:
    """The row with the largest score, but not row ``i``."""
    scores = scores.astype(np.float64)
    scores[i] = -np.inf
    return int(scores.argmax())


def _nearest_cases() -> Sequence[Case]:
    random = np.random.default_rng(12)
    table = random.normal(size=(7, 3)) * np.array([1, 2, 1, 4, 1, 3, 1])[:, None]  # some rows are long
    twin = np.array([[1.0, 5.0], [2.0, 1.0], [9.0, 9.0], [2.0, 1.0], [2.5, 1.0]])  # rows 1 and 3 are equal
    return [*((table, i) for i in range(7)), (twin, 1), (twin, 3)]


NEAREST = Exercise(
    id="encoding-and-decoding/nearest",
    reference=nearest_other,
    cases=_nearest_cases,
    rivals={
        "itself": lambda table, i: int(np.linalg.norm(table - table[i], axis=1).argmin()),
        "twin-lost": _without_zeros,
        "second": lambda table, i: int(np.argsort(np.linalg.norm(table - table[i], axis=1), kind="stable")[1]),
        "renumbered": lambda table, i: int(np.linalg.norm(np.delete(table, i, axis=0) - table[i], axis=1).argmin()),
        "farthest": lambda table, i: int(np.linalg.norm(table - table[i], axis=1).argmax()),
        "dot": lambda table, i: _without_row(table @ table[i], i),
        "cosine": lambda table, i: _without_row(cosines(table[i], table), i),
    },
)


# --- 3. decode(codes, table) -> (N,) ----------------------------------------------------------------------------------


def decode(codes: Array, table: Array) -> NDArray[np.int64]:
    """Return for each code the row of the table that is nearest; of equally near ones the first.

    ``(N, D), (V, D) -> (N,)``.
    """
    rows: NDArray[np.int64] = _distances(codes, table).argmin(axis=1)
    return rows


def _distances(codes: Array, table: Array) -> Array:
    distances: Array = np.linalg.norm(codes[:, None] - table[None], axis=-1)  # (N, V)
    return distances


def _last_nearest(codes: Array, table: Array) -> NDArray[np.int64]:
    rows: NDArray[np.int64] = len(table) - 1 - _distances(codes, table)[:, ::-1].argmin(axis=1)
    return rows


def _decode_cases() -> Sequence[Case]:
    random = np.random.default_rng(13)
    table = random.normal(size=(5, 3)) * np.array([1, 3, 1, 2, 4])[:, None]
    codes = table[random.integers(0, 5, size=8)] + random.normal(scale=1.0, size=(8, 3))
    as_many = (table[[2, 0, 4, 1, 3]] + random.normal(scale=0.8, size=(5, 3)), table)  # as many codes as rows
    # Midway between two rows: no other formula of those below meets a tie here, where rounding would decide.
    ties = (np.array([[2.0, 1.0], [4.0, 2.5]]), np.array([[1.0, 1.0], [3.0, 1.0], [5.0, 4.0]]))
    return [(codes, table), as_many, ties]


DECODE = Exercise(
    id="encoding-and-decoding/decode",
    reference=decode,
    cases=_decode_cases,
    rivals={
        "dot": lambda codes, table: (codes @ table.T).argmax(axis=1),
        "cosine": lambda codes, table: (codes @ table.T / np.maximum(np.linalg.norm(table, axis=1), 1e-12)).argmax(
            axis=1
        ),
        "city-block": lambda codes, table: np.abs(codes[:, None] - table[None]).sum(axis=-1).argmin(axis=1),
        "farthest": lambda codes, table: _distances(codes, table).argmax(axis=1),
        "wrong-axis": lambda codes, table: _distances(codes, table).argmin(axis=0),
        "exact-only": lambda codes, table: (codes[:, None] == table[None]).all(axis=-1).argmax(axis=1),
        "last": _last_nearest,
        "vectors": lambda codes, table: table[decode(codes, table)],
    },
)


# --- 4. sentence_codes(states, token_mask) -> (B, D) ------------------------------------------------------------------


def sentence_codes(states: Array, token_mask: Flags) -> Array:
    """Return the mean of each sentence's real tokens: ``(B, T, D), (B, T) -> (B, D)``; True in the mask means real."""
    real = token_mask[:, :, None]  # (B, T, 1)
    means: Array = (states * real).sum(axis=1) / real.sum(axis=1)
    return means


def _sentence_cases() -> Sequence[Case]:
    random = np.random.default_rng(14)
    states = random.normal(loc=0.7, size=(3, 5, 2))  # what stands at padding is not 0, as in a real model
    token_mask = np.arange(5) < np.array([2, 5, 4])[:, None]  # (B, T)
    return [(states, token_mask)]


SENTENCE_CODES = Exercise(
    id="encoding-and-decoding/sentence-codes",
    reference=sentence_codes,
    cases=_sentence_cases,
    rivals={
        "padding-counted": lambda states, token_mask: states.mean(axis=1),
        "divided-by-all": lambda states, token_mask: (states * token_mask[:, :, None]).mean(axis=1),
        "sum": lambda states, token_mask: (states * token_mask[:, :, None]).sum(axis=1),
        "inverted": lambda states, token_mask: sentence_codes(states, ~token_mask),
        "first": lambda states, token_mask: states[:, 0],
        "last": lambda states, token_mask: states[:, -1],
        "one-count": lambda states, token_mask: (states * token_mask[:, :, None]).sum(axis=1) / token_mask.sum(),
        "wrong-axis": lambda states, token_mask: (
            (states * token_mask[:, :, None]).sum(axis=2) / token_mask.sum(axis=1, keepdims=True)
        ),
    },
)

EXERCISES = (COSINES, NEAREST, DECODE, SENTENCE_CODES)

QUESTIONS = {
    "encoding-and-decoding/shuffled": 3,
    "encoding-and-decoding/scaled": 1,
    "encoding-and-decoding/both-sides": 2,
}
