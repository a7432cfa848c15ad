"""What each trait of the explorer of the latent space accepts. Each function returns the value to keep, or raises."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from attnlab.widgets.traits import StateError, StateTypeError, list_of_strings, one_of, whole_number

if TYPE_CHECKING:
    from attnlab.widgets.latent_space import LatentSpaceExplorer

VIEWS = ("map", "analogy", "axes", "senses")
PROJECTIONS = ("pca", "tsne")
MAX_PAIRS = 16
MAX_PLACED = 40
MAX_POLE_WORDS = 16
MAX_CAMERA = 1000.0


def view(widget: "LatentSpaceExplorer", value: Any) -> str:
    """One of the four views."""
    return one_of("view", value, VIEWS)


def source(widget: "LatentSpaceExplorer", value: Any) -> str:
    """The name of a table that this widget has."""
    return one_of("source", value, tuple(widget._tables))


def projection(widget: "LatentSpaceExplorer", value: Any) -> str:
    """How the map is made. t-SNE maps were computed for the book's tables only."""
    checked = one_of("projection", value, PROJECTIONS)
    if checked == "tsne" and "own" in widget._tables:
        raise StateError("there is no t-SNE map of your own vectors: projection must be 'pca'")
    return checked


def dimensions(widget: "LatentSpaceExplorer", value: Any) -> int:
    """2 or 3."""
    checked = whole_number("dimensions", value)
    if checked not in (2, 3):
        raise StateError(f"dimensions must be 2 or 3, got {checked}")
    return checked


def word(widget: "LatentSpaceExplorer", value: Any) -> str:
    """A word of the tables."""
    return _known(widget, "word", [value])[0]


def terms(widget: "LatentSpaceExplorer", value: Any) -> list[str]:
    """Three words."""
    checked = _known(widget, "terms", value)
    if len(checked) != 3:
        raise StateError(f"terms must be three words, a - b + c; got {len(checked)}")
    return checked


def x_axis(widget: "LatentSpaceExplorer", value: Any) -> list[list[str]]:
    """From 1 to 16 pairs of words."""
    checked = _pairs(widget, "x_axis", value)
    if not checked:
        raise StateError("x_axis needs at least 1 pair of words, got 0")
    return checked


def y_axis(widget: "LatentSpaceExplorer", value: Any) -> list[list[str]]:
    """Up to 16 pairs of words; without any there is no second axis."""
    return _pairs(widget, "y_axis", value)


def placed(widget: "LatentSpaceExplorer", value: Any) -> list[str]:
    """Up to 40 words, each once."""
    checked = list(dict.fromkeys(_known(widget, "placed", value)))
    if len(checked) > MAX_PLACED:
        raise StateError(f"{len(checked)} words to place, at most {MAX_PLACED}")
    return checked


def poles(widget: "LatentSpaceExplorer", value: Any) -> list[list[str]]:
    """Two lists of from 1 to 16 words, one for each meaning."""
    if isinstance(value, str) or not isinstance(value, list | tuple) or len(value) != 2:
        raise StateTypeError(f"poles must be two lists of words, got {value!r}")
    checked = [_known(widget, f"poles[{side}]", pole) for side, pole in enumerate(value)]
    sizes = [len(pole) for pole in checked]
    if not all(1 <= size <= MAX_POLE_WORDS for size in sizes):
        raise StateError(f"each meaning needs from 1 to {MAX_POLE_WORDS} words, got {sizes[0]} and {sizes[1]}")
    if set(checked[0]) == set(checked[1]):
        raise StateError(f"both meanings are the same words, so nothing can lean between them: {checked[0]}")
    return checked


def camera(widget: "LatentSpaceExplorer", value: Any) -> list[float]:
    """Turn and tilt in degrees, zoom, and the place to the right and below the middle."""
    if isinstance(value, str) or not isinstance(value, list | tuple | np.ndarray) or len(value) != 5:
        raise StateTypeError(f"camera must be five numbers: turn, tilt, zoom, right, down; got {value!r}")
    for number in value:
        if isinstance(number, bool) or not isinstance(number, int | float | np.integer | np.floating):
            raise StateTypeError(f"camera must be numbers, got {type(number).__name__}")
    checked = [float(number) for number in value]
    if not all(math.isfinite(number) and abs(number) <= MAX_CAMERA for number in checked):
        raise StateError(f"camera must be numbers from -1000 to 1000, got {checked}")
    if not 0.2 <= checked[2] <= 50:
        raise StateError(f"the camera's zoom must be from 0.2 to 50, got {checked[2]}")
    return checked


def _pairs(widget: "LatentSpaceExplorer", name: str, value: Any) -> list[list[str]]:
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise StateTypeError(f"{name} must be a list of pairs of words, got {type(value).__name__}")
    if len(value) > MAX_PAIRS:
        raise StateError(f"{name} has {len(value)} pairs, at most {MAX_PAIRS}")
    checked = [_known(widget, f"{name}[{place}]", pair) for place, pair in enumerate(value)]
    for place, pair in enumerate(checked):
        if len(pair) != 2:
            raise StateTypeError(f"{name}[{place}] must be two words, got {pair!r}")
        if pair[0] == pair[1]:
            raise StateError(f"{name}[{place}] leads from {pair[0]!r} to itself")
    return checked


def _known(widget: "LatentSpaceExplorer", name: str, value: Any) -> list[str]:
    checked = list_of_strings(name, value)
    for asked in checked:
        if not any(asked in space for space in widget._spaces()):
            count = widget._tables[next(iter(widget._tables))]["words"]
            raise StateError(f"{name}: {asked!r} is not among the {count} words of the table")
    return checked
