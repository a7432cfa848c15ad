"""The blocks of the Transformer's drawing: which of them a family keeps, and how many weights each holds in a model.

A block is named as in the model itself, without the number of the layer: ``"decoder.cross_attention"`` stands for that
attention in all layers, together with its add-and-norm.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from safetensors import safe_open

from attnlab.widgets.playground_files import FILES, card

ENCODER = tuple(f"encoder.{part}" for part in ("embedding", "positions", "attention", "feed_forward", "norm"))
DECODER_ALONE = tuple(
    f"decoder.{part}" for part in ("embedding", "positions", "self_attention", "feed_forward", "norm")
)
HEAD = ("output", "softmax")
BLOCKS = (*ENCODER, *DECODER_ALONE[:3], "decoder.cross_attention", *DECODER_ALONE[3:], *HEAD)
KEPT = {
    "encoder-only": (*ENCODER, *HEAD),
    "decoder-only": (*DECODER_ALONE, *HEAD),
    "encoder-decoder": BLOCKS,
}
SHAPE = ("d_model", "n_heads", "n_layers", "d_ff", "vocab_size", "max_length", "norm", "positions", "tie_embeddings")

_IN_LAYER = re.compile(r"(encoder|decoder)\.layers\.\d+\.(\w+?)(?:_add_norm)?\.")
_OF_EMBEDDING = re.compile(r"(source_)?embedding\.(\w+)\.")


def block_of(tensor: str, family: str) -> str:
    """Return the block that a tensor of a model belongs to.

    Raises:
        ValueError: no block of this family holds such a tensor.

    Example:

        >>> block_of("decoder.layers.2.cross_attention_add_norm.norm.bias", "encoder-decoder")
        'decoder.cross_attention'
        >>> block_of("embedding.tokens.weight", "encoder-only")
        'encoder.embedding'
    """
    if found := _IN_LAYER.match(tensor):
        block = f"{found[1]}.{found[2]}"
    elif found := _OF_EMBEDDING.match(tensor):
        stack = "encoder" if found[1] or family == "encoder-only" else "decoder"
        block = f"{stack}.{'positions' if found[2] == 'positions' else 'embedding'}"
    else:
        block = "output" if tensor == "unembedding.weight" else tensor.rpartition(".")[0]
    if block not in KEPT[family]:
        raise ValueError(f"no block of a model of the family {family!r} holds {tensor!r}")
    return block


def block_weights(family: str, shapes: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """Return how many weights each block of a model holds, from the shapes of its tensors.

    Together they are all weights of the model. A block that only uses another's, or that computes without any, has 0.

    Example:

        >>> found = block_weights("decoder-only", {"embedding.tokens.weight": (9, 4), "decoder.norm.bias": (4,)})
        >>> found["decoder.embedding"], found["decoder.norm"], found["output"]
        (36, 4, 0)
    """
    weights = dict.fromkeys(KEPT[family], 0)
    for tensor, shape in shapes.items():
        weights[block_of(tensor, family)] += math.prod(shape)
    return weights


@cache
def family_card(folder: Path) -> dict[str, Any]:
    """Return what a drawing knows of a model: its card, its shape, and the weights of each of its blocks, as JSON."""
    described = json.loads((folder / FILES["description"]).read_text(encoding="utf-8"))
    config, family = described["config"], described["family"]
    with safe_open(folder / FILES["weights"], framework="numpy") as weights:
        shapes = {name: weights.get_slice(name).get_shape() for name in weights.keys()}  # noqa: SIM118
    decodes = described["tokenizers"]["target" if family == "encoder-decoder" else "text"]
    return {
        **card(folder),
        "shape": {
            **{name: config[name] for name in SHAPE},
            "n_decoder_layers": config["n_decoder_layers"] or config["n_layers"],
            "source_vocab_size": config["source_vocab_size"] or config["vocab_size"],
        },
        "start": decodes["special"]["start"],
        "blocks": block_weights(family, shapes),
    }
