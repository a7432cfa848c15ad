"""The explorer of tokenizers: its traits, what is read back, and how it shows itself without a front end."""

import importlib
import json
from collections.abc import Callable
from itertools import combinations
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from attnlab.embedding import load_word_vectors
from attnlab.text import ByteLevelBPE, CharacterTokenizer, WordTokenizer
from attnlab.widgets import TokenizerExplorer
from attnlab.widgets.tokens import DEFAULT_TEXT, DEFAULT_WORDS, EXAMPLES
from attnlab.widgets.tokens_cuts import CUTS
from tests.mutants import mutant

STATE = {"text", "cut", "merges", "words", "matrix", "view", "moved"}
ATTACK = "</script><img src=x onerror=alert(1)>&\"'"


ANY = {
    "empty": "",
    "space": " \n",
    "one": "a",
    "markup": ATTACK,
    "emoji": "🍎" * 2000,
    "Chinese": "水果" * 5000,
}


@pytest.fixture
def widget() -> TokenizerExplorer:
    return TokenizerExplorer()


# --- what is there at once --------------------------------------------------------------------------------------------


def test_the_state_has_the_keys_that_the_front_end_reads(widget: TokenizerExplorer) -> None:
    state = widget.page_state()
    fixed = {"kind", "version", "lang", "widget_id", "examples", "table", "asset", "defaults"}
    assert set(state) == {*fixed, *STATE}
    assert set(state["defaults"]) == STATE
    json.dumps(state, allow_nan=False)


def test_the_small_table_holds_what_the_words_need(widget: TokenizerExplorer) -> None:
    held = widget.table["tokens"]
    assert {"apple", "banana", "pear", "iphone", "h", "##u", "fruit", "phone"} <= set(held)
    assert len(held) < 30


def test_the_default_text_is_worth_looking_at(widget: TokenizerExplorer) -> None:
    """Fruits side by side and the makers of phones far away, by nothing but the order of a list."""
    ids = {word: code.id for word, code in widget.codes.items()}
    assert (ids["apple"], ids["banana"], ids["pear"]) == (4, 5, 6)
    assert ids["huawei"] == 20
    assert widget.vocabulary_size == 23
    cosines, words = widget.distances["cosine"], list(widget.words)
    nearest = max(combinations(range(4), 2), key=lambda pair: cosines[pair])
    assert {words[place] for place in nearest} == {"apple", "iphone"}
    assert np.isnan(cosines[words.index("huawei")]).all()
    widget.cut = "byte-pairs"
    assert len(widget.steps) == 20
    assert {b" apple", b" banana", b" pear"} <= {step.token for step in widget.steps}


# --- what is read back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_tokens_and_ids_are_those_of_the_packages_tokenizers(text: str) -> None:
    widget = TokenizerExplorer(text, merges=9)
    for cut, tokenizer in (("words", WordTokenizer), ("characters", CharacterTokenizer)):
        widget.cut = cut
        made = tokenizer.from_text(text)
        assert (widget.tokens, widget.ids) == (made.tokenize(text), made.encode(text))
        assert widget.vocabulary_size == len(made)
    widget.cut = "byte-pairs"
    bpe = ByteLevelBPE.train(text, 9)
    assert widget.ids == bpe.encode(text)
    assert widget.vocabulary_size == len(bpe)
    assert [step.ids for step in widget.steps] == list(bpe.merges)
    widget.cut = "wordpiece"
    table = load_word_vectors()
    assert [table.tokens[place] for place in widget.ids] == widget.tokens


def reads_codes(module: ModuleType) -> None:
    table = load_word_vectors()
    cut = module.cut_text("low low lower", "byte-pairs", 3, table)
    assert cut.code("low") == (258, (" low",))
    assert cut.code("slow") == (None, ("s", "low"))
    assert module.cut_text("a b", "words", 0, table).code("c") == (None, ("c",))
    assert module.cut_text("a b", "wordpiece", 0, table).code("\U0001f34e") == (None, ("[UNK]",))
    assert module.cut_text("猴", "byte-pairs", 0, table).tokens == ["<E7>", "<8C>", "<B4>"]
    assert module.cut_text("", "characters", 0, table).size == 0
    assert module.cut_text("", "byte-pairs", 5, table).size == 256


def reads_distances(module: ModuleType) -> None:
    widget = module.TokenizerExplorer("b a a c c c", words=["a", "b", "c", "d"], matrix=(-0.5, 0.25, 1))
    assert widget.ids == [2, 1, 1, 0, 0, 0]
    found = widget.distances
    np.testing.assert_array_equal(found["ids"][0], [0, 1, 1, np.nan])
    np.testing.assert_array_equal(found["ids"][1], [1, 0, 2, np.nan])
    np.testing.assert_allclose(found["one-hot"][1], [2**0.5, 0, 2**0.5, np.nan])
    np.testing.assert_array_equal(found["one-hot dot"][0], [1, 0, 0, np.nan])
    vectors = load_word_vectors()["a", "b"].astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1)
    assert found["cosine"][0, 1] == pytest.approx(vectors[0] @ vectors[1] / lengths.prod())
    assert found["euclid"][0, 1] == pytest.approx(np.linalg.norm(vectors[0] - vectors[1]))
    np.testing.assert_allclose(widget.raised, np.outer([2, 1, 1, 0, 0, 0], [-0.5, 0.25, 1]))
    assert widget.lines["raised"].rank == 1
    assert widget.lines["raised"].off_line < 1e-12
    assert all(
        np.isnan(module.TokenizerExplorer("").distances[name]).all() for name in ("ids", "one-hot", "one-hot dot")
    )
    widget.moved = {"b": [0.3, -0.7], "elsewhere": [1, 1]}
    fruit = load_word_vectors()["fruit"].astype(np.float64)
    assert widget.lookup[0, 0] == pytest.approx(vectors[0] @ fruit / lengths[0] / np.linalg.norm(fruit))
    np.testing.assert_allclose(widget.lookup[1], [0.3, -0.7])
    rows = widget.lookup
    direction = np.linalg.svd(rows)[2][0]
    away = rows - np.outer(rows @ direction, direction)
    assert widget.lines["lookup"].off_line == pytest.approx(np.sqrt((away**2).sum(axis=1).mean()))
    assert widget.lines["lookup"].rank == 2


CHAIN = ("widgets.tokens_cuts", "widgets.tokens_codings", "widgets.tokens")
CHECKS: tuple[tuple[Callable[[ModuleType], None], tuple[str, ...]], ...] = (
    (reads_codes, CHAIN[:1]),
    (reads_distances, CHAIN),
)
MISTAKES = {
    "no space before a word": (0, "widgets.tokens_cuts", 'bpe.encode(f" {word}")', "bpe.encode(word)"),
    "an unknown piece has an id": (0, "widgets.tokens_cuts", " and pieces[0] != UNKNOWN", ""),
    "small hex": (0, "widgets.tokens_cuts", ".hex(' ').upper()", ".hex(' ')"),
    "signed differences": (1, "widgets.tokens_codings", "np.abs(places[:, None] - ", "(places[:, None] - "),
    "an empty vocabulary codes all": (1, "widgets.tokens_codings", "| missing[None, :], np.nan", "& False, np.nan"),
    "axes swapped": (1, "widgets.tokens_codings", "for axis in axes]", "for axis in axes[::-1]]"),
    "the matrix first": (1, "widgets.tokens_codings", "[:, None] @ np", "[:, None] + np"),
    "a sum for a mean": (1, "widgets.tokens_codings", ".sum() / len(points)", ".sum()"),
    "moved points forgotten": (1, "widgets.tokens", "self.moved.get(word, rows[row])", "rows[row]"),
    "distance for product": (1, "widgets.tokens", "one_hot @ one_hot.T", "euclid(one_hot)"),
}  # fmt: skip


@pytest.mark.parametrize(("check", "modules"), CHECKS)
def test_numbers_by_hand(check: Callable[[ModuleType], None], modules: tuple[str, ...]) -> None:
    check(importlib.import_module(f"attnlab.{modules[-1]}"))


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_noticed(name: str) -> None:
    number, part, right, wrong = MISTAKES[name]
    check, modules = CHECKS[number]
    planted = mutant(modules, part, right, wrong)
    with pytest.raises(AssertionError):
        check(planted)


# --- what a value must be ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("text", "x" * 10_001, "text has 10001 characters, at most 10000"),
        ("cut", "bytes", "cut must be one of 'characters', 'words', 'byte-pairs', 'wordpiece', got 'bytes'"),
        ("merges", 301, "merges must be from 0 to 300, got 301"),
        ("words", ["a", "b"], "words must be from 3 to 6 words, got 2"),
        ("words", list("abcdefg"), "words must be from 3 to 6 words, got 7"),
        ("words", ["a", "b", "a"], r"words\[2\] is 'a', and so is words\[0\]"),
        ("words", ["a", "b", " c"], r"words\[2\] must be 1 to 40 characters without space around, got ' c'"),
        ("matrix", [1], "matrix must be 2 or 3 numbers, got 1"),
        ("matrix", [1, -1.5], r"matrix\[1\] must be from -1 to 1, got -1.5"),
        ("matrix", [1, float("nan")], r"matrix\[1\] must be from -1 to 1, got nan"),
        ("view", "map", "view must be one of 'line', 'one-hot', 'distances', 'raise', got 'map'"),
    ],
)
def test_a_value_that_does_not_fit(widget: TokenizerExplorer, name: str, value: Any, message: str) -> None:
    before = getattr(widget, name)
    with pytest.raises(ValueError, match=message):
        setattr(widget, name, value)
    assert getattr(widget, name) == before
    with pytest.raises(ValueError, match=message):
        TokenizerExplorer(**{name: value})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [1]}, r"moved\['a'\] must be 2 numbers, got 1"),
        ({"a": [0, 1.2]}, r"moved\['a'\] must be from -1 to 1, got 1.2"),
        ({letter: [0, 0] for letter in "abcdefg"}, "moved holds 7 words, at most 6"),
        ({"": [0, 0]}, "must have 1 to 40 characters, got 0"),
    ],
)
def test_points_that_do_not_fit(widget: TokenizerExplorer, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        widget.moved = value


@pytest.mark.parametrize(
    ("name", "value"),
    [("text", None), ("cut", 1), ("merges", 1.0), ("words", "apple"), ("words", [1, 2, 3]), ("matrix", "ab"),
     ("matrix", [True, 1]), ("view", None), ("moved", [1]), ("moved", {1: [0, 0]})],
)  # fmt: skip
def test_a_value_of_another_type(widget: TokenizerExplorer, name: str, value: Any) -> None:
    with pytest.raises(TypeError):
        setattr(widget, name, value)


def test_numpy_and_halves_of_characters_are_taken(widget: TokenizerExplorer) -> None:
    widget.matrix = np.array([0.5, -0.25, 1.0])
    assert widget.matrix == [0.5, -0.25, 1.0]
    widget.merges = np.int64(3)
    widget.text = "a\ud83cb"
    assert widget.text == "a?b"


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("text", ANY.values(), ids=ANY)
def test_any_text_is_cut(cut: str, text: str) -> None:
    widget = TokenizerExplorer(text, cut=cut, merges=300)
    assert len(widget.tokens) == len(widget.ids) == len(widget.raised)
    assert all(0 <= place < widget.vocabulary_size for place in widget.ids)
    html = widget.page_html()
    assert "<img" not in html
    assert html.count("</script>") == 1


# --- without a front end ----------------------------------------------------------------------------------------------


def test_the_fallback_says_the_tokens_and_the_distances(widget: TokenizerExplorer) -> None:
    html = widget.fallback_html()
    assert "45 tokens by words; the vocabulary holds 23." in html
    assert "apple 4 · , 1" in html
    row = html.split("<bdi>apple – iphone</bdi>")[1].split("</tr>")[0]
    assert "<td>17</td><td>1.4142</td><td>0.53</td><td>5.00</td>" in row
    assert "<td>–</td>" in html.split("<bdi>apple – huawei</bdi>")[1].split("</tr>")[0]
    assert widget.summary() == "TokenizerExplorer: 45 tokens by words; the vocabulary holds 23."
    assert "空" in TokenizerExplorer("", lang="zh").fallback_html()


def test_defaults_are_those_of_the_constructor(widget: TokenizerExplorer) -> None:
    assert widget.text == DEFAULT_TEXT
    assert widget.words == list(DEFAULT_WORDS)
    widget.merges = 3
    assert widget.defaults["merges"] == 20
