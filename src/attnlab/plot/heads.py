"""All heads of a layer at a glance: small heat maps beside each other, in one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from attnlab.plot.cells import BAR, color_key, frame, paint_cells
from attnlab.plot.colors import LIGHT
from attnlab.plot.page import WIDTH, book_style, fixed_figure, text_width
from attnlab.strings import text

WORD, SMALLEST_WORD, TITLE = 9.5, 8.0, 10.5  # points: how high the words are, at least, and the titles
LARGEST_CELL = 28.0  # points
GAP, BELOW = 12.0, 22.0  # points: between two heat maps, and below each for its title
SLANT = 65  # degrees: the words of the columns, so steep that lines of text keep clear of each other
SLANT_WIDE, SLANT_HIGH = 0.42, 0.91  # how far a slanted word reaches, as a share of its length
MOST_COLUMNS = 4


def head_grid_figure(
    weights: ArrayLike,
    queries: Sequence[str],
    keys: Sequence[str] | None = None,
    *,
    titles: Sequence[str] | None = None,
    columns: int | None = None,
    largest: float | None = None,
) -> Figure:
    """Return the attention weights of ``H`` heads as small heat maps in one scale, with a key to the colors.

    The words stand left of the first heat map of each row and above those of the first row, if they fit.

    Args:
        weights: ``(H, Tq, Tk)``, from 0 to 1.
        queries: the ``Tq`` words of the rows.
        keys: the ``Tk`` words of the columns; the same as the rows unless given.
        titles: ``H`` titles; "head 0" and so on unless given.
        columns: how many heat maps stand side by side; at most 4 unless given.
        largest: the weight that gets the full color; the largest of all heads unless given.

    Raises:
        ValueError: the words or titles do not fit the weights, a weight is not from 0 to 1, or there are no weights.

    Example:

        >>> figure = head_grid_figure([[[0.9, 0.1], [0.3, 0.7]], [[0.5, 0.5], [0.0, 1.0]]], ["an", "apple"])
        >>> [panel.get_xlabel() for panel in figure.axes[:2]]
        ['head 0', 'head 1']
    """
    keys = queries if keys is None else keys
    array = np.asarray(weights, dtype=np.float64)
    if array.ndim != 3 or array.shape[1:] != (len(queries), len(keys)):
        raise ValueError(f"{len(queries)} rows and {len(keys)} columns are named, but the weights are {array.shape}")
    if array.size == 0:
        raise ValueError(f"there are no weights to show: their shape is {array.shape}")
    if not ((array >= -1e-6) & (array <= 1 + 1e-6)).all():
        raise ValueError(f"weights must lie from 0 to 1, got {array.min():.3g} to {array.max():.3g}")
    heads = len(array)
    titles = [text("figure.heads.title", head=head) for head in range(heads)] if titles is None else titles
    if len(titles) != heads:
        raise ValueError(f"{heads} heads but {len(titles)} titles")
    full = float(array.max()) if largest is None else largest
    if not full > 0:
        raise ValueError(f"largest must be above 0, got {full}")
    grid = _lay_out(heads, queries, keys, columns)
    with book_style():
        figure, place = fixed_figure(grid.height)
        for head, (matrix, title) in enumerate(zip(array, titles, strict=True)):
            row, column = divmod(head, grid.columns)
            left = grid.left + column * (grid.panel[0] + GAP)
            panel = place(left, grid.top + row * (grid.panel[1] + BELOW), *grid.panel)
            paint_cells(panel, matrix / full, (grid.panel[0] / len(keys), grid.panel[1] / len(queries)))
            _name(panel, queries if column == 0 else (), keys if row == 0 else (), grid)
            panel.set_xlabel(title, fontsize=TITLE, labelpad=5, color=LIGHT["ink"])
            frame(panel)
        bar = place(max(grid.right - BAR[0], 60), grid.height - 26, *BAR)
        color_key(bar, 0.0, full, text("figure.heads.weight"))
    return figure


@dataclass(frozen=True)
class _Grid:
    """Where everything stands, in points."""

    columns: int
    panel: tuple[float, float]
    left: float
    top: float
    height: float
    word: float  # how high the words are; 0: they do not fit
    slanted: bool

    @property
    def right(self) -> float:
        return self.left + self.columns * self.panel[0] + (self.columns - 1) * GAP


def _lay_out(heads: int, queries: Sequence[str], keys: Sequence[str], asked: int | None) -> _Grid:
    """The grid with the words if they fit, else without them."""
    if asked is not None and asked < 1:
        raise ValueError(f"columns must be at least 1, got {asked}")
    usual = asked or _columns(heads)
    tries = [(usual, True)]
    if asked is None and usual == 4 and heads % 3 == 0:
        tries.append((3, True))  # larger heat maps: perhaps the words fit these
    for columns, named in tries:
        grid = _grid(heads, queries, keys, columns, named)
        if grid.word >= SMALLEST_WORD:
            return grid
    return _grid(heads, queries, keys, usual, False)


def _grid(heads: int, queries: Sequence[str], keys: Sequence[str], columns: int, named: bool) -> _Grid:
    row_words = max(text_width(word, WORD) for word in queries) if named else 0.0
    column_words = max(text_width(word, WORD) for word in keys) if named else 0.0
    left = row_words + 14
    width = WIDTH * 72 - left - 14 - (columns - 1) * GAP
    slanted = column_words > min(width / columns / len(keys), LARGEST_CELL) - 3
    if slanted:  # a slanted word reaches to the right of its column
        width -= SLANT_WIDE * column_words
    wide = min(width / columns, LARGEST_CELL * len(keys))
    cell = wide / len(keys)
    word = min(WORD, 0.9 * cell) if named and max(row_words, column_words) < WIDTH * 72 / 3 else 0.0
    high = cell * len(queries)
    top = 10.0 + ((SLANT_HIGH * column_words + 8 if slanted else WORD + 6) if named else 0)
    height = top + -(-heads // columns) * (high + BELOW) + 36
    return _Grid(columns, (wide, high), left, top, height, word, slanted)


def _columns(heads: int) -> int:
    """As many as fill their rows: 12 heads stand in three rows of four, 6 in two of three."""
    if heads <= MOST_COLUMNS:
        return heads
    return next((columns for columns in (4, 3) if heads % columns == 0), MOST_COLUMNS)


def _name(panel: Axes, rows: Sequence[str], columns: Sequence[str], grid: _Grid) -> None:
    if not grid.word:
        rows = columns = ()
    panel.set_yticks(range(len(rows)), rows)
    panel.set_xticks(range(len(columns)), columns)
    panel.tick_params(length=0, labelsize=grid.word, colors=LIGHT["ink"], top=True, labeltop=True, labelbottom=False)
    if grid.slanted:
        for label in panel.get_xticklabels():
            label.set(rotation=SLANT, ha="left", va="bottom", rotation_mode="anchor")
