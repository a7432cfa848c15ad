"""The explorer of translations: its traits, what is read back, and what a change of the text takes along."""

import json
from typing import Any

import numpy as np
import pytest

from attnlab.decoding import greedy
from attnlab.models import Translator, load_translator
from attnlab.transformer import RowEdit, edited
from attnlab.widgets import TranslationExplorer, translation_results

CROSS = "decoder.layers.2.cross_attention"


@pytest.fixture
def explorer() -> TranslationExplorer:
    return TranslationExplorer(id="opening")


@pytest.fixture(scope="module")
def translator() -> Translator:
    return load_translator()


def test_the_state_has_the_keys_that_the_front_end_reads(explorer: TranslationExplorer) -> None:
    state = explorer.page_state()
    shared = {"text", "decoding", "temperature", "top_k", "top_p", "width", "seed", "forced", "steps", "rows"}
    shared |= {"look", "layer", "head"}
    assert set(state) == {"kind", "version", "lang", "widget_id", "card", "examples", "example", "defaults", *shared}
    assert set(state["defaults"]) == shared
    assert json.loads(json.dumps(state, allow_nan=False))["example"]["levels"][0]["text"] == "L"


def test_the_opening_needs_no_model(explorer: TranslationExplorer, translator: Translator) -> None:
    assert explorer.translation == translator.translate("好久不见", width=1) == "Long time, no see."
    example = explorer.example
    assert [level["best"][-1] for level in example["levels"]] == list(explorer.ids)
    chosen = [level["nodes"][0]["probability"] for level in example["levels"]]
    np.testing.assert_allclose(chosen, explorer.probabilities)
    assert example["plain"] is None


def test_the_numbers_are_those_of_the_package(explorer: TranslationExplorer, translator: Translator) -> None:
    steps = list(translator.steps("好久不见"))
    explorer.head, explorer.layer = 2, 1
    for place, step in enumerate(steps):
        name = "decoder.layers.1.cross_attention.weights"
        np.testing.assert_allclose(explorer.attention[place], step.attention[name][2], atol=1e-6)
        (first, *_) = explorer.candidates(place)
        assert (first.id, first.own) == (step.token, pytest.approx(float(step.distribution.max())))
        assert first.before is None
    explorer.look = "decoder"
    assert explorer.attention.shape == (len(steps), len(steps))
    assert np.triu(explorer.attention, 1).sum() == 0
    np.testing.assert_allclose(explorer.attention.sum(axis=1), 1, atol=1e-5)


def test_a_choice_changes_what_follows(explorer: TranslationExplorer) -> None:
    explorer.forced = {0: "I"}
    assert explorer.tokens[0] == "I"
    assert explorer.translation != "Long time, no see."
    assert explorer.run.plain is not None
    assert explorer.tokens[0] in [one.text for one in explorer.candidates(0)]
    explorer.forced = {}
    assert explorer.translation == "Long time, no see."


def test_an_overwritten_row_is_compared_with_before(explorer: TranslationExplorer, translator: Translator) -> None:
    before = {one.id: one.own for one in explorer.candidates(0)}
    explorer.rows = [(CROSS, -1, 0, [0, 0, 0, 4, 0])]
    assert explorer.rows[0]["weights"] == [0, 0, 0, 1, 0]
    assert explorer.attention[0].tolist() == [0, 0, 0, 1, 0]
    edits = {CROSS: [RowEdit(head=head, query=0, weights=[0, 0, 0, 1, 0]) for head in range(6)]}
    target = translator.target
    with edited(translator.model, rows=edits):
        ids = translator.read("好久不见").ids
        marks = {"start_id": target.start_id, "end_id": target.end_id}
        (step,) = greedy(translator.model, ids, max_new_tokens=1, use_cache=False, **marks)
    for one in explorer.candidates(0):
        assert one.own == pytest.approx(float(step.distribution[one.id]), abs=1e-6)
        assert one.before == pytest.approx(before.get(one.id, one.before), abs=1e-6)
    assert explorer.candidates(0)[0].before != explorer.candidates(0)[0].own


def test_steps_show_a_part_and_the_token_to_come(explorer: TranslationExplorer) -> None:
    explorer.steps = 3
    assert explorer.tokens == ("L", "ong", " time")
    assert explorer.attention.shape == (4, 5)
    assert explorer.candidates(3)[0].text == ","
    explorer.steps = 0
    assert (explorer.tokens, explorer.translation, len(explorer.attention)) == ((), "", 1)
    with pytest.raises(ValueError, match="no step 1: there are 1"):
        explorer.candidates(1)


def test_the_tree_of_a_beam(explorer: TranslationExplorer, translator: Translator) -> None:
    explorer.decoding, explorer.width = "beam", 5
    assert explorer.translation == translator.translate("好久不见", width=5)
    steps = list(translator.beam("好久不见", width=5))
    assert [[one.ids for one in level if not one.finished] for level in explorer.tree] == [
        [one.ids for one in step.live] for step in steps
    ]
    (winner,) = [one for level in explorer.tree for one in level if one.best and one.finished]
    assert winner.score == max(one.score for level in explorer.tree for one in level if one.finished)
    assert all(sum(one.best for one in level) <= 1 for level in explorer.tree)


def test_the_seed_says_what_is_drawn(explorer: TranslationExplorer) -> None:
    explorer.decoding, explorer.temperature = "sample", 1.5
    texts = []
    for seed in (1, 2, 1):
        explorer.seed = seed
        texts.append(explorer.ids)
    assert texts[0] == texts[2] != texts[1]
    explorer.top_k = 1
    assert explorer.translation == "Long time, no see."
    assert explorer.probabilities == pytest.approx([1.0] * len(explorer.tokens))


def test_another_text_begins_without_changes(explorer: TranslationExplorer) -> None:
    explorer.forced, explorer.rows = {0: 73}, [(CROSS, 0, 0, [1])]
    explorer.text = "你好"
    assert (explorer.forced, explorer.rows) == ({}, [])
    explorer.set_state({"text": "好久不见", "forced": {"1": 73}})
    assert (explorer.text, explorer.forced) == ("好久不见", {1: 73})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("text", "好" * 2001, "2001 characters"),
        ("decoding", "best", "'best'"),
        ("temperature", 0, "from 0.05 to 2, got 0"),
        ("top_p", 1.5, "got 1.5"),
        ("width", 7, "from 1 to 6, got 7"),
        ("steps", -1, "got -1"),
        ("forced", {0: 999999}, "got 999999"),
        ("forced", {0: "Long time"}, "tokens and not one"),
        ("forced", {96: 1}, "from 0 to 95, got 96"),
        ("rows", [("nowhere", 0, 0, [1])], "'nowhere'"),
        ("rows", [(CROSS, 6, 0, [1])], "got 6"),
        ("rows", [(CROSS, 0, 0, [0, 0])], "2 zeros"),
        ("layer", 4, "from -1 to 3, got 4"),
    ],
)
def test_a_value_that_does_not_fit(explorer: TranslationExplorer, name: str, value: Any, message: str) -> None:
    before = getattr(explorer, name)
    with pytest.raises(ValueError, match=message):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


@pytest.mark.parametrize(
    ("name", "value"), [("text", 3), ("forced", [1]), ("rows", "x"), ("steps", 1.5), ("top_k", True)]
)
def test_a_value_of_another_type(explorer: TranslationExplorer, name: str, value: Any) -> None:
    with pytest.raises(TypeError):
        setattr(explorer, name, value)


@pytest.mark.parametrize("text", ["", "🍎", "好" * 96, "</script><b>"])
def test_a_text_that_cannot_be_read_is_said(text: str) -> None:
    explorer = TranslationExplorer(text)
    assert "<b>" not in explorer.page_html()
    assert explorer.summary().startswith("TranslationExplorer: ")
    if text != "</script><b>":
        assert explorer.example is None


def test_a_planted_mistake_is_noticed(monkeypatch: pytest.MonkeyPatch, translator: Translator) -> None:
    """A row that is overwritten although nobody asked for it changes the opening."""
    monkeypatch.setattr(translation_results, "row_edits", lambda *_: {CROSS: [RowEdit(head=0, query=0, weights=[1])]})
    with pytest.raises(AssertionError):
        test_the_opening_needs_no_model(TranslationExplorer(), translator)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_shows_the_numbers_without_a_script(lang: str) -> None:
    shown = TranslationExplorer(lang=lang).fallback_html()
    assert "Long time, no see." in shown
    assert shown.count("<table") == 2
    assert "0.788" in shown
