"""How byte-pair encoding learns its merges from a text, one at a time.

The text is cut into chunks, by the rule of GPT-2, and no pair of tokens reaches from one chunk into the next. A chunk
is an English ending (``'s 't 're 've 'm 'll 'd``), or letters, or digits and other numbers, or other signs, or white
space. The one space right before letters, numbers or signs belongs to them.

Two choices are fixed here. Of pairs that are met equally often, the one whose tokens have the smaller ids is merged
first: the smaller first id, then the smaller second one. And in ``aaa`` the pair ``aa`` is met twice, though it can be
merged only once.

Source: Gage, *A New Algorithm for Data Compression* (1994); Sennrich et al., *Neural Machine Translation of Rare Words
with Subword Units* (2016), section 3.2 and algorithm 1; for bytes and chunks, Radford et al., *Language Models are
Unsupervised Multitask Learners* (2019), section 2.2, and its published code.
"""

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby, pairwise

Pair = tuple[int, int]

BYTES = 256  # the ids from 0 to 255 are the bytes themselves

# White space by Unicode. Python's own \s also counts the four separators from U+001C on.
_SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_CHUNK = re.compile(rf"'(?:s|t|re|ve|m|ll|d)| ?[^\W_]+| ?(?:[^\w{_SPACE}]|_)+|[{_SPACE}]+(?![^{_SPACE}])|[{_SPACE}]+")


@dataclass(frozen=True)
class MergeStep:
    """One merge, as the training made it.

    Attributes:
        rank: 0 for the first merge.
        pair: the two tokens that were merged.
        ids: their ids.
        count: how often they were met side by side.
        token: the new token.
        id: its id, ``256 + rank``.
        watched: the watched text after this merge, token by token.
    """

    rank: int
    pair: tuple[bytes, bytes]
    ids: Pair
    count: int
    token: bytes
    id: int
    watched: tuple[bytes, ...]


def train_steps(
    texts: str | Iterable[str], n_merges: int, *, min_count: int = 2, watch: str = ""
) -> Iterator[MergeStep]:
    """Return the merges of a training, one at a time, each with its count and what it does to a watched text.

    Args:
        texts, n_merges, min_count: as for ``ByteLevelBPE.train``.
        watch: a text to look at after each merge; it need not be among the texts and is not counted.

    Raises:
        As ``ByteLevelBPE.train``.

    Source: Sennrich et al. (2016), algorithm 1.

    Example: in "banana band", ``an`` is met three times: twice in banana, once in " band".

        >>> for step in train_steps("banana band", n_merges=2, watch="bananas"):
        ...     print(step.count, step.pair, step.watched)
        3 (b'a', b'n') (b'b', b'an', b'an', b'a', b's')
        2 (b'b', b'an') (b'ban', b'an', b'a', b's')
    """
    if n_merges < 0:
        raise ValueError(f"n_merges must be at least 0, got {n_merges}")
    if min_count < 1:
        raise ValueError(f"min_count must be at least 1, got {min_count}")
    found = Counter(chunk for text in ([texts] if isinstance(texts, str) else texts) for chunk in chunks(text))
    if not found:
        raise ValueError("the texts hold 0 characters: there is nothing to learn merges from")
    watched = [list(chunk) for chunk in chunks(watch)]
    return _steps(_PairCounts(found), n_merges, min_count, watched)


def _steps(counts: "_PairCounts", n_merges: int, min_count: int, watched: list[list[int]]) -> Iterator[MergeStep]:
    tokens = [bytes([value]) for value in range(BYTES)]
    for rank in range(n_merges):
        pair, count = counts.best()
        if count < min_count:
            return
        new = BYTES + rank
        first, second = (tokens[place] for place in pair)
        tokens.append(first + second)
        counts.merge(pair, new)
        watched = [merged(chunk, pair, new) for chunk in watched]
        shown = tuple(tokens[place] for place in chain.from_iterable(watched))
        yield MergeStep(rank, (first, second), pair, count, first + second, new, shown)


class _PairCounts:
    """How often each pair of neighbors is met in a text, kept up to date from merge to merge.

    A merge changes only the chunks that hold its pair, so only those are looked at. The heap may hold counts that are
    out of date; none is too small, and what comes to the top is checked.
    """

    def __init__(self, found: Counter[bytes]) -> None:
        self.chunks = [list(chunk) for chunk in found]
        self.times = list(found.values())
        self.counts: Counter[Pair] = Counter()
        self.holders: defaultdict[Pair, set[int]] = defaultdict(set)  # which chunks hold, or once held, a pair
        for place, chunk in enumerate(self.chunks):
            for pair in pairwise(chunk):
                self.counts[pair] += self.times[place]
                self.holders[pair].add(place)
        self.heap = [(-count, pair) for pair, count in self.counts.items()]
        heapq.heapify(self.heap)

    def best(self) -> tuple[Pair, int]:
        """The most frequent pair and its count, ties by the smaller ids; a count of 0 if there is no pair."""
        while self.heap:
            count, pair = self.heap[0]
            if -count == self.counts[pair]:
                return pair, -count
            if self.counts[pair] > 0:
                heapq.heapreplace(self.heap, (-self.counts[pair], pair))
            else:
                heapq.heappop(self.heap)
        return (0, 0), 0

    def merge(self, pair: Pair, new: int) -> None:
        """Put the token ``new`` in the place of a pair, everywhere."""
        grown: set[Pair] = set()
        for place in self.holders.pop(pair):
            self.chunks[place] = self._merge_in(place, pair, new, grown)
        del self.counts[pair]
        for neighbors in grown:
            heapq.heappush(self.heap, (-self.counts[neighbors], neighbors))

    def _merge_in(self, place: int, pair: Pair, new: int, grown: set[Pair]) -> list[int]:
        """One chunk with the pair merged, from left to right; each merge changes the counts around it alone."""
        tokens, times = self.chunks[place], self.times[place]
        kept: list[int] = []
        at = 0
        while at < len(tokens):
            if tokens[at] != pair[0] or tokens[at + 1 : at + 2] != [pair[1]]:
                kept.append(tokens[at])
                at += 1
                continue
            at += 2
            lost_and_won = [((kept[-1], pair[0]), (kept[-1], new))] if kept else []
            if at < len(tokens):
                lost_and_won.append(((pair[1], tokens[at]), (new, tokens[at])))
            self.counts[pair] -= times
            for lost, won in lost_and_won:
                self.counts[lost] -= times
                self.counts[won] += times
                self.holders[won].add(place)
                grown.add(won)
            kept.append(new)
        return kept


def chunks(text: str) -> Iterator[bytes]:
    """Return the chunks of a text in order, as UTF-8; no merge reaches over their borders.

    Raises:
        TypeError: the text is not a string.
        ValueError: the text holds half of a surrogate pair.

    Source: Radford et al. (2019), the published code.

    Example:

        >>> list(chunks("It's 2 cats,  not1"))
        [b'It', b"'s", b' 2', b' cats', b',', b' ', b' not', b'1']
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a string, got {type(text).__name__}")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as problem:
        place = problem.start
        raise ValueError(
            f"character {place} of {len(text)} is U+{ord(text[place]):04X}, half of a surrogate pair: it has no bytes"
        ) from None
    return _cut(text)


def _cut(text: str) -> Iterator[bytes]:
    for found in _CHUNK.findall(text):
        if found.lstrip(" ").isalpha() or not found[-1].isalnum() or found[0] == "'":
            yield found.encode("utf-8")
            continue
        space = " " if found[0] == " " else ""
        for _, run in groupby(found[len(space) :], key=str.isalpha):  # letters from numbers
            yield (space + "".join(run)).encode("utf-8")
            space = ""


def merged(tokens: list[int], pair: Pair, new: int) -> list[int]:
    """Return the tokens with ``new`` in the place of each ``pair``, from left to right."""
    first, second = pair
    merged: list[int] = []
    for token in tokens:
        # What was merged a moment ago is `new`, never `first`, so that no token is used twice.
        if token == second and merged and merged[-1] == first:
            merged[-1] = new
        else:
            merged.append(token)
    return merged
