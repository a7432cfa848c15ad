"""The explorer of masks in the built book: painting, presets, faults, the model's next token, the keyboard.

Nothing here depends on what a model says: what stands on screen is compared with what the package computes.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from book_visit import Visit
from playwright.sync_api import expect

from attnlab.widgets import MaskExplorer

PAGE = "notebooks/masking.html"
WIDGET = "attn-widget[data-widget-id=opening]"
Open = Callable[..., Visit]


class Explorer:
    """The widget on a page that is open."""

    def __init__(self, found: Visit) -> None:
        self.found, self.page = found, found.page
        self.root = found.page.locator(WIDGET)
        self.text = self.root.locator("input[type=text]")
        self.line = self.root.locator(".attn-load-line")
        self.under = self.root.locator(".attn-msk-column").nth(1)

    def cell(self, row: int, column: int) -> Any:
        return self.root.locator("[role=grid] tbody tr").nth(row).locator("td").nth(column)

    def select(self, name: str, value: str) -> None:
        self.root.get_by_role("combobox", name=name, exact=True).select_option(value)

    def done(self) -> None:
        expect(self.under).to_have_attribute("aria-busy", "false", timeout=20_000)

    def saved(self) -> dict[str, Any]:
        tools = self.root.locator(".attn-tools")
        if not tools.locator(".attn-exports").is_visible():
            tools.get_by_role("button", name="Export").click()
        with self.page.expect_download() as download:
            tools.get_by_role("button", name="All numbers as JSON").click()
        found: dict[str, Any] = json.loads(Path(download.value.path()).read_text("utf-8"))
        return found

    def agrees(self, widget: MaskExplorer) -> None:
        """The screen's numbers are the package's."""
        self.done()
        found = self.saved()
        assert found["query_tokens"] == list(widget.query_tokens)
        assert found["key_tokens"] == list(widget.key_tokens)
        assert found["mask"] == widget.mask.astype(int).tolist()
        for name in ("scores", "masked_scores", "weights"):
            shown = np.array([[float(str(cell).replace("Infinity", "inf")) for cell in row] for row in found[name]])
            np.testing.assert_allclose(shown, getattr(widget, name), atol=2e-3)
        assert [one["text"] for one in found["candidates"]][:2] == [token for token, _ in widget.candidates][:2]
        np.testing.assert_allclose(
            [one["probability"] for one in found["candidates"]], [p for _, p in widget.candidates], atol=2e-3
        )


@pytest.fixture
def explorer(visit: Open) -> Explorer:
    return Explorer(visit(PAGE))


def test_the_worked_example_needs_no_model(explorer: Explorer) -> None:
    explorer.agrees(MaskExplorer())
    expect(explorer.line).to_contain_text("A worked example")
    assert not [one for one in explorer.found.responses if "/assets/models-" in one.url]
    assert explorer.page.workers == []
    assert explorer.found.complaints == []


def test_the_screen_would_not_agree_with_another_mask(explorer: Explorer) -> None:
    with pytest.raises(AssertionError):
        explorer.agrees(MaskExplorer(preset="window"))


@pytest.mark.parametrize("preset", ["padding", "prefix", "window", "cross", "none"])
def test_a_preset_is_what_python_has(explorer: Explorer, preset: str) -> None:
    explorer.select("Mask", preset)
    explorer.agrees(MaskExplorer(preset=preset))
    assert explorer.found.complaints == []


@pytest.mark.parametrize("fault", ["inverted", "wrong-axis", "empty-row", "half-precision"])
def test_a_fault_is_what_python_has(explorer: Explorer, fault: str) -> None:
    explorer.select("What is wrong", fault)
    explorer.agrees(MaskExplorer(fault=fault))


def test_a_cell_is_painted_and_taken_back(explorer: Explorer) -> None:
    explorer.cell(7, 2).click()
    mask = np.tril(np.ones((8, 8), dtype=bool))
    mask[7, 2] = False
    explorer.agrees(MaskExplorer(mask=mask))
    explorer.root.get_by_role("button", name="Undo").click()
    explorer.agrees(MaskExplorer())


def test_a_stroke_paints_what_it_passes(explorer: Explorer) -> None:
    explorer.cell(5, 1).scroll_into_view_if_needed()
    start, end = (explorer.cell(5, column).bounding_box() for column in (1, 4))
    assert start is not None
    assert end is not None
    middle = start["y"] + start["height"] / 2
    explorer.page.mouse.move(start["x"] + 5, middle)
    explorer.page.mouse.down()
    explorer.page.mouse.move(end["x"] + 5, middle, steps=24)
    explorer.page.mouse.up()
    expect(explorer.root.locator("[role=grid] tbody tr").nth(5).locator("td[aria-selected=true]")).to_have_count(2)


def test_the_keyboard_does_all_of_it(explorer: Explorer) -> None:
    explorer.root.locator("[role=grid] td[tabindex='0']").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Space"):
        explorer.page.keyboard.press(key)
    expect(explorer.cell(1, 2)).to_have_attribute("aria-selected", "true")
    explorer.page.keyboard.press("r")
    explorer.done()
    assert explorer.saved()["mask"][1] == [1] * 8
    assert explorer.found.complaints == []


def test_the_readers_own_text(explorer: Explorer) -> None:
    explorer.text.fill("The river is")
    expect(explorer.root.locator("[role=grid] tbody th")).to_have_count(4, timeout=20_000)
    explorer.agrees(MaskExplorer("The river is"))
    explorer.root.locator("input[value=training]").check(force=True)
    expect(explorer.root.locator(".attn-msk-training tbody tr")).to_have_count(3, timeout=20_000)


BAD = {
    "markup": "<b>bold</b></script>",
    "emoji": "🍎🍌",
    "long": "the sea " * 1300,
    "empty": "",
}


@pytest.mark.parametrize("name", BAD)
def test_whatever_is_typed(explorer: Explorer, name: str) -> None:
    explorer.text.fill(BAD[name])
    expect(explorer.line).not_to_contain_text("A worked example", timeout=20_000)
    expect(explorer.line.locator("p")).not_to_be_empty(timeout=20_000)
    assert explorer.text.input_value() == BAD[name]
    assert explorer.root.locator("b").count() == 0
    assert explorer.found.complaints == []


def test_a_mystery_is_solved(explorer: Explorer) -> None:
    explorer.root.get_by_role("button", name="Find the fault").click()
    expect(explorer.root.locator("[role=grid]")).to_be_hidden()
    feedback = explorer.root.locator(".attn-msk-feedback")
    for answer, said in (("empty-row", "Not this."), ("inverted", "Right.")):
        explorer.root.locator(f".attn-msk-case input[value='{answer}']").check(force=True)
        expect(feedback).to_contain_text(said)
    explorer.root.get_by_role("button", name="Back to the mask").click()
    expect(explorer.root.locator("[role=grid]")).to_be_visible()


def test_a_link_brings_the_mask_back(explorer: Explorer, visit: Open) -> None:
    explorer.select("Mask", "window")
    explorer.cell(6, 0).click()
    explorer.page.wait_for_function("location.hash.includes('own')")
    again = Explorer(visit(PAGE + explorer.page.evaluate("location.hash")))
    expect(again.cell(6, 0)).to_have_attribute("aria-selected", "true")
    expect(again.cell(6, 1)).to_have_attribute("aria-selected", "false")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
@pytest.mark.parametrize("view", ["steps", "graph", "training"])
def test_it_is_accessible_and_not_too_wide(visit: Open, scheme: str, width: int, view: str) -> None:
    explorer = Explorer(visit(PAGE, scheme=scheme, width=width))
    explorer.root.locator(f"input[value={view}]").check(force=True)
    assert explorer.found.too_wide() == []
    assert explorer.found.accessibility_violations() == []
    assert explorer.found.complaints == []
