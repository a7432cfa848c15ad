"""Vectors for tokens: real ones, and what can be measured in the space that they share.

=====================  =========================================================================
``WordVectors``        a vocabulary and a vector for each of its tokens
``cosine``, ``lean``   how alike two vectors are; how far one leans toward one of two poles
``analogy``            a is to b as c is to which word?
``axis_from_pairs``    a direction that the reader defines by pairs of words
``pca_projection``     few dimensions that keep as much of the variance as they can
``procrustes_...``     the rotation that lays one space on another
=====================  =========================================================================
"""

from attnlab.embedding.projections import PCAProjection, pca_projection, procrustes_alignment
from attnlab.embedding.spaces import (
    Neighbors,
    analogy,
    axis_from_pairs,
    coordinates_along,
    cosine,
    lean,
    nearest_neighbors,
)
from attnlab.embedding.words import (
    STATIC,
    WORDS_FILE,
    AffineMap,
    HeadMaps,
    Vectors,
    WordVectors,
    load_word_vectors,
    read_word_vectors,
)

__all__ = [
    "STATIC",
    "WORDS_FILE",
    "AffineMap",
    "HeadMaps",
    "Neighbors",
    "PCAProjection",
    "Vectors",
    "WordVectors",
    "analogy",
    "axis_from_pairs",
    "coordinates_along",
    "cosine",
    "lean",
    "load_word_vectors",
    "nearest_neighbors",
    "pca_projection",
    "procrustes_alignment",
    "read_word_vectors",
]
