"""WordPiece ids against Hugging Face's fast tokenizer, special tokens, pairs, cutting and padding included."""

from collections.abc import Callable
from functools import cache

import pytest
import torch
from tokenizers import BertWordPieceTokenizer

import build_words
from attnlab.text import WordPieceTokenizer, bert_words, wordpiece
from tests.parity import texts


def vocabulary_file() -> str:
    return str(build_words.model_folder() / "vocab.txt")


def theirs() -> BertWordPieceTokenizer:
    return BertWordPieceTokenizer(vocabulary_file(), lowercase=True)


@cache
def ours() -> WordPieceTokenizer:
    return WordPieceTokenizer.from_file(vocabulary_file())


@cache
def asked() -> tuple[str, ...]:
    """Texts of every kind that have a UTF-8 form: their tokenizer takes no others."""
    words = [token for token in ours().entries.tokens if token not in ours().special.present]
    mixed = texts.mixed_texts(2500, words, seed=40)
    return tuple(text for text in mixed if not any("\ud800" <= character <= "\udfff" for character in text))


def assert_same_ids(tokenizer: WordPieceTokenizer, several: tuple[str, ...]) -> None:
    wanted = theirs().encode_batch(list(several))
    for text, encoding in zip(several, wanted, strict=True):
        assert tokenizer.encode(text) == encoding.ids, ascii(text)


def pairs() -> list[tuple[str, str]]:
    return list(zip(asked()[:400], asked()[400:800], strict=True))


def assert_same_pairs(tokenizer: WordPieceTokenizer, max_length: int | None = None) -> None:
    trusted = theirs()
    if max_length is not None:
        trusted.enable_truncation(max_length)  # the longest first
    for (first, second), encoding in zip(pairs(), trusted.encode_batch(pairs()), strict=True):
        ids = tokenizer.encode(first, second, max_length=max_length, cut=max_length is not None)
        assert ids == encoding.ids, ascii((first, second))
        assert tokenizer.segments(torch.tensor(ids)).tolist() == encoding.type_ids


def assert_same_batches(tokenizer: WordPieceTokenizer) -> None:
    trusted = theirs()
    trusted.enable_padding()
    several = [*asked()[:64], *pairs()[:32]]
    wanted = trusted.encode_batch(several)
    ids, token_mask = tokenizer.batch(several)
    # As tensors: to print how two long lists differ takes the test runner minutes.
    assert torch.equal(ids, torch.tensor([encoding.ids for encoding in wanted]))
    assert torch.equal(token_mask.long(), torch.tensor([encoding.attention_mask for encoding in wanted]))
    assert torch.equal(tokenizer.segments(ids), torch.tensor([encoding.type_ids for encoding in wanted]))


# --- the same ids -----------------------------------------------------------------------------------------------------


def test_texts_of_every_kind() -> None:
    assert len(asked()) > 2400
    assert_same_ids(ours(), asked())


def test_every_character() -> None:
    every = tuple(texts.one_of_each_character())
    assert len(every) > 10_000
    assert_same_ids(ours(), every)


def test_pairs() -> None:
    assert_same_pairs(ours())


@pytest.mark.parametrize("max_length", [3, 4, 7, 10, 15, 24])
def test_what_is_cut_from_pairs(max_length: int) -> None:
    assert_same_pairs(ours(), max_length)


@pytest.mark.parametrize("max_length", [2, 3, 8, 13])
def test_what_is_cut_from_one_text(max_length: int) -> None:
    trusted = theirs()
    trusted.enable_truncation(max_length)
    for text, encoding in zip(asked()[:300], trusted.encode_batch(list(asked()[:300])), strict=True):
        assert ours().encode(text, max_length=max_length, cut=True) == encoding.ids, ascii(text)


def test_batches() -> None:
    assert_same_batches(ours())


def test_the_one_departure() -> None:
    """A typed name of a special token: theirs takes it for the token, ours for the signs and letters that it is."""
    assert theirs().encode("[MASK]").ids == [101, 103, 102]
    assert ours().mask_id == 103
    assert ours().encode("[MASK]") == [101, *(ours().entries.encode(["[", "mask", "]"])), 102]


# --- planted mistakes -------------------------------------------------------------------------------------------------


def shortest_first(self: WordPieceTokenizer, text: str, word: list, index: int) -> list[wordpiece.Token]:
    """The shortest piece that fits, instead of the longest."""
    start, tokens = 0, []
    while start < len(word):
        ends = (end for end in range(start + 1, len(word) + 1) if wordpiece._piece(word, start, end) in self.vocabulary)
        end = next(ends, None)
        if end is None:
            return [wordpiece.Token("", wordpiece.UNKNOWN, index, known=False)]
        tokens.append(wordpiece.Token("", wordpiece._piece(word, start, end), index, known=True))
        start = end
    return tokens


right_plain, right_encode = bert_words._plain, WordPieceTokenizer.encode


def accents_kept(character: str) -> str:
    plain = right_plain(character)
    return character.lower() if plain.strip() or bert_words.unicodedata.category(character) == "Mn" else plain


def without_end(self: WordPieceTokenizer, *given: object, **options: object) -> list[int]:
    return right_encode(self, *given, **options)[:-1]


def control_kept(character: str) -> str:
    return right_plain(character) or ("" if bert_words.unicodedata.category(character) == "Mn" else character)


MISTAKES: dict[str, tuple[object, str, Callable[..., object] | object]] = {
    "capitals kept": (bert_words, "_plain", lambda c: c if right_plain(c).strip() and c.isascii() else right_plain(c)),
    "accents kept": (bert_words, "_plain", accents_kept),
    "control characters kept": (bert_words, "_plain", control_kept),
    "Chinese not split": (bert_words, "is_ideograph", lambda character: False),
    "punctuation not split": (bert_words, "_is_punctuation", lambda character: False),
    "shortest piece first": (WordPieceTokenizer, "_spell", shortest_first),
    "no sign of continuation": (wordpiece, "CONTINUES", ""),
    "words of any length": (wordpiece, "LONGEST_WORD", 10_000),
    "words of 99 letters": (wordpiece, "LONGEST_WORD", 99),
    "no [SEP]": (WordPieceTokenizer, "encode", without_end),
    "unknown taken for padding": (WordPieceTokenizer, "unknown_id", 0),
    "[CLS] taken for [SEP]": (WordPieceTokenizer, "start_id", 102),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_every_planted_mistake_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MISTAKES[name])
    with pytest.raises((AssertionError, KeyError)):
        assert_same_ids(ours(), asked())


def from_the_front(several: list[list[int]], room: int) -> list[list[int]]:
    first, second = several
    shorter = min(len(first), len(second), room // 2)
    if len(first) > len(second):
        return [first[-(room - shorter) :], second[:shorter]]
    return [first[:shorter], second[len(second) - (room - shorter) :]]


def odd_place_to_the_first(several: list[list[int]], room: int) -> list[list[int]]:
    kept = min(len(several[0]), max(room - room // 2, room - len(several[1])))
    return [several[0][:kept], several[1][: room - kept]]


def second_cut_away(several: list[list[int]], room: int) -> list[list[int]]:
    return [several[0][:room], several[1][: max(0, room - len(several[0]))]]


@pytest.mark.parametrize("cut", [from_the_front, odd_place_to_the_first, second_cut_away])
def test_pairs_cut_otherwise_are_noticed(cut: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordpiece, "_cut_to", cut)
    with pytest.raises(AssertionError):
        assert_same_pairs(ours(), 10)


def every_place_real(self: WordPieceTokenizer, several: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    ids, _ = right_batch(self, several)
    return ids, torch.ones_like(ids, dtype=torch.bool)


def padded_on_the_left(self: WordPieceTokenizer, several: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    ids, token_mask = right_batch(self, several)
    order = token_mask.long().argsort(dim=1, stable=True)
    return ids.gather(1, order), token_mask.gather(1, order)


right_batch = WordPieceTokenizer.batch


@pytest.mark.parametrize("batch", [every_place_real, padded_on_the_left])
def test_batches_padded_otherwise_are_noticed(batch: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WordPieceTokenizer, "batch", batch)
    with pytest.raises(AssertionError):
        assert_same_batches(ours())
