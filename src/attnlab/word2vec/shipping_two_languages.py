"""The word vectors of two languages that come with the package: made from sentence pairs, each side for itself."""

import dataclasses
import re
import time
from pathlib import Path

import numpy as np

from attnlab.data import SentencePair, read_pairs
from attnlab.text import normalize_chinese
from attnlab.training.card import Card, this_machine
from attnlab.word2vec.config import Word2VecConfig
from attnlab.word2vec.phrases import join_phrases
from attnlab.word2vec.shipping import words_of_prose
from attnlab.word2vec.two_languages import (
    LANGUAGES,
    TwoLanguages,
    known_pairs,
    load_two_languages,
    translation_ranks,
)
from attnlab.word2vec.vectors import TrainedVectors, train_word2vec

PRESET = Word2VecConfig(dim=32, window=5, negatives=10, min_count=3, epochs=40, seed=1)
WORDS = 1000
THRESHOLDS = (10, 40)  # of the first joining, of two characters, and of the second
REPEATS = 10
HAN = re.compile("[\u4e00-\u9fff]+")

Sentences = list[list[str]]

TITLE = "Word vectors of two languages: Chinese and English, trained apart"
SOURCE = "{language} sentences of Tatoeba; trained by attnlab.word2vec on this language alone"
DATA = (
    "The different Chinese sentences, and the different English sentences, of the pairs of the "
    "[Tatoeba project](https://tatoeba.org) by its contributors, CC-BY 2.0 (France), whose names are in the third "
    "column of the data. `dictionary.tsv`, beside the code, was written for this book."
)
NOTES = """\
## Notes

Made by `python -m attnlab.train two-languages --pairs train.tsv --out src/attnlab/models/two_languages`. Each folder
has the {words:,} most frequent words of its language: `weights.safetensors` holds both matrices, `input` and `output`,
as int8 with one scale a row; `model.json` the words, how often each was met, and the settings. They were trained by one
worker: the same file, seed, programs and processor give the same vectors again.

Chinese words were found by counting (`attnlab.word2vec.phrases`): characters that stand together more often than chance
are joined, twice. Many of them are words, some are pieces of sentences.

The scores are those of `attnlab.word2vec.two_languages.translation_ranks`: five parts, {repeats} ways of cutting. A
dictionary of {pairs} pairs is cut into five parts; each part is translated by a map that was learned from the other
four. The settings were chosen with these scores in sight, among about ten. The sentences of the two sides are
translations of each other, though no training saw which belong together: the two texts speak of the same things
equally often. The lines on half of the pairs show how much that brings. There the Chinese side is one half of the pairs
and the English side the same half, or the other half; both are trained anew with the same settings."""


def words_of_chinese(texts: list[str]) -> Sentences:
    """Return Chinese texts as words that were found in these texts by counting; whatever is not Chinese cuts a text.

    Example: in so small a text, nothing is met often enough to be joined.

        >>> words_of_chinese(["你好,Tom!"])
        [['你', '好']]
    """
    sentences = [list(run) for text in texts for run in HAN.findall(normalize_chinese(text))]
    for threshold in THRESHOLDS:
        sentences = join_phrases(sentences, threshold=threshold)
    return sentences


def ship_two_languages(pairs: list[Path], out: Path, *, config: Word2VecConfig = PRESET, words: int = WORDS) -> None:
    """Train the vectors of both languages on their side of sentence pairs, and write them with a card into a folder.

    Args:
        pairs: files of sentence pairs.
        out: the folder; each language gets a folder in it.
        config: the settings; PRESET made the vectors of the package.
        words: how many of the most frequent words are kept.

    Raises:
        OSError, ValueError: as ``read_pairs``, ``train_word2vec`` and ``TrainedVectors.save`` do.

    Example:

        >>> ship_two_languages([Path("nowhere.tsv")], Path("out"))
        Traceback (most recent call last):
        FileNotFoundError: there is no file nowhere.tsv
    """
    read = [pair for path in pairs for pair in read_pairs(path)]
    texts = texts_of(read, read)
    started = time.perf_counter()
    trained = train_each(texts, config, words)
    seconds = time.perf_counter() - started
    for language, vectors in zip(LANGUAGES, trained[:2], strict=True):
        dataclasses.replace(vectors, source=SOURCE.format(language=language.capitalize())).save(out / language)
    two = load_two_languages(out)
    read_words = sum(len(sentence) for sentences in texts.values() for sentence in sentences)
    card = Card(
        TITLE,
        DATA,
        config.to_dict() | {"steps": read_words * config.epochs},
        {"languages": len(LANGUAGES), "words": words, "dim": config.dim, "matrices": 2},
        2 * (two.chinese.vectors.size + two.english.vectors.size),
        seconds / 60,
        this_machine(1),
        scores_of(two) | scores_of_halves(read, config, words),
        NOTES.format(words=words, pairs=len(two.dictionary), repeats=REPEATS),
    )
    (out / "README.md").write_text(card.to_markdown(), encoding="utf-8")


def texts_of(chinese: list[SentencePair], english: list[SentencePair]) -> dict[str, Sentences]:
    """Return the different Chinese sentences of some pairs, and the different English ones of others, as words."""
    return {
        "chinese": words_of_chinese(list(dict.fromkeys(pair.chinese for pair in chinese))),
        "english": [words_of_prose(text) for text in dict.fromkeys(pair.english for pair in english)],
    }


def train_each(texts: dict[str, Sentences], config: Word2VecConfig, words: int) -> TwoLanguages:
    """Return vectors of the most frequent words of both languages, each trained on its own text alone."""
    chinese, english = (most_frequent(train_word2vec(texts[language], config), words) for language in LANGUAGES)
    return TwoLanguages(chinese, english, known_pairs(chinese, english))


def most_frequent(vectors: TrainedVectors, words: int) -> TrainedVectors:
    """Return trained vectors cut down to their most frequent words."""
    words = min(words, len(vectors))
    return dataclasses.replace(
        vectors,
        tokens=vectors.tokens[:words],
        rows=vectors.rows[:words],
        words=words,
        output=vectors.output[:words],
        counts=vectors.counts[:words],
    )


# --- scores -----------------------------------------------------------------------------------------------------------


def scores_of(two: TwoLanguages) -> dict[str, str]:
    """Return the lines of the card's table: held-out translation, and what comparing without a map gives."""
    size = len(two.english)
    return {
        "held-out words, the first answer is right": _shares(two, 1),
        "held-out words, right among the first five": _shares(two, 5),
        "the same without the map": f"{_share(two, 1, aligned=False):.3f} and {_share(two, 5, aligned=False):.3f}",
        "by chance": f"{1 / size:.3f} and {5 / size:.3f}",
    }


def scores_of_halves(pairs: list[SentencePair], config: Word2VecConfig, words: int) -> dict[str, str]:
    """Return the scores on half of the pairs, with the two sides from the same half and from different halves."""
    side = np.random.default_rng(config.seed).random(len(pairs)) < 0.5
    one, other = ([pair for pair, is_in in zip(pairs, chosen, strict=True) if is_in] for chosen in (side, ~side))
    lines = {}
    for name, english in (("the same half", one), ("different halves", other)):
        both = train_each(texts_of(one, english), config, words)
        line = f"half of the pairs, {name}: first, among five ({len(both.dictionary)} pairs)"
        lines[line] = f"{_share(both, 1):.3f} and {_share(both, 5):.3f}"
    return lines


def _shares(two: TwoLanguages, among: int) -> str:
    shares = [float((translation_ranks(two, seed=seed) <= among).mean()) for seed in range(REPEATS)]
    return f"{np.mean(shares):.3f} ({min(shares):.3f} to {max(shares):.3f})"


def _share(two: TwoLanguages, among: int, aligned: bool = True) -> float:
    shares = [(translation_ranks(two, seed=seed, aligned=aligned) <= among).mean() for seed in range(REPEATS)]
    return float(np.mean(shares))
