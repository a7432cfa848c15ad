"""A sentence cut into tokens, the way BERT's uncased WordPiece tokenizer does it.

First the sentence is made plain (no control characters, no accents, lower case) and cut into words at white space and
punctuation. Then each word is spelled with the longest pieces that the vocabulary holds, from left to right; a piece
that goes on inside a word is written ``##piece``.

Source: Wu et al., *Google's Neural Machine Translation System* (2016), section 4.1 (the pieces); Devlin et al., *BERT*
(2019), section 3, and its published code (the rules for words).
"""

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

UNKNOWN = "[UNK]"
CONTINUES = "##"
LONGEST_WORD = 100  # characters; a longer word is unknown

# Control characters, those that only join or order others, private ones and halves of pairs. Code points that are not
# assigned yet stay: which these are depends on the version of Unicode.
REMOVED = ("Cc", "Cf", "Co", "Cs")

# Chinese characters. Each is a word of its own, since Chinese puts no spaces between words. Kana and Hangul are not
# among them.
IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


@dataclass(frozen=True)
class Token:
    """One token of a sentence.

    Attributes:
        text: the characters that the reader typed for it. Where one character becomes several pieces (a Korean
            syllable is spelled letter by letter), the first carries it and the others show their own letters.
        piece: the entry of the vocabulary that stands for them, or ``[UNK]``.
        word: which word of the sentence it belongs to, counted from 0.
        known: whether the vocabulary has an entry for it.
    """

    text: str
    piece: str
    word: int
    known: bool


class WordPieceTokenizer:
    """Cuts sentences into the pieces of one vocabulary.

    Args:
        tokens: the vocabulary: whole words, single characters, and ``##`` pieces that continue a word.

    Raises:
        TypeError: ``tokens`` is one string instead of several.

    Example:

        >>> tokenizer = WordPieceTokenizer(["i", "ate", "melon", "##s", "!"])
        >>> [token.piece for token in tokenizer.tokenize("I ate melons!")]
        ['i', 'ate', 'melon', '##s', '!']
        >>> tokenizer.tokenize("Kiwi")
        [Token(text='Kiwi', piece='[UNK]', word=0, known=False)]
    """

    def __init__(self, tokens: Collection[str]) -> None:
        if isinstance(tokens, str):
            raise TypeError("the vocabulary must be a list of tokens, got one string")
        self.vocabulary = frozenset(tokens)

    def tokenize(self, text: str) -> list[Token]:
        """Return the tokens of ``text`` in order; an empty list if it holds no word.

        Raises:
            TypeError: ``text`` is not a string.

        Example: accents and capitals are dropped from the piece, never from what the reader sees.

            >>> WordPieceTokenizer(["cafe"]).tokenize("Café")
            [Token(text='Café', piece='cafe', word=0, known=True)]
        """
        if not isinstance(text, str):
            raise TypeError(f"text must be a string, got {type(text).__name__}")
        tokens = []
        for index, word in enumerate(_words(text)):
            tokens += self._spell(text, word, index)
        return tokens

    def _spell(self, text: str, word: "list[_Letter]", index: int) -> list[Token]:
        """The pieces of one word, each time the longest that fits; one ``[UNK]`` if any part cannot be spelled."""
        start, tokens = 0, []
        while start < len(word) <= LONGEST_WORD:
            end = next(
                (end for end in range(len(word), start, -1) if _piece(word, start, end) in self.vocabulary), None
            )
            if end is None:
                break
            # A piece begins where the one before it ended, so that no typed accent is lost between the two.
            first = word[start].place if start == 0 else word[start - 1].end
            typed = text[first : word[end - 1].end]
            piece = _piece(word, start, end)
            tokens.append(Token(typed or piece.removeprefix(CONTINUES), piece, index, known=True))
            start = end
        if start < len(word):
            return [Token(text[word[0].place : word[-1].end], UNKNOWN, index, known=False)]
        return tokens


class _Letter(NamedTuple):
    """A character of the plain text, and the stretch of the typed text that it stands for."""

    character: str
    place: int
    end: int


def _piece(word: Sequence[_Letter], start: int, end: int) -> str:
    """The vocabulary's spelling of ``word[start:end]``."""
    return (CONTINUES if start else "") + "".join(letter.character for letter in word[start:end])


def _words(text: str) -> Iterator[list[_Letter]]:
    """The words of a text. Punctuation marks and Chinese characters are words of one letter."""
    word: list[_Letter] = []
    for place, typed in enumerate(text):
        for character in _plain(typed):
            alone = _is_punctuation(character) or _is_ideograph(typed)
            if (character == " " or alone) and word:
                yield word
                word = []
            if alone:
                yield [_Letter(character, place, place + 1)]
            elif character != " ":
                word.append(_Letter(character, place, place + 1))
        if word and not _plain(typed):
            word[-1] = word[-1]._replace(end=place + 1)  # an accent typed after its letter belongs to it
    if word:
        yield word


def _plain(character: str) -> str:
    """A character without accents and in lower case: often one, sometimes none or several. White space is one space."""
    if character not in "\t\n\r" and unicodedata.category(character) in REMOVED:
        return ""
    if character == "\ufffd":
        return ""
    if character.isspace():
        return " "
    parts = unicodedata.normalize("NFD", character)
    return "".join(part.lower() for part in parts if unicodedata.category(part) != "Mn")


def _is_punctuation(character: str) -> bool:
    """Punctuation by Unicode, and every other ASCII sign: BERT counts ``$``, ``+``, ``<`` and their like as well."""
    if character.isascii():
        return character.isprintable() and not character.isalnum() and character != " "
    return unicodedata.category(character).startswith("P")


def _is_ideograph(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in IDEOGRAPHS)
