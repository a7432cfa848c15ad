"""Every sentence that a reader can see, in the reader's language.

The texts live in ``locales/en.json`` and ``locales/zh.json``. The environment variable ``ATTNLAB_LANG`` chooses
between them; English is what a reader gets who chooses nothing.
"""

import json
import os
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")
LOCALES = Path(__file__).with_name("locales")


def language(chosen: str | None = None) -> str:
    """Return ``"en"`` or ``"zh"``: the language asked for, or else the one that ``ATTNLAB_LANG`` names.

    Region and encoding are ignored, so that ``zh_CN.UTF-8`` is ``zh``.

    Raises:
        ValueError: the book does not speak that language.

    Example:

        >>> language("zh-CN")
        'zh'
    """
    asked = chosen if chosen is not None else os.environ.get("ATTNLAB_LANG") or "en"
    short = str(asked).replace("_", "-").split("-")[0].split(".")[0].lower()
    if short not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {asked!r}")
    return short


def text(key: str, lang: str | None = None, **values: object) -> str:
    """Return the text named ``key``, with each ``{name}`` in it replaced by the value of that name.

    Raises:
        KeyError: there is no such text, or a value that it needs was not given.
        ValueError: the book does not speak that language.

    Example:

        >>> text("widget.token_count", "en", count=6)
        '6 tokens'
    """
    return _table(language(lang))[key].format(**values)


def has(key: str) -> bool:
    """Return whether there is a text named ``key``."""
    return key in _table("en")


@cache
def _table(lang: str) -> dict[str, str]:
    table: dict[str, str] = json.loads((LOCALES / f"{lang}.json").read_text(encoding="utf-8"))
    return table
