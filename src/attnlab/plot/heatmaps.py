"""Heat maps: attention weights, and signed matrices."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from attnlab.plot.colors import LIGHT, RAMP_STEPS, ramp
from attnlab.plot.page import WIDTH, book_style, new_figure, text_width

# Where text on a cell changes color, as a share of the full color: at the first in dark pages, at the second in light
# ones. At either side of it the contrast is the same, about 4 to 1.
INK_UP_TO = (0.66, 0.88)
LABEL = 11.0  # points: how high the words beside a heat map are


def attention_heatmap(
    weights: ArrayLike,
    queries: Sequence[str],
    keys: Sequence[str] | None = None,
    *,
    title: str = "",
    numbers: bool = True,
) -> Figure:
    """Return a heat map of attention weights: each row is a word that looks, each column one that it looks at.

    Args:
        weights: ``(Tq, Tk)``, from 0 to 1.
        queries: the ``Tq`` words of the rows.
        keys: the ``Tk`` words of the columns; the same as the rows unless given.
        title: a line above it.
        numbers: write each weight into its cell.

    Raises:
        ValueError: the words do not fit the weights, or a weight is not from 0 to 1.

    Example:

        >>> figure = attention_heatmap([[0.9, 0.1], [0.3, 0.7]], ["an", "apple"])
        >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
        ['an', 'apple']
    """
    matrix = np.asarray(weights, dtype=np.float64)
    if not ((matrix >= -1e-6) & (matrix <= 1 + 1e-6)).all():
        raise ValueError(f"weights must lie from 0 to 1, got {matrix.min():.3g} to {matrix.max():.3g}")
    return matrix_figure([matrix], queries, keys, titles=[title], largest=1.0, numbers=numbers)


def matrix_figure(
    matrices: Sequence[ArrayLike],
    rows: Sequence[str],
    columns: Sequence[str] | None = None,
    *,
    titles: Sequence[str],
    largest: float | None = None,
    numbers: bool = True,
) -> Figure:
    """Return heat maps of signed matrices below each other, in one color scale: blue above 0, brown below.

    Args:
        matrices: each ``(Tq, Tk)``.
        rows, columns: the words; the columns are the rows unless given.
        titles: one for each matrix.
        largest: the number that gets the full color; the largest magnitude of all unless given.
        numbers: write each number into its cell.

    Raises:
        ValueError: a matrix does not fit the words, or there are not as many titles as matrices.

    Example:

        >>> figure = matrix_figure([[[0.5, -1.0], [0.0, 2.0]]], ["an", "apple"], titles=["scores"])
        >>> [words.get_text() for words in figure.axes[0].texts]
        ['0.50', '−1.00', '0.00', '2.00']
    """
    columns = rows if columns is None else columns
    arrays = [np.asarray(matrix, dtype=np.float64) for matrix in matrices]
    for array in arrays:
        if array.shape != (len(rows), len(columns)):
            raise ValueError(f"{len(rows)} rows and {len(columns)} columns are named, but a matrix is {array.shape}")
    if len(titles) != len(arrays):
        raise ValueError(f"{len(arrays)} matrices but {len(titles)} titles")
    full = largest or max(float(np.abs(array).max()) for array in arrays) or 1.0
    slanted = _would_overlap(columns, max(text_width(row, LABEL) for row in rows))
    above = max(text_width(column, LABEL) for column in columns) * 0.77 / 72 - 0.2 if slanted else 0.0  # inches
    with book_style():
        figure, panels = new_figure(len(arrays), height=0.75 + 0.42 * len(rows) + max(0.0, above))
        for panel, array, title in zip(panels, arrays, titles, strict=True):
            _draw_cells(panel, array / full, array if numbers else None)
            _name_cells(panel, rows, columns, slanted)
            panel.set_title(title)
    return figure


def _draw_cells(panel: Axes, shares: NDArray[np.float64], numbers: NDArray[np.float64] | None) -> None:
    for (i, j), share in np.ndenumerate(shares):
        step = round(min(abs(share), 1.0) * (RAMP_STEPS - 1))
        color = ramp("query" if share >= 0 else "negative")[step]
        panel.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor=color, edgecolor=LIGHT["page"], clip_on=False))
        if numbers is not None:
            number, ink = short(float(numbers[i, j])), ink_on(abs(share))
            panel.text(j, i, number, ha="center", va="center", fontsize=10, color=ink)


def ink_on(share: float) -> str:
    """Return the color of text on a cell that has this share of the full color."""
    dark_pages, light_pages = INK_UP_TO
    return LIGHT["ink" if share < dark_pages else "on-middle" if share < light_pages else "on-strong"]


def short(number: float) -> str:
    """Return a number with two decimals, or none from 10 on, and no sign on a zero.

    Example:

        >>> [short(number) for number in (-0.126, -0.001, 12.3)]
        ['−0.13', '0.00', '12']
    """
    written = f"{number:.2f}" if abs(number) < 9.995 else f"{number:.0f}"
    return written.replace("-", "−") if float(written) else written.replace("-", "")


def _name_cells(panel: Axes, rows: Sequence[str], columns: Sequence[str], slanted: bool) -> None:
    panel.set_xlim(-0.5, len(columns) - 0.5)
    panel.set_ylim(len(rows) - 0.5, -0.5)
    panel.xaxis.tick_top()
    panel.set_xticks(range(len(columns)), columns)
    if slanted:
        for label in panel.get_xticklabels():
            label.set(rotation=50, ha="left", va="bottom", rotation_mode="anchor")
    panel.set_yticks(range(len(rows)), rows)
    panel.tick_params(length=0, colors=LIGHT["ink"])
    for spine in panel.spines.values():
        spine.set_visible(False)


def _would_overlap(columns: Sequence[str], beside: float) -> bool:
    """Whether words above neighboring columns would touch, next to row words of this width."""
    cell = (WIDTH * 72 - beside - 20) / len(columns)
    widths = [text_width(column, LABEL) for column in columns]
    return any((one + other) / 2 > cell - 4 for one, other in pairwise(widths)) or max(widths) > 2 * cell
