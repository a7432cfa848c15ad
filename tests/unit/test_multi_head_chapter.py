"""The chapter on multi-head attention: its exercises need their cases, and its figure shows the numbers it is given."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from attnlab.attention import MultiHeadAttention
from attnlab.exercises import EXERCISES
from attnlab.exercises.checking import feedback
from attnlab.exercises.multi_head_attention import LossOfGates, merge, split
from attnlab.plot import concatenation_figure

RANDOM = np.random.default_rng(0)


def passes(exercise_id: str, mistake: str, *cases: tuple[Any, ...]) -> bool:
    """Whether a known mistake is taken for right on other cases."""
    exercise = replace(EXERCISES[f"multi-head-attention/{exercise_id}"], cases=lambda: cases)
    return feedback(exercise, exercise.rivals[mistake]).status == "correct"


# --- poorer cases would let mistakes pass -----------------------------------------------------------------------------


def test_a_single_head_would_hide_every_wrong_cut() -> None:
    x = RANDOM.normal(size=(5, 6))
    maps = [RANDOM.normal(size=(6, 6)) for _ in range(4)]
    assert passes("split", "wrong-axis", (x, 1))
    assert passes("merge", "wrong-axis", (x[None],))
    for mistake in ("wrong-cut", "cut-without-transpose", "merged-without-transpose", "model-width", "one-head"):
        assert passes("whole", mistake, (x, *maps, 1)), mistake
        assert not passes("whole", mistake, *EXERCISES["multi-head-attention/whole"].cases()), mistake


def test_as_many_heads_as_numbers_in_each_would_hide_exchanged_widths() -> None:
    assert passes("split", "widths-exchanged", (RANDOM.normal(size=(5, 4)), 2))


def test_heads_that_do_not_help_each_other_would_hide_those_that_stay_off() -> None:
    """With parts at right angles and a target that is their sum, what the heads cost adds up from nothing."""
    parts = np.eye(3)[:, None, :]  # (H, T, D): each head writes a dimension of its own
    loss = LossOfGates(parts, parts.sum(axis=0))
    alone = [loss(1 - one) for one in np.eye(3)]
    assert sum(alone) == pytest.approx(loss(np.zeros(3)))
    assert passes("importance", "not-subtracted", (loss, 3))
    assert passes("importance", "from-nothing", (loss, 3))


def test_even_weights_would_hide_where_a_head_looks() -> None:
    for mistake in ("next", "itself", "wraps-around"):
        assert passes("previous", mistake, (np.full((2, 5, 5), 0.2),))


def test_gates_that_do_not_fit_are_refused() -> None:
    loss, n_heads = EXERCISES["multi-head-attention/importance"].cases()[0]
    with pytest.raises(ValueError, match=rf"there are {n_heads} heads, but the gates have shape \(2,\)"):
        loss(np.ones(2))


# --- the references are the package's attention -----------------------------------------------------------------------


def test_the_reference_is_the_packages_attention_and_its_gates_are_heads() -> None:
    for x, *maps, n_heads in EXERCISES["multi-head-attention/whole"].cases():
        attention = MultiHeadAttention(x.shape[1], n_heads, bias=False).double()
        linears = (attention.query, attention.key, attention.value, attention.output)
        for linear, weight in zip(linears, maps, strict=True):
            linear.weight.data = torch.from_numpy(weight.T.copy())
        found = attention(torch.from_numpy(x)[None])[0].detach().numpy()
        assert EXERCISES["multi-head-attention/whole"].reference(x, *maps, n_heads) == pytest.approx(found, abs=1e-12)


def test_joining_undoes_the_cut() -> None:
    x = RANDOM.normal(size=(5, 6))
    for n_heads in (1, 2, 3, 6):
        assert split(x, n_heads).shape == (n_heads, 5, 6 // n_heads)
        assert (merge(split(x, n_heads)) == x).all()


# --- the figure -------------------------------------------------------------------------------------------------------


def test_the_figure_shows_every_number_in_its_block() -> None:
    heads = np.arange(12.0).reshape(3, 4, 1)  # (H, T, Dh)
    w_o = np.arange(6.0).reshape(3, 2)
    words = ["an", "apple", "a", "pear"]
    figure = concatenation_figure(heads, w_o, merge(heads) @ w_o, words)
    shown = [[text.get_text() for text in panel.texts] for panel in figure.axes]
    assert shown[1] == ["4.00", "5.00", "6.00", "7.00"]  # head 1
    assert shown[3:6] == [["0.00", "1.00"], ["2.00", "3.00"], ["4.00", "5.00"]]  # its rows of W_O
    assert shown[6][:2] == [f"{number:.0f}" if number > 9.9 else f"{number:.2f}" for number in merge(heads)[0] @ w_o]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == words
    places = [panel.get_position() for panel in figure.axes]
    assert all(place.x0 >= 0 and place.x1 <= 1 and place.y0 >= 0 and place.y1 <= 1 for place in places)
    assert not any(one.overlaps(other) for i, one in enumerate(places) for other in places[:i])


@pytest.mark.parametrize(
    ("heads", "w_o", "output", "words"),
    [
        (np.ones((3, 2)), np.ones((3, 2)), np.ones((2, 2)), r"must be \(H, 2, Dh\), got shape \(3, 2\)"),
        (np.ones((3, 2, 1)), np.ones((4, 2)), np.ones((2, 2)), r"w_o must be \(3, D\), got shape \(4, 2\)"),
        (np.ones((3, 2, 1)), np.ones((3, 2)), np.ones((2, 3)), r"must be \(2, 2\), got shape \(2, 3\)"),
        (np.ones((9, 2, 9)), np.ones((81, 9)), np.ones((2, 9)), "99 columns do not fit"),
    ],
)
def test_matrices_that_do_not_fit(heads: np.ndarray, w_o: np.ndarray, output: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        concatenation_figure(heads, w_o, output, ["an", "apple"])
