"""What all families of the Transformer have in common: a configuration, checks of what comes in, the output layer."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.attention import MultiHeadAttention
from attnlab.positions import LearnedPositions
from attnlab.transformer.config import TransformerConfig
from attnlab.transformer.sublayers import Embedding
from attnlab.transformer.trace import Trace

Record = dict[str, Tensor]
Gates = Mapping[str, Tensor]


class Transformer(nn.Module):
    """What the families share: ``EncoderOnly``, ``DecoderOnly`` and ``EncoderDecoder`` are made of it.

    Attributes:
        config: the :class:`TransformerConfig`.
        embedding: the :class:`Embedding` (in an encoder-decoder, the target's).
        unembedding: the output layer's own map to the vocabulary; None if it is tied to the embedding.

    Source: Vaswani et al. (2017), section 3.

    Example: see the families. Each of their attentions has a name, by which it is recorded and gated.

        >>> from attnlab.transformer import DecoderOnly, TransformerConfig
        >>> DecoderOnly(TransformerConfig(9, d_model=4, n_heads=2, n_layers=2, d_ff=8, max_length=5)).attention_names
        ['decoder.layers.0.self_attention', 'decoder.layers.1.self_attention']
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = Embedding(config)
        tied = config.tie_embeddings
        self.unembedding = None if tied else nn.Linear(config.d_model, config.vocab_size, bias=False)

    @property
    def max_length(self) -> int:
        """The most tokens a sequence may have."""
        return self.config.max_length

    @property
    def attention_names(self) -> list[str]:
        """The names of all attentions: those that gates are given by and weights recorded under."""
        return [name for name, module in self.named_modules() if isinstance(module, MultiHeadAttention)]

    def logits(self, hidden: Tensor) -> Tensor:
        """Return the score of each token of the vocabulary, ``(B, T, V)``, from vectors ``(B, T, D)``.

        Source: Vaswani et al. (2017), section 3.4. The softmax that makes probabilities of them is left to the caller.
        """
        matrix = self.embedding.tokens.weight if self.unembedding is None else self.unembedding.weight  # (V, D)
        return F.linear(hidden, matrix)  # (B, T, V)

    def initialize(self, generator: torch.Generator | None = None) -> None:
        """Draw all weights anew: maps by Glorot's uniform rule, embeddings normal, biases 0.

        The embeddings' deviation is ``1 / sqrt(D)`` where they are scaled, so that they reach 1 as the sinusoids
        do, and 0.02 elsewhere, as in BERT.

        Args:
            generator: the source of the numbers; torch's global one unless given.

        Source: Glorot and Bengio, *Understanding the difficulty of training deep feedforward networks* (2010), eq. 16.
        """
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight, generator=generator)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Embedding):
                std = self.config.d_model**-0.5 if self.config.scale_embeddings else 0.02
                nn.init.normal_(module.weight, std=std, generator=generator)
            elif isinstance(module, LearnedPositions):
                nn.init.normal_(module.weight, std=0.02, generator=generator)

    def _trace(self, record: Record | None, gates: Gates | None) -> Trace:
        """Where to record, and the gates, after they are found to fit."""
        if record is not None and not isinstance(record, dict):
            raise TypeError(f"record must be a dict to fill, got {type(record).__name__}")
        gates = {} if gates is None else gates
        for name, gate in gates.items():
            if name not in self.attention_names:
                raise ValueError(f"no attention is named {name!r}; known are {', '.join(self.attention_names)}")
            if tuple(gate.shape) != (self.config.n_heads,):
                raise ValueError(f"the gate of {name} has shape {tuple(gate.shape)}, not ({self.config.n_heads},)")
        return Trace(record, gates)

    def _token_mask(self, ids: Tensor, token_mask: Tensor | None) -> Tensor | None:
        """The given mask ``(B, T)`` after a check; without one, what ``pad_id`` says; None if all tokens are real."""
        if token_mask is None:
            return None if self.config.pad_id is None else ids != self.config.pad_id
        check_token_mask(token_mask, ids)
        return token_mask

    def _check_ids(self, name: str, ids: Tensor, vocab_size: int, start: int = 0) -> None:
        """Raise an error that quotes both numbers unless these are ids ``(B, T)`` that the model can read."""
        if not isinstance(ids, Tensor):
            raise TypeError(f"{name} must be a torch tensor, got {type(ids).__name__}")
        if ids.dtype not in (torch.int64, torch.int32):
            raise TypeError(f"{name} must be int64 or int32, got {ids.dtype}")
        if ids.dim() != 2 or 0 in ids.shape:
            raise ValueError(f"{name} must be (B, T) with at least one token, got shape {tuple(ids.shape)}")
        device = self.embedding.tokens.weight.device
        if ids.device != device:
            raise ValueError(f"{name} are on {ids.device} but the model is on {device}")
        if start + ids.shape[1] > self.max_length:
            cached = f" after {start} in the cache" if start else ""
            raise ValueError(f"{ids.shape[1]} tokens{cached}, but max_length={self.max_length}")
        if ids.device.type == "cpu":  # elsewhere it would make the device wait
            least, most = (int(number) for number in ids.aminmax())
            if least < 0 or most >= vocab_size:
                raise ValueError(f"{name} must be from 0 to {vocab_size - 1}, got {least if least < 0 else most}")


def check_token_mask(token_mask: Tensor, tokens: Tensor) -> None:
    """Raise an error unless the mask is bool and has the shape ``(B, T)`` of the tokens."""
    if not isinstance(token_mask, Tensor) or token_mask.dtype != torch.bool:
        found = token_mask.dtype if isinstance(token_mask, Tensor) else type(token_mask).__name__
        raise TypeError(f"a token mask must be a bool tensor (True = a real token), got {found}")
    if token_mask.shape != tokens.shape:
        raise ValueError(f"a token mask of shape {tuple(token_mask.shape)} for tokens {tuple(tokens.shape)}")
    if token_mask.device != tokens.device:
        raise ValueError(f"the token mask is on {token_mask.device} but the tokens are on {tokens.device}")
