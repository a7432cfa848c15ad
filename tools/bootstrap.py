"""Keep the bootstrap cell the same in every notebook.

``--check`` fails where a notebook lacks the cell or has another one; ``--write`` puts it right. The cell's text is
``bootstrap_cell.py``; the address of the wheel that Colab installs is derived from the repository's address.
"""

import argparse
import os
import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from notebook_files import NOTEBOOKS, ROOT, name_of, notebook_paths, read_notebook, tags, write_notebook

TEMPLATE = Path(__file__).with_name("bootstrap_cell.py")
TAG = "bootstrap"
# Not in the book; folded in JupyterLab and in Colab.
METADATA = {"tags": [TAG, "remove-cell"], "jupyter": {"source_hidden": True}, "cellView": "form"}
PLACEHOLDER_HOST = "example.invalid"


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def repository() -> str:
    """The repository's address: ``$ATTNLAB_REPOSITORY``, else what pyproject.toml says; empty for a placeholder."""
    address = os.environ.get("ATTNLAB_REPOSITORY") or project()["urls"]["Repository"]
    return "" if urlsplit(address).hostname == PLACEHOLDER_HOST else address


def wheel_address(address: str, version: str) -> str:
    """Where the publish workflow puts the wheel: beside the book, on the repository's Pages site."""
    if not address:
        return ""
    match = re.fullmatch(r"https://github\.com/([\w-]+)/([\w.-]+?)(\.git)?/?", address)
    if not match:
        raise SystemExit(f"The repository's address {address} is not of the form https://github.com/OWNER/NAME")
    owner, name = match[1].lower(), match[2]
    folder = "" if name.lower() == f"{owner}.github.io" else f"{name}/"
    return f"https://{owner}.github.io/{folder}attnlab-{version}-py3-none-any.whl"


def cell_source(address: str, version: str) -> str:
    template = TEMPLATE.read_text(encoding="utf-8").rstrip("\n")
    return template.replace("WHEEL_ADDRESS", wheel_address(address, version))


def bootstrap_cell(source: str) -> NotebookNode:
    return new_code_cell(source, id=TAG, metadata=METADATA)


def problem(notebook: NotebookNode, source: str) -> str | None:
    """What is wrong with the notebook's first code cell, if anything is."""
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not any(TAG in tags(cell) for cell in code_cells):
        return "has no bootstrap cell"
    if TAG not in tags(code_cells[0]):
        return "runs another cell before the bootstrap cell"
    if sum(TAG in tags(cell) for cell in code_cells) > 1:
        return "has more than one bootstrap cell"
    if code_cells[0].source != source or code_cells[0].metadata != METADATA:
        return "has a bootstrap cell that differs from tools/bootstrap_cell.py"
    return None


def put_right(notebook: NotebookNode, source: str) -> None:
    """Make the bootstrap cell the first code cell: where the old one was, else below the title."""
    before = [cell for cell in notebook.cells if TAG not in tags(cell)]
    title = 1 if before and before[0].cell_type == "markdown" else 0
    notebook.cells = [*before[:title], bootstrap_cell(source), *before[title:]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true", help="fail where the cell is missing or differs")
    action.add_argument("--write", action="store_true", help="put the cell right in every notebook")
    parser.add_argument("--notebooks", type=Path, default=NOTEBOOKS, help="the folder of the notebooks")
    options = parser.parse_args()

    source = cell_source(repository(), project()["version"])
    wrong = 0
    for path in notebook_paths(options.notebooks):
        notebook = read_notebook(path)
        found = problem(notebook, source)
        if found and options.write:
            put_right(notebook, source)
            write_notebook(notebook, path)
            print(f"{name_of(path)}: written")
        elif found:
            print(f"{name_of(path)} {found}. Run `make bootstrap`.", file=sys.stderr)
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
