"""Pictures made of pixels, and how much is kept when dimensions are left out."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike, NDArray

from attnlab.plot.colors import LIGHT
from attnlab.plot.curves import fitting, log_axis
from attnlab.plot.page import WIDTH, book_style, fixed_figure, new_figure

LOOKS = (("query", "o"), ("key", "s"), ("value", "^"))
GAP, TITLE = 10.0, 20.0  # points


def pictures_figure(pictures: Sequence[ArrayLike], titles: Sequence[str]) -> Figure:
    """Return pictures side by side: of one channel in gray, of three in red, green and blue.

    Args:
        pictures: each ``(height, width)`` or ``(height, width, 3)``, with numbers from 0 to 1, all of one height and
            width.
        titles: a few letters for each.

    Raises:
        ValueError: a picture has another shape or other numbers, or there are not as many titles.

    Example:

        >>> figure = pictures_figure([[[0.0, 1.0]], [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]], ["gray", "color"])
        >>> [panel.get_title(loc="left") for panel in figure.axes]
        ['gray', 'color']
    """
    arrays = [_colored(picture) for picture in pictures]
    if len(titles) != len(arrays):
        raise ValueError(f"{len(arrays)} pictures but {len(titles)} titles")
    shapes = {array.shape for array in arrays}
    if len(shapes) != 1:
        raise ValueError(f"the pictures must have one shape, got {sorted(shapes)}")
    height, width = arrays[0].shape[:2]
    wide = (WIDTH * 72 - GAP * (len(arrays) + 1)) / len(arrays)
    high = wide * height / width
    with book_style():
        figure, place = fixed_figure(high + TITLE + GAP)
        for n, (array, title) in enumerate(zip(arrays, titles, strict=True)):
            panel = place(GAP + n * (wide + GAP), TITLE, wide, high)
            panel.imshow(array, interpolation="none", aspect="auto")
            panel.set_axis_off()
            panel.set_title(title, fontsize=10)
    return figure


def _colored(picture: ArrayLike) -> NDArray[np.uint8]:
    array = np.asarray(picture, dtype=np.float64)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or not array.size:
        raise ValueError(f"a picture must be (height, width) or (height, width, 3), got shape {array.shape}")
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError(f"a picture's numbers must lie from 0 to 1, got {array.min():.3g} to {array.max():.3g}")
    channels = array if array.ndim == 3 else np.repeat(array[:, :, None], 3, axis=2)
    return np.asarray(np.rint(255 * channels), dtype=np.uint8)


def kept_figure(places: Sequence[int], shares: Mapping[str, ArrayLike], *, name: str, title: str = "") -> Figure:
    """Return curves of shares over a doubling number, such as what is kept with so many dimensions.

    Args:
        places: the ``N`` numbers, growing.
        shares: by their name, up to three series ``(N,)`` from 0 to 1.
        name: what the numbers count.
        title: a line above it.

    Raises:
        ValueError: a series has another length or leaves 0 to 1, or there are none or more than three.

    Example:

        >>> figure = kept_figure([1, 2, 4], {"variance": [0.2, 0.5, 1.0]}, name="dimensions")
        >>> figure.axes[0].get_xlabel()
        'dimensions'
    """
    if not 1 <= len(shares) <= len(LOOKS):
        raise ValueError(f"from 1 to {len(LOOKS)} series can be told apart, got {len(shares)}")
    series = {label: fitting(places, numbers) for label, numbers in shares.items()}
    for label, values in series.items():
        if not ((values >= 0) & (values <= 1)).all():
            raise ValueError(f"shares lie from 0 to 1, but {label!r} has {values.min():.3g} to {values.max():.3g}")
    with book_style():
        figure, (panel,) = new_figure(height=3.4)
        for (label, values), (color, marker) in zip(series.items(), LOOKS, strict=False):
            panel.plot(places, values, marker=marker, color=LIGHT[color], label=label, clip_on=False)
        log_axis(panel, places, name)
        panel.set_ylim(0, 1)
        panel.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        panel.legend(frameon=False, loc="upper left", fontsize=11)
        panel.set_title(title)
    return figure
