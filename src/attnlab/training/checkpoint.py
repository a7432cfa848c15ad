"""A run on the disk: everything it needs to go on as if it had never stopped.

Random numbers need no saving: each step draws its own from the seed and its number. Nor do the batches: an epoch is the
same whenever it is asked for, so its number and how many of its batches are done will do.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from attnlab.training.average import WeightAverage

REMEMBERED = ("step", "exp_avg", "exp_avg_sq")  # what AdamW keeps of each weight


@dataclass
class RunState:
    """What changes while a model is trained.

    Attributes:
        model: whose weights are learned.
        optimizer: AdamW, with what it remembers of each weight.
        average: the running average of the weights.
        step: how many steps are done.
        epoch: which epoch the next batch is of, counted from 0.
        place: how many batches of this epoch are done.
        best: the best score so far; None before the first.
    """

    model: nn.Module
    optimizer: torch.optim.AdamW
    average: WeightAverage
    step: int = 0
    epoch: int = 0
    place: int = 0
    best: float | None = None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that its name holds the old content or the new one, whatever happens meanwhile.

    Raises:
        OSError: the disk is full, or may not be written to. The old file is still there.

    Example:

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_whole(Path(folder, "new", "note.txt"), b"kept")
        ...     Path(folder, "new", "note.txt").read_bytes()
        b'kept'
    """
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as problem:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        kept = "the old one is still there" if path.exists() else "there was none before"
        message = f"{path} was not saved, {kept}: {len(content)} bytes to write, {problem.strerror}"
        raise OSError(problem.errno, message) from problem


def save_checkpoint(path: Path, state: RunState, description: Mapping[str, Any]) -> None:
    """Write the state of a run. ``description`` says which run it is, and must be the same to go on.

    Raises:
        OSError: it could not be written; the old checkpoint is still there.

    Example: a run of 3 steps, saved, and loaded into another state that was made alike.

        >>> import tempfile
        >>> def fresh() -> RunState:
        ...     model = nn.Linear(2, 1)
        ...     return RunState(model, torch.optim.AdamW(model.parameters()), WeightAverage(model, decay=0.9))
        >>> state, other = fresh(), fresh()
        >>> state.step = 3
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_checkpoint(Path(folder, "run"), state, {"seed": 1})
        ...     load_checkpoint(Path(folder, "run"), other, {"seed": 1})
        >>> other.step, torch.equal(other.model.weight, state.model.weight)
        (3, True)
    """
    place = {"step": state.step, "epoch": state.epoch, "place": state.place, "best": state.best}
    metadata = {"state": json.dumps(place), "run": json.dumps(description, sort_keys=True)}
    write_whole(path, save(_weights(state) | _memory(state), metadata=metadata))


def load_checkpoint(path: Path, state: RunState, description: Mapping[str, Any]) -> None:
    """Put the state of a run back into a model, an optimizer and an average that were made alike.

    If that cannot be, nothing is changed.

    Raises:
        FileNotFoundError: there is no checkpoint.
        ValueError: the file is something else, or the checkpoint of another run; the message tells what differs.

    Example: see :func:`save_checkpoint`. Another run is refused.

        >>> import tempfile
        >>> model = nn.Linear(2, 1)
        >>> state = RunState(model, torch.optim.AdamW(model.parameters()), WeightAverage(model, decay=0.9))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_checkpoint(Path(folder, "run"), state, {"seed": 1})
        ...     load_checkpoint(Path(folder, "run"), state, {"seed": 2})
        Traceback (most recent call last):
        ValueError: ...run belongs to another run: seed was 1, now 2
    """
    place, run, tensors = _read(path)
    _check_same_run(path, run, json.loads(json.dumps(description)))
    _check_same_tensors(path, tensors, state)
    with torch.no_grad():
        for name, tensor in _weights(state).items():
            tensor.copy_(tensors[name])
    for name, parameter in state.model.named_parameters():
        # Also the count of steps lies where the weight does: so AdamW's fused kernels want it.
        kept = {key: tensors.get(f"optimizer.{key}.{name}") for key in REMEMBERED}
        state.optimizer.state[parameter] = {
            key: tensor.to(parameter.device, copy=True) for key, tensor in kept.items() if tensor is not None
        }
    state.step, state.epoch, state.place, state.best = (place[key] for key in ("step", "epoch", "place", "best"))


def _weights(state: RunState) -> dict[str, Tensor]:
    """The weights of the last step and their average by name, not copied."""
    found = {f"model.{name}": parameter.data for name, parameter in state.model.named_parameters()}
    return found | {f"average.{name}": tensor for name, tensor in state.average.weights.items()}


def _memory(state: RunState) -> dict[str, Tensor]:
    """What the optimizer remembers, by name; nothing of a weight that never had a gradient."""
    return {
        f"optimizer.{key}.{name}": tensor
        for name, parameter in state.model.named_parameters()
        for key, tensor in state.optimizer.state.get(parameter, {}).items()
    }


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Tensor]]:
    """Where the run of a file stands, which run it is, and its tensors."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint {path} to go on from")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dictionary
    except SafetensorError as problem:
        raise ValueError(f"{path} holds {path.stat().st_size} bytes that are no checkpoint ({problem})") from problem
    if not {"state", "run"} <= metadata.keys():
        raise ValueError(f"{path} holds {len(tensors)} tensors but no run: it tells {sorted(metadata)}, not state, run")
    return json.loads(metadata["state"]), json.loads(metadata["run"]), tensors


def _check_same_run(path: Path, saved: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    different = [
        f"{name} was {saved.get(name)!r}, now {wanted.get(name)!r}"
        for name in sorted({*saved, *wanted})
        if saved.get(name) != wanted.get(name)
    ]
    if different:
        raise ValueError(f"{path} belongs to another run: {'; '.join(different)}")


def _check_same_tensors(path: Path, saved: Mapping[str, Tensor], state: RunState) -> None:
    """Raise an error unless all weights are there, nothing else is, and each has its shape and type."""
    weights = {name: _kind(tensor) for name, tensor in _weights(state).items()}
    memory = {
        f"optimizer.{key}.{name}": _kind(torch.zeros(())) if key == "step" else _kind(parameter)
        for name, parameter in state.model.named_parameters()
        for key in REMEMBERED
    }
    missing, extra = sorted(weights.keys() - saved.keys()), sorted(saved.keys() - (weights | memory).keys())
    if missing or extra:
        raise ValueError(f"{path}: {len(missing)} tensors are missing {missing[:3]}, {len(extra)} too many {extra[:3]}")
    for name, tensor in saved.items():
        if _kind(tensor) != (weights | memory)[name]:
            raise ValueError(f"{path}: {name} is {_kind(tensor)}, not {(weights | memory)[name]}")


def _kind(tensor: Tensor) -> str:
    return f"{tensor.dtype} {tuple(tensor.shape)}"
