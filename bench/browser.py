"""What a page costs a reader: bytes, time until it can be used, and time for each update of a widget."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Response

VIEWPORT = {"width": 1280, "height": 900}
# Notes when the first widget of the page has drawn itself: the view marks each of its redraws.
NOTE_FIRST_DRAWING = """
new PerformanceObserver((list) => {
  for (const entry of list.getEntriesByName("attn:update")) {
    window.firstDrawing ??= entry.startTime + entry.duration;
  }
}).observe({ type: "measure", buffered: true });
"""
PAINT_TIMES = """
() => ({
  paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
  usable: window.firstDrawing,
})
"""
# One update, begun right after a frame: how long its listeners and redraws worked, with their microtasks, and how long
# it took until the second frame after it. A callback asked for before the update runs first in its frame, one asked
# for after it runs last: what lies between is the redraw.
MEASURE_UPDATE = """
(source) => {
  const dispatch = eval(source);
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())));
  const task = () => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(null);
  });
  window.measureUpdate = async (step) => {
    await frame();
    await new Promise((resolve) => setTimeout(resolve));
    const before = frame();
    const started = performance.now();
    dispatch(step);
    const handled = task();
    const after = frame();
    const listeners = (await handled) - started;
    const redraw = (await after) - (await before);
    await frame();
    return { worked: listeners + redraw, painted: performance.now() - started };
  };
}
"""
EMPTY_UPDATE = "() => {}"


def page_weight(browser: Browser, address: str) -> dict[str, int]:
    """The bytes with gzip of every file that the page fetches before anyone touches it."""
    weights: dict[str, int] = {}

    def weigh(response: Response) -> None:
        if response.ok:
            path = urlsplit(response.url).path
            body = response.body()
            weights[path] = min(len(body), len(gzip.compress(body)))

    page = browser.new_page(viewport=VIEWPORT)
    page.on("response", weigh)
    page.goto(address, wait_until="networkidle")
    page.close()
    return weights


def cold_load(browser: Browser, address: str) -> tuple[float, float]:
    """Milliseconds until the first text is painted, and until the first widget is drawn; nothing is in a cache."""
    context = browser.new_context(viewport=VIEWPORT)
    page = context.new_page()
    page.add_init_script(NOTE_FIRST_DRAWING)
    page.goto(address, wait_until="load")
    page.wait_for_function("window.firstDrawing !== undefined")
    times = page.evaluate(PAINT_TIMES)
    context.close()
    return times["paint"], times["usable"]


@dataclass(frozen=True)
class Updates:
    """Milliseconds of each update."""

    worked: list[float]  # by the page's clock: listeners, microtasks and redraw
    counted: list[float]  # by the browser's count of all scripts, and what it costs to ask for it
    painted: list[float]  # until the second frame


def script_times(updates: Updates, empty: Updates) -> list[float]:
    """Milliseconds in scripts of each update: the larger of both measures, since each misses something.

    The page's clock misses timers, the browser's count misses microtasks.
    """
    cost = median(empty.counted)
    return [max(worked, counted - cost) for worked, counted in zip(updates.worked, updates.counted, strict=True)]


def script_clock(page: Page) -> Callable[[], float]:
    """A function that tells how many milliseconds the page has spent in scripts, as the browser itself counts them."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def read() -> float:
        metrics = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
        return 1000 * metrics["ScriptDuration"]

    return read


def measure_updates(page: Page, dispatch: str, count: int) -> Updates:
    """Run the JavaScript function ``dispatch`` with 0, 1, 2, ... and measure what each call sets off."""
    clock = script_clock(page)
    page.evaluate(MEASURE_UPDATE, dispatch)
    updates = Updates([], [], [])
    for step in range(count):
        before = clock()
        times = page.evaluate("(step) => measureUpdate(step)", step)
        updates.counted.append(clock() - before)
        updates.worked.append(times["worked"])
        updates.painted.append(times["painted"])
    return updates
