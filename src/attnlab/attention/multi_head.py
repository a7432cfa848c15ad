"""Multi-head attention: many attentions side by side, for tokens that look at each other or at another text.

Source: Vaswani et al., *Attention Is All You Need* (2017), section 3.2.2.
"""

import math
from collections.abc import Callable
from typing import Literal, overload

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.attention.cache import KeyValueCache
from attnlab.attention.columns import join_heads, mix
from attnlab.attention.dot_product import scaled_dot_product_attention, weights_unchecked
from attnlab.attention.stacking import as_one, laid_together

Record = Callable[[str, Tensor], object]
Rotary = Callable[[Tensor, Tensor], Tensor]


RECORDED = ("query", "key", "value", "scores", "weights", "heads", "output")


class MultiHeadAttention(nn.Module):
    """Attention with ``H`` heads: each looks in a space of its own, and what they find is put together.

    Without a context the tokens look at each other (self-attention). With one, they look at the context's tokens, which
    give the keys and the values (cross-attention).

    Args:
        d_model: ``D``, the width of the tokens that look, and of the output.
        n_heads: ``H``; each head is ``Dh = D / H`` wide.
        d_context: the width of the context's tokens, if it is another one.
        bias: whether the four maps add a learned vector.
        dropout: the share of the weights that is set to 0 in training, drawn as by ``nn.Dropout``. The weights that are
            returned are those before.
        rotary: turns queries and keys by their positions: ``rotary(x, positions)``, see ``RotaryPositions``.

    Attributes:
        query, key, value, output: the maps ``W_Q, W_K, W_V, W_O``, each an ``nn.Linear``. Rows ``h * Dh`` to
            ``(h + 1) * Dh`` of the first three belong to head ``h``, as do these columns of the last.

    Raises:
        TypeError: a size is not an integer.
        ValueError: ``d_model`` is not divisible by ``n_heads``, a size is below 1, or dropout is not in ``[0, 1)``.

    Source: Vaswani et al. (2017), section 3.2.2; the maps' biases and dropout as in ``nn.MultiheadAttention``.

    Example: with maps that change nothing, head 0 sees only the first number of each token and head 1 the second.

        >>> attention = MultiHeadAttention(2, n_heads=2, bias=False)
        >>> for linear in (attention.query, attention.key, attention.value, attention.output):
        ...     _ = nn.init.eye_(linear.weight)
        >>> x = torch.tensor([[[2.0, 0.0], [0.0, 0.0]]])  # one sentence, two tokens
        >>> output, weights = attention(x, return_weights=True)
        >>> weights[0, :, 0].detach()  # the first token: head 0 scores 4 and 0, head 1 scores 0 and 0
        tensor([[0.9820, 0.0180],
                [0.5000, 0.5000]])
        >>> output[0, 0].detach()  # 0.9820 * 2, and nothing
        tensor([1.9640, 0.0000])
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        *,
        d_context: int | None = None,
        bias: bool = True,
        dropout: float = 0.0,
        rotary: Rotary | None = None,
    ) -> None:
        super().__init__()
        d_context = d_model if d_context is None else d_context
        for name, size in (("d_model", d_model), ("n_heads", n_heads), ("d_context", d_context)):
            if not isinstance(size, int) or isinstance(size, bool):
                raise TypeError(f"{name} must be an integer, got {size!r}")
            if size < 1:
                raise ValueError(f"{name} must be at least 1, got {size}")
        if d_model % n_heads:
            raise ValueError(f"d_model={d_model} is not divisible by n_heads={n_heads}")
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout must be at least 0 and below 1, got {dropout}")
        self.d_model, self.n_heads, self.d_context = d_model, n_heads, d_context
        self.head_width = d_model // n_heads
        self.query = nn.Linear(d_model, d_model, bias=bias)
        self.key = nn.Linear(d_context, d_model, bias=bias)
        self.value = nn.Linear(d_context, d_model, bias=bias)
        self.output = nn.Linear(d_model, d_model, bias=bias)
        self.dropout = nn.Dropout(dropout)
        self.rotary = rotary
        # What changes the weights (B, H, Tq, Tk) before they mix the values; see attnlab.transformer.edited.
        self.edit_weights: Callable[[Tensor], Tensor] | None = None
        self._lay_side_by_side()

    @overload
    def forward(
        self,
        x: Tensor,
        context: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        bias: Tensor | None = None,
        gate: Tensor | None = None,
        cache: KeyValueCache | None = None,
        return_weights: Literal[False] = False,
        record: Record | None = None,
    ) -> Tensor: ...

    @overload
    def forward(
        self,
        x: Tensor,
        context: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        bias: Tensor | None = None,
        gate: Tensor | None = None,
        cache: KeyValueCache | None = None,
        return_weights: Literal[True],
        record: Record | None = None,
    ) -> tuple[Tensor, Tensor]: ...

    def forward(
        self,
        x: Tensor,
        context: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        bias: Tensor | None = None,
        gate: Tensor | None = None,
        cache: KeyValueCache | None = None,
        return_weights: bool = False,
        record: Record | None = None,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Return each token's mixture of what the heads found, ``(B, Tq, D)``, and the weights on request.

        Args:
            x: ``(B, Tq, D)``, the tokens that look.
            context: ``(B, Tk, d_context)``, the tokens that are looked at; ``x`` itself unless given.
            mask: bool, ``(Tq, Tk)``, or four axes that broadcast to ``(B, H, Tq, Tk)``. True = may attend.
            bias: added to the scaled scores, of shapes as for the mask.
            gate: ``(H,)`` or ``(B, H)``: multiplies what each head found, before ``W_O``. 0 switches a head off.
            cache: in self-attention: ``x`` holds only the new tokens, which come after those in the cache, and are put
                there. In cross-attention: the context's keys and values, computed in the first call and kept.
            return_weights: also return the weights ``(B, H, Tq, Tk)``.
            record: is called with a name and a tensor for ``query``, ``key``, ``value`` (after the rotation, and with
                what the cache held), ``scores`` (scaled, before bias and mask), ``weights``, ``heads`` (what each head
                found, gated, ``(B, H, Tq, Dh)``) and ``output``.

        Raises:
            TypeError: wrong dtypes.
            ValueError: wrong shapes or devices, an empty batch or sequence, or another context than the cache's.
        """
        self._check_input(x, context, mask, bias, gate)
        drops = self.training and self.dropout.p > 0
        look_inside = return_weights or record is not None or drops or self.edit_weights is not None
        as_columns = look_inside and len(x) > 1 and not torch.is_grad_enabled()  # spares the copy before W_O
        query, key, value = self._project(x, context, cache, contiguous=look_inside)  # (B, H, Tq or Tk, Dh)
        if look_inside:
            weights = weights_unchecked(query, key, mask, bias, None)  # (B, H, Tq, Tk)
            if self.edit_weights is not None:
                weights = self.edit_weights(weights)
            kept = self.dropout(weights) if self.training else weights  # even a dropout that does nothing takes time
            heads = mix(kept, value) if as_columns else kept @ value  # (B, H, Tq, Dh)
        else:
            heads = scaled_dot_product_attention(query, key, value, mask=mask, bias=bias)  # (B, H, Tq, Dh)
        if gate is not None:
            heads = heads * gate.to(heads.dtype)[..., None, None]  # (H, 1, 1) or (B, H, 1, 1)
        output: Tensor  # (B, Tq, D)
        output = join_heads(self.output, heads) if as_columns else self.output(heads.transpose(1, 2).flatten(2))
        if record is not None:
            scores = query @ key.transpose(-2, -1) / math.sqrt(self.head_width)  # (B, H, Tq, Tk)
            for name, tensor in zip(RECORDED, (query, key, value, scores, weights, heads, output), strict=True):
                record(name, tensor)
        return (output, weights) if return_weights else output

    def _project(
        self, x: Tensor, context: Tensor | None, cache: KeyValueCache | None, *, contiguous: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The queries ``(B, H, Tq, Dh)`` and all keys and values ``(B, H, Tk, Dh)``, those of the cache included."""
        if context is None:
            query, key, value = self._project_together(x, contiguous=contiguous)
            if self.rotary is not None:
                start = 0 if cache is None else cache.length
                positions = torch.arange(start, start + x.shape[1], device=x.device)  # (T,)
                query, key = self.rotary(query, positions), self.rotary(key, positions)
            return (query, key, value) if cache is None else (query, *cache.append(key, value))
        query = self._split(self.query(x))
        if cache is None:
            return query, self._split(self.key(context)), self._split(self.value(context))
        if cache.keys is None or cache.values is None:
            return query, *cache.append(self._split(self.key(context)), self._split(self.value(context)))
        held = (len(cache.keys), cache.length)
        if held != context.shape[:2]:
            raise ValueError(f"the cache holds (B, Tk) = {held} but the context has {tuple(context.shape[:2])}")
        return query, cache.keys, cache.values

    def _project_together(self, x: Tensor, *, contiguous: bool) -> tuple[Tensor, ...]:
        """Queries, keys and values of the same tokens, ``(B, H, T, Dh)`` each.

        One multiplication by the three matrices stacked is faster than three, once there are enough tokens to make up
        for the stacking. Matrix products over a batch of heads want contiguous tensors; one copy is faster than three.
        """
        B, T, D = x.shape
        if B * T < D:
            return tuple(self._split(one(x)) for one in (self.query, self.key, self.value))
        weight, bias = self._stacked_maps()
        stacked = F.linear(x, weight, bias).view(B, T, 3, self.n_heads, self.head_width)
        stacked = stacked.permute(2, 0, 3, 1, 4)  # (3, B, H, T, Dh)
        return (stacked.contiguous() if contiguous and B > 1 else stacked).unbind(0)

    def _stacked_maps(self) -> tuple[Tensor, Tensor | None]:
        """The weights ``(3 * D, D)`` and the biases ``(3 * D,)`` of the three maps, one below the other.

        Nothing is copied, unless gradients have to reach the three, or one of them has been replaced.
        """
        query, key, value = self.query, self.key, self.value
        weight = as_one(self._weights, query.weight, key.weight, value.weight)
        bias = None if query.bias is None else as_one(self._biases, query.bias, key.bias, value.bias)
        return weight, bias

    def _lay_side_by_side(self) -> None:
        """Put the three maps next to each other in memory, for :meth:`_stacked_maps`. No number changes."""
        maps = (self.query, self.key, self.value)
        self._weights = laid_together([one.weight for one in maps])
        self._biases = None if self.query.bias is None else laid_together([one.bias for one in maps])

    def __setstate__(self, state: dict[str, object]) -> None:
        """What makes a copy; it copies the maps one by one, so they are laid together again."""
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        self._lay_side_by_side()

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "MultiHeadAttention":
        """What ``to``, ``double`` and their like do; it moves the maps one by one, so they are laid together again."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self._lay_side_by_side()
        return self

    def _split(self, x: Tensor) -> Tensor:
        B, T, _ = x.shape
        return x.view(B, T, self.n_heads, self.head_width).transpose(1, 2)  # (B, H, T, Dh)

    def _check_input(
        self, x: Tensor, context: Tensor | None, mask: Tensor | None, bias: Tensor | None, gate: Tensor | None
    ) -> None:
        self._check_tokens("x", x, self.d_model)
        if context is not None:
            self._check_tokens("context", context, self.d_context)
            if len(context) != len(x):
                raise ValueError(f"x has a batch of {len(x)} but context has one of {len(context)}")
            if self.rotary is not None:
                raise ValueError("rotary positions need one sequence: a context has positions of its own")
        elif self.d_context != self.d_model:
            raise ValueError(f"give a context of width {self.d_context}: x has width {self.d_model}")
        for name, tensor in (("mask", mask), ("bias", bias)):
            if isinstance(tensor, Tensor) and tensor.dim() not in (2, 4):
                raise ValueError(
                    f"{name} must be (Tq, Tk) or (B, H, Tq, Tk), got shape {tuple(tensor.shape)}; "
                    "axes of size 1 stand for all"
                )
        if gate is not None:
            allowed = ((self.n_heads,), (len(x), self.n_heads))
            if not isinstance(gate, Tensor) or tuple(gate.shape) not in allowed:
                found = tuple(gate.shape) if isinstance(gate, Tensor) else type(gate).__name__
                raise ValueError(f"gate must have shape {allowed[0]} or {allowed[1]}, got {found}")
            if gate.device != x.device:
                raise ValueError(f"x is on {x.device} but gate is on {gate.device}")

    def _check_tokens(self, name: str, tokens: Tensor, width: int) -> None:
        if not isinstance(tokens, Tensor):
            raise TypeError(f"{name} must be a torch tensor, got {type(tokens).__name__}")
        if tokens.dim() != 3 or tokens.shape[-1] != width:
            raise ValueError(f"{name} must be (B, T, {width}), got shape {tuple(tokens.shape)}")
        if 0 in tokens.shape:
            raise ValueError(f"{name} is empty: shape {tuple(tokens.shape)}")
        weight = self.query.weight
        if tokens.device != weight.device:
            raise ValueError(f"{name} is on {tokens.device} but the maps are on {weight.device}")
        if tokens.dtype != weight.dtype and not torch.is_autocast_enabled(tokens.device.type):
            raise TypeError(f"{name} has dtype {tokens.dtype} but the maps have {weight.dtype}")
