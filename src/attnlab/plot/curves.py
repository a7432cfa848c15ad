"""Curves over the width of a vector or the length of a sentence."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator
from numpy.typing import ArrayLike, NDArray

from attnlab.plot.colors import LIGHT
from attnlab.plot.page import book_style, new_figure
from attnlab.strings import text

MOST_TICKS = 7


def spread_figure(widths: Sequence[int], raw: ArrayLike, scaled: ArrayLike) -> Figure:
    """Return the standard deviation of scores over their width, beside the curve ``sqrt(d_k)``.

    Args:
        widths: the ``N`` widths ``d_k``.
        raw: ``(N,)``, the measured standard deviation of the scores.
        scaled: ``(N,)``, the same after dividing by ``sqrt(d_k)``.

    Raises:
        ValueError: there are not as many numbers as widths.

    Example:

        >>> figure = spread_figure([4, 16, 64], raw=[2.0, 4.1, 7.9], scaled=[1.0, 1.02, 0.99])
        >>> figure.axes[0].get_xlabel()
        'width d_k'
    """
    series = [fitting(widths, raw), fitting(widths, scaled)]
    with book_style():
        figure, (panel,) = new_figure(height=3.4)
        roots = np.sqrt(widths)
        _guide(panel, widths, roots, "√d_k", at=len(widths) // 4)
        _points(panel, widths, series[0], "query", text("figure.spread.raw"), at=-2, offset=(-10, 6))
        _points(panel, widths, series[1], "value", text("figure.spread.scaled"), offset=(0, 12))
        panel.set_yscale("log", base=2)
        log_axis(panel, widths, text("figure.width"))
        panel.yaxis.set_major_formatter(FuncFormatter(_plain))
        panel.set_title(text("figure.spread.title"))
    return figure


def saturation_figure(
    widths: Sequence[int],
    largest_raw: ArrayLike,
    largest_scaled: ArrayLike,
    gradient_raw: ArrayLike,
    gradient_scaled: ArrayLike,
) -> Figure:
    """Return how softmax saturates with the width: its largest weight, and below it the gradient that is left.

    Args:
        widths: the ``N`` widths ``d_k``.
        largest_raw, largest_scaled: ``(N,)`` each, the mean of the largest weight in a row, without and with the scale.
        gradient_raw, gradient_scaled: ``(N,)`` each, the norm of softmax's derivative.

    Raises:
        ValueError: there are not as many numbers as widths.

    Example: two panels below each other.

        >>> figure = saturation_figure([4, 64], [0.6, 0.99], [0.4, 0.4], [0.3, 0.01], [0.4, 0.4])
        >>> len(figure.axes)
        2
    """
    names = (text("figure.saturation.raw"), text("figure.saturation.scaled"))
    with book_style():
        figure, (upper, lower) = new_figure(2, height=2.7)
        for panel, raw, scaled in ((upper, largest_raw, largest_scaled), (lower, gradient_raw, gradient_scaled)):
            # Below, the line ends on the axis: there its name stands beside the fall.
            at, offset = (-1, (0, 12)) if panel is upper else (len(widths) // 2 - 1, (78, 6))
            _points(panel, widths, fitting(widths, raw), "key", names[0], at=at, offset=offset)
            _points(panel, widths, fitting(widths, scaled), "value", names[1], offset=(0, 12))
            log_axis(panel, widths, text("figure.width") if panel is lower else "")
            panel.set_ylim(bottom=0)
        upper.set_ylim(0, 1.15)
        upper.set_yticks([0, 0.5, 1])
        upper.set_title(text("figure.saturation.largest"))
        lower.set_title(text("figure.saturation.gradient"))
    return figure


def cost_figure(lengths: Sequence[int], seconds: ArrayLike, megabytes: ArrayLike) -> Figure:
    """Return the measured cost of self-attention over the length of the sentence, beside ``n**2``.

    Args:
        lengths: the ``N`` numbers of tokens, growing.
        seconds: ``(N,)``, the time of one call.
        megabytes: ``(N,)``, the memory that the weights take.

    Raises:
        ValueError: there are not as many numbers as lengths.

    Example:

        >>> figure = cost_figure([256, 512], seconds=[0.001, 0.004], megabytes=[0.26, 1.05])
        >>> [panel.get_yscale() for panel in figure.axes]
        ['log', 'log']
    """
    with book_style():
        figure, panels = new_figure(2, height=2.7)
        measured = ((seconds, "query", "figure.cost.time"), (megabytes, "key", "figure.cost.memory"))
        for panel, (numbers, color, title) in zip(panels, measured, strict=True):
            values = fitting(lengths, numbers)
            squares = values[-1] * (np.asarray(lengths) / lengths[-1]) ** 2  # through the last point
            _guide(panel, lengths, squares, "n²", at=len(lengths) // 2)
            _points(panel, lengths, values, color, "")
            panel.set_yscale("log")
            panel.yaxis.set_major_formatter(FuncFormatter(_plain))
            panel.yaxis.set_minor_locator(NullLocator())
            log_axis(panel, lengths, text("figure.length") if panel is panels[-1] else "")
            panel.set_title(text(title))
    return figure


def fitting(places: Sequence[int], numbers: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(numbers, dtype=np.float64)
    if values.shape != (len(places),):
        raise ValueError(f"{len(places)} places on the axis but numbers of shape {values.shape}")
    return values


def _points(
    panel: Axes,
    places: Sequence[int],
    values: NDArray[np.float64],
    color: str,
    name: str,
    *,
    at: int = -1,
    offset: tuple[float, float] = (0, 0),
) -> None:
    """A line through measured points, with its name beside one of them instead of in a legend."""
    panel.plot(places, values, "o-", color=LIGHT[color], clip_on=False)
    ink, place = LIGHT[f"{color}-ink"], (places[at], values[at])
    panel.annotate(name, place, offset, textcoords="offset points", ha="right", va="center", color=ink)


def _guide(panel: Axes, places: Sequence[int], values: NDArray[np.float64], name: str, at: int) -> None:
    """What theory says: a broad pale band under the measured points, with its name below it."""
    panel.plot(places, values, color=LIGHT["line"], linewidth=9, zorder=1)
    place, offset = (places[at], values[at]), (10, -12)
    panel.annotate(name, place, offset, textcoords="offset points", va="center", color=LIGHT["muted"])


def log_axis(panel: Axes, places: Sequence[int], name: str) -> None:
    """A doubling scale with a mark at the measured places, or at every second or third of many."""
    every = -(-len(places) // MOST_TICKS)
    panel.set_xscale("log", base=2)
    panel.set_xticks(places[::every], [f"{place:,}" for place in places[::every]])
    panel.xaxis.set_minor_locator(NullLocator())
    panel.set_xlabel(name)


def _plain(number: float, _place: object) -> str:
    """A number without powers of ten as long as that is short."""
    return f"{number:,.6g}"
