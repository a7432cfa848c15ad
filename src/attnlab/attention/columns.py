"""From the weights to the output with the tokens side by side as columns, so that nothing has to be copied.

What the heads find, ``(B, H, Tq, Dh)``, must be put side by side for ``W_O``. As rows, ``(B, Tq, H * Dh)``, each head
is copied to its place. As columns, ``(B, H * Dh, Tq)``, the heads already stand one below the other.

This is for calls without gradients: a gradient would keep a copy of ``W_O`` for each sentence, and sum them.
"""

import torch
from torch import Tensor, nn


def mix(weights: Tensor, value: Tensor) -> Tensor:
    """Return ``weights @ value``, ``(B, H, Tq, Dh)``, computed as ``(value^T @ weights^T)^T``: each token is a column.

    Example:

        >>> weights, value = torch.tensor([[[[0.25, 0.75]]]]), torch.tensor([[[[4.0], [8.0]]]])
        >>> mix(weights, value)
        tensor([[[[7.]]]])
    """
    return (value.transpose(2, 3) @ weights.transpose(2, 3)).transpose(2, 3)


def join_heads(linear: nn.Linear, heads: Tensor) -> Tensor:
    """Return what the map makes of the heads ``(B, H, Tq, Dh)``, put side by side: ``(B, Tq, D)``.

    Example: two heads of width 1, which the map adds up.

        >>> linear = nn.Linear(2, 2, bias=False)
        >>> with torch.inference_mode():
        ...     _ = linear.weight.fill_(1.0)
        ...     join_heads(linear, torch.tensor([[[[1.0]], [[2.0]]]]))
        tensor([[[3., 3.]]])
    """
    columns = heads.transpose(2, 3).flatten(1, 2)  # (B, H * Dh, Tq); no copy of what `mix` returned
    weight = linear.weight.t().expand(len(columns), -1, -1)  # (B, H * Dh, D)
    tokens = columns.transpose(1, 2)  # (B, Tq, H * Dh)
    return torch.bmm(tokens, weight) if linear.bias is None else torch.baddbmm(linear.bias, tokens, weight)
