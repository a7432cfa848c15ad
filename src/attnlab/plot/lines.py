"""Curves side by side, each with its name at its end instead of in a legend."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from attnlab.plot.colors import LIGHT
from attnlab.plot.page import WIDTH, book_style, fixed_figure, text_width

# The color of a curve, that of its name, and its mark: neither color nor mark alone tells two curves apart.
LOOKS = (
    ("query", "query-ink", "o"),
    ("key", "key-ink", "s"),
    ("value", "value-ink", "^"),
    ("position", "position-ink", "D"),
    ("negative", "negative", "v"),
    ("mask", "muted", "P"),
    ("ink", "ink", "X"),
)
MOST_MARKED = 20  # places; with more of them the marks would hide the curve
# Points: the panel and what is around it, and from one name to the next. Nothing moves when a name is long.
HEIGHT, LEFT, ABOVE, BELOW, LINE = 150.0, 52.0, 30.0, 46.0, 15.0
LABEL = 12.0
MOST_TICKS = 6


def lines_figure(
    places: Sequence[float] | Sequence[str],
    curves: Mapping[str, ArrayLike],
    *,
    title: str = "",
    across: str = "",
    log: bool = False,
    mark: tuple[float, str] | None = None,
) -> Figure:
    """Return curves over the same places, told apart by color and mark, each named at its end.

    A curve may stop early: what is NaN at its end is not drawn.

    Args:
        places: the ``N`` places of the axis: growing numbers, or names that stand at equal distances.
        curves: numbers ``(N,)`` by the name of their curve, at most 7 curves.
        title: what goes upward.
        across: what goes to the right.
        log: both axes grow by factors; a named axis stays as it is.
        mark: a place of the axis where an upright dashed line stands, and its name.

    Raises:
        ValueError: there are no curves or more than 7, there are not as many numbers as places, or they are not finite
            before the end of their curve.

    Example:

        >>> figure = lines_figure([1, 2, 4], {"slow": [1, 2, 4], "fast": [1, 1, 1]}, title="seconds")
        >>> sorted(label.get_text() for label in figure.axes[0].texts)
        ['fast', 'slow']
    """
    series = _check(places, curves)
    named = isinstance(places[0], str)
    x = np.arange(len(places), dtype=np.float64) if named else np.asarray(places, dtype=np.float64)
    with book_style():
        figure, place = fixed_figure(ABOVE + HEIGHT + BELOW)
        beside = max(text_width(name, LABEL) for name in curves) + 20
        panel = place(LEFT, ABOVE, WIDTH * 72 - LEFT - beside, HEIGHT)
        for (color, _, marker), numbers in zip(LOOKS, series.values(), strict=False):
            panel.plot(x, numbers, f"{marker}-" if len(x) <= MOST_MARKED else "-", color=LIGHT[color], clip_on=False)
        if log:
            panel.set_yscale("log")
            panel.yaxis.set_minor_locator(NullLocator())
        elif min(np.nanmin(numbers) for numbers in series.values()) >= 0:
            panel.set_ylim(bottom=0)
        panel.yaxis.set_major_formatter(FuncFormatter(_plain))
        _name_places(panel, x, places, log)
        _name_ends(panel, x[-1], series)
        if mark is not None:
            _draw_mark(panel, *mark)
        panel.set_xlabel(across)
        panel.set_title(title)
    return figure


def _check(places: Sequence[object], curves: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    if not 1 <= len(curves) <= len(LOOKS):
        raise ValueError(f"from 1 to {len(LOOKS)} curves can be told apart, got {len(curves)}")
    series = {name: np.asarray(numbers, dtype=np.float64) for name, numbers in curves.items()}
    for name, numbers in series.items():
        if numbers.shape != (len(places),) or not len(places):
            raise ValueError(f"{len(places)} places on the axis but numbers of shape {numbers.shape} for {name!r}")
        drawn = numbers[: _end(numbers)]
        if not drawn.size or not np.isfinite(drawn).all():
            raise ValueError(
                f"{int((~np.isfinite(numbers)).sum())} of {numbers.size} numbers of {name!r} are not finite"
            )
    return series


def _end(numbers: NDArray[np.float64]) -> int:
    """How many numbers there are before the NaN at the end."""
    return int(np.flatnonzero(~np.isnan(numbers)).max(initial=-1)) + 1


def _name_places(panel: Axes, x: NDArray[np.float64], places: Sequence[object], log: bool) -> None:
    if isinstance(places[0], str):
        panel.set_xticks(x, [str(place) for place in places])
    elif log:
        panel.set_xscale("log", base=2)
        every = -(-len(x) // MOST_TICKS)
        panel.set_xticks(x[::every], [_plain(place, None) for place in x[::every].tolist()])
        panel.xaxis.set_minor_locator(NullLocator())
    else:
        panel.xaxis.set_major_locator(MaxNLocator(MOST_TICKS, integer=True))
        panel.xaxis.set_major_formatter(FuncFormatter(_plain))


def _name_ends(panel: Axes, end: float, series: Mapping[str, NDArray[np.float64]]) -> None:
    """The names stand right of the last points, moved apart where two of them would touch."""
    low, high = panel.get_ylim()
    panel.set_ylim(low, high)
    lasts = [float(numbers[_end(numbers) - 1]) for numbers in series.values()]
    ends = panel.transData.transform([(end, last) for last in lasts])
    shares = panel.transAxes.inverted().transform(ends)[:, 1]
    apart = _moved_apart(shares.tolist(), LINE / HEIGHT)
    for (_, ink, _), name, last, share, moved in zip(LOOKS, series, lasts, shares, apart, strict=False):
        shift = (10, (moved - float(share)) * HEIGHT)
        panel.annotate(name, (end, last), shift, textcoords="offset points", va="center", color=LIGHT[ink])


def _moved_apart(heights: Sequence[float], step: float) -> list[float]:
    """The heights of names, as shares of the panel: at least a step from one to the next, and none above the panel."""
    order = np.argsort(heights, kind="stable").tolist()
    moved = [0.0] * len(heights)
    lowest = -np.inf
    for place in order:
        moved[place] = max(heights[place], lowest)
        lowest = moved[place] + step
    highest = max(1.0, *heights)
    for place in reversed(order):
        moved[place] = min(moved[place], highest)
        highest = moved[place] - step
    return moved


def _draw_mark(panel: Axes, place: float, name: str) -> None:
    panel.axvline(place, color=LIGHT["muted"], linestyle=(0, (4, 3)), linewidth=1, zorder=0)
    up = panel.get_xaxis_transform()
    panel.annotate(
        name, (place, 0), (4, 5), xycoords=up, textcoords="offset points", fontsize=LABEL - 1, color=LIGHT["muted"]
    )


def _plain(number: float, _place: object) -> str:
    """A number without powers of ten as long as that is short."""
    return f"{number:,.6g}".replace("-", "−")
