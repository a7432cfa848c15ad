"""Tokenizers as they stand in ``model.json``."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from attnlab.text import ByteLevelBPE, CharacterTokenizer, SpecialTokens, Vocabulary

Tokenizer = CharacterTokenizer | ByteLevelBPE


def describe_tokenizer(tokenizer: Tokenizer) -> dict[str, Any]:
    """Return a tokenizer as values that JSON can hold.

    Raises:
        TypeError: it is a tokenizer of another kind.

    Example:

        >>> describe_tokenizer(ByteLevelBPE([(108, 111)]))["merges"]
        [[108, 111]]
    """
    if isinstance(tokenizer, CharacterTokenizer):
        return {
            "kind": "characters",
            "tokens": list(tokenizer.vocabulary.tokens),
            "special": asdict(tokenizer.special),
        }
    if isinstance(tokenizer, ByteLevelBPE):
        return {
            "kind": "byte-pairs",
            "merges": [list(pair) for pair in tokenizer.merges],
            "special": asdict(tokenizer.special),
        }
    raise TypeError(f"a model is saved with a CharacterTokenizer or a ByteLevelBPE, got {type(tokenizer).__name__}")


def tokenizer_from(described: Mapping[str, Any]) -> Tokenizer:
    """Return the tokenizer that :func:`describe_tokenizer` described.

    Raises:
        ValueError: it describes something else.

    Example:

        >>> tokenizer_from(describe_tokenizer(ByteLevelBPE([(108, 111)]))).encode("low")
        [256, 119]
    """
    try:
        special = SpecialTokens(**described["special"])
        if described["kind"] == "characters":
            return CharacterTokenizer(Vocabulary(described["tokens"], special=special))
        if described["kind"] == "byte-pairs":
            return ByteLevelBPE(described["merges"], special=special)
        raise ValueError(f"the kind is {described['kind']!r}, known are 'characters' and 'byte-pairs'")
    except (KeyError, TypeError, ValueError) as problem:
        raise ValueError(f"this describes no tokenizer: {problem!r}") from problem
