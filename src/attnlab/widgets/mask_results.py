"""What a mask makes of one head and of a model's next tokens: the numbers that stand on screen, by the package."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnlab.widgets.playground_files import folder_of
from attnlab.widgets.playground_results import Candidate, likeliest, loaded, shown

PRESETS = ("causal", "padding", "causal-padding", "prefix", "window", "none", "cross", "own", "own-cross")
FAULTS = ("none", "inverted", "wrong-axis", "empty-row", "half-precision")
MODEL_OF = {True: "translator", False: "writer"}  # whether the mask is that of cross-attention
MAX_TOKENS = 24  # more would be cells too small to paint

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Reading:
    """A text as a model reads it, before anyone has painted a mask.

    Attributes:
        queries, keys: the tokens of the rows and the columns, as they are shown.
        ids: of the rows' tokens; ``source`` those of the columns in a translator.
        scores: of the first layer, ``(H, Tq, Tk)``, before any mask: there they do not depend on it.
        cut: how many tokens of the text were left out.
    """

    queries: tuple[str, ...]
    keys: tuple[str, ...]
    ids: tuple[int, ...]
    source: tuple[int, ...]
    scores: NDArray[np.float32]
    cut: int


def preset_mask(preset: str, Tq: int, Tk: int, *, window: int, prefix: int, padding: int) -> Mask:
    """Return the mask of a preset, ``(Tq, Tk)``, True = may attend.

    A painted one begins as the causal mask, or, across two texts, as an open one.

    Example:

        >>> preset_mask("window", 3, 3, window=2, prefix=0, padding=0).astype(int)
        array([[1, 0, 0],
               [1, 1, 0],
               [0, 1, 1]])
    """
    from attnlab.masks import causal_mask, prefix_mask, sliding_window_mask

    real = np.broadcast_to(np.arange(Tk) < Tk - padding, (Tq, Tk))
    if preset in ("padding", "cross"):
        return real.copy()
    if preset in ("none", "own-cross"):
        return np.ones((Tq, Tk), dtype=bool)
    if preset == "window":
        return np.asarray(sliding_window_mask(Tq, Tk, window=window, offset=0))
    if preset == "prefix":
        return np.asarray(prefix_mask(Tq, Tk, prefix=min(prefix, Tk), offset=0))
    causal = np.asarray(causal_mask(Tq, Tk, offset=0))
    return causal & real if preset == "causal-padding" else causal


def faulty_mask(mask: Mask, fault: str, row: int) -> Mask:
    """Return what a mistake makes of a mask. Half precision leaves it: that fault is in the arithmetic."""
    if fault == "inverted":
        opposite: Mask = np.logical_not(mask)
        return opposite
    if fault == "wrong-axis":
        return mask.T.copy() if mask.shape[0] == mask.shape[1] else mask
    if fault == "empty-row":
        others: Mask = (np.arange(len(mask)) != row)[:, None]
        return mask & others
    return mask


def masked_softmax(scores: NDArray[Any], mask: Mask, *, empty: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the scores with ``-inf`` where nobody may look, and their softmax; a row without a key becomes ``empty``.

    Example:

        >>> masked, weights = masked_softmax(np.zeros((1, 3)), np.array([[True, True, False]]), empty=0.0)
        >>> weights
        array([[0.5, 0.5, 0. ]])
    """
    masked = np.where(mask, scores, -np.inf)
    with np.errstate(invalid="ignore"):
        weights = _softmax(masked)
    weights[~mask.any(axis=-1)] = empty
    return masked, weights


def half_softmax(scores: NDArray[Any], mask: Mask, sentinel: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the scores with the sentinel added where nobody may look, and their softmax, in half precision.

    Each score, the sum and each weight is rounded to float16; the softmax between them is computed in full.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        half = scores.astype(np.float16)
        masked = np.where(mask, half, half + np.float16(sentinel))  # a float16 sum is rounded to float16
        weights = _softmax(masked.astype(np.float64)).astype(np.float16)
    return masked.astype(np.float32), weights.astype(np.float32)


def _softmax(scores: NDArray[Any]) -> NDArray[Any]:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def reach(mask: Mask, layers: int) -> Mask:
    """Return whose information can reach whom after so many layers, ``(T, T)``: each token keeps what it had."""
    step = (mask | np.eye(len(mask), dtype=bool)).astype(np.int64)
    return np.linalg.matrix_power(step, layers) > 0


@cache
def reading(is_cross: bool, text: str) -> Reading:
    """Return a text as the writer reads it, or, for cross-attention, as the translator does with its translation."""
    return _translators(text) if is_cross else _writers(text)


def _writers(text: str) -> Reading:
    import torch

    writer = loaded("writer", folder_of("writer"))
    ids = writer.read(text)
    kept = ids[:MAX_TOKENS]
    record: dict[str, Any] = {}
    with torch.no_grad():
        writer.model(torch.tensor([kept]), record=record)
    names = shown(writer.tokenizer, kept)
    scores = record[f"{_names(writer.model, False)[0]}.scores"][0].numpy()
    return Reading(names, names, tuple(kept), (), scores, len(ids) - len(kept))


def _translators(text: str) -> Reading:
    import torch

    translator = loaded("translator", folder_of("translator"))
    read = translator.read(text)
    target = translator.target
    source = list(read.ids)[-MAX_TOKENS:]
    cut = len(read.ids) - len(source)
    from attnlab.decoding import greedy, run_to_end

    options = {"max_new_tokens": MAX_TOKENS - 1, "start_id": target.start_id, "end_id": target.end_id}
    written = run_to_end(greedy(translator.model, source, **options))
    ids = [target.start_id, *written][:MAX_TOKENS]
    ids = ids[:-1] if ids[-1] == target.end_id else ids  # nothing comes after the end
    record: dict[str, Any] = {}
    with torch.no_grad():
        translator.model(torch.tensor([source]), torch.tensor([ids]), record=record)
    keys = (*read.characters, *shown(translator.source, [translator.source.end_id]))[cut:]
    scores = record[f"{_names(translator.model, True)[0]}.scores"][0].numpy()
    return Reading(shown(target, ids), keys, tuple(ids), tuple(source), scores, cut)


def _names(model: Any, is_cross: bool) -> list[str]:
    """The attentions that a mask is put on, from the first layer to the last."""
    kind = "cross_attention" if is_cross else "self_attention"
    return [name for name in model.attention_names if name.startswith("decoder") and name.endswith(kind)]


def next_tokens(
    is_cross: bool, text: str, mask: Mask | None, rows: NDArray[np.float32] | None = None
) -> list[tuple[Candidate, ...]]:
    """Return for each row the likeliest next tokens.

    Args:
        is_cross: whether this is the translator, else the writer.
        text: what it reads.
        mask: put on the attention in all layers; the model's own unless given.
        rows: weights ``(H, Tq, Tk)`` in the place of those of the first layer.
    """
    distributions, tokenizer = _distributions(is_cross, text, mask, rows)
    return [likeliest(row, tokenizer) for row in distributions]


def _distributions(is_cross: bool, text: str, mask: Mask | None, rows: NDArray[np.float32] | None) -> tuple[Any, Any]:
    import torch

    from attnlab.transformer import RowEdit, edited

    read = reading(is_cross, text)
    held = loaded(MODEL_OF[is_cross], folder_of(MODEL_OF[is_cross]))
    names = _names(held.model, is_cross)
    masks = {} if mask is None else {name: torch.from_numpy(mask) for name in names}
    overwritten = {} if rows is None else {names[0]: _edits(rows, RowEdit)}
    inputs = [torch.tensor([list(one)]) for one in (read.source, read.ids) if one]
    with torch.no_grad(), edited(held.model, masks=masks, rows=overwritten):
        logits = held.model(*inputs)[0].double()  # (Tq, V)
    return logits.softmax(dim=-1), held.target if is_cross else held.tokenizer


def _edits(rows: NDArray[np.float32], edit: Any) -> list[Any]:
    """Each row of each head, where it holds numbers."""
    found = [(head, query, row) for head, table in enumerate(rows) for query, row in enumerate(table)]
    return [edit(head, query, row.tolist()) for head, query, row in found if np.isfinite(row).all()]


def training(text: str) -> list[dict[str, Any]]:
    """Return, for each token of a text but the last, how likely the writer finds the one that follows.

    ``together`` is read off one run over the whole text under the causal mask, ``alone`` off a run over the tokens so
    far and nothing else.
    """
    import torch

    read = reading(False, text)
    writer = loaded("writer", folder_of("writer"))
    together, _ = _distributions(False, text, None, None)
    found = []
    for place, wanted in enumerate(read.ids[1:]):
        with torch.no_grad():
            alone = writer.model(torch.tensor([read.ids[: place + 1]]))[0, -1].double().softmax(dim=-1)
        found.append({"together": float(together[place, wanted]), "alone": float(alone[wanted])})
    return found


def own_mask(text: str, before: Mask) -> Mask:
    """Return a painted mask from its text, ``"100/110/111"``; cells that it does not have are as they were before."""
    mask = before.copy()
    Tq, Tk = mask.shape
    for q, row in enumerate(text.split("/")[:Tq]):
        for k, cell in enumerate(row[:Tk]):
            mask[q, k] = cell == "1"
    return mask


def mask_text(mask: Sequence[Sequence[Any]] | NDArray[Any]) -> str:
    """Return a mask as a text: a row after the other.

    Example:

        >>> mask_text([[True, False], [True, True]])
        '10/11'
    """
    return "/".join("".join("1" if cell else "0" for cell in row) for row in mask)
