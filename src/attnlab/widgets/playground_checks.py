"""What each trait of the playground of models accepts. Each function returns the value to keep, or raises."""

import re
from typing import TYPE_CHECKING, Any

from attnlab.widgets.playground_files import MODELS
from attnlab.widgets.traits import (
    StateError,
    StateTypeError,
    list_of_strings,
    number_between,
    one_of,
    typed_text,
    whole_number_between,
)

if TYPE_CHECKING:
    from attnlab.widgets.playground import ModelPlayground

MAX_TEXT = 2000  # characters
MAX_SEED = 2**32 - 1
MAX_TEMPERATURE = 2.0
MAX_TOP_K = 1000
DECODING = ("greedy", "beam")
HEAD = re.compile(r"(\w+)\.((?:encoder|decoder)\.layers\.\d+\.\w+)\.(\d+)")  # model, attention, head


def model(widget: "ModelPlayground", value: Any) -> str:
    """The name of a model."""
    return one_of("model", value, MODELS)


def decoding(widget: "ModelPlayground", value: Any) -> str:
    """How a translation is found."""
    return one_of("decoding", value, DECODING)


def typed(widget: "ModelPlayground", value: Any) -> str:
    """A text that a model is to read, of at most 2000 characters; whether it can read it is seen when it does."""
    return typed_text("the text", value, MAX_TEXT)


def temperature(widget: "ModelPlayground", value: Any) -> float:
    """A number from 0, which takes the likeliest token, to 2."""
    return number_between("temperature", value, 0, MAX_TEMPERATURE)


def top_k(widget: "ModelPlayground", value: Any) -> int:
    """How many tokens are drawn from; 0 for all."""
    return whole_number_between("top_k", value, 0, MAX_TOP_K)


def seed(widget: "ModelPlayground", value: Any) -> int:
    """What the random numbers follow from."""
    return whole_number_between("seed", value, 0, MAX_SEED)


def length(widget: "ModelPlayground", value: Any) -> int:
    """How many tokens the writer writes at first."""
    return whole_number_between("length", value, 0, widget._cards["writer"]["max_length"])


def written(widget: "ModelPlayground", value: Any) -> list[int]:
    """The ids of the tokens that the writer has written."""
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise StateTypeError(f"written must be a list of token ids, got {type(value).__name__}")
    most = widget._cards["writer"]["max_length"]
    if len(value) > most:
        raise StateError(f"written holds {len(value)} tokens, the writer can write at most {most}")
    return [whole_number_between(f"written[{place}]", token, 0, 2**31) for place, token in enumerate(value)]


def off(widget: "ModelPlayground", value: Any) -> list[str]:
    """Heads that are switched off, such as ``"translator.decoder.layers.0.cross_attention.2"``."""
    checked = list_of_strings("off", value)
    for place, head in enumerate(checked):
        found = HEAD.fullmatch(head)
        if found is None or found[1] not in MODELS:
            raise StateError(f"off[{place}] is {head!r}; a head is named like {_example(widget)!r}")
        card = widget._cards[found[1]]
        if found[2] not in card["attentions"]:
            raise StateError(f"off[{place}]: the {found[1]} has no attention {found[2]!r}")
        if int(found[3]) >= card["heads"]:
            raise StateError(f"off[{place}]: the {found[1]} has {card['heads']} heads, there is no head {found[3]}")
    return list(dict.fromkeys(checked))


def look(widget: "ModelPlayground", value: Any) -> str:
    """The attention that is shown; "" for the last one."""
    if not isinstance(value, str):
        raise StateTypeError(f"look must be the name of an attention, got {type(value).__name__}")
    if value and not any(value in card["attentions"] for card in widget._cards.values()):
        raise StateError(f"look is {value!r}, which no model has; {_example(widget)!r} without its first and last part")
    return value


def head(widget: "ModelPlayground", value: Any) -> int:
    """The head that is shown; -1 for the mean of all."""
    most = max(card["heads"] for card in widget._cards.values()) - 1
    return whole_number_between("head", value, -1, most)


def _example(widget: "ModelPlayground") -> str:
    return f"translator.{widget._cards['translator']['attentions'][-1]}.0"
