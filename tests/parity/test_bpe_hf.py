"""Byte-pair encoding against the trainer and the tokenizer of the library ``tokenizers``."""

import json
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from attnlab.embedding import load_word_vectors
from attnlab.text import bpe_training
from attnlab.text.bpe import ByteLevelBPE, chunks
from attnlab.text.bpe_training import Pair
from tests.parity import texts

SENTENCES = Path(__file__).parents[1] / "unit" / "everyday_sentences.txt"


def visible_bytes() -> list[str]:
    """GPT-2's sign for each byte: itself where it can be seen, else one from U+0100 on, in order."""
    seen = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = iter(range(256, 512))
    return [chr(value) if value in seen else chr(next(hidden)) for value in range(256)]


SIGNS = visible_bytes()


def signs(token: bytes) -> str:
    return "".join(SIGNS[value] for value in token)


def many_words(count: int, seed: int) -> list[str]:
    """Words as a text has them: few are frequent."""
    words = load_word_vectors().tokens[:3000]
    return random.Random(seed).choices(words, weights=[1 / (rank + 1) for rank in range(len(words))], k=count)


def their_merges(text: str, n_merges: int) -> list[tuple[str, str]]:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=256 + n_merges, min_frequency=2, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([text], trainer)
    return [tuple(merge) for merge in json.loads(tokenizer.to_str())["model"]["merges"]]


def our_merges(text: str, n_merges: int) -> list[tuple[str, str]]:
    bpe = ByteLevelBPE.train(text, n_merges)
    return [(signs(bpe.tokens[first]), signs(bpe.tokens[second])) for first, second in bpe.merges]


# --- the same chunks --------------------------------------------------------------------------------------------------


def mixed() -> list[str]:
    words = load_word_vectors()
    asked = texts.mixed_texts(2000, words.tokens[: words.words], seed=31)
    return [text for text in asked if not any("\ud800" <= character <= "\udfff" for character in text)]


def test_texts_of_every_kind_are_cut_alike() -> None:
    theirs = pre_tokenizers.ByteLevel(add_prefix_space=False)
    for text in [*mixed(), *texts.one_of_each_character(), "it's 'tis we'll I'M ''s  x", "\x1c \x1c\x1d a"]:
        assert [signs(chunk) for chunk in chunks(text)] == [piece for piece, _ in theirs.pre_tokenize_str(text)], ascii(
            text
        )


# --- the same merges --------------------------------------------------------------------------------------------------


def assert_same_merges() -> None:
    """On bytes that both sides put in the same order, even ties are broken alike."""
    text = "\n".join(many_words(20_000, seed=5))
    ours = our_merges(text, 1000)
    assert len(ours) == 1000
    assert ours == their_merges(text, 1000)


def test_the_same_merges() -> None:
    assert_same_merges()


def test_the_same_counts_on_a_text_with_spaces_and_chinese() -> None:
    """Their order of bytes is another, so of several pairs with the highest count they may take another one.

    Following their choices, theirs is at each step one of the pairs with the highest count, and ours if there is one.
    """
    text = (
        " ".join(many_words(20_000, seed=6))
        + SENTENCES.read_text(encoding="utf-8")
        + "好久不见，你好！猴子吃香蕉。" * 40
    )
    counts = bpe_training._PairCounts(Counter(chunks(text)))
    ids = {sign: value for value, sign in enumerate(SIGNS)}
    alone = 0
    theirs = their_merges(text, 600)
    assert len(theirs) == 600
    for rank, (first, second) in enumerate(theirs):
        highest = max(counts.counts.values())
        best = [pair for pair, count in counts.counts.items() if count == highest]
        pair: Pair = (ids[first], ids[second])
        assert pair in best
        assert counts.best() == (min(best), highest)
        alone += len(best) == 1
        assert first + second not in ids  # two merges that make one token would be one id to them
        ids[first + second] = 256 + rank
        counts.merge(pair, 256 + rank)
    assert alone > 150


# --- the same tokens --------------------------------------------------------------------------------------------------


def assert_same_tokens(bpe: ByteLevelBPE, asked: list[str]) -> None:
    vocabulary = {signs(token): place for place, token in enumerate(bpe.tokens)}
    merges = [(signs(bpe.tokens[first]), signs(bpe.tokens[second])) for first, second in bpe.merges]
    assert len(vocabulary) == len(bpe.tokens)
    theirs = Tokenizer(models.BPE(vocabulary, merges))
    theirs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    theirs.decoder = decoders.ByteLevel()
    for text in asked:
        ids = bpe.encode(text)
        assert ids == theirs.encode(text).ids, ascii(text)
        assert bpe.decode(ids) == theirs.decode(ids) == text


def trained() -> ByteLevelBPE:
    return ByteLevelBPE.train(" ".join([*many_words(20_000, seed=7), *mixed()]), 1200)


def test_texts_of_every_kind_give_the_same_ids() -> None:
    assert_same_tokens(trained(), mixed())


# --- planted mistakes -------------------------------------------------------------------------------------------------


def largest_ids_first(self: bpe_training._PairCounts) -> tuple[Pair, int]:
    pair, count = max(self.counts.items(), key=lambda item: (item[1], item[0]))
    return pair, count


def test_ties_broken_otherwise_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bpe_training._PairCounts, "best", largest_ids_first)
    with pytest.raises(AssertionError):
        assert_same_merges()


def test_merges_in_another_order_are_noticed() -> None:
    class LatestFirst(ByteLevelBPE):
        def _spell_chunk(self, chunk: bytes) -> tuple[int, ...]:
            tokens = list(chunk)
            while found := [pair for pair in pairwise(tokens) if pair in self._rank]:
                pair = max(found, key=self._rank.__getitem__)
                tokens = bpe_training.merged(tokens, pair, 256 + self._rank[pair])
            return tuple(tokens)

    with pytest.raises(AssertionError):
        assert_same_tokens(LatestFirst(trained().merges), mixed())
