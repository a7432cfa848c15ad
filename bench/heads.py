"""How fast the explorer of heads opens a head and switches one off, and how long the models' answers take."""

from statistics import median

from playwright.sync_api import Browser, Page

from bench.explorer import at_work, open_explorer, redraws, runs
from bench.models import TEXT
from bench.report import Figure

PAGE = "notebooks/multi_head_attention.html"
TITLE = "explorer of heads"
OPEN = """
(step) => {
  const heads = document.querySelectorAll(".attn-mh-open");
  heads[(7 * step + 1) % heads.length].click();
}
"""
SWITCH = """
(step) => {
  const boxes = document.querySelectorAll('.attn-mh-heads input[type="checkbox"]');
  boxes[(7 * step + 1) % boxes.length].click();
}
"""
RUN = "attn:model:heads"


def read_a_sentence(page: Page) -> None:
    """Give the reader a text of 20 tokens and wait until all its heads are there."""
    widget = page.locator('attn-widget[kind="heads"]').first
    widget.get_by_role("radio", name="Reader", exact=True).check(force=True)
    widget.locator(".attn-input-row .attn-input").fill(TEXT)
    widget.locator(".attn-load-line").get_by_text("just now").wait_for(timeout=60_000)
    page.wait_for_timeout(1000)


def figures(browser: Browser, address: str, count: int = 40) -> list[Figure]:
    """Heads opened and switched, redrawn and answered: by the reader, and by the translator, which writes a text."""
    page, found = open_explorer(browser, f"{address}/{PAGE}", TITLE)
    # Of a whole translation each token is a step; the budget of a step is not that of the text.
    translated = median(duration for duration, _ in runs(page, SWITCH, RUN, 12))
    read_a_sentence(page)
    read = median(duration for duration, _ in runs(page, SWITCH, RUN, 12))
    found += redraws(page, f"{TITLE}, 20 tokens, a head opened", OPEN, count)
    found += redraws(page, f"{TITLE}, 20 tokens, a head switched", SWITCH, count)
    found += [
        Figure(f"{TITLE}: the filled blank after a switch", read, "ms", 100),
        Figure(f"{TITLE}: the whole translation after a switch", translated, "ms"),
        at_work(page, TITLE),
    ]
    page.close()
    return found
