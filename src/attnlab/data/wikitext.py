"""The articles of WikiText files: ``= Title =``, then ``= = Section = =`` and a paragraph a line.

A title has an empty line before it, or begins the file. Lines of formulas can look like titles, and have none.

Source: Merity et al., *Pointer Sentinel Mixture Models* (2016), section 4; the files with raw tokens.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from attnlab.data.lines import checked_file, numbered_lines
from attnlab.data.spacing import untokenized


@dataclass(frozen=True, slots=True)
class Article:
    """One article of an encyclopedia.

    Attributes:
        title: its title.
        paragraphs: its paragraphs, in their order. The headings of its sections are not among them.
    """

    title: str
    paragraphs: tuple[str, ...]


def read_articles(path: str | PathLike[str]) -> Iterator[Article]:
    """Yield the articles of a WikiText file, titles and paragraphs ``untokenized``.

    One article at a time is in memory, so a file may be larger than that. ``<unk>``, which stands for rare words in
    some files, stays as it is.

    Raises:
        FileNotFoundError: there is no such file.
        IsADirectoryError: it is a folder.
        ValueError: the file is empty or has no article, or a line, which is named, is not UTF-8 or stands before the
            first title. The last two are found when the line is reached.

    Example:

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = f"{folder}/fruit.txt"
        ...     _ = open(path, "w").write(" = Fig = \\n \\n Figs are sweet . \\n = = Use = = \\n Eat them . \\n")
        ...     list(read_articles(path))
        [Article(title='Fig', paragraphs=('Figs are sweet.', 'Eat them.'))]
    """
    return _articles(checked_file(path))  # a missing file is said at once, not when the first article is asked for


def _articles(path: Path) -> Iterator[Article]:
    title: str | None = None
    paragraphs: list[str] = []
    after_empty = True
    for number, line in numbered_lines(path):
        words = line.split()
        level = _heading_level(words)
        if level == 1 and after_empty:
            if title is not None:
                yield Article(title, tuple(paragraphs))
            title, paragraphs = untokenized(" ".join(words[1:-1])), []
        elif words and title is None:
            raise ValueError(f"{path}:{number}: {line.strip()[:40]!r} stands before the first ' = Title = '")
        elif words and level < 2:
            paragraphs.append(untokenized(line))
        after_empty = not words
    if title is None:
        raise ValueError(f"{path} has 0 articles: no line is a ' = Title = ' after an empty one")
    yield Article(title, tuple(paragraphs))


def _heading_level(words: list[str]) -> int:
    """1 for a title, 2 and more for a section, 0 for a paragraph. As many ``=`` stand after a heading as before it."""
    before = next((place for place, word in enumerate(words) if word != "="), 0)
    after = next((place for place, word in enumerate(reversed(words)) if word != "="), 0)
    return before if before == after else 0
