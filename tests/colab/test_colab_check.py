"""The check of the notebooks in Colab's environment: it passes what is right and catches planted mistakes."""

import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

import bootstrap
import colab_check

pytestmark = pytest.mark.kernel


def install(python: Path, wheel: Path) -> None:
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", wheel], check=True)


def test_a_right_notebook_passes_and_leaves_the_environment_as_it_was(colab, make_wheel, make_notebook):
    before = colab_check.versions(colab)
    assert colab_check.check(make_notebook("import attnlab"), colab, make_wheel("attnlab", "9.0")) == []
    assert colab_check.versions(colab) == before


def test_a_cell_that_raises_is_caught(colab, make_wheel, make_notebook):
    problems = colab_check.check(make_notebook("1 / 0"), colab, make_wheel("attnlab", "9.0"))
    assert len(problems) == 1
    assert "ZeroDivisionError" in problems[0]


def test_a_notebook_without_bootstrap_is_caught(colab, make_wheel, make_notebook):
    problems = colab_check.check(make_notebook("pass", first="pass"), colab, make_wheel("attnlab", "9.0"))
    assert problems == ["attnlab was not installed by the bootstrap cell"]


def test_a_bootstrap_that_replaces_a_package_is_caught(colab, make_wheel, make_notebook):
    install(colab, make_wheel("planted", "1.0"))
    make_wheel("planted", "2.0")
    wheel = make_wheel("attnlab", "9.0", requires="planted>=2.0")
    careless = """
        import os, subprocess, sys
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", os.environ["ATTNLAB_WHEEL"]])
    """
    problems = colab_check.check(make_notebook("import attnlab", first=dedent(careless)), colab, wheel)
    assert problems == ["a package was replaced: planted 1.0 became 2.0"]
    assert colab_check.versions(colab)["planted"] == "1.0"


def test_the_bootstrap_cell_stops_rather_than_replace(colab, make_wheel, make_notebook):
    install(colab, make_wheel("planted", "1.0"))
    make_wheel("planted", "2.0")
    wheel = make_wheel("attnlab", "9.0", requires="planted>=2.0")
    problems = colab_check.check(make_notebook("pass"), colab, wheel)
    assert any("Installing attnlab from" in problem for problem in problems)
    assert not any("a package was replaced" in problem for problem in problems)


def test_the_bootstrap_cell_installs_only_what_is_missing(colab, make_wheel, make_notebook):
    install(colab, make_wheel("planted", "1.0"))
    make_wheel("planted", "2.0")
    wheel = make_wheel("attnlab", "9.0", requires="planted>=1.0")
    see = "from importlib import metadata\nassert metadata.version('planted') == '1.0'"
    assert colab_check.check(make_notebook(see), colab, wheel) == []
    absent = make_wheel("attnlab", "9.1", requires="absent")
    make_wheel("absent", "3.0")
    assert colab_check.check(make_notebook("import absent"), colab, absent) == []


VIEW = f"{{'{colab_check.WIDGET_VIEW}': {{}}}}"
MANAGER = f"{{'{colab_check.WIDGET_VIEW}': {{'colab': {{}}}}}}"
HTML = "{'text/html': '<attn-widget></attn-widget>'}"
FAILS_TO_SHOW = """
class Planted:
    def _repr_mimebundle_(self, **kwargs):
        raise ValueError("planted")
Planted()
"""


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        (f"display({VIEW}, metadata={MANAGER}, raw=True)", None),
        (f"display({VIEW}, raw=True)", "without Colab's custom widget manager"),
        (f"display({HTML}, raw=True)", "as HTML only"),
        (f"display({VIEW} | {HTML}, metadata={MANAGER}, raw=True)", "both as a live view and as HTML"),
        (FAILS_TO_SHOW, "ValueError: planted"),
        ("# from attnlab.widgets import SelfAttentionExplorer", "imports attnlab.widgets and shows no widget"),
    ],
)
def test_a_widget_that_colab_would_not_show_is_caught(colab, make_wheel, make_notebook, code, caught):
    problems = colab_check.check(make_notebook(code), colab, make_wheel("attnlab", "9.0"))
    assert len(problems) == (1 if caught else 0), problems
    assert not caught or caught in problems[0]


def run_cell(python: Path, before: str = "") -> str:
    """What the bootstrap cell says on the error stream of a Python without attnlab."""
    code = f"{before}\n{bootstrap.cell_source('', '0')}"
    finished = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True)
    assert finished.returncode == 1
    return finished.stderr


def test_outside_colab_the_cell_says_how_to_install(colab):
    assert "In the folder that holds the book run `make lab`" in run_cell(colab)


def test_in_colab_without_an_address_the_cell_says_how_to_set_one(colab):
    pretend = "import sys; sys.modules['google.colab'] = sys"
    assert "Its editor sets Repository in pyproject.toml" in run_cell(colab, pretend)
