"""What an explorer of the latent space shows before its table is there: computed over the whole table by Python."""

from typing import Any

import numpy as np

from attnlab.widgets import latent_space_presets as presets
from attnlab.widgets import latent_space_results as results
from attnlab.widgets.latent_space_tables import Space, floats_text
from attnlab.widgets.table import table_state

BACKGROUND = 120  # words of the map that are there at once, beside those that have a name on it


def worked_example(space: Space, state: dict[str, Any]) -> dict[str, Any]:
    """Return what the first state of each view shows, as JSON; a view that has nothing to show is left out."""
    word, terms, poles = state["word"], state["terms"], state["poles"]
    example: dict[str, Any] = {"source": space.name, "map": _map(space, state)}
    if len(results.known(space, terms)) == 3:
        try:
            found = results.analogy(space, terms)
        except ValueError:
            pass  # the sum is zero; the front end says so
        else:
            lists = {name: results.listed(answers) for name, answers in found._asdict().items()}
            example["analogy"] = {"terms": terms, **lists}
    if all(results.known(space, pole) for pole in poles):
        example["senses"] = {"word": word, "neighbors": [[one.word, one.cosine] for one in _senses(space, state)]}
    return example


def _map(space: Space, state: dict[str, Any]) -> dict[str, Any]:
    word, projection, dimensions = state["word"], state["projection"], state["dimensions"]
    places = space.places(projection, dimensions)
    near = results.neighbors(space, word)
    seen = results.picture_neighbors(space, places, word)
    drawn = _drawn(space, [word, *(name for name, _ in (*near, *seen))])
    rows = [space.vectors.index[name] for name in drawn]
    center = places.mean(axis=0)
    return {
        "word": word,
        "projection": projection,
        "dimensions": dimensions,
        "neighbors": results.listed(near),
        "picture": results.listed(seen),
        "mean_overlap": results.mean_overlap(space, projection, dimensions),
        "shares": results.shares(space, dimensions) if projection == "pca" else [],
        "words": drawn,
        "places": floats_text(places[rows] - center),
        "radius": float(np.linalg.norm(places - center, axis=1).max()),
    }


def _drawn(space: Space, named: list[str]) -> list[str]:
    """The words that are on the map at once."""
    count = len(space.words)
    step = max(1, count // BACKGROUND)
    return list(dict.fromkeys([*named, *results.known(space, presets.LANDMARKS), *space.words[::step]]))


def _senses(space: Space, state: dict[str, Any]) -> list[results.Sense]:
    try:
        return results.senses(space, state["word"], state["poles"])
    except ValueError:
        return []  # both meanings are the same point; the front end says so


def small_table(space: Space, state: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """Return the rows that are there at once: of the words that the example computes with, or the whole table."""
    if whole:
        return table_state(space.vectors, space.words, None)
    pairs = [word for pair in (*state["x_axis"], *state["y_axis"]) for word in pair]
    wanted = [state["word"], *state["terms"], *pairs, *state["placed"], *state["poles"][0], *state["poles"][1]]
    try:
        found = results.analogy(space, state["terms"])
        wanted += [name for name, _ in (*found.excluded, *found.included)]
    except ValueError:
        pass  # the sum is zero: there are no answers to draw
    wanted += [one.word for one in _senses(space, state)]
    return table_state(space.vectors, results.known(space, wanted), None)
