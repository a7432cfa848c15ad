"""What a reader sees of the heads where no script runs: what the text became, and what each head does, as a table."""

import html
from collections.abc import Sequence

from attnlab.heads import HeadScore
from attnlab.strings import text
from attnlab.widgets.heads_results import Change, Look


def changed(change: Change, off: int, lang: str) -> str:
    """Return in words what became of a text.

    Example:

        >>> changed(Change("a b", "a b", ("a",), (0.5,), (0.5,)), 0, "en")
        'With all heads on: “a b”.'
    """
    if off == 0:
        return text("heads.all-on", lang, output=change.original)
    before, after = (f"{one:.2f}".replace("-", "−") for one in change.log_probability)
    return text(
        "heads.changed", lang, off=off, original=change.original, output=change.output, before=before, after=after
    )


def fallback(found: Look, said: str, lang: str) -> str:
    """Return the sentence and the table of labels as HTML. What a reader typed is text in it, never markup."""
    caption = html.escape(text("heads.table", lang))
    heads = len(next(iter(found.weights.values())))
    numbers = "".join(f'<th scope="col">{head + 1}</th>' for head in range(heads))
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>{"".join(_cell(head, lang) for head in labels)}</tr>'
        for name, labels in found.labels().items()
    )
    corner = html.escape(text("heads.attention", lang))
    return (
        f'<div class="attn-fallback"><p class="attn-fallback-text">{html.escape(said)}</p>'
        f'<div class="attn-fallback-scroll" role="region" tabindex="0" aria-label="{caption}">'
        f'<table class="attn-fallback-table"><caption>{caption}</caption>'
        f'<thead><tr><th scope="col">{corner}</th>{numbers}</tr></thead><tbody>{rows}</tbody></table></div></div>'
    )


def _cell(labels: Sequence[HeadScore], lang: str) -> str:
    said = f"{text(f'heads.kind.{labels[0].kind}', lang)} {labels[0].weight:.2f}" if labels else "–"
    return f"<td>{html.escape(said)}</td>"
