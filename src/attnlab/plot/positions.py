"""Position vectors: single entries as curves, and all of them as one picture."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from attnlab.plot.cells import BAR, color_key, frame, paint_cells
from attnlab.plot.colors import LIGHT
from attnlab.plot.page import WIDTH, book_style, fixed_figure, text_width
from attnlab.strings import text

MOST_DOTS = 64  # positions; more would run into each other
PANEL, GAP, NAME = 62.0, 16.0, 10.5  # points: the height of a panel, the room below it, the names of the curves


def position_curves_figure(table: ArrayLike, entries: Sequence[int] | None = None, *, title: str = "") -> Figure:
    """Return entries of the position vectors as curves over the position, one panel for each pair ``2i, 2i + 1``.

    Even entries are drawn in one stroke, odd ones dashed, and each curve bears its name.

    Args:
        table: ``(T, D)``, the vector of each position.
        entries: which columns of the table; four pairs, from the fastest to slower ones, unless given.
        title: a line above it.

    Raises:
        ValueError: the table is not ``(T, D)`` with finite numbers, or an entry is outside of it.

    Example:

        >>> figure = position_curves_figure([[0.0, 1.0], [0.84, 0.54], [0.91, -0.42]])
        >>> [name.get_text() for name in figure.axes[0].texts]
        ['entry 0', 'entry 1']
    """
    array = _table(table)
    width = array.shape[1]
    chosen = _spread_pairs(width) if entries is None else list(entries)
    outside = [entry for entry in chosen if not 0 <= entry < width]
    if outside or not chosen:
        raise ValueError(f"entries must be columns from 0 to {width - 1}, got {outside or chosen}")
    pairs = sorted({entry // 2 for entry in chosen})
    limit = 1.2 * float(np.abs(array[:, chosen]).max()) or 1.0
    with book_style():
        top = 32.0 if title else 12.0
        figure, place = fixed_figure(top + len(pairs) * (PANEL + GAP) + 32)
        right = max(text_width(text("figure.positions.entry", index=entry), NAME) for entry in chosen) + 16
        panels = [place(52, top + n * (PANEL + GAP), WIDTH * 72 - 52 - right, PANEL) for n in range(len(pairs))]
        for panel, pair in zip(panels, pairs, strict=True):
            panel.axhline(0, color=LIGHT["line"], linewidth=1, zorder=0)
            shown = [entry for entry in (2 * pair, 2 * pair + 1) if entry in chosen]
            for entry in shown:
                _curve(panel, array[:, entry], odd=entry % 2 == 1)
            _name_ends(panel, [(text("figure.positions.entry", index=n), array[-1, n], n % 2) for n in shown], limit)
            panel.set_ylim(-limit, limit)
            panel.yaxis.set_major_locator(MaxNLocator(2, symmetric=True))
            panel.xaxis.set_major_locator(MaxNLocator(8, integer=True))
            panel.tick_params(labelbottom=panel is panels[-1])
        panels[-1].set_xlabel(text("figure.positions.position"))
        panels[0].set_title(title)
    return figure


def position_heatmap_figure(table: ArrayLike, *, title: str = "", largest: float | None = None) -> Figure:
    """Return the picture of all position vectors, one row for each position: blue above 0, brown below.

    Args:
        table: ``(T, D)``, the vector of each position.
        title: a line above it.
        largest: the number that gets the full color; the largest magnitude unless given.

    Raises:
        ValueError: the table is not ``(T, D)`` with finite numbers, or ``largest`` is not positive.

    Example:

        >>> figure = position_heatmap_figure([[0.0, 1.0], [0.84, 0.54]])
        >>> figure.axes[0].get_ylabel(), figure.axes[0].get_xlabel()
        ('position', 'entry')
    """
    array = _table(table)
    full = float(np.abs(array).max()) or 1.0 if largest is None else largest
    if not full > 0:
        raise ValueError(f"largest must be above 0, got {full}")
    rows, columns = array.shape
    left, top = 52.0, 32.0 if title else 12.0
    wide = WIDTH * 72 - left - 14
    high = float(np.clip(rows * wide / columns, 110, 300))
    with book_style():
        figure, place = fixed_figure(top + high + 72)
        panel = place(left, top, wide, high)
        paint_cells(panel, array / full, (wide / columns, high / rows))
        for axis in (panel.xaxis, panel.yaxis):
            axis.set_major_locator(MaxNLocator(8, integer=True))
        panel.set_xlabel(text("figure.positions.entries"))
        panel.set_ylabel(text("figure.positions.position"))
        panel.set_title(title)
        frame(panel)
        color_key(place(WIDTH * 72 - BAR[0] - 24, top + high + 48, *BAR), -full, full, text("figure.positions.value"))
    return figure


def _table(table: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(table, dtype=np.float64)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"the table must be (T, D) with at least one number, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{int((~np.isfinite(array)).sum())} of the {array.size} numbers are NaN or infinite")
    return array


def _spread_pairs(width: int) -> list[int]:
    """The entries of four pairs among the first quarter: later ones hardly move over the length of a sentence."""
    last = max(min(3, (width - 1) // 2), width // 8)
    pairs = sorted({round(share * last) for share in (0, 1 / 3, 2 / 3, 1)})
    return [entry for pair in pairs for entry in (2 * pair, 2 * pair + 1) if entry < width]


def _curve(panel: Axes, values: NDArray[np.float64], *, odd: bool) -> None:
    few = len(values) <= MOST_DOTS  # positions are whole numbers: dots say so, the line only guides the eye
    panel.plot(
        values,
        color=LIGHT["mask" if odd else "position"],
        linestyle=(0, (4, 2)) if odd else "-",
        linewidth=1.6,
        marker="o" if few else "",
        markersize=3,
        clip_on=False,
    )


def _name_ends(panel: Axes, names: list[tuple[str, float, int]], limit: float) -> None:
    """The names right of the curves' ends, moved apart where the ends meet."""
    nearest = 1.25 * NAME / PANEL * 2 * limit  # a line of text
    heights = [height for _, height, _ in names]
    if len(names) == 2 and abs(heights[0] - heights[1]) < nearest:
        upper = int(heights[1] > heights[0])
        middle = float(np.clip(sum(heights) / 2, nearest / 2 - limit, limit - nearest / 2))
        heights[upper], heights[1 - upper] = middle + nearest / 2, middle - nearest / 2
    for (name, _, odd), height in zip(names, heights, strict=True):
        panel.annotate(
            name,
            (1, (height + limit) / (2 * limit)),
            (8, 0),
            "axes fraction",
            "offset points",
            va="center",
            fontsize=NAME,
            color=LIGHT["muted" if odd else "position-ink"],
        )
