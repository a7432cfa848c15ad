"""Answers to the exercises on encoding and decoding, right and wrong, written apart from the checker's own formulas."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

Answer = Callable[..., Any]
CHAPTER = "encoding-and-decoding"


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return math.dist(a.tolist(), b.tolist())


def cosines_in_a_loop(vector: np.ndarray, table: np.ndarray) -> list[float]:
    lengths = [math.hypot(*row) * math.hypot(*vector) for row in table]
    return [sum(a * b for a, b in zip(row, vector, strict=True)) / n for row, n in zip(table, lengths, strict=True)]


def nearest_in_a_loop(table: np.ndarray, i: int) -> int:
    return min((j for j in range(len(table)) if j != i), key=lambda j: distance(table[i], table[j]))


def nearest_by_number_left_out(table: np.ndarray, i: int) -> int:
    others = np.delete(np.arange(len(table)), i)
    return int(others[((table[others] - table[i]) ** 2).sum(1).argmin()])


def decode_in_a_loop(codes: np.ndarray, table: np.ndarray) -> list[int]:
    return [min(range(len(table)), key=lambda j: distance(code, table[j])) for code in codes]


def decode_by_squares(codes: np.ndarray, table: np.ndarray) -> np.ndarray:
    return ((table**2).sum(1) - 2 * codes @ table.T).argmin(1)  # the code's own square is the same for all rows


def codes_in_a_loop(states: np.ndarray, token_mask: np.ndarray) -> list[np.ndarray]:
    return [sentence[real].mean(axis=0) for sentence, real in zip(states, token_mask, strict=True)]


def codes_by_weights(states: np.ndarray, token_mask: np.ndarray) -> np.ndarray:
    return np.einsum("bt,btd->bd", token_mask / token_mask.sum(1, keepdims=True), states)


RIGHT: dict[str, list[Answer]] = {
    f"{CHAPTER}/cosines": [
        cosines_in_a_loop,
        lambda vector, table: torch.cosine_similarity(torch.tensor(table), torch.tensor(vector), dim=1),
    ],
    f"{CHAPTER}/nearest": [nearest_in_a_loop, nearest_by_number_left_out],
    f"{CHAPTER}/decode": [decode_in_a_loop, decode_by_squares],
    f"{CHAPTER}/sentence-codes": [codes_in_a_loop, codes_by_weights],
}


def norms(rows: np.ndarray) -> np.ndarray:
    return np.sqrt((rows**2).sum(-1))


def distances_to(table: np.ndarray, i: int) -> np.ndarray:
    return norms(table - table[i])


def best_but(i: int, scores: np.ndarray) -> int:
    return max((j for j in range(len(scores)) if j != i), key=lambda j: scores[j])


def nearest_not_at_zero(table: np.ndarray, i: int) -> int:
    found = distances_to(table, i)
    return int(np.flatnonzero(found == found[found > 0].min())[0])


def last_of_the_nearest(codes: np.ndarray, table: np.ndarray) -> list[int]:
    return [max(j for j, d in enumerate(row) if d == min(row)) for row in norms(codes[:, None] - table)]


def first_equal_row(codes: np.ndarray, table: np.ndarray) -> list[int]:
    rows = table.tolist()
    return [rows.index(code) if code in rows else 0 for code in codes.tolist()]


WRONG: dict[str, dict[str, Answer]] = {
    f"{CHAPTER}/cosines": {
        "dot": lambda vector, table: [row @ vector for row in table],
        "rows-undivided": lambda vector, table: table @ (vector / norms(vector)),
        "vector-undivided": lambda vector, table: (table / norms(table)[:, None]) @ vector,
        "squares": lambda vector, table: table @ vector / (norms(table) * norms(vector)) ** 2,
        "one-length": lambda vector, table: table @ vector / norms(table.ravel()) / norms(vector),
        "columns": lambda vector, table: table @ vector / norms(table.T) / norms(vector),
        "distance": lambda vector, table: norms(vector - table),
    },
    f"{CHAPTER}/nearest": {
        "itself": lambda table, i: np.argmin(distances_to(table, i)),
        "twin-lost": nearest_not_at_zero,
        "second": lambda table, i: sorted(range(len(table)), key=lambda j: distances_to(table, i)[j])[1],
        "renumbered": lambda table, i: np.argmin(np.delete(distances_to(table, i), i)),
        "farthest": lambda table, i: np.argmax(distances_to(table, i)),
        "dot": lambda table, i: best_but(i, table @ table[i]),
        "cosine": lambda table, i: best_but(i, table @ table[i] / norms(table)),
    },
    f"{CHAPTER}/decode": {
        "dot": lambda codes, table: np.argmax(table @ codes.T, axis=0),
        "cosine": lambda codes, table: np.argmax((table / norms(table)[:, None]) @ codes.T, axis=0),
        "city-block": lambda codes, table: [np.argmin(np.abs(table - code).sum(1)) for code in codes],
        "farthest": lambda codes, table: [np.argmax(norms(table - code)) for code in codes],
        "wrong-axis": lambda codes, table: [np.argmin(norms(codes - row)) for row in table],
        "exact-only": first_equal_row,
        "last": last_of_the_nearest,
        "vectors": lambda codes, table: [table[j] for j in decode_in_a_loop(codes, table)],
    },
    f"{CHAPTER}/sentence-codes": {
        "padding-counted": lambda states, token_mask: np.mean(states, 1),
        "divided-by-all": lambda states, token_mask: np.where(token_mask[..., None], states, 0).mean(1),
        "sum": lambda states, token_mask: np.einsum("btd,bt->bd", states, token_mask.astype(float)),
        "inverted": lambda states, token_mask: codes_by_weights(states, ~token_mask),
        "first": lambda states, token_mask: states[:, 0, :],
        "last": lambda states, token_mask: states[:, -1, :],
        "one-count": lambda states, token_mask: np.where(token_mask[..., None], states, 0).sum(1) / token_mask.sum(),
        "wrong-axis": lambda states, token_mask: states.sum(2) * token_mask / token_mask.sum(1)[:, None],
    },
}
