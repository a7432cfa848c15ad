"""The self-attention explorer: a sentence, its word vectors, and every number on the way to its output."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import traitlets

from attnlab import embedding
from attnlab.embedding import HeadMaps, Vectors, load_word_vectors
from attnlab.strings import text as text_of
from attnlab.text import CONTINUES
from attnlab.widgets import checks, fallback, sentence
from attnlab.widgets.base import AttnWidget
from attnlab.widgets.numbers import Numbers, compute
from attnlab.widgets.table import farthest_pair, own_maps, own_table, table_state
from attnlab.widgets.traits import Checked, Fixed, list_of_strings

MAX_TOKENS = checks.MAX_TOKENS
DEFAULT_TEXT = "I ate an apple and a banana"
DEFAULT_EXAMPLES = (DEFAULT_TEXT, "apple sells a new phone", "the monkey ate a banana")
DEFAULT_POLES = (("fruit", "banana", "pear"), ("phone", "iphone", "computer"))
DEFAULT_FOLLOW = "apple"  # the word that the book follows, where a sentence has it
DEPENDENT = ("labels", "follow", "locked")  # what is about the tokens, and so changes with them


class SelfAttentionExplorer(AttnWidget):
    """Self-attention over a sentence, live.

    The reader can change all that is listed below as an attribute, on screen or in Python; the two stay the same.

    Args:
        text: a sentence; it is cut into tokens of the book's word vectors. What is beyond 256 tokens is left out.
        tokens: the tokens themselves, instead of a sentence.
        vectors: your own vectors for these tokens, ``(T, D)``, NumPy or torch. The book's are used unless given.
        maps: ``"shared"`` for Q = K = V, or ``"head"`` for three different maps.
        query_map, key_map, value_map: your own maps, each ``(Dh, D)`` or an ``AffineMap``; they imply ``"head"``.
        divide_by: what the scores are divided by: ``"one"``, ``"sqrt"`` for ``sqrt(d_k)``, ``"d"`` for ``d_k``, or a
            number above 0.
        follow: the word to follow, or its place; "apple" or else the first word unless given; -1 for none.
        poles: two lists of words between whose centroids the followed word leans; fruit and phones unless given.
        examples: sentences offered as buttons.
        id: its name in the page's address.
        lang: the language of its texts; ``ATTNLAB_LANG`` decides unless given.

    Attributes:
        tokens: the ``T`` tokens asked of the table. Setting them renews the labels, lets ``follow`` go with its word
            and takes ``locked`` back.
        labels: what the reader typed for each token.
        maps, divide_by, follow, poles: as above.
        locked: the cell (row, column) whose arithmetic is open, or None.

    Raises:
        TypeError, ValueError: an argument, or a later assignment, does not fit; the numbers are quoted and the widget
            stays as it was.
        FileNotFoundError: the word vectors or the front end were never built.

    Example:

        >>> explorer = SelfAttentionExplorer("apple sells a new phone")
        >>> explorer.weights.shape
        (5, 5)
        >>> explorer.text = "I ate an apple"
        >>> explorer.labels[explorer.follow]
        'apple'
    """

    KIND = "self-attention"

    tokens = Checked(checks.tokens)
    labels = Checked(checks.labels)
    maps = Checked(checks.maps)
    divide_by = Checked(checks.divide_by)
    follow = Checked(checks.follow)
    poles = Checked(checks.poles)
    locked = Checked(checks.locked)
    examples = Fixed()
    table = Fixed()
    asset = Fixed()
    defaults = Fixed()

    _ready = False  # until then the constructor sets everything at once
    _front_end_speaks = False  # while a message of the front end is read

    def __init__(
        self,
        text: str = DEFAULT_TEXT,
        *,
        tokens: Sequence[str] | None = None,
        vectors: Any = None,
        maps: str = "shared",
        query_map: Any = None,
        key_map: Any = None,
        value_map: Any = None,
        divide_by: str | float = "sqrt",
        follow: int | str | None = None,
        poles: Sequence[Sequence[str]] | None = None,
        examples: Sequence[str] | None = None,
        id: str | None = None,
        lang: str | None = None,
    ) -> None:
        if tokens is not None and text != DEFAULT_TEXT:
            raise ValueError("give a text or tokens, not both")
        self._label_of: dict[str, str] = {}  # of tokens whose label is not the token itself
        if vectors is None:
            self._words = load_word_vectors()
        else:
            tokens = self._bring(tokens, vectors)
            poles, examples = poles or farthest_pair(self._words), examples or ()
        own_head = own_maps(query_map, key_map, value_map, self._words.dim)
        if own_head is not None:
            self._words, maps = replace(self._words, maps=own_head), "head"

        if tokens is None:
            tokens, labels = sentence.read(text, self._words.tokenizer)
        else:
            tokens = checks.tokens(self, tokens)
            labels = self._default_labels(tokens)
        place = sentence.place_to_follow(tokens, DEFAULT_FOLLOW) if follow is None else follow
        start = {
            "tokens": tokens,
            "labels": checks.labels(self, labels),
            "maps": checks.maps(self, maps),
            "divide_by": checks.divide_by(self, divide_by),
            "follow": checks.follow(self, sentence.place_of(place, tokens, labels)),
            "poles": checks.poles(self, poles or DEFAULT_POLES),
            "locked": None,
        }
        examples = list_of_strings("examples", DEFAULT_EXAMPLES if examples is None else examples)
        table = self._small_table(start, examples)
        asset = "words" if vectors is None else None
        super().__init__(id=id, lang=lang, examples=examples, table=table, asset=asset, defaults=start, **start)
        self._chosen_for = {name: (self.tokens, getattr(self, name)) for name in DEPENDENT}
        self._ready = True

    @property
    def text(self) -> str:
        """The sentence. Setting it cuts the new one into tokens."""
        return sentence.join(self.tokens, self.labels)

    @text.setter
    def text(self, text: str) -> None:
        tokens, labels = sentence.read(text, self._words.tokenizer)
        with self.hold_sync(), self.hold_trait_notifications():
            self.tokens, self.labels = tokens, labels

    @property
    def divisor(self) -> float:
        """What the scores are divided by, as a number."""
        width = self._words.dim if self._head is None else self._head.width
        named = {"one": 1.0, "sqrt": math.sqrt(width), "d": float(width)}
        return named[self.divide_by] if isinstance(self.divide_by, str) else float(self.divide_by)

    @property
    def query(self) -> Vectors:
        """What each token looks with, ``(T, Dh)``."""
        return self._numbers.query

    @property
    def key(self) -> Vectors:
        """What each token is found by, ``(T, Dh)``. (ipywidgets has a ``keys`` of its own: the names of the traits.)"""
        return self._numbers.key

    @property
    def value(self) -> Vectors:
        """What each token hands over, ``(T, Dh)``."""
        return self._numbers.value

    @property
    def scores(self) -> Vectors:
        """The inner product of each query with each key, before any division, ``(T, T)``."""
        return self._numbers.scores

    @property
    def weights(self) -> Vectors:
        """How much each token attends to each, ``(T, T)``; each row sums to 1."""
        return self._numbers.weights

    @property
    def outputs(self) -> Vectors:
        """The values mixed by the weights, ``(T, Dh)``."""
        return self._numbers.outputs

    @property
    def lean(self) -> Vectors:
        """How far each output leans to the first pole (+1) or the second (-1), ``(T,)``."""
        return self._lean(self.outputs)

    @property
    def own_lean(self) -> Vectors:
        """The same for each value: where the token stood before it attended to anything, ``(T,)``."""
        return self._lean(self.value)

    def summary(self) -> str:
        """Return the state in a few words, for a terminal."""
        count = text_of("widget.token_count", self.lang, count=len(self.tokens))
        return f"SelfAttentionExplorer: {count}; {self._sentences()[0]}"

    def fallback_html(self) -> str:
        """Return the weights as a table, and what the followed word attends to in a sentence."""
        return fallback.fallback(self.labels, self.weights, self._sentences(), self.lang)

    def __repr__(self) -> str:
        return f"<SelfAttentionExplorer: {len(self.tokens)} tokens>"

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take over what the front end has changed; called by ipywidgets."""
        self._front_end_speaks = True
        try:
            super().set_state(sync_data)
        finally:
            self._front_end_speaks = False

    def notify_change(self, change: Any) -> None:
        """Tell the front end and all observers of a change; called by traitlets."""
        name = change["name"]
        if self._ready and name == "tokens":
            with self.hold_sync():  # one message, so that the front end never sees new tokens with old labels
                self._settle(change["old"])
                super().notify_change(change)
            return
        if self._ready and name in DEPENDENT:
            self._chosen_for[name] = (self.tokens, getattr(self, name))
        super().notify_change(change)

    @traitlets.validate(*DEPENDENT)
    def _fits_the_tokens(self, proposal: Any) -> Any:
        return checks.together(self, proposal["trait"].name, proposal["value"])

    def _settle(self, old_tokens: list[str]) -> None:
        """Bring labels, follow and locked in line with new tokens, unless they were chosen together with them."""
        if self._front_end_speaks:  # it has moved them itself, by the same rules; only what cannot stay is changed
            stale = {name for name in DEPENDENT if not self._fits(name)}
        else:
            stale = {name for name in DEPENDENT if self._chosen_for[name] == (old_tokens, getattr(self, name))}
        followed = old_tokens[self.follow] if 0 <= self.follow < len(old_tokens) else None
        if "labels" in stale:
            self.labels = self._default_labels(self.tokens)
        if "follow" in stale:
            self.follow = sentence.place_to_follow(self.tokens, followed)
        if "locked" in stale:
            self.locked = None
        self._chosen_for = {name: (self.tokens, getattr(self, name)) for name in DEPENDENT}

    def _fits(self, name: str) -> bool:
        try:
            checks.together(self, name, getattr(self, name))
        except ValueError:
            return False
        return True

    def _bring(self, tokens: Any, vectors: Any) -> list[str]:
        """Take the reader's own vectors instead of the book's; return the names of the tokens in the new table."""
        if tokens is None:
            raise ValueError("your own vectors need tokens: one for each row")
        labels = list_of_strings("tokens", tokens)
        self._words, names = own_table(labels, vectors)
        self._label_of = dict(zip(names, labels, strict=True))
        return names

    def _default_labels(self, tokens: Sequence[str]) -> list[str]:
        """What to show for tokens that nobody typed."""
        return [self._label_of.get(token) or token.removeprefix(CONTINUES) or token for token in tokens]

    def _small_table(self, start: dict[str, Any], examples: Sequence[str]) -> dict[str, Any]:
        """The rows that are there at once: of the first sentence, the poles and the examples."""
        pieces = [token.piece for example in examples for token in self._words.tokenizer.tokenize(example)]
        wanted = [*start["tokens"], *start["poles"][0], *start["poles"][1], *pieces]
        # The trained head is 65 kB of text: a widget that begins without it finds it in the full table.
        maps = self._words.maps if start["maps"] == "head" else None
        return table_state(self._words, (token for token in wanted if token in self._words), maps)

    @property
    def _head(self) -> HeadMaps | None:
        """The three maps in use; None for Q = K = V."""
        return self._words.maps if self.maps == "head" else None

    @property
    def _numbers(self) -> Numbers:
        return compute(self._words[self.tokens], self._head, self.divisor)

    def _lean(self, vectors: Vectors) -> Vectors:
        pole_a, pole_b = (self._words[pole] for pole in self.poles)
        if self._head is not None:  # what is compared are values, so the poles are mapped as values are
            pole_a, pole_b = self._head.value(pole_a), self._head.value(pole_b)
        return embedding.lean(vectors, pole_a, pole_b).astype(np.float32)

    def _sentences(self) -> list[str]:
        """What the followed token attends to, and how far that moves it."""
        sentences = [fallback.attends(self.labels, self.weights, self.follow, self.lang)]
        if self.follow >= 0 and self.poles[0]:
            before, after = float(self.own_lean[self.follow]), float(self.lean[self.follow])
            sentences.append(fallback.moves(self.labels[self.follow], self.poles, before, after, self.lang))
        return sentences
