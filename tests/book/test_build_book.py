"""Building: strict, remembered, and over when it is over. Serving: the right types, this machine alone."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

import build_book
from build_book import ROOT

INTRO = """# A tiny book

Its first paragraph says what it is about.

```{chapter-map}
```

A formula, $\\K = XW_K$, and a link to [a paper](references.md#vaswani2017).
"""
ERRATA = """# Put right

```{closer-looks}
```
"""
REFERENCES = """# References

```{references}
```
"""
CELLS = {
    "head": "# Self-attention\n\nWhat it is.\n\n| | a |\n|---|---|\n| b | $1$ |",
    "predict": "> **Predict.** What comes out?",
    "answer": "<details><summary>Answer</summary>\n\nThis: $\\color{#0072B2}{Q}$.\n\n</details>",
    "look": '> **A closer look: "all are equal."**\n> They are not, since $q \\ne k$.',
}


def write_notebook(path: Path, code: str) -> None:
    cells = [{"cell_type": "markdown", "id": name, "metadata": {}, "source": text} for name, text in CELLS.items()]
    cells.append(
        {"cell_type": "code", "id": "code", "metadata": {}, "source": code, "outputs": [], "execution_count": None}
    )
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}), "utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with this one's tools and extension, and three small pages and a notebook of its own."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("tools", "book/_ext", "book/_static", "book/_templates"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "pyproject.toml", "book/references.bib"):
        shutil.copyfile(ROOT / name, root / name)
    (root / "src").symlink_to(ROOT / "src")
    (root / "notebooks").mkdir()
    write_notebook(root / "notebooks" / "self_attention.ipynb", "print(6 * 7)")
    for name, text in {"intro": INTRO, "errata": ERRATA, "references": REFERENCES}.items():
        (root / "book" / f"{name}.md").write_text(text, "utf-8")
    chapters = "".join(f"- file: {name}\n" for name in ("notebooks/self_attention", "book/errata", "book/references"))
    (root / "_toc.yml").write_text(f"format: jb-book\nroot: book/intro\nchapters:\n{chapters}", "utf-8")
    return root


def build(project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`make book` in the project, through a pipe: a process that is left would hold it open."""
    return subprocess.run(
        [sys.executable, "tools/build_book.py"],
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@pytest.fixture(scope="module")
def built(project: Path) -> Path:
    finished = build(project, ATTNLAB_REPOSITORY="https://github.com/someone/attention-lab")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "build/book/html/index.html" in finished.stdout
    return project / "build" / "book" / "html"


def page(built: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((built / name).read_text("utf-8"), "html.parser")


def test_a_quotation_becomes_a_box(built):
    chapter = page(built, "notebooks/self_attention.html")
    assert chapter.select_one(".predict").get_text().strip() == "Predict. What comes out?"
    look = chapter.select_one(".closer-look")
    assert look.select_one(".box-claim").get_text() == "“all are equal.”"
    assert "closer look" not in look.find_all("p")[-1].get_text()


def test_the_closer_looks_are_collected(built):
    collected = page(built, "book/errata.html").select_one(".closer-look")
    assert "They are not" in collected.get_text()
    address = collected.select_one(".link-back a")["href"]
    path, anchor = address.split("#")
    assert page(built, "notebooks/self_attention.html").find(id=anchor)
    assert path == "../notebooks/self_attention.html"


def test_formulas_are_rendered_and_colored(built):
    chapter = page(built, "notebooks/self_attention.html")
    assert chapter.select_one("details .katex .formula-query").get_text() == "Q"
    assert page(built, "book/intro.html").select_one(".katex .formula-key")
    assert chapter.select_one("details .formula-sign").get_text() == "."


def test_the_output_of_a_cell_is_there(built):
    assert page(built, "notebooks/self_attention.html").select_one(".cell_output").get_text().strip() == "42"


def test_an_empty_corner_is_no_heading(built):
    assert not [cell for cell in page(built, "notebooks/self_attention.html").find_all("th") if not cell.get_text()]


def test_the_map_knows_what_is_written(built):
    drawn = page(built, "book/intro.html").select_one(".chapter-map")
    assert {link["href"] for link in drawn.select("a")} == {"../notebooks/self_attention.html"}
    assert len(drawn.select("li.planned")) == 10


def test_colab_opens_the_notebook_of_the_repository(built):
    found = page(built, "notebooks/self_attention.html").select_one("a[href*='colab.research.google.com']")["href"]
    assert found.endswith("/github/someone/attention-lab/blob/main/notebooks/self_attention.ipynb")


def test_nothing_unused_is_published(built):
    names = {path.relative_to(built).as_posix() for path in built.rglob("*")}
    assert not [
        name for name in names if any(word in name for word in ("fontawesome", "bootstrap", "mathjax", "thebe"))
    ]
    assert {"_static/book.css", "_static/katex/katex.css", "_static/katex/LICENSE"} <= names


def test_the_description_is_the_first_paragraph(built):
    tag = page(built, "book/intro.html").find("meta", attrs={"name": "description"})
    assert tag["content"] == "Its first paragraph says what it is about."


def test_a_second_build_is_quick_and_runs_no_notebook(built, project):
    started = time.monotonic()
    finished = build(project)
    assert finished.returncode == 0
    assert "Executing notebook" not in finished.stdout
    assert time.monotonic() - started < 30


def test_the_page_of_a_chapter_that_left_is_removed(built, project):
    (built / "notebooks" / "left.html").write_text("<p>Left over</p>", "utf-8")
    assert build(project).returncode == 0
    assert not (built / "notebooks" / "left.html").exists()


def test_without_a_repository_there_is_no_colab_button(built, project):
    assert build(project).returncode == 0
    assert not page(built, "notebooks/self_attention.html").select("a[href*='colab']")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("notebooks/self_attention.ipynb", "raise ValueError('planted')", "planted"),
        ("notebooks/self_attention.ipynb", "import sys; print('noise', file=sys.stderr)", "stderr"),
        ("book/errata.md", "# Put right\n\n[nowhere](gone.md)", "gone.md"),
        ("book/errata.md", "# Put right\n\n[nowhere](references.md#nobody1999)", "nobody1999"),
        ("book/errata.md", "# Put right\n\nA formula $\\frac{1}$ that is none", "frac"),
    ],
)
def test_a_mistake_stops_the_build_each_time(built, project, file, text, said):
    """Sphinx would forget the fault of a page that did not change, so the second build counts as well."""
    path = project / file
    kept = path.read_text("utf-8")
    try:
        write_notebook(path, text) if path.suffix == ".ipynb" else path.write_text(text, "utf-8")
        for _ in range(2):
            finished = build(project)
            assert finished.returncode != 0
            assert said in finished.stdout + finished.stderr
    finally:
        path.write_text(kept, "utf-8")


def test_no_process_is_left(built, project):
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in running.splitlines() if str(project) in line]


def test_a_left_process_is_ended_and_holds_nothing_open(tmp_path):
    pid_file = tmp_path / "pid"
    leave = f"import subprocess; p = subprocess.Popen(['sleep', '60']); open({str(pid_file)!r}, 'w').write(str(p.pid))"
    started = time.monotonic()
    assert build_book.run_to_its_end([sys.executable, "-c", leave]) == 0
    assert time.monotonic() - started < 20
    time.sleep(0.2)
    state = subprocess.run(["ps", "-o", "stat=", "-p", pid_file.read_text()], capture_output=True, text=True).stdout
    assert state.strip()[:1] in ("", "Z")  # gone, or dead and waiting to be collected


def test_the_status_of_the_build_is_passed_on():
    assert build_book.run_to_its_end([sys.executable, "-c", "raise SystemExit(3)"]) == 3


# --- serving -------------------------------------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    for name in ("a.js", "a.css", "a.woff2", "a.safetensors", "a.svg", "a.html"):
        (tmp_path / name).write_text("x")
    server = build_book.server(tmp_path, port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    assert server.server_address[0] == "127.0.0.1"
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.js", "text/javascript"),
        ("a.css", "text/css"),
        ("a.woff2", "font/woff2"),
        ("a.safetensors", "application/octet-stream"),
        ("a.svg", "image/svg+xml"),
        ("a.html", "text/html; charset=utf-8"),
    ],
)
def test_files_are_served_with_their_types(served, name, expected):
    with urllib.request.urlopen(f"{served}/{name}") as answer:
        assert answer.headers["Content-Type"] == expected


def test_serving_without_a_book_says_how_to_build_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(build_book, "output_folder", lambda: tmp_path)
    assert build_book.serve(0) == 1
    assert "make book" in capsys.readouterr().err
