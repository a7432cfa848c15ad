"""Positions as distances: what attention adds when it knows how far apart a query and a key stand.

A distance is the key's position minus the query's: 0 on the diagonal, -1 for the word before, 1 for the word after.
When there are fewer queries than keys, the queries are the last ones, as in decoding with a cache. Both schemes here
are learned: Shaw's has a vector for each clipped distance, T5's a number for each head and bucket of distances.

Every name here is also in ``attnlab.positions``.
"""

import math
from numbers import Integral

import torch
from torch import Tensor, nn


def relative_positions(Tq: int, Tk: int, *, device: torch.device | str | None = None) -> Tensor:
    """Return the distance of each key from each query: the key's position minus the query's.

    Args:
        Tq: how many queries. They are the last ``Tq`` of the ``Tk`` positions.
        Tk: how many keys.
        device: where the result lives.

    Returns:
        ``(Tq, Tk)``, int64, in tokens.

    Raises:
        TypeError: a number is not an integer.
        ValueError: a number is negative, or there are more queries than keys.

    Source: Shaw et al., *Self-Attention with Relative Position Representations* (2018), section 3.1: ``j - i``.

    Example: the last two of three words look at all three.

        >>> relative_positions(2, 3)
        tensor([[-1,  0,  1],
                [-2, -1,  0]])
    """
    check_count("Tq", Tq, 0)
    check_count("Tk", Tk, 0)
    if Tq > Tk:
        raise ValueError(f"{Tq} queries but {Tk} keys: the queries must be the last of the keys' positions")
    keys = torch.arange(Tk, device=device)
    queries = torch.arange(Tk - Tq, Tk, device=device)
    return keys - queries[:, None]  # (Tq, Tk)


class ShawRelativePositions(nn.Module):
    """A learned vector for each distance, up to a largest one: one table for the keys, one for the values.

    Key ``j`` looks to query ``i`` like ``key_j + a_K``, and hands over ``value_j + a_V``, where both ``a`` belong to
    the distance ``j - i``, clipped to ``-max_distance .. max_distance``. All heads share the tables. The two sums are
    computed apart from attention itself (section 3.3)::

        weights = softmax(query @ key^T / sqrt(Dh) + shaw.key_bias(query, Tk))
        output = weights @ value + shaw.value_part(weights)

    Args:
        max_distance: the largest distance that has a vector of its own, in tokens (``k`` in the paper).
        head_width: ``Dh``, the length of a query.
        generator: the source of the initial numbers; torch's global one unless given.

    Attributes:
        keys, values: ``(2 * max_distance + 1, Dh)`` each. Row ``max_distance`` belongs to distance 0.

    Raises:
        TypeError: a size is not an integer.
        ValueError: ``max_distance`` is negative, or ``head_width`` not positive.

    Source: Shaw et al. (2018), equations 3 and 4, and section 3.2 for the clipping.

    Example: keys to the left have the vector (1), the key itself (5), keys to the right (2).

        >>> shaw = ShawRelativePositions(1, 1)
        >>> _ = shaw.keys.data.copy_(torch.tensor([[1.0], [5.0], [2.0]]))
        >>> shaw.key_bias(torch.ones(3, 1), 3).detach()
        tensor([[5., 2., 2.],
                [1., 5., 2.],
                [1., 1., 5.]])
    """

    def __init__(self, max_distance: int, head_width: int, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        check_count("max_distance", max_distance, 0)
        check_count("head_width", head_width, 1)
        self.max_distance, self.head_width = max_distance, head_width
        self.keys = nn.Parameter(torch.empty(2 * max_distance + 1, head_width))
        self.values = nn.Parameter(torch.empty(2 * max_distance + 1, head_width))
        for table in (self.keys, self.values):
            nn.init.xavier_uniform_(table, generator=generator)

    def extra_repr(self) -> str:
        return f"{self.max_distance}, {self.head_width}"

    def rows(self, Tq: int, Tk: int) -> Tensor:
        """Return which row of the tables belongs to each query and key, ``(Tq, Tk)``.

        Example:

            >>> ShawRelativePositions(1, 4).rows(3, 3)
            tensor([[1, 2, 2],
                    [0, 1, 2],
                    [0, 0, 1]])
        """
        distances = relative_positions(Tq, Tk, device=self.keys.device)
        return distances.clamp(-self.max_distance, self.max_distance) + self.max_distance

    def key_bias(self, query: Tensor, Tk: int, *, scale: float | None = None) -> Tensor:
        """Return what the key vectors add to the scores: ``query @ a_K^T * scale``.

        Args:
            query: ``(..., Tq, Dh)``.
            Tk: how many keys there are; the queries are the last ``Tq`` of them.
            scale: the number that multiplies the scores; ``1 / sqrt(Dh)`` unless given.

        Returns:
            ``(..., Tq, Tk)``, to be added to scores that are already scaled.

        Raises:
            ValueError: the queries are not as wide as the vectors, or more than the keys.
        """
        if query.dim() < 2 or query.shape[-1] != self.head_width:
            raise ValueError(f"queries must be (..., Tq, {self.head_width}), got shape {tuple(query.shape)}")
        if scale is None:
            scale = 1 / math.sqrt(self.head_width)
        rows = self.rows(query.shape[-2], Tk)
        by_distance = query @ self.keys.T * scale  # (..., Tq, 2 * max_distance + 1)
        return by_distance.gather(-1, rows.expand(*query.shape[:-1], Tk))  # (..., Tq, Tk)

    def value_part(self, weights: Tensor) -> Tensor:
        """Return what the value vectors add to the output: ``sum over j of weights_ij * a_V_ij``.

        Args:
            weights: ``(..., Tq, Tk)``, the attention weights.

        Returns:
            ``(..., Tq, Dh)``.

        Raises:
            ValueError: there are more queries than keys, or fewer than two axes.

        Example: half of the attention goes to the word itself, with the vector (6), half to the one before, with (2).

            >>> shaw = ShawRelativePositions(1, 1)
            >>> _ = shaw.values.data.copy_(torch.tensor([[2.0], [6.0], [9.0]]))
            >>> shaw.value_part(torch.tensor([[0.5, 0.5]])).detach()
            tensor([[4.]])
        """
        if weights.dim() < 2:
            raise ValueError(f"weights must be (..., Tq, Tk), got shape {tuple(weights.shape)}")
        rows = self.rows(weights.shape[-2], weights.shape[-1])
        by_distance = weights.new_zeros(*weights.shape[:-1], len(self.values))  # (..., Tq, 2 * max_distance + 1)
        by_distance = by_distance.scatter_add(
            -1, rows.expand(weights.shape), weights
        )  # (..., Tq, 2 * max_distance + 1)
        return by_distance @ self.values  # (..., Tq, Dh)


def relative_buckets(
    distances: Tensor, *, bidirectional: bool = True, n_buckets: int = 32, max_distance: int = 128
) -> Tensor:
    """Return the bucket of each distance: one for each small distance, wider ones further away.

    Half of the buckets (of a direction) hold one distance each. The others grow in equal steps of the logarithm, up to
    ``max_distance``; the last also holds everything beyond.

    Args:
        distances: int, any shape: the key's position minus the query's, in tokens.
        bidirectional: give keys to the right their own half of the buckets. Otherwise they count as distance 0, for a
            causal mask hides them.
        n_buckets: how many buckets in all.
        max_distance: where the last bucket begins at the latest, in tokens.

    Returns:
        int64, shaped like ``distances``, from 0 to ``n_buckets - 1``.

    Raises:
        TypeError: the distances are not integers.
        ValueError: the buckets cannot be halved, or ``max_distance`` lies among the distances that have their own.

    Source: Raffel et al., *Exploring the Limits of Transfer Learning* (2020), section 2.1, and the released code. The
    logarithm is taken in float32 as there, so that a distance on the edge of two buckets lands where T5 learned it.

    Example: eight buckets, four to each side; 0 and 1 have their own, 2 to 15 are split at the root of 2 * 16.

        >>> relative_buckets(torch.tensor([0, -1, -2, -5, -6, -99, 1, 99]), n_buckets=8, max_distance=16)
        tensor([0, 1, 2, 2, 3, 3, 5, 7])
    """
    if not isinstance(distances, Tensor) or distances.is_floating_point() or distances.dtype == torch.bool:
        found = distances.dtype if isinstance(distances, Tensor) else type(distances).__name__
        raise TypeError(f"distances must be a tensor of integers, got {found}")
    each_way = _buckets_each_way(bidirectional, n_buckets, max_distance)
    exact = each_way // 2  # this many distances have a bucket of their own
    distances = distances.long()
    first = (distances > 0).long() * each_way if bidirectional else 0  # where the buckets of a direction begin
    far = distances.abs() if bidirectional else (-distances).clamp(min=0)
    share = (far.clamp(min=exact).float() / exact).log() / math.log(max_distance / exact)
    wide = exact + (share * (each_way - exact)).long()
    return first + torch.where(far < exact, far, wide.clamp(max=each_way - 1))


def _buckets_each_way(bidirectional: bool, n_buckets: int, max_distance: int) -> int:
    check_count("n_buckets", n_buckets, 4 if bidirectional else 2)
    check_count("max_distance", max_distance, 1)
    if bidirectional and n_buckets % 2:
        raise ValueError(f"n_buckets={n_buckets} cannot be split into two directions")
    each_way = n_buckets // 2 if bidirectional else n_buckets
    if max_distance <= each_way // 2:
        raise ValueError(
            f"max_distance={max_distance} must be more than {each_way // 2}: up to there each distance has a bucket"
        )
    return each_way


class T5RelativeBias(nn.Module):
    """A learned number for each head and bucket of distances, added to the scores.

    In T5 all layers of a stack share one such bias, cross-attention has none, and the scores are not divided by
    ``sqrt(Dh)``.

    Args:
        n_heads: ``H``.
        n_buckets, max_distance, bidirectional: see ``relative_buckets``.
        generator: the source of the initial numbers; torch's global one unless given.

    Attributes:
        weight: ``(n_buckets, H)``.

    Raises:
        TypeError, ValueError: as ``relative_buckets``, or there is no head.

    Source: Raffel et al. (2020), section 2.1.

    Example: one head whose four buckets hold 0, 10, 20 and 30: two for keys up to here, two for keys to the right.

        >>> bias = T5RelativeBias(1, n_buckets=4, max_distance=8)
        >>> _ = bias.weight.data.copy_(torch.tensor([[0.0], [10.0], [20.0], [30.0]]))
        >>> bias(2, 3).detach()
        tensor([[[[10.,  0., 30.],
                  [10., 10.,  0.]]]])
    """

    def __init__(
        self,
        n_heads: int,
        *,
        n_buckets: int = 32,
        max_distance: int = 128,
        bidirectional: bool = True,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_count("n_heads", n_heads, 1)
        _buckets_each_way(bidirectional, n_buckets, max_distance)
        self.n_buckets, self.max_distance, self.bidirectional = n_buckets, max_distance, bidirectional
        self.weight = nn.Parameter(torch.empty(n_buckets, n_heads))
        nn.init.normal_(self.weight, std=0.02, generator=generator)

    def extra_repr(self) -> str:
        names = ("n_buckets", "max_distance", "bidirectional")
        return ", ".join([str(self.weight.shape[1]), *(f"{name}={getattr(self, name)}" for name in names)])

    def forward(self, Tq: int, Tk: int) -> Tensor:
        """Return the bias, ``(1, H, Tq, Tk)``; the queries are the last ``Tq`` of the ``Tk`` positions."""
        buckets = relative_buckets(
            relative_positions(Tq, Tk, device=self.weight.device),
            bidirectional=self.bidirectional,
            n_buckets=self.n_buckets,
            max_distance=self.max_distance,
        )
        return self.weight[buckets].permute(2, 0, 1).unsqueeze(0)  # (1, H, Tq, Tk)


def check_count(name: str, value: object, least: int) -> None:
    """Raise an error that names the argument and quotes both numbers, unless it is an integer and at least ``least``.

    Raises:
        TypeError: it is not an integer.
        ValueError: it is too small.

    Example:

        >>> check_count("n_heads", 0, 1)
        Traceback (most recent call last):
        ValueError: n_heads must be at least 1, got 0
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if int(value) < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
