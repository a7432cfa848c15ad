"""Text cut into sentences by a rule that fits in a paragraph.

A sentence ends at ``.``, ``!``, ``?`` or ``…``, with any closing quotation marks and brackets, if a space follows and
then anything but a small letter. It does not end at the dot of a title or another abbreviation that something always
follows (``Dr.``, ``vs.``; ``No.`` and the months only before a number), nor at that of initials (``J. R.``, ``U.S.``).

What the rule gets wrong: a sentence that ends in initials (``in the U.S. Then``) goes on, and one with a name after
speech (``"Stop!" Tom said.``) is cut.
"""

import re
from collections.abc import Iterable, Iterator

TITLES = "Dr Mr Mrs Ms Messrs Prof Rev Fr St Ste Mt Ft Gen Col Maj Capt Lt Sgt Cpl Cmdr Adm Gov Sen Rep Pres Hon"
BEFORE_NUMBERS = frozenset(re.findall(r"\w+", "No Nos no nos Vol vol pp p Fig fig ca c Jan Feb Aug Sept Oct Nov Dec"))
ABBREVIATIONS = frozenset({*re.findall(r"\w+", TITLES), "vs", "v", "cf", "viz", "e.g", "i.e"})
INITIALS = re.compile(r"[^\W\d_](?:\.-?[^\W\d_])*")
ENDING = re.compile(r"""[.!?…]["'”’)\]]*\s+(?=["'“‘(\[–—-]*(?P<next>[\w<$£€¥#]))""")
OPENING = "\"'“‘([–—-"


def sentences(text: str | Iterable[str]) -> Iterator[str]:
    """Yield the sentences of a text, one at a time, without the spaces around them.

    Args:
        text: a text, or its lines. An open file is read line by line, so it may be larger than memory. No sentence goes
            on from one line to the next.

    Example: the module says by what rule.

        >>> list(sentences("Dr. Fig ate 2.5 kiwis. Why? Ask J. R. Plum."))
        ['Dr. Fig ate 2.5 kiwis.', 'Why?', 'Ask J. R. Plum.']
    """
    for line in text.split("\n") if isinstance(text, str) else text:
        yield from _sentences_of_line(line)


def _sentences_of_line(line: str) -> Iterator[str]:
    start = 0
    for found in ENDING.finditer(line):
        if not found["next"].islower() and not _is_abbreviated(line, start, found):
            yield line[start : found.end()].strip()
            start = found.end()
    rest = line[start:].strip()
    if rest:
        yield rest


def _is_abbreviated(line: str, start: int, mark: re.Match[str]) -> bool:
    """Whether the mark is the dot of an abbreviation or of initials. Its sentence begins at ``start``."""
    if line[mark.start()] != ".":
        return False
    word = line[max(line.rfind(" ", start, mark.start()) + 1, start) : mark.start()].lstrip(OPENING)
    if word in BEFORE_NUMBERS:
        return mark["next"].isdigit()
    return word in ABBREVIATIONS or (INITIALS.fullmatch(word) is not None and word.isupper())
