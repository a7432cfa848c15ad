"""A small story in two languages, written for this book: a text to learn tokens from, without a download.

Each of its sentences stands in English and in Chinese, and says the same in both. Words of one root come in many
forms, and some words (``monkeys``, ``trees``) come in the last sentences in a form that the others lack.
"""

from pathlib import Path

from attnlab.data.pairs import SentencePair, read_pairs

STORY_FILE = Path(__file__).with_name("story.tsv")


def load_story() -> list[SentencePair]:
    """Return the sentences of a story about a monkey that learns to count, in order; each in English and in Chinese.

    Raises:
        FileNotFoundError: the file is missing.
        ValueError: the file is something else.

    Example:

        >>> story = load_story()
        >>> len(story)
        80
        >>> story[5].english, story[5].chinese
        ('But nothing in the world was better than a banana.', '但是世界上没有什么比香蕉更好。')
    """
    return read_pairs(STORY_FILE)
