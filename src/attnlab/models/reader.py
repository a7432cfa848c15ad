"""The reader: fills the blanks of an English text."""

import re
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from attnlab.models.files import load_model, shipped_folder
from attnlab.text import ByteLevelBPE
from attnlab.transformer import EncoderOnly

BLANK = re.compile(r" ?_{2,}")  # two underscores or more, with the space before them, which a token begins with


@dataclass(frozen=True, eq=False)
class Blank:
    """What could stand in one blank.

    Attributes:
        place: of its mask token among the tokens of the text.
        tokens: the likeliest tokens as text, the likeliest first. A leading space belongs to a token.
        probabilities: of these tokens.
        distribution: ``(V,)``, the probabilities of all tokens.
    """

    place: int
    tokens: tuple[str, ...]
    probabilities: tuple[float, ...]
    distribution: Tensor


@dataclass(frozen=True, eq=False)
class Reader:
    """Fills the blanks of an English text. Made by :func:`load_reader`.

    Attributes:
        model: an ``EncoderOnly`` to look into.
        tokenizer: spells English with byte pairs.

    Example: a blank is two underscores or more. One token goes into each.

        >>> blank, = load_reader().fill("He lives in the United __ of America.")
        >>> blank.tokens[0]
        ' States'
    """

    model: EncoderOnly
    tokenizer: ByteLevelBPE

    def read(self, text: str) -> list[int]:
        """Return the ids of a text with blanks: start token, tokens and masks, end token.

        Raises:
            TypeError: the text is not a string.
            ValueError: the text is empty, or longer than the model can read.

        Example:

            >>> reader = load_reader()
            >>> reader.read("__") == [reader.tokenizer.start_id, reader.tokenizer.mask_id, reader.tokenizer.end_id]
            True
        """
        if not isinstance(text, str):
            raise TypeError(f"text must be a string, got {type(text).__name__}")
        if not text.strip():
            raise ValueError("there is nothing to read: the text has 0 words")
        ids = [self.tokenizer.start_id]
        for number, part in enumerate(BLANK.split(text)):
            ids += [self.tokenizer.mask_id] if number else []
            ids += self.tokenizer.encode(part)
        ids.append(self.tokenizer.end_id)
        if len(ids) > self.model.max_length:
            raise ValueError(f"the text has {len(ids)} tokens, the reader reads at most {self.model.max_length}")
        return ids

    @torch.no_grad()
    def fill(self, text: str, *, candidates: int = 5) -> list[Blank]:
        """Return what could stand in each blank of a text, in their order.

        Args:
            text: English, with ``__`` for each token to be found.
            candidates: how many tokens to name for each.

        Raises:
            TypeError: the text is not a string.
            ValueError: as :meth:`read`, there is no blank, or ``candidates`` is not from 1 to V.
        """
        ids = self.read(text)
        places = [place for place, token in enumerate(ids) if token == self.tokenizer.mask_id]
        if not places:
            raise ValueError("the text has 0 blanks: write __ where a word is to be found")
        V = self.model.config.vocab_size
        if not 1 <= candidates <= V:
            raise ValueError(f"candidates must be from 1 to {V}, got {candidates}")
        logits = self.model.logits(self.model(torch.tensor([ids])))[0, places]  # (blanks, V)
        distributions = logits.double().softmax(dim=-1)
        return [self._blank(place, row, candidates) for place, row in zip(places, distributions, strict=True)]

    def _blank(self, place: int, distribution: Tensor, candidates: int) -> Blank:
        probabilities, tokens = distribution.topk(candidates)
        names = tuple(self.tokenizer.decode([token]) for token in tokens.tolist())
        return Blank(place, names, tuple(probabilities.tolist()), distribution)


def load_reader(folder: str | Path | None = None) -> Reader:
    """Return the reader in a folder; the book's own unless given.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: the folder holds another kind of model.

    Example: see :class:`Reader`.

        >>> load_reader().model.config.n_layers > 1
        True
    """
    place = shipped_folder("reader") if folder is None else Path(folder)
    stored = load_model(place)
    tokenizer = stored.tokenizers.get("text")
    if not isinstance(stored.model, EncoderOnly) or not isinstance(tokenizer, ByteLevelBPE):
        raise ValueError(f"{place} holds a {type(stored.model).__name__}, a reader is an EncoderOnly with byte pairs")
    return Reader(stored.model, tokenizer)
