"""Answers to the exercises of the chapter on cross-attention, right and wrong, written apart from the checker's own."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from attnlab.attention import scaled_dot_product_attention
from attnlab.decoding import length_divisor
from attnlab.training import NOT_COUNTED, answer_loss, batch_of

Answer = Callable[..., Any]


def attend_by_the_package(
    x: np.ndarray, memory: np.ndarray, w_q: np.ndarray, w_k: np.ndarray, w_v: np.ndarray
) -> torch.Tensor:
    query, key, value = (torch.from_numpy(one) for one in (x @ w_q, memory @ w_k, memory @ w_v))
    return scaled_dot_product_attention(query, key, value)


def rows(scores: np.ndarray) -> np.ndarray:
    exponentials = np.exp(scores - scores.max(1)[:, None])
    return exponentials / exponentials.sum(1)[:, None]


def attend_token_by_token(
    x: np.ndarray, memory: np.ndarray, w_q: np.ndarray, w_k: np.ndarray, w_v: np.ndarray
) -> list[np.ndarray]:
    found = []
    for token in x:
        scores = np.array([(token @ w_q) @ (other @ w_k) for other in memory]) / 2  # the heads here are 4 wide
        found.append(sum(share * (other @ w_v) for share, other in zip(rows(scores[None])[0], memory, strict=True)))
    return found


def shift_by_the_package(target: list[int], start: int, end: int) -> list[list[int]]:
    batch = batch_of([[0]], [[start, *target, end]])
    assert NOT_COUNTED not in batch.answers
    return [batch.inputs[1][0].tolist(), batch.answers[0].tolist()]


def loss_by_the_package(scores: np.ndarray, ids: list[int]) -> float:
    total = answer_loss(torch.tensor(scores)[None], torch.tensor(ids[1:])[None], label_smoothing=0.0)
    return float(total) / (len(ids) - 1)


def on_the_answer_in_a_loop(weights: np.ndarray) -> float:
    T = len(weights[0])
    return sum(weights[t][T - 1 - t] for t in range(T)) / T


RIGHT: dict[str, list[Answer]] = {
    "cross-attention/attend": [attend_by_the_package, attend_token_by_token],
    "cross-attention/shift": [
        shift_by_the_package,
        lambda target, start, end: np.array([[start, *target], [*target, end]]),
    ],
    "cross-attention/loss": [
        loss_by_the_package,
        lambda scores, ids: F.cross_entropy(torch.tensor(scores), torch.tensor(ids[1:])),
        lambda scores, ids: -sum(math.log(rows(scores)[t, ids[t + 1]]) for t in range(len(scores))) / len(scores),
    ],
    "cross-attention/score": [lambda logs, alpha: sum(logs) / length_divisor(len(logs), alpha)],
    "cross-attention/reversal": [
        on_the_answer_in_a_loop,
        lambda weights: torch.tensor(weights[:-1][:, ::-1].copy()).diagonal().mean(),
    ],
}


def attention(asks: np.ndarray, answers: np.ndarray, w_q: Any, w_k: Any, values: np.ndarray) -> np.ndarray:
    return rows((asks @ w_q) @ (answers @ w_k).T / 2) @ values


def losses(scores: np.ndarray, answers: list[int]) -> torch.Tensor:
    return F.cross_entropy(torch.tensor(scores), torch.tensor(answers), reduction="none")


def anti(weights: np.ndarray, late: int = 0) -> list[float]:
    T = weights.shape[1]
    return [weights[T - 1 - j + late, j] for j in range(T)]


WRONG: dict[str, dict[str, Answer]] = {
    "cross-attention/attend": {
        "roles-swapped": lambda x, memory, w_q, w_k, w_v: attention(memory, x, w_q, w_k, x @ w_v),
        "self-attention": lambda x, memory, w_q, w_k, w_v: attention(x, x, w_q, w_k, x @ w_v),
        "memory-alone": lambda x, memory, w_q, w_k, w_v: attention(memory, memory, w_q, w_k, memory @ w_v),
        "values-from-x": lambda x, memory, w_q, w_k, w_v: attention(x, memory, w_q, w_k, x @ w_v),
        "maps-swapped": lambda x, memory, w_q, w_k, w_v: attention(x, memory, w_k, w_q, memory @ w_v),
        "columns": lambda x, memory, w_q, w_k, w_v: rows((memory @ w_k) @ (x @ w_q).T / 2).T @ memory @ w_v,
        "values-unmapped": lambda x, memory, w_q, w_k, w_v: attention(x, memory, w_q, w_k, memory),
        "no-scale": lambda x, memory, w_q, w_k, w_v: attention(x, memory, 2 * w_q, w_k, memory @ w_v),
    },
    "cross-attention/shift": {
        "copies": lambda target, start, end: np.tile([start, *target], (2, 1)),
        "unshifted": lambda target, start, end: np.tile([*target, end], (2, 1)),
        "exchanged": lambda target, start, end: shift_by_the_package(target, start, end)[::-1],
        "no-end": lambda target, start, end: [np.roll([*target, start], 1)[:-1], target],
        "start-forgotten": lambda target, start, end: [target, list(np.append(target, end))[1:]],
        "framed-twice": lambda target, start, end: np.tile(np.concatenate([[start], target, [end]]), (2, 1)),
        "reversed": lambda target, start, end: [
            list(reversed([*target, end])),
            list(reversed([start, *target])),
        ],
    },
    "cross-attention/loss": {
        "unshifted": lambda scores, ids: losses(scores, ids[:-1]).mean(),
        "sum": lambda scores, ids: losses(scores, ids[1:]).sum(),
        "sign": lambda scores, ids: -losses(scores, ids[1:]).mean(),
        "free-running": lambda scores, ids: losses(scores, scores.argmax(axis=1).tolist()).mean(),
        "no-softmax": lambda scores, ids: F.nll_loss(torch.tensor(scores).log(), torch.tensor(ids[1:])),
        "scores": lambda scores, ids: F.nll_loss(torch.tensor(scores), torch.tensor(ids[1:])),
        "columns": lambda scores, ids: F.nll_loss(torch.tensor(scores).log_softmax(0), torch.tensor(ids[1:])),
        "no-logarithm": lambda scores, ids: (1 - (-losses(scores, ids[1:])).exp()).mean(),
        "bits": lambda scores, ids: losses(scores, ids[1:]).mean() / math.log(2),
        "mean-first": lambda scores, ids: -(-losses(scores, ids[1:])).exp().mean().log(),
        "perplexity": lambda scores, ids: losses(scores, ids[1:]).mean().exp(),
    },
    "cross-attention/score": {
        "no-length": lambda logs, alpha: math.fsum(logs),
        "average": lambda logs, alpha: math.fsum(logs) / len(logs),
        "length-power": lambda logs, alpha: math.fsum(logs) * len(logs) ** -alpha,
        "multiplied": lambda logs, alpha: math.fsum(logs) * length_divisor(len(logs), alpha),
        "not-divided-by-six": lambda logs, alpha: math.fsum(logs) / math.pow(len(logs) + 5, alpha),
        "alpha-inside": lambda logs, alpha: 6 * math.fsum(logs) / (5 + math.pow(len(logs), alpha)),
        "alpha-as-factor": lambda logs, alpha: 6 / alpha * math.fsum(logs) / (len(logs) + 5),
        "product": lambda logs, alpha: math.prod(logs) / length_divisor(len(logs), alpha),
        "probability": lambda logs, alpha: math.prod(map(math.exp, logs)) / length_divisor(len(logs), alpha),
        "last-token": lambda logs, alpha: np.array(logs)[-1] / length_divisor(len(logs), alpha),
        "sign": lambda logs, alpha: math.fsum(-log for log in logs) / length_divisor(len(logs), alpha),
    },
    "cross-attention/reversal": {
        "diagonal": lambda weights: weights.trace() / weights.shape[1],
        "all-rows": lambda weights: sum(anti(weights)) / len(weights),
        "with-the-end": lambda weights: (sum(anti(weights)) + weights[-1, 0]) / len(weights),
        "one-late": lambda weights: sum(anti(weights, late=1)) / weights.shape[1],
        "largest": lambda weights: np.mean(np.sort(weights[:-1])[:, -1]),
        "count": lambda weights: np.mean(np.array(anti(weights))[::-1] == weights[:-1].max(1)),
        "sum": lambda weights: math.fsum(anti(weights)),
    },
}
