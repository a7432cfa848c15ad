"""Masks: who may look at whom.

A mask of this package is boolean and **True means "may attend"**. It is ``(Tq, Tk)``, or has four axes that broadcast
to ``(B, H, Tq, Tk)`` (the axes are named in :mod:`attnlab.attention`). Masks are never edited in place: those who
need two combine them into a third.

Other libraries speak otherwise, and a mask that is passed on unconverted is inverted without a word:

============================================  ==================================  ================================
who                                           convention                          from ours, and back
============================================  ==================================  ================================
this package, ``F.scaled_dot_product_...``    bool, True = may attend             as it is
``nn.MultiheadAttention``, ``nn.Transformer`` bool, True = blocked                ``to_torch_mask``, ``from_...``
"additive" masks                              0 = may attend, -inf = blocked      ``to_additive_mask``, ``from_...``
============================================  ==================================  ================================
"""

import math
from functools import reduce

import torch
from torch import Tensor


def causal_mask(
    Tq: int, Tk: int | None = None, *, offset: int | None = None, device: torch.device | str | None = None
) -> Tensor:
    """Return the mask that lets each query look at its own position and the ones before.

    Args:
        Tq: how many queries.
        Tk: how many keys; as many as queries unless given.
        offset: the position of the first query among the keys. Unless given, the queries are the last ``Tq`` of the
            ``Tk`` positions, as they are when a cache holds the keys before them.

    Returns:
        ``(Tq, Tk)``, bool.

    Raises:
        ValueError: a size is negative, or there are more queries than keys and no offset.

    Source: Vaswani et al. (2017), section 3.2.3 ("masked" self-attention of the decoder).

    Example: three keys, of which the last two are also queries.

        >>> causal_mask(2, 3).int()
        tensor([[1, 1, 0],
                [1, 1, 1]], dtype=torch.int32)
    """
    return _behind(Tq, Tk, offset, device) >= 0


def sliding_window_mask(
    Tq: int,
    Tk: int | None = None,
    *,
    window: int,
    causal: bool = True,
    offset: int | None = None,
    device: torch.device | str | None = None,
) -> Tensor:
    """Return the mask that lets each query look at its ``window`` nearest positions, its own included.

    Args:
        Tq, Tk, offset: as for :func:`causal_mask`.
        window: how many positions, at least 1. The causal mask opens a query's own position and the ``window - 1``
            before it; the other one also opens the ``window - 1`` after it.
        causal: only look back.

    Returns:
        ``(Tq, Tk)``, bool.

    Raises:
        ValueError: the window is below 1, or the sizes are as for :func:`causal_mask`.

    Source: Beltagy et al., *Longformer* (2020), section 3.1; Jiang et al., *Mistral 7B* (2023), section 2 (causal).

    Example:

        >>> sliding_window_mask(4, window=2).int()
        tensor([[1, 0, 0, 0],
                [1, 1, 0, 0],
                [0, 1, 1, 0],
                [0, 0, 1, 1]], dtype=torch.int32)
    """
    if window < 1:
        raise ValueError(f"window must be at least 1, got {window}")
    behind = _behind(Tq, Tk, offset, device)  # (Tq, Tk)
    near = behind.abs() < window
    return near & (behind >= 0) if causal else near


def prefix_mask(
    Tq: int, Tk: int | None = None, *, prefix: int, offset: int | None = None, device: torch.device | str | None = None
) -> Tensor:
    """Return the causal mask with its first ``prefix`` keys open to every query.

    The prefix (a question, say) is read in both directions, what follows (its answer) from left to right.

    Args:
        Tq, Tk, offset: as for :func:`causal_mask`.
        prefix: how many keys everybody sees, 0 to ``Tk``.

    Returns:
        ``(Tq, Tk)``, bool.

    Raises:
        ValueError: the prefix is longer than the keys, or the sizes are as for :func:`causal_mask`.

    Source: Raffel et al., *Exploring the Limits of Transfer Learning* (T5, 2020), section 3.2.1, figure 4.

    Example:

        >>> prefix_mask(3, prefix=2).int()
        tensor([[1, 1, 0],
                [1, 1, 0],
                [1, 1, 1]], dtype=torch.int32)
    """
    Tk = Tq if Tk is None else Tk
    if not 0 <= prefix <= Tk:
        raise ValueError(f"prefix must be between 0 and Tk={Tk}, got {prefix}")
    in_prefix = torch.arange(Tk, device=device) < prefix  # (Tk,)
    return causal_mask(Tq, Tk, offset=offset, device=device) | in_prefix


def padding_mask(tokens: Tensor, *, pad_id: int | None = None, Tk: int | None = None) -> Tensor:
    """Return the mask that hides the padding of a batch of sentences from every query.

    Args:
        tokens: with ``pad_id``, the ids ``(B, Tk)``; without it, the sentences' lengths ``(B,)``. Integers.
        pad_id: the id that fills the sentences up.
        Tk: only with lengths: how many columns; the longest length unless given.

    Returns:
        ``(B, 1, 1, Tk)``, bool: one row a sentence, the same for all heads and queries.

    Raises:
        TypeError: the tokens are not integers.
        ValueError: wrong number of axes, a length below 0 or above ``Tk``, or ``Tk`` beside ids.

    Example: sentences of 1 and 3 tokens, by their lengths and by their ids.

        >>> padding_mask(torch.tensor([1, 3]))[:, 0, 0].int()
        tensor([[1, 0, 0],
                [1, 1, 1]], dtype=torch.int32)
        >>> padding_mask(torch.tensor([[7, 0, 0], [7, 8, 9]]), pad_id=0)[:, 0, 0].int()
        tensor([[1, 0, 0],
                [1, 1, 1]], dtype=torch.int32)
    """
    if tokens.is_floating_point() or tokens.dtype == torch.bool:
        raise TypeError(f"ids and lengths are integers, got {tokens.dtype}")
    if pad_id is not None:
        if tokens.dim() != 2 or Tk is not None:
            raise ValueError(f"with pad_id, give ids (B, Tk) and no Tk; got shape {tuple(tokens.shape)} and Tk={Tk}")
        return (tokens != pad_id)[:, None, None, :]  # (B, 1, 1, Tk)
    if tokens.dim() != 1 or len(tokens) == 0:
        raise ValueError(f"lengths must be (B,) with B at least 1, got shape {tuple(tokens.shape)}")
    longest = int(tokens.max())
    Tk = longest if Tk is None else Tk
    if int(tokens.min()) < 0 or longest > Tk:
        raise ValueError(f"lengths must be between 0 and Tk={Tk}, got {int(tokens.min())} to {longest}")
    within = torch.arange(Tk, device=tokens.device) < tokens[:, None]  # (B, Tk)
    return within[:, None, None, :]  # (B, 1, 1, Tk)


def combine_masks(*masks: Tensor | None) -> Tensor | None:
    """Return the mask that allows what all the given masks allow, or None if none is given.

    Args:
        masks: bool, of shapes that broadcast together. None stands for "everything is allowed".

    Raises:
        TypeError: a mask is not boolean.
        ValueError: the shapes do not broadcast together.

    Example: causal, and the second sentence has only one token.

        >>> combine_masks(causal_mask(2), None, padding_mask(torch.tensor([2, 1])))[:, 0].int()
        tensor([[[1, 0],
                 [1, 1]],
        <BLANKLINE>
                [[1, 0],
                 [1, 0]]], dtype=torch.int32)
    """
    given = [_check_bool(mask) for mask in masks if mask is not None]
    try:
        return reduce(torch.logical_and, given) if given else None
    except RuntimeError:
        shapes = ", ".join(str(tuple(mask.shape)) for mask in given)
        raise ValueError(f"masks of shapes {shapes} do not broadcast together") from None


def to_torch_mask(mask: Tensor) -> Tensor:
    """Return the mask as ``nn.MultiheadAttention`` and ``nn.Transformer`` want it: True = blocked.

    Their ``attn_mask`` is ``(Tq, Tk)`` or ``(B * H, Tq, Tk)``; their ``key_padding_mask`` is ``(B, Tk)``.

    Example:

        >>> to_torch_mask(causal_mask(2))
        tensor([[False,  True],
                [False, False]])
    """
    return ~_check_bool(mask)


def from_torch_mask(blocked: Tensor) -> Tensor:
    """Return the mask of this package (True = may attend) from one of ``nn.MultiheadAttention`` (True = blocked).

    Example:

        >>> from_torch_mask(torch.tensor([False, False, True]))
        tensor([ True,  True, False])
    """
    return ~_check_bool(blocked)


def to_additive_mask(mask: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return numbers to add to the scores: 0 where the mask allows, -inf where it does not.

    Example:

        >>> to_additive_mask(causal_mask(2))
        tensor([[0., -inf],
                [0., 0.]])
    """
    zeros = torch.zeros(mask.shape, dtype=dtype, device=mask.device)
    return zeros.masked_fill(~_check_bool(mask), -math.inf)


def from_additive_mask(additive: Tensor) -> Tensor:
    """Return the mask of this package from numbers that are added to the scores.

    Args:
        additive: 0 where attention is allowed; -inf, or the lowest number of the dtype, where it is not.

    Raises:
        TypeError: not floating point.
        ValueError: another number is in it. A sentinel such as -10000 leaks (it is a bias, not a mask): in a row where
            nothing is allowed it does nothing at all.

    Example:

        >>> from_additive_mask(torch.tensor([0.0, -torch.inf]))
        tensor([ True, False])
    """
    if not additive.is_floating_point():
        raise TypeError(f"an additive mask holds floating-point numbers, got {additive.dtype}")
    allowed = additive == 0
    other = additive[~allowed & (additive > torch.finfo(additive.dtype).min) | additive.isnan()]
    if len(other) > 0:
        raise ValueError(f"an additive mask holds 0 and -inf only, found {float(other[0])}")
    return allowed


def _behind(Tq: int, Tk: int | None, offset: int | None, device: torch.device | str | None) -> Tensor:
    """How many positions each key lies behind each query, ``(Tq, Tk)``: 0 is the query's own, negative the future."""
    Tk = Tq if Tk is None else Tk
    if Tq < 0 or Tk < 0:
        raise ValueError(f"sizes must not be negative, got Tq={Tq} and Tk={Tk}")
    if offset is None:
        if Tq > Tk:
            raise ValueError(f"{Tq} queries cannot be the last of {Tk} keys; give an offset")
        offset = Tk - Tq
    query_positions = torch.arange(offset, offset + Tq, device=device)  # (Tq,)
    key_positions = torch.arange(Tk, device=device)  # (Tk,)
    return query_positions[:, None] - key_positions  # (Tq, Tk)


def _check_bool(mask: Tensor) -> Tensor:
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        raise TypeError(f"a mask must be a bool tensor, got {getattr(mask, 'dtype', type(mask).__name__)}")
    return mask
