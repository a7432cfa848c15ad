"""Make the t-SNE maps of the book's word vectors: ``python tools/build_tsne.py words 2`` and the like.

Each call computes one map, in 2 or 3 dimensions, of one table, from exactly the vectors that ship, at length 1. It
takes minutes, so the maps are made once and kept beside the package's code. Each file carries the digest of the table
that it was made from and the settings that it was made with; a test compares the digest.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from attnlab.embedding import WordVectors, load_word_vectors
from attnlab.embedding.tsne import file_of, table_digest
from attnlab.word2vec import load_word2vec

TABLES = {"words": load_word_vectors, "word2vec": load_word2vec}
SHARED = {"perplexity": 30, "init": "pca", "random_state": 1}
# In three dimensions a step takes several times as long: fewer of them, and coarser.
SETTINGS: dict[int, dict[str, Any]] = {2: SHARED, 3: {**SHARED, "angle": 0.8}}
STEPS = {2: 1000, 3: 500}


def unit_rows(table: WordVectors) -> NDArray[np.float64]:
    """The whole words' vectors at length 1: between them a Euclidean distance says what a cosine says."""
    rows = table.rows[: table.words].astype(np.float64)  # a row's scale does not change its direction
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def compute(table: WordVectors, dimensions: int, steps: int) -> tuple[NDArray[np.float16], dict[str, str]]:
    import sklearn
    from sklearn.manifold import TSNE

    started = time.perf_counter()
    settings = {**SETTINGS[dimensions], "max_iter": steps}
    method = TSNE(n_components=dimensions, **settings)
    places = method.fit_transform(unit_rows(table))
    facts = {
        "divergence": f"{method.kl_divergence_:.4f}",
        "seconds": f"{time.perf_counter() - started:.0f}",
        "settings": ", ".join(f"{name}={value!r}" for name, value in settings.items()),
        "program": f"scikit-learn {sklearn.__version__}, sklearn.manifold.TSNE",
    }
    return places.astype(np.float16), {f"{dimensions}d.{name}": fact for name, fact in facts.items()}


def add(path: Path, table: WordVectors, dimensions: int, steps: int) -> None:
    """Compute one map and put it into the file, beside the other one if that is of the same table."""
    digest = table_digest(table)
    tensors, metadata = {}, {}
    if path.is_file():
        with safe_open(path, framework="numpy") as file:
            if file.metadata().get("table") == digest:
                metadata = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, it is not a dict
    tensors[f"{dimensions}d"], facts = compute(table, dimensions, steps)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, {**metadata, **facts, "table": digest, "format": "np"})
    print(path.name, {name: tensor.shape for name, tensor in tensors.items()}, facts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("dimensions", type=int, choices=(2, 3))
    parser.add_argument("--steps", type=int, help="other than 1000 in two dimensions, 500 in three")
    asked = parser.parse_args()
    add(file_of(asked.table), TABLES[asked.table](), asked.dimensions, asked.steps or STEPS[asked.dimensions])
