"""What each trait of the Word2Vec trainer accepts. Each function returns the value to keep, or raises."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from attnlab.widgets.traits import StateError, StateTypeError, whole_number
from attnlab.widgets.word2vec_trainer_run import METHODS
from attnlab.word2vec.config import OBJECTIVES

if TYPE_CHECKING:
    from attnlab.widgets.word2vec_trainer import Word2VecTrainer

MAX_TEXT = 10_000  # characters
MAX_FOLLOW = 400
MAX_WINDOW = 5
DIMS = (2, 10)
RATES = (0.001, 0.5)
MAX_NEGATIVES = 10
MAX_STEPS = 5000
MAX_SEED = 2**32 - 1


def text(widget: "Word2VecTrainer", value: Any) -> str:
    """A text of at most 10,000 characters; whether anything can be learned from it is seen when it is trained."""
    return _text("text", value, MAX_TEXT)


def follow(widget: "Word2VecTrainer", value: Any) -> str:
    """The word whose neighbors are named; the most frequent word stands in for one that the text lacks."""
    return _text("follow", value, MAX_FOLLOW)


def loss(widget: "Word2VecTrainer", value: Any) -> str:
    """``"softmax"`` or ``"negative-sampling"``."""
    return _one_of("loss", value, OBJECTIVES)


def side(widget: "Word2VecTrainer", value: Any) -> str:
    """``"cbow"`` or ``"skip-gram"``."""
    return _one_of("side", value, METHODS)


def window(widget: "Word2VecTrainer", value: Any) -> int:
    """How many words to each side are context."""
    return _from_to("window", value, 1, MAX_WINDOW)


def dim(widget: "Word2VecTrainer", value: Any) -> int:
    """How long a vector is."""
    return _from_to("dim", value, *DIMS)


def learning_rate(widget: "Word2VecTrainer", value: Any) -> float:
    """What the gradients are multiplied by."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise StateTypeError(f"learning_rate must be a number, got {type(value).__name__}")
    least, most = RATES
    if not (math.isfinite(value) and least <= value <= most):
        raise StateError(f"learning_rate must be from {least:g} to {most:g}, got {value}")
    return float(value)


def negatives(widget: "Word2VecTrainer", value: Any) -> int:
    """How many noise words there are to each true one."""
    return _from_to("negatives", value, 1, MAX_NEGATIVES)


def seed(widget: "Word2VecTrainer", value: Any) -> int:
    """What the random numbers follow from."""
    return _from_to("seed", value, 0, MAX_SEED)


def steps(widget: "Word2VecTrainer", value: Any) -> int:
    """How many steps each side has done."""
    return _from_to("steps", value, 0, MAX_STEPS)


def computed(widget: "Word2VecTrainer", value: Any) -> bool:
    """Whether the next step is computed, and waits to be applied."""
    if not isinstance(value, bool | np.bool_):
        raise StateTypeError(f"computed must be True or False, got {type(value).__name__}")
    return bool(value)


def _text(name: str, value: Any, most: int) -> str:
    if not isinstance(value, str):
        raise StateTypeError(f"{name} must be a string, got {type(value).__name__}")
    if len(value) > most:
        raise StateError(f"{name} has {len(value)} characters, at most {most} are taken")
    return value.encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair is not text


def _one_of(name: str, value: Any, choices: tuple[str, ...]) -> str:
    listed = ", ".join(repr(choice) for choice in choices)
    if not isinstance(value, str):
        raise StateTypeError(f"{name} must be one of {listed}, got {type(value).__name__}")
    if value not in choices:
        raise StateError(f"{name} must be one of {listed}, got {value!r}")
    return value


def _from_to(name: str, value: Any, least: int, most: int) -> int:
    checked = whole_number(name, value)
    if not least <= checked <= most:
        raise StateError(f"{name} must be from {least} to {most}, got {checked}")
    return checked
