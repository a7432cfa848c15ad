"""The explorer's traits: what they accept, what they refuse, and how they change together."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest
import torch
import traitlets
from hypothesis import given, settings
from hypothesis import strategies as st

from attnlab.embedding import AffineMap, load_word_vectors
from attnlab.widgets import MAX_TOKENS, SelfAttentionExplorer

X = np.arange(12, dtype=float).reshape(4, 3)
FOUR = ["a", "b", "c", "d"]


@pytest.fixture
def explorer() -> SelfAttentionExplorer:
    return SelfAttentionExplorer()


# --- what is there at once --------------------------------------------------------------------------------------------


def test_the_default_explorer(explorer: SelfAttentionExplorer) -> None:
    assert explorer.tokens == ["i", "ate", "an", "apple", "and", "a", "banana"]
    assert explorer.labels == ["I", "ate", "an", "apple", "and", "a", "banana"]
    assert explorer.text == "I ate an apple and a banana"
    assert (explorer.follow, explorer.maps, explorer.divide_by, explorer.locked) == (3, "shared", "sqrt", None)
    assert explorer.asset == "words"


def test_the_state_has_the_keys_that_the_front_end_reads(explorer: SelfAttentionExplorer) -> None:
    assert set(explorer.page_state()) == {
        *("kind", "version", "lang", "widget_id", "tokens", "labels", "maps", "divide_by", "follow", "poles"),
        *("locked", "examples", "table", "asset", "defaults"),
    }
    assert set(explorer.defaults) == {"tokens", "labels", "maps", "divide_by", "follow", "poles", "locked"}


def test_apple_moves_as_the_chapter_says(explorer: SelfAttentionExplorer) -> None:
    before = explorer.own_lean[explorer.follow]
    beside_banana = explorer.lean[explorer.follow]
    explorer.text = "apple sells a new phone"
    assert explorer.labels[explorer.follow] == "apple"
    beside_phone = explorer.lean[explorer.follow]
    assert beside_banana > before > beside_phone
    assert beside_banana > 0 > beside_phone


@pytest.mark.parametrize("maps", ["shared", "head"])
@pytest.mark.parametrize("divide_by", ["one", "sqrt", "d", 2.5])
def test_what_is_read_back_is_attention(maps: str, divide_by: str | float) -> None:
    explorer = SelfAttentionExplorer(maps=maps, divide_by=divide_by)
    width = 32 if maps == "head" else 128
    assert explorer.divisor == {"one": 1, "sqrt": width**0.5, "d": width}.get(divide_by, divide_by)
    assert explorer.query.shape == explorer.key.shape == explorer.value.shape == explorer.outputs.shape == (7, width)
    scores = explorer.query.astype(float) @ explorer.key.astype(float).T
    exponentials = np.exp(scores / explorer.divisor - (scores / explorer.divisor).max(axis=1, keepdims=True))
    weights = exponentials / exponentials.sum(axis=1, keepdims=True)
    assert explorer.scores == pytest.approx(scores, abs=1e-4)
    assert explorer.weights == pytest.approx(weights, abs=1e-5)
    assert explorer.outputs == pytest.approx(weights @ explorer.value, abs=1e-4)
    assert explorer.weights @ explorer.own_lean == pytest.approx(explorer.lean, abs=1e-5)
    assert explorer.weights.dtype == explorer.outputs.dtype == explorer.lean.dtype == np.float32


def test_the_head_is_the_trained_one() -> None:
    words = load_word_vectors()
    explorer = SelfAttentionExplorer("apple sells a new phone", maps="head")
    assert words.maps is not None
    assert explorer.query == pytest.approx(words.maps.query(words[explorer.tokens]))
    assert not np.allclose(explorer.scores, explorer.scores.T, atol=0.1)  # two different maps: not symmetric


# --- sentences of every kind ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "apple",
        "🍎",
        "苹果 apple",
        "שלום עולם",
        "e\u0301\u0301\u0301",
        "<img src=x onerror=alert(1)>",
        "\ud800 x",
    ],
)
def test_any_sentence_is_shown(text: str) -> None:
    explorer = SelfAttentionExplorer(text)
    count = len(explorer.tokens)
    assert len(explorer.labels) == count
    assert -1 <= explorer.follow < max(count, 1)
    assert explorer.weights.shape == (count, count)
    assert explorer.outputs.shape == (count, 128)
    explorer.page_html().encode("utf-8")


def test_a_long_sentence_is_cut_and_the_count_is_said() -> None:
    with pytest.warns(UserWarning, match="the text has 300 tokens; only the first 256 are shown"):
        explorer = SelfAttentionExplorer("a " * 300)
    assert len(explorer.tokens) == MAX_TOKENS


def test_a_long_word_has_a_label_that_can_be_shown() -> None:
    explorer = SelfAttentionExplorer("x" * 5_000)
    assert explorer.tokens == ["[UNK]"]
    assert len(explorer.labels[0]) == 400


# --- vectors and maps of one's own ------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [np.asarray, torch.tensor, list, lambda x: torch.tensor(x, dtype=torch.bfloat16)])
def test_own_vectors(make: Any) -> None:
    explorer = SelfAttentionExplorer(tokens=FOUR, vectors=make(X))
    assert (explorer.tokens, explorer.asset) == (FOUR, None)
    assert explorer.value == pytest.approx(X)
    assert explorer.table["dtype"] == "float32"


def test_own_vectors_that_still_have_a_gradient() -> None:
    explorer = SelfAttentionExplorer(tokens=FOUR, vectors=torch.tensor(X, requires_grad=True))
    assert explorer.value == pytest.approx(X)


def test_one_word_with_two_vectors_gets_two_names() -> None:
    explorer = SelfAttentionExplorer(tokens=["an", "apple", "an", "an"], vectors=X[[0, 1, 2, 0]])
    assert explorer.tokens == ["an", "apple", "an (2)", "an"]
    assert explorer.labels == ["an", "apple", "an", "an"]
    assert explorer.value == pytest.approx(X[[0, 1, 2, 0]])
    explorer.tokens = ["an (2)", "apple"]
    assert explorer.labels == ["an", "apple"]


def test_own_maps() -> None:
    w_q, w_k, w_v = np.random.default_rng(0).normal(size=(3, 2, 3))
    bias = np.array([1.0, 2.0])
    explorer = SelfAttentionExplorer(
        tokens=FOUR, vectors=X, query_map=w_q, key_map=AffineMap(w_k, bias), value_map=torch.tensor(w_v)
    )
    assert explorer.maps == "head"
    assert explorer.divisor == pytest.approx(2**0.5)
    assert explorer.query == pytest.approx(X @ w_q.T, abs=1e-4)
    assert explorer.key == pytest.approx(X @ w_k.T + bias, abs=1e-4)
    assert explorer.table["maps"]["width"] == 2
    assert explorer.table["maps"]["query"]["bias"] is None


def test_own_vectors_get_poles_only_where_there_are_two_points() -> None:
    assert SelfAttentionExplorer(tokens=FOUR, vectors=X).poles == [["a"], ["d"]]
    assert SelfAttentionExplorer(tokens=FOUR, vectors=np.ones((4, 3))).poles == [[], []]


def with_nan() -> np.ndarray:
    bad = X.copy()
    bad[1, 2] = np.nan
    bad[3, 0] = np.inf
    return bad


@pytest.mark.parametrize(
    ("error", "arguments", "words"),
    [
        (ValueError, {"tokens": list("abcdef"), "vectors": np.ones((5, 3))}, "6 tokens but vectors has 5 rows"),
        (ValueError, {"tokens": FOUR, "vectors": with_nan()}, "2 numbers that are NaN or infinite.*row 1, column 2"),
        (ValueError, {"tokens": FOUR, "vectors": X * 1e300}, "NaN or infinite"),
        (ValueError, {"tokens": FOUR, "vectors": X[0]}, r"2 axes, got shape \(3,\)"),
        (ValueError, {"tokens": FOUR, "vectors": X[None]}, r"2 axes, got shape \(1, 4, 3\)"),
        (ValueError, {"tokens": FOUR, "vectors": [[1, 2], [3]]}, "not a matrix"),
        (ValueError, {"tokens": [], "vectors": np.ones((0, 3))}, r"empty: shape \(0, 3\)"),
        (TypeError, {"tokens": FOUR, "vectors": X.astype(complex)}, "got dtype complex128"),
        (TypeError, {"tokens": FOUR, "vectors": X > 3}, "got dtype bool"),
        (TypeError, {"tokens": FOUR, "vectors": X.astype(str)}, "got dtype <U"),
        (TypeError, {"tokens": FOUR, "vectors": "abc"}, "got dtype <U3"),
        (TypeError, {"tokens": "abcd", "vectors": X}, "tokens must be a list of strings, got str"),
        (TypeError, {"tokens": ["a", "b", "c", 4], "vectors": X}, r"tokens\[3\] must be a string, got int"),
        (ValueError, {"vectors": X}, "your own vectors need tokens"),
        (ValueError, {"tokens": ["a"] * 300, "vectors": np.ones((300, 2))}, "300 tokens, .* at most 256"),
        (ValueError, {"tokens": FOUR, "vectors": X, "maps": "head"}, "no head: give query_map"),
        (ValueError, {"tokens": FOUR, "vectors": X, "query_map": X}, "missing: key_map, value_map"),
        (ValueError, {"query_map": X, "key_map": X, "value_map": X}, r"\(4, 3\) .* width 128: expected \(Dh, 128\)"),
        (
            ValueError,
            {"tokens": FOUR, "vectors": X, "query_map": X, "key_map": X[:2], "value_map": X},
            r"query \(4, 3\), key \(2, 3\), value \(4, 3\)",
        ),
        (
            ValueError,
            {"tokens": FOUR, "vectors": X, "query_map": with_nan(), "key_map": X, "value_map": X},
            "query_map holds 2 numbers that are NaN",
        ),
        (ValueError, {"text": "x", "tokens": ["a"]}, "a text or tokens, not both"),
        (ValueError, {"tokens": ["a", "zzz"]}, r"tokens\[1\] is 'zzz'"),
        (ValueError, {"follow": "zebra"}, "'zebra', which is not among the 7 tokens"),
        (ValueError, {"follow": 7}, "follow is 7, but there are 7 tokens"),
        (TypeError, {"text": 5}, "text must be a string, got int"),
        (ValueError, {"id": "a b"}, "letters, digits and single hyphens, got 'a b'"),
        (ValueError, {"id": "a--b"}, "single hyphens"),
        (TypeError, {"id": 5}, "id must be a string, got int"),
        (ValueError, {"lang": "fr"}, "one of en, zh, got 'fr'"),
        (TypeError, {"examples": "abc"}, "examples must be a list of strings, got str"),
        (ValueError, {"poles": [["fruit"], ["zzz"]]}, r"poles\[1\]\[0\] is 'zzz'"),
    ],
)
def test_constructor_errors(error: type[Exception], arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(error, match=words):
        SelfAttentionExplorer(**arguments)


# --- assignments that do not fit leave everything as it was -----------------------------------------------------------

REFUSED = [
    (ValueError, "tokens", ["apple", "zzz"], r"tokens\[1\] is 'zzz', which is not among the \d+ tokens"),
    (ValueError, "tokens", ["a"] * 257, "257 tokens, but the explorer shows at most 256"),
    (TypeError, "tokens", "apple", "got str"),
    (TypeError, "tokens", None, "got NoneType"),
    (TypeError, "tokens", ["a", 1], r"tokens\[1\] must be a string, got int"),
    (ValueError, "labels", ["a"], "7 tokens but 1 labels"),
    (ValueError, "labels", ["a" * 401] * 7, "401 characters"),
    (TypeError, "labels", [1] * 7, r"labels\[0\]"),
    (ValueError, "follow", 99, "follow is 99, but there are 7 tokens"),
    (ValueError, "follow", 7, "follow is 7, but there are 7 tokens"),
    (ValueError, "follow", -2, "got -2"),
    (TypeError, "follow", "apple", "got str"),
    (TypeError, "follow", True, "got bool"),
    (TypeError, "follow", 1.0, "got float"),
    (ValueError, "divide_by", -1, "above 0, got -1"),
    (ValueError, "divide_by", 0, "above 0, got 0"),
    (ValueError, "divide_by", 1e-300, "from 1e-06 to 1e\\+06, got 1e-300"),
    (ValueError, "divide_by", float("nan"), "got nan"),
    (ValueError, "divide_by", float("inf"), "got inf"),
    (ValueError, "divide_by", "root", "'one', 'sqrt', 'd' or a number above 0, got 'root'"),
    (TypeError, "divide_by", None, "got NoneType"),
    (TypeError, "divide_by", True, "got bool"),
    (ValueError, "maps", "both", "'shared', 'head', got 'both'"),
    (TypeError, "maps", 3, "got int"),
    (ValueError, "poles", [["fruit"], ["fruit"]], "same point"),
    (ValueError, "poles", [["fruit"], []], "got 1 and 0"),
    (ValueError, "poles", [["fruit"], ["apple"] * 17], "from 1 to 16 words, got 1 and 17"),
    (TypeError, "poles", ["fruit", "phone"], r"poles\[0\] must be a list of strings, got str"),
    (TypeError, "poles", 3, "two lists of words, got 3"),
    (ValueError, "locked", [7, 2], r"locked is \[7, 2\], but there are 7 tokens"),
    (ValueError, "locked", [1, -1], r"got \[1, -1\]"),
    (TypeError, "locked", [1], r"row, column"),
    (TypeError, "locked", [1, 1.5], "got float"),
    (ValueError, "table", {}, "table is set when the widget is made"),
    (ValueError, "widget_id", "x", "widget_id is set when the widget is made"),
]


@pytest.mark.parametrize(("error", "name", "value", "words"), REFUSED)
def test_refused_assignments(
    explorer: SelfAttentionExplorer, error: type[Exception], name: str, value: object, words: str
) -> None:
    before = explorer.page_state()
    with pytest.raises(error, match=words):
        setattr(explorer, name, value)
    assert explorer.page_state() == before
    with pytest.raises(traitlets.TraitError):  # the same from the front end, in one message with a good value
        explorer.set_state({"divide_by": "d", name: value} if name != "divide_by" else {"follow": 1, name: value})
    assert explorer.page_state() == before


# --- changes that belong together -------------------------------------------------------------------------------------


def test_new_tokens_renew_what_is_about_them(explorer: SelfAttentionExplorer) -> None:
    explorer.locked = [2, 3]
    explorer.tokens = ["apple", "##s", "and", "phones"]
    assert explorer.labels == ["apple", "s", "and", "phones"]
    assert explorer.follow == 0  # it goes with its word
    assert explorer.locked is None


def test_a_followed_word_that_is_gone(explorer: SelfAttentionExplorer) -> None:
    explorer.tokens = ["the", "monkey", "sleeps"]
    assert explorer.follow == 1  # the longest word, and the first of them
    explorer.tokens = []
    assert explorer.follow == -1
    explorer.tokens = ["the", "monkey"]
    assert explorer.follow == 1


def test_the_front_end_hears_of_it_in_one_message(
    explorer: SelfAttentionExplorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(explorer, "_send", lambda message, buffers=None: sent.append(message["state"]))
    explorer.locked = [0, 1]
    sent.clear()
    explorer.text = "apple sells Phones"
    assert [set(state) for state in sent] == [{"tokens", "labels", "follow", "locked"}]


MESSAGE = {"tokens": ["i", "like", "apple"], "labels": ["I", "like", "Apple"], "follow": 2, "locked": [2, 0]}


@pytest.mark.parametrize("order", list(permutations(MESSAGE)))
def test_a_message_may_hold_its_parts_in_any_order(explorer: SelfAttentionExplorer, order: tuple[str, ...]) -> None:
    explorer.set_state({name: MESSAGE[name] for name in order})
    assert {name: getattr(explorer, name) for name in MESSAGE} == MESSAGE


@pytest.mark.parametrize("order", list(permutations(MESSAGE)))
def test_python_may_set_them_together_in_any_order(explorer: SelfAttentionExplorer, order: tuple[str, ...]) -> None:
    with explorer.hold_trait_notifications():
        for name in order:
            setattr(explorer, name, MESSAGE[name])
    assert {name: getattr(explorer, name) for name in MESSAGE} == MESSAGE


def test_a_message_with_tokens_alone_is_completed(explorer: SelfAttentionExplorer) -> None:
    explorer.locked = [6, 6]
    explorer.set_state({"tokens": ["apple", "pie"]})
    assert (explorer.labels, explorer.follow, explorer.locked) == (["apple", "pie"], 0, None)


def test_the_front_end_is_not_talked_out_of_what_it_chose(explorer: SelfAttentionExplorer) -> None:
    explorer.set_state({"tokens": ["banana", "apple", "and", "the", "phone", "a", "b"], "follow": 3})
    assert explorer.follow == 3
    explorer.set_state({"tokens": ["apple", "banana", "and", "a", "phone", "a", "b"]})  # Python would follow "the"
    assert explorer.follow == 3


def test_a_wrong_part_takes_the_whole_message_back(explorer: SelfAttentionExplorer) -> None:
    before = explorer.page_state()
    for wrong in ({"labels": ["x", "y"]}, {"follow": 5}, {"locked": [5, 0]}):
        with pytest.raises(traitlets.TraitError):
            explorer.set_state({"tokens": ["apple"], "divide_by": "d", **wrong})
        assert explorer.page_state() == before


words_of_the_table = st.lists(st.sampled_from(["i", "ate", "an", "apple", "##s", "phone", "[UNK]"]), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(words_of_the_table, st.booleans(), st.integers(-1, 5)), max_size=5))
def test_no_sequence_of_changes_leaves_a_contradiction(steps: list[tuple[list[str], bool, int]]) -> None:
    explorer = SelfAttentionExplorer()
    for tokens, from_front_end, follow in steps:
        if from_front_end:
            explorer.set_state({"follow": min(follow, len(tokens) - 1), "tokens": tokens})
        else:
            explorer.tokens = tokens
            explorer.follow = min(follow, len(tokens) - 1)
        count = len(explorer.tokens)
        assert len(explorer.labels) == count
        assert explorer.follow < count
        assert explorer.locked is None


def test_numpy_numbers_are_welcome(explorer: SelfAttentionExplorer) -> None:
    explorer.follow = np.int64(2)
    explorer.divide_by = np.float32(2.5)
    explorer.locked = (np.int64(1), np.int64(2))
    assert (explorer.follow, explorer.divide_by, explorer.locked) == (2, 2.5, [1, 2])
    assert SelfAttentionExplorer(follow=np.int64(2)).page_html()


def test_the_defaults_do_not_change_with_the_state(explorer: SelfAttentionExplorer) -> None:
    explorer.text = "apple"
    explorer.poles = [["king"], ["queen"]]
    assert explorer.defaults["labels"] == ["I", "ate", "an", "apple", "and", "a", "banana"]
    assert explorer.defaults["poles"][0] == ["fruit", "banana", "pear"]
