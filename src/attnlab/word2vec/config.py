"""What is to be trained, checked when it is made."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

Model = Literal["skip-gram", "cbow"]
Objective = Literal["negative-sampling", "softmax"]
MODELS: tuple[Model, ...] = ("skip-gram", "cbow")
OBJECTIVES: tuple[Objective, ...] = ("negative-sampling", "softmax")
MOST_WORKERS = 64
USUAL_RATES: dict[Model, float] = {"skip-gram": 0.025, "cbow": 0.075}


@dataclass(frozen=True, kw_only=True)
class Word2VecConfig:
    """The settings of a training run.

    Attributes:
        model: ``"skip-gram"``, a word predicts each word around it; or ``"cbow"``, the words around predict the word.
        objective: ``"negative-sampling"``, or ``"softmax"`` over the whole vocabulary.
        dim: the length ``D`` of a vector.
        window: how many words to each side are context at most.
        fixed_window: the window is always that wide. Otherwise each word draws its own width from 1 to ``window``, so
            that near words are context more often.
        negatives: how many noise words are weighed against each true one.
        noise_power: noise words are drawn in proportion to their count to this power.
        subsample: the threshold t. Words whose share of the text is above it are left out of it at random, the more
            often the more frequent they are. 0 keeps every word.
        min_count: a word that is met less often is no word of the vocabulary.
        max_size: how many words the vocabulary has at most, the most frequent ones; all unless given.
        epochs: how often the text is read.
        learning_rate: at the start, for one pair of words; 0.025 for skip-gram and 0.075 for CBOW unless given.
        final_learning_rate: at the end. In between it falls along a straight line.
        seed: from 0. With one worker, the same seed gives the same vectors.
        workers: how many processes write into the same matrices, whenever they like. More than one is faster if as many
            cores are free, and no two runs are quite alike; so it is in the authors' program and in gensim.

    Raises:
        ValueError: a setting is out of range; it is quoted.

    Source: Mikolov et al., *Distributed Representations of Words and Phrases and their Compositionality* (2013),
    sections 2.2 and 2.3.

    Example:

        >>> Word2VecConfig(window=0)
        Traceback (most recent call last):
        ValueError: window must be at least 1, got 0
    """

    model: Model = "skip-gram"
    objective: Objective = "negative-sampling"
    dim: int = 100
    window: int = 5
    fixed_window: bool = False
    negatives: int = 5
    noise_power: float = 0.75
    subsample: float = 1e-3
    min_count: int = 5
    max_size: int | None = None
    epochs: int = 5
    learning_rate: float | None = None
    final_learning_rate: float = 1e-4
    seed: int = 0
    workers: int = 1

    def __post_init__(self) -> None:
        for name, known in (("model", MODELS), ("objective", OBJECTIVES)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}")
        for name in ("dim", "window", "negatives", "min_count", "epochs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.window > 100:
            raise ValueError(f"window must be at most 100, got {self.window}")
        if self.max_size is not None and self.max_size < 2:
            raise ValueError(f"max_size must be at least 2, got {self.max_size}")
        if not (math.isfinite(self.subsample) and self.subsample >= 0):
            raise ValueError(f"subsample must be a finite number from 0, got {self.subsample}")
        if not math.isfinite(self.noise_power):
            raise ValueError(f"noise_power must be finite, got {self.noise_power}")
        if not (math.isfinite(self.rate) and self.rate >= self.final_learning_rate >= 0 < self.rate):
            raise ValueError(f"the learning rate must fall from above 0, got {self.rate} to {self.final_learning_rate}")
        if not 1 <= self.workers <= MOST_WORKERS:
            raise ValueError(f"workers must be from 1 to {MOST_WORKERS}, got {self.workers}")
        if self.seed < 0:
            raise ValueError(f"seed must be at least 0, got {self.seed}")

    @property
    def rate(self) -> float:
        """The learning rate at the start."""
        return USUAL_RATES[self.model] if self.learning_rate is None else self.learning_rate

    def rate_at(self, share: float) -> float:
        """Return the learning rate after a share of the training, from 0 to 1.

        Example:

            >>> Word2VecConfig(learning_rate=0.5, final_learning_rate=0.1).rate_at(0.75)
            0.2
        """
        return self.final_learning_rate + (self.rate - self.final_learning_rate) * (1 - min(share, 1.0))

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a dict, ready for JSON."""
        return asdict(self)
