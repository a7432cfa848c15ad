"""A visit to a page of the book, which notes all that goes wrong on it."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response, Route

AXE = Path(__file__).resolve().parents[2] / "src" / "widgets" / "node_modules" / "axe-core" / "axe.min.js"

RUN_AXE = """
async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
}
"""
TOO_WIDE = """
() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const sticksOut = (element) => element.getBoundingClientRect().right > clientWidth + 1;
  const found = [...document.querySelectorAll("body *")].filter(sticksOut).slice(0, 5);
  const names = found.map((element) => element.outerHTML.slice(0, 120));
  return [`${scrollWidth} px of content in ${clientWidth} px`, ...names];
}
"""


class Visit:
    """One page in a browser that reaches no other host: what it asked for and what it complained about."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.context = context
        self.strangers: list[str] = []
        self.complaints: list[str] = []
        self.responses: list[Response] = []
        context.route("**/*", self._only_this_host)
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("console", self._note_console)
        self.page.on("response", self._note_response)
        self.page.on("websocket", lambda socket: self.strangers.append(socket.url))

    def _only_this_host(self, route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(self.address).netloc:
            route.fallback()
        else:
            self.strangers.append(route.request.url)
            route.abort()

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console {message.type}: {message.text}")

    def _note_response(self, response: Response) -> None:
        self.responses.append(response)
        if response.status >= 400:
            self.complaints.append(f"status {response.status}: {response.url}")

    def plant(self, path: str, text: str) -> None:
        """Serve ``path`` with ``text`` in place of its own article."""
        article = f"<article>{text}</article>"
        self._serve_altered(path, lambda body: re.sub(r"(?s)<article.*</article>", lambda _: article, body))

    def alter(self, path: str, old: str, new: str) -> None:
        """Serve ``path`` with ``new`` in every place of ``old``."""

        def replace(body: str) -> str:
            assert old in body, f"{path} does not contain {old}"
            return body.replace(old, new)

        self._serve_altered(path, replace)

    def _serve_altered(self, path: str, alter: Callable[[str], str]) -> None:
        def answer(route: Route) -> None:
            route.fulfill(body=alter(route.fetch().text()), content_type="text/html; charset=utf-8")

        self.context.route(f"{self.address}/{path}", answer)

    def open(self, path: str) -> None:
        """Go to a page and wait until it has loaded what it loads by itself."""
        self.page.goto(f"{self.address}/{path}")
        self.page.wait_for_load_state("networkidle")

    def compressed_weight(self) -> int:
        """The bytes of all that the page asked for so far, each compressed as a web server would."""
        return sum(len(gzip.compress(response.body(), 6)) for response in self.responses if response.ok)

    def accessibility_violations(self) -> list[str]:
        """What axe-core finds, rule by rule and element by element."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found: list[str] = self.page.evaluate(RUN_AXE)
        return found

    def too_wide(self) -> list[str]:
        """Whether the page scrolls sideways, and what makes it."""
        found: list[str] = self.page.evaluate(TOO_WIDE)
        return found
