"""The explorer of heads: one attention cut into heads, and all heads of a model at work, each with its switch."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attnlab.heads import HeadScore
from attnlab.widgets import heads_checks as checks
from attnlab.widgets import heads_fallback, playground_checks
from attnlab.widgets.base import AttnWidget
from attnlab.widgets.heads_results import Array, Change, Look, look, look_state
from attnlab.widgets.playground_files import MODELS, asset_files, folder_of
from attnlab.widgets.playground_models import TEXTS, WidgetModels, of_model
from attnlab.widgets.playground_results import Candidate
from attnlab.widgets.traits import Checked, Fixed

EXAMPLES = {
    "translator": ("好久不见", "我昨天没有去学校。", "他们正在学习中文。"),
    "writer": ("The city of", "She was born in the city of", "In 1914 , the war"),
    "reader": (
        "The __ of the war was long.",
        "He was __ in the United States of __.",
        "The king and the queen of the __ met the king.",
    ),
}


class MultiHeadExplorer(AttnWidget):
    """All heads of the book's models on a text of your own, live: look at each, cut one open, switch heads off.

    The weights are those of one reading: the model reads the text, and what it made of it with all heads on, once more,
    with some heads off. So the rows stay the same while heads are switched.

    The reader can change all that is listed below as an attribute, on screen or in Python; the two stay the same.

    Args:
        model: ``"translator"`` (Chinese to English), ``"reader"`` (fills the blanks, written ``__``, of English) or
            ``"writer"`` (goes on with English by one token).
        text: what that model reads; an example unless given.
        view: ``"heads"`` shows all heads as small pictures, ``"split"`` how one attention is cut into them.
        attention: the attention that is opened, ``"decoder.layers.2.cross_attention"``; "" for the model's first.
        head: the head of it that is opened; -1 for the mean of all.
        off: heads that are switched off, each as model, attention and head:
            ``"translator.decoder.layers.0.cross_attention.2"``.
        id: its name in the page's address.
        lang: the language of its texts; ``ATTNLAB_LANG`` decides unless given.

    Attributes:
        source, prompt, sentence: what the translator, the writer and the reader read.
        stage: how far the split view has come, from 0, the tokens' vectors, to 7, the output.
        model, view, attention, head, off: as above.

    Raises:
        TypeError, ValueError: an argument, or a later assignment, does not fit; the widget stays as it was.
        FileNotFoundError: the models or the front end are not there.

    Example:

        >>> explorer = MultiHeadExplorer("translator", "好久不见")
        >>> explorer.output
        'Long time, no see.'
        >>> explorer.weights["encoder.layers.0.attention"].shape  # 6 heads; four characters and the end token
        (6, 5, 5)
        >>> explorer.off = [f"translator.decoder.layers.2.cross_attention.{head}" for head in range(6)]
        >>> before, after = explorer.change.log_probability
        >>> after < before < 0
        True
    """

    KIND = "heads"

    model = Checked(playground_checks.model)
    source = Checked(playground_checks.typed)
    prompt = Checked(playground_checks.typed)
    sentence = Checked(playground_checks.typed)
    view = Checked(checks.view)
    attention = Checked(checks.attention)
    head = Checked(playground_checks.head)
    stage = Checked(checks.stage)
    off = Checked(playground_checks.off)
    cards = Fixed()
    examples = Fixed()
    runs = Fixed()
    defaults = Fixed()

    def __init__(
        self,
        model: str = "translator",
        text: str | None = None,
        *,
        view: str = "heads",
        attention: str = "",
        head: int = -1,
        off: Sequence[str] = (),
        id: str | None = None,
        lang: str | None = None,
    ) -> None:
        self._models = WidgetModels({name: folder_of(name) for name in MODELS})
        self._cards = self._models.cards
        self._looks: dict[tuple[Any, ...], Look] = {}
        texts = {trait: EXAMPLES[name][0] for name, trait in TEXTS.items()}
        model = playground_checks.model(self, model)
        if text is not None:
            texts[TEXTS[model]] = playground_checks.typed(self, text)
        start: dict[str, Any] = {
            "model": model,
            **texts,
            "view": checks.view(self, view),
            "attention": checks.attention(self, attention),
            "head": playground_checks.head(self, head),
            "stage": 0,
            "off": playground_checks.off(self, list(off)),
        }
        super().__init__(
            id=id,
            lang=lang,
            cards={name: self._public_card(name) for name in MODELS},
            examples={name: list(listed) for name, listed in EXAMPLES.items()},
            runs=self._worked_examples(start),
            defaults=start,
            **start,
        )

    @property
    def text(self) -> str:
        """What the present model reads."""
        return str(getattr(self, TEXTS[self.model]))

    @text.setter
    def text(self, text: str) -> None:
        setattr(self, TEXTS[self.model], text)

    @property
    def weights(self) -> dict[str, Array]:
        """The weights of all attentions of the present model by name, each ``(H, Tq, Tk)``.

        The rows of a cross-attention are the tokens about to be written; all other rows are the tokens read there.

        Raises:
            ValueError: the model cannot read the text; the message says why.
        """
        return dict(self._look().weights)

    @property
    def labels(self) -> dict[str, tuple[tuple[HeadScore, ...], ...]]:
        """What each head does on this text, by attention: see :func:`attnlab.heads.head_labels`."""
        return self._look().labels()

    @property
    def scores(self) -> dict[str, tuple[tuple[HeadScore, ...], ...]]:
        """How much each head gives to each kind of token, by attention, whether it is labeled so or not."""
        return self._look().scores()

    @property
    def output(self) -> str:
        """The text that the present model makes with these heads off."""
        return self._look().change.output

    @property
    def change(self) -> Change:
        """What became of the output when heads were switched off."""
        return self._look().change

    @property
    def candidates(self) -> tuple[tuple[Candidate, ...], ...]:
        """For each token of the original output the five likeliest in its place now, with their probabilities."""
        return self._look().candidates

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """The tokens that rows and columns stand for, by their role: ``"source"``, ``"target"``, ``"written"``.

        An encoder's rows and columns are the source, a decoder's self-attention has the target's, what it is fed; and
        in cross-attention the rows are what is written, the columns the source.
        """
        return dict(self._look().names)

    @property
    def opened(self) -> str:
        """The name of the attention that is opened."""
        return opened(self.attention, self._cards[self.model]["attentions"])

    @property
    def parts(self) -> dict[str, Array]:
        """All that the opened attention computes, by name.

        ``x`` ``(Tq, D)`` is what it reads, in cross-attention for the queries only: keys and values come from
        ``memory`` ``(Tk, D)``. ``query``, ``key``, ``value`` are ``(H, T, Dh)``, ``scores`` and ``weights``
        ``(H, Tq, Tk)``, ``heads`` ``(H, Tq, Dh)`` what each head found, and ``output`` ``(Tq, D)`` their mixture.
        """
        return self._look().parts(self.opened)

    def summary(self) -> str:
        """Return the model and what it made of the text."""
        return f"MultiHeadExplorer: {self._said()}"

    def fallback_html(self) -> str:
        """Return what the text became, and what each head does, as a table."""
        try:
            return heads_fallback.fallback(self._look(), self._said(), self.lang)
        except ValueError as problem:
            return f'<div class="attn-fallback"><p class="attn-fallback-text">{html.escape(str(problem))}</p></div>'

    def asset_file(self, name: Any) -> Path:
        """Return the file of a model, or of another asset; see the base."""
        return asset_files().get(name) or super().asset_file(name)

    def _said(self) -> str:
        try:
            return heads_fallback.changed(self.change, len(of_model(self.model, self.off)), self.lang)
        except ValueError as problem:
            return str(problem)

    def _look(self) -> Look:
        return self._looked(self.model, self.text, self.off)

    def _looked(self, model: str, text: str, off: Sequence[str]) -> Look:
        """The look for a state; the last one is kept."""
        wanted = (model, text, *sorted(of_model(model, off)))
        if wanted not in self._looks:
            found = look(model, self._models.loaded(model), text, self._models.gates(model, off))
            self._looks = {wanted: found}
        return self._looks[wanted]

    def _public_card(self, name: str) -> dict[str, Any]:
        """What a page knows of a model; of the translator also the id that its decoder begins with."""
        start = self._models.loaded(name).target.start_id if name == "translator" else None
        return {**self._models.public_card(name), "start_id": start}

    def _worked_examples(self, start: dict[str, Any]) -> dict[str, Any]:
        """What the first model made of its text; none where it cannot read it: the front end says why."""
        name = start["model"]
        text, off = start[TEXTS[name]], of_model(name, start["off"])
        try:
            found = self._looked(name, text, off)
        except ValueError:
            return {}
        attention = opened(start["attention"], self._cards[name]["attentions"])
        return {name: {"text": text, "off": off, **look_state(found, attention)}}


def opened(attention: str, names: Sequence[str]) -> str:
    """The attention that is opened: the first one of a model unless it has the wanted one."""
    return attention if attention in names else names[0]
