"""The playground of models in the built book: loading on demand, bad input, the numbers, the keyboard.

Nothing here depends on what a model says: what stands on screen is compared with what the package computes.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from book_visit import Visit
from playwright.sync_api import Locator, Route, expect

from attnlab.widgets import ModelPlayground
from attnlab.widgets.playground_files import asset_files

PAGE = "book/models.html"
WEIGHTS = "**/models-*-weights.*"
JUST_NOW = "just now"
# Counts what the page's workers say, and notes the longest time that its main thread was busy.
WATCH = """
window.watched = { workers: 0, messages: 0, longest: 0 };
window.Worker = class extends Worker {
  constructor(...values) {
    super(...values);
    watched.workers += 1;
    this.addEventListener("message", () => { watched.messages += 1; });
  }
};
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) watched.longest = Math.max(watched.longest, duration);
}).observe({ type: "longtask", buffered: true });
"""
WEIGHTS_SENT = """
() => performance.getEntriesByType("resource").find(({ name }) => name.includes("-weights.")).transferSize
"""
SECOND_WIDGET = """
async () => {
  const text = await (await fetch(location.href)).text();
  const widget = new DOMParser().parseFromString(text, "text/html").querySelector("attn-widget");
  document.querySelector("attn-widget").after(document.adoptNode(widget));
}
"""
TYPE_AND_CHANGE = """
([model, text, after]) => {
  const pick = (name) => document.querySelector(`.attn-models-row input[value=${name}]`).click();
  const input = document.querySelector(".attn-input-row .attn-input");
  pick(model);
  input.value = text;
  input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  if (after) pick(after);
}
"""
Open = Callable[..., Visit]


class Playground:
    """The widget on a page that is open."""

    def __init__(self, found: Visit) -> None:
        self.found, self.page = found, found.page
        self.root = found.page.locator("attn-widget").first
        self.text = self.root.locator(".attn-input-row .attn-input")
        self.run = self.root.locator(".attn-run")
        self.line = self.root.locator(".attn-load-line")
        self.answer = self.root.locator(".attn-answer")
        self.tokens = self.root.locator(".attn-run-token")

    def choose(self, model: str) -> None:
        self.root.get_by_role("radio", name=model, exact=True).check(force=True)

    def done(self, said: str | re.Pattern[str] = JUST_NOW) -> None:
        """Wait until the model has run, and the line says so or what there is to say of the text."""
        expect(self.line).to_contain_text(said, timeout=15_000)
        expect(self.root.locator(".attn-outcome[aria-busy=false]")).to_be_attached(timeout=15_000)

    def problem(self) -> Locator:
        return self.line.locator(".attn-problem")

    def retry(self) -> Locator:
        return self.line.get_by_role("button", name="Try again")

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

    def weights_asked(self) -> list[str]:
        return [response.url for response in self.found.responses if "-weights." in response.url]


@pytest.fixture
def playground(visit: Open) -> Playground:
    return Playground(visit(PAGE))


def agrees(numbers: dict[str, Any], widget: ModelPlayground) -> None:
    """The screen's numbers are the package's."""
    result = widget.result
    assert numbers["text"] == result.text
    assert [token["id"] for token in numbers["tokens"]] == list(result.ids)
    np.testing.assert_allclose([token["probability"] for token in numbers["tokens"]], result.probabilities, atol=1e-3)
    for token, candidates in zip(numbers["tokens"], result.candidates, strict=True):
        shares = [candidate["probability"] for candidate in token["candidates"]]
        np.testing.assert_allclose(shares, [share for _, share in candidates], atol=1e-3)
    for name, weights in result.attention.items():
        np.testing.assert_allclose(numbers["attention"][name], weights, atol=1e-3)


# --- loading ----------------------------------------------------------------------------------------------------------


def test_nothing_is_fetched_before_the_reader_acts(playground):
    page = playground.page
    expect(playground.line).to_contain_text("A worked example")
    agrees({**playground.numbers()}, ModelPlayground())
    for model in ("Writer", "Reader", "Translator"):
        playground.choose(model)
        expect(playground.line).to_contain_text("A worked example")
    playground.tokens.nth(1).click()
    playground.root.get_by_label("Head", exact=True).select_option("1")
    page.wait_for_timeout(300)
    assert [response.url for response in playground.found.responses if "/assets/models-" in response.url] == []
    assert page.workers == []
    playground.run.click()
    playground.done()
    assert len(playground.weights_asked()) == 1
    assert playground.found.complaints == []


def test_typing_is_enough(playground):
    playground.text.fill("你好吗？")
    playground.done()
    agrees(playground.numbers(), ModelPlayground("translator", "你好吗？"))


def test_nothing_that_is_typed_is_lost_while_the_model_is_changed(playground):
    """Both happen before the page is drawn again."""
    page = playground.page
    page.evaluate(TYPE_AND_CHANGE, ["reader", "It is __ here."])
    playground.done()
    expect(playground.text).to_have_value("It is __ here.")
    assert playground.numbers()["input"] == "It is __ here."
    page.evaluate(TYPE_AND_CHANGE, ["reader", "Left __ behind.", "writer"])
    expect(playground.text).not_to_have_value("Left __ behind.")
    playground.choose("Reader")
    expect(playground.text).to_have_value("Left __ behind.")


def test_two_widgets_load_a_model_once(playground):
    playground.page.evaluate(SECOND_WIDGET)
    both = playground.page.locator("attn-widget .attn-run")
    expect(both).to_have_count(2)
    both.nth(0).click()
    both.nth(1).click()
    for line in playground.page.locator(".attn-load-line").all():
        expect(line).to_contain_text(JUST_NOW, timeout=15_000)
    assert len(playground.weights_asked()) == 1
    assert len(playground.page.workers) == 1


def test_a_second_visit_takes_the_model_from_the_browsers_cache(
    browser_type: Any, browser_type_launch_args: dict[str, Any], tmp_path: Path, address: str
):
    # A browser with a cache on disk, which looks into no request: looking into them turns the cache off.
    context = browser_type.launch_persistent_context(tmp_path, **browser_type_launch_args)
    page = context.new_page()
    sizes = []
    for _ in range(2):
        page.goto(f"{address}/{PAGE}")
        page.locator(".attn-run").click()
        expect(page.locator(".attn-load-line")).to_contain_text(JUST_NOW, timeout=15_000)
        sizes.append(page.evaluate(WEIGHTS_SENT))
    context.close()
    assert sizes[0] > 1_000_000
    assert sizes[1] == 0


def flipped(body: bytes) -> bytes:
    return body[:-1] + bytes([body[-1] ^ 1])


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda route: route.abort("connectionreset"), "could not be fetched"),
        (lambda route: route.abort("internetdisconnected"), "could not be fetched"),
        (lambda route: route.fulfill(status=503, body="busy"), "did not arrive whole (http"),
        (lambda route: route.fulfill(body=route.fetch().body()[:-5]), "did not arrive whole (truncated"),
        (lambda route: route.fulfill(body=flipped(route.fetch().body())), "did not arrive whole (models/"),
        (lambda route: route.fulfill(body=b"<html>" + route.fetch().body()[6:]), "did not arrive whole (models/"),
    ],
    ids=["cut", "offline", "busy", "short", "a flipped bit", "a page instead"],
)
def test_a_download_that_fails_is_said_and_tried_again(playground, answer: Callable[[Route], None], message: str):
    before = playground.answer.inner_text()
    context = playground.found.context
    context.route(WEIGHTS, answer)
    playground.run.click()
    expect(playground.problem()).to_contain_text(message, timeout=15_000)
    expect(playground.answer).to_have_text(before)  # the worked example is still there
    expect(playground.retry()).to_be_visible()
    context.unroute(WEIGHTS)
    playground.retry().click()
    playground.done()
    expect(playground.retry()).to_be_hidden()
    agrees(playground.numbers(), ModelPlayground())


def test_weights_of_another_model_are_refused(playground):
    """Where the page itself announces them, with their own size and digest, the engine looks at their shapes."""
    cards = ModelPlayground().cards
    right, wrong = (cards[name]["files"]["weights"] for name in ("translator", "writer"))
    found = playground.found

    def announce(body: str) -> str:
        for fact in ("bytes", "sha256"):
            assert str(right[fact]) in body
            body = body.replace(str(right[fact]), str(wrong[fact]))
        return body

    found._serve_altered(PAGE, announce)
    content = asset_files()["models/writer/weights"].read_bytes()
    found.context.route(WEIGHTS, lambda route: route.fulfill(body=content))
    found.open(PAGE)
    playground.run.click()
    expect(playground.problem()).to_contain_text("did not arrive whole", timeout=15_000)
    expect(playground.retry()).to_be_visible()


def test_the_computing_is_done_by_a_worker(playground):
    found = playground.found
    found.context.add_init_script(WATCH)
    found.open(PAGE)
    playground.run.click()
    playground.done()
    watched = found.page.evaluate("watched")
    print(f"longest task of the main thread while loading and translating: {watched['longest']:.0f} ms")
    assert watched["workers"] == len(found.page.workers) == 1
    assert watched["messages"] > playground.tokens.count()


# --- what is typed ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The text is empty"),
        ("   ", "The text is empty"),
        ("鱻犇猋", "knows none of these characters: 鱻 犇 猋"),
    ],
)
def test_a_text_that_cannot_be_read(playground, text: str, message: str):
    playground.text.fill(text)
    expect(playground.problem()).to_contain_text(message, timeout=15_000)
    expect(playground.tokens).to_have_count(0)
    playground.text.fill("你好")
    playground.done()
    assert playground.found.complaints == []


def test_a_text_that_is_too_long_is_cut_only_when_asked(playground):
    card = ModelPlayground().cards["translator"]
    most = card["max_length"] - 1
    playground.text.fill("好" * (most + 30))
    expect(playground.problem()).to_contain_text(f"{most + 30} characters; the translator reads at most {most}")
    assert playground.text.input_value() == "好" * (most + 30)
    playground.line.get_by_role("button", name="Cut it").click()
    playground.done()
    assert playground.text.input_value() == "好" * most


def test_unknown_and_traditional_characters_are_said(playground):
    playground.text.fill("他們在吃鱻")
    expect(playground.line).to_contain_text("們 → 们", timeout=15_000)
    expect(playground.line).to_contain_text("never learned: 鱻")
    agrees(playground.numbers(), ModelPlayground("translator", "他們在吃鱻"))


@pytest.mark.parametrize(("model", "button"), [("Translator", "Translate"), ("Writer", "Write"), ("Reader", "Fill in")])
def test_what_is_typed_is_text(playground, model: str, button: str):
    markup = "<img src=x onerror='window.ran=1'> 好 __"
    playground.choose(model)
    playground.text.fill(markup)
    playground.run.click()
    playground.done(re.compile(f"{JUST_NOW}|has never learned: <"))
    expect(playground.run).to_have_text(button)
    assert playground.page.evaluate("window.ran") is None
    assert playground.root.locator("img").count() == 0
    assert playground.found.complaints == []


@pytest.mark.parametrize("text", ["Hello 世界", "123", "🍎好", "\u202eabc", "a" * 90])
def test_any_text_is_translated_or_refused(playground, text: str):
    playground.text.fill(text)
    playground.run.click()
    expect(playground.line.locator(".attn-progress")).to_be_hidden(timeout=15_000)
    expect(playground.line).to_contain_text("")
    playground.page.wait_for_timeout(600)
    assert playground.found.complaints == []


# --- the numbers ------------------------------------------------------------------------------------------------------


def test_a_beam_and_heads_that_are_off_agree_with_python(playground):
    text = "我昨天没有去学校。"
    playground.text.fill(text)
    playground.done()
    greedy = ModelPlayground("translator", text)
    agrees(playground.numbers(), greedy)
    playground.root.get_by_role("radio", name="Beam").check(force=True)
    playground.page.wait_for_timeout(1500)
    agrees(playground.numbers(), ModelPlayground("translator", text, decoding="beam"))
    playground.root.get_by_role("radio", name="Greedy").check(force=True)
    playground.root.locator(".attn-heads-part summary").click()
    playground.root.get_by_role("checkbox", name="Decoder 1, cross, head 1", exact=True).uncheck()
    playground.root.get_by_role("checkbox", name="Encoder 2, head 2", exact=True).uncheck()
    expect(playground.root.locator(".attn-heads-count")).to_contain_text("2 of")
    playground.page.wait_for_timeout(1000)
    off = ["translator.decoder.layers.0.cross_attention.0", "translator.encoder.layers.1.attention.1"]
    agrees(playground.numbers(), ModelPlayground("translator", text, off=off))
    playground.root.get_by_role("button", name="Switch all on").click()
    playground.page.wait_for_timeout(1000)
    agrees(playground.numbers(), greedy)


def test_the_writer_draws_as_python_does(playground):
    playground.choose("Writer")
    playground.text.fill("It was")
    playground.done()
    expect(playground.tokens).to_have_count(1)  # what comes next
    one = playground.root.get_by_role("button", name="One token")
    for count in (2, 3, 4):
        one.click()
        expect(playground.tokens).to_have_count(count)
    agrees(playground.numbers(), ModelPlayground("writer", "It was", length=3))
    playground.root.get_by_label("Seed").fill("5")
    playground.page.wait_for_timeout(700)
    again = ModelPlayground("writer", "It was", seed=5, length=3)
    agrees(playground.numbers(), again)
    playground.run.click()
    playground.page.wait_for_timeout(1500)
    again.write(20)
    agrees(playground.numbers(), again)


def test_the_reader_fills_as_python_does(playground):
    playground.choose("Reader")
    playground.text.fill("The __ is in the __ .")
    playground.done()
    expect(playground.tokens).to_have_count(2)
    agrees(playground.numbers(), ModelPlayground("reader", "The __ is in the __ ."))
    playground.text.fill("There is no blank.")
    expect(playground.problem()).to_contain_text("no blank")


@pytest.mark.parametrize(
    ("model", "off"), [("Translator", 0), ("Translator", 2), ("Writer", 0), ("Writer", 1), ("Reader", 2)]
)
def test_the_python_gives_what_is_on_screen(playground, model: str, off: int):
    playground.choose(model)
    playground.run.click()
    playground.done()
    playground.root.locator(".attn-heads-part summary").click()
    for head in range(off):
        playground.root.locator(".attn-heads tbody input").nth(3 * head).uncheck()
        playground.page.wait_for_timeout(500)  # it begins with the next frame
        playground.done()
    playground.root.get_by_role("button", name="Python").click()
    code = playground.root.locator(".attn-code").inner_text()
    said: list[Any] = []
    exec(code, {"print": said.append})
    assert said[0] == playground.numbers()["text"]


# --- looking around ---------------------------------------------------------------------------------------------------


def test_the_keyboard_reaches_everything(playground):
    page = playground.page
    playground.text.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("你好吗")
    page.keyboard.press("Enter")
    playground.done()
    playground.tokens.first.focus()
    page.keyboard.press("ArrowRight")
    expect(playground.tokens.nth(1)).to_be_focused()
    expect(playground.tokens.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(playground.root.locator(".attn-candidates-title")).to_contain_text("token 2")
    chart = playground.root.locator(".attn-attention-map")
    chart.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(playground.root.locator(".attn-map-readout")).to_contain_text("looks at 好")
    playground.root.locator(".attn-heads-part summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(playground.root.locator(".attn-heads-count")).to_contain_text("1 of")


def test_what_happens_is_said(playground):
    playground.text.fill("你好")
    playground.done()
    said = playground.root.locator(".attn-visually-hidden[role=status]")
    expect(said).to_contain_text(f"Translation: {playground.numbers()['text']}"[:40])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_out_of_reach_while_the_models_run(visit, scheme: str, width: int):
    playground = Playground(visit(PAGE, scheme=scheme, width=width))
    playground.root.locator(".attn-heads-part summary").click()
    heights = set()
    for model in ("Translator", "Writer", "Reader"):
        playground.choose(model)
        playground.run.click()
        playground.done()
        assert playground.found.accessibility_violations() == []
        assert playground.found.too_wide() == []
        heights.add(playground.root.locator(".attn-outcome").bounding_box()["height"])
    assert len(heights) == 1  # nothing moves from model to model


def test_nothing_moves_while_a_model_loads_and_runs(playground):
    root = playground.root.locator(".attn-card")
    before = root.bounding_box()["height"]
    playground.run.click()
    heights = []
    for _ in range(12):
        heights.append(root.bounding_box()["height"])
        playground.page.wait_for_timeout(40)
    playground.done()
    assert {before, *heights, root.bounding_box()["height"]} == {before}


def test_a_link_carries_the_state_and_fetches_nothing(playground):
    playground.text.fill("你好")
    playground.done()
    playground.page.wait_for_function("location.hash.includes('models.source=')")
    link = playground.page.evaluate("location.href")
    found = playground.found
    found.responses.clear()
    found.page.goto("about:blank")
    found.page.goto(link)
    expect(playground.text).to_have_value("你好")
    expect(playground.line).to_contain_text("Press Translate")
    assert playground.weights_asked() == []
    playground.run.click()
    playground.done()
    playground.root.get_by_role("button", name="Reset").click()
    expect(playground.text).to_have_value("好久不见")
    expect(playground.line).to_contain_text("A worked example")


def test_numbers_and_pictures_can_be_taken_away(playground):
    rows = playground.saved("Tokens, CSV").splitlines()
    assert rows[0].startswith("place,token,probability,candidate 1")
    assert len(rows) == 1 + len(playground.numbers()["tokens"])
    picture = playground.saved("Attention, SVG")
    assert picture.startswith("<svg")
    assert "久" in picture
