"""English text that every reader has on disk already: the documentation inside installed Python packages.

Nothing is imported and nothing runs: the source files are read where they lie, and what stands in them between triple
quotes is taken for documentation. None of it is copied into a file; what else may be done with it is said by the
license of each package.
"""

import importlib.util
import inspect
import re
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from attnlab.data.sentence_rule import sentences

STANDARD_LIBRARY = "Python"
SKIPPED = {"test", "tests", "testing", "idlelib", "lib2to3", "site-packages", "dist-packages", "__pycache__"}
LONG_STRING = re.compile(r"(?<![\w\"'])([a-zA-Z]{0,2})(\"\"\"|''')(.*?)\2", re.DOTALL)
OF_TEXT = {"", "r", "R", "u", "U"}  # prefixes; the others are those of bytes and of strings with places to fill in
UNDERLINE = re.compile(r"[-=~^*+#]{3,}$")
# Examples, directives, fields, headings of parameters ("axis : int") and of literal blocks stand between paragraphs.
NOT_PROSE = re.compile(r">>>|\.\.\.|\.\. |:\w|[|+]|[\w.*, ]+ : |.*::$")
START = re.compile(r"[-*•] +|\d+\. +|\*{0,2}\w+ ?\([^)]*\): *|\w+: *$")  # of an item or of a Google-style parameter
ROLE = re.compile(r":[\w:]+:`[~!]?(?:[\w.]*\.)?([^`<]*)(?:<[^`]*>)?`")
WORD = re.compile(r"\(?[A-Za-z]+(?:['’-][A-Za-z]+)*[,;:.!?)]*")
FEWEST_WORDS, PROSE_SHARE = 5, 0.85


def documentation_sentences(packages: Iterable[str]) -> Iterator[str]:
    """Yield the different English sentences of the documentation of installed packages, one at a time.

    Formulas, examples, signatures and tables are left out as far as a rule of thumb can tell them from prose. A
    sentence that was met before is not given again. Other versions of the packages give other sentences.

    Args:
        packages: names as after ``import``; or ``"Python"`` for all that its standard library has in Python.

    Raises:
        ModuleNotFoundError: no package of that name is installed, or it has no source files.

    Example:

        >>> found = list(documentation_sentences(["statistics"]))
        >>> [sentence for sentence in found if sentence.startswith("Return the sample arithmetic mean")]
        ['Return the sample arithmetic mean of data.']
    """
    met: set[str] = set()
    for package in packages:
        for path in source_files(package):
            for found in LONG_STRING.finditer(path.read_text(encoding="utf-8", errors="replace")):
                for sentence in prose(found[3]) if found[1] in OF_TEXT else ():
                    if sentence not in met:
                        met.add(sentence)
                        yield sentence


def source_files(package: str) -> list[Path]:
    """Return the Python files of an installed package, sorted, without its tests. The package is not imported.

    Raises:
        ModuleNotFoundError: no package of that name is installed, or it has no source files.

    Example:

        >>> [path.name for path in source_files("statistics")]
        ['statistics.py']
    """
    if package == STANDARD_LIBRARY:
        return _files_below(Path(sysconfig.get_paths()["stdlib"]))
    try:
        spec = importlib.util.find_spec(package) if package.isidentifier() else None
    except ValueError:  # a module without a specification, such as the program that runs
        spec = None
    if spec is None:
        raise ModuleNotFoundError(f"no package named {package!r} is installed")
    if spec.submodule_search_locations:
        return [path for place in spec.submodule_search_locations for path in _files_below(Path(place))]
    if spec.origin is None or not spec.origin.endswith(".py"):
        raise ModuleNotFoundError(f"{package!r} has no source file: {spec.origin}")
    return [Path(spec.origin)]


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if not SKIPPED & set(path.relative_to(folder).parts))


def prose(docstring: str) -> Iterator[str]:
    """Yield the sentences of a docstring that are English prose, without its markup.

    Example:

        >>> text = "Return the mean.\\n\\nParameters\\n---\\nx : array\\n    The numbers, of which `n` are given.\\n"
        >>> list(prose(text + ">>> mean([1])"))
        ['The numbers, of which n are given.']
    """
    for paragraph in _paragraphs(docstring):
        for sentence in sentences(ROLE.sub(r"\1", paragraph).replace("`", "")):
            words = sentence.split()
            plain = sum(WORD.fullmatch(word) is not None for word in words)
            if len(words) >= FEWEST_WORDS and sentence[-1] in ".!?" and plain >= PROSE_SHARE * len(words):
                yield sentence


def _paragraphs(docstring: str) -> Iterator[str]:
    """Yield each run of lines of text as one line; a heading with its underline is none."""
    gathered: list[str] = []
    for line in [*inspect.cleandoc(docstring).split("\n"), ""]:
        line = line.strip()
        start = START.match(line)
        if UNDERLINE.match(line):
            gathered = gathered[:-1]
        if not line or start or NOT_PROSE.match(line) or UNDERLINE.match(line):
            if gathered:
                yield " ".join(gathered)
            gathered = [line[start.end() :]] if start else []
        else:
            gathered.append(line)
