"""A small text made ready for training word by word: its sentences, its words, and who is whose context.

The page does the same; a parity test compares the two.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from attnlab.text import Vocabulary, WordTokenizer

MAX_WORDS = 120  # in the vocabulary: more rows could not be told apart on screen
# A full stop inside a number or an abbreviation ends no sentence.
END_OF_SENTENCE = re.compile(r"[!?…。！？\n\r\u2028\u2029]|\.(?![0-9a-z_])")

Problem = Literal["empty", "one-word", "no-context"]


@dataclass(frozen=True, eq=False)
class Corpus:
    """A text as numbers.

    Attributes:
        words: the vocabulary, at most 120 words, the most frequent first; of equally frequent ones, the one whose code
            points are smaller.
        counts: ``(V,)``, how often each is in the text.
        sentences: each as ids; words that are left out are gone, and their neighbors stand side by side.
        left_out: how many different words the vocabulary has no room for.
        left_out_times: how often they are in the text together.
    """

    words: tuple[str, ...]
    counts: NDArray[np.int64]
    sentences: list[list[int]]
    left_out: int
    left_out_times: int

    def noise_ends(self) -> NDArray[np.float64]:
        """Return where each word ends ``(V,)`` when words lie side by side, each as wide as its count to the 3/4.

        By square roots, which every machine rounds alike: so the page draws the same words.

        Source: Mikolov et al., *Distributed Representations of Words and Phrases* (2013), section 2.2.
        """
        roots = np.sqrt(self.counts.astype(np.float64))
        return np.cumsum(roots * np.sqrt(roots))

    def places(self, window: int) -> list[tuple[int, list[int]]]:
        """Return the center and the context of each place of the window, from the start of the text to its end.

        Example:

            >>> corpus = read("Kings eat. Hush!")
            >>> [(corpus.words[center], len(context)) for center, context in corpus.places(2)]
            [('kings', 1), ('eat', 1)]
        """
        found = []
        for ids in self.sentences:
            for place, center in enumerate(ids):
                context = ids[max(0, place - window) : place] + ids[place + 1 : place + 1 + window]
                if context:  # a word that stands alone predicts nothing
                    found.append((center, context))
        return found

    @property
    def problem(self) -> Problem | None:
        """Why nothing can be learned from the text, or None.

        Example:

            >>> [read(text).problem for text in ("?!", "One. One!", "Red. Blue.", "Red wine.")]
            ['empty', 'one-word', 'no-context', None]
        """
        if not self.words:
            return "empty"
        if len(self.words) < 2:
            return "one-word"
        return None if any(len(sentence) > 1 for sentence in self.sentences) else "no-context"


def sentences_of(text: str) -> list[list[str]]:
    """Return the words of each sentence in lower case, signs left out; sentences without a word are left out, too.

    Example:

        >>> sentences_of("Pi is 3.14! 猫吃鱼。")
        [['pi', 'is', '3', '14'], ['猫', '吃', '鱼']]
    """
    parts = (WordTokenizer.tokenize(part) for part in END_OF_SENTENCE.split(text.lower()))
    words = ([token for token in part if _is_word(token)] for part in parts)
    return [part for part in words if part]


def read(text: str) -> Corpus:
    """Return a text as numbers. Every text has them: whether anything can be learned is said by ``problem``.

    Example:

        >>> corpus = read("Cats eat fish. Dogs eat meat.")
        >>> corpus.words, corpus.sentences
        (('eat', 'cats', 'dogs', 'fish', 'meat'), [[1, 0, 3], [2, 0, 4]])
    """
    sentences = sentences_of(text)
    found = Counter(word for sentence in sentences for word in sentence)
    words = Vocabulary.from_counts(found, max_size=MAX_WORDS).tokens if found else ()
    index = {word: place for place, word in enumerate(words)}
    counts = np.array([found[word] for word in words], dtype=np.int64)
    kept = [[index[word] for word in sentence if word in index] for sentence in sentences]
    return Corpus(words, counts, kept, len(found) - len(words), found.total() - int(counts.sum()))


def _is_word(token: str) -> bool:
    return token[0] == "_" or unicodedata.category(token[0])[0] in "LMN"
