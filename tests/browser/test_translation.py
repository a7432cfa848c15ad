"""The explorer of translation in the built book: step by step, other choices, beam, sampling, overwritten rows.

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

from attnlab.widgets import TranslationExplorer

PAGE = "notebooks/cross_attention.html"
Open = Callable[..., Visit]


class Explorer:
    """The widget on a page that is open."""

    def __init__(self, found: Visit) -> None:
        self.found, self.page = found, found.page
        self.root = found.page.locator("attn-widget[data-widget-id=opening]")
        self.text = self.root.locator(".attn-input-row .attn-input")
        self.said = self.root.locator(".attn-trl-text")
        self.count = self.root.locator(".attn-trl-count")
        self.tokens = self.root.locator(".attn-trl-token")

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).click()

    def done(self) -> None:
        expect(self.root.locator(".attn-trl-outcome[aria-busy=false]")).to_be_attached(timeout=20_000)

    def numbers(self) -> dict[str, Any]:
        tools = self.root.locator(".attn-tools")
        if not tools.locator(".attn-exports").is_visible():
            tools.get_by_role("button", name="Export").click()
        with self.page.expect_download() as download:
            tools.get_by_role("button", name="All numbers, JSON").click()
        found: dict[str, Any] = json.loads(Path(download.value.path()).read_text("utf-8"))
        return found


def agrees(explorer: Explorer, widget: TranslationExplorer) -> None:
    """The screen has the text, and the numbers are the package's."""
    expect(explorer.said).to_have_text(widget.translation, timeout=20_000)
    steps = len(widget.tree)  # a beam goes on until no text in it can still win: it has more steps than its text
    expect(explorer.count).to_contain_text(f"Step {steps} of {steps}", timeout=20_000)
    explorer.done()
    found = explorer.numbers()
    assert found["tokens"] == list(widget.tokens)
    np.testing.assert_allclose(found["probabilities"], widget.probabilities, atol=1e-3)


@pytest.fixture
def explorer(visit: Open) -> Explorer:
    return Explorer(visit(PAGE))


def test_the_worked_example_needs_no_model(explorer: Explorer) -> None:
    agrees(explorer, TranslationExplorer())
    assert not [one for one in explorer.found.responses if "/assets/models-" in one.url]
    assert explorer.page.workers == []
    assert explorer.found.complaints == []


def test_the_screen_would_not_agree_with_another_choice(explorer: Explorer) -> None:
    with pytest.raises(AssertionError):
        agrees(explorer, TranslationExplorer(forced={0: "I"}))


def test_step_by_step_the_text_grows(explorer: Explorer) -> None:
    explorer.press("Start again")
    expect(explorer.count).to_contain_text("Step 0 of")
    for count in (1, 2, 3):
        explorer.press("Step")
        expect(explorer.count).to_contain_text(f"Step {count} of")
        expect(explorer.tokens).to_have_count(count + 1)  # and the one to come
    explorer.press("Back")
    expect(explorer.count).to_contain_text("Step 2 of")
    explorer.press("Run to the end")
    expect(explorer.said).to_have_text(TranslationExplorer().translation)
    assert explorer.found.complaints == []


def test_another_choice_changes_what_follows(explorer: Explorer) -> None:
    explorer.tokens.first.click()
    other = explorer.root.locator(".attn-trl-candidate").nth(1)
    other.click()
    explorer.done()
    explorer.press("Run to the end")
    taken = TranslationExplorer().candidates(0)[1][0]
    agrees(explorer, TranslationExplorer(forced={0: taken}))
    expect(explorer.root.locator(".attn-trl-plain")).to_contain_text(TranslationExplorer().translation)


def test_beam_and_sampling_are_pythons(explorer: Explorer) -> None:
    explorer.root.locator("input[value=beam]").check(force=True)
    agrees(explorer, TranslationExplorer(decoding="beam"))
    expect(explorer.root.locator(".attn-trl-tree")).to_be_visible()
    explorer.root.locator("input[value=sample]").check(force=True)
    explorer.press("Run to the end")
    agrees(explorer, TranslationExplorer(decoding="sample"))
    assert explorer.found.complaints == []


HEIGHT = "(root) => root.getBoundingClientRect().height"


@pytest.mark.parametrize("width", [1280, 390])
def test_a_row_is_overwritten_without_moving_the_page(visit: Open, width: int) -> None:
    explorer = Explorer(visit(PAGE, width=width))
    height = explorer.root.evaluate(HEIGHT)
    explorer.root.locator(".attn-toggle input").check(force=True)
    editor = explorer.root.locator(".attn-trl-editor")
    expect(editor).to_be_visible()
    assert explorer.root.evaluate(HEIGHT) == height
    editor.get_by_role("button", name="Only").nth(3).click()
    rows = [("decoder.layers.2.cross_attention", -1, 0, [0, 0, 0, 1, 0])]
    agrees(explorer, TranslationExplorer(rows=rows))
    expect(editor.locator(".attn-trl-key .attn-trl-number")).to_have_text(["0.00", "0.00", "0.00", "1.00", "0.00"])
    editor.get_by_role("button", name="Only").nth(3).press("Escape")
    expect(editor).to_be_hidden()
    assert explorer.found.complaints == []


def test_a_cell_that_is_tapped_is_read_out(explorer: Explorer) -> None:
    explorer.root.locator(".attn-attention-map").click(position={"x": 150, "y": 80})
    expect(explorer.root.locator(".attn-map-readout")).to_contain_text(" looks at ")


def test_the_readers_own_text(explorer: Explorer) -> None:
    explorer.text.fill("我爱吃苹果。")
    explorer.press("Run to the end")
    agrees(explorer, TranslationExplorer("我爱吃苹果。"))


TYPED = {"empty": "", "markup": "<b>bold</b></script>", "English": "hello", "long": "好" * 10_000}


@pytest.mark.parametrize("name", TYPED)
def test_whatever_is_typed(explorer: Explorer, name: str) -> None:
    typed = TYPED[name]
    explorer.text.fill(typed)
    run = explorer.root.get_by_role("button", name="Run to the end")
    if run.is_enabled():
        run.click()
    expect(explorer.root.locator(".attn-load-line p")).to_contain_text(" ", timeout=20_000)
    assert explorer.text.input_value() == typed
    assert explorer.root.locator("b").count() == 0
    assert explorer.found.complaints == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_it_is_accessible_and_not_too_wide(visit: Open, scheme: str, width: int) -> None:
    explorer = Explorer(visit(PAGE, scheme=scheme, width=width))
    assert explorer.found.too_wide() == []
    assert explorer.found.accessibility_violations() == []
    assert explorer.found.complaints == []
