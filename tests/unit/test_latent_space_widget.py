"""The explorer of the latent space: its traits, what is read back, its worked example, and the t-SNE maps that ship."""

import base64
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load

from attnlab import embedding
from attnlab.embedding import WordVectors, load_word_vectors, pca_projection
from attnlab.embedding import tsne as tsne_maps
from attnlab.embedding.tsne import file_of, load_tsne, table_digest
from attnlab.widgets import LatentSpaceExplorer, latent_space_results
from attnlab.widgets.latent_space_tables import Space, book_space, own_space
from attnlab.widgets.playground_files import asset_files
from attnlab.word2vec import load_word2vec
from tests.mutants import mutant

OWN = {"east": [2, 0, 0], "near": [3, 3, 0.5], "north": [0, 5, 0], "west": [-1, 0, 0.2], "<b>": [0, 1, 4]}


@pytest.fixture(scope="module")
def explorer() -> LatentSpaceExplorer:
    return LatentSpaceExplorer(id="opening")


@pytest.fixture
def own() -> LatentSpaceExplorer:
    return LatentSpaceExplorer(OWN, word="near")


# --- what is read back ------------------------------------------------------------------------------------------------


def test_neighbors_are_those_of_the_table(explorer: LatentSpaceExplorer) -> None:
    assert explorer.neighbors == load_word_vectors().nearest("apple", 10)
    places = explorer.coordinates.places
    assert places.shape == (8000, 2)
    apple = explorer.coordinates.words.index("apple")
    for word, distance in explorer.picture_neighbors:
        there = places[explorer.coordinates.words.index(word)]
        assert distance == pytest.approx(float(np.linalg.norm(there - places[apple])))
    kept = {word for word, _ in explorer.neighbors} & {word for word, _ in explorer.picture_neighbors}
    assert explorer.overlap == len(kept)
    assert 0 < explorer.mean_overlap < 1  # two of 128 dimensions keep next to nothing


def test_the_map_is_the_pca_of_vectors_at_length_1(own: LatentSpaceExplorer) -> None:
    vectors = np.array(list(OWN.values()), dtype=np.float64)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(own.coordinates.places, pca_projection(unit, 2)(unit), atol=1e-6)
    own.dimensions = 3
    np.testing.assert_allclose(own.coordinates.places, pca_projection(unit, 3)(unit), atol=1e-6)
    assert own.mean_overlap == 4  # of five words, each has four neighbors, and any picture keeps them all


def results_of(module: ModuleType, space: Space) -> dict[str, Any]:
    places = space.places("pca", 2)
    return {
        "analogy": module.analogy(space, ["near", "east", "north"]),
        "picture": module.picture_neighbors(space, places, "near"),
        "plane": module.analogy_picture(space, ["near", "east", "north"], ["west"]),
        "along": module.along_axes(space, ["near", "nobody"], [[("west", "east")], []]),
        "senses": module.senses(space, "near", [["east"], ["west"]]),
    }


def check_results(module: ModuleType) -> None:
    """By hand, on five vectors."""
    space = own_space(OWN)
    found = results_of(module, space)
    unit = {word: np.array(row) / np.linalg.norm(row) for word, row in OWN.items()}
    target = unit["near"] - unit["east"] + unit["north"]
    cosines = {word: float(target @ row / np.linalg.norm(target)) for word, row in unit.items()}
    ranked = sorted(cosines, key=lambda word: -cosines[word])
    assert [word for word, _ in found["analogy"].included] == ranked
    assert [word for word, _ in found["analogy"].excluded] == [word for word in ranked if word in {"west", "<b>"}]
    for word, cosine in found["analogy"].excluded:
        assert cosine == pytest.approx(cosines[word], abs=1e-6)
    assert found["analogy"].included[0][1] == pytest.approx(cosines[ranked[0]], abs=1e-6)
    assert "near" not in [word for word, _ in found["picture"]]
    distances = [distance for _, distance in found["picture"]]
    assert distances == sorted(distances)
    sum_place = found["plane"][0]
    assert np.linalg.norm(sum_place) == pytest.approx(float(np.linalg.norm(target - unit["east"])), abs=1e-6)
    assert found["along"].words == ("near",)
    axis = np.array([3.0, 0, -0.2]) / np.linalg.norm([3.0, 0, -0.2])
    assert found["along"].places.tolist() == [[pytest.approx(float(np.array(OWN["near"]) @ axis), abs=1e-6)]]
    assert {one.word for one in found["senses"]} == set(OWN) - {"near"}
    leans = {one.word: one.lean for one in found["senses"]}
    assert (leans["east"], leans["west"]) == (pytest.approx(1), pytest.approx(-1))


def test_results_by_hand() -> None:
    check_results(latent_space_results)


MISTAKES = {
    "the wrong word taken away": ("space.vectors, b, a, c", "space.vectors, c, a, b"),
    "the sum is another": ("unit[0] - unit[1] + unit[2]", "unit[0] + unit[1] - unit[2]"),
    "the inputs left out of both": ("nearest_neighbors(space.unit, wanted, min(ANSWERS, count))",
                                    "nearest_neighbors(space.unit, wanted, others, exclude=rows)"),
    "its own neighbor": ("[: NEIGHBORS + 1] if row != itself]", "[: NEIGHBORS + 1]]"),
    "a plane askew": ("aside = (c - b) - ((c - b) @ first) * first", "aside = c - b"),
    "unknown words kept": ("if word in space]", "]"),
    "poles swapped": ("vectors[pole_a], vectors[pole_b]", "vectors[pole_b], vectors[pole_a]"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(mistake: str) -> None:
    changed = mutant(("widgets.latent_space_results",), "widgets.latent_space_results", *MISTAKES[mistake])
    with pytest.raises((AssertionError, KeyError)):
        check_results(changed)


def test_the_common_trick_hides_that_an_input_wins(explorer: LatentSpaceExplorer) -> None:
    explorer.terms = ["king", "man", "woman"]
    assert explorer.analogy.included[0][0] == "king"
    assert explorer.analogy.excluded[0][0] == "queen"
    assert explorer.analogy.excluded == embedding.analogy(load_word_vectors(), "man", "king", "woman", 6)


def test_axes_and_meanings_are_those_of_the_package(explorer: LatentSpaceExplorer) -> None:
    words = load_word_vectors()
    explorer.view = "axes"
    found = explorer.coordinates
    for column, pairs in enumerate((explorer.x_axis, explorer.y_axis)):
        axis = embedding.axis_from_pairs(words, [(low, high) for low, high in pairs])
        expected = embedding.coordinates_along(words[list(found.words)], axis)
        np.testing.assert_allclose(found.places[:, column], expected)
    explorer.view = "senses"
    near = [one.word for one in explorer.senses]
    assert near == [word for word, _ in words.nearest("apple", 24)]
    leans = embedding.lean(words[near], words[explorer.poles[0]], words[explorer.poles[1]])
    np.testing.assert_allclose([one.lean for one in explorer.senses], leans)
    assert min(leans) < -0.3
    assert max(leans) > 0.9  # both meanings are among them
    explorer.view = "map"


def test_the_other_table_has_other_neighbors(explorer: LatentSpaceExplorer) -> None:
    explorer.source = "word2vec"
    assert explorer.neighbors == load_word2vec().nearest("apple", 10)
    explorer.source = "words"
    explorer.word = "iphone"
    explorer.source = "word2vec"
    with pytest.raises(ValueError, match="'iphone' is not among the 10000 words"):
        _ = explorer.neighbors
    assert "iphone" in explorer.fallback_html()
    explorer.source, explorer.word = "words", "apple"


# --- what it refuses --------------------------------------------------------------------------------------------------

REFUSED: list[tuple[str, Any, type[Exception], str]] = [
    ("view", "globe", ValueError, "'map', 'analogy', 'axes', 'senses'"),
    ("source", "own", ValueError, "got 'own'"),
    ("word", "zzzz", ValueError, "'zzzz' is not among the 8000"),
    ("word", 3, TypeError, "word"),
    ("projection", "umap", ValueError, "got 'umap'"),
    ("dimensions", 4, ValueError, "got 4"),
    ("dimensions", True, TypeError, "whole number"),
    ("terms", ["king", "man"], ValueError, "got 2"),
    ("terms", "king", TypeError, "list"),
    ("x_axis", [], ValueError, "at least 1 pair"),
    ("x_axis", [["king"]], TypeError, "must be two words"),
    ("x_axis", [["king", "king"]], ValueError, "to itself"),
    ("y_axis", [["king", "man"]] * 17, ValueError, "17 pairs, at most 16"),
    ("placed", ["apple", "<script>"], ValueError, "'<script>' is not among"),
    ("poles", [["apple"], []], ValueError, "got 1 and 0"),
    ("poles", [["apple"], ["apple"]], ValueError, "same words"),
    ("camera", [0, 0, 1], TypeError, "five numbers"),
    ("camera", [0, 0, float("nan"), 0, 0], ValueError, "camera"),
    ("camera", [0, 0, 0, 0, 0], ValueError, "from 0.2 to 50"),
]


@pytest.mark.parametrize(("name", "value", "kind", "message"), REFUSED)
def test_what_does_not_fit_is_refused(
    explorer: LatentSpaceExplorer, name: str, value: Any, kind: type[Exception], message: str
) -> None:
    before = getattr(explorer, name)
    with pytest.raises(kind, match=message):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ([1, 2], TypeError, "got list"),
        ("glove", TypeError, "got str"),
        ({}, ValueError, "empty|2 axes"),
        ({"a": [1, 2]}, ValueError, "1 words, expected from 2"),
        ({"a": [1, 2], "b": [1]}, ValueError, "not a matrix"),
        ({"a": [1, 2], "b": [1, float("nan")]}, ValueError, "NaN"),
        ({1: [1, 2], "b": [1, 3]}, TypeError, "words must be strings"),
    ],
)
def test_vectors_that_are_none_are_refused(given: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        LatentSpaceExplorer(given)


def test_there_is_no_tsne_of_own_vectors(own: LatentSpaceExplorer) -> None:
    with pytest.raises(ValueError, match="no t-SNE map of your own"):
        own.projection = "tsne"


def test_own_vectors_that_are_all_one_point_show_sentences() -> None:
    widget = LatentSpaceExplorer({"a": [1, 1], "b": [1, 1]})
    for view in ("map", "analogy", "axes", "senses"):
        widget.view = view
        assert len(widget.summary()) > 30
        assert "<p" in widget.fallback_html()


# --- what a page and a kernel are given -------------------------------------------------------------------------------


def test_the_page_begins_with_what_python_computed(explorer: LatentSpaceExplorer) -> None:
    state = explorer.page_state()
    example = state["example"]["map"]
    assert example["neighbors"] == [[word, cosine] for word, cosine in explorer.neighbors]
    assert [word for word, _ in example["picture"]] == [word for word, _ in explorer.picture_neighbors]
    drawn = np.frombuffer(base64.b64decode(example["places"]), dtype="<f4").reshape(-1, 2)
    assert 40 < len(drawn) == len(example["words"]) <= 250
    places = explorer.coordinates.places
    rows = [explorer.coordinates.words.index(word) for word in example["words"]]
    np.testing.assert_allclose(drawn, (places - places.mean(axis=0))[rows], atol=1e-6)
    held = set(state["table"]["tokens"])
    assert {"apple", *explorer.terms, *explorer.placed} <= held
    assert len(json.dumps(state)) < 60_000


def test_a_fallback_reads_well_in_both_languages() -> None:
    for lang, said in (("en", "the picture keeps"), ("zh", "图上保留了")):
        page = LatentSpaceExplorer(lang=lang).fallback_html()
        assert said in page
        assert "iphone" in page


def test_markup_is_text(own: LatentSpaceExplorer) -> None:
    own.word = "<b>"
    page = own.page_html()
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def sent_by(widget: LatentSpaceExplorer, name: str) -> tuple[dict[str, Any], list[bytes]]:
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    widget.send = lambda content, buffers=None: sent.append((content, buffers or []))  # type: ignore[method-assign]
    widget._answer(widget, {"type": "asset-request", "name": name}, [])
    ((content, buffers),) = sent
    return content, buffers


def test_small_own_vectors_travel_in_the_state_and_large_ones_by_message(own: LatentSpaceExplorer) -> None:
    assert own.tables["own"]["vectors"] is None
    assert own.table["tokens"] == list(OWN)
    large = LatentSpaceExplorer({f"w{row}": np.arange(400.0) + row for row in range(800)})
    assert large.tables["own"]["vectors"] == "own"
    assert len(large.table["tokens"]) < 100
    content, (data,) = sent_by(large, "own")
    assert content == {"type": "asset", "name": "own", "bytes": len(data)}
    np.testing.assert_array_equal(load(data)["rows"][3], np.arange(400, dtype=np.float32) + 3)


def test_the_files_of_the_books_tables_can_be_asked_for(explorer: LatentSpaceExplorer) -> None:
    for facts in explorer.tables.values():
        for name in (facts["vectors"], facts["names"], facts["tsne"]):
            if name is not None:
                assert explorer.asset_file(name).is_file()
    content, _ = sent_by(explorer, "own")
    assert content["type"] == "asset-error"


# --- the t-SNE maps that ship -----------------------------------------------------------------------------------------

TABLES: dict[str, Callable[[], WordVectors]] = {"words": load_word_vectors, "word2vec": load_word2vec}


@pytest.mark.parametrize("name", TABLES)
def test_a_map_belongs_to_the_table_that_ships(name: str) -> None:
    table = TABLES[name]()
    with safe_open(file_of(name), framework="numpy") as file:
        assert file.metadata()["table"] == table_digest(table)
        assert "random_state=1" in file.metadata()["2d.settings"]
    for dimensions in (2, 3):
        places = load_tsne(name, dimensions)
        assert places.shape == (table.words, dimensions)
        assert np.isfinite(places).all()
    assert file_of(name).stat().st_size < 120_000
    assert asset_files()[f"tsne/{name}"] == file_of(name)


def test_another_table_has_another_digest() -> None:
    table = load_word2vec()
    rows = table.rows.copy()
    rows[17, 3] ^= 1
    changed = WordVectors(table.tokens, rows, table.scales, words=table.words)
    assert table_digest(changed) != table_digest(table)


def test_tsne_keeps_more_neighbors_than_pca_does() -> None:
    space = book_space("words")
    kept = {how: latent_space_results.mean_overlap(space, how, 2) for how in ("pca", "tsne")}
    assert kept["pca"] < 1 < 3 < kept["tsne"]


def test_a_map_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    with pytest.raises(ValueError, match="got 4"):
        load_tsne("words", 4)
    with pytest.raises(FileNotFoundError, match="'glove'; there are word2vec, words"):
        load_tsne("glove")
    monkeypatch.setattr(tsne_maps, "MAPS", tmp_path)
    (tmp_path / "words.safetensors").write_bytes(b"no map")
    with pytest.raises(ValueError, match="does not hold a map in 2"):
        load_tsne("words")
