"""Answers to the exercises on tokens, right and wrong, written apart from the checker's own."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from attnlab.text import WordPieceTokenizer, one_hot
from attnlab.text.bpe_training import merged

Answer = Callable[..., Any]


def counted(words: list[list[int]], size: int) -> np.ndarray:
    found = Counter(pair for word in words for pair in pairwise(word))
    return np.array([[found[first, second] for second in range(size)] for first in range(size)])


def counted_by_numpy(words: list[list[int]], size: int) -> np.ndarray:
    table = np.zeros((size, size))
    for word in words:
        np.add.at(table, (word[:-1], word[1:]), 1)
    return table


def merged_in_place(tokens: list[int], pair: tuple[int, int], new: int) -> list[int]:
    at = 0
    while at + 1 < len(tokens):
        if (tokens[at], tokens[at + 1]) == pair:
            tokens[at : at + 2] = [new]
        at += 1
    return tokens


def by_the_package(word: str, vocabulary: dict[str, int]) -> list[int]:
    return [vocabulary[token.piece] for token in WordPieceTokenizer(vocabulary).tokenize(word)]


def spelled(word: str, vocabulary: dict[str, int], start: int = 0) -> list[int]:
    for end in range(len(word), start, -1):
        place = vocabulary.get("##" * (start > 0) + word[start:end])
        if place is None:
            continue
        rest = spelled(word, vocabulary, end) if end < len(word) else []
        return [place, *rest] if rest != [0] else [0]
    return [0]


def far_apart(x: np.ndarray) -> np.ndarray:
    squares = (x**2).sum(axis=1)
    return np.sqrt(np.maximum(squares[:, None] + squares - 2 * x @ x.T, 0))


RIGHT: dict[str, list[Answer]] = {
    "tokens/pairs": [counted, counted_by_numpy],
    "tokens/merge": [merged_in_place, lambda tokens, pair, new: merged(tokens, pair, new)],
    "tokens/pieces": [by_the_package, spelled],
    "tokens/one-hot": [one_hot, lambda ids, size: np.eye(size)[ids]],
    "tokens/distances": [far_apart, lambda x: [[float(np.sqrt(((a - b) ** 2).sum())) for b in x] for a in x]],
}


def merged_places(tokens: list[int], pair: tuple[int, int]) -> list[int]:
    return [at for at in range(len(tokens) - 1) if (tokens[at], tokens[at + 1]) == pair]


def merged_from_the_right(tokens: list[int], pair: tuple[int, int], new: int) -> list[int]:
    kept, at = [], len(tokens) - 1
    while at >= 0:
        if at > 0 and (tokens[at - 1], tokens[at]) == pair:
            kept.append(new)
            at -= 2
        else:
            kept.append(tokens[at])
            at -= 1
    return kept[::-1]


def merged_without_the_last(tokens: list[int], pair: tuple[int, int], new: int) -> list[int]:
    kept, at = [], 0
    while at < len(tokens) - 1:
        if (tokens[at], tokens[at + 1]) == pair:
            kept.append(new)
            at += 2
        else:
            kept.append(tokens[at])
            at += 1
    return kept


def merged_in_either_order(tokens: list[int], pair: tuple[int, int], new: int) -> list[int]:
    kept, at = [], 0
    while at < len(tokens):
        if tuple(tokens[at : at + 2]) in (pair, pair[::-1]):
            kept.append(new)
            at += 2
        else:
            kept.append(tokens[at])
            at += 1
    return kept


def merged_over_each_other(tokens: list[int], pair: tuple[int, int], new: int) -> list[int]:
    places = merged_places(tokens, pair)
    gone = {at + 1 for at in places} - set(places)
    return [new if at in places else token for at, token in enumerate(tokens) if at not in gone]


def merged_once(tokens: list[int], pair: tuple[int, int], new: int) -> list[int]:
    for at in merged_places(tokens, pair)[:1]:
        return [*tokens[:at], new, *tokens[at + 2 :]]
    return tokens


def greedy(word: str, vocabulary: dict[str, int], *, mark: str = "##", shortest: bool = False) -> tuple[list[int], str]:
    """The pieces from the left, and what is left over."""
    found, first = [], True
    while word:
        ends = range(1, len(word) + 1) if shortest else range(len(word), 0, -1)
        fits = [end for end in ends if ("" if first else mark) + word[:end] in vocabulary]
        if not fits:
            break
        found.append(vocabulary[("" if first else mark) + word[: fits[0]]])
        word, first = word[fits[0] :], False
    return found, word


def from_the_end(word: str, vocabulary: dict[str, int]) -> list[int]:
    for start in range(len(word)):
        place = vocabulary.get(("##" if start else "") + word[start:])
        if place is not None:
            return ([] if start == 0 else from_the_end(word[:start], vocabulary)) + [place]
    return [0]


WRONG: dict[str, dict[str, Answer]] = {
    "tokens/pairs": {
        "borders": lambda words, size: counted([[token for word in words for token in word]], size),
        "overlapping-once": lambda words, size: (
            counted(words, size) - np.diag([sum(word == [token] * 3 for word in words) for token in range(size)])
        ),
        "once-a-word": lambda words, size: np.sum([counted([word], size) > 0 for word in words], axis=0),
        "both-orders": lambda words, size: counted(words + [word[::-1] for word in words], size),
        "transposed": lambda words, size: counted([word[::-1] for word in words], size),
        "presence": lambda words, size: (counted(words, size) > 0).astype(int),
    },
    "tokens/merge": {
        "from-the-right": merged_from_the_right,
        "used-twice": merged_over_each_other,
        "first-only": merged_once,
        "last-lost": merged_without_the_last,
        "either-order": merged_in_either_order,
        "second-kept": lambda tokens, pair, new: [
            new if at in merged_places(tokens, pair) else token for at, token in enumerate(tokens)
        ],
    },
    "tokens/pieces": {
        "no-mark": lambda word, vocabulary: (
            [0] if greedy(word, vocabulary, mark="")[1] else greedy(word, vocabulary, mark="")[0]
        ),
        "shortest": lambda word, vocabulary: (
            [0] if greedy(word, vocabulary, shortest=True)[1] else greedy(word, vocabulary, shortest=True)[0]
        ),
        "part-unknown": lambda word, vocabulary: greedy(word, vocabulary)[0] + [0] * bool(greedy(word, vocabulary)[1]),
        "part-dropped": lambda word, vocabulary: greedy(word, vocabulary)[0],
        "from-the-end": lambda word, vocabulary: (
            [0] if 0 in from_the_end(word, vocabulary) else from_the_end(word, vocabulary)
        ),
        "whole-words": lambda word, vocabulary: [vocabulary.get(word, 0)],
    },
    "tokens/one-hot": {
        "transposed": lambda ids, size: one_hot(ids, size).T,
        "one-row": lambda ids, size: [float(place in ids) for place in range(size)],
        "counted": lambda ids, size: np.bincount(ids, minlength=size),
        "from-one": lambda ids, size: np.eye(size)[np.array(ids) - 1],
        "too-narrow": lambda ids, size: np.eye(max(ids) + 1)[ids],
        "places": lambda ids, size: np.eye(size)[: len(ids)],
        "id-for-one": lambda ids, size: np.diag(np.arange(size))[ids],
    },
    "tokens/distances": {
        "squared": lambda x: far_apart(x) * far_apart(x),
        "city-blocks": lambda x: np.linalg.norm(x[:, None] - x[None], ord=1, axis=-1),
        "average": lambda x: np.sqrt(((x[:, None] - x[None]) ** 2).mean(axis=-1)),
        "columns": lambda x: far_apart(np.transpose(x)),
        "products": lambda x: np.inner(x, x),
        "angles": lambda x: 1 - (x @ x.T) / np.sqrt((x**2).sum(axis=1)[:, None] * (x**2).sum(axis=1)),
        "lengths": lambda x: abs(np.sqrt((x**2).sum(axis=1))[:, None] - np.sqrt((x**2).sum(axis=1))),
    },
}
