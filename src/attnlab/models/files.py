"""A model as a folder: its weights, its shape and its tokenizers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from attnlab.models.tokenizers import Tokenizer, describe_tokenizer, tokenizer_from
from attnlab.transformer import DecoderOnly, EncoderDecoder, EncoderOnly, TransformerConfig

WEIGHTS, DESCRIPTION, FORMAT = "weights.safetensors", "model.json", 1
WORD_VECTORS = (FORMAT, "word2vec")  # the format and family of what is no model of tokens
FAMILIES: dict[str, type[EncoderOnly | DecoderOnly | EncoderDecoder]] = {
    "encoder-only": EncoderOnly,
    "decoder-only": DecoderOnly,
    "encoder-decoder": EncoderDecoder,
}
TOKENIZERS = {"encoder-only": ("text",), "decoder-only": ("text",), "encoder-decoder": ("source", "target")}


@dataclass(frozen=True, eq=False)
class StoredModel:
    """A model and what it needs to be used.

    Attributes:
        model: an ``EncoderOnly``, ``DecoderOnly`` or ``EncoderDecoder``, in evaluation mode.
        tokenizers: "text", or "source" and "target" of an encoder-decoder.
        extra: whatever else its description holds, such as how it is best decoded.
    """

    model: EncoderOnly | DecoderOnly | EncoderDecoder
    tokenizers: Mapping[str, Tokenizer]
    extra: Mapping[str, Any] = field(default_factory=dict)


def shipped_folder(name: str) -> Path:
    """Return the folder of a model that comes with the package.

    Raises:
        FileNotFoundError: there is no such model; the message names those that are there.

    Example:

        >>> shipped_folder("translator").name
        'translator'
    """
    here = Path(__file__).parent
    folder = here / name
    if not (folder / DESCRIPTION).is_file():
        there = sorted(path.parent.name for path in here.glob(f"*/{DESCRIPTION}"))
        raise FileNotFoundError(f"no model is called {name!r}; there are {', '.join(there) or 'none'}")
    return folder


def save_model(folder: str | Path, stored: StoredModel) -> None:
    """Write a model as ``weights.safetensors`` (float16) and ``model.json``.

    Raises:
        OSError: the folder cannot be written to.
        ValueError: a weight is too large for float16, or not a number.

    Example:

        >>> import tempfile
        >>> from attnlab.text import ByteLevelBPE
        >>> bpe = ByteLevelBPE([(108, 111)])
        >>> config = TransformerConfig(len(bpe), d_model=6, n_heads=2, n_layers=1, d_ff=8, max_length=5)
        >>> with tempfile.TemporaryDirectory() as place:
        ...     save_model(place, StoredModel(DecoderOnly(config), {"text": bpe}))
        ...     load_model(place).model.config == config
        True
    """
    place = Path(folder)
    family = next(name for name, kind in FAMILIES.items() if isinstance(stored.model, kind))
    _check_tokenizers(str(place), family, stored)
    description = {
        "format": FORMAT,
        "family": family,
        "config": stored.model.config.to_dict(),
        "tokenizers": {name: describe_tokenizer(stored.tokenizers[name]) for name in TOKENIZERS[family]},
        **stored.extra,
    }
    weights = {name: _halved(name, tensor) for name, tensor in stored.model.state_dict().items()}
    place.mkdir(parents=True, exist_ok=True)
    (place / WEIGHTS).write_bytes(save(weights, metadata={"format": "pt"}))
    text = json.dumps(description, ensure_ascii=False, separators=(",", ":"))
    (place / DESCRIPTION).write_text(text + "\n", encoding="utf-8")


def load_model(folder: str | Path) -> StoredModel:
    """Return the model that a folder holds, its weights as float32.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file holds something else, or the weights are not those of the description; the message names
            what is missing, extra or misshapen.

    Example: see :func:`save_model`.

        >>> load_model(shipped_folder("translator")).model.config.source_vocab_size > 2000
        True
    """
    place = Path(folder)
    missing = [name for name in (DESCRIPTION, WEIGHTS) if not (place / name).is_file()]
    if missing:
        raise FileNotFoundError(f"{place} lacks {' and '.join(missing)}")
    described = _description(place / DESCRIPTION)
    family = described.pop("family")
    config = TransformerConfig.from_dict(described.pop("config"))
    tokenizers = {name: tokenizer_from(value) for name, value in described.pop("tokenizers").items()}
    model = FAMILIES[family](config, generator=torch.Generator().manual_seed(0))
    model.load_state_dict(_weights(place / WEIGHTS, model.state_dict()))
    stored = StoredModel(model.eval(), tokenizers, described)
    _check_tokenizers(str(place), family, stored)
    return stored


def _description(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    try:
        described = dict(json.loads(content))
        found = (described.pop("format"), described["family"])
        names = () if found == WORD_VECTORS else (*described["config"], *described["tokenizers"])
    except (ValueError, TypeError, KeyError) as problem:
        raise ValueError(f"{path} holds {len(content)} bytes that describe no model ({problem!r})") from problem
    if found == WORD_VECTORS:
        raise ValueError(f"{path} describes word vectors, which attnlab.word2vec.load_word2vec reads")
    if found not in [(FORMAT, family) for family in FAMILIES] or not names:
        raise ValueError(
            f"{path} has format {found[0]!r} and family {found[1]!r}; known are {FORMAT} and {', '.join(FAMILIES)}"
        )
    return described


def _halved(name: str, tensor: Tensor) -> Tensor:
    """A weight as float16, which holds numbers up to 65,504."""
    halved = tensor.detach().to(torch.float16).contiguous()
    if not halved.isfinite().all():
        raise ValueError(f"{name} has numbers up to {tensor.abs().max():.4g}: float16 holds no more than 65504")
    return halved


def _weights(path: Path, wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a file as float32, after a check that they are those of the model."""
    try:
        tensors = load_file(path)
    except SafetensorError as problem:
        raise ValueError(f"{path} holds {path.stat().st_size} bytes that are not safetensors ({problem})") from problem
    problems = [
        *(f"{name} is missing" for name in wanted if name not in tensors),
        *(f"{name} is not known" for name in tensors if name not in wanted),
        *(
            f"{name} has shape {tuple(tensors[name].shape)}, not {tuple(tensor.shape)}"
            for name, tensor in wanted.items()
            if name in tensors and tensors[name].shape != tensor.shape
        ),
    ]
    if problems:
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise ValueError(f"{path} holds another model's weights: " + "; ".join(problems[:5]) + more)
    return {name: tensor.float() for name, tensor in tensors.items()}


def _check_tokenizers(where: str, family: str, stored: StoredModel) -> None:
    """Raise an error unless the tokenizers are those of the family, and as large as the model's vocabularies."""
    if tuple(stored.tokenizers) != TOKENIZERS[family]:
        raise ValueError(
            f"{where}: a model of family {family} has the tokenizers {TOKENIZERS[family]}, "
            f"got {tuple(stored.tokenizers)}"
        )
    config = stored.model.config
    sizes = {"source": config.source_vocab_size or config.vocab_size}
    for name, tokenizer in stored.tokenizers.items():
        size = sizes.get(name, config.vocab_size)
        if len(tokenizer) != size:
            raise ValueError(f"{where}: the {name} tokenizer has {len(tokenizer)} tokens but the model {size}")
