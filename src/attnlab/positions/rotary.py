"""Rotary positions: queries and keys are turned, so that their inner product knows the distance between them.

Also the frequencies of the turns, which are those of the sinusoidal positions of 2017, and the order of entries that
turns one convention for the pairs into the other. Every name here is also in ``attnlab.positions``.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from attnlab.positions.relative import check_count

PAIRINGS = ("adjacent", "halves")


def frequencies(width: int, *, base: float = 10000.0) -> Tensor:
    """Return the angle that each pair of entries turns by from one position to the next.

    Pair ``i`` turns by ``base ** (-2 * i / width)``: the first by one radian, each one after it more slowly.

    Args:
        width: how many entries a vector has; each pair of them gets a frequency.
        base: the larger it is, the more slowly the last pairs turn.

    Returns:
        ``(width / 2,)``, float64, in radians per token.

    Raises:
        TypeError: ``width`` is not an integer.
        ValueError: ``width`` is odd or not positive, or ``base`` is not a positive finite number.

    Source: Vaswani et al., *Attention Is All You Need* (2017), section 3.5; Su et al. (2021), equation 15.

    Example: with base 100 and width 4 the second pair is ten times as slow as the first.

        >>> frequencies(4, base=100.0)
        tensor([1.0000, 0.1000], dtype=torch.float64)
    """
    check_count("width", width, 1)
    if width % 2:
        raise ValueError(f"width must be even, got {width}: a sine and a cosine, or two turned entries, make a pair")
    if not (math.isfinite(base) and base > 0):
        raise ValueError(f"base must be a positive finite number, got {base}")
    return base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)


@dataclass(frozen=True)
class RotaryPositions:
    """Turns the pairs of entries of queries and keys, each by its own angle for each position.

    Pair ``i`` at position ``p`` turns by ``p * base ** (-2i / dim)`` radians, from the first entry toward the second. A
    turned query and a turned key then have an inner product that depends on their distance alone. Which entries make a
    pair is a convention, and weights learned under one are wrong under the other:

    - ``"adjacent"``: entries ``2i`` and ``2i + 1``, as in the paper and in GPT-J;
    - ``"halves"``: entries ``i`` and ``i + dim / 2``, as in Llama and GPT-NeoX.

    ``adjacent_to_halves`` reorders the entries of the first into the second.

    Args:
        dim: ``Dh``, the width of a query, even.
        base: 10000 in the paper; larger for longer texts.
        pairing: see above.

    Raises:
        TypeError: ``dim`` is not an integer.
        ValueError: ``dim`` is odd or not positive, ``base`` not positive, or there is no such pairing.

    Source: Su et al., *RoFormer* (2021), sections 3.2.2 and 3.4.2, equations 14, 15 and 34.

    Example: (1, 0) turned by 1 and by 2 radians.

        >>> rotary = RotaryPositions(2)
        >>> rotary(torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([1, 2]))  # cos 1, sin 1; cos 2, sin 2
        tensor([[ 0.5403,  0.8415],
                [-0.4161,  0.9093]])
    """

    dim: int
    base: float = 10000.0
    pairing: Literal["adjacent", "halves"] = "adjacent"

    def __post_init__(self) -> None:
        check_count("dim", self.dim, 1)
        if self.dim % 2:
            raise ValueError(f"dim must be even, got {self.dim}: entries are turned in pairs")
        if self.pairing not in PAIRINGS:
            raise ValueError(f"pairing must be one of {', '.join(PAIRINGS)}, got {self.pairing!r}")
        frequencies(self.dim, base=self.base)

    def angles(self, positions: Tensor) -> Tensor:
        """Return the angle of each pair at each position, ``(T, dim / 2)``, float64, in radians.

        They are computed on the CPU: some devices have no float64, and float32 is too coarse for the last of many
        positions.

        Raises:
            TypeError: the positions are not integers.
            ValueError: a position is negative, or ``positions`` is not ``(T,)``.
        """
        check_positions(positions)
        if positions.dim() != 1:
            raise ValueError(f"positions must be (T,), got shape {tuple(positions.shape)}")
        return positions.cpu().double()[:, None] * frequencies(self.dim, base=self.base)  # (T, dim / 2)

    def __call__(self, x: Tensor, positions: Tensor) -> Tensor:
        """Return ``x`` with every row turned to its position.

        Args:
            x: queries or keys, ``(..., T, dim)``.
            positions: ``(T,)``, integers from 0.

        Returns:
            ``(..., T, dim)``, of the same lengths.

        Raises:
            TypeError: ``x`` does not hold floating-point numbers, or the positions are not integers.
            ValueError: the shapes do not fit, or a position is negative.
        """
        if not isinstance(x, Tensor) or not x.is_floating_point():
            found = x.dtype if isinstance(x, Tensor) else type(x).__name__
            raise TypeError(f"x must be a tensor of floating-point numbers, got {found}")
        if x.dim() < 2 or x.shape[-1] != self.dim:
            raise ValueError(f"x must be (..., T, {self.dim}), got shape {tuple(x.shape)}")
        angles = self.angles(positions)
        if x.shape[-2] != len(positions):
            raise ValueError(f"{x.shape[-2]} rows in x but {len(positions)} positions")
        cos, sin = angles.cos().to(x), angles.sin().to(x)  # (T, dim / 2) each
        if self.pairing == "adjacent":
            first, second = x[..., 0::2], x[..., 1::2]  # (..., T, dim / 2) each
        else:
            first, second = x.chunk(2, dim=-1)  # (..., T, dim / 2) each
        turned = (first * cos - second * sin, first * sin + second * cos)
        if self.pairing == "adjacent":
            return torch.stack(turned, dim=-1).flatten(-2)  # (..., T, dim)
        return torch.cat(turned, dim=-1)  # (..., T, dim)


def adjacent_to_halves(dim: int) -> Tensor:
    """Return the order of entries that turns one pairing of rotary positions into the other.

    With ``order = adjacent_to_halves(dim)``, two ways are the same: turn by ``"adjacent"`` and reorder, or reorder and
    turn by ``"halves"``: ``adjacent(x, p)[..., order] == halves(x[..., order], p)``. So a model trained with one runs
    with the other once each head's rows of its query and key maps are reordered; scores do not change, for both sides
    of the inner product are reordered alike. ``order.argsort()`` is the way back.

    Args:
        dim: ``Dh``, even.

    Returns:
        ``(dim,)``, int64: all even entries, then all odd ones.

    Raises:
        TypeError: ``dim`` is not an integer.
        ValueError: ``dim`` is odd or not positive.

    Source: Su et al. (2021), equation 15, has adjacent pairs; Touvron et al., *LLaMA* (2023), as converted to the
    Transformers library, has halves.

    Example:

        >>> adjacent_to_halves(6)
        tensor([0, 2, 4, 1, 3, 5])
        >>> adjacent_to_halves(6).argsort()  # and back
        tensor([0, 3, 1, 4, 2, 5])
    """
    check_count("dim", dim, 1)
    if dim % 2:
        raise ValueError(f"dim must be even, got {dim}: entries are turned in pairs")
    return torch.arange(dim).view(-1, 2).T.flatten()


def check_positions(positions: Tensor) -> None:
    """Raise an error unless the positions are integers and at least 0.

    Raises:
        TypeError: they are no tensor, or hold no integers.
        ValueError: one is negative.

    Example:

        >>> check_positions(torch.tensor([3, -1]))
        Traceback (most recent call last):
        ValueError: positions must be at least 0, got -1
    """
    if not isinstance(positions, Tensor) or positions.is_floating_point() or positions.dtype == torch.bool:
        found = positions.dtype if isinstance(positions, Tensor) else type(positions).__name__
        raise TypeError(f"positions must be a tensor of integers, got {found}")
    if positions.numel() and int(positions.min()) < 0:
        raise ValueError(f"positions must be at least 0, got {int(positions.min())}")
