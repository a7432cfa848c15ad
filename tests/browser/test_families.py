"""The explorer of families in the built book: what stays, the models on the reader's own text, the keyboard.

Nothing here depends on what a model says: what stands on screen is compared with what the package computes.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from book_visit import Visit
from playwright.sync_api import Locator, expect

from attnlab.widgets import FamilyExplorer

PAGE = "notebooks/encoding_and_decoding.html"
WIDGET = "attn-widget[data-widget-id=opening]"
NAMES = {"encoder-only": "Encoder only", "encoder-decoder": "Encoder–decoder", "decoder-only": "Decoder only"}
JUST_NOW = "just now"
WEIGHTS = "**/models-*-weights.*"
IN_SIGHT = "document.querySelector('.attn-explained').getBoundingClientRect().bottom <= innerHeight + 1"
Open = Callable[..., Visit]


class Explorer:
    """The widget on a page that is open."""

    def __init__(self, found: Visit) -> None:
        self.found, self.page = found, found.page
        self.root = found.page.locator(WIDGET)
        self.text = self.root.locator(".attn-input-row .attn-input")
        self.run = self.root.locator(".attn-run")
        self.line = self.root.locator(".attn-load-line")
        self.answer = self.root.locator(".attn-answer")
        self.explained = self.root.locator(".attn-explained")

    def choose(self, family: str) -> None:
        self.root.get_by_role("radio", name=NAMES[family], exact=True).check(force=True)

    def block(self, name: str) -> Locator:
        """A block by its name in Python: "encoder.norm", "softmax"."""
        column, _, part = name.rpartition(".")
        return self.root.locator(f".attn-block[data-column={column or 'both'}][data-part={part}]")

    def kept(self) -> int:
        return self.root.locator(".attn-block[data-kept]").count()

    def done(self, said: str = JUST_NOW) -> None:
        expect(self.line).to_contain_text(said, timeout=20_000)
        expect(self.root.locator(".attn-family-outcome[aria-busy=false]")).to_be_attached(timeout=20_000)

    def saved(self, name: str) -> str:
        tools = self.root.locator(".attn-tools")
        if not tools.locator(".attn-exports").is_visible():
            tools.get_by_role("button", name="Export").click()
        with self.page.expect_download() as download:
            tools.get_by_role("button", name=name).click()
        return Path(download.value.path()).read_text("utf-8")

    def agrees(self, widget: FamilyExplorer) -> None:
        """The screen's numbers are the package's."""
        numbers: dict[str, Any] = json.loads(self.saved("All numbers, JSON"))
        result = widget.result
        assert (numbers["family"], numbers["input"], numbers["text"]) == (widget.family, widget.text, result.text)
        assert numbers["weights"] == widget.weights
        assert numbers["read"] == list(result.read)
        assert [token["id"] for token in numbers["tokens"]] == list(result.ids)
        found = [token["probability"] for token in numbers["tokens"]]
        np.testing.assert_allclose(found, result.probabilities, atol=1e-3)

    def models_asked(self) -> list[str]:
        return [response.url for response in self.found.responses if "/assets/models-" in response.url]


@pytest.fixture
def explorer(visit: Open) -> Explorer:
    return Explorer(visit(PAGE))


def test_a_family_is_looked_at_without_a_model(explorer):
    assert explorer.kept() == 13
    for family, count in (("encoder-decoder", 13), ("encoder-only", 7), ("decoder-only", 7)):
        explorer.choose(family)
        expect(explorer.root.locator(".attn-block[data-kept]")).to_have_count(count)
        widget = FamilyExplorer(family)
        expect(explorer.root.locator(".attn-about")).to_contain_text(f"{sum(widget.weights.values()):,} weights")
        expect(explorer.line).to_contain_text("A worked example")
        explorer.agrees(widget)
    assert explorer.models_asked() == []
    assert explorer.page.workers == []
    assert explorer.found.complaints == []


def test_the_screen_would_not_agree_with_another_text(explorer):
    with pytest.raises(AssertionError):
        explorer.agrees(FamilyExplorer("encoder-decoder", "你好吗？"))


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("encoder-decoder", "我爱吃苹果。"),
        ("encoder-only", "The __ is in the __ ."),
        ("decoder-only", "The river is"),
    ],
)
def test_the_models_run_on_the_readers_text(explorer, family: str, text: str):
    explorer.choose(family)
    explorer.text.fill(text)
    explorer.done()
    widget = FamilyExplorer(family, text)
    explorer.agrees(widget)
    expect(explorer.answer).to_have_text(widget.result.text)
    chips = explorer.root.locator(".attn-half:not([hidden]) .attn-feds").first
    assert chips.locator(".attn-fed").count() > 0
    assert len([url for url in explorer.models_asked() if "weights" in url]) == 1
    explorer.root.get_by_role("button", name="Python").click()
    said: list[Any] = []
    exec(explorer.root.locator(".attn-code").inner_text(), {"print": lambda *values: said.extend(values)})
    assert said[-1] == widget.weights
    assert (said[0] == widget.result.text) or (said[0][0] in widget.result.tokens)
    assert explorer.found.complaints == []


def test_blocks_are_explained_when_pointed_at_and_kept_when_clicked(explorer):
    weights = FamilyExplorer().weights
    explorer.block("encoder.feed_forward").hover()
    expect(explorer.explained).to_contain_text(f"{weights['encoder.feed_forward']:,} weights")
    explorer.run.hover()
    expect(explorer.explained).to_contain_text("Cross-attention · Decoder")
    explorer.block("output").click()
    explorer.run.hover()
    expect(explorer.explained).to_contain_text("Output layer")
    explorer.page.wait_for_function("location.hash.includes('opening.block=output')")
    explorer.block("decoder.cross_attention").click()
    explorer.choose("encoder-only")
    explorer.run.hover()
    expect(explorer.explained).to_contain_text("Left out in this family")


def test_the_keyboard_reaches_everything(explorer):
    page = explorer.page
    explorer.root.get_by_role("radio", name=NAMES["encoder-decoder"], exact=True).focus()
    page.keyboard.press("ArrowLeft")
    expect(explorer.root.locator(".attn-block[data-kept]")).to_have_count(7)
    page.keyboard.press("ArrowRight")
    explorer.text.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("你好吗")
    page.keyboard.press("Enter")
    explorer.done()
    token = explorer.root.locator(".attn-run-token")
    token.first.focus()
    page.keyboard.press("ArrowRight")
    expect(token.nth(1)).to_be_focused()
    explorer.block("decoder.cross_attention").focus()
    page.keyboard.press("ArrowUp")
    expect(explorer.block("decoder.feed_forward")).to_be_focused()
    expect(explorer.explained).to_contain_text("Feed-forward · Decoder")
    page.keyboard.press("ArrowLeft")
    expect(explorer.block("encoder.norm")).to_be_focused()
    described = explorer.block("encoder.norm").get_attribute("aria-describedby")
    expect(page.locator(f"#{described}")).to_contain_text("384 weights")
    said = explorer.root.locator(".attn-visually-hidden[role=status]")
    expect(said).to_contain_text("13 of 13 blocks stay")
    expect(said).to_contain_text("Translation:")


@pytest.mark.parametrize(
    ("family", "text", "message"),
    [
        ("encoder-decoder", "", "The text is empty"),
        ("encoder-decoder", "鱻犇猋", "knows none of these characters"),
        ("encoder-only", "word", "There is no blank"),
        ("encoder-only", "a __ " * 200, "the reader reads at most"),
        ("encoder-decoder", "好" * 10_000, "10000 characters; at most 2000 are taken"),
    ],
)
def test_a_text_that_cannot_be_read_is_said_and_kept(explorer, family: str, text: str, message: str):
    explorer.choose(family)
    explorer.text.fill(text)
    explorer.run.click()
    expect(explorer.line.locator(".attn-problem")).to_contain_text(message, timeout=20_000)
    assert explorer.text.input_value() == text
    explorer.text.fill({"encoder-only": "It __ 🍎 好.", "encoder-decoder": "你好🍎"}[family])
    explorer.done("never learned" if family == "encoder-decoder" else JUST_NOW)
    assert explorer.found.complaints == []


@pytest.mark.parametrize("family", NAMES)
def test_what_is_typed_is_text(explorer, family: str):
    explorer.choose(family)
    explorer.text.fill("<img src=x onerror='window.ran=1'></script> 好 __")
    explorer.run.click()
    explorer.done("never learned" if family == "encoder-decoder" else JUST_NOW)
    assert explorer.page.evaluate("window.ran") is None
    assert explorer.root.locator("img").count() == 0
    assert explorer.found.complaints == []


def test_a_download_that_fails_is_said_and_tried_again(explorer):
    context = explorer.found.context
    context.route(WEIGHTS, lambda route: route.abort("connectionreset"))
    explorer.run.click()
    expect(explorer.line.locator(".attn-problem")).to_contain_text("could not be fetched", timeout=20_000)
    assert explorer.kept() == 13
    context.unroute(WEIGHTS)
    explorer.line.get_by_role("button", name="Try again").click()
    explorer.done()
    explorer.agrees(FamilyExplorer())


def test_on_a_phone_the_explanation_comes_up_only_while_a_block_is_looked_at(visit):
    explorer = Explorer(visit(PAGE, width=390))
    drawing = explorer.root.locator(".attn-family-drawing")
    drawing.evaluate("(element) => scrollBy(0, element.getBoundingClientRect().top - 400)")  # its foot is out of sight
    assert explorer.explained.bounding_box()["y"] >= drawing.bounding_box()["y"] + drawing.bounding_box()["height"]
    explorer.block("softmax").focus()
    explorer.page.wait_for_function(IN_SIGHT)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_out_of_reach(visit, scheme: str, width: int):
    explorer = Explorer(visit(PAGE, scheme=scheme, width=width))
    heights = set()
    for family in NAMES:
        explorer.choose(family)
        explorer.page.wait_for_timeout(450)  # what fades has faded
        assert explorer.found.accessibility_violations() == []
        assert explorer.found.too_wide() == []
        heights.add(explorer.root.locator(".attn-family-drawing").bounding_box()["height"])
    assert len(heights) == 1  # the drawing stays where it is
    boxes = [block.bounding_box() for block in explorer.root.locator(".attn-block").all()]
    for first in boxes:
        for second in boxes:
            apart = (
                first["y"] + first["height"] <= second["y"] + 0.5
                or second["y"] + second["height"] <= first["y"] + 0.5
                or first["x"] + first["width"] <= second["x"] + 0.5
                or second["x"] + second["width"] <= first["x"] + 0.5
            )
            assert first is second or apart
    assert explorer.found.complaints == []


def test_no_motion_where_none_is_wanted(visit):
    duration = "(node) => getComputedStyle(node).transitionDuration"
    moving = Explorer(visit(PAGE)).block("softmax").evaluate(duration)
    assert max(float(part.strip().removesuffix("s")) for part in moving.split(",")) > 0.1
    still = Explorer(visit(PAGE, reduced_motion="reduce")).block("softmax").evaluate(duration)
    assert {float(part.strip().removesuffix("s")) for part in still.split(",")} == {0.0}


def test_a_link_carries_the_state_and_fetches_nothing(explorer):
    explorer.choose("encoder-only")
    explorer.text.fill("A __ day.")
    explorer.done()
    explorer.page.wait_for_function("location.hash.includes('opening.sentence=')")
    link = explorer.page.evaluate("location.href")
    found = explorer.found
    found.responses.clear()
    found.page.goto("about:blank")
    found.page.goto(link)
    expect(explorer.text).to_have_value("A __ day.")
    expect(explorer.line).to_contain_text("Press Fill in")
    assert explorer.kept() == 7
    assert explorer.models_asked() == []
    explorer.root.get_by_role("button", name="Reset").click()
    expect(explorer.root.locator(".attn-block[data-kept]")).to_have_count(13)
    expect(explorer.line).to_contain_text("A worked example")


def test_pictures_and_numbers_can_be_taken_away(explorer):
    explorer.choose("decoder-only")
    rows = explorer.saved("Tokens, CSV").splitlines()
    assert rows[0].startswith("place,token,probability,candidate 1")
    assert len(rows) == 1 + len(FamilyExplorer("decoder-only").result.tokens)
    picture = explorer.saved("Drawing, SVG")
    assert picture.startswith("<svg")
    for label in ("Masked self-attention", "Softmax", "Decoder only"):
        assert label in picture
