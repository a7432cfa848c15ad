"""The writer: goes on with an English text."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from attnlab.decoding import Step, greedy, run_to_end, sample
from attnlab.models.files import load_model, shipped_folder
from attnlab.text import ByteLevelBPE
from attnlab.transformer import DecoderOnly


@dataclass(frozen=True, eq=False)
class Writer:
    """Goes on with an English text. Made by :func:`load_writer`.

    Attributes:
        model: a ``DecoderOnly`` to look into.
        tokenizer: spells English with byte pairs.

    Example:

        >>> load_writer().write("The", max_new_tokens=5, seed=0).startswith("The")
        True
    """

    model: DecoderOnly
    tokenizer: ByteLevelBPE

    def read(self, text: str, *, cut: bool = False) -> list[int]:
        """Return the ids that the model goes on from: the start token and the text's.

        Args:
            text: English; an empty text lets the model begin by itself.
            cut: leave out tokens at the beginning of a text that leaves no room to go on, instead of an error.

        Raises:
            TypeError: the text is not a string.
            ValueError: the text has as many tokens as the model can read, or more.

        Example: the start token alone.

            >>> writer = load_writer()
            >>> writer.read("") == [writer.tokenizer.start_id]
            True
        """
        ids = self.tokenizer.encode(text)
        room = self.model.max_length - 2  # for the start token, and one to be written
        if len(ids) > room and not cut:
            raise ValueError(f"the text has {len(ids)} tokens, the writer goes on from at most {room}")
        return [self.tokenizer.start_id, *ids[-room:]]

    def steps(
        self,
        text: str,
        *,
        max_new_tokens: int,
        seed: int | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        cut: bool = False,
    ) -> Iterator[Step]:
        """Return the steps of going on with a text, one for each token.

        Args:
            text, cut: as for :meth:`read`.
            max_new_tokens: how many tokens are written at most.
            seed: draws the tokens; without one, each is the likeliest.
            temperature, top_k, top_p: see ``attnlab.decoding.sample``.

        Raises:
            TypeError, ValueError: as :meth:`read` and ``attnlab.decoding.sample``.
        """
        ids, end_id = self.read(text, cut=cut), self.tokenizer.end_id
        if seed is None:
            return greedy(self.model, ids, max_new_tokens=max_new_tokens, end_id=end_id, return_weights=True)
        return sample(
            self.model,
            ids,
            generator=torch.Generator().manual_seed(seed),
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            max_new_tokens=max_new_tokens,
            end_id=end_id,
            return_weights=True,
        )

    def write(
        self,
        text: str,
        *,
        max_new_tokens: int = 40,
        seed: int | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
    ) -> str:
        """Return a text and how the model goes on with it. Arguments and errors: see :meth:`steps`."""
        steps = self.steps(
            text, max_new_tokens=max_new_tokens, seed=seed, temperature=temperature, top_k=top_k, top_p=top_p
        )
        return text + self.tokenizer.decode(run_to_end(steps), skip_special=True)


def load_writer(folder: str | Path | None = None) -> Writer:
    """Return the writer in a folder; the book's own unless given.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: the folder holds another kind of model.

    Example: see :class:`Writer`.

        >>> load_writer().model.config.n_layers > 1
        True
    """
    place = shipped_folder("writer") if folder is None else Path(folder)
    stored = load_model(place)
    tokenizer = stored.tokenizers.get("text")
    if not isinstance(stored.model, DecoderOnly) or not isinstance(tokenizer, ByteLevelBPE):
        raise ValueError(f"{place} holds a {type(stored.model).__name__}, a writer is a DecoderOnly with byte pairs")
    return Writer(stored.model, tokenizer)
