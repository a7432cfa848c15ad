"""Codes: small ones as arrows in the plane, and what noise does to many."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike, NDArray

from attnlab.plot.colors import LIGHT
from attnlab.plot.page import WIDTH, book_style, fixed_figure
from attnlab.strings import text

# Color, mark, stroke, and the mark as a sign: the second table is drawn over the first, and both show where they agree.
LOOKS = (("query", "o", "-", "●"), ("key", "s", (0, (3, 2)), "■"))
PLANE = (270.0, 280.0)  # points: the plane is at most so wide and so high, and has room for names at its right
TOP, PANEL, GAP, BOTTOM, LEFT = 30.0, 125.0, 54.0, 46.0, 48.0  # points


def plane_figure(codes: ArrayLike, names: Sequence[str], *, axes: tuple[str, str]) -> Figure:
    """Return codes of two numbers as arrows from the origin. One step is equally long both ways.

    Args:
        codes: ``(N, 2)``, none below 0, and in both dimensions one above 0.
        names: ``N`` words.
        axes: what the two numbers are about.

    Raises:
        ValueError: the codes are not ``(N, 2)`` or not finite, one is below 0, a dimension has only zeros, or there are
            not as many names as codes.

    Example:

        >>> figure = plane_figure([[3, 1], [0, 5]], ["monkey", "atom"], axes=("jungle", "laboratory"))
        >>> figure.axes[0].get_xlabel(), len(figure.axes[0].lines)
        ('jungle', 2)
    """
    points = np.asarray(codes, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"codes must be (N, 2), got shape {points.shape}")
    if len(names) != len(points):
        raise ValueError(f"{len(points)} codes but {len(names)} names")
    most = points.max(axis=0)
    if not (np.isfinite(points).all() and points.min() >= 0 and (most > 0).all()):
        raise ValueError(f"codes must be finite, none below 0 and not all 0, got {points.min():.3g} to {most.tolist()}")
    limits = most * 1.05
    wide, high = limits * min(PLANE / limits)
    with book_style():
        figure, place = fixed_figure(12 + high + BOTTOM)
        panel = place(LEFT, 12, wide, high)
        panel.set_xlim(0, limits[0])
        panel.set_ylim(0, limits[1])
        look = {"arrowstyle": "-|>", "color": LIGHT["query"], "shrinkA": 0, "shrinkB": 0, "linewidth": 1.6}
        for (x, y), name in zip(points.tolist(), names, strict=True):
            panel.annotate("", (x, y), (0, 0), arrowprops=look, annotation_clip=False)
            panel.plot([x], [y], "o", color=LIGHT["query"], clip_on=False)
            panel.annotate(name, (x, y), (7, 9), textcoords="offset points", va="center", color=LIGHT["query-ink"])
        for axis, name in ((panel.xaxis, axes[0]), (panel.yaxis, axes[1])):
            axis.set_major_locator(MaxNLocator(6, integer=True))
            axis.set_label_text(name)
    return figure


def decoding_figure(
    noise: Sequence[float], right: Mapping[str, ArrayLike], related: Mapping[str, ArrayLike], *, chance: float
) -> Figure:
    """Return two panels over the noise: the share of codes decoded right, and the share of errors that stay related.

    Args:
        noise: the ``N`` levels of noise, growing.
        right: for one or two tables of codes by name, ``(N,)`` shares from 0 to 1.
        related: the same tables; NaN where no code was decoded wrong.
        chance: the share of related words that drawing a wrong word at random would give; a pale band.

    Raises:
        ValueError: there are not as many shares as levels, a share is not from 0 to 1, the two panels do not show the
            same tables, or there are more than two of them.

    Example:

        >>> figure = decoding_figure([0, 1], {"real": [1, 0.5]}, {"real": [np.nan, 0.4]}, chance=0.2)
        >>> [panel.get_title(loc="left") for panel in figure.axes]
        ['Share decoded right', 'Wrong words of the right group']
    """
    if list(right) != list(related) or not 1 <= len(right) <= len(LOOKS):
        raise ValueError(f"one or two tables must be in both panels, got {list(right)} and {list(related)}")
    with book_style():
        figure, place = fixed_figure(TOP + 2 * PANEL + GAP + BOTTOM)
        upper, lower = (place(LEFT, top, WIDTH * 72 - LEFT - 16, PANEL) for top in (TOP, TOP + PANEL + GAP))
        lower.axhline(chance, color=LIGHT["line"], linewidth=9, zorder=1)
        end, words, ink = (noise[-1], chance), text("figure.decoding.chance"), LIGHT["muted"]
        lower.annotate(words, end, (0, -13), "data", "offset points", ha="right", va="center", color=ink)
        for panel, shares in ((upper, right), (lower, related)):
            _curves(panel, noise, {name: _shares(noise, values) for name, values in shares.items()})
        for row, (name, (color, _, _, sign)) in enumerate(zip(right, LOOKS, strict=False)):
            corner, ink = (1.0, 0.92 - 0.13 * row), LIGHT[f"{color}-ink"]
            upper.annotate(f"{name} {sign}", corner, None, "axes fraction", ha="right", va="center", color=ink)
        upper.set_title(text("figure.decoding.right"))
        lower.set_title(text("figure.decoding.related"))
        lower.set_xlabel(text("figure.decoding.noise"))
    return figure


def _shares(noise: Sequence[float], values: ArrayLike) -> NDArray[np.float64]:
    shares = np.asarray(values, dtype=np.float64)
    if shares.shape != (len(noise),):
        raise ValueError(f"{len(noise)} levels of noise but shares of shape {shares.shape}")
    known = shares[~np.isnan(shares)]
    if known.size and not (known.min() >= 0 and known.max() <= 1):
        raise ValueError(f"shares must lie from 0 to 1, got {known.min():.3g} to {known.max():.3g}")
    return shares


def _curves(panel: Axes, noise: Sequence[float], shares: Mapping[str, NDArray[np.float64]]) -> None:
    for (name, values), (color, mark, stroke, _) in zip(shares.items(), LOOKS, strict=False):
        panel.plot(noise, values, color=LIGHT[color], marker=mark, linestyle=stroke, label=name, clip_on=False)
    panel.set_ylim(0, 1.05)
    panel.set_yticks([0, 0.5, 1])
    panel.yaxis.set_major_formatter(PercentFormatter(1.0))
    panel.set_xlim(0, noise[-1])
