"""Tokens as numbers: places on a number line, and how short a text becomes as merges are learned."""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from statistics import fmean

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike

from attnlab.plot.colors import LIGHT
from attnlab.plot.page import WIDTH, book_style, fixed_figure, new_figure, text_width
from attnlab.plot.points import LOOKS
from attnlab.strings import text

WORD = 11.0  # points
MARGIN = 16.0
LINE = 78.0  # points from one number line to the next
GAP = 7.0  # points between two names
MOST_TICKS = 8


def number_line_figure(lines: Mapping[str, Mapping[str, int]], size: int) -> Figure:
    """Return number lines below each other, each with some words at their ids.

    A name that would cover another stands beside its place, and a thin line leads to it.

    Args:
        lines: for each line its title, and the id of each word on it.
        size: how many ids there are: a line reaches from 0 to ``size - 1``.

    Raises:
        ValueError: there is no line, a line has no word, or an id is not from 0 to ``size - 1``.

    Example:

        >>> figure = number_line_figure({"by frequency": {"the": 0, "apple": 90}}, size=100)
        >>> [label.get_text() for label in figure.axes[0].texts]
        ['by frequency', 'the', 'apple', '0', '99']
    """
    if not lines:
        raise ValueError("0 number lines: at least 1 is needed")
    for title, places in lines.items():
        if not places:
            raise ValueError(f"the line {title!r} has 0 words: at least 1 is needed")
        for word, place in places.items():
            if not 0 <= place < size:
                raise ValueError(f"the id of {word!r} is {place}, not from 0 to {size - 1}")
    height = LINE * len(lines) + 10
    with book_style():
        figure, place_axes = fixed_figure(height)
        panel = place_axes(0, 0, WIDTH * 72, height)
        panel.set_axis_off()
        panel.set_xlim(0, WIDTH * 72)
        panel.set_ylim(height, 0)
        for number, (title, places) in enumerate(lines.items()):
            _draw_line(panel, title, places, size, LINE * number + 52)
    return figure


def _draw_line(panel: Axes, title: str, places: Mapping[str, int], size: int, y: float) -> None:
    left, right = MARGIN, WIDTH * 72 - MARGIN
    panel.text(left, y - 40, title, va="center", fontsize=WORD, fontweight="bold", color=LIGHT["ink"])
    panel.plot([left, right], [y, y], color=LIGHT["muted"], linewidth=1)
    words = sorted(places, key=lambda word: places[word])
    dots = [left + (right - left) * places[word] / max(size - 1, 1) for word in words]
    middles = _spread(dots, [text_width(word, WORD) for word in words], left - 8, right + 8)
    for word, dot, middle in zip(words, dots, middles, strict=True):
        panel.plot([dot, middle], [y, y - 13], color=LIGHT["mask"], linewidth=0.8)
        panel.plot([dot], [y], "o", color=LIGHT["query"], markersize=6, clip_on=False)
        panel.text(middle, y - 20, word, ha="center", va="center", fontsize=WORD, color=LIGHT["query-ink"])
    for x, end, side in ((left, 0, "left"), (right, size - 1, "right")):
        panel.text(x, y + 13, f"{end:,}", ha=side, va="center", fontsize=10, color=LIGHT["muted"])


def _spread(middles: Sequence[float], widths: Sequence[float], left: float, right: float) -> list[float]:
    """Move growing middles of names as little as it takes for none to cover the next or to reach beyond the ends.

    Without the space that each name needs before it, the places must not fall. Where they do, the names in a row move
    to their common mean: isotonic regression, by pooling neighbors.

    Example:

        >>> _spread([50.0, 51.0], [20.0, 20.0], 0.0, 100.0)
        [37.0, 64.0]
    """
    needed = [0.0, *accumulate((one + other) / 2 + GAP for one, other in pairwise(widths))]
    pools: list[list[float]] = []
    for middle, space in zip(middles, needed, strict=True):
        pools.append([middle - space])
        while len(pools) > 1 and fmean(pools[-2]) > fmean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    places = [fmean(pool) for pool in pools for _ in pool]
    least = left + widths[0] / 2
    most = max(least, right - widths[-1] / 2 - needed[-1])
    return [min(max(place, least), most) + space for place, space in zip(places, needed, strict=True)]


def compression_figure(curves: Mapping[str, tuple[Sequence[int], ArrayLike]]) -> Figure:
    """Return how many tokens a character costs, over the number of merges that were learned.

    Args:
        curves: for each curve its name, the ``N`` numbers of merges (1 or more, growing), and the ``(N,)`` tokens per
            character after them.

    Raises:
        ValueError: there is no curve or more than 6, a curve has not as many numbers as merges, or a number of merges
            is less than 1, which the doubling axis has no place for.

    Example:

        >>> figure = compression_figure({"English": ([1, 16, 256], [0.97, 0.74, 0.29])})
        >>> figure.axes[0].get_xlabel()
        'merges learned'
    """
    if not 1 <= len(curves) <= len(LOOKS):
        raise ValueError(f"from 1 to {len(LOOKS)} curves can be told apart, got {len(curves)}")
    with book_style():
        figure, (panel,) = new_figure(height=4.0)
        longest: Sequence[int] = []
        for (name, (merges, ratios)), (color, marker) in zip(curves.items(), LOOKS, strict=False):
            values = np.asarray(ratios, dtype=np.float64)
            if values.shape != (len(merges),):
                raise ValueError(f"{name!r} has {len(merges)} numbers of merges but ratios of shape {values.shape}")
            if min(merges) < 1:
                raise ValueError(f"{name!r} has {min(merges)} merges, at least 1 can be drawn")
            panel.plot(merges, values, f"{marker}-", color=LIGHT[color], label=name, markersize=5)
            longest = max(longest, merges, key=lambda one: max(one, default=0))
        panel.set_xscale("log", base=2)
        every = -(-len(longest) // MOST_TICKS)
        panel.set_xticks(longest[::every], [f"{place:,}" for place in longest[::every]])
        panel.xaxis.set_minor_locator(NullLocator())
        panel.set_ylim(bottom=0)
        panel.set_xlabel(text("figure.compression.merges"))
        panel.set_title(text("figure.compression.title"))
        figure.legend(loc="outside lower left", frameon=False, fontsize=WORD, labelcolor=LIGHT["ink"])
    return figure
