"""What a reader sees of a tokenized text where no script runs: its tokens with ids, and the distances of words."""

import html
import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from attnlab.strings import text as text_of
from attnlab.widgets.tokens_cuts import Cut

LISTED = 60  # tokens that a sentence lists
NAMES = ("ids", "one-hot", "cosine", "euclid")
DECIMALS = {"ids": 0, "one-hot": 4, "cosine": 2, "euclid": 2}


def counted(cut: Cut, name: str, lang: str) -> str:
    """Return in words how many tokens a text has, and how many the vocabulary."""
    if not cut.tokens:
        return text_of("tokens.empty", lang)
    way = text_of(f"tokens.cut.{name}", lang)
    return text_of("tokens.counted", lang, count=len(cut.tokens), size=cut.size, way=way)


def listed(cut: Cut, lang: str) -> str:
    """Return the first tokens with their ids, as one would read them out: ``an 7 · apple 4 · …``."""
    pairs = list(zip(cut.tokens, cut.ids, strict=True))[:LISTED]
    shown = " · ".join(f"{token.replace(' ', '␣')} {place}" for token, place in pairs)
    return shown if len(cut.tokens) <= LISTED else f"{shown} · …"


def fallback(
    sentences: Sequence[str], words: Sequence[str], distances: Mapping[str, NDArray[np.float64]], lang: str
) -> str:
    """Return sentences and the table of distances as HTML. What a reader typed is text in it, never markup."""
    body = "".join(f'<p class="attn-fallback-text">{html.escape(one)}</p>' for one in sentences)
    caption = html.escape(text_of("tokens.table", lang))
    head = "".join(f'<th scope="col">{html.escape(text_of(f"tokens.{name}", lang))}</th>' for name in NAMES)
    rows = "".join(
        f'<tr><th scope="row"><bdi>{html.escape(words[first])} – {html.escape(words[second])}</bdi></th>'
        + "".join(f"<td>{_number(distances[name][first, second], DECIMALS[name])}</td>" for name in NAMES)
        + "</tr>"
        for first, second in combinations(range(len(words)), 2)
    )
    return (
        f'<div class="attn-fallback">{body}'
        f'<div class="attn-fallback-scroll" role="region" tabindex="0" aria-label="{caption}">'
        f'<table class="attn-fallback-table"><caption>{caption}</caption>'
        f'<thead><tr><th scope="col">{html.escape(text_of("tokens.pair", lang))}</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></div>"
    )


def _number(value: float, decimals: int) -> str:
    return "–" if math.isnan(value) else f"{value:.{decimals}f}".replace("-", "−")
