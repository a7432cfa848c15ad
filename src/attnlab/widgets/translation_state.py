"""A translation as a page carries it: candidates with their numbers, attention as base64 of little-endian float16."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnlab.widgets.translation_results import candidates
from attnlab.widgets.translation_run import Level, Run


def run_state(run: Run, inputs: Mapping[str, Any], target: Any) -> dict[str, Any]:
    """Return a run as JSON can hold it, with what it was asked with."""
    return {
        "inputs": dict(inputs),
        "read": list(run.read),
        "levels": [_level(run, level, target) for level in run.levels],
        "encoder": _packed(run.encoder),
        "plain": None if run.plain is None else {"ids": list(run.plain), "text": _text(target, run.plain)},
    }


def _text(target: Any, ids: tuple[int, ...]) -> str:
    return str(target.decode(ids, skip_special=True))


def _level(run: Run, level: Level, target: Any) -> dict[str, Any]:
    rows = []
    for place, row in enumerate(level.rows):
        became = [node.ids[-1] for node in level.nodes if node.parent == place]
        # A row of a beam has one token of its own for each hypothesis that came of it; the first is enough to be seen.
        listed = candidates(row, became[:1], target, run.before.get(row.prefix))
        rows.append({"candidates": [list(one) for one in listed], "attention": _packed(row.attention)})
    nodes = [
        {
            "id": node.ids[-1],
            "text": target.decode(node.ids[-1:]),
            "probability": float(level.rows[node.parent].used[node.ids[-1]]),
            "log_probability": node.log_probability,
            "score": node.score,
            "parent": node.parent,
            "finished": node.finished,
        }
        for node in level.nodes
    ]
    return {"rows": rows, "nodes": nodes, "best": list(level.best), "text": _text(target, level.best)}


def _packed(attention: Mapping[str, NDArray[np.float32]]) -> dict[str, Any]:
    return {
        name: {
            "shape": list(weights.shape),
            "data": base64.b64encode(weights.astype("<f2").tobytes()).decode("ascii"),
        }
        for name, weights in attention.items()
    }
