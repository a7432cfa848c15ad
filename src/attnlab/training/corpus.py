"""The English text that the writer and the reader learn from: prose of an encyclopedia and everyday sentences.

WikiText has tables and lists, which are left out, and ``<unk>`` where a rare word stood. Two sentences in three have
one, so they stay; it becomes a token of its own, which a model may read but is never asked for.

A text is a paragraph or a sentence, and is read as ``<start> ... <end>``. A paragraph too long for the model is cut
where a sentence ends, and each piece is a text. A sentence that is too long by itself is left out.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from random import Random

from attnlab.data import Article, read_articles, read_pairs, sentences
from attnlab.text import ByteLevelBPE, SpecialTokens

Paths = Iterable[str | PathLike[str]]

GAP = "<unk>"  # what WikiText has for a rare word
TEXT_SPECIALS = SpecialTokens(unknown="<unknown>", start="<start>", end="<end>", mask="<mask>")
FEWEST_WORDS = 5
ENDS = (".", "!", "?", '"', "”", "'", "’")


@dataclass(frozen=True)
class Corpus:
    """Texts to learn from and others to be scored on, each a paragraph or a sentence.

    Attributes:
        train: the texts to learn from.
        articles: held out: paragraphs of articles of which nothing is in ``train``.
        sentences: held out: everyday sentences.
    """

    train: tuple[str, ...]
    articles: tuple[str, ...]
    sentences: tuple[str, ...]


def is_prose(paragraph: str) -> bool:
    """Return whether a paragraph has at least 5 words and ends as a sentence does: tables and lists do not.

    Example:

        >>> is_prose("Figs are sweet and soft."), is_prose("Figs."), is_prose("A list of all the figs:")
        (True, False, False)
    """
    return len(paragraph.split()) >= FEWEST_WORDS and paragraph.rstrip().endswith(ENDS)


def english_texts(wikitext_paths: Paths, pair_paths: Paths) -> list[str]:
    """Return the paragraphs of WikiText files that are prose, then the different English sentences of pair files.

    Raises:
        OSError, ValueError: as ``read_articles`` and ``read_pairs`` do.

    Example:

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     wiki, pairs = f"{folder}/wiki.txt", f"{folder}/pairs.tsv"
        ...     _ = open(wiki, "w").write(" = Fig = \\n \\n The fig is a sweet fruit . \\n Fig wasps \\n")
        ...     _ = open(pairs, "w", encoding="utf-8").write("Hi.\\t嗨。\\nHi.\\t你好。\\n")
        ...     english_texts([wiki], [pairs])
        ['The fig is a sweet fruit.', 'Hi.']
    """
    return [*_prose(_different_articles(wikitext_paths)), *_different_sentences(pair_paths)]


def read_corpus(
    wikitext_paths: Paths, pair_paths: Paths, held_out_pairs: Paths, *, held_out_share: float = 0.1, seed: int = 0
) -> Corpus:
    """Return the texts of some files, a part of them held out.

    Of the encyclopedia whole articles are held out, drawn by the seed; of the everyday sentences those of
    ``held_out_pairs``. A sentence that is in both files of pairs is held out, and not learned from.

    Args:
        wikitext_paths: files of articles; see ``read_articles``.
        pair_paths, held_out_pairs: files of sentence pairs; see ``read_pairs``.
        held_out_share: which share of the articles is held out.
        seed: decides which.

    Raises:
        ValueError: the share leaves no article on one of the sides; and as ``read_articles`` and ``read_pairs`` do.
        OSError: as these do.

    Example: of two articles one is held out, whole.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     wiki, pairs, others = (f"{folder}/{name}" for name in ("wiki.txt", "pairs.tsv", "others.tsv"))
        ...     article = " = {0} = \\n \\n The {0} is a fruit . \\n A {0} is very sweet . \\n"
        ...     _ = open(wiki, "w").write(" \\n".join(map(article.format, ("fig", "kiwi"))))
        ...     _ = open(pairs, "w", encoding="utf-8").write("Hi.\\t嗨。\\n")
        ...     _ = open(others, "w", encoding="utf-8").write("Why?\\t为什么？\\n")
        ...     corpus = read_corpus([wiki], [pairs], [others], held_out_share=0.5)
        >>> corpus.articles, corpus.sentences
        (('The kiwi is a fruit.', 'A kiwi is very sweet.'), ('Why?',))
        >>> corpus.train
        ('The fig is a fruit.', 'A fig is very sweet.', 'Hi.')
    """
    train, held_out = split_articles(_different_articles(wikitext_paths), held_out_share, seed)
    held_out_sentences = _different_sentences(held_out_pairs)
    kept_apart = set(held_out_sentences)
    sentences = [sentence for sentence in _different_sentences(pair_paths) if sentence not in kept_apart]
    return Corpus((*_prose(train), *sentences), tuple(_prose(held_out)), tuple(held_out_sentences))


def split_articles(
    articles: Sequence[Article], held_out_share: float, seed: int
) -> tuple[list[Article], list[Article]]:
    """Return the articles to learn from and those held out, each in their order; none is on both sides.

    Two articles may have one title (in WikiText several are called ``<unk>``): it is the article that counts.

    Raises:
        ValueError: the share leaves no article on one of the sides.

    Example:

        >>> train, held_out = split_articles([Article(title, ()) for title in "abcde"], held_out_share=0.4, seed=0)
        >>> len(train), len(held_out), {a.title for a in train} & {a.title for a in held_out}
        (3, 2, set())
    """
    count = round(held_out_share * len(articles))
    if not 0 < count < len(articles):
        raise ValueError(f"held_out_share={held_out_share} holds out {count} of {len(articles)} articles")
    chosen = set(Random(seed).sample(range(len(articles)), count))
    train = [article for place, article in enumerate(articles) if place not in chosen]
    return train, [article for place, article in enumerate(articles) if place in chosen]


def _different_articles(paths: Paths) -> list[Article]:
    """Each article once: one that is in two files would be on both sides of a split."""
    return list(dict.fromkeys(article for path in paths for article in read_articles(path)))


def _different_sentences(paths: Paths) -> list[str]:
    return list(dict.fromkeys(pair.english for path in paths for pair in read_pairs(path)))


def _prose(articles: Iterable[Article]) -> list[str]:
    return [paragraph for article in articles for paragraph in article.paragraphs if is_prose(paragraph)]


@dataclass(frozen=True)
class Piece:
    """A text as a model reads it.

    Attributes:
        ids: its tokens, from the start token to the end token.
        words: how many words it has, those not counted that are nothing but a gap.
    """

    ids: tuple[int, ...]
    words: int


def train_tokenizer(texts: Iterable[str], n_merges: int) -> ByteLevelBPE:
    """Return a tokenizer with the special tokens that both models need, whose merges were learned on some texts.

    Example:

        >>> tokenizer = train_tokenizer(["figs <unk> figs"], n_merges=4)
        >>> tokenizer.tokenize("figs <unk>")[:1], tokenizer.special.present
        ([b'figs'], ('<unknown>', '<start>', '<end>', '<mask>'))
    """
    return ByteLevelBPE.train((text.replace(GAP, "") for text in texts), n_merges, special=TEXT_SPECIALS)


def text_ids(tokenizer: ByteLevelBPE, text: str) -> list[int]:
    """Return the ids of a text; each ``<unk>``, with the space before it, is the unknown token.

    Example: the space before ``b`` is byte 32.

        >>> text_ids(ByteLevelBPE([], special=TEXT_SPECIALS), "a <unk> b")
        [97, 256, 32, 98]
    """
    first, *others = re.split(f" ?{GAP}", text)
    return tokenizer.encode(first) + [
        token for part in others for token in (tokenizer.unknown_id, *tokenizer.encode(part))
    ]


def pieces(tokenizer: ByteLevelBPE, texts: Iterable[str], most: int) -> list[Piece]:
    """Return texts as pieces of at most ``most`` tokens, start and end token included.

    Example: the second sentence does not fit beside the first one, and the third is too long by itself.

        >>> tokenizer = ByteLevelBPE([], special=TEXT_SPECIALS)
        >>> found = pieces(tokenizer, ["Hi you. Why? Because of that."], most=10)
        >>> [tokenizer.decode(piece.ids) for piece in found], [piece.words for piece in found]
        (['<start>Hi you.<end>', '<start>Why?<end>'], [2, 1])
    """
    return [_piece(tokenizer, part) for text in texts for part in _parts(tokenizer, text, most - 2)]


def _parts(tokenizer: ByteLevelBPE, text: str, most: int) -> Iterator[str]:
    """As many whole sentences at a time as fit."""
    part = ""
    for sentence in sentences(text):
        longer = f"{part} {sentence}".lstrip()
        if len(text_ids(tokenizer, longer)) <= most:
            part = longer
            continue
        if part:
            yield part
        part = sentence if len(text_ids(tokenizer, sentence)) <= most else ""
    if part:
        yield part


def _piece(tokenizer: ByteLevelBPE, text: str) -> Piece:
    words = sum(bool(word.replace(GAP, "")) for word in text.split())
    return Piece((tokenizer.start_id, *text_ids(tokenizer, text), tokenizer.end_id), words)


def filled_rows(texts: Iterable[Sequence[int]], most: int) -> list[list[int]]:
    """Return texts joined to rows of at most ``most`` tokens, in their order. No text is cut.

    Example:

        >>> filled_rows([[1, 2], [3], [4, 5, 6]], most=3)
        [[1, 2, 3], [4, 5, 6]]
    """
    rows: list[list[int]] = [[]]
    for text in texts:
        if len(rows[-1]) + len(text) > most:
            rows.append([])
        rows[-1] += text
    return [row for row in rows if row]
