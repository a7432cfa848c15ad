"""The exercises of the chapter on multi-head attention.

The number of tokens, of heads and the head's width all differ, and there are more heads than one: with equal sizes, or
with a single head, every way to cut gives the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attnlab.exercises.checking import Case, Exercise
from attnlab.exercises.self_attention import softmax

Array = NDArray[np.float64]
Loss = Callable[[Array], float]


# --- 1. split(x, n_heads) -> (H, T, Dh) -------------------------------------------------------------------------------


def split(x: Array, n_heads: int) -> Array:
    """Return the vectors ``(T, D)`` cut into heads: ``(H, T, Dh)``. Head h has columns ``h * Dh`` and those after."""
    T, D = x.shape
    cut: Array = x.reshape(T, n_heads, D // n_heads).transpose(1, 0, 2)  # (H, T, Dh)
    return cut


def _split_cases() -> Sequence[Case]:
    random = np.random.default_rng(81)
    return [(random.normal(size=(5, 6)), 2), (random.normal(size=(4, 6)), 3)]


SPLIT = Exercise(
    id="multi-head-attention/split",
    reference=split,
    cases=_split_cases,
    rivals={
        "wrong-axis": lambda x, n_heads: x.reshape(n_heads, len(x), -1),
        "tokens-first": lambda x, n_heads: x.reshape(len(x), n_heads, -1),
        "interleaved": lambda x, n_heads: x.reshape(len(x), -1, n_heads).transpose(2, 0, 1),
        "widths-exchanged": lambda x, n_heads: x.reshape(len(x), -1, n_heads).transpose(1, 0, 2),
        "columns": lambda x, n_heads: split(x, n_heads).transpose(0, 2, 1),
    },
)


# --- 2. merge(heads) -> (T, D) ----------------------------------------------------------------------------------------


def merge(heads: Array) -> Array:
    """Return the results of the heads ``(H, T, Dh)`` side by side: ``(T, H * Dh)``."""
    side_by_side: Array = heads.transpose(1, 0, 2).reshape(heads.shape[1], -1)  # (T, H * Dh)
    return side_by_side


def _merge_cases() -> Sequence[Case]:
    random = np.random.default_rng(82)
    return [(random.normal(size=(2, 5, 3)),), (random.normal(size=(3, 4, 2)),)]


MERGE = Exercise(
    id="multi-head-attention/merge",
    reference=merge,
    cases=_merge_cases,
    rivals={
        "wrong-axis": lambda heads: heads.reshape(heads.shape[1], -1),
        "interleaved": lambda heads: heads.transpose(1, 2, 0).reshape(heads.shape[1], -1),
        "below-each-other": lambda heads: np.concatenate(heads, axis=0),
        "sum": lambda heads: heads.sum(axis=0),
        "mean": lambda heads: heads.mean(axis=0),
    },
)


# --- 3. multi_head(x, w_q, w_k, w_v, w_o, n_heads) -> (T, D) ----------------------------------------------------------


def multi_head(x: Array, w_q: Array, w_k: Array, w_v: Array, w_o: Array, n_heads: int) -> Array:
    """Return the output of multi-head attention. ``x`` is ``(T, D)``, each map ``(D, D)``."""
    return _through(x, w_q, w_k, w_v, n_heads) @ w_o


def _through(
    x: Array,
    w_q: Array,
    w_k: Array,
    w_v: Array,
    n_heads: int,
    *,
    cut: Callable[[Array, int], Array] = split,
    join: Callable[[Array], Array] = merge,
    scale: float | None = None,
) -> Array:
    """What the heads found, side by side: ``(T, D)``."""
    query, key, value = (cut(x @ w, n_heads) for w in (w_q, w_k, w_v))  # (H, T, Dh) each
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    return join(softmax(query @ key.transpose(0, 2, 1) * scale) @ value)


def _wrong_cut(x: Array, n_heads: int) -> Array:
    return x.reshape(n_heads, len(x), -1)


def _wrong_join(heads: Array) -> Array:
    return heads.reshape(heads.shape[1], -1)


def _first_pattern(x: Array, w_q: Array, w_k: Array, w_v: Array, w_o: Array, n_heads: int) -> Array:
    """All heads look where head 0 looks."""
    query, key = split(x @ w_q, n_heads)[0], split(x @ w_k, n_heads)[0]  # (T, Dh) each
    mixed: Array = softmax(query @ key.T / np.sqrt(query.shape[1])) @ x @ w_v @ w_o
    return mixed


def _multi_head_cases() -> Sequence[Case]:
    random = np.random.default_rng(83)
    x = random.normal(size=(5, 6))
    maps = [random.normal(scale=0.5, size=(6, 6)) for _ in range(4)]
    return [(x, *maps, 2), (x[:4], *maps, 3)]


MULTI_HEAD = Exercise(
    id="multi-head-attention/whole",
    reference=multi_head,
    cases=_multi_head_cases,
    rivals={
        "no-output-map": lambda x, w_q, w_k, w_v, w_o, n_heads: _through(x, w_q, w_k, w_v, n_heads),
        "one-head": lambda x, w_q, w_k, w_v, w_o, n_heads: multi_head(x, w_q, w_k, w_v, w_o, 1),
        "model-width": lambda x, w_q, w_k, w_v, w_o, n_heads: (
            _through(x, w_q, w_k, w_v, n_heads, scale=x.shape[1] ** -0.5) @ w_o
        ),
        "no-scale": lambda x, w_q, w_k, w_v, w_o, n_heads: _through(x, w_q, w_k, w_v, n_heads, scale=1.0) @ w_o,
        "wrong-cut": lambda x, w_q, w_k, w_v, w_o, n_heads: (
            _through(x, w_q, w_k, w_v, n_heads, cut=_wrong_cut, join=_wrong_join) @ w_o
        ),
        "cut-without-transpose": lambda x, w_q, w_k, w_v, w_o, n_heads: (
            _through(x, w_q, w_k, w_v, n_heads, cut=_wrong_cut) @ w_o
        ),
        "merged-without-transpose": lambda x, w_q, w_k, w_v, w_o, n_heads: (
            _through(x, w_q, w_k, w_v, n_heads, join=_wrong_join) @ w_o
        ),
        "output-map-transposed": lambda x, w_q, w_k, w_v, w_o, n_heads: multi_head(x, w_q, w_k, w_v, w_o.T, n_heads),
        "one-pattern": _first_pattern,
    },
)


# --- 4. previous(weights) -> (H,) -------------------------------------------------------------------------------------


def previous(weights: Array) -> Array:
    """Return for each head the mean weight that a token gives to the token before it; the first token has none."""
    before: Array = np.diagonal(weights, offset=-1, axis1=1, axis2=2)  # (H, T - 1)
    share: Array = before.mean(axis=1)  # (H,)
    return share


def _best_before(weights: Array) -> Array:
    """How often the token before has the largest weight."""
    T = weights.shape[1]
    hits: Array = (weights.argmax(axis=2)[:, 1:] == np.arange(T - 1)).mean(axis=1)
    return hits


def _previous_cases() -> Sequence[Case]:
    random = np.random.default_rng(84)
    return [(random.dirichlet([0.6] * T, size=(H, T)),) for H, T in ((2, 5), (3, 7))]


PREVIOUS = Exercise(
    id="multi-head-attention/previous",
    reference=previous,
    cases=_previous_cases,
    rivals={
        "next": lambda weights: np.diagonal(weights, offset=1, axis1=1, axis2=2).mean(axis=1),
        "itself": lambda weights: np.diagonal(weights, axis1=1, axis2=2).mean(axis=1),
        "first-counted": lambda weights: np.diagonal(weights, -1, 1, 2).sum(axis=1) / weights.shape[1],
        "sum": lambda weights: np.diagonal(weights, -1, 1, 2).sum(axis=1),
        "all-heads": lambda weights: previous(weights).mean(),
        "largest": _best_before,
        "wraps-around": lambda weights: np.stack(
            [head[np.arange(len(head)), np.arange(len(head)) - 1] for head in weights]
        ).mean(axis=1),
    },
)


# --- 5. importance(loss, n_heads) -> (H,) -----------------------------------------------------------------------------


@dataclass(frozen=True)
class LossOfGates:
    """The squared error of a sum of heads, each times its gate: ``mean((sum_h g_h Z_h - Y) ** 2)``.

    Attributes:
        parts: ``(H, T, D)``, what each head adds to the output.
        target: ``(T, D)``.
    """

    parts: Array
    target: Array

    def __call__(self, gates: Array) -> float:
        """Return the loss with the heads weighted by ``gates``, ``(H,)``."""
        gates = np.asarray(gates, dtype=np.float64)
        if gates.shape != (len(self.parts),):
            raise ValueError(f"there are {len(self.parts)} heads, but the gates have shape {gates.shape}")
        return float(((np.einsum("h,htd->td", gates, self.parts) - self.target) ** 2).mean())


def importance(loss: Loss, n_heads: int) -> Array:
    """Return for each head how much the loss grows when that head alone is switched off."""
    every = loss(np.ones(n_heads))
    return np.array([loss(1 - one) - every for one in np.eye(n_heads)])


def _never_back_on(loss: Loss, n_heads: int) -> Array:
    gates, every, found = np.ones(n_heads), loss(np.ones(n_heads)), []
    for h in range(n_heads):
        gates[h] = 0
        found.append(loss(gates) - every)
    return np.array(found)


def _importance_cases() -> Sequence[Case]:
    random = np.random.default_rng(85)
    cases = []
    for H in (3, 5):
        parts = random.normal(size=(H, 4, 6))
        parts[1] = 0.9 * parts[0] + 0.1 * parts[1]  # two heads that can stand in for each other
        target = parts.sum(axis=0) + random.normal(scale=0.3, size=(4, 6))
        cases.append((LossOfGates(parts, target), H))
    return cases


IMPORTANCE = Exercise(
    id="multi-head-attention/importance",
    reference=importance,
    cases=_importance_cases,
    rivals={
        "not-subtracted": lambda loss, n_heads: [loss(1 - one) for one in np.eye(n_heads)],
        "backward": lambda loss, n_heads: -importance(loss, n_heads),
        "only-this-head": lambda loss, n_heads: [loss(one) - loss(np.ones(n_heads)) for one in np.eye(n_heads)],
        "from-nothing": lambda loss, n_heads: [loss(np.zeros(n_heads)) - loss(one) for one in np.eye(n_heads)],
        "never-back-on": _never_back_on,
        "sum": lambda loss, n_heads: importance(loss, n_heads).sum(),
    },
)

EXERCISES = (SPLIT, MERGE, MULTI_HEAD, PREVIOUS, IMPORTANCE)

QUESTIONS = {"multi-head-attention/cost": 3, "multi-head-attention/mixing": 1, "multi-head-attention/spare": 2}
