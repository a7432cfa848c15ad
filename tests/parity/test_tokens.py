"""The front end splits a text exactly as Python does, and as the model's own tokenizer does."""

from typing import Any

import pytest
from tokenizers import BertWordPieceTokenizer

import build_words
from attnlab.embedding import WORDS_FILE, load_word_vectors
from tests.parity import texts


@pytest.fixture(scope="module")
def mixed() -> list[str]:
    words = load_word_vectors()
    return texts.mixed_texts(2000, words.tokens[: words.words], seed=20)


def in_engine(engine: Any, asked: list[str], mistake: str | None = None) -> list[list[list[Any]]]:
    (found,) = engine([{"kind": "tokenize", "texts": asked, "words": str(WORDS_FILE)}], mistake)
    assert len(found) == len(asked)
    return list(found)


def assert_same_tokens(engine: Any, asked: list[str], mistake: str | None = None) -> None:
    tokenizer = load_word_vectors().tokenizer
    for text, found in zip(asked, in_engine(engine, asked, mistake), strict=True):
        expected = [[token.text, token.piece, token.word, token.known] for token in tokenizer.tokenize(text)]
        assert found == expected, ascii(text)


def test_texts_of_every_kind(engine: Any, mixed: list[str]) -> None:
    assert len(mixed) == 2000
    assert_same_tokens(engine, mixed)


def test_every_character(engine: Any) -> None:
    asked = texts.one_of_each_character()
    assert len(asked) > 10_000
    assert_same_tokens(engine, asked)


MISTAKES = [
    *("capitals kept", "accents kept", "Chinese not split", "lowercased as a whole"),
    *("control characters taken for spaces", "words of any length", "typed text trimmed"),
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(engine: Any, mixed: list[str], mistake: str) -> None:
    with pytest.raises(AssertionError):
        assert_same_tokens(engine, mixed, mistake)


def assert_same_as_the_model(engine: Any, asked: list[str], mistake: str | None = None) -> int:
    """Wherever the model's own pieces are all in the shipped table, the engine gives the same. How often that was."""
    vocabulary = build_words.model_folder() / "vocab.txt"
    model = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
    table = set(load_word_vectors().tokens)
    compared = 0
    for text, found in zip(asked, in_engine(engine, asked, mistake), strict=True):
        pieces = model.encode(text, add_special_tokens=False).tokens
        if table.issuperset(pieces):
            compared += 1
            assert [piece for _, piece, _, _ in found] == pieces, ascii(text)
    return compared


def without_halves(asked: list[str]) -> list[str]:
    """The texts that are valid UTF-8: the model's tokenizer takes no others."""
    return [text for text in asked if not any("\ud800" <= character <= "\udfff" for character in text)]


def test_the_models_own_tokenizer_agrees(engine: Any, mixed: list[str]) -> None:
    assert assert_same_as_the_model(engine, without_halves(mixed)) > 500
    assert assert_same_as_the_model(engine, texts.one_of_each_character()) > 5000


@pytest.mark.parametrize("mistake", [name for name in MISTAKES if name != "typed text trimmed"])
def test_a_planted_mistake_is_noticed_by_the_model_too(engine: Any, mixed: list[str], mistake: str) -> None:
    with pytest.raises(AssertionError):
        assert_same_as_the_model(engine, without_halves(mixed), mistake)
