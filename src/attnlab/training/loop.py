"""The loop that trains a model: step after step, and from time to time score and save."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from attnlab.training.average import WeightAverage
from attnlab.training.batches import Batch
from attnlab.training.checkpoint import RunState, load_checkpoint, save_checkpoint, write_whole
from attnlab.training.config import TrainingConfig
from attnlab.training.log import RunLog
from attnlab.training.processes import Processes
from attnlab.training.step import adamw, training_step
from attnlab.training.task import Task
from attnlab.transformer import Transformer

CHECKPOINT, BEST, LOG = "checkpoint.safetensors", "best.safetensors", "log.jsonl"


@dataclass(frozen=True)
class Progress:
    """What a run tells after each step.

    Attributes:
        step: how many steps are done.
        loss: the loss of this step, in nats a token, label smoothing included.
        tokens: how many answers counted in this step.
        seconds: how long the step took.
        scores: by name, after a step that was followed by an evaluation; otherwise empty.
    """

    step: int
    loss: float
    tokens: int
    seconds: float
    scores: Mapping[str, float]


def train(
    model: nn.Module,
    task: Task,
    config: TrainingConfig,
    folder: Path,
    *,
    resume: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
    processes: Processes | None = None,
) -> Path:
    """Train a model and return the file of its best weights, in ``folder``.

    In the folder are afterwards ``best.safetensors`` (the weights of the best score), ``checkpoint.safetensors``
    (everything that a run needs to go on) and ``log.jsonl`` (number, loss, seconds and scores of each step).

    Args:
        model: gives scores ``(B, T, V)`` when called with the inputs of a batch. It is moved to the processes' device,
            and its weights are changed.
        task: where the batches come from, and how the model is scored.
        config: how it is trained.
        folder: where the run is kept.
        resume: go on from the checkpoint in the folder. The losses are those of a run that was never interrupted.
        report: is called after each step, in the first process alone.
        processes: those that share each batch, and their devices; see :class:`Processes`.

    Raises:
        FileNotFoundError: there is no checkpoint to go on from.
        FileExistsError: there is one, and the run would overwrite it.
        ValueError: the checkpoint belongs to another run, the loss is no longer a number, or an epoch has no batch.
        OSError: the disk is full. The last checkpoint and the best weights are still there.

    Source: Vaswani et al. (2017), section 5; Loshchilov and Hutter, *Decoupled Weight Decay Regularization* (2019).

    Example: after token 0 comes 1, after 1 comes 0. A table of scores learns that.

        >>> import tempfile
        >>> class Alternating:
        ...     score, higher_is_better = "right", True
        ...     def epoch(self, number):
        ...         return [Batch((torch.tensor([[0, 1]]),), answers=torch.tensor([[1, 0]]), tokens=2)]
        ...     def evaluate(self, model):
        ...         return {"right": float((model(torch.tensor([0, 1])).argmax(-1) == torch.tensor([1, 0])).sum())}
        >>> config = TrainingConfig(steps=40, tokens_per_batch=2, learning_rate=0.1, warmup_steps=0)
        >>> told, options = [], {"processes": Processes("cpu")}
        >>> table = nn.Embedding(2, 2, _weight=torch.zeros(2, 2))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     best = train(table, Alternating(), config, Path(folder), report=told.append, **options)
        >>> best.name
        'best.safetensors'
        >>> told[-1].step, told[-1].scores, told[-1].loss < told[0].loss
        (40, {'right': 2.0}, True)
    """
    with nullcontext(processes) if processes else Processes() as team, _random_numbers_as_before(team.device):
        model.to(team.device).train()
        state = RunState(model, adamw(model, config), WeightAverage(model, config.average_decay))
        run = _Run(folder, task, config, state, _described(model, task, config, team))
        run.start(resume)
        runner = team.shared(model)
        with run.log() if team.first else nullcontext() as log:
            for batch in _batches_to_come(task, state, config.steps):
                started = time.perf_counter()
                loss = training_step(runner, state, batch, config, team)
                if log is not None:
                    report(run.after_step(loss, batch, time.perf_counter() - started, log))
        team.wait()
    return folder / BEST


def _random_numbers_as_before(device: torch.device) -> AbstractContextManager[None]:
    """Dropout draws from torch's global numbers, which each step seeds; afterwards they are as they were."""
    return torch.random.fork_rng([device] if device.type == "cuda" else [])


def _described(model: nn.Module, task: Task, config: TrainingConfig, processes: Processes) -> dict[str, Any]:
    """All that makes a run what it is, by name: with anything else it could not go on as it began."""
    shapes = [part.config.to_dict() for part in model.modules() if isinstance(part, Transformer)]
    return {
        **config.to_dict(),
        "weights": sum(parameter.numel() for parameter in model.parameters()),
        "processes": processes.world,
        **{f"model.{name}": value for shape in shapes for name, value in shape.items()},
        **{f"task.{name}": value for name, value in getattr(task, "description", {}).items()},
    }


def _batches_to_come(task: Task, state: RunState, steps: int) -> Iterator[Batch]:
    """The batches after the one where the state is, epoch after epoch, as long as there are steps to do."""
    while state.step < steps:
        batches = task.epoch(state.epoch)
        if not batches:
            raise ValueError(f"epoch {state.epoch} has 0 batches, but {steps - state.step} steps are still to do")
        yield from batches[state.place : state.place + steps - state.step]
        if state.step < steps:
            state.epoch, state.place = state.epoch + 1, 0


@dataclass
class _Run:
    """A run and the folder in which it is kept: what the first process does besides computing."""

    folder: Path
    task: Task
    config: TrainingConfig
    state: RunState
    description: Mapping[str, Any]

    def start(self, resume: bool) -> None:
        """Load the checkpoint, or make sure that there is none."""
        checkpoint = self.folder / CHECKPOINT
        if resume:
            load_checkpoint(checkpoint, self.state, self.description)
        elif checkpoint.exists():
            raise FileExistsError(f"{checkpoint} is there already: go on from it (resume), or choose another folder")

    def log(self) -> RunLog:
        return RunLog(self.folder / LOG, self.state.step)

    def after_step(self, loss: float, batch: Batch, seconds: float, log: RunLog) -> Progress:
        """Score, write down and save what is due."""
        step, last = self.state.step, self.state.step == self.config.steps
        scores = self._evaluate() if last or step % self.config.evaluate_every == 0 else {}
        log.write({"step": step, "loss": loss, "seconds": round(seconds, 6), **scores})
        if last or step % self.config.save_every == 0:
            log.flush()
            save_checkpoint(self.folder / CHECKPOINT, self.state, self.description)
        return Progress(step, loss, batch.tokens, seconds, scores)

    def _evaluate(self) -> dict[str, float]:
        """The scores of the averaged weights, which are kept if they are the best so far."""
        state, best = self.state, self.state.best
        with state.average.in_place_of(state.model), torch.no_grad():
            scores = self.task.evaluate(state.model)
        score = scores[self.task.score]
        if best is None or (score > best if self.task.higher_is_better else score < best):
            state.best = score
            weights = {name: tensor.contiguous() for name, tensor in state.average.weights.items()}
            told = {name: f"{value:.6g}" for name, value in scores.items()}
            write_whole(self.folder / BEST, save(weights, metadata={"step": str(state.step), **told}))
        return scores
