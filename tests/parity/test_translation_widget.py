"""What the explorer of translations shows in the page is what Python computes: the shipped translator, same states."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attnlab.models import shipped_folder
from attnlab.widgets import TranslationExplorer
from tests.parity.model_files import EngineError, Mistake, Run, bundle

RUNNER = Path(__file__).with_name("translation_runner.ts")
CROSS, OWN, ENCODER = (
    "decoder.layers.1.cross_attention",
    "decoder.layers.0.self_attention",
    "encoder.layers.2.attention",
)
ASKED: list[dict[str, Any]] = [
    {},
    {"text": "他們在吃鱻!", "head": 3, "layer": 1},
    {"steps": 3, "look": "decoder", "head": 2},
    {"steps": 0, "look": "encoder", "layer": 0},
    {"forced": {0: "I", 4: 65}},
    {"decoding": "beam", "text": "我昨天没有去学校。", "width": 3},
    {"decoding": "beam", "width": 6, "steps": 5, "look": "decoder"},
    {"decoding": "sample", "temperature": 1.3, "top_k": 9, "seed": 4, "text": "你叫什么名字？"},
    {"decoding": "sample", "top_p": 0.8, "seed": 11, "forced": {1: 300}},
    {"rows": [(CROSS, -1, 0, [0, 0, 0, 1, 0]), (OWN, 2, 3, [0.5, 0, 0.25, 0.25, 9]), (ENCODER, 1, 2, [1, 1, 1])]},
    {"rows": [(CROSS, 0, 2, [0, 1])], "decoding": "beam", "steps": 4, "layer": 1, "head": 0},
]
MISTAKES: dict[str, Mistake] = {
    "rows of one head alone": ("translation/compute.ts", "head < 0 ? Array", "head < -1 ? Array"),
    "no row is overwritten": ("translation/compute.ts", "edits: { rows }, weights", "edits: {}, weights"),
    "before is now": ("translation/compute.ts", "then?.[id] ?? null", "then === null ? null : own[id]"),
    "nothing is forced": ("translation/compute.ts", "weights: true, forced }", "weights: true }"),
    "another random number": ("translation/compute.ts", "topK, topP, seed }", "topK, topP, seed: seed + 1 }"),
    "no nucleus": ("translation/compute.ts", "temperature, topK, topP,", "temperature, topK, topP: 1,"),
    "the first head": ("translation/run.ts", "? [head] :", "? [0] :"),
    "no length penalty": ("translation/compute.ts", "info.decoding.lengthPenalty", "null"),
    "a row too few": ("translation/run.ts", "rows.push(levels[count].rows[place]);", ""),
    "six candidates": ("translation/compute.ts", "SHOWN = 7", "SHOWN = 6"),
}  # fmt: skip


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    return bundle(tmp_path_factory.mktemp("translation"), MISTAKES, RUNNER)


@pytest.fixture(scope="module")
def explorers() -> list[TranslationExplorer]:
    made = [TranslationExplorer(**asked) for asked in ASKED]
    assert len({(one.translation, one.attention.shape, one.attention_name) for one in made}) > len(made) - 3
    return made


def agrees(engine: Run, explorers: list[TranslationExplorer]) -> None:
    """Tokens and trees are the same; probabilities, scores and weights are equal to 1e-5."""
    folder = str(shipped_folder("translator"))
    shown = engine([{"state": explorer.page_state(), "folder": folder} for explorer in explorers])
    for explorer, found in zip(explorers, shown, strict=True):
        assert found["problem"] is None
        assert found["translation"] == explorer.translation
        assert tuple(found["tokens"]) == explorer.tokens
        assert tuple(found["read"]) == explorer.read
        assert found["attention_name"] == explorer.attention_name
        close(found["probabilities"], explorer.probabilities)
        close(found["attention"], explorer.attention)
        plain = explorer.run.plain
        assert (found["plain"] and tuple(found["plain"]["ids"])) == plain
        for step, listed in enumerate(found["candidates"]):
            expected = explorer.candidates(step)
            assert [one["id"] for one in listed] == [one.id for one in expected]
            for name in ("own", "probability", "before"):
                theirs, ours = [one[name] for one in listed], [getattr(one, name) for one in expected]
                assert (theirs[0] is None) == (ours[0] is None)
                close([one or 0 for one in theirs], [one or 0 for one in ours])
        assert len(found["candidates"]) == len(explorer.run.rows(explorer.shown_steps))
        for nodes, expected_nodes in zip(found["tree"], explorer.tree, strict=True):
            assert [tuple(node["ids"]) for node in nodes] == [node.ids for node in expected_nodes]
            assert [(node["parent"], node["finished"]) for node in nodes] == [
                (node.parent, node.finished) for node in expected_nodes
            ]
            close([node["score"] for node in nodes], [node.score for node in expected_nodes])


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), rtol=0, atol=1e-5)


def test_the_page_shows_what_python_computes(engines: dict[str, Run], explorers: list[TranslationExplorer]) -> None:
    agrees(engines[""], explorers)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_caught(name: str, engines: dict[str, Run], explorers: list[TranslationExplorer]) -> None:
    with pytest.raises((AssertionError, EngineError)):
        agrees(engines[name], explorers)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "translation.empty"),
        (" ", "translation.empty"),
        ("🍎", "models.none-known"),
        ("好" * 96, "models.long.translator"),
    ],
)
def test_a_text_that_cannot_be_read(engines: dict[str, Run], text: str, problem: str) -> None:
    explorer = TranslationExplorer(text)
    with pytest.raises(ValueError, match=r"\d"):
        _ = explorer.translation
    folder = str(shipped_folder("translator"))
    (found,) = engines[""]([{"state": explorer.page_state(), "folder": folder}])
    assert (found["problem"], found["tokens"]) == (problem, [])
