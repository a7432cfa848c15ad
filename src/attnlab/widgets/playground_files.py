"""The files of the book's models as a front end asks for them, and what it knows of a model before it has it."""

import hashlib
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

from safetensors import safe_open

from attnlab.embedding.tsne import TABLES, file_of

MODELS = ("translator", "writer", "reader")
FILES = {"description": "model.json", "weights": "weights.safetensors"}


def asset_name(model: str, file: str) -> str:
    """Return the name under which a front end asks for a file of a model.

    Example:

        >>> asset_name("writer", "weights")
        'models/writer/weights'
    """
    return f"models/{model}/{file}"


def asset_files() -> dict[str, Path]:
    """Return the files of the models, word vectors and maps that come with the package, by the front end's names.

    Example:

        >>> asset_files()["models/reader/description"].name
        'model.json'
    """
    from attnlab.models import shipped_folder

    folders = {**{model: folder_of(model) for model in MODELS}, "word2vec": shipped_folder("word2vec")}
    files = {
        asset_name(model, file): folder / name for model, folder in folders.items() for file, name in FILES.items()
    }
    return {**files, **{f"tsne/{table}": file_of(table) for table in TABLES}}


def folder_of(model: str) -> Path:
    """Return the folder of a model that comes with the package.

    Raises:
        FileNotFoundError: there is no such model.
    """
    from attnlab.models import shipped_folder  # imports torch, which `import attnlab.widgets` need not wait for

    return shipped_folder(model)


@cache
def card(folder: Path) -> dict[str, Any]:
    """Return what a front end knows of a model before it has it, as JSON.

    That is its family and shape, the names of its attentions, how many weights it has, and the size and SHA-256 of each
    of its files.
    """
    described = json.loads((folder / FILES["description"]).read_text(encoding="utf-8"))
    config, family = described["config"], described["family"]
    with safe_open(folder / FILES["weights"], framework="numpy") as weights:
        parameters = sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118
    return {
        "family": family,
        "attentions": attention_names(family, config["n_layers"], config["n_decoder_layers"] or config["n_layers"]),
        "heads": config["n_heads"],
        "max_length": config["max_length"],
        "parameters": parameters,
        "decoding": described.get("decoding", {}),
        "files": {file: facts(folder / name) for file, name in FILES.items()},
    }


def attention_names(family: str, layers: int, decoder_layers: int) -> list[str]:
    """Return the names of a model's attentions in the order in which they compute.

    Example:

        >>> attention_names("encoder-decoder", 1, 1)
        ['encoder.layers.0.attention', 'decoder.layers.0.self_attention', 'decoder.layers.0.cross_attention']
    """
    encoder = [] if family == "decoder-only" else [f"encoder.layers.{layer}.attention" for layer in range(layers)]
    if family == "encoder-only":
        return encoder
    kinds = ("self_attention", "cross_attention") if family == "encoder-decoder" else ("self_attention",)
    depth = decoder_layers if family == "encoder-decoder" else layers
    return encoder + [f"decoder.layers.{layer}.{kind}" for layer in range(depth) for kind in kinds]


def facts(path: Path) -> dict[str, Any]:
    """Return the size and the digest of a file, by which a front end knows that it arrived whole."""
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
