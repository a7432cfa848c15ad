"""What counting alone can do: a trigram model, the opponent that a language model has to beat.

The probability of a token after two others is taken from how often the three were met; a share of it is put aside for
what was never met and given out by the shorter context, whose counts are of another kind: not how often a token was
met, but after how many different ones. The shares follow from the text: interpolated Kneser-Ney, modified.

Source: Chen and Goodman, *An Empirical Study of Smoothing Techniques for Language Modeling* (1999), sections 2.7 and 3.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from attnlab.training.scores import perplexity

Ids = NDArray[np.int64]
Numbers = NDArray[np.float64]

NOTHING = -1  # stands where a context has no token, or one that is not known
USUAL_DISCOUNTS = (0.5, 1.0, 1.5)  # where a text is too small to say


class Trigrams:
    """The probability of each token after two others, from counts.

    Args:
        texts: token ids of each text, beginning with a start token that is nowhere else.
        vocab_size: ``V``.
        never: tokens that are never asked for. They have probability 0, and count only as context.

    Attributes:
        discounts: for contexts of 0, 1 and 2 tokens, what is taken from the counts 1, 2, and 3 or more.

    Raises:
        ValueError: the texts have no three tokens in a row, or an id is out of range.

    Source: Chen and Goodman (1999), equations 24 to 27. As nothing stands before a start token, what follows it is
    counted as often as it was met (Heafield et al., *Scalable Modified Kneser-Ney Language Model Estimation*, 2013,
    section 3).

    Example: after ``0 1`` came 2, twice: of the count 2, 1 is left and 1 is shared out, by the pairs' probability of 2
    after 1. That is 3/4: half a count is left of one, the other half is shared out by the even chances of 1 and 2. So
    2 gets ``(1 + 1 * 3/4) / 2``.

        >>> trigrams = Trigrams([[0, 1, 2], [0, 1, 2], [0, 2, 1]], vocab_size=3, never=[0])
        >>> trigrams.discounts[2]
        (0.5, 1.0, 1.5)
        >>> trigrams.probabilities([0, 1])
        array([0.   , 0.125, 0.875])
    """

    def __init__(self, texts: Iterable[Sequence[int]], vocab_size: int, *, never: Iterable[int] = ()) -> None:
        self.vocab_size = vocab_size
        allowed = np.ones(vocab_size, dtype=bool)  # (V,)
        allowed[list(never)] = False
        firsts, triples = _met(texts, vocab_size, allowed)
        kinds, counts = np.unique(triples, return_counts=True)
        if not len(kinds):
            raise ValueError("there are 0 places where a token follows two others")
        # A pair counts for each token it was met after; a pair that opens a text counts each time.
        pairs, pair_counts = np.unique(np.concatenate([kinds % vocab_size**2, firsts]), return_counts=True)
        singles, single_counts = np.unique(pairs % vocab_size, return_counts=True)
        self._levels = (
            _Level(singles, single_counts, vocab_size),
            _Level(pairs, pair_counts, vocab_size),
            _Level(kinds, counts, vocab_size),
        )
        self._even = allowed / allowed.sum()  # (V,)
        self.discounts = tuple(level.discounts for level in self._levels)

    def probabilities_of(self, before: Ids, last: Ids, tokens: Ids) -> Numbers:
        """Return the probability of each of many tokens after its context; the three have one shape, which it has too.

        Args:
            before: the token before the last one of the context, or ``NOTHING``.
            last: the last one of the context, or ``NOTHING``.
            tokens: what comes next.

        Example:

            >>> trigrams = Trigrams([[0, 1, 2], [0, 1, 2], [0, 2, 1]], vocab_size=3, never=[0])
            >>> trigrams.probabilities_of(np.array([0, 0]), np.array([1, 1]), np.array([1, 2]))
            array([0.125, 0.875])
        """
        both = np.where((before == NOTHING) | (last == NOTHING), NOTHING, before * self.vocab_size + last)
        found: Numbers = self._even[tokens]
        for level, contexts in zip(self._levels, (np.zeros_like(last), last, both), strict=True):
            found = level.mixed(contexts, tokens, found)
        return found

    def probabilities(self, context: Sequence[int]) -> Numbers:
        """Return the probability of each token, ``(V,)``, after a context, of which the last two tokens are read."""
        before, last = [NOTHING, NOTHING, *context][-2:]
        shape = self.vocab_size
        return self.probabilities_of(np.full(shape, before), np.full(shape, last), np.arange(shape))

    def log_probabilities(self, context: Sequence[int]) -> Numbers:
        """Return the natural logarithms of :meth:`probabilities`, ``(V,)``; minus infinity for what is never asked."""
        with np.errstate(divide="ignore"):
            return np.log(self.probabilities(context))

    def nats(self, texts: Iterable[Sequence[int]]) -> tuple[float, int]:
        """Return the sum of ``-log p`` over all tokens of some texts that are asked for, and how many these are.

        The start token of a text is given.

        Example: 1 after ``0`` has the probability 7/12, 2 after ``0 1`` has 7/8.

            >>> trigrams = Trigrams([[0, 1, 2], [0, 1, 2], [0, 2, 1]], vocab_size=3, never=[0])
            >>> nats, tokens = trigrams.nats([[0, 1, 2]])
            >>> round(float(np.exp(-nats)), 6) == round(7 / 12 * 7 / 8, 6), tokens
            (True, 2)
        """
        total, tokens = 0.0, 0
        for text in texts:
            ids = np.array([NOTHING, *text])
            asked = self._even[ids[2:]] > 0
            found = self.probabilities_of(ids[:-2][asked], ids[1:-1][asked], ids[2:][asked])
            total -= float(np.log(found).sum())
            tokens += len(found)
        return total, tokens

    def perplexity(self, texts: Iterable[Sequence[int]]) -> float:
        """Return the perplexity of some texts by token; see :meth:`nats`."""
        return perplexity(*self.nats(texts))


def _met(texts: Iterable[Sequence[int]], vocab_size: int, allowed: NDArray[np.bool_]) -> tuple[Ids, Ids]:
    """The pairs that open a text and all triples, as one number each: ``(a * V + b) * V + c``."""
    firsts: list[Ids] = []
    triples: list[Ids] = []
    for text in texts:
        ids = np.array(text, dtype=np.int64)
        if len(ids) and not (ids.min() >= 0 and ids.max() < vocab_size):
            raise ValueError(f"ids from {ids.min()} to {ids.max()} are not in a vocabulary of {vocab_size} tokens")
        pairs = ids[:-1] * vocab_size + ids[1:]
        firsts.append(pairs[:1][allowed[ids[1:2]]])
        triples.append((ids[:-2] * vocab_size**2 + pairs[1:])[allowed[ids[2:]]])
    if not triples:
        return np.array([], dtype=np.int64), np.array([], dtype=np.int64)
    return np.concatenate(firsts), np.concatenate(triples)


class _Level:
    """Counts after contexts of one length. ``keys`` are ``context * V + token``, sorted."""

    def __init__(self, keys: Ids, counts: Ids, vocab_size: int) -> None:
        self.vocab_size = vocab_size
        self.keys = keys
        self.discounts = discounts_of(counts)
        taken = np.array(self.discounts)[np.minimum(counts, 3) - 1]
        self.left = counts - taken  # what a count keeps
        self.contexts, places = np.unique(keys // vocab_size, return_inverse=True)
        self.totals = np.bincount(places, counts)
        self.shared = np.bincount(places, taken)  # what its counts gave away

    def mixed(self, contexts: Ids, tokens: Ids, lower: Numbers) -> Numbers:
        """The probability of tokens after contexts, given that after shorter ones."""
        place, known = _find(self.contexts, contexts)
        key, met = _find(self.keys, contexts * self.vocab_size + tokens)
        left = np.where(met, self.left[key], 0.0)
        return np.where(known, (left + self.shared[place] * lower) / self.totals[place], lower)


def _find(table: Ids, wanted: Ids) -> tuple[Ids, NDArray[np.bool_]]:
    """Where each number is in a sorted table, and whether it is."""
    place = np.minimum(np.searchsorted(table, wanted), len(table) - 1)
    return place, table[place] == wanted


def discounts_of(counts: Sequence[int] | Ids) -> tuple[float, float, float]:
    """Return what is taken from the counts 1, 2, and 3 or more, by how many counts are 1, 2, 3 and 4.

    If one of these was never met, they are 0.5, 1 and 1.5.

    Source: Chen and Goodman (1999), equation 26.

    Example: four counts are 1, two are 2, one is 3, one is 4: ``Y = 4 / (4 + 2 * 2) = 1 / 2``, and so
    ``1 - 2 Y 2/4``, ``2 - 3 Y 1/2`` and ``3 - 4 Y 1/1``.

        >>> discounts_of([1, 1, 1, 1, 2, 2, 3, 4])
        (0.5, 1.25, 1.0)
    """
    n1, n2, n3, n4 = (int(np.sum(np.asarray(counts) == count)) for count in (1, 2, 3, 4))
    if 0 in (n1, n2, n3, n4):
        return USUAL_DISCOUNTS
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    return found if all(discount >= 0 for discount in found) else USUAL_DISCOUNTS


def two_sided(trigrams: Trigrams, left: Ids, right: Ids, candidates: NDArray[np.bool_]) -> Numbers:
    """Return the probability of each token at each of many places, ``(N, V)``, from two neighbors on either side.

    A token ``t`` between ``a b`` and ``d e`` gets ``P(t | a b) P(d | b t) P(e | t d)``, divided by the sum over all
    candidates. With trigrams this is exact: no other factor of the text's probability has ``t`` in it.

    Args:
        trigrams: the model, which may be asked for whatever can stand on the right.
        left: ``(N, 2)``, the two tokens before each place, or ``NOTHING`` where there is none or it is hidden.
        right: ``(N, 2)``, the two tokens after it; what follows a ``NOTHING`` is not used.
        candidates: ``(V,)``, which tokens can stand there.

    Example: after ``0 1`` comes 2 or 1, but only 2 was ever met before the end token 3.

        >>> trigrams = Trigrams([[0, 1, 2, 3], [0, 1, 2, 3], [0, 2, 1, 1]], vocab_size=4, never=[0])
        >>> candidates = np.array([False, True, True, False])
        >>> two_sided(trigrams, np.array([[0, 1]]), np.array([[3, NOTHING]]), candidates).argmax(axis=1)
        array([2])
    """
    tokens = np.flatnonzero(candidates)  # (C,)
    shape = (len(left), len(tokens))
    before, last, next_, second = (
        np.broadcast_to(column[:, None], shape) for column in (left[:, 0], left[:, 1], right[:, 0], right[:, 1])
    )
    middle = np.broadcast_to(tokens, shape)
    with np.errstate(divide="ignore"):
        scores = np.log(trigrams.probabilities_of(before, last, middle))  # (N, C)
        for known, factor in (
            (right[:, 0] != NOTHING, (last, middle, next_)),
            ((right != NOTHING).all(axis=1), (middle, next_, second)),
        ):
            scores[known] += np.log(trigrams.probabilities_of(*(ids[known] for ids in factor)))
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    found = np.zeros((len(left), len(candidates)))
    found[:, tokens] = scores / scores.sum(axis=1, keepdims=True)
    return found


def neighbors_of(ids: Ids, asked: NDArray[np.bool_], hidden: int) -> Ids:
    """Return the two tokens before and the two after each place of a text that is asked for, ``(N, 4)``.

    ``NOTHING`` stands for those that are hidden, by the token ``hidden``, and beyond the ends of the text.

    Example: between ``5 6`` and a hidden token.

        >>> ids = np.array([5, 6, 9, 9, 7])
        >>> neighbors_of(ids, np.array([False, False, True, False, False]), hidden=9)
        array([[ 5,  6, -1,  7]])
    """
    shown = np.array([NOTHING, NOTHING, *ids, NOTHING, NOTHING])
    shown[shown == hidden] = NOTHING
    places = np.flatnonzero(asked) + 2
    neighbors: Ids = shown[places[:, None] + np.array([-2, -1, 1, 2])]  # (N, 4)
    return neighbors
