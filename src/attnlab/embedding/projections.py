"""Spaces seen in fewer dimensions (PCA), and one space turned onto another (Procrustes).

Vectors are rows. All is computed in float64, whatever the rows are stored as.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PCAProjection:
    """A projection onto the directions in which some vectors spread most. Call it to project other vectors as well.

    Attributes:
        mean: ``(D,)``, of the vectors that it was fitted to: the point that is projected to 0.
        axes: ``(n, D)``, of length 1 and at right angles to each other. In each the largest entry is positive.
        explained_variance: ``(n,)``, the variance along each axis (divided by N - 1).
        explained_variance_ratio: ``(n,)``, its share of the whole variance.
    """

    mean: Floats
    axes: Floats
    explained_variance: Floats
    explained_variance_ratio: Floats

    def __call__(self, vectors: ArrayLike) -> Floats:
        """Return the coordinates of vectors: ``(..., D) -> (..., n)``. ValueError if the width is another."""
        points = np.asarray(vectors, dtype=np.float64)
        if points.shape[-1:] != self.mean.shape:
            raise ValueError(f"the projection takes vectors of width {len(self.mean)}, got shape {points.shape}")
        coordinates: Floats = (points - self.mean) @ self.axes.T  # (..., n)
        return coordinates

    def restore(self, coordinates: ArrayLike) -> Floats:
        """Return the points that coordinates stand for: ``(..., n) -> (..., D)``. ValueError if ``n`` is another."""
        places = np.asarray(coordinates, dtype=np.float64)
        if places.shape[-1:] != (len(self.axes),):
            raise ValueError(f"the projection has {len(self.axes)} axes, got coordinates of shape {places.shape}")
        points: Floats = places @ self.axes + self.mean  # (..., D)
        return points


def pca_projection(vectors: ArrayLike, n_components: int = 2) -> PCAProjection:
    """Return the projection onto the ``n_components`` directions in which vectors ``(N, D)`` spread most.

    An axis and its opposite are equally good. The one whose largest entry is positive is taken, so that the same
    vectors give the same picture every time.

    Raises:
        ValueError: ``vectors`` is not a matrix of finite numbers, all are one point, or ``n_components`` is less than 1
            or more than N or D.

    Source: Pearson, *On Lines and Planes of Closest Fit to Systems of Points in Space* (1901).

    Example: four points on a line that climbs 4 for each 3.

        >>> projection = pca_projection([[0, 0], [3, 4], [6, 8], [9, 12]], n_components=1)
        >>> projection.axes
        array([[0.6, 0.8]])
        >>> projection([[4.5, 6], [7.5, 10]])  # the middle, and 5 further
        array([[0.],
               [5.]])

    Of six real words, the first axis tells fruit from devices; two words that were not among them fall into place.

        >>> from attnlab.embedding import load_word_vectors
        >>> words = load_word_vectors()
        >>> first_axis = pca_projection(words["apple", "banana", "pear", "phone", "laptop", "computer"], 1)
        >>> first_axis(words["peach", "keyboard"]).round(1)
        array([[-1.9],
               [ 0.8]])
    """
    points = as_matrix("vectors", vectors)
    if not 1 <= n_components <= min(points.shape):
        raise ValueError(
            f"n_components must be from 1 to {min(points.shape)} for vectors of shape {points.shape}, "
            f"got {n_components}"
        )
    if (points == points[0]).all():
        raise ValueError(f"all {len(points)} vectors are the same point: they spread in no direction")
    mean = points.mean(axis=0)  # (D,)
    _, spreads, axes = np.linalg.svd(points - mean, full_matrices=False)
    axes = axes[:n_components]  # (n, D)
    largest = axes[np.arange(n_components), np.abs(axes).argmax(axis=1)]  # (n,)
    variances = spreads**2 / (len(points) - 1)
    shares = variances / variances.sum()
    return PCAProjection(mean, axes * np.sign(largest)[:, None], variances[:n_components], shares[:n_components])


def procrustes_alignment(source: ArrayLike, target: ArrayLike, *, allow_reflection: bool = True) -> Floats:
    """Return the orthogonal map ``Q``, ``(D, D)``, for which ``source @ Q`` is closest to ``target``.

    It makes the sum of the squared distances ``||source @ Q - target||^2`` as small as any orthogonal map can. It turns
    the space and may mirror it, but moves and stretches nothing: center the vectors first if their means differ. With
    fewer than ``D`` independent pairs several maps are equally good, and this is one of them.

    Args:
        source, target: ``(N, D)`` each. Row ``i`` of one belongs to row ``i`` of the other.
        allow_reflection: whether ``Q`` may mirror the space (determinant -1). If not, it is a rotation (determinant 1).

    Raises:
        ValueError: the counts or the widths differ, there is no row, or a number is not finite.

    Source: Schönemann, *A generalized solution of the orthogonal Procrustes problem* (1966). For rotations only:
    Umeyama, *Least-Squares Estimation of Transformation Parameters Between Two Point Patterns* (1991). For word vectors
    of two languages: Xing et al., *Normalized Word Embedding and Orthogonal Transform for
    Bilingual Word Translation* (2015).

    Example: the second space is the first, turned by a right angle.

        >>> turn = procrustes_alignment([[1, 0], [0, 2]], [[0, 1], [-2, 0]])
        >>> [[3, 4]] @ turn
        array([[-4.,  3.]])
    """
    a, b = as_matrix("source", source), as_matrix("target", target)
    if len(a) != len(b):
        raise ValueError(f"{len(a)} source vectors but {len(b)} target vectors: they must come in pairs")
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"source vectors have width {a.shape[1]} but target vectors have width {b.shape[1]}")
    left, _, right = np.linalg.svd(a.T @ b)  # (D, D), (D,), (D, D)
    if not allow_reflection and np.linalg.det(left @ right) < 0:
        left[:, -1] *= -1  # mirror the direction that matters least
    turn: Floats = left @ right
    return turn


def as_matrix(name: str, given: ArrayLike) -> Floats:
    """Return a matrix of finite numbers as float64, or an error that says what is wrong with it."""
    matrix = np.asarray(given, dtype=np.float64)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"{name} must be a matrix with at least 1 row and 1 column, got shape {matrix.shape}")
    broken = np.count_nonzero(~np.isfinite(matrix).all(axis=1))
    if broken:
        raise ValueError(f"{broken} of the {len(matrix)} rows of {name} hold NaN or infinity")
    return matrix
