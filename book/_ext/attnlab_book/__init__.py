"""What turns these pages into a book: widgets without a kernel, formulas without scripts, pages without strangers.

One module, one concern: ``settings`` (what the build depends on), ``formulas`` (KaTeX at build time), ``boxes`` (plain
Markdown that becomes a designed box), ``references`` (the bibliography), ``chapters`` and ``chapter_map`` (the book's
order and the picture of it), ``pages`` (what each page is told), ``static_files`` (what is copied beside the pages).
"""

from typing import Any

from sphinx.application import Sphinx

from . import boxes, chapter_map, formulas, pages, references, settings, static_files


def setup(app: Sphinx) -> dict[str, Any]:
    for module in (settings, formulas, boxes, references, chapter_map, pages, static_files):
        module.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
