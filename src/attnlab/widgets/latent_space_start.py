"""What an explorer of the latent space shows at first, for any vocabulary."""

from typing import Any

from attnlab.widgets import latent_space_presets as presets
from attnlab.widgets.latent_space_results import known
from attnlab.widgets.latent_space_tables import Space

CAMERA = [0.0, 0.0, 1.0, 0.0, 0.0]


def start_of(space: Space) -> dict[str, Any]:
    """Return the state that needs no argument: the book's examples as far as a table holds them, else its first words.

    Example:

        >>> from attnlab.widgets.latent_space_tables import book_space
        >>> start_of(book_space("words"))["terms"]
        ['king', 'man', 'woman']
    """
    first = list(space.words)
    axes = [_held(space, pairs) for pairs in (presets.AXES["fruit"], presets.AXES["phone"])]
    terms = next((terms for terms in presets.ANALOGIES if len(known(space, terms)) == 3), _cycled(first, 3))
    poles = [known(space, pole) for pole in presets.SENSES[0][1:]]
    far = _cycled(first, 2)
    has_two = far[0] != far[1]
    return {
        "camera": CAMERA,
        "terms": list(terms),
        "x_axis": axes[0] or ([far] if has_two else []),
        "y_axis": axes[1],
        "placed": known(space, presets.PLACED) or first[:12],
        "poles": poles if all(poles) else [[far[0]], [far[1]]],
    }


def _held(space: Space, pairs: tuple[presets.Pair, ...]) -> list[list[str]]:
    return [list(pair) for pair in pairs if len(known(space, pair)) == 2]


def _cycled(words: list[str], count: int) -> list[str]:
    """The first words, from the beginning again where there are too few."""
    return [words[place % len(words)] for place in range(count)]
