"""A stretch of text as a matrix: the windows of its words are a band in it.

The words of a line are cut into chunks of ``C`` consecutive words. The context of a chunk lies in its surroundings: the
chunk itself, and the ``W`` words before and after it, ``M = W + C + W`` words.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

CHUNK = 16  # C: with fewer words the products would be too small to be fast, with more the band would be a thin one


class Bands:
    """Makes bands: which words of its surroundings are context of each word of a chunk.

    A row of a band depends on the word's place in its chunk and on how far its window reaches to the left and to the
    right. All half rows are made once; a band is one half times the other.

    Example: a word in the middle of its window, and one that ends its sentence. The rest of the chunk is empty.

        >>> left, right = np.zeros((2, CHUNK), dtype=np.int8)
        >>> left[:2], right[:2] = [1, 2], [1, 0]
        >>> Bands(window=2)(left, right)[0, :3, :6].int()
        tensor([[0, 1, 0, 1, 0, 0],
                [0, 1, 1, 0, 0, 0],
                [0, 0, 0, 0, 0, 0]], dtype=torch.int32)
    """

    def __init__(self, window: int) -> None:
        self.window = window
        distances = np.arange(-window, CHUNK + window) - np.arange(CHUNK)[:, None, None]  # (C, 1, M)
        reach = np.arange(window + 1)[:, None]  # (W + 1, 1)
        shape = (CHUNK * (window + 1), CHUNK + 2 * window)
        self.left = ((distances >= -reach) & (distances != 0)).astype(np.float32).reshape(shape)  # (C (W + 1), M)
        self.right = (distances <= reach).astype(np.float32).reshape(shape)  # (C (W + 1), M)

    def __call__(self, left: NDArray[np.int8], right: NDArray[np.int8]) -> Tensor:
        """Return the band ``(chunks, C, M)``, 1 or 0, for reaches ``(chunks C,)``."""
        places = np.tile(np.arange(CHUNK) * (self.window + 1), len(left) // CHUNK)
        band = torch.from_numpy(self.left[places + left])
        band *= torch.from_numpy(self.right[places + right])
        return band.view(-1, CHUNK, CHUNK + 2 * self.window)


def surroundings(rows: Tensor, chunks: int) -> Tensor:
    """Return the surroundings of each chunk, overlapping views of one line: ``(chunks C + 2W, D) -> (chunks, M, D)``.

    Example: two chunks of 16, with 1 word more to each side.

        >>> line = torch.arange(34.0).view(34, 1)
        >>> surroundings(line, 2)[1, :3, 0]
        tensor([16., 17., 18.])
    """
    beyond, width = len(rows) - chunks * CHUNK, rows.shape[1]
    return rows.as_strided((chunks, CHUNK + beyond, width), (CHUNK * width, width, 1), rows.storage_offset())


class Fold:
    """Fills a line ``(chunks C + 2W, D)`` with the sums of what its surroundings ``(chunks, M, D)`` give; they overlap.

    Example:

        >>> line = torch.empty(34, 1)
        >>> Fold(torch.ones(2, 18, 1), line)()
        >>> line[14:20, 0]
        tensor([1., 1., 2., 2., 1., 1.])
    """

    def __init__(self, given: Tensor, line: Tensor) -> None:
        chunks, reach, width = given.shape
        self.own, self.line_own = given[:, :CHUNK], line[: chunks * CHUNK].view(chunks, CHUNK, width)
        self.rest = line[chunks * CHUNK :]
        self.beyond = []
        for start in range(CHUNK, reach, CHUNK):  # once, unless a window is wider than half a chunk
            some = given[:, start : start + CHUNK]
            place = line.storage_offset() + start * width
            self.beyond.append((line.as_strided(some.shape, (CHUNK * width, width, 1), place), some))

    def __call__(self) -> None:
        self.line_own.copy_(self.own)
        self.rest.zero_()
        for line, some in self.beyond:
            line.add_(some)
