"""A small task that is about nothing but order: each gap of a text asks for the letter that stands nearest.

::

    place     0  1  2  3  4  5  6
    text      _  C  _  _  _  A  _
    answer    C     C  .  A     A      the gap in the middle has two nearest letters, and does not count

Whoever does not know where the letters stand can only guess among them. Letters are as frequent in a long text as in a
short one, so the task does not get harder: only the positions, and how many tokens there are, are new to the model.

The task is this book's own.
"""

from typing import Literal, get_args

import torch
from torch import Tensor

from attnlab.positions.relative import check_count
from attnlab.training.batches import NOT_COUNTED

Side = Literal["nearest", "before"]
GAP, LETTERS, LETTER_SHARE = 0, 8, 0.2  # token 0 is the gap, 1 to 8 are letters; a fifth of all places has one


def order_batch(
    count: int, length: int, *, side: Side = "nearest", generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Return random texts and what their gaps ask for.

    Args:
        count: ``B``, how many texts.
        length: ``T``, their length in tokens.
        side: "nearest" asks for the nearest letter on either side, "before" for the last one before the gap.
        generator: the source of the texts; torch's global one unless given.

    Returns:
        The ids ``(B, T)``, 0 for a gap and 1 to 8 for letters, and the answers ``(B, T)``: the id of a letter, or
        ``NOT_COUNTED`` where no answer is asked for: at letters, at gaps with two nearest letters, and at gaps with no
        letter before them if that is what is asked.

    Raises:
        TypeError: a size is not an integer.
        ValueError: a size is not positive, or there is no such side.

    Example: token 1 stands at place 1, then come 7 and 4. Place 2 is nearer to the 1, place 3 to the 7.

        >>> order_batch(1, 6, generator=torch.Generator().manual_seed(5))
        (tensor([[0, 1, 0, 0, 7, 4]]), tensor([[   1, -100,    1,    7, -100, -100]]))
    """
    check_count("count", count, 1)
    check_count("length", length, 1)
    if side not in get_args(Side):
        raise ValueError(f"side must be one of {get_args(Side)}, got {side!r}")
    is_letter = torch.rand(count, length, generator=generator) < LETTER_SHARE  # (B, T)
    somewhere = torch.randint(length, (count, 1), generator=generator)
    is_letter = is_letter.scatter(1, somewhere, True)  # no text without a letter
    letters = torch.randint(1, LETTERS + 1, (count, length), generator=generator)
    ids = torch.where(is_letter, letters, GAP)  # (B, T)
    return ids, _answers(ids, side)


def _answers(ids: Tensor, side: Side) -> Tensor:
    """The letter that each gap of the texts ``(B, T)`` asks for, or ``NOT_COUNTED``, ``(B, T)``."""
    T = ids.shape[1]
    places = torch.arange(T)
    candidates = (ids != GAP)[:, None, :]  # (B, 1, T)
    if side == "before":
        candidates = candidates & (places < places[:, None])  # (B, T, T)
    distances = torch.where(candidates, (places - places[:, None]).abs(), T)  # (B, T, T); T: no candidate
    nearest = distances.min(dim=-1)
    rivals = (distances == nearest.values[..., None]).sum(dim=-1)  # (B, T): how many stand equally near
    counted = (ids == GAP) & (nearest.values < T) & (rivals == 1)
    return torch.where(counted, ids.gather(1, nearest.indices), NOT_COUNTED)
