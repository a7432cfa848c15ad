"""What heads are measured to do: each kind found where it was built in, counted over the right rows, and no other."""

from types import ModuleType

import numpy as np
import pytest

from attnlab import heads
from attnlab.heads import HeadScore
from tests.mutants import mutant

TOKENS = ["<start>", "The", " king", ",", " the", " queen", ".", "<end>"]
T = len(TOKENS)


def built() -> dict[str, np.ndarray]:
    """A head for each kind that gives all its weight to it, where a row has one, and else to another token."""
    rows = np.arange(T)
    tables = {kind: np.zeros((T, T)) for kind in heads.KINDS}
    tables["previous"][rows, np.maximum(rows - 1, 0)] = 1
    tables["next"][rows, np.minimum(rows + 1, T - 1)] = 1
    tables["itself"][rows, rows] = 1
    tables["same"][rows, (rows + 2) % T] = 1
    tables["same"][[1, 4]] = 0
    tables["same"][[1, 4], [4, 1]] = 1
    tables["first"][:, 0] = 1
    tables["delimiter"][:, [0, 3, 6, 7]] = 0.25
    tables["spread"][:] = 1 / T
    return tables


def check_kinds(module: ModuleType) -> None:
    for kind, table in built().items():
        (scores,) = module.head_scores(table[None], TOKENS)
        found = {score.kind: score for score in scores}
        assert found[kind].weight == pytest.approx(1.0)
        assert found[kind].holds
    (scores,) = module.head_scores(built()["spread"][None], TOKENS)
    found = {score.kind: (score.rows, round(score.chance, 6)) for score in scores}
    assert found == {
        "previous": (T - 1, 0.125),
        "next": (T - 1, 0.125),
        "itself": (T, 0.125),
        "same": (2, 0.125),
        "first": (T, 0.125),
        "delimiter": (T, 0.5),
        "spread": (T, 1.0),
    }
    for score in scores[:-1]:
        assert score.weight == pytest.approx(score.chance)  # who looks everywhere alike scores chance
        assert not score.holds


def check_causal(module: ModuleType) -> None:
    table = np.tril(np.ones((T, T)))
    table /= table.sum(axis=1, keepdims=True)
    (scores,) = module.head_scores(table[None], TOKENS, causal=True)
    found = {score.kind: score for score in scores}
    assert found["next"].rows == 0
    assert not found["next"].holds
    assert found["first"].rows == T - 1  # the first token has no choice
    assert found["spread"].weight == pytest.approx(1.0)
    for kind in ("previous", "first", "delimiter"):
        assert found[kind].weight == pytest.approx(found[kind].chance)


def check_labels(module: ModuleType) -> None:
    tables = built()
    labels = module.head_labels([tables["first"], tables["same"]], TOKENS)
    assert [label.kind for label in labels[0]] == ["first", "delimiter"]  # the first one is a mark as well
    across = module.head_scores(np.full((2, 3, 2), 0.5), ["a", "b", "c"], ["b", "<end>"])
    assert [score.rows for score in across[1]] == [0, 0, 0, 1, 3, 3, 3]


def check_all(module: ModuleType) -> None:
    for check in (check_kinds, check_causal, check_labels):
        check(module)


def test_scores_and_labels() -> None:
    check_all(heads)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"previous": np.eye(*shape, k=-1', '"previous": np.eye(*shape, k=1'),
        ("np.tri(len(queries), dtype=bool) if causal", "np.ones(table.shape[1:], dtype=bool) if causal"),
        ("equal & ~itself & ~marks", "equal & ~marks"),
        ("(wanted > 0) & (wanted < most)", "wanted > 0"),
        ("entropy / np.log(most[counted])", "entropy / np.log(table.shape[2])"),
        ("one.chance - one.weight", "one.weight - one.chance"),
        ("[:, counted].mean(axis=1)  # (H,)", ".mean(axis=1)  # (H,)"),
        (".lower()", ""),
    ],
)
def test_a_planted_mistake_is_caught(right: str, wrong: str) -> None:
    module = mutant(("heads",), "heads", right, wrong)
    with pytest.raises(AssertionError):
        check_all(module)


@pytest.mark.parametrize(
    ("score", "holds"),
    [
        (HeadScore("previous", 0.4, 0.2, 2), True),
        (HeadScore("previous", 0.39, 0.1, 9), False),
        (HeadScore("previous", 0.5, 0.26, 9), False),
        (HeadScore("previous", 1.0, 0.1, 1), False),
        (HeadScore("spread", 0.9, 1.0, 2), True),
        (HeadScore("spread", 0.89, 1.0, 9), False),
    ],
)
def test_a_label_needs_weight_and_lift(score: HeadScore, holds: bool) -> None:
    assert score.holds is holds


def test_sizes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"2 tokens look at 2, but the weights have shape \(1, 3, 3\)"):
        heads.head_scores(np.ones((1, 3, 3)), ["a", "b"])
    with pytest.raises(ValueError, match="give no keys"):
        heads.head_scores(np.ones((1, 1, 1)), ["a"], ["b"], causal=True)
