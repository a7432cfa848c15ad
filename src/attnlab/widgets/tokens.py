"""The explorer of tokenizers: a text cut four ways, its ids, and three codings of words side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnlab.embedding import load_word_vectors
from attnlab.text import MergeStep, train_steps
from attnlab.widgets import tokens_checks as checks
from attnlab.widgets import tokens_fallback
from attnlab.widgets.base import AttnWidget
from attnlab.widgets.table import table_state
from attnlab.widgets.tokens_codings import (
    AXES,
    Rows,
    cosines,
    euclid,
    id_distances,
    one_hot_rows,
    raise_ids,
    rank_and_line,
    starting_rows,
    trained_rows,
    where_coded,
)
from attnlab.widgets.tokens_cuts import Code, Cut, cut_text
from attnlab.widgets.traits import Checked, Fixed

DEFAULT_TEXT = (
    "a child eats an apple, a banana and a pear. a bird drops an apple, a banana and a pear. "
    "but apple also builds the iphone, and huawei builds a better camera, as both banana and pear cannot."
)
EXAMPLES = (
    DEFAULT_TEXT,
    "slow, slower, slowest; low, lower, lowest; new, newer, newest: the newest is not the slowest",
    "小猴子吃苹果，大猴子吃香蕉。苹果手机和华为手机都不能吃。",
    "🍎 🍌 🍐 🍎🍌 👩‍🚀 naïve café",
)
DEFAULT_WORDS = ("apple", "banana", "pear", "iphone", "huawei")
Floats = NDArray[np.float64]


class TokenizerExplorer(AttnWidget):
    """A text cut into tokens four ways, live, and what ids, one-hot rows and trained vectors make of its words.

    The reader can change all that is listed below as an attribute, on screen or in Python; the two stay the same.

    Args:
        text: any text of at most 10,000 characters; an example unless given.
        cut: ``"characters"``, ``"words"``, ``"byte-pairs"`` or ``"wordpiece"``.
        merges: how many merges byte pairs learn from the text, from 0 to 300; a short text may give fewer.
        words: from 3 to 6 words that are compared.
        matrix: the one row, of 2 or 3 numbers from -1 to 1, that raises ids to that many dimensions.
        view: the picture that is shown: ``"line"``, ``"one-hot"``, ``"distances"`` or ``"raise"``.
        id: its name in the page's address.
        lang: the language of its texts; ``ATTNLAB_LANG`` decides unless given.

    Attributes:
        text, cut, merges, words, matrix, view: as above.
        moved: for words whose point of the lookup table was moved, where it is now.

    Raises:
        TypeError, ValueError: an argument, or a later assignment, does not fit; the widget stays as it was.
        FileNotFoundError: the word vectors or the front end were never built.

    Example:

        >>> explorer = TokenizerExplorer("low lower", cut="byte-pairs", merges=2)
        >>> explorer.tokens, explorer.ids
        (['low', ' ', 'low', 'e', 'r'], [257, 32, 257, 101, 114])
        >>> [step.pair for step in explorer.steps]
        [(b'l', b'o'), (b'lo', b'w')]
        >>> explorer.cut = "words"
        >>> explorer.ids, explorer.raised.tolist()
        ([0, 1], [[0.0, 0.0], [1.0, 0.5]])
    """

    KIND = "tokens"

    text = Checked(checks.text)
    cut = Checked(checks.cut)
    merges = Checked(checks.merges)
    words = Checked(checks.words)
    matrix = Checked(checks.matrix)
    view = Checked(checks.view)
    moved = Checked(checks.moved)
    examples = Fixed()
    table = Fixed()
    asset = Fixed()
    defaults = Fixed()

    def __init__(
        self,
        text: str | None = None,
        *,
        cut: str = "words",
        merges: int = 20,
        words: Sequence[str] = DEFAULT_WORDS,
        matrix: Sequence[float] = (1.0, 0.5),
        view: str = "line",
        id: str | None = None,
        lang: str | None = None,
    ) -> None:
        self._vectors = load_word_vectors()
        self._last_cut: tuple[Any, Cut] | None = None
        given = {
            "text": DEFAULT_TEXT if text is None else text,
            "cut": cut,
            "merges": merges,
            "words": words,
            "matrix": matrix,
            "view": view,
            "moved": {},
        }
        start = {name: getattr(checks, name)(self, value) for name, value in given.items()}
        # The rows that are there at once: of the words, and of the two words that the lookup table begins with.
        pieces = [token.piece for word in start["words"] for token in self._vectors.tokenizer.tokenize(word)]
        table = table_state(self._vectors, [*pieces, *AXES], None)
        super().__init__(
            id=id, lang=lang, examples=list(EXAMPLES), table=table, asset="words", defaults=dict(start), **start
        )

    @property
    def tokens(self) -> list[str]:
        """The ``T`` tokens of the text. Bytes that are no whole character are shown as ``<E7 8C>``."""
        return list(self._cut.tokens)

    @property
    def ids(self) -> list[int]:
        """Their ids, ``(T,)``."""
        return list(self._cut.ids)

    @property
    def vocabulary_size(self) -> int:
        """How many tokens the vocabulary of this cut holds, ``V``."""
        return self._cut.size

    @property
    def steps(self) -> list[MergeStep]:
        """The merges that the text gives, each with the text after it; fewer than ``merges`` if it is short."""
        return list(train_steps(self.text, self.merges, watch=self.text)) if self.text else []

    @property
    def codes(self) -> dict[str, Code]:
        """For each word its id, or None if it is no single token of this cut's vocabulary; and its tokens."""
        return {word: self._cut.code(word) for word in self.words}

    @property
    def distances(self) -> dict[str, Floats]:
        """How far the words are from each other, ``(n, n)`` for each coding; NaN where a word has no such code.

        ``"ids"``: the difference on the number line. ``"one-hot"`` and ``"one-hot dot"``: straight distance and inner
        product of the rows. ``"cosine"`` and ``"euclid"``: of the trained vectors.
        """
        ids = [code.id for code in self.codes.values()]
        one_hot = one_hot_rows(ids, self.vocabulary_size)
        trained = trained_rows(self.words, self._vectors)
        return {
            "ids": id_distances(ids),
            "one-hot": where_coded(euclid(one_hot), ids),
            "one-hot dot": where_coded(one_hot @ one_hot.T, ids),
            "cosine": cosines(trained),
            "euclid": euclid(trained),
        }

    @property
    def raised(self) -> Floats:
        """The ids of the text times the matrix, ``(T, 2)`` or ``(T, 3)``."""
        return raise_ids(self.ids, self.matrix)

    @property
    def lookup(self) -> Floats:
        """The rows of the lookup table, one for each word, ``(n, 2)``: where they begin, or where they were moved."""
        rows = starting_rows(self.words, self._vectors)
        for row, word in enumerate(self.words):
            rows[row] = self.moved.get(word, rows[row])
        return rows

    @property
    def lines(self) -> dict[str, Rows]:
        """Of the raised ids and of the lookup table: their rank, and how far they lie from the best line through 0."""
        return {"raised": rank_and_line(self.raised), "lookup": rank_and_line(self.lookup)}

    def summary(self) -> str:
        """Return the state in a sentence, for a terminal."""
        return f"TokenizerExplorer: {tokens_fallback.counted(self._cut, self.cut, self.lang)}"

    def fallback_html(self) -> str:
        """Return the tokens with their ids, and the distances of the words as a table."""
        said = [tokens_fallback.counted(self._cut, self.cut, self.lang), tokens_fallback.listed(self._cut, self.lang)]
        return tokens_fallback.fallback([one for one in said if one], self.words, self.distances, self.lang)

    @property
    def _cut(self) -> Cut:
        """The text as it is cut now; made once for each state."""
        state = (self.text, self.cut, self.merges if self.cut == "byte-pairs" else 0)
        if self._last_cut is None or self._last_cut[0] != state:
            self._last_cut = (state, cut_text(self.text, self.cut, state[2], self._vectors))
        return self._last_cut[1]
