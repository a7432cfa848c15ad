"""The inner product of two vectors, drawn: the length of one times the shadow of the other."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from attnlab.plot.colors import LIGHT
from attnlab.plot.heatmaps import short
from attnlab.plot.page import book_style, new_figure
from attnlab.plot.space import AZIMUTH, ELEVATION, draw_floor, seen_from
from attnlab.strings import text

Point = NDArray[np.float64]
Place = tuple[float, float]


def projection_figure(
    query: ArrayLike, key: ArrayLike, *, azimuth: float = AZIMUTH, elevation: float = ELEVATION
) -> Figure:
    """Return a picture of ``query . key = |key| * (signed length of the query's shadow on the key)``.

    Args:
        query, key: ``(2,)`` each, or ``(3,)`` each for a picture in space; the key must not be zero.
        azimuth, elevation: in space, where the eye stands: degrees around the vertical, and above the floor.

    Raises:
        ValueError: the vectors have not both two or both three entries, or the key has length zero.

    Example: the shadow of (1, 2) on (3, 0) is 1 long, so the inner product is 3 times 1.

        >>> figure = projection_figure([1, 2], [3, 0])
        >>> figure.axes[0].get_title(loc="left")
        'q · k = |k| × shadow = 3.00 × 1.00 = 3.00'
    """
    q, k = (np.asarray(vector, dtype=np.float64) for vector in (query, key))
    if q.shape != k.shape or q.shape not in ((2,), (3,)):
        raise ValueError(f"query and key must have 2 or 3 entries each, got shapes {q.shape} and {k.shape}")
    length = float(np.linalg.norm(k))
    if length == 0:
        raise ValueError("the key has length 0, so nothing can cast a shadow on it")
    shadow_length = float(q @ k) / length
    shadow = k / length * shadow_length
    with book_style():
        figure, (panel,) = new_figure(height=3.6)
        if q.shape == (2,):
            _draw(panel, q, k, shadow)
        else:
            points = np.stack([q, k, shadow, np.zeros(3)])
            corners = draw_floor(panel, points, azimuth, elevation)
            corner = _right_angle(q, k, shadow)
            panel.plot(*seen_from(corner, azimuth, elevation).T, color=LIGHT["muted"], linewidth=1)
            _draw(panel, *seen_from(points[:3], azimuth, elevation), corners)
        numbers = {"length": length, "shadow": shadow_length, "product": float(q @ k)}
        panel.set_title(text("figure.projection.title", **{name: short(one) for name, one in numbers.items()}))
    return figure


def _draw(panel: Axes, q: Point, k: Point, shadow: Point, *around: Point) -> None:
    """Both vectors and the shadow, on paper; ``around`` is what else must be in the picture."""
    panel.axline((0, 0), _place(k), color=LIGHT["line"], linewidth=1, zorder=0)
    panel.plot(*zip(q, shadow, strict=True), color=LIGHT["muted"], linewidth=1, linestyle=(0, (4, 3)))
    panel.plot(*zip((0, 0), shadow, strict=True), color=LIGHT["value"], linewidth=7, alpha=0.45)
    _arrow(panel, k, "key", "k")
    _arrow(panel, q, "query", "q")
    _name_shadow(panel, q, shadow)
    _frame(panel, np.concatenate([np.stack([q, k, shadow, np.zeros(2)]), *around]))


def _right_angle(q: Point, k: Point, shadow: Point) -> Point:
    """The corner between the key and the dashed line, ``(3, 3)``: in space a right angle does not look like one."""
    along, upward = k / np.linalg.norm(k), q - shadow
    height = float(np.linalg.norm(upward))
    size = 0.1 * max(float(np.linalg.norm(k)), height)
    if height < size:
        return np.stack([shadow] * 3)
    back, up = -size * along * (1 if shadow @ k > 0 else -1), size * upward / height
    return np.stack([shadow + back, shadow + back + up, shadow + up])


def _place(point: Point) -> Place:
    """A point as matplotlib's types want it."""
    return float(point[0]), float(point[1])


def _arrow(panel: Axes, tip: Point, color: str, name: str) -> None:
    style = {"arrowstyle": "-|>,head_width=0.28,head_length=0.6", "linewidth": 2.2, "color": LIGHT[color]}
    panel.annotate("", _place(tip), (0, 0), arrowprops={**style, "shrinkA": 0, "shrinkB": 0})
    outward = 10 * tip / max(float(np.linalg.norm(tip)), 1e-9)
    panel.annotate(
        name,
        _place(tip),
        _place(outward),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=15,
        fontweight="bold",
        color=LIGHT[f"{color}-ink"],
    )


def _name_shadow(panel: Axes, q: Point, shadow: Point) -> None:
    """The word stands on the side of the shadow that the query does not."""
    away = shadow - q
    direction = away / max(float(np.linalg.norm(away)), 1e-9)
    panel.annotate(
        text("figure.projection.shadow"),
        _place(shadow / 2),
        _place(16 * direction),
        textcoords="offset points",
        ha="center",
        va="center",
        color=LIGHT["value-ink"],
    )


def _frame(panel: Axes, points: Point) -> None:
    """Room around all points, the same scale both ways, and no axes: only lengths and angles matter."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.18 * float((high - low).max())
    panel.set_xlim(low[0] - room, high[0] + room)
    panel.set_ylim(low[1] - room, high[1] + room)
    panel.set_aspect("equal")
    panel.set_axis_off()
