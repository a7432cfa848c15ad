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

WIDTH, HEIGHT = 372, 640
ENCODER, DECODER = 98, 274  # the two columns' middles


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
    Block(ENCODER, 594, 148, 32, 2, "Tokens", "词元"),
    Block(DECODER, 594, 148, 32, 2, "Tokens so far", "已有的词元"),
    Block(ENCODER - 42, 544, 82, 32, 3, "Embedding", "嵌入", "thin"),
    Block(ENCODER + 43, 544, 80, 32, 4, "Word2Vec", "Word2Vec", "thin"),
    Block(DECODER, 544, 148, 32, 3, "Embedding", "嵌入"),
    Block((ENCODER + DECODER) / 2, 493, 116, 32, 7, "Positions", "位置编码"),
    Block(ENCODER, 390, 148, 70, 8, "Multi-head", "多头", "heads"),
    Block(ENCODER, 418, 132, 34, 5, "Self-attention", "自注意力"),
    Block(ENCODER, 360, 148, 20, 10, "Add & norm", "相加与归一", "thin"),
    Block(ENCODER, 316, 148, 32, 10, "Feed-forward", "前馈网络"),
    Block(ENCODER, 286, 148, 20, 10, "Add & norm", "相加与归一", "thin"),
    Block(DECODER, 418, 148, 42, 9, "Masked attention", "带掩码的注意力"),
    Block(DECODER, 388, 148, 20, 10, "Add & norm", "相加与归一", "thin"),
    Block(DECODER, 316, 148, 42, 6, "Cross-attention", "交叉注意力"),
    Block(DECODER, 286, 148, 20, 10, "Add & norm", "相加与归一", "thin"),
    Block(DECODER, 232, 148, 32, 10, "Feed-forward", "前馈网络"),
    Block(DECODER, 202, 148, 20, 10, "Add & norm", "相加与归一", "thin"),
    Block(DECODER, 104, 148, 32, 6, "Next token", "下一个词元"),
    Block(ENCODER, 236, 116, 24, 1, "Encoder", "编码器", "title"),
    Block(DECODER, 152, 116, 24, 1, "Decoder", "解码器", "title"),
    Block(ENCODER, 104, 148, 32, 11, "A real model", "真实模型"),
    Block((ENCODER + DECODER) / 2, 34, 324, 32, 10, "The whole Transformer", "完整的 Transformer"),
)

# The arrows and frames behind the blocks.
ARROWS = (
    f"M{ENCODER} 594V576 M{DECODER} 594V576 M{ENCODER} 544V518 M{DECODER} 544V518",
    f"M{ENCODER} 500V460 M{DECODER} 500V460 M128 509H107 M244 509H265",
    f"M{ENCODER} 390V380 M{ENCODER} 360V348 M{ENCODER} 316V306 M{ENCODER} 286V274",
    f"M{DECODER} 418V408 M{DECODER} 388V358 M{DECODER} 316V306",
    f"M{DECODER} 286V264 M{DECODER} 232V222 M{DECODER} 202V136",
    "M172 296H186V337H200",
    f"M{ENCODER} 232V136",
    f"M{DECODER} 104V66 M{ENCODER} 104V66",
)
FRAMES = ((14, 248, 168, 222), (190, 164, 168, 306))
PLUS_SIGNS = ((ENCODER, 509), (DECODER, 509))

Address = Callable[[Chapter], str | None]


def shape(block: Block, ready: bool) -> str:
    left = block.middle - block.width / 2
    state = "ready" if ready else "planned"
    corner = block.height / 2 if block.kind == "title" else 6
    return (
        f'<rect class="map-box {state} {block.kind}" x="{left:g}" y="{block.top:g}" '
        f'width="{block.width:g}" height="{block.height:g}" rx="{corner:g}"/>'
    )


def text(block: Block, ready: bool) -> str:
    """The label at the left, the chapter's number at the right."""
    state = "ready" if ready else "planned"
    left, right = block.middle - block.width / 2, block.middle + block.width / 2
    inset = 7 if block.width < 100 else 10
    line = block.top + (18 if block.kind == "heads" else block.height / 2 + 4)
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


def picture(address: Address) -> str:
    behind = "".join(
        f'<rect class="map-frame" x="{x}" y="{y}" width="{w}" height="{h}" rx="12"/>' for x, y, w, h in FRAMES
    )
    behind += "".join(f'<path class="map-arrow" d="{path}"/>' for path in ARROWS)
    behind += "".join(
        f'<circle class="map-plus" cx="{x}" cy="{y}" r="9"/><path class="map-plus" d="M{x - 5} {y}h10M{x} {y - 5}v10"/>'
        for x, y in PLUS_SIGNS
    )
    blocks = "".join(drawn(block, address(BY_NUMBER[block.chapter])) for block in BLOCKS)
    label = escape(strings()["map_label"])
    return f'<svg viewBox="0 20 {WIDTH} {HEIGHT - 20}" role="group" aria-label="{label}">{behind}{blocks}</svg>'


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
