"""Six ways to say where a token stands: the numbers that stand on screen, by the package's own functions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnlab.embedding import Vectors

SCHEMES = ("sinusoidal", "learned", "shaw", "t5", "rotary", "alibi")
MEASURED = ("none", *SCHEMES)
ADDED = ("sinusoidal", "rotary", "alibi")  # they need no learned numbers, and so can be put on any words
SHUFFLED_HEADS = 8  # of ALiBi in a shuffled sentence; the first is shown, whose scores fall most steeply


def encoding(length: int, width: int, base: int) -> Vectors:
    """Return the sinusoidal vectors of the positions 0 to ``length - 1``, ``(length, width)``.

    Example:

        >>> encoding(2, 4, 100).round(2)
        array([[0.  , 1.  , 0.  , 1.  ],
               [0.84, 0.54, 0.1 , 1.  ]], dtype=float32)
    """
    from attnlab.positions import sinusoidal_positions

    return _array(sinusoidal_positions(length, width, base=base))


def angles(position: int, width: int, base: int) -> NDArray[np.float64]:
    """Return the angle of each pair of entries, ``(width / 2,)``, in radians, not reduced.

    Example:

        >>> angles(30, 4, 100)
        array([30.,  3.])
    """
    from attnlab.positions import frequencies

    return np.asarray(position * frequencies(width, base=base).numpy())


def wavelengths(width: int, base: int) -> NDArray[np.float64]:
    """Return after how many positions each pair has gone around once, ``(width / 2,)``.

    Example:

        >>> wavelengths(4, 100).round(3)
        array([ 6.283, 62.832])
    """
    return 2 * np.pi / angles(1, width, base)


def dot_products(table: Vectors, position: int) -> Vectors:
    """Return the dot product of one row of a table with each of its rows, ``(length,)``.

    Example:

        >>> dot_products(np.array([[1.0, 2.0], [3.0, 4.0]]), 1).tolist()
        [11.0, 25.0]
    """
    wide = table.astype(np.float64)
    products: Vectors = (wide @ wide[position]).astype(np.float32)
    return products


def pattern(scheme: str, length: int, *, width: int, base: int, head: int, tables: Any) -> Vectors:
    """Return what position alone adds to the score of query i and key j, ``(length, length)``.

    Args:
        scheme: one of ``SCHEMES``.
        length: how many positions.
        width, base: of the sinusoidal and the rotary angles.
        head: of the schemes whose heads differ: Shaw, T5, ALiBi.
        tables: the learned numbers, ``attnlab.models.PositionTables``.

    Returns:
        NaN where there is no number: a learned position that was never trained.

    Example: a fall by 1 / 4 for each step in the first of four heads.

        >>> from attnlab.models import load_position_tables
        >>> tables = load_position_tables()
        >>> (pattern("alibi", 8, width=4, base=100, head=0, tables=tables) * 4)[0, :4]
        array([ 0., -1., -2., -3.], dtype=float32)
    """
    import torch

    from attnlab.positions import RotaryPositions, alibi_bias

    if scheme == "sinusoidal":
        return _similarities(encoding(length, width, base), length)
    if scheme == "learned":
        return _similarities(np.asarray(tables.learned), length)
    if scheme == "shaw":
        return _shaw(length, tables, head)
    if scheme == "t5":
        return _t5(length, tables, head)
    if scheme == "rotary":
        ones = torch.full((length, width), width**-0.5, dtype=torch.float64)  # each row is of length 1
        turned = RotaryPositions(width, base=base)(ones, torch.arange(length))
        return _array(turned @ turned.T)
    return _array(alibi_bias(tables.heads, length, length)[0, head])


def _similarities(table: Vectors, length: int) -> Vectors:
    """The scaled dot product of each two rows; NaN where the table has no row."""
    known = table[:length].astype(np.float64)
    found = np.full((length, length), np.nan, dtype=np.float32)
    found[: len(known), : len(known)] = known @ known.T / np.sqrt(table.shape[1])
    return found


def _shaw(length: int, tables: Any, head: int) -> Vectors:
    """The key vectors of the clipped distances, asked by the head's mean query."""
    import torch

    from attnlab.positions import ShawRelativePositions

    keys = torch.as_tensor(tables.shaw_keys)
    rows, width = keys.shape
    shaw = ShawRelativePositions(rows // 2, width)
    with torch.no_grad():
        shaw.keys.copy_(keys)
        query = torch.as_tensor(tables.shaw_query)[head].expand(length, width)
        return _array(shaw.key_bias(query, length))


def _t5(length: int, tables: Any, head: int) -> Vectors:
    """The learned number of each distance's bucket."""
    import torch

    from attnlab.positions import T5RelativeBias

    weight = torch.as_tensor(tables.t5_bias)
    n_buckets, heads = weight.shape
    t5 = T5RelativeBias(
        heads, n_buckets=n_buckets, max_distance=tables.t5_max_distance, bidirectional=tables.t5_bidirectional
    )
    with torch.no_grad():
        t5.weight.copy_(weight)
        return _array(t5(length, length)[0, head])


def attend(x: Vectors, added: str | None, base: int) -> tuple[Vectors, Vectors]:
    """Return the weights ``(T, T)`` and the outputs ``(T, D)`` of attention without maps, Q = K = V.

    Args:
        x: the vectors of the words, ``(T, D)``.
        added: how attention is told the positions, one of ``ADDED``; None for not at all.
        base: of the sinusoidal and the rotary angles.

    Example: two words alike look at each other alike, unless a distance counts.

        >>> same = np.ones((2, 2), dtype=np.float32)
        >>> attend(same, None, 100)[0].tolist()
        [[0.5, 0.5], [0.5, 0.5]]
        >>> attend(same, "alibi", 100)[0].round(2).tolist()[0]  # 1 / (1 + exp(-1 / 2)) for itself
        [0.6200000047683716, 0.3799999952316284]
    """
    import torch

    from attnlab.attention import scaled_dot_product_attention
    from attnlab.positions import RotaryPositions, alibi_bias, sinusoidal_positions

    T, D = x.shape
    words = torch.from_numpy(x).double()
    if added == "sinusoidal":
        words = words + sinusoidal_positions(T, D, base=base, dtype=torch.float64)
    looking = RotaryPositions(D, base=base)(words, torch.arange(T)) if added == "rotary" else words
    bias = alibi_bias(SHUFFLED_HEADS, T, T, dtype=torch.float64)[0, 0] if added == "alibi" else None
    outputs, weights = scaled_dot_product_attention(looking, looking, words, bias=bias, return_weights=True)
    return _array(weights), _array(outputs)


def changes(before: Vectors, after: Vectors, order: Sequence[int]) -> Vectors:
    """Return how much each word's output changed, ``(T,)``: the largest difference of an entry.

    Args:
        before: the outputs of the words as they were typed, ``(T, D)``.
        after: the outputs of the words in the order given, ``(T, D)``.
        order: which word stands at each place.

    Example: the second word stands first now; its output rose by 2, that of the other one stayed.

        >>> changes(np.array([[1.0], [5.0]]), np.array([[7.0], [1.0]]), [1, 0]).tolist()
        [0.0, 2.0]
    """
    places = np.argsort(np.asarray(order, dtype=np.int64))  # where each word stands
    largest: Vectors = np.abs(after[places] - before).max(axis=1, initial=0).astype(np.float32)
    return largest


def _array(numbers: Any) -> Vectors:
    found: Vectors = numbers.detach().numpy().astype(np.float32)
    return found
