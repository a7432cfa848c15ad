"""What each trait of the explorer of tokenizers accepts. Each function returns the value to keep, or raises."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from attnlab.widgets.tokens_cuts import CUTS
from attnlab.widgets.traits import StateError, StateTypeError, list_of_strings, whole_number

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
    if not isinstance(value, str):
        raise StateTypeError(f"text must be a string, got {type(value).__name__}")
    if len(value) > MAX_TEXT:
        raise StateError(f"text has {len(value)} characters, at most {MAX_TEXT} are taken")
    return value.encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair is not text


def cut(widget: "TokenizerExplorer", value: Any) -> str:
    """One of the four ways to cut."""
    return _one_of("cut", value, CUTS)


def view(widget: "TokenizerExplorer", value: Any) -> str:
    """The picture that is shown."""
    return _one_of("view", value, VIEWS)


def merges(widget: "TokenizerExplorer", value: Any) -> int:
    """How many merges to learn; a text may give fewer."""
    checked = whole_number("merges", value)
    if not 0 <= checked <= MAX_MERGES:
        raise StateError(f"merges must be from 0 to {MAX_MERGES}, got {checked}")
    return checked


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
    return [_from_to(f"matrix[{place}]", number, STEEPEST) for place, number in enumerate(row)]


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
        kept[name] = [_from_to(label, number, FARTHEST) for number in numbers]
    return kept


def _numbers(name: str, value: Any) -> list[Any]:
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    if not isinstance(value, list | tuple):
        raise StateTypeError(f"{name} must be a list of numbers, got {type(value).__name__}")
    return list(value)


def _from_to(name: str, value: Any, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise StateTypeError(f"{name} must be a number, got {type(value).__name__}")
    number = float(value)
    if not (math.isfinite(number) and abs(number) <= most):
        raise StateError(f"{name} must be from -{most:g} to {most:g}, got {value}")
    return number


def _one_of(name: str, value: Any, choices: tuple[str, ...]) -> str:
    listed = ", ".join(repr(choice) for choice in choices)
    if not isinstance(value, str):
        raise StateTypeError(f"{name} must be one of {listed}, got {type(value).__name__}")
    if value not in choices:
        raise StateError(f"{name} must be one of {listed}, got {value!r}")
    return value
