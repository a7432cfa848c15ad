"""Scores that fall with the distance, at a speed of its own for each head; nothing is learned."""

import torch
from torch import Tensor

from attnlab.positions.relative import check_count, relative_positions


def alibi_slopes(n_heads: int, *, dtype: torch.dtype | None = None) -> Tensor:
    """Return how steeply each head's attention falls with the distance: ``2**(-8/H), 2**(-16/H), ..., 2**-8``.

    For a number of heads that is no power of two, the slopes of the next lower power come first; then those of the next
    higher one, every other of them, until each head has one.

    Args:
        n_heads: ``H``.
        dtype: of the result; torch's default unless given.

    Returns:
        ``(H,)``, per token, all positive.

    Raises:
        TypeError: ``n_heads`` is not an integer.
        ValueError: there is no head.

    Source: Press et al., *Train Short, Test Long* (2022), section 3; its released code for other numbers of heads.

    Example: 2 ** -4 and 2 ** -8 for two heads. A third gets the first slope of four heads, 2 ** -2.

        >>> alibi_slopes(3)
        tensor([0.0625, 0.0039, 0.2500])
    """
    check_count("n_heads", n_heads, 1)
    lower = 2 ** (int(n_heads).bit_length() - 1)  # the largest power of two that is not above n_heads
    exponents = [8 * head / lower for head in range(1, lower + 1)]
    exponents += [4 * head / lower for head in range(1, 2 * lower, 2)]  # of 2 * lower heads, every other
    return torch.tensor([2.0**-exponent for exponent in exponents[:n_heads]], dtype=dtype)


def alibi_bias(
    n_heads: int,
    Tq: int,
    Tk: int,
    *,
    dtype: torch.dtype | None = None,
    device: torch.device | str | None = None,
) -> Tensor:
    """Return the fall of each head's scores with the distance: ``-slope * |i - j|``.

    The paper has a causal mask, which hides the keys to the right of a query. Without one, this bias falls to both
    sides.

    Args:
        n_heads: ``H``.
        Tq: how many queries. They are the last ``Tq`` of the ``Tk`` positions.
        Tk: how many keys.
        dtype: of the result; torch's default unless given.
        device: where the result lives.

    Returns:
        ``(1, H, Tq, Tk)``, at most 0, to be added to scores that are already scaled.

    Raises:
        TypeError: a number is not an integer.
        ValueError: there is no head, or more queries than keys.

    Source: Press et al. (2022), section 3.

    Example: one head, with slope 2 ** -8 = 1 / 256. Times 256:

        >>> alibi_bias(1, 2, 3) * 256
        tensor([[[[-1.,  0., -1.],
                  [-2., -1.,  0.]]]])
    """
    slopes = alibi_slopes(n_heads, dtype=dtype).to(device)
    falling = -relative_positions(Tq, Tk, device=device).abs()
    return slopes.view(1, -1, 1, 1) * falling.to(slopes.dtype)  # (1, H, Tq, Tk)
