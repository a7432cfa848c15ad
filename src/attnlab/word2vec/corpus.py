"""A text as numbers: which words count, which are left out, what is noise, and who is whose context.

A corpus is anything that gives lists of words, one sentence at a time, and can be gone through again: a list, or an
object that opens a file anew each time. So it may be larger than memory: a group of sentences is read at a time. What
is kept of a smaller one are numbers, 4 bytes a word.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attnlab.text import Vocabulary
from attnlab.word2vec.config import Word2VecConfig

Sentences = Iterable[Sequence[str]]
Ids = NDArray[np.int64]
Floats = NDArray[np.float32]

UNKNOWN_MARK = "<unk>"
NOISE_TABLE = 1 << 20
MOST_KEPT = 50_000_000  # words: 200 MB as ids


def words_of(line: str, *, unknown: str = UNKNOWN_MARK) -> list[list[str]]:
    """Return the words of one line of a text that is cut by spaces already, in lower case.

    Where a word is missing, the line is broken: what stands to the left of the gap is no context of what stands to the
    right of it.

    Example:

        >>> words_of(" He met <unk> in Paris . ")
        [['he', 'met'], ['in', 'paris', '.']]
    """
    parts = (part.lower().split() for part in line.split(unknown))
    return [part for part in parts if part]


@dataclass(frozen=True, eq=False)
class Counts:
    """What the first reading of a corpus tells.

    Attributes:
        vocabulary: the ``V`` words that are trained, the most frequent first.
        counts: ``(V,)``, how often each was met.
        raw_words: how many words the corpus has, those outside the vocabulary included.
    """

    vocabulary: Vocabulary
    counts: Ids
    raw_words: int

    def keep_probabilities(self, threshold: float) -> Floats:
        """Return how likely an occurrence of each word stays in the text, ``(V,)``, for a threshold t.

        It is ``sqrt(t / f) + t / f`` for a word with the share ``f`` of the text, at most 1. (The second term is not in
        the paper, but in the authors' program, and in every other since.)

        Source: Mikolov et al. (2013), section 2.3, equation 5.

        Example: of four words, "a" has the share 3/4.

            >>> counts = count_words([["a", "a", "a", "b"]], min_count=1)
            >>> counts.keep_probabilities(0.03)  # 1/5 + 1/25, and a little more for the rare word
            array([0.24      , 0.46641016], dtype=float32)
        """
        shares = self.counts / self.counts.sum()
        if threshold == 0:
            return np.ones(len(shares), dtype=np.float32)
        kept: Floats = np.minimum(1, np.sqrt(threshold / shares) + threshold / shares).astype(np.float32)
        return kept

    def noise(self, power: float = 0.75) -> NDArray[np.float64]:
        """Return how likely each word is drawn as noise, ``(V,)``.

        Source: Mikolov et al. (2013), section 2.2.

        Example: 16 to the power 3/4 is 8.

            >>> counts = count_words([["a"] * 16 + ["b"]], min_count=1)
            >>> counts.noise().round(4)
            array([0.8889, 0.1111])
        """
        weights = self.counts.astype(np.float64) ** power
        return np.asarray(weights / weights.sum())


def count_words(sentences: Sentences, *, min_count: int = 5, max_size: int | None = None) -> Counts:
    """Return the vocabulary of a corpus and the counts of its words; one reading.

    Raises:
        TypeError: the corpus can be gone through only once, or a sentence is one string.
        ValueError: there is no word, no sentence has two, or fewer than two different words are frequent enough.

    Example:

        >>> counts = count_words([["a", "b", "a"], ["c", "b", "a"]], min_count=2)
        >>> counts.vocabulary.tokens, counts.counts.tolist(), counts.raw_words
        (('a', 'b'), [3, 2], 6)
    """
    if isinstance(sentences, str):
        raise TypeError("the corpus must be sentences, each a list of words; got one string")
    if isinstance(sentences, Iterator):
        kind = type(sentences).__name__
        raise TypeError(f"the corpus is read more than once, but a {kind} can be gone through only once: make a list")
    found: Counter[str] = Counter()
    longest = number = 0
    for number, sentence in enumerate(sentences, start=1):
        if isinstance(sentence, str):
            raise TypeError(f"sentence {number} must be a list of words, got one string: {sentence[:40]!r}")
        found.update(sentence)
        longest = max(longest, len(sentence))
    if not found:
        raise ValueError(f"the corpus holds 0 words in {number} sentences")
    if longest < 2:
        raise ValueError(f"the longest of {number} sentences has 1 word: no word has a context, which takes 2")
    vocabulary = Vocabulary.from_counts(found, min_count=min_count, max_size=max_size)
    if len(vocabulary) < 2:
        raise ValueError(f"1 of {len(found)} different words was met at least {min_count} times, it takes 2 words")
    counts = np.array([found[word] for word in vocabulary.tokens], dtype=np.int64)
    return Counts(vocabulary, counts, found.total())


class Group(NamedTuple):
    """Some sentences, and how many words they have."""

    sentences: list[Sequence[str]]
    words: int


def groups(sentences: Sentences, size: int) -> Iterator[Group]:
    """Yield the sentences in groups of about ``size`` words, none with twice as many. Longer sentences are cut.

    Example:

        >>> [group.words for group in groups([["a"] * 3, ["b"] * 2, ["c"] * 4, ["d"]], 5)]
        [5, 5]
    """
    gathered: list[Sequence[str]] = []
    total = 0
    for sentence in sentences:
        length = len(sentence)
        for start in range(0, length, size):
            gathered.append(sentence if length <= size else sentence[start : start + size])
            total += min(size, length - start)
            if total >= size:
                yield Group(gathered, total)
                gathered, total = [], 0
    if gathered:
        yield Group(gathered, total)


def noise_table(noise: NDArray[np.float64], size: int = NOISE_TABLE) -> Ids:
    """Return ids in which each word stands as often as it is likely: a place drawn at random is a word drawn.

    Example:

        >>> np.bincount(noise_table(np.array([0.75, 0.25]), size=80))
        array([60, 20])
    """
    ends = np.cumsum(noise)
    size = max(size, 16 * len(noise))
    places = np.searchsorted(ends, (np.arange(size) + 0.5) / size)
    return np.minimum(places, len(noise) - 1).astype(np.int64)  # the last end can be rounded to less than 1


@dataclass(frozen=True, eq=False)
class Line:
    """Sentences one after the other on one line, without the words that are left out.

    Attributes:
        ids: ``(N,)``.
        left, right: ``(N,)`` each, how many words to the left and to the right are context; none beyond the sentence.
    """

    ids: Ids
    left: NDArray[np.int8]
    right: NDArray[np.int8]


class Encoded(NamedTuple):
    """Sentences as ids: ``(N,)``, -1 for a word outside the vocabulary; and how long each is: ``(S,)``."""

    ids: NDArray[np.int32]
    lengths: NDArray[np.int64]


def encode(sentences: Sequence[Sequence[str]], index: dict[str, int]) -> Encoded:
    """Return sentences as ids.

    Example:

        >>> encode([["b", "x"], ["a"]], {"a": 0, "b": 1})
        Encoded(ids=array([ 1, -1,  0], dtype=int32), lengths=array([2, 1]))
    """
    lengths = np.fromiter(map(len, sentences), dtype=np.int64, count=len(sentences))
    every = chain.from_iterable(sentences)
    ids = np.fromiter(map(index.get, every, repeat(-1)), dtype=np.int32, count=int(lengths.sum()))
    return Encoded(ids, lengths)


class EncodedText:
    """A corpus as ids, one worker's groups of sentences: each takes one, and leaves the next to the others.

    The ids of a corpus that is not too large are kept when it has been read once.

    Args:
        sentences: the corpus.
        counts: of it.
        group: about how many words a group has.
        worker, workers: which one this is, from 0, and how many there are.
    """

    def __init__(self, sentences: Sentences, counts: Counts, group: int, worker: int = 0, workers: int = 1) -> None:
        self.sentences, self.index, self.group = sentences, counts.vocabulary.index, group
        self.worker, self.workers = worker, workers
        self.keeps = counts.raw_words <= MOST_KEPT
        self.kept: list[tuple[int, Encoded]] = []

    def groups(self) -> Iterator[tuple[int, Encoded]]:
        """Yield this worker's groups, each with how many words all workers read in that turn."""
        if self.kept:
            yield from self.kept
            return
        gathered = []
        stream = groups(self.sentences, self.group)
        while turn := list(islice(stream, self.workers)):
            own = turn[self.worker].sentences if self.worker < len(turn) else []
            found = sum(group.words for group in turn), encode(own, self.index)
            if self.keeps:
                gathered.append(found)
            yield found
        self.kept = gathered


class Reader:
    """Turns sentences into lines.

    Args:
        counts: of the corpus.
        config: the window and the threshold are read.

    Example: nothing is left out here, and each window is 2 wide.

        >>> sentences = [["a", "b", "c"], ["c", "x", "a"]]
        >>> counts = Counts(Vocabulary(["a", "b", "c"]), np.array([2, 1, 2]), 6)
        >>> reader = Reader(counts, Word2VecConfig(window=2, fixed_window=True, subsample=0))
        >>> line = reader.line(encode(sentences, counts.vocabulary.index), np.random.default_rng(0))
        >>> line.ids, line.left, line.right
        (array([0, 1, 2, 2, 0]), array([0, 1, 2, 0, 1], dtype=int8), array([2, 1, 0, 1, 0], dtype=int8))
    """

    def __init__(self, counts: Counts, config: Word2VecConfig) -> None:
        self.window, self.fixed = config.window, config.fixed_window
        # A word outside the vocabulary has the id -1: the last entry, which is never kept.
        self.keep = np.append(counts.keep_probabilities(config.subsample), np.float32(0))

    def line(self, text: Encoded, generator: np.random.Generator) -> Line:
        """Return the line of some sentences."""
        ids, lengths = text
        kept = generator.random(len(ids), dtype=np.float32) < self.keep[ids]
        ends = np.cumsum(lengths)
        kept_before = np.append(0, np.cumsum(kept))
        lengths = kept_before[ends] - kept_before[ends - lengths]  # (S,), of what is kept
        starts = np.repeat(np.cumsum(lengths) - lengths, lengths)  # (N,)
        places = np.arange(len(starts)) - starts
        rest = np.repeat(lengths, lengths) - 1 - places
        width = self._widths(len(starts), generator)
        return Line(ids[kept].astype(np.int64), _smaller(width, places), _smaller(width, rest))

    def _widths(self, count: int, generator: np.random.Generator) -> NDArray[np.int8]:
        if self.fixed:
            return np.full(count, self.window, dtype=np.int8)
        return generator.integers(1, self.window + 1, size=count, dtype=np.int8)


def _smaller(width: NDArray[np.int8], room: Ids) -> NDArray[np.int8]:
    return np.minimum(width, np.minimum(room, 127).astype(np.int8))
