"""What a reader sees of the explorer of positions where no script runs: each view as a sentence and a table."""

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from attnlab.embedding import Vectors
from attnlab.strings import text
from attnlab.widgets.positions_results import MEASURED

if TYPE_CHECKING:
    from attnlab.widgets.positions import PositionExplorer

LISTED = 8  # pairs of entries; the rest go on in the same way

Table = tuple[Sequence[str], Sequence[Sequence[str]]]  # the head, and the rows


def said(explorer: "PositionExplorer") -> str:
    """Return the view that is shown in one sentence or two."""
    if explorer.view in ("sum", "shuffle") and not explorer.tokens:
        return text("positions.empty", explorer.lang)
    return {"encoding": _encoding_said, "sum": _sum_said, "shuffle": _shuffle_said, "schemes": _schemes_said}[
        explorer.view
    ](explorer)


def fallback(explorer: "PositionExplorer") -> str:
    """Return the sentences and a table as HTML. What a reader typed is text in it, never markup."""
    body = f'<p class="attn-fallback-text">{html.escape(said(explorer))}</p>'
    if explorer.tokens or explorer.view in ("encoding", "schemes"):
        tables = {"encoding": _hands, "sum": _lengths, "shuffle": _changes, "schemes": _accuracy}
        caption = text(f"positions.{explorer.view}.table", explorer.lang)
        body += _table(caption, *tables[explorer.view](explorer))
    return f'<div class="attn-fallback">{body}</div>'


def _encoding_said(explorer: "PositionExplorer") -> str:
    waves = explorer.wavelengths
    return text(
        "positions.encoding.said",
        explorer.lang,
        position=min(explorer.position, explorer.length - 1),
        width=explorer.width,
        base=explorer.base,
        shortest=f"{waves[0]:.2f}",
        longest=f"{waves[-1]:,.2f}",
    )


def _hands(explorer: "PositionExplorer") -> Table:
    head = [text(f"positions.column.{name}", explorer.lang) for name in ("pair", "wave", "angle", "cosine", "sine")]
    pairs = list(zip(explorer.wavelengths, explorer.angles, strict=True))[:LISTED]
    rows = [
        [str(pair), f"{wave:,.2f}", f"{angle:.3f}", _signed(np.cos(angle)), _signed(np.sin(angle))]
        for pair, (wave, angle) in enumerate(pairs)
    ]
    return head, rows


def _sum_said(explorer: "PositionExplorer") -> str:
    word, place, both = explorer.sum_vectors
    shown = {"word": explorer.labels[explorer.word], "word_length": f"{_length(word):.2f}"}
    if not explorer.positions:
        return text("positions.sum.off", explorer.lang, **shown)
    return text(
        "positions.sum.said",
        explorer.lang,
        **shown,
        position=explorer.places.index(explorer.word),
        position_length=f"{_length(place):.2f}",
        sum_length=f"{_length(both):.2f}",
        cosine=_signed(_cosine(word, both)),
    )


def _lengths(explorer: "PositionExplorer") -> Table:
    word = explorer.sum_vectors[0]
    head = ["", *(text(f"positions.column.{name}", explorer.lang) for name in ("length", "cosine-word"))]
    rows = [
        [text(f"positions.row.{name}", explorer.lang), f"{_length(vector):.2f}", _signed(_cosine(word, vector))]
        for name, vector in zip(("word", "position", "sum"), explorer.sum_vectors, strict=True)
    ]
    return head, rows


def _shuffle_said(explorer: "PositionExplorer") -> str:
    scheme = explorer.added if explorer.positions else "none"
    sentence = " ".join(explorer.labels[word] for word in explorer.places)
    shown = {"sentence": sentence, "scheme": text(f"positions.scheme.{scheme}", explorer.lang)}
    return text("positions.shuffle.said", explorer.lang, **shown, change=f"{explorer.change:.6f}")


def _changes(explorer: "PositionExplorer") -> Table:
    head = [text(f"positions.column.{name}", explorer.lang) for name in ("word", "typed", "now", "change")]
    rows = [
        [label, str(word), str(explorer.places.index(word)), f"{change:.6f}"]
        for word, (label, change) in enumerate(zip(explorer.labels, explorer.changes, strict=True))
    ]
    return head, rows


def _schemes_said(explorer: "PositionExplorer") -> str:
    lengths, shares = explorer.lengths, explorer.accuracy[explorer.scheme]
    return text(
        "positions.schemes.said",
        explorer.lang,
        scheme=text(f"positions.scheme.{explorer.scheme}", explorer.lang),
        trained=explorer.trained,
        short=lengths[0],
        at_short=_share(shares[0]),
        long=lengths[-1],
        at_long=_share(shares[-1]),
    )


def _accuracy(explorer: "PositionExplorer") -> Table:
    head = [text("positions.column.scheme", explorer.lang), *(str(length) for length in explorer.lengths)]
    rows = [
        [text(f"positions.scheme.{name}", explorer.lang), *(_share(share) for share in explorer.accuracy[name])]
        for name in MEASURED
    ]
    return head, rows


def _share(share: float) -> str:
    """A dash where a scheme has no vector at this length."""
    return "–" if np.isnan(share) else f"{share:.2f}"


def _length(vector: Vectors) -> float:
    return float(np.linalg.norm(vector))


def _cosine(one: Vectors, other: Vectors) -> float:
    """0 where one of the two is no direction: the position's vector when positions are off."""
    lengths = _length(one) * _length(other)
    return float(one @ other) / lengths if lengths else 0.0


def _signed(number: float) -> str:
    return f"{number:.3f}".replace("-", "−")


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    label = html.escape(caption)
    columns = "".join(f'<th scope="col">{html.escape(name)}</th>' if name else "<td></td>" for name in head)
    body = "".join(
        f'<tr><th scope="row"><bdi>{html.escape(row[0])}</bdi></th>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    # A table wider than the page scrolls inside this box; the keyboard can reach it.
    return (
        f'<div class="attn-fallback-scroll" role="region" tabindex="0" aria-label="{label}">'
        f'<table class="attn-fallback-table"><caption>{label}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>"
    )
