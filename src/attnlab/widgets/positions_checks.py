"""What each trait of the explorer of positions accepts. Each function returns the value to keep, or raises."""

from collections.abc import Callable
from typing import Any

from attnlab.widgets.positions_results import ADDED, SCHEMES
from attnlab.widgets.traits import StateError, StateTypeError, one_of, typed_text, whole_number_between, yes_or_no

VIEWS = ("encoding", "sum", "shuffle", "schemes")
MAX_TEXT = 200  # characters
MAX_WORDS = 12
MAX_LENGTH = 128  # positions
MIN_LENGTH = 8
MAX_WIDTH = 128
MIN_WIDTH = 4
MAX_BASE = 1_000_000


def _choice(name: str, choices: tuple[str, ...]) -> Callable[[Any, Any], str]:
    return lambda _, value: one_of(name, value, choices)


def _whole(name: str, least: int, most: int) -> Callable[[Any, Any], int]:
    return lambda _, value: whole_number_between(name, value, least, most)


view = _choice("view", VIEWS)
added = _choice("added", ADDED)
scheme = _choice("scheme", SCHEMES)
base = _whole("base", 2, MAX_BASE)
length = _whole("length", MIN_LENGTH, MAX_LENGTH)
position = _whole("position", 0, MAX_LENGTH - 1)
pair = _whole("pair", 0, MAX_WIDTH // 2 - 1)
token = _whole("token", 0, MAX_WORDS - 1)


def width(_: Any, value: Any) -> int:
    """How many entries a position's vector has: even, for they come in pairs."""
    checked = whole_number_between("width", value, MIN_WIDTH, MAX_WIDTH)
    if checked % 2:
        raise StateError(f"width must be even, got {checked}: a sine and a cosine make a pair")
    return checked


def head(widget: Any, value: Any) -> int:
    """A head that the learned tables have."""
    return whole_number_between("head", value, 0, widget._tables.heads - 1)


def text(_: Any, value: Any) -> str:
    """The sentence of the sum and of the shuffle."""
    return typed_text("text", value, MAX_TEXT)


def positions(_: Any, value: Any) -> bool:
    """Whether attention is told the positions."""
    return yes_or_no("positions", value)


def order(_: Any, value: Any) -> str:
    """Which word stands at each place, ``"4,1,2,3,0"``; "" for the words as they were typed."""
    if not isinstance(value, str):
        raise StateTypeError(f"order must be places such as '4,1,2,3,0', got {type(value).__name__}")
    if value == "":
        return value
    parts = value.split(",")
    if len(parts) > MAX_WORDS:
        raise StateError(f"order has {len(parts)} places, at most {MAX_WORDS} are taken")
    if sorted(parts) != sorted(str(place) for place in range(len(parts))):
        raise StateError(f"order must have each place from 0 to {len(parts) - 1} once, got {value!r}")
    return value
