"""Two processes that share every batch compute what one does alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from attnlab.training import Processes, processes
from attnlab.training.loop import BEST, CHECKPOINT
from tests.tiny_translator import differences, logged, results, tiny_run, tiny_task
from tests.two_processes import MISTAKES, TOGETHER, run_together

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes leave behind. They meet at a port that the system gives them: none can be taken before."""
    folder = tmp_path_factory.mktemp("together")
    meeting = ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", "--local-addr", "127.0.0.1"]
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", *meeting]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    if sys.platform == "linux":
        environment["GLOO_SOCKET_IFNAME"] = "lo"
    done = subprocess.run(
        [*command, "-m", "tests.two_processes", str(folder)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alone")
    run_together(folder, Processes("cpu"))
    return folder


def check_equal(found: Path, wanted: Path) -> None:
    losses = [entry["loss"] for entry in logged(found)]
    assert losses == pytest.approx([entry["loss"] for entry in logged(wanted)], rel=1e-9)
    for name in (BEST, CHECKPOINT):
        expected = load_file(wanted / name)
        for key, tensor in load_file(found / name).items():
            torch.testing.assert_close(tensor, expected[key], atol=1e-7, rtol=1e-7, msg=key)


def test_two_processes_are_as_one(together: Path, alone: Path) -> None:
    check_equal(together / "right", alone)
    assert sorted(path.name for path in together.glob("process*")) == [
        "process 0 of 2 has finished",
        "process 1 of 2 has finished",
    ]


def test_some_batches_have_fewer_sentences_than_there_are_processes() -> None:
    sizes = [len(batch.answers) for batch in tiny_task(tokens_per_batch=TOGETHER.tokens_per_batch).epoch(0)]
    assert 1 in sizes[: TOGETHER.steps]
    assert 3 in sizes[: TOGETHER.steps]  # which two cannot share evenly


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_sharing_is_noticed(mistake: str, together: Path, alone: Path) -> None:
    with pytest.raises(AssertionError):
        check_equal(together / mistake, alone)


def test_two_processes_go_on_after_an_interruption(together: Path) -> None:
    assert differences(results(together / "whole"), results(together / "resumed")) == []


def test_two_processes_are_another_run_than_one(together: Path) -> None:
    """With dropout, each drops its own numbers: one alone could not go on with the same losses."""
    with pytest.raises(ValueError, match=r"another run: processes was 2, now 1$"):
        tiny_run(together / "whole", resume=True)


# --- one process ------------------------------------------------------------------------------------------------------


def test_one_process_alone() -> None:
    model = nn.Linear(2, 2)
    with Processes("cpu") as one:
        assert (one.rank, one.world, one.first, one.device) == (0, 1, True, torch.device("cpu"))
        assert one.shared(model) is model
        assert one.sum(2.5) == 2.5
        one.wait()
    assert not torch.distributed.is_initialized()


@pytest.mark.parametrize(
    ("gpus", "name", "environment", "device"),
    [
        (0, None, {}, "cpu"),
        (1, None, {}, "cuda:0"),
        (4, None, {"LOCAL_RANK": "3", "LOCAL_WORLD_SIZE": "4"}, "cuda:3"),
        (4, "cuda", {"LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}, "cuda:1"),
        (4, "cuda:2", {}, "cuda:2"),
        (4, "cpu", {"LOCAL_RANK": "3", "LOCAL_WORLD_SIZE": "8"}, "cpu"),
    ],
)
def test_each_process_has_its_device(
    gpus: int, name: str | None, environment: dict[str, str], device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(gpus, environment, monkeypatch)
    assert processes._device(name) == torch.device(device)


def pretend(gpus: int, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    for key in ("LOCAL_RANK", "LOCAL_WORLD_SIZE"):
        monkeypatch.delenv(key, raising=False)
    for key, value in environment.items():
        monkeypatch.setenv(key, value)


def test_more_processes_than_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(2, {"LOCAL_WORLD_SIZE": "4"}, monkeypatch)
    with pytest.raises(ValueError, match="4 processes on a machine with 2 GPUs: start at most 2, or name the cpu"):
        processes._device(None)
