"""Traits that check what they are given: the state of a widget, shared with its front end.

A value that does not pass leaves the widget as it was. The errors are traitlets' own, so that a group of changes is
taken back as a whole, and at the same time the ``ValueError`` or ``TypeError`` that a Python user expects.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets


class StateError(traitlets.TraitError, ValueError):
    """A value of the right type that does not fit."""


class StateTypeError(traitlets.TraitError, TypeError):
    """A value of the wrong type."""


class Checked(traitlets.Any):
    """A trait shared with the front end. ``check(widget, value)`` returns the value to keep, or raises."""

    allow_none = False  # None, too, is for ``check`` to judge

    def __init__(self, check: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.check = check
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the value to keep; called by traitlets on every change."""
        return self.check(obj, value)


class Fixed(traitlets.Any):
    """A trait shared with the front end that is set once, when the widget is made."""

    def __init__(self) -> None:
        super().__init__()
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the value, unless another one was set before; called by traitlets on every change."""
        before = obj._trait_values.get(self.name, value)
        if before != value:
            raise StateError(f"{self.name} is set when the widget is made and cannot be changed")
        return value


def list_of_strings(name: str, value: Any) -> list[str]:
    """Return ``value`` as a new list of strings.

    Raises:
        StateTypeError: it is something else; the message names the first item that is not a string.
    """
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise StateTypeError(f"{name} must be a list of strings, got {type(value).__name__}")
    for place, item in enumerate(value):
        if not isinstance(item, str):
            raise StateTypeError(f"{name}[{place}] must be a string, got {type(item).__name__}")
    # Half of a surrogate pair is not text and could not be sent: it becomes a question mark.
    return [item.encode("utf-8", "replace").decode("utf-8") for item in value]


def whole_number(name: str, value: Any) -> int:
    """Return ``value`` as an int; NumPy's whole numbers are welcome, ``True`` is not.

    Raises:
        StateTypeError: it is something else.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise StateTypeError(f"{name} must be a whole number, got {type(value).__name__}")
    return int(value)


def one_of(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """Return ``value`` if it is one of the choices; a StateError names them, a StateTypeError if it is no string."""
    listed = ", ".join(repr(choice) for choice in choices)
    if not isinstance(value, str):
        raise StateTypeError(f"{name} must be one of {listed}, got {type(value).__name__}")
    if value not in choices:
        raise StateError(f"{name} must be one of {listed}, got {value!r}")
    return value


def typed_text(name: str, value: Any, most: int) -> str:
    """Return a text of at most ``most`` characters; half of a surrogate pair, which is not text, becomes ``?``."""
    if not isinstance(value, str):
        raise StateTypeError(f"{name} must be a string, got {type(value).__name__}")
    if len(value) > most:
        raise StateError(f"{name} has {len(value)} characters, at most {most} are taken")
    return value.encode("utf-8", "replace").decode("utf-8")


def whole_number_between(name: str, value: Any, least: int, most: int) -> int:
    """Return a whole number from ``least`` to ``most``."""
    checked = whole_number(name, value)
    if not least <= checked <= most:
        raise StateError(f"{name} must be from {least} to {most}, got {checked}")
    return checked


def yes_or_no(name: str, value: Any) -> bool:
    """Return ``value`` if it is True or False; NumPy's are welcome, 0 and 1 are not."""
    if not isinstance(value, bool | np.bool_):
        raise StateTypeError(f"{name} must be True or False, got {type(value).__name__}")
    return bool(value)


def number_between(name: str, value: Any, least: float, most: float) -> float:
    """Return a finite number from ``least`` to ``most``."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise StateTypeError(f"{name} must be a number, got {type(value).__name__}")
    if not (math.isfinite(value) and least <= value <= most):
        raise StateError(f"{name} must be from {least:g} to {most:g}, got {value}")
    return float(value)
