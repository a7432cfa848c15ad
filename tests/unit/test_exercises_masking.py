"""The cases of the chapter on masks are needed: with poorer ones the usual faults pass. And its numbers are real."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from attnlab.exercises import EXERCISES
from attnlab.exercises.checking import feedback
from attnlab.exercises.masking import SENTINEL, masked_softmax, reach
from attnlab.masks import sliding_window_mask
from attnlab.transformer import EncoderOnly, TransformerConfig

SCORES = np.random.default_rng(0).normal(size=(3, 4))
NO_EMPTY_ROW = np.array([[1, 0, 0, 1], [1, 1, 0, 0], [0, 1, 1, 1]], dtype=bool)


def passes(exercise_id: str, mistake: str, *cases: tuple[Any, ...]) -> bool:
    """Whether a known mistake is taken for right on other cases."""
    exercise = replace(EXERCISES[f"masking/{exercise_id}"], cases=lambda: cases)
    return feedback(exercise, exercise.rivals[mistake]).status == "correct"


def test_as_many_queries_as_keys_would_hide_which_queries_they_are() -> None:
    assert passes("causal", "first-queries", (4, 4))


@pytest.mark.parametrize(
    "mistake", ["not-a-number", "sentinel-put", "sentinel-added", "larger-sentinel", "after-divided", "overflow"]
)
def test_usual_scores_and_no_empty_row_would_hide_most_faults_of_the_softmax(mistake: str) -> None:
    assert passes("softmax", mistake, (SCORES, NO_EMPTY_ROW))


def test_an_empty_row_alone_would_hide_the_mask_after_the_softmax() -> None:
    empty = np.zeros_like(NO_EMPTY_ROW)
    assert passes("softmax", "after", (SCORES, empty))
    assert not passes("softmax", "larger-sentinel", (SCORES, empty))


def test_padding_at_one_end_would_hide_where_it_lies() -> None:
    at_the_start = np.array([[False, True, True]])
    assert passes("batch", "queries-too", (at_the_start,))
    assert not passes("batch", "queries", (at_the_start,))
    at_the_end = np.array([[True, True, False]])
    queries = EXERCISES["masking/batch"].rivals["queries"](at_the_end)
    assert np.array_equal(queries, EXERCISES["masking/batch"].rivals["queries-too"](at_the_end))


def test_finite_losses_would_hide_the_product_and_equal_lengths_the_mean_of_means() -> None:
    losses = np.array([[1.0, 2.0, 3.0], [4.0, 6.0, 8.0]])
    counted = np.array([[True, True, False]] * 2)
    for mistake in ("times-mask", "sentences"):
        assert passes("loss", mistake, (losses, counted))


def test_one_layer_would_hide_how_masks_add_up() -> None:
    window = sliding_window_mask(5, window=2).numpy()
    for mistake in ("one-layer", "mask-itself", "no-residual", "paths"):
        assert passes("reach", mistake, (window, 1)), mistake


def test_in_half_precision_the_sentinel_does_what_the_chapter_says() -> None:
    half = torch.float16
    row = torch.tensor([1.0, 2.0, 3.0], dtype=half)
    assert torch.equal(row + SENTINEL, torch.full((3,), SENTINEL, dtype=half))  # an empty row is an equal mixture
    hidden = torch.tensor([[100.0, 0.0], [10000.0, 0.0]], dtype=half) + torch.tensor([SENTINEL, 0.0], dtype=half)
    assert hidden.softmax(dim=-1)[:, 0].tolist() == [0.0, 0.5]
    assert masked_softmax(np.array([[1e4, 0.0]]), np.array([[False, True]])).tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_model_can_hear_of_those_that_the_exercise_says_and_of_no_others(layers: int) -> None:
    """The known answer: change each token of an untrained model's sentence, and see which outputs move."""
    mask = torch.zeros(6, 6, dtype=torch.bool)
    for query, key in ((1, 0), (2, 1), (4, 2), (0, 3), (5, 5)):
        mask[query, key] = True
    config = TransformerConfig(9, d_model=8, n_heads=2, n_layers=layers, d_ff=8, max_length=6, norm="pre")
    model = EncoderOnly(config, generator=torch.Generator().manual_seed(1)).eval()
    ids = torch.tensor([3, 1, 4, 1, 5, 2]).repeat(7, 1)
    ids[range(6), range(6)] = 8
    with torch.no_grad():
        outputs = model.encoder(model.embedding(ids), mask)  # (7, T, D)
    moved = (outputs[:-1] - outputs[-1]).abs().amax(dim=-1).T > 1e-5
    assert np.array_equal(moved, reach(mask.numpy(), layers))
