"""The explorer of masks: paint who may look at whom, and see what one head and the next token make of it."""

import html
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnlab.strings import text as text_of
from attnlab.widgets import mask_checks as checks
from attnlab.widgets import mask_results as results
from attnlab.widgets.base import AttnWidget
from attnlab.widgets.mask_example import EXAMPLES, SOURCE, TEXT, mask_table, worked_example
from attnlab.widgets.playground_files import asset_files, folder_of
from attnlab.widgets.playground_models import WidgetModels
from attnlab.widgets.playground_results import Candidate
from attnlab.widgets.traits import Checked, Fixed

MODELS = ("writer", "translator")
# What stands on screen in a mystery: a mask, and what is wrong with it. The last one is right.
MYSTERIES = (
    {"preset": "causal", "fault": "inverted"},
    {"preset": "window", "fault": "wrong-axis"},
    {"preset": "causal-padding", "fault": "empty-row"},
    {"preset": "causal", "fault": "wrong-axis"},
    {"preset": "causal-padding", "fault": "half-precision"},
    {"preset": "prefix", "fault": "none"},
)


class MaskExplorer(AttnWidget):
    """A mask to paint, and all that follows from it in a real head and a real model.

    The rows are queries, the columns keys; a cell that is on lets the query of its row look at the key of its column.
    The scores are those of one head in the first layer; the mask is put on all heads of all layers.

    Args:
        text: what the writer reads; an example unless given. With ``preset="cross"`` it is what the translator reads.
        preset: ``"causal"``, ``"padding"`` (the last keys are padding), ``"causal-padding"``, ``"prefix"``,
            ``"window"``, ``"none"``, ``"cross"`` (the translator's cross-attention, its last keys padding) or
            ``"own"`` or ``"own-cross"`` (painted).
        mask: a mask of one's own, ``(Tq, Tk)`` of booleans, True = may attend; painted on the preset.
        fault: what is wrong with it: ``"none"``, ``"inverted"``, ``"wrong-axis"``, ``"empty-row"`` (row ``row`` may
            look at nothing) or ``"half-precision"`` (``sentinel`` is added in float16 instead of minus infinity).
        window: how many positions a query sees in a sliding window, its own included.
        prefix: how many of the first keys everyone sees.
        padding: how many of the last keys are padding.
        row: the query whose next token is shown; -1 for the last.
        head: the head that is shown.
        view: ``"steps"``, ``"graph"`` or ``"training"``.
        id: its name in the page's address.
        lang: the language of its texts; ``ATTNLAB_LANG`` decides unless given.

    Attributes:
        text, source: what the writer and the translator read.
        own: the painted mask as rows of 0 and 1.
        sentinel: what half precision adds, ``"-10"``, ``"-100"``, ``"-1e4"`` or ``"-1e9"``.
        layers: how many layers the graph has.
        mystery, answer: which hidden fault is shown, 0 for none, and what the reader takes it for.

    Raises:
        TypeError, ValueError: an argument, or a later assignment, does not fit; the widget stays as it was.
        FileNotFoundError: the models or the front end are not there.

    Example:

        >>> explorer = MaskExplorer(preset="window", window=2)
        >>> explorer.mask[3].astype(int)[:5]
        array([0, 0, 1, 1, 0])
        >>> round(float(explorer.weights[3].sum()), 6)
        1.0
    """

    KIND = "masks"

    text = Checked(checks.text)
    source = Checked(checks.source)
    preset = Checked(checks.preset)
    own = Checked(checks.own)
    fault = Checked(checks.fault)
    sentinel = Checked(checks.sentinel)
    window = Checked(checks.window)
    prefix = Checked(checks.prefix)
    padding = Checked(checks.padding)
    row = Checked(checks.row)
    head = Checked(checks.head)
    view = Checked(checks.view)
    layers = Checked(checks.layers)
    mystery = Checked(checks.mystery)
    answer = Checked(checks.answer)
    cards = Fixed()
    examples = Fixed()
    example = Fixed()
    mysteries = Fixed()
    defaults = Fixed()

    def __init__(
        self,
        text: str | None = None,
        *,
        preset: str = "causal",
        mask: Any = None,
        fault: str = "none",
        window: int = 3,
        prefix: int = 3,
        padding: int = 2,
        row: int = -1,
        head: int = 0,
        view: str = "steps",
        id: str | None = None,
        lang: str | None = None,
    ) -> None:
        self._models = WidgetModels({name: folder_of(name) for name in MODELS})
        preset = checks.preset(self, preset)
        is_cross = preset in ("cross", "own-cross")
        if mask is not None:
            preset = "own-cross" if is_cross else "own"
        texts = {"text": TEXT, "source": SOURCE}
        if text is not None:
            texts["source" if is_cross else "text"] = text
        start: dict[str, Any] = {
            **texts,
            "preset": preset,
            "own": "" if mask is None else results.mask_text(checks.mask(mask)),
            "fault": fault,
            "sentinel": "-1e4",
            "window": window,
            "prefix": prefix,
            "padding": padding,
            "row": row,
            "head": head,
            "view": view,
            "layers": 2,
            "mystery": 0,
            "answer": "",
        }
        start = {name: getattr(checks, name)(self, value) for name, value in start.items()}
        cards = {name: self._models.public_card(name) for name in MODELS}
        super().__init__(
            id=id,
            lang=lang,
            cards=cards,
            defaults=start,
            mysteries=list(MYSTERIES),
            examples={name: list(listed) for name, listed in EXAMPLES.items()},
            example=worked_example(start),
            **start,
        )

    @property
    def is_cross(self) -> bool:
        """Whether the mask is that of cross-attention, in the translator."""
        return self._shown["preset"] in ("cross", "own-cross")

    @property
    def query_tokens(self) -> tuple[str, ...]:
        """The tokens of the rows."""
        return self._reading.queries

    @property
    def key_tokens(self) -> tuple[str, ...]:
        """The tokens of the columns."""
        return self._reading.keys

    @property
    def mask(self) -> NDArray[np.bool_]:
        """The mask that is in force, its fault included, ``(Tq, Tk)``, True = may attend."""
        Tq, Tk = len(self.query_tokens), len(self.key_tokens)
        shown = self._shown
        sizes = {"window": self.window, "prefix": self.prefix, "padding": self.padding}
        mask = results.preset_mask(shown["preset"], Tq, Tk, **sizes)
        if shown["preset"] in ("own", "own-cross"):
            mask = results.own_mask(self.own, mask)
        return results.faulty_mask(mask, shown["fault"], self.query)

    @property
    def query(self) -> int:
        """The place of the row that is looked at."""
        last = len(self.query_tokens) - 1
        return int(last if self.row < 0 else min(self.row, last))

    @property
    def scores(self) -> NDArray[np.float32]:
        """The scores of the head before the mask, ``(Tq, Tk)``."""
        every = self._reading.scores
        scores: NDArray[np.float32] = every[min(self.head, len(every) - 1)]
        return scores

    @property
    def masked_scores(self) -> NDArray[Any]:
        """The scores after the mask: minus infinity where nobody may look, or in half precision what is left there."""
        return self._softmax(self.scores)[0]

    @property
    def weights(self) -> NDArray[Any]:
        """The weights of the head, ``(Tq, Tk)``. A row without any key is NaN where that is the fault, else 0."""
        return self._softmax(self.scores)[1]

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The likeliest next tokens after the row that is looked at, under the mask, with their probabilities."""
        rows = None
        if self._shown["fault"] == "half-precision":
            rows = np.stack([self._softmax(scores)[1] for scores in self._reading.scores]).astype(np.float32)
        return results.next_tokens(self.is_cross, self._text, self.mask, rows)[self.query]

    @property
    def plain_candidates(self) -> tuple[Candidate, ...]:
        """The same under the model's own mask."""
        return results.next_tokens(self.is_cross, self._text, None)[self.query]

    def reach(self, layers: int) -> NDArray[np.bool_]:
        """Return whose information can reach whom after so many layers, ``(T, T)``.

        Raises:
            ValueError: the mask is that of cross-attention: its rows and columns are different texts.
        """
        if self.is_cross:
            Tq, Tk = len(self.query_tokens), len(self.key_tokens)
            raise ValueError(f"{Tq} queries and {Tk} keys are different texts: their layers do not add up")
        return results.reach(self.mask, layers)

    @property
    def training(self) -> list[dict[str, Any]]:
        """For each token but the last how likely the next one is: read off one run for all, and off its own run."""
        return results.training(self.text)

    def summary(self) -> str:
        """Return the mask and the next token in one sentence."""
        try:
            return f"MaskExplorer: {self._said()}"
        except ValueError as problem:
            return f"MaskExplorer: {problem}"

    def fallback_html(self) -> str:
        """Return the worked example in words, and the mask as a table of dots."""
        try:
            caption = text_of("masks.table", self.lang)
            said, table = self._said(), mask_table(self.query_tokens, self.key_tokens, self.mask, caption)
        except ValueError as problem:
            said, table = str(problem), ""
        return f'<div class="attn-fallback"><p class="attn-fallback-text">{html.escape(said)}</p>{table}</div>'

    def asset_file(self, name: Any) -> Path:
        """Return the file of a model, or of another asset; see the base."""
        return asset_files().get(name) or super().asset_file(name)

    @property
    def _shown(self) -> dict[str, str]:
        """The preset and the fault on screen: the reader's, or those of the mystery."""
        if self.mystery:
            return dict(MYSTERIES[(self.mystery - 1) % len(MYSTERIES)])
        return {"preset": self.preset, "fault": self.fault}

    @property
    def _text(self) -> str:
        return str(self.source if self.is_cross else self.text)

    @property
    def _reading(self) -> results.Reading:
        return results.reading(self.is_cross, self._text)

    def _softmax(self, scores: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        fault = self._shown["fault"]
        if fault == "half-precision":
            return results.half_softmax(scores, self.mask, float(self.sentinel))
        return results.masked_softmax(scores, self.mask, empty=np.nan if fault == "empty-row" else 0.0)

    def _said(self) -> str:
        token, probability = self.candidates[0]
        values = {"mask": text_of(f"masks.preset.{self._shown['preset']}", self.lang), "text": self._text}
        counts = {"seen": int(self.mask.sum()), "cells": self.mask.size}
        shown = {
            "row": self.query_tokens[self.query].strip(),
            "token": token.strip(),
            "probability": f"{probability:.3f}",
        }
        return text_of("masks.said", self.lang, **values, **counts, **shown)
