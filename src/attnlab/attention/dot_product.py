"""Scaled dot-product attention: each query takes a mixture of the values, in the shares that the keys earn.

The axes are named in :mod:`attnlab.attention`. A mask is boolean and ``True`` means "may attend". One case is added
that the paper leaves open: a query that may attend to nothing gets all-zero weights and a zero output, never NaN.

Source: Vaswani et al., *Attention Is All You Need* (2017), section 3.2.1, equation 1.
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
    bias: Tensor | None = None,
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
    bias: Tensor | None = None,
    scale: float | None = None,
    return_weights: Literal[True],
) -> tuple[Tensor, Tensor]: ...


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
    return_weights: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Return the values, mixed for each query: ``softmax(query @ key^T * scale + bias) @ value``.

    Asking for the weights never changes the output (beyond the last bit or two). When they are not asked for, torch's
    own fused function does the work. NaN and infinity in the input are not looked for: they come out as NaN.

    Args:
        query: ``(..., Tq, Dh)``. The leading axes, usually ``(B, H)``, may be any number, or none.
        key: ``(..., Tk, Dh)``.
        value: ``(..., Tk, Dv)``.
        mask: bool, broadcastable to ``(..., Tq, Tk)``, ``True`` where the query may attend to the key.
        bias: added to the scaled scores, broadcastable to ``(..., Tq, Tk)``, of the queries' dtype.
        scale: the number that multiplies the scores; ``1 / sqrt(Dh)`` unless given.
        return_weights: also return the weights.

    Returns:
        The output ``(..., Tq, Dv)``, or the output and the weights ``(..., Tq, Tk)``. Each row of the weights sums to
        1, or to 0 where the mask allows nothing.

    Raises:
        TypeError: the tensors are not of one floating dtype, or the mask is not boolean.
        ValueError: the shapes or devices do not fit, or the scale is not finite.

    Source: Vaswani et al. (2017), section 3.2.1, equation 1. The bias: Shaw et al. (2018), Raffel et al. (2020).

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
    _check(query, key, value)
    if return_weights:
        weights = weights_unchecked(query, key, mask, bias, scale)  # (..., Tq, Tk)
        return weights @ value, weights  # (..., Tq, Dv), (..., Tq, Tk)

    scale = _check_scale(query, key, mask, bias, scale)
    mask, shut_out = _open_shut_out(mask)
    output = F.scaled_dot_product_attention(query, key, value, attn_mask=_add_mask(bias, mask), scale=scale)
    return output if shut_out is None else output.masked_fill(shut_out, 0.0)  # (..., Tq, Dv)


def attention_weights(
    query: Tensor,
    key: Tensor,
    *,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
) -> Tensor:
    """Return how much each query attends to each key: ``softmax(query @ key^T * scale + bias)``, ``(..., Tq, Tk)``.

    Arguments, errors and source: see :func:`scaled_dot_product_attention`.

    Example: scores 2 and 0 over ``sqrt(4)`` are 1 and 0; ``e / (e + 1)`` is 0.7311.

        >>> query, key = torch.tensor([[1.0, 1.0, 0.0, 0.0]]), torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0] * 4])
        >>> attention_weights(query, key)
        tensor([[0.7311, 0.2689]])
    """
    _check(query, key)
    return weights_unchecked(query, key, mask, bias, scale)


def weights_unchecked(
    query: Tensor, key: Tensor, mask: Tensor | None, bias: Tensor | None, scale: float | None
) -> Tensor:
    """The weights ``(..., Tq, Tk)`` of queries and keys that are known to fit; the rest is checked.

    For those who made the queries and keys themselves: on a small input the checks take longer than the softmax.
    """
    scale = _check_scale(query, key, mask, bias, scale)
    mask, shut_out = _open_shut_out(mask)
    # Nobody else has seen the scores yet, so they may be changed in place: the largest tensor of all is not copied for
    # the bias and again for the mask.
    scores = _scores(query, key, scale)  # (..., Tq, Tk)
    if bias is not None:
        scores += bias
    if mask is not None:
        scores.masked_fill_(~mask, -math.inf)
    weights = _softmax(scores)  # over the keys: each query has 1 to give away
    return weights if shut_out is None else weights.masked_fill(shut_out, 0.0)


def _check(query: Tensor, key: Tensor, value: Tensor | None = None) -> None:
    """Raise an error that quotes what does not fit."""
    named = {"query": query, "key": key} | ({} if value is None else {"value": value})
    for name, tensor in named.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{name} must be a torch tensor, got {type(tensor).__name__}")
        if not tensor.is_floating_point():
            raise TypeError(f"{name} must hold floating-point numbers, got {tensor.dtype}")
        if tensor.dtype != query.dtype:
            raise TypeError(f"query has dtype {query.dtype} but {name} has {tensor.dtype}")
        if tensor.device != query.device:
            raise ValueError(f"query is on {query.device} but {name} is on {tensor.device}")
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
    if value is not None and key.shape[-2] != value.shape[-2]:
        raise ValueError(f"{key.shape[-2]} keys but {value.shape[-2]} values")


def _check_scale(query: Tensor, key: Tensor, mask: Tensor | None, bias: Tensor | None, scale: float | None) -> float:
    """The scale, after mask and bias are found to fit."""
    if mask is not None:
        _check_broadcast("mask", mask, torch.bool, query, (*query.shape[:-1], key.shape[-2]))
    if bias is not None:
        _check_broadcast("bias", bias, query.dtype, query, (*query.shape[:-1], key.shape[-2]))
    if scale is None:
        return 1 / math.sqrt(query.shape[-1])
    if not math.isfinite(scale):
        raise ValueError(f"scale must be a finite number, got {scale}")
    return scale


def _check_broadcast(
    name: str, tensor: Tensor, dtype: torch.dtype, query: Tensor, scores_shape: tuple[int, ...]
) -> None:
    """Raise an error unless the mask or bias is of this dtype, on the queries' device, and fits onto the scores."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} must be a torch tensor, got {type(tensor).__name__}")
    if tensor.dtype != dtype:
        wanted = "bool (True = may attend)" if dtype == torch.bool else f"{dtype}, as the queries"
        raise TypeError(f"{name} must be {wanted}, got {tensor.dtype}")
    if tensor.device != query.device:
        raise ValueError(f"query is on {query.device} but {name} is on {tensor.device}")
    sizes = zip(reversed(tensor.shape), reversed(scores_shape), strict=False)
    if tensor.dim() > len(scores_shape) or any(size not in (1, wanted) for size, wanted in sizes):
        raise ValueError(f"{name} of shape {tuple(tensor.shape)} does not broadcast to the scores' {scores_shape}")


def _scores(query: Tensor, key: Tensor, scale: float) -> Tensor:
    """``query @ key^T * scale``, ``(..., Tq, Tk)``. The product applies the scale, so no tensor is read twice."""
    leading = query.shape[:-2]
    flat = math.prod(leading)
    query, key = query.reshape(flat, *query.shape[-2:]), key.reshape(flat, *key.shape[-2:])  # (B * H, Tq or Tk, Dh)
    scores = torch.baddbmm(query.new_zeros(1, 1, 1), query, key.transpose(1, 2), beta=0, alpha=scale)
    return scores.view(*leading, *scores.shape[1:])  # (B, H, Tq, Tk)


def _softmax(scores: Tensor) -> Tensor:
    """The softmax over the last axis, written over the scores if no gradient needs to know what they were.

    A tensor beyond 32 MiB gets its memory from the operating system, page by page, each one cleared first, and gives it
    back when it is freed. For such a tensor a second copy costs more than the softmax itself.
    """
    if scores.requires_grad:
        return scores.softmax(dim=-1)
    return torch.softmax(scores, dim=-1, out=scores)


def _open_shut_out(mask: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
    """The mask with its empty rows opened, and which rows those are (None if there are none).

    A query that may attend to nothing would be 0/0. It may look everywhere, and what it sees is thrown away afterwards.
    """
    if mask is None:
        return None, None
    mask = _two_axes(mask)
    shut_out = ~mask.any(dim=-1, keepdim=True)  # (..., Tq, 1)
    if shut_out.device.type == "cpu" and not shut_out.any():  # elsewhere it would cost more to ask than to go on
        return mask, None
    return mask | shut_out, shut_out


def _add_mask(bias: Tensor | None, mask: Tensor | None) -> Tensor | None:
    """The mask and the bias as one tensor, as torch's fused function wants them."""
    if bias is None:
        return mask
    bias = _two_axes(bias)
    return bias if mask is None else bias.masked_fill(~mask, -math.inf)


def _two_axes(tensor: Tensor) -> Tensor:
    """The tensor with two axes at least, as torch's fused function wants them: ``(Tk,)`` becomes ``(1, Tk)``."""
    return tensor.view((1,) * (2 - tensor.dim()) + tensor.shape)
