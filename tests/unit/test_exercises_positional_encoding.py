"""The cases of the chapter on positions are needed: with poorer ones the usual faults pass. Its numbers are real."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from attnlab.attention import MultiHeadAttention
from attnlab.exercises import EXERCISES, question
from attnlab.exercises.checking import feedback
from attnlab.exercises.positional_encoding import is_equivariant, rotary, shift, sinusoids
from attnlab.models import load_position_tables
from attnlab.positions import RotaryPositions, sinusoidal_positions

X = np.random.default_rng(0).normal(size=(4, 6))


def passes(exercise_id: str, mistake: str, *cases: tuple[Any, ...]) -> bool:
    """Whether a known mistake is taken for right on other cases."""
    exercise = replace(EXERCISES[f"positional-encoding/{exercise_id}"], cases=lambda: cases)
    return feedback(exercise, exercise.rivals[mistake]).status == "correct"


@pytest.mark.parametrize(
    ("exercise_id", "case"), [("sinusoids", (7, 6, 1e4)), ("shift", (6, 3, 1e4)), ("rotary", (X, np.arange(4), 1e4))]
)
def test_the_usual_base_would_hide_that_it_is_ignored(exercise_id: str, case: tuple[Any, ...]) -> None:
    assert passes(exercise_id, "base-ignored", case)


def test_one_pair_would_hide_speeds_and_pairings() -> None:
    for mistake in ("halves", "half-exponent"):
        assert passes("sinusoids", mistake, (7, 2, 100.0))
    for mistake in ("one-speed", "halves", "half-exponent"):
        assert passes("shift", mistake, (2, 3, 100.0))
    for mistake in ("one-speed", "halves", "half-exponent"):
        assert passes("rotary", mistake, (X[:, :2], np.array([3, 0, 7, 12]), 100.0))


def test_one_step_would_hide_how_steps_add_up() -> None:
    for mistake in ("one-step", "entry-power"):
        assert passes("shift", mistake, (6, 1, 100.0))


def test_positions_from_0_on_would_hide_that_they_are_not_used() -> None:
    assert passes("rotary", "row-numbers", (X, np.arange(4), 100.0))


def test_a_slope_of_1_and_two_tokens_would_hide_most_faults_of_alibi() -> None:
    assert passes("alibi", "no-slope", (5, 1.0))
    assert passes("alibi", "squared", (2, 0.25))


def test_an_exchange_would_hide_the_way_back_and_an_order_that_knows_nothing_the_rest() -> None:
    (attention, x, _), *_ = EXERCISES["positional-encoding/equivariance"].cases()
    exchange = np.array([1, 0, 2, 3, 4])
    assert passes("equivariance", "inverse", (attention, x, exchange))
    for mistake in ("any", "mean", "always", "invariance"):
        assert passes("equivariance", mistake, (attention, x, np.arange(5)))
    assert not passes("equivariance", "invariance", (attention, x, exchange))


# --- the references are those of the package and of the chapter -------------------------------------------------------


def test_the_references_are_the_packages_own() -> None:
    waves = sinusoidal_positions(9, 6, base=30.0, dtype=torch.float64).numpy()
    assert sinusoids(9, 6, 30.0) == pytest.approx(waves, abs=1e-12)
    assert waves[:-4] @ shift(6, 4, 30.0).T == pytest.approx(waves[4:], abs=1e-12)
    positions = np.array([5, 0, 2, 9])
    turned = RotaryPositions(6, base=30.0)(torch.tensor(X), torch.tensor(positions)).numpy()
    assert rotary(X, positions, 30.0) == pytest.approx(turned, abs=1e-12)


def test_the_packages_attention_is_equivariant_and_with_positions_it_is_not() -> None:
    torch.manual_seed(0)
    attention = MultiHeadAttention(6, 2)
    waves = sinusoidal_positions(4, 6)
    order = np.array([2, 0, 3, 1])

    def plain(x: np.ndarray) -> np.ndarray:
        return attention(torch.tensor(x, dtype=torch.float32)[None])[0].detach().numpy()

    assert is_equivariant(plain, X, order)
    assert not is_equivariant(lambda x: plain(x + waves.numpy()), X, order)
    assert is_equivariant(lambda x: x[:, :1], X, order)  # narrower outputs are no obstacle


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_numbers_in_the_questions_are_those_of_the_tables(lang: str) -> None:
    trained = str(load_position_tables().trained)
    longer = question("positional-encoding/longer", lang)
    assert trained in longer.prompt
    assert trained in longer.choices[0]["feedback"]
