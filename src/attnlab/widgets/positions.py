"""The explorer of positions: how attention is told where a word stands, and what becomes of it when it is not."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from attnlab.embedding import Vectors, load_word_vectors
from attnlab.widgets import positions_checks as checks
from attnlab.widgets import positions_fallback, sentence
from attnlab.widgets import positions_results as results
from attnlab.widgets.base import AttnWidget
from attnlab.widgets.positions_tables import tables_state
from attnlab.widgets.table import table_state
from attnlab.widgets.traits import Checked, Fixed, StateError

TEXT = "the dog bites the man"
EXAMPLES = (TEXT, "the monkey ate an apple", "only she said that he came", "not all birds can fly")


class PositionExplorer(AttnWidget):
    """Positions as vectors, added to words, shuffled away, and in six schemes side by side, live.

    The reader can change all that is listed below as an attribute, on screen or in Python; the two stay the same.

    Args:
        text: a sentence; its first 12 tokens are read. An example unless given.
        view: ``"encoding"`` (the sinusoidal vectors as a picture), ``"sum"`` (word plus position), ``"shuffle"`` (the
            words in another order) or ``"schemes"`` (six ways, and how far beyond their training they reach).
        width: how many entries a position's vector has, even, from 4 to 128.
        base: of the wavelengths, from 2 to 1,000,000.
        length: how many positions are shown, from 8 to 128.
        position: the position that is looked at.
        pair: the pair of its entries that is followed.
        order: which word stands at each place, as a text ``"4,1,2,3,0"`` or as a list; "" for as typed.
        positions: whether attention is told the positions.
        added: how the shuffle is told them: ``"sinusoidal"``, ``"rotary"`` or ``"alibi"``.
        token: the word that is looked at, by its place in the text as typed.
        scheme: ``"sinusoidal"``, ``"learned"``, ``"shaw"``, ``"t5"``, ``"rotary"`` or ``"alibi"``.
        head: the head of that scheme that is shown.
        id: its name in the page's address.
        lang: the language of its texts; ``ATTNLAB_LANG`` decides unless given.

    Attributes:
        text, view, width, base, length, position, pair, order, positions, added, token, scheme, head: as above.
            ``position``, ``pair`` and ``token`` may lie beyond the end; the last one is shown then.

    Raises:
        TypeError, ValueError: an argument, or a later assignment, does not fit; the widget stays as it was.
        FileNotFoundError: the word vectors, the tables or the front end are not there.

    Example:

        >>> explorer = PositionExplorer("the dog bites the man", order=[4, 1, 2, 3, 0], positions=False)
        >>> [explorer.labels[word] for word in explorer.places]
        ['man', 'dog', 'bites', 'the', 'the']
        >>> explorer.change < 1e-6  # each word gets the output that it had
        True
        >>> explorer.positions = True
        >>> explorer.change > 0.01
        True
    """

    KIND = "positions"

    view = Checked(checks.view)
    width = Checked(checks.width)
    base = Checked(checks.base)
    length = Checked(checks.length)
    position = Checked(checks.position)
    pair = Checked(checks.pair)
    text = Checked(checks.text)
    order = Checked(checks.order)
    positions = Checked(checks.positions)
    added = Checked(checks.added)
    token = Checked(checks.token)
    scheme = Checked(checks.scheme)
    head = Checked(checks.head)
    tables = Fixed()
    examples = Fixed()
    table = Fixed()
    asset = Fixed()
    defaults = Fixed()

    _front_end_speaks = False  # while a message of the front end is read

    def __init__(
        self,
        text: str = TEXT,
        *,
        view: str = "encoding",
        width: int = 32,
        base: int = 10000,
        length: int = 48,
        position: int = 10,
        pair: int = 0,
        order: str | Sequence[int] = "",
        positions: bool = True,
        added: str = "sinusoidal",
        token: int = 1,
        scheme: str = "sinusoidal",
        head: int = 0,
        id: str | None = None,
        lang: str | None = None,
    ) -> None:
        from attnlab.models import load_position_tables  # takes a second or two: torch

        self._vectors, self._tables = load_word_vectors(), load_position_tables()
        given: dict[str, Any] = {
            "view": view,
            "width": width,
            "base": base,
            "length": length,
            "position": position,
            "pair": pair,
            "text": text,
            "positions": positions,
            "added": added,
            "token": token,
            "scheme": scheme,
            "head": head,
            "order": order if isinstance(order, str) else ",".join(str(place) for place in order),
        }
        start = {name: getattr(checks, name)(self, value) for name, value in given.items()}
        wanted = [token for text in (start["text"], *EXAMPLES) for token in self._read(text)[0]]
        super().__init__(
            id=id,
            lang=lang,
            tables=tables_state(self._tables),
            examples=list(EXAMPLES),
            table=table_state(self._vectors, wanted, None),
            asset="words",
            defaults=dict(start),
            **start,
        )

    @property
    def tokens(self) -> list[str]:
        """The ``T`` tokens of the text as typed."""
        return self._read(self.text)[0]

    @property
    def labels(self) -> list[str]:
        """What was typed for each token."""
        return self._read(self.text)[1]

    @property
    def places(self) -> list[int]:
        """Which word stands at each place. An order for another number of words counts as none."""
        T = len(self.tokens)
        order = [int(word) for word in self.order.split(",")] if self.order else []
        return order if len(order) == T else list(range(T))

    @property
    def word(self) -> int:
        """The word that is looked at, by its place in the text as typed; -1 in an empty text."""
        return min(int(self.token), len(self.tokens) - 1)

    @property
    def encoding(self) -> Vectors:
        """The sinusoidal vectors of the positions on screen, ``(length, width)``."""
        return results.encoding(self.length, self.width, self.base)

    @property
    def angles(self) -> NDArray[np.float64]:
        """The angle of each pair of entries of the position looked at, ``(width / 2,)``, in radians, not reduced."""
        return results.angles(self._position, self.width, self.base)

    @property
    def wavelengths(self) -> NDArray[np.float64]:
        """After how many positions each pair has gone around once, ``(width / 2,)``."""
        return results.wavelengths(self.width, self.base)

    @property
    def dot_products(self) -> Vectors:
        """The dot product of the position looked at with each position on screen, ``(length,)``."""
        return results.dot_products(self.encoding, self._position)

    @property
    def sum_vectors(self) -> Vectors:
        """The vector of the word looked at, of the place where it stands now, and their sum, ``(3, D)``.

        With positions off the second is all 0.

        Raises:
            ValueError: the text has no words.
        """
        if not self.tokens:
            raise ValueError(f"{self.text!r} has 0 words: there is nothing to add a position to")
        word = self._vectors[self.tokens][self.word]
        place = results.encoding(len(self.tokens), self._vectors.dim, self.base)[self.places.index(self.word)]
        place = place * np.float32(self.positions)
        return np.stack([word, place, word + place])

    @property
    def weights(self) -> Vectors:
        """How much each word attends to each in the order on screen, ``(T, T)``; each row sums to 1."""
        return self._attend(self.places)[0]

    @property
    def outputs(self) -> Vectors:
        """What attention makes of each word in the order on screen, ``(T, D)``."""
        return self._attend(self.places)[1]

    @property
    def changes(self) -> Vectors:
        """How much each word's output differs from the one in the order as typed, ``(T,)``, as typed."""
        before = self._attend(range(len(self.tokens)))[1]
        return results.changes(before, self.outputs, self.places)

    @property
    def change(self) -> float:
        """The largest of these differences."""
        return float(self.changes.max(initial=0))

    @property
    def pattern(self) -> Vectors:
        """What position alone adds to the scores in the scheme shown, ``(length, length)``; NaN for no number."""
        sizes = {"width": self.width, "base": self.base, "head": self.head}
        return results.pattern(self.scheme, self.length, **sizes, tables=self._tables)

    @property
    def trained(self) -> int:
        """No text was longer than this, in tokens, while the models of the schemes were trained."""
        return int(self._tables.trained)

    @property
    def lengths(self) -> list[int]:
        """The lengths of the texts, in tokens, that these models were measured on."""
        return [int(length) for length in self._tables.lengths]

    @property
    def accuracy(self) -> dict[str, list[float]]:
        """The share of right answers at each of ``lengths``, for each scheme and for ``"none"``.

        NaN where a scheme has no vector.
        """
        return {name: [float(share) for share in self._tables.accuracy[name]] for name in results.MEASURED}

    def summary(self) -> str:
        """Return the view in one sentence."""
        return f"PositionExplorer: {positions_fallback.said(self)}"

    def fallback_html(self) -> str:
        """Return the view as a sentence and a table."""
        return positions_fallback.fallback(self)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take over what the front end has changed; called by ipywidgets."""
        self._front_end_speaks = True
        try:
            super().set_state(sync_data)
        finally:
            self._front_end_speaks = False

    @traitlets.validate("order")
    def _fits_the_text(self, proposal: Any) -> str:
        """An order for another number of words is a mistake in Python; a link may bring one, which counts as none."""
        order = str(proposal["value"])
        count, T = order.count(",") + 1, len(self.tokens)
        if order and count != T and not self._front_end_speaks:
            raise StateError(f"order has {count} places, but the text has {T} tokens")
        return order

    @traitlets.observe("text")
    def _forget_the_order(self, _change: Any) -> None:
        if not self._front_end_speaks and self.order and self.order.count(",") + 1 != len(self.tokens):
            self.order = ""

    def _read(self, text: str) -> tuple[list[str], list[str]]:
        tokens, labels = sentence.read(text, self._vectors.tokenizer)
        return tokens[: checks.MAX_WORDS], labels[: checks.MAX_WORDS]

    def _attend(self, order: Sequence[int]) -> tuple[Vectors, Vectors]:
        if not self.tokens:
            return np.zeros((0, 0), dtype=np.float32), np.zeros((0, self._vectors.dim), dtype=np.float32)
        words = self._vectors[self.tokens][list(order)]
        return results.attend(words, self.added if self.positions else None, self.base)

    @property
    def _position(self) -> int:
        return min(int(self.position), int(self.length) - 1)
