"""A translator so small that it learns thirty sentences in seconds, for the tests of the training.

``python -m tests.tiny_translator FOLDER`` starts a run for each of ``KILLED`` and kills it there.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from attnlab.data import SentencePair
from attnlab.text import ByteLevelBPE, CharacterTokenizer, normalize_chinese
from attnlab.training import Processes, Progress, Restraint, TrainingConfig, TranslationTask, train
from attnlab.training.loop import BEST, CHECKPOINT, LOG
from attnlab.training.translation import SOURCE_SPECIALS, TARGET_SPECIALS
from attnlab.transformer import EncoderDecoder, TransformerConfig

WHO = {"我": "I", "你": "You", "我们": "We", "他们": "They", "猫": "Cats", "小狗": "Little dogs"}
DOES = {
    "吃饭": "eat",
    "喝水": "drink water",
    "睡觉": "sleep",
    "看书": "read books",
    "在花园里跑步": "run in the garden",
}
PAIRS = [SentencePair(f"{a} {b}.", f"{x}{y}。", "") for x, a in WHO.items() for y, b in DOES.items()]
HELD_OUT = [*PAIRS[::4], SentencePair("I am eating.", "我吃饭。", ""), SentencePair("Cats are asleep.", "猫睡觉。", "")]

SOURCE = CharacterTokenizer.from_text([normalize_chinese(pair.chinese) for pair in PAIRS], special=SOURCE_SPECIALS)
TARGET = ByteLevelBPE.train([pair.english for pair in PAIRS], 60, special=TARGET_SPECIALS)
TOKENS_PER_BATCH = 90
RESTRAINT = Restraint(spelling_dropout=0.2, source_dropout=0.1)

CONFIG = TrainingConfig(
    steps=14,
    tokens_per_batch=TOKENS_PER_BATCH,
    learning_rate=5e-3,
    warmup_steps=3,
    average_decay=0.9,
    evaluate_every=5,
    save_every=4,
    seed=3,
)


def tiny_task(
    restraint: Restraint = RESTRAINT,
    tokens_per_batch: int = TOKENS_PER_BATCH,
    seed: int = 3,
) -> TranslationTask:
    return TranslationTask(
        PAIRS, HELD_OUT, SOURCE, TARGET, tokens_per_batch=tokens_per_batch, restraint=restraint, seed=seed
    )


def tiny_model(seed: int = 0, **shape: Any) -> EncoderDecoder:
    usual = {"d_model": 24, "n_heads": 3, "n_layers": 1, "d_ff": 40, "max_length": 60, "norm": "pre", "dropout": 0.2}
    config = TransformerConfig(len(TARGET), source_vocab_size=len(SOURCE), **(usual | shape))
    return EncoderDecoder(config, generator=torch.Generator().manual_seed(seed))


def tiny_run(
    folder: Path, *, resume: bool = False, report: Callable[[Progress], None] = lambda progress: None, **options: Any
) -> None:
    """A run with everything that is random: dropout in the model, in the spelling and in the source."""
    chosen = {"model": tiny_model(), "task": tiny_task(), "config": CONFIG, "train": train} | options
    chosen["train"](
        chosen["model"],
        chosen["task"],
        chosen["config"],
        folder,
        resume=resume,
        report=report,
        processes=Processes("cpu"),
    )


def logged(folder: Path) -> list[dict[str, float]]:
    """The lines of a run's log without the time that the steps took."""
    lines = [json.loads(line) for line in (folder / LOG).read_text(encoding="utf-8").splitlines()]
    assert all(line.pop("seconds") > 0 for line in lines)
    return lines


def results(folder: Path) -> dict[str, Any]:
    """All that a run leaves behind, to be compared."""
    tensors = {f"{name} {key}": t for name in (BEST, CHECKPOINT) for key, t in load_file(folder / name).items()}
    return {"log": logged(folder)} | tensors


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The names under which two runs differ, by a single bit or more."""
    assert one.keys() == other.keys()
    return [
        name
        for name, found in one.items()
        if not (torch.equal(found, other[name]) if isinstance(found, torch.Tensor) else found == other[name])
    ]


# --- runs that are killed ---------------------------------------------------------------------------------------------


def _kill_me() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _after_step_seven(folder: Path) -> None:
    tiny_run(folder, report=lambda progress: _kill_me() if progress.step == 7 else None)


def _in_the_second_checkpoint(folder: Path) -> None:
    """Half of the second checkpoint is on the disk."""
    replace, seen = Path.replace, []

    def half_written(part: Path, target: Path) -> Path:
        seen.extend([part] if target.name == CHECKPOINT else [])
        if len(seen) == 2:
            os.truncate(part, part.stat().st_size // 2)
            _kill_me()
        return replace(part, target)

    Path.replace = half_written  # type: ignore[method-assign]
    tiny_run(folder)


def _after_the_second_checkpoint(folder: Path) -> None:
    replace, seen = Path.replace, []

    def replaced(part: Path, target: Path) -> Path:
        found = replace(part, target)
        seen.extend([part] if target.name == CHECKPOINT else [])
        if len(seen) == 2:
            _kill_me()
        return found

    Path.replace = replaced  # type: ignore[method-assign]
    tiny_run(folder)


def _whenever_it_comes(folder: Path) -> None:
    """Slow enough to be killed from outside."""
    tiny_run(folder, report=lambda progress: time.sleep(0.02))


KILLED = {
    "after step 7": _after_step_seven,
    "half of the second checkpoint is written": _in_the_second_checkpoint,
    "just after the second checkpoint": _after_the_second_checkpoint,
    "from outside": _whenever_it_comes,
}


def _wait_and_kill(process: int, log: Path) -> None:
    """Kill a process as soon as its log has a checkpoint behind it and a step after that."""
    while not log.exists() or log.read_bytes().count(b"\n") <= CONFIG.save_every:
        time.sleep(0.001)
    os.kill(process, signal.SIGKILL)


def killed_runs(folder: Path) -> None:
    """Start each run in a process of its own, one after the other."""
    for name, run in KILLED.items():
        process = os.fork()  # this process has imported all, and computed nothing yet
        if process == 0:
            run(folder / name)
            os._exit(0)
        if name == "from outside":
            _wait_and_kill(process, folder / name / LOG)
        _, status = os.waitpid(process, 0)
        assert os.WIFSIGNALED(status), f"{name}: the run came to its end"
        assert os.WTERMSIG(status) == signal.SIGKILL


if __name__ == "__main__":
    torch.set_num_threads(1)
    killed_runs(Path(sys.argv[1]))
