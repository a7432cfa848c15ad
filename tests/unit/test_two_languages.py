"""Two languages: words found by counting, and translation by a map that must never see what it is asked."""

import json
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from attnlab.train.command import main
from attnlab.word2vec import shipping_two_languages
from attnlab.word2vec.phrases import join_phrases
from attnlab.word2vec.shipping_two_languages import most_frequent, words_of_chinese
from attnlab.word2vec.two_languages import (
    DICTIONARY,
    SHIPPED,
    TwoLanguages,
    directions,
    held_out_words,
    load_two_languages,
    read_dictionary,
    translation_ranks,
)
from attnlab.word2vec.vectors import TrainedVectors
from tests.mutants import mutant


def a_table(words: list[str], rows: np.ndarray) -> TrainedVectors:
    counts = np.arange(len(words), 0, -1)
    return TrainedVectors(tuple(words), rows, None, len(words), output=rows * 2, counts=counts, config={})


def turned_copy(size: int = 40, dim: int = 5, noise: float = 0.0) -> TwoLanguages:
    """Two spaces of which one is the other, turned: every translation can be found."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(size, dim)).astype(np.float32)
    turn = np.linalg.qr(random.normal(size=(dim, dim)))[0].astype(np.float32)
    names = [f"w{n}" for n in range(size)], [f"v{n}" for n in range(size)]
    other = rows @ turn + noise * random.normal(size=rows.shape).astype(np.float32)
    pairs = tuple(zip(*names, strict=True))
    return TwoLanguages(a_table(names[0], rows), a_table(names[1], other), pairs)


def mistaken(code: str, changed: str) -> ModuleType:
    return mutant(("word2vec.two_languages",), "word2vec.two_languages", code, changed)


# --- words by counting ------------------------------------------------------------------------------------------------

TEXT = ["ab", "abc", "cab", "c", "cd", "dc", "ab", "abab", "dcd"]  # a and b never stand alone


def test_the_score_is_that_of_the_paper() -> None:
    lines = [list(line) for line in TEXT]
    letters = [letter for line in lines for letter in line]
    counts = {letter: letters.count(letter) for letter in "abcd"}
    pairs = [pair for line in lines for pair in pairwise(line)]
    score = {pair: (pairs.count(pair) - 1) / (counts[pair[0]] * counts[pair[1]]) * len(letters) for pair in set(pairs)}
    for threshold in sorted(score.values()):
        if threshold > 0:
            joined = {a + b for (a, b), value in score.items() if value > threshold}
            found = {word for line in join_phrases(lines, discount=1, threshold=threshold) for word in line}
            assert {word for word in found if len(word) == 2} <= joined
    assert score["a", "b"] == pytest.approx((6 - 1) / (6 * 6) * len(letters))
    assert join_phrases(lines, discount=1, threshold=2.9)[:3] == [["ab"], ["ab", "c"], ["c", "ab"]]


def test_nothing_is_lost_and_no_word_is_joined_twice() -> None:
    lines = [list(line) for line in TEXT]
    once = join_phrases(lines, discount=0, threshold=0.01)
    assert ["".join(line) for line in once] == TEXT
    assert {len(word) for line in once for word in line} == {1, 2}
    assert once[7] == ["ab", "ab"]
    assert max(len(word) for line in join_phrases(once, discount=0, threshold=0.01) for word in line) == 4
    assert lines == [list(line) for line in TEXT]  # what was given is as it was


@pytest.mark.parametrize(("discount", "threshold"), [(-1, 10), (5, 0), (5, -2), (5, float("nan"))])
def test_settings_that_make_no_sense(discount: float, threshold: float) -> None:
    with pytest.raises(ValueError, match=f"got {discount} and {threshold}"):
        join_phrases([["a", "b"]], discount=discount, threshold=threshold)


def test_whatever_is_not_chinese_cuts_a_text() -> None:
    assert words_of_chinese(["你好,Tom!", "<b>", "", "再 見"]) == [["你", "好"], ["再", "見"]]
    often = words_of_chinese(["我吃苹果", "苹果好", "他有苹果", "苹果"] * 9 + ["我有", "他好", "我好", "吃"] * 60)
    assert often[1] == ["苹果", "好"]


# --- held out ---------------------------------------------------------------------------------------------------------


def test_a_turned_copy_is_translated_without_a_fault_and_only_through_the_map() -> None:
    two = turned_copy()
    assert (translation_ranks(two) == 1).all()
    assert (translation_ranks(two, aligned=False) == 1).mean() < 0.2


def test_no_pair_of_a_word_that_is_asked_is_learned_from() -> None:
    pairs = [("a", "x"), ("a", "y"), ("b", "x"), ("c", "z"), ("d", "w"), ("e", "v")]
    asked_in_all = []
    for known, asked in held_out_words(pairs, folds=3, seed=4):
        assert not {word for word, _ in known} & set(asked)
        assert len(known) + sum(word in asked for word, _ in pairs) == len(pairs)
        asked_in_all += asked
    assert sorted(asked_in_all) == list("abcde")  # each once


def test_a_peek_at_the_answers_would_be_noticed() -> None:
    """On noise nothing can be translated, unless the map has seen the pairs that it is asked for."""
    random = np.random.default_rng(1)
    size, dim = 60, 30
    names = [f"w{n}" for n in range(size)], [f"v{n}" for n in range(size)]
    tables = [a_table(words, random.normal(size=(size, dim)).astype(np.float32)) for words in names]
    two = TwoLanguages(*tables, tuple(zip(*names, strict=True)))
    assert (translation_ranks(two) == 1).mean() < 0.1
    peeking = mistaken("if pair[0] not in set(asked)]", "]")
    assert (peeking.translation_ranks(two) == 1).mean() > 0.3


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        (
            "procrustes_alignment(source[rows[0]], target[rows[1]])",
            "procrustes_alignment(target[rows[1]], source[rows[0]])",
        ),
        ("- rows.mean(axis=0)", "- rows.mean(axis=1, keepdims=True)"),
        ("(cosines > cosines[right[word]].max())", "(cosines < cosines[right[word]].max())"),
        ("1 + int(", "int("),
    ],
)
def test_mistakes_in_the_translation_are_noticed(code: str, changed: str) -> None:
    two = turned_copy()
    assert (mistaken(code, changed).translation_ranks(two) != translation_ranks(two)).any()


def test_the_best_of_several_translations_counts() -> None:
    two = turned_copy()
    wrong_first = (*((ours, theirs) for ours, theirs in two.dictionary), ("w3", "v8"))
    assert translation_ranks(two._replace(dictionary=wrong_first)).max() <= 2
    assert len(translation_ranks(two._replace(dictionary=wrong_first))) == 40


def test_directions_have_no_mean_and_length_one() -> None:
    rows = np.random.default_rng(0).normal(size=(9, 4)) + 5
    found = directions(rows)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)
    assert np.abs(found.mean(axis=0)).max() < 0.5
    assert directions(np.ones((3, 2))).tolist() == [[0, 0]] * 3


@pytest.mark.parametrize("folds", [1, 41])
def test_parts_that_cannot_be(folds: int) -> None:
    with pytest.raises(ValueError, match=f"from 2 to 40.* got {folds}"):
        translation_ranks(turned_copy(), folds=folds)


# --- the dictionary and the tables that ship --------------------------------------------------------------------------


def test_the_dictionary_is_clean() -> None:
    pairs = read_dictionary()
    assert len(set(pairs)) == len(pairs)
    assert all(ours.strip() == ours and theirs == theirs.strip().lower() for ours, theirs in pairs)
    assert all("\u4e00" <= sign <= "\u9fff" for ours, _ in pairs for sign in ours)


@pytest.mark.parametrize("line", ["水", "水\t", "\twater", "水\twater\t2", ""])
def test_a_broken_line_of_a_dictionary_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "words.tsv"
    path.write_text(f"书\tbook\n{line}\n火\tfire\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"words\.tsv:2: "):
        read_dictionary(path)


def test_the_shipped_tables_are_what_their_card_says() -> None:
    two = load_two_languages()
    card = (SHIPPED / "README.md").read_text(encoding="utf-8")
    assert f"A\ndictionary of {len(two.dictionary)} pairs" in card
    assert len(two.chinese) == len(two.english) == 1000
    ranks = np.stack([translation_ranks(two, seed=seed) for seed in range(shipping_two_languages.REPEATS)])
    for among, name in ((1, "the first answer is right"), (5, "right among the first five")):
        assert f"| held-out words, {name} | {(ranks <= among).mean():.3f} " in card
    assert sum(file.stat().st_size for file in SHIPPED.rglob("*.*")) + DICTIONARY.stat().st_size < 250_000


def test_each_language_was_trained_on_its_own() -> None:
    two = load_two_languages()
    assert "Chinese sentences" in two.chinese.source
    assert not set(two.chinese.tokens) & set(two.english.tokens)
    assert (np.diff(two.chinese.counts) <= 0).all()


# --- making them ------------------------------------------------------------------------------------------------------


def test_the_command_makes_tables_that_can_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [
        ("I drink water.", "我喝水"),
        ("She drinks tea.", "她喝茶"),
        ("The book is good.", "书好"),
        ("Water!", "水"),
    ]
    lines = [f"{english}\t{chinese}\tby Ann\n" for english, chinese in pairs for _ in range(30)]
    different = [line.replace(".", "." * (1 + n % 30)) for n, line in enumerate(lines)]
    (tmp_path / "pairs.tsv").write_text("".join(different), encoding="utf-8")
    monkeypatch.setattr(shipping_two_languages, "scores_of", lambda two: {"not measured": "0"})
    monkeypatch.setattr(shipping_two_languages, "scores_of_halves", lambda *arguments: {})
    out = tmp_path / "out"
    command = f"two-languages --pairs {tmp_path}/pairs.tsv --out {out} --words 3 --dim 4 --epochs 1 --seed 7"
    config = shipping_two_languages.PRESET
    monkeypatch.setattr("attnlab.train.two_languages.PRESET", type(config)(**(config.to_dict() | {"min_count": 1})))
    assert main(command.split()) == 0
    two = load_two_languages(out)
    assert (len(two.chinese), len(two.english), two.chinese.dim) == (3, 3, 4)
    assert json.loads((out / "english" / "model.json").read_text(encoding="utf-8"))["config"]["seed"] == 7
    assert two.english.source.startswith("English sentences")
    assert "the 3 most frequent words" in (out / "README.md").read_text(encoding="utf-8")
    assert main(["two-languages", "--pairs", "nowhere.tsv", "--out", str(out)]) == 2


def test_the_most_frequent_words_are_kept() -> None:
    table = a_table(["a", "b", "c"], np.arange(6, dtype=np.float32).reshape(3, 2))
    cut = most_frequent(table, 2)
    assert (cut.tokens, cut.words, cut.counts.tolist(), cut.output.tolist()) == (
        ("a", "b"), 2, [3, 2], [[0, 2], [4, 6]],
    )  # fmt: skip
    assert len(most_frequent(table, 9)) == 3
