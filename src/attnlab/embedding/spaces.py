"""What can be measured in a space of vectors: angles, neighbors, analogies and axes.

Vectors are rows. All is computed in float64, whatever the rows are stored as. Pictures of a space, and maps from one
space to another, are in ``attnlab.embedding.projections``; their names can be imported from here.
"""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attnlab.embedding.projections import Floats, PCAProjection, as_matrix, pca_projection, procrustes_alignment

if TYPE_CHECKING:
    from attnlab.embedding import WordVectors

__all__ = [
    "Neighbors",
    "PCAProjection",
    "analogy",
    "axis_from_pairs",
    "coordinates_along",
    "cosine",
    "lean",
    "nearest_neighbors",
    "pca_projection",
    "procrustes_alignment",
]


def cosine(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Return the cosine of the angle between vectors: 1 for the same direction, 0 for a right angle.

    Args:
        a, b: ``(..., D)``; the leading axes broadcast.

    Returns:
        ``(...)``. A vector of length zero has no direction: its cosine is 0 here.

    Example:

        >>> float(cosine([3, 4], [4, 3]))  # (12 + 12) / (5 * 5)
        0.96
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    products = np.asarray((a * b).sum(axis=-1))
    cosines: NDArray[np.float64] = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    return cosines


def lean(vectors: ArrayLike, poles_a: ArrayLike, poles_b: ArrayLike) -> NDArray[np.float64]:
    """Return how far vectors lean toward pole a (+1) or pole b (-1).

    A pole is the centroid of a few vectors. The lean is measured along the straight line through both poles: it is 1
    at pole a, -1 at pole b, 0 midway, and can lie beyond either.

    It is an affine function. So the lean of an attention output is the weighted sum of the leans of the values:
    ``lean(weights @ values) = weights @ lean(values)``, because the weights of a row sum to 1.

    Args:
        vectors: ``(..., D)``.
        poles_a, poles_b: ``(n, D)`` each: the vectors whose centroids are the poles. ``n`` may differ.

    Returns:
        ``(...)``: one number for each vector, without a unit.

    Raises:
        ValueError: the widths differ, or both poles are the same point.

    Example: midway between (0, 0) and (2, 0) lies (1, y), for any y.

        >>> lean([[2.0, 0.0], [1.0, 7.0], [0.5, 0.0]], poles_a=[[2.0, 0.0]], poles_b=[[0.0, 0.0]])
        array([ 1. ,  0. , -0.5])
    """
    points = np.asarray(vectors, dtype=np.float64)
    pole_a, pole_b = (np.atleast_2d(np.asarray(pole, dtype=np.float64)) for pole in (poles_a, poles_b))
    if not points.shape[-1] == pole_a.shape[-1] == pole_b.shape[-1]:
        widths = f"{points.shape[-1]}, {pole_a.shape[-1]} and {pole_b.shape[-1]}"
        raise ValueError(f"vectors and poles must have one width, got {widths}")
    if len(pole_a) == 0 or len(pole_b) == 0:
        raise ValueError(f"each pole needs a vector, got {len(pole_a)} and {len(pole_b)}")
    a, b = pole_a.mean(axis=0), pole_b.mean(axis=0)
    length_squared = ((a - b) ** 2).sum()
    if length_squared == 0:
        raise ValueError("both poles are the same point, so there is no line between them")
    leans: NDArray[np.float64] = (points - (a + b) / 2) @ (a - b) * (2 / length_squared)
    return leans


class Neighbors(NamedTuple):
    """The rows of a table that are nearest to some vectors, the nearest first, and their cosines; ``(..., k)`` each."""

    rows: NDArray[np.int64]
    cosines: Floats


def nearest_neighbors(table: ArrayLike, vectors: ArrayLike, k: int, *, exclude: Collection[int] = ()) -> Neighbors:
    """Return the ``k`` rows of a table with the largest cosine to each vector; of equal ones the first comes first.

    Args:
        table: ``(V, D)``.
        vectors: ``(..., D)``.
        k: how many rows.
        exclude: rows that are no answers, such as those of the vectors themselves.

    Returns:
        rows ``(..., k)`` and cosines ``(..., k)``.

    Raises:
        ValueError: the widths differ, the table is not a matrix of finite numbers, an excluded row does not exist, or
            ``k`` is less than 1 or more than there are rows left, or a vector is not finite.

    Example: of three directions, (1, 1) is 45 degrees from the first, 0 from the second, 135 from the third.

        >>> rows, cosines = nearest_neighbors([[2, 0], [3, 3], [-1, 0]], [1, 1], k=2)
        >>> rows
        array([1, 0])
        >>> cosines.round(4)
        array([1.    , 0.7071])

    And of real words, which are not their own neighbors here:

        >>> from attnlab.embedding import load_word_vectors
        >>> words = load_word_vectors()
        >>> cities = [words.index[city] for city in ("paris", "berlin", "tokyo")]
        >>> rows, cosines = nearest_neighbors(words.vectors[: words.words], words.vectors[cities], 1, exclude=cities)
        >>> [words.tokens[row] for row in rows[:, 0]]
        ['france', 'germany', 'japan']
    """
    rows, points = as_matrix("table", table), np.asarray(vectors, dtype=np.float64)
    if points.ndim == 0 or points.shape[-1] != rows.shape[1]:
        raise ValueError(f"the table's vectors have width {rows.shape[1]}, but vectors has shape {points.shape}")
    left_out = sorted(set(exclude))
    if left_out and not 0 <= left_out[0] <= left_out[-1] < len(rows):
        wrong = left_out[0] if left_out[0] < 0 else left_out[-1]
        raise ValueError(f"excluded row {wrong} is not from 0 to {len(rows) - 1}")
    if not 1 <= k <= len(rows) - len(left_out):
        raise ValueError(f"k must be from 1 to {len(rows) - len(left_out)}, got {k}")
    if not np.isfinite(points).all():
        raise ValueError(
            f"{np.count_nonzero(~np.isfinite(points))} of the {points.size} numbers of vectors are not finite"
        )
    cosines = _unit(points) @ _unit(rows).T  # (..., V)
    ranked = cosines.copy()
    ranked[..., left_out] = -np.inf
    order = np.argsort(-ranked, axis=-1, kind="stable")[..., :k]  # (..., k)
    return Neighbors(order, np.take_along_axis(cosines, order, axis=-1))


def analogy(words: "WordVectors", a: str, b: str, c: str, k: int = 10) -> list[tuple[str, float]]:
    """Return the ``k`` best answers to "a is to b as c is to what?", each with its cosine to ``b - a + c``.

    The three vectors are brought to length 1 first. The three words themselves are never answers, though one of them is
    often the nearest of all: ``words.nearest`` of a vector shows that. Only whole words are answers.

    Args:
        words: the vectors.
        a, b, c: words of the table.
        k: how many answers.

    Raises:
        KeyError: the table does not hold one of the words.
        ValueError: ``k`` is less than 1 or more than there are other words, or ``b - a + c`` is zero.

    Source: Mikolov et al., *Linguistic Regularities in Continuous Space Word Representations* (2013), section 4.
    The inputs are left out as in word2vec's published program; what that hides is the subject of Rogers et al., *The
    (Too Many) Problems of Analogical Reasoning with Word Vectors* (2017).

    Example:

        >>> from attnlab.embedding import load_word_vectors
        >>> [word for word, cosine in analogy(load_word_vectors(), "man", "king", "woman", k=3)]
        ['queen', 'kings', 'queens']
    """
    from_a, from_b, from_c = _unit(words[[a, b, c]].astype(np.float64))  # (D,) each
    wanted = from_b - from_a + from_c  # (D,)
    if not wanted.any():
        raise ValueError(f"{b!r} - {a!r} + {c!r} is zero: it has no direction")
    inputs = {row for row in (words.index[word] for word in (a, b, c)) if row < words.words}
    rows, cosines = nearest_neighbors(words.vectors[: words.words], wanted, k, exclude=inputs)
    return [(words.tokens[row], float(cosine)) for row, cosine in zip(rows, cosines, strict=True)]


def axis_from_pairs(words: "WordVectors", pairs: Sequence[tuple[str, str]]) -> Floats:
    """Return the direction that leads from the first words of some pairs to their second words: ``(D,)``, length 1.

    It is the mean of the differences, second minus first, brought to length 1.

    Raises:
        KeyError: the table does not hold one of the words.
        TypeError: a pair is not two words.
        ValueError: there is no pair, or the differences cancel.

    Source: Grand et al., *Semantic projection recovers rich human knowledge of multiple object features from word
    embeddings* (2022), methods.

    Example: three pairs make an axis of size, on which animals that are in no pair fall into order.

        >>> from attnlab.embedding import load_word_vectors
        >>> words = load_word_vectors()
        >>> size = axis_from_pairs(words, [("small", "large"), ("little", "big"), ("tiny", "huge")])
        >>> coordinates_along(words["mouse", "dog", "horse", "elephant"], size).round(2)
        array([-0.97, -0.42,  0.39,  0.59])
    """
    for place, pair in enumerate(pairs):
        if isinstance(pair, str) or len(pair) != 2:
            raise TypeError(f"pair {place} must be two words, got {pair!r}")
    if len(pairs) == 0:
        raise ValueError("an axis needs at least 1 pair of words, got 0")
    first, second = (words[[pair[side] for pair in pairs]].astype(np.float64) for side in (0, 1))  # (n, D) each
    axis = (second - first).mean(axis=0)  # (D,)
    length = np.linalg.norm(axis)
    if length == 0:
        raise ValueError(f"the differences of the {len(pairs)} pairs cancel: they point nowhere")
    direction: Floats = axis / length
    return direction


def coordinates_along(vectors: ArrayLike, axis: ArrayLike) -> Floats:
    """Return how far vectors reach along an axis: ``(..., D) -> (...)``, in the vectors' unit of length.

    Args:
        vectors: ``(..., D)``.
        axis: ``(D,)``. Only its direction counts.

    Raises:
        ValueError: the widths differ, or the axis is zero.

    Example:

        >>> coordinates_along([[3, 4], [0, 5]], axis=[10, 0])
        array([3., 0.])
    """
    points, direction = np.asarray(vectors, dtype=np.float64), np.asarray(axis, dtype=np.float64)
    if direction.ndim != 1 or points.shape[-1:] != direction.shape:
        raise ValueError(f"vectors of shape {points.shape} but an axis of shape {direction.shape}")
    length = np.linalg.norm(direction)
    if length == 0:
        raise ValueError(f"the axis is {len(direction)} zeros: it points nowhere")
    along: Floats = np.asarray(points @ (direction / length))
    return along


def _unit(vectors: Floats) -> Floats:
    """Vectors at length 1; a vector of length zero stays as it is."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Floats = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled
