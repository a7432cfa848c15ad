"""Chinese as a model reads it: one form for each sign."""

import unicodedata


def normalize_chinese(text: str) -> str:
    """Return a text in Unicode's form NFKC and without white space, as the translator reads it.

    Wide signs become narrow ones, so that it does not matter on which keyboard they were typed.

    Raises:
        TypeError: the text is not a string.

    Source: Unicode Standard Annex 15, *Unicode Normalization Forms*.

    Example:

        >>> normalize_chinese("你 好！ＯＫ？")
        '你好!OK?'
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a string, got {type(text).__name__}")
    return "".join(unicodedata.normalize("NFKC", text).split())
