"""Find the browser that the tests and the benchmark drive, and open it without a window."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "No browser for the tests: neither Chromium nor Chrome was found. Install one: `sudo apt-get install chromium` "
    "on Debian, or `.venv/bin/python -m playwright install chromium` anywhere else."
)


def executable(playwright: Playwright) -> str:
    """The path of the system's Chromium or Chrome, else of Playwright's own; says what to install if there is none."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    raise RuntimeError(MISSING)


def arguments() -> list[str]:
    """Root has no sandbox to run in, which is how containers and CI machines start a browser."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    return [*quiet, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else quiet


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser without a window, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(playwright), args=arguments())
        try:
            yield browser
        finally:
            browser.close()
