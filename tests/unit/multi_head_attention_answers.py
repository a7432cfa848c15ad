"""Right and wrong answers to the exercises of the chapter on multi-head attention, apart from the checker's own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from attnlab.attention import MultiHeadAttention

Answer = Callable[..., Any]


def rows_softmax(scores: np.ndarray) -> np.ndarray:
    exponentials = np.exp(scores)
    return exponentials / exponentials.sum(-1)[..., None]


def columns_of(x: np.ndarray, h: int, n_heads: int) -> np.ndarray:
    width = x.shape[1] // n_heads
    return x[:, h * width : (h + 1) * width]


def one_head(q: np.ndarray, k: np.ndarray, v: np.ndarray, divisor: float) -> np.ndarray:
    return rows_softmax(q @ k.T / divisor) @ v


def in_a_loop(
    x: np.ndarray, w_q: np.ndarray, w_k: np.ndarray, w_v: np.ndarray, n_heads: int, divisor: float
) -> np.ndarray:
    """What the heads found, side by side, head after head."""
    parts = [[columns_of(x @ w, h, n_heads) for w in (w_q, w_k, w_v)] for h in range(n_heads)]
    return np.hstack([one_head(q, k, v, divisor) for q, k, v in parts])


def head_by_head(x: Any, w_q: Any, w_k: Any, w_v: Any, w_o: Any, n_heads: int) -> np.ndarray:
    found = in_a_loop(x, w_q, w_k, w_v, n_heads, (x.shape[1] / n_heads) ** 0.5)
    width = x.shape[1] // n_heads
    return sum(columns_of(found, h, n_heads) @ w_o[h * width :][:width] for h in range(n_heads))


def by_the_package(x: Any, w_q: Any, w_k: Any, w_v: Any, w_o: Any, n_heads: int) -> np.ndarray:
    attention = MultiHeadAttention(x.shape[1], n_heads, bias=False).double()
    for linear, w in zip(
        (attention.query, attention.key, attention.value, attention.output), (w_q, w_k, w_v, w_o), strict=True
    ):
        linear.weight.data = torch.from_numpy(w.T.copy())
    return attention(torch.from_numpy(x)[None])[0].detach().numpy()


def cut_anyhow(x: Any, w_q: Any, w_k: Any, w_v: Any, n_heads: int) -> np.ndarray:
    q, k, v = ((x @ w).reshape(n_heads, len(x), -1) for w in (w_q, w_k, w_v))
    return np.stack([one_head(q[h], k[h], v[h], q.shape[2] ** 0.5) for h in range(n_heads)])  # (H, T, Dh)


def first_pattern(x: Any, w_q: Any, w_k: Any, w_v: Any, w_o: Any, n_heads: int) -> np.ndarray:
    q, k = columns_of(x @ w_q, 0, n_heads), columns_of(x @ w_k, 0, n_heads)
    return rows_softmax(q @ k.T / q.shape[1] ** 0.5) @ (x @ w_v) @ w_o


def without(h: int, n_heads: int) -> list[float]:
    return [float(other != h) for other in range(n_heads)]


RIGHT: dict[str, list[Answer]] = {
    "multi-head-attention/split": [
        lambda x, n_heads: [columns_of(x, h, n_heads) for h in range(n_heads)],
        lambda x, n_heads: np.stack(np.split(x, n_heads, axis=1)),
    ],
    "multi-head-attention/merge": [
        lambda heads: np.concatenate(heads, axis=1),
        lambda heads: [[number for head in heads for number in head[t]] for t in range(heads.shape[1])],
    ],
    "multi-head-attention/whole": [head_by_head, by_the_package],
    "multi-head-attention/previous": [
        lambda weights: [np.mean([head[i, i - 1] for i in range(1, len(head))]) for head in weights],
        lambda weights: (weights * np.eye(weights.shape[1], k=-1)).sum(axis=(1, 2)) / (weights.shape[1] - 1),
    ],
    "multi-head-attention/importance": [
        lambda loss, n_heads: [loss(without(h, n_heads)) - loss([1.0] * n_heads) for h in range(n_heads)],
    ],
}


def stays_off(loss: Callable[[Any], float], n_heads: int) -> list[float]:
    return [loss([0.0] * (h + 1) + [1.0] * (n_heads - h - 1)) - loss([1.0] * n_heads) for h in range(n_heads)]


def costs(loss: Callable[[Any], float], n_heads: int) -> np.ndarray:
    return np.array([loss(without(h, n_heads)) for h in range(n_heads)])


WRONG: dict[str, dict[str, Answer]] = {
    "multi-head-attention/split": {
        "wrong-axis": lambda x, n_heads: x.ravel().reshape(n_heads, x.shape[0], x.shape[1] // n_heads),
        "tokens-first": lambda x, n_heads: np.stack(np.split(x, n_heads, axis=1), axis=1),
        "interleaved": lambda x, n_heads: [x[:, h::n_heads] for h in range(n_heads)],
        "widths-exchanged": lambda x, n_heads: np.stack(np.split(x, x.shape[1] // n_heads, axis=1)),
        "columns": lambda x, n_heads: [columns_of(x, h, n_heads).T for h in range(n_heads)],
    },
    "multi-head-attention/merge": {
        "wrong-axis": lambda heads: heads.ravel().reshape(heads.shape[1], -1),
        "interleaved": lambda heads: np.stack(list(heads), axis=2).reshape(heads.shape[1], -1),
        "below-each-other": lambda heads: np.vstack(list(heads)),
        "sum": lambda heads: sum(heads),
        "mean": lambda heads: sum(heads) / len(heads),
    },
    "multi-head-attention/whole": {
        "no-output-map": lambda x, w_q, w_k, w_v, w_o, n: in_a_loop(x, w_q, w_k, w_v, n, (x.shape[1] / n) ** 0.5),
        "one-head": lambda x, w_q, w_k, w_v, w_o, n: one_head(x @ w_q, x @ w_k, x @ w_v, x.shape[1] ** 0.5) @ w_o,
        "model-width": lambda x, w_q, w_k, w_v, w_o, n: in_a_loop(x, w_q, w_k, w_v, n, x.shape[1] ** 0.5) @ w_o,
        "no-scale": lambda x, w_q, w_k, w_v, w_o, n: in_a_loop(x, w_q, w_k, w_v, n, 1.0) @ w_o,
        "wrong-cut": lambda x, w_q, w_k, w_v, w_o, n: cut_anyhow(x, w_q, w_k, w_v, n).reshape(x.shape) @ w_o,
        "cut-without-transpose": lambda x, w_q, w_k, w_v, w_o, n: np.hstack(cut_anyhow(x, w_q, w_k, w_v, n)) @ w_o,
        "merged-without-transpose": lambda x, w_q, w_k, w_v, w_o, n: (
            np.stack(np.split(in_a_loop(x, w_q, w_k, w_v, n, (x.shape[1] / n) ** 0.5), n, axis=1)).reshape(x.shape)
            @ w_o
        ),
        "output-map-transposed": lambda x, w_q, w_k, w_v, w_o, n: head_by_head(x, w_q, w_k, w_v, w_o.T, n),
        "one-pattern": first_pattern,
    },
    "multi-head-attention/previous": {
        "next": lambda weights: [np.mean([head[i - 1, i] for i in range(1, len(head))]) for head in weights],
        "itself": lambda weights: [np.trace(head) / len(head) for head in weights],
        "first-counted": lambda weights: [np.trace(head, offset=-1) / len(head) for head in weights],
        "sum": lambda weights: [np.trace(head, offset=-1) for head in weights],
        "all-heads": lambda weights: np.mean([np.trace(head, offset=-1) / (len(head) - 1) for head in weights]),
        "largest": lambda weights: [
            np.mean([head[i].argmax() == i - 1 for i in range(1, len(head))]) for head in weights
        ],
        "wraps-around": lambda weights: [np.mean([row[i - 1] for i, row in enumerate(head)]) for head in weights],
    },
    "multi-head-attention/importance": {
        "not-subtracted": costs,
        "backward": lambda loss, n_heads: loss([1.0] * n_heads) - costs(loss, n_heads),
        "only-this-head": lambda loss, n_heads: [
            loss([1 - gate for gate in without(h, n_heads)]) - loss([1.0] * n_heads) for h in range(n_heads)
        ],
        "from-nothing": lambda loss, n_heads: [
            loss([0.0] * n_heads) - loss([1 - gate for gate in without(h, n_heads)]) for h in range(n_heads)
        ],
        "never-back-on": stays_off,
        "sum": lambda loss, n_heads: costs(loss, n_heads).sum() - n_heads * loss([1.0] * n_heads),
    },
}
