"""An experiment on positions: trained on short texts, tested on longer ones.

The task is that of :mod:`attnlab.training.order_task`: each gap of a text asks for the letter that stands nearest.

One small model can have its positions in seven ways. :meth:`OrderModel.embed` and :meth:`OrderLayer.attend` are the two
places where they differ. There is no mask unless asked for: each token sees all others.

Departures from the papers: T5's bias and Shaw's vectors belong to one layer each, and the scores of T5 are scaled.

Source: Press et al., *Train Short, Test Long* (2022), for the question.
"""

import math
from collections.abc import Sequence
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.attention import scaled_dot_product_attention
from attnlab.masks import causal_mask
from attnlab.positions import (
    LearnedPositions,
    RotaryPositions,
    ShawRelativePositions,
    T5RelativeBias,
    alibi_bias,
    sinusoidal_positions,
)
from attnlab.positions.relative import check_count
from attnlab.training.batches import NOT_COUNTED
from attnlab.training.order_task import LETTERS, Side, order_batch
from attnlab.transformer import TransformerConfig
from attnlab.transformer.sublayers import AddAndNorm, FeedForward

Scheme = Literal["none", "sinusoidal", "learned", "shaw", "t5", "rotary", "alibi"]
ORDER_SCHEMES: tuple[Scheme, ...] = get_args(Scheme)

TRAINED_LENGTH, SHORTEST = 24, 8  # the lengths of the texts in training
REACH = 8  # Shaw's vectors: one for each distance up to here
BUCKETS, FARTHEST = 32, 16  # T5's: the last bucket begins at 16 tokens, so training fills all of them
STEPS, BATCH, RATE, WARMUP = 400, 64, 0.01, 30


def order_config(n_layers: int = 1) -> TransformerConfig:
    """Return the shape of the model. Its positions are not those of the configuration.

    Example:

        >>> order_config().head_width
        8
    """
    return TransformerConfig(
        LETTERS + 1,
        d_model=32,
        n_heads=4,
        n_layers=n_layers,
        d_ff=64,
        max_length=TRAINED_LENGTH,
        norm="pre",
        positions="none",
    )


class OrderLayer(nn.Module):
    """Self-attention with positions of one scheme, then a feed-forward network.

    Example:

        >>> layer = OrderLayer("shaw", order_config())
        >>> layer(torch.randn(1, 5, 32)).shape
        torch.Size([1, 5, 32])
    """

    def __init__(self, scheme: Scheme, config: TransformerConfig, generator: torch.Generator | None = None) -> None:
        super().__init__()
        D, H, Dh = config.d_model, config.n_heads, config.head_width
        self.scheme, self.n_heads = scheme, H
        self.query, self.key, self.value, self.output = (nn.Linear(D, D) for _ in range(4))
        if scheme == "shaw":
            self.shaw = ShawRelativePositions(REACH, Dh, generator=generator)
        elif scheme == "t5":
            self.t5 = T5RelativeBias(H, n_buckets=BUCKETS, max_distance=FARTHEST, generator=generator)
        elif scheme == "rotary":
            self.rotary = RotaryPositions(Dh)
        self.attention_add_norm, self.feed_forward_add_norm = AddAndNorm(config), AddAndNorm(config)
        self.feed_forward = FeedForward(config)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the tokens after this layer, ``(B, T, D)``; ``x`` is ``(B, T, D)``, the mask ``(T, T)``."""
        x = self.attention_add_norm(x, lambda x: self.attend(x, mask))
        return self.feed_forward_add_norm(x, self.feed_forward)  # type: ignore[no-any-return]

    def attend(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return what each token finds in the others, ``(B, T, D)``: here the positions reach the scores."""
        T = x.shape[1]
        query, key, value = (self.split(linear(x)) for linear in (self.query, self.key, self.value))  # (B, H, T, Dh)
        bias = None
        if self.scheme == "rotary":
            places = torch.arange(T, device=x.device)
            query, key = self.rotary(query, places), self.rotary(key, places)
        elif self.scheme == "shaw":
            bias = self.shaw.key_bias(query, T)  # (B, H, T, T)
        elif self.scheme == "t5":
            bias = self.t5(T, T)  # (1, H, T, T)
        elif self.scheme == "alibi":
            bias = alibi_bias(self.n_heads, T, T, dtype=x.dtype, device=x.device)  # (1, H, T, T)
        found, weights = scaled_dot_product_attention(query, key, value, mask=mask, bias=bias, return_weights=True)
        if self.scheme == "shaw":
            found = found + self.shaw.value_part(weights)  # (B, H, T, Dh)
        return self.output(found.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]  # (B, T, D)

    def split(self, x: Tensor) -> Tensor:
        """Return the vectors ``(B, T, D)`` as the heads see them, ``(B, H, T, Dh)``."""
        B, T, _ = x.shape
        return x.view(B, T, self.n_heads, -1).transpose(1, 2)  # (B, H, T, Dh)


class OrderModel(nn.Module):
    """A model that fills the gaps of a text, with positions of one scheme.

    Args:
        scheme: one of ``ORDER_SCHEMES``.
        trained_length: how many positions have a vector if they are learned.
        n_layers: how many layers; one is enough for the task.
        causal: whether a token sees only itself and those before it.
        generator: the source of the first weights; torch's global one unless given.

    Raises:
        TypeError: a number is not an integer.
        ValueError: there is no such scheme, or a number is not positive.

    Example: a score for each of the 9 tokens at each place. Learned positions end.

        >>> OrderModel("rotary")(torch.tensor([[0, 3, 0, 0, 1]])).shape
        torch.Size([1, 5, 9])
        >>> OrderModel("learned", trained_length=4)(torch.tensor([[0, 3, 0, 0, 1]]))
        Traceback (most recent call last):
        ValueError: position 4 has no vector: 4 are learned, from 0 on
    """

    def __init__(
        self,
        scheme: Scheme,
        *,
        trained_length: int = TRAINED_LENGTH,
        n_layers: int = 1,
        causal: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_count("trained_length", trained_length, 1)
        if scheme not in ORDER_SCHEMES:
            raise ValueError(f"scheme must be one of {', '.join(ORDER_SCHEMES)}, got {scheme!r}")
        self.scheme, self.trained_length, self.causal = scheme, trained_length, causal
        config = order_config(n_layers)
        D, V = config.d_model, config.vocab_size
        self.tokens = nn.Embedding(V, D)
        self.layers = nn.ModuleList(OrderLayer(scheme, config, generator) for _ in range(n_layers))
        self.norm, self.scores = nn.LayerNorm(D), nn.Linear(D, V)
        nn.init.normal_(self.tokens.weight, std=0.1, generator=generator)
        for linear in (module for module in self.modules() if isinstance(module, nn.Linear)):
            nn.init.xavier_uniform_(linear.weight, generator=generator)
            nn.init.zeros_(linear.bias)
        if scheme == "learned":
            self.positions = LearnedPositions(trained_length, D, generator=generator)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the score of each token at each place, ``(B, T, V)``; the ids are ``(B, T)``."""
        T = ids.shape[1]
        mask = causal_mask(T, T, device=ids.device) if self.causal else None
        x = self.embed(ids)
        for layer in self.layers:
            x = layer(x, mask)
        return self.scores(self.norm(x))  # type: ignore[no-any-return]

    def embed(self, ids: Tensor) -> Tensor:
        """Return the vectors of the tokens, ``(B, T, D)``, with those of the positions if these are added."""
        x: Tensor = self.tokens(ids)
        if self.scheme == "sinusoidal":
            x = x + sinusoidal_positions(ids.shape[1], x.shape[-1]).to(x)
        elif self.scheme == "learned":
            x = x + self.positions(torch.arange(ids.shape[1], device=ids.device))
        return x


def train_order(
    scheme: Scheme,
    *,
    trained_length: int = TRAINED_LENGTH,
    side: Side = "nearest",
    n_layers: int = 1,
    causal: bool = False,
    steps: int = STEPS,
    seed: int = 0,
) -> OrderModel:
    """Return a model that was trained on texts of at most ``trained_length`` tokens, in a few seconds.

    Each step has 64 texts of one length, drawn from 8 to ``trained_length``.

    Args:
        scheme: one of ``ORDER_SCHEMES``.
        trained_length: the longest text of the training, at least 8 tokens.
        side: what the gaps ask for, see :func:`order_batch`.
        n_layers: how many layers.
        causal: whether a token sees only itself and those before it.
        steps: how many times the weights change.
        seed: decides the first weights and the texts.

    Raises:
        TypeError: a number is not an integer.
        ValueError: a number is too small, or there is no such scheme or side.

    Example: two steps, to see that it runs.

        >>> train_order("alibi", steps=2).training
        False
    """
    check_count("trained_length", trained_length, SHORTEST)
    check_count("steps", steps, 1)
    generator = torch.Generator().manual_seed(seed)
    model = OrderModel(scheme, trained_length=trained_length, n_layers=n_layers, causal=causal, generator=generator)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / WARMUP) * 0.5 * (1 + math.cos(math.pi * step / steps))
    )
    for _ in range(steps):
        length = int(torch.randint(SHORTEST, trained_length + 1, (), generator=generator))
        ids, answers = order_batch(BATCH, length, side=side, generator=generator)
        loss = F.cross_entropy(model(ids).flatten(0, 1), answers.flatten(), ignore_index=NOT_COUNTED)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        rates.step()
    return model.eval()


def order_accuracy(
    model: OrderModel, lengths: Sequence[int], *, count: int = 200, side: Side = "nearest", seed: int = 1000
) -> list[float]:
    """Return the share of gaps that a model fills rightly, for texts of each length.

    Args:
        model: of :func:`train_order`.
        lengths: in tokens.
        count: how many texts of each length.
        side: what the gaps ask for; the same as in training.
        seed: decides the texts, the same for all models. They are not those of the training.

    Returns:
        A share from 0 to 1 for each length; NaN where the model has no vector for the last position, which happens to
        learned positions beyond ``trained_length``.

    Raises:
        TypeError, ValueError: as :func:`order_batch`.

    Example: learned positions end at 24.

        >>> [round(share, 1) for share in order_accuracy(OrderModel("learned"), [48])]
        [nan]
    """
    shares = []
    for length in lengths:
        if model.scheme == "learned" and length > model.trained_length:
            shares.append(math.nan)
            continue
        generator = torch.Generator().manual_seed(seed + length)
        ids, answers = order_batch(count, length, side=side, generator=generator)
        with torch.inference_mode():
            right = model(ids).argmax(dim=-1) == answers  # (B, T)
        shares.append(float(right[answers != NOT_COUNTED].float().mean()))
    return shares
