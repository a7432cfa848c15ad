"""Byte-pair encoding: a vocabulary that grows out of a text, one merge at a time.

A text is first 256 kinds of bytes. The pair of neighbors that is met most often becomes a new token, then the next
pair, and so on. Every text of the world can be spelled, since its bytes can; nothing is ever unknown.

How the merges are learned, and how ties are broken, says ``attnlab.text.bpe_training``. Each merge makes a token of its
own: should two merges spell the same bytes, these are two tokens.

Source: Sennrich et al., *Neural Machine Translation of Rare Words with Subword Units* (2016), section 3.2; for bytes,
Radford et al., *Language Models are Unsupervised Multitask Learners* (2019), section 2.2.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import lru_cache
from itertools import pairwise
from os import PathLike
from pathlib import Path
from random import Random
from typing import SupportsIndex

from attnlab.text.bpe_training import BYTES, MergeStep, Pair, chunks, merged, train_steps
from attnlab.text.special_tokens import NO_SPECIALS, SpecialIds, SpecialTokens
from attnlab.text.vocabulary import checked_ids

__all__ = ["ByteLevelBPE", "MergeStep", "chunks", "train_steps"]

REMEMBERED = 2**15  # how many spelled chunks a tokenizer keeps


class ByteLevelBPE(SpecialIds):
    """Spells any text with bytes and the tokens that its merges make.

    Ids: 0 to 255 are the bytes, then comes one id for each merge, then the special tokens. Typed text never gives a
    special token: put ``start_id`` and its like beside the ids of a text yourself.

    Args:
        merges: for each merge the ids of its two tokens, in the order of the training.
        special: the special tokens.

    Attributes:
        merges: as given.
        tokens: the bytes of each id, special tokens not included.

    Raises:
        TypeError: a merge is not a pair of whole numbers.
        ValueError: a merge needs a token that does not exist yet, or is there twice.

    Source: Sennrich et al. (2016), section 3.2; Radford et al. (2019), section 2.2.

    Example: ``l`` is byte 108 and ``o`` is byte 111, so the first merge, 256, is ``lo``; the second is ``low``.

        >>> bpe = ByteLevelBPE([(108, 111), (256, 119)])
        >>> bpe.tokenize("slow lower")
        [b's', b'low', b' ', b'low', b'e', b'r']
        >>> bpe.encode("slow")
        [115, 257]
        >>> bpe.decode([115, 257])
        'slow'
    """

    def __init__(self, merges: Iterable[Sequence[int]], *, special: SpecialTokens = NO_SPECIALS) -> None:
        self.special = special
        self.tokens = tuple(bytes([value]) for value in range(BYTES))
        self._rank: dict[Pair, int] = {}
        tokens = list(self.tokens)
        for rank, merge in enumerate(merges):
            pair = _checked_merge(merge, rank)
            if pair in self._rank:
                raise ValueError(f"merge {rank} is the pair {pair}, and so is merge {self._rank[pair]}")
            self._rank[pair] = rank
            tokens.append(tokens[pair[0]] + tokens[pair[1]])
        self.tokens = tuple(tokens)
        self.merges = tuple(self._rank)
        self._spell = lru_cache(maxsize=REMEMBERED)(self._spell_chunk)

    @classmethod
    def train(
        cls, texts: str | Iterable[str], n_merges: int, *, min_count: int = 2, special: SpecialTokens = NO_SPECIALS
    ) -> "ByteLevelBPE":
        """Return the tokenizer that ``n_merges`` merges on some texts give; fewer if no pair is met often enough.

        Args:
            texts: one text or several. What a special token is called may be in them: it is text like any other.
            n_merges: how many merges to make.
            min_count: a pair that is met less often is not merged.
            special: the special tokens; their ids come last.

        Raises:
            TypeError: a text is not a string.
            ValueError: there is no text, ``n_merges`` is negative, ``min_count`` is less than 1, or a text holds half
                of a surrogate pair.

        Source: Sennrich et al. (2016), algorithm 1. The counts are kept from merge to merge instead of counted anew.

        Example: "banana" and "band" hold ``an`` three times; then ``b an`` is met twice. No other pair is.

            >>> bpe = ByteLevelBPE.train("banana band", n_merges=10)
            >>> bpe.tokens[256:]
            (b'an', b'ban')
        """
        return cls((step.ids for step in train_steps(texts, n_merges, min_count=min_count)), special=special)

    def __len__(self) -> int:
        """How many ids there are: bytes, merges and special tokens."""
        return len(self.tokens) + len(self.special.present)

    def _place_of(self, token: str) -> int:
        return len(self.tokens) + self.special.present.index(token)

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, ``(T,)``. ``decode`` gives the text back, whatever it is.

        Raises:
            TypeError: the text is not a string.
            ValueError: the text holds half of a surrogate pair, which is no character and has no bytes.
        """
        return [token for chunk in chunks(text) for token in self._spell(chunk)]

    def tokenize(self, text: str) -> list[bytes]:
        """Return the tokens of a text, as bytes. A token can hold a part of a character. Raises as ``encode`` does."""
        return [self.tokens[place] for place in self.encode(text)]

    def decode(self, ids: Iterable[SupportsIndex], *, skip_special: bool = False) -> str:
        """Return the text that ids ``(T,)`` spell, special tokens by their names or left out.

        Ids that a model chose may spell bytes that are no text: U+FFFD stands for those.

        Raises:
            TypeError: the ids are not whole numbers.
            ValueError: an id is out of range, or the ids have more axes than one.
        """
        named = () if skip_special else (token.encode("utf-8") for token in self.special.present)
        spelled = (*self.tokens, *named)
        places = checked_ids(ids, len(self))
        return b"".join(spelled[place] for place in places if place < len(spelled)).decode("utf-8", errors="replace")

    def _spell_chunk(self, chunk: bytes) -> tuple[int, ...]:
        """The ids of one chunk: the merges that apply, the earliest first."""
        tokens = list(chunk)
        while len(tokens) > 1:
            pair = min(pairwise(tokens), key=lambda pair: self._rank.get(pair, math.inf))
            if pair not in self._rank:
                break
            tokens = merged(tokens, pair, BYTES + self._rank[pair])
        return tuple(tokens)

    def encode_at_random(self, text: str, dropout: float, random: Random) -> list[int]:
        """Return ids of a text of which some merges were left out by chance, ``(T,)``; they decode to the same text.

        A model that is trained on ever other spellings learns what the tokens are made of.

        Args:
            text: as for :meth:`encode`.
            dropout: how likely each merge, each time it would apply, is passed over; 0 is :meth:`encode`.
            random: draws which.

        Raises:
            TypeError, ValueError: as :meth:`encode`, or the dropout is not from 0 to 1.

        Source: Provilkov et al., *BPE-Dropout: Simple and Effective Subword Regularization* (2020), algorithm 1.

        Example: with every merge passed over, the bytes are left.

            >>> bpe = ByteLevelBPE([(108, 111), (256, 119)])
            >>> bpe.encode_at_random("low", 0.0, Random(0)), bpe.encode_at_random("low", 1.0, Random(0))
            ([257], [108, 111, 119])
        """
        if not 0 <= dropout <= 1:
            raise ValueError(f"dropout must be from 0 to 1, got {dropout}")
        return [token for chunk in chunks(text) for token in self._spell_at_random(chunk, dropout, random)]

    def _spell_at_random(self, chunk: bytes, dropout: float, random: Random) -> list[int]:
        """The ids of one chunk, merged pair by pair, the earliest merge first of those that are not passed over."""
        tokens = list(chunk)
        while len(tokens) > 1:
            ranked = [(self._rank.get(pair, math.inf), place) for place, pair in enumerate(pairwise(tokens))]
            rank, place = min((pair for pair in ranked if random.random() >= dropout), default=(math.inf, 0))
            if rank == math.inf:
                break
            tokens[place : place + 2] = [BYTES + int(rank)]
        return tokens

    def save(self, path: str | PathLike[str]) -> None:
        """Write merges and special tokens to a JSON file."""
        saved = {"merges": self.merges, "special": asdict(self.special)}
        Path(path).write_text(json.dumps(saved) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | PathLike[str]) -> "ByteLevelBPE":
        """Return the tokenizer that ``save`` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is something else.
        """
        content = Path(path).read_bytes()
        try:
            saved = json.loads(content)
            return cls(saved["merges"], special=SpecialTokens(**saved["special"]))
        except (ValueError, TypeError, KeyError) as problem:
            raise ValueError(f"{path} holds {len(content)} bytes that are not merges ({problem})") from problem


def _checked_merge(merge: Sequence[int], rank: int) -> Pair:
    """A merge as a pair of ids that exist before it."""
    if not isinstance(merge, Sequence) or len(merge) != 2:
        raise TypeError(f"merge {rank} must be a pair of ids, got {merge!r}")
    try:
        first, second = checked_ids(merge, BYTES + rank)
    except ValueError as problem:
        raise ValueError(f"merge {rank}: {problem}") from None
    return first, second
