"""Three dimensions on paper: a parallel projection, so that lengths along one direction keep their ratio."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from attnlab.plot.colors import LIGHT

Points = NDArray[np.float64]
Corner = tuple[float, float, float]

AZIMUTH, ELEVATION = -60.0, 20.0  # degrees: where the eye stands, around the vertical and above the floor
FLOOR_LINES = 5


def seen_from(points: Points, azimuth: float, elevation: float) -> Points:
    """Return where points in space stand on paper, seen from far away.

    Args:
        points: ``(..., 3)``: x, y and, upward, z.
        azimuth: degrees around the z axis; 0 looks from the end of the x axis.
        elevation: degrees above the floor; 90 looks straight down.

    Returns:
        ``(..., 2)``: right and up.

    Example: from the end of the x axis, y points to the right and z up; x cannot be seen.

        >>> seen_from(np.array([3.0, 1.0, 2.0]), azimuth=0, elevation=0).tolist()
        [1.0, 2.0]
    """
    around, above = np.radians(azimuth), np.radians(elevation)
    right = np.array([-np.sin(around), np.cos(around), 0.0])
    up = np.array([-np.sin(above) * np.cos(around), -np.sin(above) * np.sin(around), np.cos(above)])
    seen: Points = points @ np.stack([right, up], axis=-1)
    return seen


def draw_floor(panel: Axes, points: Points, azimuth: float, elevation: float) -> Points:
    """Draw a floor below points in space and a thin post from it to each; return its corners on paper, ``(4, 2)``.

    Without floor and posts nobody can tell a near low point from a far high one.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.08 * max(float((high - low).max()), 1e-9)
    (left, front, ground), (right, back, _) = low - room, high + room

    def line(start: Corner, end: Corner, linewidth: float) -> None:
        ends = seen_from(np.array([start, end]), azimuth, elevation)
        panel.plot(ends[:, 0], ends[:, 1], color=LIGHT["line"], zorder=0, linewidth=linewidth)

    for share in np.linspace(0, 1, FLOOR_LINES):
        x, y = left + share * (right - left), front + share * (back - front)
        line((x, front, ground), (x, back, ground), 0.8)
        line((left, y, ground), (right, y, ground), 0.8)
    for x, y, z in points.tolist():
        line((x, y, ground), (x, y, z), 1.2)
    corners = np.array([(x, y, ground) for x in (left, right) for y in (front, back)])
    return seen_from(corners, azimuth, elevation)
