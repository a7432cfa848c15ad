"""The explorer of translations: the book's translator at work, step by step, with its attention open to changes."""

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from attnlab.widgets import translation_checks as checks
from attnlab.widgets import translation_fallback
from attnlab.widgets.base import AttnWidget
from attnlab.widgets.playground_files import asset_files, folder_of
from attnlab.widgets.playground_models import WidgetModels
from attnlab.widgets.playground_results import shown
from attnlab.widgets.traits import Checked, Fixed
from attnlab.widgets.translation_results import attention_of, candidates, run
from attnlab.widgets.translation_run import Asked, Candidate, Hypothesis, Run
from attnlab.widgets.translation_state import run_state

EXAMPLES = ("好久不见", "你叫什么名字？", "我昨天没有去学校。", "他们正在学习中文。", "汤姆比玛丽高。")
ASKED = ("text", "decoding", "temperature", "top_k", "top_p", "width", "seed", "forced", "rows")
STACKS = {"cross": "decoder", "decoder": "decoder", "encoder": "encoder"}
ENDS = {"cross": ".cross_attention", "decoder": ".self_attention", "encoder": ".attention"}


class TranslationExplorer(AttnWidget):
    """The book's translator, one step at a time: candidates, choices, the tree of a beam, and where each token looks.

    The reader can change all that is listed below as an attribute, on screen or in Python; the two stay the same.

    Args:
        text: the Chinese that the encoder reads.
        decoding: ``"greedy"``, ``"beam"`` or ``"sample"``.
        temperature: of sampling, from 0.05 to 2.
        top_k: how many tokens are drawn from, from 1 to 1000; 0 for all.
        top_p: the mass that is drawn from, from 0.01 to 1.
        width: how many hypotheses the beam keeps, from 1 to 6.
        seed: what the random numbers follow from; they are those of the page.
        forced: tokens that are dictated, by step, counted from 0: ids, or texts that are one token each.
        steps: how many steps are shown; None for all.
        look: ``"cross"``, ``"decoder"`` or ``"encoder"``: the attention that is shown.
        layer: of which layer, counted from 0; -1 for the last.
        head: of which head, counted from 0; -1 for the mean of all.
        rows: rows of attention that are overwritten, each as the attention's name, the head (-1 for all), the query
            (counted from 0) and the weights of the keys. Weights that do not sum to 1 are divided by their sum.
        id: its name in the page's address.
        lang: the language of its texts; ``ATTNLAB_LANG`` decides unless given.

    Raises:
        TypeError, ValueError: an argument, or a later assignment, does not fit; the widget stays as it was.
        FileNotFoundError: the model or the front end is not there.

    Example: another choice at the first step.

        >>> explorer = TranslationExplorer("好久不见")
        >>> explorer.translation
        'Long time, no see.'
        >>> explorer.forced = {0: "I"}
        >>> explorer.tokens[0], explorer.probabilities[0] < 0.1
        ('I', True)
    """

    KIND = "translation"

    text = Checked(checks.text)
    decoding = Checked(checks.decoding)
    temperature = Checked(checks.temperature)
    top_k = Checked(checks.top_k)
    top_p = Checked(checks.top_p)
    width = Checked(checks.width)
    seed = Checked(checks.seed)
    forced = Checked(checks.forced)
    steps = Checked(checks.steps)
    look = Checked(checks.look)
    layer = Checked(checks.layer)
    head = Checked(checks.head)
    rows = Checked(checks.rows)
    card = Fixed()
    examples = Fixed()
    example = Fixed()
    defaults = Fixed()

    _ready = False  # until then the constructor sets everything at once
    _front_end_speaks = False  # while a message of the front end is read

    def __init__(
        self,
        text: str = EXAMPLES[0],
        *,
        decoding: str = "greedy",
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        width: int = 4,
        seed: int = 1,
        forced: Mapping[int, int | str] | None = None,
        steps: int | None = None,
        look: str = "cross",
        layer: int = -1,
        head: int = -1,
        rows: Sequence[Any] | None = None,
        id: str | None = None,
        lang: str | None = None,
    ) -> None:
        self._models = WidgetModels({"translator": folder_of("translator")})
        self._card = self._models.cards["translator"]
        self._translator = self._models.loaded("translator")
        self._last: tuple[Asked, Run] | None = None
        start: dict[str, Any] = {
            "text": text,
            "decoding": decoding,
            "temperature": temperature,
            "top_k": top_k,
            "top_p": top_p,
            "width": width,
            "seed": seed,
            "forced": forced,
            "rows": rows,
            "steps": steps,
            "look": look,
            "layer": layer,
            "head": head,
        }
        start = {name: getattr(checks, name)(self, value) for name, value in start.items()}
        super().__init__(
            id=id,
            lang=lang,
            card=self._models.public_card("translator"),
            examples=list(EXAMPLES),
            example=self._example(Asked(**{name: start[name] for name in ASKED})),
            defaults=start,
            **start,
        )
        self._ready = True

    @property
    def run(self) -> Run:
        """All steps of the present translation, computed when they are asked for.

        Raises:
            ValueError: the translator cannot read the text; the message says why.
        """
        return self._run_of(Asked(**{name: getattr(self, name) for name in ASKED}))

    @property
    def shown_steps(self) -> int:
        """How many steps are shown."""
        total = len(self.run.levels)
        return total if self.steps is None else min(self.steps, total)

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of the tokens that are shown; of a beam, those of its best hypothesis."""
        return self.run.best(self.shown_steps)

    @property
    def translation(self) -> str:
        """Their text."""
        return str(self._translator.target.decode(self.ids, skip_special=True))

    @property
    def tokens(self) -> tuple[str, ...]:
        """The same tokens, each as text."""
        return shown(self._translator.target, self.ids)

    @property
    def read(self) -> tuple[str, ...]:
        """What the encoder reads: ``S`` characters, the last of them the end token."""
        return self.run.read

    @property
    def probabilities(self) -> tuple[float, ...]:
        """What each token was chosen with."""
        rows = self.run.rows(self.shown_steps)
        return tuple(float(row.used[token]) for row, token in zip(rows, self.ids, strict=False))

    @property
    def attention_name(self) -> str:
        """The name of the attention that is shown."""
        names = self._attentions(self.look)
        return names[self.layer] if self.layer < len(names) else names[-1]

    @property
    def attention(self) -> NDArray[np.float32]:
        """Where the shown head looks, or the mean of all, as float32.

        Cross-attention: ``(n, S)``, a row for each token and one for the token to come. The decoder's own: ``(n, n)``,
        the same rows over what stands before them, from the start token on. The encoder's: ``(S, S)``.
        """
        weights = self._all_heads()
        return np.asarray(weights.mean(axis=0) if self.head < 0 else weights[self.head])

    def candidates(self, step: int) -> list[Candidate]:
        """Return the likeliest tokens of a step, the likeliest first, and with them the one that was chosen.

        Args:
            step: counted from 0; the number of tokens is the step to come.

        Raises:
            ValueError: there is no such step.

        Example:

            >>> TranslationExplorer("好久不见").candidates(0)[0].text
            'L'
        """
        rows = self.run.rows(self.shown_steps)
        if not 0 <= step < len(rows):
            raise ValueError(f"there is no step {step}: there are {len(rows)}, counted from 0")
        row = rows[step]
        return candidates(row, self.ids[step : step + 1], self._translator.target, self.run.before.get(row.prefix))

    @property
    def tree(self) -> list[list[Hypothesis]]:
        """For each step the hypotheses after it, first those that go on, then those that ended with it."""
        best, target = self.ids, self._translator.target
        return [
            [
                Hypothesis(
                    node.ids,
                    target.decode(node.ids[-1:]),
                    node.log_probability,
                    node.score,
                    node.parent,
                    node.finished,
                    node.ids == best[: len(node.ids)],
                )
                for node in level.nodes
            ]
            for level in self.run.levels[: self.shown_steps]
        ]

    def summary(self) -> str:
        """Return the text and its translation."""
        try:
            said = translation_fallback.sentence(self.text, self.translation, self.lang)
        except ValueError as problem:
            said = str(problem)
        return f"TranslationExplorer: {said}"

    def fallback_html(self) -> str:
        """Return the translation as a sentence, and its steps and its attention as tables."""
        try:
            steps = [(token, self.candidates(place)) for place, token in enumerate(self.tokens)]
        except ValueError as problem:
            return f'<div class="attn-fallback"><p class="attn-fallback-text">{html.escape(str(problem))}</p></div>'
        said = translation_fallback.sentence(self.text, self.translation, self.lang)
        cross = self._cross()
        return translation_fallback.fallback(said, steps, self.read, cross[: len(steps)], self.lang)

    def asset_file(self, name: Any) -> Path:
        """Return the file of the translator, or another asset; see the base."""
        return asset_files().get(name) or super().asset_file(name)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take the changes of a message of the front end, which brings along what goes with a text."""
        self._front_end_speaks = True
        try:
            super().set_state(sync_data)
        finally:
            self._front_end_speaks = False

    @traitlets.observe("text")
    def _forget_changes(self, _change: Any) -> None:
        """Choices and overwritten rows belong to a text: another one begins without them."""
        if self._ready and not self._front_end_speaks:
            self.forced = {}
            self.rows = []

    def _run_of(self, asked: Asked) -> Run:
        if self._last is None or self._last[0] != asked:
            self._last = (asked, run(self._translator, asked))
        return self._last[1]

    def _example(self, asked: Asked) -> dict[str, Any] | None:
        try:
            return run_state(self._run_of(asked), vars(asked), self._translator.target)
        except ValueError:
            return None

    def _attentions(self, look: str) -> list[str]:
        return [
            name for name in self._card["attentions"] if name.startswith(STACKS[look]) and name.endswith(ENDS[look])
        ]

    def _all_heads(self) -> NDArray[np.float32]:
        name = self.attention_name
        if self.look == "encoder":
            return self.run.encoder[name]
        rows = self.run.rows(self.shown_steps)
        return attention_of(rows, name, len(rows) if self.look == "decoder" else len(self.read))

    def _cross(self) -> NDArray[np.float32]:
        """The mean of the heads of the last cross-attention, ``(n, S)``."""
        name = self._attentions("cross")[-1]
        return np.asarray(attention_of(self.run.rows(self.shown_steps), name, len(self.read)).mean(axis=0))
