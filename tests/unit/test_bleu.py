"""BLEU without a library is the library's BLEU, on real translations and on whatever else stands in a text."""

import random

import pytest
from sacrebleu.metrics.bleu import BLEU

from attnlab.data import load_story
from attnlab.models import load_translator
from attnlab.training import bleu, translate_greedily, translation_scores
from tests.mutants import mutant

SIGNS = "ab .,-'!?\"$&/()[]{}~`@:;019"
WORDS = ["the", "cat", "sat", "on", "mat", "1.5", "a.b", "it's", "9-5", "well-known", "no,", "…", "猫", "U.S."]


def by_the_library(translations: list[str], references: list[list[str]]) -> float:
    return translation_scores(translations, references)["bleu"]


def made_up(seed: int) -> tuple[list[str], list[list[str]]]:
    """Translations that share words with their one to three references, and have signs of all kinds."""
    chance = random.Random(seed)

    def sentence() -> str:
        words = chance.choices(WORDS, k=chance.randint(3, 12))
        return " ".join(words) + "".join(chance.choices(SIGNS, k=chance.randint(0, 6)))

    count = chance.randint(1, 8)
    return [sentence() for _ in range(count)], [[sentence() for _ in range(chance.randint(1, 3))] for _ in range(count)]


CASES = [made_up(seed) for seed in range(300)]


def test_made_up_texts_score_as_in_the_library() -> None:
    for translations, references in CASES:
        wanted = by_the_library(translations, references)
        assert bleu(translations, references) == pytest.approx(wanted, abs=1e-9), translations


def test_the_translators_sentences_score_as_in_the_library() -> None:
    translator, story = load_translator(), load_story()[:24]
    found = translate_greedily(translator.model, [pair.chinese for pair in story], translator.source, translator.target)
    references = [[pair.english] for pair in story]
    assert bleu(found, references) == pytest.approx(by_the_library(found, references), abs=1e-9)
    assert 2 < bleu(found, references) < 40


@pytest.mark.parametrize(
    ("translations", "references", "wanted"),
    [
        (["It is raining today."], [["It is raining today."]], 100.0),
        (["", ""], [["a b c d"], ["e"]], 0.0),
        (["x y z w"], [["a b c d"]], 0.0),
        (["a b"], [["a b"]], 0.0),  # nothing is four words long, as in the library
    ],
)
def test_the_ends_of_the_scale(translations: list[str], references: list[list[str]], wanted: float) -> None:
    assert bleu(translations, references) == pytest.approx(wanted)
    assert BLEU().corpus_score(translations, list(zip(*references, strict=True))).score == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(mine & allowed).total()", "sum(count for run, count in mine.items() if run in allowed)"),  # not clipped
        ("allowed |= _runs(other, n)", "allowed += _runs(other, n)"),
        ("brevity = min(0.0, 1 - expected / written)", "brevity = 0.0"),
        ("(abs(len(other) - len(words)), len(other))", "(0, len(other))"),  # the shortest reference
        ("smooth *= 1 if found else 2", "smooth = 2"),
        ("LONGEST = 4", "LONGEST = 3"),
        ('_POINT_BEFORE.sub(r" \\1 \\2", _POINT_AFTER.sub(r"\\1 \\2 ", text))', "text"),
        ('return _DASH.sub(" - ", text).split()', "return text.split()"),
    ],
)
def test_a_planted_mistake_is_noticed(right: str, wrong: str) -> None:
    mistaken = mutant(("training.bleu",), "training.bleu", right, wrong).bleu
    assert any(mistaken(*case) != pytest.approx(by_the_library(*case), abs=1e-9) for case in CASES)


@pytest.mark.parametrize(
    ("translations", "references", "words"),
    [
        (["a"], [], "1 translations but references for 0 sentences"),
        ([], [], "there are 0 translations"),
        (["a", "b"], [["a"], []], "1 of 2 sentences have no reference"),
    ],
)
def test_what_cannot_be_scored(translations: list[str], references: list[list[str]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        bleu(translations, references)
