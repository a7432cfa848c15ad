"""The exercises of the chapter on positions.

No base is 10000, positions do not begin at 0, and orders are no mere exchanges: where they are, the usual faults pass.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from attnlab.exercises.checking import Case, Exercise

Array = NDArray[np.float64]
Order = NDArray[np.int64]
Function = Callable[[Array], Array]

USUAL_BASE = 10000.0


def _speeds(width: int, base: float) -> Array:
    """The angle of each pair from one position to the next, ``(width / 2,)``."""
    speeds: Array = base ** (-np.arange(0, width, 2) / width)
    return speeds


def _slow(width: int, base: float) -> Array:
    """The same with the exponent ``i / width`` where ``2i / width`` is meant."""
    speeds: Array = base ** (-np.arange(width // 2) / width)
    return speeds


# --- 1. sinusoids(length, width, base) -> (length, width) -------------------------------------------------------------


def sinusoids(length: int, width: int, base: float) -> Array:
    """Return the position vectors of 2017, ``(length, width)``: sine and cosine of each angle, side by side."""
    return _waves(np.arange(length)[:, None] * _speeds(width, base))


def _waves(angles: Array) -> Array:
    """The sine and the cosine of each angle ``(T, width / 2)``, side by side, ``(T, width)``."""
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(len(angles), -1)


def _halves(length: int, width: int, base: float) -> Array:
    waves = sinusoids(length, width, base)
    return np.concatenate([waves[:, 0::2], waves[:, 1::2]], axis=1)


def _odd_entries(length: int, width: int, base: float) -> Array:
    """Each entry has a frequency of its own, also the second of a pair."""
    angles = np.arange(length)[:, None] * base ** (-np.arange(width) / width)
    waves: Array = np.where(np.arange(width) % 2 == 0, np.sin(angles), np.cos(angles))
    return waves


SINUSOIDS = Exercise(
    id="positional-encoding/sinusoids",
    reference=sinusoids,
    cases=lambda: [(7, 6, 100.0), (5, 8, 30.0)],
    rivals={
        "halves": _halves,
        "swapped": lambda length, width, base: (
            sinusoids(length, width, base).reshape(length, -1, 2)[:, :, ::-1].reshape(length, width)
        ),
        "half-exponent": lambda length, width, base: _waves(np.arange(length)[:, None] * _slow(width, base)),
        "odd-entries": _odd_entries,
        "base-ignored": lambda length, width, base: sinusoids(length, width, USUAL_BASE),
        "from-one": lambda length, width, base: sinusoids(length + 1, width, base)[1:],
        "degrees": lambda length, width, base: _waves(np.radians(np.arange(length)[:, None] * _speeds(width, base))),
        "transposed": lambda length, width, base: sinusoids(length, width, base).T,
    },
)


# --- 2. shift(width, k, base) -> (width, width) -----------------------------------------------------------------------


def shift(width: int, k: int, base: float) -> Array:
    """Return the matrix that turns the column of position ``t`` into that of ``t + k``, ``(width, width)``."""
    return _blocks(k * _speeds(width, base))


def _blocks(angles: Array) -> Array:
    """A matrix with a turn by each angle on its diagonal: a sine and a cosine become those of a larger angle."""
    matrix = np.zeros((2 * len(angles), 2 * len(angles)))
    for i, angle in enumerate(angles):
        cos, sin = np.cos(angle), np.sin(angle)
        matrix[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[cos, sin], [-sin, cos]]
    return matrix


def _shift_of_halves(width: int, k: int, base: float) -> Array:
    """For vectors that have all sines first."""
    order = np.r_[0:width:2, 1:width:2]
    reordered: Array = shift(width, k, base)[np.ix_(order, order)]
    return reordered


SHIFT = Exercise(
    id="positional-encoding/shift",
    reference=shift,
    cases=lambda: [(6, 3, 100.0), (8, 5, 30.0)],
    rivals={
        "other-way": lambda width, k, base: shift(width, k, base).T,
        "one-speed": lambda width, k, base: _blocks(np.full(width // 2, float(k))),
        "halves": _shift_of_halves,
        "one-step": lambda width, k, base: shift(width, 1, base),
        "half-exponent": lambda width, k, base: _blocks(k * _slow(width, base)),
        "base-ignored": lambda width, k, base: shift(width, k, USUAL_BASE),
        "entry-power": lambda width, k, base: shift(width, 1, base) ** k,
    },
)


# --- 3. rotary(x, positions, base) -> (T, Dh) -------------------------------------------------------------------------


def rotary(x: Array, positions: Order, base: float) -> Array:
    """Return each row of ``x``, ``(T, Dh)``, with its pairs of neighbors turned to its position."""
    return _turned(x, positions[:, None] * _speeds(x.shape[1], base))


def _turned(x: Array, angles: Array) -> Array:
    """The pairs of neighbors in each row, turned by the angles ``(T, Dh / 2)``."""
    first, second, cos, sin = x[:, 0::2], x[:, 1::2], np.cos(angles), np.sin(angles)
    return np.stack([first * cos - second * sin, first * sin + second * cos], axis=-1).reshape(x.shape)


def _turned_halves(x: Array, positions: Order, base: float) -> Array:
    """Entry ``i`` is paired with entry ``i + Dh / 2``, as in Llama."""
    order = np.arange(x.shape[1]).reshape(2, -1).T.ravel()
    back = np.argsort(order)
    return rotary(x[:, order], positions, base)[:, back]


def _no_minus(x: Array, positions: Order, base: float) -> Array:
    angles = positions[:, None] * _speeds(x.shape[1], base)
    first, second, cos, sin = x[:, 0::2], x[:, 1::2], np.cos(angles), np.sin(angles)
    return np.stack([first * cos + second * sin, first * sin + second * cos], axis=-1).reshape(x.shape)


def _rotary_cases() -> Sequence[Case]:
    random = np.random.default_rng(71)
    return [
        (random.normal(size=(4, 6)), np.array([3, 0, 7, 12]), 100.0),
        (random.normal(size=(3, 8)), np.array([5, 6, 1]), 30.0),
    ]


ROTARY = Exercise(
    id="positional-encoding/rotary",
    reference=rotary,
    cases=_rotary_cases,
    rivals={
        "halves": _turned_halves,
        "other-way": lambda x, positions, base: rotary(x, -positions, base),
        "added": lambda x, positions, base: x + _waves(positions[:, None] * _speeds(x.shape[1], base)),
        "one-speed": lambda x, positions, base: rotary(x, positions, 1.0),
        "half-exponent": lambda x, positions, base: _turned(x, positions[:, None] * _slow(x.shape[1], base)),
        "base-ignored": lambda x, positions, base: rotary(x, positions, USUAL_BASE),
        "row-numbers": lambda x, positions, base: rotary(x, np.arange(len(x)), base),
        "no-minus": _no_minus,
    },
)


# --- 4. alibi(T, slope) -> (T, T) -------------------------------------------------------------------------------------


def alibi(T: int, slope: float) -> Array:
    """Return what ALiBi adds to the scores of one head, ``(T, T)``, without a mask."""
    fall: Array = -slope * np.abs(_distances(T))
    return fall


def _distances(T: int) -> Array:
    """The query's place minus the key's, ``(T, T)``."""
    return np.subtract.outer(np.arange(T), np.arange(T)).astype(np.float64)


ALIBI = Exercise(
    id="positional-encoding/alibi",
    reference=alibi,
    cases=lambda: [(5, 0.25), (4, 0.0625)],
    rivals={
        "rising": lambda T, slope: -alibi(T, slope),
        "causal": lambda T, slope: np.where(_distances(T) < 0, -np.inf, alibi(T, slope)),
        "squared": lambda T, slope: -slope * _distances(T) ** 2,
        "signed": lambda T, slope: -slope * _distances(T),
        "signed-backward": lambda T, slope: slope * _distances(T),
        "no-slope": lambda T, slope: alibi(T, 1.0),
        "place-of-key": lambda T, slope: -slope * np.broadcast_to(np.arange(T), (T, T)),
    },
)


# --- 5. is_equivariant(function, x, order) -> bool --------------------------------------------------------------------


def is_equivariant(function: Function, x: Array, order: Order) -> bool:
    """Return whether reordering the rows of the input reorders the rows of the output, and does nothing else."""
    return _same(function(x[order]), function(x)[order])


def _same(one: Array, other: Array) -> bool:
    return one.shape == other.shape and bool(np.abs(one - other).max() <= 1e-6)


def _attention(x: Array) -> Array:
    """Attention without positions; its outputs are narrower than its inputs."""
    weights = np.exp(x @ x.T / np.sqrt(x.shape[1]))
    mixed: Array = weights / weights.sum(axis=1, keepdims=True) @ x[:, :3]
    return mixed


def _rounded(x: Array) -> Array:
    """As attention, with an error such as the order of a sum brings into the last digits."""
    return _attention(x) + 1e-9 * np.arange(len(x))[:, None]


def _one_entry_knows(x: Array) -> Array:
    """Attention, but one entry of its output knows the place."""
    known = np.zeros((len(x), 3))
    known[:, 1] = np.arange(len(x))
    return _attention(x) + known


def _counted(x: Array) -> Array:
    """Each row times its place: the mean of the outputs knows the order as well."""
    return x * np.arange(len(x))[:, None]


def _sorted(x: Array) -> Array:
    """The same output in whatever order the rows come in."""
    return np.sort(x, axis=0)


def _moved(x: Array) -> Array:
    """Each row is handed to the next place."""
    return np.roll(x, 1, axis=0)


def _equivariance_cases() -> Sequence[Case]:
    random = np.random.default_rng(75)
    around, exchange = np.array([1, 2, 3, 4, 0]), np.array([0, 3, 2, 1, 4])
    functions = (_attention, _rounded, _one_entry_knows, _counted, _sorted, _moved)
    x = random.normal(size=(5, 4))
    mixed = np.array([2, 0, 1, 4, 3])
    return [*((function, x, mixed) for function in functions), (_attention, x, exchange), (_attention, x, around)]


EQUIVARIANCE = Exercise(
    id="positional-encoding/equivariance",
    reference=is_equivariant,
    cases=_equivariance_cases,
    rivals={
        "invariance": lambda function, x, order: _same(function(x[order]), function(x)),
        "inverse": lambda function, x, order: _same(function(x[order]), function(x)[np.argsort(order)]),
        "exact": lambda function, x, order: np.array_equal(function(x[order]), function(x)[order]),
        "any": lambda function, x, order: np.isclose(function(x[order]), function(x)[order], atol=1e-6).any(),
        "mean": lambda function, x, order: _same(function(x[order]).mean(axis=0), function(x).mean(axis=0)),
        "always": lambda function, x, order: True,
        "inverted": lambda function, x, order: not is_equivariant(function, x, order),
    },
)

EXERCISES = (SINUSOIDS, SHIFT, ROTARY, ALIBI, EQUIVARIANCE)
# Which choice is correct, counted from 1.
QUESTIONS = {
    "positional-encoding/shuffled": 2,
    "positional-encoding/adding": 3,
    "positional-encoding/longer": 1,
}
