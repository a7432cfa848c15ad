"""The explorer of masks computes what the package does: presets, faults, softmax, half precision, reach."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from attnlab.widgets import mask_results as results
from tests.parity.model_files import Mistake, Run, bundle

SHAPES = ((5, 5), (3, 6))
SIZES = {"window": 2, "prefix": 2, "padding": 1}
OWN = "01100/1/00000"
SENTINELS = (-10.0, -100.0, -1e4, -1e9)

MISTAKES: dict[str, Mistake] = {
    "a window that is one too wide": ("masks.ts", "q - k < window", "q - k <= window"),
    "padding at the beginning": ("masks.ts", "k < Tk - padding", "k >= padding"),
    "nothing is inverted": ("masks.ts", "1 - cell", "cell"),
    "rows for columns": ("masks.ts", "=== row ? 0 : cell", "=== row ? cell : 0"),
    "a zero instead of minus infinity": ("masks.ts", "score : -Infinity", "score : 0"),
    "the sentinel replaces the score": ("masks.ts", "roundToHalf(half + low)", "low"),
    "weights are not rounded": ("masks.ts", "softmax(row).map(roundToHalf)", "softmax(row)"),
    "halves rounded down": ("masks.ts", "rest > 0.5 || (rest === 0.5 && below % 2 !== 0)", "false"),
    "a token forgets itself": ("masks.ts", "let found = own;", "let found = 0;"),
    "the painted text from its second row": ("masks.ts", "rows.at(q)", "rows.at(q + 1)"),
}


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    runner = Path(__file__).with_name("masks_runner.ts")
    return bundle(tmp_path_factory.mktemp("engines"), MISTAKES, runner)


def jobs() -> list[dict[str, Any]]:
    numbers = np.random.default_rng(0)
    found = []
    for (Tq, Tk), preset, fault in product(SHAPES, results.PRESETS, results.FAULTS):
        for sentinel in SENTINELS if fault == "half-precision" else (0.0,):
            scores = numbers.normal(0, 4, Tq * Tk).astype(np.float32).tolist()
            shape = {"Tq": Tq, "Tk": Tk, "sizes": SIZES, "row": 2, "own": OWN, "layers": 2}
            asked = {"preset": preset, "fault": fault, "sentinel": sentinel, "scores": scores}
            found.append({"kind": "mask", **shape, **asked})
    return found


def numbers_in(values: list[Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.array([float(str(value).replace("Infinity", "inf")) for value in values]).reshape(shape)


def assert_same(job: dict[str, Any], found: dict[str, Any]) -> None:
    Tq, Tk = shape = job["Tq"], job["Tk"]
    mask = results.preset_mask(job["preset"], Tq, Tk, **SIZES)
    if job["preset"].startswith("own"):
        mask = results.own_mask(OWN, mask)
    mask = results.faulty_mask(mask, job["fault"], job["row"])
    assert found["mask"] == results.mask_text(mask)
    scores = np.array(job["scores"], dtype=np.float32).reshape(shape)
    if job["fault"] == "half-precision":
        masked, weights = results.half_softmax(scores, mask, job["sentinel"])
    else:
        masked, weights = results.masked_softmax(scores, mask, empty=np.nan)
    np.testing.assert_allclose(numbers_in(found["masked"], shape), masked, rtol=1e-6)
    if job["fault"] == "half-precision":
        rounded = numbers_in(found["weights"], shape)
        np.testing.assert_array_equal(rounded, rounded.astype(np.float16).astype(np.float64))
    # A weight on the border of two float16 may fall on either side: one step of float16 at 1 is 0.001.
    tolerance = 1e-3 if job["fault"] == "half-precision" else 1e-6
    np.testing.assert_allclose(numbers_in(found["weights"], shape), weights, atol=1e-6, rtol=tolerance)
    leak = float(np.where(mask, 0, weights).sum() / Tq)
    np.testing.assert_allclose(numbers_in([found["leak"]], ()), leak, rtol=2e-3, atol=1e-6)
    if Tq == Tk:
        assert found["reach"] == results.reach(mask, job["layers"]).astype(int).ravel().tolist()


def same_masks(engine: Run) -> None:
    asked = jobs()
    for job, found in zip(asked, engine(asked), strict=True):
        assert_same(job, found)


def same_halves(engine: Run) -> None:
    """Each float16 and the numbers half way between two of them, and a little to either side."""
    halves = np.arange(0, 0x7C00, 61, dtype=np.uint16).view(np.float16).astype(np.float64)
    between = (halves[1:] + halves[:-1]) / 2
    values = np.concatenate([halves, between, between * (1 + 1e-9), between * (1 - 1e-9), [65519.9, 65520.0, 1e9]])
    values = np.concatenate([values, -values])
    (found,) = engine([{"kind": "half", "values": values.tolist()}])
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(numbers_in(found, values.shape), values.astype(np.float16).astype(np.float64))


def same_all(engine: Run) -> None:
    same_masks(engine)
    same_halves(engine)


def test_masks_are_the_same(engines: dict[str, Run]) -> None:
    same_masks(engines[""])


def test_halves_are_the_same(engines: dict[str, Run]) -> None:
    same_halves(engines[""])


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(engines: dict[str, Run], mistake: str) -> None:
    with pytest.raises(AssertionError):
        same_all(engines[mistake])
