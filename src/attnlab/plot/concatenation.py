"""What the heads found, side by side, times the matrix that mixes it: numbers in their places."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from attnlab.plot.cells import frame, paint_cells
from attnlab.plot.colors import LIGHT
from attnlab.plot.heatmaps import ink_on, short
from attnlab.plot.page import WIDTH, Place, book_style, fixed_figure, text_width
from attnlab.strings import text

WORD, NUMBER = 10.0, 8.5  # points: how high the words and the numbers are
LARGEST_CELL, SMALLEST_NUMBERED = 34.0, 22.0  # points
GAP, SIGN, ABOVE, BELOW = 5.0, 20.0, 40.0, 10.0  # points: between heads, for "×" and "=", above and below
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def concatenation_figure(heads: ArrayLike, w_o: ArrayLike, output: ArrayLike, words: Sequence[str]) -> Figure:
    """Return the results of ``H`` heads side by side, the matrix they are multiplied by, and the output.

    The matrix is cut into the blocks of rows that belong to the heads. All numbers share one color scale.

    Args:
        heads: ``(H, T, Dh)``, what each head found for each word.
        w_o: ``(H * Dh, D)``.
        output: ``(T, D)``.
        words: the ``T`` words of the rows.

    Raises:
        ValueError: the shapes do not fit each other or the words, or there are too many columns to be drawn.

    Example:

        >>> figure = concatenation_figure([[[1.0]], [[2.0]]], [[1, 0], [1, 1]], [[3, 2]], ["apple"])
        >>> [panel.get_title() for panel in figure.axes]
        ['Z₀', 'Z₁', '', '', '']
    """
    found, mixing, mixed = (np.asarray(numbers, dtype=np.float64) for numbers in (heads, w_o, output))
    _check(found, mixing, mixed, words)
    H, T, Dh = found.shape
    full = max(float(np.abs(numbers).max()) for numbers in (found, mixing, mixed)) or 1.0
    layout = _lay_out(found.shape, mixing.shape[1], words)
    with book_style():
        figure, place = fixed_figure(ABOVE + layout.high + BELOW)
        for h, result in enumerate(found):
            panel = _block(place, layout, layout.left + h * (Dh * layout.cell + GAP), layout.top, result / full, result)
            panel.set_title(f"Z{h}".translate(SUBSCRIPTS), loc="center", fontsize=WORD + 1)
            if h == 0:
                panel.set_yticks(range(T), words)
        first = ABOVE + (layout.high - H * Dh * layout.cell - (H - 1) * GAP) / 2
        for h, block in enumerate(mixing.reshape(H, Dh, -1)):
            top = first + h * (Dh * layout.cell + GAP)
            panel = _block(place, layout, layout.matrix, top, block / full, block)
            panel.set_yticks([(Dh - 1) / 2], [text("figure.heads.title", head=h)])
        _block(place, layout, layout.output, layout.top, mixed / full, mixed)
        _name(figure, layout)
    return figure


@dataclass(frozen=True)
class _Layout:
    """Where everything stands, in points."""

    cell: float
    left: float  # of the heads
    matrix: float  # left edge of W_O
    output: float  # left edge of the output
    top: float  # of the heads and of the output, which are centered beside W_O
    high: float  # of all
    signs: tuple[float, float]  # the middles of "×" and "="
    middle: float


def _check(
    heads: NDArray[np.float64], w_o: NDArray[np.float64], output: NDArray[np.float64], words: Sequence[str]
) -> None:
    if heads.ndim != 3 or heads.shape[1] != len(words) or not heads.size:
        raise ValueError(f"{len(words)} words, so the heads must be (H, {len(words)}, Dh), got shape {heads.shape}")
    width = heads.shape[0] * heads.shape[2]
    if w_o.ndim != 2 or len(w_o) != width or not w_o.size:
        raise ValueError(f"the heads are {width} wide together, so w_o must be ({width}, D), got shape {w_o.shape}")
    if output.shape != (len(words), w_o.shape[1]):
        raise ValueError(f"the output must be {(len(words), w_o.shape[1])}, got shape {output.shape}")


def _lay_out(shape: tuple[int, ...], D: int, words: Sequence[str]) -> _Layout:
    H, T, Dh = shape
    left = max(text_width(word, WORD) for word in words) + 8
    names = text_width(text("figure.heads.title", head=H - 1), WORD) + 6
    room = WIDTH * 72 - left - names - 2 * SIGN - (H - 1) * GAP - 8
    cell = min(LARGEST_CELL, room / (H * Dh + 2 * D))
    if cell < 4:
        raise ValueError(f"{H * Dh + 2 * D} columns do not fit; at most {int(room / 4)} do")
    side = H * Dh * cell + (H - 1) * GAP  # the heads are as wide as W_O is high
    high = max(T * cell, side)
    matrix = left + side + SIGN + names
    output = matrix + D * cell + SIGN
    signs = (left + side + SIGN / 2, output - SIGN / 2)
    return _Layout(cell, left, matrix, output, ABOVE + (high - T * cell) / 2, high, signs, ABOVE + high / 2)


def _block(
    place: Place, layout: _Layout, left: float, top: float, shares: NDArray[np.float64], numbers: NDArray[np.float64]
) -> Axes:
    """One matrix, its numbers written into the cells if they are large enough."""
    rows, columns = shares.shape
    panel = place(left, top, columns * layout.cell, rows * layout.cell)
    paint_cells(panel, shares, (layout.cell, layout.cell))
    panel.set_xticks([])
    panel.set_yticks([])
    panel.tick_params(length=0, labelsize=WORD, colors=LIGHT["ink"])
    frame(panel)
    if layout.cell >= SMALLEST_NUMBERED:
        for (i, j), number in np.ndenumerate(numbers):
            ink = ink_on(abs(float(shares[i, j])))
            panel.text(j, i, short(float(number)), ha="center", va="center", fontsize=NUMBER, color=ink)
    return panel


def _name(figure: Figure, layout: _Layout) -> None:
    """The signs between the matrices, and the names of the last two."""
    height = ABOVE + layout.high + BELOW
    for at, sign in zip(layout.signs, "×=", strict=True):
        figure.text(at / (WIDTH * 72), 1 - layout.middle / height, sign, ha="center", va="center", fontsize=14)
    for at, name in ((layout.matrix, "W_O"), (layout.output, text("figure.concatenation.output"))):
        figure.text(at / (WIDTH * 72), 1 - 14 / height, name, ha="left", va="center", fontsize=WORD + 1, weight="bold")
    heads = text("figure.concatenation.heads")
    figure.text(layout.left / (WIDTH * 72), 1 - 14 / height, heads, ha="left", va="center", fontsize=WORD)
