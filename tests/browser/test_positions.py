"""The explorer of positions in the built book: sliders, clocks, words that are moved, six schemes, the keyboard.

What stands on screen is compared with what the package computes.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from book_visit import Visit
from playwright.sync_api import expect

from attnlab.widgets import PositionExplorer

PAGE = "notebooks/positional_encoding.html"
WIDGET = "attn-widget[data-widget-id=opening]"
VIEWS = ("encoding", "sum", "shuffle", "schemes")
SCHEMES = ("sinusoidal", "learned", "shaw", "t5", "rotary", "alibi")
NUMBERS = ("encoding", "angles", "dot_products", "sum_vectors", "weights", "outputs", "changes", "pattern")
SHIFTS = """
() => {
  window.shifts = [];
  const note = (list) => list.getEntries().forEach((entry) => {
    if (!entry.hadRecentInput) window.shifts.push(entry.value);
  });
  new PerformanceObserver(note).observe({ type: "layout-shift", buffered: true });
}
"""
Open = Callable[..., Visit]


class Explorer:
    """The widget on a page that is open."""

    def __init__(self, found: Visit) -> None:
        self.found, self.page = found, found.page
        self.root = found.page.locator(WIDGET)
        self.text = self.root.locator("input[type=text]")
        self.verdict = self.root.locator(".attn-pos-verdict")
        self.words = self.root.locator(".attn-pos-chips .attn-face")
        self.formula = self.root.locator(".attn-pos-formula >> visible=true")

    def view(self, name: str) -> None:
        self.root.locator(f"input[value={name}]").first.check(force=True)
        expect(self.root.locator(f".attn-pos-{name}")).to_be_visible()

    def slide(self, name: str, *keys: str) -> None:
        slider = self.root.get_by_role("slider", name=name, exact=True).and_(self.root.locator("input:visible"))
        for key in keys:
            slider.press(key)

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).click()

    def saved(self) -> dict[str, Any]:
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        tools = self.root.locator(".attn-tools")
        if not tools.locator(".attn-exports").is_visible():
            tools.get_by_role("button", name="Export").click()
        with self.page.expect_download() as download:
            tools.get_by_role("button", name="All numbers, JSON").click()
        found: dict[str, Any] = json.loads(Path(download.value.path()).read_text("utf-8"))
        return found

    def agrees(self, widget: PositionExplorer) -> None:
        """The screen's numbers are the package's."""
        found = self.saved()
        assert found["tokens"] == widget.labels
        assert found["order"] == widget.places
        for scheme, shares in widget.accuracy.items():
            np.testing.assert_array_equal(np.array(found["accuracy"][scheme], dtype=float), shares, err_msg=scheme)
        for name in NUMBERS:
            shown = np.array(found[name], dtype=float)  # "NaN" too
            np.testing.assert_allclose(shown, getattr(widget, name), atol=5e-5, rtol=1e-5, err_msg=name)
        assert found["change"] == pytest.approx(widget.change, abs=5e-5)


@pytest.fixture
def explorer(visit: Open) -> Explorer:
    return Explorer(visit(PAGE))


def test_the_page_opens_with_what_python_has(explorer: Explorer) -> None:
    expect(explorer.root.locator(".attn-pos-clock:visible")).to_have_count(16)
    explorer.agrees(PositionExplorer())
    assert not [one for one in explorer.found.responses if ".safetensors" in one.url]
    assert explorer.found.complaints == []


OTHERS: dict[str, dict[str, Any]] = {
    "another width": {"width": 30},
    "another base": {"base": 5000},
    "another length": {"length": 47},
    "another position": {"position": 11},
    "another word": {"token": 0},
    "another order": {"order": "1,0,2,3,4"},
    "positions off": {"positions": False, "order": "4,1,2,3,0"},
    "another way": {"added": "alibi"},
    "another scheme": {"scheme": "rotary"},
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_screen_would_not_agree_with_another_state(explorer: Explorer, name: str) -> None:
    with pytest.raises(AssertionError):
        explorer.agrees(PositionExplorer(**OTHERS[name]))


def test_sliders_are_what_python_has(explorer: Explorer) -> None:
    explorer.slide("Width", "ArrowRight", "ArrowRight")
    explorer.slide("Base", "Home", "ArrowRight")
    explorer.slide("Positions", "End")
    explorer.slide("Position", "PageUp", "ArrowLeft")
    found = explorer.saved()
    assert (found["width"], found["base"], found["length"]) == (36, 5, 128)
    assert found["position"] > 10
    explorer.agrees(PositionExplorer(width=36, base=5, length=128, position=found["position"]))
    explorer.slide("Positions", "Home")  # 8 of them: the position looked at is the last
    expect(explorer.root.locator(".attn-pos-title").nth(1)).to_have_text("The clocks of position 7")
    explorer.agrees(PositionExplorer(width=36, base=5, length=8, position=7))


def test_the_arithmetic_is_that_of_the_numbers(explorer: Explorer) -> None:
    widget = PositionExplorer()
    entry, product = widget.encoding[10, 0], widget.dot_products[13]
    expect(explorer.formula.first).to_contain_text(f"= {entry:.4f}".replace("-", "−"))
    expect(explorer.formula.nth(1)).to_contain_text(f"= {product:.4f}")
    curve = explorer.root.get_by_role("slider", name="Other position")
    curve.press("ArrowLeft")
    expect(explorer.formula.nth(1)).to_contain_text(f"= {widget.dot_products[12]:.4f}")
    curve.press("Enter")
    expect(explorer.formula.nth(1)).to_contain_text("p12 · p10")
    picture = explorer.root.locator(".attn-pos-encoding .attn-attention-map")
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown"):
        picture.press(key)
    expect(explorer.formula.first).to_contain_text(
        f"Position 1, entry 2: sin(1 / 10,0002/32) = sin(0.5623) = {0.5332:.4f}"
    )
    picture.press("Enter")
    explorer.agrees(PositionExplorer(position=1, pair=1))


def test_a_clock_is_picked_with_the_keyboard(explorer: Explorer) -> None:
    clocks = explorer.root.locator(".attn-pos-clock input")
    clocks.first.focus()
    explorer.page.keyboard.press("ArrowRight")
    expect(clocks.nth(1)).to_be_checked()
    expect(explorer.root.locator(".attn-pos-said").first).to_contain_text("Pair 1 (entries 2 and 3)")
    assert explorer.saved()["pair"] == 1


def test_the_picture_is_walked_with_the_pointer(explorer: Explorer) -> None:
    picture = explorer.root.locator(".attn-pos-encoding .attn-attention-map")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    explorer.page.mouse.move(box["x"] + 150, box["y"] + 150)
    expect(explorer.formula.first).not_to_contain_text("Position 10,")
    explorer.page.mouse.click(box["x"] + 150, box["y"] + 150)
    found = explorer.saved()
    assert found["position"] != 10
    explorer.agrees(PositionExplorer(position=found["position"], pair=found["pair"]))


def test_the_sum_is_what_python_has(explorer: Explorer) -> None:
    explorer.view("sum")
    explorer.words.nth(4).click()
    widget = PositionExplorer(token=4)
    explorer.agrees(widget)
    word, position, total = widget.sum_vectors
    lengths = [np.linalg.norm(row) for row in (word, position, total)]
    cosine = word @ total / lengths[0] / lengths[2]
    expect(explorer.root.locator(".attn-pos-numbers td")).to_have_text([f"{one:.3f}" for one in (*lengths, cosine)])
    explorer.slide("Pair", "ArrowRight", "ArrowRight")
    for entry in (4, 5):
        expect(explorer.formula).to_contain_text(f"= {total[entry]:.3f}".replace("-", "−"))
    explorer.root.get_by_role("switch", name="Positions on").uncheck(force=True)
    explorer.agrees(PositionExplorer(token=4, positions=False))


def test_without_positions_the_outputs_are_only_permuted(explorer: Explorer) -> None:
    explorer.view("shuffle")
    expect(explorer.verdict).to_contain_text("as they were typed")
    explorer.press("Shuffle")
    expect(explorer.verdict).to_contain_text("order matters")
    order = explorer.saved()["order"]
    assert sorted(order) == [0, 1, 2, 3, 4]
    assert order != [0, 1, 2, 3, 4]
    explorer.agrees(PositionExplorer(order=order))
    explorer.root.get_by_role("switch", name="Positions on").uncheck(force=True)
    expect(explorer.verdict).to_contain_text("only permuted")
    assert explorer.saved()["change"] < 1e-6
    explorer.agrees(PositionExplorer(order=order, positions=False))
    explorer.press("Original order")
    assert explorer.saved()["order"] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("added", ["sinusoidal", "rotary", "alibi"])
def test_each_way_tells_the_order(explorer: Explorer, added: str) -> None:
    explorer.view("shuffle")
    explorer.root.locator(f".attn-pos-settings input[value={added}]").check(force=True)
    explorer.words.nth(4).drag_to(explorer.words.nth(0), target_position={"x": 4, "y": 15})
    expect(explorer.words).to_have_text(["0man", "1the", "2dog", "3bites", "4the"])
    expect(explorer.verdict).to_contain_text("order matters")
    explorer.agrees(PositionExplorer(order=[4, 0, 1, 2, 3], token=4, added=added))


def test_a_word_is_moved_with_the_keyboard(explorer: Explorer) -> None:
    explorer.view("shuffle")
    explorer.root.locator(".attn-pos-chips button").nth(1).focus()
    explorer.page.keyboard.press("Alt+ArrowRight")
    expect(explorer.words).to_have_text(["0the", "1bites", "2dog", "3the", "4man"])
    explorer.page.keyboard.press("Alt+ArrowRight")
    expect(explorer.words).to_have_text(["0the", "1bites", "2the", "3dog", "4man"])
    explorer.agrees(PositionExplorer(order=[0, 2, 3, 1, 4]))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_scheme_is_what_python_has(explorer: Explorer, scheme: str) -> None:
    explorer.view("schemes")
    explorer.root.locator(f".attn-pos-schemes input[value={scheme}]").check(force=True)
    explorer.slide("Positions", "End")
    widget = PositionExplorer(scheme=scheme, length=128)
    explorer.agrees(widget)
    expect(explorer.root.locator(".attn-pos-beyond")).to_have_attribute("data-beyond", "")
    score = explorer.root.get_by_role("slider", name="Key position")
    score.press("End")
    value = widget.pattern[10, 127]
    said = "no number" if np.isnan(value) else f"distance +117: {'−' if value < 0 else ''}"
    expect(explorer.formula).to_contain_text(said)
    share = widget.accuracy[scheme][-1]
    longest = ": Learned –" if np.isnan(share) else f"{100 * share:.0f}%"
    expect(explorer.root.locator(".attn-pos-shares")).to_contain_text(longest)
    explorer.slide("Positions", "Home")
    expect(explorer.root.locator(".attn-pos-beyond")).not_to_have_attribute("data-beyond", "")
    if scheme in {"shaw", "t5", "alibi"}:
        explorer.slide("Head", "ArrowRight")
        explorer.agrees(PositionExplorer(scheme=scheme, length=8, head=1))
    assert explorer.found.complaints == []


def test_the_readers_own_text(explorer: Explorer) -> None:
    explorer.view("shuffle")
    text = "a zebra sleeps under the tree"
    widget = PositionExplorer(text)
    explorer.text.fill(text)
    expect(explorer.words).to_have_count(len(widget.labels), timeout=20_000)
    assert widget.labels[-1] == "tree"
    expect(explorer.words.last).to_have_text(f"{len(widget.labels) - 1}tree")
    explorer.press("Shuffle")
    order = explorer.saved()["order"]
    explorer.agrees(PositionExplorer(text, order=order))
    assert explorer.found.complaints == []


BAD = {
    "markup": "<b>bold</b></script>",
    "emoji": "🍎🍌",
    "long": "the sea " * 30,
    "too long": "the sea " * 90,
    "empty": "",
}


@pytest.mark.parametrize("name", BAD)
def test_whatever_is_typed(explorer: Explorer, name: str) -> None:
    explorer.view("shuffle")
    line = explorer.root.locator(".attn-hint")
    before = line.inner_text()
    explorer.text.fill(BAD[name])
    expect(explorer.words.first if BAD[name] else line).not_to_have_text("0the" if name == "markup" else "—")
    expect(line).not_to_have_text("Loading", timeout=20_000)
    expect(line).not_to_be_empty()
    if name != "markup":
        expect(line).not_to_have_text(before, timeout=20_000)
    assert explorer.text.input_value() == BAD[name]
    assert explorer.root.locator("b").count() == 0
    assert explorer.words.count() <= 12
    assert explorer.found.complaints == []


def test_a_link_brings_the_state_back_and_reset_the_example(explorer: Explorer, visit: Open) -> None:
    explorer.view("shuffle")
    explorer.press("Swap two")
    order = explorer.saved()["order"]
    explorer.page.wait_for_function("location.hash.includes('order')")
    again = Explorer(visit(PAGE + explorer.page.evaluate("location.hash")))
    expect(again.root.locator(".attn-pos-shuffle")).to_be_visible()
    again.agrees(PositionExplorer(order=order))
    again.press("Reset")
    expect(again.root.locator(".attn-pos-encoding")).to_be_visible()
    again.agrees(PositionExplorer())
    again.page.wait_for_function("!location.hash.includes('order')")


BROKEN_LINKS = {
    "another number of words": "order=2,1,0",
    "no permutation": "order=0,0,1,2,3",
    "an odd width": "width=33",
    "no such scheme": "scheme=magic",
    "markup": "text=%3Cb%3Ex",
}


@pytest.mark.parametrize("name", BROKEN_LINKS)
def test_a_link_that_asks_for_nonsense_leaves_a_widget(visit: Open, name: str) -> None:
    explorer = Explorer(visit(f"{PAGE}#attn&opening.{BROKEN_LINKS[name]}"))
    expect(explorer.root.locator(".attn-pos-encoding")).to_be_visible()
    assert explorer.root.locator("b").count() == 0
    assert explorer.found.complaints == []


def heights(explorer: Explorer) -> set[int]:
    return {explorer.root.evaluate("(root) => root.offsetHeight")}


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_jumps(visit: Open, width: int) -> None:
    explorer = Explorer(visit(PAGE, width=width))
    explorer.page.evaluate(SHIFTS)
    row = explorer.root.locator(".attn-pos-views")
    tops = set()
    for view in VIEWS:
        explorer.view(view)
        tops.add(row.evaluate("(row) => row.getBoundingClientRect().top + window.scrollY"))
    assert len(tops) == 1, f"the choice of views moves: {tops}"
    explorer.view("schemes")
    found: set[int] = set()
    for scheme in SCHEMES:
        explorer.root.locator(f".attn-pos-schemes input[value={scheme}]").check(force=True)
        explorer.slide("Positions", "Home")
        found |= heights(explorer)
        explorer.slide("Positions", "End")
        found |= heights(explorer)
    assert len(found) == 1, f"the schemes have heights {found}"
    explorer.view("encoding")
    found = heights(explorer)
    for name in ("Width", "Base", "Positions", "Position"):
        for key in ("Home", "End"):
            explorer.slide(name, key)
            found |= heights(explorer)
    assert len(found) == 1, f"the encoding has heights {found}"
    assert sum(explorer.page.evaluate("window.shifts")) < 0.02


def test_a_page_that_jumps_is_caught(visit: Open) -> None:
    explorer = Explorer(visit(PAGE))
    explorer.page.evaluate(SHIFTS)
    explorer.page.wait_for_timeout(600)  # what moves right after a key or a click is expected to move
    explorer.page.locator("h1").evaluate("(title) => { title.style.marginTop = '200px'; }")
    explorer.page.wait_for_function("window.shifts.reduce((sum, shift) => sum + shift, 0) > 0.02")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
@pytest.mark.parametrize("view", VIEWS)
def test_it_is_accessible_and_not_too_wide(visit: Open, scheme: str, width: int, view: str) -> None:
    explorer = Explorer(visit(PAGE, scheme=scheme, width=width))
    explorer.view(view)
    assert explorer.found.too_wide() == []
    assert explorer.found.accessibility_violations() == []
    assert explorer.found.complaints == []
