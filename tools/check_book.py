"""Check the built book: links, strangers, leaks, downloads, alternative texts, weights, formulas, widgets.

    python tools/check_book.py [folder]     prints every problem and every page's weight; status 1 if there is a problem

Each check is a function from a ``Book`` to a list of problems. ``tests/book`` shows each of them to fail on a mistake.
"""

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import Tag

from book_pages import Book, Page, css_addresses, is_elsewhere, is_local, requested
from book_weights import page_weights, weights

ROOT = Path(__file__).resolve().parents[1]
UNUSED = ("mathjax", "require.js", "requirejs", "thebe", "fontawesome", "html-manager", "jquery", "togglebutton")
CALL_ABROAD = re.compile(
    r"""(?:fetch|import|importScripts|Worker|WebSocket|EventSource|sendBeacon)\s*\(\s*["'`](?:https?:|wss?:)?//"""
)
MACHINE_PATH = re.compile(r"(?<![\w.~/-])/(?:home|Users|root|tmp|work|mnt|var/folders)/[\w.-]+|[A-Z]:\\Users\\")
RAW_FORMULA = re.compile(
    r"\$\$|\\\(|\\\[|\\(?:frac|sqrt|operatorname|mathbf|text|sum|top)\b|(?<![\w\\])\$[^$\n]{1,80}\$(?!\w)"
)
TEXT_FILES = {".html", ".js", ".css", ".json", ".ipynb", ".md", ".svg", ".txt", ".bib"}


def links(book: Book) -> list[str]:
    """Every link inside the book leads to a page, and to an anchor that is there."""
    problems = []
    for page in book.pages.values():
        for tag in page.soup.find_all(["a", "link", "form"]):
            address = str(tag.get("href") or tag.get("action") or "")
            if address and is_local(address):
                problems += broken(book, page, address)
        for address in requested(page):
            if is_local(address):
                problems += broken(book, page, address)
    return problems


def broken(book: Book, page: Page, address: str) -> list[str]:
    target, fragment = book.target(page, address), unquote(urlsplit(address).fragment)
    if not target.is_file():
        return [f"{book.name(page.path)}: {address} leads nowhere"]
    if fragment and target in book.pages and fragment not in book.pages[target].anchors:
        return [f"{book.name(page.path)}: {address} leads to an anchor that is not there"]
    return []


def strangers(book: Book) -> list[str]:
    """No page, stylesheet or script asks another host for anything."""
    problems = []
    for page in book.pages.values():
        problems += [f"{book.name(page.path)}: asks for {found}" for found in requested(page) if is_elsewhere(found)]
        inline = "".join(script.get_text() for script in page.soup.find_all("script"))
        problems += [f"{book.name(page.path)}: a script calls {found}" for found in CALL_ABROAD.findall(inline)]
    for path in sorted(book.folder.rglob("*.css")):
        found = [address for address in css_addresses(path.read_text("utf-8")) if is_elsewhere(address)]
        problems += [f"{book.name(path)}: asks for {address}" for address in found]
    for path in sorted(book.folder.rglob("*.js")):
        problems += [f"{book.name(path)}: calls {found}" for found in CALL_ABROAD.findall(path.read_text("utf-8"))]
    return problems


def leaks(book: Book) -> list[str]:
    """No file tells where on which machine it was made."""
    own = [str(ROOT), str(Path.home()), sys.prefix, tempfile.gettempdir()]
    own = [path + "/" for path in own if len(path) > 1]
    problems = []
    for path in sorted(book.folder.rglob("*")):
        if path.suffix not in TEXT_FILES or not path.is_file():
            continue
        text = path.read_text("utf-8")
        found = MACHINE_PATH.search(text)
        leaked = found[0] if found else next((place for place in own if place in text), None)
        if leaked:
            problems.append(f"{book.name(path)}: contains the path {leaked}")
    return problems


def downloads(book: Book) -> list[str]:
    """Every chapter offers its notebook, and what it offers is one."""
    problems = []
    for page in book.pages.values():
        if page.path.parent.name != "notebooks":
            continue
        offered = page.soup.find("a", download=True)
        if offered is None:
            problems.append(f"{book.name(page.path)}: offers no notebook")
            continue
        target = book.target(page, str(offered["href"]))
        if not target.is_file() or "cells" not in json.loads(target.read_text("utf-8")):
            problems.append(f"{book.name(page.path)}: {offered['href']} is no notebook")
    return problems


def alternative_texts(book: Book) -> list[str]:
    """Every picture says what it shows, or is marked as decoration."""
    problems = []
    for page in book.pages.values():
        for tag in page.soup.find_all(["img", "svg"]):
            if tag.find_parent("svg") is None and not says_what_it_shows(tag):
                problems.append(f"{book.name(page.path)}: no alternative text for {str(tag)[:80]}")
    return problems


def says_what_it_shows(tag: Tag) -> bool:
    if tag.get("aria-hidden") == "true" or tag.find_parent(attrs={"aria-hidden": "true"}):
        return True
    if tag.name == "img":
        return bool(str(tag.get("alt") or "").strip()) or tag.get("role") == "presentation"
    return tag.get("role") in {"img", "group"} and bool(str(tag.get("aria-label") or "").strip())


def formulas(book: Book) -> list[str]:
    """Every formula was rendered when the book was built, and no TeX is left in the text."""
    problems = []
    for page in book.pages.values():
        name = book.name(page.path)
        for tag in page.soup.find_all(class_="math"):
            if tag.find(class_="katex") is None:
                problems.append(f"{name}: not rendered: {tag.get_text()[:60]}")
        if page.soup.find(class_="katex-error"):
            problems.append(f"{name}: KaTeX could not read a formula")
        for text in page.soup.find_all(string=RAW_FORMULA):
            if text.find_parent(["code", "pre", "script", "style", "annotation", "title"]) is None:
                problems.append(f"{name}: TeX left in the text: {text.strip()[:60]}")
    return problems


def outputs(book: Book) -> list[str]:
    """No cell shows an error or a warning: a display that fails does not fail its cell, so the build lets it pass."""
    return [
        f"{book.name(page.path)}: an output shows: {' '.join(tag.get_text().split())[-80:]}"
        for page in book.pages.values()
        for tag in page.soup.select(".output.traceback, .output.stderr")
    ]


def unused(book: Book) -> list[str]:
    """No page loads what nobody uses."""
    return [
        f"{book.name(page.path)}: loads {address}"
        for page in book.pages.values()
        for address in requested(page)
        if any(name in address.lower() for name in UNUSED)
    ]


def heads(book: Book) -> list[str]:
    """Every page has a language, a title, a description of its own and one main heading."""
    problems, seen = [], dict[str, str]()
    for page in book.pages.values():
        name = book.name(page.path)
        html = page.soup.find("html")
        if not isinstance(html, Tag) or not html.get("lang"):
            problems.append(f"{name}: no language")
        if page.soup.title is None or not page.soup.title.get_text().strip():
            problems.append(f"{name}: no title")
        if len(page.soup.find_all("h1")) != 1:
            problems.append(f"{name}: {len(page.soup.find_all('h1'))} main headings")
        if page.soup.find("meta", attrs={"http-equiv": "refresh"}):
            continue
        tag = page.soup.find("meta", attrs={"name": "description"})
        description = str(tag.get("content") or "") if isinstance(tag, Tag) else ""
        if not description:
            problems.append(f"{name}: no description")
        elif description in seen:
            problems.append(f"{name}: the same description as {seen[description]}")
        seen[description] = name
    return problems


def widgets(book: Book) -> list[str]:
    """Every widget carries a state and a worked example; what it loads on demand is there, with the size it is told."""
    problems = []
    for page in book.pages.values():
        name = book.name(page.path)
        found = page.soup.find_all("attn-widget")
        for widget in found:
            problems += [f"{name}: {problem}" for problem in widget_problems(widget)]
        if found:
            problems += [f"{name}: {problem}" for problem in asset_problems(book, page)]
    return problems


def widget_problems(widget: Tag) -> Iterator[str]:
    label = f"widget {widget.get('data-widget-id') or widget.get('kind')}"
    script = widget.find("script", type="application/json")
    try:
        state = json.loads(script.get_text() if script else "")
        if not isinstance(state, dict) or "kind" not in state:
            yield f"{label} has a state without a kind"
    except ValueError:
        yield f"{label} has no state"
    text = "".join(part for part in widget.find_all(string=True) if part.find_parent("script") is None)
    if not text.strip():
        yield f"{label} shows nothing without scripts"


def asset_problems(book: Book, page: Page) -> Iterator[str]:
    tag = page.soup.find("script", id="attnlab-assets")
    if tag is None:
        yield "widgets, but no list of what they load"
        return
    for name, asset in json.loads(tag.get_text()).items():
        target = book.target(page, asset["url"])
        if not target.is_file():
            yield f"{name} is not at {asset['url']}"
        elif target.stat().st_size != asset["bytes"]:
            yield f"{name} has {target.stat().st_size} bytes, the page says {asset['bytes']}"


Check = Callable[[Book], list[str]]
CHECKS: tuple[Check, ...] = (
    links,
    strangers,
    leaks,
    downloads,
    alternative_texts,
    formulas,
    outputs,
    unused,
    heads,
    widgets,
    weights,
)


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else ROOT / "build" / "book" / "html"
    book = Book(folder.resolve())
    if not book.pages:
        print(f"No page in {folder}: `make book` builds the book.", file=sys.stderr)
        return 1
    for weight in page_weights(book):
        print(f"{weight.compressed:8} bytes compressed {weight.raw:8} raw {weight.requests:3} files  {weight.page}")
    problems = [f"{check.__name__}: {problem}" for check in CHECKS for problem in check(book)]
    print("\n".join(problems) or f"{len(book.pages)} pages, no problem found")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
