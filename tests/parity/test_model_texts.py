"""The front end's tokenizers give the ids that Python's give; a whole model folder, from typed text to decoded text.

A model folder that ships is one more name in ``SHIPPED``.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch

import attnlab
from attnlab.decoding import beam_search, greedy, run_to_end
from attnlab.embedding import load_word_vectors
from attnlab.models import load_reader, load_translator, load_writer
from attnlab.models.reader import BLANK
from attnlab.text import (
    ByteLevelBPE,
    CharacterTokenizer,
    SpecialTokens,
    Vocabulary,
    WordPieceTokenizer,
    chunks,
    normalize_chinese,
)
from attnlab.transformer import EncoderDecoder, EncoderOnly, Transformer
from tests.parity import texts
from tests.parity.model_files import Mistake, Run, array, build, bundle, close, read, write

SENTENCES = (Path(__file__).parents[1] / "unit" / "everyday_sentences.txt").read_text(encoding="utf-8")
CHINESE = "好久不见，你今天怎么样？我们一起去吃水果吧！他的手机是苹果的。ＯＫ，１２３ ４５。天气很好　不是吗"
NAMED = SpecialTokens(pad="<pad>", start="<start>", end="<end>")
ALL = SpecialTokens(pad="<pad>", unknown="<unknown>", start="<start>", end="<end>", mask="<mask>")

Tokenizer = CharacterTokenizer | ByteLevelBPE | WordPieceTokenizer

MISTAKES: dict[str, Mistake] = {
    "JavaScript's white space": ("bytepairs.ts", r"[^\p{White_Space}\p{L}\p{N}]", r"[^\s\p{L}\p{N}]"),
    "numbers among letters": ("bytepairs.ts", r"| ?\p{L}+| ?\p{N}+|", r"| ?[\p{L}\p{N}]+|"),
    "digits alone": ("bytepairs.ts", r" ?\p{N}+", r" ?\p{Nd}+"),
    "no English endings": ("bytepairs.ts", r"'(?:s|t|re|ve|m|ll|d)| ?\p{L}+", r" ?\p{L}+"),
    "the last space too": ("bytepairs.ts", r"(?!\P{White_Space})", ""),
    "halves of pairs replaced": ("bytepairs.ts", "half !== null", "half !== null && text === ''"),
    "a place in UTF-16": ("bytepairs.ts", "Array.from(text.slice(0, half.index)).length", "half.index"),
    "a pair alone is not merged": ("bytepairs.ts", "best === Infinity", "best === Infinity || tokens.length < 3"),
    "a mark at the start dropped": ("bytepairs.ts", "ignoreBOM: true", "ignoreBOM: false"),
    "special tokens before the merges": ("bytepairs.ts", "BYTES + best", "BYTES + 3 + best"),
    "UTF-16 instead of characters": ("characters.ts", "Array.from(text, (", "text.split('').map(("),
    "special tokens can be typed": ("tokenizer.ts", "!present.includes(token)", "present !== null"),
    "spaces kept": ("characters.ts", "!isSpace(character)", "character !== ' ' || isSpace('')"),
    "NFC": ("characters.ts", '"NFKC"', '"NFC"'),
}  # fmt: skip
READING_MISTAKES: dict[str, Mistake] = {
    "traditional characters stay": ("prepare.ts", "simplified.get(one) ?? one", "one"),
    "twice": ("prepare.ts", "simplified.get(one) ?? one", "[one, '', ''].reduce((x) => simplified.get(x) ?? x)"),
    "simplified made traditional": ("load.ts", "[character, read[place]]", "[read[place], character]"),
    "a writer closes its text": ("prepare.ts", 'family === "decoder-only" || end === null', "end === null"),
    "a translator opens its text": ("prepare.ts", 'family === "encoder-decoder" || start === null', "start === null"),
}  # fmt: skip


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    return bundle(tmp_path_factory.mktemp("engines"), {**MISTAKES, **READING_MISTAKES})


@pytest.fixture(scope="module")
def engine(engines: dict[str, Run]) -> Run:
    return engines[""]


def described(tokenizer: Tokenizer) -> dict[str, Any]:
    """A tokenizer as ``model.json`` describes it."""
    special = asdict(tokenizer.special)
    if isinstance(tokenizer, ByteLevelBPE):
        return {"kind": "byte-pairs", "merges": [list(pair) for pair in tokenizer.merges], "special": special}
    if isinstance(tokenizer, CharacterTokenizer):
        return {"kind": "characters", "tokens": list(tokenizer.vocabulary.tokens), "special": special}
    return {"kind": "wordpiece", "tokens": list(tokenizer.entries.tokens), "special": special}


def tokenizers() -> dict[str, Tokenizer]:
    words = load_word_vectors().tokens
    mixed = "".join(texts.mixed_texts(400, words[:500], seed=1)).replace("\ud83c", "").replace("\udf4e", "")
    return {
        "byte pairs": ByteLevelBPE.train([SENTENCES, mixed, CHINESE * 4], 500, special=NAMED),
        "characters": CharacterTokenizer.from_text(mixed + CHINESE, special=ALL, min_count=2),
        "signs": CharacterTokenizer(Vocabulary(["$", "a", "?", " "], special=SpecialTokens(pad="$", unknown="?"))),
        "wordpiece": WordPieceTokenizer([*filter(None, asdict(ALL).values()), *words], special=ALL),
    }


TOKENIZERS = tokenizers()
WORDS = [*load_word_vectors().tokens[:2000], *["It's 2 cats,  not1", "a<pad>b", "[UNK]", "$a?"] * 9]
TEXTS = [*texts.mixed_texts(1999, WORDS, seed=33), "🍎 \udf4e"]


def expected_ids(tokenizer: Tokenizer, text: str) -> object:
    try:
        return tokenizer.encode(text)
    except ValueError as problem:
        return {"error": "InputError", "message": str(problem)}


def assert_same_ids(run: Run, kind: str, asked: Sequence[str]) -> None:
    tokenizer = TOKENIZERS[kind]
    (found,) = run([{"kind": "encode", "tokenizer": described(tokenizer), "texts": asked}])
    for text, ids in zip(asked, found, strict=True):
        assert ids == expected_ids(tokenizer, text), ascii(text)


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_texts_of_every_kind(engine: Run, kind: str) -> None:
    assert len(TEXTS) == 2000
    assert_same_ids(engine, kind, TEXTS)


def assert_same_chunks(run: Run, asked: Sequence[str]) -> None:
    (found,) = run([{"kind": "chunks", "texts": asked}])
    for text, pieces in zip(asked, found, strict=True):
        assert pieces == [chunk.decode("utf-8") for chunk in chunks(text)], ascii(text)


def test_chunks_around_every_character(engine: Run) -> None:
    asked = texts.one_of_each_character()
    assert len(asked) > 10_000
    assert_same_chunks(engine, asked)


def random_ids(size: int, count: int) -> list[list[int]]:
    chance = random.Random(4)
    return [[chance.randrange(size) for _ in range(chance.randint(0, 9))] for _ in range(count)]


def assert_same_texts(run: Run, kind: str) -> None:
    tokenizer = TOKENIZERS[kind]
    assert not isinstance(tokenizer, WordPieceTokenizer)  # Python's decodes nothing
    asked = [*random_ids(len(tokenizer), 500), *random_ids(256, 500), [0xEF, 0xBB, 0xBF, 65]]
    asked = [ids for ids in asked if all(place < len(tokenizer) for place in ids)]
    for skip in (False, True):
        job = {"kind": "decode", "tokenizer": described(tokenizer), "ids": asked, "skipSpecial": skip}
        assert run([job]) == [[tokenizer.decode(ids, skip_special=skip) for ids in asked]]


@pytest.mark.parametrize("kind", ["byte pairs", "characters"])
def test_ids_become_the_same_text(engine: Run, kind: str) -> None:
    assert_same_texts(engine, kind)


def assert_same_normal_form(run: Run) -> None:
    asked = [CHINESE, *texts.PIECES, "a\x1cb\x1f\x85c\ufeffd\u3000ｅ\u00a8"]
    assert run([{"kind": "normalize", "texts": asked}]) == [[normalize_chinese(text) for text in asked]]


def test_chinese_is_read_in_the_same_form(engine: Run) -> None:
    assert_same_normal_form(engine)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(engines: dict[str, Run], mistake: str) -> None:
    def check(run: Run) -> None:
        assert_same_ids(run, "byte pairs", TEXTS[-600:])
        assert_same_ids(run, "characters", TEXTS[-600:])
        assert_same_ids(run, "signs", TEXTS[-600:])
        assert_same_chunks(run, ["a  b", "x\ufeffy\x85z", "1½² 3 a1b2", "It's"])
        assert_same_texts(run, "byte pairs")
        assert_same_normal_form(run)

    with pytest.raises(AssertionError):
        check(engines[mistake])


# --- model folders ----------------------------------------------------------------------------------------------------

SHIPPED = ["reader", "translator", "writer"]  # folders of src/attnlab/models
TYPED = {
    "encoder-decoder": ["好久不见。", "我们 一起去吃水果吧！", "Ａ１你", "我們好 㐂𠀀"],
    "decoder-only": ["The old man", "It's 2 o'clock,  and", "", " "],
    "encoder-only": ["The old man went home.", "It rained __ today", "__"],
}

VARIANTS = {"traditional": "們㐂我𠀀", "simplified": "们我你果"}  # 我 is one of the simplified ones, too


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small random model of each family with tokenizers of its own, in a folder as a shipped one."""
    folder = tmp_path_factory.mktemp("models")
    source = CharacterTokenizer.from_text(normalize_chinese(CHINESE), special=ALL)
    target = ByteLevelBPE.train(SENTENCES, 60, special=ALL)
    V, shape = len(target), {"d_model": 24, "n_heads": 3, "max_length": 40}
    twofold = build("encoder-decoder", 8, vocab_size=V, source_vocab_size=len(source), **shape)
    both = {"source": described(source), "target": described(target)}
    return {
        "encoder-decoder": write(folder / "encoder-decoder", twofold, both, variants=VARIANTS),
        "decoder-only": write(
            folder / "decoder-only", build("decoder-only", 9, vocab_size=V, **shape), {"text": described(target)}
        ),
        "encoder-only": write(
            folder / "encoder-only", build("encoder-only", 10, vocab_size=V, **shape), {"text": described(target)}
        ),
    }


def tokenizer_of(description: dict[str, Any]) -> Tokenizer:
    special = SpecialTokens(**description["special"])
    if description["kind"] == "byte-pairs":
        return ByteLevelBPE(description["merges"], special=special)
    if description["kind"] == "characters":
        return CharacterTokenizer(Vocabulary(description["tokens"], special=special))
    return WordPieceTokenizer(description["tokens"], special=special)


def ids_of(family: str, folder: Path, text: str) -> list[int]:
    """What the package's model reads of a typed text."""
    if family == "encoder-decoder":
        return list(load_translator(folder).read(text).ids)
    return load_writer(folder).read(text) if family == "decoder-only" else load_reader(folder).read(text)


def assert_same_reading(run: Run, family: str, folder: Path, typed: Sequence[str]) -> list[list[int]]:
    """The ids that both read of each text; a blank is its own part of what the page asks."""
    every = [ids_of(family, folder, text) for text in typed]
    parts = [_with_blanks(text) if family == "encoder-only" else text for text in typed]
    prepared = run([{"kind": "prepare", "typed": one, "folder": str(folder)} for one in parts])
    assert [found["ids"] for found in prepared] == every
    return every


def _with_blanks(text: str) -> list[str | None]:
    first, *others = BLANK.split(text)
    return [first, *(part for other in others for part in (None, other))]


def assert_same_logits(run: Run, where: dict[str, Any], model: Transformer, every: list[list[int]]) -> None:
    """Of each text the logits within 1e-3; what an encoder-decoder writes are the first tokens of the source."""
    inputs = [
        {"source": ids, "target": ids[:3]}
        if isinstance(model, EncoderDecoder)
        else {"source" if isinstance(model, EncoderOnly) else "target": ids}
        for ids in every
    ]
    found = run([{"kind": "look", "input": one, "edits": [{}], "record": False, **where} for one in inputs])
    for (reading,), one in zip(found, inputs, strict=True):
        with torch.no_grad():
            logits = model(*(torch.tensor([ids]) for ids in one.values()))
            logits = model.logits(logits) if isinstance(model, EncoderOnly) else logits
        close(array(reading["logits"]).view(logits[0].shape), logits[0], 1e-3)


def assert_same_writing(run: Run, where: dict[str, Any], model: Any, every: list[list[int]], **more: Any) -> None:
    """The same tokens for each text, by greedy decoding or, with a width, by beam search."""
    names = {
        "max_new_tokens": "maxNewTokens",
        "length_penalty": "lengthPenalty",
        "start_id": "startId",
        "end_id": "endId",
    }
    options = {names.get(name, name): value for name, value in more.items()}
    (found,) = run([{"kind": "write", "texts": every, "options": options, **where}])
    decode = beam_search if "width" in more else greedy
    assert found == [list(run_to_end(decode(model, ids, **more))) for ids in every]


def assert_folder_is_same(run: Run, folder: Path, typed: Sequence[str], *, longest: int = 60) -> None:
    """From typed text to ids, to logits, and to greedy and beam-searched text."""
    described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    family, model, where = described["family"], read(folder), {"folder": str(folder)}
    named = {name: tokenizer_of(one) for name, one in described["tokenizers"].items()}
    writes = named.get("target") or named["text"]
    every = assert_same_reading(run, family, folder, typed)
    assert_same_logits(run, where, model, every)
    if family == "encoder-only":
        return
    more = {"max_new_tokens": longest, "end_id": writes.end_id}
    more |= {"start_id": writes.start_id} if family == "encoder-decoder" else {}
    assert_same_writing(run, where, model, every, **more)
    if "decoding" in described:
        assert_same_writing(run, where, model, every[:6], **more, **described["decoding"])


@pytest.mark.parametrize("family", TYPED)
def test_a_folder_from_typed_text_to_decoded_text(engine: Run, made: dict[str, Path], family: str) -> None:
    assert_folder_is_same(engine, made[family], TYPED[family], longest=7)


@pytest.mark.parametrize("mistake", READING_MISTAKES)
def test_a_planted_mistake_in_reading_is_noticed(engines: dict[str, Run], made: dict[str, Path], mistake: str) -> None:
    def check() -> None:
        for family, typed in TYPED.items():
            assert_same_reading(engines[mistake], family, made[family], typed)

    with pytest.raises(AssertionError):
        check()


# --- what ships -------------------------------------------------------------------------------------------------------

# Sentences for the translator, from what these words can say.
WHO = ("我", "他的朋友", "那位老师", "我们")
WHEN = ("", "昨天", "明天早上", "每天")
WHAT = ("去学校", "喝了两杯茶", "想看这本书", "不喜欢下雨", "给妈妈打电话", "在火车站等你")
HOW = ("。", "，对不对？")


def family_of(folder: Path) -> str:
    return str(json.loads((folder / "model.json").read_bytes())["family"])


def shipped_models() -> dict[str, Path]:
    """The folders with a model of one of the three families; word vectors are no model of tokens."""
    folders = [path.parent for path in (Path(attnlab.__file__).parent / "models").glob("*/model.json")]
    return {folder.name: folder for folder in folders if family_of(folder) in TYPED}


def test_every_shipped_folder_is_compared() -> None:
    """A folder that is not named in ``SHIPPED`` would go untested."""
    assert sorted(shipped_models()) == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_folder_from_typed_text_to_decoded_text(engine: Run, name: str) -> None:
    folder = shipped_models()[name]
    assert_folder_is_same(engine, folder, TYPED[family_of(folder)])


def test_the_shipped_translator_writes_the_same_in_the_page(engine: Run) -> None:
    typed = ["".join(parts) for parts in product(WHEN, WHO, WHAT, HOW)]
    assert len(typed) == 192
    folder = shipped_models()["translator"]
    translator = load_translator(folder)
    readings = [translator.read(text) for text in typed]
    assert not any(reading.unknown for reading in readings)
    target = translator.target
    more = {"max_new_tokens": 60, "start_id": target.start_id, "end_id": target.end_id}
    every = [list(reading.ids) for reading in readings]
    assert_same_writing(engine, {"folder": str(folder)}, translator.model, every, **more)
