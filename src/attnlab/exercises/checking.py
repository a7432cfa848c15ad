"""How an answer is checked: beside the reference, and beside the wrong formulas that readers are known to write."""

import html
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from attnlab.strings import text

Status = Literal["correct", "wrong", "not yet", "error"]
Case = tuple[Any, ...]

# An answer in float32 passes; the wrong formulas of every exercise are further away than this (a test sees to it).
RELATIVE_TOLERANCE = 1e-4
ABSOLUTE_TOLERANCE = 1e-5

BORDER: dict[Status, str] = {
    "correct": "var(--attn-value, #009e73)",
    "wrong": "var(--attn-key, #d55e00)",
    "not yet": "var(--attn-mask, #8a929c)",
    "error": "var(--attn-key, #d55e00)",
}


@dataclass(frozen=True)
class Exercise:
    """An exercise: write a function.

    Attributes:
        id: its name, for example ``"self-attention/scores"``.
        reference: the right function.
        cases: makes the lists of arguments on which an answer is tried. No two of the functions here agree on all.
        rivals: wrong functions by the name of the mistake, which is also the name of its text.
    """

    id: str
    reference: Callable[..., Any]
    cases: Callable[[], Sequence[Case]]
    rivals: Mapping[str, Callable[..., Any]]


@dataclass(frozen=True, repr=False)
class Feedback:
    """What there is to say about an answer.

    Attributes:
        status: ``"correct"``, ``"wrong"``, ``"not yet"`` (nothing was written), or ``"error"`` (the answer raised one).
        mistake: the name of the mistake where it is a known one, else an empty string.
        message: the verdict in a sentence.
        hint: what to think about next; may be empty.
    """

    status: Status
    message: str
    hint: str = ""
    mistake: str = ""

    def __repr__(self) -> str:
        return f"{self.message}\n{text('exercise.hint')} {self.hint}" if self.hint else self.message

    def _repr_html_(self) -> str:
        message = html.escape(self.message).replace("\n", "<br>")
        hint = f"<p><em>{html.escape(text('exercise.hint'))}</em> {html.escape(self.hint)}</p>" if self.hint else ""
        # Notebooks do not have the book's style sheet, so the little that is needed stands here.
        style = f"border-left: 0.25rem solid {BORDER[self.status]}; padding-left: 0.75rem"
        kind = f"attn-feedback attn-feedback-{self.status.replace(' ', '-')}"
        return f'<div class="{kind}" style="{style}"><p><strong>{message}</strong></p>{hint}</div>'


@dataclass(frozen=True)
class _Outcome:
    """What a function made of one case: an array, or the error it raised."""

    array: NDArray[np.float64] | None
    error: Exception | None = None

    def agrees(self, other: "_Outcome") -> bool:
        """Whether both are errors, or the same numbers; NaN equals NaN here."""
        if self.array is None or other.array is None:
            return self.array is other.array
        if self.array.shape != other.array.shape:
            return False
        return bool(np.allclose(self.array, other.array, RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE, equal_nan=True))


class _NothingWritten(Exception):
    """The answer returned None or ``...``."""


def feedback(exercise: Exercise, answer: object) -> Feedback:
    """Return what there is to say about an answer to an exercise."""
    if not callable(answer):
        return Feedback("error", text("exercise.not_callable", type=type(answer).__name__))
    cases = exercise.cases()
    try:
        found = [_run(answer, case) for case in cases]
    except (_NothingWritten, NotImplementedError):
        return Feedback("not yet", text("exercise.not_yet"))
    wanted = [_run(exercise.reference, case) for case in cases]
    if _all_agree(found, wanted):
        return Feedback("correct", text("exercise.correct"), text(f"exercise.{exercise.id}.correct"))
    for name, rival in exercise.rivals.items():
        if _all_agree(found, [_run(rival, case) for case in cases]):
            key = f"exercise.{exercise.id}.{name}"
            message = text("exercise.known_mistake", mistake=text(key))
            return Feedback("wrong", message, text(f"{key}.hint"), mistake=name)
    return _unknown_mistake(found, wanted)


def _run(function: Callable[..., Any], case: Case) -> _Outcome:
    arguments = deepcopy(case)  # its own: it may write over them, lists included
    try:
        with np.errstate(all="ignore"):  # an overflow shows in the numbers; a warning would only distract
            result = function(*arguments)
        if result is None or result is ...:
            raise _NothingWritten
        return _Outcome(np.asarray(result, dtype=np.float64))
    except (_NothingWritten, NotImplementedError):
        raise
    except Exception as error:
        return _Outcome(None, error)


def _all_agree(found: Sequence[_Outcome], wanted: Sequence[_Outcome]) -> bool:
    return all(one.agrees(other) for one, other in zip(found, wanted, strict=True))


def _unknown_mistake(found: Sequence[_Outcome], wanted: Sequence[_Outcome]) -> Feedback:
    """The first case that differs, with its numbers."""
    for one, other in zip(found, wanted, strict=True):
        if one.error is not None:
            return Feedback("error", text("exercise.error", error=f"{type(one.error).__name__}: {one.error}"))
        if one.array is None or other.array is None or one.agrees(other):
            continue
        if one.array.shape != other.array.shape:
            return Feedback("wrong", text("exercise.shape", found=one.array.shape, wanted=other.array.shape))
        if not np.isfinite(one.array).all():
            count = int((~np.isfinite(one.array)).sum())
            return Feedback("wrong", text("exercise.not_finite", count=count, total=one.array.size))
        place = np.unravel_index(np.abs(one.array - other.array).argmax(), one.array.shape)
        where = ", ".join(str(int(index)) for index in place)
        numbers = {"found": f"{one.array[place]:.4g}", "wanted": f"{other.array[place]:.4g}"}
        return Feedback("wrong", text("exercise.value", place=where, **numbers))
    raise AssertionError("all cases agree")
