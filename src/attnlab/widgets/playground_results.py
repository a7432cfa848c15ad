"""What the book's models make of a text: the numbers that stand on screen, computed by the package."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Candidate = tuple[str, float]
Gates = Mapping[str, Sequence[float]]
SHOWN = 5  # candidates for each token


@dataclass(frozen=True, eq=False)
class Result:
    """What a model made of a text.

    Attributes:
        text: the translation; the prompt and what was written after it; the text with its blanks filled.
        ids: of the ``T`` tokens that were written, or of the likeliest one of each blank.
        tokens: the same as text.
        probabilities: of each of them. For tokens that were drawn, the share that they were drawn with.
        candidates: for each of them the five likeliest tokens and their probabilities.
        own: the same as the model itself gave them, before temperature and top-k.
        next: for a writer the likeliest candidates of the token that would come next; empty for the others.
        attention: where the model looked, by the attention's name: ``(H, rows, columns)``. The rows are the tokens that
            were written (a writer's last row is the token to come) or the blanks; the columns are ``read``.
        read: the tokens that were looked at, as they are shown.
    """

    text: str
    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    probabilities: tuple[float, ...]
    candidates: tuple[tuple[Candidate, ...], ...]
    read: tuple[str, ...]
    attention: Mapping[str, NDArray[np.float32]] = field(repr=False)
    own: tuple[tuple[Candidate, ...], ...] = field(default=(), repr=False)
    next: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """How a writer chooses: temperature 0 takes the likeliest; ``top_k`` 0 leaves all tokens."""

    temperature: float
    top_k: int


@cache
def loaded(model: str, folder: Path) -> Any:
    """Return a Translator, Writer or Reader; loaded once."""
    from attnlab import models

    loaders = {"translator": models.load_translator, "writer": models.load_writer, "reader": models.load_reader}
    return loaders[model](folder)


def tensors(gates: Gates) -> dict[str, Any]:
    """Return the gates as a model takes them."""
    import torch

    return {name: torch.tensor(gate) for name, gate in gates.items()}


def translation(translator: Any, text: str, *, width: int, gates: Gates) -> Result:
    """Return a translation; ``width`` 1 is greedy."""
    from attnlab.decoding import beam_search, greedy, run_to_end

    model, target = translator.model, translator.target
    reading = translator.read(text)
    marks = {"start_id": target.start_id, "end_id": target.end_id}
    options = {**marks, "max_new_tokens": model.max_length, "gates": tensors(gates)}
    forced: dict[int, int] = {}
    if width > 1:
        penalty = translator.length_penalty
        best = run_to_end(beam_search(model, reading.ids, width=width, length_penalty=penalty, **options))
        forced = dict(enumerate(best))
        options["max_new_tokens"] = len(best)
    steps = list(greedy(model, reading.ids, forced=forced, return_weights=True, **options))
    names = [name for name in steps[0].attention if "cross_attention" in name]
    ids = steps[-1].ids
    candidates = tuple(likeliest(step.distribution, target) for step in steps)
    return Result(
        text=target.decode(ids, skip_special=True),
        ids=ids,
        tokens=tuple(target.decode([token]) for token in ids),
        probabilities=tuple(float(step.distribution[step.token]) for step in steps),
        candidates=candidates,
        own=candidates,
        read=(*reading.characters, *shown(translator.source, [translator.source.end_id])),
        attention={plain(name): np.stack([step.attention[name].numpy() for step in steps], axis=1) for name in names},
    )


def continuation(writer: Any, text: str, written: Sequence[int], *, drawing: Drawing, gates: Gates) -> Result:
    """Return what a writer made of the tokens ``written`` after a text, and what it would write next."""
    from attnlab.decoding import greedy

    model, tokenizer = writer.model, writer.tokenizer
    prompt = writer.read(text)
    full = len(prompt) + len(written) > model.max_length  # then nothing comes next
    ended = bool(written) and written[-1] == tokenizer.end_id
    count = len(written) + (0 if full or ended else 1)
    forced = dict(enumerate(written))
    steps = list(
        greedy(model, prompt, max_new_tokens=count, forced=forced, return_weights=True, gates=tensors(gates))
        if count
        else ()
    )
    drawn_from = [filtered(step.distribution, drawing) for step in steps]
    read = [*prompt, *written][: model.max_length]
    n = len(written)
    own = tuple(likeliest(step.distribution, tokenizer) for step in steps)
    listed = tuple(
        likeliest(step.distribution, tokenizer, share) for step, share in zip(steps, drawn_from, strict=True)
    )
    return Result(
        text=text + tokenizer.decode(written, skip_special=True),
        ids=tuple(written),
        tokens=shown(tokenizer, written),
        probabilities=tuple(float(share[token]) for share, token in zip(drawn_from[:n], written, strict=True)),
        candidates=listed[:n],
        own=own,
        next=listed[n] if len(listed) > n else (),
        read=shown(tokenizer, read),
        attention=_rows(steps, len(read)),
    )


def draw(
    writer: Any,
    text: str,
    written: Sequence[int],
    count: int,
    *,
    seed: int,
    drawing: Drawing,
    gates: Gates,
) -> list[int]:
    """Return ``written`` and up to ``count`` tokens more, drawn with the same numbers as in the page."""
    from attnlab.decoding import greedy

    model, tokenizer = writer.model, writer.tokenizer
    ids, prompt = list(written), writer.read(text)
    for _ in range(count):
        if len(prompt) + len(ids) > model.max_length or (ids and ids[-1] == tokenizer.end_id):
            break
        (step,) = greedy(model, [*prompt, *ids], max_new_tokens=1, gates=tensors(gates))
        share = filtered(step.distribution, drawing)
        ids.append(step.token if drawing.temperature == 0 else token_at(share, fraction(seed, len(ids))))
    return ids


def filling(reader: Any, text: str, *, gates: Gates) -> Result:
    """Return a text with its blanks filled."""
    import torch

    model, tokenizer = reader.model, reader.tokenizer
    ids = reader.read(text)
    places = [place for place, token in enumerate(ids) if token == tokenizer.mask_id]
    if not places:
        raise ValueError("the text has 0 blanks: write __ where a word is to be found")
    record: dict[str, Any] = {}
    with torch.no_grad():
        hidden = model(torch.tensor([ids]), gates=tensors(gates), record=record)
        logits = model.logits(hidden)[0, places]  # (blanks, V)
    distributions = logits.double().softmax(dim=-1)
    best = [int(row.argmax()) for row in distributions]
    filled = list(ids)
    for place, token in zip(places, best, strict=True):
        filled[place] = token
    candidates = tuple(likeliest(row, tokenizer) for row in distributions)
    return Result(
        text=tokenizer.decode(filled, skip_special=True),
        ids=tuple(best),
        tokens=shown(tokenizer, best),
        probabilities=tuple(float(row.max()) for row in distributions),
        candidates=candidates,
        own=candidates,
        read=shown(tokenizer, ids),
        attention={
            plain(name): weights[0][:, places].numpy() for name, weights in record.items() if name.endswith(".weights")
        },
    )


# --- the parts --------------------------------------------------------------------------------------------------------


def plain(name: str) -> str:
    """The name of an attention: that of its recorded weights without what they are."""
    return name.removesuffix(".weights")


def shown(tokenizer: Any, ids: Sequence[int]) -> tuple[str, ...]:
    """Each token as text."""
    return tuple(tokenizer.decode([token]) for token in ids)


def likeliest(distribution: Any, tokenizer: Any, share: Any = None) -> tuple[Candidate, ...]:
    """The likeliest tokens, of equally likely ones those with lower ids first, with their number in ``share``."""
    order = distribution.argsort(descending=True, stable=True)[:SHOWN].tolist()
    numbers = distribution if share is None else share
    return tuple((tokenizer.decode([token]), float(numbers[token])) for token in order)


def filtered(distribution: Any, drawing: Drawing) -> Any:
    """What a token is chosen from, ``(V,)``."""
    from attnlab.decoding import keep_top_k, with_temperature

    if drawing.temperature == 0:
        return distribution
    warm = with_temperature(distribution.log(), drawing.temperature)
    return keep_top_k(warm, min(drawing.top_k, len(warm))) if drawing.top_k else warm


def _rows(steps: Sequence[Any], columns: int) -> dict[str, NDArray[np.float32]]:
    """The attention of each step, ``(H, steps, columns)``: a token looks at no later one, and so has zeros there."""
    found: dict[str, NDArray[np.float32]] = {}
    for row, step in enumerate(steps):
        for name, weights in step.attention.items():
            heads, width = weights.shape
            table = found.setdefault(plain(name), np.zeros((heads, len(steps), columns), dtype=np.float32))
            table[:, row, :width] = weights.numpy()
    return found


def fraction(seed: int, index: int) -> float:
    """Return random number ``index`` of a seed, from 0 to 1: mulberry32, as the page draws.

    Example: the same in JavaScript.

        >>> round(fraction(1, 0), 6)
        0.627074
    """
    mask = 0xFFFFFFFF
    state = (seed + (index + 1) * 0x6D2B79F5) & mask
    mixed = ((state ^ (state >> 15)) * (state | 1)) & mask
    mixed ^= (mixed + ((mixed ^ (mixed >> 7)) * (mixed | 61))) & mask
    return ((mixed ^ (mixed >> 14)) & mask) / 2**32


def token_at(share: Any, place: float) -> int:
    """The token that a number from 0 to 1 falls on, when tokens lie side by side, each as wide as its share."""
    left, last = place * float(share.sum()), 0
    for token in share.nonzero()[:, 0].tolist():
        last = token
        left -= float(share[token])
        if left < 0:
            break
    return last


# --- as JSON ----------------------------------------------------------------------------------------------------------


def result_state(result: Result) -> dict[str, Any]:
    """Return a result as a page carries it: attention as base64 of little-endian float16."""
    rows = [
        {"text": text, "probability": probability, "candidates": _candidates(candidates, own)}
        for text, probability, candidates, own in zip(
            result.tokens, result.probabilities, result.candidates, result.own, strict=False
        )
    ]
    after = _candidates(result.next, result.own[-1]) if result.next else None
    return {
        "text": result.text,
        "ids": list(result.ids),
        "tokens": rows,
        "next": after,
        "read": list(result.read),
        "attention": {
            name: {"shape": list(weights.shape), "data": _base64(weights)} for name, weights in result.attention.items()
        },
    }


def _candidates(candidates: Sequence[Candidate], own: Sequence[Candidate]) -> list[list[Any]]:
    return [[text, share, probability] for (text, share), (_, probability) in zip(candidates, own, strict=True)]


def _base64(weights: NDArray[np.float32]) -> str:
    return base64.b64encode(weights.astype("<f2").tobytes()).decode("ascii")
