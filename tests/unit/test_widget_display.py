"""How a widget shows itself: its MIME bundle, the page's HTML, the fallback, and the files it hands over."""

import base64
import json
import sys
import types
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attnlab.embedding import WORDS_FILE, load_word_vectors
from attnlab.widgets import Question, SelfAttentionExplorer, base
from attnlab.widgets.base import script_json

ATTACK = "</script><img src=x onerror=alert(1)>&\"'"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Page(HTMLParser):
    """The tags and the text of a piece of HTML, as a browser finds them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.cells: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self.tags[-1] == "td":
            self.cells.append(data)

    @property
    def state(self) -> dict[str, Any]:
        """The JSON of the first script: all text up to the first end tag of a script."""
        return json.loads(self.texts[0])


def bundle_of(widget: base.AttnWidget) -> tuple[dict[str, Any], dict[str, Any]]:
    bundle = widget._repr_mimebundle_()
    assert bundle is not None
    return bundle


# --- the MIME bundle --------------------------------------------------------------------------------------------------


def test_the_bundle_has_a_view_a_page_and_a_text() -> None:
    data, _ = bundle_of(SelfAttentionExplorer())
    assert set(data) == {WIDGET_VIEW, "text/html", "text/plain"}
    assert data["text/plain"].startswith("SelfAttentionExplorer: 7 tokens; “apple” attends most to: apple 0.")


@pytest.mark.parametrize("module", ["google.colab", "google.colab.output"])
def test_in_colab_there_is_one_view_only(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    explorer = SelfAttentionExplorer()
    for name in ("google", "google.colab", module):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    output = sys.modules.get("google.colab.output")
    if output is not None:
        output.enable_custom_widget_manager = lambda: None  # type: ignore[attr-defined]
        output._widgets = types.SimpleNamespace(_installed_url=None)  # type: ignore[attr-defined]
    assert "text/html" not in bundle_of(explorer)[0]


def test_outside_colab_a_package_named_google_is_not_colab(monkeypatch: pytest.MonkeyPatch) -> None:
    google = types.ModuleType("google")
    google.__path__ = []  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google", google)
    assert not base.in_colab()


# --- the page's HTML --------------------------------------------------------------------------------------------------


def test_the_page_carries_the_state() -> None:
    explorer = SelfAttentionExplorer(id="apple-1", lang="zh", divide_by=2.5)
    page = Page(explorer.page_html())
    assert page.tags[:2] == ["attn-widget", "script"]
    assert ("kind", "self-attention") in page.attributes
    assert ("data-widget-id", "apple-1") in page.attributes
    assert page.state == explorer.page_state()


def test_two_widgets_have_two_ids() -> None:
    assert SelfAttentionExplorer().widget_id != SelfAttentionExplorer().widget_id


def test_nothing_typed_can_leave_the_script_or_become_markup() -> None:
    explorer = SelfAttentionExplorer(tokens=["a", "b"], vectors=np.eye(2), follow=0)
    explorer.labels = [ATTACK, "\u2028 b"]
    page = Page(explorer.page_html())
    assert page.state["labels"] == [ATTACK, "\u2028 b"]
    assert "img" not in page.tags
    assert page.tags.count("script") == 1
    assert any(ATTACK in text for text in page.texts[1:])  # the reader sees it as it was typed
    own = SelfAttentionExplorer(tokens=[ATTACK, "b"], vectors=np.eye(2))
    assert "img" not in Page(own.page_html()).tags


def test_json_without_the_escapes_would_be_caught() -> None:
    html = f'<attn-widget><script type="application/json">{json.dumps([ATTACK])}</script></attn-widget>'
    assert "img" in Page(html).tags
    escaped = html.replace(json.dumps([ATTACK]), script_json([ATTACK]))
    assert Page(escaped).tags == ["attn-widget", "script"]


def test_the_small_table_is_the_table() -> None:
    explorer = SelfAttentionExplorer(examples=["the river bank"])
    table, words = explorer.table, load_word_vectors()
    assert set(table["tokens"]) >= {*explorer.tokens, "the", "river", "bank", "fruit", "pear", "iphone"}
    rows = np.frombuffer(base64.b64decode(table["rows"]), dtype=np.int8).reshape(-1, table["dim"])
    scales = np.frombuffer(base64.b64decode(table["scales"]), dtype="<f4")
    assert (rows * scales[:, None] == words[table["tokens"]]).all()
    assert table["words"] == sum(words.index[token] < words.words for token in table["tokens"])


def test_the_head_travels_only_where_it_is_used_at_once() -> None:
    assert SelfAttentionExplorer().table["maps"] is None
    table = SelfAttentionExplorer(maps="head").table
    words = load_word_vectors()
    assert words.maps is not None
    weight = np.frombuffer(base64.b64decode(table["maps"]["query"]["weight"]), dtype="<f4").reshape(32, 128)
    assert (weight == words.maps.query.weight).all()
    assert len(SelfAttentionExplorer().page_html()) < 12_000


# --- the fallback -----------------------------------------------------------------------------------------------------


def test_the_fallback_is_a_table_of_the_computed_weights() -> None:
    explorer = SelfAttentionExplorer()
    page = Page(explorer.fallback_html())
    assert [float(cell) for cell in page.cells] == pytest.approx(explorer.weights.ravel(), abs=0.00501)
    assert ("class", "attn-fallback-scroll") in page.attributes
    assert ("tabindex", "0") in page.attributes
    sentence = page.texts[0]
    assert f"apple {explorer.weights[3, 3]:.2f}" in sentence
    assert f"from +{explorer.own_lean[3]:.2f} to +{explorer.lean[3]:.2f}" in page.texts[1]


@pytest.mark.parametrize(("count", "has_table"), [(0, False), (1, True), (20, True), (21, False), (200, False)])
def test_a_long_sentence_has_a_summary_instead_of_a_table(count: int, has_table: bool) -> None:
    explorer = SelfAttentionExplorer(tokens=["apple"] * count)
    page = Page(explorer.fallback_html())
    assert ("table" in page.tags) == has_table
    assert page.texts


def test_the_fallback_when_nobody_is_followed() -> None:
    page = Page(SelfAttentionExplorer(follow=-1).fallback_html())
    assert page.texts[0] == "7 tokens attend to each other. No word is followed."


def test_the_fallback_speaks_chinese() -> None:
    page = Page(SelfAttentionExplorer(lang="zh").fallback_html())
    assert page.texts[0].startswith("“apple”最关注：apple 0.")


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["attnlab.js", "attnlab.css"])
def test_a_front_end_that_was_never_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    for file in ("attnlab.js", "attnlab.css"):
        (tmp_path / file).write_text("")
    (tmp_path / name).unlink()
    monkeypatch.setattr(base, "STATIC", tmp_path)
    with pytest.raises(FileNotFoundError, match=rf"front end is missing: .*{name}.*install it again"):
        SelfAttentionExplorer()


def sent_by(widget: base.AttnWidget, content: object, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any]]:
    sent: list[tuple[Any, Any]] = []
    monkeypatch.setattr(widget, "send", lambda content, buffers=None: sent.append((content, buffers)))
    widget._handle_custom_msg(content, [])
    return sent


@pytest.mark.parametrize(
    ("name", "file"), [("words", WORDS_FILE), ("worker", WORDS_FILE.with_name("attnlab-worker.js"))]
)
def test_a_file_is_sent_when_asked_for(monkeypatch: pytest.MonkeyPatch, name: str, file: Path) -> None:
    ((content, buffers),) = sent_by(SelfAttentionExplorer(), {"type": "asset-request", "name": name}, monkeypatch)
    assert content == {"type": "asset", "name": name, "bytes": file.stat().st_size}
    assert buffers == [file.read_bytes()]


@pytest.mark.parametrize("name", ["../embedding.py", "attnlab.js", "", None, ["words"], 3])
def test_no_other_file_is_sent(monkeypatch: pytest.MonkeyPatch, name: object) -> None:
    ((content, buffers),) = sent_by(SelfAttentionExplorer(), {"type": "asset-request", "name": name}, monkeypatch)
    assert content["type"] == "asset-error"
    assert "there is no asset" in content["message"]
    assert buffers is None


def test_a_missing_asset_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    explorer = SelfAttentionExplorer()
    monkeypatch.setattr(base, "STATIC", tmp_path)
    ((content, _),) = sent_by(explorer, {"type": "asset-request", "name": "words"}, monkeypatch)
    assert content == {
        "type": "asset-error",
        "name": "words",
        "message": "words.safetensors is missing beside the installed package",
    }


@pytest.mark.parametrize("content", ["text", None, {}, {"type": "other"}])
def test_other_messages_are_not_for_us(monkeypatch: pytest.MonkeyPatch, content: object) -> None:
    assert sent_by(SelfAttentionExplorer(), content, monkeypatch) == []


# --- questions --------------------------------------------------------------------------------------------------------

YES = {"text": "Yes", "correct": True, "feedback": "So it is."}
NO = {"text": "No", "correct": False, "feedback": "Look again."}


def test_a_question() -> None:
    question = Question("Is it <b>so</b>?", [NO, YES], id="so")
    assert set(question.page_state()) == {"kind", "version", "lang", "widget_id", "prompt", "choices", "picked"}
    page = Page(question.page_html())
    assert page.state["choices"] == [NO, YES]
    assert "b" not in page.tags
    assert "Not quite. Look again." in page.texts
    assert not question.is_correct
    question.picked = 1
    assert question.is_correct
    assert bundle_of(question)[0]["text/plain"] == "Is it <b>so</b>?\nA. No\nB. Yes"


@pytest.mark.parametrize(("error", "picked"), [(ValueError, 2), (ValueError, -2), (TypeError, "A"), (TypeError, None)])
def test_a_pick_that_there_is_not(error: type[Exception], picked: object) -> None:
    question = Question("?", [NO, YES])
    with pytest.raises(error, match="picked"):
        question.picked = picked
    assert question.picked == -1


@pytest.mark.parametrize(
    ("error", "prompt", "choices"),
    [
        (ValueError, "?", [YES]),
        (ValueError, "?", [NO, NO]),
        (TypeError, "?", [NO, {"text": "x", "correct": "yes", "feedback": ""}]),
        (TypeError, "?", [NO, {"text": "x", "correct": True}]),
        (TypeError, "?", [NO, "yes"]),
        (TypeError, 3, [NO, YES]),
    ],
)
def test_questions_that_are_none(error: type[Exception], prompt: Any, choices: Any) -> None:
    with pytest.raises(error):
        Question(prompt, choices)
