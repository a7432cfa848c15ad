"""Where a token stands: attention alone cannot tell, so the position has to be added.

Six ways to add it, in the order in which they were found:

====================  ============================================================  ================================
sinusoidal (2017)     fixed sines and cosines, added to the token's vector          ``sinusoidal_positions``
learned (2017)        a learned vector for each position, added to the token's      ``LearnedPositions``
Shaw (2018)           a learned vector for each distance, added to keys and values  ``ShawRelativePositions``
T5 (2020)             a learned number for each bucket of distances, on the scores  ``T5RelativeBias``
rotary (2021)         queries and keys are turned by an angle for each position     ``RotaryPositions``
ALiBi (2022)          the scores fall with the distance, nothing is learned         ``alibi_bias``
====================  ============================================================  ================================

The first position is 0. Shaw's and T5's live in ``attnlab.relative``, rotary positions in ``attnlab.rotary``.
"""

import torch
from torch import Tensor, nn

from attnlab.relative import (
    ShawRelativePositions,
    T5RelativeBias,
    check_count,
    relative_buckets,
    relative_positions,
)
from attnlab.rotary import RotaryPositions, adjacent_to_halves, check_positions, frequencies

__all__ = [
    "LearnedPositions",
    "RotaryPositions",
    "ShawRelativePositions",
    "T5RelativeBias",
    "adjacent_to_halves",
    "alibi_bias",
    "alibi_slopes",
    "frequencies",
    "relative_buckets",
    "relative_positions",
    "sinusoidal_positions",
]


def sinusoidal_positions(
    length: int, d_model: int, *, base: float = 10000.0, dtype: torch.dtype | None = None
) -> Tensor:
    """Return the fixed position vectors of the 2017 Transformer, for the positions ``0 .. length - 1``.

    Entry ``2i`` is ``sin(position / base ** (2i / d_model))`` and entry ``2i + 1`` the cosine of the same angle. The
    formula's ``2i`` counts pairs: it is the entry that is even or odd, never the position.

    Args:
        length: ``T``.
        d_model: ``D``, even.
        base: 10000 in the paper.
        dtype: of the result; torch's default unless given. The angles are computed in float64.

    Returns:
        ``(T, D)``, from -1 to 1.

    Raises:
        TypeError: a size is not an integer.
        ValueError: ``length`` is negative, ``d_model`` odd or not positive, or ``base`` not positive.

    Source: Vaswani et al. (2017), section 3.5.

    Example: position 1 has the angles 1 and 1 / 100, for 10000 ** (2 / 4) is 100.

        >>> sinusoidal_positions(2, 4)
        tensor([[0.0000, 1.0000, 0.0000, 1.0000],
                [0.8415, 0.5403, 0.0100, 0.9999]])
    """
    check_count("length", length, 0)
    check_count("d_model", d_model, 1)
    if d_model % 2:
        raise ValueError(f"d_model must be even, got {d_model}: every frequency has a sine and a cosine")
    angles = torch.arange(length, dtype=torch.float64)[:, None] * frequencies(d_model, base=base)  # (T, D / 2)
    pairs = torch.stack([angles.sin(), angles.cos()], dim=-1)  # (T, D / 2, 2)
    return pairs.flatten(-2).to(dtype or torch.get_default_dtype())  # (T, D)


class LearnedPositions(nn.Module):
    """A learned vector for each position up to a largest one, as in BERT and GPT-2.

    Args:
        max_length: how many positions have a vector.
        d_model: ``D``.
        generator: the source of the initial numbers; torch's global one unless given.

    Attributes:
        weight: ``(max_length, D)``.

    Raises:
        TypeError: a size is not an integer.
        ValueError: a size is not positive.

    Source: Vaswani et al. (2017), section 3.5 and table 3, row E; Devlin et al., *BERT* (2019), figure 2.

    Example:

        >>> learned = LearnedPositions(3, 2)
        >>> _ = learned.weight.data.copy_(torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))
        >>> learned(torch.tensor([2, 0])).detach()
        tensor([[4., 5.],
                [0., 1.]])
    """

    def __init__(self, max_length: int, d_model: int, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        check_count("max_length", max_length, 1)
        check_count("d_model", d_model, 1)
        self.weight = nn.Parameter(torch.empty(max_length, d_model))
        nn.init.normal_(self.weight, std=0.02, generator=generator)

    def extra_repr(self) -> str:
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}"

    def forward(self, positions: Tensor) -> Tensor:
        """Return the vectors of the positions.

        Args:
            positions: integers of any shape, usually ``(T,)``.

        Returns:
            ``(*shape, D)``.

        Raises:
            TypeError: the positions are not integers.
            ValueError: a position is negative, or ``max_length`` and beyond.
        """
        check_positions(positions)
        max_length = len(self.weight)
        if positions.numel() and int(positions.max()) >= max_length:
            raise ValueError(f"position {int(positions.max())} has no vector: {max_length} are learned, from 0 on")
        return self.weight[positions.long()]  # (*shape, D)


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
