"""The words of a sentence, as BERT's uncased tokenizer finds them.

The sentence is made plain (no control characters, no accents, lower case) and cut at white space and punctuation. Each
letter remembers which stretch of the typed text it stands for.

Source: Devlin et al., *BERT* (2019), its published code.
"""

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

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


class Letter(NamedTuple):
    """A character of the plain text, and the stretch of the typed text that it stands for."""

    character: str
    place: int
    end: int


def words(text: str) -> Iterator[list[Letter]]:
    """Return the words of a text. Punctuation marks and Chinese characters are words of one letter."""
    word: list[Letter] = []
    for place, typed in enumerate(text):
        for character in _plain(typed):
            alone = _is_punctuation(character) or is_ideograph(typed)
            if (character == " " or alone) and word:
                yield word
                word = []
            if alone:
                yield [Letter(character, place, place + 1)]
            elif character != " ":
                word.append(Letter(character, place, place + 1))
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


def is_ideograph(character: str) -> bool:
    """Return whether a character is one of the Chinese characters, by BERT's ranges."""
    return any(first <= ord(character) <= last for first, last in IDEOGRAPHS)
