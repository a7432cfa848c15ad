"""Masks against their definitions, position by position, and the conventions of others."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from attnlab.masks import (
    causal_mask,
    combine_masks,
    from_additive_mask,
    from_torch_mask,
    padding_mask,
    prefix_mask,
    sliding_window_mask,
    to_additive_mask,
    to_torch_mask,
)

counts = st.integers(0, 7)


@settings(deadline=None, max_examples=50)
@given(counts, counts, st.none() | st.integers(0, 5), st.integers(1, 5), st.booleans(), st.data())
def test_each_entry_by_its_definition(
    tq: int, more: int, offset: int | None, window: int, causal: bool, data: st.DataObject
) -> None:
    tk = tq + more
    prefix = data.draw(st.integers(0, tk))
    start = tk - tq if offset is None else offset
    masks = (
        causal_mask(tq, tk, offset=offset),
        sliding_window_mask(tq, tk, window=window, causal=causal, offset=offset),
        prefix_mask(tq, tk, prefix=prefix, offset=offset),
    )
    for mask in masks:
        assert mask.shape == (tq, tk)
        assert mask.dtype == torch.bool
    for i in range(tq):
        for j in range(tk):
            behind = start + i - j
            assert masks[0][i, j] == (behind >= 0)
            assert masks[1][i, j] == (0 <= behind < window if causal else -window < behind < window)
            assert masks[2][i, j] == (behind >= 0 or j < prefix)


def test_queries_without_an_offset_are_the_last_positions() -> None:
    assert torch.equal(causal_mask(3, 7), causal_mask(7)[4:])
    assert torch.equal(causal_mask(3, 7, offset=1), causal_mask(7)[1:4])
    assert causal_mask(1, 5).all()


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=5), st.integers(0, 3))
def test_padding_by_lengths_and_by_ids(lengths: list[int], more: int) -> None:
    tk = max(lengths) + more
    mask = padding_mask(torch.tensor(lengths), Tk=tk)
    assert mask.shape == (len(lengths), 1, 1, tk)
    for row, length in zip(mask[:, 0, 0].tolist(), lengths, strict=True):
        assert row == [True] * length + [False] * (tk - length)
    ids = torch.where(mask[:, 0, 0], 7, 3)
    assert torch.equal(padding_mask(ids, pad_id=3), mask)


def test_combination_is_a_new_mask() -> None:
    causal, padding = causal_mask(3), padding_mask(torch.tensor([2, 3]))
    before = causal.clone(), padding.clone()
    both = combine_masks(causal, None, padding)
    assert both is not None
    assert both.shape == (2, 1, 3, 3)
    assert torch.equal(both, causal & padding)
    assert torch.equal(causal, before[0])
    assert torch.equal(padding, before[1])
    assert combine_masks(None, None) is None
    assert combine_masks() is None
    assert combine_masks(None, causal) is causal


@settings(deadline=None, max_examples=30)
@given(st.lists(st.booleans(), max_size=9), st.sampled_from([torch.float64, torch.float32, torch.float16]))
def test_conversions_round_trip(entries: list[bool], dtype: torch.dtype) -> None:
    mask = torch.tensor(entries, dtype=torch.bool)
    assert torch.equal(from_torch_mask(to_torch_mask(mask)), mask)
    additive = to_additive_mask(mask, dtype)
    assert additive.dtype == dtype
    assert additive.tolist() == [0.0 if entry else -math.inf for entry in entries]
    assert torch.equal(from_additive_mask(additive), mask)
    assert torch.equal(from_additive_mask(additive.clamp(min=torch.finfo(dtype).min)), mask)


mask23 = torch.ones(2, 3, dtype=torch.bool)


@pytest.mark.parametrize(
    ("error", "function", "arguments", "options", "words"),
    [
        (ValueError, causal_mask, (4, 3), {}, "4 queries cannot be the last of 3 keys"),
        (ValueError, causal_mask, (-1,), {}, "Tq=-1"),
        (ValueError, sliding_window_mask, (4,), {"window": 0}, "window must be at least 1, got 0"),
        (ValueError, prefix_mask, (4, 6), {"prefix": 7}, "between 0 and Tk=6, got 7"),
        (ValueError, prefix_mask, (4,), {"prefix": -1}, "got -1"),
        (ValueError, padding_mask, (torch.tensor([2, 5]),), {"Tk": 4}, "between 0 and Tk=4, got 2 to 5"),
        (ValueError, padding_mask, (torch.tensor([-2, 3]),), {}, "got -2 to 3"),
        (ValueError, padding_mask, (torch.tensor([[2, 5]]),), {}, r"\(B,\) .* got shape \(1, 2\)"),
        (ValueError, padding_mask, (torch.tensor([], dtype=torch.int64),), {}, r"got shape \(0,\)"),
        (ValueError, padding_mask, (torch.tensor([2, 5]),), {"pad_id": 0}, r"got shape \(2,\)"),
        (ValueError, padding_mask, (torch.tensor([[2, 5]]),), {"pad_id": 0, "Tk": 9}, "Tk=9"),
        (TypeError, padding_mask, (torch.tensor([2.0]),), {}, "torch.float32"),
        (TypeError, padding_mask, (mask23,), {"pad_id": 0}, "torch.bool"),
        (TypeError, combine_masks, (mask23, torch.ones(2, 3)), {}, "torch.float32"),
        (TypeError, combine_masks, (mask23, [[True]]), {}, "list"),
        (ValueError, combine_masks, (mask23, torch.ones(3, 2, dtype=torch.bool)), {}, r"\(2, 3\), \(3, 2\)"),
        (TypeError, to_torch_mask, (torch.ones(2, 3),), {}, "torch.float32"),
        (TypeError, from_torch_mask, (torch.ones(2, 3).int(),), {}, "torch.int32"),
        (TypeError, to_additive_mask, (torch.ones(2, 3),), {}, "torch.float32"),
        (TypeError, from_additive_mask, (mask23,), {}, "torch.bool"),
        (ValueError, from_additive_mask, (torch.tensor([0.0, -10000.0]),), {}, "found -10000.0"),
        (ValueError, from_additive_mask, (torch.tensor([0.0, math.nan]),), {}, "found nan"),
    ],
)
def test_errors(error: type[Exception], function, arguments: tuple, options: dict, words: str) -> None:
    with pytest.raises(error, match=words):
        function(*arguments, **options)


# --- planted mistakes -------------------------------------------------------------------------------------------------


def assert_is_causal(mask_of) -> None:
    """Fails unless ``mask_of(Tq, Tk)`` hides the future, and nothing else, from the last ``Tq`` of ``Tk`` positions."""
    for tq, tk in ((4, 4), (2, 5)):
        mask: Tensor = mask_of(tq, tk)
        assert mask.tolist() == [[j <= tk - tq + i for j in range(tk)] for i in range(tq)]


MUTANTS = {
    "inverted": lambda tq, tk: ~causal_mask(tq, tk),
    "sees the next token": lambda tq, tk: causal_mask(tq, tk, offset=tk - tq + 1),
    "does not see itself": lambda tq, tk: causal_mask(tq, tk, offset=tk - tq - 1),
    "queries taken for the first positions": lambda tq, tk: torch.ones(tq, tk, dtype=torch.bool).tril(),
    "on the query axis": lambda tq, tk: causal_mask(tk, tq, offset=0).T,
}


def test_the_causal_mask_is_causal() -> None:
    assert_is_causal(causal_mask)


@pytest.mark.parametrize("name", MUTANTS)
def test_every_planted_mistake_is_caught(name: str) -> None:
    with pytest.raises(AssertionError):
        assert_is_causal(MUTANTS[name])
