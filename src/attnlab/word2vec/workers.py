"""Processes that share memory."""

import mmap
import multiprocessing as mp
import signal
import sys
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


def shared_array(shape: tuple[int, ...], kind: type[Any]) -> NDArray[Any]:
    """Return zeros in memory that this process shares with those that it forks.

    Example:

        >>> shared_array((2, 3), np.float32).sum()
        np.float32(0.0)
    """
    size = int(np.prod(shape))
    memory = mmap.mmap(-1, max(1, size * np.dtype(kind).itemsize))
    return np.frombuffer(memory, dtype=kind, count=size).reshape(shape)


def can_fork() -> bool:
    """Return whether other processes can take part: on Linux, unless this one is itself a helper of another.

    Example:

        >>> can_fork() <= (sys.platform == "linux")
        True
    """
    return sys.platform == "linux" and not mp.current_process().daemon


class WorkerError(RuntimeError):
    """One of several processes failed, or is gone."""


class Helpers:
    """Processes that work beside this one. Leaving the block waits for them, or stops them if this one failed.

    Example: two helpers leave a mark in memory that all share.

        >>> marks = shared_array((3,), np.int64)
        >>> with Helpers(marks.__setitem__, [(1, 10), (2, 20)]):
        ...     marks[0] = 5
        >>> marks.tolist()
        [5, 10, 20]
    """

    def __init__(self, work: Callable[..., object], arguments: list[tuple[Any, ...]]) -> None:
        self.processes: list[BaseProcess] = [
            mp.get_context("fork").Process(target=self._run, args=(work, given), daemon=True) for given in arguments
        ]

    def _run(self, work: Callable[..., object], given: tuple[Any, ...]) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted too, and stops its helpers
        torch.set_num_threads(1)
        work(*given)

    def check(self) -> None:
        """WorkerError if a helper has failed."""
        for process in self.processes:
            if process.exitcode not in (None, 0):
                raise WorkerError(f"a process of this training has failed with exit code {process.exitcode}")

    def __enter__(self) -> "Helpers":
        for process in self.processes:
            process.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for process in self.processes:
            if kind is not None:
                process.terminate()
            process.join()
        if kind is None:
            self.check()
