"""A run that is interrupted goes on as if nothing had happened; a file that does not fit is refused with why."""

import dataclasses
import errno
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from attnlab.training import Progress, Restraint, WeightAverage, loop
from attnlab.training.checkpoint import RunState, load_checkpoint, save_checkpoint, write_whole
from attnlab.training.log import RunLog
from attnlab.training.loop import BEST, CHECKPOINT, LOG
from tests.mutants import mutant
from tests.tiny_translator import CONFIG, KILLED, differences, logged, results, tiny_model, tiny_run, tiny_task

ROOT = Path(__file__).parents[2]
LOOP = ("training.average", "training.checkpoint", "training.log", "training.step", "training.loop")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """With as many threads as the processes that are killed, so that every bit is the same."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run leaves behind that nobody disturbs."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("uninterrupted")
    tiny_run(folder)
    torch.set_num_threads(threads)
    return results(folder)


class PowerCut(Exception):
    pass


def until(step: int) -> Callable[[Progress], None]:
    """A report that ends the run after a step."""

    def report(progress: Progress) -> None:
        if progress.step == step:
            raise PowerCut

    return report


# --- killed -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of runs that were killed by the system, each at another moment."""
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-m", "tests.tiny_translator", str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("moment", KILLED)
def test_a_killed_run_goes_on_as_if_it_had_not_been(moment: str, killed: Path, uninterrupted: dict[str, Any]) -> None:
    folder = killed / moment
    steps = len((folder / LOG).read_text().splitlines())
    assert CONFIG.save_every < steps < CONFIG.steps
    torch.manual_seed(99)  # whatever the new process has drawn before
    tiny_run(folder, resume=True)
    assert differences(uninterrupted, results(folder)) == []
    assert {path.name for path in folder.iterdir()} == {BEST, CHECKPOINT, LOG}


# --- interrupted in this process, where mistakes can be planted -------------------------------------------------------


def check_resumed(library: Any, folder: Path, wanted: dict[str, Any]) -> None:
    """Interrupted three times: before the end of the first epoch, at its end, and after the last step."""
    for step, resume in ((6, False), (9, True), (13, True)):
        with pytest.raises(PowerCut):
            tiny_run(folder, train=library.train, report=until(step), resume=resume)
    tiny_run(folder, train=library.train, resume=True)
    assert differences(wanted, results(folder)) == []
    tiny_run(folder, train=library.train, resume=True)  # nothing is left to do
    assert differences(wanted, results(folder)) == []


def test_an_interrupted_run_goes_on(tmp_path: Path, uninterrupted: dict[str, Any]) -> None:
    check_resumed(loop, tmp_path, uninterrupted)


@pytest.mark.parametrize(
    ("part", "right", "wrong"),
    [
        ("training.checkpoint", '"place": state.place', '"place": 0'),
        ("training.checkpoint", '"epoch": state.epoch', '"epoch": 0'),
        ("training.checkpoint", 'REMEMBERED = ("step", "exp_avg", "exp_avg_sq")', 'REMEMBERED = ("exp_avg", "step")'),
        ("training.checkpoint", "tensor.to(parameter.device, copy=True) for", "torch.zeros_like(tensor) for"),
        ("training.checkpoint", "            tensor.copy_(tensors[name])", "            pass"),
        ("training.checkpoint", ".copy_(tensors[name])", '.copy_(tensors[name.replace("average.", "model.")])'),
        ("training.log", '["step"] > step', '["step"] >= step'),
        ("training.log", '["step"] > step', '["step"] < 0'),
        ("training.step", "    torch.manual_seed(_mixed(config.seed, step, processes.rank))", "    pass"),
        ("training.step", "state.step, state.place = step, state.place + 1", "state.step = step"),
        ("training.loop", "batches[state.place : state.place + steps - state.step]", "batches"),
    ],
    ids=lambda part: part[:60],
)
def test_a_mistake_in_resuming_is_noticed(
    part: str, right: str, wrong: str, tmp_path: Path, uninterrupted: dict[str, Any]
) -> None:
    with pytest.raises((AssertionError, ValueError, KeyError, IndexError, pytest.fail.Exception)):
        check_resumed(mutant(LOOP, part, right, wrong), tmp_path, uninterrupted)


class Points:
    """The tiny task, but its scores are given."""

    score, higher_is_better = "points", True

    def __init__(self, *points: float) -> None:
        self.points, self.epoch = list(points), tiny_task().epoch

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        return {"points": self.points.pop(0)}


def check_best_is_remembered(library: Any, folder: Path) -> None:
    """The best score comes before the interruption: what comes after it must not take its place."""
    with pytest.raises(PowerCut):
        tiny_run(folder, task=Points(5.0), report=until(9), train=library.train)
    best = load_file(folder / BEST)
    tiny_run(folder, task=Points(2.0, 3.0), resume=True, train=library.train)
    assert all(torch.equal(tensor, best[name]) for name, tensor in load_file(folder / BEST).items())


def test_the_best_score_is_remembered(tmp_path: Path) -> None:
    check_best_is_remembered(loop, tmp_path / "right")
    mistake = mutant(LOOP, "training.checkpoint", '"best": state.best', '"best": None')
    with pytest.raises(AssertionError):
        check_best_is_remembered(mistake, tmp_path / "wrong")


def test_no_epoch_is_made_again_that_is_done(tmp_path: Path) -> None:
    asked: list[int] = []
    task = tiny_task()
    epoch = task.epoch
    task.epoch = lambda number: [asked.append(number), epoch(number)][1]  # type: ignore[method-assign, func-returns-value]
    with pytest.raises(PowerCut):
        tiny_run(tmp_path, task=task, report=until(13))
    before, asked[:] = list(asked), []
    tiny_run(tmp_path, task=task, resume=True)
    assert before == list(range(before[-1] + 1))
    assert len(before) > 2
    with safe_open(tmp_path / CHECKPOINT, framework="pt") as file:
        assert json.loads(file.metadata()["state"])["step"] == CONFIG.steps
    assert asked[0] >= before[-1] - 1  # the one in which the checkpoint was saved, perhaps after its last batch


# --- checkpoints that do not fit --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stopped")
    with pytest.raises(PowerCut):
        tiny_run(folder, report=until(5))
    return folder / CHECKPOINT


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"config": dataclasses.replace(CONFIG, learning_rate=1e-3)}, "learning_rate was 0.005, now 0.001$"),
        (
            {"config": dataclasses.replace(CONFIG, steps=20, seed=1)},
            "run: seed was 3, now 1; steps was 14, now 20",
        ),
        ({"model": tiny_model(dropout=0.1)}, "another run: model.dropout was 0.2, now 0.1$"),
        ({"model": tiny_model(n_heads=4)}, "another run: model.n_heads was 3, now 4$"),
        ({"model": tiny_model(d_ff=41)}, r"another run: model.d_ff was 40, now 41; weights was \d+, now \d+"),
        ({"task": tiny_task(Restraint(spelling_dropout=0.2))}, "another run: task.source_dropout was 0.1, now 0.0$"),
        ({"task": tiny_task(seed=4)}, "another run: task.seed was 3, now 4$"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_checkpoint_of_another_run_is_refused(changed: dict[str, Any], message: str, checkpoint: Path) -> None:
    before = checkpoint.read_bytes()
    with pytest.raises(ValueError, match=message):
        tiny_run(checkpoint.parent, resume=True, **changed)
    assert checkpoint.read_bytes() == before


def test_other_sentences_are_another_run(checkpoint: Path) -> None:
    task = tiny_task()
    task.english[7] = "We drink tea."
    with pytest.raises(ValueError, match=r"another run: task.text was '[0-9a-f]{16}', now '[0-9a-f]{16}'$"):
        tiny_run(checkpoint.parent, resume=True, task=task)


def test_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no checkpoint .*checkpoint\.safetensors to go on from"):
        tiny_run(tmp_path / "none", resume=True)


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.5, 0.999])
def test_a_file_that_was_cut_off_is_refused(share: float, checkpoint: Path, tmp_path: Path) -> None:
    content = checkpoint.read_bytes()
    size = int(len(content) * share)
    (tmp_path / CHECKPOINT).write_bytes(content[:size])
    with pytest.raises(ValueError, match=rf"checkpoint.safetensors holds {size} bytes that are no checkpoint"):
        tiny_run(tmp_path, resume=True)


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT).write_text("To do: water the plants.")
    with pytest.raises(ValueError, match="holds 24 bytes that are no checkpoint"):
        tiny_run(tmp_path, resume=True)
    save_file({"a": torch.ones(2), "b": torch.ones(2)}, tmp_path / CHECKPOINT, metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"holds 2 tensors but no run: it tells \['format'\], not state, run"):
        tiny_run(tmp_path, resume=True)


def linear_state(**shape: Any) -> RunState:
    model = nn.Linear(3, 2, **shape)
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    model(torch.ones(1, 3, dtype=model.weight.dtype)).sum().backward()
    optimizer.step()
    return RunState(model, optimizer, WeightAverage(model, 0.9), step=1)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            {"bias": False},
            r"0 tensors are missing \[\], 5 too many \['average.bias', 'model.bias', 'opt",
        ),
        ({"dtype": torch.float64}, r"average.bias is torch.float32 \(2,\), not torch.float64 \(2,\)"),
    ],
)
def test_weights_that_do_not_fit_are_refused_and_nothing_is_changed(
    other: dict[str, Any], message: str, tmp_path: Path
) -> None:
    save_checkpoint(tmp_path / "c", linear_state(), {})
    state = linear_state(**other)
    before = [parameter.clone() for parameter in state.model.parameters()]
    with pytest.raises(ValueError, match=message):
        load_checkpoint(tmp_path / "c", state, {})
    assert all(torch.equal(one, other) for one, other in zip(state.model.parameters(), before, strict=True))
    save_checkpoint(tmp_path / "c", linear_state(bias=False), {})
    with pytest.raises(ValueError, match=r"2 tensors are missing \['average.bias', 'model.bias'\], 0 too many"):
        load_checkpoint(tmp_path / "c", linear_state(), {})


def test_what_the_optimizer_remembers_comes_back_in_its_own_kind(tmp_path: Path) -> None:
    """Also the count of steps, which is a tensor, and nothing for a weight that never had a gradient."""
    state = linear_state()
    state.model.register_parameter("idle", nn.Parameter(torch.ones(4)))
    state.optimizer.add_param_group({"params": [state.model.idle]})
    state.average = WeightAverage(state.model, 0.9)
    save_checkpoint(tmp_path / "c", state, {})
    other = linear_state()
    other.model.register_parameter("idle", nn.Parameter(torch.zeros(4)))
    other.optimizer.add_param_group({"params": [other.model.idle]})
    other.average = WeightAverage(other.model, 0.9)
    load_checkpoint(tmp_path / "c", other, {})
    for name, parameter in state.model.named_parameters():
        wanted, found = state.optimizer.state[parameter], other.optimizer.state[other.model.get_parameter(name)]
        assert wanted.keys() == found.keys()
        for key in wanted:
            assert (found[key].dtype, found[key].device) == (wanted[key].dtype, wanted[key].device)
            assert torch.equal(found[key], wanted[key])
    assert other.optimizer.state[other.model.idle] == {}
    assert other.model.idle.tolist() == [1.0] * 4
    for one in (state, other):  # and the next step is the same
        one.optimizer.zero_grad()
        one.model(torch.ones(1, 3)).square().sum().backward()
        one.optimizer.step()
    assert torch.equal(state.model.weight, other.model.weight)


# --- a full disk ------------------------------------------------------------------------------------------------------


def leave_room(size: int) -> int:
    """Let no file of this process become longer: the system writes as much as fits and then refuses."""
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    return before


@contextmanager
def room_for(size: int) -> Iterator[None]:
    before = leave_room(size)
    try:
        yield
    finally:
        leave_room(before)


ENDLESS = resource.getrlimit(resource.RLIMIT_FSIZE)[0]


def check_full_disk(library: Any, folder: Path, wanted: dict[str, Any]) -> None:
    """The disk fills up after step 6: the checkpoint of step 8 cannot be saved."""

    def fill(progress: Progress) -> None:
        if progress.step == 6:
            leave_room((folder / CHECKPOINT).stat().st_size // 2)

    message = r"checkpoint.safetensors was not saved, the old one is still there: \d+ bytes"
    with room_for(ENDLESS), pytest.raises(OSError, match=message):
        tiny_run(folder, train=library.train, report=fill)
    assert {path.name for path in folder.iterdir()} == {BEST, CHECKPOINT, LOG}
    assert [entry["step"] for entry in logged(folder)] == list(range(1, 9))
    tiny_run(folder, train=library.train, resume=True)
    assert differences(wanted, results(folder)) == []


def test_a_full_disk_loses_nothing(tmp_path: Path, uninterrupted: dict[str, Any]) -> None:
    check_full_disk(loop, tmp_path, uninterrupted)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('with part.open("wb") as file:', 'part.touch()\n        with path.open("wb") as file:'),
        ("            part.unlink(missing_ok=True)", "            pass"),
        ("        raise OSError(problem.errno, message) from problem", "        return"),
    ],
)
def test_a_mistake_in_saving_is_noticed(right: str, wrong: str, tmp_path: Path, uninterrupted: dict[str, Any]) -> None:
    with pytest.raises((AssertionError, ValueError, pytest.fail.Exception)):
        check_full_disk(mutant(LOOP, "training.checkpoint", right, wrong), tmp_path, uninterrupted)


def test_the_best_weights_survive_a_full_disk_too(tmp_path: Path) -> None:
    """Better ones are found at step 10, but there is no room for them."""
    kept: dict[str, Any] = {}

    def fill(progress: Progress) -> None:
        if progress.step == 9:
            kept.update(load_file(tmp_path / BEST))
            leave_room(5_000)

    message = r"best.safetensors was not saved, the old one is still there"
    with room_for(ENDLESS), pytest.raises(OSError, match=message) as problem:
        tiny_run(tmp_path, task=Points(1.0, 2.0, 3.0), report=fill)
    assert problem.value.errno == errno.EFBIG
    assert all(torch.equal(tensor, kept[name]) for name, tensor in load_file(tmp_path / BEST).items())


def test_writing_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "file"
    write_whole(path, b"old")
    with room_for(4), pytest.raises(OSError, match="was not saved, the old one is still there: 9 bytes to write"):
        write_whole(path, b"too long!")
    assert path.read_bytes() == b"old"
    assert [found.name for found in path.parent.iterdir()] == ["file"]
    with room_for(4), pytest.raises(OSError, match="was not saved, there was none before: 9 bytes to write"):
        write_whole(tmp_path / "new", b"too long!")
    with pytest.raises(OSError, match=r"file/under was not saved, there was none before"):
        write_whole(path / "under", b"x")
    (tmp_path / "file.part").write_bytes(b"left over from a killed process")
    write_whole(tmp_path / "file", b"new")
    assert sorted(found.name for found in tmp_path.iterdir()) == ["deep", "file"]


# --- the log ----------------------------------------------------------------------------------------------------------


def test_the_log_keeps_what_is_done(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    lines = [json.dumps({"step": step}) for step in range(1, 6)]
    for rest in ("", '{"step": 6', '{"step"', "\x00\xff", "7", '{"other": 1}'):
        path.write_bytes("\n".join([*lines, rest]).encode("latin-1"))
        for step in (0, 3, 5, 9):
            with RunLog(path, step) as log:
                log.write({"step": 100})
            assert path.read_text().splitlines() == [*lines[:step], '{"step": 100}']
            path.write_bytes("\n".join([*lines, rest]).encode("latin-1"))


def test_each_line_is_there_at_once(tmp_path: Path) -> None:
    with RunLog(tmp_path / "log", 0) as log:
        for step in (1, 2):
            log.write({"step": step})
            assert (tmp_path / "log").read_bytes().count(b"\n") == step


def test_a_log_without_room(tmp_path: Path) -> None:
    with RunLog(tmp_path / "log", 0) as log:
        log.write({"step": 1})
        with room_for(20):
            with pytest.raises(OSError, match=r"log: 8 of 12 bytes of a line were written"):
                log.write({"step": 2})
            with pytest.raises(OSError, match=r"log: a line of 12 bytes was not written, File too large"):
                log.write({"step": 2})
    with RunLog(tmp_path / "log", 2) as log:  # what was cut off goes
        log.write({"step": 2})
    assert (tmp_path / "log").read_text() == '{"step": 1}\n{"step": 2}\n'
