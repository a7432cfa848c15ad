"""Right and wrong answers to the exercises of the chapter on the latent space, written apart from the checker's own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from attnlab.embedding import nearest_neighbors, procrustes_alignment

Answer = Callable[..., Any]


def codes(ids: np.ndarray, table: np.ndarray) -> np.ndarray:
    found = np.zeros((len(ids), len(table)))
    found[np.arange(len(ids)), ids] = 1
    return found


def lengths(table: np.ndarray) -> np.ndarray:
    return np.sqrt((table**2).sum(axis=1))


def ranked(scores: np.ndarray, *left_out: int) -> list[int]:
    return [row for row in sorted(range(len(scores)), key=lambda row: -scores[row]) if row not in left_out]


def cosines_to(table: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return table @ vector / lengths(table) / np.linalg.norm(vector)


def two_nearest(table: np.ndarray, wanted: np.ndarray, *left_out: int) -> list[int]:
    cosines = cosines_to(table, wanted)
    return [ranked(cosines)[0], ranked(cosines, *left_out)[0]]


def wanted(table: np.ndarray, a: int, b: int, c: int) -> np.ndarray:
    one = table / lengths(table)[:, None]
    return one[b] - one[a] + one[c]


def convolution(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return F.conv2d(torch.from_numpy(picture)[None], torch.from_numpy(kernel)[:, :, None, None])[0].numpy()


def without_mirror(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return procrustes_alignment(x, y, allow_reflection=False)


RIGHT: dict[str, list[Answer]] = {
    "latent-space/lookup": [lambda ids, table: table[ids], lambda ids, table: codes(ids, table) @ table],
    "latent-space/neighbors": [
        lambda table, i, k: nearest_neighbors(table, table[i], k, exclude=[i]).rows,
        lambda table, i, k: ranked(cosines_to(table, table[i]), i)[:k],
    ],
    "latent-space/analogy": [lambda table, a, b, c: two_nearest(table, wanted(table, a, b, c), a, b, c)],
    "latent-space/alignment": [procrustes_alignment],
    "latent-space/pointwise": [
        convolution,
        lambda picture, kernel: (kernel @ picture.reshape(len(picture), -1)).reshape(len(kernel), *picture.shape[1:]),
    ],
}

WRONG: dict[str, dict[str, Answer]] = {
    "latent-space/lookup": {
        "codes": codes,
        "columns": lambda ids, table: table[:, ids].T,
        "sum": lambda ids, table: codes(ids, table).sum(0) @ table,
        "from-one": lambda ids, table: [table[number - 1] for number in ids],
        "each-once": lambda ids, table: table[sorted(set(ids.tolist()))],
        "transposed": lambda ids, table: table.T @ codes(ids, table).T,
    },
    "latent-space/neighbors": {
        "itself": lambda table, i, k: ranked(cosines_to(table, table[i]))[:k],
        "dot-product": lambda table, i, k: ranked(table @ table[i], i)[:k],
        "distance": lambda table, i, k: ranked(-lengths(table - table[i]), i)[:k],
        "farthest": lambda table, i, k: ranked(-cosines_to(table, table[i]), i)[:k],
        "by-number": lambda table, i, k: sorted(ranked(cosines_to(table, table[i]), i)[:k]),
        "cosines": lambda table, i, k: nearest_neighbors(table, table[i], k, exclude=[i]).cosines,
    },
    "latent-space/analogy": {
        "always-allowed": lambda table, a, b, c: two_nearest(table, wanted(table, a, b, c)),
        "never-allowed": lambda table, a, b, c: [two_nearest(table, wanted(table, a, b, c), a, b, c)[1]] * 2,
        "exchanged": lambda table, a, b, c: two_nearest(table, wanted(table, a, b, c), a, b, c)[::-1],
        "wrong-sign": lambda table, a, b, c: two_nearest(table, wanted(table, c, b, a), a, b, c),
        "only-c": lambda table, a, b, c: two_nearest(table, wanted(table, a, b, c), c),
        "lengths-kept": lambda table, a, b, c: two_nearest(table, table[b] - table[a] + table[c], a, b, c),
    },
    "latent-space/alignment": {
        "least-squares": lambda x, y: np.linalg.inv(x.T @ x) @ x.T @ y,
        "backward": lambda x, y: procrustes_alignment(x, y).T,
        "product": lambda x, y: np.einsum("na,nb->ab", x, y),
        "no-mirror": without_mirror,
        "mapped": lambda x, y: x @ procrustes_alignment(x, y),
    },
    "latent-space/pointwise": {
        "kernel-transposed": lambda picture, kernel: convolution(picture, kernel.T.copy()),
        "channels-last": lambda picture, kernel: np.moveaxis(convolution(picture, kernel), 0, -1),
        "picture-turned": lambda picture, kernel: np.swapaxes(convolution(picture, kernel), 1, 2),
        "one-number": lambda picture, kernel: kernel @ picture.mean(axis=(1, 2)),
        "flat": lambda picture, kernel: convolution(picture, kernel).reshape(len(kernel), -1),
    },
}
