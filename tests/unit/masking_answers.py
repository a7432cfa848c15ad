"""Answers to the exercises of the chapter on masks, right and wrong, written apart from the checker's own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from attnlab.attention import scaled_dot_product_attention
from attnlab.masks import causal_mask, combine_masks, padding_mask

Answer = Callable[..., Any]


def cells(keep: Callable[[int, int, int, int], bool]) -> Answer:
    """A mask cell by cell: whether query i, which stands at place p of the keys, may attend to key j."""

    def found(Tq: int, Tk: int) -> list[list[bool]]:
        return [[keep(i, j, i + Tk - Tq, Tk) for j in range(Tk)] for i in range(Tq)]

    return found


def softmax_by_the_package(scores: np.ndarray, mask: np.ndarray) -> torch.Tensor:
    """The scores are the products of one-hot queries with the scores' columns as keys."""
    query, key = torch.eye(len(scores), dtype=torch.float64), torch.tensor(scores).T.contiguous()
    allowed = torch.tensor(mask)
    return scaled_dot_product_attention(query, key, key, mask=allowed, scale=1.0, return_weights=True)[1]


def softmax_in_loops(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    weights = np.zeros_like(scores)
    for i, (row, may) in enumerate(zip(scores, mask, strict=True)):
        if may.any():
            weights[i, may] = np.exp(row[may] - row[may].max()) / np.exp(row[may] - row[may].max()).sum()
    return weights


def torch_softmax(scores: np.ndarray) -> np.ndarray:
    return torch.tensor(scores).softmax(-1).numpy()


def batch_by_the_package(real: np.ndarray) -> torch.Tensor:
    ids = torch.where(torch.tensor(real), 7, 3)
    mask = combine_masks(causal_mask(real.shape[1]), padding_mask(ids, pad_id=3))
    assert mask is not None
    return mask[:, 0]


def batch_cells(keep: Callable[[int, int, np.ndarray], bool]) -> Answer:
    """A mask cell by cell: whether query i of a sentence may attend to key j; ``row`` says which tokens are real."""

    def found(real: np.ndarray) -> list[list[list[bool]]]:
        return [[[bool(keep(i, j, row)) for j in range(len(row))] for i in range(len(row))] for row in real]

    return found


def loss_by_torch(losses: np.ndarray, counted: np.ndarray) -> torch.Tensor:
    return torch.tensor(losses).masked_select(torch.tensor(counted)).mean()


def reach_by_search(mask: np.ndarray, layers: int) -> np.ndarray:
    """Who is found from each token in at most as many steps."""
    found = np.zeros(mask.shape, dtype=bool)
    for start in range(len(mask)):
        known = {start}
        for _ in range(layers):
            known |= {int(j) for i in known for j in np.flatnonzero(mask[i])}
        found[start, list(known)] = True
    return found


def steps(mask: np.ndarray, layers: int) -> np.ndarray:
    heard = np.eye(len(mask), dtype=bool)
    for _ in range(layers):
        heard = (mask[:, :, None] & heard[None]).any(axis=1)
    return heard


RIGHT: dict[str, list[Answer]] = {
    "masking/causal": [cells(lambda i, j, p, n: j <= p), causal_mask, lambda Tq, Tk: causal_mask(Tk)[Tk - Tq :]],
    "masking/softmax": [softmax_by_the_package, softmax_in_loops],
    "masking/batch": [batch_by_the_package, batch_cells(lambda i, j, row: j <= i and row[j])],
    "masking/loss": [loss_by_torch, lambda losses, counted: losses[counted].sum() / counted.sum()],
    "masking/reach": [reach_by_search, lambda mask, layers: steps(mask | np.eye(len(mask), dtype=bool), layers)],
}

WRONG: dict[str, dict[str, Answer]] = {
    "masking/causal": {
        "inverted": cells(lambda i, j, p, n: j > p),
        "future": cells(lambda i, j, p, n: j >= p),
        "not-itself": cells(lambda i, j, p, n: j < p),
        "one-ahead": cells(lambda i, j, p, n: j <= p + 1),
        "first-queries": cells(lambda i, j, p, n: j <= i),
        "transposed": lambda Tq, Tk: causal_mask(Tq, Tk).T,
        "additive": lambda Tq, Tk: torch.zeros(Tq, Tk).masked_fill(~causal_mask(Tq, Tk), -torch.inf),
    },
    "masking/softmax": {
        "inverted": lambda scores, mask: softmax_in_loops(scores, ~mask),
        "not-a-number": lambda scores, mask: torch_softmax(np.where(mask, scores, -np.inf)),
        "sentinel-put": lambda scores, mask: torch_softmax(np.where(mask, scores, -10_000)),
        "sentinel-added": lambda scores, mask: torch_softmax(scores - 10_000 * ~mask),
        "larger-sentinel": lambda scores, mask: torch_softmax(np.where(mask, scores, -1e9)),
        "after": lambda scores, mask: np.where(mask, torch_softmax(scores), 0),
        "after-divided": lambda scores, mask: F.normalize(torch.tensor(torch_softmax(scores) * mask), p=1, dim=1),
        "scores-times-mask": lambda scores, mask: torch_softmax(np.where(mask, scores, 0)),
        "columns": lambda scores, mask: softmax_in_loops(scores.T, mask.T).T,
        "overflow": lambda scores, mask: (
            np.where(mask, np.exp(scores), 0)
            / np.maximum(np.where(mask, np.exp(scores), 0).sum(axis=1, keepdims=True), 1e-300)
        ),
        "unmasked": lambda scores, mask: torch_softmax(scores),
    },
    "masking/batch": {
        "queries": batch_cells(lambda i, j, row: j <= i and row[i]),
        "queries-too": batch_cells(lambda i, j, row: j <= i and row[i] and row[j]),
        "no-causal": batch_cells(lambda i, j, row: row[j]),
        "no-padding": batch_cells(lambda i, j, row: j <= i),
        "either": batch_cells(lambda i, j, row: j <= i or row[j]),
        "inverted": batch_cells(lambda i, j, row: j > i or not row[j]),
        "padding-inverted": batch_cells(lambda i, j, row: j <= i and not row[j]),
        "future": batch_cells(lambda i, j, row: i <= j and row[j]),
    },
    "masking/loss": {
        "padding-counted": lambda losses, counted: np.average(losses),
        "all-places": lambda losses, counted: losses[counted].sum() / counted.size,
        "sum": lambda losses, counted: sum(losses[counted]),
        "sentences": lambda losses, counted: np.nanmean(np.nanmean(np.where(counted, losses, np.nan), axis=1)),
        "by-sentence": lambda losses, counted: losses[counted].sum() / counted.shape[0],
        "times-mask": lambda losses, counted: np.average(losses * counted) * counted.size / counted.sum(),
        "inverted": lambda losses, counted: np.mean(losses[~counted]),
        "each": lambda losses, counted: np.nanmean(np.where(counted, losses, np.nan), axis=1),
    },
    "masking/reach": {
        "one-layer": lambda mask, layers: mask | np.eye(len(mask), dtype=bool),
        "mask-itself": lambda mask, layers: mask.copy(),
        "no-residual": steps,
        "transposed": lambda mask, layers: reach_by_search(mask.T, layers),
        "layer-too-many": lambda mask, layers: reach_by_search(mask, layers + 1),
        "layer-too-few": lambda mask, layers: reach_by_search(mask, layers - 1),
        "paths": lambda mask, layers: np.linalg.matrix_power(1 * (mask | np.eye(len(mask), dtype=bool)), layers),
    },
}
