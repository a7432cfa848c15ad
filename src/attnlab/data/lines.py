"""Text files, line by line, with clear words about files that cannot be read."""

import codecs
from collections.abc import Iterator
from os import PathLike
from pathlib import Path


def checked_file(path: str | PathLike[str]) -> Path:
    """Return the path of a file that is there and holds something.

    Raises:
        FileNotFoundError: there is nothing of that name.
        IsADirectoryError: it is a folder.
        ValueError: it is empty.

    Example:

        >>> checked_file("nowhere.tsv")
        Traceback (most recent call last):
            ...
        FileNotFoundError: there is no file nowhere.tsv
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, not a file")
    if path.is_file() and not path.stat().st_size:
        raise ValueError(f"{path} is empty: 0 bytes")
    return path


def numbered_lines(path: str | PathLike[str]) -> Iterator[tuple[int, str]]:
    """Yield the number of each line, from 1, and the line without its ending. One line at a time is in memory.

    Only ``\\n`` and ``\\r\\n`` end a line: U+2028 and its like are part of a text.

    Raises:
        ValueError: a line is not UTF-8.
        OSError: the file cannot be read.

    Example:

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "fruit.txt"
        ...     _ = path.write_bytes(b"fig\\r\\nkiwi")
        ...     list(numbered_lines(path))
        [(1, 'fig'), (2, 'kiwi')]
    """
    with Path(path).open("rb") as file:
        for number, line in enumerate(file, start=1):
            content = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            try:
                yield number, content.rstrip(b"\r\n").decode("utf-8")
            except UnicodeDecodeError as problem:
                wrong = f"byte 0x{content[problem.start]:02x}, number {problem.start + 1} of the line,"
                raise ValueError(f"{path}:{number}: {wrong} is not UTF-8") from None


def read_text(path: str | PathLike[str]) -> str:
    """Return a text file as one string; each line ends in ``\\n``, whatever ended it in the file.

    The whole text is in memory. For a larger one give the open file to ``sentences``.

    Raises:
        FileNotFoundError: there is no such file.
        IsADirectoryError: it is a folder.
        ValueError: the file is empty, or a line, which is named, is not UTF-8.

    Example:

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "fruit.txt"
        ...     _ = path.write_bytes(b"fig\\r\\nkiwi")
        ...     read_text(path)
        'fig\\nkiwi\\n'
    """
    return "".join(f"{line}\n" for _, line in numbered_lines(checked_file(path)))
