"""How fast the trained models of the book compute in the real page, and how long they keep its main thread busy."""

import re
from statistics import median

from playwright.sync_api import Browser, Page

from bench.browser import VIEWPORT
from bench.report import Figure

PAGE = "book/models.html"
SENTENCE = "我们明天去北京好吗？"  # 10 characters
TOKENS = 20
TEXT = "The __ of the city was built in the year of the war and the __ of the state."
WITHOUT_MODELS = "book/intro.html"  # a page that has the same theme, and no widget
# Of all tasks that kept the main thread busy for 50 ms or more the longest, and of the scripts in such frames the
# front end's longest. Browsers do not tell of shorter ones; 0 says that there was none.
NOTE_LONGEST = """
window.longest = { task: 0, script: 0 };
const note = (type, read) => new PerformanceObserver((list) => list.getEntries().forEach(read))
  .observe({ type, buffered: true });
note("longtask", ({ duration }) => { longest.task = Math.max(longest.task, duration); });
note("long-animation-frame", ({ scripts }) => {
  for (const { sourceURL, duration } of scripts) {
    if (sourceURL.includes("/attnlab/")) longest.script = Math.max(longest.script, duration);
  }
});
"""
# The view leaves one measure for each run of a model, from the wish to the last number on its way to the screen.
RUNS = """
(model) => performance.getEntriesByName(`attn:model:${model}`).map(({ duration, detail }) => [duration, detail.tokens])
"""
PRESS = "(selector) => document.querySelector(selector).click()"


def choose(page: Page, model: str, text: str) -> None:
    """Bring up a model with a text, and wait until it has run."""
    page.get_by_role("radio", name=model, exact=True).check(force=True)
    page.locator(".attn-input-row .attn-input").fill(text)
    page.wait_for_function(f"performance.getEntriesByName('attn:model:{model.lower()}').length > 0", timeout=60_000)
    page.wait_for_timeout(500)


def runs(page: Page, model: str, selector: str, count: int) -> list[tuple[float, int]]:
    """Click on something ``count`` times, each time when the model has run: milliseconds and tokens of each run."""
    page.evaluate("performance.clearMeasures()")
    for made in range(count):
        page.evaluate(PRESS, selector)
        page.wait_for_function(f"performance.getEntriesByName('attn:model:{model}').length > {made}", timeout=60_000)
    return [(duration, tokens) for duration, tokens in page.evaluate(RUNS, model)]


def translating(page: Page, count: int) -> float:
    """Milliseconds of a greedy translation of 10 characters, with all its probabilities and attentions."""
    choose(page, "Translator", SENTENCE)
    return median(duration for duration, _ in runs(page, "translator", ".attn-run", count))


def writing(page: Page, count: int) -> float:
    """Milliseconds of a token that the writer draws, with its candidates and attentions."""
    times = []
    for beginning in range(max(1, count // 4)):
        choose(page, "Writer", f"The city of {beginning}")
        ((duration, tokens),) = runs(page, "writer", ".attn-run", 1)
        times.append(duration / max(1, tokens))
    return median(times)


def looking(page: Page, count: int) -> float:
    """Milliseconds until all attentions of a text of 20 tokens are there after a head was switched off or on."""
    choose(page, "Reader", TEXT)
    page.locator(".attn-heads-part summary").click()
    label = page.locator(".attn-attention-map").get_attribute("aria-label") or ""
    found = re.search(r"among (\d+) tokens", label)
    if found is None or int(found[1]) < TOKENS:
        raise SystemExit(f"{label!r}: fewer than {TOKENS} tokens were looked at, so nothing was measured.")
    return median(duration for duration, _ in runs(page, "reader", ".attn-heads tbody input", count))


def figures(browser: Browser, address: str, count: int = 12) -> list[Figure]:
    """The three models at work, and the longest tasks of the page's main thread before and meanwhile."""
    without = opened(browser, f"{address}/{WITHOUT_MODELS}")
    theme = without.evaluate("longest.task")
    without.close()
    page = opened(browser, f"{address}/{PAGE}")
    before = page.evaluate("longest")
    page.evaluate("longest = { task: 0, script: 0 }")
    found = [
        Figure("models page: longest script of the front end until it stands", before["script"], "ms", 50),
        Figure("models page: longest task until it stands, with the browser's layout", before["task"], "ms"),
        Figure("welcome page: the same, without a widget", theme, "ms"),
        Figure("translator: 10 characters, greedy", translating(page, count), "ms", 100),
        Figure("writer: one token", writing(page, count), "ms", 10),
        Figure(f"reader: all attention of {TOKENS} tokens after a head changed", looking(page, count), "ms", 30),
        Figure("models page: longest task while models load and compute", page.evaluate("longest.task"), "ms", 50),
    ]
    page.close()
    return found


def opened(browser: Browser, address: str) -> Page:
    """A page that notes its longest tasks, once it has loaded what it loads by itself."""
    page = browser.new_page(viewport=VIEWPORT)
    page.add_init_script(NOTE_LONGEST)
    page.goto(address, wait_until="networkidle")
    return page
