"""The text inside installed packages: what counts as prose, what is never done, and mistakes that people make."""

import sys
from pathlib import Path
from typing import Any

import pytest

from attnlab.data import documentation
from attnlab.word2vec.agreement import WORDSIM, agreement, read_judgments
from tests.mutants import mutant

MODULE = '''"""Counts the birds of a pond.

It was written for :mod:`pond.birds` and for `numpy.ndarray`, and it says so.

Parameters
----------
birds : list of str
    The names of the birds,
    which may come twice.

.. Comments like this one are not shown to those who read it.

All that it needs to know.
--------------------------
The names are read from left to right.

Examples
--------
>>> count(["heron"])
The result of this is one.

Args:
    depth (int): How deep the pond is in meters, if known.

- A list has items that end like sentences.
"""
raise SystemExit("nobody may run this")


def count(birds):
    r"""Return how many birds there are."""
    text = f"""This sentence is a {birds} and no documentation."""
    short = "This one is a string of one line."
    \'\'\'Count the birds again at night!\'\'\'
    x = y[1:2] + """x_1 y_2 = z**3 + 4 (5)."""
    """Return how many birds there are."""
'''
WANTED = [
    "Counts the birds of a pond.",
    "It was written for birds and for numpy.ndarray, and it says so.",
    "The names of the birds, which may come twice.",
    "The names are read from left to right.",
    "The result of this is one.",
    "How deep the pond is in meters, if known.",
    "A list has items that end like sentences.",
    "Return how many birds there are.",
    "Count the birds again at night!",
]


@pytest.fixture
def pond(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that ends the program if it is imported, with tests and with a file that is no Python."""
    folder = tmp_path / "pond_of_the_tests"
    (folder / "tests").mkdir(parents=True)
    (folder / "__init__.py").write_text(MODULE, encoding="utf-8")
    (folder / "tests" / "test_pond.py").write_text('"""Tests are not documentation of anything."""', encoding="utf-8")
    (folder / "old.py").write_bytes(b'print "caf\xe9"\n"""Old files are read like all the others."""\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def check(library: Any) -> None:
    found = list(library.documentation_sentences(["pond_of_the_tests"]))
    assert found == [*WANTED, "Old files are read like all the others."]


def test_the_prose_of_a_package_is_found_and_nothing_is_imported(pond: Path) -> None:
    before = set(sys.modules)
    check(documentation)
    assert not {name for name in set(sys.modules) - before if "pond" in name}


MISTAKES = {
    "a sentence twice": ("if sentence not in met", "if True"),
    "examples are prose": ('r">>>|', 'r"'),
    "parameters are prose": (r"|[\w.*, ]+ : |", "|"),
    "directives are prose": (r"|\.\. |", "|"),
    "a heading goes on": ("gathered = gathered[:-1]", "pass"),
    "formulas are prose": ("PROSE_SHARE = 5, 0.85", "PROSE_SHARE = 5, 0.0"),
    "markup stays": ('.replace("`", "")', ""),
    "an end is taken for a start": ("([a-zA-Z]{0,2})", "([rRuU]?)"),
    "strings with places are documentation": ('OF_TEXT = {"", ', 'OF_TEXT = {"", "f", '),
    "tests are documentation": ('SKIPPED = {"test", "tests", ', "SKIPPED = {"),
    "bytes that are not UTF-8 stop it": ('errors="replace"', 'errors="strict"'),
    "items are not cut": (r"[-*•] +|", ""),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_noticed(name: str, pond: Path) -> None:
    library = mutant(("data.documentation",), "data.documentation", *MISTAKES[name])
    with pytest.raises((AssertionError, UnicodeDecodeError)):
        check(library)


def test_the_standard_library_has_many_sentences() -> None:
    names = {path.name for path in documentation.source_files("Python")}
    assert {"statistics.py", "argparse.py", "textwrap.py"} <= names
    assert not {path for path in documentation.source_files("Python") if "site-packages" in path.parts}
    assert len(list(documentation.documentation_sentences(["argparse", "textwrap"]))) > 50


@pytest.mark.parametrize("name", ["no_such_package", "", "a.b", "../etc", "sys"])
def test_what_has_no_source_is_refused(name: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"no package named|no source file"):
        list(documentation.documentation_sentences([name]))


# --- the judgments that come with the package -------------------------------------------------------------------------


def test_the_judgments_are_those_of_the_test_data_of_gensim() -> None:
    from gensim.test.utils import datapath

    assert read_judgments() == read_judgments(datapath("wordsim353.tsv"))
    remarks = [line for line in WORDSIM.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert any("CC BY 4.0" in remark for remark in remarks)
    assert any("Finkelstein" in remark for remark in remarks)


def test_the_shipped_vectors_agree_with_people_as_their_card_says() -> None:
    from attnlab.word2vec import load_word2vec

    shipped = load_word2vec()
    score, pairs = agreement(shipped.index, shipped.vectors, read_judgments())
    assert (round(score, 3), pairs) == (0.547, 233)
