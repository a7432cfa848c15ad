"""What two processes compute together, for the tests: ``torchrun --nproc-per-node 2 -m tests.two_processes FOLDER``."""

import dataclasses
import shutil
import sys
from pathlib import Path
from typing import Any

import torch

from attnlab.training import Processes, Progress, Restraint, loop, train
from attnlab.training.loop import BEST, CHECKPOINT, LOG
from tests.mutants import mutant
from tests.tiny_translator import CONFIG, logged, tiny_model, tiny_task

# In some steps the gradient is cut, in others not: otherwise AdamW would not notice how long it is.
TOGETHER = dataclasses.replace(CONFIG, steps=12, tokens_per_batch=30, clip_norm=2.5)

MISTAKES = {
    "the mean of the gradients, not their sum": ("training.step", "processes.world / batch.tokens", "1 / batch.tokens"),
    "each share has the same weight": (
        "training.step",
        "(total * (processes.world / batch.tokens))",
        "(total / (mine.answers != NOT_COUNTED).sum().clamp(min=1))",
    ),
    "the loss of one share": ("training.step", "processes.sum(float(total.detach()))", "float(total.detach())"),
    "all compute everything": ("training.step", "(processes.rank, processes.world)", "(0, 1)"),
    "nothing is shared": ("training.loop", "runner = team.shared(model)", "runner = model"),
}


def run_together(folder: Path, processes: Processes, library: Any = loop) -> None:
    """A run in float64 and without dropout in the model, so that it does not matter how many processes there are."""
    model = tiny_model(dropout=0.0).double()
    task = tiny_task(Restraint(spelling_dropout=0.2), tokens_per_batch=TOGETHER.tokens_per_batch)
    library.train(model, task, TOGETHER, folder, processes=processes)


def run_interrupted(folder: Path, processes: Processes) -> None:
    """A run with dropout, once to its end and once from a copy of its checkpoint of step 8."""

    def copy(progress: Progress) -> None:
        if progress.step == 9:
            (folder / "resumed").mkdir()
            for name in (BEST, CHECKPOINT, LOG):
                shutil.copy(folder / "whole" / name, folder / "resumed" / name)

    train(tiny_model(), tiny_task(), CONFIG, folder / "whole", report=copy, processes=processes)
    train(tiny_model(seed=9), tiny_task(), CONFIG, folder / "resumed", resume=True, processes=processes)
    assert len(logged(folder / "resumed")) == CONFIG.steps


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    with Processes("cpu") as processes:
        run_together(folder / "right", processes)
        for name, mistake in MISTAKES.items():
            run_together(folder / name, processes, mutant(("training.step", "training.loop"), *mistake))
        run_interrupted(folder, processes)
    assert not torch.distributed.is_initialized()
    (folder / f"process {processes.rank} of {processes.world} has finished").touch()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
