"""How fast the explorer of translation shows another step, and how long a step of the translator takes."""

from statistics import median

from playwright.sync_api import Browser, Page

from attnlab.models import load_translator
from bench.explorer import at_work, open_explorer, redraws, runs
from bench.report import Figure

PAGE = "notebooks/cross_attention.html"
TITLE = "explorer of translation"
SENTENCE = "我们昨天晚上在学校旁边的一家小饭馆里吃了很多面条，今天还想再去。"
TOKENS = 20
LOOK = """
(step) => {
  const tokens = document.querySelectorAll("button.attn-trl-token");
  tokens[step % tokens.length].click();
}
"""
# The second candidate of the first step is taken, given back, taken again: all that follows is computed anew.
CHOOSE = """
(step) => document.querySelectorAll("button.attn-trl-candidate")[1 - (step % 2)].click()
"""
RUN = "attn:model:translation"


def type_sentence(page: Page) -> None:
    """Give it a sentence of 20 tokens, written to its end."""
    tokens = len(load_translator().read(SENTENCE).ids)
    if tokens < TOKENS:
        raise SystemExit(f"{SENTENCE} has only {tokens} of {TOKENS} tokens, so nothing was measured.")
    widget = page.locator('attn-widget[kind="translation"]').first
    widget.locator(".attn-input-row .attn-input").fill(SENTENCE)
    widget.get_by_role("button", name="Run to the end", exact=True).click()
    widget.get_by_role("button", name="Start again", exact=True).wait_for()
    page.wait_for_function("document.querySelectorAll('.attn-trl-token').length > 5", timeout=60_000)
    page.wait_for_timeout(6000)  # it writes a token at a time


def a_step(page: Page, count: int) -> float:
    """Milliseconds from the choice to the numbers, for each step that was computed for it."""
    page.locator("button.attn-trl-token").first.click()
    found = [(duration, detail["steps"]) for duration, detail in runs(page, CHOOSE, RUN, count) if detail["steps"]]
    if not found:
        raise SystemExit("No step was computed, so nothing was measured.")
    return median(duration / steps for duration, steps in found)


def figures(browser: Browser, address: str, count: int = 40) -> list[Figure]:
    """Another step looked at, and a step of the greedy search and of a beam."""
    page, found = open_explorer(browser, f"{address}/{PAGE}", TITLE)
    type_sentence(page)
    greedy = a_step(page, 12)
    found += redraws(page, f"{TITLE}, {TOKENS} tokens, another step looked at", LOOK, count)
    page.locator("input[value=beam]").first.check(force=True)
    page.wait_for_timeout(2000)
    beam = a_step(page, 12)
    found += [
        Figure(f"{TITLE}: a greedy step", greedy, "ms", 100),
        Figure(f"{TITLE}: a step of the beam", beam, "ms", 100),
        at_work(page, TITLE),
    ]
    page.close()
    return found
