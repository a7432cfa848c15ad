"""How a figure becomes part of a page: the style it is drawn in, and the SVG it turns into.

A figure is drawn in the light colors. ``show`` turns it into one inline SVG in which every color of the book is a CSS
variable, so that the figure goes light or dark with its page. Text stays text: it can be selected, and Chinese needs no
font on the machine that draws.
"""

import hashlib
import html
import io
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from attnlab.plot.colors import DARK, LIGHT, RAMP_STEPS, ramp

DARK_PAGES = (
    'html[data-theme="dark"]',
    'html[theme="dark"]',
    'body[data-jp-theme-light="false"]',
    ".vscode-dark",
)

WIDTH = 5.6  # inches; at 72 points an inch a figure is 403 units wide, and its text 12 of them high
STYLE: Any = {
    "font.family": "sans-serif",
    "font.size": 12,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 12,
    "axes.labelcolor": LIGHT["muted"],
    "axes.edgecolor": LIGHT["muted"],
    "axes.titlecolor": LIGHT["ink"],
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": LIGHT["page"],
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.09,
    "text.color": LIGHT["ink"],
    "xtick.color": LIGHT["muted"],
    "ytick.color": LIGHT["muted"],
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "xtick.major.width": 0.8,
    "ytick.major.width": 0.8,
    "xtick.minor.visible": False,
    "ytick.minor.visible": False,
    "lines.linewidth": 2,
    "lines.markersize": 5,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
}


@contextmanager
def book_style() -> Iterator[None]:
    """Draw in the book's style inside a ``with``; outside of it nothing has changed.

    Example: text stays text in an SVG.

        >>> with book_style():
        ...     matplotlib.rcParams["svg.fonttype"]
        'none'
    """
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        # Text stays text in the SVG and the browser has the font, so a glyph missing here is no loss.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def new_figure(rows: int = 1, height: float = 3.2) -> tuple[Figure, list[Axes]]:
    """Return an empty figure of ``rows`` panels, each ``height`` inches high, and the panels.

    Panels stand below each other: side by side they would be too small on a phone. The figure belongs to nobody, so
    that a notebook shows it only when asked to.

    Example:

        >>> figure, panels = new_figure(rows=2)
        >>> len(panels)
        2
    """
    with book_style():
        figure = Figure(figsize=(WIDTH, height * rows))
        axes = figure.subplots(rows, 1, squeeze=False)
    return figure, list(axes[:, 0])


Place = Callable[[float, float, float, float], Axes]


def fixed_figure(height: float) -> tuple[Figure, Place]:
    """Return an empty figure of a height in points, and a function that adds axes: ``place(left, top, width, height)``.

    All numbers are points from the left and upper edge, and nothing moves later. For drawings that need to know how
    large things are.
    """
    with book_style():
        figure = Figure(figsize=(WIDTH, height / 72))
        figure.set_layout_engine("none")

    def place(left: float, top: float, wide: float, high: float) -> Axes:
        box = (left / (WIDTH * 72), 1 - (top + high) / height, wide / (WIDTH * 72), high / height)
        return figure.add_axes(box)

    return figure, place


def text_width(words: str, size: float) -> float:
    """Return about how wide a text of a size is, in points: Chinese characters are as wide as high, others narrower.

    Example:

        >>> round(text_width("apple", 10)), round(text_width("苹果", 10))
        (30, 20)
    """
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in words)
    return size * (wide + 0.6 * (len(words) - wide))


@dataclass(frozen=True, repr=False)
class Picture:
    """A figure as it stands in a page: one inline SVG, and a text for those who do not see it."""

    svg: str
    alt: str

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/html": self.svg, "text/plain": self.alt}

    def __repr__(self) -> str:
        return self.alt


def show(figure: Figure, alt: str) -> Picture:
    """Return a figure as an inline SVG in the colors of the page around it.

    Args:
        figure: a matplotlib figure drawn in the book's colors.
        alt: what the figure shows, in a sentence or two, for readers who do not see it.

    Raises:
        ValueError: ``alt`` is empty.

    Example: the same figure and text always give the same picture.

        >>> figure, _ = new_figure()
        >>> picture = show(figure, "An empty figure")
        >>> picture
        An empty figure
        >>> picture.svg == show(figure, "An empty figure").svg
        True
    """
    if not alt.strip():
        raise ValueError("alt must say what the figure shows")
    buffer = io.StringIO()
    with book_style(), matplotlib.rc_context({"svg.hashsalt": "attnlab"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    drawing = buffer.getvalue()
    name = "attn-" + hashlib.sha256((alt + drawing).encode()).hexdigest()[:10]
    return Picture(_inline(drawing, name, alt), alt)


def _inline(drawing: str, name: str, alt: str) -> str:
    """A stand-alone SVG file, made fit to stand inside a page."""
    view_box = re.search(r'viewBox="([^"]*)"', drawing)
    assert view_box, "matplotlib writes a viewBox"
    body = drawing[drawing.index("</metadata>") + len("</metadata>") : drawing.rindex("</svg>")]
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)  # its rule for "*" would reach the whole page
    body = _own_ids(body, name)
    body = re.sub(r"font-family: [^;\"]*", "font-family: inherit", body)
    body = re.sub(r"#[0-9a-f]{6}\b", lambda match: _css_colors().get(match[0], match[0]), body)
    body = re.sub(r"<[^>]*>", _round_numbers, body)
    body = re.sub(r"\s*\n\s*", "\n", body)
    body = re.sub(
        r"M (\S+) (\S+)\nL \1 (\S+)\n(?=[M\"])", r"M\1 \2V\3\n", body
    )  # upright strokes, of which cells are made
    page = f"background: {_css_colors()[LIGHT['page']]}"
    layout = "width: 100%; max-width: 36rem; height: auto; font-family: var(--attn-font, system-ui, sans-serif)"
    joints = "stroke-linejoin: round; stroke-linecap: butt"
    return (
        f'<svg class="attn-figure" role="img" aria-label="{html.escape(alt)}" viewBox="{view_box[1]}" '
        f'style="{layout}; {joints}; {page}"><style>{_dark_rule()}</style>{body}</svg>'
    )


def _round_numbers(tag: re.Match[str]) -> str:
    """The numbers inside a tag to a hundredth of a point, finer than any screen. Text between tags is left alone."""
    return re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", tag[0])


def _own_ids(body: str, name: str) -> str:
    """Drop the ids that nothing refers to, and make the others this figure's own: a page holds many figures."""
    body = body.replace("xlink:href", "href")
    used = set(re.findall(r'href="#([^"]+)"', body)) | set(re.findall(r"url\(#([^)]+)\)", body))
    body = re.sub(r' id="([^"]+)"', lambda match: f' id="{name}-{match[1]}"' if match[1] in used else "", body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', body)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)


@cache
def _css_colors() -> dict[str, str]:
    """What stands in a page for each color that a figure is drawn in."""
    colors = {}
    for high in ("query", "negative"):
        for step, color in enumerate(ramp(high)):
            share = f"{100 * step / (RAMP_STEPS - 1):.1f}%"
            colors[color] = f"color-mix(in lab, var(--attn-{high}, {LIGHT[high]}) {share}, var(--attn-page, #ffffff))"
    return colors | {color: f"var(--attn-{name}, {color})" for name, color in LIGHT.items()}


def _dark_rule() -> str:
    """The dark colors, for homes whose pages do not bring them."""
    selectors = ", ".join(f"{page} .attn-figure" for page in DARK_PAGES)
    return f"{selectors} {{ {' '.join(f'--attn-{name}: {color};' for name, color in DARK.items())} }}"
