"""Sentence pairs from tab-separated files, as the Tatoeba project's are given away."""

from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike

from attnlab.data.lines import checked_file, numbered_lines

COLUMNS = ("english", "chinese", "attribution")


@dataclass(frozen=True, slots=True)
class SentencePair:
    """A sentence in two languages, and whose work it is.

    Attributes:
        english: the English sentence.
        chinese: the Chinese sentence.
        attribution: license, numbers and authors, as in the file; empty if the file has only two columns.
    """

    english: str
    chinese: str
    attribution: str


def read_pairs(path: str | PathLike[str]) -> list[SentencePair]:
    """Return the sentence pairs of a tab-separated file, in the order of its lines.

    The columns are English, Chinese and attribution, or the first two of them. A first line that names them, with
    ``english`` and ``chinese``, is a header; ``cmn.txt`` has none. Spaces around a sentence are not part of it.

    Raises:
        FileNotFoundError: there is no such file.
        IsADirectoryError: it is a folder.
        ValueError: the file holds no pair, its header names other columns, or a line, which is named, has more or
            fewer columns than the first, has an empty sentence, or is not UTF-8.

    Example:

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = f"{folder}/pairs.tsv"
        ...     _ = open(path, "w", encoding="utf-8").write("Hi.\\t嗨。\\tby Ann\\nWhy?\\t为什么？\\tby Bo\\n")
        ...     pairs = read_pairs(path)
        >>> pairs[1]
        SentencePair(english='Why?', chinese='为什么？', attribution='by Bo')
        >>> len(pairs)
        2
    """
    pairs: list[SentencePair] = []
    n_columns = 0
    for number, line in numbered_lines(checked_file(path)):
        cells = [cell.strip() for cell in line.split("\t")]
        where = f"{path}:{number}"
        if number == 1:
            n_columns = _checked_count(cells, where)
            if _is_header(cells, where):
                continue
        if len(cells) != n_columns:
            raise ValueError(f"{where}: {_columns(len(cells))}, but line 1 has {n_columns}")
        pairs.append(_pair(cells, where))
    if not pairs:
        raise ValueError(f"{path} has a header and 0 sentence pairs")
    return pairs


def _columns(count: int) -> str:
    return f"{count} column{'' if count == 1 else 's'}"


def _checked_count(cells: list[str], where: str) -> int:
    """How many columns the first line has, which all the others must have too."""
    if len(cells) not in (2, 3):
        raise ValueError(f"{where}: {_columns(len(cells))}, expected 2 or 3: {', '.join(COLUMNS)}")
    return len(cells)


def _is_header(cells: list[str], where: str) -> bool:
    """Whether the first line names the columns. Names in another order would swap the languages without a word."""
    names = [cell.lower() for cell in cells]
    if not set(COLUMNS[:2]) <= set(names):
        return False
    if tuple(names) != COLUMNS[: len(names)]:
        raise ValueError(f"{where}: the columns are {', '.join(names)}, expected {', '.join(COLUMNS[: len(names)])}")
    return True


def _pair(cells: list[str], where: str) -> SentencePair:
    for name, sentence in zip(COLUMNS[:2], cells, strict=False):
        if not sentence:
            raise ValueError(f"{where}: the {name} sentence is empty")
    return SentencePair(cells[0], cells[1], cells[2] if len(cells) > 2 else "")


def group_references(pairs: Iterable[SentencePair]) -> list[tuple[str, list[str]]]:
    """Return each different Chinese sentence with all its English translations, both in the order of the pairs.

    One sentence can be translated in several ways, and a translation should not be called wrong for being one of the
    others. A translation that is there twice is given once.

    Example:

        >>> pairs = [("Hi.", "嗨。"), ("Why?", "为什么？"), ("Hey.", "嗨。")]
        >>> group_references(SentencePair(english, chinese, "") for english, chinese in pairs)
        [('嗨。', ['Hi.', 'Hey.']), ('为什么？', ['Why?'])]
    """
    references: dict[str, dict[str, None]] = {}  # dicts for sets that keep their order
    for pair in pairs:
        references.setdefault(pair.chinese, {})[pair.english] = None
    return [(chinese, list(english)) for chinese, english in references.items()]
