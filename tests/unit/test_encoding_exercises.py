"""The exercises on encoding and decoding: with the care taken out of their cases, mistakes would pass."""

from dataclasses import replace

import numpy as np
import pytest

from attnlab.embedding import cosine, nearest_neighbors
from attnlab.exercises import EXERCISES
from attnlab.exercises.checking import Case, feedback

CHAPTER = "encoding-and-decoding"
RANDOM = np.random.default_rng(3)


def passes(exercise: str, mistake: str, *cases: Case) -> bool:
    careless = replace(EXERCISES[f"{CHAPTER}/{exercise}"], cases=lambda: cases)
    return feedback(careless, careless.rivals[mistake]).status == "correct"


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


@pytest.mark.parametrize("mistake", ["dot", "rows-undivided", "vector-undivided", "squares"])
def test_unit_vectors_would_hide_a_missing_length(mistake: str) -> None:
    assert passes("cosines", mistake, (unit(RANDOM.normal(size=3)), unit(RANDOM.normal(size=(5, 3)))))


@pytest.mark.parametrize(("exercise", "mistake"), [("nearest", "dot"), ("nearest", "cosine")])
def test_rows_of_one_length_would_hide_what_is_compared(exercise: str, mistake: str) -> None:
    table = unit(RANDOM.normal(size=(7, 3)))
    assert passes(exercise, mistake, *((table, i) for i in range(7)))


@pytest.mark.parametrize("mistake", ["twin-lost", "second"])
def test_a_table_without_twins_would_hide_how_the_word_is_left_out(mistake: str) -> None:
    table = RANDOM.normal(size=(7, 3))
    assert passes("nearest", mistake, *((table, i) for i in range(7)))


def test_a_late_row_would_hide_the_renumbering() -> None:
    table = np.array([[0.0, 0.0], [5.0, 5.0], [0.0, 1.0]])
    assert passes("nearest", "renumbered", (table, 2))


def test_codes_without_noise_would_hide_most_of_decoding() -> None:
    table = 3 * unit(RANDOM.normal(size=(5, 3)))
    for mistake in ("dot", "cosine", "city-block", "exact-only", "last"):
        assert passes("decode", mistake, (table[[3, 1, 1, 0]], table)), mistake


def test_as_many_codes_as_rows_in_their_order_would_hide_the_axis() -> None:
    table = 10 * np.eye(4)
    assert passes("decode", "wrong-axis", (table + 0.1 * RANDOM.normal(size=(4, 4)), table))


def test_a_batch_without_padding_would_hide_the_mask() -> None:
    states = RANDOM.normal(size=(3, 5, 2))
    for mistake in ("padding-counted", "divided-by-all"):
        assert passes("sentence-codes", mistake, (states, np.ones((3, 5), dtype=bool))), mistake


def test_one_sentence_would_hide_the_count_of_the_batch() -> None:
    assert passes("sentence-codes", "one-count", (RANDOM.normal(size=(1, 5, 2)), np.array([[True] * 3 + [False] * 2])))


def test_the_references_are_the_packages_own() -> None:
    for vector, table in EXERCISES[f"{CHAPTER}/cosines"].cases():
        assert EXERCISES[f"{CHAPTER}/cosines"].reference(vector, table) == pytest.approx(cosine(vector, table))
    table = unit(RANDOM.normal(size=(9, 4)))  # on a sphere the nearest is the one with the largest cosine
    for i in range(9):
        wanted = nearest_neighbors(table, table[i], 1, exclude=[i]).rows.item()
        assert EXERCISES[f"{CHAPTER}/nearest"].reference(table, i) == wanted
