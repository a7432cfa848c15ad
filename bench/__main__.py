"""Measure everything, print it as a table, write it to build/bench.json."""

import argparse
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from playwright.sync_api import Browser

import build_book
import colab_check
from bench import (
    ROOT,
    core,
    heads,
    latent_space,
    masks,
    models,
    positions,
    process,
    training,
    translation,
    widget,
    word2vec,
)
from bench.browser import VIEWPORT, cold_load, page_weight
from bench.report import Figure, load, table, write
from find_browser import open_browser

CHAPTER = "notebooks/self_attention.html"
WELCOME = "book/intro.html"
EXPLORERS = (models, latent_space, translation, positions, heads, masks)  # each is measured on its page
PAGES = {"welcome page": WELCOME, "chapter": CHAPTER, "models page": models.PAGE}
WIDGETS = "/_static/attnlab"  # how the address of each module begins, and that of the stylesheet
KILOBYTE, MEGABYTE = 1000, 1e6
RESULT = ROOT / "build" / "bench.json"
CORE_RESULT = ROOT / "build" / "bench-core.json"


def sizes(browser: Browser, address: str) -> list[Figure]:
    """What a reader downloads."""
    found = []
    for name, page in PAGES.items():
        weights = page_weight(browser, f"{address}/{page}")
        widgets = sum(weight for path, weight in weights.items() if WIDGETS in path) / KILOBYTE
        found.append(Figure(f"{name}: widgets' modules and styles, with gzip", widgets, "kB", 90))
        total = sum(weights.values()) / KILOBYTE
        found.append(Figure(f"{name}: {len(weights)} files before interaction, with gzip", total, "kB", 400))
    return found


def loads(browser: Browser, address: str, runs: int) -> list[Figure]:
    """How long a reader waits."""
    found = []
    for name, page in PAGES.items():
        times = [cold_load(browser, f"{address}/{page}") for _ in range(runs)]
        painted, usable = (median(column) for column in zip(*times, strict=True))
        found.append(Figure(f"{name}: first contentful paint", painted, "ms", 1000))
        found.append(Figure(f"{name}: widget usable", usable, "ms", 1500))
    return found


def updates(browser: Browser, address: str, count: int) -> list[Figure]:
    """How fast the widget answers."""
    page = browser.new_page(viewport=VIEWPORT)
    page.goto(f"{address}/{CHAPTER}", wait_until="networkidle")
    found = [*widget.figures(page, 64, 8, count), *widget.figures(page, 200, 25, count)]
    page.close()
    return found


def imports(runs: int) -> list[Figure]:
    """What importing costs beyond torch."""
    return [
        Figure("import attnlab, beyond torch", process.seconds_to_import("attnlab", runs), "s", 0.3),
        Figure("import attnlab.widgets, beyond torch", process.seconds_to_import("attnlab.widgets", runs), "s"),
    ]


def builds() -> list[Figure]:
    """How long the book takes, and how large the package is."""
    cold, warm = process.book_builds()
    wheel = colab_check.build_wheel().stat().st_size / MEGABYTE
    return [
        Figure("book: cold build", cold, "s"),
        Figure("book: warm rebuild", warm, "s"),
        Figure("the package as a wheel, its models included", wheel, "MB", 20),
    ]


@contextmanager
def served_book() -> Iterator[str]:
    """The address of the built book on this machine."""
    folder = build_book.output_folder()
    if not (folder / "index.html").is_file():
        raise SystemExit("There is no book yet: `make book` builds it.")
    with build_book.server(folder, 0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def everything(options: argparse.Namespace) -> list[Figure]:
    """All figures: of the book and the models in it, of the package, the core library, training and word vectors."""
    found = [] if options.no_builds else builds()
    with served_book() as address, open_browser() as browser:
        found += sizes(browser, address)
        found += loads(browser, address, options.runs)
        found += updates(browser, address, options.updates)
        for explorer in EXPLORERS:
            found += explorer.figures(browser, address)
    return found + imports(options.runs) + core.figures() + training.figures() + word2vec.measure()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--core", action="store_true", help="measure the core library alone; needs no book")
    parser.add_argument("--no-builds", action="store_true", help="do not build the book anew")
    parser.add_argument("--runs", type=int, default=7, help="how often a load or an import is repeated")
    parser.add_argument("--updates", type=int, default=100, help="how many updates are measured")
    options = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")

    before = load()
    print(f"{os.cpu_count()} cores; load over the last minute: {before:.2f}", flush=True)
    found = core.figures() if options.core else everything(options)
    after = load()
    print(table(found))
    print(f"Load over the last minute at the end: {after:.2f}")
    result = CORE_RESULT if options.core else RESULT
    write(found, (before, after), result)
    print(f"Written to {result.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
