"""Traditional Chinese characters and their simplified forms, from a dictionary of the OpenCC project."""

from os import PathLike

from attnlab.data.lines import checked_file, numbered_lines


def read_variants(path: str | PathLike[str]) -> dict[str, str]:
    """Return the simplified form of each traditional character in a file such as OpenCC's ``TSCharacters.txt``.

    A line holds a character, a tab, and its simplified forms with spaces between them; the first is taken.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line, which is named, is something else.

    Source: the Open Chinese Convert project, https://github.com/BYVoid/OpenCC (Apache-2.0).

    Example:

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = f"{folder}/variants.txt"
        ...     _ = open(path, "w", encoding="utf-8").write("們\\t们\\n乾\\t干 乾\\n")
        ...     read_variants(path)
        {'們': '们', '乾': '干'}
    """
    variants = {}
    for number, line in numbered_lines(checked_file(path)):
        traditional, tab, forms = line.rstrip("\n").partition("\t")
        if len(traditional) != 1 or not tab or not forms.split() or len(forms.split()[0]) != 1:
            raise ValueError(f"{path}:{number}: {line.strip()[:40]!r} is not a character, a tab and its forms")
        variants[traditional] = forms.split()[0]
    return variants
