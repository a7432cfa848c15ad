"""Trigrams against the formula written out with dictionaries, a text worked by hand, and mistakes that people make."""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attnlab.training import trigrams as module
from attnlab.training.trigrams import NOTHING, Trigrams, discounts_of, neighbors_of, two_sided
from tests.mutants import mutant

SENTENCES = Path(__file__).with_name("everyday_sentences.txt").read_text(encoding="utf-8").split("\n")
START, END, GAP, V = 0, 1, 2, 200
Texts = Sequence[Sequence[int]]


@cache
def texts_of(seed: int, count: int = 300) -> tuple[tuple[int, ...], ...]:
    """Texts in which what comes next depends on the two tokens before it, with rare exceptions."""
    random = Random(seed)
    made = []
    for _ in range(count):
        text = [START]
        while len(text) < 12 and random.random() > 0.08:
            usual = 3 + (text[-1] * 2 + (text[-2] if len(text) > 1 else 1)) % 6
            rare = int(2 * 100 ** random.random())  # 2 to 199, the small ones most often
            text.append(usual if random.random() < 0.5 else rare)
        made.append((*text, END))
    return tuple(made)


class ByDefinition:
    """Chen and Goodman's equations, one count after the other."""

    def __init__(self, texts: Texts, never: Sequence[int]) -> None:
        asked = [token for token in range(V) if token not in never]
        triples = Counter(t for text in texts for t in zip(text, text[1:], text[2:], strict=False) if t[2] in asked)
        pairs: Counter[tuple[int, int]] = Counter((b, c) for _, b, c in triples)
        pairs.update((text[0], text[1]) for text in texts if text[1] in asked)
        singles = Counter(c for _, c in pairs)
        self.asked = asked
        self.counts = [{(): {(c,): n for c, n in singles.items()}}, defaultdict(dict), defaultdict(dict)]
        for (b, c), n in pairs.items():
            self.counts[1][b,][c,] = n
        for (a, b, c), n in triples.items():
            self.counts[2][a, b][c,] = n
        self.discounts = [self.discount([n for row in level.values() for n in row.values()]) for level in self.counts]

    @staticmethod
    def discount(counts: list[int]) -> list[float]:
        n = [counts.count(k) for k in range(5)]
        y = n[1] / (n[1] + 2 * n[2])
        return [k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3)]

    def probability(self, context: tuple[int, ...], token: int) -> float:
        shorter = self.probability(context[1:], token) if context else (token in self.asked) / len(self.asked)
        row = self.counts[len(context)].get(context, {})
        if not row:
            return shorter
        taken = self.discounts[len(context)]
        total = sum(row.values())
        gamma = sum(taken[min(n, 3) - 1] for n in row.values()) / total
        own = row.get((token,), 0)
        return max(own - taken[min(own, 3) - 1], 0) / total + gamma * shorter if own else gamma * shorter


def assert_follows_the_formula(rules: ModuleType = module) -> None:
    for seed, never in ((1, [START]), (7, [START, GAP])):
        trigrams = rules.Trigrams(texts_of(seed), V, never=never)
        expected = ByDefinition(texts_of(seed), never)
        for found, wanted in zip(trigrams.discounts, expected.discounts, strict=True):
            assert found == pytest.approx(wanted)
        assert (0.5, 1.0, 1.5) not in trigrams.discounts
        contexts = {text[place : place + 2] for text in texts_of(seed)[::5] for place in range(len(text) - 1)}
        for a, b in [*sorted(contexts)[::7], (3, 199), (199, 198)]:
            found = trigrams.probabilities([3, a, b])
            assert found == pytest.approx([expected.probability((a, b), token) for token in range(V)], abs=1e-12)
        found = trigrams.probabilities([START])
        assert found == pytest.approx([expected.probability((START,), token) for token in range(V)], abs=1e-12)
        assert trigrams.probabilities([]) == pytest.approx([expected.probability((), token) for token in range(V)])


def assert_worked_by_hand(rules: ModuleType = module) -> None:
    """Three texts, too few for discounts of their own: 1/2, 1 and 3/2.

    Single tokens: 1 came after 0 and 2, 2 after 0 and 1, so both have 1/2 whatever the discount.
    After 1: the pair ``1 2`` has one neighbor on its left; 1/2 is left of it, and 1/2 of 1/2 comes back: 3/4.
    After 0: 1 was met twice (1 is left), 2 once (1/2 is left), 3/2 is shared evenly: 7/12 and 5/12.
    After 0 1: 2 was met twice: (1 + 3/4) / 2 = 7/8. After 1 2 nothing was met: as after 2.
    """
    trigrams = rules.Trigrams([[0, 1, 2], [0, 1, 2], [0, 2, 1]], 3, never=[0])
    assert trigrams.discounts == ((0.5, 1.0, 1.5),) * 3
    for context, wanted in (
        ([], [0, 1 / 2, 1 / 2]),
        ([1], [0, 1 / 4, 3 / 4]),
        ([0], [0, 7 / 12, 5 / 12]),
        ([0, 1], [0, 1 / 8, 7 / 8]),
        ([1, 2], [0, 3 / 4, 1 / 4]),
    ):
        assert trigrams.probabilities(context) == pytest.approx(wanted)
    nats, tokens = trigrams.nats([[0, 1, 2]])
    assert (math.exp(-nats), tokens) == (pytest.approx(7 / 12 * 7 / 8), 2)


def assert_discounts_by_hand(rules: ModuleType = module) -> None:
    """Ten counts are 1, four 2, two 3, one 4: Y = 10/18."""
    y = 10 / 18
    found = rules.discounts_of([1] * 10 + [2] * 4 + [3] * 2 + [4] + [9])
    assert found == pytest.approx((1 - 2 * y * 0.4, 2 - 3 * y * 0.5, 3 - 4 * y * 0.5))


def assert_sums_to_1(rules: ModuleType = module) -> None:
    trigrams = rules.Trigrams(texts_of(3), V, never=[START])
    for before, last in itertools.product(range(NOTHING, V, 19), range(NOTHING, V, 3)):
        rows = trigrams.probabilities_of(np.full(V, before), np.full(V, last), np.arange(V))
        assert rows.sum() == pytest.approx(1)
        assert rows[START] == 0
        assert (rows[1:] > 0).all()


def assert_the_hidden_is_not_read(rules: ModuleType = module) -> None:
    """A token beyond a hidden one says nothing, and a hidden one beside a known one leaves that."""
    others = [(START, token - 1, V - 1, 4, END) for token in range(9, V, 9)]  # t and nothing is not t - 1 and the last
    trigrams = rules.Trigrams([*texts_of(3), *others], V, never=[START])
    every = np.arange(V)
    for token in range(0, V, 9):
        hidden_last = trigrams.probabilities_of(np.full(V, token), np.full(V, NOTHING), every)
        assert hidden_last == pytest.approx(trigrams.probabilities([]))
        hidden_before = trigrams.probabilities_of(np.full(V, NOTHING), np.full(V, token), every)
        assert hidden_before == pytest.approx(trigrams.probabilities([token]))


def assert_two_sides_are_a_product(rules: ModuleType = module) -> None:
    """The share of a whole text's probability that each candidate has."""
    trigrams = rules.Trigrams(texts_of(4), V, never=[START])
    candidates = np.arange(V) > GAP
    text = [START, 5, 8, 3, 4, 7, END]
    for place in range(2, len(text) - 2):
        left, right = np.array([text[place - 2 : place]]), np.array([text[place + 1 : place + 3]])
        wholes = np.zeros(V)
        for token in np.flatnonzero(candidates):
            nats, _ = trigrams.nats([[*text[:place], int(token), *text[place + 1 :]]])
            wholes[token] = math.exp(-nats)
        assert rules.two_sided(trigrams, left, right, candidates)[0] == pytest.approx(wholes / wholes.sum())
    # At the end of a text one token is left on the right, and at most two of the factors.
    left, right = np.array([[4, 7]]), np.array([[END, NOTHING]])
    expected = np.array([trigrams.probabilities([4, 7])[t] * trigrams.probabilities([7, t])[END] for t in range(V)])
    expected[~candidates] = 0
    assert rules.two_sided(trigrams, left, right, candidates)[0] == pytest.approx(expected / expected.sum())


def assert_neighbors(rules: ModuleType = module) -> None:
    ids, asked = np.array([START, 5, 9, 6, 9, END]), np.array([False, True, True, False, True, False])
    expected = [[-1, START, -1, 6], [START, 5, 6, -1], [-1, 6, END, -1]]
    assert rules.neighbors_of(ids, asked, hidden=9).tolist() == expected


CLAIMS: dict[str, Callable[[ModuleType], None]] = {
    "formula": assert_follows_the_formula,
    "by hand": assert_worked_by_hand,
    "discounts": assert_discounts_by_hand,
    "sum": assert_sums_to_1,
    "hidden": assert_the_hidden_is_not_read,
    "two sides": assert_two_sides_are_a_product,
    "neighbors": assert_neighbors,
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim(claim: str) -> None:
    CLAIMS[claim](module)


MISTAKES = {
    "the shorter contexts count how often": (
        "formula",
        "[kinds % vocab_size**2, firsts]",
        "[triples % vocab_size**2, firsts]",
    ),
    "so do single tokens": ("formula", "np.unique(pairs % vocab_size,", "np.unique(triples % vocab_size,"),
    "a text opens with one kind of pair": (
        "by hand",
        "% vocab_size**2, firsts]",
        "% vocab_size**2, np.unique(firsts)]",
    ),
    "one discount for 2 and more": ("formula", "np.minimum(counts, 3) - 1", "np.minimum(counts, 2) - 1"),
    "the shared out is not what was taken": ("sum", "np.bincount(places, taken)", "np.bincount(places) * 0.5"),
    "the discount of 2 from a wrong count": ("discounts", "2 - 3 * y * n3 / n2", "2 - 3 * y * n4 / n2"),
    "Y without its factor": ("discounts", "n1 / (n1 + 2 * n2)", "n1 / (n1 + n2)"),
    "an unseen context has nothing": ("sum", "self.totals[place], lower)", "self.totals[place], 0.0)"),
    "what is never asked takes a share": ("sum", "allowed[list(never)] = False", "allowed[list(never)] = True"),
    "it is counted": ("formula", "pairs[1:])[allowed[ids[2:]]]", "pairs[1:])"),
    "hidden tokens are read as others": (
        "hidden",
        "np.where((before == NOTHING) | (last == NOTHING), NOTHING, before * self.vocab_size + last)",
        "before * self.vocab_size + last",
    ),
    "the first token is not scored": ("by hand", "ids = np.array([NOTHING, *text])", "ids = np.array(text)"),
    "the token on the right after the wrong ones": ("two sides", "(last, middle, next_)", "(before, last, next_)"),
    "the second one does not depend on it": ("two sides", "(middle, next_, second)", "(last, next_, second)"),
    "a sum over all tokens": (
        "two sides",
        "tokens = np.flatnonzero(candidates)",
        "tokens = np.arange(len(candidates))",
    ),
    "the token itself is its neighbor": ("neighbors", "[-2, -1, 1, 2]", "[-2, -1, 0, 1]"),
    "hidden neighbors are shown": ("neighbors", "shown[shown == hidden] = NOTHING", "pass"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_noticed(mistake: str) -> None:
    claim, right, wrong = MISTAKES[mistake]
    planted = mutant(("training.trigrams",), "training.trigrams", right, wrong)
    with pytest.raises(AssertionError):
        CLAIMS[claim](planted)


tokens = st.integers(1, V - 1)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(tokens, min_size=2, max_size=9), min_size=1, max_size=9), st.lists(tokens, max_size=4))
def test_probabilities_sum_to_1_whatever_the_text(texts: list[list[int]], context: list[int]) -> None:
    trigrams = Trigrams([[START, *text] for text in texts], V, never=[START])
    found = trigrams.probabilities(context)
    assert found.sum() == pytest.approx(1)
    assert (found[1:] > 0).all()
    assert trigrams.log_probabilities(context)[1:] == pytest.approx(np.log(found[1:]))
    assert trigrams.log_probabilities(context)[START] == -math.inf


def test_two_tokens_before_tell_more_than_none() -> None:
    trigrams, held_out = Trigrams(texts_of(5, 2000), V, never=[START]), texts_of(6)
    answers = [token for text in held_out for token in text[1:]]
    alone = trigrams.probabilities([])
    by_single_tokens = math.exp(-sum(math.log(alone[token]) for token in answers) / len(answers))
    assert trigrams.perplexity(held_out) < 0.8 * by_single_tokens
    # A single token has been counted by the different ones before it; its plain frequency is no better.
    counts = Counter(token for text in texts_of(5, 2000) for token in text[1:])
    by_frequency = math.exp(-sum(math.log(counts[token] / counts.total()) for token in answers) / len(answers))
    assert trigrams.perplexity(held_out) < 0.9 * by_frequency


def test_real_sentences_too() -> None:
    texts = [[START, *(byte + 1 for byte in line.encode()), 257] for line in SENTENCES if line]
    train, held_out = texts[::2], texts[1::2]
    trigrams = Trigrams(train, 258, never=[START])
    alone = trigrams.probabilities([])
    assert all(0 < discount < 3 for level in trigrams.discounts for discount in level)
    answers = [token for text in held_out for token in text[1:]]
    by_single_tokens = math.exp(-sum(math.log(alone[token]) for token in answers) / len(answers))
    assert trigrams.perplexity(held_out) < 0.7 * by_single_tokens


def test_what_is_never_asked_is_not_counted_as_a_token() -> None:
    trigrams = Trigrams(texts_of(2), V, never=[START, GAP])
    text = [START, 5, GAP, 4, END]
    nats, count = trigrams.nats([text])
    assert count == 3
    p = [trigrams.probabilities(text[:place])[text[place]] for place in (1, 3, 4)]  # the gap is read, but not asked for
    assert math.exp(-nats) == pytest.approx(math.prod(p))


def test_no_discount_is_below_0_and_small_texts_have_the_usual_ones() -> None:
    assert discounts_of([1, 2, 3]) == (0.5, 1.0, 1.5)
    assert discounts_of([1, 2, 3, 4, 4, 4, 4]) == (0.5, 1.0, 1.5)  # 3 - 4 / 3 * 4 is below 0


def test_the_most_probable_is_found_from_both_sides() -> None:
    """From the left 6 is likelier, but only 7 is ever followed by 8."""
    texts = [[START, 5, 6, 4, END]] * 6 + [[START, 5, 7, 8, END]] * 3 + [[START, 4, 6, 4, END]] * 2
    trigrams = Trigrams(texts, V, never=[START])
    candidates = np.arange(V) > GAP
    left = np.array([[START, 5]] * 2)
    assert two_sided(trigrams, left, np.array([[8, END], [NOTHING, NOTHING]]), candidates).argmax(axis=1).tolist() == [
        7,
        6,
    ]


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="ids from 0 to 200 are not in a vocabulary of 200 tokens"):
        Trigrams([[0, 200, 1]], V)
    with pytest.raises(ValueError, match="ids from -1 to 3 are not in a vocabulary of 200 tokens"):
        Trigrams([[0, -1, 3]], V)
    for texts in ([], [[]], [[0]], [[0, 1]]):
        with pytest.raises(ValueError, match="0 places where a token follows two others"):
            Trigrams(texts, V)
    with pytest.raises(ValueError, match="at least 1 token, got 0"):
        Trigrams([[0, 1, 2]], V, never=[0]).perplexity([[0]])
    assert neighbors_of(np.array([START, END]), np.array([False, False]), 9).shape == (0, 4)
