"""Word2Vec: its gradients against autograd, the fast one against the plain one, and mistakes that people make."""

import dataclasses
import itertools
import json
import math
import multiprocessing as mp
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from scipy.stats import spearmanr
from torch import Tensor

from attnlab import word2vec
from attnlab.word2vec import (
    Word2VecConfig,
    agreement,
    bands,
    corpus,
    fast,
    lane,
    plain,
    shipping,
    training,
    vectors,
    workers,
)
from tests.mutants import mutant

V, D = 11, 6
MODELS, OBJECTIVES = ("skip-gram", "cbow"), ("negative-sampling", "softmax")


def matrices(seed: int, size: int = V, dim: int = D) -> tuple[Any, Any]:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(size, dim)), generator.normal(size=(size, dim))


# --- the plain losses, written out in torch ---------------------------------------------------------------------------


def loss_by_hand(x: Tensor, y: Tensor, pairs: list[tuple[list[int], int]], noise: Any) -> Tensor:
    """For each pair, the mean of some input rows predicts a word. Every formula as it is printed in the papers."""
    total = x.new_zeros(())
    for (predicting, true), negatives in zip(pairs, noise, strict=True):
        vector = x[predicting].mean(dim=0)
        if negatives is None:
            total = total - (y @ vector).log_softmax(0)[true]
        else:
            total = total - F.logsigmoid(y[true] @ vector)
            for negative in negatives:
                total = total - F.logsigmoid(-(y[negative] @ vector))
    return total


def step_of(library: Any, model: str, objective: str, seed: int) -> tuple[Any, list[tuple[list[int], int]], Any]:
    """A step of the library, and what it should be the loss of. Words come twice, among the contexts and the noise."""
    x, y = matrices(seed)
    center, contexts = 4, [7, 1, 7, 4, 0]
    if model == "skip-gram":
        noise = np.array([[2, 2, 7], [4, 1, 5], [3, 0, 9], [8, 8, 8], [0, 10, 6]])
        negatives = noise if objective == "negative-sampling" else None
        pairs = [([center], context) for context in contexts]
        return (
            library.skip_gram_loss(x, y, center, contexts, negatives),
            pairs,
            [None] * 5 if negatives is None else noise,
        )
    drawn = np.array([2, 2, 7, 4])
    negatives = drawn if objective == "negative-sampling" else None
    return library.cbow_loss(x, y, contexts, center, negatives), [(contexts, center)], [negatives]


def check_plain(library: Any) -> None:
    for model, objective, seed in itertools.product(MODELS, OBJECTIVES, (0, 1)):
        step, pairs, noise = step_of(library, model, objective, seed)
        x, y = (torch.from_numpy(matrix).requires_grad_() for matrix in matrices(seed))
        loss = loss_by_hand(x, y, pairs, noise)
        loss.backward()
        assert step.loss == pytest.approx(loss.item(), rel=1e-12)
        assert step.input_gradient == pytest.approx(x.grad.numpy(), abs=1e-12)
        assert step.output_gradient == pytest.approx(y.grad.numpy(), abs=1e-12)


def test_plain_losses_and_gradients_are_those_of_autograd() -> None:
    check_plain(plain)


@given(st.integers(0, 10_000), st.sampled_from(OBJECTIVES), st.lists(st.integers(0, V - 1), min_size=1, max_size=6))
@settings(deadline=None, max_examples=25)
def test_gradients_are_slopes(seed: int, objective: str, contexts: list[int]) -> None:
    """Moving along any direction changes the loss as both gradients say."""
    x, y = matrices(seed)
    along_x, along_y = matrices(seed + 1)
    noise = np.random.default_rng(seed).integers(0, V, size=(len(contexts), 2))
    sampled = objective == "negative-sampling"

    def steps(move: float) -> Iterator[Any]:
        moved = x + move * along_x, y + move * along_y
        yield plain.skip_gram_loss(*moved, seed % V, contexts, noise if sampled else None)
        yield plain.cbow_loss(*moved, contexts, seed % V, noise[0] if sampled else None)

    for ahead, here, behind in zip(steps(1e-5), steps(0), steps(-1e-5), strict=True):
        slope = (here.input_gradient * along_x).sum() + (here.output_gradient * along_y).sum()
        assert (ahead.loss - behind.loss) / 2e-5 == pytest.approx(slope, rel=1e-6, abs=1e-7)


def test_a_loss_of_very_large_scores_is_finite() -> None:
    big = np.full((3, 2), 600.0, dtype=np.float32)
    signs = np.array([[1], [-1], [1]], dtype=np.float32)
    for negatives in (None, [[2]]):
        step = plain.skip_gram_loss(big, big * signs, 0, [1], negatives)
        assert math.isfinite(step.loss)
        assert np.isfinite(step.input_gradient).all()
        assert step.input_gradient.dtype == np.float32


PLAIN_MISTAKES = {
    "the error of the true word is not lessened": ("errors[true] -= 1", "errors[true] -= 0"),
    "a noise word counts as a true one": ("== 0, 1, -1)", "== 0, 1, 1)"),
    "a noise word drawn twice counts once": (
        "np.add.at(gradient, ids, np.outer(errors, vector))",
        "gradient[ids] += np.outer(errors, vector)",
    ),
    "the gradient of a mean is not divided": ("toward / len(around)", "toward"),
    "a sum in place of the mean": ("x[around].mean(axis=0)", "x[around].sum(axis=0)"),
    "one set of negatives for all": ("noise[place], output_gradient", "noise[0], output_gradient"),
    "contexts that overwrite each other": ("input_gradient[middle] += toward", "input_gradient[middle] = toward"),
    "the softmax's gradient is that of one row": ("errors @ outputs\n", "errors[true] * outputs[true]\n"),
}


@pytest.mark.parametrize(("right", "wrong"), PLAIN_MISTAKES.values(), ids=PLAIN_MISTAKES)
def test_a_mistake_in_the_plain_losses_is_noticed(right: str, wrong: str) -> None:
    with pytest.raises(AssertionError):
        check_plain(mutant(("word2vec.plain",), "word2vec.plain", right, wrong))


# --- the fast gradients are the plain ones, summed --------------------------------------------------------------------

SIZE, DIM = 37, 5


def some_line(window: int, fixed: bool, lengths: Sequence[int]) -> corpus.Line:
    words = [f"w{number:02}" for number in range(SIZE)]
    counts = corpus.Counts(word2vec.corpus.Vocabulary(words), np.full(SIZE, 4), 0)
    generator = np.random.default_rng(window)
    sentences = [[words[place] for place in generator.integers(0, SIZE, length)] for length in lengths]
    reader = corpus.Reader(counts, Word2VecConfig(window=window, fixed_window=fixed, subsample=0))
    return reader.line(corpus.encode(sentences, counts.vocabulary.index), generator)


def check_fast(
    lane_module: Any, fast_module: Any, window: int = 3, lengths: Sequence[int] = (9, 1, 40, 2, 130)
) -> None:
    """Each part of a line changes the rows by minus the rate times the gradients of its words, one by one."""
    for model, objective, chunks in itertools.product(MODELS, OBJECTIVES, (1, 4, 16)):
        config = Word2VecConfig(model=model, objective=objective, window=window, dim=DIM, negatives=4)
        x, y = (torch.from_numpy(matrix).float() for matrix in matrices(5, SIZE, DIM))
        damping = np.where(np.arange(SIZE) % 5 == 0, np.float32(0.5), np.float32(1))
        text = lane_module.Lane(config, [x, y], chunks, damping)
        line = some_line(window, False, lengths)
        generator = np.random.default_rng(3)
        text.fill(line, generator.integers(0, SIZE, size=1000), generator)
        computed = fast_module.Model(text)
        words = chunks * bands.CHUNK
        assert text.parts == -(-sum(lengths) // words)
        for part in range(text.parts):
            wanted = changes_by_hand(config, x, y, line, part * words, words, text)
            computed.compute(part, 0.25)
            x.zero_(), y.zero_()
            text.add(part)
            found = x.clone(), y.clone()
            for matrix, original in zip((x, y), matrices(5, SIZE, DIM), strict=True):
                matrix.copy_(torch.from_numpy(original))
            for one, other in zip(found, wanted, strict=True):
                assert one.numpy() == pytest.approx(other * damping[:, None], rel=1e-5, abs=2e-5)


def changes_by_hand(
    config: Word2VecConfig, x: Tensor, y: Tensor, line: corpus.Line, start: int, words: int, text: Any
) -> list[Any]:
    """What the plain losses of a part's words change, with the negatives that the lane has drawn for them."""
    total = [np.zeros((SIZE, DIM)), np.zeros((SIZE, DIM))]
    inputs, outputs = x.numpy().astype(float), y.numpy().astype(float)
    drawn = None
    if config.objective == "negative-sampling":
        drawn = text.ids[1][start // words, -text.spans * text.shared :].reshape(text.spans, text.shared)
    for place in range(start, min(start + words, len(line.ids))):
        left, right = int(line.left[place]), int(line.right[place])
        contexts = [int(line.ids[at]) for at in range(place - left, place + right + 1) if at != place]
        if not contexts:
            continue
        center = int(line.ids[place])
        steps = [plain_step(config, inputs, outputs, center, contexts, None)]
        shares = [-0.25]
        if drawn is not None:
            noise = drawn[(place - start) // (words // text.spans)]
            # All shared negatives together count for as many as are drawn for one word: their part of the loss shrinks.
            share = config.negatives / text.shared
            steps = [plain_step(config, inputs, outputs, center, contexts, set_) for set_ in (noise, noise[:0])]
            shares = [-0.25 * share, -0.25 * (1 - share)]
        for step, share in zip(steps, shares, strict=True):
            total[0] += share * step.input_gradient
            total[1] += share * step.output_gradient
    return total


def plain_step(config: Word2VecConfig, x: Any, y: Any, center: int, contexts: list[int], noise: Any) -> plain.Step:
    """The plain loss; without noise words it is that of the true ones alone, which no library function offers."""
    if noise is not None and len(noise) == 0:
        return only_true(config, x, y, center, contexts)
    if config.model == "skip-gram":
        sets = None if noise is None else np.tile(noise, (len(contexts), 1))
        return plain.skip_gram_loss(x, y, center, contexts, sets)
    return plain.cbow_loss(x, y, contexts, center, noise)


def only_true(config: Word2VecConfig, x: Any, y: Any, center: int, contexts: list[int]) -> plain.Step:
    pairs = [([center], one) for one in contexts] if config.model == "skip-gram" else [(contexts, center)]
    a, b = (torch.from_numpy(matrix).requires_grad_() for matrix in (x, y))
    loss = loss_by_hand(a, b, pairs, [[]] * len(pairs))
    loss.backward()
    return plain.Step(loss.item(), a.grad.numpy(), b.grad.numpy())


@pytest.mark.parametrize("window", [1, 3, 20])
def test_fast_changes_are_the_sums_of_plain_gradients(window: int) -> None:
    check_fast(lane, fast, window)


def test_a_line_that_fills_its_parts_to_the_last_word() -> None:
    check_fast(lane, fast, lengths=(64, 192))


FAST_MISTAKES = {
    "a word is its own context": ("bands", "(distances >= -reach) & (distances != 0)", "(distances >= -reach)"),
    "the right reach for the left": ("bands", "self.left[places + left]", "self.left[places + right]"),
    "what lies beyond a chunk is lost": ("bands", "line.add_(some)", "pass"),
    "sums in place of means": ("lane", "band /= sizes.clamp(min=1)", "pass"),
    "shared negatives count fully": ("lane", "config.negatives / max(1, self.shared)", "config.negatives"),
    "chunks that begin a word early": (
        "lane",
        "padded[window : window + parts * words]",
        "padded[window - 1 : window - 1 + parts * words]",
    ),
    "true words are pushed away": (
        "fast",
        "near.sigmoid_().sub_(1).mul_(self.lane.band[part])",
        "near.sigmoid_().mul_(self.lane.band[part])",
    ),
    "noise does not reach the vectors": ("fast", "self.changes_of_span.baddbmm_(self.far, self.noise)", "pass"),
    "a softmax counts once a word": ("fast", "scores.mul_(sizes)", "pass"),
    "CBOW's softmax misses the true word": ("fast", "CHUNK, 1), -sizes)", "CHUNK, 1), 0 * sizes)"),
}


@pytest.mark.parametrize(("part", "right", "wrong"), FAST_MISTAKES.values(), ids=FAST_MISTAKES)
def test_a_mistake_in_the_fast_changes_is_noticed(part: str, right: str, wrong: str) -> None:
    chain = ("word2vec.bands", "word2vec.lane", "word2vec.fast")
    made = mutant(chain, f"word2vec.{part}", right, wrong)
    with pytest.raises(AssertionError):
        check_fast(made, made)  # it has imported the Lane of its own chain


# --- reading ----------------------------------------------------------------------------------------------------------


def test_windows_are_drawn_from_one_to_the_widest_and_end_with_the_sentence() -> None:
    line = some_line(4, False, [3000, 1, 2])
    inner = line.left[10:2990]
    assert np.bincount(inner).tolist()[1:] == pytest.approx([745] * 4, abs=90)
    assert (inner == line.right[10:2990]).all()
    assert (line.left[-3:].tolist(), line.right[-3:].tolist()) == ([0, 0, 1], [0, 1, 0])
    assert line.left[:3].max() <= 2
    assert set(some_line(4, True, [50]).left[4:]) == {4}


def test_frequent_words_are_left_out_as_often_as_the_formula_says() -> None:
    sentences = [["the"] * 6 + ["a"] * 3 + ["rare"]] * 4000
    counts = word2vec.count_words(sentences, min_count=1)
    threshold = 0.05
    keep = counts.keep_probabilities(threshold)
    shares = np.array([0.6, 0.3, 0.1])
    assert keep == pytest.approx(np.minimum(1, (np.sqrt(shares / threshold) + 1) * threshold / shares), rel=1e-6)
    reader = corpus.Reader(counts, Word2VecConfig(subsample=threshold, min_count=1))
    line = reader.line(corpus.encode(sentences, counts.vocabulary.index), np.random.default_rng(1))
    assert np.bincount(line.ids) / (40_000 * shares) == pytest.approx(keep, abs=0.015)


def test_what_is_left_out_brings_others_closer() -> None:
    """Words outside the vocabulary are taken away before windows are laid."""
    counts = corpus.Counts(word2vec.corpus.Vocabulary(["a", "b"]), np.array([2, 2]), 9)
    reader = corpus.Reader(counts, Word2VecConfig(window=1, subsample=0))
    line = reader.line(corpus.encode([["a", "x", "x", "b", "x"]], counts.vocabulary.index), np.random.default_rng(0))
    assert (line.ids.tolist(), line.left.tolist(), line.right.tolist()) == ([0, 1], [0, 1], [1, 0])


def test_noise_is_drawn_as_often_as_it_should_be() -> None:
    counts = corpus.Counts(word2vec.corpus.Vocabulary(["a", "b", "c"]), np.array([81, 16, 1]), 98)
    table = corpus.noise_table(counts.noise())
    assert np.bincount(table) / len(table) == pytest.approx(np.array([27, 8, 1]) / 36, abs=1e-5)
    assert np.bincount(corpus.noise_table(counts.noise(0.0))) / len(table) == pytest.approx([1 / 3] * 3, abs=1e-5)


class Streamed:
    """A corpus that makes its sentences anew each time it is read, and counts how often."""

    def __init__(self, sentences: list[list[str]]) -> None:
        self.sentences, self.readings, self.ahead = sentences, 0, 0

    def __iter__(self) -> Iterator[list[str]]:
        self.readings += 1
        for sentence in self.sentences:
            self.ahead += 1
            yield sentence


@cache
def world() -> list[list[str]]:
    """Sentences about food and sentences about stars: each has words of one world, and some that both share."""
    generator = np.random.default_rng(8)
    worlds = [[f"{name}{number}" for number in range(8)] for name in ("food", "star")]
    return [[*generator.choice(worlds[number % 2], size=6).tolist(), "and", "the"] for number in range(600)]


def small(**changes: Any) -> Word2VecConfig:
    settings_ = {"dim": 9, "window": 3, "epochs": 4, "min_count": 2, "subsample": 0.05, "seed": 3, "workers": 1}
    return Word2VecConfig(**(settings_ | changes))


def separation(found: Any) -> float:
    """How often the three nearest neighbors of a word are of its world."""
    names = [word for word in found.tokens if word[:4] in ("food", "star")]
    hits = [near[:4] == word[:4] for word in names for near, _ in found.nearest(word, 3)]
    return float(np.mean(hits))


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("model", MODELS)
def test_words_that_stand_together_come_together(model: Any, objective: Any) -> None:
    found = word2vec.train_word2vec(world(), small(model=model, objective=objective, epochs=12, learning_rate=0.1))
    assert separation(found) > 0.95
    assert found.output.shape == found.vectors.shape == (18, 9)
    assert found.vectors.dtype == np.float32
    assert found.counts[found.index["and"]] == 600


@pytest.mark.parametrize("model", MODELS)
def test_training_word_by_word_finds_the_same_worlds(model: Any) -> None:
    config = small(model=model, epochs=1, learning_rate=0.2)
    losses = []
    for step in plain.plain_steps(world()[:200], config):
        losses.append(step.step.loss / (len(step.contexts) if model == "skip-gram" else 1))
    assert np.mean(losses[-200:]) < np.mean(losses[:200]) - 0.3
    counts = word2vec.count_words(world()[:200], min_count=2)
    rows = step.inputs
    found = vectors.TrainedVectors(
        counts.vocabulary.tokens, rows, None, len(rows), output=step.outputs, counts=counts.counts, config={}
    )
    assert separation(found) > 0.8


@pytest.mark.parametrize("model", MODELS)
def test_the_same_seed_gives_the_same_vectors(model: Any) -> None:
    one, again, other = (word2vec.train_word2vec(world(), small(model=model, seed=seed)) for seed in (3, 3, 4))
    assert (one.vectors == again.vectors).all()
    assert (one.output == again.output).all()
    assert not np.allclose(one.vectors, other.vectors, atol=1e-3)


def test_a_corpus_is_read_once_and_kept_or_once_each_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, again = Streamed(world()), Streamed(world())
    first = word2vec.train_word2vec(kept, small())
    monkeypatch.setattr(corpus, "MOST_KEPT", 100)
    second = word2vec.train_word2vec(again, small())
    assert (kept.readings, again.readings) == (2, 5)
    assert (first.vectors == second.vectors).all()


def test_no_more_than_a_group_of_each_worker_is_in_memory() -> None:
    text = Streamed(world() * 3)
    counts = word2vec.count_words(text)
    text.ahead = 0
    groups = corpus.EncodedText(text, counts, 500, 0, 2).groups()
    for number in range(1, 4):
        words, own = next(groups)
        assert 1000 <= words < 1100
        assert 500 <= len(own.ids) < 550
        assert text.ahead <= number * 2 * 70


@pytest.mark.parametrize("count", [1, 2, 3])
def test_workers_share_all_sentences(count: int) -> None:
    """Each sentence is read by one of them, and all agree on how many words a turn has."""
    text = [[f"w{number}"] * (1 + number % 4) for number in range(41)]
    counts = word2vec.count_words(text, min_count=1)
    each = [list(corpus.EncodedText(text, counts, 10, worker, count).groups()) for worker in range(count)]
    read = np.concatenate([own.ids for turns in each for _, own in turns])
    assert np.bincount(read).tolist() == counts.counts.tolist()
    assert len({tuple(words for words, _ in turns) for turns in each}) == 1
    assert sum(words for words, _ in each[0]) == counts.raw_words


def test_a_sentence_longer_than_a_group_is_cut_and_whole() -> None:
    found = list(corpus.groups([list(map(str, range(23))), ["x"], ["y"] * 3], 5))
    assert [group.words for group in found] == [5, 5, 5, 5, 7]
    assert [word for group in found for sentence in group.sentences for word in sentence][:23] == list(
        map(str, range(23))
    )


def test_the_learning_rate_falls_along_a_line_and_progress_is_told() -> None:
    told: list[training.Progress] = []
    word2vec.train_word2vec(world() * 5, small(learning_rate=0.04, final_learning_rate=0.01), progress=told.append)
    total = 5 * 600 * 8 * 4
    assert told[-1].words == told[-1].total == total
    assert told[-1].learning_rate == pytest.approx(0.01)
    assert len(told) == 12
    for one in told:
        assert one.learning_rate == pytest.approx(0.04 - 0.03 * one.words / total)
    assert [one.seconds for one in told] == sorted(one.seconds for one in told)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("rate", [0.025, 0.1])
def test_training_does_not_break_out_however_frequent_a_word_is(model: Any, rate: float) -> None:
    """A part is smaller where one word is met often: here every second word is the same."""
    generator = np.random.default_rng(2)
    words = [str(word) for word in generator.integers(0, 30, 9000)]
    sentences = [["the", word, "the", other] for word, other in zip(words[::2], words[1::2], strict=True)]
    config = Word2VecConfig(model=model, subsample=0, epochs=4, dim=20, learning_rate=rate, workers=1)
    found = word2vec.train_word2vec(sentences, config)
    assert np.linalg.norm(found.vectors, axis=1).max() < 60


def test_the_number_of_torch_threads_is_left_as_it_was() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    word2vec.train_word2vec(world(), small(epochs=1))
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


# --- several processes ------------------------------------------------------------------------------------------------


def test_two_workers_find_what_one_finds() -> None:
    found = word2vec.train_word2vec(world() * 12, small(workers=2, learning_rate=0.1))
    assert separation(found) > 0.95
    assert found.vectors.dtype == np.float32


def test_what_another_process_learns_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first does nothing here; output vectors begin as zeros."""
    work = training.Training.work
    monkeypatch.setattr(training.Training, "work", lambda self, worker, *_: work(self, worker) if worker else None)
    found = word2vec.train_word2vec(world() * 12, small(workers=2, epochs=1))
    assert np.abs(found.output).max(axis=1).min() > 0


class Breaks:
    """A corpus that cannot be read a second time: in one process, or in the one that is named."""

    def __init__(self, parent: bool | None) -> None:
        self.readings, self.parent, self.me = 0, parent, mp.current_process().pid

    def __iter__(self) -> Iterator[list[str]]:
        self.readings += 1
        for number, sentence in enumerate(world() * 10):
            is_parent = mp.current_process().pid == self.me
            if self.readings > 1 and number == 4000 and self.parent in (None, is_parent):
                raise OSError("the disk is gone")
            yield sentence


@pytest.mark.parametrize("parent", [None, True, False])
def test_a_failure_in_any_process_ends_all(parent: bool | None, capfd: pytest.CaptureFixture[str]) -> None:
    before = set(mp.active_children())
    wanted = (OSError, "the disk is gone") if parent else (Exception, "the disk is gone|has failed with exit code 1")
    with pytest.raises(wanted[0], match=wanted[1]):
        word2vec.train_word2vec(Breaks(parent), small(workers=2, epochs=3))
    assert set(mp.active_children()) <= before
    if parent is False:
        assert "the disk is gone" in capfd.readouterr().err


def test_where_no_process_can_be_started_one_does_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "can_fork", lambda: False)
    monkeypatch.setattr(workers.Helpers, "_run", lambda *_: pytest.fail("a process was started"))
    found = word2vec.train_word2vec(world(), small(workers=2))
    assert (found.vectors == word2vec.train_word2vec(world(), small(workers=1)).vectors).all()


# --- files ------------------------------------------------------------------------------------------------------------


@cache
def trained() -> vectors.TrainedVectors:
    return word2vec.train_word2vec(world(), small())


def test_saved_vectors_come_back(tmp_path: Path) -> None:
    trained().save(tmp_path / "new")
    found = word2vec.load_word2vec(tmp_path / "new")
    assert found.tokens == trained().tokens
    for one, other in ((found.vectors, trained().vectors), (found.output, trained().output)):
        largest = np.abs(other).max(axis=1, keepdims=True)
        assert (np.abs(one - other) <= largest / 253).all()
    assert found.counts.tolist() == trained().counts.tolist()
    assert Word2VecConfig(**found.config) == small()
    assert found.nearest("food1", 2)[0][0].startswith("food")
    assert load_file(tmp_path / "new" / "weights.safetensors")["input"].dtype == np.int8
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["model.json", "weights.safetensors"]


def test_a_row_of_zeros_is_saved_as_such(tmp_path: Path) -> None:
    dataclasses.replace(trained(), output=np.zeros_like(trained().output)).save(tmp_path)
    assert not word2vec.load_word2vec(tmp_path).output.any()


def test_numbers_that_are_none_are_refused_and_the_old_file_survives(tmp_path: Path) -> None:
    trained().save(tmp_path)
    rows = trained().vectors.copy()
    rows[2, 3] = math.inf
    with pytest.raises(ValueError, match="1 of the 162 numbers of the input matrix are not finite"):
        dataclasses.replace(trained(), rows=rows).save(tmp_path)
    assert word2vec.load_word2vec(tmp_path).vectors.max() < 100


def damage(folder: Path, kind: str) -> None:
    weights, words = folder / "weights.safetensors", folder / "model.json"
    content = json.loads(words.read_text(encoding="utf-8"))
    if kind == "cut":
        weights.write_bytes(weights.read_bytes()[:-7])
    elif kind == "other words":
        words.write_text(json.dumps(content | {"words": content["words"][:-1]}), encoding="utf-8")
    elif kind == "other matrix":
        save_file(load_file(weights) | {"output": np.zeros((18, 4), np.int8)}, weights)
    elif kind == "no scales":
        save_file({name: rows for name, rows in load_file(weights).items() if "scales" not in name}, weights)
    elif kind == "other scales":
        save_file(load_file(weights) | {"input.scales": np.ones(17, np.float32)}, weights)
    elif kind == "family":
        words.write_text(json.dumps(content | {"family": "decoder-only"}), encoding="utf-8")
    elif kind == "no JSON":
        words.write_text("{", encoding="utf-8")
    else:
        words.write_text(json.dumps(content | {"format": 2}), encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("cut", "does not hold trained word vectors"),
        ("other words", "17 words, 18 rows and 18 counts"),
        ("other matrix", r"input matrix \(18, 9\) but an output matrix \(18, 4\)"),
        ("no JSON", "does not hold trained word vectors"),
        ("no scales", "does not hold trained word vectors .'input.scales'"),
        ("other scales", r"an input matrix \(18, 9\) but scales \(17,\)"),
        ("family", "it is decoder-only of format 1, not word2vec of format 1"),
        ("format", "it is word2vec of format 2, not word2vec of format 1"),
    ],
)
def test_a_damaged_file_is_said(tmp_path: Path, kind: str, message: str) -> None:
    trained().save(tmp_path)
    damage(tmp_path, kind)
    with pytest.raises(ValueError, match=message):
        word2vec.load_word2vec(tmp_path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"lacks weights\.safetensors"):
        word2vec.load_word2vec(tmp_path)


# --- agreement with people --------------------------------------------------------------------------------------------


def check_spearman(library: Any) -> None:
    generator = np.random.default_rng(0)
    for most in (3, 1000):  # with many ties, and with few
        one, other = generator.integers(0, most, size=(2, 40))
        assert library.spearman(one, other) == pytest.approx(spearmanr(one, other).statistic, abs=1e-12)


def test_spearmans_correlation_is_that_of_scipy() -> None:
    check_spearman(agreement)


def test_a_correlation_in_which_ties_share_no_rank_is_noticed() -> None:
    with pytest.raises(AssertionError):
        check_spearman(mutant(("word2vec.agreement",), "word2vec.agreement", "ends - (counts - 1) / 2", "ends"))


def test_pairs_without_vectors_are_left_out_of_the_agreement() -> None:
    rows = np.array([[1, 0], [1, 1], [0, 1]], dtype=np.float32)
    judgments = [agreement.Judgment("a", other, score) for other, score in (("b", 6.0), ("x", 9.0), ("c", 1.0))]
    assert agreement.agreement({"a": 0, "b": 1, "c": 2}, rows, judgments) == (pytest.approx(1), 2)
    with pytest.raises(ValueError, match="1 of 3 pairs have vectors for both words, it takes 2"):
        agreement.agreement({"a": 0, "b": 1}, rows, judgments)


@pytest.mark.parametrize("line", ["tiger\tcat", "tiger\tcat\tmuch", "tiger\tcat\t7\t8"])
def test_a_bad_judgment_is_said(tmp_path: Path, line: str) -> None:
    (tmp_path / "pairs.tsv").write_text(f"# remark\nlove\tsex\t6.77\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"pairs\.tsv:3: two words and a number were expected"):
        agreement.read_judgments(tmp_path / "pairs.tsv")


# --- the vectors that are shipped -------------------------------------------------------------------------------------


def test_the_shipped_vectors_are_what_the_card_says() -> None:
    found = word2vec.load_word2vec()
    files = {path.name: path.stat().st_size for path in vectors.SHIPPED.iterdir()}
    assert set(files) == {"README.md", "weights.safetensors", "model.json"}
    assert sum(files.values()) < 1.6e6
    card = (vectors.SHIPPED / "README.md").read_text(encoding="utf-8")
    assert f"{len(found):,} words" in card
    assert Word2VecConfig(**found.config) == shipping.PRESET
    assert found.dim == shipping.PRESET.dim
    assert "WordSim-353" in card
    for source in ("Merity et al.", "CC BY-SA 3.0", "Tatoeba", "CC-BY 2.0"):
        assert source in card
    assert not {"<unk>", "unk", ","} & set(found.tokens)
    assert all(word == word.lower() for word in found.tokens)
    assert np.linalg.norm(found.vectors, axis=1).min() > 0


def test_shipped_neighbors_make_sense() -> None:
    found = word2vec.load_word2vec()
    for word, near in (
        ("father", "mother"),
        ("water", "liquid"),
        ("june", "july"),
        ("two", "three"),
        ("car", "driver"),
    ):
        assert near in [other for other, _ in found.nearest(word, 10)], word


WIKITEXT = """
 = Fig =

 The fig is a sweet <unk> fruit , and it 's soft . Some eat the well @-@ known fruit .
 The fruit is sweet , the fig is soft .
"""
PAIRS = "Eat the fig.\t吃\nThe soft fig isn\u2019t sweet.\t不\nEat the fig.\t请吃\n"


def test_vectors_are_shipped_from_files_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "find_spec", lambda name: None)  # the comparison has a test of its own
    text, pairs = tmp_path / "wiki.txt", tmp_path / "pairs.tsv"
    text.write_text(WIKITEXT, encoding="utf-8")
    pairs.write_text(PAIRS, encoding="utf-8")
    for out in (tmp_path / "one", tmp_path / "two"):
        shipping.ship([text], [pairs], out, config=Word2VecConfig(dim=4, min_count=2, epochs=2))
    found = word2vec.load_word2vec(tmp_path / "one")
    wanted = {"the": 6, "fig": 4, "is": 3, "sweet": 3, "soft": 3, "fruit": 3, "eat": 2}
    assert dict(zip(found.tokens, found.counts.tolist(), strict=True)) == wanted
    for name in ("weights.safetensors", "model.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    card = (tmp_path / "one" / "README.md").read_text(encoding="utf-8")
    assert shipping.REPEATABLE in card
    assert "gensim" not in card.split("## Training")[0].split("## Scores")[1]


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentences", "error", "message"),
    [
        ([], ValueError, "0 words in 0 sentences"),
        ([[], []], ValueError, "0 words in 2 sentences"),
        ([["a"], ["b"]], ValueError, "longest of 2 sentences has 1 word"),
        ([["a", "a"], ["a"] * 5], ValueError, "1 of 1 different words was met at least 5 times, it takes 2"),
        ([["a", "b"]], ValueError, "none of the 2 different tokens was met at least 5 times"),
        ("a text", TypeError, "got one string"),
        ([["a", "b"], "c d"], TypeError, "sentence 2 must be a list of words, got one string: 'c d'"),
        (iter([["a", "b"]]), TypeError, "list_iterator can be gone through only once"),
    ],
)
def test_a_bad_corpus_is_said(sentences: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        word2vec.train_word2vec(sentences)
    with pytest.raises(error, match=message):
        next(plain.plain_steps(sentences, Word2VecConfig()))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"window": 0}, "window must be at least 1, got 0"),
        ({"window": 101}, "window must be at most 100, got 101"),
        ({"negatives": 0}, "negatives must be at least 1, got 0"),
        ({"dim": 0}, "dim must be at least 1, got 0"),
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"min_count": 0}, "min_count must be at least 1, got 0"),
        ({"max_size": 1}, "max_size must be at least 2, got 1"),
        ({"subsample": -1e-3}, "subsample must be a finite number from 0, got -0.001"),
        ({"noise_power": math.nan}, "noise_power must be finite, got nan"),
        ({"learning_rate": 0.0}, "got 0.0 to 0.0001"),
        ({"learning_rate": 0.01, "final_learning_rate": 0.02}, "got 0.01 to 0.02"),
        ({"workers": 65}, "workers must be from 1 to 64, got 65"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"model": "glove"}, "model must be one of skip-gram, cbow, got 'glove'"),
        ({"objective": "hs"}, "objective must be one of negative-sampling, softmax, got 'hs'"),
    ],
)
def test_a_bad_setting_is_said(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Word2VecConfig(**changes)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: plain.skip_gram_loss(x, x[:2], 0, [1]), r"\(3, 2\) and \(2, 2\)"),
        (lambda x: plain.skip_gram_loss(x, x, 3, [1]), "center: id 3 is not from 0 to 2"),
        (lambda x: plain.skip_gram_loss(x, x, 0, []), "contexts holds 0 ids"),
        (lambda x: plain.skip_gram_loss(x, x, 0, [1, 2], [[1]]), r"\(2, K\) with K at least 1, got shape \(1, 1\)"),
        (lambda x: plain.cbow_loss(x, x, [1, -1], 0), "contexts: id -1 is not from 0 to 2"),
        (lambda x: plain.cbow_loss(x, x, [1], 0, []), r"\(K\) with K at least 1, got shape \(0,\)"),
        (lambda x: plain.cbow_loss(x, x, [1], 0, [5]), "negatives: id 5 is not from 0 to 2"),
    ],
)
def test_bad_ids_are_said(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(np.ones((3, 2)))


def test_a_word_that_is_not_there_is_said() -> None:
    with pytest.raises(KeyError, match="'comet' is not among the 18 tokens"):
        trained()["comet"]


def test_vectors_that_grow_beyond_all_bounds_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "MOST_CHANGE", 1e9)
    with pytest.raises(ValueError, match="are not finite: learning rate 1000000"):
        word2vec.train_word2vec(world(), small(objective="softmax", learning_rate=1e6, epochs=30))
