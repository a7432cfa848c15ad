"""Plain Markdown that reads well in JupyterLab and Colab, and becomes a designed box in the book.

``> **Predict.** ...`` is a box that asks; ``> **A closer look: "claim"** ...`` is a box that puts a loose claim right.
All boxes of the second kind are collected by the directive ``closer-looks`` on the errata page, so that the collection
can never differ from the chapters. Folded answers are ``<details>`` and need no transformation, only style.
"""

from collections.abc import Iterable

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from .strings import STRINGS, strings

PREDICT = ("Predict", "预测")
CLOSER_LOOK = tuple(table["closer_look"] for table in STRINGS.values())


def bold_lead(quote: nodes.block_quote) -> nodes.strong | None:
    """The bold words with which a quotation begins, if it does."""
    paragraph = quote.children[0] if quote.children else None
    if not isinstance(paragraph, nodes.paragraph):
        return None
    visible = (child for child in paragraph.children if child.astext().strip())  # MyST puts an empty text in front
    first = next(visible, None)
    return first if isinstance(first, nodes.strong) else None


def free_copy(node: nodes.Element) -> nodes.Element:
    """A copy that can be stored and set into another page: it holds on to no document."""
    copy = node.deepcopy()
    for part in copy.findall():
        part.document = None
    return copy


def predict_box(quote: nodes.block_quote) -> nodes.Element:
    return nodes.container("", *quote.children, classes=["box", "predict"], is_div=True)


def closer_look_box(quote: nodes.block_quote, lead: nodes.strong) -> nodes.Element:
    """An admonition whose title is the claim, and whose text says what is loose and what is true."""
    claim = lead.astext().partition(":" if ":" in lead.astext() else "：")[2].strip()
    lead.parent.remove(lead)
    label = nodes.inline("", strings()["closer_look"], classes=["box-label"])
    title = nodes.title("", "", label, nodes.Text(" "), nodes.inline("", claim, classes=["box-claim"]))
    identifier = f"closer-look-{nodes.make_id(claim)}"
    return nodes.admonition("", title, *quote.children, classes=["box", "closer-look"], ids=[identifier], claim=claim)


def make_boxes(app: Sphinx, doctree: nodes.document) -> None:
    """Replace each quotation with a known bold lead by its box, and remember the closer looks."""
    found = app.env.attnlab_closer_looks[app.env.docname] = []
    for quote in list(doctree.findall(nodes.block_quote)):
        lead = bold_lead(quote)
        if lead is None:
            continue
        if lead.astext().startswith(PREDICT):
            quote.replace_self(predict_box(quote))
        elif lead.astext().startswith(CLOSER_LOOK):
            box = closer_look_box(quote, lead)
            quote.replace_self(box)
            found.append(free_copy(box))


class closer_looks(nodes.General, nodes.Element):
    """The place of the collection, until all pages have been read."""


class CloserLooks(SphinxDirective):
    """Every closer look of the book, chapter by chapter."""

    def run(self) -> list[nodes.Node]:
        self.env.attnlab_collecting_pages.add(self.env.docname)
        return [closer_looks()]


class CollectCloserLooks(SphinxPostTransform):
    """Fills the place of the collection, before references are resolved."""

    default_priority = 1

    def run(self, **arguments: object) -> None:
        for place in list(self.document.findall(closer_looks)):
            place.replace_self(list(self.sections()))

    def sections(self) -> Iterable[nodes.Node]:
        collected = self.env.attnlab_closer_looks
        for docname in filter(collected.get, reading_order(self.env)):
            title = self.env.titles[docname].astext()
            boxes = [self.with_link_back(free_copy(box), docname, title) for box in collected[docname]]
            yield nodes.section("", nodes.title("", title), *boxes, ids=[nodes.make_id(docname)])

    def with_link_back(self, box: nodes.Element, docname: str, title: str) -> nodes.Element:
        """The box, ending with a link to its place in the chapter."""
        assert self.app.builder is not None
        anchor = box["ids"][0]
        address = self.app.builder.get_relative_uri(self.env.docname, docname) + f"#{anchor}"
        link = nodes.reference("", strings()["closer_look_in"].format(title=title), refuri=address, internal=True)
        box += nodes.paragraph("", "", link, classes=["link-back"])
        return box


def reading_order(env: BuildEnvironment) -> list[str]:
    """All pages, in the order of the table of contents."""
    order = [env.config.root_doc]
    for docname in order:  # grows while it is read
        order += env.toctree_includes.get(docname, [])
    return order


def prepare(app: Sphinx) -> None:
    for name, empty in (("attnlab_closer_looks", {}), ("attnlab_collecting_pages", set())):
        if not hasattr(app.env, name):
            setattr(app.env, name, empty)


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    env.attnlab_closer_looks.pop(docname, None)
    env.attnlab_collecting_pages.discard(docname)


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    env.attnlab_closer_looks.update(other.attnlab_closer_looks)
    env.attnlab_collecting_pages.update(other.attnlab_collecting_pages)


def write_collections_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    return sorted(env.attnlab_collecting_pages)


def setup(app: Sphinx) -> None:
    app.add_node(closer_looks)
    app.add_directive("closer-looks", CloserLooks)
    app.add_post_transform(CollectCloserLooks)
    app.connect("builder-inited", prepare)
    app.connect("doctree-read", make_boxes)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", write_collections_again)
