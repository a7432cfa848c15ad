"""What the explorer of families shows in the page is what Python computes: the shipped models on the same texts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attnlab.models import shipped_folder
from attnlab.widgets import FamilyExplorer
from attnlab.widgets.playground_results import Result
from tests.parity.model_files import EngineError, Mistake, Run, bundle

Explorers = list[tuple[FamilyExplorer, Result]]

RUNNER = Path(__file__).with_name("families_runner.ts")
ASKED = [
    ("encoder-decoder", "他们正在学习中文。"),
    ("encoder-decoder", "他們在吃鱻!"),
    ("encoder-only", "He was __ in the United States of __."),
    ("encoder-only", "__ <b> 🍎 好__"),
    ("decoder-only", "The city of"),
    ("decoder-only", "She was born in"),
    ("decoder-only", ""),
]
MISTAKES: dict[str, Mistake] = {
    "drawn by chance": ("families/state.ts", "temperature: 0,", "temperature: 1,"),
    "a beam": ("families/state.ts", 'decoding: "greedy"', 'decoding: "beam"'),
    "another text": ("families/state.ts", "sentence, written, ...DECODING", "sentence: prompt, written, ...DECODING"),
    "one token more": ("models/compute.ts", "const wanted = tokens", "const wanted = 1 + tokens"),
    "the first blank alone": ("models/compute.ts", "(reading.logits, V, row)", "(reading.logits, V, 0)"),
    "the blanks stay": ("models/compute.ts", "filled[place] = best[row]", "filled[place] = ids[place]"),
    "four candidates": ("models/compute.ts", "CANDIDATES = 5", "CANDIDATES = 4"),
    "all that was written was read": ("families/reading.ts", "tokens.slice(0, -1)", "tokens.slice(0)"),
}  # fmt: skip


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    return bundle(tmp_path_factory.mktemp("families"), MISTAKES, RUNNER)


@pytest.fixture(scope="module")
def explorers() -> Explorers:
    """Each with what Python computes for it."""
    made = [FamilyExplorer(family, text) for family, text in ASKED]
    return [(explorer, explorer.result) for explorer in made]


def agrees(engine: Run, explorers: Explorers) -> None:
    """Texts, tokens and blocks are the same; probabilities are equal to 1e-5."""
    folders = {name: str(shipped_folder(name)) for name in ("translator", "writer", "reader")}
    shown = engine([{"state": explorer.page_state(), "folders": folders} for explorer, _ in explorers])
    for (explorer, result), found in zip(explorers, shown, strict=True):
        assert found["problem"] is None
        assert (found["family"], found["model"], found["input"]) == (explorer.family, explorer.model, explorer.text)
        assert tuple(found["kept"]) == explorer.blocks
        assert found["weights"] == explorer.weights
        assert found["text"] == result.text
        assert [token["id"] for token in found["tokens"]] == list(result.ids)
        assert found["read"] == list(result.read)
        close([token["probability"] for token in found["tokens"]], result.probabilities)
        for token, candidates in zip(found["tokens"], result.candidates, strict=True):
            assert [candidate["text"] for candidate in token["candidates"]] == [text for text, _ in candidates]
            close([candidate["probability"] for candidate in token["candidates"]], [p for _, p in candidates])
        close([candidate["probability"] for candidate in found["next"]], [p for _, p in result.next])
        if explorer.model == "translator":
            begun = ["<start>", *result.tokens[:-1]]
            assert found["halves"]["decoder"] == {"tokens": begun, "written": len(begun) - 1}


def close(found: Any, expected: Any) -> None:
    assert len(found) == len(expected)
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)


def test_the_page_shows_what_python_computes(engines: dict[str, Run], explorers: Explorers) -> None:
    agrees(engines[""], explorers)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(engines: dict[str, Run], explorers: Explorers, mistake: str) -> None:
    with pytest.raises((AssertionError, EngineError)):
        agrees(engines[mistake], explorers)
