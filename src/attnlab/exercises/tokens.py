"""The exercises of the chapter on tokens.

The texts are short, but hold what mistakes stumble over: three equal tokens in a row, a pair at the end, a pair in the
other order, a word that cannot be spelled to its end, an id that never comes.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from attnlab.exercises.checking import Case, Exercise

Array = NDArray[np.float64]
Ids = list[int]
Pair = tuple[int, int]


# --- 1. pair_counts(words, size) -> (V, V) ----------------------------------------------------------------------------


def pair_counts(words: Sequence[Ids], size: int) -> Array:
    """Return how often token j comes right after token i in a word: ``(V, V)``, for ``V = size``."""
    counts = np.zeros((size, size))
    for word in words:
        for first, second in pairwise(word):
            counts[first, second] += 1
    return counts


def _across_borders(words: Sequence[Ids], size: int) -> Array:
    return pair_counts([[token for word in words for token in word]], size)


def _not_overlapping(words: Sequence[Ids], size: int) -> Array:
    counts = np.zeros((size, size))
    for word in words:
        at = 0
        while at + 1 < len(word):
            counts[word[at], word[at + 1]] += 1
            same = at + 2 < len(word) and word[at] == word[at + 1] == word[at + 2]
            at += 2 if same else 1
    return counts


def _once_a_word(words: Sequence[Ids], size: int) -> Array:
    present: Array = sum((np.minimum(pair_counts([word], size), 1) for word in words), np.zeros((size, size)))
    return present


def _both_orders(words: Sequence[Ids], size: int) -> Array:
    return pair_counts(words, size) + pair_counts(words, size).T


def _pairs_cases() -> Sequence[Case]:
    return [([[0, 1, 0, 1], [1, 0], [2, 2, 2], [1, 2], [3], [2, 2]], 5)]


PAIRS = Exercise(
    id="tokens/pairs",
    reference=pair_counts,
    cases=_pairs_cases,
    rivals={
        "borders": _across_borders,
        "overlapping-once": _not_overlapping,
        "once-a-word": _once_a_word,
        "both-orders": _both_orders,
        "transposed": lambda words, size: pair_counts(words, size).T,
        "presence": lambda words, size: np.minimum(pair_counts(words, size), 1),
    },
)


# --- 2. merge(tokens, pair, new) -> tokens ----------------------------------------------------------------------------


def merge(tokens: Ids, pair: Pair, new: int) -> Ids:
    """Return the tokens with ``new`` in the place of each ``pair``, from left to right."""
    merged: Ids = []
    at = 0
    while at < len(tokens):
        found = tuple(tokens[at : at + 2]) == tuple(pair)
        merged.append(new if found else tokens[at])
        at += 2 if found else 1
    return merged


def _from_the_right(tokens: Ids, pair: Pair, new: int) -> Ids:
    return merge(tokens[::-1], (pair[1], pair[0]), new)[::-1]


def _tokens_used_twice(tokens: Ids, pair: Pair, new: int) -> Ids:
    found = [tuple(tokens[at : at + 2]) == tuple(pair) for at in range(len(tokens))]
    return [new if found[at] else token for at, token in enumerate(tokens) if found[at] or at == 0 or not found[at - 1]]


def _first_only(tokens: Ids, pair: Pair, new: int) -> Ids:
    at = next((at for at, two in enumerate(pairwise(tokens)) if two == tuple(pair)), None)
    return list(tokens) if at is None else [*tokens[:at], new, *tokens[at + 2 :]]


def _last_lost(tokens: Ids, pair: Pair, new: int) -> Ids:
    ends_with_pair = len(merge(tokens, pair, new)) > 0 and merge(tokens, pair, new)[-1] == new
    return merge(tokens, pair, new) if ends_with_pair else merge(tokens, pair, new)[:-1]


def _either_order(tokens: Ids, pair: Pair, new: int) -> Ids:
    return merge(merge(tokens, pair, new), (pair[1], pair[0]), new)


def _second_kept(tokens: Ids, pair: Pair, new: int) -> Ids:
    return [new if tuple(tokens[at : at + 2]) == tuple(pair) else token for at, token in enumerate(tokens)]


def _merge_cases() -> Sequence[Case]:
    return [
        ([5, 5, 5, 5, 5], (5, 5), 9),
        ([1, 2, 1, 2, 3, 1], (1, 2), 7),
        ([3, 1, 2], (1, 2), 4),
        ([2, 1, 3], (1, 2), 4),
        ([6], (1, 2), 4),
    ]


MERGE = Exercise(
    id="tokens/merge",
    reference=merge,
    cases=_merge_cases,
    rivals={
        "from-the-right": _from_the_right,
        "used-twice": _tokens_used_twice,
        "first-only": _first_only,
        "last-lost": _last_lost,
        "either-order": _either_order,
        "second-kept": _second_kept,
    },
)


# --- 3. pieces(word, vocabulary) -> ids -------------------------------------------------------------------------------

UNKNOWN, CONTINUES = "[UNK]", "##"


def pieces(word: str, vocabulary: dict[str, int]) -> Ids:
    """Return the ids of a word's pieces, each time the longest that fits; only ``[UNK]`` if they do not fit."""
    found, complete = _longest_pieces(word, vocabulary)
    return found if complete else [vocabulary[UNKNOWN]]


def _longest_pieces(word: str, vocabulary: dict[str, int], mark: str = CONTINUES) -> tuple[Ids, bool]:
    """The ids from the left as far as they reach, and whether they reach the end."""
    found: Ids = []
    start = 0
    while start < len(word):
        names = [((mark if start else "") + word[start:end], end) for end in range(len(word), start, -1)]
        name, end = next(((name, end) for name, end in names if name in vocabulary), ("", 0))
        if not name:
            return found, False
        found.append(vocabulary[name])
        start = end
    return found, True


def _without_mark(word: str, vocabulary: dict[str, int]) -> Ids:
    found, complete = _longest_pieces(word, vocabulary, mark="")
    return found if complete else [vocabulary[UNKNOWN]]


def _shortest(word: str, vocabulary: dict[str, int]) -> Ids:
    found: Ids = []
    start = 0
    while start < len(word):
        names = [((CONTINUES if start else "") + word[start:end], end) for end in range(start + 1, len(word) + 1)]
        name, end = next(((name, end) for name, end in names if name in vocabulary), ("", 0))
        if not name:
            return [vocabulary[UNKNOWN]]
        found.append(vocabulary[name])
        start = end
    return found


def _part_unknown(word: str, vocabulary: dict[str, int]) -> Ids:
    found, complete = _longest_pieces(word, vocabulary)
    return found if complete else [*found, vocabulary[UNKNOWN]]


def _from_the_end(word: str, vocabulary: dict[str, int]) -> Ids:
    found: Ids = []
    end = len(word)
    while end > 0:
        names = [((CONTINUES if start else "") + word[start:end], start) for start in range(end)]
        name, start = next(((name, start) for name, start in names if name in vocabulary), ("", 0))
        if not name:
            return [vocabulary[UNKNOWN]]
        found.insert(0, vocabulary[name])
        end = start
    return found


def _pieces_cases() -> Sequence[Case]:
    entries = [UNKNOWN, "un", "unbe", "u", "##n", "##believ", "##liev", "##able", "##a", "##b", "##le", "able", "zip"]
    vocabulary = {piece: place for place, piece in enumerate(entries)}
    return [(word, vocabulary) for word in ("unable", "unbelievable", "able", "unzip", "un")]


PIECES = Exercise(
    id="tokens/pieces",
    reference=pieces,
    cases=_pieces_cases,
    rivals={
        "no-mark": _without_mark,
        "shortest": _shortest,
        "part-unknown": _part_unknown,
        "part-dropped": lambda word, vocabulary: _longest_pieces(word, vocabulary)[0],
        "from-the-end": _from_the_end,
        "whole-words": lambda word, vocabulary: [vocabulary.get(word, vocabulary[UNKNOWN])],
    },
)


# --- 4. one_hot(ids, size) -> (T, V) ----------------------------------------------------------------------------------


def one_hot(ids: NDArray[np.int64], size: int) -> Array:
    """Return a row for each id with a single 1, in the id's column: ``(T,) -> (T, V)``."""
    rows = np.zeros((len(ids), size))
    rows[np.arange(len(ids)), ids] = 1
    return rows


def _one_hot_cases() -> Sequence[Case]:
    return [(np.array([3, 0, 3, 5]), 8), (np.array([2]), 3)]


ONE_HOT = Exercise(
    id="tokens/one-hot",
    reference=one_hot,
    cases=_one_hot_cases,
    rivals={
        "transposed": lambda ids, size: one_hot(ids, size).T,
        "one-row": lambda ids, size: one_hot(ids, size).max(axis=0),
        "counted": lambda ids, size: one_hot(ids, size).sum(axis=0),
        "from-one": lambda ids, size: np.roll(one_hot(ids, size), -1, axis=1),
        "too-narrow": lambda ids, size: one_hot(ids, int(max(ids)) + 1),
        "places": lambda ids, size: np.eye(len(ids), size),
        "id-for-one": lambda ids, size: one_hot(ids, size) * np.asarray(ids)[:, None],
    },
)


# --- 5. distances(x) -> (T, T) ----------------------------------------------------------------------------------------


def distances(x: Array) -> Array:
    """Return the distance between each two rows: ``(T, D) -> (T, T)``."""
    apart: Array = np.linalg.norm(x[:, None] - x[None], axis=-1)
    return apart


def _angles(x: Array) -> Array:
    lengths = np.linalg.norm(x, axis=1)
    away: Array = 1 - x @ x.T / np.outer(lengths, lengths)
    return away


def _distances_cases() -> Sequence[Case]:
    random = np.random.default_rng(25)
    return [(one_hot(np.array([2, 0, 3]), 4),), (random.normal(size=(5, 3)),)]


DISTANCES = Exercise(
    id="tokens/distances",
    reference=distances,
    cases=_distances_cases,
    rivals={
        "squared": lambda x: distances(x) ** 2,
        "city-blocks": lambda x: np.abs(x[:, None] - x[None]).sum(axis=-1),
        "average": lambda x: distances(x) / np.sqrt(x.shape[1]),
        "columns": lambda x: distances(x.T),
        "products": lambda x: x @ x.T,
        "angles": _angles,
        "lengths": lambda x: np.abs(np.linalg.norm(x, axis=1)[:, None] - np.linalg.norm(x, axis=1)[None]),
    },
)

EXERCISES = (PAIRS, MERGE, PIECES, ONE_HOT, DISTANCES)

QUESTIONS = {"tokens/shuffled": 2, "tokens/farthest": 3, "tokens/other-language": 1}
