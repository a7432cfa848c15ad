"""Trained vectors: with both matrices, and as files."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from attnlab.embedding import Vectors, WordVectors
from attnlab.word2vec.config import Word2VecConfig
from attnlab.word2vec.corpus import Counts, Sentences, count_words

if TYPE_CHECKING:
    from attnlab.word2vec.training import Progress

SHIPPED = Path(__file__).parents[1] / "models" / "word2vec"
WEIGHTS, DESCRIPTION = "weights.safetensors", "model.json"
FORMAT, FAMILY, SCALES = 1, "word2vec", ".scales"
TINY = 1e-30  # a row of zeros has a scale too


@dataclass(frozen=True, eq=False)
class TrainedVectors(WordVectors):
    """Word vectors with the output matrix that they were trained with.

    What other word vectors can do, these can: ``vectors["tea"]``, ``vectors.nearest("tea")``, and all of
    ``attnlab.embedding``. The vectors of a word are rows of the input matrix, ``vectors.vectors``.

    Attributes:
        output: ``(V, D)``, the output matrix.
        counts: ``(V,)``, how often each word was met in the corpus.
        config: the settings of the training, as a dict.

    Example:

        >>> vectors = load_word2vec()
        >>> vectors["river"].shape, vectors.output.shape == vectors.vectors.shape
        ((64,), True)
        >>> sorted(word for word, cosine in vectors.nearest("two", 4))
        ['five', 'four', 'six', 'three']
    """

    output: Vectors = field(kw_only=True)
    counts: NDArray[np.int64] = field(kw_only=True)
    config: Mapping[str, Any] = field(kw_only=True)

    def __post_init__(self) -> None:
        sizes = len(self.tokens), len(self.rows), len(self.counts)
        if len(set(sizes)) > 1:
            raise ValueError("{} words, {} rows and {} counts".format(*sizes))
        if self.rows.shape != self.output.shape or self.rows.ndim != 2:
            raise ValueError(f"an input matrix {self.rows.shape} but an output matrix {self.output.shape}")
        if self.scales is not None and self.scales.shape != self.rows.shape[:1]:
            raise ValueError(f"an input matrix {self.rows.shape} but scales {self.scales.shape}")

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write ``weights.safetensors``, both matrices as int8 with one scale a row, and ``model.json`` into a folder.

        A number is off by at most half a scale, which is 1/127 of the largest number of its row.

        Each file is whole or the old one: it is written beside its place, and put there when it is complete.

        Raises:
            OSError: the folder cannot be written to.
            ValueError: a number is not finite.

        Example:

            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     load_word2vec().save(folder)
            ...     load_word2vec(folder).tokens[:3] == load_word2vec().tokens[:3]
            True
        """
        tensors = {**_stored("input", self.vectors), **_stored("output", self.output)}
        content = {
            "format": FORMAT,
            "family": FAMILY,
            "source": self.source,
            "config": dict(self.config),
            "counts": self.counts.tolist(),
            "words": list(self.tokens),
        }
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        _write(place / WEIGHTS, save(tensors, metadata={"format": "pt"}))
        _write(place / DESCRIPTION, f"{text}\n".encode())


def _stored(name: str, matrix: Vectors) -> dict[str, NDArray[Any]]:
    broken = int(np.count_nonzero(~np.isfinite(matrix)))
    if broken:
        raise ValueError(f"{broken} of the {matrix.size} numbers of the {name} matrix are not finite")
    scales = np.maximum(np.abs(matrix).max(axis=1), TINY).astype(np.float32) / 127  # (V,)
    rows = np.round(matrix / scales[:, None]).astype(np.int8)
    return {name: rows, f"{name}{SCALES}": scales}


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f"{path.name}.part")
    beside.write_bytes(content)
    beside.replace(path)


def load_word2vec(folder: str | os.PathLike[str] = SHIPPED) -> TrainedVectors:
    """Return the vectors in a folder; those that come with the package unless another one is named.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is cut short or is something else, or they do not belong together.

    Example:

        >>> len(load_word2vec()) > 9000
        True
    """
    place = Path(folder)
    for name in (WEIGHTS, DESCRIPTION):
        if not (place / name).is_file():
            raise FileNotFoundError(f"{place} lacks {name} of trained word vectors")
    try:
        matrices = load((place / WEIGHTS).read_bytes())
        content = json.loads((place / DESCRIPTION).read_text(encoding="utf-8"))
        if (content["family"], content["format"]) != (FAMILY, FORMAT):
            raise ValueError(
                f"it is {content['family']} of format {content['format']}, not {FAMILY} of format {FORMAT}"
            )
        return TrainedVectors(
            tokens=tuple(content["words"]),
            rows=matrices["input"],
            scales=matrices[f"input{SCALES}"],
            words=len(content["words"]),
            source=content["source"],
            output=matrices["output"] * matrices[f"output{SCALES}"][:, None],
            counts=np.array(content["counts"], dtype=np.int64),
            config=content["config"],
        )
    except (SafetensorError, KeyError, TypeError, ValueError) as problem:
        raise ValueError(f"{place} does not hold trained word vectors ({problem})") from problem


def train_word2vec(
    sentences: Sentences,
    config: Word2VecConfig | None = None,
    *,
    counts: Counts | None = None,
    progress: "Callable[[Progress], None] | None" = None,
) -> TrainedVectors:
    """Return word vectors trained on a corpus.

    The corpus is read once for its vocabulary, and once each epoch unless it is small enough to be kept as numbers. No
    more of it than some ten thousand words of each worker is in memory at a time. With one worker, the same corpus and
    settings give the same vectors.

    Args:
        sentences: each a list of words. It must be possible to go through them again: a list, or an object whose
            ``__iter__`` opens the file anew.
        config: the settings.
        counts: what ``count_words`` found in the corpus, if it is known already.
        progress: called every some ten thousand words.

    Raises:
        TypeError: the sentences are strings, or can be gone through only once.
        ValueError: there are fewer than two different words that are frequent enough, or no sentence has two words; or
            the vectors grew beyond all bounds, which a smaller learning rate avoids.

    Source: Mikolov et al. (2013); see ``attnlab.word2vec.plain`` for the loss and ``attnlab.word2vec.fast`` for the
    method.

    Example: two worlds that never meet.

        >>> sentences = [["king", "queen", "crown"], ["tea", "milk", "cup"]] * 200
        >>> config = Word2VecConfig(dim=8, epochs=10, learning_rate=0.1, subsample=0, workers=1, seed=1)
        >>> vectors = train_word2vec(sentences, config)
        >>> sorted(word for word, cosine in vectors.nearest("tea", 2))
        ['cup', 'milk']
    """
    from attnlab.word2vec.training import Training, run  # vectors that are there can be read without torch

    config = Word2VecConfig() if config is None else config
    if counts is None:
        counts = count_words(sentences, min_count=config.min_count, max_size=config.max_size)
    training = Training(sentences, config, counts)
    run(training, progress)
    inputs, outputs = (matrix.numpy().copy() for matrix in training.matrices)
    if not (np.isfinite(inputs).all() and np.isfinite(outputs).all()):
        raise ValueError(f"the vectors are not finite: learning rate {config.rate} is too large for this corpus")
    return TrainedVectors(
        tokens=counts.vocabulary.tokens,
        rows=inputs,
        scales=None,
        words=len(counts.vocabulary),
        output=outputs,
        counts=counts.counts,
        config=config.to_dict(),
    )
