"""Vectors from a corpus, by one process or by several that write into the same matrices.

With one, the same seed gives the same numbers. Several do not wait for each other: a change may be computed from
vectors that another has changed in the meantime, and now and then one is lost. The sparse changes make that harmless.

Source: Recht et al., *Hogwild!: A Lock-Free Approach to Parallelizing Stochastic Gradient Descent* (2011).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from attnlab.word2vec.bands import CHUNK
from attnlab.word2vec.config import Word2VecConfig
from attnlab.word2vec.corpus import Counts, EncodedText, Floats, Reader, Sentences, noise_table
from attnlab.word2vec.fast import Model
from attnlab.word2vec.lane import Lane, pairs_of_word
from attnlab.word2vec.workers import Helpers, can_fork, shared_array

GROUP = 10_000  # words that a worker reads at a time
MOST_CHUNKS = 64  # of a part: with more, it would be no faster, and its memory would not stay in the cache
# The pairs of a word in one part, times the learning rate: all of them are computed from the same vectors. Where the
# most frequent word would have more, parts are shorter, and if they cannot be, its changes are damped. Training breaks
# out at 10 times that, in a small vocabulary at twice that.
MOST_CHANGE = 4.0
MOST_SCORES = 1 << 22  # of a softmax


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    Attributes:
        words: how many words were read, over all epochs.
        total: how many there are to read.
        seconds: since the training began.
        learning_rate: now.
    """

    words: int
    total: int
    seconds: float
    learning_rate: float


class Training:
    """The matrices, and the work of each process on them."""

    def __init__(self, sentences: Sentences, config: Word2VecConfig, counts: Counts) -> None:
        self.sentences, self.config, self.counts = sentences, config, counts
        self.workers = config.workers if can_fork() else 1
        size, dim = len(counts.counts), config.dim
        generator = np.random.default_rng(config.seed)
        self.matrices = [torch.from_numpy(shared_array((size, dim), np.float32)) for _ in range(2)]  # input, output
        # Input vectors a little off zero, as far as gensim's; output vectors zero.
        self.matrices[0].copy_(torch.from_numpy((2 * generator.random((size, dim), dtype=np.float32) - 1) / dim))
        self.noise = noise_table(counts.noise(config.noise_power))
        self.reader = Reader(counts, config)
        by_word = self.changes_by_one_word()
        self.chunks = self.chunks_of_part(float(by_word.max()))
        self.damping: Floats = np.minimum(1, MOST_CHANGE / (by_word * self.chunks * CHUNK)).astype(np.float32)

    def changes_by_one_word(self) -> NDArray[np.float64]:
        """Return how much one word of text changes each word on average, ``(V,)``: pairs times the learning rate."""
        config = self.config
        kept = self.counts.counts * self.reader.keep[:-1]
        noise = config.negatives if config.objective == "negative-sampling" else 5  # a softmax is about as steep
        return np.asarray(config.rate * kept / kept.sum() * pairs_of_word(config) * (1 + noise))

    def chunks_of_part(self, change: float) -> int:
        """Return how many chunks a part has, if one word of text changes the most frequent word by ``change``."""
        most = MOST_CHANGE / change / CHUNK
        if self.config.objective == "softmax":
            most = min(most, MOST_SCORES / CHUNK / len(self.counts.counts))
        return 1 << int(np.log2(np.clip(most, 1, MOST_CHUNKS)))

    def work(self, worker: int, report: Callable[[int, float], None] | None = None) -> None:
        """Train with the text of one worker."""
        config, total = self.config, self.counts.raw_words * self.config.epochs
        generator = np.random.default_rng([config.seed, 1 + worker])
        lane = Lane(config, self.matrices, self.chunks, self.damping)
        model = Model(lane)
        text = EncodedText(self.sentences, self.counts, GROUP, worker, self.workers)
        done = 0
        for _ in range(config.epochs):
            for words, group in text.groups():
                lane.fill(self.reader.line(group, generator), self.noise, generator)
                for part in range(lane.parts):
                    model.compute(part, config.rate_at((done + words * part / lane.parts) / total))
                    lane.add(part)
                done += words
                if report is not None:
                    report(done, config.rate_at(done / total))


def run(training: Training, progress: Callable[[Progress], None] | None) -> None:
    """Train, by as many processes as the configuration says; this one is the first, and tells of the progress.

    Raises:
        WorkerError: another process failed.
    """
    started, total = time.perf_counter(), training.counts.raw_words * training.config.epochs
    others = [(worker,) for worker in range(1, training.workers)]
    with one_thread(), Helpers(training.work, others) as helpers:

        def report(words: int, rate: float) -> None:
            helpers.check()
            if progress is not None:
                progress(Progress(words, total, time.perf_counter() - started, rate))

        training.work(0, report)


@contextmanager
def one_thread() -> Iterator[None]:
    """With more threads the products here would be slower, and could round otherwise."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
