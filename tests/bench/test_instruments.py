"""The benchmark's instruments notice what they are there for: slow updates, late paint, heavy pages, broken budgets."""

from pathlib import Path
from statistics import median

import pytest

from bench.browser import Measured, Times, cold_load, measure_updates, page_weight
from bench.report import Figure, percentile, table
from find_browser import open_browser

PAGE = """
<!doctype html>
<title>planted</title>
<input type="range" min="0" max="100">
<p>text</p>
<script type="module">
  const slider = document.querySelector("input");
  slider.addEventListener("input", () => {
    requestAnimationFrame(() => { document.querySelector("p").textContent = slider.value; });
  });
  const start = performance.now();
  performance.measure("attn:update", { start });
</script>
"""
MOVE = """
(step) => {
  const slider = document.querySelector("input");
  slider.value = step;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}
"""
BUSY = "const busy = () => { const end = performance.now() + 20; while (performance.now() < end); };"
PLANTED_MILLISECONDS = 20
# Places where a slow line can hide, and the two measures: each sees most of them, together they see all.
PLANTED = {
    "listener": "addEventListener('input', busy, true);",
    "redraw": "addEventListener('input', () => requestAnimationFrame(busy), true);",
    "timer": "addEventListener('input', () => setTimeout(busy), true);",
    "microtask": "addEventListener('input', () => Promise.resolve().then(busy), true);",
}
SEEN = {
    "counted": ("listener", "redraw", "timer"),
    "worked": ("listener", "redraw", "microtask"),
}


@pytest.fixture(scope="module")
def opened():
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(PAGE)
    return path.as_uri()


def measured(browser, address: str, init_script: str = "", dispatch: str = MOVE) -> Measured:
    page = browser.new_page()
    page.add_init_script(init_script)
    page.goto(address)
    found = measure_updates(page, dispatch, 15)
    page.close()
    return found


@pytest.mark.parametrize("place", PLANTED)
def test_a_slow_update_is_noticed_wherever_it_hides(opened, address, place):
    usual = measured(opened, address)
    slow = measured(opened, address, f"{BUSY}\n{PLANTED[place]}")
    for measure in (measure for measure, places in SEEN.items() if place in places):
        difference = median(getattr(slow.update, measure)) - median(getattr(usual.update, measure))
        # A busy machine gives the loop less than its 20 ms of processor time.
        assert difference > PLANTED_MILLISECONDS / 2, measure
        assert median(getattr(slow.empty, measure)) < PLANTED_MILLISECONDS / 2, measure


def test_the_cost_of_measuring_is_taken_off():
    measured = Measured(update=Times([5.0, 9.0, 1.0], [], []), empty=Times([2.0, 1.5, 30.0], [], []))
    assert measured.script() == [3.0, 7.0, 0.0]


def test_a_late_paint_is_noticed(opened, address):
    busy = "() => { const end = performance.now() + 60; while (performance.now() < end); }"
    late = measured(opened, address, dispatch=busy)
    assert median(late.update.painted) > median(late.empty.painted) + 20


def test_a_late_widget_is_noticed(opened, tmp_path):
    path = tmp_path / "late.html"
    path.write_text(PAGE.replace("const start", "await new Promise((r) => setTimeout(r, 300));\n const start"))
    paint, usable = cold_load(opened, path.as_uri())
    assert usable > 300
    assert paint < usable


def test_the_weight_of_a_page_counts_every_file_it_fetches(opened, tmp_path):
    noise = "".join(f"{number * 2654435761 % 2**32:08x}" for number in range(20_000))
    (tmp_path / "heavy.js").write_text(f"// {noise}")
    (tmp_path / "page.html").write_text('<script src="heavy.js"></script>')
    weights = page_weight(opened, (tmp_path / "page.html").as_uri())
    assert {Path(path).name for path in weights} == {"page.html", "heavy.js"}
    heavy = next(weight for path, weight in weights.items() if path.endswith("heavy.js"))
    assert 20_000 < heavy < len(noise)


def test_a_broken_budget_is_said():
    figures = [Figure("kept", 8.0, "ms", 8.0), Figure("broken", 8.1, "ms", 8.0), Figure("stated", 99.0, "s")]
    assert [figure.verdict for figure in figures] == ["OK", "OVER", ""]
    lines = table(figures).splitlines()
    assert lines[1].endswith("OK")
    assert lines[2].endswith("OVER")
    assert lines[3].endswith("99 s")


def test_the_percentile_is_a_value_that_was_measured():
    assert percentile([float(value) for value in range(1, 101)], 0.95) == 95.0
    assert percentile([3.0], 0.95) == 3.0
    assert percentile([1.0, 2.0, 30.0], 0.95) == 30.0
