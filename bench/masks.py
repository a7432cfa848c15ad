"""How fast the explorer of masks follows a painted cell, and how long the model's next token takes."""

from statistics import median

from playwright.sync_api import Browser

from bench.explorer import answers, at_work, open_explorer, redraws
from bench.report import Figure

PAGE = "notebooks/masking.html"
TITLE = "explorer of masks"
TEXT = "The city of London is the largest of all the cities of the United Kingdom , and one of the largest of"
TOKENS = 20
# Down the first column: every step turns another cell off or on.
PAINT = """
(step) => {
  const cells = [...document.querySelectorAll("[role=grid] td[role=gridcell]")];
  const rows = Math.round(Math.sqrt(cells.length));
  const cell = cells[(1 + step % (rows - 1)) * rows];
  for (const type of ["pointerdown", "pointerup"]) {
    cell.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1 }));
  }
}
"""
ANSWER = ".attn-msk-column[aria-busy]"


def figures(browser: Browser, address: str, count: int = 40) -> list[Figure]:
    """A cell painted at 20 tokens: the pictures at once, then the next token under the new mask."""
    page, found = open_explorer(browser, f"{address}/{PAGE}", TITLE)
    widget = page.locator('attn-widget[kind="masks"]').first
    widget.locator("input[type=text]").fill(TEXT)
    page.wait_for_function(f"document.querySelectorAll('[role=grid] tbody tr').length >= {TOKENS}")
    page.wait_for_timeout(1000)
    times = answers(page, PAINT, ANSWER, 12)
    found += redraws(page, f"{TITLE}, {TOKENS} tokens, a cell painted", PAINT, count)
    found.append(Figure(f"{TITLE}: the next token under a new mask", median(times), "ms", 100))
    found.append(at_work(page, TITLE))
    page.close()
    return found
