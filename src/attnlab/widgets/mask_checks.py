"""What each trait of the explorer of masks accepts. Each function returns the value to keep, or raises."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnlab.widgets.mask_results import FAULTS, MAX_TOKENS, PRESETS
from attnlab.widgets.traits import StateError, StateTypeError, one_of, typed_text, whole_number_between

VIEWS = ("steps", "graph", "training")
SENTINELS = ("-10", "-100", "-1e4", "-1e9")
MAX_TEXT = 2000  # characters
MAX_LAYERS = 4
MYSTERIES = 1000
OWN = re.compile(r"|[01]+(/[01]+)*")


def _choice(name: str, choices: tuple[str, ...]) -> Callable[[Any, Any], str]:
    return lambda _, value: one_of(name, value, choices)


def _whole(name: str, least: int, most: int) -> Callable[[Any, Any], int]:
    return lambda _, value: whole_number_between(name, value, least, most)


preset = _choice("preset", PRESETS)
fault = _choice("fault", FAULTS)
view = _choice("view", VIEWS)
sentinel = _choice("sentinel", SENTINELS)
answer = _choice("answer", ("", *FAULTS))
window = _whole("window", 1, MAX_TOKENS)
prefix = _whole("prefix", 0, MAX_TOKENS)
padding = _whole("padding", 0, MAX_TOKENS)
row = _whole("row", -1, MAX_TOKENS - 1)
head = _whole("head", 0, 255)
layers = _whole("layers", 1, MAX_LAYERS)
mystery = _whole("mystery", 0, MYSTERIES)


def text(_: Any, value: Any) -> str:
    """What the writer reads."""
    return typed_text("text", value, MAX_TEXT)


def source(_: Any, value: Any) -> str:
    """What the translator reads."""
    return typed_text("source", value, MAX_TEXT)


def own(_: Any, value: Any) -> str:
    """A painted mask as rows of 0 and 1, ``"10/11"``; "" for none."""
    if not isinstance(value, str):
        raise StateTypeError(f"own must be rows of 0 and 1 such as '10/11', got {type(value).__name__}")
    rows = value.split("/")
    if OWN.fullmatch(value) is None:
        raise StateError(f"own must be rows of 0 and 1 such as '10/11', got {value[:40]!r}")
    longest = max(len(row) for row in rows)
    if len(rows) > MAX_TOKENS or longest > MAX_TOKENS:
        raise StateError(f"own has {len(rows)} rows of up to {longest} cells; at most {MAX_TOKENS} of each are taken")
    return value


def mask(value: Any) -> NDArray[np.bool_]:
    """A mask of the caller's own, ``(Tq, Tk)`` of booleans."""
    checked = np.asarray(value)
    if checked.dtype != np.bool_:
        raise StateTypeError(f"mask must hold booleans (True = may attend), got {checked.dtype}")
    if checked.ndim != 2 or 0 in checked.shape:
        raise StateError(f"mask must be (Tq, Tk) with at least one cell, got shape {checked.shape}")
    return checked
