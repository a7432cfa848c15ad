"""The benchmark of the core notices what it is there for: a slow candidate, a wrong one, and one that takes memory."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import torch

from attnlab import attention
from bench import __main__ as command
from bench import core
from bench.report import Figure

SMALL = (2, 8, 12, 3)


def busy(milliseconds: float, name: str = "", calls: list[str] | None = None) -> Callable[[], torch.Tensor]:
    """A call that takes so long by the clock, however busy the machine is, and gives the same numbers each time."""

    def call() -> torch.Tensor:
        if calls is not None:
            calls.append(name)
        end = time.perf_counter() + milliseconds / 1000
        while time.perf_counter() < end:
            pass
        return torch.zeros(2)

    return call


@pytest.mark.parametrize(("ours", "theirs", "verdict"), [(2.0, 2.0, "OK"), (1.0, 2.0, "OK"), (2.4, 2.0, "OVER")])
def test_a_slow_candidate_is_shown(ours: float, theirs: float, verdict: str) -> None:
    took, ratio = core.compare("small", ("ours", busy(ours)), ("theirs", busy(theirs)), core.NO_SLOWER)
    assert ratio.verdict == verdict
    assert ratio.value == pytest.approx(ours / theirs, rel=0.04)
    assert (took.unit, took.verdict) == ("ms", "")
    assert took.value == pytest.approx(ours, rel=0.04)


def test_a_slowed_attention_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(attention.MultiHeadAttention):
        def forward(self, *arguments: Any, **options: Any) -> Any:
            for _ in range(3):
                found = super().forward(*arguments, **options)
            return found

    monkeypatch.setattr(attention, "MultiHeadAttention", Slow)
    with torch.inference_mode():
        calls = core.attention_calls((2, 64, 96, 3))
        theirs = "projections and F.scaled_dot_product_attention"
        _, ratio = core.compare("small", ("ours", calls["ours"]), (theirs, calls[theirs]), core.NO_SLOWER)
    assert ratio.verdict == "OVER"
    assert ratio.value > 1.8


def test_both_are_called_in_turn_and_take_turns_at_being_first() -> None:
    calls: list[str] = []
    core.compare("small", ("ours", busy(0.1, "o", calls)), ("theirs", busy(0.1, "t", calls)), None)
    rounds = ["".join(calls[at : at + 2]) for at in range(2, len(calls), 2)]  # after those that compare the numbers
    assert len(rounds) == core.ROUNDS
    assert rounds == ["to", "ot"] * (core.ROUNDS // 2)


def test_slow_calls_are_repeated_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "SECONDS", 0.01)
    calls: list[str] = []
    core.compare("small", ("ours", busy(5, "o", calls)), ("theirs", busy(5, "t", calls)), None)
    assert len(calls) == 2 + 2 * core.FEWEST_ROUNDS


@pytest.mark.parametrize("wrong", [torch.ones(2), torch.zeros(3), (torch.zeros(2), torch.ones(2))])
def test_a_candidate_that_computes_something_else_is_refused(wrong: Any) -> None:
    right = (torch.zeros(2), torch.zeros(2)) if isinstance(wrong, tuple) else torch.zeros(2)
    with pytest.raises(SystemExit, match="ours and theirs, small do not compute the same"):
        core.compare("small", ("ours", lambda: wrong), ("theirs", lambda: right), None)


def test_all_ways_to_compute_attention_agree() -> None:
    with torch.inference_mode():
        calls = core.attention_calls(SMALL)
        assert {name for ours, theirs, _ in core.CONTESTS for name in (ours, theirs)} == set(calls)
        output, weights = calls["ours with weights"]()
        assert weights.shape == (2, 3, 8, 8)
        for call in calls.values():
            result = call()
            found = result[0] if isinstance(result, tuple) else result
            assert torch.allclose(found, output, atol=1e-5)


def test_all_ways_to_run_the_model_agree() -> None:
    with torch.inference_mode():
        calls = core.model_calls(5)
        assert {name for ours, theirs, _ in core.MODEL_CONTESTS for name in (ours, theirs)} == set(calls)
        for ours, theirs, _ in core.MODEL_CONTESTS:
            core._assert_equal(calls[ours](), calls[theirs](), ours)
        assert len(calls["MiniLM with attentions"]()) == 7  # the last vectors, and six layers' attention


# --- memory -----------------------------------------------------------------------------------------------------------


def taking(megabytes: int) -> Callable[[], torch.Tensor]:
    return lambda: torch.ones(megabytes * 250_000)  # of 4 bytes each


def test_memory_is_seen() -> None:
    assert 38 < core.peak_megabytes(taking(40)) < 50


def test_memory_is_seen_below_an_earlier_peak_and_though_freed_memory_is_at_hand() -> None:
    taking(150)()
    pieces = [torch.ones(5_000) for _ in range(3_000)]  # 60 MB in pieces too small to be given back when freed
    del pieces
    assert 38 < core.peak_megabytes(taking(40)) < 50


def test_memory_of_an_intermediate_counts_and_what_stays_does_not() -> None:
    kept: dict[str, torch.Tensor] = {}

    def call() -> float:
        if not kept:
            kept["weights"] = taking(30)()
        return float(taking(60)().sum())

    assert 58 < core.peak_megabytes(call) < 70


def test_a_candidate_is_measured_in_a_process_of_its_own() -> None:
    """The weights alone, (12, 512, 512) numbers of 4 bytes, are 12.6 MB."""
    shape = core.SHAPES.index((1, 512, 384, 12))
    with_weights = core._memory("ours with weights", shape, "")
    assert with_weights.unit == "MB"
    assert 12.6 < with_weights.value < 200
    assert core._memory("ours", shape, "").value < with_weights.value


def test_a_process_that_fails_is_said() -> None:
    with pytest.raises(SystemExit, match=r"The core was not measured:\n(.|\n)*KeyError"):
        core._in_fresh_process("memory", "no such candidate", "0")


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_core_can_be_measured_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = [Figure("planted", 1.2, "x", core.NO_SLOWER), Figure("stated", 3.0, "MB")]
    monkeypatch.setattr(core, "figures", lambda: figures)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "CORE_RESULT", tmp_path / "bench-core.json")
    monkeypatch.setattr("sys.argv", ["bench", "--core"])
    command.main()
    assert "OVER" in capsys.readouterr().out
    written = json.loads((tmp_path / "bench-core.json").read_text())
    assert [figure["verdict"] for figure in written["figures"]] == ["OVER", ""]
