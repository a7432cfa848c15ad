"""What the writer and the reader learn from and are scored on, counted by hand; and mistakes that people make."""

import importlib
import inspect
import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from random import Random
from types import ModuleType

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from attnlab.data import Article, sentences
from attnlab.text import ByteLevelBPE
from attnlab.training import NOT_COUNTED, TrainingConfig, corpus, language, train
from attnlab.training.corpus import (
    TEXT_SPECIALS,
    Corpus,
    english_texts,
    filled_rows,
    pieces,
    read_corpus,
    split_articles,
    text_ids,
    train_tokenizer,
)
from attnlab.training.language import MaskedReader, ReaderTask, WriterTask
from attnlab.training.trigrams import NOTHING, Trigrams, two_sided
from attnlab.transformer import DecoderOnly, EncoderOnly, TransformerConfig
from tests.mutants import mutant

SENTENCES = Path(__file__).with_name("everyday_sentences.txt").read_text(encoding="utf-8").split("\n")
ENGLISH = tuple(line for line in SENTENCES if line and line.isascii())
ARTICLES = (
    "The <unk> is a tree of <unk>, known for its sweet fruit. It bears figs twice a year! <unk> eat them.",
    "A wasp lives in each fig (it is <unk> with it). Neither could live without the other one.",
)
SMALL = Corpus(train=(*ARTICLES, *ENGLISH[::2], "Go!"), articles=ARTICLES[1:], sentences=ENGLISH[1::4])


@cache
def tokenizer() -> ByteLevelBPE:
    return train_tokenizer(SMALL.train, 60)


def writer_task(rules: ModuleType = language, seed: int = 3, tokens_per_batch: int = 150) -> WriterTask:
    return rules.WriterTask(SMALL, tokenizer(), max_length=47, tokens_per_batch=tokens_per_batch, seed=seed)


def reader_task(rules: ModuleType = language, seed: int = 3, hidden_share: float = 0.15) -> ReaderTask:
    return rules.ReaderTask(
        SMALL, tokenizer(), max_length=47, tokens_per_batch=150, seed=seed, hidden_share=hidden_share
    )


class Table(nn.Module):
    """Scores that depend on the token at the same place alone, and differ for any two tokens."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        size = len(tokenizer())
        self.scores = nn.Parameter(torch.randn(size, size, generator=generator))

    def forward(self, ids: Tensor, token_mask: Tensor | None = None) -> Tensor:
        return self.scores[ids]  # (B, T, V)


class Asked(nn.Module):
    """The log-probabilities that a function gives for each place of each row, whatever is hidden from it."""

    def __init__(self, says: Callable[[list[int], int], np.ndarray]) -> None:
        super().__init__()
        self.says = says
        self.nothing = nn.Parameter(torch.zeros(1))

    def forward(self, ids: Tensor, token_mask: Tensor) -> Tensor:
        lengths = token_mask.sum(dim=1).tolist()
        scores = torch.zeros(*ids.shape, len(tokenizer()), dtype=torch.float64)
        for number, (row, length) in enumerate(zip(ids.tolist(), lengths, strict=True)):
            for place in range(length):
                scores[number, place] = torch.from_numpy(self.says(row[:length], place))
        return scores


# --- the texts --------------------------------------------------------------------------------------------------------


def wikitext(articles: Sequence[tuple[str, Sequence[str]]]) -> str:
    return " \n".join(f" = {title} = \n \n" + "".join(f" {line} \n" for line in lines) for title, lines in articles)


def files(folder: Path) -> dict[str, Path]:
    texts = {
        "first.txt": wikitext(
            [
                ("<unk>", ["The first one is long enough .", "Too short .", "It ends as a list does :"]),
                ("<unk>", ["The second one has this <unk> title .", '" And so on , " she said , " for ever . "']),
                ("Fig", ["The third one is about figs !"]),
            ]
        ),
        "second.txt": wikitext(
            [("Kiwi", ["The fourth one is about kiwis ."]), ("Fig", ["The third one is about figs !"])]
        ),
        "pairs.tsv": "english\tchinese\tattribution\nHi.\t嗨。\ta\nHi.\t你好。\tb\nWhy?\t为什么？\tc\nGo.\t去。\td\n",
        "others.tsv": "english\tchinese\tattribution\nGo.\t走。\ta\nStop!\t停！\tb\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {name: folder / name for name in texts}


PROSE = [
    "The first one is long enough.",
    "The second one has this <unk> title.",
    '"And so on," she said, "for ever."',
    "The third one is about figs!",
    "The fourth one is about kiwis.",
]


def test_prose_and_different_sentences(tmp_path: Path) -> None:
    named = files(tmp_path)
    found = english_texts([named["first.txt"], named["second.txt"]], [named["pairs.tsv"]])
    assert found == [*PROSE, "Hi.", "Why?", "Go."]  # the article that is in both files is there once


def assert_an_article_is_on_one_side(folder: Path, rules: ModuleType = corpus) -> None:
    named = files(folder)
    wiki = [named["first.txt"], named["second.txt"]]
    owner = dict(zip(PROSE, [1, 2, 2, 3, 4], strict=True))
    sides = set()
    for seed in range(12):
        made = rules.read_corpus(wiki, [named["pairs.tsv"]], [named["others.tsv"]], held_out_share=0.5, seed=seed)
        learned = [text for text in made.train if text in owner]
        assert sorted([*learned, *made.articles]) == sorted(PROSE)
        assert not {owner[text] for text in learned} & {owner[text] for text in made.articles}
        assert len({owner[text] for text in made.articles}) == 2
        assert list(made.train[len(learned) :]) == ["Hi.", "Why?"]  # "Go." is held out
        assert made.sentences == ("Go.", "Stop!")
        sides.add(made.articles)
        assert made == rules.read_corpus(
            wiki, [named["pairs.tsv"]], [named["others.tsv"]], held_out_share=0.5, seed=seed
        )
    assert len(sides) > 3


def test_an_article_is_on_one_side(tmp_path: Path) -> None:
    assert_an_article_is_on_one_side(tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("if sentence not in kept_apart]", "]"),
        ("if place not in chosen]", "]"),
        ("Random(seed).sample", "Random(0).sample"),
        ("list(dict.fromkeys(article for", "list((article for"),
        ("list(dict.fromkeys(pair.english for", "list((pair.english for"),
        ("if is_prose(paragraph)]", "]"),
    ],
)  # fmt: skip
def test_a_leak_between_the_sides_is_noticed(tmp_path: Path, right: str, wrong: str) -> None:
    planted = mutant(("training.corpus",), "training.corpus", right, wrong)
    with pytest.raises(AssertionError):
        assert_an_article_is_on_one_side(tmp_path, planted)


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 40), st.floats(0, 1), st.integers(0, 99))
def test_whole_articles_whatever_the_share(count: int, share: float, seed: int) -> None:
    articles = [Article("same title", (f"text {number}",)) for number in range(count)]
    held_out_count = round(share * count)
    if held_out_count in (0, count):
        with pytest.raises(ValueError, match=f"holds out {held_out_count} of {count} articles"):
            split_articles(articles, share, seed)
        return
    learned, held_out = split_articles(articles, share, seed)
    assert len(held_out) == held_out_count
    assert sorted([*learned, *held_out], key=articles.index) == articles


def assert_gaps_are_one_token(rules: ModuleType = corpus) -> None:
    bpe = ByteLevelBPE([], special=TEXT_SPECIALS)
    gap = bpe.unknown_id
    for text, expected in (
        ("a <unk> b", [97, gap, 32, 98]),
        ("<unk>-<unk> <unk>", [gap, 45, gap, gap]),
        ("(<unk>)", [40, gap, 41]),
        ("<unknown> <start>", list(b"<unknown> <start>")),
    ):
        assert rules.text_ids(bpe, text) == expected
    found = rules.pieces(bpe, ["<unk> is <unk>-like, <unk>."], 99)
    assert [piece.words for piece in found] == [3]  # "is", and what stands beside two gaps
    merged = b"".join(rules.train_tokenizer(["<unk> <unk> <unk>. An egg."], 50).tokens[256:])
    assert b"unk" not in merged


def assert_pieces_are_whole_sentences(rules: ModuleType = corpus) -> None:
    bpe = tokenizer()
    text = " ".join([*ARTICLES, "This one" + " is far too long" * 20 + ".", *ENGLISH[:20]])
    for most in (30, 47, 80):
        found = rules.pieces(bpe, [text], most)
        kept = [s for s in sentences(text) if len(text_ids(bpe, s)) + 2 <= most]
        assert len(kept) < len(list(sentences(text)))
        spelled = [bpe.decode(piece.ids[1:-1]).replace("<unknown>", " <unk>").strip() for piece in found]
        cut = [s for piece in spelled for s in sentences(piece)]
        assert [s.replace(" ", "") for s in cut] == [s.replace(" ", "") for s in kept]
        assert sum(piece.words for piece in found) == sum(w != "<unk>" for s in kept for w in s.split())
        for piece in found:
            assert len(piece.ids) <= most
            assert (piece.ids[0], piece.ids[-1]) == (bpe.start_id, bpe.end_id)
            assert not {bpe.start_id, bpe.end_id, bpe.mask_id} & set(piece.ids[1:-1])


def assert_pieces_are_as_long_as_they_can_be(rules: ModuleType = corpus) -> None:
    bpe = ByteLevelBPE([], special=TEXT_SPECIALS)
    text = "Hi you. Why? Oh no! Yes. No. Maybe then."
    found = [bpe.decode(piece.ids, skip_special=True) for piece in rules.pieces(bpe, [text], 14)]
    assert found == ["Hi you. Why?", "Oh no! Yes.", "No.", "Maybe then."]


TEXT_CLAIMS: dict[str, Callable[[ModuleType], None]] = {
    "gaps": assert_gaps_are_one_token,
    "pieces": assert_pieces_are_whole_sentences,
    "longest": assert_pieces_are_as_long_as_they_can_be,
}


@pytest.mark.parametrize("claim", TEXT_CLAIMS)
def test_a_claim_about_texts(claim: str) -> None:
    TEXT_CLAIMS[claim](corpus)


@pytest.mark.parametrize(
    ("claim", "right", "wrong"),
    [
        ("gaps", 'f" ?{GAP}"', 'f"{GAP}"'),
        ("gaps", 'text.replace(GAP, "") for text in texts', "text for text in texts"),
        ("gaps", 'bool(word.replace(GAP, ""))', "bool(word)"),
        ("pieces", "text, most - 2)", "text, most)"),
        ("pieces", 'sentence if len(text_ids(tokenizer, sentence)) <= most else ""', "sentence"),
        (
            "pieces",
            "            part = longer\n            continue",
            "            part = sentence\n            continue",
        ),
        ("longest", "            yield part\n        part = sentence", "            pass\n        part = sentence"),
        ("longest", "<= most:\n            part", "< most:\n            part"),
        (
            "pieces",
            "(tokenizer.start_id, *text_ids(tokenizer, text), tokenizer.end_id)",
            "(*text_ids(tokenizer, text),)",
        ),
    ],
)
def test_a_mistake_in_texts_is_noticed(claim: str, right: str, wrong: str) -> None:
    planted = mutant(("training.corpus",), "training.corpus", right, wrong)
    with pytest.raises(AssertionError):
        TEXT_CLAIMS[claim](planted)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=7), max_size=20), st.integers(7, 15))
def test_rows_hold_every_text_whole_and_in_order(texts: list[list[int]], most: int) -> None:
    rows = filled_rows(texts, most)
    assert [token for row in rows for token in row] == [token for text in texts for token in text]
    assert all(0 < len(row) <= most for row in rows)
    starts = np.cumsum([0, *(len(text) for text in texts)]).tolist()
    assert set(np.cumsum([0, *(len(row) for row in rows)]).tolist()) <= set(starts)


# --- the writer -------------------------------------------------------------------------------------------------------


def assert_the_writer_answers_with_the_next_token(rules: ModuleType = language) -> None:
    task = writer_task(rules)
    asked: Counter[tuple[int, int]] = Counter()
    for batch in task.epoch(0):
        ids, real = batch.inputs
        assert ids.shape == real.shape == batch.answers.shape
        assert ids.numel() <= 150
        assert ids.shape[1] <= 47
        assert batch.tokens == int((batch.answers != NOT_COUNTED).sum())
        for row, row_real, answers in zip(ids.tolist(), real.tolist(), batch.answers.tolist(), strict=True):
            length = sum(row_real)
            assert row_real == [True] * length + [False] * (len(row) - length)
            assert set(answers[length:]) <= {NOT_COUNTED}
            assert [a for a in answers[: length - 1] if a != NOT_COUNTED] == [
                token for token in row[1:length] if token != tokenizer().unknown_id
            ]
            asked.update(zip(row[:length], answers[:length], strict=True))
    expected: Counter[tuple[int, int]] = Counter()
    for piece in pieces(tokenizer(), SMALL.train, 48):
        for token, answer in pairwise(piece.ids):
            expected[token, NOT_COUNTED if answer == tokenizer().unknown_id else answer] += 1
    assert all(asked[pair] == count for pair, count in expected.items())
    # Where a row goes on with another text, the end token answers with a start token.
    assert set(asked) - set(expected) == {(tokenizer().end_id, tokenizer().start_id)}


def assert_the_writer_scores_by_hand(rules: ModuleType = language) -> None:
    task, model = writer_task(rules), Table()
    log_p = model.scores.detach().log_softmax(dim=-1).double()
    nats, tokens = {}, {}
    for kind, texts in (("articles", SMALL.articles), ("sentences", SMALL.sentences)):
        rows = [piece.ids for piece in pieces(tokenizer(), texts, 48)]
        pairs = [pair for row in rows for pair in pairwise(row) if pair[1] != tokenizer().unknown_id]
        nats[kind], tokens[kind] = -sum(float(log_p[pair]) for pair in pairs), len(pairs)
    words = sum(word != "<unk>" for text in (*SMALL.articles, *SMALL.sentences) for word in text.split())
    with torch.no_grad():
        found = task.evaluate(model)
    total = sum(nats.values())
    expected = {
        "perplexity": math.exp(total / sum(tokens.values())),
        "perplexity_by_word": math.exp(total / words),
        **{f"perplexity_{kind}": math.exp(nats[kind] / tokens[kind]) for kind in nats},
    }
    assert found == pytest.approx(expected, rel=1e-5)


def assert_the_writers_opponent_reads_the_same(rules: ModuleType = language) -> None:
    """A model that says what trigrams say has the scores of trigrams."""
    bpe, task = tokenizer(), writer_task(rules)
    never = [bpe.unknown_id, bpe.start_id, bpe.mask_id]
    trigrams = Trigrams([piece.ids for piece in pieces(bpe, SMALL.train, 48)], len(bpe), never=never)
    found = task.evaluate(Asked(lambda row, place: trigrams.log_probabilities(row[: place + 1])))
    assert task.baseline() == pytest.approx(found, rel=1e-6)


def assert_an_epoch_is_its_own(rules: ModuleType = language) -> None:
    for make in (writer_task, reader_task):
        task = make(rules)
        for number in (0, 5):
            for one, two in zip(task.epoch(number), make(rules).epoch(number), strict=True):
                assert torch.equal(one.answers, two.answers)
                assert all(map(torch.equal, one.inputs, two.inputs))
        firsts = [make(rules, seed=seed).epoch(number)[0].answers.tolist() for seed, number in ((3, 0), (3, 1), (4, 0))]
        assert firsts[0] != firsts[1]
        assert firsts[0] != firsts[2]
    blanks = [reader_answers(reader_task(rules), number) for number in (0, 1)]
    assert len(blanks[0] & blanks[1]) < len(blanks[0]) / 2


def reader_answers(task: ReaderTask, number: int) -> set[tuple[int, ...]]:
    """What an epoch asks for in each of its texts."""
    found = set()
    for batch in task.epoch(number):
        for answers, real in zip(batch.answers, batch.inputs[1], strict=True):
            found.add(tuple(answers[real].tolist()))
    return found


# --- the reader -------------------------------------------------------------------------------------------------------


def assert_blanks_are_berts(rules: ModuleType = language) -> None:
    task, bpe = reader_task(rules), tokenizer()
    originals = Counter(piece.ids for piece in task.train)
    seen: Counter[tuple[int, ...]] = Counter()
    fates: Counter[str] = Counter()
    for number in range(40):
        for batch in task.epoch(number):
            assert batch.inputs[0].numel() <= 150
            rows = zip(batch.inputs[0].tolist(), batch.inputs[1].tolist(), batch.answers.tolist(), strict=True)
            for ids, real, answers in rows:
                length = sum(real)
                original = tuple(i if a == NOT_COUNTED else a for i, a in zip(ids, answers, strict=True))[:length]
                seen[original] += 1
                assert set(answers[length:]) <= {NOT_COUNTED}
                asked = [place for place in range(length) if answers[place] != NOT_COUNTED]
                assert all(answers[place] < len(bpe.tokens) for place in asked)
                typed = sum(token < len(bpe.tokens) for token in original)
                assert len(asked) == max(1, round(0.15 * typed))
                for place in asked:
                    kinds = {bpe.mask_id: "hidden", answers[place]: "left"}
                    fates[kinds.get(ids[place], "replaced")] += 1
                    assert ids[place] == bpe.mask_id or ids[place] < len(bpe.tokens)
    assert seen == Counter({text: count * 40 for text, count in originals.items()})
    share = {fate: count / fates.total() for fate, count in fates.items()}
    assert fates.total() > 3000
    assert share == pytest.approx({"hidden": 0.8, "replaced": 0.1, "left": 0.1}, abs=0.03)


def assert_held_out_blanks_are_hidden(rules: ModuleType = language) -> None:
    bpe = tokenizer()
    rows = reader_task(rules, hidden_share=0.4).held_out_rows()
    assert rows == reader_task(rules, seed=4).held_out_rows()  # the same whatever the training
    originals = [piece.ids for piece in pieces(bpe, (*SMALL.articles, *SMALL.sentences), 47)]
    assert len(rows) == len(originals)
    for (ids, answers), original in zip(rows, originals, strict=True):
        hidden = [place for place, token in enumerate(ids) if token == bpe.mask_id]
        assert hidden == [place for place, answer in enumerate(answers) if answer != NOT_COUNTED]
        assert len(hidden) == max(1, round(0.15 * sum(token < len(bpe.tokens) for token in original)))
        assert tuple(i if a == NOT_COUNTED else a for i, a in zip(ids, answers, strict=True)) == original


def assert_the_reader_scores_by_hand(rules: ModuleType = language) -> None:
    """A table can guess by the mask token alone, so all blanks get one list of guesses, and padding changes nothing."""
    task, model = reader_task(rules), Table()
    log_p = model.scores.detach()[tokenizer().mask_id].log_softmax(dim=-1).double()
    order = log_p.argsort(descending=True).tolist()
    answers = [answer for _, row in task.held_out_rows() for answer in row if answer != NOT_COUNTED]
    with torch.no_grad():
        found = task.evaluate(model)
    common = Counter(answers).most_common(1)[0][0]
    assert found["perplexity"] == pytest.approx(math.exp(-sum(float(log_p[a]) for a in answers) / len(answers)))
    assert found["accuracy"] == pytest.approx(sum(a == order[0] for a in answers) / len(answers))
    assert found["accuracy_of_five"] == pytest.approx(sum(a in order[:5] for a in answers) / len(answers))
    with torch.no_grad():
        for place in (0, 1, 4, 5):  # the most common answer becomes the first guess, the second ...
            guesses = [token for token in order if token != common]
            guesses.insert(place, common)
            model.scores[tokenizer().mask_id, guesses] = torch.arange(len(guesses)).flip(0) / 100.0
            found = task.evaluate(model)
            assert found["accuracy"] == pytest.approx(sum(a == guesses[0] for a in answers) / len(answers))
            assert found["accuracy_of_five"] == pytest.approx(sum(a in guesses[:5] for a in answers) / len(answers))
            assert (found["accuracy"] > 0.05) == (place == 0)
            assert (found["accuracy_of_five"] > 0.05) == (place < 5)


def assert_the_readers_opponent_sees_the_same(rules: ModuleType = language) -> None:
    """A model that says what trigrams from both sides say of a text with blanks has their scores."""
    bpe, task = tokenizer(), reader_task(rules)
    trigrams = Trigrams(
        [piece.ids for piece in pieces(bpe, SMALL.train, 47)], len(bpe), never=[bpe.start_id, bpe.mask_id]
    )
    candidates = np.arange(len(bpe)) < len(bpe.tokens)

    def says(row: list[int], place: int, right: bool = True) -> np.ndarray:
        if row[place] != bpe.mask_id:
            return np.zeros(len(bpe))
        around = [row[p] if 0 <= p < len(row) else NOTHING for p in (place - 2, place - 1, place + 1, place + 2)]
        around = [NOTHING if token == bpe.mask_id else token for token in around]
        around[2:] = around[2:] if right else [NOTHING, NOTHING]
        p = two_sided(trigrams, np.array([around[:2]]), np.array([around[2:]]), candidates)[0]
        with np.errstate(divide="ignore"):
            return np.log(p)

    found = task.baseline()
    assert found == pytest.approx(task.evaluate(Asked(says)), rel=1e-6)
    from_left = task.baseline(right=False)
    assert from_left == pytest.approx(task.evaluate(Asked(partial(says, right=False))), rel=1e-6)
    assert from_left["perplexity"] > found["perplexity"]
    assert from_left["accuracy"] < found["accuracy"]


CLAIMS: dict[str, Callable[[ModuleType], None]] = {
    "next": assert_the_writer_answers_with_the_next_token,
    "writer": assert_the_writer_scores_by_hand,
    "writer's opponent": assert_the_writers_opponent_reads_the_same,
    "epochs": assert_an_epoch_is_its_own,
    "blanks": assert_blanks_are_berts,
    "held out": assert_held_out_blanks_are_hidden,
    "reader": assert_the_reader_scores_by_hand,
    "reader's opponent": assert_the_readers_opponent_sees_the_same,
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim(claim: str) -> None:
    CLAIMS[claim](language)


HIDE_FIRST = "blanked[asked] = self.tokenizer.mask_id; answers[asked] = blanked[asked]"
MISTAKES = {
    "the answer is what is read": ("next", "for token in row[1:]]", "for token in row[:-1]]"),
    "gaps are asked for": ("next", "NOT_COUNTED if token == unknown else token", "token"),
    "they are when it is scored": ("writer", "NOT_COUNTED if token == unknown else token", "token"),
    "padding is asked for": ("next", "padded(answers, NOT_COUNTED)", "padded(answers, FILLER)"),
    "padding is read": ("next", "ids.shape[1]) < lengths", "ids.shape[1]) <= lengths"),
    "rows that are too long": ("next", "for place in order], self.max_length + 1", "for place in order], 150"),
    "a text is left out": ("next", "for place in order], self", "for place in order[1:]], self"),
    "by token for by word": ("writer", "perplexity(total, words)", "perplexity(total, tokens)"),
    "one kind for the other": ("writer", "perplexity(*nats[kind]) for kind", "perplexity(total, tokens) for kind"),
    "smoothed scores": ("writer", "label_smoothing=0.0", "label_smoothing=0.1"),
    "trigrams are asked for gaps": ("writer's opponent", "never = [self.tokenizer.unknown_id, ", "never = ["),
    "trigrams have read the held-out texts": (
        "writer's opponent",
        "for piece in self.train], len(self",
        "for piece in chain(self.train, *self.held_out.values())], len(self",
    ),
    "every epoch is the first": ("epochs", "default_rng((self.seed, number))", "default_rng(self.seed)"),
    "blanks of no seed": ("epochs", "default_rng((self.seed, number))", "default_rng()"),
    "all places are asked for": ("blanks", "answers[asked] = blanked[asked]", "answers[:] = blanked"),
    "special tokens are asked for": ("blanks", "np.flatnonzero(blanked < self.typed)", "np.arange(len(blanked))"),
    "all that is asked for is hidden": ("blanks", "if wholly else random.random(len(asked))", "if True else 0"),
    "nothing is left": ("blanks", "chance >= 1 - RANDOM_SHARE", "chance >= MASK_SHARE"),
    "special tokens are put in": ("blanks", "random.integers(self.typed, size", "random.integers(self.typed + 4, size"),
    "a short text has no blank": ("blanks", "max(1, round(", "max(0, round("),
    "the answer is taken after it was hidden": ("held out", "answers[asked] = blanked[asked]", HIDE_FIRST),
    "the answer shows": ("held out", "np.zeros(len(asked)) if wholly", "np.full(len(asked), 0.85) if wholly"),
    "held out by the training's share": ("held out", "HIDDEN_SHARE if wholly else", "self.hidden_share if wholly else"),
    "as likely is likelier": ("reader", "(log_p > own)", "(log_p >= own)"),
    "four for five": ("reader", "(before < 5)", "(before < 4)"),
    "two for one": ("reader", "(before < 1)", "(before < 2)"),
    "what is not hidden is scored": ("reader", "asked = batch.answers != NOT_COUNTED", "asked = batch.answers > 99"),
    "the opponent sees the answers beside": (
        "reader's opponent",
        "neighbors_of(ids, asked, ",
        "neighbors_of(np.where(asked, answer, ids), asked, ",
    ),
    "the opponent from the left sees the right": ("reader's opponent", "if not right:", "if False:"),
    "the opponent sees the wrong side": ("reader's opponent", "part[:, :2], part[:, 2:]", "part[:, 2:], part[:, :2]"),
    "the opponent guesses special tokens": (
        "reader's opponent",
        "np.arange(size) < self.typed",
        "np.arange(size) >= 0",
    ),
}


PARTS = ("training.text_batches", "training.writer", "training.reader", "training.language")


def part_of(right: str) -> str:
    """The one module in which a line stands."""
    (found,) = [part for part in PARTS if right in inspect.getsource(importlib.import_module(f"attnlab.{part}"))]
    return found


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_noticed(mistake: str) -> None:
    claim, right, wrong = MISTAKES[mistake]
    planted = mutant(PARTS, part_of(right), right, wrong)
    with pytest.raises((AssertionError, IndexError)):
        CLAIMS[claim](planted)


# --- models -----------------------------------------------------------------------------------------------------------


def rhymes(seed: int, count: int) -> tuple[str, ...]:
    """Sentences whose last word is their first, three words away: too far for trigrams."""
    random, words = Random(seed), ["fig", "kiwi", "plum", "pear", "lime", "date", "nut", "pea"]
    made = []
    for _ in range(count):
        first = random.choice(words)
        made.append(f"{first} {' '.join(random.choices(['and', 'or', 'but'], k=3))} {first}.")
    return tuple(made)


def test_a_small_writer_and_a_small_reader_beat_trigrams(tmp_path: Path) -> None:
    texts = Corpus(rhymes(1, 60), (), rhymes(2, 30))
    bpe = train_tokenizer(texts.train, 60)
    shape = TransformerConfig(len(bpe), d_model=24, n_heads=3, n_layers=1, d_ff=32, max_length=16, norm="pre")
    config = TrainingConfig(
        steps=60, tokens_per_batch=300, learning_rate=0.02, warmup_steps=6, label_smoothing=0.0,
        average_decay=0.5, evaluate_every=60, save_every=60,
    )  # fmt: skip
    generator = torch.Generator().manual_seed(0)
    writer, reader = DecoderOnly(shape, generator=generator), MaskedReader(EncoderOnly(shape, generator=generator))
    tasks = {
        "writer": (WriterTask(texts, bpe, max_length=16, tokens_per_batch=300), writer),
        "reader": (ReaderTask(texts, bpe, max_length=16, tokens_per_batch=300, hidden_share=0.3), reader),
    }
    for name, (task, model) in tasks.items():
        with torch.no_grad():
            before = task.evaluate(model.eval())
        train(model, task, config, tmp_path / name)
        with torch.no_grad():
            after = task.evaluate(model.eval())
        assert after["perplexity"] < 0.9 * task.baseline()["perplexity"]
        assert task.baseline()["perplexity"] < before["perplexity"]


def test_the_reader_sees_both_sides_and_no_padding() -> None:
    shape = TransformerConfig(len(tokenizer()), d_model=8, n_heads=2, n_layers=1, d_ff=16, max_length=9)
    encoder = EncoderOnly(shape, generator=torch.Generator().manual_seed(0))
    reader = MaskedReader(encoder).eval()
    ids, real = torch.tensor([[5, 6, 7, 0]]), torch.tensor([[True, True, True, False]])
    scores = reader(ids, real)
    assert torch.allclose(scores, encoder.logits(encoder(ids, real)))
    assert not torch.allclose(reader(torch.tensor([[5, 6, 8, 0]]), real)[:, 0], scores[:, 0])
    assert torch.allclose(reader(torch.tensor([[5, 6, 7, 9]]), real)[:, :3], scores[:, :3], atol=1e-6)


def test_the_numbers_of_a_task() -> None:
    assert writer_task().score == reader_task().score == "perplexity"
    assert not writer_task().higher_is_better
    assert not reader_task().higher_is_better
    assert writer_task().description == {"texts": len(writer_task().train), "max_length": 47, "seed": 3}
    assert reader_task().description["hidden_share"] == 0.15


def test_texts_of_gaps_alone_are_not_asked_about() -> None:
    texts = Corpus(("<unk> <unk>", "Why not?"), (), ("<unk>", "Go."))
    task = ReaderTask(texts, tokenizer(), max_length=20, tokens_per_batch=40)
    assert len(task.train) == len(task.held_out) == 1


def test_bad_input(tmp_path: Path) -> None:
    empty, some = (), ("Why not?",)
    for make, limit in ((WriterTask, 3), (ReaderTask, 3)):
        for texts, use in ((Corpus(empty, some, some), "learn from"), (Corpus(some, empty, empty), "be scored on")):
            with pytest.raises(ValueError, match=f"0 texts to {use} that have a sentence of at most 40 tokens"):
                make(texts, tokenizer(), max_length=40, tokens_per_batch=99)
        with pytest.raises(ValueError, match="0 texts to learn from that have a sentence of at most 3 tokens"):
            make(Corpus(some, empty, some), tokenizer(), max_length=limit, tokens_per_batch=99)
        with pytest.raises(ValueError, match="tokens_per_batch=4"):
            make(Corpus(some, empty, some), tokenizer(), max_length=40, tokens_per_batch=4).epoch(0)
    only_sentences = WriterTask(Corpus(some, empty, some), tokenizer(), max_length=40, tokens_per_batch=99)
    assert set(only_sentences.baseline()) == {"perplexity", "perplexity_by_word", "perplexity_sentences"}
    named = files(tmp_path)
    with pytest.raises(ValueError, match=r"held_out_share=0\.1 holds out 0 of 3 articles"):
        read_corpus([named["first.txt"]], [named["pairs.tsv"]], [named["others.tsv"]])
    with pytest.raises(FileNotFoundError):
        english_texts([tmp_path / "none.txt"], [])
