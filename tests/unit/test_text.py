"""The tokenizer against the one that the vectors were trained with."""

import unicodedata
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

import attnlab.text as module
import build_words
from attnlab.embedding import load_word_vectors
from attnlab.text import UNKNOWN, WordPieceTokenizer

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
            module, "_piece", lambda word, start, end: ("##" if start else "") + word[start].character
        ),
        "accents kept": lambda: monkeypatch.setattr(
            module, "_plain", lambda character: " " if character.isspace() else character.lower()
        ),
        "Chinese not split": lambda: monkeypatch.setattr(module, "_is_ideograph", lambda character: False),
        "punctuation not split": lambda: monkeypatch.setattr(module, "_is_punctuation", lambda character: False),
        "no limit on words": lambda: monkeypatch.setattr(module, "LONGEST_WORD", 10_000),
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
