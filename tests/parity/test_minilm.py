"""all-MiniLM-L6-v2 in the package's own Transformer, against Hugging Face's BERT with the same weights."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor
from transformers import BertConfig, BertModel

import build_words
from attnlab import pretrained
from attnlab.pretrained import MINILM, SentenceEncoder, load_minilm, read_bert
from tests.mutants import mutant

SENTENCES = [
    "The cat sat on the mat.",
    "",
    "A much longer sentence, with commas, a number (3.14), naïve accents and an unpronounceableword in it.",
    "注意力就是一切 🙂",
    "Dogs run.",
]
PAIRS = [("Who ate the apple?", "My sister did."), ("Is it cold?", "Snow fell all night long.")]


@pytest.fixture(scope="module")
def minilm() -> SentenceEncoder:
    return load_minilm(build_words.model_folder())


@pytest.fixture(scope="module")
def bert() -> BertModel:
    """Hugging Face's model, from sizes written here, not from a file that might agree with a mistake of ours."""
    config = BertConfig(
        vocab_size=30522,
        hidden_size=384,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
        hidden_act="gelu",
        max_position_embeddings=512,
        type_vocab_size=2,
        layer_norm_eps=1e-12,
        attn_implementation="eager",
    )
    model = BertModel(config).eval()
    loaded = model.load_state_dict(load_file(build_words.model_folder() / "model.safetensors"), strict=False)
    assert not loaded.missing_keys
    assert not loaded.unexpected_keys or loaded.unexpected_keys == ["embeddings.position_ids"]
    return model


@pytest.fixture(scope="module")
def double(minilm: SentenceEncoder) -> SentenceEncoder:
    return SentenceEncoder(deepcopy(minilm.model).double(), minilm.tokenizer)


@pytest.fixture(scope="module")
def double_bert(bert: BertModel) -> BertModel:
    return deepcopy(bert).double()


@torch.no_grad()
def assert_is_bert(ours: SentenceEncoder, theirs: BertModel, texts: Any, tolerance: float) -> None:
    """Fails unless all layers' vectors, all attentions and the sentences' vectors agree."""
    ids, token_mask = ours.tokenizer.batch(texts)
    segments = ours.tokenizer.segments(ids)
    record: dict[str, Tensor] = {}
    hidden = ours.model(ids, token_mask, segments=segments, record=record)
    wanted = theirs(
        ids,
        attention_mask=token_mask.long(),
        token_type_ids=segments,
        output_hidden_states=True,
        output_attentions=True,
    )
    assert len(wanted.hidden_states) == 7
    assert len(wanted.attentions) == 6
    layers = ["encoder.embedding", *(f"encoder.layers.{layer}.output" for layer in range(6))]
    for name, other in zip(layers, wanted.hidden_states, strict=True):
        assert torch.allclose(record[name][token_mask], other[token_mask], atol=tolerance, rtol=0), name
    for layer, other in enumerate(wanted.attentions):
        found = record[f"encoder.layers.{layer}.attention.weights"].transpose(1, 2)  # (B, Tq, H, Tk)
        assert torch.allclose(found[token_mask], other.transpose(1, 2)[token_mask], atol=tolerance, rtol=0), layer
    assert torch.allclose(hidden[token_mask], wanted.last_hidden_state[token_mask], atol=tolerance, rtol=0)
    if all(isinstance(text, str) for text in texts):
        assert torch.allclose(ours.encode(texts), pooled(wanted.last_hidden_state, token_mask), atol=tolerance, rtol=0)


def pooled(hidden: Tensor, token_mask: Tensor) -> Tensor:
    """Sentence vectors as the model's card on the hub computes them."""
    mask = token_mask.unsqueeze(-1).expand(hidden.size()).to(hidden.dtype)
    mean = torch.sum(hidden * mask, 1) / torch.clamp(mask.sum(1), min=1e-9)
    return F.normalize(mean, p=2, dim=1)


def test_equals_hugging_face_in_single_precision(minilm: SentenceEncoder, bert: BertModel) -> None:
    assert_is_bert(minilm, bert, SENTENCES, tolerance=1e-4)
    assert_is_bert(minilm, bert, PAIRS, tolerance=1e-4)
    assert_is_bert(minilm, bert, ["Alone."], tolerance=1e-4)


def test_equals_hugging_face_in_double_precision(double: SentenceEncoder, double_bert: BertModel) -> None:
    assert_is_bert(double, double_bert, SENTENCES, tolerance=1e-9)
    assert_is_bert(double, double_bert, PAIRS, tolerance=1e-9)


def test_as_many_tokens_as_the_model_reads(minilm: SentenceEncoder, bert: BertModel) -> None:
    text = "word " * 510
    assert len(minilm.tokenizer.encode(text)) == 512
    assert_is_bert(minilm, bert, [text], tolerance=1e-4)
    with pytest.raises(ValueError, match="513, but max_length=512"):
        minilm.encode(["word " * 511])


def test_with_weights_and_without_the_result_is_the_same(minilm: SentenceEncoder) -> None:
    record: dict[str, Tensor] = {}
    with torch.no_grad():
        plain = minilm.forward_tokens(SENTENCES)
        recorded = minilm.forward_tokens(SENTENCES, record=record)
    assert torch.allclose(plain.vectors[plain.token_mask], recorded.vectors[plain.token_mask], atol=1e-5)


def test_sentences_that_mean_alike_are_close(minilm: SentenceEncoder) -> None:
    cat, kitten, tax = minilm.encode(["A cat sleeps.", "The kitten is asleep.", "Income tax is due in April."])
    assert cat @ kitten > 0.7
    assert cat @ tax < 0.2


# --- planted mistakes -------------------------------------------------------------------------------------------------


def with_config(**changes: Any) -> Callable[[SentenceEncoder], SentenceEncoder]:
    def change(encoder: SentenceEncoder) -> SentenceEncoder:
        model = read_bert(build_words.model_folder() / "model.safetensors", replace(MINILM, **changes))
        return SentenceEncoder(model.double(), encoder.tokenizer)

    return change


def with_model(change_model: Callable[[Any], object]) -> Callable[[SentenceEncoder], SentenceEncoder]:
    def change(encoder: SentenceEncoder) -> SentenceEncoder:
        model = deepcopy(encoder.model)
        with torch.no_grad():
            change_model(model)
        return SentenceEncoder(model, encoder.tokenizer)

    return change


def with_source(right: str, wrong: str) -> Callable[[SentenceEncoder], SentenceEncoder]:
    def change(encoder: SentenceEncoder) -> SentenceEncoder:
        module: Any = mutant(("pretrained",), "pretrained", right, wrong)
        model = module.read_bert(build_words.model_folder() / "model.safetensors", MINILM)
        return module.SentenceEncoder(model.double(), encoder.tokenizer)  # type: ignore[no-any-return]

    return change


def approximate_gelu(model: Any) -> None:
    for layer in model.encoder.layers:
        layer.feed_forward.activation = partial(F.gelu, approximate="tanh")


def interleave_heads(model: Any) -> None:
    """Head h takes every twelfth row instead of 32 in a row."""
    for layer in model.encoder.layers:
        for linear in (layer.attention.query, layer.attention.key, layer.attention.value):
            linear.weight.copy_(linear.weight.view(12, 32, 384).transpose(0, 1).reshape(384, 384))
            linear.bias.copy_(linear.bias.view(12, 32).T.reshape(384))


def exchange(model: Any, one: str, other: str) -> None:
    for layer in model.encoder.layers:
        first, second = layer.get_submodule(one), layer.get_submodule(other)
        kept = deepcopy(first.state_dict())
        first.load_state_dict(second.state_dict())
        second.load_state_dict(kept)


MISTAKES = {
    "relu for gelu": with_config(activation="relu"),
    "gelu by its approximation": with_model(approximate_gelu),
    "pre-norm": with_config(norm="pre", final_norm=False),
    "epsilon of 1e-5": with_config(layer_norm_eps=1e-5),
    "embeddings scaled": with_config(scale_embeddings=True),
    "six heads": with_config(n_heads=6),
    "positions one too far": with_model(
        lambda model: model.embedding.positions.weight.copy_(model.embedding.positions.weight.roll(-1, 0))
    ),
    "positions dropped": with_model(lambda model: model.embedding.positions.weight.zero_()),
    "segments dropped": with_model(lambda model: model.embedding.segments.weight.zero_()),
    "segments exchanged": with_model(
        lambda model: model.embedding.segments.weight.copy_(model.embedding.segments.weight.flip(0))
    ),
    "heads interleaved": with_model(interleave_heads),
    "query and key exchanged": with_model(
        partial(exchange, one="attention.query", other="attention.key"),
    ),
    "the norms of a layer exchanged": with_model(
        partial(exchange, one="attention_add_norm.norm", other="feed_forward_add_norm.norm")
    ),
    "pooling over padding": with_source("masked_fill(~token_mask[:, :, None], 0.0)", "clone()"),
    "the first token for the sentence": with_source(".sum(dim=1) / counts", "[:, 0]"),
    "sentences not normalized": with_source("torch.nn.functional.normalize(pooled[places], dim=-1)", "pooled[places]"),
    "padding attended to": with_source("self.model(ids, real,", "self.model(ids, None,"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_every_planted_mistake_is_noticed(double: SentenceEncoder, double_bert: BertModel, name: str) -> None:
    wrong = MISTAKES[name](double)
    with pytest.raises(AssertionError):
        assert_is_bert(wrong, double_bert, SENTENCES, tolerance=1e-6)


def test_a_model_without_a_mistake_passes_the_same_way(double: SentenceEncoder, double_bert: BertModel) -> None:
    for change in (with_config(), with_model(lambda model: None), with_source("B, 1)", "B, 1) ")):
        assert_is_bert(change(double), double_bert, SENTENCES, tolerance=1e-6)


def test_the_loader_is_the_one_that_was_tested(minilm: SentenceEncoder) -> None:
    assert isinstance(minilm, pretrained.SentenceEncoder)
    assert sum(parameter.numel() for parameter in minilm.model.parameters()) == 22_565_376
