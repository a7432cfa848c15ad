"""The self-attention explorer as a reader meets it, and the numbers that it must show, computed by the package."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from playwright.sync_api import Locator, Page, expect

from attnlab.attention import scaled_dot_product_attention
from attnlab.embedding import lean, load_word_vectors

FRUIT, PHONES = ["fruit", "banana", "pear"], ["phone", "iphone", "computer"]


def number(text: str) -> float:
    """A number as it is printed on screen, with a true minus sign."""
    return float(text.replace("−", "-"))


class Explorer:
    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.root: Locator = page.locator(f"attn-widget[data-widget-id='{name}'] .attn-self-attention")
        expect(self.root).to_be_visible()
        self.sentence = self.root.get_by_role("textbox", name="Sentence")
        self.strip = self.root.get_by_role("list", name="Words of the sentence")
        self.map = self.root.locator("[aria-roledescription='heat map']")
        self.hint = self.root.locator(".attn-message .attn-hint")
        self.readout = self.root.locator(".attn-readout")
        self.arithmetic = self.root.locator(".attn-arithmetic")

    def type(self, text: str) -> None:
        self.sentence.fill(text)

    def words(self) -> list[str]:
        return self.strip.locator(".attn-face").all_text_contents()

    def shows(self, words: list[str]) -> None:
        """Wait until the strip holds exactly these words."""
        expect(self.strip.locator(".attn-face")).to_have_text(words)

    def weights(self) -> list[float]:
        """The numbers under the words: what the followed word attends to."""
        return [number(text) for text in self.strip.locator(".attn-foot").all_inner_texts()]

    def follow(self, word: str) -> None:
        self.strip.get_by_role("button", name=word).filter(has_text=word).first.click()

    def divide_by(self, choice: str) -> None:
        choices = self.root.get_by_role("radiogroup", name="Divide scores by")
        choices.get_by_role("radio", name=choice, exact=True).check()

    def lean(self) -> tuple[float, float]:
        """Where the followed word stood on the line between the poles, and where attention moved it."""
        numbers = self.root.locator(".attn-headline").inner_text().rsplit(":", 1)[1]
        before, after = numbers.split("→")
        return number(before), number(after)

    def program(self) -> str:
        """What the Python button shows."""
        panel = self.root.locator(".attn-tools").get_by_label("Python code for the numbers on screen")
        if not panel.is_visible():
            self.root.get_by_role("button", name="Python").click()
        return panel.inner_text()

    def saved(self, name: str) -> Path:
        """The file that an entry of the export menu saves."""
        entry = self.root.get_by_role("button", name=name, exact=True)
        if not entry.is_visible():
            self.root.get_by_role("button", name="Export").click()
        with self.page.expect_download() as download:
            entry.click()
        return Path(download.value.path())

    def numbers(self) -> dict[str, Any]:
        """All numbers on screen, in full precision."""
        found: dict[str, Any] = json.loads(self.saved("All numbers, JSON").read_text("utf-8"))
        return found


class Expected:
    """The same sentence, computed by the package."""

    def __init__(self, tokens: list[str], maps: str = "shared", divisor: float | None = None) -> None:
        words = load_word_vectors()
        x = words[tokens]
        if maps == "head":
            assert words.maps is not None
            query, key, value = (affine(x) for affine in (words.maps.query, words.maps.key, words.maps.value))
            poles = words.maps.value(words[FRUIT]), words.maps.value(words[PHONES])
        else:
            query = key = value = x
            poles = words[FRUIT], words[PHONES]
        scale = None if divisor is None else 1 / divisor
        tensors = (torch.tensor(rows) for rows in (query, key, value))
        outputs, weights = scaled_dot_product_attention(*tensors, scale=scale, return_weights=True)
        self.weights = weights.numpy()
        self.outputs = outputs.numpy()
        self.before = lean(value, *poles)
        self.after = lean(self.outputs, *poles)


def agrees(explorer: Explorer, tokens: list[str], **options: Any) -> None:
    """Assert that the widget shows the package's numbers: exactly in its export, rounded on screen."""
    explorer.shows(tokens)
    expected, numbers = Expected(tokens, **options), explorer.numbers()
    assert numbers["tokens"] == tokens
    np.testing.assert_allclose(numbers["weights"], expected.weights, atol=1e-5)
    np.testing.assert_allclose(numbers["outputs"], expected.outputs, atol=1e-4)
    followed = numbers["follow"]
    assert explorer.weights() == [round(float(weight), 2) for weight in expected.weights[followed]]
    before, after = explorer.lean()
    assert abs(before - expected.before[followed]) < 0.006
    assert abs(after - expected.after[followed]) < 0.006
