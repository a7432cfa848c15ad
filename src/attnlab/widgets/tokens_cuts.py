"""A text cut in each of the four ways, its ids, and what single words become under the same cut."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from attnlab.embedding import WordVectors
from attnlab.text import UNKNOWN, ByteLevelBPE, CharacterTokenizer, WordTokenizer

CUTS = ("characters", "words", "byte-pairs", "wordpiece")


class Code(NamedTuple):
    """What a word becomes under a cut: its tokens, and its id if it is a single token of the vocabulary."""

    id: int | None
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class Cut:
    """A text as tokens.

    Attributes:
        tokens: the ``T`` tokens as they are shown.
        ids: their ids, ``(T,)``.
        size: how many tokens the vocabulary holds, ``V``.
        code: what a single word becomes under this cut.
    """

    tokens: list[str]
    ids: list[int]
    size: int
    code: Callable[[str], Code]


def cut_text(text: str, cut: str, merges: int, table: WordVectors) -> Cut:
    """Return a text cut one way.

    Characters, words and byte pairs have the vocabulary that the text itself gives; WordPiece has the table's.

    Args:
        text: any text.
        cut: one of ``CUTS``.
        merges: how many merges to learn from the text, for byte pairs.
        table: the word vectors, whose tokens are WordPiece's vocabulary.

    Example:

        >>> from attnlab.embedding import load_word_vectors
        >>> found = cut_text("low lower", "byte-pairs", 2, load_word_vectors())
        >>> found.tokens, found.ids, found.size
        (['low', ' ', 'low', 'e', 'r'], [257, 32, 257, 101, 114], 258)
        >>> found.code("slow")
        Code(id=None, pieces=('s', 'low'))
    """
    if cut == "byte-pairs":
        return _by_pairs(text, merges)
    if cut == "wordpiece":
        return _by_pieces(text, table)
    return _by_list(text, CharacterTokenizer if cut == "characters" else WordTokenizer)


def shown_bytes(token: bytes) -> str:
    """Return the text that bytes spell, or, where they are no whole characters, the bytes: ``<E7 8C>``.

    Example:

        >>> shown_bytes(b"low"), shown_bytes("猴".encode()[:2])
        ('low', '<E7 8C>')
    """
    try:
        return token.decode("utf-8")
    except UnicodeDecodeError:
        return f"<{token.hex(' ').upper()}>"


def _by_list(text: str, tokenizer: type[CharacterTokenizer] | type[WordTokenizer]) -> Cut:
    tokens = tokenizer.tokenize(text)
    index = tokenizer.from_text(text).vocabulary.index if tokens else {}

    def code(word: str) -> Code:
        pieces = tuple(tokenizer.tokenize(word))
        return Code(index.get(pieces[0]) if len(pieces) == 1 else None, pieces)

    return Cut(tokens, [index[token] for token in tokens], len(index), code)


def _by_pairs(text: str, merges: int) -> Cut:
    bpe = ByteLevelBPE.train(text, merges) if text else ByteLevelBPE([])
    ids = bpe.encode(text)

    def code(word: str) -> Code:
        # Inside a text most words stand behind a space, which belongs to them.
        within, alone = bpe.encode(f" {word}"), bpe.encode(word)
        found = next((one for one in (within, alone) if len(one) == 1), alone)
        return Code(found[0] if len(found) == 1 else None, tuple(shown_bytes(bpe.tokens[place]) for place in found))

    return Cut([shown_bytes(bpe.tokens[place]) for place in ids], ids, len(bpe), code)


def _by_pieces(text: str, table: WordVectors) -> Cut:
    def pieces_of(text: str) -> list[str]:
        return [token.piece for token in table.tokenizer.tokenize(text)]

    def code(word: str) -> Code:
        pieces = tuple(pieces_of(word))
        single = len(pieces) == 1 and pieces[0] != UNKNOWN
        return Code(table.index[pieces[0]] if single else None, pieces)

    tokens = pieces_of(text)
    return Cut(tokens, [table.index[token] for token in tokens], len(table), code)
