"""The map of the book: the Transformer's block diagram as inline SVG, each block with the chapter that explains it.

A block links to its chapter when the chapter is written; else it is drawn dashed and called planned, never a dead link.
Beside the picture stands the list of chapters, so that nothing is said by the picture alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from .chapters import BY_NUMBER, CHAPTERS, Chapter
from .settings import language
from .strings import strings

ENCODER, DECODER = 98, 274  # the two columns' middles
MIDDLE = (ENCODER + DECODER) / 2
VIEW = "0 36 372 616"


@dataclass(frozen=True)
class Block:
    """A box of the diagram: its middle, its top and size, its label in both languages, and its chapter."""

    middle: float
    top: float
    width: float
    height: float
    chapter: int
    en: str
    zh: str
    kind: str = "block"

    @property
    def label(self) -> str:
        return {"en": self.en, "zh": self.zh}[language()]


# From the bottom of the diagram to its top, the way the numbers flow.
BLOCKS = (
    Block(ENCODER, 600, 148, 32, 2, "Tokens", "词元"),
    Block(DECODER, 600, 148, 32, 2, "Tokens so far", "已有的词元"),
    Block(ENCODER - 42, 546, 82, 32, 3, "Embedding", "嵌入", "small"),
    Block(ENCODER + 43, 546, 80, 32, 4, "Word2Vec", "Word2Vec", "small"),
    Block(DECODER, 546, 148, 32, 3, "Embedding", "嵌入"),
    Block(MIDDLE, 493, 116, 32, 7, "Positions", "位置编码", "position"),
    Block(ENCODER, 374, 148, 84, 8, "Multi-head", "多头", "attention heads"),
    Block(ENCODER, 409, 130, 40, 5, "Self-attention", "自注意力", "attention"),
    Block(ENCODER, 342, 148, 20, 10, "Add & norm", "相加与归一", "small"),
    Block(ENCODER, 296, 148, 34, 10, "Feed-forward", "前馈网络"),
    Block(ENCODER, 264, 148, 20, 10, "Add & norm", "相加与归一", "small"),
    Block(DECODER, 414, 148, 44, 9, "Masked attention", "带掩码的注意力", "attention"),
    Block(DECODER, 382, 148, 20, 10, "Add & norm", "相加与归一", "small"),
    Block(DECODER, 326, 148, 44, 6, "Cross-attention", "交叉注意力", "attention"),
    Block(DECODER, 294, 148, 20, 10, "Add & norm", "相加与归一", "small"),
    Block(DECODER, 248, 148, 34, 10, "Feed-forward", "前馈网络"),
    Block(DECODER, 216, 148, 20, 10, "Add & norm", "相加与归一", "small"),
    Block(DECODER, 112, 148, 32, 6, "Next token", "下一个词元"),
    Block(ENCODER, 112, 148, 32, 11, "A real model", "真实模型"),
    Block(ENCODER, 220, 116, 24, 1, "Encoder", "编码器", "title"),
    Block(DECODER, 172, 116, 24, 1, "Decoder", "解码器", "title"),
    Block(MIDDLE, 46, 232, 28, 10, "The whole Transformer", "完整的 Transformer", "title"),
)

# Behind the blocks: the frames (left, top, width, height) and the arrows.
FRAMES = ((3, 60, 366, 588), (14, 232, 168, 238), (190, 184, 168, 286))
PLUS_SIGNS = ((ENCODER, 509), (DECODER, 509))
RISING = {  # for each column, from where to where
    ENCODER: ((600, 579), (546, 519), (500, 459), (374, 363), (342, 331), (296, 285)),
    DECODER: (
        (600, 579),
        (546, 519),
        (500, 459),
        (414, 403),
        (382, 371),
        (326, 315),
        (294, 283),
        (248, 237),
        (216, 145),
    ),
}
ARROWS = (
    *(f"M{middle} {start}V{end}" for middle, steps in RISING.items() for start, end in steps),
    "M128 509H109",
    "M244 509H263",
    f"M{ENCODER} 264V255H186V348H199",  # what the encoder has read, for the decoder to ask
)
TRAINED = f"M{ENCODER} 220V145"  # a model in use is a trained encoder

Address = Callable[[Chapter], str | None]


def shape(block: Block, ready: bool) -> str:
    left = block.middle - block.width / 2
    state = "ready" if ready else "planned"
    corner = block.height / 2 if block.kind == "title" else 6
    copies = (7, 3.5, 0) if "heads" in block.kind else (0,)  # several heads lie one behind the other
    return "".join(
        f'<rect class="map-box {state} {block.kind}" x="{left + shift:g}" y="{block.top - shift:g}" '
        f'width="{block.width:g}" height="{block.height:g}" rx="{corner:g}"/>'
        for shift in copies
    )


def text(block: Block, ready: bool) -> str:
    """The label at the left, the chapter's number at the right."""
    state = "ready" if ready else "planned"
    left, right = block.middle - block.width / 2, block.middle + block.width / 2
    inset = 7 if block.width < 100 else 10
    line = block.top + (22 if "heads" in block.kind else block.height / 2 + 4)
    return (
        f'<text class="map-label {state} {block.kind}" x="{left + inset:g}" y="{line:g}">{escape(block.label)}</text>'
        f'<text class="map-number {state} {block.kind}" x="{right - inset:g}" y="{line:g}">{block.chapter}</text>'
    )


def drawn(block: Block, address: str | None) -> str:
    """A block: a link when its chapter is written, else a group with its state in words."""
    chapter = BY_NUMBER[block.chapter]
    name = f"{strings()['chapter'].format(number=chapter.number)}: {chapter.title}"
    state = strings()["ready" if address else "planned"]
    inside = f"<title>{escape(name)} ({escape(state)})</title>{shape(block, bool(address))}{text(block, bool(address))}"
    return f'<a href="{escape(address)}">{inside}</a>' if address else f"<g>{inside}</g>"


def background() -> str:
    """Frames, arrows and plus signs: all that is no chapter."""
    marker = (
        '<marker id="map-head" viewBox="0 0 7 7" refX="6" refY="3.5" markerWidth="6" markerHeight="6" orient="auto">'
        '<path class="map-head" d="M0 0L7 3.5L0 7z"/></marker>'
    )
    frames = (f'<rect class="map-frame" x="{x}" y="{y}" width="{w}" height="{h}" rx="14"/>' for x, y, w, h in FRAMES)
    arrows = (f'<path class="map-arrow" marker-end="url(#map-head)" d="{path}"/>' for path in ARROWS)
    signs = (
        f'<circle class="map-plus" cx="{x}" cy="{y}" r="9"/><path class="map-plus" d="M{x - 5} {y}h10M{x} {y - 5}v10"/>'
        for x, y in PLUS_SIGNS
    )
    trained = f'<path class="map-arrow trained" d="{TRAINED}"/>'
    return f"<defs>{marker}</defs>" + "".join([*frames, trained, *arrows, *signs])


def picture(address: Address) -> str:
    blocks = "".join(drawn(block, address(BY_NUMBER[block.chapter])) for block in BLOCKS)
    label = escape(strings()["map_label"])
    return f'<svg viewBox="{VIEW}" role="group" aria-label="{label}">{background()}{blocks}</svg>'


def listing(address: Address) -> str:
    """The chapters as text: a link, or a title and the word for planned."""
    items = []
    for chapter in CHAPTERS:
        target = address(chapter)
        title = escape(chapter.title)
        name = f'<a href="{escape(target)}">{title}</a>' if target else f"<span>{title}</span>"
        state = "" if target else f' <span class="map-state">{escape(strings()["planned"])}</span>'
        items.append(f'<li class="{"ready" if target else "planned"}">{name}{state}</li>')
    return f'<ol class="map-list" aria-label="{escape(strings()["map_chapters"])}">{"".join(items)}</ol>'


class chapter_map(nodes.General, nodes.Element):
    """The place of the map, until it is known which chapters exist."""


class ChapterMap(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        self.env.attnlab_map_pages.add(self.env.docname)
        return [chapter_map()]


def draw_maps(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    def address(chapter: Chapter) -> str | None:
        written = chapter.docname in app.env.found_docs
        return app.builder.get_relative_uri(docname, chapter.docname) if written else None

    for place in list(doctree.findall(chapter_map)):
        html = f'<div class="chapter-map">{picture(address)}{listing(address)}</div>'
        place.replace_self(nodes.raw("", html, format="html"))


def prepare(app: Sphinx) -> None:
    if not hasattr(app.env, "attnlab_map_pages"):
        app.env.attnlab_map_pages = set()


def write_maps_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """A chapter may have come or gone."""
    return sorted(env.attnlab_map_pages & env.found_docs)


def setup(app: Sphinx) -> None:
    app.add_node(chapter_map)
    app.add_directive("chapter-map", ChapterMap)
    app.connect("builder-inited", prepare)
    app.connect("env-updated", write_maps_again)
    app.connect("doctree-resolved", draw_maps)
