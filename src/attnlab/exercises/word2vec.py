"""The exercises of the chapter on Word2Vec.

A word stands twice in one window, the windows are cut off at both ends of the text, and vocabulary, dimension, context
and noise all have different sizes: where they are equal, wrong formulas would pass.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from attnlab.exercises.checking import Case, Exercise
from attnlab.word2vec import cbow_loss

Array = NDArray[np.float64]
Ids = Sequence[int]
Pairs = list[tuple[int, int]]


def softmax(scores: Array) -> Array:
    """Return the softmax of a vector; the largest score is taken off first, so that nothing overflows."""
    exponentials = np.exp(scores - scores.max())
    shares: Array = exponentials / exponentials.sum()
    return shares


# --- 1. pairs(ids, window) -> (N, 2) ----------------------------------------------------------------------------------


def pairs(ids: Ids, window: int) -> Pairs:
    """Return each word with each word at most ``window`` places from it: ``(center, context)``, in the text's order."""
    return [(ids[i], ids[j]) for i in range(len(ids)) for j in _around(i, len(ids), window)]


def _around(i: int, length: int, window: int) -> list[int]:
    return [j for j in range(max(0, i - window), min(length, i + window + 1)) if j != i]


def _sliced(ids: Ids, window: int) -> Pairs:
    """A slice that begins before the text begins is empty, or counts from the end."""
    return [(ids[i], other) for i in range(len(ids)) for other in (*ids[i - window : i], *ids[i + 1 : i + window + 1])]


def _pairs_by(places: Callable[[int, int, int], Sequence[int]]) -> Callable[[Ids, int], Pairs]:
    return lambda ids, window: [(ids[i], ids[j]) for i in range(len(ids)) for j in places(i, len(ids), window)]


def _pairs_cases() -> Sequence[Case]:
    return [([4, 7, 1, 7, 9, 2], 2), ([3, 5, 8, 6, 0], 1), ([2, 6, 1, 5], 3)]


PAIRS = Exercise(
    id="word2vec/pairs",
    reference=pairs,
    cases=_pairs_cases,
    rivals={
        "center-too": _pairs_by(lambda i, length, w: range(max(0, i - w), min(length, i + w + 1))),
        "left-only": _pairs_by(lambda i, length, w: [j for j in _around(i, length, w) if j < i]),
        "right-only": _pairs_by(lambda i, length, w: [j for j in _around(i, length, w) if j > i]),
        "end-excluded": _pairs_by(lambda i, length, w: [j for j in _around(i, length, w) if j < i + w]),
        "wrapped": _pairs_by(lambda i, length, w: [j % length for j in range(i - w, i + w + 1) if j != i]),
        "negative-start": _sliced,
        "exchanged": lambda ids, window: [(context, center) for center, context in pairs(ids, window)],
        "same-word-skipped": lambda ids, window: [(one, other) for one, other in pairs(ids, window) if one != other],
    },
)


# --- 2. probabilities(inputs, outputs, contexts) -> (V,) --------------------------------------------------------------


def probabilities(inputs: Array, outputs: Array, contexts: Ids) -> Array:
    """Return how likely CBOW finds each word in the middle of a context, ``(V,)``."""
    return softmax(outputs @ inputs[list(contexts)].mean(axis=0))


def _naive_softmax(scores: Array) -> Array:
    shares: Array = np.exp(scores) / np.exp(scores).sum()
    return shares


def _sigmoid(scores: Array) -> Array:
    shares: Array = 1 / (1 + np.exp(-scores))
    return shares


def _matrices(seed: int, size: int, dim: int, scale: float) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    return random.normal(scale=scale, size=(size, dim)), random.normal(scale=scale, size=(size, dim))


def _forward_cases() -> Sequence[Case]:
    small = _matrices(41, 7, 3, 0.8)
    x, y = _matrices(42, 5, 2, 1.0)
    scores = y @ x[[1, 4, 3]].mean(axis=0)
    large = x * 3000 / float(np.abs(scores).max()), y  # the largest score is 3000 or -3000: without care it overflows
    return [(*small, [5, 0, 2, 5]), (*large, [1, 4, 3])]


FORWARD = Exercise(
    id="word2vec/forward",
    reference=probabilities,
    cases=_forward_cases,
    rivals={
        "sum": lambda x, y, contexts: softmax(y @ x[contexts].sum(axis=0)),
        "scores": lambda x, y, contexts: y @ x[contexts].mean(axis=0),
        "sigmoid": lambda x, y, contexts: _sigmoid(y @ x[contexts].mean(axis=0)),
        "one-matrix": lambda x, y, contexts: softmax(x @ x[contexts].mean(axis=0)),
        "matrices-exchanged": lambda x, y, contexts: softmax(x @ y[contexts].mean(axis=0)),
        "each-alone": lambda x, y, contexts: np.mean([softmax(y @ x[c]) for c in contexts], axis=0),
        "overflow": lambda x, y, contexts: _naive_softmax(y @ x[contexts].mean(axis=0)),
    },
)


# --- 3. output_gradient(inputs, outputs, contexts, center) -> (V, D) --------------------------------------------------


def output_gradient(inputs: Array, outputs: Array, contexts: Ids, center: int) -> Array:
    """Return the gradient of CBOW's softmax loss with respect to the output matrix, ``(V, D)``."""
    hidden = inputs[list(contexts)].mean(axis=0)
    gradient: Array = np.outer(_errors(inputs, outputs, contexts, center), hidden)
    return gradient


def _errors(inputs: Array, outputs: Array, contexts: Ids, center: int) -> Array:
    errors: Array = probabilities(inputs, outputs, contexts) - np.eye(len(outputs))[center]
    return errors


def _only_true_row(x: Array, y: Array, contexts: Ids, center: int) -> Array:
    gradient: Array = output_gradient(x, y, contexts, center) * np.eye(len(y))[center][:, None]
    return gradient


def _input_gradient(x: Array, y: Array, contexts: Ids, center: int) -> Array:
    gradient: Array = cbow_loss(x, y, contexts, center).input_gradient
    return gradient


def _gradient_cases() -> Sequence[Case]:
    return [(*_matrices(43, 6, 4, 0.7), [3, 0, 3], 5), (*_matrices(44, 5, 2, 0.7), [1, 4], 2)]


GRADIENT = Exercise(
    id="word2vec/gradient",
    reference=output_gradient,
    cases=_gradient_cases,
    rivals={
        "uphill": lambda x, y, contexts, center: -output_gradient(x, y, contexts, center),
        "no-target": lambda x, y, contexts, center: np.outer(probabilities(x, y, contexts), x[contexts].mean(axis=0)),
        "only-true-row": _only_true_row,
        "sum": lambda x, y, contexts, center: np.outer(_errors(x, y, contexts, center), x[contexts].sum(axis=0)),
        "own-vector": lambda x, y, contexts, center: np.outer(_errors(x, y, contexts, center), x[center]),
        "of-the-inputs": _input_gradient,
        "transposed": lambda x, y, contexts, center: output_gradient(x, y, contexts, center).T,
    },
)


# --- 4. negative_loss(vector, true, noise) -> () ----------------------------------------------------------------------


def negative_loss(vector: Array, true: Array, noise: Array) -> float:
    """Return ``-log sigmoid(true . vector) - sum of log sigmoid(-noise . vector)``, without overflow."""
    return float(np.logaddexp(0, -true @ vector) + np.logaddexp(0, noise @ vector).sum())


def _naive_loss(vector: Array, true: Array, noise: Array) -> float:
    return float(-np.log(_sigmoid(true @ vector)) - np.log(_sigmoid(-(noise @ vector))).sum())


def _softmax_loss(vector: Array, true: Array, noise: Array) -> float:
    scores = np.append(true @ vector, noise @ vector)
    return float(np.logaddexp.reduce(scores) - scores[0])


def _negative_cases() -> Sequence[Case]:
    random = np.random.default_rng(45)
    small = tuple(random.normal(size=shape) for shape in ((3,), (3,), (4, 3)))
    vector = np.array([30.0, 40.0])
    large = (vector, -vector / 2, np.stack([vector, vector / 4]))  # scores of -1250, 2500, 625
    return [small, large]


NEGATIVE = Exercise(
    id="word2vec/negative-sampling",
    reference=negative_loss,
    cases=_negative_cases,
    rivals={
        "noise-attracts": lambda h, true, noise: float(
            np.logaddexp(0, -true @ h) + np.logaddexp(0, -(noise @ h)).sum()
        ),
        "noise-averaged": lambda h, true, noise: float(np.logaddexp(0, -true @ h) + np.logaddexp(0, noise @ h).mean()),
        "noise-forgotten": lambda h, true, noise: float(np.logaddexp(0, -true @ h)),
        "all-reversed": lambda h, true, noise: float(np.logaddexp(0, true @ h) + np.logaddexp(0, -(noise @ h)).sum()),
        "sign": lambda h, true, noise: -negative_loss(h, true, noise),
        "no-logarithm": lambda h, true, noise: float(-_sigmoid(true @ h) - _sigmoid(-(noise @ h)).sum()),
        "softmax": _softmax_loss,
        "overflow": _naive_loss,
    },
)


# --- 5. noise_distribution(counts) -> (V,) ----------------------------------------------------------------------------


def noise_distribution(counts: Array) -> Array:
    """Return how likely each word is drawn as noise: in proportion to its count to the power 3/4."""
    weights: Array = np.asarray(counts, dtype=np.float64) ** 0.75
    shares: Array = weights / weights.sum()
    return shares


def _power(power: float) -> Callable[[Array], Array]:
    return lambda counts: counts**power / (counts**power).sum()


def _noise_cases() -> Sequence[Case]:
    return [(np.array([1.0, 16.0, 81.0, 2.0, 2.0]),), (np.array([5.0, 300.0, 40.0]),)]


NOISE = Exercise(
    id="word2vec/noise",
    reference=noise_distribution,
    cases=_noise_cases,
    rivals={
        "unigram": _power(1.0),
        "uniform": _power(0.0),
        "other-power": _power(4 / 3),
        "rare-first": _power(-0.75),
        "unnormalized": lambda counts: counts**0.75,
        "normalized-first": lambda counts: (counts / counts.sum()) ** 0.75,
        "softmax": lambda counts: softmax(counts**0.75),
    },
)

EXERCISES = (PAIRS, FORWARD, GRADIENT, NEGATIVE, NOISE)
# Which choice is correct, counted from 1.
QUESTIONS = {"word2vec/renamed": 1, "word2vec/rows": 2, "word2vec/no-noise": 3}
