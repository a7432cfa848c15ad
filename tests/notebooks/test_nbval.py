"""The run of all notebooks can fail: on a cell that raises, and on a stored output that is not what the cell prints."""

import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

import notebook_outputs
import run_checks
from notebook_files import ROOT, write_notebook

pytestmark = pytest.mark.kernel


FAILS_TO_SHOW = """
class Planted:
    def _repr_html_(self):
        raise ValueError("planted")
Planted()
"""


def run_nbval(folder: Path, code: str, stored: str = "") -> subprocess.CompletedProcess:
    """Run a notebook of one cell with the very options that the notebooks of the book are run with."""
    outputs = [new_output("stream", name="stdout", text=stored)] if stored else []
    path = folder / "planted.ipynb"
    cell = new_code_cell(code, outputs=outputs, execution_count=notebook_outputs.COUNT if stored else None)
    write_notebook(new_notebook(cells=[cell]), path)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *run_checks.NBVAL, str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("code", "stored", "expected"),
    [
        ("# NBVAL_CHECK_OUTPUT\nprint('0.62')", "0.62\n", 0),
        ("# NBVAL_CHECK_OUTPUT\nprint('0.62')", "0.63\n", 1),
        ("# NBVAL_CHECK_OUTPUT\nprint('took 12 ms')", "took 7.5 ms\n", 0),
        ("print('not compared')", "something else\n", 0),
        ("raise ValueError('planted')", "", 1),
        (FAILS_TO_SHOW, "", 1),
    ],
)
def test_a_wrong_stored_output_and_an_error_are_caught(tmp_path, code, stored, expected):
    finished = run_nbval(tmp_path, code, stored)
    assert finished.returncode == expected, finished.stdout
    counted = "1 failed" if expected else "1 passed"
    assert counted in finished.stdout
