"""A sentence cut into tokens, the way BERT's uncased WordPiece tokenizer does it.

First the sentence is made plain (no control characters, no accents, lower case) and cut into words at white space and
punctuation. Then each word is spelled with the longest pieces that the vocabulary holds, from left to right; a piece
that goes on inside a word is written ``##piece``.

One departure from Hugging Face's tokenizer: there a typed ``[MASK]`` is the mask token. Here typed text never gives a
special token; write ``tokenizer.mask_id`` into the ids instead.

Source: Wu et al., *Google's Neural Machine Translation System* (2016), section 4.1 (the pieces); Devlin et al., *BERT*
(2019), section 3, and its published code (the rules for words).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

from attnlab.text.bert_words import Letter, words
from attnlab.text.special_tokens import BERT_SPECIALS, NO_SPECIALS, SpecialIds, SpecialTokens
from attnlab.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from torch import Tensor

UNKNOWN = "[UNK]"
CONTINUES = "##"
LONGEST_WORD = 100  # characters; a longer word is unknown


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


class WordPieceTokenizer(SpecialIds):
    """Cuts sentences into the pieces of one vocabulary, and gives their ids.

    Args:
        tokens: the vocabulary: whole words, single characters, and ``##`` pieces that continue a word.
        special: which of them are special. They must be given for ids; cutting alone needs none.

    Raises:
        TypeError: ``tokens`` is one string instead of several.
        ValueError: ``special`` is given and ``tokens`` is not a vocabulary that holds them.

    Source: Devlin et al. (2019), section 3.

    Example:

        >>> tokenizer = WordPieceTokenizer(["i", "ate", "melon", "##s", "!"])
        >>> [token.piece for token in tokenizer.tokenize("I ate melons!")]
        ['i', 'ate', 'melon', '##s', '!']
        >>> tokenizer.tokenize("Kiwi")
        [Token(text='Kiwi', piece='[UNK]', word=0, known=False)]
    """

    def __init__(self, tokens: Collection[str], *, special: SpecialTokens | None = None) -> None:
        if isinstance(tokens, str):
            raise TypeError("the vocabulary must be a list of tokens, got one string")
        self._entries = None if special is None else Vocabulary(tokens, special=special)
        self.special = special or NO_SPECIALS
        self.vocabulary = frozenset(tokens) - frozenset(self.special.present)

    @classmethod
    def from_file(cls, path: str | PathLike[str], *, special: SpecialTokens = BERT_SPECIALS) -> "WordPieceTokenizer":
        """Return the tokenizer of a vocabulary file, one token a line, as BERT's ``vocab.txt``.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is not UTF-8, or its lines are not a vocabulary that holds the special tokens.
        """
        return cls(Vocabulary.from_file(path, special=special).tokens, special=special)

    @property
    def entries(self) -> Vocabulary:
        """The tokens and their ids. ValueError if the tokenizer was made without special tokens."""
        if self._entries is None:
            raise ValueError("this tokenizer has pieces but no ids: make it with special tokens, or from a file")
        return self._entries

    def __len__(self) -> int:
        """How many ids there are."""
        return len(self.entries)

    def _place_of(self, token: str) -> int:
        return self.entries.index[token]

    def encode(
        self, text: str, pair: str | None = None, *, max_length: int | None = None, cut: bool = False
    ) -> list[int]:
        """Return the ids of ``[CLS] text [SEP]``, or of ``[CLS] text [SEP] pair [SEP]``; ``(T,)``.

        Args:
            text: the text. One without a word gives the special tokens alone.
            pair: a second text, as for "does the one follow from the other?".
            max_length: how many ids there may be at most, special tokens included.
            cut: drop what is too much from the end of the longer text, until both are equally long, then in turn.

        Raises:
            TypeError: a text is not a string.
            ValueError: the text is too long and ``cut`` was not asked for, ``max_length`` has no room for the special
                tokens, or the tokenizer was made without them.

        Source: Devlin et al. (2019), section 3, figure 2.

        Example: ids are places in the list.

            >>> tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "i", "ate", "melon", "##s"]
            >>> tokenizer = WordPieceTokenizer(tokens, special=BERT_SPECIALS)
            >>> tokenizer.encode("I ate melons")
            [2, 5, 6, 7, 8, 3]
            >>> tokenizer.encode("I ate", "kiwi melons", max_length=6, cut=True)
            [2, 5, 3, 1, 7, 3]
        """
        texts = [text] if pair is None else [text, pair]
        ids = [self._text_ids(each) for each in texts]
        total, marks = sum(map(len, ids)), len(texts) + 1
        if max_length is not None and total + marks > max_length:
            if max_length < marks:
                raise ValueError(f"max_length={max_length} has no room for the {marks} special tokens")
            if not cut:
                raise ValueError(
                    f"{total} tokens and {marks} special ones are {total + marks}, but max_length={max_length}; "
                    "cut=True drops the rest"
                )
            ids = _cut_to(ids, max_length - marks)
        return [self.start_id, *(place for each in ids for place in (*each, self.end_id))]

    def _text_ids(self, text: str) -> list[int]:
        tokens = self.tokenize(text)
        return [self.entries.index[token.piece] if token.known else self.unknown_id for token in tokens]

    def batch(
        self, texts: Sequence[str | tuple[str, str]], *, max_length: int | None = None, cut: bool = False
    ) -> "tuple[Tensor, Tensor]":
        """Return the ids of several texts, padded to the longest, and which of them are real.

        Args:
            texts: the ``B`` texts; a tuple of two is a text and its second text.
            max_length, cut: as for ``encode``.

        Returns:
            ids ``(B, T)``, int64, and token_mask ``(B, T)``, bool, True where a token is real.

        Raises:
            TypeError: ``texts`` is one string, or one of them is neither a string nor two.
            ValueError: there is no text, or as for ``encode``.

        Example:

            >>> tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "i", "ate", "melon", "##s"]
            >>> ids, token_mask = WordPieceTokenizer(tokens, special=BERT_SPECIALS).batch(["I ate", "melons ate I"])
            >>> ids
            tensor([[2, 5, 6, 3, 0, 0],
                    [2, 7, 8, 6, 5, 3]])
            >>> token_mask.sum(dim=1)
            tensor([4, 6])
        """
        import torch  # takes a second or two, which cutting a text need not wait for

        if isinstance(texts, str):
            raise TypeError("a batch is a list of texts, got one string")
        if len(texts) == 0:
            raise ValueError("a batch needs at least 1 text, got 0")
        rows = []
        for row, text in enumerate(texts):
            if not isinstance(text, str | tuple):
                raise TypeError(f"text {row} must be a string or a tuple of two, got {type(text).__name__}")
            parts = (text,) if isinstance(text, str) else text
            if len(parts) not in (1, 2):
                raise ValueError(f"text {row} is {len(parts)} texts: it must be 1 or 2")
            try:
                rows.append(self.encode(*parts, max_length=max_length, cut=cut))
            except ValueError as problem:
                raise ValueError(f"text {row}: {problem}") from None
        longest = max(map(len, rows))
        ids = torch.tensor([row + [self.pad_id] * (longest - len(row)) for row in rows])  # (B, T)
        lengths = torch.tensor([len(row) for row in rows])
        return ids, torch.arange(longest) < lengths[:, None]  # (B, T), (B, T)

    def segments(self, ids: "Tensor") -> "Tensor":
        """Return which text each token belongs to, ``(..., T)``: 1 for the second text and its ``[SEP]``, else 0.

        Source: Devlin et al. (2019), section 3, figure 2 (segment embeddings).

        Example:

            >>> import torch
            >>> tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "i", "ate", "melon", "##s"]
            >>> tokenizer = WordPieceTokenizer(tokens, special=BERT_SPECIALS)
            >>> tokenizer.segments(torch.tensor(tokenizer.encode("I ate", "melons")))
            tensor([0, 0, 0, 0, 1, 1, 1])
        """
        ends = (ids == self.end_id).long()
        closed = ends.cumsum(dim=-1) - ends  # (..., T): how many texts are over before a token
        return ((closed == 1) & (ids != self.pad_id)).long()

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
        for index, word in enumerate(words(text)):
            tokens += self._spell(text, word, index)
        return tokens

    def _spell(self, text: str, word: list[Letter], index: int) -> list[Token]:
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


def _cut_to(texts: list[list[int]], room: int) -> list[list[int]]:
    """One or two texts cut to ``room`` tokens together, the longer first; of an odd number the longer keeps one more.

    Of two that are equally long the second counts as the longer, as in Hugging Face's "longest first".
    """
    if len(texts) == 1:
        return [texts[0][:room]]
    first, second = texts
    shorter = min(len(first), len(second), room // 2)
    if len(first) > len(second):
        return [first[: room - shorter], second[:shorter]]
    return [first[:shorter], second[: room - shorter]]


def _piece(word: Sequence[Letter], start: int, end: int) -> str:
    """The vocabulary's spelling of ``word[start:end]``."""
    return (CONTINUES if start else "") + "".join(letter.character for letter in word[start:end])
