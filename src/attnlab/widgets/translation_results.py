"""What the translator makes of a text, step by step: the numbers that stand on screen, computed by the package."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnlab.widgets.playground_results import fraction, plain, shown, token_at
from attnlab.widgets.translation_run import Asked, Candidate, Ids, Level, Node, Probabilities, Row, Run

SHOWN = 7  # candidates of a step


def run(translator: Any, asked: Asked) -> Run:
    """Return a translation.

    Raises:
        ValueError: the translator cannot read the text; the message says why.
    """
    from attnlab.transformer import edited

    model = translator.model
    reading = translator.read(asked.text)
    edits = row_edits(asked.rows, model.config.n_heads, len(reading.ids))
    with edited(model, rows=edits):
        levels = tuple(_levels(translator, reading.ids, asked, use_cache=not edits))
        encoder = _encoder(model, reading.ids)
    before = _before(translator, reading.ids, [level.best for level in levels]) if edits else {}
    untouched = None
    if edits or asked.forced:
        bare = Asked(**{**vars(asked), "forced": {}, "rows": ()})
        untouched = list(_levels(translator, reading.ids, bare, use_cache=True))[-1].best
    read = (*reading.characters, *shown(translator.source, [translator.source.end_id]))
    return Run(read, levels, encoder, before, untouched)


def row_edits(rows: Sequence[Mapping[str, Any]], heads: int, source: int) -> dict[str, list[Any]]:
    """Return the overwritten rows as the model takes them: a row of all heads is one for each.

    Weights for keys that are not there are left out.
    """
    from attnlab.transformer import RowEdit

    found: dict[str, list[Any]] = {}
    for row in rows:
        keys = row["query"] + 1 if row["attention"].endswith("self_attention") else source
        for head in range(heads) if row["head"] < 0 else [row["head"]]:
            edit = RowEdit(head=head, query=row["query"], weights=tuple(row["weights"][:keys]))
            found.setdefault(row["attention"], []).append(edit)
    return found


def candidates(row: Row, must: Sequence[int], target: Any, before: Probabilities | None) -> list[Candidate]:
    """Return the likeliest tokens after a row as the model sees them, and among them those that must be there."""
    order = [int(token) for token in np.argsort(-row.own, kind="stable")[: SHOWN + len(must)]]
    kept = set(must) | (set() if before is None else {int(before.argmax())})
    for token in order:
        if len(kept) < SHOWN:
            kept.add(token)
    listed = sorted(kept, key=lambda token: (-row.own[token], token))
    return [
        Candidate(
            target.decode([token]),
            token,
            float(row.used[token]),
            float(row.own[token]),
            None if before is None else float(before[token]),
        )
        for token in listed
    ]


def attention_of(rows: Sequence[Row], name: str, columns: int) -> NDArray[np.float32]:
    """Return where each of ``n`` rows looks, ``(H, n, columns)``: a token looks at no later one, and has zeros there.

    Example: a row that has not the second column yet.

        >>> row = Row((), np.ones(1), np.ones(1), {"a": np.ones((2, 1), dtype=np.float32)})
        >>> attention_of([row], "a", 2)[0].tolist()
        [[1.0, 0.0]]
    """
    heads = len(rows[0].attention[name]) if rows else 0
    found = np.zeros((heads, len(rows), columns), dtype=np.float32)
    for place, row in enumerate(rows):
        weights = row.attention[name]
        found[:, place, : weights.shape[1]] = weights
    return found


# --- the steps --------------------------------------------------------------------------------------------------------


def _reader(translator: Any, ids: Ids, *, use_cache: bool, weights: bool) -> Any:
    from attnlab.decoding.reading import Reader

    return Reader(translator.model, ids, translator.target.start_id, use_cache, weights, None)


def _levels(translator: Any, ids: Ids, asked: Asked, *, use_cache: bool) -> Iterator[Level]:
    if asked.decoding == "beam":
        return _beam(translator, ids, asked, use_cache)
    return _line(translator, ids, asked, use_cache)


def _line(translator: Any, ids: Ids, asked: Asked, use_cache: bool) -> Iterator[Level]:
    """One token after the other: the likeliest, or one that is drawn with the page's random numbers."""
    reader = _reader(translator, ids, use_cache=use_cache, weights=True)
    choose = _chooser(asked)
    text: Ids = ()
    total = 0.0
    while len(text) < translator.model.max_length and translator.target.end_id not in text:
        log_probabilities, attention = reader.read([text])
        own = log_probabilities[0].exp()
        used, token = choose(own, len(text))
        token = asked.forced.get(len(text), token)
        total += float(log_probabilities[0, token])
        row = Row(text, own.numpy(), used.numpy(), {plain(name): found[0].numpy() for name, found in attention.items()})
        text = (*text, token)
        node = Node(text, total, total, 0, token == translator.target.end_id)
        yield Level((row,), (node,), text)


def _chooser(asked: Asked) -> Callable[[Any, int], tuple[Any, int]]:
    from attnlab.decoding import keep_top_k, keep_top_p, with_temperature

    def drawn(own: Any, step: int) -> tuple[Any, int]:
        used = with_temperature(own.log(), asked.temperature)
        if asked.top_k:
            used = keep_top_k(used, min(asked.top_k, len(used)))
        used = keep_top_p(used, asked.top_p)
        return used, token_at(used, fraction(asked.seed, step))

    return drawn if asked.decoding == "sample" else lambda own, _: (own, int(own.argmax()))


def _beam(translator: Any, ids: Ids, asked: Asked, use_cache: bool) -> Iterator[Level]:
    from attnlab.decoding import beam_search

    model, target = translator.model, translator.target
    steps = beam_search(
        model,
        ids,
        width=asked.width,
        length_penalty=translator.length_penalty,
        max_new_tokens=model.max_length,
        start_id=target.start_id,
        end_id=target.end_id,
        forced={step: token for step, token in asked.forced.items() if step < model.max_length},
        use_cache=use_cache,
        return_weights=True,
    )
    live: Sequence[Ids] = [()]
    for step in steps:
        own = step.distributions.numpy()
        looks = {plain(name): found.numpy() for name, found in step.attention.items()}
        rows = tuple(
            Row(prefix, own[place], own[place], {name: found[place] for name, found in looks.items()})
            for place, prefix in enumerate(live)
        )
        ended = [one for one in step.finished if len(one.ids) == step.index + 1]
        nodes = tuple(
            Node(one.ids, one.log_probability, one.score, one.parent or 0, one in ended) for one in (*step.live, *ended)
        )
        yield Level(rows, nodes, step.ids)
        live = [one.ids for one in step.live]


def _encoder(model: Any, ids: Ids) -> dict[str, NDArray[np.float32]]:
    import torch

    record: dict[str, Any] = {}
    with torch.no_grad():
        model.encode(torch.tensor([ids]), record=record)
    return {plain(name): found[0].numpy() for name, found in record.items() if name.endswith(".weights")}


def _before(translator: Any, ids: Ids, texts: Sequence[Ids]) -> dict[Ids, Probabilities]:
    """The distributions after all beginnings of some texts, and after those that may go on."""
    found: dict[Ids, Probabilities] = {}
    for text in sorted(set(texts), key=lambda one: (-len(one), one)):
        if text in found:
            continue  # a beginning of a longer one
        ended = text[-1] == translator.target.end_id or len(text) >= translator.model.max_length
        reader = _reader(translator, ids, use_cache=True, weights=False)
        for place in range(len(text) + (not ended)):
            log_probabilities, _ = reader.read([text[:place]])
            found[text[:place]] = log_probabilities[0].exp().numpy()
    return found
