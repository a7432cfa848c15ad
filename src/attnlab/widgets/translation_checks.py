"""What each trait of the explorer of translations accepts. Each function returns the value to keep, or raises."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from attnlab.widgets.traits import (
    StateError,
    StateTypeError,
    number_between,
    one_of,
    typed_text,
    whole_number_between,
)

if TYPE_CHECKING:
    from attnlab.widgets.translation import TranslationExplorer

MAX_TEXT = 2000  # characters
MAX_SEED = 2**32 - 1
MAX_ROWS = 64
MAX_WIDTH = 6  # fewer than the candidates that are listed: all that came of a row are among them
DECODING = ("greedy", "beam", "sample")
LOOK = ("cross", "decoder", "encoder")
ROW = ("attention", "head", "query", "weights")
DECIMALS = 6  # of a weight: what a page and Python both keep
NEAR_ONE = 1e-3


def text(widget: "TranslationExplorer", value: Any) -> str:
    """A text of at most 2000 characters; whether the translator can read it is seen when it does."""
    return typed_text("text", value, MAX_TEXT)


def decoding(widget: "TranslationExplorer", value: Any) -> str:
    """How each token is chosen."""
    return one_of("decoding", value, DECODING)


def temperature(widget: "TranslationExplorer", value: Any) -> float:
    """From 0.05 to 2; 1 leaves the model's distribution as it is."""
    return number_between("temperature", value, 0.05, 2)


def top_k(widget: "TranslationExplorer", value: Any) -> int:
    """How many tokens are drawn from; 0 for all."""
    return whole_number_between("top_k", value, 0, 1000)


def top_p(widget: "TranslationExplorer", value: Any) -> float:
    """The mass that is drawn from, from 0.01 to 1."""
    return number_between("top_p", value, 0.01, 1)


def width(widget: "TranslationExplorer", value: Any) -> int:
    """How many hypotheses the beam keeps."""
    return whole_number_between("width", value, 1, MAX_WIDTH)


def seed(widget: "TranslationExplorer", value: Any) -> int:
    """What the random numbers follow from."""
    return whole_number_between("seed", value, 0, MAX_SEED)


def steps(widget: "TranslationExplorer", value: Any) -> int | None:
    """How many steps are shown; None for all."""
    return None if value is None else whole_number_between("steps", value, 0, widget._card["max_length"])


def look(widget: "TranslationExplorer", value: Any) -> str:
    """Which attention is shown."""
    return one_of("look", value, LOOK)


def layer(widget: "TranslationExplorer", value: Any) -> int:
    """Of which layer, -1 for the last; a number that a stack does not have is its last."""
    most = max(len(widget._attentions(kind)) for kind in LOOK) - 1
    return whole_number_between("layer", value, -1, most)


def head(widget: "TranslationExplorer", value: Any) -> int:
    """Of which head; -1 for the mean of all."""
    return whole_number_between("head", value, -1, widget._card["heads"] - 1)


def forced(widget: "TranslationExplorer", value: Any) -> dict[int, int]:
    """Tokens that are dictated, by step: ids, or texts that are one token each."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise StateTypeError(f"forced must be a dict of steps and tokens, got {type(value).__name__}")
    most = widget._card["max_length"] - 1
    found: dict[int, int] = {}
    for key, token in value.items():
        # JSON, in which the front end speaks, has no numbers as keys.
        number = int(key) if isinstance(key, str) and key.isascii() and key.isdigit() else key
        step = whole_number_between("a step of forced", number, 0, most)
        found[step] = _token_id(widget, step, token)
    return dict(sorted(found.items()))


def _token_id(widget: "TranslationExplorer", step: int, token: Any) -> int:
    target = widget._translator.target
    if not isinstance(token, str):
        return whole_number_between(f"forced[{step}]", token, 0, len(target) - 1)
    if token in target.special.present:
        return int({target.special.start: target.start_id, target.special.end: target.end_id}[token])
    ids = target.encode(token)
    if len(ids) != 1:
        parts = [target.decode([one]) for one in ids]
        raise StateError(f"forced[{step}] is {token!r}, which is {len(ids)} tokens and not one: {parts}")
    return int(ids[0])


def rows(widget: "TranslationExplorer", value: Any) -> list[dict[str, Any]]:
    """Rows of attention that are overwritten; weights that do not sum to 1 are divided by their sum."""
    if value is None:
        return []
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise StateTypeError(f"rows must be a list of rows, got {type(value).__name__}")
    if len(value) > MAX_ROWS:
        raise StateError(f"rows holds {len(value)} rows, at most {MAX_ROWS} are taken")
    found = [_row(widget, place, row) for place, row in enumerate(value)]
    # Of two for the same place the later one counts.
    return list({(row["attention"], row["head"], row["query"]): row for row in found}.values())


def _row(widget: "TranslationExplorer", place: int, row: Any) -> dict[str, Any]:
    name = f"rows[{place}]"
    if isinstance(row, Mapping):
        if set(row) != set(ROW):
            raise StateError(f"{name} must hold {', '.join(ROW)}, got {', '.join(map(str, row))}")
        row = [row[part] for part in ROW]
    if isinstance(row, str) or not isinstance(row, Sequence) or len(row) != len(ROW):
        raise StateTypeError(f"{name} must be an attention, a head, a query and its weights, got {row!r}")
    attention, head_of, query, weights = row
    most = widget._card["max_length"]
    return {
        "attention": one_of(f"{name}, attention,", attention, tuple(widget._card["attentions"])),
        "head": whole_number_between(f"{name}, head,", head_of, -1, widget._card["heads"] - 1),
        "query": whole_number_between(f"{name}, query,", query, 0, most - 1),
        "weights": _weights(f"{name}, weights,", weights, most),
    }


def _weights(name: str, value: Any, most: int) -> list[float]:
    if isinstance(value, str) or not isinstance(value, Sequence | np.ndarray):
        raise StateTypeError(f"{name} must be a list of numbers, got {type(value).__name__}")
    if not 1 <= len(value) <= most:
        raise StateError(f"{name} has {len(value)} numbers, from 1 to {most} are taken")
    checked = [number_between(f"{name} number {place}", one, 0, 1e6) for place, one in enumerate(value)]
    total = sum(checked)
    if total == 0:
        raise StateError(f"{name} are {len(checked)} zeros: at least one must be above 0")
    if abs(total - 1) <= NEAR_ONE:
        return checked
    return [round(one / total, DECIMALS) for one in checked]
