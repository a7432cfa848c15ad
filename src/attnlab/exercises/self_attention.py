"""The exercises of the chapter on self-attention.

All sizes differ from each other (queries, keys, widths), and no softmax is saturated where that would hide a missing
scale: at such numbers wrong formulas would pass.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attnlab.embedding import lean, load_word_vectors
from attnlab.exercises.checking import Case, Exercise

Array = NDArray[np.float64]


def softmax(scores: Array, axis: int = -1) -> Array:
    """Return the softmax along one axis; the largest score is taken off first, so that nothing overflows."""
    exponentials = np.exp(scores - scores.max(axis=axis, keepdims=True))
    shares: Array = exponentials / exponentials.sum(axis=axis, keepdims=True)
    return shares


# --- 1. scores(q, k) -> (Tq, Tk) --------------------------------------------------------------------------------------


def scores(q: Array, k: Array) -> Array:
    """Return the inner product of each query with each key: ``(Tq, Dh), (Tk, Dh) -> (Tq, Tk)``."""
    products: Array = q @ k.T
    return products


def _scores_cases() -> Sequence[Case]:
    random = np.random.default_rng(51)
    same_length = (random.normal(size=(4, 3)), random.normal(size=(4, 3)))  # here even q * k gives a matrix
    other_length = (random.normal(size=(2, 3)), random.normal(size=(5, 3)))
    return [same_length, other_length]


SCORES = Exercise(
    id="self-attention/scores",
    reference=scores,
    cases=_scores_cases,
    rivals={
        "elementwise": lambda q, k: q * k,
        "transposed": lambda q, k: k @ q.T,
        "gram": lambda q, k: q @ q.T,
        "features": lambda q, k: q.T @ k,
        "scaled": lambda q, k: q @ k.T / np.sqrt(q.shape[1]),
    },
)


# --- 2. attention_weights(scores, d_k) -> (Tq, Tk) --------------------------------------------------------------------


def attention_weights(scores: Array, d_k: int) -> Array:
    """Return the softmax of each row of ``scores / sqrt(d_k)``."""
    return softmax(scores / np.sqrt(d_k))


def _naive(scores: Array, d_k: int) -> Array:
    exponentials = np.exp(scores / np.sqrt(d_k))
    shares: Array = exponentials / exponentials.sum(axis=1, keepdims=True)
    return shares


def _one_maximum(scores: Array, d_k: int) -> Array:
    exponentials = np.exp((scores - scores.max()) / np.sqrt(d_k))
    shares: Array = exponentials / exponentials.sum(axis=1, keepdims=True)
    return shares


def _weights_cases() -> Sequence[Case]:
    random = np.random.default_rng(52)
    small = random.normal(scale=3.0, size=(3, 5))
    # The first row overflows without the subtraction, the second underflows if the first row's maximum is subtracted.
    large = np.array([[5000.0, 4996.0, 4990.0], [-5000.0, -5004.0, -5002.0]])
    return [(small, 16), (large, 4)]


WEIGHTS = Exercise(
    id="self-attention/weights",
    reference=attention_weights,
    cases=_weights_cases,
    rivals={
        "columns": lambda scores, d_k: softmax(scores / np.sqrt(d_k), axis=0),
        "no-scale": lambda scores, d_k: softmax(scores),
        "divided-by-d": lambda scores, d_k: softmax(scores / d_k),
        "divided-by-sqrt-n": lambda scores, d_k: softmax(scores / np.sqrt(scores.shape[1])),
        "multiplied": lambda scores, d_k: softmax(scores * np.sqrt(d_k)),
        "overflow": _naive,
        "one-maximum": _one_maximum,
    },
)


# --- 3. head(x, w_q, w_k, w_v) -> (T, Dv) -----------------------------------------------------------------------------


def head(x: Array, w_q: Array, w_k: Array, w_v: Array) -> Array:
    """Return the output of one attention head. ``x`` is ``(T, D)``; the maps are ``(D, Dh), (D, Dh), (D, Dv)``."""
    output: Array = _head_weights(x, w_q, w_k) @ (x @ w_v)  # (T, Dv)
    return output


def _head_weights(x: Array, w_q: Array, w_k: Array) -> Array:
    return attention_weights((x @ w_q) @ (x @ w_k).T, w_q.shape[1])


def _head_cases() -> Sequence[Case]:
    random = np.random.default_rng(53)
    x = random.normal(size=(4, 6))
    w_q, w_k, w_v = (random.normal(scale=0.6, size=(6, width)) for width in (3, 3, 5))
    return [(x, w_q, w_k, w_v)]


HEAD = Exercise(
    id="self-attention/head",
    reference=head,
    cases=_head_cases,
    rivals={
        "swapped": lambda x, w_q, w_k, w_v: head(x, w_k, w_q, w_v),
        "values-unmapped": lambda x, w_q, w_k, w_v: _head_weights(x, w_q, w_k) @ x,
        "values-from-keys": lambda x, w_q, w_k, w_v: head(x, w_q, w_k, w_k),
        "weights-transposed": lambda x, w_q, w_k, w_v: _head_weights(x, w_q, w_k).T @ (x @ w_v),
        "model-width": lambda x, w_q, w_k, w_v: softmax((x @ w_q) @ (x @ w_k).T / np.sqrt(x.shape[1])) @ (x @ w_v),
        "no-scale": lambda x, w_q, w_k, w_v: softmax((x @ w_q) @ (x @ w_k).T) @ (x @ w_v),
        "columns": lambda x, w_q, w_k, w_v: (
            softmax((x @ w_q) @ (x @ w_k).T / np.sqrt(w_q.shape[1]), axis=0) @ (x @ w_v)
        ),
        "no-maps": lambda x, w_q, w_k, w_v: attention_weights(x @ x.T, x.shape[1]) @ x,
        "weights-only": lambda x, w_q, w_k, w_v: _head_weights(x, w_q, w_k),
    },
)


# --- 4. pull(weights, leans, i) -> (T,) -------------------------------------------------------------------------------


def pull(weights: Array, leans: Array, i: int) -> Array:
    """Return how far each word pulls word i between the poles; the sum is how far attention moves it.

    ``lean(y_i) - lean(v_i) = sum_j w_ij lean(v_j) - lean(v_i) = sum_j w_ij (lean(v_j) - lean(v_i))``,
    because the weights of a row sum to 1.
    """
    pulls: Array = weights[i] * (leans - leans[i])
    return pulls


def _pull_cases() -> Sequence[Case]:
    """Real words: the weights with Q = K = V, the leans between fruit and phones."""
    table = load_word_vectors()
    cases = []
    for sentence, i in (("i ate an apple and a banana", 3), ("apple sells a new phone", 0)):
        x = table[sentence.split()].astype(np.float64)  # (T, D)
        leans = lean(x, table["fruit", "banana", "pear"], table["phone", "iphone", "computer"])
        cases.append((attention_weights(x @ x.T, table.dim), leans, i))
    return cases


PULL = Exercise(
    id="self-attention/pull",
    reference=pull,
    cases=_pull_cases,
    rivals={
        "column": lambda weights, leans, i: weights[:, i] * (leans - leans[i]),
        "own-forgotten": lambda weights, leans, i: weights[i] * leans,
        "backward": lambda weights, leans, i: weights[i] * (leans[i] - leans),
        "unweighted": lambda weights, leans, i: leans - leans[i],
        "weights-only": lambda weights, leans, i: weights[i],
        "own-unweighted": lambda weights, leans, i: weights[i] * leans - leans[i],
        "sum": lambda weights, leans, i: pull(weights, leans, i).sum(),
    },
)

EXERCISES = (SCORES, WEIGHTS, HEAD, PULL)

QUESTIONS = {"self-attention/symmetric": 2, "self-attention/no-scale": 1, "self-attention/word-order": 3}
