"""The word vectors that come with the package: made, scored, and described by a card.

Where gensim is installed, it is trained beside ours on the same sentences, and the card compares the two. WordSim-353
is in its test data; without gensim the card has no scores.
"""

import dataclasses
import re
import time
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from attnlab.embedding import Vectors
from attnlab.training.card import Card, this_machine
from attnlab.training.corpus import GAP, english_texts
from attnlab.word2vec.agreement import agreement, read_judgments
from attnlab.word2vec.config import Word2VecConfig
from attnlab.word2vec.corpus import Counts, count_words
from attnlab.word2vec.vectors import TrainedVectors, load_word2vec, train_word2vec

# Chosen by WordSim-353 and by a look at the neighbors of everyday words. So small a text needs many epochs.
PRESET = Word2VecConfig(dim=64, window=5, negatives=10, min_count=3, max_size=10_000, epochs=50, seed=1)
COMPARED_WORKERS = 2
GENSIM_CBOW_RATE = 0.025  # its gradient of a mean is not divided by the number of words

TITLE = "Word vectors: which English words stand beside whom"
SOURCE = "WikiText-2, validation and test parts, and English sentences of Tatoeba; trained by attnlab.word2vec"
DATA = (
    "Prose of the validation and test parts of WikiText-2 (Merity et al., *Pointer Sentinel Mixture Models*, 2016): "
    "articles of [Wikipedia](https://en.wikipedia.org) by their authors, CC BY-SA 3.0. And the different English "
    "sentences of the pairs of the [Tatoeba project](https://tatoeba.org) by its contributors, CC-BY 2.0 (France), "
    "whose names are in the third column of the data."
)
NOTES = """\
## Notes

A step is one word of the text, in one epoch. Both sides of the comparison had the same vocabulary, settings and
machine; the time in which the vocabulary is counted is left out on both. Each was trained once, and the settings were
chosen with our score in sight: a difference of a few hundredths can be chance.

`weights.safetensors` has both matrices, `input` and `output`, as int8 with one scale a row. `model.json` has the
{words:,} words, the most frequent first, how often each was met, and the settings.

{again}

What they cannot do: the text is small, {text:,} words. Frequent words have neighbors that make sense; a word that was
met {min_count} times has those that stood near it by chance. The neighbors tell what an encyclopedia and sentences for
learners write about, with their slants. Each word has one vector, whatever it means in a sentence, and is written
small."""
REPEATABLE = (
    "They were trained by one worker: the same files, seed, programs and processor give the same vectors again."
)
UNREPEATABLE = (
    "They were trained by several workers, which do not wait for each other: no two trainings are quite alike."
)

WORD = re.compile(r"'(?:s|t|m|d|re|ve|ll)\b|[^\W_]+(?:-[^\W_]+)*")

Sentences = list[list[str]]


def words_of_prose(text: str) -> list[str]:
    """Return the words of a text as people write it, in small letters, without punctuation.

    Example:

        >>> words_of_prose("It's a well-known <unk>, isn\\u2019t it?")
        ['it', "'s", 'a', 'well-known', 'isn', "'t", 'it']
    """
    found: list[str] = WORD.findall(text.replace(GAP, " ").replace("\u2019", "'").lower())
    return found


def ship(texts: list[Path], pairs: list[Path], out: Path, *, config: Word2VecConfig = PRESET, workers: int = 1) -> None:
    """Train word vectors on English text, and write them with their card, ``README.md``, into a folder.

    Args:
        texts: WikiText files.
        pairs: files of sentence pairs, of which the English sentences are used.
        out: the folder.
        config: the settings; PRESET made the vectors of the package.
        workers: how many processes train.

    Raises:
        OSError, ValueError: as ``english_texts``, ``train_word2vec`` and ``TrainedVectors.save`` do.

    Example:

        >>> ship([Path("nowhere.txt")], [], Path("out"))
        Traceback (most recent call last):
        FileNotFoundError: there is no file nowhere.txt
    """
    config = dataclasses.replace(config, workers=workers)
    sentences = [words for text in english_texts(texts, pairs) if (words := words_of_prose(text))]
    counts = count_words(sentences, min_count=config.min_count, max_size=config.max_size)
    started = time.perf_counter()
    found = dataclasses.replace(train_word2vec(sentences, config, counts=counts), source=SOURCE)
    seconds = time.perf_counter() - started
    found.save(out)
    card = Card(
        TITLE,
        DATA,
        config.to_dict() | {"steps": counts.raw_words * config.epochs},
        {"words": len(found), "dim": found.dim, "matrices": 2},
        found.vectors.size + found.output.size,
        seconds / 60,
        this_machine(workers),
        {"seconds of training": f"{seconds:.0f}"} | scores_of(load_word2vec(out), sentences, counts, config),
        NOTES.format(
            words=len(found),
            text=counts.raw_words,
            min_count=config.min_count,
            again=REPEATABLE if workers == 1 else UNREPEATABLE,
        ),
    )
    (out / "README.md").write_text(card.to_markdown(), encoding="utf-8")


# --- the comparison ---------------------------------------------------------------------------------------------------


class Trained(NamedTuple):
    """What a side of the comparison made: a row for each word; and how many words of text it read in a second."""

    place_of: Mapping[str, int]
    vectors: Vectors
    rate: float


def scores_of(shipped: TrainedVectors, sentences: Sentences, counts: Counts, config: Word2VecConfig) -> dict[str, str]:
    """Return the lines of the card's table, none without gensim: our agreement with people and our speed, and its."""
    if find_spec("gensim") is None:
        return {}
    name = f"gensim {import_module('gensim').__version__}"
    judgments = read_judgments(import_module("gensim.test.utils").datapath("wordsim353.tsv"))
    score, pairs = agreement(shipped.index, shipped.vectors, judgments)
    compared = dataclasses.replace(config, workers=COMPARED_WORKERS)
    theirs = by_gensim(sentences, counts, compared)
    their_score, _ = agreement(theirs.place_of, theirs.vectors, judgments)
    return {
        f"WordSim-353, Spearman's correlation over {pairs} of {len(judgments)} pairs": f"{score:.3f}",
        f"{name}, same text and settings": f"{their_score:.3f}",
        f"words read a second, {COMPARED_WORKERS} workers": f"{ours(sentences, counts, compared).rate:,.0f}",
        f"{name}, {COMPARED_WORKERS} workers": f"{theirs.rate:,.0f}",
    }


def ours(sentences: Sentences, counts: Counts, config: Word2VecConfig) -> Trained:
    """Train by this package."""
    started = time.perf_counter()
    found = train_word2vec(sentences, config, counts=counts)
    return Trained(found.index, found.vectors, _rate(started, counts, config))


def by_gensim(sentences: Sentences, counts: Counts, config: Word2VecConfig) -> Trained:
    """Train by gensim, with the same vocabulary and settings."""
    is_skip_gram = config.model == "skip-gram"
    made = import_module("gensim.models").Word2Vec(
        vector_size=config.dim,
        window=config.window,
        shrink_windows=not config.fixed_window,
        negative=config.negatives,
        ns_exponent=config.noise_power,
        sample=config.subsample,
        min_count=1,
        sg=int(is_skip_gram),
        alpha=config.rate if is_skip_gram else GENSIM_CBOW_RATE,
        min_alpha=config.final_learning_rate,
        seed=config.seed,
        workers=config.workers,
    )
    made.build_vocab_from_freq(dict(zip(counts.vocabulary.tokens, counts.counts.tolist(), strict=True)))
    started = time.perf_counter()
    made.train(sentences, total_examples=len(sentences), epochs=config.epochs)
    return Trained(made.wv.key_to_index, made.wv.vectors, _rate(started, counts, config))


def _rate(started: float, counts: Counts, config: Word2VecConfig) -> float:
    return counts.raw_words * config.epochs / (time.perf_counter() - started)
