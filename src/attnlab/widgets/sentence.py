"""From what a reader types to tokens and labels, and back."""

import warnings
from collections.abc import Sequence
from typing import Any

from attnlab.text import CONTINUES, UNKNOWN, WordPieceTokenizer
from attnlab.widgets.checks import MAX_LABEL, MAX_TOKENS


def read(text: str, tokenizer: WordPieceTokenizer) -> tuple[list[str], list[str]]:
    """Return the tokens of a typed sentence and what was typed for each.

    A long text is cut, with a warning that quotes the counts.

    Example:

        >>> read("I ate melons", WordPieceTokenizer(["i", "ate", "melon", "##s"]))
        (['i', 'ate', 'melon', '##s'], ['I', 'ate', 'melon', 's'])
    """
    found = tokenizer.tokenize(text)
    if len(found) > MAX_TOKENS:
        warnings.warn(f"the text has {len(found)} tokens; only the first {MAX_TOKENS} are shown", stacklevel=3)
    shown = found[:MAX_TOKENS]
    return [token.piece for token in shown], [token.text[:MAX_LABEL] for token in shown]


def join(tokens: Sequence[str], labels: Sequence[str]) -> str:
    """Return the sentence as one would type it: a space before each label that does not continue a word.

    Example:

        >>> join(["i", "ate", "melon", "##s"], ["I", "ate", "melon", "s"])
        'I ate melons'
    """
    pairs = zip(tokens, labels, strict=True)
    return "".join(label if token.startswith(CONTINUES) else f" {label}" for token, label in pairs).strip()


def place_to_follow(tokens: Sequence[str], wanted: str | None) -> int:
    """Return where ``wanted`` stands first; the longest token's place if it is not there; -1 if there are no tokens.

    Long words mean more than short ones, so the longest is the best guess at a word worth following.

    Example:

        >>> place_to_follow(["the", "monkey", "ate"], "apple")
        1
    """
    if wanted in tokens:
        return tokens.index(wanted)
    lengths = [0 if token == UNKNOWN or token.startswith(CONTINUES) else len(token) for token in tokens]
    return lengths.index(max(lengths)) if lengths else -1


def place_of(follow: Any, tokens: Sequence[str], labels: Sequence[str]) -> Any:
    """Return the place of a word that is given by name, as a label or a token; anything but a string unchanged.

    Raises:
        ValueError: the sentence has no such word.
    """
    if not isinstance(follow, str):
        return follow
    for names in (labels, tokens):
        if follow in names:
            return names.index(follow)
    raise ValueError(f"follow is {follow!r}, which is not among the {len(tokens)} tokens")
