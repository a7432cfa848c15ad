"""What the explorer of masks shows before anything runs: its worked examples, and a mask as a table of dots."""

import base64
import html
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnlab.widgets import mask_results as results
from attnlab.widgets.playground_results import Candidate

TEXT = "The city of London is the largest"
SOURCE = "我昨天没有去学校。"
EXAMPLES = {
    "text": (TEXT, "In 1914 , the war began in Europe", "She was born in New York City"),
    "source": (SOURCE, "好久不见", "你叫什么名字？"),
}


def worked_example(start: dict[str, Any]) -> dict[str, Any]:
    """Return what a page shows before it has a model.

    Both texts as they are read, and the next tokens after each row; a text that cannot be read is left out.
    """
    found: dict[str, Any] = {}
    for is_cross in (False, True):
        text = start["source" if is_cross else "text"]
        try:
            read = results.reading(is_cross, text)
        except ValueError:
            continue  # the front end says why
        found[results.MODEL_OF[is_cross]] = {
            "text": text,
            "queries": list(read.queries),
            "keys": list(read.keys),
            "cut": read.cut,
            "ids": list(read.ids),
            "source": list(read.source),
            "scores": base64.b64encode(read.scores.astype("<f4").tobytes()).decode("ascii"),
            "plain": [_rounded(row) for row in results.next_tokens(is_cross, text, None)],
            "training": [] if is_cross else results.training(text),
        }
    return found


def _rounded(candidates: tuple[Candidate, ...]) -> list[list[Any]]:
    """As a page carries them: six digits are more than it shows."""
    return [[token, round(probability, 6)] for token, probability in candidates]


def mask_table(queries: Sequence[str], keys: Sequence[str], mask: NDArray[np.bool_], caption: str) -> str:
    """Return a mask as a table for a page without scripts, a dot in each open cell.

    Example:

        >>> mask_table(["a"], ["a", "b"], np.array([[True, False]]), "mask").count("●")
        1
    """
    head = "".join(f'<th scope="col"><bdi>{html.escape(key)}</bdi></th>' for key in keys)
    rows = "".join(
        f'<tr><th scope="row"><bdi>{html.escape(query)}</bdi></th>'
        + "".join(f"<td>{'●' if cell else '·'}</td>" for cell in row)
        + "</tr>"
        for query, row in zip(queries, mask, strict=True)
    )
    said = html.escape(caption)
    return (
        f'<div class="attn-fallback-scroll" role="region" tabindex="0" aria-label="{said}">'
        f'<table class="attn-fallback-table"><caption>{said}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
