"""The command line: which model, from which files, with which numbers."""

import argparse
import sys

from attnlab.train import language, positions, translator, two_languages, vectors


def main(arguments: list[str] | None = None) -> int:
    """Train what the command line asks for and return 0, or 2 after a message on what is wrong.

    Args:
        arguments: those after ``python -m attnlab.train``; the ones that Python was started with unless given.

    Example: nothing is trained, as nothing can be read.

        >>> import contextlib, io
        >>> with contextlib.redirect_stderr(io.StringIO()) as told:
        ...     main("translator --pairs none.tsv --dev none.tsv --out run".split())
        2
        >>> "none.tsv" in told.getvalue()
        True
    """
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, OSError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m attnlab.train", description="Train one of the book's models.")
    kinds = parser.add_subparsers(required=True, metavar="MODEL")
    translator.add_to(kinds)
    language.add_to(kinds)
    vectors.add_to(kinds)
    two_languages.add_to(kinds)
    positions.add_to(kinds)
    return parser
