"""What a reader sees of the models where no script runs: a worked example, in words and as a table."""

import html
from collections.abc import Sequence

from attnlab.strings import text
from attnlab.widgets.playground_results import Result


def sentence(model: str, typed: str, result: Result, lang: str) -> str:
    """Return in words what a model made of a text."""
    keys = {"translator": "playground.translated", "writer": "playground.written", "reader": "playground.filled"}
    return text(keys[model], lang, typed=typed, text=result.text)


def fallback(said: Sequence[str], result: Result, lang: str) -> str:
    """Return sentences and the table of tokens as HTML. What a reader typed is text in it, never markup."""
    body = "".join(f'<p class="attn-fallback-text">{html.escape(one)}</p>' for one in said)
    return f'<div class="attn-fallback">{body}{_table(result, lang) if result.tokens else ""}</div>'


def _table(result: Result, lang: str) -> str:
    caption = html.escape(text("playground.table", lang))
    names = ("playground.token", "playground.probability", "playground.others")
    head = "".join(f'<th scope="col">{html.escape(text(name, lang))}</th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row"><bdi>{html.escape(token)}</bdi></th><td>{probability:.3f}</td>'
        f"<td><bdi>{html.escape(_others(token, candidates, lang))}</bdi></td></tr>"
        for token, probability, candidates in zip(result.tokens, result.probabilities, result.candidates, strict=True)
    )
    return (
        f'<div class="attn-fallback-scroll" role="region" tabindex="0" aria-label="{caption}">'
        f'<table class="attn-fallback-table"><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _others(token: str, candidates: Sequence[tuple[str, float]], lang: str) -> str:
    listed = [f"{other.strip()} {probability:.3f}" for other, probability in candidates if other != token]
    return text("list.comma", lang).join(listed[:3])
