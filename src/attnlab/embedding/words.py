"""Real word vectors, and one trained attention head that reads them.

The vectors are the token embeddings of all-MiniLM-L6-v2 (Apache-2.0), reduced to 128 dimensions;
``tools/build_words.py`` makes the file and says how. The unit of length is chosen so that the score of a word with
itself, divided by ``sqrt(128)``, is 2 on average.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from safetensors import SafetensorError, safe_open

from attnlab.embedding.spaces import cosine
from attnlab.text import WordPieceTokenizer

Vectors = NDArray[np.float32]

STATIC = Path(__file__).parents[1] / "static"
WORDS_FILE = STATIC / "words.safetensors"


@dataclass(frozen=True, eq=False)
class AffineMap:
    """A learned map from one space to another: ``W x + b``, for each row ``x``.

    Attributes:
        weight: ``(Dh, D)``.
        bias: ``(Dh,)``, or None for no bias.

    Example:

        >>> swap = AffineMap(np.array([[0.0, 1.0], [1.0, 0.0]]))
        >>> swap(np.array([[3.0, 4.0]]))
        array([[4., 3.]], dtype=float32)
    """

    weight: Vectors
    bias: Vectors | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", np.asarray(self.weight, dtype=np.float32))
        if self.weight.ndim != 2:
            raise ValueError(f"a map's weight must be (Dh, D), got shape {self.weight.shape}")
        if self.bias is not None:
            object.__setattr__(self, "bias", np.asarray(self.bias, dtype=np.float32))
            if self.bias.shape != self.weight.shape[:1]:
                raise ValueError(f"weight of shape {self.weight.shape} but bias of shape {self.bias.shape}")

    def __call__(self, rows: ArrayLike) -> Vectors:
        """Return the mapped rows: ``(T, D) -> (T, Dh)``."""
        x = np.asarray(rows, dtype=np.float32)
        if x.shape[-1] != self.weight.shape[1]:
            raise ValueError(f"the map takes vectors of width {self.weight.shape[1]}, got width {x.shape[-1]}")
        mapped: Vectors = x @ self.weight.T  # (T, Dh)
        return mapped if self.bias is None else mapped + self.bias


@dataclass(frozen=True, eq=False)
class HeadMaps:
    """The three maps of an attention head, W_Q, W_K and W_V, and a label that says where they are from.

    Raises:
        ValueError: the three maps do not have one shape.

    Source: Vaswani et al., *Attention Is All You Need* (2017), section 3.2.2.

    Example: a head that halves the values.

        >>> same, half = AffineMap(np.eye(2)), AffineMap(np.eye(2) / 2)
        >>> HeadMaps(query=same, key=same, value=half, label="by hand").width
        2
    """

    query: AffineMap
    key: AffineMap
    value: AffineMap
    label: str

    def __post_init__(self) -> None:
        query, key, value = (one.weight.shape for one in (self.query, self.key, self.value))
        if not query == key == value:
            raise ValueError(f"the three maps must have one shape, got query {query}, key {key}, value {value}")

    @property
    def width(self) -> int:
        """The head width ``Dh``."""
        return len(self.query.weight)


@dataclass(frozen=True, eq=False)
class WordVectors:
    """A vocabulary and a vector for each of its tokens.

    Attributes:
        tokens: the ``V`` tokens. The first ``words`` of them are whole words.
        rows: ``(V, D)``, the vectors as they are stored: int8, or float32.
        scales: ``(V,)``, what each stored row is multiplied by to give the vector; None for 1.
        words: how many of the tokens are whole words.
        maps: a trained head that reads these vectors, or None.
        source: where the vectors are from.
        explained_variance: the share of the variance that the reduction to ``D`` dimensions kept.

    Example:

        >>> words = load_word_vectors()
        >>> words["apple", "pear"].shape
        (2, 128)
        >>> [word for word, cosine in words.nearest("banana", 3)]
        ['bananas', 'coconut', 'monkey']
    """

    tokens: tuple[str, ...]
    rows: NDArray[np.int8] | Vectors
    scales: Vectors | None
    words: int
    maps: HeadMaps | None = None
    source: str = ""
    explained_variance: float = 1.0

    @cached_property
    def vectors(self) -> Vectors:
        """All vectors, ``(V, D)``, as float32."""
        rows = self.rows.astype(np.float32)
        return rows if self.scales is None else rows * self.scales[:, None]

    @property
    def dim(self) -> int:
        """The length ``D`` of a vector."""
        return len(self.rows[0])

    @cached_property
    def index(self) -> dict[str, int]:
        """Which row belongs to which token."""
        return {token: row for row, token in enumerate(self.tokens)}

    @cached_property
    def tokenizer(self) -> WordPieceTokenizer:
        """A tokenizer that cuts sentences into tokens of this table."""
        return WordPieceTokenizer(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self.index

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, tokens: str | Sequence[str]) -> Vectors:
        """Return the vectors of some tokens: ``(D,)`` for one string, ``(T, D)`` for several.

        Raises:
            KeyError: the table does not hold one of them.
        """
        if isinstance(tokens, str):
            return np.asarray(self.vectors[self._row(tokens)])
        return np.asarray(self.vectors[[self._row(token) for token in tokens]])  # (T, D)

    def _row(self, token: str) -> int:
        if token not in self.index:
            raise KeyError(f"{token!r} is not among the {len(self.tokens)} tokens of the table")
        return self.index[token]

    def nearest(self, word: str | ArrayLike, k: int = 10) -> list[tuple[str, float]]:
        """Return the ``k`` whole words with the largest cosine to a word or a vector ``(D,)``, without the word itself.

        Raises:
            KeyError: the table does not hold the word.
            ValueError: ``k`` is less than 1 or more than there are words, or the vector has another width.
        """
        vector = self[word] if isinstance(word, str) else np.asarray(word, dtype=np.float32)
        if vector.shape != (self.dim,):
            raise ValueError(f"the table's vectors have shape ({self.dim},), got {vector.shape}")
        itself = self.index[word] if isinstance(word, str) else None
        cosines = cosine(self.vectors[: self.words], vector)  # (words,)
        order = [row for row in np.argsort(-cosines, kind="stable") if row != itself]
        if not 1 <= k <= len(order):
            raise ValueError(f"k must be from 1 to {len(order)}, got {k}")
        return [(self.tokens[row], float(cosines[row])) for row in order[:k]]


@cache
def load_word_vectors() -> WordVectors:
    """Return the word vectors that come with the package; read once, then kept.

    Returns:
        9,998 tokens with vectors of width 128 and a head of width 32. The first 8,000 tokens are whole words; then come
        ``[UNK]``, single characters, and pieces that continue a word.

    Raises:
        FileNotFoundError: the file is missing.
        ValueError: the file is cut short or is something else.
    """
    return read_word_vectors(WORDS_FILE)


def read_word_vectors(path: Path) -> WordVectors:
    """Return the word vectors in the safetensors file at ``path``. Raises as ``load_word_vectors`` does.

    Example:

        >>> len(read_word_vectors(WORDS_FILE))
        9998
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"The word vectors are missing: {path}. Install the package again, or run `make front-end`."
        )
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, it is not a dict
        return _word_vectors(tensors, metadata)
    except (SafetensorError, KeyError, ValueError) as problem:
        size = path.stat().st_size
        raise ValueError(f"{path} holds {size} bytes that are not the book's word vectors ({problem})") from problem


def _word_vectors(tensors: dict[str, NDArray[Any]], metadata: dict[str, str]) -> WordVectors:
    tokens = tuple(json.loads(metadata["tokens"]))
    rows, scales = tensors["rows"], tensors["scales"]
    if not len(tokens) == len(rows) == len(scales):
        raise ValueError(f"{len(tokens)} tokens, {len(rows)} rows and {len(scales)} scales")
    query, key, value = (
        AffineMap(tensors[f"{name}.weight"], tensors[f"{name}.bias"]) for name in ("query", "key", "value")
    )
    return WordVectors(
        tokens=tokens,
        rows=rows,
        scales=scales,
        words=int(metadata["words"]),
        maps=HeadMaps(query, key, value, label=metadata["head"]),
        source=metadata["source"],
        explained_variance=float(metadata["explained_variance"]),
    )
