"""A quick question with an answer to every choice."""

import html
from collections.abc import Sequence
from typing import Any

from attnlab.strings import text
from attnlab.widgets.base import AttnWidget
from attnlab.widgets.traits import Checked, Fixed, StateError, StateTypeError, whole_number

NOTHING_PICKED = -1


def _check_picked(widget: "Question", value: Any) -> int:
    picked = whole_number("picked", value)
    if not NOTHING_PICKED <= picked < len(widget._choices):
        raise StateError(f"picked must be from -1 (nothing) to {len(widget._choices) - 1}, got {picked}")
    return picked


class Question(AttnWidget):
    """A question and its choices. Each choice says, once picked, why it is right or wrong.

    Args:
        prompt: the question.
        choices: for each choice a dict with ``text``, ``correct`` and ``feedback``. At least two, one or more correct.
        id: its name in the page's address.
        lang: the language of the buttons around it.

    Attributes:
        picked: the choice the reader picked, counted from 0; -1 before that.

    Raises:
        TypeError, ValueError: a choice lacks a part or a part has the wrong type; no choice is correct.

    Example:

        >>> yes = {"text": "Yes", "correct": True, "feedback": "Softmax divides by their sum."}
        >>> no = {"text": "No", "correct": False, "feedback": "Add up one row."}
        >>> question = Question("Does a row of weights sum to 1?", [yes, no])
        >>> question.picked = 0
        >>> question.is_correct
        True
    """

    KIND = "question"

    prompt = Fixed()
    choices = Fixed()
    picked = Checked(_check_picked)

    def __init__(
        self, prompt: str, choices: Sequence[dict[str, Any]], *, id: str | None = None, lang: str | None = None
    ) -> None:
        if not isinstance(prompt, str):
            raise StateTypeError(f"prompt must be a string, got {type(prompt).__name__}")
        self._choices = [_checked_choice(place, choice) for place, choice in enumerate(choices)]
        if len(self._choices) < 2 or not any(choice["correct"] for choice in self._choices):
            raise StateError(f"a question needs two choices or more, one of them correct; got {len(self._choices)}")
        super().__init__(id=id, lang=lang, prompt=prompt, choices=self._choices, picked=NOTHING_PICKED)

    @property
    def is_correct(self) -> bool:
        """Whether a correct choice is picked."""
        return self.picked != NOTHING_PICKED and bool(self._choices[self.picked]["correct"])

    def summary(self) -> str:
        """Return the question and its choices as plain text."""
        lines = [f"{chr(ord('A') + place)}. {choice['text']}" for place, choice in enumerate(self._choices)]
        return "\n".join([self.prompt, *lines])

    def fallback_html(self) -> str:
        """Return the question with each choice's answer folded below it."""
        choices = "".join(
            f"<li><details><summary>{html.escape(choice['text'])}</summary>"
            f"<p>{text('question.correct' if choice['correct'] else 'question.wrong', self.lang)} "
            f"{html.escape(choice['feedback'])}</p></details></li>"
            for choice in self._choices
        )
        prompt = f'<p class="attn-fallback-text">{html.escape(self.prompt)}</p>'
        return f'<div class="attn-fallback">{prompt}<ol class="attn-fallback-choices">{choices}</ol></div>'

    def __repr__(self) -> str:
        return f"<Question: {self.prompt}>"


def _checked_choice(place: int, choice: Any) -> dict[str, Any]:
    for part, kind in (("text", str), ("correct", bool), ("feedback", str)):
        if not isinstance(choice, dict) or not isinstance(choice.get(part), kind):
            raise StateTypeError(f"choice {place} needs {part!r} of type {kind.__name__}")
    return {part: choice[part] for part in ("text", "correct", "feedback")}
