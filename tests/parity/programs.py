"""The programs under the button "Python", from the front end, run here.

They are held against what the widget reads back in Python; that this is what the page computes is shown by the parity
tests of each widget.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from attnlab.widgets.base import AttnWidget
from tests.parity.model_files import Mistake, Run, bundle

RUNNER = Path(__file__).with_name("program_runner.ts")


def engines(folder: Path, mistakes: Mapping[str, Mistake]) -> dict[str, Run]:
    """What gives the programs: under "" the real front end, else one with this mistake in its source."""
    return bundle(folder, mistakes, RUNNER)


def said(engine: Run, widget: AttnWidget, **beside: Any) -> list[Any]:
    """All that a widget's program prints, as it was before it became text."""
    (program,) = engine([{"state": widget.page_state(), "beside": beside}])
    printed: list[Any] = []
    exec(program, {"print": lambda *values: printed.extend(values)})
    return printed


def close(found: Any, expected: Any) -> None:
    found, expected = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def same_list(found: Any, expected: Any) -> None:
    """The same words in the same order, each with the same number."""
    assert [word for word, _ in found] == [word for word, _ in expected]
    close([number for _, number in found], [number for _, number in expected])
