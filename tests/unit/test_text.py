"""The tokenizer against the one that the vectors were trained with."""

import unicodedata
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

import build_words
from attnlab.embedding import load_word_vectors
from attnlab.text import (
    BERT_SPECIALS,
    UNKNOWN,
    CharacterTokenizer,
    SpecialTokens,
    WordPieceTokenizer,
    WordTokenizer,
    bert_words,
    one_hot,
    wordpiece,
)

SENTENCES = [
    "I ate an apple and a banana",
    "Apple sells a new phone.",
    "  tabs\tand\nlines\r\n and   spaces ",
    "",
    " ",
    "Café, naïve, coöperate; ÅNGSTRÖM & résumé!",
    "e\u0301 combining, o\u0308 and \u0301 alone",
    "don't stop -- it's 3.14 (or 22/7)... $5 + <tag> `x` ~ ^ | = #1",
    "unbelievably antidisestablishmentarianism tokenization",
    "好久不见 Apple手机 和 香蕉",
    "日本語のテキスト 한국어 텍스트",
    "שלום עולם مرحبا بالعالم",
    "ΟΔΟΣ Σίσυφος ΣΑΣ",
    "İstanbul ISTANBUL straße ﬁ ſ",
    "emoji 🍎 apple🍎pie 👩‍👩‍👧 ❤️ 🇨🇳",
    "zero\u200bwidth soft\u00adhyphen no\u00a0break \ufeffbom \ufffd nul\x00 bell\x07",
    "<img src=x onerror=alert(1)>",
    "[UNK] [CLS] [MASK] ##ing",
    "a" * 100 + " " + "a" * 101,
    "“quotes” ‘single’ «guillemets» … – — ¿qué? ¡ya!",
    "x² H₂O ½ № ™ © ° ",
    "ΰ ΐ ǆ ŉ ẖ",
    "कखग नमस्ते தமிழ் ไทย",
    "word\u2028line\u2029paragraph\u3000ideographic",
]


@cache
def vocabulary() -> tuple[str, ...]:
    return tuple((build_words.model_folder() / "vocab.txt").read_text(encoding="utf-8").splitlines())


@cache
def trusted() -> Tokenizer:
    """BERT's own rules, as Hugging Face implements them."""
    index = {token: place for place, token in enumerate(vocabulary())}
    tokenizer = Tokenizer(models.WordPiece(index, unk_token=UNKNOWN, max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


@cache
def ours() -> WordPieceTokenizer:
    return WordPieceTokenizer(vocabulary())


def assert_same(text: str) -> None:
    assert [token.piece for token in ours().tokenize(text)] == trusted().encode(text).tokens


@pytest.mark.parametrize("text", SENTENCES)
def test_the_whole_vocabulary_splits_as_the_model_does(text: str) -> None:
    assert_same(text)


@pytest.mark.parametrize("text", SENTENCES)
def test_pieces_inside_the_table_are_split_the_same(text: str) -> None:
    """Word by word: where the model's own split lies inside the small table, ours is that split."""
    table = load_word_vectors()
    wanted = trusted().encode(text)
    words: dict[int, list[str]] = {}
    for word, piece in zip(wanted.word_ids, wanted.tokens, strict=True):
        words.setdefault(word, []).append(piece)
    found: dict[int, list[str]] = {}
    for token in table.tokenizer.tokenize(text):
        found.setdefault(token.word, []).append(token.piece)
    assert len(found) == len(words)
    for split, wanted_split in zip(found.values(), words.values(), strict=True):
        if all(piece in table for piece in wanted_split):
            assert split == wanted_split


def is_settled(character: str) -> bool:
    """Known since Unicode 3.2, with the same category ever since: the two sides may know different versions."""
    return unicodedata.ucd_3_2_0.category(character) == unicodedata.category(character)


SETTLED = st.characters(exclude_categories=["Cs", "Cn"]).filter(is_settled)


@settings(max_examples=400, deadline=None)
@given(st.text(st.one_of(st.sampled_from("abcdefgh ILOVE.,'-É中文🍎"), SETTLED), max_size=30))
def test_any_text(text: str) -> None:
    assert_same(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_tokens_are_stretches_of_what_was_typed(text: str) -> None:
    """In order and without overlap, but for the letters of a syllable; and the words are counted without a gap."""
    tokens = load_word_vectors().tokenizer.tokenize(text)
    place = 0
    for token in tokens:
        assert token.text
        if token.text != token.piece.removeprefix("##") or token.text in text[place:]:
            place = text.index(token.text, place) + len(token.text)
    words = [token.word for token in tokens]
    assert words == sorted(words)
    assert set(words) == set(range(len(set(words))))


def test_the_letters_of_a_korean_syllable_are_shown() -> None:
    found = load_word_vectors().tokenizer.tokenize("\ub871")  # one syllable of three letters
    assert [token.text for token in found] == ["\ub871", "\u1169", "\u11bc"]
    assert [token.piece for token in found] == ["\u1105", "##\u1169", "##\u11bc"]


def test_what_was_typed_stays_beside_its_piece() -> None:
    tokenizer = WordPieceTokenizer(["cafe", "##s", "i", "apple", "["])
    tokens = tokenizer.tokenize("I Cafe\u0301s APPLE Zürich")
    assert [(token.text, token.piece, token.word, token.known) for token in tokens] == [
        ("I", "i", 0, True),
        ("Cafe\u0301", "cafe", 1, True),
        ("s", "##s", 1, True),
        ("APPLE", "apple", 2, True),
        ("Zürich", UNKNOWN, 3, False),
    ]


def test_a_joined_emoji_is_one_unknown_word() -> None:
    (token,) = WordPieceTokenizer(["a"]).tokenize("👩‍👩‍👧")
    assert (token.text, token.known) == ("👩‍👩‍👧", False)


def test_wrong_types() -> None:
    with pytest.raises(TypeError, match="got one string"):
        WordPieceTokenizer("apple")
    with pytest.raises(TypeError, match="text must be a string, got int"):
        WordPieceTokenizer(["a"]).tokenize(3)


# --- planted mistakes: a tokenizer with one rule broken must be noticed by the same comparison ------------------------


def assert_all_same() -> None:
    for text in SENTENCES:
        assert_same(text)


def break_rule(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    breaks = {
        "shortest piece first": lambda: monkeypatch.setattr(
            wordpiece, "_piece", lambda word, start, end: ("##" if start else "") + word[start].character
        ),
        "accents kept": lambda: monkeypatch.setattr(
            bert_words, "_plain", lambda character: " " if character.isspace() else character.lower()
        ),
        "Chinese not split": lambda: monkeypatch.setattr(bert_words, "is_ideograph", lambda character: False),
        "punctuation not split": lambda: monkeypatch.setattr(bert_words, "_is_punctuation", lambda character: False),
        "no limit on words": lambda: monkeypatch.setattr(wordpiece, "LONGEST_WORD", 10_000),
    }
    breaks[rule]()


@pytest.mark.parametrize(
    "rule",
    ["shortest piece first", "accents kept", "Chinese not split", "punctuation not split", "no limit on words"],
)
def test_every_broken_rule_is_noticed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    break_rule(monkeypatch, rule)
    with pytest.raises(AssertionError):
        assert_all_same()


# --- WordPiece ids ----------------------------------------------------------------------------------------------------

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "i", "ate", "melon", "##s", "pad", "["]


def small() -> WordPieceTokenizer:
    return WordPieceTokenizer(PIECES, special=BERT_SPECIALS)


def test_ids_are_places_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    tokenizer = WordPieceTokenizer.from_file(path)
    assert len(tokenizer) == 11
    assert tokenizer.encode("I ate kiwi melons") == [2, 5, 6, 1, 7, 8, 3]
    assert tokenizer.encode("melon", "I ate") == [2, 7, 3, 5, 6, 3]
    assert tokenizer.encode("") == tokenizer.encode(" \t") == [2, 3]
    assert tokenizer.entries.decode(tokenizer.encode("ate")) == ["[CLS]", "ate", "[SEP]"]
    names = ("pad_id", "unknown_id", "start_id", "end_id", "mask_id")
    assert [getattr(tokenizer, name) for name in names] == [0, 1, 2, 3, 4]


def test_typed_text_gives_no_special_token() -> None:
    specials = SpecialTokens(pad="pad", unknown="[UNK]", start="[CLS]", end="[SEP]")
    tokenizer = WordPieceTokenizer(PIECES, special=specials)
    assert tokenizer.encode("pad ate") == [2, 1, 6, 3]
    assert 4 not in small().encode("[MASK]")
    assert WordPieceTokenizer(PIECES).tokenize("pad")[0].known


def test_a_batch_is_padded_and_says_where() -> None:
    ids, token_mask = small().batch(["I", ("melons", "ate"), "I ate"])
    assert ids.tolist() == [[2, 5, 3, 0, 0, 0], [2, 7, 8, 3, 6, 3], [2, 5, 6, 3, 0, 0]]
    assert token_mask.dtype == torch.bool
    assert token_mask.sum(dim=1).tolist() == [3, 6, 4]
    assert (token_mask == (ids != 0)).all()
    assert small().segments(ids).tolist() == [[0] * 6, [0, 0, 0, 0, 1, 1], [0] * 6]


def test_a_long_text_is_cut_only_when_asked() -> None:
    tokenizer = small()
    assert tokenizer.encode("I ate melons", max_length=6) == [2, 5, 6, 7, 8, 3]
    assert tokenizer.encode("I ate melons", max_length=4, cut=True) == [2, 5, 6, 3]
    assert tokenizer.encode("I ate melons", max_length=2, cut=True) == [2, 3]
    with pytest.raises(ValueError, match="4 tokens and 2 special ones are 6, but max_length=5"):
        tokenizer.encode("I ate melons", max_length=5)
    with pytest.raises(ValueError, match="text 1: 4 tokens and 2 special ones are 6, but max_length=5"):
        tokenizer.batch(["I", "I ate melons"], max_length=5)
    with pytest.raises(ValueError, match="max_length=2 has no room for the 3 special tokens"):
        tokenizer.encode("I", "ate", max_length=2, cut=True)


def test_a_tokenizer_without_ids_says_so() -> None:
    for ask in (lambda t: t.encode("i"), lambda t: len(t), lambda t: t.entries):
        with pytest.raises(ValueError, match="pieces but no ids"):
            ask(WordPieceTokenizer(["i", "i"]))


def test_bad_vocabularies_and_batches(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'\[PAD\]' is not among the 2 tokens"):
        WordPieceTokenizer(["a", "b"], special=BERT_SPECIALS)
    with pytest.raises(ValueError, match="token 0 and token 11"):
        WordPieceTokenizer([*PIECES, "[PAD]"], special=BERT_SPECIALS)
    with pytest.raises(FileNotFoundError):
        WordPieceTokenizer.from_file(tmp_path / "none.txt")
    with pytest.raises(ValueError, match="at least 1 text, got 0"):
        small().batch([])
    with pytest.raises(TypeError, match="got one string"):
        small().batch("I ate")
    with pytest.raises(TypeError, match="text must be a string, got int"):
        small().batch(["I", (3, "ate")])
    with pytest.raises(TypeError, match="text 1 must be a string or a tuple of two, got int"):
        small().batch(["I", 3])
    with pytest.raises(ValueError, match="text 0 is 3 texts"):
        small().batch([("I", "ate", "melons")])


# --- characters and words ---------------------------------------------------------------------------------------------

NAMED = SpecialTokens(pad="<pad>", unknown="<unknown>", start="<start>", end="<end>")


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1))
def test_characters_round_trip(text: str) -> None:
    tokenizer = CharacterTokenizer.from_text(text, special=NAMED)
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert len(ids) == len(text)
    assert len(tokenizer) == len(set(text)) + 4
    assert min(ids) >= 4
    framed = [tokenizer.start_id, *ids, tokenizer.end_id, tokenizer.pad_id]
    assert tokenizer.decode(framed, skip_special=True) == text
    assert tokenizer.decode(framed) == f"<start>{text}<end><pad>"


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_words_leave_out_white_space_alone(text: str) -> None:
    tokens = WordTokenizer.tokenize(text)
    assert "".join(tokens) == "".join(text.split())
    assert all(
        len(token) == 1 or all(c == "_" or unicodedata.category(c)[0] in "LMN" for c in token) for token in tokens
    )


def test_words() -> None:
    assert WordTokenizer.tokenize("") == WordTokenizer.tokenize(" \n") == []
    assert WordTokenizer.tokenize("Snake_case x2, “no”") == ["Snake_case", "x2", ",", "“", "no", "”"]
    assert WordTokenizer.tokenize("cafe\u0301 नमस्ते") == ["cafe\u0301", "नमस्ते"]
    assert WordTokenizer.tokenize("吃apple手机") == ["吃", "apple", "手", "机"]
    tokenizer = WordTokenizer.from_text(["the cat", "the dog"], special=NAMED, max_size=5)
    assert tokenizer.vocabulary.tokens[4:] == ("the",)
    assert tokenizer.encode("the cat") == [4, 1]
    assert tokenizer.encode("") == []


def test_a_typed_name_of_a_special_token_is_unknown() -> None:
    tokenizer = CharacterTokenizer.from_text("ab", special=SpecialTokens(pad="_", unknown="?"))
    assert tokenizer.encode("a_?") == [2, 1, 1]
    with pytest.raises(ValueError, match="'_' is in the text itself, 2 times"):
        CharacterTokenizer.from_text("a_b_", special=SpecialTokens(pad="_"))


def test_texts_that_give_nothing() -> None:
    for texts in ("", [], ["", ""]):
        with pytest.raises(ValueError, match="0 tokens"):
            CharacterTokenizer.from_text(texts)
    with pytest.raises(ValueError, match="0 tokens"):
        WordTokenizer.from_text("  ")
    with pytest.raises(TypeError, match="got int"):
        WordTokenizer.from_text([3])
    with pytest.raises(ValueError, match="'c' at position 1 is not among the 2 tokens"):
        CharacterTokenizer.from_text("ab").encode("acb")
    with pytest.raises(ValueError, match="no pad token here, only none at all"):
        _ = CharacterTokenizer.from_text("ab").pad_id


# --- one-hot ----------------------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 9).flatmap(lambda size: st.tuples(st.just(size), st.lists(st.integers(0, size - 1), max_size=7))))
def test_one_hot_picks_rows(case: tuple[int, list[int]]) -> None:
    size, ids = case
    rows = one_hot(ids, size)
    assert rows.shape == (len(ids), size)
    assert rows.dtype == np.float32
    table = np.random.default_rng(1).normal(size=(size, 4))
    assert (rows @ table == table[ids]).all()
    wanted = torch.nn.functional.one_hot(torch.tensor(ids, dtype=torch.int64), size)
    assert (rows == wanted.numpy()).all()
    assert (one_hot(torch.tensor(ids, dtype=torch.int64), size) == rows).all()


@pytest.mark.parametrize(
    ("error", "ids", "size", "words"),
    [
        (ValueError, [0, 5], 5, "id 5 at position 1 is not from 0 to 4"),
        (ValueError, [-1], 5, "id -1 at position 0 is not from 0 to 4"),
        (ValueError, [], 0, "size must be at least 1, got 0"),
        (ValueError, np.array([[0, 1]]), 5, r"ids must be \(T,\), got shape \(1, 2\)"),
        (ValueError, torch.tensor(3), 5, r"ids must be \(T,\), got shape \(\)"),
        (TypeError, [[0]], 5, "got list at position 0"),
        (TypeError, [0, 1.0], 5, "got float at position 1"),
        (TypeError, np.array([0.5]), 5, "got float64 at position 0"),
        (TypeError, [True], 5, "got bool at position 0"),
        (TypeError, "01", 5, "got str at position 0"),
        (TypeError, 3, 5, "a list of whole numbers, got int"),
    ],
)
def test_one_hot_errors(error: type[Exception], ids: object, size: int, words: str) -> None:
    with pytest.raises(error, match=words):
        one_hot(ids, size)
