"""The playground of models: the three models of the book, running."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import traitlets

from attnlab.widgets import playground_checks as checks
from attnlab.widgets import playground_fallback
from attnlab.widgets.base import AttnWidget
from attnlab.widgets.playground_files import MODELS, asset_files, folder_of
from attnlab.widgets.playground_models import TEXTS, WidgetModels, of_model
from attnlab.widgets.playground_results import Result
from attnlab.widgets.traits import Checked, Fixed

EXAMPLES = {
    "translator": ("好久不见", "你叫什么名字？", "我昨天没有去学校。", "他們正在學習中文。"),
    "writer": ("The city of", "In 1914 ,", "She was born in"),
    "reader": (
        "He was __ in the United States of __.",
        "The __ of the war was long.",
        "It is one of the __ in the world.",
    ),
}
WRITTEN_AT_FIRST = 12  # tokens of the writer's worked example
STATE = ("model", *TEXTS.values(), "decoding", "temperature", "top_k", "seed", "off", "look", "head")


class ModelPlayground(AttnWidget):
    """The book's translator, writer and reader, live: type, run them, switch single heads off.

    The reader can change all that is listed below as an attribute, on screen or in Python; the two stay the same.

    Args:
        model: ``"translator"`` (Chinese to English), ``"writer"`` (goes on with English) or ``"reader"`` (fills the
            blanks, written ``__``, of English).
        text: what that model reads; an example unless given.
        decoding: of the translator, ``"greedy"`` or ``"beam"``.
        temperature: of the writer, from 0, which takes the likeliest token, to 2.
        top_k: how many tokens the writer draws from, from 1 to 1000; 0 for all.
        seed: what the writer's random numbers follow from.
        length: how many tokens the writer has written at first.
        off: heads that are switched off, each as model, attention and head:
            ``"translator.decoder.layers.0.cross_attention.2"``.
        look: the attention that is shown, ``"decoder.layers.2.cross_attention"``; "" for the last layer's.
        head: the head of it that is shown; -1 for the mean of all.
        id: its name in the page's address.
        lang: the language of its texts; ``ATTNLAB_LANG`` decides unless given.

    Attributes:
        source, prompt, sentence: what the translator, the writer and the reader read.
        written: the ids of the tokens that the writer has written.
        model, decoding, temperature, top_k, seed, off, look, head: as above.

    Raises:
        TypeError, ValueError: an argument, or a later assignment, does not fit; the widget stays as it was.
        FileNotFoundError: the models or the front end are not there.

    Example:

        >>> playground = ModelPlayground("translator", "好久不见")
        >>> playground.result.text == playground.result.text.strip() != ""
        True
        >>> playground.off = ["translator.decoder.layers.0.cross_attention.0"]
        >>> playground.gates["decoder.layers.0.cross_attention"][:2]
        [0.0, 1.0]
    """

    KIND = "models"

    model = Checked(checks.model)
    source = Checked(checks.typed)
    prompt = Checked(checks.typed)
    sentence = Checked(checks.typed)
    decoding = Checked(checks.decoding)
    temperature = Checked(checks.temperature)
    top_k = Checked(checks.top_k)
    seed = Checked(checks.seed)
    written = Checked(checks.written)
    off = Checked(checks.off)
    look = Checked(checks.look)
    head = Checked(checks.head)
    cards = Fixed()
    examples = Fixed()
    runs = Fixed()
    defaults = Fixed()

    _ready = False  # until then the constructor sets everything at once

    def __init__(
        self,
        model: str = "translator",
        text: str | None = None,
        *,
        decoding: str = "greedy",
        temperature: float = 0.7,
        top_k: int = 40,
        seed: int = 1,
        length: int = WRITTEN_AT_FIRST,
        off: Sequence[str] = (),
        look: str = "",
        head: int = -1,
        id: str | None = None,
        lang: str | None = None,
    ) -> None:
        self._models = WidgetModels({name: folder_of(name) for name in MODELS})
        self._cards = self._models.cards
        texts = {trait: EXAMPLES[name][0] for name, trait in TEXTS.items()}
        if text is not None:
            texts[TEXTS[checks.model(self, model)]] = text
        start: dict[str, Any] = {
            "model": model,
            **texts,
            "decoding": decoding,
            "temperature": temperature,
            "top_k": top_k,
            "seed": seed,
            "off": list(off),
            "look": look,
            "head": head,
        }
        for name, value in start.items():
            check = checks.typed if name in texts else getattr(checks, name)
            start[name] = check(self, value)
        self._start = start
        written, runs = self._models.worked_examples(start, checks.length(self, length))
        examples = {name: list(listed) for name, listed in EXAMPLES.items()}
        cards = {name: self._models.public_card(name) for name in MODELS}
        super().__init__(
            id=id, lang=lang, cards=cards, examples=examples, runs=runs, defaults=start, written=written, **start
        )
        self._written_for = self._writers_state()
        self._ready = True

    @property
    def text(self) -> str:
        """What the present model reads."""
        return str(getattr(self, TEXTS[self.model]))

    @text.setter
    def text(self, text: str) -> None:
        setattr(self, TEXTS[self.model], text)

    @property
    def gates(self) -> dict[str, list[float]]:
        """For the present model, by the name of an attention: 0 for each head that is switched off, 1 for the others.

        Attentions all of whose heads are on are left out.
        """
        return self._models.gates(self.model, self.off)

    @property
    def result(self) -> Result:
        """What the present model makes of its text, computed now.

        Raises:
            ValueError: the model cannot read the text; the message says why.
        """
        return self._models.result(self.model, {name: getattr(self, name) for name in (*STATE, "written")})

    def write(self, count: int) -> str:
        """Let the writer write up to ``count`` tokens more, and return the text.

        The random numbers are those of the page: the same seed gives the same text there.

        Example:

            >>> playground = ModelPlayground("writer", "The city of", seed=2, length=0)
            >>> playground.write(3) == ModelPlayground("writer", "The city of", seed=2, length=3).result.text
            True
        """
        state = {name: getattr(self, name) for name in STATE}
        self.written = self._models.draw(state, self.written, count)
        return writer_text(self._models.loaded("writer"), self.prompt, self.written)

    def summary(self) -> str:
        """Return the present text and what the model made of it."""
        return f"ModelPlayground: {self._said()}"

    def fallback_html(self) -> str:
        """Return the worked example of the present model as a sentence and a table."""
        try:
            result = self.result
        except ValueError as problem:
            return f'<div class="attn-fallback"><p class="attn-fallback-text">{html.escape(str(problem))}</p></div>'
        said = (playground_fallback.sentence(self.model, self.text, result, self.lang),)
        return playground_fallback.fallback(said, result, self.lang)

    def asset_file(self, name: Any) -> Path:
        """Return the file of a model, or of another asset; see the base."""
        return asset_files().get(name) or super().asset_file(name)

    def _said(self) -> str:
        try:
            return playground_fallback.sentence(self.model, self.text, self.result, self.lang)
        except ValueError as problem:
            return str(problem)

    def _writers_state(self) -> tuple[Any, ...]:
        """What the tokens that were written depend on."""
        return (self.prompt, self.temperature, self.top_k, self.seed, of_model("writer", self.off))

    @traitlets.observe("prompt", "temperature", "top_k", "seed", "off", "written")
    def _renew_written(self, change: Any) -> None:
        """Take back what was written for something else, unless the same change brought what is written now."""
        if not self._ready:
            return
        now = self._writers_state()
        if change["name"] == "written":
            self._written_for = now
        elif now != self._written_for:
            self._written_for = now
            if not self._front_end_speaks:
                self.written = []

    _front_end_speaks = False  # while a message of the front end is read

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take the changes of a message of the front end, which brings what is written along."""
        self._front_end_speaks = True
        try:
            super().set_state(sync_data)
        finally:
            self._front_end_speaks = False


def writer_text(writer: Any, prompt: str, written: Sequence[int]) -> str:
    """The prompt and the tokens after it as text."""
    return prompt + str(writer.tokenizer.decode(written, skip_special=True))
