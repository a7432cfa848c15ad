"""What a reader sees of the trainer where no script runs: what both sides have learned, in words and as a table."""

import html
from collections.abc import Mapping, Sequence

from attnlab.strings import text

LONGEST_TABLE = 12  # words

Neighbor = tuple[str, float]


def problem(name: str, lang: str) -> str:
    """Return why nothing can be learned from a text, or that the numbers have grown without bound."""
    keys = {
        "empty": "trainer.empty",
        "one-word": "trainer.one_word",
        "no-context": "trainer.no_context",
        "overflow": "trainer.overflow",
    }
    return text(keys[name], lang)


def sentences(steps: int, word: str, count: int, nearest: Mapping[str, Sequence[Neighbor]], lang: str) -> list[str]:
    """Return how far the training is, and which words are nearest to the followed one on each side."""
    comma = text("list.comma", lang)
    listed = {
        method: comma.join(f"{other} {cosine:.2f}".replace("-", "−") for other, cosine in found)
        for method, found in nearest.items()
    }
    return [
        text("trainer.trained", lang, steps=steps, count=count),
        text("trainer.nearest", lang, word=word, cbow=listed["cbow"], skip_gram=listed["skip-gram"]),
    ]


def fallback(said: Sequence[str], rows: Sequence[tuple[str, Neighbor, Neighbor]], lang: str) -> str:
    """Return sentences and the table of neighbors as HTML. What a reader typed is text in it, never markup."""
    body = "".join(f'<p class="attn-fallback-text">{html.escape(one)}</p>' for one in said)
    return f'<div class="attn-fallback">{body}{_table(rows, lang) if rows else ""}</div>'


def _table(rows: Sequence[tuple[str, Neighbor, Neighbor]], lang: str) -> str:
    caption = html.escape(text("trainer.table", lang))
    names = ("trainer.word", "trainer.cbow", "trainer.skip_gram")
    head = "".join(f'<th scope="col">{html.escape(text(name, lang))}</th>' for name in names)
    lines = "".join(
        f'<tr><th scope="row"><bdi>{html.escape(word)}</bdi></th>{_cell(cbow)}{_cell(skip_gram)}</tr>'
        for word, cbow, skip_gram in rows
    )
    return (
        f'<div class="attn-fallback-scroll" role="region" tabindex="0" aria-label="{caption}">'
        f'<table class="attn-fallback-table"><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _cell(neighbor: Neighbor) -> str:
    word, cosine = neighbor
    number = f"{cosine:.2f}".replace("-", "−")
    return f"<td><bdi>{html.escape(word)}</bdi> {number}</td>"
