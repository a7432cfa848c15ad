"""What the explorers of chapters 6 to 9 are asked alike: how they open, redraw and answer, in the real page."""

from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page

from bench.models import opened
from bench.report import Figure, percentile
from bench.widget import SLOWEST, redrawn_updates

REDRAW_BUDGET = 30  # ms of scripts after any change, at 20 tokens
TASK_BUDGET = 50  # ms that one script may keep a reader's input waiting
# Press, and wait until what is marked as busy was busy and no longer is.
TIME_ANSWER = """
async ([press, step, place, patience]) => {
  const answer = document.querySelector(place);
  const answered = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${patience} ms`)), patience);
    let isAsked = false;
    const look = (_, observer) => {
      const isBusy = answer.getAttribute("aria-busy") === "true";
      if (isAsked && !isBusy) {
        observer.disconnect();
        resolve(performance.now());
      }
      isAsked ||= isBusy;
    };
    new MutationObserver(look).observe(answer, { attributeFilter: ["aria-busy"] });
  });
  const pressed = performance.now();
  (0, eval)(press)(step);
  return (await answered) - pressed;
}
"""
# The views of models leave a measure for each run, from the wish to the numbers.
RUNS = "(measure) => performance.getEntriesByName(measure).map(({ duration, detail }) => [duration, detail])"
PATIENCE = 20_000  # ms: who has not answered by then never will


def open_explorer(browser: Browser, address: str, title: str) -> tuple[Page, list[Figure]]:
    """A page with its widget, and what opening it cost: our longest script, and the longest task with the layout."""
    page = opened(browser, address)
    page.wait_for_timeout(1000)  # what opening sets off later is over
    longest = page.evaluate("longest")
    page.evaluate("longest = { task: 0, script: 0 }")
    return page, [
        Figure(f"{title}: longest script until it stands", longest["script"], "ms", TASK_BUDGET),
        Figure(f"{title}: longest task until it stands, with the browser's layout", longest["task"], "ms"),
    ]


def redraws(page: Page, title: str, dispatch: str, count: int) -> list[Figure]:
    """Script time of what ``dispatch``, a JavaScript function of the step, sets off."""
    script = redrawn_updates(page, dispatch, count).script()
    return [
        Figure(f"{title}: scripts, median", median(script), "ms", REDRAW_BUDGET),
        Figure(f"{title}: scripts, 95th percentile", percentile(script, SLOWEST), "ms", REDRAW_BUDGET),
    ]


def answers(page: Page, press: str, place: str, count: int) -> list[float]:
    """Milliseconds from each press to its answer: ``press`` is a JavaScript function, ``place`` says ``aria-busy``."""
    times = [page.evaluate(TIME_ANSWER, [press, step, place, PATIENCE]) for step in range(count + 1)]
    return times[1:]  # the first one fetched the model


def runs(page: Page, press: str, measure: str, count: int) -> list[tuple[float, Any]]:
    """Milliseconds of the run of a model that each press sets off, and what its view notes of it."""
    page.evaluate("performance.clearMeasures()")
    for step in range(count + 1):
        page.evaluate(f"({press.strip()})({step})")
        page.wait_for_function(f"performance.getEntriesByName({measure!r}).length > {step}", timeout=PATIENCE)
    return [(duration, detail) for duration, detail in page.evaluate(RUNS, measure)][1:]


def at_work(page: Page, title: str) -> Figure:
    """The longest task since the page stood."""
    return Figure(f"{title}: longest task at work", page.evaluate("longest.task"), "ms", TASK_BUDGET)
