"""The cases of the chapter on cross-attention are needed: with poorer ones wrong answers pass, or lose their names."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from attnlab.attention import MultiHeadAttention
from attnlab.exercises import EXERCISES
from attnlab.exercises.checking import feedback
from attnlab.exercises.cross_attention import attend, on_the_answer


def passes(exercise_id: str, mistake: str, *cases: tuple[Any, ...]) -> bool:
    """Whether a known mistake is taken for right on other cases."""
    exercise = replace(EXERCISES[f"cross-attention/{exercise_id}"], cases=lambda: cases)
    return feedback(exercise, exercise.rivals[mistake]).status == "correct"


def test_one_text_for_both_sides_would_hide_who_asks() -> None:
    random = np.random.default_rng(0)
    x, maps = random.normal(size=(4, 6)), [random.normal(size=(6, width)) for width in (3, 3, 5)]
    for mistake in ("roles-swapped", "self-attention", "memory-alone", "values-from-x"):
        assert passes("attend", mistake, (x, x, *maps))


def test_one_token_that_answers_would_hide_how_its_weight_is_found() -> None:
    random = np.random.default_rng(0)
    x, memory = random.normal(size=(4, 6)), random.normal(size=(1, 6))
    maps = [random.normal(size=(6, width)) for width in (3, 3, 5)]
    for mistake in ("maps-swapped", "no-scale"):
        assert passes("attend", mistake, (x, memory, *maps))


def test_the_reference_is_a_head_of_the_packages_cross_attention() -> None:
    attention = MultiHeadAttention(6, n_heads=1, bias=False).double()
    torch.nn.init.eye_(attention.output.weight)
    x, memory = torch.randn(1, 2, 6).double(), torch.randn(1, 5, 6).double()
    maps = [linear.weight.detach().numpy().T for linear in (attention.query, attention.key, attention.value)]
    wanted = attention(x, memory)[0].detach().numpy()
    np.testing.assert_allclose(attend(x[0].numpy(), memory[0].numpy(), *maps), wanted, atol=1e-12)


def test_a_target_of_equal_tokens_would_hide_its_order() -> None:
    assert passes("shift", "copies", ([3, 3], 3, 3))
    assert passes("shift", "reversed", ([4, 4], 7, 8)) is False
    assert passes("shift", "reversed", ([4, 4], 4, 4))


def test_a_sure_and_right_model_would_hide_whose_choices_are_scored() -> None:
    scores = 9.0 * np.eye(4)[[2, 0, 3]]
    assert passes("loss", "free-running", (scores, [1, 2, 0, 3]))
    assert passes("loss", "mean-first", (scores, [1, 2, 0, 3]))
    assert passes("loss", "sum", (scores[:1], [1, 2]))


def test_a_text_of_one_token_or_a_plain_alpha_would_hide_the_penalty() -> None:
    for mistake in ("no-length", "average", "length-power", "multiplied", "alpha-inside", "last-token", "product"):
        assert passes("score", mistake, ([-0.7], 0.6)), mistake
    assert passes("score", "alpha-inside", ([-0.7, -0.2], 1.0))
    assert passes("score", "alpha-as-factor", ([-0.7, -0.2], 1.0))
    assert passes("score", "no-length", ([-0.7, -0.2], 0.0))


def test_a_perfect_alignment_would_hide_two_mistakes() -> None:
    perfect = np.vstack([np.eye(4)[::-1], np.full((1, 4), 0.25)])
    for mistake in ("largest", "count"):
        assert passes("reversal", mistake, (perfect,))
    assert on_the_answer(perfect) == 1.0
    assert passes("reversal", "diagonal", (np.full((5, 4), 0.25),))


@pytest.mark.parametrize("exercise_id", ["attend", "shift", "loss", "score", "reversal"])
def test_several_cases_name_every_mistake(exercise_id: str) -> None:
    exercise = EXERCISES[f"cross-attention/{exercise_id}"]
    assert len(exercise.cases()) >= 2
    for name, rival in exercise.rivals.items():
        assert feedback(exercise, rival).mistake == name
