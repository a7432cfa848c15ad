"""Ids as rows with a single 1."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, SupportsIndex

from attnlab.text.vocabulary import checked_ids

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def one_hot(ids: Iterable[SupportsIndex], size: int) -> "NDArray[np.float32]":
    """Return a row for each id with a single 1, in the id's column: ``(T,) -> (T, V)``, float32.

    Times a matrix ``(V, D)``, a row picks the matrix's row of that id.

    Args:
        ids: the ids, from 0 to ``size - 1``: a list, or a NumPy or torch array with one axis.
        size: how many ids there are, ``V``.

    Raises:
        TypeError: the ids are not whole numbers.
        ValueError: an id is out of range, the ids have more axes than one, or ``size`` is less than 1.

    Source: Bengio et al., *A Neural Probabilistic Language Model* (2003), section 2: its matrix C holds a row for each
    word, and these rows pick from it.

    Example:

        >>> one_hot([2, 0], 3)
        array([[0., 0., 1.],
               [1., 0., 0.]], dtype=float32)
    """
    import numpy as np  # cutting a text does not need it

    if size < 1:
        raise ValueError(f"size must be at least 1, got {size}")
    places = checked_ids(ids, size)
    rows = np.zeros((len(places), size), dtype=np.float32)  # (T, V)
    rows[np.arange(len(places)), places] = 1
    return rows
