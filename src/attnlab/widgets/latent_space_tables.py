"""The vectors that an explorer of the latent space can show: the book's two tables, or a reader's own."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from attnlab.embedding import WORDS_FILE, PCAProjection, WordVectors, load_word_vectors, pca_projection
from attnlab.embedding.tsne import load_tsne
from attnlab.widgets.playground_files import asset_name
from attnlab.widgets.table import own_table

Floats = NDArray[np.float64]
Projection = Literal["pca", "tsne"]
BOOKS = ("words", "word2vec")
OWN = "own"
WORD2VEC = Path(__file__).parents[1] / "models" / "word2vec"  # named without torch, which its loader imports
MOST_IN_PAGE = 300_000  # numbers of a reader's own vectors that a page carries; more come from the kernel
LEAST_WORDS, MOST_WORDS = 2, 50_000


@dataclass(frozen=True, eq=False)
class Space:
    """Word vectors, and where their words lie on maps of them.

    Attributes:
        name: ``"words"``, ``"word2vec"`` or ``"own"``.
        vectors: the word vectors.
    """

    name: str
    vectors: WordVectors

    @property
    def words(self) -> tuple[str, ...]:
        """The ``N`` whole words."""
        return self.vectors.tokens[: self.vectors.words]

    def __contains__(self, word: str) -> bool:
        return self.vectors.index.get(word, len(self.vectors)) < self.vectors.words

    @cached_property
    def unit(self) -> Floats:
        """Their vectors at length 1, ``(N, D)``; a vector of length zero stays as it is."""
        rows = self.vectors.vectors[: self.vectors.words].astype(np.float64)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
        return unit

    @cached_property
    def judged(self) -> dict[tuple[str, int], float]:
        """How far each map can be trusted, as far as it was computed."""
        return {}

    @cached_property
    def axes(self) -> PCAProjection | None:
        """The up to three directions in which the unit vectors spread most; None if they spread in none."""
        if (self.unit == self.unit[0]).all():
            return None
        return pca_projection(self.unit, min(3, *self.unit.shape))

    def places(self, projection: str, dimensions: int) -> Floats:
        """Return where the words lie on a map: ``(N, dimensions)``."""
        if projection == "tsne":
            return load_tsne(self.name, dimensions).astype(np.float64)
        places = np.zeros((len(self.unit), dimensions))
        if self.axes is not None:
            found = self.axes(self.unit)[:, :dimensions]  # (N, 1 to dimensions)
            places[:, : found.shape[1]] = found
        return places


@cache
def book_space(name: str) -> Space:
    """Return one of the book's tables; read once, then kept.

    Example:

        >>> len(book_space("words").words)
        8000
    """
    if name == "words":
        return Space(name, load_word_vectors())
    from attnlab.word2vec import load_word2vec  # imports torch, which `import attnlab.widgets` need not wait for

    return Space(name, load_word2vec())


def own_space(given: Any) -> Space:
    """Return a reader's own vectors: a ``WordVectors``, or a dict from words to vectors.

    Raises:
        TypeError: it is neither.
        ValueError: it is empty or too large, or its vectors are not finite numbers of one width.

    Example:

        >>> own_space({"a": [1, 0], "b": [0, 1]}).words
        ('a', 'b')
    """
    if isinstance(given, WordVectors):
        vectors = given
    elif isinstance(given, Mapping):
        strange = next((word for word in given if not isinstance(word, str)), None)
        if strange is not None:
            raise TypeError(f"the words must be strings, got {type(strange).__name__}")
        vectors, _ = own_table(list(given), [np.asarray(one) for one in given.values()])
    else:
        raise TypeError(
            "vectors must be None, 'words', 'word2vec', WordVectors or a dict from words to vectors, "
            f"got {type(given).__name__}"
        )
    if not LEAST_WORDS <= vectors.words <= MOST_WORDS:
        raise ValueError(f"vectors has {vectors.words} words, expected from {LEAST_WORDS} to {MOST_WORDS}")
    if not np.isfinite(vectors.vectors).all():
        raise ValueError("vectors holds numbers that are not finite")
    return Space(OWN, vectors)


def facts_of(name: str, own: Space | None = None) -> dict[str, Any]:
    """Return what a front end knows of a table before it has it: its size, and the names of its files."""
    if own is not None:
        count, dim = len(own.words), own.vectors.dim
        asset = None if count * dim <= MOST_IN_PAGE else OWN
        return {"words": count, "dim": dim, "vectors": asset, "names": None, "tsne": None}
    if name == "words":
        names, path, tensor = None, WORDS_FILE, "rows"
        asset = "words"
    else:
        names, asset = asset_name(name, "description"), asset_name(name, "weights")
        path, tensor = WORD2VEC / "weights.safetensors", "input"
    with safe_open(path, framework="numpy") as file:
        count, dim = file.get_slice(tensor).get_shape()
        metadata = file.metadata() or {}
    return {
        "words": int(metadata.get("words", count)),
        "dim": dim,
        "vectors": asset,
        "names": names,
        "tsne": f"tsne/{name}",
    }


def floats_text(numbers: NDArray[Any]) -> str:
    """Return numbers as base64 of little-endian float32, for a page's JSON.

    Example:

        >>> floats_text(np.array([1.0]))
        'AACAPw=='
    """
    return base64.b64encode(np.ascontiguousarray(numbers, dtype="<f4").tobytes()).decode("ascii")
