"""Named points in the plane or in space: what is left of word vectors when only two or three directions are kept."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from attnlab.plot.colors import LIGHT
from attnlab.plot.page import WIDTH, book_style, fixed_figure, text_width
from attnlab.plot.space import AZIMUTH, ELEVATION, draw_floor, seen_from

Points = NDArray[np.float64]
Box = tuple[float, float, float, float]  # left, bottom, right, top, in points

# Color and shape: neither alone tells two groups apart.
LOOKS = (("query", "o"), ("key", "s"), ("value", "^"), ("position", "D"), ("negative", "v"), ("mask", "P"))
WORD = 11.0  # points
DOT = 5.0  # points from the middle of a dot to its edge, and a little more
HEIGHT = 290.0  # points
MARGIN = 26.0
LEGEND = 26.0


def points_figure(
    points: ArrayLike,
    names: Sequence[str],
    *,
    groups: Sequence[str] | None = None,
    title: str = "",
    azimuth: float = AZIMUTH,
    elevation: float = ELEVATION,
) -> Figure:
    """Return named points in the plane, or in space above a floor: word vectors projected to two or three directions.

    One step is equally long in every direction. Each name stands beside its point where it hides no other, if there is
    such a place.

    Args:
        points: ``(N, 2)`` or ``(N, 3)``.
        names: ``N`` words; an empty one leaves its point without a name.
        groups: ``N`` names of at most 6 groups, told apart by color and shape, and explained below.
        title: a line above it.
        azimuth, elevation: in space, where the eye stands, in degrees.

    Raises:
        ValueError: the points are neither ``(N, 2)`` nor ``(N, 3)`` or not finite, there are not as many names or
            groups as points, or more than 6 groups.

    Example:

        >>> figure = points_figure([[0, 0], [1, 2]], ["apple", "pear"], groups=["fruit", "fruit"])
        >>> sorted(label.get_text() for label in figure.axes[0].texts)
        ['apple', 'pear']
    """
    array = _check(points, names, groups)
    kinds = list(dict.fromkeys(groups)) if groups is not None else [""]
    member = [kinds.index(group) for group in groups] if groups is not None else [0] * len(array)
    top = 34.0 if title else 10.0
    with book_style():
        figure, place = fixed_figure(top + HEIGHT + (LEGEND if groups is not None else 8))
        panel = place(8, top, WIDTH * 72 - 16, HEIGHT)
        corners = draw_floor(panel, array, azimuth, elevation) if array.shape[1] == 3 else array
        flat = seen_from(array, azimuth, elevation) if array.shape[1] == 3 else array
        scale = _fit(panel, np.concatenate([flat, corners]))
        for kind in range(len(kinds)):
            color, marker = LOOKS[kind]
            chosen = flat[np.array(member) == kind]
            panel.plot(chosen[:, 0], chosen[:, 1], marker, color=LIGHT[color], markersize=6, clip_on=False)
        _name(panel, flat, names, [LOOKS[kind][0] for kind in member], scale)
        if groups is not None:
            _explain(place(8, top + HEIGHT, WIDTH * 72 - 16, LEGEND), kinds)
        panel.set_title(title)
    return figure


def _check(points: ArrayLike, names: Sequence[str], groups: Sequence[str] | None) -> Points:
    array = np.asarray(points, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] not in (2, 3) or not len(array):
        raise ValueError(f"points must be (N, 2) or (N, 3), got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{int((~np.isfinite(array)).sum())} of the {array.size} numbers are NaN or infinite")
    for what, given in (("names", names), ("groups", groups)):
        if given is not None and len(given) != len(array):
            raise ValueError(f"{len(array)} points but {len(given)} {what}")
    if groups is not None and len(set(groups)) > len(LOOKS):
        raise ValueError(f"at most {len(LOOKS)} groups can be told apart, got {len(set(groups))}")
    return array


def _fit(panel: Axes, flat: Points) -> float:
    """Give the panel limits with room around the points; return how many points of paper one step is long."""
    panel.set_axis_off()
    low, high = flat.min(axis=0), flat.max(axis=0)
    middle, spread = (low + high) / 2, np.maximum(high - low, 1e-9)
    size = np.array([WIDTH * 72 - 16, HEIGHT])
    room = np.array([4 * MARGIN, 2 * MARGIN])  # names reach out to the sides
    scale = float(((size - room) / spread).min())
    half = size / scale / 2
    panel.set_xlim(middle[0] - half[0], middle[0] + half[0])
    panel.set_ylim(middle[1] - half[1], middle[1] + half[1])
    return scale


# Where a name may stand: offsets in points, and which share of the name lies left of that place. The last are far off.
BESIDE = (
    *((8.0, 0.0, 0.0), (-8.0, 0.0, 1.0), (0.0, 12.0, 0.5), (0.0, -12.0, 0.5)),
    *((6.0, 10.0, 0.0), (6.0, -10.0, 0.0), (-6.0, 10.0, 1.0), (-6.0, -10.0, 1.0)),
    *((12.0, 22.0, 0.0), (12.0, -22.0, 0.0), (-12.0, 22.0, 1.0), (-12.0, -22.0, 1.0)),
    *((30.0, 14.0, 0.0), (30.0, -14.0, 0.0), (-30.0, 14.0, 1.0), (-30.0, -14.0, 1.0)),
)
NEAR = 8  # so many of them need no line to their dot


def _name(panel: Axes, flat: Points, names: Sequence[str], colors: Sequence[str], scale: float) -> None:
    """Put each name where it overlaps least with dots and other names; a far one is tied to its dot by a line."""
    edges = np.array([panel.get_xlim(), panel.get_ylim()]) * scale
    chosen = _choose(flat * scale, names, edges)
    for (x, y), name, color, choice in zip(flat.tolist(), names, colors, chosen, strict=True):
        dx, dy, share = BESIDE[choice]
        if name and choice >= NEAR:
            panel.plot([x, x + dx / scale], [y, y + dy / scale], color=LIGHT["mask"], linewidth=0.8, zorder=0)
        panel.annotate(
            name,
            (x, y),
            (dx, dy),
            textcoords="offset points",
            ha={0.0: "left", 0.5: "center", 1.0: "right"}[share],
            va="center",
            fontsize=WORD,
            color=LIGHT.get(f"{color}-ink", LIGHT["ink"]),
        )


def _choose(paper: Points, names: Sequence[str], edges: Points) -> list[int]:
    """Which place of ``BESIDE`` each name gets. All in points on paper, and every name has a second and third try."""
    dots: list[Box] = [(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in paper.tolist()]
    boxes: list[list[Box]] = []
    for (x, y), name in zip(paper.tolist(), names, strict=True):
        wide, half = text_width(name, WORD), WORD * 0.6
        around = [(x + dx - wide * share, y + dy) for dx, dy, share in BESIDE]
        boxes.append([(left, middle - half, left + wide, middle + half) for left, middle in around])
    taken: dict[int, Box] = {}
    chosen = [0] * len(names)
    for _ in range(3):
        for n, places in enumerate(boxes):
            if not names[n]:
                continue
            marks, words = dots[:n] + dots[n + 1 :], [box for other, box in taken.items() if other != n]
            costs = [
                4 * _overlap(box, marks) + _overlap(box, words) + _outside(box, edges) + at
                for at, box in enumerate(places)
            ]
            chosen[n] = int(np.argmin(costs))
            taken[n] = places[chosen[n]]
    return chosen


def _overlap(box: Box, taken: list[Box]) -> float:
    """How large an area of a box is taken already, in square points."""
    area = 0.0
    for other in taken:
        wide = min(box[2], other[2]) - max(box[0], other[0])
        high = min(box[3], other[3]) - max(box[1], other[1])
        area += max(0.0, wide) * max(0.0, high)
    return area


def _outside(box: Box, edges: Points) -> float:
    """How far a box reaches beyond the panel, made comparable with an overlap."""
    (left, right), (bottom, top) = edges
    beyond = (left - box[0], box[2] - right, bottom - box[1], box[3] - top)
    return 20 * sum(max(0.0, float(side)) for side in beyond)


def _explain(legend: Axes, kinds: Sequence[str]) -> None:
    """One line with the dot and the name of each group."""
    legend.set_axis_off()
    legend.set_xlim(0, WIDTH * 72 - 16)
    legend.set_ylim(0, 1)
    left = 8.0
    for kind, (color, marker) in zip(kinds, LOOKS, strict=False):
        legend.plot([left], [0.5], marker, color=LIGHT[color], markersize=6)
        legend.text(left + 9, 0.5, kind, va="center", fontsize=WORD)
        left += text_width(kind, WORD) + 30
