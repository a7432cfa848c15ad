# @title First: attnlab. Does nothing where it is installed.
# The same cell in every notebook, written by tools/bootstrap.py.
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from importlib import metadata


def hold_what_is_here() -> str:
    """The path of a constraints file that keeps every installed package at the version it has."""
    held: dict[str, str] = {}
    for found in metadata.distributions():
        if re.fullmatch(r"[\d.]+((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[\w.]+)?", found.version or ""):
            held.setdefault(re.sub(r"[-_.]+", "-", found.name).lower(), found.version)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as constraints:
        constraints.write("".join(f"{name}=={version}\n" for name, version in held.items()))
    return constraints.name


def install_attnlab(wheel: str) -> None:
    """Install attnlab and only what is missing: nothing that is here is replaced."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--constraint", hold_what_is_here(), wheel]
    finished = subprocess.run(pip, capture_output=True, text=True)
    if finished.returncode != 0:
        raise RuntimeError(f"Installing attnlab from {wheel} failed:\n{finished.stderr}")
    importlib.invalidate_caches()


if importlib.util.find_spec("attnlab") is None:
    attnlab_wheel = os.environ.get("ATTNLAB_WHEEL", "WHEEL_ADDRESS")
    if "google.colab" not in sys.modules:
        raise ModuleNotFoundError(
            "attnlab is not installed for this kernel. In the folder that holds the book run `make lab`, "
            "or `python -m pip install .` with the Python of this kernel, and restart the kernel."
        )
    if not attnlab_wheel:
        raise ModuleNotFoundError(
            "This notebook does not say where attnlab comes from: the book it belongs to has no address yet. "
            "Its editor sets Repository in pyproject.toml and runs `make bootstrap`. Until then give the address "
            "of a wheel: run `%env ATTNLAB_WHEEL=...` in a cell above, then this cell again."
        )
    install_attnlab(attnlab_wheel)
