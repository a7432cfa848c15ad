"""What each trait of the explorer of tokenizers accepts. Each function returns the value to keep, or raises."""

from typing import TYPE_CHECKING, Any

import numpy as np

from attnlab.widgets.tokens_cuts import CUTS
from attnlab.widgets.traits import (
    StateError,
    StateTypeError,
    list_of_strings,
    number_between,
    one_of,
    typed_text,
    whole_number_between,
)

if TYPE_CHECKING:
    from attnlab.widgets.tokens import TokenizerExplorer

MAX_TEXT = 10_000  # characters
MAX_MERGES = 300
WORDS = (3, 6)  # how many words are compared, at least and at most
MAX_WORD = 40  # characters
STEEPEST = 1.0  # the largest entry of the matrix
FARTHEST = 1.0  # how far from 0 a point of the lookup table can be put
VIEWS = ("line", "one-hot", "distances", "raise")


def text(widget: "TokenizerExplorer", value: Any) -> str:
    """A text of at most 10,000 characters."""
    return typed_text("text", value, MAX_TEXT)


def cut(widget: "TokenizerExplorer", value: Any) -> str:
    """One of the four ways to cut."""
    return one_of("cut", value, CUTS)


def view(widget: "TokenizerExplorer", value: Any) -> str:
    """The picture that is shown."""
    return one_of("view", value, VIEWS)


def merges(widget: "TokenizerExplorer", value: Any) -> int:
    """How many merges to learn; a text may give fewer."""
    return whole_number_between("merges", value, 0, MAX_MERGES)


def words(widget: "TokenizerExplorer", value: Any) -> list[str]:
    """From 3 to 6 different words."""
    checked = list_of_strings("words", value)
    least, most = WORDS
    if not least <= len(checked) <= most:
        raise StateError(f"words must be from {least} to {most} words, got {len(checked)}")
    for place, word in enumerate(checked):
        if word != word.strip() or not 1 <= len(word) <= MAX_WORD:
            raise StateError(f"words[{place}] must be 1 to {MAX_WORD} characters without space around, got {word!r}")
        if word in checked[:place]:
            raise StateError(f"words[{place}] is {word!r}, and so is words[{checked.index(word)}]")
    return checked


def matrix(widget: "TokenizerExplorer", value: Any) -> list[float]:
    """Two or three numbers from -1 to 1: the one row of the matrix."""
    row = _numbers("matrix", value)
    if len(row) not in (2, 3):
        raise StateError(f"matrix must be 2 or 3 numbers, got {len(row)}")
    return [number_between(f"matrix[{place}]", number, -STEEPEST, STEEPEST) for place, number in enumerate(row)]


def moved(widget: "TokenizerExplorer", value: Any) -> dict[str, list[float]]:
    """Where points of the lookup table were put: for a word, two numbers from -1 to 1."""
    if not isinstance(value, dict):
        raise StateTypeError(f"moved must be a dict of words and points, got {type(value).__name__}")
    names = list_of_strings("moved", list(value))
    if len(names) > WORDS[1]:
        raise StateError(f"moved holds {len(names)} words, at most {WORDS[1]} are shown")
    kept = {}
    for name, point in zip(names, value.values(), strict=True):
        label = f"moved[{name!r}]"
        if not 1 <= len(name) <= MAX_WORD:
            raise StateError(f"a word in moved must have 1 to {MAX_WORD} characters, got {len(name)}")
        numbers = _numbers(label, point)
        if len(numbers) != 2:
            raise StateError(f"{label} must be 2 numbers, got {len(numbers)}")
        kept[name] = [number_between(label, number, -FARTHEST, FARTHEST) for number in numbers]
    return kept


def _numbers(name: str, value: Any) -> list[Any]:
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    if not isinstance(value, list | tuple):
        raise StateTypeError(f"{name} must be a list of numbers, got {type(value).__name__}")
    return list(value)
