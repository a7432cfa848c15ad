"""Special tokens: those that no reader types, each under the name of its task, and their ids.

None is ever implied. A tokenizer has exactly the special tokens that it was given.
"""

from dataclasses import asdict, dataclass


def is_encodable(text: str) -> bool:
    """Return whether a text has a UTF-8 form: whether it holds no half of a surrogate pair."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


@dataclass(frozen=True, kw_only=True)
class SpecialTokens:
    """The tokens that stand for no typed text, each under the name of its task; None for those that are not there.

    Attributes:
        pad: fills the short sentences of a batch.
        unknown: stands for whatever the vocabulary lacks.
        start: opens a sentence (``[CLS]`` in BERT).
        end: closes a sentence (``[SEP]`` in BERT).
        mask: hides a token that the model must guess.

    Raises:
        TypeError: one of them is not a string.
        ValueError: one of them is empty or has no UTF-8 form, or two are the same.

    Example:

        >>> SpecialTokens(start="<start>", end="<end>").present
        ('<start>', '<end>')
    """

    pad: str | None = None
    unknown: str | None = None
    start: str | None = None
    end: str | None = None
    mask: str | None = None

    def __post_init__(self) -> None:
        for name, token in asdict(self).items():
            if token is not None and not isinstance(token, str):
                raise TypeError(f"the {name} token must be a string, got {type(token).__name__}")
            if token == "":
                raise ValueError(f"the {name} token has 0 characters, it needs at least 1")
            if token is not None and not is_encodable(token):
                raise ValueError(f"the {name} token {token!r} holds half of a surrogate pair: it has no bytes")
        if len(set(self.present)) < len(self.present):
            raise ValueError(f"{len(self.present)} special tokens but {len(set(self.present))} different ones: {self}")

    @property
    def present(self) -> tuple[str, ...]:
        """The special tokens that are there, in the order of the attributes."""
        return tuple(token for token in asdict(self).values() if token is not None)


NO_SPECIALS = SpecialTokens()
BERT_SPECIALS = SpecialTokens(pad="[PAD]", unknown="[UNK]", start="[CLS]", end="[SEP]", mask="[MASK]")


class SpecialIds:
    """Ids of special tokens under their names: ``pad_id``, ``unknown_id``, ``start_id``, ``end_id``, ``mask_id``.

    Each raises ValueError if there is no such token.
    """

    special: SpecialTokens

    def _place_of(self, token: str) -> int:
        raise NotImplementedError

    def _special_id(self, name: str) -> int:
        token = getattr(self.special, name)
        if token is None:
            raise ValueError(f"there is no {name} token here, only {', '.join(self.special.present) or 'none at all'}")
        return self._place_of(token)

    @property
    def pad_id(self) -> int:
        """The id of the padding token."""
        return self._special_id("pad")

    @property
    def unknown_id(self) -> int:
        """The id of the unknown token."""
        return self._special_id("unknown")

    @property
    def start_id(self) -> int:
        """The id of the token that opens a sentence."""
        return self._special_id("start")

    @property
    def end_id(self) -> int:
        """The id of the token that closes a sentence."""
        return self._special_id("end")

    @property
    def mask_id(self) -> int:
        """The id of the mask token."""
        return self._special_id("mask")
