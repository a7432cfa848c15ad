"""What the explorer of heads shows in the page is what Python computes: the shipped models on the same texts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attnlab.models import shipped_folder
from attnlab.widgets import MultiHeadExplorer
from tests.parity.model_files import EngineError, Mistake, Run, bundle

RUNNER = Path(__file__).with_name("heads_runner.ts")
CROSS = "decoder.layers.1.cross_attention"
ASKED: list[tuple[str, str, str, list[str]]] = [
    ("translator", "好久不见", "", []),
    ("translator", "他們在吃鱻,吃鱻!", CROSS, [f"translator.{CROSS}.{head}" for head in (0, 3, 5)]),
    ("translator", "我昨天没有去学校。", CROSS, [f"translator.decoder.layers.2.cross_attention.{h}" for h in range(6)]),
    ("reader", "The __ and the <b> of the __ 🍎 好", "", ["reader.encoder.layers.1.attention.1"]),
    ("writer", "The city of the city", "", [f"writer.decoder.layers.0.self_attention.{head}" for head in range(4)]),
    ("writer", "", "", []),
]
MISTAKES: dict[str, Mistake] = {
    "before and after are one": ("heads/compute.ts", "before: isChanged ? opening.before : after", "before: after"),
    "nothing is switched off": ("models/state.ts", ") ? 0 : 1", ") ? 1 : 1"),
    "the changed text is the first": ("heads/compute.ts", "? translate(opened, ids, gates)", "? written"),
    "fed what is written": ("heads/compute.ts", "[startId ?? 0, ...written.slice(0, -1)]", "[...written]"),
    "the first place alone": ("heads/compute.ts", "(reading.logits, V, row)", "(reading.logits, V, 0)"),
    "the memory is what is read": ("heads/compute.ts", '"encoder.output"', "`${attention}_add_norm.normalized`"),
    "rows are what was fed": ("heads/look.ts", "return { queries: written", "return { queries: target"),
    "candidates of the first place": ("heads/compute.ts", "logs.map((row) => candidatesOf(row, opened))",
                                      "logs.map(() => candidatesOf(logs[0], opened))"),
    "the tokens of another role": ("heads/compute.ts", "written: await speller.show(written),", "written: shown,"),
    "labels see what is to come": ("heads/look.ts", 'causal: attention.endsWith(".self_attention")', "causal: false"),
}  # fmt: skip


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    return bundle(tmp_path_factory.mktemp("heads"), MISTAKES, RUNNER)


@pytest.fixture(scope="module")
def explorers() -> list[MultiHeadExplorer]:
    return [MultiHeadExplorer(model, text, attention=attention, off=off) for model, text, attention, off in ASKED]


def agrees(engine: Run, explorers: list[MultiHeadExplorer]) -> None:
    """Texts, tokens and labels are the same; weights, probabilities and parts are equal to 1e-5 of their size."""
    folders = {name: str(shipped_folder(name)) for name in ("translator", "writer", "reader")}
    shown = engine([{"state": explorer.page_state(), "folders": folders} for explorer in explorers])
    for explorer, found in zip(explorers, shown, strict=True):
        change = explorer.change
        assert found["problem"] is None
        assert (found["original"], found["output"]) == (change.original, explorer.output)
        assert tuple(found["tokens"]) == change.tokens
        close(found["before"], change.before)
        close(found["after"], change.after)
        close(found["log_probability"], change.log_probability, 1e-4)
        assert {role: tuple(tokens) for role, tokens in found["names"].items()} == explorer.names
        for there, here in zip(found["candidates"], explorer.candidates, strict=True):
            assert [token for token, _ in there] == [token for token, _ in here]
            close([share for _, share in there], [share for _, share in here])
        assert set(found["weights"]) == set(explorer.weights)
        for name, weights in explorer.weights.items():
            close(found["weights"][name], weights)
            assert tuple(found["rows"][name]) == explorer._look().tokens_of(name)[0]
        same_scores(found["labels"], explorer.labels)
        same_scores(found["scores"], explorer.scores)
        parts = explorer.parts
        assert set(found["parts"]) == set(parts)
        for name, part in parts.items():
            assert found["parts"][name]["shape"] == list(part.shape)
            close(found["parts"][name]["data"], part.ravel(), 1e-5 * max(1.0, float(np.abs(part).max())))


def same_scores(found: Any, expected: dict[str, Any]) -> None:
    assert set(found) == set(expected)
    for name, heads in expected.items():
        for there, here in zip(found[name], heads, strict=True):
            assert [(one["kind"], one["rows"]) for one in there] == [(one.kind, one.rows) for one in here]
            close([one["weight"] for one in there], [one.weight for one in here])
            close([one["chance"] for one in there], [one.chance for one in here])


def close(found: Any, expected: Any, tolerance: float = 1e-5) -> None:
    np.testing.assert_allclose(np.array(found), np.array(expected), atol=tolerance, rtol=0)


def test_the_page_shows_what_python_computes(engines: dict[str, Run], explorers: list[MultiHeadExplorer]) -> None:
    agrees(engines[""], explorers)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(
    engines: dict[str, Run], explorers: list[MultiHeadExplorer], mistake: str
) -> None:
    with pytest.raises((AssertionError, EngineError)):
        agrees(engines[mistake], explorers)
