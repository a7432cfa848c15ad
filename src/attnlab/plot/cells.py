"""Many small cells in few strokes: a picture of thousands of numbers that stays small enough to stand in a page."""

import math
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from attnlab.plot.colors import LIGHT, RAMP_STEPS, ramp

LEVELS = 50  # to either side of 0: a step of a fiftieth of the full color is smaller than the eye can see
OVERLAP = 0.4  # points by which a stroke is broader than its cells, or browsers would show a seam between two
BAR = (92.0, 7.0)  # points: the width and height of the bar that explains the colors


def cell_color(share: float) -> str:
    """Return the color of a cell: a share of the full color from -1 to 1, blue above 0 and brown below.

    Example: what is 0 has the page's own color.

        >>> cell_color(0.0), cell_color(1.0), cell_color(-1.0)
        ('#ffffff', '#0072b2', '#a6611a')
    """
    return _level_color(_levels(np.array(share)).item())


def paint_cells(panel: Axes, shares: NDArray[np.float64], cell: tuple[float, float]) -> None:
    """Paint a matrix into a panel of fixed size, row 0 on top: cell ``(i, j)`` has its center at ``(j, i)``.

    Cells of one column that have the same color and touch become one stroke, and all strokes of a color one path.

    Args:
        panel: the axes to paint into; its limits are set here.
        shares: ``(rows, columns)``, shares of the full color from -1 to 1; beyond, the color is full.
        cell: the width and height of a cell, in points.
    """
    rows, columns = shares.shape
    levels = _levels(shares)
    more = OVERLAP / cell[1] / 2  # above and below
    strokes: dict[int, list[tuple[float, float]]] = {}
    for j in range(columns):
        edges = [0, *(np.flatnonzero(np.diff(levels[:, j])) + 1).tolist(), rows]
        for start, end in pairwise(edges):
            strokes.setdefault(int(levels[start, j]), []).extend([(j, start - 0.5 - more), (j, end - 0.5 + more)])
    look = {"fill": False, "linewidth": cell[0] + OVERLAP, "capstyle": "butt", "joinstyle": "round", "clip_on": False}
    for level, ends in sorted(strokes.items(), key=lambda stroke: abs(stroke[0])):
        if level:  # what is 0 has the page's color already
            path = Path(ends, [Path.MOVETO, Path.LINETO] * (len(ends) // 2))
            panel.add_patch(PathPatch(path, edgecolor=_level_color(level), **look))
    panel.set_xlim(-0.5, columns - 0.5)
    panel.set_ylim(rows - 0.5, -0.5)


def color_key(bar: Axes, low: float, largest: float, name: str) -> None:
    """Turn axes into a bar that explains the colors, from ``low`` (0, or minus the largest) to the largest."""
    colors = 40
    shares = np.linspace(low / largest, 1, colors)[None]
    paint_cells(bar, shares, (BAR[0] / colors, BAR[1]))
    places = [0.0, 1.0] if low == 0 else [0.0, 0.5, 1.0]
    numbers = np.linspace(low, largest, len(places))
    bar.set_xticks([place * colors - 0.5 for place in places], [_plain(number) for number in numbers])
    bar.set_yticks([])
    bar.tick_params(length=0, pad=3, labelsize=10)
    bar.annotate(name, (0, 0.5), (-8, 0), "axes fraction", "offset points", ha="right", va="center", fontsize=10)
    frame(bar)


def frame(panel: Axes) -> None:
    """Draw a thin line around a panel, for cells near 0 have the color of the page."""
    for spine in panel.spines.values():
        spine.set_visible(True)
        spine.set_color(LIGHT["line"])


def _levels(shares: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(np.clip(shares, -1, 1) * LEVELS).astype(np.int64)


def _level_color(level: int) -> str:
    return ramp("query" if level >= 0 else "negative")[abs(level) * (RAMP_STEPS - 1) // LEVELS]


def _plain(number: float) -> str:
    """Two digits that count, and no more: 0, 0.5, −1, 0.087, 120."""
    digits = max(0, 1 - math.floor(math.log10(abs(number)))) if number else 0
    written = f"{number:.{digits}f}"
    return (written.rstrip("0").rstrip(".") if digits else written).replace("-", "−")
