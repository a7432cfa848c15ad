"""The explorer of families: what stays of the drawing, the weights of each block, what is read back.

The models here are small and random: nothing depends on what a trained one says. All their sizes differ.
"""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from attnlab.models import StoredModel, load_model, save_model
from attnlab.text import ByteLevelBPE, CharacterTokenizer, SpecialTokens
from attnlab.transformer import DecoderOnly, EncoderDecoder, EncoderOnly, Transformer, TransformerConfig
from attnlab.widgets import FamilyExplorer, ModelPlayground, families, families_blocks, playground, playground_files
from attnlab.widgets.families_blocks import BLOCKS, KEPT, block_weights
from tests.mutants import mutant

ENGLISH = "He is here. She is there. Where is he? He is not there."
SPECIALS = SpecialTokens(start="<start>", end="<end>", mask="<mask>")
SOURCE = CharacterTokenizer.from_text("我在这里你在那里吗?!好久不见", special=SpecialTokens(unknown="<u>", end="<end>"))
TARGET = ByteLevelBPE.train(ENGLISH, 9, special=SpecialTokens(start="<begin>", end="<end>"))
TEXT = ByteLevelBPE.train(ENGLISH, 11, special=SPECIALS)
FAMILY = {"translator": "encoder-decoder", "writer": "decoder-only", "reader": "encoder-only"}
KINDS = {"encoder-only": EncoderOnly, "decoder-only": DecoderOnly, "encoder-decoder": EncoderDecoder}


def shape(size: int, **others: Any) -> TransformerConfig:
    sizes = {"d_model": 6, "n_heads": 3, "n_layers": 2, "d_ff": 10, "max_length": 40}
    return TransformerConfig(size, **sizes, **others)


def random_model(model: Any) -> Any:
    generator = torch.Generator().manual_seed(0)
    model.initialize(generator)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += torch.randn(parameter.shape, generator=generator) * 0.4
    return model.eval()


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("models")
    translator = EncoderDecoder(shape(len(TARGET), source_vocab_size=len(SOURCE), n_decoder_layers=3, norm="pre"))
    details = {
        "variants": {"traditional": "這裡", "simplified": "这里"},
        "decoding": {"width": 3, "length_penalty": 1.0},
    }
    stored = {
        "translator": StoredModel(random_model(translator), {"source": SOURCE, "target": TARGET}, details),
        "writer": StoredModel(random_model(DecoderOnly(shape(len(TEXT), norm="pre"))), {"text": TEXT}),
        "reader": StoredModel(random_model(EncoderOnly(shape(len(TEXT), norm="pre"))), {"text": TEXT}),
    }
    for name, one in stored.items():
        save_model(place / name, one)
    return {name: place / name for name in stored}


@pytest.fixture(autouse=True)
def small_models(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (families, playground, playground_files):
        monkeypatch.setattr(module, "folder_of", folders.__getitem__)


@pytest.fixture
def widget() -> FamilyExplorer:
    return FamilyExplorer("encoder-decoder", "你在这里吗？")


# --- the blocks and their weights -------------------------------------------------------------------------------------

CONFIGURATIONS: list[tuple[str, dict[str, Any]]] = [
    ("encoder-only", {}),
    ("encoder-only", {"positions": "learned", "n_segments": 2, "embedding_norm": True}),
    ("encoder-only", {"tie_embeddings": False, "positions": "rotary"}),
    ("decoder-only", {"norm": "pre"}),
    ("decoder-only", {"positions": "learned", "tie_embeddings": False, "final_norm": True}),
    ("encoder-decoder", {"source_vocab_size": 17, "n_decoder_layers": 3, "norm": "pre"}),
    ("encoder-decoder", {"tie_embeddings": False, "positions": "learned"}),
    ("encoder-decoder", {}),
]


def weighs_all_blocks(blocks: ModuleType) -> None:
    """The blocks of a model hold all its weights, and each of them those of the modules that it stands for."""
    for family, changes in CONFIGURATIONS:
        model: Transformer = KINDS[family](shape(13, **changes))
        state = model.state_dict()
        found = blocks.block_weights(family, {name: tuple(tensor.shape) for name, tensor in state.items()})
        assert tuple(found) == KEPT[family]
        assert sum(found.values()) == sum(parameter.numel() for parameter in model.parameters())
        assert found["softmax"] == 0
        assert found["output"] == (0 if model.unembedding is None else 13 * 6)
        maps, norm, widen = 4 * (6 * 6 + 6), 2 * 6, 6 * 10 + 10 + 10 * 6 + 6
        for stack, kind in (("encoder", "attention"), ("decoder", "self_attention"), ("decoder", "cross_attention")):
            if f"{stack}.{kind}" in found:
                layers = len(getattr(model, stack).layers)
                assert found[f"{stack}.{kind}"] == layers * (maps + norm)
                assert found[f"{stack}.feed_forward"] == layers * (widen + norm)
        positions = 40 * 6 if changes.get("positions") == "learned" else 0
        assert [count for name, count in found.items() if name.endswith("positions")] == [positions] * sum(
            name.endswith("positions") for name in found
        )
        if family == "encoder-decoder":
            source = changes.get("source_vocab_size")
            shared = source is None and changes.get("tie_embeddings") is not False
            assert found["encoder.embedding"] == (0 if shared else 6 * (source or 13))
            assert found["decoder.embedding"] == 6 * 13
    with pytest.raises(ValueError, match=r"of the family 'decoder-only' holds 'encoder\.norm\.bias'"):
        blocks.block_of("encoder.norm.bias", "decoder-only")


MISTAKES = {
    "the source's table is the decoder's": ('if found[1] or family == "encoder-only"', 'if family == "encoder-only"'),
    "a reader's table is the decoder's": ('if found[1] or family == "encoder-only"', "if found[1]"),
    "positions are the embedding's": ("if found[2] == 'positions' else", "if found[2] == 'waves' else"),
    "sides are added": ("math.prod(shape)", "sum(shape)"),
    "the last layer alone": ("weights[block_of(tensor, family)] +=", "weights[block_of(tensor, family)] ="),
    "the output layer is the embedding's": ('"output" if tensor ==', '"decoder.embedding" if tensor =='),
    "anything goes": ("if block not in KEPT[family]:", "if block not in BLOCKS:"),
}


def test_the_blocks_of_a_model_hold_all_its_weights() -> None:
    weighs_all_blocks(families_blocks)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_caught(name: str) -> None:
    modules = ("widgets.families_blocks",)
    wrong = mutant(modules, modules[0], *MISTAKES[name])
    with pytest.raises((AssertionError, ValueError, KeyError, pytest.fail.Exception)):
        weighs_all_blocks(wrong)


def test_the_families_are_parts_of_one_drawing() -> None:
    assert set(KEPT["encoder-decoder"]) == set(BLOCKS)
    assert {*KEPT["encoder-only"], *KEPT["decoder-only"], "decoder.cross_attention"} == set(BLOCKS)
    assert set(KEPT["encoder-only"]) & set(KEPT["decoder-only"]) == {"output", "softmax"}


def test_the_shipped_models_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    from attnlab.models import shipped_folder

    for name, family in FAMILY.items():
        card = families_blocks.family_card(shipped_folder(name))
        assert card["family"] == family
        assert sum(card["blocks"].values()) == card["parameters"]


# --- what is there at once --------------------------------------------------------------------------------------------


def test_the_state_has_the_keys_that_the_front_end_reads(widget: FamilyExplorer) -> None:
    state = widget.page_state()
    shared = {"family", "source", "prompt", "sentence", "block"}
    fixed = {"cards", "examples", "runs", "writes", "defaults"}
    assert set(state) == {"kind", "version", "lang", "widget_id", *fixed, *shared}
    assert set(state["defaults"]) == shared
    assert state["kind"] == "families"
    json.dumps(state, allow_nan=False)


def test_a_card_says_what_a_model_is(widget: FamilyExplorer, folders: dict[str, Path]) -> None:
    for name, card in widget.cards.items():
        config = load_model(folders[name]).model.config
        assert card["family"] == FAMILY[name]
        assert card["shape"]["d_model"] == config.d_model
        assert card["shape"]["n_decoder_layers"] == (3 if name == "translator" else 2)
        assert card["shape"]["source_vocab_size"] == (len(SOURCE) if name == "translator" else len(TEXT))
        assert card["start"] == ("<begin>" if name == "translator" else "<start>")
        assert card["files"]["weights"]["asset"] == f"models/{name}/weights"


def test_the_examples_are_what_python_reads_back(widget: FamilyExplorer) -> None:
    for family in KEPT:
        widget.family = family
        run, result = widget.runs[widget.model], widget.result
        assert run["text"] == result.text
        assert run["ids"] == list(result.ids)
        assert [token["probability"] for token in run["tokens"]] == list(result.probabilities)
        assert run["read"] == list(result.read)
        assert run["attention"] == {}


# --- what is read back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", FAMILY)
def test_the_result_is_that_of_the_playground(model: str) -> None:
    text = {"translator": "我好久不见", "writer": "He is", "reader": "He is __ and __ there."}[model]
    widget = FamilyExplorer(FAMILY[model], text)
    same = ModelPlayground(model, text, temperature=0, length=12)
    assert (widget.model, widget.text) == (model, text)
    assert widget.result.text == same.result.text
    assert widget.result.probabilities == same.result.probabilities
    assert widget.result.read == same.result.read
    if model == "writer":
        assert len(widget.result.tokens) == 12 or widget.result.ids[-1] == TEXT.end_id


def test_blocks_and_weights_are_those_of_the_family(widget: FamilyExplorer) -> None:
    assert widget.blocks == BLOCKS
    everything = widget.weights
    widget.family = "encoder-only"
    assert (widget.model, len(widget.blocks)) == ("reader", 7)
    assert tuple(widget.weights) == widget.blocks == KEPT["encoder-only"]
    assert sum(widget.weights.values()) == widget.cards["reader"]["parameters"] < sum(everything.values())
    widget.family = "decoder-only"
    assert not any(name.startswith("encoder") or "cross" in name for name in widget.blocks)


def test_the_text_is_that_of_the_present_model(widget: FamilyExplorer) -> None:
    widget.family = "encoder-only"
    widget.text = "He is __."
    assert (widget.source, widget.sentence, widget.text) == ("你在这里吗？", "He is __.", "He is __.")
    assert widget.result.read[-1] == "<end>"


@pytest.mark.parametrize(
    ("family", "text", "message"),
    [
        ("encoder-decoder", "犇", "knows none of these 1 characters"),
        ("encoder-decoder", "", "empty|no character|0"),
        ("encoder-only", "He is here.", "0 blanks"),
        ("decoder-only", "he" * 300, "tokens"),
    ],
)
def test_a_text_that_cannot_be_read_has_no_result(family: str, text: str, message: str) -> None:
    widget = FamilyExplorer(family, text)
    assert widget.model not in widget.runs
    with pytest.raises(ValueError, match=message):
        _ = widget.result
    assert "blocks stay" in widget.summary()
    assert "attn-fallback-table" not in widget.fallback_html()


# --- what a value must be ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("family", "encoder", "family must be one of 'encoder-only', 'decoder-only', 'encoder-decoder', got 'encoder'"),
        ("text", "好" * 10_000, "the text has 10000 characters, at most 2000"),
        (
            "block",
            "encoder.cross_attention",
            "block must be one of 'encoder.embedding', .*got 'encoder.cross_attention'",
        ),
    ],
)
def test_a_value_that_does_not_fit(widget: FamilyExplorer, name: str, value: Any, message: str) -> None:
    before = getattr(widget, name)
    with pytest.raises(ValueError, match=message):
        setattr(widget, name, value)
    assert getattr(widget, name) == before
    with pytest.raises(ValueError, match=message):
        FamilyExplorer(**{name: value})


@pytest.mark.parametrize(("name", "value"), [("family", 1), ("text", b"a"), ("block", None)])
def test_a_value_of_another_type(widget: FamilyExplorer, name: str, value: Any) -> None:
    with pytest.raises(TypeError):
        setattr(widget, name, value)


def test_what_the_page_is_made_of_cannot_be_changed(widget: FamilyExplorer) -> None:
    with pytest.raises(ValueError, match="writes is set when the widget is made"):
        widget.writes = 3


# --- how it shows itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("family", KEPT)
def test_the_page_shows_the_numbers_without_a_script(family: str, lang: str) -> None:
    attack = "<b>你</b> __ </script>"
    widget = FamilyExplorer(family, attack, lang=lang)
    page = widget.page_html()
    assert "<b>" not in page
    assert page.count("</script>") == 1
    assert "&lt;b&gt;" in page
    assert f"{sum(widget.weights.values()):,}" in page
    for probability in widget.result.probabilities:
        assert f"<td>{probability:.3f}</td>" in page


def test_the_summary_says_what_stays(widget: FamilyExplorer) -> None:
    widget.family = "decoder-only"
    assert widget.summary().startswith("FamilyExplorer: Decoder only: 7 of 13 blocks stay, ")
    assert widget.result.text in widget.summary()


def test_the_files_travel_by_messages(widget: FamilyExplorer, folders: dict[str, Path], monkeypatch: Any) -> None:
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    monkeypatch.setattr(widget, "send", lambda content, buffers=(): sent.append((content, list(buffers))))
    for name in ("models/reader/weights", "words", "../x"):
        widget._answer(widget, {"type": "asset-request", "name": name}, [])
    weights = (folders["reader"] / "weights.safetensors").read_bytes()
    assert sent[0] == ({"type": "asset", "name": "models/reader/weights", "bytes": len(weights)}, [weights])
    assert [content["type"] for content, _ in sent] == ["asset", "asset", "asset-error"]


def test_the_weights_of_no_tensors() -> None:
    assert set(block_weights("encoder-only", {}).values()) == {0}
