"""How fast the explorer answers a slider and a pointer, in the real page."""

from statistics import median

from playwright.sync_api import Page

from attnlab.embedding import load_word_vectors
from bench.browser import Measured, measure_updates
from bench.report import Figure, percentile

SENTENCE_BOX = ".attn-sentence > .attn-input"
COUNT_REDRAWS = """
() => {
  window.redraws = 0;
  new PerformanceObserver((list) => {
    window.redraws += list.getEntriesByName("attn:update").length;
  }).observe({ type: "measure" });
}
"""
SLIDE = """
(step) => {
  const slider = document.querySelector(".attn-slider");
  slider.value = 100 + step;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}
"""
# The pointer goes down the diagonal of the map, so that every step lands on another cell.
HOVER = """
(step) => {
  const map = document.querySelector(".attn-map");
  const box = map.getBoundingClientRect();
  const share = 0.3 + 0.6 * (step / STEPS);
  const place = { clientX: box.left + share * box.width, clientY: box.top + share * box.height };
  map.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, ...place }));
}
"""
SLOWEST = 0.95  # of all updates at most one in twenty is slower than what is reported
PAINT_TOLERANCE = 1.0  # ms: two runs of the same empty update differ by this much


def words(count: int) -> str:
    """A sentence of so many different words, each of them one token."""
    return " ".join(load_word_vectors().tokens[:count])


def type_words(page: Page, count: int) -> None:
    """Put a sentence of ``count`` words into the first widget, and wait until it shows them."""
    page.locator(SENTENCE_BOX).first.fill(words(count))
    shown = "(count) => document.querySelector('.attn-strip').querySelectorAll('.attn-piece').length === count"
    page.wait_for_function(shown, arg=count)
    page.wait_for_timeout(500)  # what typing sets off later, such as what a screen reader is told, is over


def redrawn_updates(page: Page, dispatch: str, count: int) -> Measured:
    """Measure updates, and make sure that they were: a control that is not there redraws nothing, very fast."""
    page.evaluate(COUNT_REDRAWS)
    measured = measure_updates(page, dispatch, count)
    redraws = page.evaluate("window.redraws")
    if redraws < count:
        raise SystemExit(f"{count} updates redrew the widget only {redraws} times: nothing was measured.")
    return measured


def figures(page: Page, tokens: int, budget: float, count: int) -> list[Figure]:
    """Script time and time to paint of the slider and of the pointer, for a sentence of so many tokens."""
    type_words(page, tokens)
    found = []
    for name, dispatch in (("slider", SLIDE), ("hover", HOVER.replace("STEPS", str(count)))):
        measured = redrawn_updates(page, dispatch, count)
        script, worked = measured.script(), measured.update.worked
        painted, empty = measured.update.painted, measured.empty.painted
        floor, slowest_floor = median(empty) + PAINT_TOLERANCE, percentile(empty, SLOWEST) + PAINT_TOLERANCE
        update = f"{name}, {tokens} tokens"
        found += [
            Figure(f"{update}: scripts, 95th percentile", percentile(script, SLOWEST), "ms", budget),
            Figure(f"{update}: by the page's clock, median", median(worked), "ms", budget),
            Figure(f"{update}: painted, median", median(painted), "ms", floor),
            Figure(f"{update}: painted, 95th percentile", percentile(painted, SLOWEST), "ms", slowest_floor),
        ]
    return found
