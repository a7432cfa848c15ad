"""Changing what single attentions of a model do while it runs: another mask, or a row of weights of one's own.

Heads are switched off by the ``gates`` of every call; what is here reaches deeper, and so it is a context: inside it
the model is changed, after it the model is what it was.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from attnlab.attention import MultiHeadAttention
from attnlab.transformer.model import Transformer


@dataclass(frozen=True)
class RowEdit:
    """One query's weights in one head, in the place of those that the softmax gave.

    Args:
        head: counted from 0.
        query: the position of the query, counted from 0.
        weights: one for each key; keys beyond them get 0. They need not sum to 1.

    Example:

        >>> RowEdit(head=0, query=2, weights=(0.0, 1.0)).weights
        (0.0, 1.0)
    """

    head: int
    query: int
    weights: Sequence[float]


@contextmanager
def edited(
    model: Transformer,
    *,
    masks: Mapping[str, Tensor] | None = None,
    rows: Mapping[str, Sequence[RowEdit]] | None = None,
) -> Iterator[None]:
    """Return a context in which attentions of the model have other masks, or rows of weights that were given.

    The weights that are recorded are the edited ones, and the rest of the model follows from them. Positions are
    counted from the first token of the call, so a cache cannot be used: decode with ``use_cache=False``.

    Args:
        model: any of the three families.
        masks: for attentions by name, bool ``(rows, columns)``, True = may attend. It replaces the model's own mask
            for all heads and texts; cells beyond it keep the model's own.
        rows: for attentions by name, the rows to overwrite.

    Raises:
        TypeError: a mask is not a boolean tensor.
        ValueError: the model has no attention of a name, a mask has not two axes, there is no such head, a weight is
            not finite; and in a call inside the context: a cache is given.

    Example: a decoder that looks at nothing but its first token.

        >>> from attnlab.transformer import DecoderOnly, TransformerConfig
        >>> model = DecoderOnly(TransformerConfig(vocab_size=5, d_model=6, n_heads=2, n_layers=1, d_ff=8, max_length=9))
        >>> name, record = model.attention_names[0], {}
        >>> with edited(model, masks={name: torch.tensor([[True, False, False]] * 3)}):
        ...     _ = model(torch.tensor([[1, 2, 3]]), record=record)
        >>> record[f"{name}.weights"][0, 0].tolist()
        [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    """
    masks, rows = masks or {}, rows or {}
    attentions = _attentions(model, [*masks, *rows])
    for name, mask in masks.items():
        _check_mask(name, mask)
    for name, listed in rows.items():
        _check_rows(name, listed, model.config.n_heads)
    with ExitStack() as stack:
        for name, attention in attentions.items():
            handle = attention.register_forward_pre_hook(_mask_hook(name, masks.get(name)), with_kwargs=True)
            stack.callback(handle.remove)
        for name, listed in rows.items():
            attentions[name].edit_weights = _overwriter(listed)
            stack.callback(setattr, attentions[name], "edit_weights", None)
        yield


def _attentions(model: Transformer, names: Sequence[str]) -> dict[str, MultiHeadAttention]:
    known = model.attention_names
    for name in names:
        if name not in known:
            raise ValueError(f"no attention is named {name!r}; known are {', '.join(known)}")
    found: dict[str, Any] = {name: model.get_submodule(name) for name in names}
    return found


def _check_mask(name: str, mask: Tensor) -> None:
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        found = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(f"the mask of {name} must be a bool tensor (True = may attend), got {found}")
    if mask.dim() != 2:
        raise ValueError(f"the mask of {name} must be (rows, columns), got shape {tuple(mask.shape)}")


def _check_rows(name: str, rows: Sequence[RowEdit], n_heads: int) -> None:
    for row in rows:
        if not 0 <= row.head < n_heads:
            raise ValueError(f"{name} has {n_heads} heads, counted from 0; there is no head {row.head}")
        if row.query < 0:
            raise ValueError(f"the weights of query {row.query} of {name} were given; positions count from 0")
        if not torch.tensor(row.weights, dtype=torch.float64).isfinite().all():
            raise ValueError(f"the weights of query {row.query} of {name} are not all finite: {list(row.weights)}")


def _mask_hook(name: str, edit: Tensor | None) -> Callable[[nn.Module, Any, Any], tuple[Any, Any]]:
    """Before the attention runs: puts the edit on the mask that the model made."""

    def hook(_: nn.Module, arguments: Any, named: dict[str, Any]) -> tuple[Any, Any]:
        if named.get("cache") is not None:
            raise ValueError(f"{name} is edited, and edits count from the first token: use no cache (use_cache=False)")
        if edit is None:
            return arguments, named
        x, context = arguments[0], arguments[1] if len(arguments) > 1 else None
        return arguments, {**named, "mask": _edited_mask(edit, named.get("mask"), x, x if context is None else context)}

    return hook


def _edited_mask(edit: Tensor, own: Tensor | None, x: Tensor, context: Tensor) -> Tensor:
    """The model's own mask, or none, with the edit in its first rows and columns: ``(B or 1, 1, Tq, Tk)``."""
    shape = (1, 1, x.shape[1], context.shape[1])
    mask = torch.ones(shape, dtype=torch.bool, device=x.device)
    if own is not None:
        mask = mask & own  # a new tensor: the model's own is not written to
    rows, columns = min(edit.shape[0], shape[2]), min(edit.shape[1], shape[3])
    mask[..., :rows, :columns] = edit[:rows, :columns].to(x.device)
    return mask


def _overwriter(rows: Sequence[RowEdit]) -> Callable[[Tensor], Tensor]:
    """What writes the rows over weights ``(B, H, Tq, Tk)``. Rows of queries that are not there yet wait."""

    def overwrite(weights: Tensor) -> Tensor:
        weights = weights.clone()
        for row in rows:
            if row.query < weights.shape[2]:
                given = torch.tensor(row.weights, dtype=weights.dtype, device=weights.device)[: weights.shape[3]]
                weights[:, row.head, row.query] = 0.0
                weights[:, row.head, row.query, : len(given)] = given
        return weights

    return overwrite
