"""Install everything that building and testing needs into the Python that runs this file.

A PyTorch that is there already stays as it is: it is large, and the reader may have chosen its build with care.
"""

import argparse
import importlib.metadata
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TORCH_LINE = re.compile(r"^torch\s*[=<>~!]", re.IGNORECASE)


def split_requirements(text: str) -> tuple[str, str]:
    """The line that asks for PyTorch, and the file without it."""
    lines = text.splitlines(keepends=True)
    asking = [line for line in lines if TORCH_LINE.match(line)]
    if len(asking) != 1:
        raise SystemExit(f"requirements.txt names PyTorch {len(asking)} times; it has to name it once.")
    return asking[0].strip(), "".join(line for line in lines if line not in asking)


def installed_version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def pip_install(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, cwd=ROOT).returncode != 0:
        raise SystemExit(f"Installing stopped; see pip's words above. The command was: {' '.join(command)}")


def install_torch(asked: str, pinned: str, index: str) -> None:
    """Install ``asked``, or ``pinned`` where nothing is asked and no PyTorch is there."""
    there = installed_version("torch")
    if there and not asked:
        print(f"PyTorch {there} is installed and stays (requirements.txt names {pinned}).")
        return
    print(f"Installing {asked or pinned} ...", flush=True)
    pip_install(asked or pinned, *(["--index-url", index] if index else []))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--torch", default="", help="another requirement for PyTorch than the pinned one")
    parser.add_argument("--torch-index", default="", help="the index that PyTorch comes from")
    options = parser.parse_args()

    pinned, others = split_requirements((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    install_torch(options.torch, pinned, options.torch_index)
    print("Installing requirements.txt ...", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        rest = Path(folder) / "requirements.txt"
        rest.write_text(others, encoding="utf-8")
        pip_install("--quiet", "--requirement", str(rest))
    print("Installing attnlab: bundling the front end, making the word table ...", flush=True)
    # What the build needs is pinned in requirements.txt, so no second, isolated environment is filled for it.
    pip_install("--quiet", "--no-build-isolation", "--no-deps", "--editable", ".")


if __name__ == "__main__":
    main()
