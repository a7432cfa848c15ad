"""What each trait of the self-attention explorer accepts.

First each value alone: ``tokens``, ``labels`` and so on return the value to keep, or raise. Then ``together`` looks at
values that depend on each other; traitlets asks it only when a whole group of changes has arrived.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from attnlab.widgets.traits import StateError, StateTypeError, list_of_strings, whole_number

if TYPE_CHECKING:
    from attnlab.widgets.self_attention import SelfAttentionExplorer

MAX_TOKENS = 256
MAX_LABEL = 400  # characters
MAX_POLE_WORDS = 16
MAPS = ("shared", "head")
DIVIDE_BY = ("one", "sqrt", "d")
DIVISORS = (1e-6, 1e6)  # a smaller one overflows float32 before softmax, a larger one leaves no difference


def tokens(widget: "SelfAttentionExplorer", value: Any) -> list[str]:
    """Tokens that the table holds, at most 256."""
    checked = list_of_strings("tokens", value)
    if len(checked) > MAX_TOKENS:
        raise StateError(f"{len(checked)} tokens, but the explorer shows at most {MAX_TOKENS}")
    _require_known(widget, "tokens", checked)
    return checked


def labels(widget: "SelfAttentionExplorer", value: Any) -> list[str]:
    """What stands on screen for each token."""
    checked = list_of_strings("labels", value)
    for place, label in enumerate(checked):
        if len(label) > MAX_LABEL:
            raise StateError(f"labels[{place}] has {len(label)} characters, at most {MAX_LABEL} are shown")
    return checked


def maps(widget: "SelfAttentionExplorer", value: Any) -> str:
    """One of two words; ``"head"`` needs a head."""
    if not isinstance(value, str):
        raise StateTypeError(f"maps must be one of {_listed(MAPS)}, got {type(value).__name__}")
    if value not in MAPS:
        raise StateError(f"maps must be one of {_listed(MAPS)}, got {value!r}")
    if value == "head" and widget._words.maps is None:
        raise StateError("these vectors have no head: give query_map, key_map and value_map")
    return value


def divide_by(widget: "SelfAttentionExplorer", value: Any) -> str | float:
    """One of three words, or a number above 0 that float32 can bear."""
    if isinstance(value, str):
        if value not in DIVIDE_BY:
            raise StateError(f"divide_by must be one of {_listed(DIVIDE_BY)} or a number above 0, got {value!r}")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        name = type(value).__name__
        raise StateTypeError(f"divide_by must be one of {_listed(DIVIDE_BY)} or a number above 0, got {name}")
    if not (math.isfinite(value) and value > 0):
        raise StateError(f"divide_by must be a finite number above 0, got {value}")
    least, most = DIVISORS
    if not least <= value <= most:
        raise StateError(f"divide_by must be from {least:g} to {most:g}, got {value:g}")
    return float(value)


def follow(widget: "SelfAttentionExplorer", value: Any) -> int:
    """A place in the sentence, or -1."""
    checked = whole_number("follow", value)
    if checked < -1:
        raise StateError(f"follow must be the place of a token, or -1 for none, got {checked}")
    return checked


def poles(widget: "SelfAttentionExplorer", value: Any) -> list[list[str]]:
    """Two lists of tokens with two different centroids; or two empty lists, for no poles."""
    if isinstance(value, str) or not isinstance(value, list | tuple) or len(value) != 2:
        raise StateTypeError(f"poles must be two lists of words, got {value!r}")
    checked = [list_of_strings(f"poles[{side}]", pole) for side, pole in enumerate(value)]
    sizes = [len(pole) for pole in checked]
    if sizes == [0, 0]:
        return checked
    if not all(1 <= size <= MAX_POLE_WORDS for size in sizes):
        raise StateError(f"each pole needs from 1 to {MAX_POLE_WORDS} words, got {sizes[0]} and {sizes[1]}")
    for side, pole in enumerate(checked):
        _require_known(widget, f"poles[{side}]", pole)
    a, b = (widget._words[pole].mean(axis=0) for pole in checked)
    if np.array_equal(a, b):
        raise StateError(f"both poles are the same point, so nothing can lean between them: {checked[0]}")
    return checked


def locked(widget: "SelfAttentionExplorer", value: Any) -> list[int] | None:
    """A cell, or None."""
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, list | tuple) or len(value) != 2:
        raise StateTypeError(f"locked must be [row, column] or None, got {value!r}")
    checked = [whole_number("locked", index) for index in value]
    if min(checked) < 0:
        raise StateError(f"locked must be [row, column], counted from 0, got {checked}")
    return checked


def together(widget: "SelfAttentionExplorer", name: str, value: Any) -> Any:
    """Return ``value`` for the trait ``name`` if it fits the tokens, or raise."""
    count = len(widget.tokens)
    if name == "labels" and len(value) != count:
        raise StateError(f"{count} tokens but {len(value)} labels")
    if name == "follow" and value >= count:
        raise StateError(f"follow is {value}, but there are {count} tokens, counted from 0 (-1 follows none)")
    if name == "locked" and value is not None and max(value) >= count:
        raise StateError(f"locked is {value}, but there are {count} tokens, counted from 0")
    return value


def _require_known(widget: "SelfAttentionExplorer", name: str, asked: list[str]) -> None:
    for place, token in enumerate(asked):
        if token not in widget._words:
            count = len(widget._words)
            raise StateError(f"{name}[{place}] is {token!r}, which is not among the {count} tokens of the table")


def _listed(choices: tuple[str, ...]) -> str:
    return ", ".join(repr(choice) for choice in choices)
