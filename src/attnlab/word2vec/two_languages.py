"""Two languages, each with word vectors of its own, and a small dictionary to lay one space on the other.

The Chinese vectors were trained on Chinese sentences alone, the English ones on English sentences alone. So the same
meaning stands at different places in the two spaces, and only a map between them can tell which places belong together.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attnlab.embedding import cosine, procrustes_alignment
from attnlab.word2vec.vectors import TrainedVectors, load_word2vec

SHIPPED = Path(__file__).parents[1] / "models" / "two_languages"
DICTIONARY = Path(__file__).with_name("dictionary.tsv")
LANGUAGES = ("chinese", "english")

Pairs = Sequence[tuple[str, str]]
Floats = NDArray[np.float64]


class TwoLanguages(NamedTuple):
    """Vectors of two languages, and a dictionary of which both know every word.

    Attributes:
        chinese, english: the vectors, trained apart.
        dictionary: pairs of a Chinese and an English word. A word may stand in several.
    """

    chinese: TrainedVectors
    english: TrainedVectors
    dictionary: tuple[tuple[str, str], ...]


def load_two_languages(folder: str | os.PathLike[str] = SHIPPED) -> TwoLanguages:
    """Return the vectors of both languages in a folder, and those pairs of the book's dictionary that they know.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is cut short or is something else.

    Example:

        >>> two = load_two_languages()
        >>> two.chinese["苹果"].shape, two.english["apple"].shape
        ((32,), (32,))
        >>> ("苹果", "apple") in two.dictionary
        True
    """
    chinese, english = (load_word2vec(Path(folder) / language) for language in LANGUAGES)
    return TwoLanguages(chinese, english, known_pairs(chinese, english))


def known_pairs(chinese: TrainedVectors, english: TrainedVectors) -> tuple[tuple[str, str], ...]:
    """Return those pairs of the book's dictionary of which both words have vectors.

    Example:

        >>> two = load_two_languages()
        >>> known_pairs(two.chinese, two.english) == two.dictionary
        True
    """
    return tuple(pair for pair in read_dictionary() if pair[0] in chinese and pair[1] in english)


def read_dictionary(path: str | os.PathLike[str] = DICTIONARY) -> list[tuple[str, str]]:
    """Return the word pairs of a file: a line holds a word, a tab and its translation.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line, which is named, is something else.

    Example:

        >>> pairs = read_dictionary()
        >>> len(pairs) > 250, ("水", "water") in pairs
        (True, True)
    """
    pairs = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        word, tab, translation = line.partition("\t")
        if not (word and tab and translation) or "\t" in translation:
            raise ValueError(f"{Path(path).name}:{number}: {line[:40]!r} is not a word, a tab and a word")
        pairs.append((word, translation))
    return pairs


def directions(vectors: ArrayLike) -> Floats:
    """Return vectors with their mean taken off, at length 1: ``(V, D) -> (V, D)``. What is left are directions.

    Example: both pairs of opposite points become opposite directions.

        >>> directions([[3.0, 1.0], [1.0, 1.0], [2.0, 5.0], [2.0, -3.0]]).tolist()
        [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]
    """
    rows = np.asarray(vectors, dtype=np.float64)
    centered = rows - rows.mean(axis=0)
    lengths = np.linalg.norm(centered, axis=1, keepdims=True)
    found: Floats = np.divide(centered, lengths, out=np.zeros_like(centered), where=lengths > 0)
    return found


def held_out_words(pairs: Pairs, folds: int = 5, seed: int = 0) -> Iterator[tuple[list[tuple[str, str]], list[str]]]:
    """Yield, for each of some parts of a dictionary, the pairs to learn from and the words that are held out.

    No pair of a held-out word is learned from, so that a word with two translations gives none of them away.

    Raises:
        ValueError: there are fewer different words than parts, or fewer than 2 parts.

    Example:

        >>> pairs = [("看", "look"), ("看", "see"), ("水", "water"), ("书", "book")]
        >>> sorted((asked, len(known)) for known, asked in held_out_words(pairs, folds=3))
        [(['书'], 3), (['水'], 3), (['看'], 2)]
    """
    words = sorted({word for word, _ in pairs})
    if not 2 <= folds <= len(words):
        raise ValueError(f"folds must be from 2 to {len(words)}, the number of different words, got {folds}")
    order = np.random.default_rng(seed).permutation(len(words))
    for fold in range(folds):
        asked = [words[place] for place in order[fold::folds]]
        yield [pair for pair in pairs if pair[0] not in set(asked)], asked


def translation_ranks(two: TwoLanguages, *, folds: int = 5, seed: int = 0, aligned: bool = True) -> NDArray[np.int64]:
    """Return, for each different Chinese word of the dictionary, the rank of its translation when it is held out.

    The dictionary is cut into parts. For each, an orthogonal map is learned from the other parts, the held-out words
    are carried over by it, and all English words are ranked by their cosine. Rank 1 is a right answer. Of several
    translations the best rank counts.

    Args:
        two: the vectors and the dictionary.
        folds: how many parts.
        seed: decides which word is in which part.
        aligned: without it the vectors are compared as they are, for comparison.

    Source: Mikolov, Le and Sutskever, *Exploiting Similarities among Languages for Machine Translation* (2013); with an
    orthogonal map, Xing et al. (2015).

    Example: by chance, one in a thousand would be right, and one in two hundred among the first five.

        >>> ranks = translation_ranks(load_two_languages())
        >>> bool((ranks == 1).mean() > 0.1), bool((ranks <= 5).mean() > 0.3)
        (True, True)
    """
    source, target = directions(two.chinese.vectors), directions(two.english.vectors)
    right: dict[str, list[int]] = {}
    for word, translation in two.dictionary:
        right.setdefault(word, []).append(two.english.index[translation])
    ranks = []
    for known, asked in held_out_words(two.dictionary, folds, seed):
        rows = [two.chinese.index[word] for word, _ in known], [two.english.index[word] for _, word in known]
        turn = procrustes_alignment(source[rows[0]], target[rows[1]]) if aligned else np.eye(source.shape[1])
        for word in asked:
            cosines = cosine(target, source[two.chinese.index[word]] @ turn)  # (V,)
            ranks.append(1 + int((cosines > cosines[right[word]].max()).sum()))
    return np.array(ranks)
