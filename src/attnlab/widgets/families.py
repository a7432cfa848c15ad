"""The explorer of families: encoder, decoder, or both, on one drawing, each with a model of the book that runs."""

import html
from pathlib import Path
from typing import Any

from attnlab.strings import text as text_of
from attnlab.widgets import families_checks as checks
from attnlab.widgets import playground_checks, playground_fallback
from attnlab.widgets.base import AttnWidget
from attnlab.widgets.families_blocks import BLOCKS, family_card
from attnlab.widgets.playground_files import MODELS, asset_files, folder_of
from attnlab.widgets.playground_models import TEXTS, WidgetModels
from attnlab.widgets.playground_results import Result
from attnlab.widgets.traits import Checked, Fixed

MODEL_OF = {"encoder-only": "reader", "encoder-decoder": "translator", "decoder-only": "writer"}
EXAMPLES = {
    "translator": ("他们正在学习中文。", "我昨天没有去学校。", "你叫什么名字？"),
    "writer": ("She was born in", "He played for", "The city of"),
    "reader": (
        "He was __ in the United States of __.",
        "The __ of the war was long.",
        "It is one of the __ in the world.",
    ),
}
WRITES = 12  # tokens, at most
# How the models decode here: the likeliest token each time, with nothing switched off.
DECODING = {"decoding": "greedy", "temperature": 0.0, "top_k": 0, "seed": 0, "off": ()}


class FamilyExplorer(AttnWidget):
    """The three families of the Transformer on one drawing, live: pick one, see what stays, run its model.

    The reader can change all that is listed below as an attribute, on screen or in Python; the two stay the same. Each
    model takes the likeliest token each time; the writer writes up to 12 of them.

    Args:
        family: ``"encoder-only"`` (the book's reader fills blanks, written ``__``), ``"decoder-only"`` (its writer goes
            on with English) or ``"encoder-decoder"`` (its translator, Chinese to English).
        text: what the model of that family reads; an example unless given.
        block: the block of the drawing that is explained, such as ``"decoder.cross_attention"``.
        id: its name in the page's address.
        lang: the language of its texts; ``ATTNLAB_LANG`` decides unless given.

    Attributes:
        source, prompt, sentence: what the translator, the writer and the reader read.
        family, block: as above.

    Raises:
        TypeError, ValueError: an argument, or a later assignment, does not fit; the widget stays as it was.
        FileNotFoundError: the models or the front end are not there.

    Example:

        >>> explorer = FamilyExplorer("decoder-only", "She was born in")
        >>> explorer.result.text.startswith("She was born in")
        True
        >>> explorer.family = "encoder-only"
        >>> explorer.model, "decoder.self_attention" in explorer.blocks
        ('reader', False)
    """

    KIND = "families"

    family = Checked(checks.family)
    source = Checked(playground_checks.typed)
    prompt = Checked(playground_checks.typed)
    sentence = Checked(playground_checks.typed)
    block = Checked(checks.block)
    cards = Fixed()
    examples = Fixed()
    runs = Fixed()
    writes = Fixed()
    defaults = Fixed()

    def __init__(
        self,
        family: str = "encoder-decoder",
        text: str | None = None,
        *,
        block: str = "decoder.cross_attention",
        id: str | None = None,
        lang: str | None = None,
    ) -> None:
        self._models = WidgetModels({name: folder_of(name) for name in MODELS}, family_card)
        family = checks.family(self, family)
        texts = {trait: EXAMPLES[name][0] for name, trait in TEXTS.items()}
        if text is not None:
            texts[TEXTS[MODEL_OF[family]]] = playground_checks.typed(self, text)
        start = {"family": family, **texts, "block": checks.block(self, block)}
        _, runs = self._models.worked_examples({**texts, **DECODING}, WRITES)
        for run in runs.values():
            run["attention"] = {}  # nothing here is drawn of it
        examples = {name: list(listed) for name, listed in EXAMPLES.items()}
        cards = {name: self._models.public_card(name) for name in MODELS}
        super().__init__(
            id=id, lang=lang, cards=cards, examples=examples, runs=runs, writes=WRITES, defaults=start, **start
        )

    @property
    def model(self) -> str:
        """The book's model of the present family: ``"reader"``, ``"writer"`` or ``"translator"``."""
        return MODEL_OF[self.family]

    @property
    def blocks(self) -> tuple[str, ...]:
        """The names of the blocks that stay, from the bottom of the drawing to its top."""
        return tuple(name for name in BLOCKS if name in self._models.cards[self.model]["blocks"])

    @property
    def weights(self) -> dict[str, int]:
        """How many weights each of these blocks holds in the present model; their sum is all of the model's."""
        return dict(self._models.cards[self.model]["blocks"])

    @property
    def text(self) -> str:
        """What the present model reads."""
        return str(getattr(self, TEXTS[self.model]))

    @text.setter
    def text(self, text: str) -> None:
        setattr(self, TEXTS[self.model], text)

    @property
    def result(self) -> Result:
        """What the present model makes of its text, computed now.

        Raises:
            ValueError: the model cannot read the text; the message says why.
        """
        state = {**DECODING, TEXTS[self.model]: self.text}
        if self.model == "writer":
            state["written"] = self._models.draw(state, [], WRITES)
        return self._models.result(self.model, state)

    def summary(self) -> str:
        """Return the family, what stays of the drawing, and what its model made of the text."""
        return f"FamilyExplorer: {self._kept()} {self._said()}"

    def fallback_html(self) -> str:
        """Return what stays and the worked example of the present model, as sentences and a table."""
        try:
            result = self.result
        except ValueError as problem:
            body = "".join(
                f'<p class="attn-fallback-text">{html.escape(one)}</p>' for one in (self._kept(), str(problem))
            )
            return f'<div class="attn-fallback">{body}</div>'
        said = (self._kept(), playground_fallback.sentence(self.model, self.text, result, self.lang))
        return playground_fallback.fallback(said, result, self.lang)

    def asset_file(self, name: Any) -> Path:
        """Return the file of a model, or of another asset; see the base."""
        return asset_files().get(name) or super().asset_file(name)

    def _kept(self) -> str:
        values = {"kept": len(self.blocks), "blocks": len(BLOCKS), "weights": f"{sum(self.weights.values()):,}"}
        return text_of(f"families.kept.{self.family}", self.lang, **values)

    def _said(self) -> str:
        try:
            return playground_fallback.sentence(self.model, self.text, self.result, self.lang)
        except ValueError as problem:
            return str(problem)
