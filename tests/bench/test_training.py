"""The benchmark of the training notices a slow step and a wrong one."""

from collections.abc import Iterator

import pytest
import torch

from bench import training
from bench.core import NO_SLOWER


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for name, size in {"B": 4, "T": 6, "D": 12, "H": 2, "D_FF": 20, "V": 11, "LAYERS": 1}.items():
        monkeypatch.setattr(training, name, size)
    yield
    torch.set_num_threads(threads)


def test_both_models_have_the_same_weights_and_the_same_loss() -> None:
    ours, theirs = training.models(dropout=0.0)
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())
    training.assert_same_loss(ours, theirs)
    *inputs, _ = training.batch()
    torch.testing.assert_close(ours(*inputs), theirs(*inputs), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("part", ["source.weight", "transformer.decoder.layers.0.multihead_attn.in_proj_bias"])
def test_a_model_that_computes_something_else_is_refused(part: str) -> None:
    ours, theirs = training.models(dropout=0.0)
    theirs.get_parameter(part).data += torch.randn(theirs.get_parameter(part).shape)
    with pytest.raises(SystemExit, match=r"do not compute the same: losses \d\.\d+ and \d\.\d+"):
        training.assert_same_loss(ours, theirs)


def test_every_way_learns() -> None:
    steps = training.steps()
    assert {name for name, _ in training.CONTESTS} == set(steps)
    torch.manual_seed(0)
    for step in steps.values():
        first, *_, last = [step() for _ in range(40)]
        assert last < first - 0.3


@pytest.mark.parametrize(("ours", "theirs", "verdict"), [(0.2, 0.2, "OK"), (0.1, 0.2, "OK"), (0.24, 0.2, "OVER")])
def test_a_slow_step_is_shown(ours: float, theirs: float, verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is not asked: a step says itself how long it took, on a machine that is busy in every other round."""
    calls: list[str] = []

    def taking(name: str, seconds: float) -> training.Step:
        def step() -> float:
            calls.append(name)
            return seconds * (3 if (len(calls) - 1) // 2 % 2 else 1)

        return step

    monkeypatch.setattr(training, "_seconds", lambda step: step())
    mine, other, ratio = training.compare("theirs", taking("o", ours), taking("t", theirs), NO_SLOWER)
    rounds = ["".join(calls[at : at + 2]) for at in range(2, len(calls), 2)]  # after a step of each to warm up
    assert rounds == ["to", "ot"] * (training.ROUNDS // 2)
    assert ratio.verdict == verdict
    assert mine.value * ours == pytest.approx(other.value * theirs)


def test_a_measurement_that_fails_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "THREADS", "many")
    monkeypatch.setattr(training.sys, "executable", "/bin/false")
    with pytest.raises(SystemExit, match="The training was not measured"):
        training.figures()
