"""What a run writes down of each step: one line of JSON."""

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from attnlab.training.checkpoint import write_whole


class RunLog:
    """The file with a line for each step, open as long as the run lasts.

    Each line is handed to the system at once, so that nothing is lost when the process is killed.

    Args:
        path: of the file. Lines of earlier steps stay in it.
        step: how many steps are done. Lines of later ones, which will be done again, go, and so does one that was cut
            off.

    Raises:
        OSError: the file could not be written.

    Example: two steps, of which the second is done again.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "log.jsonl")
        ...     with RunLog(path, step=0) as log:
        ...         log.write({"step": 1, "loss": 5.5})
        ...         log.write({"step": 2, "loss": 4.0})
        ...     with RunLog(path, step=1) as log:
        ...         log.write({"step": 2, "loss": 4.5})
        ...     print(path.read_text())
        {"step": 1, "loss": 5.5}
        {"step": 2, "loss": 4.5}
    """

    def __init__(self, path: Path, step: int) -> None:
        self.path = path
        write_whole(path, "".join(f"{line}\n" for line in _lines_up_to(path, step)).encode())
        self._file = path.open("ab", buffering=0)

    def write(self, entry: Mapping[str, Any]) -> None:
        """Add a line. Raises OSError if it could not be written."""
        line = (json.dumps(entry) + "\n").encode()
        try:
            written = self._file.write(line)
        except OSError as problem:
            message = f"{self.path}: a line of {len(line)} bytes was not written, {problem.strerror}"
            raise OSError(problem.errno, message) from problem
        if written != len(line):  # what a full disk does first
            raise OSError(errno.ENOSPC, f"{self.path}: {written} of {len(line)} bytes of a line were written")

    def flush(self) -> None:
        """Have all lines on the disk, where they outlive the machine's power too."""
        os.fsync(self._file.fileno())

    def __enter__(self) -> "RunLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _lines_up_to(path: Path, step: int) -> list[str]:
    """The lines of a log up to a step; none if there is no log."""
    kept: list[str] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []:
        try:
            if json.loads(line)["step"] > step:
                break
        except (ValueError, TypeError, KeyError):
            break
        kept.append(line)
    return kept
