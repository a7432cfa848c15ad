"""The explorer of tokenizers shows what Python has: tokens, ids, merges, distances, raised ids."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attnlab.embedding import WORDS_FILE, load_word_vectors
from attnlab.text import train_steps
from attnlab.widgets import TokenizerExplorer
from attnlab.widgets import tokens_codings as codings
from attnlab.widgets.tokens import EXAMPLES
from attnlab.widgets.tokens_cuts import CUTS
from tests.parity import texts
from tests.parity.model_files import Mistake, Run, bundle

SENTENCES = (Path(__file__).parents[1] / "unit" / "everyday_sentences.txt").read_text(encoding="utf-8")
TEXTS = (
    *EXAMPLES,
    *("", "a", " ", "aaaaaaa aaaa aa", "abab abab baba", "  \n\t x", "<b>bold</b> </script> & <b>"),
    *("🍎\ue000🍎\ue000 é e\u0301", "a\ufeffb\ufeffb a\x1cb", "İSTANBUL ΟΔΟΣ ﬁ ½ 1½ x_1 it's", "水果水果水果。水果"),
    SENTENCES[:3000],
)
WORDS = ("apple", "Apple", "huawei", "果", "fruit", "🍎")

MISTAKES: dict[str, Mistake] = {
    "ties by the larger ids": ("bytepairtraining.ts", "key < best", "key > best"),
    "pairs that stand once": ("bytepairtraining.ts", "LEAST_COUNT = 2", "LEAST_COUNT = 1"),
    "a chunk counts once": ("bytepairtraining.ts", "this.#times.push(times)", "this.#times.push(1)"),
    "old neighbors stay": ("bytepairtraining.ts", "first, -times, place", "first, 0, place"),
    "new neighbors are not counted": ("bytepairtraining.ts", "chunk[at + 1], times, place", "chunk[at + 1], 0, place"),
    "merges in the wrong order": ("bytepairtraining.ts", "pair[0], pair[1], id", "pair[1], pair[0], id"),
    "a merge of a merge": ("bytepairtraining.ts", "at += isPair ? 1 : 0", "at += 0"),
    "ids from 255": ("bytepairtraining.ts", "const id = BYTES + rank", "const id = BYTES - 1 + rank"),
    "tokens left by the count": ("bytepairtraining.ts", "this.bytes) - merged", "this.bytes) - count"),
    "no space before a word": ("cuts.ts", "[encode(` ${word}`), encode(word)]", "[encode(word), encode(word)]"),
    "the rarest first": ("cuts.ts", "b.count - a.count", "a.count - b.count"),
    "UTF-16 order": ("cuts.ts", "byCodePoints(a.points, b.points)", "(a.token < b.token ? -1 : 1)"),
    "Chinese as one word": ("cuts.ts", " && !IDEOGRAPH.test(character)", ""),
    "signs with the words": ("cuts.ts", r"/[\p{L}\p{M}\p{N}_]/u", r"/[^ ]/u"),
    "lower-case hex": ("cuts.ts", "toString(16).toUpperCase()", "toString(16)"),
    "[UNK] is an id": ("cuts.ts", "pieces.length === 1 && pieces[0] !== UNKNOWN", "pieces.length === 1"),
}
NUMBER_MISTAKES: dict[str, Mistake] = {
    "signed difference": ("codings.ts", "Math.abs(a - b)", "a - b"),
    "squared distance": ("codings.ts", "return Math.sqrt(sum);", "return sum;"),
    "a product instead of a cosine": ("codings.ts", "dot(a, b) / lengths", "dot(a, b)"),
    "the first piece's vector": ("codings.ts", "pieces.length === 1 && pieces[0].known", "pieces.length > 0"),
    "ids added": ("codings.ts", "id * entry", "id + entry"),
    "axes swapped": ("codings.ts", "AXES.map(", "[...AXES].reverse().map("),
    "columns not turned": ("codings.ts", "SWEEPS = 30", "SWEEPS = 0"),
    "not the mean": ("codings.ts", "Math.sqrt(rest / points.length)", "Math.sqrt(rest)"),
    "rounding is a direction": ("codings.ts", "NOTHING = 1e-9", "NOTHING = 1e-30"),
}


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    runner = Path(__file__).with_name("tokens_runner.ts")
    return bundle(tmp_path_factory.mktemp("engines"), {**MISTAKES, **NUMBER_MISTAKES}, runner)


# --- cuts and merges --------------------------------------------------------------------------------------------------


def cut_jobs() -> list[dict[str, Any]]:
    table = load_word_vectors()
    mixed = ["".join(texts.mixed_texts(30, table.tokens[: table.words], seed)) for seed in (1, 2)]
    asked = [*TEXTS, *(text.encode("utf-8", "replace").decode("utf-8") for text in mixed)]
    return [{"kind": "cut", "text": text, "cut": cut, "merges": 25} for text in asked for cut in CUTS]


def same_cuts(engine: Run) -> None:
    jobs = cut_jobs()
    found = engine([{**job, "words": WORDS, "table": str(WORDS_FILE)} for job in jobs])
    for job, answer in zip(jobs, found, strict=True):
        widget = TokenizerExplorer(job["text"], cut=job["cut"], merges=25, words=WORDS)
        said = ascii((job["cut"], job["text"][:80]))
        assert answer["tokens"] == widget.tokens, said
        assert answer["ids"] == widget.ids, said
        assert answer["size"] == widget.vocabulary_size, said
        assert dict(answer["names"]) == dict(zip(widget.ids, widget.tokens, strict=True)), said
        codes = [{"id": code.id, "pieces": list(code.pieces)} for code in widget.codes.values()]
        assert answer["codes"] == codes, said


def same_steps(engine: Run) -> None:
    found = engine([{"kind": "steps", "text": text, "merges": 120} for text in TEXTS])
    for text, answer in zip(TEXTS, found, strict=True):
        steps = list(train_steps(text, 120, watch=text)) if text else []
        expected = [[list(step.ids), step.count, step.id, len(step.watched)] for step in steps]
        assert [[step["pair"], step["count"], step["id"], step["left"]] for step in answer] == expected, ascii(text)
        left = [len(text.encode()), *(step["left"] for step in answer)]
        assert [step["places"] for step in answer] == [before - after for before, after in pairwise(left)]


def same_tokens(engine: Run) -> None:
    same_steps(engine)
    same_cuts(engine)


def test_tokens_ids_and_merges(engines: dict[str, Run]) -> None:
    same_tokens(engines[""])


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(engines: dict[str, Run], mistake: str) -> None:
    with pytest.raises(AssertionError):
        same_tokens(engines[mistake])


# --- numbers ----------------------------------------------------------------------------------------------------------


def same_numbers(engine: Run) -> None:
    table = load_word_vectors()
    random = np.random.default_rng(5)
    words = ["apple", "banana", "iphone", "huawei", "phone", "Fruit"]
    cases = [
        ([4, 5, None, 20, 7], 23, [1.0, 0.5]),
        ([3632, 7104, 909, None, 7], 9998, [-0.3, 1.7, 0.9]),
        ([0, 0, None, None, 1], 2, [0.0, 0.0]),
    ]
    points = [random.normal(size=(6, 3)), random.normal(size=(5, 2)), np.outer([1, -2, 5], [0.1, 0.3, 0.7])]
    jobs = [
        {"kind": "numbers", "ids": ids, "size": size, "words": words[: len(ids)], "matrix": matrix}
        for ids, size, matrix in cases
    ]
    asked = [{**job, "points": rows.tolist(), "table": str(WORDS_FILE)} for job, rows in zip(jobs, points, strict=True)]
    for job, answer in zip(asked, engine(asked), strict=True):
        one_hot = codings.one_hot_rows(job["ids"], job["size"])
        trained = codings.trained_rows(job["words"], table)
        raised = codings.raise_ids([place for place in job["ids"] if place is not None], job["matrix"])
        expected = {
            "ids": codings.id_distances(job["ids"]),
            "oneHot": codings.euclid(one_hot),
            "oneHotDot": one_hot @ one_hot.T,
            "cosine": codings.cosines(trained),
            "euclid": codings.euclid(trained),
        }
        for name, matrix in expected.items():
            same(answer["distances"][name], matrix)
        same(answer["starting"], codings.starting_rows(job["words"], table))
        same(answer["raised"], raised)
        for name, rows in (("line", raised), ("points", job["points"])):
            fitted = codings.rank_and_line(rows)
            assert answer[name]["rank"] == fitted.rank
            same(answer[name]["offLine"], fitted.off_line)


def same(found: Any, expected: Any) -> None:
    """JSON has no NaN: there it is null."""
    np.testing.assert_allclose(np.array(found, dtype=np.float64), expected, rtol=0, atol=1e-5)


def test_distances_and_raised_ids(engines: dict[str, Run]) -> None:
    same_numbers(engines[""])


@pytest.mark.parametrize("mistake", NUMBER_MISTAKES)
def test_a_planted_mistake_in_the_numbers_is_noticed(engines: dict[str, Run], mistake: str) -> None:
    with pytest.raises(AssertionError):
        same_numbers(engines[mistake])
