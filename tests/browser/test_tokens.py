"""The explorer of tokenizers in the built book: cutting, merging, raising, bad input, the numbers, the keyboard."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from book_visit import Visit
from playwright.sync_api import Locator, expect

from attnlab.widgets import TokenizerExplorer

PAGE = "notebooks/tokens.html"
LONG_TASKS = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
}).observe({ type: "longtask", buffered: true });
"""
LONG_TEXT = "an apple, a banana and a pear; 水果很好吃。slow slower newest " * 180  # more than 10,000 characters
Open = Callable[..., Visit]


class Explorer:
    """The chapter's first widget on a page that is open."""

    def __init__(self, found: Visit) -> None:
        self.found, self.page = found, found.page
        self.root = found.page.locator('attn-widget[data-widget-id="opening"]')
        self.text = self.root.get_by_label("Your text")
        self.chips = self.root.locator(".attn-chips li")
        self.message = self.root.locator(".attn-tokens-message")
        self.slider = self.root.get_by_label("How many merges are made")
        expect(self.chips.first).to_be_visible()

    def choose(self, name: str) -> None:
        self.root.get_by_role("radio", name=name, exact=True).check(force=True)

    def picture(self, index: int) -> Locator:
        return self.root.locator(".attn-raise-picture").nth(index)

    def saved(self, name: str) -> str:
        tools = self.root.locator(".attn-tools")
        if not tools.locator(".attn-exports").is_visible():
            tools.get_by_role("button", name="Export").click()
        with self.page.expect_download() as download:
            tools.get_by_role("button", name=name).click()
        return Path(download.value.path()).read_text("utf-8")

    def numbers(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.saved("All numbers, JSON"))
        return found


@pytest.fixture
def explorer(visit: Open) -> Explorer:
    return Explorer(visit(PAGE))


def agrees(numbers: dict[str, Any], **state: Any) -> None:
    """The numbers on screen are Python's for this state."""
    moved = state.pop("moved", {})
    widget = TokenizerExplorer(numbers["text"], **state)
    widget.moved = moved
    assert numbers["tokens"] == widget.tokens
    assert numbers["ids"] == widget.ids
    assert numbers["vocabulary_size"] == widget.vocabulary_size
    for name, matrix in widget.distances.items():
        np.testing.assert_allclose(np.array(numbers["distances"][name], dtype=float), matrix, atol=1e-5)
    np.testing.assert_allclose(np.array(numbers["raised"]).reshape(widget.raised.shape), widget.raised, atol=1e-5)
    np.testing.assert_allclose(numbers["lookup"], widget.lookup, atol=1e-5)
    for name, fit in widget.lines.items():
        assert numbers["lines"][name]["rank"] == fit.rank
        assert numbers["lines"][name]["offLine"] == pytest.approx(fit.off_line, abs=1e-5)


# --- the four ways to cut ---------------------------------------------------------------------------------------------


def test_every_cut_has_pythons_tokens(explorer):
    agrees(explorer.numbers())
    assert not any("/words" in response.url for response in explorer.found.responses)
    for name, cut in (("Characters", "characters"), ("Byte pairs", "byte-pairs")):
        explorer.choose(name)
        expect(explorer.slider).to_be_visible(visible=cut == "byte-pairs")
        agrees(explorer.numbers(), cut=cut)
    explorer.choose("WordPiece")
    expect(explorer.chips.first).to_contain_text("8039", timeout=15_000)  # "a" stands behind the 8,000 words
    agrees(explorer.numbers(), cut="wordpiece")
    assert explorer.found.complaints == []


def test_merges_by_slider_and_button(explorer):
    explorer.text.fill("banana band")
    explorer.choose("Byte pairs")
    said = explorer.root.locator(".attn-merges-said")
    expect(explorer.root.locator(".attn-merges-count")).to_have_text("2 of 2")
    expect(said).to_contain_text("stood side by side 2 times")
    explorer.root.get_by_role("button", name="One merge less").click()
    expect(said).to_contain_text("stood side by side 3 times")
    expect(said).to_contain_text("11 tokens are now 8")
    agrees(explorer.numbers(), cut="byte-pairs", merges=1)
    explorer.slider.focus()
    explorer.page.keyboard.press("Home")
    expect(said).to_contain_text("the 11 bytes of the text")
    expect(explorer.chips).to_have_count(11)
    explorer.page.keyboard.press("ArrowRight")
    expect(explorer.chips).to_have_count(8)


@pytest.mark.parametrize(
    ("text", "cut", "message"),
    [
        ("", "Words", "The text is empty"),
        (" \n ", "Words", "holds no word"),
        ("", "Byte pairs", "The text is empty"),
        ("apple", "Words", "What stands between spaces"),
    ],
)
def test_texts_with_little_in_them(explorer, text: str, cut: str, message: str):
    explorer.choose(cut)
    explorer.text.fill(text)
    expect(explorer.message).to_contain_text(message)
    expect(explorer.chips).to_have_count(len(text.split()))  # the text is read: nothing moves any more
    for view in ("One-hot", "Distances", "Raise the ids", "Number line"):
        explorer.choose(view)
    assert explorer.found.complaints == []
    agrees(explorer.numbers(), cut={"Words": "words", "Byte pairs": "byte-pairs"}[cut])


TYPE_AT_THE_PRESS = """
(box) => window.addEventListener("pointerdown", () => {
  box.value = "apple";
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
}, { once: true, capture: true });
"""


def test_a_press_that_ends_the_typing_hits_what_it_was_aimed_at(explorer):
    """What is typed makes the page shorter or longer: not before the button that is pressed was let go."""
    view = explorer.root.get_by_role("radio", name="One-hot", exact=True)
    view.scroll_into_view_if_needed()
    explorer.text.evaluate("(box) => box.focus({ preventScroll: true })")
    explorer.text.evaluate(TYPE_AT_THE_PRESS)
    box = view.bounding_box()
    explorer.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    explorer.page.mouse.down()
    explorer.page.wait_for_timeout(400)  # ms: a finger takes its time
    assert view.bounding_box() == box
    explorer.page.mouse.up()
    expect(view).to_be_checked()
    expect(explorer.chips).to_have_count(1)


@pytest.mark.parametrize(
    "text", ["<img src=x onerror='window.ran=1'></script><b>", "猴子🍎👩\u200d🚀\u202eabc", "{x} ${y}"]
)
@pytest.mark.parametrize("cut", ["characters", "words", "byte-pairs"])
def test_what_is_typed_is_text(explorer, text: str, cut: str):
    explorer.choose({"characters": "Characters", "words": "Words", "byte-pairs": "Byte pairs"}[cut])
    explorer.text.fill(text)
    explorer.page.wait_for_timeout(400)
    assert explorer.page.evaluate("window.ran") is None
    assert explorer.root.locator("img, b").count() == 0
    numbers = explorer.numbers()
    assert numbers["text"] == text
    agrees(numbers, cut=cut)
    assert explorer.found.complaints == []


def test_ten_thousand_characters_do_not_block(visit):
    found = visit(PAGE)
    found.context.add_init_script(LONG_TASKS)
    found.open(PAGE)
    explorer = Explorer(found)
    explorer.text.fill(LONG_TEXT)
    expect(explorer.message).to_contain_text(f"{len(LONG_TEXT)} characters; the first 10000 are cut")
    assert explorer.text.input_value() == LONG_TEXT  # nothing that was typed is lost
    for cut in ("Characters", "Byte pairs"):
        explorer.choose(cut)
        expect(explorer.root.locator(".attn-chips-count")).to_contain_text("the export holds all")
    expect(explorer.root.locator(".attn-merges-count")).not_to_contain_text("…", timeout=15_000)
    explorer.slider.focus()
    for key in ("End", "ArrowLeft", "Home", "End"):
        explorer.page.keyboard.press(key)
        explorer.page.wait_for_timeout(100)
    print(f"longest task of the main thread with 10,000 characters: {found.page.evaluate('longest'):.0f} ms")
    agrees(explorer.numbers(), cut="byte-pairs", merges=int(explorer.slider.get_attribute("max") or 0))


# --- words ------------------------------------------------------------------------------------------------------------


def test_words_are_added_and_taken_away(explorer):
    box = explorer.root.get_by_label("another word")
    box.fill("camera")
    box.press("Enter")
    expect(explorer.root.locator(".attn-compared")).to_have_count(6)
    expect(box).to_be_disabled()
    explorer.page.wait_for_function(
        "() => !document.querySelector('.attn-tokens-message').innerText.includes('Loading')"
    )
    agrees(explorer.numbers(), words=["apple", "banana", "pear", "iphone", "huawei", "camera"])
    for word in ("huawei", "pear", "banana"):
        explorer.root.get_by_role("button", name=f"Take {word} away").click()
    expect(explorer.root.locator(".attn-word-drop").first).to_be_disabled()
    agrees(explorer.numbers(), words=["apple", "iphone", "camera"])


def test_distances_say_what_is_not_there(explorer):
    explorer.choose("Distances")
    table = explorer.root.locator(".attn-distances")
    row = table.locator("tbody tr").filter(has_text="apple – iphone").locator("td")
    assert row.all_inner_texts() == ["17", "1.4142", "0", "0.53", "5.00"]
    expect(explorer.root.get_by_text("No trained vector: huawei.")).to_be_visible()
    expect(explorer.root.get_by_text("the nearest are apple – iphone (cosine 0.53)")).to_be_visible()


# --- raised ids -------------------------------------------------------------------------------------------------------


def drag(explorer: Explorer, box: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag between two points of a picture, each given as shares of its width and height."""
    box.scroll_into_view_if_needed()
    area = box.bounding_box()
    assert area is not None
    mouse = explorer.page.mouse
    for share, act in ((start, mouse.down), (end, mouse.up)):
        mouse.move(area["x"] + share[0] * area["width"], area["y"] + share[1] * area["height"], steps=4)
        act()


def test_all_raised_ids_stay_on_one_line_and_rows_do_not(explorer):
    explorer.choose("Raise the ids")
    drag(explorer, explorer.picture(0), (0.7, 0.4), (0.4, 0.2))
    matrix = explorer.numbers()["matrix"]
    assert matrix[0] < 0 < matrix[1]
    agrees(explorer.numbers(), matrix=matrix)
    explorer.root.get_by_role("radio", name="1 × 3").check(force=True)
    explorer.root.get_by_label("Entry 3 of the matrix").fill("-0.5")
    numbers = explorer.numbers()
    assert numbers["matrix"] == [*matrix, -0.5]
    assert numbers["lines"]["raised"]["rank"] == 1
    drag(explorer, explorer.picture(1), (0.5, 0.5), (0.3, 0.7))  # huawei begins at 0
    moved = explorer.numbers()["moved"]
    assert list(moved) == ["huawei"]
    assert max(moved["huawei"]) < 0
    agrees(explorer.numbers(), matrix=[*matrix, -0.5], moved=moved)
    assert explorer.found.complaints == []


def test_the_keyboard_turns_and_moves(explorer):
    page = explorer.page
    explorer.choose("Raise the ids")
    explorer.picture(0).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    assert explorer.numbers()["matrix"] == [0.95, 0.55]
    explorer.root.locator(".attn-word-pick").nth(4).focus()
    page.keyboard.press("Enter")
    explorer.picture(1).focus()
    page.keyboard.press("ArrowDown")
    assert explorer.numbers()["moved"] == {"huawei": [0, -0.05]}
    said = explorer.root.locator(".attn-visually-hidden[role=status]")
    expect(said).to_contain_text("Rank 1", timeout=15_000)
    expect(said).to_contain_text("Rank 2")


# --- around it --------------------------------------------------------------------------------------------------------


def test_a_link_carries_the_state_and_reset_takes_it_back(explorer):
    explorer.text.fill("low lower lowest")
    explorer.choose("Byte pairs")
    explorer.choose("One-hot")
    page = explorer.page
    page.wait_for_function("location.hash.includes('view=one-hot')")
    link = page.evaluate("location.href")
    page.goto("about:blank")
    page.goto(link)
    again = Explorer(explorer.found)
    expect(again.text).to_have_value("low lower lowest")
    agrees(again.numbers(), cut="byte-pairs")
    again.root.get_by_role("button", name="Reset").click()
    expect(again.chips).to_have_count(45)
    page.wait_for_function("!location.hash.includes('opening.')")


@pytest.mark.parametrize("cut", ["Characters", "Words", "Byte pairs", "WordPiece"])
@pytest.mark.parametrize("view", ["Number line", "One-hot", "Distances", "Raise the ids"])
def test_the_python_gives_the_numbers_on_screen(explorer, cut: str, view: str):
    explorer.choose(cut)
    explorer.choose(view)
    expect(explorer.root.locator(".attn-chips-count")).to_contain_text("tokens", timeout=15_000)
    explorer.root.get_by_role("button", name="Python").click()
    code = explorer.root.locator(".attn-code").inner_text()
    said: list[Any] = []
    exec(code, {"print": lambda *values: said.append(values)})
    numbers = explorer.numbers()
    assert [place for _, place in said[0][0]] == numbers["ids"]
    if view == "One-hot":
        shape, ones, size = said[1]
        assert (*shape, ones) == (len(numbers["ids"]), numbers["vocabulary_size"], len(numbers["ids"]))
        assert size == 4 * shape[0] * shape[1]
    elif view == "Raise the ids":
        assert said[1][0] == numbers["lines"]["raised"]["rank"] == 1
    elif view == "Distances":
        printed = dict(zip((one[0] for one in said[1::2]), (one[0] for one in said[2::2]), strict=True))
        for name, matrix in numbers["distances"].items():
            np.testing.assert_allclose(printed[name], np.array(matrix, dtype=float), atol=1e-5)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_everything_is_in_reach(visit, scheme: str, width: int):
    explorer = Explorer(visit(PAGE, scheme=scheme, width=width))
    for cut, view in (
        ("Byte pairs", "Number line"),
        ("Words", "One-hot"),
        ("Words", "Distances"),
        ("Words", "Raise the ids"),
    ):
        explorer.choose(cut)
        explorer.choose(view)
        explorer.page.wait_for_timeout(200)
        assert explorer.found.accessibility_violations() == []
        assert explorer.found.too_wide() == []
    assert explorer.found.complaints == []


def test_numbers_and_pictures_can_be_taken_away(explorer):
    rows = explorer.saved("Tokens, CSV").splitlines()
    assert rows[:2] == ["place,token,id", "0,a,0"]
    assert len(rows) == 46
    for view, word in (
        ("Number line", "huawei 20"),
        ("One-hot", "child"),
        ("Distances", "1.4142"),
        ("Raise the ids", "fruit"),
    ):
        explorer.choose(view)
        picture = explorer.saved("Picture, SVG")
        assert picture.startswith("<svg")
        assert word in picture


def test_the_opening_example_needs_no_script(visit):
    found = visit(PAGE, java_script_enabled=False)
    fallback = found.page.locator('attn-widget[data-widget-id="opening"] .attn-fallback')
    expect(fallback).to_contain_text("apple 4")
    expect(fallback.locator("tbody tr")).to_have_count(10)
