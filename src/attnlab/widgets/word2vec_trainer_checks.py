"""What each trait of the Word2Vec trainer accepts. Each function returns the value to keep, or raises."""

from typing import TYPE_CHECKING, Any

from attnlab.widgets.traits import number_between, one_of, typed_text, whole_number_between, yes_or_no
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
    return typed_text("text", value, MAX_TEXT)


def follow(widget: "Word2VecTrainer", value: Any) -> str:
    """The word whose neighbors are named; the most frequent word stands in for one that the text lacks."""
    return typed_text("follow", value, MAX_FOLLOW)


def loss(widget: "Word2VecTrainer", value: Any) -> str:
    """``"softmax"`` or ``"negative-sampling"``."""
    return one_of("loss", value, OBJECTIVES)


def side(widget: "Word2VecTrainer", value: Any) -> str:
    """``"cbow"`` or ``"skip-gram"``."""
    return one_of("side", value, METHODS)


def window(widget: "Word2VecTrainer", value: Any) -> int:
    """How many words to each side are context."""
    return whole_number_between("window", value, 1, MAX_WINDOW)


def dim(widget: "Word2VecTrainer", value: Any) -> int:
    """How long a vector is."""
    return whole_number_between("dim", value, *DIMS)


def learning_rate(widget: "Word2VecTrainer", value: Any) -> float:
    """What the gradients are multiplied by."""
    return number_between("learning_rate", value, *RATES)


def negatives(widget: "Word2VecTrainer", value: Any) -> int:
    """How many noise words there are to each true one."""
    return whole_number_between("negatives", value, 1, MAX_NEGATIVES)


def seed(widget: "Word2VecTrainer", value: Any) -> int:
    """What the random numbers follow from."""
    return whole_number_between("seed", value, 0, MAX_SEED)


def steps(widget: "Word2VecTrainer", value: Any) -> int:
    """How many steps each side has done."""
    return whole_number_between("steps", value, 0, MAX_STEPS)


def computed(widget: "Word2VecTrainer", value: Any) -> bool:
    """Whether the next step is computed, and waits to be applied."""
    return yes_or_no("computed", value)
