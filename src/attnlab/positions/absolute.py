"""A vector for each position, added to the token's: fixed, or learned."""

import torch
from torch import Tensor, nn

from attnlab.positions.relative import check_count
from attnlab.positions.rotary import check_positions, frequencies


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
