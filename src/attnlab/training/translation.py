"""Training a translator: pairs of sentences in, BLEU out."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

import torch
from torch import Tensor, nn

from attnlab.data import SentencePair, group_references
from attnlab.text import ByteLevelBPE, CharacterTokenizer, SpecialTokens, normalize_chinese
from attnlab.training.batches import NOT_COUNTED, Batch, padded, token_batches
from attnlab.training.scores import translation_scores
from attnlab.transformer import EncoderDecoder

SOURCE_SPECIALS = SpecialTokens(unknown="<unknown>", end="<end>")
TARGET_SPECIALS = SpecialTokens(start="<start>", end="<end>")
FILLER = 0  # what stands at padding; the mask hides it, so it can be any id


@dataclass(frozen=True, kw_only=True)
class Restraint:
    """What keeps a translator from learning its few sentences by heart.

    Attributes:
        spelling_dropout: how likely a merge is passed over when a target is spelled; see
            ``ByteLevelBPE.encode_at_random``.
        source_dropout: how likely a character of the source is replaced by the unknown one.

    Raises:
        ValueError: one of them is not from 0 to 1.

    Example:

        >>> Restraint(spelling_dropout=0.1).source_dropout
        0.0
    """

    spelling_dropout: float = 0.0
    source_dropout: float = 0.0

    def __post_init__(self) -> None:
        for name, share in asdict(self).items():
            if not 0 <= share <= 1:
                raise ValueError(f"{name} must be from 0 to 1, got {share}")


def source_ids(tokenizer: CharacterTokenizer, chinese: str) -> list[int]:
    """Return what the encoder reads: the characters of a normalized sentence and the end token.

    Example:

        >>> tokenizer = CharacterTokenizer.from_text("你好", special=SOURCE_SPECIALS)
        >>> source_ids(tokenizer, "你 好吗")  # the last character is unknown
        [2, 3, 0, 1]
    """
    return [*tokenizer.encode(normalize_chinese(chinese)), tokenizer.end_id]


class TranslationTask:
    """Sentences to learn from and others to be scored on; see :class:`attnlab.training.Task`.

    Args:
        pairs: to learn from.
        held_out: to be scored on.
        source, target: the tokenizers of Chinese and English, with the tokens of ``SOURCE_SPECIALS`` and
            ``TARGET_SPECIALS``.
        tokens_per_batch: see ``TrainingConfig``.
        max_length: the most tokens that the model reads or writes. None: tokens_per_batch alone sets a bound.
        restraint: what is dropped from the sentences.
        seed: decides the order of the sentences and what is dropped.

    Raises:
        ValueError: there is no pair on one of the sides, a tokenizer lacks a special token, or a sentence to learn from
            is too long.

    Example: one pair, spelled in bytes. The target is read from its start token 256, and answered up to its end, 257.

        >>> pairs = [SentencePair("Hi", "你好", "")]
        >>> source = CharacterTokenizer.from_text("你好", special=SOURCE_SPECIALS)
        >>> task = TranslationTask(pairs, pairs, source, ByteLevelBPE([], special=TARGET_SPECIALS), tokens_per_batch=9)
        >>> [batch] = task.epoch(0)
        >>> [tensor.tolist() for tensor in (*batch.inputs, batch.answers)]
        [[[2, 3, 1]], [[256, 72, 105]], [[True, True, True]], [[72, 105, 257]]]
    """

    score = "bleu"
    higher_is_better = True

    def __init__(
        self,
        pairs: Sequence[SentencePair],
        held_out: Sequence[SentencePair],
        source: CharacterTokenizer,
        target: ByteLevelBPE,
        *,
        tokens_per_batch: int,
        max_length: int | None = None,
        restraint: Restraint = Restraint(),
        seed: int = 0,
    ) -> None:
        if not pairs or not held_out:
            raise ValueError(f"{len(pairs)} pairs to learn from and {len(held_out)} to be scored on: both need 1")
        self.source, self.target = source, target
        self.tokens_per_batch, self.restraint, self.seed = tokens_per_batch, restraint, seed
        self.longest = tokens_per_batch if max_length is None else min(tokens_per_batch, max_length)
        self.sources = [source_ids(source, pair.chinese) for pair in pairs]
        self.english = [pair.english for pair in pairs]
        self.held_out = group_references(held_out)
        self._check_fit()

    @property
    def description(self) -> dict[str, Any]:
        """What the task is made of, by name; ``text`` is a digest of all sentences and merges."""
        text = repr((self.sources, self.english, self.held_out, self.target.merges, self.source.vocabulary.tokens))
        return {
            "pairs": len(self.english),
            "held_out": len(self.held_out),
            "text": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16],
            "tokens_per_batch": self.tokens_per_batch,
            "longest": self.longest,
            "seed": self.seed,
            **asdict(self.restraint),
        }

    def epoch(self, number: int) -> list[Batch]:
        """Return the batches of an epoch: all pairs once, in an order and spelling of its own."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + number)
        random = Random(f"{self.seed} {number}")
        targets = [self._spell(sentence, random) for sentence in self.english]
        sources = [self._thin_out(ids, random) for ids in self.sources]
        return [
            batch_of([sources[place] for place in places], [targets[place] for place in places])
            for places in token_batches(_lengths(sources, targets), self.tokens_per_batch, generator)
        ]

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """Return BLEU and chrF of greedy translations of the held-out sentences, references grouped by source."""
        assert isinstance(model, EncoderDecoder)
        translations = translate_greedily(model, [source for source, _ in self.held_out], self.source, self.target)
        return translation_scores(translations, [references for _, references in self.held_out])

    def _check_fit(self) -> None:
        """Raise an error if a sentence is too long, or there is a special token too few, before hours have gone by."""
        _ = self.source.unknown_id, self.source.end_id, self.target.start_id, self.target.end_id
        lengths = _lengths(self.sources, [self._framed(self.target.encode(sentence)) for sentence in self.english])
        if max(lengths) > self.longest:
            count = sum(length > self.longest for length in lengths)
            raise ValueError(
                f"{count} of {len(lengths)} pairs have more than {self.longest} tokens, the longest {max(lengths)}: "
                "leave them out, or raise tokens_per_batch and max_length"
            )

    def _spell(self, sentence: str, random: Random) -> list[int]:
        """The ids of a target, start and end included. A spelling by chance that gets too long is not taken."""
        dropout = self.restraint.spelling_dropout
        if dropout:
            ids = self.target.encode_at_random(sentence, dropout, random)
            if len(ids) < self.longest:
                return self._framed(ids)
        return self._framed(self.target.encode(sentence))

    def _framed(self, ids: list[int]) -> list[int]:
        return [self.target.start_id, *ids, self.target.end_id]

    def _thin_out(self, ids: list[int], random: Random) -> list[int]:
        dropout = self.restraint.source_dropout
        if not dropout:
            return ids
        return [self.source.unknown_id if random.random() < dropout else token for token in ids[:-1]] + ids[-1:]


def _lengths(sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> list[int]:
    """How long each pair is: its source, or its target as the decoder reads it, which is without the end."""
    return [max(len(source), len(target) - 1) for source, target in zip(sources, targets, strict=True)]


def batch_of(sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> Batch:
    """Return a batch whose inputs are source ``(B, S)``, target ``(B, T)`` and source mask ``(B, S)``.

    The decoder reads each target without its last token, and answers with it from the second token on.

    Example: at the start token 8 the answer is 3, at 3 it is the end token 9.

        >>> batch = batch_of([[1, 2]], [[8, 3, 9]])
        >>> batch.inputs[1].tolist(), batch.answers.tolist()
        ([[8, 3]], [[3, 9]])
    """
    source = padded(sources, FILLER)  # (B, S)
    lengths = torch.tensor([len(row) for row in sources])  # (B,)
    source_mask = torch.arange(source.shape[1]) < lengths[:, None]  # (B, S)
    target = padded([row[:-1] for row in targets], FILLER)  # (B, T)
    answers = padded([row[1:] for row in targets], NOT_COUNTED)  # (B, T)
    return Batch((source, target, source_mask), answers, tokens=sum(len(row) - 1 for row in targets))


@torch.no_grad()
def translate_greedily(
    model: EncoderDecoder,
    sentences: Sequence[str],
    source: CharacterTokenizer,
    target: ByteLevelBPE,
    *,
    batch_size: int = 128,
) -> list[str]:
    """Return the greedy translations of many sentences, computed in batches: the scores of a run need them often.

    They are those of :func:`attnlab.decoding.greedy`. Of a sentence that is longer than the model can read, the start
    is translated; a translation that does not end is as long as the model can write.

    Args:
        model: in evaluation mode.
        sentences: in Chinese, normalized or not.
        source, target: the tokenizers.
        batch_size: how many sentences are translated together.

    Raises:
        ValueError: the model is in training mode.

    Example: an untrained model, whose words are random.

        >>> from attnlab.transformer import TransformerConfig
        >>> source = CharacterTokenizer.from_text("你好", special=SOURCE_SPECIALS)
        >>> target = ByteLevelBPE([], special=TARGET_SPECIALS)
        >>> config = TransformerConfig(len(target), 4, 2, 1, 8, max_length=5, source_vocab_size=len(source))
        >>> len(translate_greedily(EncoderDecoder(config).eval(), ["你好", "好"], source, target))
        2
    """
    if model.training:
        raise ValueError("the model is in training mode, where it may drop numbers: call its eval() first")
    device = model.embedding.tokens.weight.device
    ids = [[*source_ids(source, sentence)[:-1][: model.max_length - 1], source.end_id] for sentence in sentences]
    order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
    found: dict[int, str] = {}
    for start in range(0, len(order), batch_size):
        places = order[start : start + batch_size]
        batch = batch_of([ids[place] for place in places], [[target.start_id, target.end_id]] * len(places)).to(device)
        rows = _greedy_rows(model, batch.inputs[0], batch.inputs[2], target.start_id, target.end_id)
        found |= {place: target.decode(row) for place, row in zip(places, rows, strict=True)}
    return [found[place] for place in range(len(ids))]


def _greedy_rows(
    model: EncoderDecoder, source: Tensor, source_mask: Tensor, start_id: int, end_id: int
) -> list[list[int]]:
    """The likeliest tokens of each row until its end token, which is left out."""
    memory, cache = model.encode(source, source_mask), model.new_cache()
    newest = torch.full((len(source), 1), start_id, device=source.device)  # (B, 1)
    written: list[Tensor] = []
    ended = torch.zeros(len(source), dtype=torch.bool, device=source.device)  # (B,)
    while len(written) < model.max_length and not ended.all():
        newest = model.decode(newest, memory, source_mask, cache=cache)[:, -1:].argmax(dim=-1)  # (B, 1)
        ended |= newest[:, 0] == end_id
        written.append(newest)
    rows = torch.cat(written, dim=1).tolist()  # (B, T)
    return [row[: row.index(end_id)] if end_id in row else row for row in rows]
