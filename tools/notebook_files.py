"""Find, read and write the book's notebooks: what every tool that touches them shares."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"


def notebook_paths(folder: Path = NOTEBOOKS) -> list[Path]:
    """Every notebook below ``folder``, in a fixed order, without Jupyter's own copies."""
    return sorted(path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


def read_notebook(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write as Jupyter writes, so that opening and saving a notebook changes nothing."""
    nbformat.validate(notebook)
    path.write_text(nbformat.writes(notebook, indent=1) + "\n", encoding="utf-8")


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def name_of(path: Path) -> str:
    """The path as a reader of a message wants it: below the project where it is there."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
