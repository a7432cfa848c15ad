"""The program under "Python" gives what the explorer of translations shows, and needs no widget for it."""

from typing import Any

import numpy as np
import pytest

from attnlab.widgets import TranslationExplorer
from tests.parity.model_files import Mistake, Run
from tests.parity.programs import close, engines, said

CROSS, OWN, ENCODER = (
    "decoder.layers.1.cross_attention",
    "decoder.layers.0.self_attention",
    "encoder.layers.2.attention",
)
ROWS = [(CROSS, -1, 0, [0, 0, 0, 1, 0]), (OWN, 2, 3, [0.5, 0, 0.25, 0.25, 9]), (ENCODER, 1, 2, [1, 1, 1])]
CASES: dict[str, dict[str, Any]] = {
    "opening": {},
    "one head of a layer": {"text": "他們在吃鱻!", "head": 3, "layer": 1, "steps": 4},
    "before the first step": {"steps": 0},
    "the decoder's own": {"look": "decoder", "steps": 3, "layer": 0},
    "the encoder's own": {"look": "encoder", "head": 2, "layer": 1},
    "choices": {"forced": {0: "I", 4: 65}},
    "overwritten rows": {"rows": ROWS},
    "an overwritten encoder": {"rows": ROWS, "look": "encoder", "layer": 2, "head": 1},
    "beam": {"decoding": "beam", "text": "他在大学里教了三年书。", "width": 3},
    "a beam under way": {"decoding": "beam", "width": 6, "steps": 5, "look": "decoder", "forced": {0: "I"}},
    "a beam before its first step": {"decoding": "beam", "steps": 0},
    "an overwritten beam": {"decoding": "beam", "rows": ROWS[:1], "steps": 4},
    "sampling": {"decoding": "sample", "temperature": 1.3, "top_k": 9, "seed": 4, "text": "你叫什么名字？"},
    "sampling from the nucleus": {"decoding": "sample", "top_p": 0.8, "seed": 11, "forced": {1: 300}},
    "sampling with a row": {"decoding": "sample", "top_p": 0.9, "rows": ROWS, "steps": 3},
}
CODE = "translation/pythoncode.ts"
MISTAKES: dict[str, tuple[Mistake, str]] = {
    "another head": ((CODE, '`[${head}]`', '`[0]`'), "one head of a layer"),
    "a head instead of the mean": ((CODE, '? ".mean(0)"', '? "[0]"'), "opening"),
    "a row too few": (
        (CODE, ": [`for step in steps[:${rows}]:`", ": [`for step in steps[:${rows - 1}]:`"), "the decoder's own"),
    "no choice": ((CODE, "listed(Object.entries(forced))", "listed([])"), "choices"),
    "nothing overwritten": ((CODE, '["with edited(model, rows=rows):"', '["with edited(model):"'), "overwritten rows"),
    "one head overwritten instead of all": ((CODE, "in range(${heads}))", "in range(1))"), "overwritten rows"),
    "another query": ((CODE, "RowEdit(${head}, ${query},", "RowEdit(${head}, ${query - 1},"), "overwritten rows"),
    "an encoder that is not overwritten": (
        (CODE, "(line) => `    ${line}`", "(line, place) => (place === 0 ? `    ${line}` : line)"),
        "an overwritten encoder"),
    "another width": ((CODE, "width=${width},", "width=1,"), "beam"),
    "no length penalty": ((CODE, "length_penalty=translator.length_penalty, ", ""), "beam"),
    "the beam's first row": ((CODE, "step.distributions[place, token]", "step.distributions[0, token]"), "beam"),
    "the beam's end": ((CODE, "`for one in steps[${steps - 1}].finished:`", '"for one in steps[-1].live:"'), "beam"),
    "no temperature": ((CODE, "`temperature=${temperature}, ", "`temperature=1, "), "sampling"),
    "all tokens": ((CODE, "min(${topK}, len(target))", "None"), "sampling"),
    "no nucleus": ((CODE, "top_p=${topP}", "top_p=1"), "sampling from the nucleus"),
    "another step's candidates": ((CODE, "steps[${picked}].${row}", "steps[0].${row}"), "one head of a layer"),
    "the model's own probability": ((CODE, "step.filtered[token]", "step.distribution[token]"), "sampling"),
}  # fmt: skip
LIKELIEST = 5


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    return engines(tmp_path_factory.mktemp("programs"), {name: mistake for name, (mistake, _) in MISTAKES.items()})


def beside(shown: TranslationExplorer, picked: int) -> dict[str, Any]:
    """What the screen tells the program."""
    rows = len(shown.run.rows(shown.shown_steps))
    facts = {"steps": shown.shown_steps, "tokens": list(shown.ids), "rows": rows, "picked": picked}
    return facts | {"source": len(shown.read), "heads": shown.card["heads"], "attention": shown.attention_name}


def agrees(engine: Run, case: str) -> None:
    shown = TranslationExplorer(**CASES[case])
    rows = len(shown.run.rows(shown.shown_steps))
    picked = min(2, rows - 1)
    printed = iter(said(engine, shown, **beside(shown, picked)))
    assert next(printed) == shown.translation
    for token, probability in zip(shown.ids, shown.probabilities, strict=True):
        assert next(printed) == repr(shown._translator.target.decode([token]))
        close(next(printed), probability)
    if shown.decoding == "beam" and shown.shown_steps:
        ended = [one for level in shown.tree for one in level if one.finished]
        for one in sorted(ended, key=lambda one: -one.score):
            assert next(printed) == shown._translator.target.decode(one.ids, skip_special=True)
            close(next(printed), one.score)
    for expected in shown.attention:
        found = np.atleast_1d(next(printed))
        close(np.pad(found, (0, len(expected) - len(found))), expected)
    for candidate in shown.candidates(picked)[:LIKELIEST]:
        assert next(printed) == repr(candidate.text)
        close(next(printed), candidate.own)
    assert next(printed, None) is None


@pytest.mark.parametrize("case", CASES)
def test_the_program_gives_what_is_shown(fronts: dict[str, Run], case: str) -> None:
    agrees(fronts[""], case)


def test_the_program_builds_no_widget(fronts: dict[str, Run]) -> None:
    for case in CASES:
        shown = TranslationExplorer(**CASES[case])
        (program,) = fronts[""]([{"state": shown.page_state(), "beside": beside(shown, 0)}])
        assert "widgets" not in program


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(fronts: dict[str, Run], mistake: str) -> None:
    with pytest.raises((AssertionError, ValueError, IndexError)):
        agrees(fronts[mistake], MISTAKES[mistake][1])
