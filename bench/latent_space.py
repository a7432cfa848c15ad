"""How fast the map of 8,000 words turns in the real page, and what the page costs its main thread meanwhile."""

from statistics import median

from playwright.sync_api import Browser, Page

from bench.browser import VIEWPORT
from bench.models import NOTE_LONGEST
from bench.report import Figure, percentile
from bench.widget import SLOWEST, redrawn_updates

PAGE = "notebooks/latent_space.html"
WORDS = 8000
FRAME_BUDGET = 8  # ms of script time, of the 16.7 that a frame at 60 a second has
STAGE = ".attn-space-stage"
TURN = """
() => document.querySelector(".attn-space-stage")
  .dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }))
"""
# The pointer wanders over the picture: at every step another word is found and named.
POINT = """
(step) => {
  const stage = document.querySelector(".attn-space-stage");
  const box = stage.getBoundingClientRect();
  const share = 0.35 + 0.3 * (step / STEPS);
  const place = { clientX: box.left + share * box.width, clientY: box.top + share * box.height, pointerId: 1 };
  stage.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, ...place }));
}
"""


def open_map(browser: Browser, address: str) -> Page:
    """A page whose explorer shows all words in three dimensions, once everything about them is computed."""
    page = browser.new_page(viewport=VIEWPORT)
    page.add_init_script(NOTE_LONGEST)
    page.goto(address, wait_until="networkidle")
    widget = page.locator('attn-widget[kind="latent-space"]').first
    widget.get_by_role("radio", name="3-D").check(force=True)
    widget.locator(".attn-space-note").get_by_text("mean over").wait_for(timeout=60_000)
    widget.get_by_text(f"All {WORDS:,} words are here").wait_for(timeout=60_000)
    page.wait_for_timeout(1000)  # what changes set off later, such as what a screen reader is told, is over
    return page


def turning(page: Page, count: int) -> list[Figure]:
    """Script time of a frame in which the map turns, and of one in which the pointer finds another word."""
    found = []
    for name, dispatch in (("turn", TURN), ("point", POINT.replace("STEPS", str(count)))):
        measured = redrawn_updates(page, dispatch, count)
        script = measured.script()
        title = f"map of {WORDS:,} words in 3-D, {name}"
        found += [
            Figure(f"{title}: scripts, median", median(script), "ms", FRAME_BUDGET),
            Figure(f"{title}: scripts, 95th percentile", percentile(script, SLOWEST), "ms"),
        ]
    return found


def figures(browser: Browser, address: str, count: int = 60) -> list[Figure]:
    """The turning map, and the longest task of the page's main thread until it stood."""
    page = open_map(browser, f"{address}/{PAGE}")
    longest = page.evaluate("longest.script")
    found = [
        *turning(page, count),
        Figure("latent space: longest script while vectors are compared", longest, "ms", 50),
    ]
    page.close()
    return found
