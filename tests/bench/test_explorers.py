"""The instruments that the explorers share notice slow redraws, late answers and busy openings."""

import threading
from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import Browser, Page

from bench.explorer import TASK_BUDGET, answers, at_work, open_explorer, redraws, runs
from bench.report import Figure
from build_book import server
from find_browser import open_browser

PLANTED_MILLISECONDS = 60
# A widget with a button: it redraws, is busy for a while, and answers. BUSY and SCRIPT are what is planted.
PAGE = """
<!doctype html>
<title>planted</title>
<button>press</button>
<output aria-busy="false"></output>
<script defer src="_static/attnlab/page.js"></script>
"""
MODULE = """
const busyFor = (milliseconds) => { const end = performance.now() + milliseconds; while (performance.now() < end); };
busyFor(OPENING);
const output = document.querySelector("output");
document.querySelector("button").addEventListener("click", () => {
  requestAnimationFrame(() => {
    const start = performance.now();
    busyFor(REDRAW);
    output.setAttribute("aria-busy", "true");
    performance.measure("attn:update", { start });
    setTimeout(() => {
      output.setAttribute("aria-busy", "false");
      performance.measure("attn:model:planted", { start, detail: { steps: 3 } });
    }, ANSWER);
  });
});
"""
PRESS = "() => document.querySelector('button').click()"


@pytest.fixture(scope="module")
def opened():
    with open_browser() as browser:
        yield browser


def visit(browser: Browser, folder: Path, **planted: int) -> tuple[Page, list[Figure]]:
    """The page with so many milliseconds planted at one of its three places."""
    module = MODULE
    for place in ("opening", "redraw", "answer"):
        module = module.replace(place.upper(), str(planted.get(place, 0)))
    (folder / "_static" / "attnlab").mkdir(parents=True)
    (folder / "_static" / "attnlab" / "page.js").write_text(module)
    (folder / "page.html").write_text(PAGE)
    with server(folder, 0) as running:  # what a script from a file took, the browser does not tell
        threading.Thread(target=running.serve_forever, daemon=True).start()
        found = open_explorer(browser, f"http://127.0.0.1:{running.server_port}/page.html", "planted")
        running.shutdown()
    return found


def value(figures: list[Figure], part: str) -> float:
    (found,) = (figure.value for figure in figures if part in figure.name)
    return found


def test_a_quiet_page_keeps_its_budgets(opened: Browser, tmp_path: Path) -> None:
    page, opening = visit(opened, tmp_path)
    assert value(opening, "longest script") == 0
    assert [figure.verdict for figure in redraws(page, "planted", PRESS, 8)] == ["OK", "OK"]
    assert median(answers(page, PRESS, "output", 5)) < PLANTED_MILLISECONDS
    page.close()


def test_a_busy_opening_is_noticed(opened: Browser, tmp_path: Path) -> None:
    page, opening = visit(opened, tmp_path, opening=TASK_BUDGET + PLANTED_MILLISECONDS)
    assert value(opening, "longest script") > TASK_BUDGET
    assert opening[0].verdict == "OVER"
    page.close()


def test_a_slow_redraw_is_noticed(opened: Browser, tmp_path: Path) -> None:
    page, _ = visit(opened, tmp_path, redraw=PLANTED_MILLISECONDS)
    assert [figure.verdict for figure in redraws(page, "planted", PRESS, 8)] == ["OVER", "OVER"]
    assert at_work(page, "planted").verdict == "OVER"
    page.close()


def test_a_late_answer_is_noticed(opened: Browser, tmp_path: Path) -> None:
    page, _ = visit(opened, tmp_path, answer=2 * PLANTED_MILLISECONDS)
    assert min(answers(page, PRESS, "output", 5)) > 2 * PLANTED_MILLISECONDS - 1
    found = runs(page, PRESS, "attn:model:planted", 5)
    assert min(duration for duration, _ in found) > 2 * PLANTED_MILLISECONDS - 1
    assert [detail for _, detail in found] == 5 * [{"steps": 3}]
    page.close()


def test_a_control_that_redraws_nothing_is_noticed(opened: Browser, tmp_path: Path) -> None:
    page, _ = visit(opened, tmp_path)
    with pytest.raises(SystemExit, match="nothing was measured"):
        redraws(page, "planted", "() => {}", 4)
    page.close()
