"""What a reader sees of the latent space where no script runs: the present view in words and as a table."""

import html
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from attnlab.strings import text

if TYPE_CHECKING:
    from attnlab.widgets.latent_space import LatentSpaceExplorer

NAMED = 5
Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]  # caption, head, rows


def sentences(widget: "LatentSpaceExplorer") -> list[str]:
    """Return what the present view shows, in a sentence or two; what stands against it, if something does."""
    try:
        return _SENTENCES[widget.view](widget)
    except ValueError as problem:
        return [str(problem)]


def fallback(widget: "LatentSpaceExplorer") -> str:
    """Return sentences and a table as HTML. What a reader typed is text in it, never markup."""
    body = "".join(f'<p class="attn-fallback-text">{html.escape(one)}</p>' for one in sentences(widget))
    with suppress(ValueError):  # the sentence has said it
        body += _table_of(widget.lang, *_TABLES[widget.view](widget))
    return f'<div class="attn-fallback">{body}</div>'


def _map_sentences(widget: "LatentSpaceExplorer") -> list[str]:
    lang = widget.lang
    named = text("list.comma", lang).join(f"{name} {cosine:.2f}" for name, cosine in widget.neighbors[:NAMED])
    values = {"word": widget.word, "listed": named, "kept": widget.overlap, "count": len(widget.neighbors)}
    mean = f"{widget.mean_overlap:.1f}"
    return [text("latent-space.near", lang, **values), text("latent-space.mean", lang, mean=mean)]


def _analogy_sentences(widget: "LatentSpaceExplorer") -> list[str]:
    a, b, c = widget.terms
    found = widget.analogy
    excluded = found.excluded[0][0] if found.excluded else "—"
    values = {"a": a, "b": b, "c": c, "excluded": excluded, "included": found.included[0][0]}
    return [text("latent-space.analogy", widget.lang, **values)]


def _axes_sentences(widget: "LatentSpaceExplorer") -> list[str]:
    found = widget.coordinates
    if not found.words:
        return [text("latent-space.nothing-placed", widget.lang)]
    first = found.places[:, 0]
    values = {"least": found.words[int(first.argmin())], "most": found.words[int(first.argmax())]}
    return [text("latent-space.axes", widget.lang, count=len(found.words), **values)]


def _senses_sentences(widget: "LatentSpaceExplorer") -> list[str]:
    near, comma = widget.senses, text("list.comma", widget.lang)
    sides = [[one for one in near if (one.lean > 0) == is_first] for is_first in (True, False)]
    names = [comma.join(one.word for one in side[:NAMED]) or "—" for side in sides]
    values = {"a": comma.join(widget.poles[0]), "b": comma.join(widget.poles[1]), "first": names[0], "second": names[1]}
    return [text("latent-space.senses", widget.lang, word=widget.word, **values)]


def _map_table(widget: "LatentSpaceExplorer") -> Table:
    keys = ("latent-space.column.neighbor", "latent-space.column.cosine", "latent-space.column.picture")
    pairs = zip(widget.neighbors, widget.picture_neighbors, strict=True)
    rows = [(name, f"{cosine:.3f}", seen) for (name, cosine), (seen, _) in pairs]
    return "latent-space.table.map", keys, rows


def _analogy_table(widget: "LatentSpaceExplorer") -> Table:
    found = widget.analogy
    columns = ("included", "cosine", "excluded", "cosine")
    keys = [f"latent-space.column.{name}" for name in columns]
    empty = ("", 0.0)
    rows = []
    for place, one in enumerate(found.included):
        other = found.excluded[place] if place < len(found.excluded) else empty
        rows.append((one[0], f"{one[1]:.3f}", other[0], f"{other[1]:.3f}" if other[0] else ""))
    return "latent-space.table.analogy", keys, rows


def _axes_table(widget: "LatentSpaceExplorer") -> Table:
    found = widget.coordinates
    axes = found.places.shape[1]
    keys = ("latent-space.column.word", "latent-space.column.x", "latent-space.column.y")[: axes + 1]
    rows = [(word, *(_signed(number) for number in row)) for word, row in zip(found.words, found.places, strict=True)]
    return "latent-space.table.axes", keys, rows


def _senses_table(widget: "LatentSpaceExplorer") -> Table:
    keys = ("latent-space.column.neighbor", "latent-space.column.cosine", "latent-space.column.lean")
    rows = [(one.word, f"{one.cosine:.3f}", _signed(one.lean)) for one in widget.senses]
    return "latent-space.table.senses", keys, rows


def _signed(number: float) -> str:
    return f"{number:+.2f}".replace("-", "−")


def _table_of(lang: str, caption: str, keys: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    said = html.escape(text(caption, lang))
    head = "".join(f'<th scope="col">{html.escape(text(key, lang))}</th>' for key in keys)
    body = "".join(
        f'<tr><th scope="row"><bdi>{html.escape(row[0])}</bdi></th>'
        + "".join(f"<td><bdi>{html.escape(cell)}</bdi></td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="attn-fallback-scroll" role="region" tabindex="0" aria-label="{said}">'
        f'<table class="attn-fallback-table"><caption>{said}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


_SENTENCES = {
    "map": _map_sentences,
    "analogy": _analogy_sentences,
    "axes": _axes_sentences,
    "senses": _senses_sentences,
}
_TABLES = {"map": _map_table, "analogy": _analogy_table, "axes": _axes_table, "senses": _senses_table}
