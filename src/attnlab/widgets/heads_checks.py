"""What the traits of the explorer of heads accept. Each function returns the value to keep, or raises."""

from typing import Any

from attnlab.widgets.traits import StateError, StateTypeError, one_of, whole_number_between

VIEWS = ("heads", "split")
STAGES = 8  # of the split view; see src/widgets/views/heads/stages.ts


def view(widget: Any, value: Any) -> str:
    """What is shown: all heads, or how one attention is cut into them."""
    return one_of("view", value, VIEWS)


def attention(widget: Any, value: Any) -> str:
    """The attention that is opened, of whichever model; "" for the first one."""
    if not isinstance(value, str):
        raise StateTypeError(f"attention must be the name of an attention, got {type(value).__name__}")
    if value and not any(value in card["attentions"] for card in widget._cards.values()):
        example = widget._cards["translator"]["attentions"][-1]
        raise StateError(f"attention is {value!r}, which no model has; a name is like {example!r}")
    return value


def stage(widget: Any, value: Any) -> int:
    """How far the split view has come, counted from 0."""
    return whole_number_between("stage", value, 0, STAGES - 1)
