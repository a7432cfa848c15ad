"""The browser, the served book, and visits to its pages."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright

sys.path.insert(0, str(Path(__file__).parent))

from book_visit import Visit

import build_book
import find_browser


@pytest.fixture(scope="session")
def browser_type_launch_args(playwright: Playwright) -> dict[str, Any]:
    """How pytest-playwright starts the browser: the system's, else its own, else an error that says what to install."""
    return {"executable_path": find_browser.executable(playwright), "args": find_browser.arguments()}


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the built book is served, on a free port of this machine alone."""
    folder = build_book.output_folder()
    if not (folder / "index.html").is_file():
        pytest.fail(f"There is no book in {folder.relative_to(build_book.ROOT)}: `make book` builds it.")
    server = build_book.server(folder, port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Visit]]:
    """A function that opens a page: ``visit("book/intro.html", scheme="dark", width=390)``.

    ``planted`` is HTML that takes the place of the page's own text, for a check to be shown to fail on it.
    """
    contexts = []

    def open_page(
        path: str, *, scheme: str = "light", width: int = 1280, planted: str | None = None, **context: Any
    ) -> Visit:
        size = {"width": width, "height": 844 if width < 600 else 800}
        contexts.append(browser.new_context(viewport=size, color_scheme=scheme, accept_downloads=True, **context))
        opened = Visit(contexts[-1], address)
        if planted is not None:
            opened.plant(path, planted)
        opened.open(path)
        return opened

    yield open_page
    for context in contexts:
        context.close()
