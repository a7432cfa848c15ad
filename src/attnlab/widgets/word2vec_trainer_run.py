"""One side of the trainer: CBOW or skip-gram, trained word by word by ``attnlab.word2vec``'s own losses.

Everything follows from the text, the settings and the number of steps. The text is read from its start to its end,
again and again; the window has always the same width, no word is left out at random, and the learning rate stays as it
is. The random numbers are those of the page.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attnlab.widgets.playground_results import fraction
from attnlab.widgets.word2vec_trainer_text import Corpus
from attnlab.word2vec import Step, cbow_loss, skip_gram_loss

Method = Literal["cbow", "skip-gram"]
METHODS: tuple[Method, ...] = ("cbow", "skip-gram")
# Each use of random numbers has its own: no side's numbers depend on how many the other has drawn.
STREAMS = {"matrix": 0, "cbow": 0x5BD1E995, "skip-gram": 0x9E3779B9}
FIRST_TURNS = 100
FLAT = 1e-9  # what is left of a direction below that share is rounding

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]


class Settings(NamedTuple):
    """What a side is trained with, beside the text."""

    loss: str
    window: int
    dim: int
    learning_rate: float
    negatives: int
    seed: int


@dataclass(frozen=True, eq=False)
class TrainerStep:
    """One step of training, every number on its way.

    Attributes:
        number: which step it is, from 0.
        center: the word in the middle of the window.
        context: the words around it.
        rows: the vectors of the predicting words, ``(C, D)`` for CBOW and ``(1, D)`` for skip-gram.
        predicting: the vector ``(D,)`` that predicts: the mean of the rows.
        predicted: the word of each of the ``P`` predictions; one for CBOW, one a context word for skip-gram.
        negatives: the noise words of each prediction, ``P`` times ``K``; None with a softmax.
        scored: the ids of the words that get a score, ``(P, M)``: all words, or the true one and the noise.
        scores: their scores, ``(P, M)``.
        probabilities: the softmax of the scores, or the sigmoid of each, ``(P, M)``.
        wanted: 1 for the true word, 0 for all others, ``(P, M)``.
        losses: of each prediction, in nats, ``(P,)``.
        loss: their sum.
        input_gradient, output_gradient: ``(V, D)`` each.
        applied: whether the matrices have been changed by it.
    """

    number: int
    center: str
    context: tuple[str, ...]
    rows: Floats
    predicting: Floats
    predicted: tuple[str, ...]
    negatives: tuple[tuple[str, ...], ...] | None
    scored: Ids
    scores: Floats
    probabilities: Floats
    wanted: Floats
    losses: Floats
    loss: float
    input_gradient: Floats
    output_gradient: Floats
    applied: bool

    @property
    def norms(self) -> dict[str, float]:
        """The length of both gradients, each taken as one long vector."""
        gradients = {"input": self.input_gradient, "output": self.output_gradient}
        return {name: float(np.linalg.norm(gradient)) for name, gradient in gradients.items()}


class Draws:
    """Random numbers of one seed and one use, one after the other."""

    def __init__(self, seed: int, stream: str) -> None:
        self.seed = seed ^ STREAMS[stream]
        self.drawn = 0

    def take(self, count: int) -> Floats:
        """Return the next numbers, from 0 to 1."""
        first, self.drawn = self.drawn, self.drawn + count
        return np.array([fraction(self.seed, index) for index in range(first, self.drawn)])


class Run:
    """The training of one side, as far as it has been followed.

    Args:
        corpus: the text, of which something can be learned.
        settings: what it is trained with.
        method: ``"cbow"`` or ``"skip-gram"``.

    Attributes:
        inputs, outputs: both matrices ``(V, D)`` after ``steps`` steps.
        axes: ``(D, 2)``, the directions that the picture shows; see ``turned``.
        losses: of each step, in nats.
        last: the last step that was computed, or None.

    Example:

        >>> from attnlab.widgets.word2vec_trainer_text import read
        >>> run = Run(read("Kings rule. Queens rule."), Settings("softmax", 1, 2, 0.5, 5, 1), "cbow")
        >>> run.go_to(1)
        >>> run.last.center, run.last.context, round(run.last.loss, 4)  # three words, and all scores are 0: log 3
        ('kings', ('rule',), 1.0986)
    """

    def __init__(self, corpus: Corpus, settings: Settings, method: Method) -> None:
        self.corpus, self.settings, self.method = corpus, settings, method
        self.places = corpus.places(settings.window)
        self.noise_ends = corpus.noise_ends()
        self.draws = Draws(settings.seed, method)
        shape = (len(corpus.words), settings.dim)
        self.inputs = (2 * Draws(settings.seed, "matrix").take(shape[0] * shape[1]).reshape(shape) - 1) / settings.dim
        self.outputs = np.zeros(shape)
        self.axes = np.eye(settings.dim, 2)
        self._turn(FIRST_TURNS)
        self.losses: list[float] = []
        self.last: TrainerStep | None = None

    @property
    def steps(self) -> int:
        """How many steps have been done."""
        return len(self.losses)

    @property
    def is_finite(self) -> bool:
        """Whether all numbers are finite: with a large learning rate they can grow without bound."""
        return bool(np.isfinite(self.inputs).all() and np.isfinite(self.outputs).all())

    @np.errstate(over="ignore", invalid="ignore")
    def go_to(self, steps: int) -> None:
        """Train until so many steps have been done."""
        while self.steps < steps:
            center, context, negatives = self._draw()
            gradients = self._gradients(center, context, negatives)
            if self.steps == steps - 1:
                self.last = self._record(center, context, negatives, gradients, applied=True)
            self.inputs -= self.settings.learning_rate * gradients.input_gradient
            self.outputs -= self.settings.learning_rate * gradients.output_gradient
            self._turn(1)
            self.losses.append(gradients.loss)

    def computed(self) -> TrainerStep:
        """Return the next step without doing it."""
        drawn = self.draws.drawn
        center, context, negatives = self._draw()
        self.draws.drawn = drawn
        return self._record(center, context, negatives, self._gradients(center, context, negatives), applied=False)

    def coordinates(self) -> Floats:
        """Return where each word stands in the picture, ``(V, 2)``."""
        return self.inputs @ self.axes

    def _turn(self, times: int) -> None:
        for _ in range(times if self.settings.dim > 2 else 0):
            self.axes = turned(self.axes, self.inputs)

    def _draw(self) -> tuple[int, list[int], Ids | None]:
        """The center, the context and the noise words of the next step."""
        center, context = self.places[self.steps % len(self.places)]
        return center, context, self._negatives(len(context))

    def _gradients(self, center: int, context: list[int], negatives: Ids | None) -> Step:
        if self.method == "cbow":
            noise = None if negatives is None else negatives[0]
            return cbow_loss(self.inputs, self.outputs, context, center, noise)
        return skip_gram_loss(self.inputs, self.outputs, center, context, negatives)

    def _negatives(self, context: int) -> Ids | None:
        if self.settings.loss == "softmax":
            return None
        shape = (1 if self.method == "cbow" else context, self.settings.negatives)
        places = self.draws.take(shape[0] * shape[1]) * self.noise_ends[-1]
        found = np.searchsorted(self.noise_ends, places, side="right")
        ids: Ids = np.minimum(found, len(self.noise_ends) - 1).reshape(shape)
        return ids

    def _record(
        self, center: int, context: list[int], negatives: Ids | None, step: Step, *, applied: bool
    ) -> TrainerStep:
        predicting, predicted = (context, [center]) if self.method == "cbow" else ([center], context)
        rows = self.inputs[predicting]  # (C, D)
        vector = rows.mean(axis=0)  # (D,)
        true = np.array(predicted)[:, None]  # (P, 1)
        everyone = np.tile(np.arange(len(self.inputs)), (len(predicted), 1))  # (P, V)
        scored = everyone if negatives is None else np.concatenate([true, negatives], axis=1)  # (P, M)
        scores = self.outputs[scored] @ vector  # (P, M)
        wanted = (scored == true) if negatives is None else np.arange(scored.shape[1])[None] == np.zeros_like(true)
        words = self.corpus.words
        probabilities, losses = _softmax(scores, wanted) if negatives is None else _sigmoid(scores, wanted)
        return TrainerStep(
            number=self.steps,
            center=words[center],
            context=tuple(words[place] for place in context),
            rows=rows,
            predicting=vector,
            predicted=tuple(words[place] for place in predicted),
            negatives=None if negatives is None else tuple(tuple(words[place] for place in row) for row in negatives),
            scored=scored,
            scores=scores,
            probabilities=probabilities,
            wanted=wanted.astype(np.float64),
            losses=losses,
            loss=step.loss,
            input_gradient=step.input_gradient,
            output_gradient=step.output_gradient,
            applied=applied,
        )


def turned(axes: Floats, inputs: Floats) -> Floats:
    """Return axes ``(D, 2)`` turned toward the two directions in which vectors ``(V, D)`` spread most.

    One step of the power method: repeated, it ends at the two principal axes. A step of training changes these little,
    so that axes which follow it step by step turn smoothly, where axes computed anew would jump and change sides.

    Source: Golub & Van Loan, *Matrix Computations*, section 7.3.

    Example: the spread along the third direction is the largest, then that along the first.

        >>> vectors = np.diag([2.0, 0.1, 5.0, 0.0])
        >>> axes = np.full((4, 2), 0.5) * [[1, 1], [1, -1], [1, 1], [1, -1]]
        >>> for _ in range(100):
        ...     axes = turned(axes, vectors)
        >>> (np.abs(axes[:, 0]) > 0.9).tolist()
        [False, False, True, False]
    """
    centered = inputs - inputs.mean(axis=0)
    moved = centered.T @ (centered @ axes)  # (D, 2)
    first = _unit(moved[:, 0], axes[:, 0])
    return np.stack([first, _across(moved[:, 1], first, axes[:, 1])], axis=1)


def _unit(vector: Floats, otherwise: Floats) -> Floats:
    length = np.sqrt(vector @ vector)
    return vector / length if length > 0 else otherwise


def _across(vector: Floats, first: Floats, before: Floats) -> Floats:
    """The part of a vector at right angles to the first axis; of the axis before where nothing is left of it."""
    for candidate in (vector, before, *np.eye(len(first))):
        rest = candidate - (candidate @ first) * first
        if np.sqrt(rest @ rest) > FLAT * np.sqrt(candidate @ candidate):
            rest = rest / np.sqrt(rest @ rest)
            rest = rest - (rest @ first) * first  # once more: the first time leaves rounding
            return np.asarray(rest / np.sqrt(rest @ rest))
    return before


def _softmax(scores: Floats, wanted: Any) -> tuple[Floats, Floats]:
    """The probabilities ``(P, M)`` and the losses ``(P,)`` of predictions over the whole vocabulary."""
    largest = scores.max(axis=1, keepdims=True)
    logs = scores - (largest + np.log(np.exp(scores - largest).sum(axis=1, keepdims=True)))
    return np.exp(logs), -(logs * wanted).sum(axis=1)


def _sigmoid(scores: Floats, wanted: Any) -> tuple[Floats, Floats]:
    """The same for a true word among noise words, each judged by itself."""
    signs = np.where(wanted, 1.0, -1.0)
    return np.exp(-np.logaddexp(0, -scores)), np.logaddexp(0, -signs * scores).sum(axis=1)
