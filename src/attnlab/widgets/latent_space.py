"""The explorer of the latent space: real word vectors, their maps, and how far the maps can be trusted."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import traitlets
from safetensors.numpy import save

from attnlab.widgets import latent_space_checks as checks
from attnlab.widgets import latent_space_fallback
from attnlab.widgets import latent_space_presets as presets
from attnlab.widgets import latent_space_results as results
from attnlab.widgets.base import AttnWidget
from attnlab.widgets.latent_space_example import small_table, worked_example
from attnlab.widgets.latent_space_results import Analogy, Coordinates, Listed, Sense
from attnlab.widgets.latent_space_start import start_of
from attnlab.widgets.latent_space_tables import BOOKS, OWN, Space, book_space, facts_of, own_space
from attnlab.widgets.playground_files import asset_files
from attnlab.widgets.traits import Checked, Fixed

STATE = ("source", "view", "word", "projection", "dimensions", "camera", "terms", "x_axis", "y_axis", "placed", "poles")


class LatentSpaceExplorer(AttnWidget):
    """Real word vectors to walk through: their map, analogies, axes, and words with two meanings.

    The reader can change all that is listed below as an attribute, on screen or in Python; the two stay the same.

    Args:
        vectors: None for the book's 8,000 words, ``"word2vec"`` for the 10,000 that the book trained itself, or your
            own: ``WordVectors``, or a dict from words to vectors. The reader can change between the book's two.
        word: the word whose neighbors are shown.
        view: ``"map"``, ``"analogy"``, ``"axes"`` or ``"senses"``.
        projection: how the map is made, ``"pca"`` or ``"tsne"`` (the book's tables only).
        dimensions: of the map, 2 or 3.
        id: its name in the page's address.
        lang: the language of its texts; ``ATTNLAB_LANG`` decides unless given.

    Attributes:
        source: the table that is shown, ``"words"``, ``"word2vec"`` or ``"own"``.
        word, view, projection, dimensions: as above.
        terms: the three words of the analogy ``a - b + c``.
        x_axis, y_axis: each a list of pairs of words; the axis leads from the first words to the second ones.
        placed: the words that are placed along the axes.
        poles: for each of two meanings a list of words.
        camera: turn and tilt of the map in degrees, zoom, and how far it is moved right and down.

    Raises:
        TypeError, ValueError: an argument, or a later assignment, does not fit; the widget stays as it was.
        FileNotFoundError: the word vectors or the front end were never built.

    Example:

        >>> explorer = LatentSpaceExplorer(word="banana")
        >>> explorer.neighbors[0][0]
        'bananas'
        >>> explorer.terms = ["king", "man", "woman"]
        >>> explorer.analogy.excluded[0][0], explorer.analogy.included[0][0]
        ('queen', 'king')
    """

    KIND = "latent-space"

    source = Checked(checks.source)
    view = Checked(checks.view)
    word = Checked(checks.word)
    projection = Checked(checks.projection)
    dimensions = Checked(checks.dimensions)
    camera = Checked(checks.camera)
    terms = Checked(checks.terms)
    x_axis = Checked(checks.x_axis)
    y_axis = Checked(checks.y_axis)
    placed = Checked(checks.placed)
    poles = Checked(checks.poles)
    tables = Fixed()
    table = Fixed()
    example = Fixed()
    presets = Fixed()
    landmarks = Fixed()
    defaults = Fixed()

    def __init__(
        self,
        vectors: Any = None,
        *,
        word: str = "apple",
        view: str = "map",
        projection: str = "pca",
        dimensions: int = 2,
        id: str | None = None,
        lang: str | None = None,
    ) -> None:
        is_book = vectors is None or (isinstance(vectors, str) and vectors in BOOKS)
        self._own = None if is_book else own_space(vectors)
        self._files: dict[str, Path] = {}
        if self._own is None:
            self._tables = {name: facts_of(name) for name in BOOKS}
            space = book_space(vectors or BOOKS[0])
        else:
            self._tables = {OWN: facts_of(OWN, self._own)}
            space = self._own
            word = word if word in space else space.words[0]
        given = {"view": view, "word": word, "projection": projection, "dimensions": dimensions}
        start = {"source": space.name, **start_of(space), **given}
        start = {name: getattr(checks, name)(self, start[name]) for name in STATE}
        offered = {"axes": {}, "analogies": [], "senses": []} if self._own is not None else _offered()
        super().__init__(
            id=id,
            lang=lang,
            tables=self._tables,
            table=small_table(space, start, whole=self._own is not None and self._tables[OWN]["vectors"] is None),
            example=worked_example(space, start),
            presets=offered,
            landmarks=_landmarks(space),
            defaults=start,
            **start,
        )

    @property
    def neighbors(self) -> Listed:
        """The 10 words nearest to the word in all dimensions, each with its cosine.

        Raises:
            ValueError: the table that is shown does not hold the word. So it is for all that follows.
        """
        return results.neighbors(self._space_with(self.word), self.word)

    @property
    def picture_neighbors(self) -> Listed:
        """The 10 words nearest to the word on the map, each with its distance there."""
        space = self._space_with(self.word)
        return results.picture_neighbors(space, self._places(space), self.word)

    @property
    def overlap(self) -> int:
        """How many of the ten neighbors the map keeps: they are among the ten nearest there as well."""
        return len({name for name, _ in self.neighbors} & {name for name, _ in self.picture_neighbors})

    @property
    def mean_overlap(self) -> float:
        """The same on average over 200 words of the table: how far the whole map can be trusted."""
        return results.mean_overlap(self._space, self.projection, self.dimensions)

    @property
    def analogy(self) -> Analogy:
        """The best answers to ``a - b + c``, once without the three words and once with them."""
        return results.analogy(self._space_with(*self.terms), self.terms)

    @property
    def senses(self) -> list[Sense]:
        """The 24 nearest neighbors of the word, each with its lean between the two meanings."""
        return results.senses(self._space_with(self.word), self.word, self.poles)

    @property
    def coordinates(self) -> Coordinates:
        """What lies where in the picture of the present view.

        On the map these are all words. In the analogy they are the target, the three words and all answers, on the
        plane through the three words. On the axes they are the words that were placed. For the meanings of a word, they
        are the word and its neighbors: how far each leans, and its cosine to the word.
        """
        space = self._space
        if self.view == "analogy":
            found = self.analogy
            answers = [name for name, _ in (*found.excluded, *found.included)]
            words = tuple(dict.fromkeys([*self.terms, *answers]))
            return Coordinates(("", *words), results.analogy_picture(space, self.terms, words))
        if self.view == "axes":
            return results.along_axes(space, self.placed, (self.x_axis, self.y_axis))
        if self.view == "senses":
            near = self.senses
            own = results.leans_of(space, [self.word], self.poles)[0]
            rows = [(own, 1.0), *((one.lean, one.cosine) for one in near)]
            return Coordinates((self.word, *(one.word for one in near)), np.array(rows))
        return Coordinates(space.words, self._places(space))

    def summary(self) -> str:
        """Return what the present view shows, in a sentence."""
        return f"LatentSpaceExplorer: {latent_space_fallback.sentences(self)[0]}"

    def fallback_html(self) -> str:
        """Return what the present view shows, as sentences and a table."""
        return latent_space_fallback.fallback(self)

    def asset_file(self, name: Any) -> Path:
        """Return the file of a table or of a map, or of another asset; see the base."""
        return asset_files().get(name) or super().asset_file(name)

    def _answer(self, widget: Any, content: Any, buffers: Any) -> None:
        """Send what the front end asks for; a reader's own vectors are in no file."""
        if self._own is None or not isinstance(content, dict) or content.get("name") != OWN:
            super()._answer(widget, content, buffers)
        elif content.get("type") == "asset-request":
            data = _as_file(self._own)
            self.send({"type": "asset", "name": OWN, "bytes": len(data)}, buffers=[data])

    @property
    def _space(self) -> Space:
        return self._own if self._own is not None else book_space(self.source)

    def _space_with(self, *words: str) -> Space:
        space = self._space
        missing = [word for word in words if word not in space]
        if missing:
            raise ValueError(f"{missing[0]!r} is not among the {len(space.words)} words of the table {space.name!r}")
        return space

    def _spaces(self) -> Iterator[Space]:
        """The tables whose words may be named, the one that is shown first."""
        if self._own is not None:
            yield self._own
            return
        now = self.source if self.trait_has_value("source") else BOOKS[0]
        yield from (book_space(name) for name in sorted(BOOKS, key=lambda name: name != now))

    def _places(self, space: Space) -> Any:
        return space.places(self.projection, self.dimensions)

    @traitlets.default("source")
    def _first_source(self) -> str:
        return next(iter(self._tables))


def _offered() -> dict[str, Any]:
    """The presets as JSON has them."""
    offered: dict[str, Any] = {"axes": presets.AXES, "analogies": presets.ANALOGIES, "senses": presets.SENSES}
    listed: dict[str, Any] = json.loads(json.dumps(offered))
    return listed


def _landmarks(space: Space) -> list[str]:
    """Words whose names stand on the map as far as there is room."""
    if space.name in BOOKS:
        return list(presets.LANDMARKS)
    step = max(1, len(space.words) // len(presets.LANDMARKS))
    return list(space.words[::step][: len(presets.LANDMARKS)])


def _as_file(space: Space) -> bytes:
    """A reader's own vectors as the front end reads tables."""
    words: Sequence[str] = space.words
    return save(
        {"rows": space.vectors.vectors[: len(words)]}, {"tokens": json.dumps(list(words)), "words": str(len(words))}
    )
