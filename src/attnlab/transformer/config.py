"""The numbers and choices that make one Transformer differ from another."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

Norm = Literal["post", "pre"]
Activation = Literal["relu", "gelu"]
Positions = Literal["sinusoidal", "learned", "rotary", "alibi", "none"]


@dataclass(frozen=True)
class TransformerConfig:
    """The shape of a Transformer, checked when it is made.

    Args:
        vocab_size: ``V``: the tokens of the vocabulary (of the target's, if the source has another).
        d_model: ``D``: the width of a token's vector.
        n_heads: ``H``: each head is ``D / H`` wide.
        n_layers: how many layers the stack has; in an encoder-decoder, the encoder.
        d_ff: the width of the hidden layer of each feed-forward network.
        max_length: the most tokens a sequence may have.
        n_decoder_layers: how many layers the decoder of an encoder-decoder has; ``n_layers`` unless given.
        source_vocab_size: the tokens of the encoder's vocabulary; None if both share one.
        norm: "post" normalizes after each residual sum (2017), "pre" before each sublayer (GPT-2 and most since).
        activation: of the feed-forward network; "gelu" is the exact one, with the error function.
        positions: "sinusoidal" and "learned" are added to the embeddings, "rotary" turns queries and keys, "alibi" is
            added to the scores of self-attention.
        dropout: the share of numbers set to 0 in training: of the embeddings, the weights and each sublayer's output.
        layer_norm_eps: added to the variance before its root is taken.
        tie_embeddings: the output layer, and the source's embedding if the vocabulary is shared, use the embedding's
            matrix (section 3.4).
        scale_embeddings: multiply the embeddings by ``sqrt(D)`` (section 3.4). Unless given, so if the positions are
            sinusoidal: their numbers reach 1, those of a tied embedding are about ``1 / sqrt(D)``.
        n_segments: how many segments (sentence A, sentence B) have a learned vector of their own; 0 for none.
        embedding_norm: normalize the sum of the embeddings, as BERT does.
        final_norm: normalize once more after the last layer. Unless given, so with pre-norm, whose sums need it.
        pad_id: the token that fills up short sequences: it is masked wherever no mask is given. None for none.

    Raises:
        TypeError: a value of the wrong type.
        ValueError: a size below 1, or two values that do not fit each other.

    Source: Vaswani et al. (2017), section 3 and table 3; Xiong et al., *On Layer Normalization in the Transformer
    Architecture* (2020), for the place of the norm.

    Example: the base model of 2017, whose heads are 64 wide.

        >>> config = TransformerConfig(37000, d_model=512, n_heads=8, n_layers=6, d_ff=2048, max_length=1024)
        >>> config.head_width, config.final_norm, config.scale_embeddings
        (64, False, True)
        >>> TransformerConfig.from_dict(config.to_dict()) == config
        True
    """

    vocab_size: int
    d_model: int
    n_heads: int
    n_layers: int
    d_ff: int
    max_length: int
    n_decoder_layers: int | None = None
    source_vocab_size: int | None = None
    norm: Norm = "post"
    activation: Activation = "relu"
    positions: Positions = "sinusoidal"
    dropout: float = 0.0
    layer_norm_eps: float = 1e-5
    tie_embeddings: bool = True
    scale_embeddings: bool | None = None
    n_segments: int = 0
    embedding_norm: bool = False
    final_norm: bool | None = None
    pad_id: int | None = None

    def __post_init__(self) -> None:
        for name in ("vocab_size", "d_model", "n_heads", "n_layers", "d_ff", "max_length"):
            _check_count(name, getattr(self, name), 1)
        _check_count("n_segments", self.n_segments, 0)
        for name, least in (("n_decoder_layers", 1), ("source_vocab_size", 1), ("pad_id", 0)):
            if getattr(self, name) is not None:
                _check_count(name, getattr(self, name), least)
        for name, choices in (("norm", Norm), ("activation", Activation), ("positions", Positions)):
            if getattr(self, name) not in get_args(choices):
                raise ValueError(f"{name} must be one of {get_args(choices)}, got {getattr(self, name)!r}")
        # What a default follows from is written down in full.
        if self.scale_embeddings is None:
            object.__setattr__(self, "scale_embeddings", self.positions == "sinusoidal")
        if self.final_norm is None:
            object.__setattr__(self, "final_norm", self.norm == "pre")
        for name in ("tie_embeddings", "scale_embeddings", "embedding_norm", "final_norm"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name} must be True or False, got {getattr(self, name)!r}")
        self._check_fit()

    def _check_fit(self) -> None:
        """Raise an error if two values do not fit each other, or a number is out of its range."""
        if self.d_model % self.n_heads:
            raise ValueError(f"d_model={self.d_model} is not divisible by n_heads={self.n_heads}")
        if self.positions == "sinusoidal" and self.d_model % 2:
            raise ValueError(f"sinusoidal positions come in pairs, but d_model={self.d_model} is odd")
        if self.positions == "rotary" and self.head_width % 2:
            raise ValueError(f"rotary positions turn pairs, but d_model / n_heads = {self.head_width} is odd")
        for name, number in (("dropout", self.dropout), ("layer_norm_eps", self.layer_norm_eps)):
            if not isinstance(number, int | float) or isinstance(number, bool):
                raise TypeError(f"{name} must be a number, got {number!r}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must be at least 0 and below 1, got {self.dropout}")
        if not (math.isfinite(self.layer_norm_eps) and self.layer_norm_eps > 0):
            raise ValueError(f"layer_norm_eps must be above 0, got {self.layer_norm_eps}")
        smallest = min(self.vocab_size, self.source_vocab_size or self.vocab_size)
        if self.pad_id is not None and self.pad_id >= smallest:
            raise ValueError(f"pad_id={self.pad_id} is not in a vocabulary of {smallest} tokens")

    @property
    def head_width(self) -> int:
        """``Dh``, the width of one head."""
        return self.d_model // self.n_heads

    def to_dict(self) -> dict[str, Any]:
        """Return the values by name, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "TransformerConfig":
        """Return the configuration that :meth:`to_dict` described.

        Raises:
            ValueError: a name is unknown.
            TypeError: a name without a default is missing.
        """
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ValueError(f"unknown names {', '.join(unknown)}; known are {', '.join(known)}")
        return cls(**values)


def _check_count(name: str, number: object, least: int) -> None:
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError(f"{name} must be an integer, got {number!r}")
    if number < least:
        raise ValueError(f"{name} must be at least {least}, got {number}")
