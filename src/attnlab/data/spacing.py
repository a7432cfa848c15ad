"""Lines of WikiText as people write them.

WikiText has a space between any two tokens, so that a program can count them: ``He paid $ 1 @,@ 500 ( or so ) .``
A model that learns from such lines writes such lines. Here the spaces go that nobody types.
"""

import re

SPELLED = {"@-@": "-", "@,@": ",", "@.@": "."}  # signs that stood inside of a word or a number
JOINS_BOTH = {*SPELLED, "/", "⁄", "‑"}
JOINS_NUMBERS = {"–", ":"}  # 5–6 and 10:30; elsewhere a dash keeps its spaces, and a colon the one after it
JOINS_LEFT = {*",.;:!?%)]}”…′″", "..", "...", "...."}
JOINS_RIGHT = {*"([{“‘$£€¥₤#"}
ENDINGS = {"s", "t", "m", "d", "re", "ve", "ll"}  # what follows an apostrophe: it 's, don 't, I 'm
NOT_PLURAL = {"as", "has", "his", "is", "its", "says", "this", "thus", "was"}  # nothing belongs to these
DECADE = re.compile(r"\d0s")


def untokenized(line: str) -> str:
    """Return a line of WikiText as natural text: without the spaces that only part tokens.

    Gone are the spaces before punctuation, inside of brackets and quotation marks, after currency signs, around
    ``@-@``, ``@,@`` and ``@.@`` (which become ``-``, ``,`` and ``.``), around slashes and before ``'s`` and its like.
    Double quotation marks open and close by turns. A single one is an apostrophe after an s (``the dogs ' bowl``), and
    before a decade; otherwise it opens where another one is to come. ``<unk>`` stays.

    Some lines can be read in two ways; this is a rule, and it will not get all of them right.

    Example:

        >>> untokenized(' " It \\'s well @-@ known " , she said ( in 1 @,@ 500 words ) . ')
        '"It\\'s well-known", she said (in 1,500 words).'
    """
    words = line.split()
    parts: list[str] = []
    joined = True  # no space at the start, nor after what joins to its right
    open_marks: set[str] = set()
    for place, word in enumerate(words):
        if word in ('"', "'"):
            left, right = _sides_of_quote(words, place, open_marks)
        else:
            left, right = _sides(words, place)
        parts += ["" if joined or left else " ", SPELLED.get(word, word)]
        joined = right
    return "".join(parts)


def _sides(words: list[str], place: int) -> tuple[bool, bool]:
    """Whether a word joins the one to its left, and the one to its right."""
    before, word, after = _around(words, place)
    if word in JOINS_BOTH or (word in JOINS_NUMBERS and before.isdigit() and after.isdigit()):
        return True, True
    if word == "°":
        return True, after in ("C", "F")
    if word == "’":
        return True, after in ENDINGS
    return word in JOINS_LEFT or _is_ending(word), word in JOINS_RIGHT


def _sides_of_quote(words: list[str], place: int, open_marks: set[str]) -> tuple[bool, bool]:
    """As ``_sides``, for a mark that opens and closes alike. ``open_marks`` holds those that are open."""
    before, mark, after = _around(words, place)
    if mark == "'" and (after in ENDINGS or DECADE.fullmatch(after)):
        return after in ENDINGS, True
    if mark in open_marks:
        open_marks.remove(mark)
        return True, False
    is_possessive = mark == "'" and before.lower().endswith("s") and before.lower() not in NOT_PLURAL
    to_come = words[place + 1 :]
    opens = bool(to_come) if mark == '"' else mark in to_come and not is_possessive
    if not opens:
        return True, False
    open_marks.add(mark)
    return False, True


def _around(words: list[str], place: int) -> tuple[str, str, str]:
    """The word, between its neighbors."""
    return words[place - 1] if place else "", words[place], words[place + 1] if place + 1 < len(words) else ""


def _is_ending(word: str) -> bool:
    return word.lower() == "n't" or (word.startswith("'") and word[1:].lower() in ENDINGS)
