"""The cases of the chapter on the latent space are needed: with poorer ones wrong answers pass."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attnlab.embedding import analogy, load_word_vectors, procrustes_alignment
from attnlab.exercises import EXERCISES, question
from attnlab.exercises.checking import feedback
from attnlab.exercises.latent_space import alignment, two_answers


def passes(exercise_id: str, mistake: str, *cases: tuple[Any, ...]) -> bool:
    """Whether a known mistake is taken for right on other cases."""
    exercise = replace(EXERCISES[f"latent-space/{exercise_id}"], cases=lambda: cases)
    return feedback(exercise, exercise.rivals[mistake]).status == "correct"


def test_ids_in_order_would_hide_that_each_was_looked_up_once() -> None:
    table = np.random.default_rng(0).normal(size=(5, 6))
    assert passes("lookup", "each-once", (np.array([0, 2, 3]), table))


def test_vectors_of_one_length_would_hide_two_mistakes() -> None:
    table = np.random.default_rng(0).normal(size=(9, 4))
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    for mistake in ("dot-product", "distance"):
        assert passes("neighbors", mistake, (table, 2, 4))
    words = EXERCISES["latent-space/analogy"].cases()
    same = [(rows / np.linalg.norm(rows, axis=1, keepdims=True), *places) for rows, *places in words]
    assert passes("analogy", "lengths-kept", *same)


def test_an_easy_analogy_would_hide_that_inputs_were_left_out() -> None:
    """Where the answer stands exactly at b - a + c, no input can win."""
    table = np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0], [-1.0, 1.0, 1.0, 0], [0, 0, 0, 1.0]])
    for mistake in ("always-allowed", "never-allowed", "exchanged", "only-c"):
        assert passes("analogy", mistake, (table, 0, 1, 2))


def test_a_pure_turn_would_hide_least_squares_and_the_missing_mirror() -> None:
    x = np.random.default_rng(0).normal(size=(8, 3))
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    turn *= np.linalg.det(turn)  # of three columns: determinant 1
    for mistake in ("least-squares", "no-mirror"):
        assert passes("alignment", mistake, (x, x @ turn))


def test_a_symmetric_kernel_would_hide_its_transpose() -> None:
    picture = np.random.default_rng(0).normal(size=(2, 4, 5))
    assert passes("pointwise", "kernel-transposed", (picture, np.array([[1.0, 2.0], [2.0, -1.0]])))


def test_the_references_are_the_packages_functions() -> None:
    (case,) = EXERCISES["latent-space/alignment"].cases()
    assert alignment(*case) == pytest.approx(procrustes_alignment(*case), abs=1e-12)
    assert np.linalg.det(alignment(*case)) == pytest.approx(-1)
    words = load_word_vectors()
    for line in ("man king woman", "big bigger small"):
        found = two_answers(words.vectors[: words.words], *(words.index[word] for word in line.split()))
        assert words.tokens[found[1]] == analogy(words, *line.split(), k=1)[0][0]


def test_the_questions_say_what_is_so() -> None:
    """The right choice of two of them, measured."""
    random = np.random.default_rng(0)
    codes = random.normal(size=(8000, 128)) / np.sqrt(128)  # one-hot times random is a random row
    distances = np.linalg.norm(codes[:4000] - codes[4000:], axis=1)
    assert distances.std() / distances.mean() < 0.1
    assert "nearly the same distance" in question("latent-space/random", "en").choices[1]["text"]
    words = load_word_vectors()
    turn = np.linalg.qr(random.normal(size=(words.dim, words.dim)))[0]
    rows = words.vectors[:50].astype(np.float64)
    assert (rows @ turn) @ (rows @ turn).T == pytest.approx(rows @ rows.T, abs=1e-9)
    assert (np.abs(rows @ turn - rows) > 1e-6).mean() > 0.99
