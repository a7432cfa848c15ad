"""The gradients of many words at once, by matrix products.

One product scores all pairs of a chunk of words and its surroundings, of which a band is used: see
``attnlab.word2vec.bands``. The negatives are shared by several chunks, so that their scores are one product as well.
Each counts for as many draws as its words would have made alone: the expected gradient is the same. No row is fetched
and none is written once for each pair.

A part is always of one size, so that its memory is asked for once and stays in the processor's cache. What it adds to
the matrices is minus the learning rate times the sum of the gradients that ``attnlab.word2vec.plain`` computes word by
word; a test compares them. The axes are named in ``attnlab.word2vec.lane``.

Source: Ji et al., *Parallelizing Word2Vec in Shared and Distributed Memory* (2016), for shared negatives.
"""

from typing import Protocol

import torch
from torch import Tensor

from attnlab.word2vec.bands import CHUNK, Fold, surroundings
from attnlab.word2vec.corpus import Ids
from attnlab.word2vec.lane import Lane


class Model:
    """Computes a lane, part by part: from its matrices, into its changes."""

    def __init__(self, lane: Lane) -> None:
        self.inputs: _Words | _Means = _Means(lane) if lane.is_cbow else _Words(lane)
        self.outputs: _Outputs
        if lane.is_dense:
            self.outputs = _Softmax(lane, self.inputs)
        elif lane.is_cbow:
            self.outputs = _SampledWord(lane, self.inputs)
        else:
            self.outputs = _SampledContext(lane, self.inputs)

    def compute(self, part: int, rate: float) -> None:
        """Fill the lane's changes with minus ``rate`` times the gradients of a part."""
        self.inputs.fetch(part)
        self.outputs.compute(part, rate)
        self.inputs.give_back(part)


class _Rows:
    """Rows of a matrix that are fetched for each part into the same memory ``(R, D)``."""

    def __init__(self, matrix: Tensor, count: int) -> None:
        self.matrix = matrix.numpy()
        self.rows = torch.empty(count, matrix.shape[1])
        self.memory = self.rows.numpy()

    def fetch(self, ids: Ids) -> None:
        # Without "clip" NumPy would fill a copy first, to leave the memory as it is when an id is out of range.
        self.matrix.take(ids, axis=0, out=self.memory, mode="clip")


# --- the input side: the vectors that predict, and what changes them --------------------------------------------------


class _Words:
    """Skip-gram: each word predicts by its own vector."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.fetched = _Rows(lane.matrices[0], lane.chunks * CHUNK)
        shape = (lane.chunks, CHUNK, lane.config.dim)
        self.vectors, self.changes = self.fetched.rows.view(shape), lane.changes[0].view(shape)  # (n, C, D)

    def fetch(self, part: int) -> None:
        self.fetched.fetch(self.lane.ids[0][part])

    def give_back(self, part: int) -> None:
        """The changes are where they belong."""


class _Means:
    """CBOW: the mean of the words around it predicts each word."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.fetched = _Rows(lane.matrices[0], lane.around)
        self.around = surroundings(self.fetched.rows, lane.chunks)  # (n, M, D)
        self.vectors, self.changes = (torch.empty(lane.chunks, CHUNK, lane.config.dim) for _ in range(2))
        self.change_around = torch.empty(self.around.shape)
        self.fold = Fold(self.change_around, lane.changes[0])

    def fetch(self, part: int) -> None:
        self.fetched.fetch(self.lane.ids[0][part])
        torch.bmm(self.lane.band[part], self.around, out=self.vectors)

    def give_back(self, part: int) -> None:
        torch.bmm(self.lane.band[part].mT, self.changes, out=self.change_around)
        self.fold()


# --- the output side --------------------------------------------------------------------------------------------------


class _Outputs(Protocol):
    def compute(self, part: int, rate: float) -> None: ...


class _Sampled:
    """Negative sampling: true words, to be filled in below, against noise words."""

    def __init__(self, lane: Lane, inputs: _Words | _Means) -> None:
        self.lane, self.vectors, self.changes = lane, inputs.vectors, inputs.changes
        self.fetched = _Rows(lane.matrices[1], len(lane.changes[1]))
        drawn = lane.spans * lane.shared
        self.true, self.change_true = self.fetched.rows[:-drawn], lane.changes[1][:-drawn]
        by_span = (lane.spans, -1, lane.config.dim)
        self.noise, self.change_noise = (
            rows[-drawn:].view(by_span) for rows in (self.fetched.rows, lane.changes[1])
        )  # (n C / S, K, D)
        self.vectors_of_span, self.changes_of_span = self.vectors.view(by_span), self.changes.view(by_span)
        self.far = torch.empty(lane.spans, self.vectors_of_span.shape[1], lane.shared)  # (n C / S, S, K)

    def compute(self, part: int, rate: float) -> None:
        self.fetched.fetch(self.lane.ids[1][part])
        self.compute_true(part, rate)
        # The gradient of a noise word's score is sigma(score).
        torch.bmm(self.vectors_of_span, self.noise.mT, out=self.far)
        self.far.sigmoid_().mul_(self.lane.weights[part]).mul_(-rate)
        self.changes_of_span.baddbmm_(self.far, self.noise)
        torch.bmm(self.far.mT, self.vectors_of_span, out=self.change_noise)

    def compute_true(self, part: int, rate: float) -> None:
        raise NotImplementedError


class _SampledContext(_Sampled):
    """Skip-gram: the true words are those in the band."""

    def __init__(self, lane: Lane, inputs: _Words | _Means) -> None:
        super().__init__(lane, inputs)
        self.around = surroundings(self.true, lane.chunks)  # (n, M, D)
        self.change_around = torch.empty(self.around.shape)
        self.fold = Fold(self.change_around, self.change_true)
        self.near = torch.empty(*self.vectors.shape[:2], self.around.shape[1])

    def compute_true(self, part: int, rate: float) -> None:
        near = torch.bmm(self.vectors, self.around.mT, out=self.near)  # (n, C, M)
        near.sigmoid_().sub_(1).mul_(self.lane.band[part]).mul_(-rate)  # the gradient of the score is sigma - 1
        torch.bmm(near, self.around, out=self.changes)
        torch.bmm(near.mT, self.vectors, out=self.change_around)
        self.fold()


class _SampledWord(_Sampled):
    """CBOW: the true word is the one in the middle."""

    def __init__(self, lane: Lane, inputs: _Words | _Means) -> None:
        super().__init__(lane, inputs)
        shape = self.vectors.shape
        self.centers, self.change_centers = self.true.view(shape), self.change_true.view(shape)  # (n, C, D)
        self.product, self.near = torch.empty(shape), torch.empty(*shape[:2], 1)

    def compute_true(self, part: int, rate: float) -> None:
        torch.mul(self.vectors, self.centers, out=self.product)
        near = torch.sum(self.product, dim=-1, keepdim=True, out=self.near)  # (n, C, 1)
        near.sigmoid_().sub_(1).mul_(-rate)
        torch.mul(self.centers, near, out=self.changes)
        torch.mul(self.vectors, near, out=self.change_centers)


class _Softmax:
    """Each predicting vector against the whole vocabulary."""

    def __init__(self, lane: Lane, inputs: _Words | _Means) -> None:
        self.lane, self.vectors, self.changes = lane, inputs.vectors, inputs.changes
        self.scores = torch.empty(lane.chunks, CHUNK, len(lane.matrices[1]))  # (n, C, V)

    def compute(self, part: int, rate: float) -> None:
        lane, scores, output = self.lane, self.scores, self.lane.matrices[1]
        sizes, true = lane.sizes[part], torch.from_numpy(lane.ids[1][part])
        torch.matmul(self.vectors, output.T, out=scores)
        # The gradient of a score is its probability, less 1 for the true word; for each true word once.
        torch.softmax(scores, dim=-1, out=scores)
        scores.mul_(sizes)
        if lane.is_cbow:
            scores.scatter_add_(2, true.view(lane.chunks, CHUNK, 1), -sizes)
        else:
            around = surroundings(true.view(-1, 1), lane.chunks).mT  # (n, 1, M)
            scores.scatter_add_(2, around.expand(lane.band[part].shape), -lane.band[part])
        scores.mul_(-rate)
        torch.matmul(scores, output, out=self.changes)
        flat, vectors = scores.flatten(0, 1), self.vectors.flatten(0, 1)  # (n C, V), (n C, D)
        torch.mm(flat.T, vectors, out=lane.changes[1])
