"""How a model is trained: the numbers that a run is made of, and the learning rate of each step."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class TrainingConfig:
    """How long, how fast and with how much restraint a model learns.

    Args:
        steps: how many times the weights are changed.
        tokens_per_batch: how many tokens, padding included, the sentences of one step may have.
        learning_rate: the highest, reached after the warm-up.
        warmup_steps: over how many steps the learning rate rises.
        label_smoothing: the share of the truth that is spread over all tokens (Szegedy et al., 2016, section 7).
        weight_decay: how much of itself, times the learning rate, each matrix loses at each step.
        clip_norm: the length to which a longer gradient is cut.
        average_decay: how much of the running average of the weights is kept at each step. The average is what is
            scored and shipped. 0: the weights of the last step.
        precision: of the matrix products; the weights themselves are always float32.
        evaluate_every: after how many steps the model is scored; the best is kept.
        save_every: after how many steps everything is saved that a run needs to go on.
        seed: decides the first weights, the order of the sentences and what is dropped.

    Raises:
        TypeError: a value of the wrong type.
        ValueError: a number out of its range.

    Example:

        >>> config = TrainingConfig(steps=100, tokens_per_batch=4096, learning_rate=1e-3, warmup_steps=10)
        >>> config.rate(5), config.rate(10), config.rate(100)
        (0.0005, 0.001, 0.0)
    """

    steps: int
    tokens_per_batch: int
    learning_rate: float
    warmup_steps: int
    label_smoothing: float = 0.1
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    average_decay: float = 0.999
    precision: Precision = "float32"
    evaluate_every: int = 500
    save_every: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "tokens_per_batch", "evaluate_every", "save_every"):
            self._check_integer(name, 1)
        for name in ("warmup_steps", "seed"):
            self._check_integer(name, 0)
        if self.warmup_steps >= self.steps:
            raise ValueError(f"warmup_steps={self.warmup_steps} must be below steps={self.steps}")
        for name, below in (("learning_rate", math.inf), ("clip_norm", math.inf)):
            self._check_number(name, below, zero=False)
        for name, below in (("label_smoothing", 1.0), ("weight_decay", math.inf), ("average_decay", 1.0)):
            self._check_number(name, below, zero=True)
        if self.precision not in get_args(Precision):
            raise ValueError(f"precision must be one of {get_args(Precision)}, got {self.precision!r}")

    def _check_integer(self, name: str, least: int) -> None:
        number = getattr(self, name)
        if not isinstance(number, int) or isinstance(number, bool):
            raise TypeError(f"{name} must be an integer, got {number!r}")
        if number < least:
            raise ValueError(f"{name} must be at least {least}, got {number}")

    def _check_number(self, name: str, below: float, *, zero: bool) -> None:
        number = getattr(self, name)
        if not isinstance(number, int | float) or isinstance(number, bool):
            raise TypeError(f"{name} must be a number, got {number!r}")
        if not 0 <= number < below or (number == 0 and not zero):
            raise ValueError(f"{name} must be {'at least' if zero else 'above'} 0 and below {below}, got {number}")

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 1: up in a straight line, then down along a cosine to 0.

        Source: Loshchilov and Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts* (2017), equation 5; the
        warm-up: Vaswani et al. (2017), section 5.3.

        Raises:
            ValueError: the run has no such step.
        """
        if not 1 <= step <= self.steps:
            raise ValueError(f"step {step} of a run whose steps are 1 to {self.steps}")
        if step <= self.warmup_steps:
            return self.learning_rate * step / self.warmup_steps
        done = (step - self.warmup_steps) / (self.steps - self.warmup_steps)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * done))

    def to_dict(self) -> dict[str, Any]:
        """Return the values by name, ready for JSON."""
        return asdict(self)
