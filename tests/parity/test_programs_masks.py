"""The program under "Python" gives what the explorer of masks shows: the weights of the head, and the next token."""

from typing import Any

import numpy as np
import pytest

from attnlab.widgets import MaskExplorer
from tests.parity.model_files import Mistake, Run
from tests.parity.programs import close, engines, said

CASES: dict[str, dict[str, Any]] = {
    "causal": {},
    "padding": {"preset": "padding", "padding": 3},
    "causal and padding": {"preset": "causal-padding", "padding": 1, "head": 2},
    "prefix": {"preset": "prefix", "prefix": 4, "row": 2},
    "window": {"preset": "window", "window": 2},
    "none": {"preset": "none"},
    "inverted": {"fault": "inverted", "row": 3},
    "wrong axis": {"preset": "window", "fault": "wrong-axis"},
    "painted": {"mask": np.tril(np.ones((8, 8), dtype=bool)) & (np.arange(8) != 2)},
    "half precision": {"preset": "causal-padding", "fault": "half-precision"},
    "cross-attention": {"preset": "cross", "padding": 4},
}
CODE = "masks/pythoncode.ts"
MISTAKES: dict[str, tuple[Mistake, str]] = {
    "a window one wider": ((CODE, "window=${window}", "window=${window + 1}"), "window"),
    "a prefix one wider": ((CODE, "prefix=min(${prefix}, T)", "prefix=min(${prefix + 1}, T)"), "prefix"),
    "not inverted": ((CODE, '["mask = ~mask"]', '["mask = mask"]'), "inverted"),
    "the last head": ((CODE, '"][0, ${state.head}]', '"][0, -1]'), "causal and padding"),
    "another row": ((CODE, "logits[${row}]", "logits[${row - 1}]"), "prefix"),
    "no padding": ((CODE, "`padding=${state.padding}`", "`padding=0`"), "cross-attention"),
}


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    return engines(tmp_path_factory.mktemp("programs"), {name: mistake for name, (mistake, _) in MISTAKES.items()})


def agrees(engine: Run, case: str) -> None:
    shown = MaskExplorer(**CASES[case])
    weights, *next_tokens = said(engine, shown, row=shown.query)
    close(weights, shown.weights)
    assert next_tokens[::2] == [repr(token) for token, _ in shown.candidates]
    close(next_tokens[1::2], [probability for _, probability in shown.candidates])


@pytest.mark.parametrize("case", CASES)
def test_the_program_gives_what_is_shown(fronts: dict[str, Run], case: str) -> None:
    agrees(fronts[""], case)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(fronts: dict[str, Run], mistake: str) -> None:
    with pytest.raises(AssertionError):
        agrees(fronts[mistake], MISTAKES[mistake][1])
