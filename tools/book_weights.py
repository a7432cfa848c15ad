"""What the pages of the built book weigh as a web server sends them, and how much they may."""

import gzip
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from book_pages import Book, Page, css_addresses, is_local, requested

PAGE_BUDGET = 400_000  # bytes, compressed, of everything that a page asks for before the reader does anything
WIDGETS_BUDGET = 90_000  # bytes, compressed, of the modules and the stylesheet of the widgets on a page
WIDGETS = "attnlab"


def compressed(content: bytes) -> int:
    """The size as a web server sends it. What is compressed in itself (fonts) hardly changes."""
    return len(gzip.compress(content, 6))


def first_files(book: Book, page: Page) -> set[Path]:
    """The page and all that it asks for before the reader does anything: what a stylesheet names counts in full."""
    files, waiting = set(), [page.path]
    waiting += [book.target(page, address) for address in requested(page) if is_local(address)]
    while waiting:
        path = waiting.pop()
        if path in files or not path.is_file():
            continue
        files.add(path)
        if path.suffix == ".css":
            addresses = [address for address in css_addresses(path.read_text("utf-8")) if is_local(address)]
            waiting += [(path.parent / urlsplit(address).path).resolve() for address in addresses]
    return files


@dataclass(frozen=True)
class Weight:
    page: str
    requests: int
    raw: int
    compressed: int


def page_weights(book: Book) -> list[Weight]:
    found = []
    for page in book.pages.values():
        contents = [path.read_bytes() for path in first_files(book, page)]
        found.append(
            Weight(book.name(page.path), len(contents), sum(map(len, contents)), sum(map(compressed, contents)))
        )
    return found


def weights(book: Book) -> list[str]:
    """Every page, and what its widgets are made of, stays within its budget."""
    problems = [
        f"{weight.page}: {weight.compressed} bytes compressed, more than {PAGE_BUDGET}"
        for weight in page_weights(book)
        if weight.compressed > PAGE_BUDGET
    ]
    for page in book.pages.values():
        size = sum(compressed(path.read_bytes()) for path in first_files(book, page) if is_of_widgets(book, path))
        if size > WIDGETS_BUDGET:
            problems.append(f"{book.name(page.path)}: {size} bytes of widgets compressed, more than {WIDGETS_BUDGET}")
    return problems


def is_of_widgets(book: Book, path: Path) -> bool:
    return path.relative_to(book.folder / "_static").parts[0].startswith(WIDGETS) if "_static" in path.parts else False
