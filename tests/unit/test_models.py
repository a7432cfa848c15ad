"""Models in folders, and the translator, writer and reader that are made of them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from attnlab.models import (
    Reader,
    StoredModel,
    Translator,
    Writer,
    load_model,
    load_reader,
    load_translator,
    load_writer,
    save_model,
    shipped_folder,
)
from attnlab.text import ByteLevelBPE, CharacterTokenizer, SpecialTokens
from attnlab.transformer import DecoderOnly, EncoderDecoder, EncoderOnly, TransformerConfig
from tests.mutants import mutant

ENGLISH = "He is here. She is there. Where is he? He is not there."
SOURCE = CharacterTokenizer.from_text("我在这里你在那里吗?!", special=SpecialTokens(unknown="<unknown>", end="<end>"))
TARGET = ByteLevelBPE.train(ENGLISH, 9, special=SpecialTokens(start="<start>", end="<end>"))
TEXT = ByteLevelBPE.train(ENGLISH, 9, special=SpecialTokens(start="<start>", end="<end>", mask="<mask>"))
LENGTH = 12


def config(size: int, **others: object) -> TransformerConfig:
    shape = {"d_model": 6, "n_heads": 3, "n_layers": 2, "d_ff": 10, "max_length": LENGTH, "norm": "pre"}
    return TransformerConfig(size, **shape, **others)  # type: ignore[arg-type]


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def a_translator(folder: Path, **extra: object) -> Path:
    model = EncoderDecoder(config(len(TARGET), source_vocab_size=len(SOURCE)), generator=seeded())
    variants = {"traditional": "這裡", "simplified": "这里"}
    details = {"variants": variants, "decoding": {"width": 3, "length_penalty": 1.0}, **extra}
    save_model(folder, StoredModel(model, {"source": SOURCE, "target": TARGET}, details))
    return folder


def a_writer(folder: Path) -> Path:
    save_model(folder, StoredModel(DecoderOnly(config(len(TEXT)), generator=seeded()), {"text": TEXT}))
    return folder


def a_reader(folder: Path) -> Path:
    save_model(folder, StoredModel(EncoderOnly(config(len(TEXT)), generator=seeded()), {"text": TEXT}))
    return folder


MAKERS = {"encoder-decoder": a_translator, "decoder-only": a_writer, "encoder-only": a_reader}


@pytest.mark.parametrize("family", MAKERS)
def test_a_model_comes_back_as_it_was_saved(family: str, tmp_path: Path) -> None:
    stored = load_model(MAKERS[family](tmp_path))
    described = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    assert described["family"] == family
    assert not stored.model.training
    weights = load_file(tmp_path / "weights.safetensors")
    assert weights.keys() == stored.model.state_dict().keys()
    for name, tensor in stored.model.state_dict().items():
        assert tensor.dtype == torch.float32
        assert weights[name].dtype == torch.float16
        torch.testing.assert_close(tensor, weights[name].float(), atol=0, rtol=0)
    again = tmp_path / "again"
    save_model(again, stored)
    for name in ("model.json", "weights.safetensors"):
        assert (again / name).read_bytes() == (tmp_path / name).read_bytes()


def test_float16_is_close_to_what_was_saved(tmp_path: Path) -> None:
    model = DecoderOnly(config(len(TEXT)), generator=seeded()).eval()
    save_model(tmp_path, StoredModel(model, {"text": TEXT}))
    ids = torch.tensor([[3, 200, 260]])
    with torch.no_grad():
        torch.testing.assert_close(load_writer(tmp_path).model(ids), model(ids), atol=3e-3, rtol=0)


def changed_weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        tensors = load_file(folder / "weights.safetensors")
        change(tensors)
        save_file(tensors, folder / "weights.safetensors")

    return apply


def changed_description(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        change(described)
        (folder / "model.json").write_text(json.dumps(described), encoding="utf-8")

    return apply


NAME = "decoder.layers.0.self_attention.query.weight"
DAMAGES = {
    "weights missing": (lambda folder: (folder / "weights.safetensors").unlink(), "lacks weights.safetensors"),
    "truncated": (
        lambda folder: (folder / "weights.safetensors").write_bytes((folder / "weights.safetensors").read_bytes()[:-5]),
        "bytes that are not safetensors",
    ),
    "a tensor missing": (changed_weights(lambda tensors: tensors.pop(NAME)), f"{NAME} is missing"),
    "a tensor too many": (changed_weights(lambda tensors: tensors.update(x=torch.zeros(1))), "x is not known"),
    "another shape": (
        changed_weights(lambda tensors: tensors.update({NAME: torch.zeros(5, 6)})),
        r"has shape \(5, 6\), not \(6, 6\)",
    ),
    "word vectors": (
        lambda folder: (folder / "model.json").write_text('{"format": 1, "family": "word2vec"}'),
        "attnlab.word2vec.load_word2vec",
    ),
    "no JSON": (lambda folder: (folder / "model.json").write_text("{"), "1 bytes that describe no model"),
    "another format": (changed_description(lambda told: told.update(format=2)), "has format 2"),
    "another family": (changed_description(lambda told: told.update(family="gpt")), "family 'gpt'"),
    "an impossible shape": (
        changed_description(lambda told: told["config"].update(n_heads=4)),  # type: ignore[attr-defined]
        "d_model=6 is not divisible by n_heads=4",
    ),
    "another vocabulary": (
        changed_description(lambda told: told["tokenizers"]["text"]["merges"].pop()),  # type: ignore[index]
        "266 tokens but the model 267",
    ),
    "another tokenizer": (
        changed_description(lambda told: told["tokenizers"].update(text={"kind": "words", "special": {}})),  # type: ignore[attr-defined]
        "kind is 'words'",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_told_with_its_numbers(damage: str, tmp_path: Path) -> None:
    spoil, message = DAMAGES[damage]
    spoil(a_writer(tmp_path))
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        load_writer(tmp_path)


@pytest.mark.parametrize("load", [load_translator, load_writer, load_reader])
def test_a_model_of_another_kind_is_told(load: Callable[[Path], object], tmp_path: Path) -> None:
    makers = {load_translator: a_writer, load_writer: a_reader, load_reader: a_translator}
    with pytest.raises(ValueError, match="holds a"):
        load(makers[load](tmp_path))


def test_an_unknown_shipped_model_is_told() -> None:
    with pytest.raises(FileNotFoundError, match="no model is called 'singer'"):
        shipped_folder("singer")


def test_weights_too_large_for_float16_are_not_saved(tmp_path: Path) -> None:
    model = DecoderOnly(config(len(TEXT)), generator=seeded())
    model.embedding.tokens.weight.data[0, 0] = 1e6
    with pytest.raises(ValueError, match=r"embedding.tokens.weight has numbers up to 1e\+06"):
        save_model(tmp_path, StoredModel(model, {"text": TEXT}))
    assert not (tmp_path / "weights.safetensors").exists()


# --- the translator ---------------------------------------------------------------------------------------------------


@pytest.fixture
def translator(tmp_path: Path) -> Translator:
    return load_translator(a_translator(tmp_path))


def test_the_translator_reads_characters_and_an_end(translator: Translator) -> None:
    reading = translator.read("你 在这里？")
    assert reading.characters == ("你", "在", "这", "里", "?")
    assert reading.ids == (*SOURCE.encode("你在这里?"), SOURCE.end_id)
    assert (reading.simplified, reading.unknown, reading.cut) == ((), (), 0)


def test_traditional_and_unknown_characters_are_told(translator: Translator) -> None:
    reading = translator.read("你在這裡 ok 這")
    assert reading.simplified == (("這", "这"), ("裡", "里"))
    assert reading.unknown == ("o", "k")
    assert reading.ids.count(SOURCE.unknown_id) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text has 0 characters"),
        (" \n　", "the text has 0 characters"),
        ("xyz", "none of these 3 characters: xyz"),
        ("你" * LENGTH, f"the text has {LENGTH} characters, the translator reads at most {LENGTH - 1}"),
    ],
)
def test_what_cannot_be_translated_is_told(translator: Translator, text: str, message: str) -> None:
    for call in (translator.read, translator.translate, translator.steps, translator.beam):
        with pytest.raises(ValueError, match=message):
            call(text)


def test_a_long_text_is_cut_only_on_request(translator: Translator) -> None:
    reading = translator.read("你在" * LENGTH, cut=True)
    assert (len(reading.ids), reading.cut) == (LENGTH, LENGTH + 1)
    assert isinstance(translator.translate("你在" * LENGTH, cut=True), str)


def test_a_beam_of_one_is_greedy(translator: Translator) -> None:
    ids = [step.token for step in translator.steps("你在这里?")]
    assert translator.translate("你在这里?", width=1) == TARGET.decode(ids, skip_special=True)
    assert translator.translate("你 在这里？", width=1) == translator.translate("你在這裡?", width=1)


# --- the writer and the reader ----------------------------------------------------------------------------------------


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return load_writer(a_writer(tmp_path))


def test_the_writer_goes_on_with_the_text(writer: Writer) -> None:
    assert writer.read("He is") == [TEXT.start_id, *TEXT.encode("He is")]
    assert writer.write("He is", max_new_tokens=3).startswith("He is")
    assert writer.write("He", max_new_tokens=4, seed=1) == writer.write("He", max_new_tokens=4, seed=1)
    assert len({writer.write("He", max_new_tokens=4, seed=seed) for seed in range(5)}) > 1


def test_a_text_without_room_to_go_on_is_told(writer: Writer) -> None:
    long = "\x00" * (LENGTH - 1)
    with pytest.raises(ValueError, match=f"{LENGTH - 1} tokens, the writer goes on from at most {LENGTH - 2}"):
        writer.write(long)
    assert len(writer.read(long, cut=True)) == LENGTH - 1
    assert writer.read(long[:-1]) == [TEXT.start_id, *[0] * (LENGTH - 2)]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return load_reader(a_reader(tmp_path))


def test_the_reader_puts_a_mask_for_each_blank(reader: Reader) -> None:
    mask = TEXT.mask_id
    assert reader.read("He __ here") == [TEXT.start_id, *TEXT.encode("He"), mask, *TEXT.encode(" here"), TEXT.end_id]
    blanks = reader.fill("____ is __", candidates=3)
    assert [blank.place for blank in blanks] == [1, 2 + len(TEXT.encode(" is"))]
    for blank in blanks:
        assert len(blank.tokens) == 3
        assert blank.probabilities == tuple(sorted(blank.probabilities, reverse=True))
        torch.testing.assert_close(blank.distribution.sum(), torch.tensor(1.0, dtype=torch.float64))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" ", "0 words"),
        ("He is", "0 blanks"),
        ("__" + "\x00" * LENGTH, f"{LENGTH + 3} tokens, the reader reads at most {LENGTH}"),
    ],
)
def test_what_cannot_be_filled_is_told(reader: Reader, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reader.fill(text)
    with pytest.raises(ValueError, match=f"candidates must be from 1 to {len(TEXT)}, got 0"):
        reader.fill("__", candidates=0)


# --- planted mistakes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "wrong", "text"),
    [
        ("typed = normalize_chinese(text)", "typed = text", "你在？"),
        (
            'ids=(*self.source.encode("".join(kept)), self.source.end_id)',
            'ids=(*self.source.encode("".join(kept)),)',
            "你",
        ),
        ("characters = [self.simplified.get(character, character) for", "characters = [character for", "在這"),
        ("room = self.model.max_length - 1", "room = self.model.max_length", "你" * LENGTH),
    ],
)
def test_a_translator_that_reads_wrongly_is_caught(right: str, wrong: str, text: str, tmp_path: Path) -> None:
    spoiled = mutant(("models.translator",), "models.translator", right, wrong).load_translator(a_translator(tmp_path))

    def readings() -> list[object]:
        found: list[object] = []
        for one in (load_translator(tmp_path), spoiled):
            try:
                found.append(one.read(text).ids)
            except ValueError as problem:
                found.append(str(problem))
        return found

    assert len(set(readings())) == 2


# --- what ships -------------------------------------------------------------------------------------------------------

MOST_WEIGHTS = {"translator": 5_000_000, "writer": 3_000_000, "reader": 3_000_000}
MOST_BYTES = 18_500_000  # of the folders together: the whole wheel has 20 MB, packed


@pytest.mark.parametrize("name", MOST_WEIGHTS)
def test_a_shipped_model_is_small(name: str) -> None:
    model = load_model(shipped_folder(name)).model
    assert sum(parameter.numel() for parameter in model.parameters()) <= MOST_WEIGHTS[name]


def test_the_shipped_folders_are_small_and_have_cards() -> None:
    folders = [*map(shipped_folder, MOST_WEIGHTS), shipped_folder("word2vec")]
    assert sum(file.stat().st_size for folder in folders for file in folder.iterdir()) <= MOST_BYTES
    for folder in folders:
        assert sorted(file.name for file in folder.iterdir()) == ["README.md", "model.json", "weights.safetensors"]
        card = (folder / "README.md").read_text(encoding="utf-8")
        assert all(words in card for words in ("## Data", "Tatoeba", "## Scores", "minutes on"))


def test_the_translator_knows_a_greeting() -> None:
    translator = load_translator()
    for sentence in ("好久不见", "好久不见。", "好久不見"):
        assert translator.translate(sentence) == translator.translate(sentence, width=1) == "Long time, no see."
