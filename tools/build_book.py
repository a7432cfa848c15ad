"""Build the HTML book, strictly, and say where it is; ``serve`` shows it on this machine.

    python tools/build_book.py            build what changed
    python tools/build_book.py serve      serve what was built, on 127.0.0.1 only

ATTNLAB_LANG chooses the language (en, zh), ATTNLAB_REPOSITORY the repository that the Colab buttons lead to.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

import build_front_end
import build_words

ROOT = Path(__file__).resolve().parents[1]
PATIENT_THREADS = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}


def output_folder() -> Path:
    """Where the pages are: one folder for each language."""
    language = os.environ.get("ATTNLAB_LANG") or "en"
    return ROOT / "build" / ("book" if language == "en" else f"book-{language}") / "html"


def build_environment() -> dict[str, str]:
    """The environment that notebooks run in: this Python's own kernel first, and torch threads that wait patiently."""
    kernels = str(Path(sys.prefix) / "share" / "jupyter")
    return {**PATIENT_THREADS, **os.environ, "JUPYTER_PATH": kernels, "PYTHONUNBUFFERED": "1"}


def render(output: Path) -> int:
    """What ``jupyter-book build -W --keep-going`` does, into a folder of our choice. Returns the exit status."""
    from jupyter_book.sphinx import build_sphinx
    from sphinx.util.console import nocolor

    nocolor()
    status = build_sphinx(
        ROOT,
        output,
        noconfig=True,
        path_config=ROOT / "_config.yml",
        confoverrides={"external_toc_path": str(ROOT / "_toc.yml"), "latex_individualpages": False},
        warningiserror=True,
        keep_going=True,
    )
    return status if isinstance(status, int) else 1


def copy_lines(source: IO[str]) -> None:
    """Show what the build says, without the warning that a kernel on this machine talks to it unencrypted."""
    for line in source:
        if "Kernel is running over TCP without encryption" not in line:
            print(line, end="", flush=True)


def run_to_its_end(command: list[str]) -> int:
    """Run ``command`` and show what it says; whatever it leaves running is ended and holds nothing open."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=build_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    assert process.stdout is not None
    reader = threading.Thread(target=copy_lines, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        return process.wait()
    finally:
        reader.join(timeout=1)  # longer only if a process was left that holds the pipe
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)


def build() -> int:
    """Build the front end, the word table and the book, each only as far as its sources changed."""
    started = time.monotonic()
    static = ROOT / "src" / "attnlab" / "static"
    build_front_end.build(ROOT / "src" / "widgets", static)
    build_words.build(static)
    output = output_folder()
    status = run_to_its_end([sys.executable, str(Path(__file__)), "render"])
    if status != 0:
        # Sphinx would take the faulty pages for done, and a second run would pass.
        shutil.rmtree(output.parent / ".doctrees", ignore_errors=True)
        print("The book was not built cleanly; the warnings and errors are above.", file=sys.stderr)
        return status
    print(f"The book is built ({time.monotonic() - started:.1f} s): {output.relative_to(ROOT) / 'index.html'}")
    print("Read it with `make serve` (a page opened as a file cannot load the widgets).")
    return 0


class BookHandler(SimpleHTTPRequestHandler):
    """Files with the types that browsers insist on, whatever this machine's own table says."""

    extensions_map = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".css": "text/css",
        ".html": "text/html; charset=utf-8",
        ".svg": "image/svg+xml",
        ".woff2": "font/woff2",
        ".safetensors": "application/octet-stream",
        ".ipynb": "application/x-ipynb+json",
    }

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing of each request."""


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server for ``folder`` on this machine alone; port 0 takes a free one."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(BookHandler, directory=str(folder)))


def serve(port: int) -> int:
    folder = output_folder()
    if not (folder / "index.html").is_file():
        print("There is no book yet: `make book` builds it.", file=sys.stderr)
        return 1
    try:
        running = server(folder, port)
    except OSError as error:
        print(f"Port {port} cannot be used ({error.strerror}); choose another: make serve PORT=8001", file=sys.stderr)
        return 1
    print(f"The book is at http://127.0.0.1:{running.server_port}/ (Ctrl+C ends this)", flush=True)
    with running, contextlib.suppress(KeyboardInterrupt):
        running.serve_forever()
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", nargs="?", choices=("build", "render", "serve"), default="build")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    if options.action == "serve":
        return serve(options.port)
    return build() if options.action == "build" else render(output_folder())


if __name__ == "__main__":
    sys.exit(main())
