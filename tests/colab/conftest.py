"""Small wheels made on the spot, and notebooks that hold a bootstrap cell and one more."""

import base64
import hashlib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import bootstrap
import colab_check
from notebook_files import write_notebook

MakeWheel = Callable[..., Path]
MakeNotebook = Callable[..., Path]


@pytest.fixture
def make_wheel(tmp_path: Path) -> MakeWheel:
    """A function that makes a wheel with one empty module."""

    def make(name: str, version: str, requires: str = "") -> Path:
        folder = tmp_path / "wheels"
        folder.mkdir(exist_ok=True)
        information = f"{name}-{version}.dist-info"
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        files = {
            f"{name}.py": "",
            f"{information}/METADATA": "\n".join(lines + ([f"Requires-Dist: {requires}"] if requires else [])) + "\n",
            f"{information}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = ""
        for path, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(text.encode())}\n"
        files[f"{information}/RECORD"] = f"{record}{information}/RECORD,,\n"
        wheel = folder / f"{name}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, text in files.items():
                archive.writestr(path, text)
        return wheel

    return make


@pytest.fixture
def make_notebook(tmp_path: Path) -> MakeNotebook:
    """A function that makes a notebook of the bootstrap cell (or another in its place) and one cell more."""

    def make(code: str, first: str | None = None) -> Path:
        source = bootstrap.cell_source("", "0") if first is None else first
        path = tmp_path / "planted.ipynb"
        cells = [new_markdown_cell("# Planted"), bootstrap.bootstrap_cell(source), new_code_cell(code)]
        write_notebook(new_notebook(cells=cells), path)
        return path

    return make


@pytest.fixture(scope="session")
def colab_environment() -> Path:
    """The Python of the environment with Colab's versions (made by the first run, which takes a minute or two)."""
    return colab_check.colab_python()


@pytest.fixture
def colab(colab_environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """That Python, in which pip finds the wheels made on the spot and nothing else; left as it was."""
    before = colab_check.versions(colab_environment)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    yield colab_environment
    colab_check.restore(colab_environment, before)
