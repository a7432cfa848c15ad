"""One model trained by several processes, each on its share of every batch."""

import os
from datetime import timedelta
from types import TracebackType

import torch
import torch.distributed
from torch import nn
from torch.nn.parallel import DistributedDataParallel

PATIENCE = timedelta(hours=2)  # how long the others wait while the first one scores the model


class Processes:
    """The processes that train together: one, unless ``torchrun`` started several.

    Use it in a ``with`` block: at its end the processes say goodbye to each other.

    Args:
        device: where this one computes, as torch names it. Unless given, its own GPU if there is one, else the CPU.

    Attributes:
        rank: which of them this is, counted from 0.
        world: how many there are.
        device: where this one computes.

    Raises:
        ValueError: there are more processes on this machine than GPUs.

    Source: Li et al., *PyTorch Distributed: Experiences on Accelerating Data Parallel Training* (2020).

    Example:

        >>> with Processes("cpu") as processes:
        ...     processes.world, processes.first, processes.device
        (1, True, device(type='cpu'))
    """

    def __init__(self, device: str | None = None) -> None:
        self.rank = int(os.environ.get("RANK", "0"))
        self.world = int(os.environ.get("WORLD_SIZE", "1"))
        self.device = _device(device)
        self._opened = self.world > 1 and not torch.distributed.is_initialized()
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
        if self._opened:
            torch.distributed.init_process_group("nccl" if self.device.type == "cuda" else "gloo", timeout=PATIENCE)

    @property
    def first(self) -> bool:
        """Whether this process is the one that scores, reports and saves."""
        return self.rank == 0

    def shared(self, model: nn.Module) -> nn.Module:
        """Return the model as all processes train it: after each backward pass, all have the mean of the gradients."""
        return DistributedDataParallel(model) if self.world > 1 else model

    def sum(self, number: float) -> float:
        """Return the sum of a number over all processes."""
        if self.world == 1:
            return number
        total = torch.tensor(number, dtype=torch.float64, device=self.device)
        torch.distributed.all_reduce(total)
        return float(total)

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.world > 1:
            torch.distributed.barrier()

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened and kind is None:  # one that failed must not wait for the others: torchrun ends them
            torch.distributed.destroy_process_group()
            self._opened = False


def _device(name: str | None) -> torch.device:
    """The device of this process: of several GPUs, the one with its number among the processes of this machine."""
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    name = name or ("cuda" if gpus else "cpu")
    if name != "cuda":
        return torch.device(name)
    neighbors = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if neighbors > gpus:
        raise ValueError(f"{neighbors} processes on a machine with {gpus} GPUs: start at most {gpus}, or name the cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
