"""Masks side by side: who may look at whom, and where a mask is not the one that was wanted."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from attnlab.plot.cells import frame
from attnlab.plot.colors import LIGHT, RAMP_STEPS, ramp
from attnlab.plot.page import WIDTH, book_style, fixed_figure, text_width
from attnlab.strings import text

WORD, TITLE = 9.5, 11.0  # points: how high the words are, and the titles
LARGEST_CELL = 26.0  # points
GAP, BELOW, KEY = 16.0, 10.0, 30.0  # points: between two masks, below the last, and for the key to the signs
OPEN = 0.6  # of the full blue: a mask says yes or no, so its blue is none of the strongest weights'
SLANT, SLANT_WIDE, SLANT_HIGH = 65, 0.42, 0.91
SIGN, LEFT = 12.0, 14.0  # points: a cell in the key to the signs, and what is left of it
SAID = {"open": "figure.masks.open", "shut": "figure.masks.shut", "leak": "figure.masks.leak"}


def masks_figure(
    masks: Mapping[str, ArrayLike],
    queries: Sequence[str],
    keys: Sequence[str] | None = None,
    *,
    wanted: ArrayLike | None = None,
    columns: int = 2,
) -> Figure:
    """Return masks as small grids: blue where the query may attend, a gray cross where it may not.

    Args:
        masks: each ``(Tq, Tk)``, bool, True = may attend, by its title.
        queries: the ``Tq`` words of the rows.
        keys: the ``Tk`` words of the columns; the same as the rows unless given.
        wanted: ``(Tq, Tk)``, the mask that all should be: cells that are open but should not be get an exclamation
            mark on vermilion.
        columns: how many stand side by side.

    Raises:
        ValueError: there are no masks, the words do not fit them, or ``columns`` is below 1.
        TypeError: a mask is not boolean.

    Example:

        >>> figure = masks_figure({"causal": [[True, False], [True, True]]}, ["an", "apple"])
        >>> [panel.get_title(loc="left") for panel in figure.axes[:1]]
        ['causal']
        >>> [sign.get_text() for sign in figure.axes[0].texts]
        ['×']
    """
    keys = queries if keys is None else keys
    shape = (len(queries), len(keys))
    grids = {name: _checked(name, mask, shape) for name, mask in masks.items()}
    if not grids or columns < 1:
        raise ValueError(f"there must be a mask and a column, got {len(grids)} masks and {columns} columns")
    should = np.ones(shape, dtype=np.bool_) if wanted is None else _checked("wanted", wanted, shape)
    left = max(text_width(word, WORD) for word in queries) + 14
    above = SLANT_HIGH * max(text_width(word, WORD) for word in keys) + 12
    reach = SLANT_WIDE * max(text_width(word, WORD) for word in keys)  # of the last column's slanted word
    wide = (WIDTH * 72 - 14 - columns * (left + reach) - (columns - 1) * GAP) / columns
    cell = min(wide / len(keys), LARGEST_CELL)
    panel_size = (cell * len(keys), cell * len(queries))
    row_height = TITLE + 14 + above + panel_size[1] + BELOW
    rows = -(-len(grids) // columns)
    with book_style():
        figure, place = fixed_figure(rows * row_height + KEY)
        for number, (name, mask) in enumerate(grids.items()):
            row, column = divmod(number, columns)
            x = left + column * (left + panel_size[0] + reach + GAP)
            panel = place(x, row * row_height + TITLE + 14 + above, *panel_size)
            _draw(panel, mask, mask & ~should, cell)
            _name(panel, queries, keys, cell)
            panel.set_title(name, fontsize=TITLE, loc="left", pad=above + 2)
        bar = place(LEFT, rows * row_height + 8, WIDTH * 72 - 2 * LEFT, SIGN)
        _explain(bar, ("open", "shut") if wanted is None else ("open", "shut", "leak"))
    return figure


def _checked(name: str, mask: ArrayLike, shape: tuple[int, int]) -> NDArray[np.bool_]:
    array = np.asarray(mask)
    if array.dtype != np.bool_:
        raise TypeError(f"mask {name!r} must be boolean (True = may attend), got {array.dtype}")
    if array.shape != shape:
        raise ValueError(f"{shape[0]} rows and {shape[1]} columns are named, but mask {name!r} is {array.shape}")
    return array


def _draw(panel: Axes, mask: NDArray[np.bool_], leaks: NDArray[np.bool_], cell: float) -> None:
    for (i, j), is_open in np.ndenumerate(mask):
        _sign(panel, (j, i), "leak" if leaks[i, j] else "open" if is_open else "shut", 0.45 * cell)
    panel.set_xlim(-0.5, mask.shape[1] - 0.5)
    panel.set_ylim(mask.shape[0] - 0.5, -0.5)
    frame(panel)


def _sign(panel: Axes, center: tuple[float, float], kind: str, size: float) -> None:
    """One cell: open cells are blue, shut ones have a cross, leaks an exclamation mark."""
    x, y = center
    colors = {"open": ramp("query")[round(OPEN * (RAMP_STEPS - 1))], "shut": LIGHT["page"], "leak": LIGHT["key"]}
    panel.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colors[kind], edgecolor=LIGHT["line"], linewidth=0.6))
    if kind == "shut":
        panel.text(x, y, "×", ha="center", va="center", fontsize=size + 2, color=LIGHT["mask"])
    elif kind == "leak":
        panel.text(x, y, "!", ha="center", va="center", fontsize=size + 3, weight="bold", color=LIGHT["on-strong"])


def _name(panel: Axes, queries: Sequence[str], keys: Sequence[str], cell: float) -> None:
    size = min(WORD, 0.9 * cell)
    panel.set_yticks(range(len(queries)), queries)
    panel.set_xticks(range(len(keys)), keys)
    panel.tick_params(length=0, labelsize=size, colors=LIGHT["ink"], top=True, labeltop=True, labelbottom=False)
    wide = any((text_width(a, size) + text_width(b, size)) / 2 > cell - 3 for a, b in pairwise(keys))
    if wide or text_width(keys[-1], size) > 1.5 * cell:
        for label in panel.get_xticklabels():
            label.set(rotation=SLANT, ha="left", va="bottom", rotation_mode="anchor")


def _explain(bar: Axes, kinds: Sequence[str]) -> None:
    """What the signs mean, in one line below all masks."""
    bar.set_axis_off()
    bar.set_xlim(-0.5, (WIDTH * 72 - 2 * LEFT) / SIGN - 0.5)  # in cells
    bar.set_ylim(0.5, -0.5)
    x = 0.0
    for kind in kinds:
        words = text(SAID[kind])
        _sign(bar, (x, 0), kind, 0.6 * SIGN)
        bar.text(x + 1, 0, words, ha="left", va="center", fontsize=10, color=LIGHT["muted"])
        x += 2.5 + text_width(words, 10) / SIGN
