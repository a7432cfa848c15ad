"""The layers of the Transformer and their stacks.

Every module takes and gives vectors ``(B, T, D)``; the axes are named in :mod:`attnlab.attention`.

Departure from the paper: dropout also falls on the attention weights, as in BERT and in torch.
"""

from torch import Tensor, nn

from attnlab.attention import MultiHeadAttention
from attnlab.attention.cache import KeyValueCache, ModelCache
from attnlab.masks import causal_mask, combine_masks
from attnlab.positions import RotaryPositions, alibi_bias
from attnlab.transformer.config import TransformerConfig
from attnlab.transformer.sublayers import AddAndNorm, FeedForward
from attnlab.transformer.trace import NO_TRACE, Trace


class EncoderLayer(nn.Module):
    """Self-attention, then a feed-forward network, each with its add-and-norm.

    Source: Vaswani et al. (2017), section 3.1, figure 1 (left).

    Example:

        >>> import torch
        >>> layer = EncoderLayer(TransformerConfig(9, d_model=4, n_heads=2, n_layers=3, d_ff=8, max_length=5))
        >>> layer(torch.randn(1, 5, 4)).shape  # as many vectors as came in, as wide as they were
        torch.Size([1, 5, 4])
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.attention = self_attention(config)
        self.attention_add_norm = AddAndNorm(config)
        self.feed_forward = FeedForward(config)
        self.feed_forward_add_norm = AddAndNorm(config)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, *, bias: Tensor | None = None, trace: Trace = NO_TRACE
    ) -> Tensor:
        """Return the tokens after this layer, ``(B, T, D)``.

        Args:
            x: ``(B, T, D)``.
            mask, bias: who may attend to whom, and what is added to the scores; see ``MultiHeadAttention``.
            trace: where to record what happens; see :mod:`attnlab.transformer.trace`.
        """

        def attend(x: Tensor) -> Tensor:
            here = trace.at("attention")
            found: Tensor = self.attention(x, mask=mask, bias=bias, gate=here.gate, record=here.recorder)
            return found

        x = self.attention_add_norm(x, attend, trace.at("attention_add_norm"))
        x = self.feed_forward_add_norm(x, self.feed_forward.at(trace), trace.at("feed_forward_add_norm"))
        return trace.note("output", x)


class DecoderLayer(nn.Module):
    """Self-attention, then cross-attention to an encoder's memory, then a feed-forward network.

    Args:
        config: the shape of the model.
        cross: False for a decoder that stands alone: it has no cross-attention.

    Source: Vaswani et al. (2017), section 3.1, figure 1 (right); without cross-attention, Liu et al., *Generating
    Wikipedia by Summarizing Long Sequences* (2018), section 4.2.3, and GPT.

    Example: two tokens that are being written look at three that were read.

        >>> import torch
        >>> layer = DecoderLayer(TransformerConfig(9, d_model=4, n_heads=2, n_layers=3, d_ff=8, max_length=5))
        >>> layer(torch.randn(1, 2, 4), memory=torch.randn(1, 3, 4)).shape
        torch.Size([1, 2, 4])
    """

    def __init__(self, config: TransformerConfig, *, cross: bool = True) -> None:
        super().__init__()
        self.self_attention = self_attention(config)
        self.self_attention_add_norm = AddAndNorm(config)
        if cross:
            self.cross_attention = MultiHeadAttention(config.d_model, config.n_heads, dropout=config.dropout)
            self.cross_attention_add_norm = AddAndNorm(config)
        self.feed_forward = FeedForward(config)
        self.feed_forward_add_norm = AddAndNorm(config)

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        bias: Tensor | None = None,
        memory_mask: Tensor | None = None,
        self_cache: KeyValueCache | None = None,
        cross_cache: KeyValueCache | None = None,
        trace: Trace = NO_TRACE,
    ) -> Tensor:
        """Return the tokens after this layer, ``(B, T, D)``.

        Args:
            x: ``(B, T, D)``.
            memory: ``(B, S, D)``, what the encoder gave; only, and always, for a layer with cross-attention.
            mask, bias: of self-attention; the mask should be causal. See ``MultiHeadAttention``.
            memory_mask: of cross-attention.
            self_cache, cross_cache: what earlier calls computed.
            trace: where to record what happens; see :mod:`attnlab.transformer.trace`.

        Raises:
            ValueError: a memory without cross-attention, or the reverse.
        """
        cross = hasattr(self, "cross_attention")
        if cross != (memory is not None):
            raise ValueError("cross-attention needs a memory" if cross else "without cross-attention, give no memory")

        def attend(x: Tensor) -> Tensor:
            here = trace.at("self_attention")
            found: Tensor = self.self_attention(
                x, mask=mask, bias=bias, gate=here.gate, cache=self_cache, record=here.recorder
            )
            return found

        def attend_to_memory(x: Tensor) -> Tensor:
            here = trace.at("cross_attention")
            found: Tensor = self.cross_attention(
                x, memory, mask=memory_mask, gate=here.gate, cache=cross_cache, record=here.recorder
            )
            return found

        x = self.self_attention_add_norm(x, attend, trace.at("self_attention_add_norm"))
        if cross:
            x = self.cross_attention_add_norm(x, attend_to_memory, trace.at("cross_attention_add_norm"))
        x = self.feed_forward_add_norm(x, self.feed_forward.at(trace), trace.at("feed_forward_add_norm"))
        return trace.note("output", x)


class Encoder(nn.Module):
    """A stack of encoder layers, and a last norm where the configuration has one.

    Source: Vaswani et al. (2017), section 3.1.

    Example: every layer can be looked into; so can a whole model, see ``EncoderOnly``.

        >>> import torch
        >>> encoder = Encoder(TransformerConfig(9, d_model=4, n_heads=2, n_layers=3, d_ff=8, max_length=5))
        >>> len(encoder.layers), encoder(torch.randn(1, 5, 4)).shape
        (3, torch.Size([1, 5, 4]))
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.n_layers))
        self.norm = final_norm(config)

    def forward(self, x: Tensor, mask: Tensor | None = None, *, trace: Trace = NO_TRACE) -> Tensor:
        """Return the tokens ``(B, T, D)`` after all layers; arguments as for :class:`EncoderLayer`."""
        bias = position_bias(self.config, x, x.shape[1])
        for i, layer in enumerate(self.layers):
            x = layer(x, mask, bias=bias, trace=trace.at(f"layers.{i}"))
        return trace.note("output", self.norm(x))


class Decoder(nn.Module):
    """A stack of decoder layers, and a last norm where the configuration has one. Its self-attention is causal.

    Args:
        config: the shape of the model.
        cross: whether the layers attend to an encoder's memory.
        n_layers: how many; ``config.n_layers`` unless given.

    Source: Vaswani et al. (2017), section 3.1.

    Example: what comes later changes nothing before it.

        >>> import torch
        >>> shape = TransformerConfig(9, d_model=4, n_heads=2, n_layers=3, d_ff=8, max_length=5)
        >>> decoder, x = Decoder(shape, cross=False), torch.randn(1, 5, 4)
        >>> torch.allclose(decoder(x)[:, :3], decoder(x[:, :3]), atol=1e-6)
        True
    """

    def __init__(self, config: TransformerConfig, *, cross: bool = True, n_layers: int | None = None) -> None:
        super().__init__()
        self.config = config
        n_layers = config.n_layers if n_layers is None else n_layers
        self.layers = nn.ModuleList(DecoderLayer(config, cross=cross) for _ in range(n_layers))
        self.norm = final_norm(config)

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        *,
        token_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        cache: ModelCache | None = None,
        trace: Trace = NO_TRACE,
    ) -> Tensor:
        """Return the tokens after all layers, ``(B, T, D)``.

        Args:
            x: ``(B, T, D)``; with a cache, the new tokens only.
            memory: ``(B, S, D)``, if the layers have cross-attention.
            token_mask: ``(B, T)``, True = a real token.
            memory_mask: ``(B, 1, 1, S)``.
            cache: what earlier calls computed.
            trace: where to record what happens.
        """
        B, T, _ = x.shape
        if cache is not None:
            token_mask = cache.extend_token_mask(token_mask, B, T)  # (B, Tk)
        Tk = T if cache is None else cache.length + T
        padding = None if token_mask is None else token_mask[:, None, None, :]  # (B, 1, 1, Tk)
        causal = None if T == 1 else causal_mask(T, Tk, device=x.device)  # a single query is the last: it sees all
        mask = combine_masks(causal, padding)
        bias = position_bias(self.config, x, Tk)
        for i, layer in enumerate(self.layers):
            x = layer(
                x,
                memory,
                mask=mask,
                bias=bias,
                memory_mask=memory_mask,
                self_cache=None if cache is None else cache.self_attention[i],
                cross_cache=None if cache is None else cache.cross_attention[i],
                trace=trace.at(f"layers.{i}"),
            )
        return trace.note("output", self.norm(x))


def self_attention(config: TransformerConfig) -> MultiHeadAttention:
    """Return the self-attention of a layer, which turns queries and keys if the positions are rotary."""
    rotary = RotaryPositions(config.head_width) if config.positions == "rotary" else None
    return MultiHeadAttention(config.d_model, config.n_heads, dropout=config.dropout, rotary=rotary)


def final_norm(config: TransformerConfig) -> nn.Module:
    """Return the norm after the last layer, which does nothing where the configuration has none."""
    return nn.LayerNorm(config.d_model, eps=config.layer_norm_eps) if config.final_norm else nn.Identity()


def position_bias(config: TransformerConfig, x: Tensor, Tk: int) -> Tensor | None:
    """Return what the positions add to the scores, ``(1, H, Tq, Tk)``: something for ALiBi alone."""
    if config.positions != "alibi":
        return None
    return alibi_bias(config.n_heads, x.shape[1], Tk, dtype=x.dtype, device=x.device)
