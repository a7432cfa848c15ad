"""The explorer on its page: the book's promise, the keyboard alone, bad input, a missing file, links, files, code."""

import json
import re
import struct
from xml.etree import ElementTree

import numpy as np
import pytest
from explorer import Expected, Explorer, agrees, number
from playwright.sync_api import Page, expect

import build_book

CHAPTER = "notebooks/self_attention.html"
WORDS = re.compile(r"/words\.[0-9a-f]+\.safetensors$")
BANANA = ["i", "ate", "an", "apple", "and", "a", "banana"]
PHONE = ["apple", "sells", "a", "new", "phone"]


@pytest.fixture
def opening(visit) -> Explorer:
    """The first explorer of the chapter."""
    found = visit(CHAPTER)
    explorer = Explorer(found.page, "opening")
    explorer.visit = found
    return explorer


# --- the promise: apple moves with its neighbors -----------------------------------------------------------------


def check_that_apple_moves(explorer: Explorer) -> None:
    """Typed beside banana, apple moves toward fruit; typed beside phone, toward phones; by the package's numbers."""
    explorer.type("I ate an apple and a banana")
    agrees(explorer, BANANA)
    before, beside_banana = explorer.lean()
    explorer.type("apple sells a new phone")
    agrees(explorer, PHONE)
    beside_phone = explorer.lean()[1]
    assert beside_phone < before < beside_banana
    text = explorer.page.locator("article").inner_text()
    for value in (beside_banana, beside_phone):
        assert f"{value:+.2f}".replace("-", "−") in text, f"the chapter does not tell of {value}"


def test_apple_moves_with_its_neighbors(opening):
    check_that_apple_moves(opening)
    assert opening.visit.strangers == []
    assert opening.visit.complaints == []


def test_apple_moves_with_the_network_off(opening):
    opening.visit.context.set_offline(True)
    check_that_apple_moves(opening)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"divide_by":"sqrt"', '"divide_by":"d"'),
        ('"maps":"shared"', '"maps":"head"'),
        ('["fruit","banana","pear"]', '["ate","banana","pear"]'),
    ],
)
def test_wrong_numbers_are_seen(visit, old, new):
    found = visit("book/references.html")
    found.alter(CHAPTER, old, new)
    found.open(CHAPTER)
    with pytest.raises(AssertionError):
        check_that_apple_moves(Explorer(found.page, "opening"))


def test_the_trained_head_shows_the_numbers_of_the_package(visit):
    explorer = Explorer(visit(CHAPTER).page, "head")
    agrees(explorer, PHONE, maps="head")
    explorer.type("I ate an apple and a banana")
    agrees(explorer, BANANA, maps="head")


def test_a_word_beyond_the_small_table_is_fetched(opening):
    loaded = [response.url for response in opening.visit.responses]
    assert not any(WORDS.search(url) for url in loaded), "the big file was loaded before anyone needed it"
    opening.type("the volcano slept")
    agrees(opening, ["the", "volcano", "slept"])
    assert opening.visit.complaints == []


def test_an_unknown_word_is_spelled_in_pieces_and_shown_so(opening):
    opening.type("an unbananaish apple")
    expect(opening.hint).to_contain_text("unbananaish = ")
    pieces = opening.words()
    assert len(pieces) > 3
    assert any(piece.startswith("##") for piece in pieces)


# --- turning, switching, predicting ------------------------------------------------------------------------------


@pytest.mark.parametrize(("choice", "divisor"), [("1", 1.0), ("square root of d", 128**0.5), ("d", 128.0)])
def test_the_divisor_sharpens_and_flattens(opening, choice, divisor):
    opening.divide_by(choice)
    agrees(opening, BANANA, divisor=divisor)


def test_the_slider_gives_any_divisor(opening):
    slider = opening.root.get_by_role("slider", name="Any divisor")
    slider.focus()
    for _ in range(40):
        slider.press("ArrowLeft")
    divisor = number(opening.root.locator(".attn-divisor").inner_text().removeprefix("÷"))
    assert divisor < 11
    numbers = opening.numbers()
    np.testing.assert_allclose(numbers["weights"], Expected(BANANA, divisor=numbers["divisor"]).weights, atol=1e-5)


def test_a_guess_comes_before_the_answer(opening):
    opening.root.get_by_text("Predict first").click()
    assert opening.strip.locator(".attn-foot").all_inner_texts() == ["?"] * 7
    assert "0.138" not in opening.root.inner_text()
    opening.follow("banana")
    opening.page.mouse.move(0, 0)
    expect(opening.root.locator(".attn-caption")).to_contain_text("You guessed banana")
    expect(opening.strip.locator(".attn-foot").first).not_to_have_text("?")


# --- the keyboard alone ------------------------------------------------------------------------------------------


def tab_to(page: Page, selector: str, most: int = 40) -> None:
    """Press Tab until the focus is on the selector."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached within {most} stops")


def check_the_keyboard(explorer: Explorer) -> None:
    """Everything from typing to the arithmetic of a cell, without a pointer."""
    keyboard = explorer.page.keyboard
    explorer.sentence.focus()
    keyboard.press("Control+a")
    keyboard.type("apple sells a new phone")
    explorer.shows(PHONE)
    tab_to(explorer.page, ".attn-piece")
    keyboard.press("Home")
    keyboard.press("Alt+ArrowRight")
    explorer.shows(["sells", "apple", "a", "new", "phone"])
    keyboard.press("End")
    keyboard.press("Delete")
    explorer.shows(["sells", "apple", "a", "new"])
    keyboard.press("Home")
    keyboard.press("Enter")
    expect(explorer.root.locator(".attn-caption")).to_contain_text("sells")
    tab_to(explorer.page, "[aria-roledescription='heat map']")
    keyboard.press("ArrowRight")
    keyboard.press("Enter")
    expect(explorer.arithmetic).to_be_visible()
    keyboard.press("Escape")
    expect(explorer.arithmetic).to_be_hidden()


def test_the_keyboard_is_enough(opening):
    check_the_keyboard(opening)
    assert opening.visit.complaints == []


def test_a_word_out_of_reach_is_seen(opening):
    opening.page.add_style_tag(content=".attn-piece { visibility: hidden }")
    with pytest.raises(AssertionError):
        check_the_keyboard(opening)


def test_what_happens_is_said_aloud(opening):
    live = opening.root.locator("[role='status'][aria-live]")
    opening.type("apple sells a new phone")
    expect(live).to_contain_text("5 words")
    opening.follow("apple")
    expect(live).to_contain_text("apple attends to")


# --- by hand -----------------------------------------------------------------------------------------------------


def test_words_are_moved_with_the_mouse(opening):
    opening.strip.scroll_into_view_if_needed()
    first, last = opening.strip.locator(".attn-word").first, opening.strip.locator(".attn-word").last
    start, end = first.bounding_box(), last.bounding_box()
    mouse = opening.page.mouse
    mouse.move(start["x"] + 5, start["y"] + 10)
    mouse.down()
    mouse.move(end["x"] + end["width"] - 4, end["y"] + 10, steps=12)
    mouse.up()
    opening.shows(["ate", "an", "apple", "and", "a", "banana", "i"])


def test_a_word_is_taken_out_with_the_mouse(opening):
    opening.strip.locator(".attn-word").first.hover()
    opening.root.get_by_role("button", name="Delete i", exact=True).click()
    opening.shows(BANANA[1:])


def test_pointing_previews_and_clicking_locks(opening):
    box = opening.map.bounding_box()
    middle = {"x": box["width"] * 0.5, "y": box["height"] * 0.5}
    opening.map.hover(position=middle)
    expect(opening.readout).to_contain_text("attends to")
    expect(opening.arithmetic).to_be_hidden()
    opening.map.click(position=middle)
    expect(opening.arithmetic).to_be_visible()
    opening.page.mouse.move(0, 0)
    expect(opening.arithmetic).to_be_visible()
    opening.root.get_by_role("button", name="Close and unlock the cell").click()
    expect(opening.arithmetic).to_be_hidden()


def test_the_arithmetic_of_a_cell_adds_up(opening):
    opening.map.focus()
    opening.page.keyboard.press("Enter")
    code = opening.arithmetic.locator(".attn-code")
    expect(code).to_contain_text("key.T")  # the panel is filled in the frame after the key
    line = code.inner_text()
    match = re.search(r"query\[(\d+)\] @ key.T / .*\)\[(\d+)\]", line)
    assert match, line
    query, key = int(match[1]), int(match[2])
    expected = Expected(BANANA).weights[query, key]
    result = opening.arithmetic.locator(".attn-current .attn-number").last.inner_text()
    assert abs(number(result) - expected) < 1e-3


# --- bad input ---------------------------------------------------------------------------------------------------

MARKUP = '<img src=x onerror="window.ran = 1"> <script>window.ran = 1</script> apple'


def check_that_text_stays_text(explorer: Explorer, text: str) -> None:
    """Whatever is typed is shown as text: nothing runs, nothing complains, the page stays as wide as it is."""
    explorer.type(text)
    explorer.page.wait_for_load_state("networkidle")
    explorer.page.wait_for_timeout(300)
    assert explorer.page.evaluate("window.ran") is None
    assert explorer.root.locator("img, script, [onerror]").count() == 0
    assert explorer.visit.complaints == []
    assert explorer.visit.strangers == []
    assert explorer.visit.too_wide() == []


INPUTS = {
    "empty": ("", []),
    "blanks": (" \t ", []),
    "one token": ("apple", ["apple"]),
    "upper case and accents": ("APPLE Épée", None),
    "combining marks": ("a\u0301pple n\u0303ew", None),
    "chinese": ("我吃了一个苹果", None),
    "emoji": ("apple 🍎👩‍👩‍👧 banana", None),
    "right to left": ("تفاحة apple تفاحة", None),
    "control characters": ("apple\u0000\u200b\u202e banana", None),
    "one long word": ("a" * 500, None),
    "markup": (MARKUP, None),
}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", INPUTS)
def test_bad_input(visit, name, width):
    found = visit(CHAPTER, width=width)
    explorer = Explorer(found.page, "opening")
    explorer.visit = found
    text, words = INPUTS[name]
    check_that_text_stays_text(explorer, text)
    if words is not None:
        explorer.shows(words)
    else:
        assert explorer.words()
    if name == "markup":
        assert "".join(explorer.words()).replace("##", "").startswith("<imgsrc=xonerror=")
    explorer.type("apple sells a new phone")
    agrees(explorer, PHONE)


def test_an_empty_sentence_is_explained(opening):
    opening.type("")
    expect(opening.hint).to_contain_text("The sentence is empty")


@pytest.mark.parametrize("width", [1280, 390])
def test_two_hundred_tokens(visit, width):
    found = visit(CHAPTER, width=width)
    explorer = Explorer(found.page, "opening")
    explorer.visit = found
    check_that_text_stays_text(explorer, "apple banana " * 100)
    numbers = explorer.numbers()
    assert len(numbers["tokens"]) == 200
    np.testing.assert_allclose(numbers["weights"], Expected(numbers["tokens"]).weights, atol=1e-5)


def test_too_many_tokens_are_cut_and_counted(opening):
    check_that_text_stays_text(opening, "apple banana " * 200)
    expect(opening.hint).to_contain_text("400 tokens")
    expect(opening.hint).to_contain_text("first 256")


def test_a_page_that_runs_what_is_typed_is_seen(opening):
    opening.page.evaluate(
        """() => document.addEventListener("input", (event) => {
          document.querySelector("article").insertAdjacentHTML("beforeend", event.target.value);
        })"""
    )
    with pytest.raises(AssertionError):
        check_that_text_stays_text(opening, MARKUP)


# --- a file that is missing or broken ----------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["missing", "truncated", "foreign", "no answer"])
def test_without_its_file_the_widget_keeps_its_example(opening, fault):
    context, shown = opening.visit.context, opening.weights()
    broken = {
        "missing": lambda route: route.fulfill(status=404, body="not here"),
        "truncated": lambda route: route.fulfill(body=route.fetch().body()[:100_000]),
        "foreign": lambda route: route.fulfill(body=b"\xff" * len(route.fetch().body())),
        "no answer": lambda route: route.abort(),
    }[fault]

    def ask_in_vain() -> None:
        with opening.page.expect_request(WORDS):
            opening.type("the volcano slept")
        expect(opening.root.locator(".attn-message .attn-problem")).to_contain_text("What is on screen keeps working")

    context.route(WORDS, broken)
    ask_in_vain()
    opening.shows(BANANA)
    assert opening.weights() == shown
    opening.follow("banana")
    assert opening.weights() != shown
    opening.type("apple sells a new phone")
    agrees(opening, PHONE)
    ask_in_vain()
    context.unroute(WORDS)
    opening.root.get_by_role("button", name="Try again").click()
    agrees(opening, ["the", "volcano", "slept"])


def test_a_fault_that_goes_unsaid_is_seen(opening):
    opening.page.add_style_tag(content=".attn-message { display: none !important }")
    opening.visit.context.route(WORDS, lambda route: route.abort())
    opening.type("the volcano slept")
    with pytest.raises(AssertionError):
        expect(opening.root.locator(".attn-message .attn-problem")).to_be_visible(timeout=2000)


def test_without_the_module_the_static_example_stays(visit):
    found = visit("book/references.html")
    found.context.route(re.compile(r"/attnlab\.js"), lambda route: route.abort())
    found.open(CHAPTER)
    widget = found.page.locator("attn-widget[data-widget-id='opening']")
    expect(widget.locator("table")).to_be_visible()
    expect(widget).to_contain_text("0.61")


# --- state in the address, reset, files, code --------------------------------------------------------------------


def change_everything(explorer: Explorer) -> None:
    explorer.type("apple sells a new phone")
    explorer.follow("phone")
    explorer.divide_by("1")


def check_the_address(explorer: Explorer) -> None:
    """What one reader set is what another one finds who opens the address."""
    change_everything(explorer)
    expect(explorer.page).to_have_url(re.compile("#attn&"))
    expect(explorer.page).to_have_url(re.compile("divide_by"))
    other = explorer.visit.context.new_page()
    other.goto(explorer.page.url)
    found = Explorer(other, "opening")
    agrees(found, PHONE, divisor=1.0)
    assert found.numbers()["follow"] == 4
    expect(found.root).to_be_in_viewport()


def test_the_address_carries_the_state(opening):
    check_the_address(opening)
    assert opening.visit.complaints == []


def test_an_address_without_the_state_is_seen(opening):
    opening.page.evaluate("history.replaceState = () => {}")
    with pytest.raises(AssertionError):
        check_the_address(opening)


def test_the_link_is_copied(opening):
    opening.visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    change_everything(opening)
    opening.root.get_by_role("button", name="Copy link").click()
    link = opening.page.evaluate("navigator.clipboard.readText()")
    assert "#attn&opening." in link
    other = opening.visit.context.new_page()
    other.goto(link)
    agrees(Explorer(other, "opening"), PHONE, divisor=1.0)


def test_an_address_with_nonsense_changes_nothing(visit):
    found = visit(f"{CHAPTER}#attn&opening.tokens=%ZZ&opening.divide_by=-3&opening.follow=99&x=y")
    agrees(Explorer(found.page, "opening"), BANANA)
    assert found.complaints == []


def test_an_ordinary_anchor_is_left_alone(visit):
    found = visit(f"{CHAPTER}#what-it-costs")
    explorer = Explorer(found.page, "opening")
    explorer.type("apple sells a new phone")
    explorer.shows(PHONE)
    found.page.wait_for_timeout(500)
    assert found.page.url.endswith("#what-it-costs")


def test_reset_brings_the_beginning_back(opening):
    change_everything(opening)
    opening.root.get_by_role("button", name="Reset").click()
    agrees(opening, BANANA)
    expect(opening.sentence).to_have_value(re.compile("I ate an apple and a banana", re.IGNORECASE))
    expect(opening.page).not_to_have_url(re.compile("#attn&"))


@pytest.mark.parametrize("name", ["Matrix, SVG", "Word picture, SVG"])
def test_a_picture_is_saved_as_svg(opening, name):
    drawing = ElementTree.fromstring(opening.saved(name).read_text("utf-8"))
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    texts = {"".join(element.itertext()) for element in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert "apple" in texts
    assert not list(drawing.iter("{http://www.w3.org/2000/svg}script"))


@pytest.mark.parametrize("name", ["Matrix, PNG", "Word picture, PNG"])
def test_a_picture_is_saved_as_png(opening, name):
    content = opening.saved(name).read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    assert width > 600
    assert height > 400


def test_the_numbers_are_saved_as_csv(opening):
    lines = opening.saved("Numbers of this step, CSV").read_text("utf-8").splitlines()
    assert lines[0] == ",".join(["weights", *BANANA])
    table = np.array([[float(cell) for cell in line.split(",")[1:]] for line in lines[1:8]])
    np.testing.assert_allclose(table, Expected(BANANA).weights, atol=1e-5)


def run(program: str) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(program, names)
    return names


@pytest.mark.parametrize("name", ["opening", "head"])
def test_the_python_code_gives_the_numbers_on_screen(visit, name, capsys):
    explorer = Explorer(visit(CHAPTER).page, name)
    explorer.type("the volcano sells a new apple")
    explorer.shows(["the", "volcano", "sells", "a", "new", "apple"])
    names, numbers = run(explorer.program()), explorer.numbers()
    np.testing.assert_allclose(names["weights"], numbers["weights"], atol=1e-5)
    np.testing.assert_allclose(names["output"], numbers["outputs"], atol=1e-4)
    before, after = capsys.readouterr().out.splitlines()[-1].split(" -> ")
    assert explorer.lean() == pytest.approx((float(before), float(after)), abs=0.006)


def test_code_for_another_sentence_is_seen(opening):
    numbers = opening.numbers()
    opening.type("apple sells a new phone")
    opening.shows(PHONE)
    names = run(opening.program())
    assert np.shape(names["weights"]) != np.shape(numbers["weights"])


def test_every_widget_of_the_book_starts(visit):
    """No page is left with a static copy where a widget should stand."""
    for path in sorted((build_book.output_folder()).rglob("*.html")):
        count = path.read_text("utf-8").count("<attn-widget")
        if count:
            found = visit(path.relative_to(build_book.output_folder()).as_posix())
            expect(found.page.locator("attn-widget > .attn-root")).to_have_count(count)
            states = found.page.locator("attn-widget > script").count()
            assert states == 0, json.dumps(found.complaints)
