"""What a model makes of a text with all its heads and with some of them off: the numbers of the explorer of heads."""

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnlab.heads import HeadScore, head_labels, head_scores
from attnlab.widgets.playground_results import Candidate, Gates, likeliest, plain, shown, tensors

PARTS = ("query", "key", "value", "scores", "weights", "heads", "output")
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Change:
    """What became of the model's original output when heads were switched off.

    The original output is what the model makes of the text with all heads on: the translator's greedy translation with
    its end token, the likeliest token of each of the reader's blanks, the writer's likeliest next token.

    Attributes:
        original, output: the text with all heads on, and with these off.
        tokens: of the original output.
        before, after: the probability of each of them with all heads on, and with these off. Those of a translation
            are each given all tokens before it, whatever the model would now say instead.
        log_probability: of the whole original output, before and after: the sum of the logarithms.

    Example:

        >>> Change("a b", "a c", ("a", " b"), (0.5, 0.5), (0.5, 0.25)).log_probability
        (-1.3862943611198906, -2.0794415416798357)
    """

    original: str
    output: str
    tokens: tuple[str, ...]
    before: tuple[float, ...]
    after: tuple[float, ...]

    @property
    def log_probability(self) -> tuple[float, float]:
        """Of the whole original output, before and after."""
        before, after = (sum(math.log(one) for one in shares) for shares in (self.before, self.after))
        return before, after


@dataclass(frozen=True, eq=False)
class Look:
    """One look into a model with some heads off, while it reads its original output again.

    Attributes:
        change: what became of the output.
        candidates: for each token of the original output the likeliest now, with their probabilities.
        names: the tokens by their role: "source", "target", "written".
        weights: of all attentions by name, ``(H, Tq, Tk)``.
        record: what else was written down, by name.
    """

    change: Change
    candidates: tuple[tuple[Candidate, ...], ...]
    names: Mapping[str, tuple[str, ...]]
    weights: Mapping[str, Array] = field(repr=False)
    record: Mapping[str, Array] = field(repr=False)

    def tokens_of(self, attention: str) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
        """The tokens that look in an attention, and those that are looked at where these are others."""
        if attention.endswith(".cross_attention"):
            return self.names["written"], self.names["source"]
        return self.names["source" if attention.startswith("encoder") else "target"], None

    def scores(self) -> dict[str, tuple[tuple[HeadScore, ...], ...]]:
        """How much each head gives to each kind of token, by attention."""
        return self._measured(head_scores)

    def labels(self) -> dict[str, tuple[tuple[HeadScore, ...], ...]]:
        """What each head does, by attention: the scores that hold."""
        return self._measured(head_labels)

    def _measured(
        self, measure: Callable[..., tuple[tuple[HeadScore, ...], ...]]
    ) -> dict[str, tuple[tuple[HeadScore, ...], ...]]:
        return {
            name: measure(weights, *self.tokens_of(name), causal=name.endswith(".self_attention"))
            for name, weights in self.weights.items()
        }

    def parts(self, attention: str) -> dict[str, Array]:
        """All that one attention computes, from what it reads to what it gives; see ``MultiHeadExplorer.parts``."""
        found = {"x": self.record[f"{attention}_add_norm.normalized"]}
        if attention.endswith(".cross_attention"):
            found["memory"] = self.record["encoder.output"]
        return {**found, **{part: self.record[f"{attention}.{part}"] for part in PARTS}}


def look(name: str, loaded: Any, text: str, gates: Gates) -> Look:
    """Return a look into the translator, the reader or the writer.

    Raises:
        ValueError: it cannot read the text; the message says why.
    """
    return {"translator": _translation, "reader": _filling, "writer": _next}[name](loaded, text, gates)


def _translation(translator: Any, text: str, gates: Gates) -> Look:
    from attnlab.decoding import greedy, run_to_end

    model, target = translator.model, translator.target
    reading = translator.read(text)
    options = {"start_id": target.start_id, "end_id": target.end_id, "max_new_tokens": model.max_length}
    ids = run_to_end(greedy(model, reading.ids, **options))
    changed = run_to_end(greedy(model, reading.ids, gates=tensors(gates), **options)) if gates else ids
    fed = [target.start_id, *ids[:-1]]
    texts = tuple(target.decode(one, skip_special=True) for one in (ids, changed))
    names = {
        "source": (*reading.characters, *shown(translator.source, [translator.source.end_id])),
        "target": shown(target, fed),
        "written": shown(target, ids),
    }
    return _looked(model, target, (reading.ids, fed), range(len(fed)), ids, gates, texts, names)


def _filling(reader: Any, text: str, gates: Gates) -> Look:
    tokenizer, ids = reader.tokenizer, reader.read(text)
    places = [place for place, token in enumerate(ids) if token == tokenizer.mask_id]
    if not places:
        raise ValueError("the text has 0 blanks: write __ where a word is to be found")
    found = [_logits(reader.model, (ids,), places, one, {}).argmax(dim=-1).tolist() for one in ({}, gates)]
    texts = []
    for best in found:
        filled = list(ids)
        for place, token in zip(places, best, strict=True):
            filled[place] = token
        texts.append(tokenizer.decode(filled, skip_special=True))
    names = {"source": shown(tokenizer, ids)}
    return _looked(reader.model, tokenizer, (ids,), places, found[0], gates, tuple(texts), names)


def _next(writer: Any, text: str, gates: Gates) -> Look:
    tokenizer, ids = writer.tokenizer, writer.read(text)
    last = [len(ids) - 1]
    found = [int(_logits(writer.model, (ids,), last, one, {}).argmax()) for one in ({}, gates)]
    texts = tuple(text + tokenizer.decode([token], skip_special=True) for token in found)
    names = {"target": shown(tokenizer, ids)}
    return _looked(writer.model, tokenizer, (ids,), last, found[:1], gates, texts, names)


def _logits(model: Any, inputs: Sequence[Sequence[int]], places: Sequence[int], gates: Gates, record: Any) -> Any:
    """The logits of some positions, ``(n, V)``; ``record`` is filled."""
    import torch

    with torch.no_grad():
        given = [torch.tensor([one]) for one in inputs]
        found = model(*given, gates=tensors(gates), record=record)
        if not any(name.startswith("decoder") for name in model.attention_names):
            found = model.logits(found)
        return found[0, list(places)].double()


def _looked(
    model: Any,
    tokenizer: Any,
    inputs: Sequence[Sequence[int]],
    places: Sequence[int],
    ids: Sequence[int],
    gates: Gates,
    texts: Sequence[str],
    names: Mapping[str, tuple[str, ...]],
) -> Look:
    """The look, once it is known what the model says with all heads and with these off."""
    record: dict[str, Any] = {}
    after = _logits(model, inputs, places, gates, record).softmax(dim=-1)
    before = _logits(model, inputs, places, {}, {}).softmax(dim=-1) if gates else after
    shares = [tuple(float(row[token]) for row, token in zip(rows, ids, strict=True)) for rows in (before, after)]
    arrays = {name: value[0].numpy() for name, value in record.items() if not name.endswith("logits")}
    return Look(
        change=Change(texts[0], texts[1], shown(tokenizer, ids), *shares),
        candidates=tuple(likeliest(row, tokenizer) for row in after),
        names=names,
        weights={plain(name): value for name, value in arrays.items() if name.endswith(".weights")},
        record=arrays,
    )


# --- as JSON ----------------------------------------------------------------------------------------------------------

MOST_IN_PAGE = 16_000  # numbers of the opened attention that a page carries


def look_state(found: Look, attention: str) -> dict[str, Any]:
    """Return a look as a page carries it: tables as base64 of little-endian float16."""
    change = found.change
    parts = found.parts(attention)
    small = sum(part.size for part in parts.values()) <= MOST_IN_PAGE
    return {
        "original": change.original,
        "output": change.output,
        "tokens": list(change.tokens),
        "before": list(change.before),
        "after": list(change.after),
        "candidates": [[[text, share] for text, share in row] for row in found.candidates],
        "names": {role: list(tokens) for role, tokens in found.names.items()},
        "weights": {name: _packed(weights) for name, weights in found.weights.items()},
        "parts": {name: _packed(part) for name, part in parts.items()} if small else None,
        "attention": attention,
    }


def _packed(table: Array) -> dict[str, Any]:
    data = base64.b64encode(table.astype("<f2").tobytes()).decode("ascii")
    return {"shape": list(table.shape), "data": data}
