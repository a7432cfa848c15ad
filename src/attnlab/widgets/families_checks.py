"""What the traits of the explorer of families accept. Each function returns the value to keep, or raises."""

from typing import Any

from attnlab.widgets.families_blocks import BLOCKS, KEPT
from attnlab.widgets.traits import one_of

FAMILIES = tuple(KEPT)


def family(widget: Any, value: Any) -> str:
    """The name of a family."""
    return one_of("family", value, FAMILIES)


def block(widget: Any, value: Any) -> str:
    """The name of a block of the drawing, of whichever family."""
    return one_of("block", value, BLOCKS)
