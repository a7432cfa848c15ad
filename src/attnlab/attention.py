"""Scaled dot-product attention.

The axes, named once here and used by the whole package:

====== ===================================================================
``B``  batch: how many sentences are computed side by side
``H``  heads: how many attentions look at each sentence
``Tq`` query positions: the tokens that look
``Tk`` key positions: the tokens that are looked at (in self-attention ``Tq == Tk == T``)
``D``  model width: the length of a token's vector
``Dh`` head width: the length of a query or a key (``d_k`` in the paper)
``V``  vocabulary: how many different tokens there are
====== ===================================================================

A mask is boolean and ``True`` means "may attend".

Source: Vaswani et al., *Attention Is All You Need* (2017), section 3.2.1, equation 1. One case is added that the paper
leaves open: a query that may attend to nothing gets all-zero weights and a zero output, never NaN.
"""

import math
from typing import Literal, overload

import torch
import torch.nn.functional as F
from torch import Tensor


@overload
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    mask: Tensor | None = None,
    scale: float | None = None,
    return_weights: Literal[False] = False,
) -> Tensor: ...


@overload
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    mask: Tensor | None = None,
    scale: float | None = None,
    return_weights: Literal[True],
) -> tuple[Tensor, Tensor]: ...


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    mask: Tensor | None = None,
    scale: float | None = None,
    return_weights: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Return the values, mixed for each query: ``softmax(query @ key^T * scale) @ value``.

    Asking for the weights never changes the output (beyond the last bit or two). When they are not asked for, torch's
    own fused function does the work. NaN and infinity in the input are not looked for: they come out as NaN.

    Args:
        query: ``(..., Tq, Dh)``. The leading axes, usually ``(B, H)``, may be any number, or none.
        key: ``(..., Tk, Dh)``.
        value: ``(..., Tk, Dv)``.
        mask: bool, broadcastable to ``(..., Tq, Tk)``, ``True`` where the query may attend to the key.
        scale: the number that multiplies the scores; ``1 / sqrt(Dh)`` unless given.
        return_weights: also return the weights.

    Returns:
        The output ``(..., Tq, Dv)``, or the output and the weights ``(..., Tq, Tk)``. Each row of the weights sums to
        1, or to 0 where the mask allows nothing.

    Raises:
        TypeError: the tensors are not of one floating dtype, or the mask is not boolean.
        ValueError: the shapes do not fit, or the scale is not finite.

    Source: Vaswani et al. (2017), section 3.2.1, equation 1.

    Example: the query scores 3 with the first key and 1 with the second. Without a scale the first value gets
    ``1 / (1 + exp(1 - 3))`` of the attention.

        >>> query, value = torch.tensor([[1.0]]), torch.tensor([[10.0], [20.0]])
        >>> key = torch.tensor([[3.0], [1.0]])
        >>> output, weights = scaled_dot_product_attention(query, key, value, scale=1.0, return_weights=True)
        >>> weights
        tensor([[0.8808, 0.1192]])
        >>> output  # 0.8808 * 10 + 0.1192 * 20
        tensor([[11.1920]])
    """
    scores_shape = _check(query, key, value)
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1])
    elif not math.isfinite(scale):
        raise ValueError(f"scale must be a finite number, got {scale}")

    shut_out = None  # the queries that may attend to nothing
    if mask is not None:
        mask = _expand(mask, scores_shape)
        shut_out = ~mask.any(dim=-1, keepdim=True)  # (..., Tq, 1)
        # Such a row would be 0/0. It may look everywhere here, and what it sees is thrown away below.
        mask = mask | shut_out

    if not return_weights:
        output = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)
        return output if shut_out is None else output.masked_fill(shut_out, 0.0)

    scores = query @ key.transpose(-2, -1) * scale  # (..., Tq, Tk)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = scores.softmax(dim=-1)  # over the keys: each query has 1 to give away
    if shut_out is not None:
        weights = weights.masked_fill(shut_out, 0.0)
    return weights @ value, weights  # (..., Tq, Dv), (..., Tq, Tk)


def _check(query: Tensor, key: Tensor, value: Tensor) -> tuple[int, ...]:
    """The shape of the scores, ``(..., Tq, Tk)``, or an error that quotes what does not fit."""
    named = {"query": query, "key": key, "value": value}
    for name, tensor in named.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{name} must be a torch tensor, got {type(tensor).__name__}")
        if not tensor.is_floating_point():
            raise TypeError(f"{name} must hold floating-point numbers, got {tensor.dtype}")
        if tensor.dtype != query.dtype:
            raise TypeError(f"query has dtype {query.dtype} but {name} has {tensor.dtype}")
        if tensor.dim() < 2:
            raise ValueError(f"{name} must be (..., T, D) with at least 2 axes, got shape {tuple(tensor.shape)}")
        if tensor.shape[:-2] != query.shape[:-2]:
            raise ValueError(
                f"query has leading axes {tuple(query.shape[:-2])} but {name} has {tuple(tensor.shape[:-2])}"
            )
    if query.shape[-1] != key.shape[-1]:
        raise ValueError(f"queries have width {query.shape[-1]} but keys have width {key.shape[-1]}")
    if query.shape[-1] == 0:
        raise ValueError("queries and keys have width 0")
    if key.shape[-2] != value.shape[-2]:
        raise ValueError(f"{key.shape[-2]} keys but {value.shape[-2]} values")
    return (*query.shape[:-1], key.shape[-2])


def _expand(mask: Tensor, scores_shape: tuple[int, ...]) -> Tensor:
    """The mask in the shape of the scores, or an error that quotes both shapes."""
    if not isinstance(mask, Tensor):
        raise TypeError(f"mask must be a torch tensor, got {type(mask).__name__}")
    if mask.dtype != torch.bool:
        raise TypeError(f"mask must be bool (True = may attend), got {mask.dtype}")
    try:
        return mask.expand(scores_shape)
    except RuntimeError:
        raise ValueError(
            f"mask of shape {tuple(mask.shape)} does not broadcast to the scores' {scores_shape}"
        ) from None
