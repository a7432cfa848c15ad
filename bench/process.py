"""What is measured outside a browser: imports, and the build of the book."""

import shutil
import subprocess
import sys
import time
from statistics import median

from bench import ROOT

TIME_IMPORT = """
import time, torch
started = time.perf_counter()
import {module}
print(time.perf_counter() - started)
"""


def seconds_to_import(module: str, runs: int) -> float:
    """The median time of ``import module`` in a new process that has imported torch already."""
    command = [sys.executable, "-c", TIME_IMPORT.format(module=module)]
    return median(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(runs)
    )


def seconds_to_build() -> float:
    """How long the book takes to build from what is there."""
    started = time.perf_counter()
    finished = subprocess.run([sys.executable, "tools/build_book.py"], cwd=ROOT, capture_output=True, text=True)
    if finished.returncode != 0:
        raise SystemExit(f"The book was not built:\n{finished.stdout}{finished.stderr}")
    return time.perf_counter() - started


def book_builds() -> tuple[float, float]:
    """Seconds of a build with no page and no executed notebook to start from, and of one where nothing has changed."""
    shutil.rmtree(ROOT / "build" / "book", ignore_errors=True)
    return seconds_to_build(), seconds_to_build()
