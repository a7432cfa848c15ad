"""The pages of the built book, and the addresses that a browser asks for when it opens one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

REQUESTING = (  # tags and the attribute whose address a browser asks for by itself
    ("script", "src"),
    ("img", "src"),
    ("source", "src"),
    ("video", "src"),
    ("audio", "src"),
    ("iframe", "src"),
    ("embed", "src"),
    ("object", "data"),
    ("image", "href"),
    ("use", "href"),
)
REQUESTING_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}
CSS_ADDRESS = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


@dataclass(frozen=True)
class Page:
    path: Path
    soup: BeautifulSoup

    @cached_property
    def anchors(self) -> set[str]:
        return {str(tag["id"]) for tag in self.soup.find_all(id=True)}


class Book:
    """The pages of a built book."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = [path for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts]
        self.pages = {path: Page(path, BeautifulSoup(path.read_text("utf-8"), "html.parser")) for path in found}

    def name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def target(self, page: Page, address: str) -> Path:
        """The file that an address on a page leads to."""
        path = unquote(urlsplit(address).path)
        return (page.path.parent / path).resolve() if path else page.path


def is_elsewhere(address: str) -> bool:
    """Whether a browser would leave this book for the address."""
    parts = urlsplit(address.strip())
    return bool(parts.netloc) or parts.scheme in {"http", "https", "ws", "wss", "file"}


def is_local(address: str) -> bool:
    """Whether the address is a file of this book."""
    return not urlsplit(address).scheme and not urlsplit(address).netloc


def requested(page: Page) -> Iterator[str]:
    """Every address that a browser asks for when it opens the page."""
    for tag, attribute in REQUESTING:
        yield from (str(found[attribute]) for found in page.soup.find_all(tag, attrs={attribute: True}))
    for found in page.soup.find_all(["img", "source"], srcset=True):
        yield from (part.split()[0] for part in str(found["srcset"]).split(",") if part.strip())
    for found in page.soup.find_all("link", href=True):
        if REQUESTING_LINKS & set(found.get("rel") or []):
            yield str(found["href"])
    for style in [*page.soup.find_all("style"), *page.soup.find_all(style=True)]:
        text = style.get_text() if style.name == "style" else str(style["style"])
        yield from css_addresses(text)


def css_addresses(text: str) -> list[str]:
    return [first or second for first, second in CSS_ADDRESS.findall(text)]
