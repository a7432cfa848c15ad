"""Curves side by side, each with its name at its end instead of in a legend."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from attnlab.plot.colors import LIGHT
from attnlab.plot.page import WIDTH, book_style, fixed_figure, text_width

# Color and mark: neither alone tells two curves apart.
LOOKS = (("query", "o"), ("key", "s"), ("value", "^"), ("position", "D"))
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
) -> Figure:
    """Return curves over the same places, told apart by color and mark, each named at its end.

    Args:
        places: the ``N`` places of the axis: growing numbers, or names that stand at equal distances.
        curves: numbers ``(N,)`` by the name of their curve, at most 4 curves.
        title: what goes upward.
        across: what goes to the right.
        log: both axes grow by factors; a named axis stays as it is.

    Raises:
        ValueError: there are no curves or more than 4, there are not as many numbers as places, or they are not finite.

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
        for (color, marker), numbers in zip(LOOKS, series.values(), strict=False):
            panel.plot(x, numbers, f"{marker}-" if len(x) <= MOST_MARKED else "-", color=LIGHT[color], clip_on=False)
        if log:
            panel.set_yscale("log")
            panel.yaxis.set_minor_locator(NullLocator())
        elif min(numbers.min() for numbers in series.values()) >= 0:
            panel.set_ylim(bottom=0)
        panel.yaxis.set_major_formatter(FuncFormatter(_plain))
        _name_places(panel, x, places, log)
        _name_ends(panel, x[-1], series)
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
        if not np.isfinite(numbers).all():
            raise ValueError(
                f"{int((~np.isfinite(numbers)).sum())} of {numbers.size} numbers of {name!r} are not finite"
            )
    return series


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
    step = LINE / HEIGHT  # as a share of the panel's height
    ends = panel.transData.transform([(end, numbers[-1]) for numbers in series.values()])
    shares = panel.transAxes.inverted().transform(ends)[:, 1]
    names = list(series)
    taken = -np.inf
    for place in np.argsort(shares, kind="stable").tolist():
        share = max(float(shares[place]), taken + step)
        taken, shift = share, (share - float(shares[place])) * HEIGHT
        color = LIGHT[f"{LOOKS[place][0]}-ink"]
        point = (end, float(series[names[place]][-1]))
        panel.annotate(names[place], point, (10, shift), textcoords="offset points", va="center", color=color)


def _plain(number: float, _place: object) -> str:
    """A number without powers of ten as long as that is short."""
    return f"{number:,.6g}".replace("-", "−")
