"""Run every notebook as Colab would: with Colab's versions, from the built wheel, through the bootstrap cell.

A notebook passes when nothing raised, no package that was there has another version afterwards, and every widget came
as a live view of Colab's custom widget manager, and as that alone (which of two forms Colab would choose is not
documented). ``make colab-check`` calls this file.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from notebook_files import ROOT, name_of, notebook_paths, read_notebook, tags

REQUIREMENTS = Path(__file__).with_name("colab_requirements.txt")
STAND_IN = Path(__file__).with_name("colab_stand_in")
FOLDER = ROOT / "build" / "colab"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
CELL_SECONDS = 600
LIST_VERSIONS = """
import json
from importlib import metadata
print(json.dumps({found.name.lower(): found.version for found in metadata.distributions()}))
"""


def run(*command: str | Path) -> str:
    """The command's output; stops with its words if it fails."""
    finished = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True)
    if finished.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{finished.stdout}{finished.stderr}")
    return finished.stdout


def colab_python() -> Path:
    """The Python of an environment with Colab's versions, made once for each list of versions."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    environment = FOLDER / f"environment-{wanted}"
    ready = environment / "ready.json"
    python = environment / "bin" / "python"
    if not ready.exists():
        shutil.rmtree(environment, ignore_errors=True)
        print(f"Making an environment with Colab's versions in {environment.relative_to(ROOT)} ...", flush=True)
        run(sys.executable, "-m", "venv", environment)
        run(python, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS)
        ready.write_text(json.dumps(versions(python), indent=1))
    return python


def build_wheel() -> Path:
    """The wheel of the working tree."""
    folder = FOLDER / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
    return next(folder.glob("attnlab-*.whl"))


def versions(python: Path) -> dict[str, str]:
    """Every installed package with its version."""
    return json.loads(run(python, "-I", "-c", LIST_VERSIONS))


def changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The packages that were there before and are now another version, or gone."""
    return [
        f"{name} {version} became {after.get(name, 'nothing')}"
        for name, version in before.items()
        if after.get(name) != version
    ]


def restore(python: Path, before: dict[str, str]) -> None:
    """Take the environment back to what it was."""
    after = versions(python)
    added = sorted(set(after) - set(before))
    if added:
        run(python, "-m", "pip", "uninstall", "--quiet", "--yes", *added)
    changed = [f"{name}=={version}" for name, version in before.items() if after.get(name) != version]
    if changed:
        run(python, "-m", "pip", "install", "--quiet", "--no-deps", *changed)


def output_problems(number: int, output: NotebookNode) -> list[str]:
    """What is wrong with one output of the cell of this number."""
    if output.output_type == "error":  # an object that fails to show itself raises nothing: it only prints this
        return [f"cell {number} shows an error: {output.ename}: {output.evalue}"]
    data = output.get("data", {})
    if WIDGET_VIEW not in data:
        return [f"cell {number} shows a widget as HTML only"] if "<attn-widget" in data.get("text/html", "") else []
    problems = []
    if "text/html" in data:
        problems.append(f"cell {number} shows a widget both as a live view and as HTML")
    if "colab" not in output.metadata.get(WIDGET_VIEW, {}):
        problems.append(f"cell {number} shows a widget without Colab's custom widget manager")
    return problems


def display_problems(notebook: NotebookNode) -> list[str]:
    """What is wrong with the outputs of the notebook."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    problems = [
        problem
        for number, cell in enumerate(cells, start=1)
        if "raises-exception" not in tags(cell)
        for output in cell.outputs
        for problem in output_problems(number, output)
    ]
    views = [output for cell in cells for output in cell.outputs if WIDGET_VIEW in output.get("data", {})]
    if not views and any("attnlab.widgets" in cell.source for cell in cells):
        problems.append("the notebook imports attnlab.widgets and shows no widget")
    return problems


def kernel(python: Path, wheel: Path, folder: Path) -> AsyncKernelManager:
    """A kernel of Colab's environment in which Colab's own module is loaded, as it is there."""
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "colab.py").write_text("import google.colab.output\n")
    specification = {
        "argv": [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Colab",
        "language": "python",
        "env": {
            "ATTNLAB_WHEEL": str(wheel),
            "IPYTHONDIR": str(folder / "ipython"),
            "PYTHONPATH": str(STAND_IN),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # an old debugger's warning, at each start
        },
    }
    (folder / "kernels" / "colab").mkdir(parents=True)
    (folder / "kernels" / "colab" / "kernel.json").write_text(json.dumps(specification))
    known = KernelSpecManager(kernel_dirs=[str(folder / "kernels")], ensure_native_kernel=False)
    return AsyncKernelManager(kernel_name="colab", kernel_spec_manager=known)


def check(path: Path, python: Path, wheel: Path) -> list[str]:
    """Everything that is wrong with the notebook at ``path`` in Colab's environment, which is left as it was."""
    notebook = read_notebook(path)
    before = versions(python)
    problems = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(path, folder)
        client = NotebookClient(
            notebook,
            km=kernel(python, wheel, folder),
            timeout=CELL_SECONDS,
            resources={"metadata": {"path": str(folder)}},
        )
        with contextlib.suppress(CellExecutionError):  # the notebook holds the error too
            client.execute(cleanup_kc=True)
    after = versions(python)
    if "attnlab" in before or "attnlab" not in after:
        problems.append("attnlab was not installed by the bootstrap cell")
    problems += [f"a package was replaced: {change}" for change in changes(before, after)]
    problems += display_problems(notebook)
    restore(python, before)
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="these notebooks only")
    options = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")

    python, wheel = colab_python(), build_wheel()
    wrong = 0
    for path in options.notebooks or notebook_paths():
        problems = check(path, python, wheel)
        print(f"{name_of(path.resolve())}: {'runs as in Colab' if not problems else 'does not run as in Colab'}")
        for problem in problems:
            print(f"  {problem}", file=sys.stderr)
        wrong += bool(problems)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
