"""A lane: text that is computed part by part, always in the same memory.

=====  ===========================================================
``n``  chunks of a part
``C``  words of a chunk
``W``  words to each side of a chunk; ``M = W + C + W``
``S``  words that share negatives: a few chunks of them
``K``  negatives that they share
``V``  words of the vocabulary
``D``  length of a vector
=====  ===========================================================
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attnlab.word2vec.bands import CHUNK, Bands
from attnlab.word2vec.config import Word2VecConfig
from attnlab.word2vec.corpus import Floats, Ids, Line

MOST_SHARING = 8  # chunks that share negatives
FEWEST_SHARED = 16  # with fewer negatives the products would be too small to be fast
MOST_DRAW = 1.0  # what one shared negative counts for, in pairs times the learning rate


def shared_negatives(config: Word2VecConfig, chunks: int) -> tuple[int, int]:
    """Return into how many spans a part is cut whose words share negatives, and how many they share.

    A word is weighed against at least as many different negatives as if it drew them alone. The more words share one,
    the fewer rows are fetched; but the larger is the change that is made of each, all at once. It is kept at what a few
    words would do.

    Example: 32 words draw 5 negatives for each of about 6 contexts, 960 in all; they share 32.

        >>> shared_negatives(Word2VecConfig(), chunks=16)
        (8, 32)
    """
    alone = config.negatives * pairs_of_word(config)  # draws of a word on average
    shared = max(alone, FEWEST_SHARED, math.ceil(config.rate * alone * CHUNK / MOST_DRAW))
    shared = 8 * -(-shared // 8)  # whole vectors of the processor
    most = min(MOST_SHARING, shared * MOST_DRAW / (config.rate * alone * CHUNK), chunks)
    return chunks >> int(math.log2(most)), shared


def pairs_of_word(config: Word2VecConfig) -> int:
    """Return how many predictions there are for each word of a text, at most on average.

    Example:

        >>> pairs_of_word(Word2VecConfig(window=5)), pairs_of_word(Word2VecConfig(window=5, model="cbow"))
        (6, 1)
    """
    if config.model == "cbow":
        return 1
    return 2 * config.window if config.fixed_window else config.window + 1


class Lane:
    """The parts of a line, and what the part that was computed last adds to both matrices.

    Args:
        config: the model and the sizes are read.
        matrices: input and output, ``(V, D)`` each.
        chunks: ``n``, a power of 2.
        damping: ``(V,)``, at most 1: what the changes of each word are multiplied by.

    Attributes:
        parts: how many parts there are.
        ids: for both matrices, the rows that each part touches: ``(parts, R)``. A softmax touches all rows of the
            output matrix, in their order; its ids are those of the true words alone.
        changes: for both matrices, what a part adds to these rows: ``(R, D)``. A row may be there many times.
        band: ``(parts, n, C, M)``: 1 or 0 for a skip-gram; for CBOW what each word has in the mean.
        sizes: ``(parts, n, C, 1)``: how many true pairs each word is in; 1 for CBOW.
        weights: ``(parts, n C / S, S, 1)``: what each shared negative counts for.
    """

    ids: tuple[Ids, Ids]
    band: Tensor
    sizes: Tensor
    weights: Tensor

    def __init__(self, config: Word2VecConfig, matrices: list[Tensor], chunks: int, damping: Floats) -> None:
        self.config, self.matrices, self.chunks = config, matrices, chunks
        self.damping = damping if damping.min() < 1 else None
        self.is_cbow, self.is_dense = config.model == "cbow", config.objective == "softmax"
        self.spans, self.shared = (1, 0) if self.is_dense else shared_negatives(config, chunks)
        self.bands = Bands(config.window)
        words = chunks * CHUNK
        self.around = words + 2 * config.window
        first, true = (self.around, words) if self.is_cbow else (words, self.around)
        touched = (first, len(matrices[1]) if self.is_dense else true + self.spans * self.shared)
        self.changes = [torch.empty(rows, config.dim) for rows in touched]
        self.parts = 0

    def fill(self, line: Line, noise: Ids, generator: np.random.Generator) -> None:
        """Take the next line. Its last part is filled up with words that have no context and are none."""
        words, window = self.chunks * CHUNK, self.config.window
        self.parts = parts = -(-len(line.ids) // words)
        if parts == 0:
            return
        fill = parts * words - len(line.ids)
        padded = np.pad(line.ids, (window, window + fill))
        around = np.lib.stride_tricks.sliding_window_view(padded, self.around)[::words]  # (parts, n C + 2W)
        centers = padded[window : window + parts * words].reshape(parts, words)
        draws = generator.integers(0, len(noise), size=(parts, self.spans * self.shared), dtype=np.int32)
        first, true = (around, centers) if self.is_cbow else (centers, around)
        self.ids = first.copy(), np.concatenate((true, noise[draws]), axis=1)
        self._measure(np.pad(line.left, (0, fill)), np.pad(line.right, (0, fill)))

    def _measure(self, left: NDArray[np.int8], right: NDArray[np.int8]) -> None:
        sizes = torch.from_numpy(left.astype(np.float32) + right).view(-1, CHUNK, 1)
        band = self.bands(left, right)  # (parts n, C, M)
        if self.is_cbow:
            band /= sizes.clamp(min=1)
            sizes.fill_(1)  # without context the mean is 0, and so is what it changes
        weights = sizes * (self.config.negatives / max(1, self.shared))
        self.band = band.view(-1, self.chunks, *band.shape[1:])
        self.sizes = sizes.view(-1, self.chunks, CHUNK, 1)
        self.weights = weights.view(len(self.band), self.spans, -1, 1)

    def add(self, part: int) -> None:
        """Change both matrices by what the part that was computed last adds to them."""
        for matrix, ids, changes in zip(self.matrices, self.ids, self.changes, strict=True):
            if len(changes) == ids.shape[1]:
                if self.damping is not None:
                    changes *= torch.from_numpy(self.damping[ids[part]])[:, None]
                matrix.index_add_(0, torch.from_numpy(ids[part]), changes)
            else:
                damping = np.float32(1) if self.damping is None else self.damping[:, None]
                matrix.addcmul_(changes, torch.as_tensor(damping))
