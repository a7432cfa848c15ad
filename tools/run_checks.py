"""Run everything that CI checks, one named check after another, and end with a table of results.

Every check runs even when an earlier one failed, so that one run tells all there is to mend. ``make test`` calls this
file; with names it runs only those: ``make test CHECKS="ruff mypy"``.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FRONT_END = ROOT / "src" / "widgets"
SCRIPTS = Path(sys.executable).parent  # where the environment keeps ruff, npm and the rest


@dataclass(frozen=True)
class Check:
    name: str
    command: tuple[str, ...]
    folder: Path = ROOT


@dataclass(frozen=True)
class Result:
    name: str
    passed: bool
    seconds: float


def python(name: str, *arguments: str) -> Check:
    return Check(name, (sys.executable, *arguments))


def pytest(name: str, *arguments: str) -> Check:
    return python(name, "-m", "pytest", "--quiet", *arguments)


def npm(name: str, script: str) -> Check:
    return Check(name, ("npm", "run", "--silent", script), FRONT_END)


# A browser on a busy machine can miss a moment: a test that fails gets one more chance. A mistake fails both times.
RETRY = ("--reruns", "1")
NBVAL = ("--nbval-lax", "--nbval-current-env", "--nbval-sanitize-with", "tests/notebooks/sanitize.cfg")

CHECKS = (
    python("ruff", "-m", "ruff", "check", "."),
    python("ruff-format", "-m", "ruff", "format", "--check", "."),
    python("mypy", "-m", "mypy"),
    python("bootstrap", "tools/bootstrap.py", "--check"),
    python("outputs", "tools/notebook_outputs.py", "--check"),
    npm("tsc", "typecheck"),
    npm("eslint", "lint"),
    npm("prettier", "format:check"),
    npm("vitest", "test"),
    pytest("unit", "src/attnlab", "tests/unit"),
    pytest("tools", "tests/tools"),
    pytest("parity", "tests/parity"),
    pytest("notebooks", *NBVAL, "notebooks"),
    pytest("notebooks-can-fail", "tests/notebooks"),
    pytest("book", "tests/book"),
    pytest("browser", *RETRY, "tests/browser", "--ignore=tests/browser/test_jupyterlab.py"),
    pytest("jupyterlab", *RETRY, "tests/browser/test_jupyterlab.py"),
    pytest("bench-can-fail", "tests/bench"),
    python("colab", "tools/colab_check.py"),
    pytest("colab-can-fail", "tests/colab"),
)


def environment() -> dict[str, str]:
    """This process's environment, with the project's own tools first and patient torch threads."""
    patient = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
    path = os.pathsep.join([str(SCRIPTS), os.environ.get("PATH", "")])
    return {**patient, **os.environ, "PATH": path}


def run(check: Check) -> Result:
    print(f"\n=== {check.name}: {' '.join(check.command)}", flush=True)
    started = time.monotonic()
    finished = subprocess.run(check.command, cwd=check.folder, env=environment(), stdin=subprocess.DEVNULL)
    return Result(check.name, finished.returncode == 0, time.monotonic() - started)


def chosen(names: list[str]) -> list[Check]:
    """The checks of these names; all of them where none is named."""
    unknown = set(names) - {check.name for check in CHECKS}
    if unknown:
        known = ", ".join(check.name for check in CHECKS)
        raise SystemExit(f"No check is named {', '.join(sorted(unknown))}. There are: {known}")
    return [check for check in CHECKS if not names or check.name in names]


def summary(results: list[Result]) -> str:
    """A line for every check, and a last line that counts them."""
    lines = [f"{'passed' if result.passed else 'FAILED'}  {result.seconds:6.1f} s  {result.name}" for result in results]
    passed = sum(result.passed for result in results)
    return "\n".join([*lines, f"{passed} passed, {len(results) - passed} failed"])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="run only these checks")
    parser.add_argument("--list", action="store_true", help="list the checks and run none")
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(check.name for check in CHECKS))
        return 0

    results = [run(check) for check in chosen(options.names)]
    print(f"\n=== summary\n{summary(results)}")
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
