"""Tokens and their ids: the list that every model reads and writes through.

A token's id is its place in the list. Without an unknown token, a word that the list lacks is an error.
"""

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, SupportsIndex

from attnlab.text.special_tokens import NO_SPECIALS, SpecialIds, SpecialTokens, is_encodable


class Vocabulary(SpecialIds):
    """An ordered list of different tokens; a token's id is its place in it.

    Args:
        tokens: the tokens, special ones among them.
        special: which of them are special.

    Raises:
        TypeError: ``tokens`` is one string, or one of them is not a string.
        ValueError: there is none, one is empty, one is there twice, or a special one is not among them.

    Example:

        >>> vocabulary = Vocabulary(["<unknown>", "apple", "pear"], special=SpecialTokens(unknown="<unknown>"))
        >>> vocabulary.encode(["pear", "kiwi", "apple"])
        [2, 0, 1]
        >>> vocabulary.decode([2, 0, 1])
        ['pear', '<unknown>', 'apple']
        >>> vocabulary.unknown_id, len(vocabulary), "kiwi" in vocabulary
        (0, 3, False)
    """

    def __init__(self, tokens: Iterable[str], *, special: SpecialTokens = NO_SPECIALS) -> None:
        if isinstance(tokens, str):
            raise TypeError("the vocabulary must be a list of tokens, got one string")
        self.tokens = tuple(tokens)
        self.special = special
        self.index: dict[str, int] = {}
        for place, token in enumerate(self.tokens):
            if not isinstance(token, str):
                raise TypeError(f"token {place} must be a string, got {type(token).__name__}")
            if token == "":
                raise ValueError(f"token {place} of {len(self.tokens)} has 0 characters, it needs at least 1")
            if token in self.index:
                raise ValueError(f"{token!r} is token {self.index[token]} and token {place}: each may be there once")
            self.index[token] = place
        if not self.tokens:
            raise ValueError("a vocabulary needs at least 1 token, got 0")
        for token in special.present:
            if token not in self.index:
                raise ValueError(f"the special token {token!r} is not among the {len(self.tokens)} tokens")

    @classmethod
    def from_counts(
        cls,
        counts: Mapping[str, int],
        *,
        special: SpecialTokens = NO_SPECIALS,
        min_count: int = 1,
        max_size: int | None = None,
    ) -> "Vocabulary":
        """Return the vocabulary of a text: the special tokens first, then the others, the most frequent first.

        Of two that are equally frequent, the one whose code points are smaller comes first, so that the same counts
        give the same ids everywhere.

        Args:
            counts: how often each token was met.
            special: the special tokens to put first.
            min_count: a token met less often is left out.
            max_size: how many tokens to keep at most, special ones included; all unless given.

        Raises:
            ValueError: nothing is left, ``min_count`` is less than 1, ``max_size`` has no room for anything but the
                special tokens, or the text itself holds a special token.

        Example:

            >>> counts = {"pear": 2, "kiwi": 1, "apple": 2, "fig": 3}
            >>> Vocabulary.from_counts(counts, special=SpecialTokens(pad="<pad>"), min_count=2).tokens
            ('<pad>', 'fig', 'apple', 'pear')
        """
        if min_count < 1:
            raise ValueError(f"min_count must be at least 1, got {min_count}")
        reserved = special.present
        if max_size is not None and max_size <= len(reserved):
            raise ValueError(f"max_size={max_size} leaves no room beside {len(reserved)} special tokens")
        for token in reserved:
            if token in counts:
                raise ValueError(f"the special token {token!r} is in the text itself, {counts[token]} times")
        frequent = sorted((-count, token) for token, count in counts.items() if count >= min_count)
        if not frequent:
            raise ValueError(f"none of the {len(counts)} different tokens was met at least {min_count} times")
        room = None if max_size is None else max_size - len(reserved)
        return cls((*reserved, *(token for _, token in frequent[:room])), special=special)

    @classmethod
    def from_file(cls, path: str | PathLike[str], *, special: SpecialTokens = NO_SPECIALS) -> "Vocabulary":
        """Return the vocabulary in a UTF-8 text file, one token a line, as BERT's ``vocab.txt``.

        A line ends with a line feed, or with a carriage return and a line feed. Nothing else is taken away.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is not UTF-8, or its lines are not a vocabulary.
        """
        content = Path(path).read_bytes()
        try:
            lines = content.decode("utf-8").replace("\r\n", "\n").split("\n")
        except UnicodeDecodeError as problem:
            raise ValueError(f"{path}: byte {problem.start} of {len(content)} is not UTF-8") from problem
        if lines[-1] == "":
            lines.pop()
        try:
            return cls(lines, special=special)
        except ValueError as problem:
            raise ValueError(f"{path}: {problem}") from problem

    def to_file(self, path: str | PathLike[str]) -> None:
        """Write the tokens to a UTF-8 text file, one a line. Which of them are special is not written.

        Raises:
            ValueError: a token does not survive that: it holds a line feed, ends with a carriage return, or is half
                of a surrogate pair. ``to_dict`` has no such limits.
        """
        for place, token in enumerate(self.tokens):
            if "\n" in token or token.endswith("\r"):
                raise ValueError(f"token {place} of {len(self)}, {token!r}, holds a line break: use to_dict and JSON")
            if not is_encodable(token):
                raise ValueError(f"token {place} of {len(self)}, {token!r}, has no UTF-8: use to_dict and JSON")
        Path(path).write_bytes("".join(f"{token}\n" for token in self.tokens).encode("utf-8"))

    def to_dict(self) -> dict[str, Any]:
        """Return the vocabulary as plain lists and dicts, ready for JSON."""
        return {"tokens": list(self.tokens), "special": asdict(self.special)}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> "Vocabulary":
        """Return the vocabulary that ``to_dict`` described.

        Raises:
            ValueError: ``saved`` is something else.

        Example:

            >>> saved = Vocabulary(["<pad>", "a"], special=SpecialTokens(pad="<pad>")).to_dict()
            >>> Vocabulary.from_dict(saved).pad_id
            0
        """
        try:
            return cls(saved["tokens"], special=SpecialTokens(**saved["special"]))
        except (KeyError, TypeError) as problem:
            raise ValueError(f"this is not a saved vocabulary: {problem}") from problem

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self.index

    def _place_of(self, token: str) -> int:
        return self.index[token]

    @cached_property
    def _typed_index(self) -> dict[str, int]:
        """The ids of the tokens that typed text can give: all but the special ones."""
        special = self.special.present
        return {token: place for token, place in self.index.items() if token not in special}

    def encode(self, tokens: Sequence[str], *, typed: bool = False) -> list[int]:
        """Return the ids of tokens, ``(T,)``; the unknown token's for each that is not here.

        Args:
            tokens: the tokens.
            typed: they were cut from typed text, so that the name of a special token among them means nothing special.

        Raises:
            TypeError: ``tokens`` is one string.
            ValueError: a token is not here and there is no unknown token.
        """
        if isinstance(tokens, str):
            raise TypeError("encode takes a list of tokens, got one string")
        index = self._typed_index if typed else self.index
        unknown = None if self.special.unknown is None else self.unknown_id
        ids = []
        for position, token in enumerate(tokens):
            found = index.get(token, unknown)
            if found is None:
                raise ValueError(
                    f"{token!r} at position {position} is not among the {len(index)} tokens, "
                    "and there is no unknown token"
                )
            ids.append(found)
        return ids

    def decode(self, ids: Iterable[SupportsIndex], *, skip_special: bool = False) -> list[str]:
        """Return the tokens of some ids ``(T,)``, without the special ones if asked.

        Raises:
            TypeError: the ids are not whole numbers.
            ValueError: an id is out of range, or the ids have more axes than one.
        """
        left_out = self.special.present if skip_special else ()
        tokens = [self.tokens[place] for place in checked_ids(ids, len(self))]
        return [token for token in tokens if token not in left_out]


def checked_ids(ids: Iterable[SupportsIndex], size: int) -> list[int]:
    """Return ids ``(T,)`` as plain integers from 0 to ``size - 1``, or raise an error that quotes what does not fit.

    Example:

        >>> checked_ids([0, 2], 2)
        Traceback (most recent call last):
        ValueError: id 2 at position 1 is not from 0 to 1
    """
    shape = getattr(ids, "shape", (0,))
    if len(shape) != 1:
        raise ValueError(f"ids must be (T,), got shape {tuple(shape)}")
    if not isinstance(ids, Iterable):
        raise TypeError(f"ids must be a list of whole numbers, got {type(ids).__name__}")
    plain = []
    for position, given in enumerate(ids):
        try:
            place = _index(given)
        except TypeError:
            raise TypeError(f"ids must be whole numbers, got {type(given).__name__} at position {position}") from None
        if not 0 <= place < size:
            raise ValueError(f"id {place} at position {position} is not from 0 to {size - 1}")
        plain.append(place)
    return plain


def _index(given: SupportsIndex) -> int:
    if isinstance(given, bool):  # True is 1 to Python, but it is no id
        raise TypeError
    return operator.index(given)
