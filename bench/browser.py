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
  const dispatchers = { update: eval(source), empty: () => {} };
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now())));
  const task = () => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(null);
  });
  window.measureUpdate = async ([kind, step]) => {
    await frame();
    await new Promise((resolve) => setTimeout(resolve));
    const before = frame();
    const started = performance.now();
    dispatchers[kind](step);
    const handled = task();
    const after = frame();
    const listeners = (await handled) - started;
    const redraw = (await after) - (await before);
    await frame();
    return { worked: listeners + redraw, painted: performance.now() - started };
  };
}
"""


def page_weight(browser: Browser, address: str) -> dict[str, int]:
    """The bytes with gzip of every file that the page fetches before anyone touches it."""
    page = browser.new_page(viewport=VIEWPORT)
    responses: list[Response] = []
    # It only notes them: a body that is asked for in an event may come after the page was closed.
    page.on("response", lambda response: responses.append(response))
    page.goto(address, wait_until="networkidle")
    bodies = {urlsplit(response.url).path: response.body() for response in responses if response.ok}
    page.close()
    if not bodies:
        raise SystemExit(f"{address} fetched 0 files, so nothing was measured.")
    return {path: min(len(body), len(gzip.compress(body))) for path, body in bodies.items()}


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
class Times:
    """Milliseconds of each update of a kind."""

    counted: list[float]  # in scripts, as the browser counts processor time; it leaves microtasks out
    worked: list[float]  # in listeners, microtasks and redraw, by the page's clock; it leaves timers out
    painted: list[float]  # until the second frame


@dataclass(frozen=True)
class Measured:
    """Updates, and as many empty ones: what measuring itself takes, in the same minute on the same machine."""

    update: Times
    empty: Times

    def script(self) -> list[float]:
        """Milliseconds that the processor spent in scripts for each update, less what measuring costs."""
        cost = median(self.empty.counted)
        return [max(0.0, counted - cost) for counted in self.update.counted]


def script_clock(page: Page) -> Callable[[], float]:
    """A function that tells how many milliseconds the page has spent in scripts, as the browser itself counts them.

    It counts the time of the page's thread, so that a processor busy with something else does not lengthen it.
    """
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def read() -> float:
        metrics = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
        return 1000 * metrics["ScriptDuration"]

    return read


def measure_updates(page: Page, dispatch: str, count: int) -> Measured:
    """Run the JavaScript function ``dispatch`` with 0, 1, 2, ... and measure what each call sets off.

    Each call comes after an empty one, so that a busy moment of the machine falls on both alike.
    """
    clock = script_clock(page)
    page.evaluate(MEASURE_UPDATE, dispatch)
    measured = Measured(update=Times([], [], []), empty=Times([], [], []))
    for step in range(count):
        for kind, times in (("empty", measured.empty), ("update", measured.update)):
            before = clock()
            found = page.evaluate("(request) => measureUpdate(request)", [kind, step])
            times.counted.append(clock() - before)
            times.worked.append(found["worked"])
            times.painted.append(found["painted"])
    return measured
