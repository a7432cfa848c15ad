"""Batches of texts, as the writer and the reader are trained and scored on them."""

from collections.abc import Sequence

import torch

from attnlab.training.batches import NOT_COUNTED, Batch, padded, token_batches
from attnlab.training.corpus import Piece

FILLER = 0  # what stands at padding; the mask hides it, so it can be any id
SCORED_AT_ONCE = 8192  # how many tokens are in a batch that is scored


def text_batch(inputs: Sequence[Sequence[int]], answers: Sequence[Sequence[int]]) -> Batch:
    """Return a batch of rows: ids ``(B, T)`` and which of them are real ``(B, T)``, and the answers ``(B, T)``.

    Args:
        inputs: the ids that are read, row by row.
        answers: what is asked for at each of them; ``NOT_COUNTED`` where nothing is.

    Example:

        >>> batch = text_batch([[7, 3, 4], [7, 5]], [[3, 4, 8], [5, -100]])
        >>> batch.inputs[1].tolist(), batch.answers.tolist(), batch.tokens
        ([[True, True, True], [True, True, False]], [[3, 4, 8], [5, -100, -100]], 4)
    """
    lengths = torch.tensor([len(row) for row in inputs])  # (B,)
    ids = padded(inputs, FILLER)  # (B, T)
    real = torch.arange(ids.shape[1]) < lengths[:, None]  # (B, T)
    wanted = padded(answers, NOT_COUNTED)  # (B, T)
    return Batch((ids, real), wanted, tokens=int((wanted != NOT_COUNTED).sum()))


def batches_in_order(found: Sequence[Piece]) -> list[list[int]]:
    """Return the places of all texts in batches for scoring, the same each time.

    Args:
        found: the texts.

    Example:

        >>> batches_in_order([Piece((257, 72, 105, 258), 1), Piece((257, 63, 258), 1)])
        [[1, 0]]
    """
    return token_batches([len(piece.ids) for piece in found], SCORED_AT_ONCE, torch.Generator().manual_seed(0))


def check_texts(train: int, held_out: int, max_length: int) -> None:
    """Raise an error where there is nothing to learn from, or nothing to be scored on.

    Args:
        train, held_out: how many texts there are.
        max_length: the most tokens that the model reads.

    Raises:
        ValueError: one of the two is 0.

    Example:

        >>> check_texts(3, 0, max_length=9)
        Traceback (most recent call last):
        ...
        ValueError: there are 0 texts to be scored on that have a sentence of at most 9 tokens
    """
    for count, use in ((train, "learn from"), (held_out, "be scored on")):
        if not count:
            raise ValueError(f"there are 0 texts to {use} that have a sentence of at most {max_length} tokens")
