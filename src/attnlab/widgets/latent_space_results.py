"""What the explorer of the latent space computes, by the package's own functions. The front end computes the same."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from attnlab import embedding
from attnlab.widgets.latent_space_tables import Floats, Space

NEIGHBORS = 10
SAMPLE = 200  # words over which a whole picture is judged
ANSWERS = 6
SENSE_NEIGHBORS = 24
Listed = list[tuple[str, float]]
Pairs = Sequence[Sequence[str]]


class Analogy(NamedTuple):
    """The best answers to a - b + c, each with its cosine: without the three words, and with them."""

    excluded: Listed
    included: Listed


class Sense(NamedTuple):
    """A neighbor of a word, its cosine to it, and how far it leans to the first meaning (+1) or the second (-1)."""

    word: str
    cosine: float
    lean: float


class Coordinates(NamedTuple):
    """What lies where in a picture.

    Attributes:
        words: the ``n`` words.
        places: ``(n, 2)`` or ``(n, 3)``, their coordinates.
    """

    words: tuple[str, ...]
    places: Floats


def neighbors(space: Space, word: str) -> Listed:
    """Return the 10 words with the largest cosine to a word, in all dimensions; fewer if there are no more words."""
    k = min(NEIGHBORS, len(space.words) - 1)
    return space.vectors.nearest(word, k) if k > 0 else []


def picture_neighbors(space: Space, places: Floats, word: str) -> Listed:
    """Return the 10 words that lie nearest to a word in a picture, each with its distance there."""
    itself = space.vectors.index[word]
    distances = np.linalg.norm(places - places[itself], axis=1)  # (N,)
    order = [row for row in np.argsort(distances, kind="stable")[: NEIGHBORS + 1] if row != itself]
    return [(space.words[row], float(distances[row])) for row in order[:NEIGHBORS]]


def mean_overlap(space: Space, projection: str, dimensions: int) -> float:
    """Return how many of its 10 nearest words a word keeps on a map, on average over 200 words.

    The 200 words are spread evenly over the table: every 40th of 8,000. What was computed once is kept.
    """
    asked = (projection, dimensions)
    if asked not in space.judged:
        space.judged[asked] = _mean_overlap(space.unit, space.places(projection, dimensions))
    return space.judged[asked]


def _mean_overlap(unit: Floats, places: Floats) -> float:
    k = min(NEIGHBORS, len(unit) - 1)
    rows = sample(len(unit))
    kept = []
    for row, cosines in zip(rows, unit[rows] @ unit.T, strict=True):  # (N,) each
        distances = ((places - places[row]) ** 2).sum(axis=1)  # (N,)
        cosines[row], distances[row] = -np.inf, np.inf
        near, seen = (np.argsort(far, kind="stable")[:k] for far in (-cosines, distances))
        kept.append(len(np.intersect1d(near, seen)))
    return float(np.mean(kept))


def sample(count: int) -> list[int]:
    """Return the rows over which a picture of ``count`` words is judged.

    Example:

        >>> sample(3), sample(400)[:4]
        ([0, 1, 2], [0, 2, 4, 6])
    """
    size = min(SAMPLE, count)
    return [place * count // size for place in range(size)]


def analogy(space: Space, terms: Sequence[str]) -> Analogy:
    """Return the answers to ``terms[0] - terms[1] + terms[2]``. ValueError if the sum is zero."""
    a, b, c = terms
    count, rows = len(space.words), [space.vectors.index[term] for term in terms]
    others = count - len(set(rows))
    excluded = embedding.analogy(space.vectors, b, a, c, min(ANSWERS, others)) if others else []
    unit = space.unit[rows]
    wanted = unit[0] - unit[1] + unit[2]  # (D,)
    if not wanted.any():
        raise ValueError(f"{a!r} - {b!r} + {c!r} is zero: it has no direction")
    near, cosines = embedding.nearest_neighbors(space.unit, wanted, min(ANSWERS, count))
    included = [(space.words[row], float(cosine)) for row, cosine in zip(near, cosines, strict=True)]
    return Analogy(excluded, included)


def analogy_picture(space: Space, terms: Sequence[str], words: Sequence[str]) -> Floats:
    """Return where the target ``a - b + c``, and then the words, lie on the plane through three words: ``(1 + n, 2)``.

    All vectors have length 1. ``b`` is the origin, and ``a`` lies on the first axis to its right; the target lies in
    this plane itself, other words are seen from above.
    """
    a, b, c = (space.unit[space.vectors.index[term]] for term in terms)
    along = a - b
    first = along / (np.linalg.norm(along) or 1.0)
    aside = (c - b) - ((c - b) @ first) * first
    length = np.linalg.norm(aside)
    second = aside / length if length > 1e-9 else np.zeros_like(aside)
    points = np.vstack([a - b + c, *(space.unit[space.vectors.index[word]] for word in words)])
    places: Floats = (points - b) @ np.stack([first, second], axis=1)  # (1 + n, 2)
    return places


def senses(space: Space, word: str, poles: Sequence[Sequence[str]]) -> list[Sense]:
    """Return the 24 nearest neighbors of a word with their leans between two meanings."""
    k = min(SENSE_NEIGHBORS, len(space.words) - 1)
    near = space.vectors.nearest(word, k) if k > 0 else []
    leans = leans_of(space, [name for name, _ in near], poles)
    return [Sense(name, cosine, lean) for (name, cosine), lean in zip(near, leans, strict=True)]


def leans_of(space: Space, words: Sequence[str], poles: Sequence[Sequence[str]]) -> list[float]:
    """Return how far words lean to the first of two groups of words (+1) or to the second (-1)."""
    pole_a, pole_b = (known(space, pole) for pole in poles)
    if not pole_a or not pole_b:
        raise ValueError("none of the words of a meaning is in this table")
    vectors = space.vectors
    return (
        [float(lean) for lean in embedding.lean(vectors[list(words)], vectors[pole_a], vectors[pole_b])]
        if words
        else []
    )


def along_axes(space: Space, words: Sequence[str], axes: Sequence[Pairs]) -> Coordinates:
    """Return where words lie along axes that pairs of words define; what the table does not hold is left out.

    An axis without pairs is left out as well. ValueError if a table holds none of the pairs of an axis, or they cancel.
    """
    there = known(space, words)
    columns = []
    for pairs in axes:
        held = [(low, high) for low, high in pairs if low in space and high in space]
        if pairs and not held:
            raise ValueError(f"this table holds none of the {len(pairs)} pairs of an axis")
        if pairs:
            axis = embedding.axis_from_pairs(space.vectors, held)
            columns.append([float(embedding.coordinates_along(space.vectors[word], axis)) for word in there])
    return Coordinates(tuple(there), np.array(columns, dtype=np.float64).reshape(len(columns), len(there)).T)


def known(space: Space, words: Sequence[str]) -> list[str]:
    """Return those of some words that a table holds."""
    return [word for word in words if word in space]


def shares(space: Space, dimensions: int) -> list[float]:
    """Return the share of the variance that each axis of the PCA picture keeps."""
    return [] if space.axes is None else [float(one) for one in space.axes.explained_variance_ratio[:dimensions]]


def listed(found: Listed) -> list[list[Any]]:
    """Return words and numbers as JSON has them."""
    return [[word, number] for word, number in found]
