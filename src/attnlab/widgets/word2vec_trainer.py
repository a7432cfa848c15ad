"""The Word2Vec trainer: CBOW and skip-gram side by side on a small text, step by step."""

from typing import Any

import numpy as np

from attnlab.widgets import word2vec_trainer_checks as checks
from attnlab.widgets import word2vec_trainer_fallback
from attnlab.widgets.base import AttnWidget
from attnlab.widgets.traits import Checked, Fixed
from attnlab.widgets.word2vec_trainer_run import METHODS, Floats, Run, Settings, TrainerStep
from attnlab.widgets.word2vec_trainer_text import Corpus, read
from attnlab.widgets.word2vec_trainer_texts import EXAMPLES, ROYALS

SETTINGS = ("loss", "window", "dim", "learning_rate", "negatives", "seed")
STATE = ("text", *SETTINGS, "steps", "computed", "follow", "side")
SEED = 31  # a good start: with two dimensions not every one ends in so clear a picture
TRAINED = 1500  # steps of the worked example: 25 times through its text


class Word2VecTrainer(AttnWidget):
    """CBOW and skip-gram learning word vectors from a small text, side by side, live.

    Both sides read the same text with the same window, from the same random input matrix and an output matrix of zeros.
    The reader can change all that is listed below as an attribute, on screen or in Python; the two stay the same. Both
    matrices follow from it: changing a setting is training anew with it, up to the same step.

    Args:
        text: a text of at most 10,000 characters, of which the 120 most frequent words are trained; an example unless
            given. A sentence ends with its full stop: no window reaches beyond it.
        loss: ``"softmax"`` over the whole vocabulary, or ``"negative-sampling"``.
        window: how many words to each side are context, from 1 to 5.
        dim: the length of a vector, from 2 to 10.
        learning_rate: what the gradients are multiplied by, from 0.001 to 0.5.
        negatives: how many noise words there are to each true one, from 1 to 10.
        steps: how many steps both sides have done, up to 5000.
        computed: whether the step after these is computed, and waits to be applied.
        seed: what the random numbers follow from.
        follow: the word whose neighbors are named.
        side: which side a narrow screen shows, ``"cbow"`` or ``"skip-gram"``.
        id: its name in the page's address.
        lang: the language of its texts; ``ATTNLAB_LANG`` decides unless given.

    Attributes:
        text, loss, window, dim, learning_rate, negatives, steps, computed, seed, follow, side: as above.

    Raises:
        TypeError, ValueError: an argument, or a later assignment, does not fit; the widget stays as it was.
        FileNotFoundError: the front end was never built.

    Example:

        >>> trainer = Word2VecTrainer("Kings rule lands. Queens rule lands.", dim=2, steps=0)
        >>> trainer.words
        ('lands', 'rule', 'kings', 'queens')
        >>> trainer.compute()
        >>> step = trainer.step["cbow"]
        >>> step.context, step.predicted, round(step.loss, 4)  # of four words that all score 0, each has 1/4
        (('rule', 'lands'), ('kings',), 1.3863)
        >>> trainer.apply()
        >>> trainer.steps, trainer.output_vectors["cbow"].shape
        (1, (4, 2))
    """

    KIND = "word2vec"

    text = Checked(checks.text)
    loss = Checked(checks.loss)
    window = Checked(checks.window)
    dim = Checked(checks.dim)
    learning_rate = Checked(checks.learning_rate)
    negatives = Checked(checks.negatives)
    seed = Checked(checks.seed)
    steps = Checked(checks.steps)
    computed = Checked(checks.computed)
    follow = Checked(checks.follow)
    side = Checked(checks.side)
    examples = Fixed()
    defaults = Fixed()

    def __init__(
        self,
        text: str | None = None,
        *,
        loss: str = "softmax",
        window: int = 2,
        dim: int = 2,
        learning_rate: float = 0.1,
        negatives: int = 5,
        steps: int = TRAINED,
        computed: bool = False,
        seed: int = SEED,
        follow: str | None = None,
        side: str = "cbow",
        id: str | None = None,
        lang: str | None = None,
    ) -> None:
        given = {
            "text": ROYALS.text if text is None else text,
            "loss": loss,
            "window": window,
            "dim": dim,
            "learning_rate": learning_rate,
            "negatives": negatives,
            "seed": seed,
            "steps": steps,
            "computed": computed,
            "side": side,
            "follow": follow or (ROYALS.follow if text is None else ""),
        }
        start = {name: getattr(checks, name)(self, given[name]) for name in STATE}
        examples = [example._asdict() for example in EXAMPLES]
        self._corpus_of: tuple[str, Corpus] | None = None
        self._runs: tuple[Any, dict[str, Run]] | None = None
        super().__init__(id=id, lang=lang, examples=examples, defaults=start, **start)

    @property
    def corpus(self) -> Corpus:
        """The text as numbers. It is there for every text, also for one of which nothing can be learned."""
        if self._corpus_of is None or self._corpus_of[0] != self.text:
            self._corpus_of = self.text, read(self.text)
        return self._corpus_of[1]

    @property
    def words(self) -> tuple[str, ...]:
        """The ``V`` words of the vocabulary, the most frequent first: the rows of all matrices."""
        return self.corpus.words

    @property
    def followed(self) -> str:
        """The word whose neighbors are named: ``follow``, or the most frequent word of a text that lacks it."""
        words = self.words
        if self.follow in words:
            return str(self.follow)
        return words[0] if words else ""

    @property
    def vectors(self) -> dict[str, Floats]:
        """For ``"cbow"`` and ``"skip-gram"``: the input matrix ``(V, D)``, which holds the word vectors.

        Raises:
            ValueError: nothing can be learned from the text; the message says why. So for all that follows.
        """
        return {method: run.inputs.copy() for method, run in self._trained().items()}

    @property
    def output_vectors(self) -> dict[str, Floats]:
        """For each side: the output matrix ``(V, D)``."""
        return {method: run.outputs.copy() for method, run in self._trained().items()}

    @property
    def coordinates(self) -> dict[str, Floats]:
        """For each side: where each word stands in the picture, ``(V, 2)``.

        With two dimensions that is its vector. With more, it is the vector seen along the two directions in which the
        vectors spread most.
        """
        return {method: run.coordinates() for method, run in self._trained().items()}

    @property
    def losses(self) -> dict[str, Floats]:
        """For each side: the loss of each step, in nats, ``(steps,)``; skip-gram's is summed over its predictions."""
        return {method: np.array(run.losses) for method, run in self._trained().items()}

    @property
    def step(self) -> dict[str, TrainerStep] | None:
        """For each side: the step that is on screen; None before the first.

        That is the one that is computed and not applied yet, or else the last one that was applied.
        """
        runs = self._trained()
        if self.is_waiting:
            return {method: run.computed() for method, run in runs.items()}
        found = {method: run.last for method, run in runs.items() if run.last is not None}
        return found or None

    @property
    def is_waiting(self) -> bool:
        """Whether a step is computed and not applied yet. After the last step there is none to compute."""
        return bool(self.computed) and self.steps < checks.MAX_STEPS

    def nearest(self, word: str | None = None, count: int = 3) -> dict[str, list[tuple[str, float]]]:
        """For each side: the words whose vectors point most nearly in the direction of a word's, with the cosine.

        Args:
            word: of the vocabulary; the followed word unless given.
            count: how many.

        Raises:
            ValueError: the word is not in the vocabulary, or nothing can be learned from the text.

        Example:

            >>> trainer = Word2VecTrainer()
            >>> sorted(word for word, _ in trainer.nearest("kings", 2)["skip-gram"])
            ['princes', 'queens']
        """
        runs = self._trained()
        asked = self.followed if word is None else word
        if asked not in self.words:
            raise ValueError(f"{asked!r} is not among the {len(self.words)} words of the vocabulary")
        place = self.words.index(asked)
        return {method: _nearest(run.inputs, place, self.words, count) for method, run in runs.items()}

    def compute(self) -> None:
        """Compute the next step without applying it: predictions, loss and gradients."""
        self.computed = True

    def apply(self) -> None:
        """Apply the step that is computed: subtract its gradients, times the learning rate, from the matrices.

        Raises:
            ValueError: no step is computed.
        """
        if not self.is_waiting:
            raise ValueError("no step is computed: call compute() first")
        self.train(1)

    def train(self, count: int) -> None:
        """Do so many steps more, as far as the limit of 5000 allows."""
        with self.hold_sync(), self.hold_trait_notifications():
            self.steps = min(self.steps + count, checks.MAX_STEPS)
            self.computed = False

    def summary(self) -> str:
        """Return the state in a sentence, for a terminal."""
        return f"Word2VecTrainer: {' '.join(self._sentences())}"

    def fallback_html(self) -> str:
        """Return the worked example as sentences and a table of each word's neighbor."""
        try:
            self._trained()
        except ValueError as problem:
            return word2vec_trainer_fallback.fallback([str(problem)], [], self.lang)
        listed = self.words[: word2vec_trainer_fallback.LONGEST_TABLE]
        nearest = [(word, self.nearest(word, 1)) for word in listed]
        rows = [(word, found["cbow"][0], found["skip-gram"][0]) for word, found in nearest]
        return word2vec_trainer_fallback.fallback(self._sentences(), rows, self.lang)

    def __repr__(self) -> str:
        return f"<Word2VecTrainer: {len(self.words)} words, {self.steps} steps>"

    def _sentences(self) -> list[str]:
        try:
            nearest = self.nearest(count=2)
        except ValueError as problem:
            return [str(problem)]
        return word2vec_trainer_fallback.sentences(self.steps, self.followed, len(self.words), nearest, self.lang)

    def _trained(self) -> dict[str, Run]:
        """Both sides after ``steps`` steps: those that are there go on; others begin anew."""
        corpus = self.corpus
        if corpus.problem is not None:
            raise ValueError(word2vec_trainer_fallback.problem(corpus.problem, self.lang))
        settings = Settings(*(getattr(self, name) for name in SETTINGS))
        key = (self.text, settings)
        if self._runs is None or self._runs[0] != key or self._runs[1]["cbow"].steps > self.steps:
            self._runs = key, {method: Run(corpus, settings, method) for method in METHODS}
        for run in self._runs[1].values():
            run.go_to(self.steps)
        if not all(run.is_finite for run in self._runs[1].values()):
            raise ValueError(word2vec_trainer_fallback.problem("overflow", self.lang))
        return self._runs[1]


def _nearest(vectors: Floats, place: int, words: tuple[str, ...], count: int) -> list[tuple[str, float]]:
    lengths = np.linalg.norm(vectors, axis=1)
    cosines = vectors @ vectors[place] / (lengths * lengths[place])  # (V,)
    order = [other for other in np.argsort(-cosines, kind="stable").tolist() if other != place]
    return [(words[other], float(cosines[other])) for other in order[:count]]
