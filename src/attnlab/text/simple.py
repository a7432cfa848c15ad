"""The two simple ways to cut a text: into characters, and into words."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import Self, SupportsIndex

from attnlab.text.bert_words import is_ideograph
from attnlab.text.special_tokens import NO_SPECIALS, SpecialIds, SpecialTokens
from attnlab.text.vocabulary import Vocabulary


class _ListTokenizer(SpecialIds):
    """What tokenizers with a vocabulary of whole tokens have in common: all but how they cut a text."""

    between = ""  # what stands between two tokens of a decoded text

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.special = vocabulary.special

    @classmethod
    def from_text(
        cls,
        texts: str | Iterable[str],
        *,
        special: SpecialTokens = NO_SPECIALS,
        min_count: int = 1,
        max_size: int | None = None,
    ) -> Self:
        """Return the tokenizer whose vocabulary is that of some texts; see ``Vocabulary.from_counts``.

        Raises:
            TypeError: a text is not a string.
            ValueError: the texts hold no token, or as for ``Vocabulary.from_counts``.
        """
        counts = Counter(
            token for text in ([texts] if isinstance(texts, str) else texts) for token in cls.tokenize(text)
        )
        if not counts:
            raise ValueError("the texts hold 0 tokens: there is nothing to make a vocabulary of")
        return cls(Vocabulary.from_counts(counts, special=special, min_count=min_count, max_size=max_size))

    @staticmethod
    def tokenize(text: str) -> list[str]:
        raise NotImplementedError

    def __len__(self) -> int:
        """How many ids there are."""
        return len(self.vocabulary)

    def _place_of(self, token: str) -> int:
        return self.vocabulary.index[token]

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, ``(T,)``. Typed text never gives a special token, but for the unknown one.

        Raises:
            TypeError: the text is not a string.
            ValueError: the vocabulary lacks a token of the text, and has no unknown token.
        """
        return self.vocabulary.encode(self.tokenize(text), typed=True)

    def decode(self, ids: Iterable[SupportsIndex], *, skip_special: bool = False) -> str:
        """Return the text of some ids ``(T,)``, special tokens by their names or left out.

        Raises:
            TypeError: the ids are not whole numbers.
            ValueError: an id is out of range, or the ids have more axes than one.
        """
        return self.between.join(self.vocabulary.decode(ids, skip_special=skip_special))


class CharacterTokenizer(_ListTokenizer):
    """Cuts a text into its characters: one token for each code point, white space included.

    Args:
        vocabulary: the characters and the special tokens.

    Example:

        >>> tokenizer = CharacterTokenizer.from_text("banana")
        >>> tokenizer.vocabulary.tokens  # a three times, n twice, b once
        ('a', 'n', 'b')
        >>> tokenizer.encode("nab")
        [1, 0, 2]
        >>> tokenizer.decode([2, 0, 1])
        'ban'
    """

    @staticmethod
    def tokenize(text: str) -> list[str]:
        """Return the characters of a text in order. Raises TypeError if it is not a string."""
        return list(_checked(text))


class WordTokenizer(_ListTokenizer):
    """Cuts a text into words: what stands between spaces, with every sign a token of its own.

    A word is a run of letters, marks on letters, digits and ``_``. Chinese puts no spaces between words, so each of its
    characters is a word. Capitals stay: give it ``text.lower()`` where they should not count.

    Args:
        vocabulary: the words and the special tokens.

    Example: the spaces are gone, so decoding puts one between each two tokens.

        >>> tokenizer = WordTokenizer.from_text("to be or not to be", special=SpecialTokens(unknown="<unknown>"))
        >>> tokenizer.vocabulary.tokens
        ('<unknown>', 'be', 'to', 'not', 'or')
        >>> tokenizer.encode("not to  see")
        [3, 2, 0]
        >>> tokenizer.decode([3, 2, 0])
        'not to <unknown>'
    """

    between = " "

    @staticmethod
    def tokenize(text: str) -> list[str]:
        """Return the words and signs of a text in order. Raises TypeError if it is not a string.

        Example:

            >>> WordTokenizer.tokenize("It's 3.5 猴子!")
            ['It', "'", 's', '3', '.', '5', '猴', '子', '!']
        """
        return list(_words(_checked(text)))


def _words(text: str) -> Iterator[str]:
    for kind, run in groupby(text, key=_kind):
        if kind == "word":
            yield "".join(run)
        elif kind == "alone":
            yield from run


@cache
def _kind(character: str) -> str:
    """Whether a character is part of a word, a token by itself, or space between tokens."""
    if character.isspace():
        return "space"
    if is_ideograph(character):
        return "alone"
    return "word" if character == "_" or unicodedata.category(character)[0] in "LMN" else "alone"


def _checked(text: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"text must be a string, got {type(text).__name__}")
    return text
