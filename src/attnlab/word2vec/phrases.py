"""Words that are found by counting: signs that stand together more often than chance are joined.

Chinese is written without spaces, so its words must be found. Nothing is looked up here: two neighbors become one word
where the text itself says that they belong together. Some of the found are no words of any dictionary.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

Sentence = Sequence[str]


def join_phrases(sentences: Iterable[Sentence], *, discount: float = 5, threshold: float = 10) -> list[list[str]]:
    """Return sentences in which neighbors that belong together have become one word.

    Two words belong together if their score is above the threshold: ``(n_ab - discount) / (n_a * n_b) * n``, how many
    times more often the pair is met than chance would put the two side by side. Each sentence is read from the left,
    and a word that was joined is not joined again. Apply it twice for words of up to four parts.

    Args:
        sentences: each a list of words, or of characters.
        discount: taken off each count, so that what was met by chance once or twice does not count.
        threshold: from which score on two are one.

    Raises:
        ValueError: ``discount`` is below 0, or ``threshold`` is not above 0.

    Source: Mikolov et al., *Distributed Representations of Words and Phrases and their Compositionality* (2013),
    section 4, equation 6. The factor ``n``, the number of words, is that of the authors' program: with it a threshold
    does not depend on the length of the text.

    Example: the two signs of "apple" never stand alone.

        >>> text = ["我吃苹果", "苹果好吃", "我好", "你吃", "你好", "苹果"]
        >>> join_phrases(text, discount=1, threshold=2)[:2]
        [['我', '吃', '苹果'], ['苹果', '好', '吃']]
    """
    if discount < 0 or not threshold > 0:
        raise ValueError(f"discount must be at least 0 and threshold above 0, got {discount} and {threshold}")
    lines = [list(sentence) for sentence in sentences]
    single = Counter(word for line in lines for word in line)
    total = single.total()
    joined = {
        (a, b)
        for (a, b), count in Counter(pair for line in lines for pair in pairwise(line)).items()
        if (count - discount) / (single[a] * single[b]) * total > threshold
    }
    return [_joined(line, joined) for line in lines]


def _joined(line: list[str], pairs: set[tuple[str, str]]) -> list[str]:
    found: list[str] = []
    fresh = False  # whether the last word may still be joined
    for word in line:
        if fresh and (found[-1], word) in pairs:
            found[-1] += word
            fresh = False
        else:
            found.append(word)
            fresh = True
    return found
