"""What the templates are told about each page: its place in the book, its description, its parts that load files."""

import json
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from .chapters import BY_DOCNAME
from .settings import colab_address
from .strings import strings

DESCRIPTION_LENGTH = 160


def description(doctree: nodes.document) -> str:
    """The page's first paragraph, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if len(text) > DESCRIPTION_LENGTH:
            text = text[:DESCRIPTION_LENGTH].rsplit(" ", 1)[0].rstrip(",;:.") + "…"
        if text:
            return text
    return ""


def sections(app: Sphinx, docname: str) -> list[dict[str, str]]:
    """The headings of the second level, for the contents beside the page."""
    found = []
    for top in app.env.tocs[docname].children:
        for inner in (child for child in top.children if isinstance(child, nodes.bullet_list)):
            for item in (child for child in inner.children if isinstance(child, nodes.list_item)):
                reference = next(item.findall(nodes.reference), None)
                if reference is not None:
                    title = app.builder.render_partial(nodes.inline("", "", *reference.children))["fragment"]
                    found.append({"anchor": reference["anchorname"], "title": title})
    return found


def contents(app: Sphinx, pagename: str) -> list[dict[str, Any]]:
    """The book's parts and their pages; the page being written comes with its sections."""
    env = app.env
    root = env.config.root_doc
    parts = [{"caption": "", "pages": [root]}]
    for toctree in env.get_doctree(root).findall(lambda node: node.tagname == "toctree"):
        parts.append({"caption": toctree["caption"] or "", "pages": [name for _, name in toctree["entries"]]})
    return [
        {"caption": part["caption"], "pages": [page_entry(app, name, pagename) for name in part["pages"]]}
        for part in parts
    ]


def page_entry(app: Sphinx, docname: str, current: str) -> dict[str, Any]:
    chapter = BY_DOCNAME.get(docname)
    return {
        "title": strings()["welcome"] if docname == app.config.root_doc else app.env.titles[docname].astext(),
        "address": app.builder.get_relative_uri(current, docname),
        "number": chapter.number if chapter else None,
        "current": docname == current,
        "sections": sections(app, docname) if docname == current else [],
    }


def notebook(app: Sphinx, context: dict[str, Any], pagename: str) -> dict[str, str | None] | None:
    """Where the page's notebook is downloaded and opened; None for a page that is no notebook."""
    if context.get("page_source_suffix") != ".ipynb":
        return None
    path = f"{pagename}.ipynb"
    return {
        "name": path.rsplit("/", 1)[-1],
        "download": context["pathto"](f"_sources/{path}", True),
        "colab": colab_address(app.config.attnlab_repository, path),
    }


def eyebrow(app: Sphinx, pagename: str) -> str:
    """The line above the title."""
    if pagename in BY_DOCNAME:
        return strings()["chapter"].format(number=BY_DOCNAME[pagename].number)
    return strings()["appendix"] if pagename in app.env.found_docs and pagename != app.config.root_doc else ""


def asset_map(app: Sphinx, context: dict[str, Any]) -> str:
    """Where the widgets of this page find the files they load on demand, as the JSON that the front end reads."""
    assets = {
        name: {"url": context["pathto"](asset.address, True), "bytes": asset.size}
        for name, asset in app.attnlab_assets.items()
    }
    return json.dumps(assets).replace("<", "\\u003c")


def widget_modules(app: Sphinx, body: str) -> dict[str, list[str]]:
    """The modules that show the widgets of a page: those to start, in order, and those that these import."""
    kinds = sorted(set(re.findall(r'<attn-widget kind="([\w-]+)"', body)))
    unknown = [kind for kind in kinds if kind not in app.attnlab_modules]
    if unknown:
        raise ExtensionError(f"no module shows widgets of kind {', '.join(unknown)}; see src/widgets/entries")
    languages = ["language-zh"] if '"lang":"zh"' in body else []
    parts = [app.attnlab_modules[name] for name in (*kinds, *languages, "page")] if kinds else []
    started = [files[-1] for files in parts]
    return {"started": started, "imported": sorted({name for files in parts for name in files} - set(started))}


def describe(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    # The empty corner of a table is no heading, which a screen reader would announce.
    body = context["body"] = re.sub(r"<th[^>]*>(?:<p></p>)?</th>", "<td></td>", context.get("body") or "")
    has_widget = "<attn-widget" in body
    own = app.env.metadata.get(pagename, {})
    context.update(
        book=strings(),
        book_parts=contents(app, pagename),
        description=own.get("description") or (description(doctree) if doctree else strings()["search_hint"]),
        eyebrow=eyebrow(app, pagename),
        notebook=notebook(app, context, pagename),
        has_widget=has_widget,
        has_formula='class="katex"' in body,
        asset_map=asset_map(app, context) if has_widget else "",
        modules=widget_modules(app, body),
        versions=app.attnlab_versions,
    )
    # The templates name the few scripts and stylesheets that a page uses; what extensions add to all pages stays out.
    context["css_files"], context["script_files"] = [], []


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", describe, priority=900)
