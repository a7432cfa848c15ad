"""What the layers of the Transformer are made of, besides attention: embeddings, feed-forward networks, add-and-norm.

Every module takes and gives vectors ``(B, T, D)``; the axes are named in :mod:`attnlab.attention`. The same code is
post-norm, as in 2017, and pre-norm, as in most later models: :class:`AddAndNorm` is the only place where they differ.
"""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.positions import LearnedPositions, sinusoidal_positions
from attnlab.transformer.config import TransformerConfig
from attnlab.transformer.trace import NO_TRACE, Trace


class Embedding(nn.Module):
    """Turns ids into vectors: the token's, plus the position's and the segment's where the configuration has them.

    Args:
        config: the shape of the model.
        vocab_size: how many tokens; ``config.vocab_size`` unless given.

    Attributes:
        tokens: ``nn.Embedding`` of ``(V, D)``.
        positions: ``LearnedPositions``, or None.
        segments: ``nn.Embedding`` of ``(n_segments, D)``, or None.
        norm: ``nn.LayerNorm``, or None.

    Source: Vaswani et al. (2017), sections 3.4 and 3.5; Devlin et al., *BERT* (2019), figure 2, for the segments.

    Example: in token 2, the numbers of entry 2 of the table, times ``sqrt(4)``, plus the vector of position 0.

        >>> embedding = Embedding(TransformerConfig(9, d_model=4, n_heads=2, n_layers=1, d_ff=8, max_length=5))
        >>> expected = 2 * embedding.tokens.weight[2] + torch.tensor([0.0, 1.0, 0.0, 1.0])
        >>> torch.allclose(embedding(torch.tensor([[2, 7]]))[0, 0], expected)
        True
    """

    def __init__(self, config: TransformerConfig, vocab_size: int | None = None) -> None:
        super().__init__()
        D = config.d_model
        self.tokens = nn.Embedding(config.vocab_size if vocab_size is None else vocab_size, D)
        self.scale = D**0.5 if config.scale_embeddings else 1.0
        self.positions = LearnedPositions(config.max_length, D) if config.positions == "learned" else None
        self.segments = nn.Embedding(config.n_segments, D) if config.n_segments else None
        self.norm = nn.LayerNorm(D, eps=config.layer_norm_eps) if config.embedding_norm else None
        self.dropout = nn.Dropout(config.dropout)
        waves = sinusoidal_positions(config.max_length, D) if config.positions == "sinusoidal" else None
        self.register_buffer("waves", waves, persistent=False)  # computed, so not kept with the weights
        self.waves: Tensor | None

    def forward(self, ids: Tensor, *, start: int = 0, segments: Tensor | None = None) -> Tensor:
        """Return the vectors ``(B, T, D)`` of the ids ``(B, T)``, the first of which is at position ``start``."""
        x = self.tokens(ids) * self.scale  # (B, T, D)
        end = start + ids.shape[1]
        if self.waves is not None:
            x = x + self.waves[start:end]
        if self.positions is not None:
            x = x + self.positions(torch.arange(start, end, device=ids.device))
        if self.segments is not None:
            x = x + self.segments(torch.zeros_like(ids) if segments is None else segments)
        if self.norm is not None:
            x = self.norm(x)
        dropped: Tensor = self.dropout(x)
        return dropped


class FeedForward(nn.Module):
    """Two maps with a bend between them, the same for every token: ``max(0, x W1 + b1) W2 + b2``.

    Attributes:
        enlarge: ``nn.Linear`` from ``D`` to ``d_ff``.
        reduce: ``nn.Linear`` from ``d_ff`` back to ``D``.

    Source: Vaswani et al. (2017), section 3.3, equation 2; Hendrycks and Gimpel, *Gaussian Error Linear Units* (2016).

    Example: doubled, bent, and brought back by a half.

        >>> forward = FeedForward(TransformerConfig(9, d_model=2, n_heads=1, n_layers=1, d_ff=2, max_length=5))
        >>> for linear, factor in ((forward.enlarge, 2.0), (forward.reduce, 0.5)):
        ...     _ = linear.weight.data.copy_(torch.eye(2) * factor), linear.bias.data.zero_()
        >>> forward(torch.tensor([[[3.0, -3.0]]])).detach()
        tensor([[[3., 0.]]])
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.enlarge = nn.Linear(config.d_model, config.d_ff)
        self.reduce = nn.Linear(config.d_ff, config.d_model)
        self.activation = F.relu if config.activation == "relu" else F.gelu

    def forward(self, x: Tensor, trace: Trace = NO_TRACE) -> Tensor:
        """Return ``(B, T, D)``; ``x`` is ``(B, T, D)``."""
        hidden = trace.note("hidden", self.activation(self.enlarge(x)))  # (B, T, d_ff)
        return trace.note("output", self.reduce(hidden))  # (B, T, D)

    def at(self, trace: Trace) -> Callable[[Tensor], Tensor]:
        """Return this network as a function of ``x`` alone, which records under ``feed_forward``."""
        return partial(self, trace=trace.at("feed_forward"))


class AddAndNorm(nn.Module):
    """The way around a sublayer: its output is added to its input, and the vectors are normalized.

    Post-norm normalizes the sum: ``norm(x + sublayer(x))``. Pre-norm normalizes what the sublayer reads, and leaves the
    sum alone: ``x + sublayer(norm(x))``.

    Attributes:
        norm: ``nn.LayerNorm``.

    Source: Vaswani et al. (2017), sections 3.1 and 5.4 (dropout); Xiong et al. (2020), figure 1, for pre-norm.

    Example: the vector (1, 3) has mean 2 and deviation 1; its norm is (-1, 1). A sublayer gives 10 times what it reads.

        >>> shape = {"d_model": 2, "n_heads": 1, "n_layers": 1, "d_ff": 1, "max_length": 1}
        >>> post, pre = (AddAndNorm(TransformerConfig(9, **shape, norm=norm)) for norm in ("post", "pre"))
        >>> x = torch.tensor([1.0, 3.0])
        >>> post(x, lambda x: 10 * x).detach().round(), pre(x, lambda x: 10 * x).detach().round()
        (tensor([-1.,  1.]), tensor([-9., 13.]))
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.d_model, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.dropout)
        self.norm_first = config.norm == "pre"

    def forward(self, x: Tensor, sublayer: Callable[[Tensor], Tensor], trace: Trace = NO_TRACE) -> Tensor:
        """Return ``(B, T, D)``; ``x`` is ``(B, T, D)``."""
        if self.norm_first:
            normalized = trace.note("normalized", self.norm(x))
            return trace.note("sum", x + self.dropout(sublayer(normalized)))
        total = trace.note("sum", x + self.dropout(sublayer(x)))
        return trace.note("normalized", self.norm(total))
