"""A translation with all its steps: what the model said at each of them, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ids = tuple[int, ...]
Weights = Mapping[str, NDArray[np.float32]]
Probabilities = NDArray[np.float64]


class Candidate(NamedTuple):
    """A token that could come next.

    Attributes:
        text: the token.
        id: its number in the vocabulary.
        probability: what it is chosen with: after temperature, top-k and top-p.
        own: what the model itself gives it.
        before: what the model gives it with no row of attention overwritten; None where none is.
    """

    text: str
    id: int
    probability: float
    own: float
    before: float | None


class Hypothesis(NamedTuple):
    """One of the texts that are considered after a step; without a beam there is one.

    Attributes:
        ids: its tokens.
        token: the last of them as text.
        log_probability: the logarithm (base e) of its probability.
        score: the same over the length penalty; what a beam compares.
        parent: its place among the hypotheses that went on from the step before.
        finished: whether it ended with this step.
        best: whether it is the shown translation, or a beginning of it.
    """

    ids: Ids
    token: str
    log_probability: float
    score: float
    parent: int
    finished: bool
    best: bool


@dataclass(frozen=True)
class Asked:
    """What a translation follows from; see ``TranslationExplorer``."""

    text: str
    decoding: str
    temperature: float
    top_k: int
    top_p: float
    width: int
    seed: int
    forced: Mapping[int, int]
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Row:
    """What the model says after one beginning.

    Attributes:
        prefix: the tokens so far.
        own: ``(V,)``, the model's distribution of the next token.
        used: ``(V,)``, what the token is chosen from.
        attention: for each attention of the decoder, where it looks: ``(H, Tk)``.
    """

    prefix: Ids
    own: Probabilities
    used: Probabilities
    attention: Weights = field(repr=False)


@dataclass(frozen=True, eq=False)
class Node:
    """One more token after a row: see ``Hypothesis``."""

    ids: Ids
    log_probability: float
    score: float
    parent: int
    finished: bool


@dataclass(frozen=True, eq=False)
class Level:
    """One step.

    Attributes:
        rows: one for each text that went on.
        nodes: what it became: first those that go on, then those that ended.
        best: the tokens of the best text so far.
    """

    rows: tuple[Row, ...]
    nodes: tuple[Node, ...]
    best: Ids


@dataclass(frozen=True, eq=False)
class Run:
    """A whole translation.

    Attributes:
        read: what the encoder reads, as it is shown.
        levels: the steps.
        encoder: for each attention of the encoder ``(H, S, S)``.
        before: for each beginning the model's distribution with no row overwritten; empty where none is.
        plain: the tokens with nothing forced and nothing overwritten; None where this is just that.
    """

    read: tuple[str, ...]
    levels: tuple[Level, ...]
    encoder: Weights = field(repr=False)
    before: Mapping[Ids, Probabilities] = field(repr=False)
    plain: Ids | None

    def best(self, steps: int) -> Ids:
        """The tokens of the best text after so many steps."""
        return self.levels[steps - 1].best if steps else ()

    def rows(self, steps: int) -> list[Row]:
        """The rows along that text, and that of the token to come if there is one."""
        best = self.best(steps)
        count = len(best) + (len(best) == steps < len(self.levels))
        return [self.row(best[:place]) for place in range(count)]

    def row(self, prefix: Ids) -> Row:
        """The row after a beginning."""
        return next(row for row in self.levels[len(prefix)].rows if row.prefix == prefix)
