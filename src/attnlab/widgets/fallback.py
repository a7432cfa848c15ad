"""What a reader sees of an explorer where no script runs: the computed weights as a table, and a sentence or two."""

import html
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attnlab.strings import text

LARGEST_TABLE = 20  # tokens; a larger table would say less than a sentence does
NAMED = 3  # how many of the attended words a sentence names


def attends(labels: Sequence[str], weights: ArrayLike, follow: int, lang: str) -> str:
    """Return in words what the followed token attends to most.

    Args:
        labels: the ``T`` words.
        weights: ``(T, T)``.
        follow: the followed token, -1 for none.
        lang: the language of the sentence.

    Example:

        >>> attends(["an", "apple"], [[1.0, 0.0], [0.25, 0.75]], 1, "en")
        '“apple” attends most to: apple 0.75, an 0.25.'
    """
    if not labels:
        return text("explorer.empty", lang)
    if follow < 0:
        return text("explorer.nobody_followed", lang, count=len(labels))
    row = np.asarray(weights)[follow]
    strongest = np.argsort(-row, kind="stable")[:NAMED]
    listed = text("list.comma", lang).join(f"{labels[j]} {row[j]:.2f}" for j in strongest)
    return text("explorer.attends", lang, word=labels[follow], listed=listed)


def moves(word: str, poles: Sequence[Sequence[str]], before: float, after: float, lang: str) -> str:
    """Return in words how far attention moves a token between the poles: its lean before and after."""
    comma = text("list.comma", lang)
    pole_a, pole_b = comma.join(poles[0]), comma.join(poles[1])
    leans = {name: f"{lean:+.2f}".replace("-", "−") for name, lean in (("before", before), ("after", after))}
    return text("explorer.moves", lang, word=word, pole_a=pole_a, pole_b=pole_b, **leans)


def fallback(labels: Sequence[str], weights: NDArray[np.float32], sentences: Sequence[str], lang: str) -> str:
    """Return the sentences and the table of weights as HTML. What a reader typed is text in it, never markup."""
    body = "".join(f'<p class="attn-fallback-text">{html.escape(one)}</p>' for one in sentences)
    if len(labels) > LARGEST_TABLE:
        note = text("explorer.too_large", lang, count=len(labels), most=LARGEST_TABLE)
        body += f'<p class="attn-fallback-text">{html.escape(note)}</p>'
    elif labels:
        body += _table(labels, weights, lang)
    return f'<div class="attn-fallback">{body}</div>'


def _table(labels: Sequence[str], weights: NDArray[np.float32], lang: str) -> str:
    caption = text("explorer.table", lang)
    escaped = [html.escape(label) for label in labels]
    head = "".join(f'<th scope="col"><bdi>{label}</bdi></th>' for label in escaped)
    rows = "".join(
        f'<tr><th scope="row"><bdi>{label}</bdi></th>{"".join(f"<td>{weight:.2f}</td>" for weight in row)}</tr>'
        for label, row in zip(escaped, weights, strict=True)
    )
    # A table wider than the page scrolls inside this box; the keyboard can reach it.
    return (
        f'<div class="attn-fallback-scroll" role="region" tabindex="0" aria-label="{html.escape(caption)}">'
        f'<table class="attn-fallback-table"><caption>{html.escape(caption)}</caption>'
        f'<thead><tr><th scope="col">{html.escape(text("explorer.corner", lang))}</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
