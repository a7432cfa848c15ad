"""What attention heads do on a text, measured: how much of its weight a head gives to the token before, and the like.

Nothing here knows a head. Each label is the outcome of one rule, the same for every head of every model, on one text;
on another text it may come out differently.

================  ============================================================================================
``"previous"``    the token before
``"next"``        the token after
``"itself"``      the token itself
``"same"``        other tokens that are written the same
``"first"``       the first token
``"delimiter"``   punctuation, and the model's own marks, such as ``<end>``
``"spread"``      all tokens alike: the entropy of the weights, as a share of the largest that there could be
================  ============================================================================================
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

KINDS = ("previous", "next", "itself", "same", "first", "delimiter", "spread")
LEAST_WEIGHT = 0.4  # a label needs this much of the weight
LEAST_LIFT = 2.0  # and this many times what a head would give that looks everywhere alike
LEAST_SPREAD = 0.9  # of the largest entropy
LEAST_ROWS = 2
_MARK = re.compile(r"<[^<>\s]+>|\[[A-Z]+\]")
_BLANKS = ("<mask>", "[MASK]")  # marks that stand for a word


@dataclass(frozen=True)
class HeadScore:
    """How much weight a head gives to one kind of token, on one text.

    Attributes:
        kind: one of the kinds above.
        weight: the mean over the rows; of ``"spread"`` the mean share of the largest entropy. From 0 to 1.
        chance: what a head would score that looks at all tokens alike, over the same rows.
        rows: how many rows were counted: those that have such a token, and a choice between it and another one.
        holds: whether the head is labeled so: at least 2 rows, a weight of at least 0.4, and twice the chance; for
            ``"spread"``, which every uniform head scores 1 on, at least 0.9.

    Example:

        >>> HeadScore("previous", weight=0.75, chance=0.25, rows=8).holds
        True
    """

    kind: str
    weight: float
    chance: float
    rows: int

    @property
    def holds(self) -> bool:
        """Whether the head is labeled so."""
        if self.rows < LEAST_ROWS:
            return False
        if self.kind == "spread":
            return self.weight >= LEAST_SPREAD
        return self.weight >= LEAST_WEIGHT and self.weight >= LEAST_LIFT * self.chance


def is_delimiter(token: str) -> bool:
    """Return whether a token is punctuation, white space, or a mark of the model's own.

    Example: a mask stands for a word.

        >>> [is_delimiter(token) for token in (" .", "<end>", " time", "<mask>")]
        [True, True, False, False]
    """
    bare = token.strip()
    if bare in _BLANKS:
        return False
    return _MARK.fullmatch(bare) is not None or not any(character.isalnum() for character in bare)


def head_scores(
    weights: ArrayLike, queries: Sequence[str], keys: Sequence[str] | None = None, *, causal: bool = False
) -> tuple[tuple[HeadScore, ...], ...]:
    """Return for each head how much weight it gives to each kind of token, in the order of the table above.

    A score is a mean over the tokens that look, one row each. Counted are the rows that have a token of the kind among
    those that they may look at, and at least one other. Kinds without such a row are there with 0 rows.

    Args:
        weights: ``(H, Tq, Tk)``, each row summing to 1.
        queries: the ``Tq`` tokens that look.
        keys: the ``Tk`` tokens that are looked at; the queries themselves unless given. Of another text there is no
            token before, after or itself.
        causal: whether a token looks only at itself and at those before it.

    Raises:
        ValueError: the sizes do not fit.

    Source: for the measure, Clark et al., *What Does BERT Look At?* (2019), section 3.

    Example: a head that always looks back by one.

        >>> look_back = [[[1, 0, 0], [1, 0, 0], [0, 1, 0]]]
        >>> (found,) = head_scores(look_back, ["an", "apple", "tree"])
        >>> found[0].kind, found[0].weight, round(found[0].chance, 3), found[0].rows
        ('previous', 1.0, 0.333, 2)
    """
    table = np.asarray(weights, dtype=np.float64)
    own = keys is None
    looked_at = queries if keys is None else keys
    if table.ndim != 3 or table.shape[1:] != (len(queries), len(looked_at)):
        raise ValueError(
            f"{len(queries)} tokens look at {len(looked_at)}, but the weights have shape {table.shape}; "
            "they must be (H, Tq, Tk)"
        )
    if causal and not own:
        raise ValueError("causal is for tokens that look at each other: give no keys")
    seen = np.tri(len(queries), dtype=bool) if causal else np.ones(table.shape[1:], dtype=bool)  # (Tq, Tk)
    targets = _targets(queries, looked_at, own)
    scores = [_score_of(kind, table, targets[kind] & seen, seen) for kind in KINDS[:-1]]
    scores.append(_spread_of(table, seen))
    return tuple(zip(*scores, strict=True))


def head_labels(
    weights: ArrayLike, queries: Sequence[str], keys: Sequence[str] | None = None, *, causal: bool = False
) -> tuple[tuple[HeadScore, ...], ...]:
    """Return for each head the scores that hold, the one furthest above its chance first; see :func:`head_scores`.

    Example: head 0 looks at itself, head 1 everywhere alike.

        >>> labels = head_labels([np.eye(3), np.full((3, 3), 1 / 3)], ["an", "apple", "tree"])
        >>> [[label.kind for label in head] for head in labels]
        [['itself'], ['spread']]
    """
    scores = head_scores(weights, queries, keys, causal=causal)
    return tuple(
        tuple(sorted((one for one in head if one.holds), key=lambda one: one.chance - one.weight)) for head in scores
    )


def _targets(queries: Sequence[str], keys: Sequence[str], own: bool) -> dict[str, NDArray[np.bool_]]:
    """Which keys are of each kind for each query, ``(Tq, Tk)``."""
    shape = (len(queries), len(keys))
    nowhere = np.zeros(shape, dtype=bool)
    marks = np.array([is_delimiter(key) for key in keys], dtype=bool)  # (Tk,)
    itself = np.eye(*shape, dtype=bool) if own else nowhere
    bare_queries, bare_keys = ([token.strip().lower() for token in tokens] for tokens in (queries, keys))
    equal = np.array([[query == key for key in bare_keys] for query in bare_queries], dtype=bool).reshape(shape)
    first = nowhere.copy()
    first[:, :1] = True
    return {
        "previous": np.eye(*shape, k=-1, dtype=bool) if own else nowhere,
        "next": np.eye(*shape, k=1, dtype=bool) if own else nowhere,
        "itself": itself,
        "same": equal & ~itself & ~marks,
        "first": first,
        "delimiter": np.broadcast_to(marks, shape),
    }


def _score_of(
    kind: str, table: NDArray[np.float64], target: NDArray[np.bool_], seen: NDArray[np.bool_]
) -> list[HeadScore]:
    wanted, most = target.sum(axis=1), seen.sum(axis=1)  # (Tq,)
    counted = (wanted > 0) & (wanted < most)
    rows = int(counted.sum())
    if rows == 0:
        return [HeadScore(kind, 0.0, 0.0, 0)] * len(table)
    chance = float((wanted[counted] / most[counted]).mean())
    means = np.where(target, table, 0.0).sum(axis=2)[:, counted].mean(axis=1)  # (H,)
    return [HeadScore(kind, float(mean), chance, rows) for mean in means]


def _spread_of(table: NDArray[np.float64], seen: NDArray[np.bool_]) -> list[HeadScore]:
    most = seen.sum(axis=1)  # (Tq,)
    counted = most > 1
    rows = int(counted.sum())
    if rows == 0:
        return [HeadScore("spread", 0.0, 0.0, 0)] * len(table)
    logs = np.log(np.where(table > 0, table, 1.0))
    entropy = -(table * logs).sum(axis=2)[:, counted]  # (H, rows)
    means = (entropy / np.log(most[counted])).mean(axis=1)  # (H,)
    return [HeadScore("spread", float(mean), 1.0, rows) for mean in means]
