"""Sentence pairs and plain text, from a file or by download.

===========================  =====================================================================================
``read_pairs``               English and Chinese sentences, from the tab-separated files of Tatoeba
``load_story``               a small story in both languages, which comes with the package
``group_references``         all English translations of each Chinese sentence, as a score needs them
``read_text``                a text file as one string
``read_articles``            the articles of a WikiText file, one at a time
``untokenized``              a line of WikiText as people write it
``sentences``                a text cut into sentences, one at a time
``documentation_sentences``  those of the documentation in installed packages
``download``                 a file from the network, kept only if its checksum is right
===========================  =====================================================================================

A file that cannot be used is refused with its name, and a line that cannot with its number. All files are UTF-8; a
byte-order mark and the line endings of Windows are fine.
"""

from attnlab.data.documentation import documentation_sentences
from attnlab.data.downloads import DownloadError, download
from attnlab.data.lines import read_text
from attnlab.data.pairs import SentencePair, group_references, read_pairs
from attnlab.data.sentence_rule import sentences
from attnlab.data.spacing import untokenized
from attnlab.data.story import load_story
from attnlab.data.wikitext import Article, read_articles

__all__ = [
    "Article",
    "DownloadError",
    "SentencePair",
    "documentation_sentences",
    "download",
    "group_references",
    "load_story",
    "read_articles",
    "read_pairs",
    "read_text",
    "sentences",
    "untokenized",
]
