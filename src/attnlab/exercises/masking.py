"""The exercises of the chapter on masks.

There are more keys than queries, one sentence fills its row, hidden scores stand far above the allowed ones and far
below, and a row is empty: where these are missing, the usual faults pass.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attnlab.exercises.checking import Case, Exercise

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SENTINEL = -1e4  # what old code adds or puts where minus infinity is meant: the largest round number of half precision


# --- 1. causal(Tq, Tk) -> (Tq, Tk) ------------------------------------------------------------------------------------


def causal(Tq: int, Tk: int) -> Mask:
    """Return the causal mask of the last ``Tq`` of ``Tk`` positions, ``(Tq, Tk)``."""
    return np.tri(Tq, Tk, Tk - Tq, dtype=np.bool_)


def _causal_cases() -> Sequence[Case]:
    return [(3, 5), (4, 4), (1, 4)]


CAUSAL = Exercise(
    id="masking/causal",
    reference=causal,
    cases=_causal_cases,
    rivals={
        "inverted": lambda Tq, Tk: ~causal(Tq, Tk),
        "future": lambda Tq, Tk: ~causal(Tq, Tk) | np.eye(Tq, Tk, Tk - Tq, dtype=np.bool_),
        "not-itself": lambda Tq, Tk: np.tri(Tq, Tk, Tk - Tq - 1, dtype=np.bool_),
        "one-ahead": lambda Tq, Tk: np.tri(Tq, Tk, Tk - Tq + 1, dtype=np.bool_),
        "first-queries": lambda Tq, Tk: np.tri(Tq, Tk, dtype=np.bool_),
        "transposed": lambda Tq, Tk: causal(Tq, Tk).T,
        "additive": lambda Tq, Tk: np.where(causal(Tq, Tk), 0.0, -np.inf),
    },
)


# --- 2. masked_softmax(scores, mask) -> (Tq, Tk) ----------------------------------------------------------------------


def masked_softmax(scores: Array, mask: Mask) -> Array:
    """Return each row's shares among its allowed keys, ``(Tq, Tk)``; zeros where nothing is allowed."""
    hidden = np.where(mask, scores, -np.inf)
    largest = hidden.max(axis=1, keepdims=True)
    exponentials = np.exp(hidden - np.where(np.isfinite(largest), largest, 0.0))
    total = exponentials.sum(axis=1, keepdims=True)
    weights: Array = exponentials / np.where(total > 0, total, 1.0)
    return weights


def _softmax(scores: Array, axis: int = 1) -> Array:
    exponentials = np.exp(scores - scores.max(axis=axis, keepdims=True))
    weights: Array = exponentials / exponentials.sum(axis=axis, keepdims=True)
    return weights


def _without_subtraction(scores: Array, mask: Mask) -> Array:
    exponentials = np.exp(np.where(mask, scores, -np.inf))
    total = exponentials.sum(axis=1, keepdims=True)
    weights: Array = exponentials / np.where(total > 0, total, 1.0)
    return weights


def _divided_again(scores: Array, mask: Mask) -> Array:
    """After the softmax, and each row divided by its sum: right until a hidden key takes everything."""
    zeroed = _softmax(scores) * mask
    total = zeroed.sum(axis=1, keepdims=True)
    weights: Array = zeroed / np.where(total > 0, total, 1.0)
    return weights


def _softmax_cases() -> Sequence[Case]:
    random = np.random.default_rng(91)
    scores = random.normal(scale=2.0, size=(3, 5))
    mask = np.array([[1, 1, 0, 1, 0], [0, 0, 0, 0, 0], [1, 0, 1, 1, 1]], dtype=np.bool_)
    # A hidden score far above the allowed ones, scores that overflow, and allowed ones below the sentinel.
    wide = np.array([[12000.0, 1.0, 2.0], [800.0, 801.0, 3.0], [-20000.0, -20001.0, 5.0]])
    may = np.array([[0, 1, 1], [1, 1, 0], [1, 1, 0]], dtype=np.bool_)
    return [(scores, mask), (wide, may)]


SOFTMAX = Exercise(
    id="masking/softmax",
    reference=masked_softmax,
    cases=_softmax_cases,
    rivals={
        "inverted": lambda scores, mask: masked_softmax(scores, ~mask),
        "not-a-number": lambda scores, mask: _softmax(np.where(mask, scores, -np.inf)),
        "sentinel-put": lambda scores, mask: _softmax(np.where(mask, scores, SENTINEL)),
        "sentinel-added": lambda scores, mask: _softmax(scores + np.where(mask, 0.0, SENTINEL)),
        "larger-sentinel": lambda scores, mask: _softmax(np.where(mask, scores, -1e9)),
        "after": lambda scores, mask: _softmax(scores) * mask,
        "after-divided": _divided_again,
        "scores-times-mask": lambda scores, mask: _softmax(scores * mask),
        "columns": lambda scores, mask: masked_softmax(scores.T, mask.T).T,
        "overflow": _without_subtraction,
        "unmasked": lambda scores, mask: _softmax(scores),
    },
)


# --- 3. batch_mask(real) -> (B, T, T) ---------------------------------------------------------------------------------


def batch_mask(real: Mask) -> Mask:
    """Return the causal mask of sentences with padding, ``(B, T, T)``; ``real`` is ``(B, T)``. Nobody sees padding."""
    mask: Mask = _past(real) & real[:, None, :]
    return mask


def _past(real: Mask) -> Mask:
    """The causal mask for each sentence, ``(B, T, T)``."""
    B, T = real.shape
    return np.broadcast_to(causal(T, T), (B, T, T))


def _batch_cases() -> Sequence[Case]:
    # Padding at the end, at the beginning, and none: with one of them alone, two of the wrong masks agree.
    both_ends = np.array([[1, 1, 0, 0, 0], [0, 0, 1, 1, 1], [1, 1, 1, 1, 1]], dtype=np.bool_)
    return [(both_ends,), (both_ends[:2, 1:],)]


BATCH = Exercise(
    id="masking/batch",
    reference=batch_mask,
    cases=_batch_cases,
    rivals={
        "queries": lambda real: _past(real) & real[:, :, None],
        "queries-too": lambda real: batch_mask(real) & real[:, :, None],
        "no-causal": lambda real: np.broadcast_to(real[:, None, :], _past(real).shape),
        "no-padding": _past,
        "either": lambda real: _past(real) | real[:, None, :],
        "inverted": lambda real: ~batch_mask(real),
        "padding-inverted": lambda real: _past(real) & ~real[:, None, :],
        "future": lambda real: _past(real).swapaxes(1, 2) & real[:, None, :],
    },
)


# --- 4. mean_loss(losses, counted) -> () ------------------------------------------------------------------------------


def mean_loss(losses: Array, counted: Mask) -> float:
    """Return the mean of the losses that count."""
    return float(losses[counted].mean())


def _loss_cases() -> Sequence[Case]:
    random = np.random.default_rng(94)
    losses = random.gamma(2.0, size=(3, 4))
    counted = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]], dtype=np.bool_)
    broken = np.where(counted, losses + 1.0, np.inf)  # what the padding cost need not be a number at all
    return [(losses, counted), (broken, counted)]


LOSS = Exercise(
    id="masking/loss",
    reference=mean_loss,
    cases=_loss_cases,
    rivals={
        "padding-counted": lambda losses, counted: losses.mean(),
        "all-places": lambda losses, counted: np.where(counted, losses, 0.0).sum() / losses.size,
        "sum": lambda losses, counted: losses[counted].sum(),
        "sentences": lambda losses, counted: np.mean(
            [row[real].mean() for row, real in zip(losses, counted, strict=True)]
        ),
        "by-sentence": lambda losses, counted: np.where(counted, losses, 0.0).sum() / len(losses),
        "times-mask": lambda losses, counted: (losses * counted).sum() / counted.sum(),
        "inverted": lambda losses, counted: losses[~counted].mean(),
        "each": lambda losses, counted: np.array([row[real].mean() for row, real in zip(losses, counted, strict=True)]),
    },
)


# --- 5. reach(mask, layers) -> (T, T) ---------------------------------------------------------------------------------


def reach(mask: Mask, layers: int) -> Mask:
    """Return which tokens each output can depend on after some layers, ``(T, T)``; each keeps what it knew."""
    return _hears(mask | np.eye(len(mask), dtype=np.bool_), layers)


def _hears(mask: Mask, layers: int) -> Mask:
    heard: Mask = np.linalg.matrix_power(mask.astype(np.int64), layers) > 0
    return heard


def _paths(mask: Mask, layers: int) -> Array:
    paths: Array = np.linalg.matrix_power((mask | np.eye(len(mask), dtype=np.bool_)).astype(np.float64), layers)
    return paths


def _reach_cases() -> Sequence[Case]:
    window = causal(7, 7) & ~np.tri(7, 7, -2, dtype=np.bool_)
    jump = np.zeros((5, 5), dtype=np.bool_)  # nobody sees itself: without the way around, it would be forgotten
    for query, key in ((1, 0), (2, 1), (4, 2), (0, 3)):
        jump[query, key] = True
    return [(window, 3), (jump, 2)]


REACH = Exercise(
    id="masking/reach",
    reference=reach,
    cases=_reach_cases,
    rivals={
        "one-layer": lambda mask, layers: reach(mask, 1),
        "mask-itself": lambda mask, layers: mask,
        "no-residual": _hears,
        "transposed": lambda mask, layers: reach(mask, layers).T,
        "layer-too-many": lambda mask, layers: reach(mask, layers + 1),
        "layer-too-few": lambda mask, layers: reach(mask, layers - 1),
        "paths": _paths,
    },
)

EXERCISES = (CAUSAL, SOFTMAX, BATCH, LOSS, REACH)
# Which choice is correct, counted from 1.
QUESTIONS = {"masking/too-good": 2, "masking/silent": 3, "masking/sentinel": 1}
