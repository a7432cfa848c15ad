"""Maps of equal shape that lie one after the other in memory, so that all of them are one matrix without a copy."""

import torch
from torch import Tensor


def laid_together(parts: list[Tensor]) -> Tensor | None:
    """One stretch of memory in which the parts now lie, one after the other; None if they are of different shapes."""
    if any(part.shape != parts[0].shape for part in parts):
        return None
    whole = torch.cat([part.data for part in parts])
    for part, place in zip(parts, whole.chunk(len(parts)), strict=True):
        part.data = place
    return whole


def as_one(whole: Tensor | None, first: Tensor, second: Tensor, third: Tensor) -> Tensor:
    """The three one below the other: the whole, if they still lie in it and no gradient has to reach them."""
    if whole is None or torch.is_grad_enabled() or not _are_thirds(whole, first, second, third):
        return torch.cat((first, second, third))
    return whole


def _are_thirds(whole: Tensor, first: Tensor, second: Tensor, third: Tensor) -> bool:
    """Whether the three are the thirds of the whole: the same memory, not just the same numbers."""
    start, step = whole.data_ptr(), first.nbytes
    places = (first.data_ptr(), second.data_ptr(), third.data_ptr())
    in_order = first.is_contiguous() and second.is_contiguous() and third.is_contiguous()
    return in_order and places == (start, start + step, start + 2 * step)
