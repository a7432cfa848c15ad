"""What a model is trained for: where its batches come from and how it is scored."""

from typing import Protocol

from torch import nn

from attnlab.training.batches import Batch


class Task(Protocol):
    """What :func:`attnlab.training.train` asks of a task.

    A task may also have a ``description``: values by name, ready for JSON, such as how many sentences it has and what
    it drops from them. A run goes on only with a task of the same description.

    Attributes:
        score: the name of the score that decides which model is the best.
        higher_is_better: whether the best model has the highest score, or the lowest.

    Example: see :func:`attnlab.training.train`, which has a task of one batch.

        >>> class Alternating:
        ...     score, higher_is_better = "right", True
        ...     def epoch(self, number: int) -> list[Batch]:
        ...         return []
        ...     def evaluate(self, model: nn.Module) -> dict[str, float]:
        ...         return {"right": 0.0}
        >>> task: Task = Alternating()
    """

    score: str
    higher_is_better: bool

    def epoch(self, number: int) -> list[Batch]:
        """Return the batches of an epoch, counted from 0: the same for the same number, whenever it is asked."""
        ...

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """Return the scores of a model in evaluation mode by name, ``score`` among them."""
        ...
