"""The t-SNE maps that come with the package: where each word of a table lies on a picture made by t-SNE.

They were computed once, by ``tools/build_tsne.py``; what they were made with is in ``maps/README.md``.
"""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from attnlab.embedding.words import WordVectors

MAPS = Path(__file__).with_name("maps")
TABLES = ("words", "word2vec")
DIMENSIONS = (2, 3)


def file_of(table: str) -> Path:
    """Return the file with the maps of a table, ``"words"`` or ``"word2vec"``.

    Example:

        >>> file_of("words").name
        'words.safetensors'
    """
    return MAPS / f"{table}.safetensors"


def table_digest(table: WordVectors) -> str:
    """Return the SHA-256 of what a map depends on: the whole words and their rows as they are stored.

    The scales are left out: they change no direction.

    Example: another word, another digest.

        >>> rows = np.array([[3, 4]], dtype=np.int8)
        >>> one, other = (WordVectors((word,), rows, scales=None, words=1) for word in ("a", "b"))
        >>> table_digest(one) == table_digest(other)
        False
    """
    words = "\n".join(table.tokens[: table.words]).encode()
    return hashlib.sha256(words + b"\0" + np.ascontiguousarray(table.rows[: table.words]).tobytes()).hexdigest()


def load_tsne(table: str, dimensions: int = 2) -> NDArray[np.float32]:
    """Return where t-SNE puts the whole words of a table that comes with the package: ``(words, dimensions)``.

    Only who is near whom means something in such a map. Its axes do not, nor do distances between its islands.

    Args:
        table: ``"words"``, the vectors of ``load_word_vectors``, or ``"word2vec"``, those of ``load_word2vec``.
        dimensions: 2 or 3. The two maps were computed apart: the first is no shadow of the second.

    Raises:
        FileNotFoundError: there is no map of that table.
        ValueError: ``dimensions`` is neither 2 nor 3, or the file is something else.

    Source: van der Maaten and Hinton, *Visualizing Data using t-SNE* (2008).

    Example:

        >>> load_tsne("words", 3).shape
        (8000, 3)
    """
    if dimensions not in DIMENSIONS:
        raise ValueError(f"dimensions must be 2 or 3, got {dimensions!r}")
    path = file_of(table)
    if not path.is_file():
        there = sorted(file.stem for file in MAPS.glob("*.safetensors"))
        raise FileNotFoundError(f"there is no t-SNE map of {table!r}; there are {', '.join(there) or 'none'}")
    try:
        with safe_open(path, framework="numpy") as file:
            return np.asarray(file.get_tensor(f"{dimensions}d"), dtype=np.float32)
    except SafetensorError as problem:
        raise ValueError(f"{path} does not hold a map in {dimensions} dimensions ({problem})") from problem
