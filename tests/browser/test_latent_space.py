"""The explorer of the latent space in the built book: the map and its honesty, mouse and keyboard, bad input."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from book_visit import Visit
from playwright.sync_api import Locator, expect

from attnlab.widgets import LatentSpaceExplorer

PAGE = "notebooks/latent_space.html"
HERE = "words are here"
SLOW = 30_000
Open = Callable[..., Visit]
# What the map's canvas holds: how many of its pixels differ from the commonest one.
DRAWN = """
(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const words = new Uint32Array(data.buffer);
  return words.reduce((count, word) => count + (word === words[0] ? 0 : 1), 0);
}
"""


class Explorer:
    """The widget on a page that is open."""

    def __init__(self, found: Visit) -> None:
        self.found, self.page = found, found.page
        self.root = found.page.locator('attn-widget[data-widget-id="opening"]')
        self.stage = self.root.locator(".attn-space-stage")
        self.line = self.root.locator(".attn-load-line")
        self.headline = self.root.locator(".attn-space-headline")
        self.note = self.root.locator(".attn-space-note")

    def choose(self, name: str) -> None:
        self.root.get_by_role("radio", name=name, exact=True).check(force=True)

    def whole(self) -> None:
        """Wait until all words are there and their map is judged."""
        expect(self.line).to_contain_text(HERE, timeout=SLOW)

    def box(self, name: str) -> Locator:
        return self.root.get_by_role("combobox", name=name, exact=True)

    def words(self, column: int) -> list[str]:
        lists = self.root.locator(".attn-space-list").nth(column)
        return lists.locator("li:visible .attn-list-name").all_inner_texts()

    def numbers(self) -> dict[str, Any]:
        tools = self.root.locator(".attn-tools")
        if not tools.locator(".attn-exports").is_visible():
            tools.get_by_role("button", name="Export").click()
        with self.page.expect_download() as download:
            tools.get_by_role("button", name="All numbers, JSON").click()
        found: dict[str, Any] = json.loads(Path(download.value.path()).read_text("utf-8"))
        return found

    def drawn(self) -> int:
        return int(self.stage.locator("canvas").first.evaluate(DRAWN))


@pytest.fixture
def explorer(visit: Open) -> Explorer:
    return Explorer(visit(PAGE))


def names(listed: list[tuple[str, float]]) -> list[str]:
    return [word for word, _ in listed]


def test_it_opens_on_a_worked_example_and_fetches_nothing(explorer: Explorer) -> None:
    widget = LatentSpaceExplorer()
    expect(explorer.line).to_contain_text("A worked example")
    assert explorer.words(0) == names(widget.neighbors)
    assert explorer.words(1) == names(widget.picture_neighbors)
    expect(explorer.headline).to_contain_text(f"keeps {widget.overlap}")
    assert explorer.drawn() > 500
    assert not [response.url for response in explorer.found.responses if "/assets/words" in response.url]
    assert explorer.found.complaints == []


def test_touching_it_brings_all_words_with_the_same_neighbors(explorer: Explorer) -> None:
    before, few = explorer.words(0), explorer.drawn()
    explorer.stage.click(position={"x": 4, "y": 4})
    explorer.whole()
    assert explorer.words(0) == before
    canvas = explorer.stage.locator("canvas").first.element_handle()
    explorer.page.wait_for_function(f"([canvas, few]) => ({DRAWN})(canvas) > 3 * few", arg=[canvas, few], timeout=SLOW)


@pytest.mark.parametrize(("projection", "dimensions"), [("PCA", 3), ("t-SNE", 2)])
def test_the_numbers_of_a_map_are_those_of_python(explorer: Explorer, projection: str, dimensions: int) -> None:
    name = {"PCA": "pca", "t-SNE": "tsne"}[projection]
    widget = LatentSpaceExplorer(word="london", projection=name, dimensions=dimensions)
    explorer.box("Word").fill("london")
    explorer.box("Word").press("Enter")
    explorer.choose(projection)
    explorer.choose(f"{dimensions}-D")
    explorer.whole()
    expect(explorer.note).to_contain_text(f"keeps {widget.mean_overlap:.2f} of its 10", timeout=SLOW)
    found = explorer.numbers()
    assert names(found["neighbors"]) == names(widget.neighbors)
    assert names(found["picture_neighbors"]) == names(widget.picture_neighbors)
    assert found["overlap"] == widget.overlap
    cosines = [cosine for _, cosine in found["neighbors"]]
    np.testing.assert_allclose(cosines, [cosine for _, cosine in widget.neighbors], atol=1e-5)


def test_a_word_is_found_by_keyboard_alone(explorer: Explorer) -> None:
    box = explorer.box("Word")
    box.focus()
    box.press("Control+a")
    box.press_sequentially("bana")
    explorer.whole()
    box.press_sequentially("n")
    expect(explorer.root.get_by_role("option", name="banana", exact=True)).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")
    expect(explorer.headline).to_contain_text("“banana”")
    assert explorer.words(0) == names(LatentSpaceExplorer(word="banana").neighbors)
    explorer.root.locator(".attn-list-button").first.press("Enter")  # a neighbor becomes the word
    expect(box).to_have_value("bananas")


def test_keys_and_the_pointer_turn_the_map_and_the_address_keeps_it(explorer: Explorer) -> None:
    explorer.choose("3-D")
    explorer.whole()
    explorer.stage.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "+"):
        explorer.stage.press(key)
    explorer.page.wait_for_function("location.hash.includes('opening.camera=12,-6,1.25,0,0')")
    box = explorer.stage.bounding_box()
    assert box is not None
    explorer.page.mouse.move(box["x"] + 100, box["y"] + 200)
    explorer.page.mouse.down()
    explorer.page.mouse.move(box["x"] + 200, box["y"] + 200, steps=4)
    explorer.page.mouse.up()
    explorer.page.wait_for_function("!location.hash.includes('opening.camera=12,')")
    assert "opening.dimensions=3" in explorer.page.url
    explorer.root.get_by_role("button", name="Reset").click()
    explorer.page.wait_for_function("!location.hash.includes('camera')")


def test_pointing_at_a_dot_names_its_word_and_a_click_chooses_it(explorer: Explorer) -> None:
    explorer.choose("t-SNE")
    explorer.whole()
    expect(explorer.note).to_contain_text("mean over", timeout=SLOW)
    box = explorer.stage.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    explorer.page.mouse.move(*middle)
    readout = explorer.root.locator(".attn-space-readout")
    expect(readout).to_contain_text("to apple")
    word = readout.inner_text().split(":")[0]
    explorer.page.mouse.click(*middle)
    expect(explorer.headline).to_contain_text(f"“{word}”")


def test_both_lists_of_an_analogy_stand_side_by_side(explorer: Explorer) -> None:
    explorer.choose("Analogy")
    assert explorer.words(0)[0] == "king"
    assert explorer.words(1)[0] == "queen"
    expect(explorer.headline).to_contain_text("one of the three")
    explorer.root.get_by_role("button", name="paris − france + japan").click()
    explorer.whole()
    widget = LatentSpaceExplorer(view="analogy")
    widget.terms = ["paris", "france", "japan"]
    found = explorer.numbers()
    assert names(found["included"]) == names(widget.analogy.included)
    assert names(found["excluded"]) == names(widget.analogy.excluded)
    np.testing.assert_allclose(found["places"], widget.coordinates.places, atol=1e-5)


def test_axes_follow_the_pairs_that_a_reader_types(explorer: Explorer) -> None:
    explorer.choose("Axes")
    first = explorer.words(0)[0]
    assert first == "lemon"
    pairs = explorer.root.get_by_role("textbox", name="Across: pairs of words")
    pairs.fill("dog cat, Paris london")
    explorer.whole()
    widget = LatentSpaceExplorer(view="axes")
    widget.x_axis = [["dog", "cat"], ["paris", "london"]]
    found = explorer.numbers()
    np.testing.assert_allclose(np.transpose(found["coordinates"]), widget.coordinates.places, atol=1e-5)
    expect(explorer.root.get_by_role("combobox", name="Across")).to_have_value("own")
    explorer.root.get_by_role("combobox", name="Upward").select_option("none")
    assert len(explorer.numbers()["coordinates"]) == 1


def test_a_word_with_two_meanings_stands_between_them(explorer: Explorer) -> None:
    explorer.choose("Two meanings")
    widget = LatentSpaceExplorer(view="senses")
    assert explorer.words(1)[:3] == [one.word for one in widget.senses if one.lean > 0][:3]
    explorer.root.get_by_role("button", name="mouse", exact=True).click()
    explorer.whole()
    expect(explorer.headline).to_contain_text("“mouse”")
    widget.word, widget.poles = "mouse", [["rat", "animal", "rabbit"], ["keyboard", "computer", "screen"]]
    leans = [one["lean"] for one in explorer.numbers()["senses"]]
    np.testing.assert_allclose(leans, [one.lean for one in widget.senses], atol=1e-5)


@pytest.mark.parametrize("typed", ["zzzz", "苹果", "🍎", "<b>bold</b>", "</script>", "a" * 10_000])
def test_what_is_no_word_of_the_table_is_said(explorer: Explorer, typed: str) -> None:
    explorer.box("Word").fill(typed)
    explorer.box("Word").press("Enter")
    expect(explorer.line.locator(".attn-problem")).to_contain_text("is not among the 8,000 words", timeout=SLOW)
    expect(explorer.box("Word")).to_have_value(typed)
    expect(explorer.headline).to_contain_text("“apple”")
    assert explorer.root.locator("b").count() == 0
    assert explorer.found.complaints == []


def test_an_empty_box_and_half_a_pair_are_said(explorer: Explorer) -> None:
    explorer.choose("Axes")
    pairs = explorer.root.get_by_role("textbox", name="Across: pairs of words")
    for typed, said in (
        ("", "The box is empty"),
        ("dog", "“dog” is not a pair"),
        ("dog qqq", "Not in this table: qqq"),
    ):
        pairs.fill(typed)
        expect(explorer.line.locator(".attn-problem")).to_contain_text(said, timeout=SLOW)
    expect(pairs).to_have_value("dog qqq")


def test_the_other_table_lacks_some_words_and_says_so(explorer: Explorer) -> None:
    explorer.box("Word").fill("iphone")
    explorer.box("Word").press("Enter")
    explorer.whole()
    explorer.choose("Word2Vec")
    expect(explorer.line.locator(".attn-problem")).to_contain_text("“iphone” is not among the 10,000", timeout=SLOW)
    explorer.choose("Axes")
    expect(explorer.note).to_contain_text("Not in this table, and left out")


def test_a_lost_connection_is_said_and_can_be_mended(explorer: Explorer) -> None:
    explorer.page.route("**/assets/words*", lambda route: route.abort())
    explorer.stage.click(position={"x": 4, "y": 4})
    expect(explorer.line).to_contain_text("could not be fetched")
    explorer.page.unroute("**/assets/words*")
    explorer.line.get_by_role("button", name="Try again").click()
    explorer.whole()


def test_a_link_shows_what_was_shared(visit: Open) -> None:
    explorer = Explorer(visit(f"{PAGE}#attn&opening.view=analogy&opening.terms=father,he,she"))
    widget = LatentSpaceExplorer(view="analogy")
    widget.terms = ["father", "he", "she"]
    explorer.whole()
    assert explorer.words(0) == names(widget.analogy.included)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible_and_not_too_wide(visit: Open, scheme: str, width: int) -> None:
    explorer = Explorer(visit(PAGE, scheme=scheme, width=width))
    for view in ("Map", "Analogy", "Axes", "Two meanings"):
        explorer.choose(view)
        assert explorer.found.accessibility_violations() == []
        assert explorer.found.too_wide() == []


def test_many_keys_in_one_frame_are_one_redraw(explorer: Explorer) -> None:
    explorer.choose("3-D")
    explorer.whole()
    expect(explorer.note).to_contain_text("mean over", timeout=SLOW)
    explorer.page.evaluate("""() => {
      window.redraws = 0;
      new PerformanceObserver((list) => { window.redraws += list.getEntriesByName("attn:update").length; })
        .observe({ type: "measure" });
      const stage = document.querySelector(".attn-space-stage");
      for (let step = 0; step < 50; step += 1) {
        stage.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
      }
    }""")
    explorer.page.wait_for_function("window.redraws > 0", timeout=SLOW)
    explorer.page.wait_for_timeout(300)
    assert explorer.page.evaluate("window.redraws") < 10  # one for each key would be 50
