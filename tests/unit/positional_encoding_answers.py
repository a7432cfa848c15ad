"""Answers to the exercises of the chapter on positions, right and wrong, written apart from the checker's own."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from attnlab.positions import RotaryPositions, alibi_bias, alibi_slopes, sinusoidal_positions

Answer = Callable[..., Any]


def entries(entry: Callable[[int, int, int, float], float]) -> Answer:
    """Position vectors entry by entry, from the position, the entry's number, the width and the base."""

    def found(length: int, width: int, base: float) -> list[list[float]]:
        return [[entry(t, j, width, base) for j in range(width)] for t in range(length)]

    return found


def wave(number: int, angle: float) -> float:
    return math.cos(angle) if number % 2 else math.sin(angle)


def pair(j: int) -> int:
    return j - j % 2


def in_halves(t: int, j: int, width: int, base: float) -> float:
    half = width // 2
    return wave(j // half, t / base ** (2 * (j % half) / width))


def turns(angle: Callable[[int, int, int, float], float], sign: int = 1) -> Answer:
    """The matrix of a step, from the angle of pair i; ``sign`` -1 goes back."""

    def found(width: int, k: int, base: float) -> np.ndarray:
        blocks = [
            [
                [math.cos(angle(i, width, k, base)), sign * math.sin(angle(i, width, k, base))],
                [-sign * math.sin(angle(i, width, k, base)), math.cos(angle(i, width, k, base))],
            ]
            for i in range(width // 2)
        ]
        return torch.block_diag(*(torch.tensor(block, dtype=torch.float64) for block in blocks)).numpy()

    return found


def usual_angle(i: int, width: int, k: int, base: float) -> float:
    return k * base ** (-2 * i / width)


def shift_by_least_squares(width: int, k: int, base: float) -> np.ndarray:
    waves = sinusoidal_positions(300 + k, width, base=base, dtype=torch.float64).numpy()
    return np.linalg.lstsq(waves[:300], waves[k:], rcond=None)[0].T


def shift_of_halves(width: int, k: int, base: float) -> np.ndarray:
    angles = [usual_angle(i, width, k, base) for i in range(width // 2)]
    cos, sin = np.diag(np.cos(angles)), np.diag(np.sin(angles))
    return np.block([[cos, sin], [-sin, cos]])


def complex_turn(angle: Callable[[np.ndarray, int, float], np.ndarray]) -> Answer:
    """Pairs as complex numbers, times a number of length 1; the angle is made of positions, width and base."""

    def found(x: np.ndarray, positions: np.ndarray, base: float) -> np.ndarray:
        turned = (x[:, 0::2] + 1j * x[:, 1::2]) * np.exp(1j * angle(np.asarray(positions), x.shape[1], base))
        return np.stack([turned.real, turned.imag], axis=-1).reshape(x.shape)

    return found


def outer(positions: np.ndarray, width: int, base: float) -> np.ndarray:
    return np.outer(positions, 1 / base ** (np.arange(0, width, 2) / width))


def by_the_package(pairing: str) -> Answer:
    def found(x: np.ndarray, positions: np.ndarray, base: float) -> torch.Tensor:
        rotary = RotaryPositions(x.shape[1], base=base, pairing=pairing)  # type: ignore[arg-type]
        return rotary(torch.tensor(x), torch.tensor(positions))

    return found


def no_minus(x: np.ndarray, positions: np.ndarray, base: float) -> np.ndarray:
    angles = outer(positions, x.shape[1], base)
    found = np.zeros_like(x)
    found[:, ::2] = x[:, ::2] * np.cos(angles) + x[:, 1::2] * np.sin(angles)
    found[:, 1::2] = x[:, ::2] * np.sin(angles) + x[:, 1::2] * np.cos(angles)
    return found


def added(x: np.ndarray, positions: np.ndarray, base: float) -> np.ndarray:
    waves = sinusoidal_positions(int(max(positions)) + 1, x.shape[1], base=base, dtype=torch.float64).numpy()
    return x + waves[positions]


def cells(cell: Callable[[int, int, float], float]) -> Answer:
    return lambda T, slope: [[cell(i, j, slope) for j in range(T)] for i in range(T)]


def rows_agree(function: Any, x: np.ndarray, order: np.ndarray) -> bool:
    before, after = function(x), function(x[order])
    return all(np.allclose(after[new], before[old], rtol=0, atol=1e-6) for new, old in enumerate(order))


RIGHT: dict[str, list[Answer]] = {
    "positional-encoding/sinusoids": [
        lambda length, width, base: sinusoidal_positions(length, width, base=base),
        entries(lambda t, j, width, base: wave(j, t / base ** (pair(j) / width))),
    ],
    "positional-encoding/shift": [shift_by_least_squares, turns(usual_angle)],
    "positional-encoding/rotary": [by_the_package("adjacent"), complex_turn(outer)],
    "positional-encoding/alibi": [
        lambda T, slope: alibi_bias(1, T, T)[0, 0] / alibi_slopes(1) * slope,
        cells(lambda i, j, slope: -slope * max(i - j, j - i)),
    ],
    "positional-encoding/equivariance": [
        rows_agree,
        lambda function, x, order: np.allclose(function(x[order])[np.argsort(order)], function(x), atol=1e-6),
    ],
}

WRONG: dict[str, dict[str, Answer]] = {
    "positional-encoding/sinusoids": {
        "halves": entries(in_halves),
        "swapped": entries(lambda t, j, width, base: wave(j + 1, t / base ** (pair(j) / width))),
        "half-exponent": entries(lambda t, j, width, base: wave(j, t / base ** (j // 2 / width))),
        "odd-entries": entries(lambda t, j, width, base: wave(j, t / base ** (j / width))),
        "base-ignored": lambda length, width, base: sinusoidal_positions(length, width),
        "from-one": entries(lambda t, j, width, base: wave(j, (t + 1) / base ** (pair(j) / width))),
        "degrees": entries(lambda t, j, width, base: wave(j, t / base ** (pair(j) / width) * math.pi / 180)),
        "transposed": lambda length, width, base: sinusoidal_positions(length, width, base=base).T,
    },
    "positional-encoding/shift": {
        "other-way": turns(usual_angle, -1),
        "one-speed": turns(lambda i, width, k, base: k),
        "halves": shift_of_halves,
        "one-step": lambda width, k, base: shift_by_least_squares(width, 1, base),
        "half-exponent": turns(lambda i, width, k, base: k * base ** (-i / width)),
        "base-ignored": turns(lambda i, width, k, base: usual_angle(i, width, k, 10_000)),
        "entry-power": lambda width, k, base: np.power(turns(usual_angle)(width, 1, base), k),
    },
    "positional-encoding/rotary": {
        "halves": by_the_package("halves"),
        "other-way": complex_turn(lambda positions, width, base: -outer(positions, width, base)),
        "added": added,
        "one-speed": complex_turn(lambda positions, width, base: positions[:, None]),
        "half-exponent": complex_turn(
            lambda positions, width, base: np.outer(positions, [base ** (-i / width) for i in range(width // 2)])
        ),
        "base-ignored": complex_turn(lambda positions, width, base: outer(positions, width, 10_000)),
        "row-numbers": complex_turn(lambda positions, width, base: outer(range(len(positions)), width, base)),
        "no-minus": no_minus,
    },
    "positional-encoding/alibi": {
        "rising": cells(lambda i, j, slope: slope * abs(i - j)),
        "causal": cells(lambda i, j, slope: -slope * (i - j) if j <= i else -math.inf),
        "squared": cells(lambda i, j, slope: -slope * (i - j) * (i - j)),
        "signed": cells(lambda i, j, slope: slope * (j - i)),
        "signed-backward": cells(lambda i, j, slope: -slope * (j - i)),
        "no-slope": cells(lambda i, j, slope: -abs(i - j)),
        "place-of-key": cells(lambda i, j, slope: -slope * j),
    },
    "positional-encoding/equivariance": {
        "invariance": lambda function, x, order: np.allclose(function(x[order]), function(x), rtol=0, atol=1e-6),
        "inverse": lambda function, x, order: np.allclose(function(x[order])[order], function(x), atol=1e-6),
        "exact": lambda function, x, order: bool((function(x[order]) == function(x)[order]).all()),
        "any": lambda function, x, order: bool((abs(function(x[order]) - function(x)[order]) < 1e-6).any()),
        "mean": lambda function, x, order: np.allclose(function(x[order]).mean(0), function(x).mean(0), atol=1e-6),
        "always": lambda function, x, order: len(function(x)) == len(order),
        "inverted": lambda function, x, order: not rows_agree(function, x, order),
    },
}
