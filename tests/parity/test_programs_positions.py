"""The program under "Python" gives what the explorer of positions shows, in each of its views."""

from typing import Any

import numpy as np
import pytest

from attnlab.widgets import PositionExplorer
from attnlab.widgets.positions_results import ADDED, SCHEMES
from tests.parity.model_files import Mistake, Run
from tests.parity.programs import close, engines, said

ORDER = "4,2,0,3,1"  # not its own inverse
SUM: dict[str, Any] = {"view": "sum", "order": ORDER, "token": 4, "base": 500}
CASES: dict[str, dict[str, Any]] = {
    "encoding": {"width": 12, "base": 500, "length": 31, "position": 23, "pair": 3},
    "sum": SUM,
    "sum, positions off": {**SUM, "positions": False},
    "shuffle, positions off": {"view": "shuffle", "order": ORDER, "positions": False},
    **{f"shuffle, {added}": {"view": "shuffle", "order": ORDER, "added": added, "base": 500} for added in ADDED},
    **{
        scheme: {"view": "schemes", "scheme": scheme, "head": 1, "width": 12, "base": 500, "length": 41, "position": 17}
        for scheme in SCHEMES
    },
    "beyond the training": {"view": "schemes", "scheme": "learned", "length": 40, "position": 33},
}
CODE = "positions/pythoncode.ts"
MISTAKES: dict[str, tuple[Mistake, str]] = {
    "an encoding of the usual base": (
        (CODE, "(${length}, ${width}, base=${base})", "(${length}, ${width})"),
        "encoding",
    ),
    "angles of the first position": ((CODE, "`angles = ${position} *", "`angles = 1 *"), "encoding"),
    "another pair": ((CODE, "print(angles[${pair}])", "print(angles[0])"), "encoding"),
    "the place as typed": ((CODE, "order.indexOf(state.token)", "state.token"), "sum"),
    "a sum that ignores the switch": ((CODE, '" * 0  # positions are off"', '""'), "sum, positions off"),
    "words as typed": ((CODE, "`order = [${order.join", "`order = [${[...order].sort().join"), "shuffle, alibi"),
    "positions that are not added": (
        (CODE, "`    x = x + sinusoidal", "`    y = x + sinusoidal"),
        "shuffle, sinusoidal",
    ),
    "values that are turned": ((CODE, "(turned, turned, x,", "(turned, turned, turned,"), "shuffle, rotary"),
    "another slope": ((CODE, "len(x))[0, 0]", "len(x))[0, 1]"), "shuffle, alibi"),
    "scores that are not scaled": ((CODE, "p @ p.T / ${width} ** 0.5", "p @ p.T"), "sinusoidal"),
    "keys clipped at the other end": (
        (CODE, ".clamp(-reach, reach) + reach", ".neg().clamp(-reach, reach) + reach"),
        "shaw",
    ),
    "the first head": ((CODE, "bias[buckets, ${head}]", "bias[buckets, 0]"), "t5"),
    "the first slope": ((CODE, "n, n)[0, ${head}]", "n, n)[0, 0]"), "alibi"),
    "ones that are not of length 1": ((CODE, "${width}**-0.5)", "1.0)"), "rotary"),
    "zero for no number": ((CODE, "(n, n), torch.nan)", "(n, n), 0.0)"), "beyond the training"),
}


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    return engines(tmp_path_factory.mktemp("programs"), {name: mistake for name, (mistake, _) in MISTAKES.items()})


def agrees(engine: Run, case: str) -> None:
    shown = PositionExplorer(**CASES[case])
    printed = said(engine, shown)
    if shown.view == "encoding":
        entries, angle, products = printed
        close(entries, shown.encoding[shown.position, 2 * shown.pair : 2 * shown.pair + 2])
        close(angle, shown.angles[shown.pair])
        close(products, shown.dot_products)
    elif shown.view == "sum":
        lengths, cosine = printed
        word, _, both = shown.sum_vectors
        close(lengths, np.linalg.norm(shown.sum_vectors, axis=1))
        close(cosine, word @ both / np.linalg.norm(word) / np.linalg.norm(both))
    elif shown.view == "shuffle":
        (change,) = (float(number) for number in printed)  # of three digits
        assert change == pytest.approx(shown.change, rel=6e-3, abs=1e-6)
    else:
        (row,) = printed
        close(row, shown.pattern[shown.position])


@pytest.mark.parametrize("case", CASES)
def test_the_program_gives_what_is_shown(fronts: dict[str, Run], case: str) -> None:
    agrees(fronts[""], case)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(fronts: dict[str, Run], mistake: str) -> None:
    with pytest.raises(AssertionError):
        agrees(fronts[mistake], MISTAKES[mistake][1])
