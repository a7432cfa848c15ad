"""Context vectors drawn as forces: the missing word is where they pull together."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from attnlab.plot.colors import LIGHT
from attnlab.plot.page import book_style, new_figure
from attnlab.strings import text

Points = NDArray[np.float64]


def forces_figure(context: ArrayLike, names: Sequence[str], missing: str) -> Figure:
    """Return a context's vectors as arrows from one point, with their sum, and their mean for the missing word.

    Args:
        context: ``(C, 2)``, the vectors of the words around.
        names: the ``C`` words.
        missing: the word that was taken out.

    Raises:
        ValueError: the vectors are not ``(C, 2)`` with C at least 2, or there are not as many names.

    Example:

        >>> figure = forces_figure([[2, 0], [0, 2]], ["drink", "tea"], "green")
        >>> [label.get_text().split()[0] for label in figure.axes[0].texts if label.get_text()]
        ['their', 'drink', 'tea', 'green:']
    """
    forces = np.asarray(context, dtype=np.float64)
    if forces.ndim != 2 or forces.shape[1] != 2 or len(forces) < 2:
        raise ValueError(f"the context must be (C, 2) with C at least 2, got shape {forces.shape}")
    if len(names) != len(forces):
        raise ValueError(f"{len(forces)} vectors but {len(names)} names")
    total, mean = forces.sum(axis=0), forces.mean(axis=0)
    with book_style():
        figure, (panel,) = new_figure(height=3.4)
        path = np.concatenate([forces[:1], forces[:1] + np.cumsum(forces[1:], axis=0)])
        back = np.concatenate([forces[-1:], forces[-1:] + np.cumsum(forces[-2::-1], axis=0)])
        for way in (path, back):  # the forces one after the other, in both orders
            panel.plot(way[:, 0], way[:, 1], color=LIGHT["mask"], linewidth=1, linestyle=(0, (4, 3)))
        _arrow(panel, total, "mask", text("figure.forces.sum"), 1.6)
        for force, name in zip(forces, names, strict=True):
            _arrow(panel, force, "query", name, 2.2)
        _arrow(panel, mean, "value", f"{missing}:\n{text('figure.forces.mean')}", 3.2, lower=34)
        _frame(panel, np.concatenate([forces, path, back, np.zeros((1, 2))]))
    return figure


def _arrow(panel: Axes, tip: Points, color: str, name: str, width: float, lower: float = 0) -> None:
    """An arrow from the origin, with its name beyond its tip, or some points lower."""
    x, y = tip.tolist()
    style = {"arrowstyle": "-|>,head_width=0.28,head_length=0.6", "linewidth": width, "color": LIGHT[color]}
    panel.annotate("", (x, y), (0, 0), arrowprops={**style, "shrinkA": 0, "shrinkB": 0})
    right, up = np.sign(np.round(tip / max(float(np.abs(tip).max()), 1e-9), 1)).tolist()
    ink = LIGHT.get(f"{color}-ink", LIGHT["muted"])
    side, level = "left" if right >= 0 else "right", {1.0: "bottom", 0.0: "center", -1.0: "top"}[up]
    offset = (7 if right >= 0 else -7, 3 * up - lower)
    panel.annotate(name, (x, y), offset, textcoords="offset points", color=ink, ha=side, va=level)


def _frame(panel: Axes, points: Points) -> None:
    """Room around all points, the same scale both ways, and no axes: only lengths and angles matter."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.14 * float((high - low).max())
    panel.set_xlim(low[0] - room, high[0] + 4 * room)  # names reach out to the right
    panel.set_ylim(low[1] - room, high[1] + room)
    panel.set_aspect("equal")
    panel.set_axis_off()
