"""A trained model to look into: all-MiniLM-L6-v2, which turns a sentence into a vector.

It is a BERT of 6 layers with 12 heads each, 384 wide, 22.7 million numbers in all, trained on a billion pairs of
sentences so that sentences that mean alike get vectors that point alike. Its files (91 MB, Apache-2.0) are looked for
on this machine first; see :func:`find_minilm`. Nothing in them is executed: weights are ``safetensors``.

Source: Wang et al., *MiniLM: Deep Self-Attention Distillation* (2020); Reimers and Gurevych, *Sentence-BERT* (2019),
section 3, for the pooling; https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2 for the weights.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from attnlab.minilm_files import VOCABULARY, WEIGHTS, find_minilm, kept_folder
from attnlab.text import WordPieceTokenizer
from attnlab.transformer import EncoderOnly, TransformerConfig

__all__ = [
    "MINILM",
    "SentenceEncoder",
    "TokenVectors",
    "bert_names",
    "find_minilm",
    "kept_folder",
    "load_minilm",
    "mean_pool",
    "read_bert",
]

MINILM = TransformerConfig(
    vocab_size=30522,
    d_model=384,
    n_heads=12,
    n_layers=6,
    d_ff=1536,
    max_length=512,
    norm="post",
    activation="gelu",
    positions="learned",
    layer_norm_eps=1e-12,
    n_segments=2,
    embedding_norm=True,
)

# BERT's names in the file, and ours. Each is a map or a norm with a weight and a bias, unless its name ends in one.
NAMES = {
    "embeddings.word_embeddings.weight": "embedding.tokens.weight",
    "embeddings.position_embeddings.weight": "embedding.positions.weight",
    "embeddings.token_type_embeddings.weight": "embedding.segments.weight",
    "embeddings.LayerNorm": "embedding.norm",
}
LAYER_NAMES = {
    "attention.self.query": "attention.query",
    "attention.self.key": "attention.key",
    "attention.self.value": "attention.value",
    "attention.output.dense": "attention.output",
    "attention.output.LayerNorm": "attention_add_norm.norm",
    "intermediate.dense": "feed_forward.enlarge",
    "output.dense": "feed_forward.reduce",
    "output.LayerNorm": "feed_forward_add_norm.norm",
}
# In the file, but no part of the model: the numbers 0 to 511, and a map for a task that sentence vectors do not have.
UNUSED = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")


@dataclass(frozen=True, eq=False)
class TokenVectors:
    """The tokens of some sentences, and what the model makes of each.

    Attributes:
        ids: ``(B, T)``, padded to the longest sentence.
        token_mask: ``(B, T)``, True = a real token.
        vectors: ``(B, T, 384)``; what stands at padding means nothing.
    """

    ids: Tensor
    token_mask: Tensor
    vectors: Tensor


@dataclass(frozen=True, eq=False)
class SentenceEncoder:
    """Turns sentences into vectors. Made by :func:`load_minilm`.

    Attributes:
        model: gives a vector for each token.
        tokenizer: cuts sentences into tokens.

    Source: Reimers and Gurevych, *Sentence-BERT* (2019), section 3.

    Example: see :func:`load_minilm`. The vectors of the single tokens are there, too.

        >>> encoder = load_minilm()
        >>> encoder.forward_tokens(["An apple."]).vectors.shape  # [CLS] an apple . [SEP]
        torch.Size([1, 5, 384])
    """

    model: EncoderOnly
    tokenizer: WordPieceTokenizer

    def forward_tokens(
        self,
        sentences: Sequence[str],
        *,
        cut: bool = False,
        gates: Mapping[str, Tensor] | None = None,
        record: dict[str, Tensor] | None = None,
    ) -> TokenVectors:
        """Return the sentences' tokens and a vector for each of them.

        Args:
            sentences: ``B`` of them. One without a word has the special tokens alone.
            cut: drop what the model cannot read from the end of a sentence, instead of an error.
            gates, record: as for ``EncoderOnly``.

        Raises:
            TypeError: ``sentences`` is one string, or holds something else than strings.
            ValueError: there is no sentence, or one has more tokens than the model reads, 512.
        """
        ids, token_mask = self.tokenizer.batch(sentences, max_length=self.model.max_length, cut=cut)
        device = self.model.embedding.tokens.weight.device
        ids, token_mask = ids.to(device), token_mask.to(device)
        real = None if bool(token_mask.all()) else token_mask  # no mask is faster than one that hides nothing
        vectors = self.model(ids, real, gates=gates, record=record)  # (B, T, D)
        return TokenVectors(ids, token_mask, vectors)

    @torch.no_grad()
    def encode(self, sentences: Sequence[str], *, cut: bool = False, batch_size: int = 32) -> Tensor:
        """Return a vector of length 1 for each sentence, ``(B, 384)``: the mean of its tokens' vectors, normalized.

        The dot product of two of them is their cosine, 1 for the same direction.

        Args:
            sentences, cut: as for :meth:`forward_tokens`.
            batch_size: how many sentences are computed at once. It changes nothing but time and memory.

        Raises:
            TypeError, ValueError: as :meth:`forward_tokens`, or the batch size is less than 1.

        Source: Reimers and Gurevych (2019), section 3 (the MEAN strategy).

        Example: sentences that mean alike are close.

            >>> minilm = load_minilm()
            >>> dog, puppy, taxes = minilm.encode(["A dog ran.", "The puppy was running.", "Taxes are due."])
            >>> bool(dog @ puppy > 0.7), bool(dog @ taxes < 0.1)
            (True, True)
        """
        if isinstance(sentences, str):
            raise TypeError("sentences must be a list of strings, got one string")
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        if not len(sentences):
            raise ValueError("there must be at least 1 sentence, got 0")
        # Sentences of about equal length go together, so that little is padded.
        order = sorted(range(len(sentences)), key=lambda row: len(sentences[row]))
        parts = []
        for start in range(0, len(order), batch_size):
            found = self.forward_tokens([sentences[row] for row in order[start : start + batch_size]], cut=cut)
            parts.append(mean_pool(found.vectors, found.token_mask))  # (batch_size, D)
        pooled = torch.cat(parts)  # (B, D)
        places = torch.tensor(order, device=pooled.device).argsort()
        return torch.nn.functional.normalize(pooled[places], dim=-1)  # (B, D)


def mean_pool(vectors: Tensor, token_mask: Tensor) -> Tensor:
    """Return the mean of the real tokens' vectors, ``(B, D)``.

    Args:
        vectors: ``(B, T, D)``.
        token_mask: ``(B, T)``, bool, True = a real token. The others are left out.

    Raises:
        TypeError: the mask is not boolean.
        ValueError: the shapes do not fit, or a row has no real token.

    Source: Reimers and Gurevych (2019), section 3.

    Example: the third token is padding, so the mean is that of 1 and 3.

        >>> mean_pool(torch.tensor([[[1.0], [3.0], [100.0]]]), torch.tensor([[True, True, False]]))
        tensor([[2.]])
    """
    if token_mask.dtype != torch.bool:
        raise TypeError(f"token_mask must be bool (True = a real token), got {token_mask.dtype}")
    if vectors.dim() != 3 or vectors.shape[:2] != token_mask.shape:
        raise ValueError(f"vectors have shape {tuple(vectors.shape)} but token_mask {tuple(token_mask.shape)}")
    counts = token_mask.sum(dim=1, keepdim=True)  # (B, 1)
    if bool((counts == 0).any()):
        raise ValueError(f"{int((counts == 0).sum())} of {len(counts)} rows have 0 real tokens: there is no mean")
    return vectors.masked_fill(~token_mask[:, :, None], 0.0).sum(dim=1) / counts  # (B, D)


def load_minilm(folder: str | Path | None = None) -> SentenceEncoder:
    """Return all-MiniLM-L6-v2, ready to be looked into: its model is an ordinary :class:`EncoderOnly`.

    Args:
        folder: where ``model.safetensors`` and ``vocab.txt`` are; unless given, :func:`find_minilm` says.

    Raises:
        FileNotFoundError: the files are not to be found.
        ValueError: they hold something else; the message names each tensor that is missing, extra or misshapen.

    Example: two sentences that mean alike, and one that does not.

        >>> vectors = load_minilm().encode(["A cat sat on the mat.", "The kitten was on a rug.", "Shares fell today."])
        >>> bool(vectors[0] @ vectors[1] > 0.5 > vectors[0] @ vectors[2])
        True
    """
    place = find_minilm(folder)
    model = read_bert(place / WEIGHTS, MINILM)
    tokenizer = WordPieceTokenizer.from_file(place / VOCABULARY)
    if len(tokenizer) != MINILM.vocab_size:
        raise ValueError(f"{place / VOCABULARY} has {len(tokenizer)} tokens but the model has {MINILM.vocab_size}")
    return SentenceEncoder(model, tokenizer)


def read_bert(path: Path, config: TransformerConfig) -> EncoderOnly:
    """Return a model in evaluation mode with the weights of a BERT in a safetensors file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not safetensors, or its tensors are not those of the configuration.

    Source: Devlin et al., *BERT* (2019); the names are those of Hugging Face's ``BertModel``.

    Example:

        >>> read_bert(find_minilm() / "model.safetensors", MINILM).config.n_layers
        6
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        tensors = load_file(path)
    except SafetensorError as problem:
        raise ValueError(f"{path} holds {path.stat().st_size} bytes that are not safetensors ({problem})") from problem
    with torch.device("meta"):  # shapes alone: no time is spent on numbers that would be overwritten
        model = EncoderOnly(config)
    names = dict(bert_names(config.n_layers))
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    problems = [
        *(f"{name} is missing" for name in names if name not in tensors),
        *(f"{name} is not known" for name in tensors if name not in names and name not in UNUSED),
        *(
            f"{theirs} has shape {tuple(tensors[theirs].shape)}, not {shapes[ours]}"
            for theirs, ours in names.items()
            if theirs in tensors and tuple(tensors[theirs].shape) != shapes[ours]
        ),
    ]
    if problems:
        raise ValueError(f"{path} is not the BERT that was expected: " + "; ".join(problems))
    model.load_state_dict({ours: tensors[theirs].float() for theirs, ours in names.items()}, assign=True)
    return model.float().eval()  # changes no number, but lets each attention lay its maps side by side


def bert_names(n_layers: int) -> Iterator[tuple[str, str]]:
    """Give each tensor's name in a BERT file, and ours.

    Example:

        >>> dict(bert_names(2))["encoder.layer.1.intermediate.dense.bias"]
        'encoder.layers.1.feed_forward.enlarge.bias'
    """
    names = dict(NAMES)
    for layer in range(n_layers):
        for theirs, ours in LAYER_NAMES.items():
            names[f"encoder.layer.{layer}.{theirs}"] = f"encoder.layers.{layer}.{ours}"
    for theirs, ours in names.items():
        if theirs.endswith(".weight"):
            yield theirs, ours
        else:
            for part in ("weight", "bias"):
                yield f"{theirs}.{part}", f"{ours}.{part}"
