"""What sampling does to a distribution before a token is drawn from it: temperature, top-k, top-p.

Each function takes numbers over the vocabulary ``(..., V)`` and returns a distribution of the same shape, in float64.
They can be used one after the other; ``attnlab.decoding`` uses them in the order of this file.
"""

import math

import torch
from torch import Tensor


def with_temperature(logits: Tensor, temperature: float) -> Tensor:
    """Return the distribution ``softmax(logits / temperature)``.

    Below 1 likely tokens become likelier still (toward 0 the likeliest takes all), above 1 all come closer together.

    Args:
        logits: ``(..., V)``. Log-probabilities serve as well: a number added to all logits changes nothing.
        temperature: a number above 0, without a unit.

    Raises:
        TypeError: the logits are not a tensor of floating-point numbers.
        ValueError: the temperature is not a finite number above 0.

    Source: Ackley, Hinton & Sejnowski, *A Learning Algorithm for Boltzmann Machines* (1985); for text, Holtzman et al.
    (2020), section 3.3.

    Example: odds of 3 to 1 are 9 to 1 at half the temperature.

        >>> logits = torch.tensor([3.0, 1.0]).log()
        >>> with_temperature(logits, 1.0)
        tensor([0.7500, 0.2500], dtype=torch.float64)
        >>> with_temperature(logits, 0.5)
        tensor([0.9000, 0.1000], dtype=torch.float64)
    """
    _check(logits, "logits")
    if not (math.isfinite(temperature) and temperature > 0):
        raise ValueError(f"temperature must be a finite number above 0, got {temperature}")
    logits = logits.double()
    # The largest is taken off first: 0 / temperature is 0, however small the temperature is.
    below = logits - logits.amax(dim=-1, keepdim=True)  # (..., V), none above 0
    return (below / temperature).softmax(dim=-1)


def keep_top_k(distribution: Tensor, k: int) -> Tensor:
    """Return the distribution with the ``k`` likeliest tokens alone, rescaled to sum to 1.

    Of equally likely tokens those with lower ids are kept.

    Args:
        distribution: ``(..., V)``, each row sums to 1.
        k: from 1 to V.

    Raises:
        TypeError: the distribution is not a tensor of floating-point numbers.
        ValueError: ``k`` is less than 1 or more than V.

    Source: Fan, Lewis & Dauphin, *Hierarchical Neural Story Generation* (2018), section 5.

    Example: 0.5 and 0.3 are kept, of 0.8 together.

        >>> keep_top_k(torch.tensor([0.3, 0.2, 0.5]), 2)
        tensor([0.3750, 0.0000, 0.6250], dtype=torch.float64)
    """
    _check(distribution, "distribution")
    if not 1 <= k <= distribution.shape[-1]:
        raise ValueError(f"top_k must be from 1 to the vocabulary's {distribution.shape[-1]} tokens, got {k}")
    order = distribution.argsort(dim=-1, descending=True, stable=True)  # (..., V)
    return _keep(distribution, order[..., :k])


def keep_top_p(distribution: Tensor, p: float) -> Tensor:
    """Return the distribution with its nucleus alone, rescaled to sum to 1.

    The nucleus is the smallest set of tokens whose probabilities add up to at least ``p``: the likeliest tokens, up to
    and with the one that reaches ``p``. Of equally likely tokens those with lower ids come first.

    Args:
        distribution: ``(..., V)``, each row sums to 1.
        p: above 0, at most 1; with 1 nothing is left out.

    Raises:
        TypeError: the distribution is not a tensor of floating-point numbers.
        ValueError: ``p`` is not above 0 and at most 1.

    Source: Holtzman et al., *The Curious Case of Neural Text Degeneration* (2020), section 3.1, equations 2 and 3.

    Example: 0.5 alone is less than 0.6, so the token with 0.25 belongs to the nucleus as well.

        >>> keep_top_p(torch.tensor([0.125, 0.25, 0.5, 0.125]), 0.6)
        tensor([0.0000, 0.3333, 0.6667, 0.0000], dtype=torch.float64)
    """
    _check(distribution, "distribution")
    if not 0 < p <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, got {p}")
    if p == 1:
        return distribution.double()  # rounding must not cut the tail off
    ordered, order = distribution.double().sort(dim=-1, descending=True, stable=True)  # (..., V)
    before = ordered.cumsum(dim=-1) - ordered  # (..., V), what the likelier tokens add up to
    kept = torch.zeros_like(ordered).scatter(-1, order, ordered.where(before < p, 0.0))
    return kept / kept.sum(dim=-1, keepdim=True)


def _keep(distribution: Tensor, tokens: Tensor) -> Tensor:
    """The distribution ``(..., V)`` with these tokens ``(..., k)`` alone."""
    probabilities = distribution.double()
    kept = torch.zeros_like(probabilities).scatter(-1, tokens, probabilities.gather(-1, tokens))
    return kept / kept.sum(dim=-1, keepdim=True)


def _check(numbers: Tensor, name: str) -> None:
    if not isinstance(numbers, Tensor) or not numbers.is_floating_point():
        kind = numbers.dtype if isinstance(numbers, Tensor) else type(numbers).__name__
        raise TypeError(f"{name} must be a tensor of floating-point numbers, got {kind}")
    if numbers.dim() == 0 or numbers.shape[-1] == 0:
        raise ValueError(f"{name} must be (..., V) with at least one token, got shape {tuple(numbers.shape)}")
