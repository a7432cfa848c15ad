"""The explorer of heads: its traits, what is read back, what a page carries, and what switched heads change."""

import base64
import html
import json
import math
from typing import Any

import numpy as np
import pytest
import torch

from attnlab.models import load_reader, load_translator, load_writer
from attnlab.widgets import MultiHeadExplorer

TEXT = "好久不见"
CROSS = "decoder.layers.2.cross_attention"
STATE = {"model", "source", "prompt", "sentence", "view", "attention", "head", "stage", "off"}


@pytest.fixture
def widget() -> MultiHeadExplorer:
    return MultiHeadExplorer("translator", TEXT)


def all_of(model: str, attention: str, heads: int) -> list[str]:
    return [f"{model}.{attention}.{head}" for head in range(heads)]


def test_the_state_has_the_keys_that_the_front_end_reads(widget: MultiHeadExplorer) -> None:
    state = widget.page_state()
    fixed = {"kind", "version", "lang", "widget_id", "cards", "examples", "runs", "defaults"}
    assert set(state) == STATE | fixed
    assert set(state["defaults"]) == STATE
    assert len(json.dumps(state, allow_nan=False)) < 40_000


def test_the_example_is_what_python_reads_back(widget: MultiHeadExplorer) -> None:
    run = widget.runs["translator"]
    assert (run["text"], run["off"], run["output"]) == (TEXT, [], widget.output)

    def unpacked(packed: dict[str, Any]) -> Any:
        return np.frombuffer(base64.b64decode(packed["data"]), "<f2").reshape(packed["shape"])

    assert set(run["weights"]) == set(widget.cards["translator"]["attentions"])
    for name, weights in widget.weights.items():
        np.testing.assert_allclose(unpacked(run["weights"][name]), weights, atol=5e-4)
        np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-5)
    for name, part in widget.parts.items():
        np.testing.assert_allclose(unpacked(run["parts"][name]), part, rtol=1e-3, atol=1e-3)


def test_the_parts_are_those_of_an_attention() -> None:
    for attention in ("encoder.layers.1.attention", CROSS):
        parts = MultiHeadExplorer("translator", TEXT, attention=attention).parts
        H, _, Dh = parts["query"].shape
        scores = parts["query"] @ parts["key"].swapaxes(1, 2) / math.sqrt(Dh)
        np.testing.assert_allclose(parts["scores"], scores, atol=1e-4)
        np.testing.assert_allclose(parts["heads"], parts["weights"] @ parts["value"], atol=1e-4)
        layer = load_translator().model.get_submodule(attention)
        joined = torch.tensor(parts["heads"]).permute(1, 0, 2).flatten(1)  # (H, T, Dh) -> (T, D)
        np.testing.assert_allclose(layer.output(joined).detach().numpy(), parts["output"], atol=1e-4)
        looked = parts.get("memory", parts["x"])
        key = layer.key(torch.tensor(looked)).detach().numpy().reshape(len(looked), H, Dh).swapaxes(0, 1)
        np.testing.assert_allclose(key, parts["key"], atol=1e-4)
    assert "memory" in parts
    assert "memory" not in MultiHeadExplorer("translator", TEXT).parts


def test_a_translation_under_switched_heads(widget: MultiHeadExplorer) -> None:
    assert widget.change.before == widget.change.after
    assert widget.output == load_translator().translate(TEXT, width=1)
    before = widget.change.before
    widget.off = [
        name for layer in range(3) for name in all_of("translator", f"decoder.layers.{layer}.cross_attention", 6)
    ]
    change = widget.change
    assert change.before == before
    assert change.log_probability[1] < change.log_probability[0] - 5  # it no longer sees the Chinese
    assert change.output != change.original
    assert widget.weights[CROSS].shape == (6, len(change.tokens), 5)
    widget.off = []
    assert widget.change.after == before


def test_a_blank_and_a_next_token_are_those_of_the_models() -> None:
    reader = MultiHeadExplorer("reader", "The __ of the war was long.")
    (blank,) = load_reader().fill("The __ of the war was long.")
    assert reader.change.tokens[0] == blank.tokens[0]
    assert reader.change.after[0] == pytest.approx(blank.probabilities[0], abs=1e-6)
    writer = MultiHeadExplorer("writer", "The city of")
    assert writer.output == load_writer().write("The city of", max_new_tokens=1)
    writer.off = all_of("writer", "decoder.layers.0.self_attention", 5)
    assert writer.change.after[0] != writer.change.before[0]


def test_all_that_is_shown_can_be_read_back(widget: MultiHeadExplorer) -> None:
    assert [row[0][0] for row in widget.candidates] == list(widget.change.tokens)  # greedy: the likeliest was written
    np.testing.assert_allclose([row[0][1] for row in widget.candidates], widget.change.after)
    assert widget.names["written"] == widget.change.tokens
    assert widget.names["target"] == ("<start>", *widget.change.tokens[:-1])
    assert widget.names["source"] == (*TEXT, "<end>")
    assert set(widget.scores) == set(widget.weights)
    for name, heads in widget.scores.items():
        for scores, labels in zip(heads, widget.labels[name], strict=True):
            assert {score for score in scores if score.holds} == set(labels)


def test_heads_of_other_models_change_nothing(widget: MultiHeadExplorer) -> None:
    before = widget.change.after
    widget.off = all_of("reader", "encoder.layers.0.attention", 5)
    assert widget.change.after == before


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("view", "both", "view must be one of 'heads', 'split', got 'both'"),
        ("attention", "decoder.layers.9.x", "attention is 'decoder.layers.9.x', which no model has"),
        ("stage", 8, "stage must be from 0 to 7, got 8"),
        ("head", 6, "head must be from -1 to 5, got 6"),
        ("off", ["translator.encoder.layers.0.attention.9"], "the translator has 6 heads, there is no head 9"),
        ("source", "好" * 10_000, "the text has 10000 characters, at most 2000 are taken"),
    ],
)
def test_a_value_that_does_not_fit(widget: MultiHeadExplorer, name: str, value: Any, message: str) -> None:
    before = widget.page_state()
    with pytest.raises(ValueError, match=message):
        setattr(widget, name, value)
    assert widget.page_state() == before


@pytest.mark.parametrize(
    ("name", "value"), [("view", 1), ("attention", None), ("stage", "1"), ("off", "x"), ("head", 0.5)]
)
def test_a_value_of_another_type(widget: MultiHeadExplorer, name: str, value: Any) -> None:
    with pytest.raises(TypeError):
        setattr(widget, name, value)


@pytest.mark.parametrize(
    ("model", "text", "message"),
    [("translator", "", "0 characters"), ("reader", "no blank", "0 blanks"), ("translator", "🙂", "none of")],
)
def test_a_text_that_cannot_be_read_has_no_example(model: str, text: str, message: str) -> None:
    widget = MultiHeadExplorer(model, text)
    assert widget.runs == {}
    assert message in widget.fallback_html()
    with pytest.raises(ValueError, match=message):
        _ = widget.output


def test_what_a_reader_typed_is_text() -> None:
    widget = MultiHeadExplorer("writer", "<b></script>&")
    assert "<b>" not in widget.page_html()
    assert html.escape("<b></script>&") in widget.fallback_html()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_shows_the_labels_without_a_script(lang: str) -> None:
    widget = MultiHeadExplorer("reader", lang=lang)
    shown = widget.fallback_html()
    for labels in widget.labels.values():
        for head in labels:
            assert not head or f"{head[0].weight:.2f}</td>" in shown
