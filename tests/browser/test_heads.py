"""The explorer of heads in the built book: what stands on screen is compared with what the package computes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from book_visit import Visit
from playwright.sync_api import expect

from attnlab.widgets import MultiHeadExplorer

PAGE = "notebooks/multi_head_attention.html"
Open = Callable[..., Visit]


class Heads:
    """The widget on a page that is open."""

    def __init__(self, found: Visit) -> None:
        self.found, self.page = found, found.page
        self.root = found.page.locator("attn-widget[data-widget-id=opening]")
        self.text = self.root.locator(".attn-input-row .attn-input")
        self.line = self.root.locator(".attn-load-line")

    def computed(self) -> None:
        expect(self.line).to_contain_text("just now", timeout=15_000)
        expect(self.root.locator(".attn-mh-heads[aria-busy=false]")).to_be_attached(timeout=15_000)

    def picture(self, name: str) -> Any:
        return self.root.locator(".attn-mh-open", has_text=name)

    def numbers(self) -> dict[str, Any]:
        tools = self.root.locator(".attn-tools")
        if not tools.locator(".attn-exports").is_visible():
            tools.get_by_role("button", name="Export").click()
        with self.page.expect_download() as download:
            tools.get_by_role("button", name="All numbers, JSON").click()
        found: dict[str, Any] = json.loads(Path(download.value.path()).read_text("utf-8"))
        return found


def agrees(heads: Heads) -> None:
    """What the page has is what Python computes for the same state."""
    found = heads.numbers()
    explorer = MultiHeadExplorer(found["model"], found["text"], off=found["off"])
    assert (found["original"], found["output"]) == (explorer.change.original, explorer.output)
    np.testing.assert_allclose(found["after"], explorer.change.after, atol=1e-5)
    for name, weights in explorer.weights.items():
        np.testing.assert_allclose(found["weights"][name], weights, atol=6e-4)  # an example travels as float16
    shown = heads.root.locator(".attn-mh-change tbody td:last-child").all_inner_texts()
    assert shown == [f"{share:.3f}" for share in explorer.change.after]


@pytest.fixture
def heads(visit: Open) -> Heads:
    return Heads(visit(PAGE))


def test_it_opens_on_a_worked_example_without_a_model(heads: Heads) -> None:
    expect(heads.root.locator(".attn-mh-text").first).to_have_text("Long time, no see.")
    agrees(heads)
    assert not any("-weights." in response.url for response in heads.found.responses)
    assert heads.found.complaints == []


def test_a_page_of_other_numbers_is_caught(visit: Open) -> None:
    heads = Heads(visit(PAGE))
    heads.root.locator(".attn-mh-change tbody td:last-child").first.evaluate("cell => { cell.textContent = '0.123' }")
    with pytest.raises(AssertionError):
        agrees(heads)


def test_switches_change_the_output(heads: Heads) -> None:
    for row in (5, 7, 9):
        heads.root.locator(".attn-mh-row-switch").nth(row).click()
    heads.computed()
    expect(heads.root.locator(".attn-mh-text[data-changed]")).to_be_visible(timeout=15_000)
    agrees(heads)
    assert "off=" in heads.page.url
    heads.root.get_by_role("button", name="Switch all on").click()
    expect(heads.root.locator(".attn-mh-text[data-changed]")).to_have_count(0)


def test_the_keyboard_reaches_every_head(heads: Heads) -> None:
    heads.picture("Encoder 1, head 1").focus()
    heads.page.keyboard.press("ArrowDown")
    heads.page.keyboard.press("ArrowRight")
    heads.page.keyboard.press("Enter")
    expect(heads.root.locator(".attn-mh-opened-title")).to_have_text("Encoder 2, head 2")
    heads.page.keyboard.press("Tab")
    heads.page.keyboard.press("Space")
    heads.computed()
    assert heads.numbers()["off"] == ["translator.encoder.layers.1.attention.1"]
    agrees(heads)


def test_one_attention_is_cut_open(heads: Heads) -> None:
    heads.root.get_by_role("radio", name="Cut and put together").check(force=True)
    caption = heads.root.locator(".attn-mh-caption")
    expect(caption).to_contain_text("1.")
    heads.root.get_by_role("slider").press("End")
    expect(caption).to_contain_text("8. W_O")
    heads.root.locator(".attn-mh-stage").focus()
    heads.page.keyboard.press("ArrowRight")
    part = MultiHeadExplorer("translator").parts["heads"]
    expect(heads.root.locator(".attn-mh-readout").last).to_contain_text(f"{part[0, 0, 0]:.3f}".replace("-", "−"))
    heads.page.wait_for_function("location.hash.includes('stage=7')")  # written a moment later


def test_on_a_phone_what_is_not_in_use_is_folded(visit: Open) -> None:
    heads = Heads(visit(PAGE, width=390))
    expect(heads.picture("Encoder 4, head 6")).to_be_visible()
    expect(heads.root.locator(".attn-mh-text").first).to_have_text("Long time, no see.")
    box = heads.root.bounding_box()
    assert box is not None
    assert box["height"] < 1900
    hidden = (heads.picture("Decoder 3, cross, head 6"), heads.root.locator(".attn-mh-change"))
    for place, part in zip(("Decoder", "Each token"), hidden, strict=True):
        expect(part).to_be_hidden()
        heads.root.locator(".attn-mh-fold-button", has_text=place).press("Enter")
        expect(part).to_be_visible()
    heads.picture("Decoder 3, cross, head 6").click()
    expect(heads.root.locator(".attn-mh-opened-title")).to_have_text("Decoder 3, cross, head 6")
    assert heads.found.too_wide() == []
    assert heads.found.accessibility_violations() == []


def test_where_there_is_room_nothing_is_folded(heads: Heads) -> None:
    expect(heads.picture("Decoder 3, cross, head 6")).to_be_visible()
    expect(heads.root.locator(".attn-mh-fold-button").first).to_be_hidden()
    expect(heads.root.locator(".attn-mh-change")).to_be_visible()


def test_every_picture_and_label_is_there(heads: Heads) -> None:
    """They are made row by row; in the end each has its pixels, and each label is Python's."""
    explorer = MultiHeadExplorer("translator")
    labels = [head[0].weight if head else None for heads in explorer.labels.values() for head in heads]
    expected = ["" if weight is None else f"{weight:.2f}" for weight in labels]
    expect(heads.root.locator(".attn-mh-weight")).to_have_text(expected)
    sizes = heads.root.locator(".attn-mh-small").evaluate_all("all => all.map(({ width, height }) => [height, width])")
    assert sizes == [list(head.shape) for table in explorer.weights.values() for head in table]


@pytest.mark.parametrize(
    ("model", "text", "said"),
    [
        ("Translator", "", "The text is empty"),
        ("Reader", "no blank", "There is no blank"),
        ("Translator", "🙂", "knows none"),
        ("Translator", "好" * 200, "at most 95"),
        ("Writer", "好" * 10_000, "at most 2000"),
    ],
)
def test_bad_input_is_explained(heads: Heads, model: str, text: str, said: str) -> None:
    heads.root.get_by_role("radio", name=model, exact=True).check(force=True)
    heads.text.fill(text)
    expect(heads.line).to_contain_text(said, timeout=15_000)
    expect(heads.text).to_have_value(text)
    assert heads.found.complaints == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)])
def test_it_fits_and_can_be_read(visit: Open, scheme: str, width: int) -> None:
    heads = Heads(visit(PAGE, scheme=scheme, width=width))
    expect(heads.root.locator(".attn-mh-open").first).to_be_visible()
    assert heads.found.too_wide() == []
    assert heads.found.accessibility_violations() == []
    assert heads.found.strangers == []
