"""The colors of the book's figures, light and dark, and the scale that heat maps are drawn in."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

# The same colors as the widgets have (a test compares them with src/widgets/styles/colors.css).
LIGHT = {
    "page": "#ffffff",
    "ink": "#1b1f24",
    "muted": "#57606c",
    "line": "#d5dbe2",
    "query": "#0072b2",
    "query-ink": "#00639b",
    "key": "#d55e00",
    "key-ink": "#a84a00",
    "value": "#009e73",
    "value-ink": "#00704f",
    "position": "#cc79a7",
    "position-ink": "#97436f",
    "mask": "#8a929c",
    "negative": "#a6611a",
    "on-strong": "#fefefe",  # in light pages white, but told apart from the page here
    "on-middle": "#1b1f23",  # text on a middling color: ink in light pages, on-strong in dark ones
}
DARK = {
    "page": "#14181e",
    "ink": "#e8ecf1",
    "muted": "#a3adba",
    "line": "#343d49",
    "query": "#56b4e9",
    "query-ink": "#6cc0ee",
    "key": "#f08a4b",
    "key-ink": "#f49c66",
    "value": "#35c49a",
    "value-ink": "#4bcfa8",
    "position": "#dd9fc3",
    "position-ink": "#e3afcd",
    "mask": "#7d8794",
    "negative": "#d39a55",
    "on-strong": "#0d1116",
    "on-middle": "#0d1116",
}

RAMP_STEPS = 201


@cache
def ramp(name: str) -> list[str]:
    """Return the colors from the page to a named color: equal steps to the eye, so straight in CIE Lab."""
    start, end = _lab(LIGHT["page"]), _lab(LIGHT[name])
    return [_from_lab(start + (end - start) * step / (RAMP_STEPS - 1)) for step in range(RAMP_STEPS)]


def _lab(color: str) -> NDArray[np.float64]:
    """A color in CIE Lab, white being the white of a screen."""
    share = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    relative = _XYZ @ linear / _XYZ.sum(axis=1)
    root = np.where(relative > 0.008856, np.cbrt(relative), 7.787 * relative + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def _from_lab(lab: NDArray[np.float64]) -> str:
    middle = (lab[0] + 16) / 116
    root = np.array([middle + lab[1] / 500, middle, middle - lab[2] / 200])
    relative = np.where(root > 0.206893, root**3, (root - 16 / 116) / 7.787)
    linear = np.clip(np.linalg.solve(_XYZ, relative * _XYZ.sum(axis=1)), 0, 1)
    share = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * one):02x}" for one in share)


# From linear red, green and blue to CIE XYZ, for the white of a screen (D65; IEC 61966-2-1).
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
