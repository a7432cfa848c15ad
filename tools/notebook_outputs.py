"""Keep outputs out of the notebooks in git, except the text that the tests compare.

A cell marked ``# NBVAL_CHECK_OUTPUT`` keeps its text output, because a test compares it with a fresh run. Every other
output is made when the book is built. ``--check`` fails where something else is stored; ``--write`` strips it.
"""

import argparse
import sys
from pathlib import Path

from nbformat import NotebookNode

from notebook_files import NOTEBOOKS, name_of, notebook_paths, read_notebook, tags, write_notebook

MARK = "# NBVAL_CHECK_OUTPUT"
MARK_TAG = "nbval-check-output"
COUNT = 1  # of every cell that keeps an output: without a count the test takes it for a cell that never ran


def is_checked(cell: NotebookNode) -> bool:
    return MARK in cell.source or MARK_TAG in tags(cell)


def text_only(output: NotebookNode) -> NotebookNode | None:
    """The output with its text alone; nothing where it has none."""
    if output.output_type == "stream":
        return output
    text = output.get("data", {}).get("text/plain")
    if text is None or "application/vnd.jupyter.widget-view+json" in output.data:
        return None
    kept = NotebookNode(output, data=NotebookNode({"text/plain": text}), metadata=NotebookNode())
    if "execution_count" in kept:
        kept.execution_count = COUNT
    return kept


def stripped(cell: NotebookNode) -> NotebookNode:
    """The cell as it belongs in git."""
    if cell.cell_type != "code":
        return cell
    outputs = [text_only(output) for output in cell.outputs] if is_checked(cell) else []
    kept = [output for output in outputs if output]
    return NotebookNode(cell, execution_count=COUNT if kept else None, outputs=kept)


def problems(notebook: NotebookNode) -> list[str]:
    """What is stored and should not be, and what a test wants to compare and is not there."""
    found = []
    for number, cell in enumerate(notebook.cells):
        if cell != stripped(cell):
            found.append(f"cell {number} stores an output or a count that does not belong in git")
        if cell.cell_type == "code" and is_checked(cell) and not stripped(cell).outputs:
            found.append(f"cell {number} is marked {MARK} but stores no text to compare")
    if "widgets" in notebook.metadata:
        found.append("the notebook stores the state of its widgets")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true", help="fail where a notebook stores what it should not")
    action.add_argument("--write", action="store_true", help="strip what does not belong in git")
    parser.add_argument("--notebooks", type=Path, default=NOTEBOOKS, help="the folder of the notebooks")
    options = parser.parse_args()

    wrong = 0
    for path in notebook_paths(options.notebooks):
        notebook = read_notebook(path)
        if options.write and problems(notebook):
            notebook.cells = [stripped(cell) for cell in notebook.cells]
            notebook.metadata.pop("widgets", None)
            write_notebook(notebook, path)
        for found in problems(notebook):
            print(f"{name_of(path)}: {found}. Run `make format`.", file=sys.stderr)
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
