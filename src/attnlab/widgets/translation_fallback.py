"""What a reader sees of a translation where no script runs: a sentence, its steps and its attention as tables."""

import html
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from attnlab.strings import text
from attnlab.widgets.translation_run import Candidate

LARGEST_TABLE = 20  # columns of attention; more would say less than the steps do
OTHERS = 3


def sentence(typed: str, translation: str, lang: str) -> str:
    """Return in words what became of a text."""
    return text("playground.translated", lang, typed=typed, text=translation)


def fallback(
    said: str,
    steps: Sequence[tuple[str, Sequence[Candidate]]],
    read: Sequence[str],
    attention: NDArray[np.float32],
    lang: str,
) -> str:
    """Return the sentence and the tables as HTML. What a reader typed is text in it, never markup.

    Args:
        said: the sentence.
        steps: each token and its candidates.
        read: the ``S`` characters.
        attention: ``(T, S)``, where each token looked, in the mean of all heads.
        lang: the language of the headings.
    """
    body = f'<p class="attn-fallback-text">{html.escape(said)}</p>'
    if steps:
        names = ("playground.token", "playground.probability", "playground.others")
        rows = [[token, f"{_chosen(token, listed):.3f}", _others(token, listed, lang)] for token, listed in steps]
        body += _table(text("playground.table", lang), [text(name, lang) for name in names], rows)
    if steps and len(read) <= LARGEST_TABLE:
        weights = [
            [token, *(f"{weight:.2f}" for weight in row)]
            for (token, _), row in zip(steps, attention.tolist(), strict=True)
        ]
        body += _table(text("translation.table", lang), [text("playground.token", lang), *read], weights)
    return f'<div class="attn-fallback">{body}</div>'


def _chosen(token: str, listed: Sequence[Candidate]) -> float:
    return next(one.probability for one in listed if one.text == token)


def _others(token: str, listed: Sequence[Candidate], lang: str) -> str:
    others = [f"{one.text.strip()} {one.probability:.3f}" for one in listed if one.text != token]
    return text("list.comma", lang).join(others[:OTHERS])


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    caption = html.escape(caption)
    head = "".join(f'<th scope="col"><bdi>{html.escape(one)}</bdi></th>' for one in heads)
    body = "".join(
        f'<tr><th scope="row"><bdi>{html.escape(row[0])}</bdi></th>'
        f"{''.join(f'<td><bdi>{html.escape(cell)}</bdi></td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    return (
        f'<div class="attn-fallback-scroll" role="region" tabindex="0" aria-label="{caption}">'
        f'<table class="attn-fallback-table"><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
