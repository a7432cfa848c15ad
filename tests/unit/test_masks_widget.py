"""The explorer of masks: its traits, what is read back, and how it shows itself without a front end."""

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from attnlab.widgets import MaskExplorer, mask_explorer
from attnlab.widgets import mask_results as results
from attnlab.widgets.mask_example import SOURCE, TEXT
from attnlab.widgets.mask_explorer import MYSTERIES
from tests.mutants import mutant

STATE = {
    *("text", "source", "preset", "own", "fault", "sentinel", "window", "prefix", "padding"),
    *("row", "head", "view", "layers", "mystery", "answer"),
}
ATTACK = "</script><img src=x onerror=alert(1)>&\"'"


@pytest.fixture
def explorer() -> MaskExplorer:
    return MaskExplorer()


def test_the_state_has_the_keys_that_the_front_end_reads(explorer: MaskExplorer) -> None:
    state = explorer.page_state()
    fixed = {"kind", "version", "lang", "widget_id", "cards", "examples", "example", "mysteries", "defaults"}
    assert set(state) == {*fixed, *STATE}
    assert set(state["defaults"]) == STATE
    assert len(json.dumps(state, allow_nan=False)) < 40_000


def test_the_worked_example_is_what_the_models_say(explorer: MaskExplorer) -> None:
    example = explorer.page_state()["example"]
    assert set(example) == {"writer", "translator"}
    assert example["writer"]["text"] == TEXT
    assert example["translator"]["keys"][-1] == "<end>"
    row = example["writer"]["plain"][-1]
    assert [token for token, _ in row] == [token for token, _ in explorer.plain_candidates]
    np.testing.assert_allclose([p for _, p in row], [p for _, p in explorer.plain_candidates], atol=1e-6)


def check_steps(module: Any) -> None:
    """Closed cells weigh nothing, each row sums to 1, and the causal mask is the writer's own."""
    explorer = module.MaskExplorer()
    mask, weights = explorer.mask, explorer.weights
    assert mask.tolist() == np.tril(np.ones_like(mask)).tolist()
    assert np.isneginf(explorer.masked_scores[~mask]).all()
    np.testing.assert_array_equal(explorer.masked_scores[mask], explorer.scores[mask])
    assert (weights[~mask] == 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)
    assert explorer.candidates == explorer.plain_candidates
    explorer.preset, explorer.window = "window", 2
    assert explorer.mask.sum() == 2 * len(explorer.mask) - 1
    assert explorer.candidates != explorer.plain_candidates
    explorer.fault = "inverted"
    assert explorer.mask.tolist() == (~results.preset_mask("window", 8, 8, window=2, prefix=0, padding=0)).tolist()
    explorer.fault, explorer.row = "empty-row", 3
    assert np.isnan(explorer.weights[3]).all()
    assert not np.isnan(explorer.weights[2]).any()
    explorer.preset, explorer.fault = "cross", "none"
    assert explorer.mask.shape == (len(explorer.query_tokens), len(explorer.key_tokens))
    assert not explorer.mask[:, -explorer.padding :].any()
    assert explorer.mask[:, : -explorer.padding].all()


def test_what_follows_from_a_mask() -> None:
    check_steps(mask_explorer)


MISTAKES = {
    "padding is open": ("mask_results", "np.arange(Tk) < Tk - padding", "np.arange(Tk) < Tk"),
    "no cell is closed": ("mask_results", "np.where(mask, scores, -np.inf)", "np.where(mask, scores, scores)"),
    "an empty row is open": ("mask_results", "!= row)[:, None]", "== row)[:, None]"),
    "the mask is not given to the model": ("mask_results", "{} if mask is None else {name:", "{} if True else {name:"),
    "NaN whatever the fault": ("mask_explorer", 'np.nan if fault == "empty-row" else 0.0', "0.0"),
    "a fault that is not applied": (
        "mask_explorer",
        "results.faulty_mask(mask, shown",
        "results.faulty_mask(mask, {'fault': ''}",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(monkeypatch: pytest.MonkeyPatch, mistake: str) -> None:
    part, right, wrong = MISTAKES[mistake]
    changed = mutant((f"widgets.{part}",), f"widgets.{part}", right, wrong)
    if part == "mask_results":
        monkeypatch.setattr(mask_explorer, "results", changed)
        changed = mask_explorer
    with pytest.raises(AssertionError):
        check_steps(changed)


def test_half_precision_leaves_what_is_not_low_enough(explorer: MaskExplorer) -> None:
    explorer.fault, explorer.preset = "half-precision", "causal-padding"
    leaks = {}
    for sentinel in ("-10", "-100", "-1e4", "-1e9"):
        explorer.sentinel = sentinel
        leaks[sentinel] = float(explorer.weights[~explorer.mask].sum())
    assert leaks["-10"] > 1e-4
    assert leaks["-100"] == leaks["-1e4"] == leaks["-1e9"] == 0.0
    explorer.own, explorer.preset = "00000000/1", "own"  # nothing to look at in the first row
    explorer.sentinel = "-1e4"
    np.testing.assert_allclose(explorer.weights[0].sum(), 1, atol=1e-2)  # then -1e4 forbids nothing
    explorer.sentinel = "-1e9"
    assert np.isnan(explorer.weights[0]).all()  # minus infinity, as float16 has it
    assert explorer.candidates[0][1] > 0  # the model looks at nothing there, and goes on


def test_reach_grows_with_the_layers(explorer: MaskExplorer) -> None:
    explorer.preset, explorer.window = "window", 3
    assert [int(explorer.reach(layers)[-1].sum()) for layers in (1, 2, 3, 4)] == [3, 5, 7, 8]
    explorer.preset = "cross"
    with pytest.raises(ValueError, match="9 queries and 10 keys are different texts"):
        explorer.reach(2)


def test_training_all_places_at_once_gives_what_each_gives_alone(explorer: MaskExplorer) -> None:
    assert len(explorer.training) == len(explorer.query_tokens) - 1
    for place in explorer.training:
        assert place["together"] == pytest.approx(place["alone"], rel=1e-4)


def test_a_mask_of_ones_own_is_painted() -> None:
    mask = np.tril(np.ones((8, 8), dtype=bool))
    mask[5, 1] = False
    explorer = MaskExplorer(mask=mask)
    assert (explorer.preset, explorer.mask.tolist()) == ("own", mask.tolist())
    crossed = MaskExplorer("好久不见", preset="cross", mask=np.eye(3, dtype=bool))
    assert crossed.preset == "own-cross"
    assert crossed.source == "好久不见"
    assert crossed.mask[:3, :3].tolist() == np.eye(3, dtype=bool).tolist()
    assert crossed.mask[3:].all()  # beyond what was painted all is open


@pytest.mark.parametrize("text", ["", " \n", "a", ATTACK, "🍎" * 12, "x" * 90])
def test_any_text_is_read(explorer: MaskExplorer, text: str) -> None:
    explorer.text = text
    assert len(explorer.query_tokens) <= results.MAX_TOKENS
    assert explorer.weights.shape == explorer.mask.shape
    assert ATTACK not in explorer.fallback_html()
    assert explorer.summary().startswith("MaskExplorer: ")


def test_a_text_that_cannot_be_read_is_said() -> None:
    explorer = MaskExplorer("", preset="cross")
    assert "translator" not in explorer.page_state()["example"]
    assert re.search("empty|0 (tokens|characters)", explorer.fallback_html())
    long = MaskExplorer("a b " * 400)
    assert "writer" not in long.page_state()["example"]
    assert "the writer goes on from at most 126" in long.fallback_html()
    assert "801 tokens" in long.summary()


def test_mysteries_hide_what_they_ask_for(explorer: MaskExplorer) -> None:
    for number, mystery in enumerate(MYSTERIES, start=1):
        explorer.mystery = number
        assert explorer._shown == mystery
    assert {mystery["fault"] for mystery in MYSTERIES} == set(results.FAULTS)
    explorer.mystery = len(MYSTERIES) + 1
    assert explorer._shown == MYSTERIES[0]


WRONG: list[tuple[str, Any, type[Exception], str]] = [
    ("preset", "triangle", ValueError, "preset must be one of 'causal', 'padding'.*got 'triangle'"),
    ("fault", 1, TypeError, "fault must be one of .* got int"),
    ("window", 0, ValueError, "window must be from 1 to 24, got 0"),
    ("prefix", 25, ValueError, "prefix must be from 0 to 24, got 25"),
    ("row", -2, ValueError, "row must be from -1 to 23, got -2"),
    ("own", "10/2", ValueError, "own must be rows of 0 and 1 such as '10/11', got '10/2'"),
    ("own", ["10"], TypeError, "own must be rows of 0 and 1 .* got list"),
    ("own", "/".join(["1"] * 25), ValueError, "own has 25 rows of up to 1 cells; at most 24"),
    ("text", "x" * 2001, ValueError, "text has 2001 characters, at most 2000 are taken"),
    ("sentinel", "-5", ValueError, "sentinel must be one of '-10'.*got '-5'"),
    ("layers", 5, ValueError, "layers must be from 1 to 4, got 5"),
]


@pytest.mark.parametrize(("name", "value", "error", "message"), WRONG)
def test_what_does_not_fit_is_refused(
    explorer: MaskExplorer, name: str, value: Any, error: type[Exception], message: str
) -> None:
    before = getattr(explorer, name)
    with pytest.raises(error, match=message):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: MaskExplorer(mask=np.ones((2, 2))), TypeError, "mask must hold booleans .* got float64"),
        (lambda: MaskExplorer(mask=np.ones(2, dtype=bool)), ValueError, r"at least one cell, got shape \(2,\)"),
        (lambda: MaskExplorer(mask=np.ones((2, 30), dtype=bool)), ValueError, "own has 2 rows of up to 30 cells"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(
    make: Callable[[], MaskExplorer], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make()


def test_without_a_front_end_the_mask_is_a_table(explorer: MaskExplorer) -> None:
    page = explorer.fallback_html()
    assert page.count("<td>●</td>") == int(explorer.mask.sum()) == 36
    assert page.count("<tr>") == 9
    assert "city" in explorer.summary()
    assert "因果" in MaskExplorer(lang="zh").fallback_html()
    assert SOURCE in MaskExplorer(preset="cross").fallback_html()
