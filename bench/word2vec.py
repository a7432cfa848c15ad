"""Word2Vec against gensim: words per second on two cores, and how well the vectors agree with people.

Both train on the same sentences with the same vocabulary, dimension, window, negatives, subsampling and epochs, and
with two workers; the time of counting the vocabulary is left out on both sides. They take turns, and the median is
taken over the ratios of neighboring runs, so that a busy moment of the machine falls on both alike. A word counts as
gensim counts it: each word of the text, each epoch, whether or not it was left out.

The agreement is Spearman's correlation of cosines with the judgments of WordSim-353, over those pairs whose words are
both in the vocabulary, averaged over a few seeds. The file comes with gensim's own test data.

The corpus is named by ``$ATTNLAB_CORPUS``, or after ``python -m bench.word2vec``: files of text cut by spaces, one
paragraph a line, as WikiText has them. Without one, a text is drawn from Zipf's law: speed can be measured on it,
agreement cannot.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

import numpy as np

from bench import ROOT
from bench.report import Figure, load, table

VARIABLE = "ATTNLAB_CORPUS"
# What both sides are given.
SETTINGS = {"dim": 100, "window": 5, "negatives": 5, "subsample": 1e-3, "min_count": 3}
SPEED_EPOCHS, ROUNDS = 5, 5
QUALITY_EPOCHS, SEEDS = 20, (1, 2, 3)
ZIPF_WORDS, ZIPF_TYPES, ZIPF_SENTENCE = 500_000, 20_000, 25
WORST_RATIO = 2.0  # of times: at half of gensim's words per second
MODELS = ("skip-gram", "cbow")

Sentences = list[list[str]]


def measure(paths: Sequence[Path] = ()) -> list[Figure]:
    """Return all figures, measured in a process that does nothing else; none, and a line that says so, without gensim.

    Without paths, the corpus is the one that ``$ATTNLAB_CORPUS`` names, paths separated as in ``$PATH``.
    """
    if importlib.util.find_spec("gensim") is None:
        print("Word2Vec was not measured: gensim is not installed (pip install gensim==4.4.0).")
        return []
    named = [Path(path) for path in os.environ.get(VARIABLE, "").split(os.pathsep) if path]
    chosen = list(paths) or named
    missing = [str(path) for path in chosen if not path.is_file()]
    if missing:
        print(f"Word2Vec was not measured: no corpus at {', '.join(missing)}.")
        return []
    command = [sys.executable, "-m", "bench.word2vec", "--measure", *map(str, chosen)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
    finished = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    if finished.returncode != 0:
        raise SystemExit("Word2Vec was not measured; see above.")
    *said, result = finished.stdout.splitlines()
    print("\n".join(said))
    return [Figure(**entry) for entry in json.loads(result)]


# --- in the process that measures -------------------------------------------------------------------------------------


def figures(paths: Sequence[Path]) -> list[Figure]:
    sentences = read(paths) if paths else zipf()
    found = [figure for model in MODELS for figure in speed(model, sentences)]
    if paths:
        found += [figure for model in MODELS for figure in quality(model, sentences)]
    return found


def read(paths: Sequence[Path]) -> Sentences:
    from attnlab.word2vec import words_of

    lines = (line for path in paths for line in path.read_text(encoding="utf-8").splitlines())
    sentences = [words for line in lines for words in words_of(line)]
    print(
        f"Corpus of Word2Vec: {sum(map(len, sentences)):,} words of {len(paths)} files in {len(sentences):,} sentences."
    )
    return sentences


def zipf() -> Sentences:
    """A text in which the word of rank r has a share in proportion to 1 / (r + 2.7), as in English."""
    shares = 1 / (np.arange(ZIPF_TYPES) + 2.7)
    ids = np.random.default_rng(0).choice(ZIPF_TYPES, size=ZIPF_WORDS, p=shares / shares.sum())
    names = [f"w{rank}" for rank in range(ZIPF_TYPES)]
    words = [names[place] for place in ids.tolist()]
    print(
        f"Corpus of Word2Vec: none is named by ${VARIABLE}, so {ZIPF_WORDS:,} words drawn from Zipf's law over "
        f"{ZIPF_TYPES:,}, in sentences of {ZIPF_SENTENCE}."
    )
    return [words[start : start + ZIPF_SENTENCE] for start in range(0, len(words), ZIPF_SENTENCE)]


class Ours:
    """Our side: the vocabulary is counted once."""

    def __init__(self, sentences: Sentences, model: str) -> None:
        from attnlab.word2vec import count_words

        self.sentences, self.model = sentences, model
        self.counts = count_words(sentences, min_count=SETTINGS["min_count"])

    def train(self, epochs: int, seed: int) -> tuple[float, dict[str, int], Any]:
        """Return the seconds, and which word belongs to which row of the vectors."""
        from attnlab.word2vec import Word2VecConfig, train_word2vec

        config = Word2VecConfig(**SETTINGS, model=self.model, epochs=epochs, seed=seed, workers=2)
        started = time.perf_counter()
        found = train_word2vec(self.sentences, config, counts=self.counts)
        return time.perf_counter() - started, found.index, found.vectors


class Theirs:
    """gensim."""

    def __init__(self, sentences: Sentences, model: str) -> None:
        self.sentences, self.model = sentences, model

    def train(self, epochs: int, seed: int) -> tuple[float, dict[str, int], Any]:
        from gensim.models import Word2Vec

        made = Word2Vec(
            vector_size=SETTINGS["dim"],
            window=SETTINGS["window"],
            negative=SETTINGS["negatives"],
            sample=SETTINGS["subsample"],
            min_count=SETTINGS["min_count"],
            sg=int(self.model == "skip-gram"),
            seed=seed,
            workers=2,
        )
        made.build_vocab(self.sentences)
        started = time.perf_counter()
        made.train(self.sentences, total_examples=made.corpus_count, epochs=epochs)
        return time.perf_counter() - started, made.wv.key_to_index, made.wv.vectors


def speed(model: str, sentences: Sentences) -> list[Figure]:
    """Return both rates, and how many times gensim's time ours is."""
    sides = Ours(sentences, model), Theirs(sentences, model)
    read_words = SPEED_EPOCHS * sum(map(len, sentences))
    times: list[tuple[float, float]] = []
    for number in range(1 + ROUNDS):  # the first warms up
        order = sides if number % 2 else sides[::-1]
        taken = {side: side.train(SPEED_EPOCHS, number)[0] for side in order}
        if number:
            times.append((taken[sides[0]], taken[sides[1]]))
    rates = [median(read_words / one[side] for one in times) / 1000 for side in (0, 1)]
    return [
        Figure(f"Word2Vec, {model}, 2 workers: a thousand words a second", rates[0], "k/s"),
        Figure("    gensim's", rates[1], "k/s"),
        Figure("    our time against gensim's", median(ours / theirs for ours, theirs in times), "x", WORST_RATIO),
    ]


def quality(model: str, sentences: Sentences) -> list[Figure]:
    """Return how both agree with WordSim-353, on average over the seeds."""
    from gensim.test.utils import datapath

    from attnlab.word2vec.agreement import agreement, read_judgments

    judgments = read_judgments(datapath("wordsim353.tsv"))
    found = []
    for name, side in (("ours", Ours(sentences, model)), ("gensim's", Theirs(sentences, model))):
        scores = [agreement(*side.train(QUALITY_EPOCHS, seed)[1:], judgments) for seed in SEEDS]
        values = [score for score, _ in scores]
        title = f"WordSim-353, {model}, {QUALITY_EPOCHS} epochs, {len(SEEDS)} seeds, {scores[0][1]} pairs: {name}"
        found += [Figure(title, mean(values), ""), Figure("    standard deviation over the seeds", stdev(values), "")]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="*", type=Path, help=f"text files; otherwise those that ${VARIABLE} names")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        found = figures(options.corpus)
        print(json.dumps([asdict(figure) for figure in found]))
        return
    print(f"{os.cpu_count()} cores; load over the last minute: {load():.2f}", flush=True)
    found = measure(options.corpus)
    if found:
        print(table(found))
        print(f"Load over the last minute at the end: {load():.2f}")


if __name__ == "__main__":
    main()
