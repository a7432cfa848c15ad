"""The book as `make book` built it."""

import pytest
from attnlab_book.chapters import CHAPTERS
from attnlab_book.strings import strings

import check_book
from book_pages import Book

BUILT = check_book.ROOT / "build" / "book" / "html"


@pytest.fixture(scope="module")
def book() -> Book:
    if not (BUILT / "index.html").is_file():
        pytest.fail(f"There is no book in {BUILT.relative_to(check_book.ROOT)}: `make book` builds it.")
    return Book(BUILT)


@pytest.mark.parametrize("check", check_book.CHECKS, ids=lambda check: check.__name__)
def test_the_book(check: check_book.Check, book: Book) -> None:
    assert check(book) == []


def test_the_book_has_its_parts(book: Book) -> None:
    """The checks above would pass on an empty book."""
    names = {book.name(path) for path in book.pages}
    assert {"book/intro.html", "book/errata.html", "notebooks/self_attention.html", "search.html"} <= names
    welcome = book.pages[BUILT / "book" / "intro.html"].soup
    assert welcome.select("attn-widget")
    assert welcome.select('.chapter-map a[href*="self_attention"]')
    chapter = book.pages[BUILT / "notebooks" / "self_attention.html"].soup
    assert all(chapter.body[f"data-{name}"] == strings()[name] for name in ("copy", "copied"))
    assert all(chapter.select(part) for part in ("attn-widget", ".katex", ".formula-query"))
    chapters = [BUILT / f"{listed.docname}.html" for listed in CHAPTERS]
    looks = [box for path in chapters if path in book.pages for box in book.pages[path].soup.select(".closer-look")]
    collected = book.pages[BUILT / "book" / "errata.html"].soup.select(".closer-look")
    assert len(looks) >= 3
    assert len({box["id"] for box in looks}) == len(looks)
    assert [box["id"] for box in collected] == [box["id"] for box in looks]
