"""Tokens and ids: order, special tokens, files, and what is not a vocabulary."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attnlab.text.special_tokens import BERT_SPECIALS, SpecialTokens
from attnlab.text.vocabulary import Vocabulary

counted = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 4), min_size=1)
token_lists = st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=12, unique=True)


@settings(max_examples=50, deadline=None)
@given(token_lists)
def test_ids_are_places(tokens: list[str]) -> None:
    vocabulary = Vocabulary(tokens)
    assert vocabulary.encode(tokens) == list(range(len(tokens))) == [vocabulary.index[token] for token in tokens]
    assert vocabulary.decode(range(len(tokens))) == tokens
    assert len(vocabulary) == len(tokens)
    assert all(token in vocabulary for token in tokens)
    again = Vocabulary.from_dict(json.loads(json.dumps(vocabulary.to_dict())))
    assert again.tokens == vocabulary.tokens


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 4), min_size=1),
    st.integers(1, 3),
    st.integers(3, 9),
)
def test_the_vocabulary_of_counts(counts: dict[str, int], min_count: int, max_size: int) -> None:
    special = SpecialTokens(pad="<pad>", end="<end>")
    if max(counts.values()) < min_count:
        with pytest.raises(
            ValueError, match=f"none of the {len(counts)} different tokens was met at least {min_count}"
        ):
            Vocabulary.from_counts(counts, special=special, min_count=min_count)
        return
    vocabulary = Vocabulary.from_counts(counts, special=special, min_count=min_count, max_size=max_size)
    kept = vocabulary.tokens[2:]
    assert vocabulary.tokens[:2] == ("<pad>", "<end>")
    assert len(vocabulary) == min(max_size, 2 + sum(count >= min_count for count in counts.values()))
    left_out = [token for token, count in counts.items() if count >= min_count and token not in kept]
    order = [(-counts[token], token) for token in (*kept, *sorted(left_out, key=lambda t: (-counts[t], t)))]
    assert order == sorted(order)
    turned = dict(reversed(counts.items()))  # the order of the counts is of no consequence
    assert Vocabulary.from_counts(turned, special=special, min_count=min_count, max_size=max_size).tokens == (
        vocabulary.tokens
    )


def test_special_tokens_have_names() -> None:
    vocabulary = Vocabulary(["[PAD]", "a", "[UNK]", "[SEP]", "[CLS]", "[MASK]"], special=BERT_SPECIALS)
    names = ("pad_id", "unknown_id", "start_id", "end_id", "mask_id")
    assert [getattr(vocabulary, name) for name in names] == [0, 2, 4, 3, 5]
    for name in names:
        with pytest.raises(ValueError, match=f"no {name.removesuffix('_id')} token here, only none at all"):
            getattr(Vocabulary(["<pad>", "a"]), name)
    with pytest.raises(ValueError, match="no end token here, only <pad>"):
        _ = Vocabulary(["<pad>", "a"], special=SpecialTokens(pad="<pad>")).end_id


def test_unknown_tokens() -> None:
    known = Vocabulary(["?", "a", "b"], special=SpecialTokens(unknown="?"))
    assert known.encode(["b", "kiwi", "?"]) == [2, 0, 0]
    assert known.encode(["b", "?"], typed=True) == [2, 0]
    with pytest.raises(ValueError, match="'kiwi' at position 1 is not among the 2 tokens, and there is no unknown"):
        Vocabulary(["a", "b"]).encode(["b", "kiwi"])
    padded = Vocabulary(["_", "a"], special=SpecialTokens(pad="_"))
    assert padded.encode(["a", "_"]) == [1, 0]
    with pytest.raises(ValueError, match="'_' at position 1 is not among the 1 tokens"):
        padded.encode(["a", "_"], typed=True)
    assert padded.decode([1, 0], skip_special=True) == ["a"]


def test_ids_of_any_integer_kind() -> None:
    vocabulary = Vocabulary(["a", "b", "c"])
    for ids in ([2, 0], (2, 0), np.array([2, 0], dtype=np.uint8), torch.tensor([2, 0]), iter([2, 0])):
        assert vocabulary.decode(ids) == ["c", "a"]
    assert vocabulary.decode([]) == []


@pytest.mark.parametrize(
    ("error", "ids", "words"),
    [
        (ValueError, [0, 3], "id 3 at position 1 is not from 0 to 2"),
        (ValueError, [-1], "id -1 at position 0 is not from 0 to 2"),
        (ValueError, torch.zeros(2, 1, dtype=torch.long), r"ids must be \(T,\), got shape \(2, 1\)"),
        (TypeError, torch.zeros(2), "ids must be whole numbers, got"),
        (TypeError, ["a"], "got str at position 0"),
        (TypeError, None, "a list of whole numbers, got NoneType"),
    ],
)
def test_bad_ids(error: type[Exception], ids: object, words: str) -> None:
    with pytest.raises(error, match=words):
        Vocabulary(["a", "b", "c"]).decode(ids)


@pytest.mark.parametrize(
    ("error", "make", "words"),
    [
        (TypeError, lambda: Vocabulary("abc"), "got one string"),
        (TypeError, lambda: Vocabulary(["a", 3]), "token 1 must be a string, got int"),
        (TypeError, lambda: Vocabulary(["a"]).encode("a"), "got one string"),
        (ValueError, lambda: Vocabulary([]), "at least 1 token, got 0"),
        (ValueError, lambda: Vocabulary(["a", ""]), "token 1 of 2 has 0 characters"),
        (ValueError, lambda: Vocabulary(["a", "b", "a"]), "'a' is token 0 and token 2"),
        (ValueError, lambda: Vocabulary(["a"], special=SpecialTokens(pad="b")), "'b' is not among the 1 tokens"),
        (ValueError, lambda: SpecialTokens(pad="x", end="x"), "2 special tokens but 1 different"),
        (ValueError, lambda: SpecialTokens(pad=""), "the pad token has 0 characters"),
        (ValueError, lambda: SpecialTokens(mask="\ud800"), "the mask token '.ud800' holds half"),
        (TypeError, lambda: SpecialTokens(pad=0), "the pad token must be a string, got int"),
        (ValueError, lambda: Vocabulary.from_counts({}), "none of the 0 different tokens"),
        (ValueError, lambda: Vocabulary.from_counts({"a": 1}, min_count=0), "min_count must be at least 1, got 0"),
        (ValueError, lambda: Vocabulary.from_counts({"a": 1}, max_size=0), "max_size=0 leaves no room beside 0"),
        (
            ValueError,
            lambda: Vocabulary.from_counts({"a": 1}, special=BERT_SPECIALS, max_size=5),
            "max_size=5 leaves no room beside 5",
        ),
        (
            ValueError,
            lambda: Vocabulary.from_counts({"a": 7}, special=SpecialTokens(pad="a")),
            "'a' is in the text itself, 7 times",
        ),
        (ValueError, lambda: Vocabulary.from_dict({"tokens": ["a"]}), "not a saved vocabulary"),
        (
            ValueError,
            lambda: Vocabulary.from_dict({"tokens": ["a"], "special": {"sep": "a"}}),
            "not a saved vocabulary",
        ),
    ],
)
def test_what_is_not_a_vocabulary(error: type[Exception], make: object, words: str) -> None:
    with pytest.raises(error, match=words):
        make()


# --- files ------------------------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(token_lists)
def test_a_file_gives_the_tokens_back_or_is_not_written(tokens: list[str]) -> None:
    path = Path(__file__).with_name("never") / "vocab.txt"  # the folder is not there: writing is the last thing done
    bad = [token for token in tokens if "\n" in token or token.endswith("\r")]
    with pytest.raises(ValueError if bad else FileNotFoundError):
        Vocabulary(tokens).to_file(path)


def test_odd_tokens_survive_a_file(tmp_path: Path) -> None:
    tokens = ["[PAD]", " ", "\t", "\u2028", "\x0b", "\x85", "\r-", "é", "🍎", "\ufeff", "a b"]
    Vocabulary(tokens).to_file(tmp_path / "vocab.txt")
    assert Vocabulary.from_file(tmp_path / "vocab.txt").tokens == tuple(tokens)
    assert (tmp_path / "vocab.txt").read_bytes().count(b"\n") == len(tokens)


def test_files_of_windows_and_without_a_last_line_end(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    for content in (b"[PAD]\r\na\r\nb\r\n", b"[PAD]\na\nb"):
        path.write_bytes(content)
        assert Vocabulary.from_file(path, special=SpecialTokens(pad="[PAD]")).tokens == ("[PAD]", "a", "b")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "vocab.txt: a vocabulary needs at least 1 token, got 0"),
        (b"a\n\nb\n", "vocab.txt: token 1 of 3 has 0 characters"),
        (b"a\nb\na\n", "vocab.txt: 'a' is token 0 and token 2"),
        (b"a\nb\xff\n", "vocab.txt: byte 3 of 5 is not UTF-8"),
    ],
)
def test_broken_files(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "vocab.txt").write_bytes(content)
    with pytest.raises(ValueError, match=words):
        Vocabulary.from_file(tmp_path / "vocab.txt")


def test_what_a_file_cannot_hold(tmp_path: Path) -> None:
    for token in ("\n", "a\nb", "\r", "\ud83c"):
        with pytest.raises(ValueError, match=r"token 1 of 2, .* use to_dict"):
            Vocabulary(["a", token]).to_file(tmp_path / "vocab.txt")
        assert not (tmp_path / "vocab.txt").exists()
        assert Vocabulary.from_dict(json.loads(json.dumps(Vocabulary(["a", token]).to_dict()))).tokens == ("a", token)


# --- planted mistakes: what the tests above would say of them ---------------------------------------------------------


def assert_orders_counts(order: object) -> None:
    counts = Counter({"pear": 2, "kiwi": 1, "apple": 2, "fig": 3})
    assert order(counts) == list(Vocabulary.from_counts(counts).tokens) == ["fig", "apple", "pear", "kiwi"]


def test_the_order_is_by_count_then_by_name() -> None:
    assert_orders_counts(lambda counts: sorted(counts, key=lambda token: (-counts[token], token)))


@pytest.mark.parametrize(
    "order",
    [
        lambda counts: [token for token, _ in counts.most_common()],  # ties as they were met
        lambda counts: sorted(counts, key=lambda token: (counts[token], token)),
        lambda counts: sorted(counts, key=lambda token: (counts[token], token), reverse=True),
        sorted,
    ],
)
def test_another_order_is_noticed(order: object) -> None:
    with pytest.raises(AssertionError):
        assert_orders_counts(order)
