"""The exercises of the chapter on cross-attention and sequence to sequence.

All sizes differ from each other, and where rows and columns are equally many, it is in one case of several: a mistake
that raises an error there still gives numbers elsewhere. Losses are computed from scores that are not yet shares.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attnlab.exercises.checking import Case, Exercise
from attnlab.exercises.self_attention import softmax

Array = NDArray[np.float64]


# --- 1. attend(x, memory, w_q, w_k, w_v) -> (Tq, Dv) ------------------------------------------------------------------


def attend(x: Array, memory: Array, w_q: Array, w_k: Array, w_v: Array) -> Array:
    """Return what each token being written takes from the text that was read.

    ``x`` is ``(Tq, D)``, ``memory`` ``(Tk, D)``; the maps are ``(D, Dh), (D, Dh), (D, Dv)``.
    """
    found: Array = _weights(x @ w_q, memory @ w_k) @ (memory @ w_v)  # (Tq, Dv)
    return found


def _weights(query: Array, key: Array, axis: int = -1) -> Array:
    return softmax(query @ key.T / np.sqrt(key.shape[1]), axis=axis)


def _attend_cases() -> Sequence[Case]:
    """Two tokens ask five; then three ask three, where values taken from the wrong side still fit."""
    random = np.random.default_rng(61)
    maps = [random.normal(scale=0.5, size=(6, width)) for width in (4, 4, 7)]
    return [
        (random.normal(size=(asks, 6)), random.normal(size=(answers, 6)), *maps) for asks, answers in ((2, 5), (3, 3))
    ]


ATTEND = Exercise(
    id="cross-attention/attend",
    reference=attend,
    cases=_attend_cases,
    rivals={
        "roles-swapped": lambda x, memory, w_q, w_k, w_v: attend(memory, x, w_q, w_k, w_v),
        "self-attention": lambda x, memory, w_q, w_k, w_v: attend(x, x, w_q, w_k, w_v),
        "memory-alone": lambda x, memory, w_q, w_k, w_v: attend(memory, memory, w_q, w_k, w_v),
        "values-from-x": lambda x, memory, w_q, w_k, w_v: _weights(x @ w_q, memory @ w_k) @ (x @ w_v),
        "maps-swapped": lambda x, memory, w_q, w_k, w_v: attend(x, memory, w_k, w_q, w_v),
        "columns": lambda x, memory, w_q, w_k, w_v: _weights(x @ w_q, memory @ w_k, axis=0) @ (memory @ w_v),
        "values-unmapped": lambda x, memory, w_q, w_k, w_v: _weights(x @ w_q, memory @ w_k) @ memory,
        "no-scale": lambda x, memory, w_q, w_k, w_v: softmax((x @ w_q) @ (memory @ w_k).T) @ (memory @ w_v),
    },
)


# --- 2. shift(target, start, end) -> (2, T + 1) -----------------------------------------------------------------------


def shift(target: list[int], start: int, end: int) -> list[list[int]]:
    """Return what the decoder reads and what it must answer: two lists that are one longer than the target."""
    return [[start, *target], [*target, end]]


def _shift_cases() -> Sequence[Case]:
    return [([5, 3, 5, 8], 1, 2), ([7], 0, 9)]


SHIFT = Exercise(
    id="cross-attention/shift",
    reference=shift,
    cases=_shift_cases,
    rivals={
        "copies": lambda target, start, end: [[start, *target], [start, *target]],
        "unshifted": lambda target, start, end: [[*target, end], [*target, end]],
        "exchanged": lambda target, start, end: [[*target, end], [start, *target]],
        "no-end": lambda target, start, end: [[start, *target[:-1]], target],
        "start-forgotten": lambda target, start, end: [target, [*target[1:], end]],
        "framed-twice": lambda target, start, end: [[start, *target, end], [start, *target, end]],
        "reversed": lambda target, start, end: [[end, *target[::-1]], [*target[::-1], start]],
    },
)


# --- 3. loss(scores, ids) -> one number -------------------------------------------------------------------------------


def loss(scores: Array, ids: Sequence[int]) -> float:
    """Return the loss of teacher forcing, in nats a token.

    ``scores`` is ``(T, V)``, row ``t`` after reading ``ids[:t + 1]``; ``ids`` are ``T + 1`` tokens, start and end among
    them.
    """
    return float(-_given(softmax(scores), ids[1:]).mean())


def _given(numbers: Array, answers: Sequence[int]) -> Array:
    """The logarithm of the number that each row has for its answer."""
    found: Array = np.log(numbers[np.arange(len(numbers)), list(answers)])
    return found


def _loss_cases() -> Sequence[Case]:
    """The scores are positive, so that even their own logarithm is a number."""
    random = np.random.default_rng(63)
    return [
        (random.uniform(0.5, 4.0, size=(length, 7)), random.integers(0, 7, length + 1).tolist()) for length in (5, 3)
    ]


LOSS = Exercise(
    id="cross-attention/loss",
    reference=loss,
    cases=_loss_cases,
    rivals={
        "unshifted": lambda scores, ids: -_given(softmax(scores), ids[:-1]).mean(),
        "sum": lambda scores, ids: -_given(softmax(scores), ids[1:]).sum(),
        "sign": lambda scores, ids: _given(softmax(scores), ids[1:]).mean(),
        "free-running": lambda scores, ids: -np.log(softmax(scores).max(axis=1)).mean(),
        "no-softmax": lambda scores, ids: -_given(scores, ids[1:]).mean(),
        "scores": lambda scores, ids: -scores[np.arange(len(scores)), ids[1:]].mean(),
        "columns": lambda scores, ids: -_given(softmax(scores, axis=0), ids[1:]).mean(),
        "no-logarithm": lambda scores, ids: 1 - np.exp(_given(softmax(scores), ids[1:])).mean(),
        "bits": lambda scores, ids: -_given(softmax(scores), ids[1:]).mean() / np.log(2),
        "mean-first": lambda scores, ids: -np.log(np.exp(_given(softmax(scores), ids[1:])).mean()),
        "perplexity": lambda scores, ids: np.exp(-_given(softmax(scores), ids[1:]).mean()),
    },
)


# --- 4. score(log_probabilities, alpha) -> one number ----------------------------------------------------------------


def score(log_probabilities: Sequence[float], alpha: float) -> float:
    """Return what a beam compares texts by: the sum of the log-probabilities over the length penalty.

    Source: Wu et al., *Google's Neural Machine Translation System* (2016), equation 14, without coverage.
    """
    return float(np.sum(log_probabilities) / ((5 + len(log_probabilities)) / 6) ** alpha)


def _score_cases() -> Sequence[Case]:
    """No text is one token long, for which the penalty is 1 whatever alpha is."""
    random = np.random.default_rng(64)
    return [
        ((-random.uniform(0.1, 2.0, size=length)).tolist(), alpha) for length, alpha in ((4, 0.6), (9, 1.0), (7, 0.3))
    ]


SCORE = Exercise(
    id="cross-attention/score",
    reference=score,
    cases=_score_cases,
    rivals={
        "no-length": lambda logs, alpha: np.sum(logs),
        "average": lambda logs, alpha: np.mean(logs),
        "length-power": lambda logs, alpha: np.sum(logs) / len(logs) ** alpha,
        "multiplied": lambda logs, alpha: np.sum(logs) * ((5 + len(logs)) / 6) ** alpha,
        "not-divided-by-six": lambda logs, alpha: np.sum(logs) / (5 + len(logs)) ** alpha,
        "alpha-inside": lambda logs, alpha: np.sum(logs) / ((5 + len(logs) ** alpha) / 6),
        "alpha-as-factor": lambda logs, alpha: np.sum(logs) / (alpha * (5 + len(logs)) / 6),
        "product": lambda logs, alpha: np.prod(logs) / ((5 + len(logs)) / 6) ** alpha,
        "probability": lambda logs, alpha: np.exp(np.sum(logs)) / ((5 + len(logs)) / 6) ** alpha,
        "last-token": lambda logs, alpha: logs[-1] / ((5 + len(logs)) / 6) ** alpha,
        "sign": lambda logs, alpha: -np.sum(logs) / ((5 + len(logs)) / 6) ** alpha,
    },
)


# --- 5. on_the_answer(weights) -> one number --------------------------------------------------------------------------


def on_the_answer(weights: Array) -> float:
    """Return the mean weight on the source token that a reversal has to copy.

    ``weights`` is ``(T + 1, T)``: row ``t`` writes the source's token ``T - 1 - t``; the last row writes the end token,
    for which no place is the answer.
    """
    T = weights.shape[1]
    return float(weights[np.arange(T), T - 1 - np.arange(T)].mean())


def _reversal_cases() -> Sequence[Case]:
    """One table that leans to the known answer, and one that does not."""
    random = np.random.default_rng(65)
    leaning = softmax(random.normal(size=(6, 5)) + 2.0 * np.eye(6, 5)[:, ::-1])
    return [(leaning,), (random.dirichlet(np.ones(4), size=5),)]


REVERSAL = Exercise(
    id="cross-attention/reversal",
    reference=on_the_answer,
    cases=_reversal_cases,
    rivals={
        "diagonal": lambda weights: np.mean([weights[t, t] for t in range(weights.shape[1])]),
        "all-rows": lambda weights: np.fliplr(weights).trace() / len(weights),
        "with-the-end": lambda weights: np.mean([weights[t, -t - 1] for t in range(-1, weights.shape[1])]),
        "one-late": lambda weights: np.mean(
            [weights[t + 1, weights.shape[1] - 1 - t] for t in range(weights.shape[1])]
        ),
        "largest": lambda weights: weights[:-1].max(axis=1).mean(),
        "count": lambda weights: (weights[:-1].argmax(axis=1) == np.arange(weights.shape[1])[::-1]).mean(),
        "sum": lambda weights: np.fliplr(weights).trace(),
    },
)


EXERCISES = (ATTEND, SHIFT, LOSS, SCORE, REVERSAL)

# The right choice of each question, counted from 1; its texts are in the string tables.
QUESTIONS = {"cross-attention/who-asks": 2, "cross-attention/lengths": 3, "cross-attention/most-probable": 1}
