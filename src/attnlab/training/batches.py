"""Sentences of about equal length in batches of about equal size.

``B`` counts the sentences of a batch, ``S`` and ``T`` the tokens of its longest source and target.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

NOT_COUNTED = -100  # the answer at a place where none is asked for: what torch's cross-entropy leaves out


@dataclass(frozen=True, eq=False)
class Batch:
    """The sentences of one step.

    Attributes:
        inputs: what the model is called with: ids and bool masks, each ``(B, ...)``.
        answers: ``(B, T)``, the token that the model should give at each place, or ``NOT_COUNTED``.
        tokens: how many answers count.
    """

    inputs: tuple[Tensor, ...]
    answers: Tensor
    tokens: int

    def share(self, rank: int, world: int) -> "Batch":
        """Return what one of ``world`` processes computes. ``tokens`` stays that of the whole batch.

        A process for which no sentence is left gets the first one with no answer that counts, so that it has something
        to compute, and nothing to say.

        Example: three sentences for two processes.

            >>> batch = Batch((torch.tensor([[5], [6], [7]]),), torch.tensor([[1], [2], [3]]), tokens=3)
            >>> batch.share(0, 2).answers.tolist(), batch.share(1, 2).answers.tolist()
            ([[1], [3]], [[2]])
        """
        if rank >= len(self.answers):
            nothing = torch.full_like(self.answers[:1], NOT_COUNTED)
            return Batch(tuple(tensor[:1] for tensor in self.inputs), nothing, self.tokens)
        mine = slice(rank, None, world)
        return Batch(tuple(tensor[mine] for tensor in self.inputs), self.answers[mine], self.tokens)

    def to(self, device: torch.device) -> "Batch":
        """Return the batch with its tensors on a device."""
        return Batch(tuple(tensor.to(device) for tensor in self.inputs), self.answers.to(device), self.tokens)


def padded(rows: Sequence[Sequence[int]], filler: int) -> Tensor:
    """Return rows of different lengths as one tensor ``(B, T)`` of int64, filled up at their ends.

    Raises:
        ValueError: there is no row.

    Example:

        >>> padded([[1, 2, 3], [4]], filler=0)
        tensor([[1, 2, 3],
                [4, 0, 0]])
    """
    if not rows:
        raise ValueError("there are 0 rows to make a tensor of")
    longest = max(len(row) for row in rows)
    return torch.tensor([[*row, *[filler] * (longest - len(row))] for row in rows], dtype=torch.int64)  # (B, T)


def token_batches(lengths: Sequence[int], tokens_per_batch: int, generator: torch.Generator) -> list[list[int]]:
    """Return the numbers of all sentences in batches, in random order.

    Sentences of about equal length go together, so that little is padded; which ones, is chosen anew at each call.

    Args:
        lengths: of each sentence.
        tokens_per_batch: the most that the number of sentences times the longest of them may be.
        generator: draws the order.

    Raises:
        ValueError: there is no sentence, or one is longer than a batch may be.

    Example:

        >>> batches = token_batches([2, 9, 2, 8], tokens_per_batch=18, generator=torch.Generator().manual_seed(0))
        >>> sorted(sorted(batch) for batch in batches)
        [[0, 2], [1, 3]]
    """
    if not lengths:
        raise ValueError("there are 0 sentences to make batches of")
    if max(lengths) > tokens_per_batch:
        raise ValueError(f"a sentence has {max(lengths)} tokens but tokens_per_batch={tokens_per_batch}")
    shuffled = torch.randperm(len(lengths), generator=generator).tolist()
    batches: list[list[int]] = []
    open_batch: list[int] = []
    for sentence in sorted(shuffled, key=lambda number: lengths[number]):  # each is at least as long as all before it
        if (len(open_batch) + 1) * lengths[sentence] > tokens_per_batch:
            batches.append(open_batch)
            open_batch = []
        open_batch.append(sentence)
    batches.append(open_batch)
    order = torch.randperm(len(batches), generator=generator).tolist()
    return [batches[place] for place in order]
