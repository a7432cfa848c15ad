"""What every way of decoding needs: the model with the text it has read, and the plan of when to stop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

import torch
from torch import Tensor

from attnlab.transformer import DecoderOnly, EncoderDecoder

Model = DecoderOnly | EncoderDecoder
Reason = Literal["end", "max_new_tokens", "max_length"]


class Reader:
    """A model, the text that it starts from, and what its cache holds of it."""

    def __init__(
        self,
        model: Model,
        ids: Sequence[int] | Tensor,
        start_id: int | None,
        use_cache: bool,
        weights: bool,
        gates: Mapping[str, Tensor] | None,
    ) -> None:
        if not isinstance(model, DecoderOnly | EncoderDecoder):
            raise TypeError(f"model must be a DecoderOnly or an EncoderDecoder, got {type(model).__name__}")
        if model.training and model.config.dropout > 0:
            raise ValueError(f"the model would apply its dropout of {model.config.dropout}: call model.eval() first")
        self.model, self.weights, self.gates = model, weights, gates
        self.vocab_size = model.config.vocab_size
        self.device = next(model.parameters()).device
        self.prompt = self._prompt(ids, start_id)
        self.room = model.max_length - len(self.prompt) + 1
        self.cache = model.new_cache() if use_cache else None

    def _prompt(self, ids: Sequence[int] | Tensor, start_id: int | None) -> list[int]:
        """The tokens that come before the first new one. The source of an ``EncoderDecoder`` is read here."""
        text = _as_list(ids)
        if not text:
            raise ValueError("ids holds 0 tokens: there must be at least 1 to go on from")
        if len(text) > self.model.max_length:
            raise ValueError(f"ids holds {len(text)} tokens but the model reads at most {self.model.max_length}")
        if isinstance(self.model, DecoderOnly):
            if start_id is not None:
                raise ValueError(f"a DecoderOnly begins with its prompt, but start_id={start_id} was given")
            check_ids(text, self.vocab_size, "ids")
            return text
        if start_id is None:
            raise ValueError("an EncoderDecoder needs a start_id, the token that its decoder begins with")
        check_ids([start_id], self.vocab_size, "start_id")
        check_ids(text, self.model.config.source_vocab_size or self.vocab_size, "ids")
        with torch.no_grad():
            self.memory = self.model.encode(torch.tensor([text], device=self.device), gates=self.gates)  # (1, S, D)
        return [start_id]

    @torch.no_grad()
    def read(self, texts: Sequence[tuple[int, ...]]) -> tuple[Tensor, dict[str, Tensor]]:
        """The log-probabilities of the next token ``(W, V)``, and each attention's last row ``(W, H, Tk)``.

        ``texts`` are ``W`` texts of equal length. What the cache holds of them is not read again.
        """
        rows = torch.tensor([[*self.prompt, *text] for text in texts], device=self.device)  # (W, T)
        if self.cache is not None:
            rows = rows[:, self.cache.length :]
        record: dict[str, Tensor] | None = {} if self.weights else None
        if isinstance(self.model, DecoderOnly):
            logits = self.model(rows, cache=self.cache, gates=self.gates, record=record)  # (W, T, V)
        else:
            memory = self.memory.expand(len(rows), -1, -1)  # (W, S, D)
            logits = self.model.decode(rows, memory, cache=self.cache, gates=self.gates, record=record)  # (W, T, V)
        last = logits[:, -1].double()  # (W, V)
        if last.isnan().any():
            raise ValueError(f"the model gave NaN for {int(last.isnan().sum())} of {last.numel()} logits")
        named = (record or {}).items()
        return last.log_softmax(-1), {name: found[:, :, -1] for name, found in named if name.endswith(".weights")}

    def follow(self, parents: Sequence[int]) -> None:
        """From now on row ``i`` of the texts continues what was row ``parents[i]``."""
        if self.cache is not None:
            self.cache.reorder(torch.tensor(parents, dtype=torch.long, device=self.device))


@dataclass(frozen=True)
class Plan:
    """What is asked of a decoding, whichever way its tokens are chosen."""

    max_new_tokens: int
    end_id: int | None
    room: int  # how many new tokens there are when the text is longer than the model can read
    forced: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def checked(cls, reader: Reader, max_new_tokens: int, end_id: int | None, forced: Mapping[int, int] | None) -> Self:
        if whole_number(max_new_tokens, "max_new_tokens") < 1:
            raise ValueError(f"max_new_tokens must be at least 1, got {max_new_tokens}")
        if end_id is not None:
            check_ids([end_id], reader.vocab_size, "end_id")
        for step, token in (forced or {}).items():
            if not 0 <= whole_number(step, "a forced step") < min(max_new_tokens, reader.room):
                most = min(max_new_tokens, reader.room)
                raise ValueError(f"step {step} is forced, but there are at most {most} steps, counted from 0")
            check_ids([token], reader.vocab_size, f"the token forced at step {step}")
        return cls(max_new_tokens, end_id, reader.room, dict(forced or {}))

    def reason_to_stop(self, ids: tuple[int, ...]) -> Reason | None:
        if ids[-1] == self.end_id:
            return "end"
        if len(ids) >= self.max_new_tokens:
            return "max_new_tokens"
        return "max_length" if len(ids) >= self.room else None


def _as_list(ids: Sequence[int] | Tensor) -> list[int]:
    """The ids as a list, or an error that says what they are instead."""
    if isinstance(ids, Tensor):
        if ids.dim() != 1:
            raise ValueError(f"ids must be one text, (T,), got shape {tuple(ids.shape)}")
        if ids.is_floating_point() or ids.dtype == torch.bool:
            raise TypeError(f"ids must hold whole numbers, got {ids.dtype}")
        return [int(token) for token in ids.tolist()]
    return [whole_number(token, "a token id") for token in ids]


def whole_number(number: int, name: str) -> int:
    if isinstance(number, bool) or not hasattr(number, "__index__"):
        raise TypeError(f"{name} must be a whole number, got {number!r}")
    return int(number)


def check_ids(ids: Sequence[int], vocab_size: int, name: str) -> None:
    for token in ids:
        if not 0 <= whole_number(token, name) < vocab_size:
            raise ValueError(
                f"{name}: token {token} is not in the vocabulary of {vocab_size}, ids 0 to {vocab_size - 1}"
            )
