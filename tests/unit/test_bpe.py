"""Byte-pair encoding against its definition: every merge counted anew, every text given back."""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attnlab.text import bpe_training
from attnlab.text.bpe import ByteLevelBPE, chunks, train_steps
from attnlab.text.special_tokens import SpecialTokens

SENTENCES = Path(__file__).with_name("everyday_sentences.txt").read_text(encoding="utf-8")
TEXT = SENTENCES + "好久不见，好久不见！banana bandana aaaa aaa aaaaaaa " * 3

Step = tuple[tuple[int, int], int]  # a pair of ids and its count


def replace(tokens: list[int], pair: tuple[int, int], new: int) -> list[int]:
    """A pair replaced from left to right, by looking at one place after the other."""
    replaced, place = [], 0
    while place < len(tokens):
        found = tuple(tokens[place : place + 2]) == pair
        replaced.append(new if found else tokens[place])
        place += 2 if found else 1
    return replaced


def by_definition(text: str, n_merges: int, min_count: int = 2) -> Iterator[Step]:
    """All pairs counted anew before each merge; no chunk is met twice in one place."""
    pieces = [list(chunk) for chunk in chunks(text)]
    for new in range(256, 256 + n_merges):
        counts = Counter(pair for piece in pieces for pair in itertools.pairwise(piece))
        if not counts:
            return
        pair, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
        if count < min_count:
            return
        yield pair, count
        pieces = [replace(piece, pair, new) for piece in pieces]


def assert_learns_by_definition(text: str = TEXT, n_merges: int = 200) -> None:
    found = [(step.ids, step.count) for step in train_steps(text, n_merges)]
    assert found == list(by_definition(text, n_merges))


def test_the_counts_kept_are_the_counts() -> None:
    assert_learns_by_definition()
    assert len(list(train_steps(TEXT, 200))) == 200


@settings(deadline=None, max_examples=50)
@given(st.text(st.sampled_from("aab cé\n猴"), min_size=1, max_size=60), st.integers(0, 12))
def test_short_texts_too(text: str, n_merges: int) -> None:
    assert_learns_by_definition(text, n_merges)


def test_numbers_that_can_be_checked_on_paper() -> None:
    """low 5 times, lower 2, newest 6, widest 3: the words of Sennrich's paper, one a line.

    e s is met 9 times, and so is s t; of the two, e has the smaller byte. So n ew comes before ew est.
    """
    text = "low\n" * 5 + "lower\n" * 2 + "newest\n" * 6 + "widest\n" * 3
    steps = list(train_steps(text, 6, watch="lowest"))
    assert [(step.token, step.count) for step in steps] == [
        *((b"es", 9), (b"est", 9), (b"lo", 7), (b"low", 7), (b"ew", 6), (b"new", 6)),
    ]
    assert [step.watched for step in steps] == [
        (b"l", b"o", b"w", b"es", b"t"),
        (b"l", b"o", b"w", b"est"),
        (b"lo", b"w", b"est"),
        *([(b"low", b"est")] * 3),
    ]
    assert [(step.rank, step.id) for step in steps] == [(rank, 256 + rank) for rank in range(6)]


def test_a_pair_met_in_itself() -> None:
    """aaaaa holds aa four times, and merged from left to right it is aa aa a."""
    (step, *_) = train_steps("aaaaa", 3, watch="aaaaa")
    assert (step.count, step.watched) == (4, (b"aa", b"aa", b"a"))


def test_training_ends_when_no_pair_is_met_often_enough() -> None:
    assert [step.token for step in train_steps("abab", 9)] == [b"ab"]
    assert [step.token for step in train_steps("abab", 9, min_count=1)] == [b"ab", b"abab"]
    assert len(ByteLevelBPE.train("abab", 9)) == 257
    assert list(train_steps("abab", 0)) == []


def test_several_texts_are_counted_together_but_not_joined() -> None:
    assert [step.token for step in train_steps(["xab", "abx"], 9)] == [b"ab"]
    assert ByteLevelBPE.train(iter(["xab", "abx"]), 9).merges == ((97, 98),)


# --- encode and decode ------------------------------------------------------------------------------------------------

NAMED = SpecialTokens(pad="<pad>", start="<start>", end="<end>")
ANY_TEXT = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("the apple'a  \n")), max_size=60)


@pytest.fixture(scope="module")
def trained() -> ByteLevelBPE:
    return ByteLevelBPE.train(TEXT, 200, special=NAMED)


@settings(deadline=None, max_examples=50)
@given(ANY_TEXT)
def test_any_text_comes_back(trained: ByteLevelBPE, text: str) -> None:
    ids = trained.encode(text)
    assert trained.decode(ids) == text
    assert b"".join(trained.tokenize(text)) == text.encode("utf-8")
    assert all(0 <= place < len(trained.tokens) for place in ids)
    assert b"".join(chunks(text)) == text.encode("utf-8")
    assert ByteLevelBPE([]).encode(text) == list(text.encode("utf-8"))


def assert_spells_in_the_order_of_training(tokenizer: ByteLevelBPE, texts: tuple[str, ...] = (TEXT, "lo", "")) -> None:
    """Every merge applied everywhere, one after the other."""
    for text in texts:
        pieces = [list(chunk) for chunk in chunks(text)]
        for rank, pair in enumerate(tokenizer.merges):
            pieces = [replace(piece, pair, 256 + rank) for piece in pieces]
        assert tokenizer.encode(text) == list(itertools.chain.from_iterable(pieces))


def test_encoding_is_the_training_once_more(trained: ByteLevelBPE) -> None:
    assert_spells_in_the_order_of_training(trained)
    *_, last = train_steps(TEXT, 200, watch="an unbanded banana, 好久")
    assert trained.tokenize("an unbanded banana, 好久") == list(last.watched)


def test_special_tokens_are_never_typed(trained: ByteLevelBPE) -> None:
    assert (trained.pad_id, trained.start_id, trained.end_id) == (456, 457, 458)
    assert len(trained) == 459
    with pytest.raises(ValueError, match="no mask token here, only <pad>, <start>, <end>"):
        _ = trained.mask_id
    ids = trained.encode("<start>a<end><pad>")
    assert max(ids) < 456
    assert trained.decode(ids, skip_special=True) == "<start>a<end><pad>"
    framed = [trained.start_id, *trained.encode("é"), trained.end_id]
    assert trained.decode(framed) == "<start>é<end>"
    assert trained.decode(framed, skip_special=True) == "é"
    assert ByteLevelBPE.train("<pad> " * 9, 9, special=NAMED).decode([97]) == "a"  # it may be in the text


def test_bytes_that_are_no_text() -> None:
    assert ByteLevelBPE([]).decode([104, 0xE5, 0xA5, 105]) == "h\ufffdi"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I've  2 cats!", ["I", "'ve", " ", " 2", " cats", "!"]),
        (" a\n\n b\t", [" a", "\n\n", " b", "\t"]),
        ("x²y_z 12½ab", ["x", "²", "y", "_", "z", " 12½", "ab"]),
        ("'Sam's 'tis", ["'", "Sam", "'s", " '", "tis"]),
        ("好久不见，Apple手机", ["好久不见", "，", "Apple手机"]),
        ("a\x1c b\u3000\u3000c", ["a", "\x1c", " b", "\u3000", "\u3000", "c"]),
        ("   ", ["   "]),
    ],
)
def test_chunks(text: str, wanted: list[str]) -> None:
    assert [chunk.decode("utf-8") for chunk in chunks(text)] == wanted


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_saved_tokenizer_is_the_same(trained: ByteLevelBPE, tmp_path: Path) -> None:
    trained.save(tmp_path / "bpe.json")
    loaded = ByteLevelBPE.load(tmp_path / "bpe.json")
    assert (loaded.merges, loaded.tokens, loaded.special) == (trained.merges, trained.tokens, NAMED)
    assert loaded.encode(TEXT) == trained.encode(TEXT)
    assert set(json.loads((tmp_path / "bpe.json").read_text())) == {"merges", "special"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds 0 bytes that are not merges"),
        (b"[1, 2]", "holds 6 bytes"),
        (b'{"merges": []}', "special"),
        (b'{"merges": [], "special": {"sep": "x"}}', "sep"),
        (b'{"merges": [[1, 256]], "special": {}}', "merge 0: id 256 at position 1 is not from 0 to 255"),
        (b'{"merges": [[1, true]], "special": {}}', "got bool at position 1"),
        (b'{"merges": 3, "special": {}}', "not iterable"),
        (b"\x80\x04pickle", "holds 8 bytes"),
    ],
)
def test_a_broken_file(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "bpe.json").write_bytes(content)
    with pytest.raises(ValueError, match=words):
        ByteLevelBPE.load(tmp_path / "bpe.json")


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "ask", "words"),
    [
        (ValueError, lambda: ByteLevelBPE([]).encode("ab\ud83cc"), r"character 2 of 4 is U\+D83C, half of a surrogate"),
        (ValueError, lambda: ByteLevelBPE.train("a\udf4e", 3), r"character 1 of 2 is U\+DF4E"),
        (TypeError, lambda: ByteLevelBPE([]).encode(b"a"), "text must be a string, got bytes"),
        (TypeError, lambda: ByteLevelBPE.train(["a", 3], 3), "text must be a string, got int"),
        (ValueError, lambda: ByteLevelBPE.train("", 3), "the texts hold 0 characters"),
        (ValueError, lambda: ByteLevelBPE.train([], 3), "the texts hold 0 characters"),
        (ValueError, lambda: train_steps("a", -1), "n_merges must be at least 0, got -1"),
        (ValueError, lambda: train_steps("a", 3, min_count=0), "min_count must be at least 1, got 0"),
        (ValueError, lambda: ByteLevelBPE([(97, 98), (97, 258)]), "merge 1: id 258 at position 1 is not from 0 to 256"),
        (ValueError, lambda: ByteLevelBPE([(97, 98), (97, 98)]), r"merge 1 is the pair \(97, 98\), and so is merge 0"),
        (TypeError, lambda: ByteLevelBPE([(97, 98, 99)]), r"merge 0 must be a pair of ids, got \(97, 98, 99\)"),
        (TypeError, lambda: ByteLevelBPE(["ab"]), "got str at position 0"),
        (ValueError, lambda: ByteLevelBPE([]).decode([256]), "id 256 at position 0 is not from 0 to 255"),
        (TypeError, lambda: ByteLevelBPE([]).decode([1.0]), "got float at position 0"),
    ],
)
def test_errors(error: type[Exception], ask: Callable[[], object], words: str) -> None:
    with pytest.raises(error, match=words):
        ask()


# --- planted mistakes -------------------------------------------------------------------------------------------------


def newest_first(self: bpe_training._PairCounts) -> tuple[tuple[int, int], int]:
    """Ties by the larger ids."""
    pair, count = max(self.counts.items(), key=lambda item: (item[1], item[0]), default=((0, 0), 0))
    return pair, count


def first_met(self: bpe_training._PairCounts) -> tuple[tuple[int, int], int]:
    """Ties by which pair was met first."""
    return max(self.counts.items(), key=lambda item: item[1], default=((0, 0), 0))


def merge_with(mistake: str) -> Callable[..., list[int]]:
    right = bpe_training._PairCounts._merge_in

    def merge_in(self: bpe_training._PairCounts, place: int, pair: tuple[int, int], new: int, grown: set) -> list[int]:
        before = dict(self.counts)
        times = self.times[place]
        if mistake == "each chunk counted once":
            self.times[place] = 1
        kept = right(self, place, pair, new, grown)
        self.times[place] = times
        if mistake == "neighbors keep their counts":
            dict.update(self.counts, {old: before[old] for old in self.counts if old in before and old != pair})
        if mistake == "new pairs not counted":
            dict.update(self.counts, {found: 0 for found in self.counts if new in found})
        return kept

    return merge_in


def from_the_right(tokens: list[int], pair: tuple[int, int], new: int) -> list[int]:
    return replace(tokens[::-1], pair[::-1], new)[::-1]


MISTAKES = {
    "ties by the larger ids": lambda m: m.setattr(bpe_training._PairCounts, "best", newest_first),
    "ties by the first met": lambda m: m.setattr(bpe_training._PairCounts, "best", first_met),
    **{
        name: lambda m, name=name: m.setattr(bpe_training._PairCounts, "_merge_in", merge_with(name))
        for name in ("each chunk counted once", "neighbors keep their counts", "new pairs not counted")
    },
    "pairs reach over chunks": lambda m: m.setattr(bpe_training, "chunks", lambda text: iter([text.encode()])),
}


def test_the_written_out_merge_is_right_without_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bpe_training._PairCounts, "_merge_in", merge_with("none"))
    assert_learns_by_definition()


@pytest.mark.parametrize("name", MISTAKES)
def test_every_planted_mistake_of_training_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MISTAKES[name](monkeypatch)
    with pytest.raises(AssertionError):
        assert_learns_by_definition()


class LatestFirst(ByteLevelBPE):
    def _spell_chunk(self, chunk: bytes) -> tuple[int, ...]:
        tokens = list(chunk)
        while found := [pair for pair in itertools.pairwise(tokens) if pair in self._rank]:
            pair = max(found, key=self._rank.__getitem__)
            tokens = replace(tokens, pair, 256 + self._rank[pair])
        return tuple(tokens)


class LongestMatch(ByteLevelBPE):
    def _spell_chunk(self, chunk: bytes) -> tuple[int, ...]:
        spelled: list[int] = []
        while chunk:
            end = next(end for end in range(len(chunk), 0, -1) if chunk[:end] in self.tokens)
            spelled.append(self.tokens.index(chunk[:end]))
            chunk = chunk[end:]
        return tuple(spelled)


class FromTheRight(ByteLevelBPE):
    def _spell_chunk(self, chunk: bytes) -> tuple[int, ...]:
        tokens = list(chunk)
        for rank, pair in enumerate(self.merges):
            tokens = from_the_right(tokens, pair, 256 + rank)
        return tuple(tokens)


@pytest.mark.parametrize("mutant", [LatestFirst, LongestMatch, FromTheRight])
def test_every_planted_mistake_of_encoding_is_caught(mutant: type[ByteLevelBPE], trained: ByteLevelBPE) -> None:
    with pytest.raises(AssertionError):
        assert_spells_in_the_order_of_training(mutant(trained.merges))
