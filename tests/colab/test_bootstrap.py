"""The check that the bootstrap cell is the same in every notebook catches each way in which it can differ."""

import subprocess
import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import bootstrap
from notebook_files import read_notebook, write_notebook

SOURCE = "print('the cell')"


def cells(*sources: str | None):
    """A notebook with a title and these code cells; None stands for the bootstrap cell."""
    made = [bootstrap.bootstrap_cell(SOURCE) if source is None else new_code_cell(source) for source in sources]
    for number, cell in enumerate(made[1:]):
        cell.id = f"cell-{number}"
    return new_notebook(cells=[new_markdown_cell("# Title"), *made])


def changed(key: str, value: object):
    """A notebook whose bootstrap cell differs in one thing."""
    notebook = cells(None)
    notebook.cells[1][key] = value
    return notebook


def test_the_right_cell_passes():
    assert bootstrap.problem(cells(None, "1 + 1"), SOURCE) is None


@pytest.mark.parametrize(
    ("notebook", "caught"),
    [
        (cells("1 + 1"), "has no bootstrap cell"),
        (cells("1 + 1", None), "runs another cell before"),
        (cells(None, None), "more than one"),
        (changed("source", SOURCE + " "), "differs"),
        (changed("metadata", {"tags": ["bootstrap"]}), "differs"),
    ],
)
def test_a_wrong_cell_is_caught_and_put_right(notebook, caught):
    assert caught in bootstrap.problem(notebook, SOURCE)
    bootstrap.put_right(notebook, SOURCE)
    assert bootstrap.problem(notebook, SOURCE) is None
    assert notebook.cells[0].source == "# Title"


def run_tool(action: str, folder: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, bootstrap.__file__, action, "--notebooks", str(folder)]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_command_fails_names_the_notebook_and_writes_once(tmp_path):
    path = tmp_path / "planted.ipynb"
    write_notebook(cells("1 + 1"), path)
    failed = run_tool("--check", tmp_path)
    assert failed.returncode == 1
    assert "planted.ipynb has no bootstrap cell. Run `make bootstrap`." in failed.stderr
    assert run_tool("--write", tmp_path).stdout == "planted.ipynb: written\n"
    assert run_tool("--check", tmp_path).returncode == 0
    written = path.read_bytes()
    assert run_tool("--write", tmp_path).stdout == ""
    assert path.read_bytes() == written
    assert read_notebook(path).cells[2].source == "1 + 1"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://github.com/Some-One/book", "https://some-one.github.io/book/attnlab-1.2-py3-none-any.whl"),
        ("https://github.com/someone/book.git", "https://someone.github.io/book/attnlab-1.2-py3-none-any.whl"),
        ("https://github.com/someone/someone.github.io", "https://someone.github.io/attnlab-1.2-py3-none-any.whl"),
        ("", ""),
    ],
)
def test_the_wheel_lies_on_the_pages_site(address, expected):
    assert bootstrap.wheel_address(address, "1.2") == expected


def test_an_address_that_is_not_of_github_is_refused():
    with pytest.raises(SystemExit, match=r"https://codeberg\.example/a/b is not of the form"):
        bootstrap.wheel_address("https://codeberg.example/a/b", "1.2")


def test_a_placeholder_is_no_address(monkeypatch):
    monkeypatch.setenv("ATTNLAB_REPOSITORY", "https://example.invalid/attention-lab")
    assert bootstrap.repository() == ""
    monkeypatch.setenv("ATTNLAB_REPOSITORY", "https://github.com/someone/book")
    assert bootstrap.repository() == "https://github.com/someone/book"
