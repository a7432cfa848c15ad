"""The explorer of positions computes what the package does: encoding, six score patterns, attention in any order."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from attnlab.models import load_position_tables
from attnlab.widgets import positions_results as results
from attnlab.widgets.positions_tables import tables_state
from tests.parity.model_files import Mistake, Run, bundle

ENGINE, MODEL = "engine/positions.ts", "engine/model/positions.ts"
MISTAKES: dict[str, Mistake] = {
    "the base is ignored": (ENGINE, "sinusoidalPositions(length, width, base)", "sinusoidalPositions(length, width)"),
    "sine and cosine swapped": (MODEL, "waves[position * D + c] = Math.sin", "waves[position * D + c] = Math.cos"),
    "hands of another base": (ENGINE, "base ** ((2 * pair) / width)", "10000 ** ((2 * pair) / width)"),
    "waves in radians": (ENGINE, "2 * Math.PI * perTurn", "perTurn"),
    "scores that are not scaled": (ENGINE, "products[i * rows + j] / Math.sqrt(width)", "products[i * rows + j]"),
    "zero for no number": (ENGINE, ": NaN;", ": 0;"),
    "clipped one too early": (ENGINE, "Math.min(reach, distance)", "Math.min(reach - 1, distance)"),
    "keys that are not scaled": (ENGINE, "+ reach] / Math.sqrt(keys.columns)", "+ reach]"),
    "the first head's query": (ENGINE, "rowOf(query, head)", "rowOf(query, 0)"),
    "the direction is lost": (ENGINE, "scores[j - i + length - 1]", "scores[i - j + length - 1]"),
    "buckets of the other direction": (MODEL, "distance > 0 ? eachWay", "distance < 0 ? eachWay"),
    "buckets to another end": (MODEL, "Math.log(sizes.maxDistance / exact)", "Math.log(sizes.maxDistance)"),
    "a sum of cosines": (ENGINE, "/ every.length", "/ 1"),
    "scores that rise": (ENGINE, "-slope * Math.abs(distance);\n}", "slope * Math.abs(distance);\n}"),
    "the first head's slope": (ENGINE, "alibiSlopes(heads)[head]", "alibiSlopes(heads)[0]"),
    "nothing is added": (ENGINE, "? sum(vectors, encoding(T, D, base))", "? vectors"),
    "values are turned": (ENGINE, "transpose(x, T, D)", "transpose(looking, T, D)"),
    "turned by another base": (ENGINE, "rotaryTurns(T, D, base)", "rotaryTurns(T, D)"),
    "attention rises with the distance": (ENGINE, "Math.sqrt(D) - slope", "Math.sqrt(D) + slope"),
    "the inverse order": (
        ENGINE,
        "vectors.subarray(from * D, (from + 1) * D), place * D",
        "vectors.subarray(place * D, (place + 1) * D), from * D",
    ),
    "changes by place": (ENGINE, "largest[word] = Math.max(largest[word]", "largest[place] = Math.max(largest[place]"),
}


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    runner = Path(__file__).with_name("positions_runner.ts")
    return bundle(tmp_path_factory.mktemp("engines"), MISTAKES, runner)


def jobs() -> list[dict[str, Any]]:
    """Each scheme at three random states, and at the largest: odd sizes, orders that are not their own inverse."""
    numbers = np.random.default_rng(0)
    tables = load_position_tables()
    state = tables_state(tables)
    found = []
    for at, scheme in enumerate(results.SCHEMES * 4):
        T, D, length = int(numbers.integers(3, 13)), 2 * int(numbers.integers(2, 30)), int(numbers.integers(9, 60))
        order = numbers.permutation(T)
        while (order[order] == np.arange(T)).all():
            order = numbers.permutation(T)
        found.append(
            {
                "length": length if at % 4 else 128,
                "width": 2 * int(numbers.integers(2, 65)),
                "base": int(10 ** numbers.uniform(0.5, 6)),
                "position": int(numbers.integers(0, length)),
                "head": int(numbers.integers(0, tables.heads)),
                "scheme": scheme,
                "tables": state,
                "added": ("none", *results.ADDED)[at // 2 % 4],
                "vectors": numbers.normal(0, 0.6, T * D).astype(np.float32).tolist(),
                "D": D,
                "order": order.tolist(),
            }
        )
    return found


def same(found: list[Any], wanted: NDArray[Any], name: str) -> None:
    numbers = np.array([np.nan if number is None else number for number in found], dtype=np.float64)
    np.testing.assert_allclose(numbers, wanted.ravel(), atol=1e-5, rtol=1e-5, err_msg=name)


def assert_same(job: dict[str, Any], found: dict[str, Any]) -> None:
    width, base, position, length = job["width"], job["base"], job["position"], job["length"]
    table = results.encoding(length, width, base)
    same(found["encoding"], table, "encoding")
    same(found["angles"], results.angles(position, width, base), "angles")
    same(found["wavelengths"], results.wavelengths(width, base), "wavelengths")
    same(found["dotProducts"], results.dot_products(table, position), "dot products")
    sizes = {"width": width, "base": base, "head": job["head"], "tables": load_position_tables()}
    same(found["pattern"], results.pattern(job["scheme"], length, **sizes), job["scheme"])
    x = np.array(job["vectors"], dtype=np.float32).reshape(-1, job["D"])
    added = None if job["added"] == "none" else job["added"]
    weights, outputs = results.attend(x[job["order"]], added, base)
    same(found["weights"], weights, "weights")
    same(found["outputs"], outputs, "outputs")
    changes = results.changes(results.attend(x, added, base)[1], outputs, job["order"])
    same(found["changes"], changes, "changes")


def same_all(engine: Run) -> None:
    asked = jobs()
    for job, found in zip(asked, engine(asked), strict=True):
        assert_same(job, found)


def test_the_page_and_the_package_agree(engines: dict[str, Run]) -> None:
    same_all(engines[""])


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(engines: dict[str, Run], mistake: str) -> None:
    with pytest.raises(AssertionError):
        same_all(engines[mistake])
