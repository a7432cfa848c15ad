"""The playground of models: its traits, what is read back, its worked examples and the files that it hands over.

The models here are small and random: nothing depends on what a trained one says.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from attnlab.models import StoredModel, load_model, save_model
from attnlab.text import ByteLevelBPE, CharacterTokenizer, SpecialTokens
from attnlab.transformer import DecoderOnly, EncoderDecoder, EncoderOnly, TransformerConfig
from attnlab.widgets import ModelPlayground, playground, playground_files, playground_results
from attnlab.widgets.playground_results import Drawing
from tests.mutants import mutant

ENGLISH = "He is here. She is there. Where is he? He is not there."
SPECIALS = SpecialTokens(start="<start>", end="<end>", mask="<mask>")
SOURCE = CharacterTokenizer.from_text("我在这里你在那里吗?!好久不见", special=SpecialTokens(unknown="<u>", end="<end>"))
TARGET = ByteLevelBPE.train(ENGLISH, 9, special=SpecialTokens(start="<start>", end="<end>"))
TEXT = ByteLevelBPE.train(ENGLISH, 11, special=SPECIALS)
LENGTH, HEADS = 40, 3
CROSS = "decoder.layers.1.cross_attention"


def shape(size: int, **others: Any) -> TransformerConfig:
    return TransformerConfig(
        size, d_model=6, n_heads=HEADS, n_layers=2, d_ff=10, max_length=LENGTH, norm="pre", **others
    )


def random_model(model: Any) -> Any:
    """All its numbers random, and large enough that it is sure of some things and unsure of others."""
    generator = torch.Generator().manual_seed(0)
    model.initialize(generator)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += torch.randn(parameter.shape, generator=generator) * 0.4
    return model.eval()


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("models")
    translator = EncoderDecoder(shape(len(TARGET), source_vocab_size=len(SOURCE), n_decoder_layers=3))
    details = {
        "variants": {"traditional": "這裡", "simplified": "这里"},
        "decoding": {"width": 3, "length_penalty": 1.0},
    }
    stored = {
        "translator": StoredModel(random_model(translator), {"source": SOURCE, "target": TARGET}, details),
        "writer": StoredModel(random_model(DecoderOnly(shape(len(TEXT)))), {"text": TEXT}),
        "reader": StoredModel(random_model(EncoderOnly(shape(len(TEXT)))), {"text": TEXT}),
    }
    for name, one in stored.items():
        save_model(place / name, one)
    return {name: place / name for name in stored}


@pytest.fixture(autouse=True)
def small_models(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the playground find the small models."""
    for module in (playground, playground_files):
        monkeypatch.setattr(module, "folder_of", folders.__getitem__)


@pytest.fixture
def widget() -> ModelPlayground:
    return ModelPlayground("translator", "你在这里吗？")


# --- what is there at once --------------------------------------------------------------------------------------------


def test_the_state_has_the_keys_that_the_front_end_reads(widget: ModelPlayground) -> None:
    state = widget.page_state()
    shared = {
        "model",
        "source",
        "prompt",
        "sentence",
        "decoding",
        "temperature",
        "top_k",
        "seed",
        "off",
        "look",
        "head",
    }
    assert set(state) == {
        *("kind", "version", "lang", "widget_id", "written", "cards", "examples", "runs", "defaults"),
        *shared,
    }
    assert set(state["defaults"]) == shared
    json.dumps(state, allow_nan=False)


def test_a_card_says_what_a_model_is(widget: ModelPlayground, folders: dict[str, Path]) -> None:
    for name, card in widget.cards.items():
        model = load_model(folders[name]).model
        record: dict[str, Any] = {}
        ids = torch.tensor([[0, 1]])
        model(*([ids, ids] if name == "translator" else [ids]), record=record)
        recorded = [key.removesuffix(".weights") for key in record if key.endswith(".weights")]
        assert card["attentions"] == recorded
        assert card["parameters"] == sum(tensor.numel() for tensor in model.state_dict().values())
        assert (card["heads"], card["max_length"]) == (HEADS, LENGTH)
        for file, facts in card["files"].items():
            content = widget.asset_file(facts["asset"]).read_bytes()
            assert facts["bytes"] == len(content)
            assert facts["sha256"] == hashlib.sha256(content).hexdigest()
            assert facts["asset"] == f"models/{name}/{file}"


def test_the_examples_are_what_python_reads_back() -> None:
    widget = ModelPlayground("translator", "你好", seed=3, off=["reader.encoder.layers.0.attention.1"])
    for name in ("translator", "writer", "reader"):
        widget.model = name
        run, result = widget.runs[name], widget.result
        assert run["text"] == result.text
        assert run["ids"] == list(result.ids)
        assert [token["probability"] for token in run["tokens"]] == list(result.probabilities)
        assert run["read"] == list(result.read)
        for attention, stored in run["attention"].items():
            found = np.frombuffer(base64.b64decode(stored["data"]), dtype="<f2").reshape(stored["shape"])
            np.testing.assert_allclose(found, result.attention[attention], atol=1e-3)
    assert widget.runs["writer"]["ids"] == widget.written
    assert len(widget.written) == playground.WRITTEN_AT_FIRST or widget.written[-1] == TEXT.end_id
    assert widget.runs["reader"]["inputs"] == {
        "sentence": widget.sentence,
        "off": ["reader.encoder.layers.0.attention.1"],
    }


def test_a_text_that_cannot_be_read_has_no_example() -> None:
    widget = ModelPlayground("translator", "犇")
    assert set(widget.runs) == {"writer", "reader"}
    assert "knows none" in widget.summary()
    assert "knows none" in widget.fallback_html()
    with pytest.raises(ValueError, match="knows none of these 1 characters"):
        _ = widget.result


# --- what a value must be ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("model", "poet", "model must be one of 'translator', 'writer', 'reader', got 'poet'"),
        ("source", "好" * 2001, "the text has 2001 characters, at most 2000"),
        ("decoding", "best", "decoding must be one of 'greedy', 'beam'"),
        ("temperature", 2.5, "temperature must be from 0 to 2, got 2.5"),
        ("temperature", float("nan"), "temperature must be from 0 to 2, got nan"),
        ("top_k", 1001, "top_k must be from 0 to 1000, got 1001"),
        ("seed", -1, "seed must be from 0 to 4294967295, got -1"),
        ("off", ["translator"], r"off\[0\] is 'translator'; a head is named like"),
        ("off", [f"writer.{CROSS}.0"], f"the writer has no attention '{CROSS}'"),
        ("off", [f"translator.{CROSS}.3"], "the translator has 3 heads, there is no head 3"),
        ("look", "decoder.layers.9.cross_attention", "which no model has"),
        ("head", 3, "head must be from -1 to 2, got 3"),
        ("written", [0] * 41, "written holds 41 tokens, the writer can write at most 40"),
    ],
)
def test_a_value_that_does_not_fit(widget: ModelPlayground, name: str, value: Any, message: str) -> None:
    before = getattr(widget, name)
    with pytest.raises(ValueError, match=message):
        setattr(widget, name, value)
    assert getattr(widget, name) == before
    if name not in ("written",):
        with pytest.raises(ValueError, match=message):
            ModelPlayground(**({"text": value} if name == "source" else {name: value}))


@pytest.mark.parametrize(
    ("name", "value"), [("model", 1), ("source", None), ("temperature", True), ("seed", 1.0), ("off", "x"), ("look", 2)]
)
def test_a_value_of_another_type(widget: ModelPlayground, name: str, value: Any) -> None:
    with pytest.raises(TypeError):
        setattr(widget, name, value)


def test_the_text_is_that_of_the_present_model(widget: ModelPlayground) -> None:
    widget.model = "reader"
    widget.text = "He is __."
    assert (widget.source, widget.sentence, widget.text) == ("你在这里吗？", "He is __.", "He is __.")


# --- what is read back ------------------------------------------------------------------------------------------------


@torch.no_grad()
def reads_translations(results: ModuleType, folders: dict[str, Path]) -> None:
    """A translation has the tokens of the package's own, and the probabilities of one forward pass over them."""
    translator = results.loaded("translator", folders["translator"])
    widths_differ = False
    for text in ("你在這裡吗", "我好久不见", "在那里", "吗你!"):
        reading = translator.read(text)
        found = {width: results.translation(translator, text, width=width, gates={}) for width in (1, 3)}
        widths_differ |= found[1].ids != found[3].ids
        for width, result in found.items():
            assert result.text == translator.translate(text, width=width)
            assert result.read == (*reading.characters, "<end>")
            record: dict[str, Any] = {}
            ids = torch.tensor([[TARGET.start_id, *result.ids[:-1]]])
            rows = translator.model(torch.tensor([reading.ids]), ids, record=record)[0].double().softmax(-1)
            expected = [float(row[token]) for row, token in zip(rows, result.ids, strict=True)]
            np.testing.assert_allclose(result.probabilities, expected, atol=1e-6)
            best = rows.topk(5).values
            np.testing.assert_allclose([[p for _, p in row] for row in result.candidates], best, atol=1e-6)
            assert set(result.attention) == {f"decoder.layers.{layer}.cross_attention" for layer in range(3)}
            np.testing.assert_allclose(result.attention[CROSS], record[f"{CROSS}.weights"][0], atol=1e-6)
    assert widths_differ  # or nothing was seen of the beam


@torch.no_grad()
def reads_gated_results(results: ModuleType, folders: dict[str, Path]) -> None:
    """A head that is off changes what comes out as a gate of the model does; the model itself stays as it was."""
    translator = results.loaded("translator", folders["translator"])
    before = results.translation(translator, "你在这里", width=1, gates={})
    gates = {CROSS: [0.0, 1.0, 0.0], "encoder.layers.0.attention": [0.0, 1.0, 1.0]}
    result = results.translation(translator, "你在这里", width=1, gates=gates)
    tensors = {name: torch.tensor(gate) for name, gate in gates.items()}
    ids = torch.tensor([[TARGET.start_id, *result.ids[:-1]]])
    source = torch.tensor([translator.read("你在这里").ids])
    logits = translator.model(source, ids, gates=tensors)[0].double().softmax(-1)
    expected = [float(row[token]) for row, token in zip(logits, result.ids, strict=True)]
    np.testing.assert_allclose(result.probabilities, expected, atol=1e-6)
    assert result.probabilities != before.probabilities
    assert results.translation(translator, "你在这里", width=1, gates={}).probabilities == before.probabilities


@torch.no_grad()
def reads_what_a_writer_wrote(results: ModuleType, folders: dict[str, Path]) -> None:
    """Tokens that were drawn come with what they were drawn with, and with what the model itself gave them."""
    writer = results.loaded("writer", folders["writer"])
    drawing = Drawing(temperature=0.5, top_k=6)
    written = results.draw(writer, "He is", [], 7, seed=11, drawing=drawing, gates={})
    assert results.draw(writer, "He is", written[:3], len(written) - 3, seed=11, drawing=drawing, gates={}) == written
    assert results.draw(writer, "He is", [], 7, seed=12, drawing=drawing, gates={}) != written
    result = results.continuation(writer, "He is", written, drawing=drawing, gates={})
    prompt = writer.read("He is")
    ids = torch.tensor([[*prompt, *written]])
    record: dict[str, Any] = {}
    own = writer.model(ids, record=record)[0, len(prompt) - 1 :].double().softmax(-1)
    for place, token in enumerate(written):
        kept = own[place].topk(6)
        share = kept.values**2 / (kept.values**2).sum()  # temperature 0.5
        shares = torch.zeros_like(own[place]).index_put((kept.indices,), share)
        assert token == playground_results.token_at(shares, playground_results.fraction(11, place))
        assert result.probabilities[place] == pytest.approx(float(shares[token]), abs=1e-6)
        assert [p for _, p in result.own[place]] == pytest.approx(own[place].topk(5).values.tolist(), abs=1e-6)
    assert result.text == "He is" + writer.tokenizer.decode(written, skip_special=True)
    assert len(result.next) == 5
    name = "decoder.layers.1.self_attention"
    rows = record[f"{name}.weights"][0][:, len(prompt) - 1 :]
    np.testing.assert_allclose(result.attention[name], rows, atol=1e-6)
    assert len(result.read) == len(prompt) + len(written)


def draws_as_the_page_does(results: ModuleType, folders: dict[str, Path]) -> None:
    """The numbers of mulberry32, and the token that each of them falls on."""
    assert results.fraction(1, 2) == 0.5274470399599522  # both as JavaScript gives them
    assert [results.fraction(2**32 - 1, index) for index in range(2)] == [0.8964226141106337, 0.189478256739676]
    share = torch.tensor([0.0, 0.25, 0.0, 0.5, 0.25], dtype=torch.float64)
    fractions = (0.0, 0.2499, 0.25, 0.7499, 0.75, 0.9999999)
    assert [results.token_at(share, place) for place in fractions] == [1, 1, 3, 3, 4, 4]


@torch.no_grad()
def reads_filled_blanks(results: ModuleType, folders: dict[str, Path]) -> None:
    """Blanks are filled as the package's own reader does, and looked at from where they stand."""
    reader = results.loaded("reader", folders["reader"])
    text = "He is __ and __ there."
    result = results.filling(reader, text, gates={})
    blanks = reader.fill(text)
    for candidates, blank in zip(result.candidates, blanks, strict=True):
        assert tuple(token for token, _ in candidates) == blank.tokens
        np.testing.assert_allclose([probability for _, probability in candidates], blank.probabilities, atol=1e-6)
    record: dict[str, Any] = {}
    reader.model(torch.tensor([reader.read(text)]), record=record)
    name = "encoder.layers.1.attention"
    rows = record[f"{name}.weights"][0][:, [blank.place for blank in blanks]]
    np.testing.assert_allclose(result.attention[name], rows, atol=1e-6)
    first, second = result.tokens
    assert result.text == f"He is{first} and{second} there."
    with pytest.raises(ValueError, match="0 blanks"):
        results.filling(reader, "He is here.", gates={})


@dataclass(frozen=True)
class Planted:
    check: Callable[[ModuleType, dict[str, Path]], None]
    right: str
    wrong: str


CHECKS = (
    reads_translations,
    reads_gated_results,
    reads_what_a_writer_wrote,
    draws_as_the_page_does,
    reads_filled_blanks,
)
MISTAKES = {
    "a beam's tokens are not forced": Planted(reads_translations, "forced = dict(enumerate(best))", "pass"),
    "always greedy": Planted(reads_translations, "if width > 1:", "if width > 9:"),
    "other attentions": Planted(reads_translations, 'if "cross_attention" in name', 'if "decoder" in name'),
    "rows before heads": Planted(reads_translations, "for step in steps], axis=1)", "for step in steps], axis=0)"),
    "no gates": Planted(reads_gated_results, '.max_length, "gates": tensors(gates)}', ".max_length}"),
    "half of what a head finds": Planted(reads_gated_results, "torch.tensor(gate)", "torch.tensor(gate) / 2"),
    "the encoder's gates are lost": Planted(
        reads_gated_results, "for name, gate in gates.items()", 'for name, gate in gates.items() if name[0] == "d"'
    ),
    "no temperature": Planted(
        reads_what_a_writer_wrote, "distribution.log(), drawing.temperature", "distribution.log(), 1.0"
    ),
    "no top-k": Planted(reads_what_a_writer_wrote, "if drawing.top_k else warm", "if drawing.top_k < 0 else warm"),
    "the same random number again": Planted(reads_what_a_writer_wrote, "fraction(seed, len(ids))", "fraction(seed, 0)"),
    "nothing comes next": Planted(reads_what_a_writer_wrote, "(0 if full or ended else 1)", "0"),
    "another stride": Planted(draws_as_the_page_does, "(index + 1) * 0x6D2B79F5", "(index + 2) * 0x6D2B79F5"),
    "33 bits": Planted(draws_as_the_page_does, "mask = 0xFFFFFFFF", "mask = 0x1FFFFFFFF"),
    "the token before": Planted(draws_as_the_page_does, "        if left < 0:", "        if left <= 0:"),
    "the first blank's rows": Planted(reads_filled_blanks, "weights[0][:, places]", "weights[0][:, places[:1] * 2]"),
    "the blanks stay": Planted(reads_filled_blanks, "filled[place] = token", "pass"),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_result(check: Callable[[ModuleType, dict[str, Path]], None], folders: dict[str, Path]) -> None:
    check(playground_results, folders)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_caught(name: str, folders: dict[str, Path]) -> None:
    planted = MISTAKES[name]
    modules = ("widgets.playground_results",)
    wrong = mutant(modules, modules[0], planted.right, planted.wrong)
    with pytest.raises((AssertionError, ValueError)):
        planted.check(wrong, folders)


# --- what the writer wrote --------------------------------------------------------------------------------------------


def test_what_was_written_is_for_what_was_asked(widget: ModelPlayground) -> None:
    widget.model = "writer"
    first = widget.written
    assert first
    for name, value in [("prompt", "She"), ("temperature", 0.2), ("top_k", 3), ("seed", 9)]:
        widget.write(2)
        assert len(widget.written) >= 1
        setattr(widget, name, value)
        assert widget.written == [], name
    widget.write(2)
    widget.off = [f"translator.{CROSS}.0"]
    assert widget.written != []
    widget.off = ["writer.decoder.layers.0.self_attention.0"]
    assert widget.written == []
    widget.prompt = "He is"
    assert widget.result.text == "He is"
    assert len(widget.result.next) == 5
    text = widget.write(4)
    assert widget.result.text == text


def test_a_message_of_the_front_end_brings_what_is_written(widget: ModelPlayground) -> None:
    widget.set_state({"seed": 77, "written": [70, 71]})
    assert widget.written == [70, 71]
    widget.set_state({"prompt": "It"})  # the front end sends what it wrote a moment later
    assert widget.written == [70, 71]
    widget.set_state({"written": [72]})
    assert widget.written == [72]
    widget.seed = 78
    assert widget.written == []


# --- how it shows itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_shows_the_numbers_without_a_script(lang: str) -> None:
    attack = "<b>你</b>"
    widget = ModelPlayground("translator", attack, lang=lang)
    page = widget.page_html()
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    for probability in widget.result.probabilities:
        assert f"<td>{probability:.3f}</td>" in page


def test_the_files_travel_by_messages(widget: ModelPlayground, folders: dict[str, Path], monkeypatch: Any) -> None:
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    monkeypatch.setattr(widget, "send", lambda content, buffers=(): sent.append((content, list(buffers))))
    for name in ("models/writer/weights", "models/writer/description", "words", "models/writer/secret", "../x", None):
        widget._answer(widget, {"type": "asset-request", "name": name}, [])
    weights = (folders["writer"] / "weights.safetensors").read_bytes()
    assert sent[0] == ({"type": "asset", "name": "models/writer/weights", "bytes": len(weights)}, [weights])
    assert [content["type"] for content, _ in sent] == ["asset", "asset", "asset", *["asset-error"] * 3]
