"""The chapter on tokens: the story it learns from, and what its prose says of numbers that no cell checks."""

import re

import pytest

from attnlab.data import load_story
from attnlab.exercises import question
from attnlab.models import load_writer
from attnlab.text import ByteLevelBPE, WordTokenizer, chunks
from notebook_files import NOTEBOOKS, read_notebook

STORY = load_story()
LEARNED_FROM, HELD_OUT = STORY[:64], STORY[64:]
PROSE = "\n".join(
    cell.source for cell in read_notebook(NOTEBOOKS / "tokens.ipynb").cells if cell.cell_type == "markdown"
)


def test_the_story_is_one_sentence_after_another_in_both_languages() -> None:
    assert len(STORY) == 80
    for language in ("english", "chinese"):
        sentences = [getattr(pair, language) for pair in STORY]
        assert len(set(sentences)) == len(sentences)
        assert all(sentence[-1] in ".。" for sentence in sentences)
    assert all(pair.english.isascii() for pair in STORY)
    assert all(re.fullmatch(r"[\u4e00-\u9fff，。、“”]+", pair.chinese) for pair in STORY)
    assert {pair.attribution for pair in STORY} == {"Attention Lab contributors, CC BY 4.0"}


def test_the_story_has_what_the_chapter_needs() -> None:
    """Words of one root on both sides of the cut, and a sentence that is only made up in the chapter."""
    known, new = (
        {word for pair in part for word in WordTokenizer.tokenize(pair.english)} for part in (LEARNED_FROM, HELD_OUT)
    )
    assert {"monkey", "tree", "worked", "could", "count"} <= known
    assert {"monkeys", "trees", "working"} <= new - known
    monkeys = [chunk for pair in LEARNED_FROM for chunk in chunks(pair.english) if chunk == b" monkey"]
    assert len(monkeys) == int(re.search(r"comes (\d+) times in the 64 sentences", PROSE)[1])


def pieces_from(bpe: ByteLevelBPE, piece: bytes) -> set[str]:
    """Which words of the story hold a piece."""
    found = {chunk for pair in LEARNED_FROM for chunk in chunks(pair.english) if piece in chunk}
    assert piece in bpe.tokens
    return {chunk.decode().strip() for chunk in found}


def test_the_pieces_come_from_the_words_that_the_chapter_names() -> None:
    bpe = ByteLevelBPE.train([pair.english for pair in LEARNED_FROM], 1000)
    assert {"count", "could"} <= pieces_from(bpe, b" cou")
    assert pieces_from(bpe, b"ree") == {"tree", "three"}
    assert pieces_from(bpe, b"anan") == {"banana", "bananas"}
    assert [bpe.tokens[place] for place in bpe.merges[20]] == [b" mon", b"key"]


def test_the_writer_has_the_pieces_that_the_chapter_names() -> None:
    tokens = load_writer().tokenizer.tokens
    assert b" Scientologists" in tokens
    assert tokens.index(b"ys") < tokens.index(b"key")
    assert tokens.index(b"ke") < tokens.index(b"ys")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_question_on_another_language_is_right(lang: str) -> None:
    bpe = load_writer().tokenizer
    characters = "".join(pair.chinese for pair in STORY if not set(pair.chinese) & set("“”"))
    assert len(bpe.encode(characters)) == 3 * len(characters)
    (right,) = [choice["text"] for choice in question("tokens/other-language", lang).choices if choice["correct"]]
    assert {"en": "three tokens for each character", "zh": "每个汉字大约三个词元"}[lang] in right
