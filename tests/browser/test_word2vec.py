"""The Word2Vec trainer in the built book: its numbers, the two halves of a step, running, own texts, the keyboard."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from book_visit import Visit
from playwright.sync_api import Locator, expect

from attnlab.widgets import Word2VecTrainer
from attnlab.widgets.word2vec_trainer_run import METHODS
from attnlab.widgets.word2vec_trainer_text import read
from attnlab.widgets.word2vec_trainer_texts import EXAMPLES

PAGE = "notebooks/word2vec.html"
NAME = "opening"
LONG_TEXT = " ".join(f"word{number % 171} likes thing{number % 13}." for number in range(600))[:10_000]
Open = Callable[..., Visit]


class Trainer:
    """The widget on a page that is open."""

    def __init__(self, found: Visit) -> None:
        self.found, self.page = found, found.page
        self.root = found.page.locator(f"attn-widget[data-widget-id='{NAME}'] .attn-word2vec")
        expect(self.root).to_be_visible()
        self.count = self.root.locator(".attn-w2v-count")
        self.note = self.root.locator(".attn-w2v-note")
        self.strip = self.root.locator(".attn-w2v-strip")
        self.text = self.root.locator("textarea")

    def side(self, method: str) -> Locator:
        return self.root.locator(f".attn-w2v-side[data-method='{method}']")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def stands_at(self, steps: int) -> None:
        expect(self.count).to_contain_text(f"Step {steps} ", timeout=20_000)

    def numbers(self) -> dict[str, Any]:
        """All numbers on screen, in full precision."""
        tools = self.root.locator(".attn-tools")
        if not tools.locator(".attn-exports").is_visible():
            tools.get_by_role("button", name="Export").click()
        with self.page.expect_download() as download:
            tools.get_by_role("button", name="All numbers, JSON").click()
        found: dict[str, Any] = json.loads(Path(download.value.path()).read_text("utf-8"))
        return found

    def write(self, text: str) -> None:
        self.root.get_by_role("radio", name="Your own").check(force=True)
        self.text.fill(text)
        self.text.blur()


@pytest.fixture
def trainer(visit: Open) -> Trainer:
    return Trainer(visit(PAGE))


STATE = ("text", "loss", "window", "dim", "learning_rate", "negatives", "seed", "steps", "computed", "follow")


def agrees(numbers: dict[str, Any]) -> Word2VecTrainer:
    """The screen's numbers are the package's for the state on screen."""
    widget = Word2VecTrainer(**{name: numbers[name] for name in STATE})
    assert tuple(numbers["words"]) == widget.words
    for method in METHODS:
        for name in ("vectors", "output_vectors", "losses"):
            np.testing.assert_allclose(numbers[name][method], getattr(widget, name)[method], atol=1e-5)
        if widget.step is not None:
            step, shown = widget.step[method], numbers["step"][method]
            assert (shown["number"], shown["applied"], shown["center"]) == (step.number, step.applied, step.center)
            np.testing.assert_allclose(shown["input_gradient"], step.input_gradient, atol=1e-5)
            np.testing.assert_allclose(shown["probabilities"], step.probabilities, atol=1e-5)
    return widget


def test_it_opens_on_what_was_learned(trainer: Trainer) -> None:
    trainer.stands_at(1500)
    widget = agrees(trainer.numbers())
    for method, found in widget.nearest().items():
        listed = ", ".join(f"{word} {cosine:.2f}" for word, cosine in found).replace("-", "−")
        expect(trainer.side(method).locator(".attn-w2v-nearest")).to_contain_text(listed)
        rows = trainer.side(method).locator("tbody tr[data-kind=true] th")
        assert widget.step is not None
        expect(rows).to_have_text(list(widget.step[method].predicted))
    assert trainer.found.complaints == []
    assert trainer.found.strangers == []


def test_a_planted_number_is_noticed(trainer: Trainer) -> None:
    numbers = trainer.numbers()
    numbers["vectors"]["cbow"][3][1] += 1e-3
    with pytest.raises(AssertionError, match="Not equal"):
        agrees(numbers)


def test_a_step_in_two_halves(trainer: Trainer) -> None:
    before = trainer.numbers()["vectors"]
    gradient = trainer.side("cbow").locator(".attn-w2v-line").last
    expect(gradient).to_contain_text("was subtracted")
    expect(trainer.button("Apply the gradient")).to_have_attribute("aria-disabled", "true")
    trainer.button("Compute").click()
    expect(gradient).to_contain_text("Not applied yet")
    trainer.stands_at(1500)
    computed = trainer.numbers()
    assert computed["computed"]
    assert computed["vectors"] == before
    agrees(computed)
    trainer.button("Apply the gradient").click()
    trainer.stands_at(1501)
    expect(gradient).to_contain_text("was subtracted")
    applied = trainer.numbers()
    assert applied["vectors"] != before
    agrees(applied)


def test_one_ten_run_pause_and_start_again(trainer: Trainer) -> None:
    trainer.button("Start from random").click()
    trainer.stands_at(0)
    expect(trainer.side("cbow")).to_contain_text("“Compute” opens the first window")
    trainer.button("One step").click()
    trainer.stands_at(1)
    expect(trainer.strip.locator("[data-role=center]")).to_have_text("kings")
    expect(trainer.strip.locator("[data-role=context]")).to_have_text(["wear", "crowns"])
    trainer.button("Ten steps").click()
    trainer.stands_at(11)
    trainer.button("Run").click()
    expect(trainer.button("One step")).to_have_attribute("aria-disabled", "true")
    expect(trainer.count).to_contain_text(re.compile(r"Step [1-9]\d\d "), timeout=20_000)
    trainer.button("Pause").click()
    expect(trainer.button("Run")).to_be_visible()
    numbers = trainer.numbers()
    assert numbers["steps"] >= 100
    agrees(numbers)
    trainer.button("Reset").click()
    trainer.stands_at(1500)


def test_every_setting_trains_anew_to_the_same_step(trainer: Trainer) -> None:
    trainer.root.get_by_role("radio", name="Negative sampling").check(force=True)
    for name, keys in (("Noise words", 2), ("Words to each side", 1), ("Dimensions", 3), ("Learning rate", 1)):
        slider = trainer.root.get_by_role("slider", name=name)
        slider.focus()
        for _ in range(keys):
            slider.press("ArrowRight")
    trainer.root.get_by_role("spinbutton", name="Seed").fill("7")
    trainer.root.get_by_role("spinbutton", name="Seed").press("Enter")
    trainer.root.get_by_label("Follow the word").select_option("apples")
    trainer.stands_at(1500)
    expect(trainer.side("cbow").locator(".attn-w2v-caption")).to_contain_text("PCA")
    numbers = trainer.numbers()
    settings = [numbers[name] for name in ("loss", "negatives", "window", "dim", "learning_rate", "seed", "follow")]
    assert settings == ["negative-sampling", 7, 3, 5, 0.2, 7, "apples"]
    agrees(numbers)
    negatives = numbers["step"]["skip-gram"]["negatives"]
    assert [len(row) for row in negatives] == [7] * len(numbers["step"]["skip-gram"]["predicted"])
    assert trainer.found.complaints == []


def test_the_state_is_in_the_address(trainer: Trainer, visit: Open) -> None:
    trainer.write("Red wine. White wine & <b>rosé</b>")
    trainer.root.get_by_role("slider", name="Dimensions").press("ArrowRight")
    trainer.button("Start from random").click()
    trainer.button("Ten steps").click()
    trainer.button("Compute").click()
    trainer.page.wait_for_function("location.hash.includes('computed=true')")
    numbers = trainer.numbers()
    fragment = trainer.page.evaluate("location.hash")
    again = Trainer(visit(PAGE + fragment))
    again.stands_at(10)
    assert again.numbers() == numbers
    assert (numbers["dim"], numbers["steps"], numbers["computed"]) == (3, 10, True)


BAD = [
    ("", "There is no word in the text yet"),
    ("🍎!?", "There is no word in the text yet"),
    ("apple", "one word only"),
    ("red. white.", "no window reaches beyond a sentence"),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_a_text_without_anything_to_learn(trainer: Trainer, text: str, said: str) -> None:
    trainer.write(text)
    expect(trainer.note.locator(".attn-problem")).to_contain_text(said)
    expect(trainer.button("Compute")).to_have_attribute("aria-disabled", "true")
    assert trainer.text.input_value() == text
    trainer.root.get_by_role("radio", name="Kings and fruit").check(force=True)
    trainer.stands_at(1500)
    assert trainer.found.complaints == []


@pytest.mark.parametrize("text", ["<b>bold</b> </script> <img src=x>", "猫吃鱼。狗吃肉。", "🍎 apple 🍌 banana apple"])
def test_any_text_is_text(trainer: Trainer, text: str) -> None:
    trainer.write(text)
    trainer.stands_at(1500)
    expect(trainer.note.locator(".attn-problem")).to_have_count(0)
    numbers = trainer.numbers()
    assert numbers["text"] == text
    agrees(numbers)
    assert trainer.root.locator(".attn-w2v-strip b, .attn-w2v-strip img").count() == 0
    assert trainer.found.complaints == []


def test_ten_thousand_characters(visit: Open) -> None:
    found = visit(PAGE)
    trainer = Trainer(found)
    trainer.write(LONG_TEXT)
    trainer.stands_at(1500)
    left_out = read(LONG_TEXT).left_out
    assert left_out > 50
    expect(trainer.note).to_contain_text(f"Only the 120 most frequent words are learned: {left_out} rarer ones")
    trainer.button("Ten steps").click()
    trainer.stands_at(1510)
    agrees(trainer.numbers())
    assert found.complaints == []


def test_a_click_on_a_row_follows_its_word(trainer: Trainer) -> None:
    matrices = trainer.side("skip-gram").locator(".attn-w2v-matrices")
    matrices.click(position={"x": 120, "y": 25})
    words = trainer.numbers()["words"]
    expect(trainer.root.get_by_label("Follow the word")).to_have_value(words[0])


def test_the_keyboard_alone(trainer: Trainer) -> None:
    trainer.button("Compute").focus()
    trainer.page.keyboard.press("Enter")
    expect(trainer.side("cbow")).to_contain_text("Not applied yet")
    expect(trainer.button("Compute")).to_be_focused()  # although it offers nothing now
    trainer.page.keyboard.press("Tab")
    trainer.page.keyboard.press("Space")
    trainer.stands_at(1501)
    trainer.page.keyboard.press("Tab")
    trainer.page.keyboard.press("Enter")
    trainer.stands_at(1502)
    live = trainer.root.locator("[aria-live=polite]")
    expect(live).to_contain_text("1502 steps done. CBOW:")


def test_the_program_gives_the_numbers_on_screen(trainer: Trainer) -> None:
    trainer.button("Start from random").click()
    trainer.button("Ten steps").click()
    trainer.stands_at(10)
    trainer.button("Python").click()
    program = trainer.root.get_by_label("Python code for the numbers on screen").inner_text()
    said: list[Any] = []
    exec(program, {"print": lambda *values: said.extend(values)})
    numbers = trainer.numbers()
    for side, first in (("cbow", 0), ("skip-gram", len(said) // 2)):
        assert said[first] == side
        np.testing.assert_allclose(said[first + 1], numbers["vectors"][side], atol=1e-5)
        np.testing.assert_allclose(said[first + 2], numbers["output_vectors"][side], atol=1e-5)
        np.testing.assert_allclose(said[first + 3], numbers["losses"][side][-1], atol=1e-5)


def test_pictures_and_tables_can_be_taken_away(trainer: Trainer) -> None:
    tools = trainer.root.locator(".attn-tools")
    tools.get_by_role("button", name="Export").click()
    for name, start in (
        ("Picture, SVG", b"<svg"),
        ("Picture, PNG", b"\x89PNG"),
        ("Both matrices, CSV", b"side,matrix"),
    ):
        with trainer.page.expect_download() as download:
            tools.get_by_role("button", name=name).click()
        assert Path(download.value.path()).read_bytes().startswith(start)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_one_side_at_a_time(visit: Open, scheme: str) -> None:
    trainer = Trainer(visit(PAGE, scheme=scheme, width=390))
    expect(trainer.side("cbow")).to_be_visible()
    expect(trainer.side("skip-gram")).to_be_hidden()
    trainer.root.get_by_role("radio", name="Skip-gram").check(force=True)
    expect(trainer.side("skip-gram")).to_be_visible()
    expect(trainer.side("cbow")).to_be_hidden()
    assert trainer.found.too_wide() == []
    assert trainer.found.accessibility_violations() == []
    assert trainer.found.complaints == []


def test_nothing_moves_while_it_runs(trainer: Trainer) -> None:
    trainer.button("Compute").scroll_into_view_if_needed()
    box = trainer.root.bounding_box()
    trainer.button("Compute").click()
    expect(trainer.side("cbow")).to_contain_text("Not applied yet")
    assert trainer.root.bounding_box() == box
    trainer.button("Start from random").click()
    trainer.stands_at(0)
    assert trainer.root.bounding_box() == box


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_use_it(visit: Open, scheme: str) -> None:
    trainer = Trainer(visit(PAGE, scheme=scheme))
    trainer.button("Compute").click()
    assert trainer.found.accessibility_violations() == []
    assert [example.name for example in EXAMPLES] == ["royals", "apple", "chinese"]
