"""The translator: reads Chinese, writes English."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from attnlab.decoding import BeamStep, Step, beam_search, greedy, run_to_end
from attnlab.models.files import load_model, shipped_folder
from attnlab.text import ByteLevelBPE, CharacterTokenizer, normalize_chinese
from attnlab.transformer import EncoderDecoder


@dataclass(frozen=True)
class Reading:
    """What the translator's encoder is given for a text.

    Attributes:
        ids: ``(S,)``, the characters' ids and that of the end token.
        characters: those that it reads, after all wide signs became narrow and white space was left out.
        simplified: the traditional characters that were replaced by simplified ones, as pairs.
        unknown: the characters that it has never learned.
        cut: how many characters were left out at the end.
    """

    ids: tuple[int, ...]
    characters: tuple[str, ...]
    simplified: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()
    cut: int = 0


@dataclass(frozen=True, eq=False)
class Translator:
    """Reads Chinese and writes English. Made by :func:`load_translator`.

    Attributes:
        model: an ``EncoderDecoder`` to look into.
        source: cuts Chinese into characters.
        target: spells English with byte pairs.
        simplified: what a traditional character is replaced by, where the model knows only its simplified form.
        width: how many hypotheses its beam keeps.
        length_penalty: how far the beam forgives length; see ``attnlab.decoding.length_divisor``.

    Example:

        >>> load_translator().translate("好久不见")
        'Long time, no see.'
    """

    model: EncoderDecoder
    source: CharacterTokenizer
    target: ByteLevelBPE
    simplified: Mapping[str, str]
    width: int
    length_penalty: float

    def read(self, text: str, *, cut: bool = False) -> Reading:
        """Return what the encoder is given for a text.

        Args:
            text: Chinese. Signs of other languages are read as far as the model has met them.
            cut: leave out what the model cannot read at the end, instead of an error.

        Raises:
            TypeError: the text is not a string.
            ValueError: it is empty, none of its characters is known, or it is longer than the model can read.

        Example: a traditional character.

            >>> load_translator().read("你們好").simplified
            (('們', '们'),)
        """
        typed = normalize_chinese(text)
        if not typed:
            raise ValueError("there is nothing to translate: the text has 0 characters")
        known = self.source.vocabulary.index
        characters = [self.simplified.get(character, character) for character in typed]
        pairs = [pair for pair in zip(typed, characters, strict=True) if pair[0] != pair[1]]
        unknown = [character for character in characters if character not in known]
        if len(unknown) == len(characters):
            raise ValueError(f"the translator knows none of these {len(characters)} characters: {_some(unknown)}")
        room = self.model.max_length - 1  # one place is the end token's
        if len(characters) > room and not cut:
            raise ValueError(f"the text has {len(characters)} characters, the translator reads at most {room}")
        kept = characters[:room]
        return Reading(
            ids=(*self.source.encode("".join(kept)), self.source.end_id),
            characters=tuple(kept),
            simplified=tuple(dict.fromkeys(pairs)),
            unknown=tuple(dict.fromkeys(unknown)),
            cut=len(characters) - len(kept),
        )

    def steps(self, text: str, *, cut: bool = False) -> Iterator[Step]:
        """Return the steps of a greedy translation, one for each token; see ``attnlab.decoding.greedy``.

        Raises:
            TypeError, ValueError: as :meth:`read`.
        """
        return greedy(
            self.model,
            self.read(text, cut=cut).ids,
            max_new_tokens=self.model.max_length,
            start_id=self.target.start_id,
            end_id=self.target.end_id,
            return_weights=True,
        )

    def beam(self, text: str, *, width: int | None = None, cut: bool = False) -> Iterator[BeamStep]:
        """Return the steps of a beam search; see ``attnlab.decoding.beam_search``. Raises as :meth:`read`."""
        return beam_search(
            self.model,
            self.read(text, cut=cut).ids,
            width=self.width if width is None else width,
            length_penalty=self.length_penalty,
            max_new_tokens=self.model.max_length,
            start_id=self.target.start_id,
            end_id=self.target.end_id,
        )

    def translate(self, text: str, *, width: int | None = None, cut: bool = False) -> str:
        """Return the English translation of a Chinese text.

        Args:
            text, cut: as for :meth:`read`.
            width: how many hypotheses the beam keeps; 1 is greedy. :attr:`width` unless given.

        Raises:
            TypeError, ValueError: as :meth:`read`, or the width is less than 1.
        """
        return self.target.decode(run_to_end(self.beam(text, width=width, cut=cut)), skip_special=True)


def _some(characters: list[str], most: int = 10) -> str:
    more = "…" if len(characters) > most else ""
    return "".join(characters[:most]) + more


def load_translator(folder: str | Path | None = None) -> Translator:
    """Return the translator in a folder; the book's own unless given.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: the folder holds another kind of model.

    Example: see :class:`Translator`.

        >>> load_translator().source.encode("好")[0] > 1
        True
    """
    place = shipped_folder("translator") if folder is None else Path(folder)
    stored = load_model(place)
    if not isinstance(stored.model, EncoderDecoder):
        raise ValueError(f"{place} holds a {type(stored.model).__name__}, a translator is an EncoderDecoder")
    source, target = stored.tokenizers["source"], stored.tokenizers["target"]
    if not isinstance(source, CharacterTokenizer) or not isinstance(target, ByteLevelBPE):
        raise ValueError(
            f"{place} reads with a {type(source).__name__} and writes with a {type(target).__name__}; "
            "a translator reads characters and writes byte pairs"
        )
    variants = stored.extra.get("variants", {"traditional": "", "simplified": ""})
    decoding = stored.extra.get("decoding", {})
    return Translator(
        stored.model,
        source,
        target,
        simplified=dict(zip(variants["traditional"], variants["simplified"], strict=True)),
        width=decoding.get("width", 1),
        length_penalty=decoding.get("length_penalty", 0.0),
    )
