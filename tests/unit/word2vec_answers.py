"""Answers to the exercises of the chapter on Word2Vec, right and wrong, written apart from the checker's own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from attnlab.word2vec import count_words

Answer = Callable[..., Any]


def pairs_by_distance(ids: list[int], window: int) -> list[list[int]]:
    found = []
    for i, center in enumerate(ids):
        for step in [*range(-window, 0), *range(1, window + 1)]:
            if 0 <= i + step < len(ids):
                found.append([center, ids[i + step]])
    return found


def torch_probabilities(inputs: np.ndarray, outputs: np.ndarray, contexts: list[int]) -> torch.Tensor:
    x, y = torch.tensor(inputs), torch.tensor(outputs)
    return (y @ F.embedding_bag(torch.tensor(contexts), x, torch.tensor([0]), mode="mean")[0]).softmax(0)


def torch_gradient(inputs: np.ndarray, outputs: np.ndarray, contexts: list[int], center: int) -> torch.Tensor:
    y = torch.tensor(outputs, requires_grad=True)
    F.cross_entropy((torch.tensor(inputs)[contexts].mean(0) @ y.T)[None], torch.tensor([center])).backward()
    assert y.grad is not None
    return y.grad


def torch_negative(vector: np.ndarray, true: np.ndarray, noise: np.ndarray) -> torch.Tensor:
    h, wanted, others = (torch.tensor(array) for array in (vector, true, noise))
    return -F.logsigmoid(wanted @ h) - F.logsigmoid(-others @ h).sum()


def noise_by_the_package(counts: np.ndarray) -> np.ndarray:
    """The package sorts its vocabulary; here every word is found again by its name."""
    found = count_words([[str(place)] * int(count) for place, count in enumerate(counts)], min_count=1)
    return found.noise()[[found.vocabulary.index[str(place)] for place in range(len(counts))]]


def shares(scores: np.ndarray) -> np.ndarray:
    return np.exp(scores - np.max(scores)) / np.sum(np.exp(scores - np.max(scores)))


def hidden(inputs: np.ndarray, contexts: list[int]) -> np.ndarray:
    return sum(inputs[context] for context in contexts) / len(contexts)


RIGHT: dict[str, list[Answer]] = {
    "word2vec/pairs": [pairs_by_distance, lambda ids, window: np.array(pairs_by_distance(ids, window))],
    "word2vec/forward": [torch_probabilities, lambda x, y, c: shares(y @ hidden(x, c))],
    "word2vec/gradient": [
        torch_gradient,
        lambda x, y, c, o: (shares(y @ hidden(x, c)) - (np.arange(len(y)) == o))[:, None] * hidden(x, c),
    ],
    "word2vec/negative-sampling": [torch_negative],
    "word2vec/noise": [noise_by_the_package, lambda counts: np.sqrt(counts**1.5) / np.sqrt(counts**1.5).sum()],
}


def where(keep: Callable[[int, int, int], bool]) -> Answer:
    """Pairs of places that fulfil a condition."""

    def found(ids: list[int], window: int) -> list[tuple[int, int]]:
        return [(ids[i], ids[j]) for i in range(len(ids)) for j in range(len(ids)) if keep(i, j, window)]

    return found


def around_a_ring(ids: list[int], window: int) -> list[tuple[int, int]]:
    steps = [step for step in range(-window, window + 1) if step]
    return [(center, ids[(i + step) % len(ids)]) for i, center in enumerate(ids) for step in steps]


def by_slices(ids: list[int], window: int) -> list[tuple[int, int]]:
    return [(ids[i], c) for i in range(len(ids)) for c in ids[i - window : i] + ids[i + 1 : i + 1 + window]]


def moved_inputs(x: np.ndarray, y: np.ndarray, contexts: list[int], center: int) -> np.ndarray:
    inputs = torch.tensor(x, requires_grad=True)
    F.cross_entropy((inputs[contexts].mean(0) @ torch.tensor(y).T)[None], torch.tensor([center])).backward()
    assert inputs.grad is not None
    return inputs.grad.numpy()


def errors(x: np.ndarray, y: np.ndarray, contexts: list[int], center: int) -> np.ndarray:
    return shares(y @ hidden(x, contexts)) - (np.arange(len(y)) == center)


def log_sigmoid(scores: Any) -> np.ndarray:
    return np.asarray(F.logsigmoid(torch.as_tensor(scores)))


WRONG: dict[str, dict[str, Answer]] = {
    "word2vec/pairs": {
        "center-too": where(lambda i, j, w: abs(i - j) <= w),
        "left-only": where(lambda i, j, w: 0 < i - j <= w),
        "right-only": where(lambda i, j, w: 0 < j - i <= w),
        "end-excluded": where(lambda i, j, w: j != i and -w <= j - i < w),
        "wrapped": around_a_ring,
        "negative-start": by_slices,
        "exchanged": lambda ids, window: [(b, a) for a, b in pairs_by_distance(ids, window)],
        "same-word-skipped": lambda ids, window: [(a, b) for a, b in pairs_by_distance(ids, window) if a != b],
    },
    "word2vec/forward": {
        "sum": lambda x, y, c: shares(y @ np.sum(x[c], axis=0)),
        "scores": lambda x, y, c: hidden(x, c) @ y.T,
        "sigmoid": lambda x, y, c: np.exp(log_sigmoid(y @ hidden(x, c))),
        "one-matrix": lambda x, y, c: shares(x @ hidden(x, c)),
        "matrices-exchanged": lambda x, y, c: shares(x @ hidden(y, c)),
        "each-alone": lambda x, y, c: sum(shares(y @ x[one]) for one in c) / len(c),
        "overflow": lambda x, y, c: np.exp(y @ hidden(x, c)) / sum(np.exp(y @ hidden(x, c))),
    },
    "word2vec/gradient": {
        "uphill": lambda x, y, c, o: -np.asarray(torch_gradient(x, y, c, o)),
        "no-target": lambda x, y, c, o: shares(y @ hidden(x, c))[:, None] * hidden(x, c),
        "only-true-row": lambda x, y, c, o: np.where((np.arange(len(y)) == o)[:, None], torch_gradient(x, y, c, o), 0),
        "sum": lambda x, y, c, o: len(c) * np.asarray(torch_gradient(x, y, c, o)),
        "own-vector": lambda x, y, c, o: np.multiply.outer(errors(x, y, c, o), x[o]),
        "of-the-inputs": moved_inputs,
        "transposed": lambda x, y, c, o: np.asarray(torch_gradient(x, y, c, o)).transpose(),
    },
    "word2vec/negative-sampling": {
        "noise-attracts": lambda h, true, noise: -log_sigmoid(true @ h) - log_sigmoid(noise @ h).sum(),
        "noise-averaged": lambda h, true, noise: -log_sigmoid(true @ h) - log_sigmoid(-noise @ h).mean(),
        "noise-forgotten": lambda h, true, noise: -log_sigmoid(true @ h),
        "all-reversed": lambda h, true, noise: -log_sigmoid(-true @ h) - log_sigmoid(noise @ h).sum(),
        "sign": lambda h, true, noise: log_sigmoid(true @ h) + log_sigmoid(-noise @ h).sum(),
        "no-logarithm": lambda h, true, noise: -np.exp(log_sigmoid(true @ h)) - np.exp(log_sigmoid(-noise @ h)).sum(),
        "softmax": lambda h, true, noise: -np.asarray(torch.tensor(np.vstack([true, noise]) @ h).log_softmax(0))[0],
        "overflow": lambda h, true, noise: (
            -np.log(1 / (1 + np.exp(-true @ h))) - sum(np.log(1 - 1 / (1 + np.exp(-noise @ h))))
        ),
    },
    "word2vec/noise": {
        "unigram": lambda counts: counts / counts.sum(),
        "uniform": lambda counts: np.full(len(counts), 1 / len(counts)),
        "other-power": lambda counts: np.cbrt(counts**4) / np.cbrt(counts**4).sum(),
        "rare-first": lambda counts: (1 / counts) ** 0.75 / ((1 / counts) ** 0.75).sum(),
        "unnormalized": lambda counts: np.exp(0.75 * np.log(counts)),
        "normalized-first": lambda counts: np.exp(0.75 * np.log(counts / counts.sum())),
        "softmax": lambda counts: shares(counts**0.75),
    },
}
