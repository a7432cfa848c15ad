"""What a decoder remembers between two tokens, so that it need not read everything again.

In causal attention the keys and values of earlier tokens never change. A cache keeps them, and a step computes those of
the new tokens alone: the cost of a step falls from that of the whole text to that of one token.
"""

import torch
from torch import Tensor


class KeyValueCache:
    """The keys and values of one attention layer.

    In self-attention it grows with every call. In cross-attention it is filled once, from the encoder's memory.

    Source: Shazeer, *Fast Transformer Decoding* (2019), section 2.4.

    Example: one sentence, two heads of width 4; three tokens come first, then one more.

        >>> cache = KeyValueCache()
        >>> first, more = torch.zeros(1, 2, 3, 4), torch.ones(1, 2, 1, 4)
        >>> _ = cache.append(first, first)
        >>> keys, values = cache.append(more, more)
        >>> keys.shape, cache.length
        (torch.Size([1, 2, 4, 4]), 4)
    """

    def __init__(self) -> None:
        self.keys: Tensor | None = None  # (B, H, Tk, Dh)
        self.values: Tensor | None = None  # (B, H, Tk, Dh)

    @property
    def length(self) -> int:
        """How many positions are held."""
        return 0 if self.keys is None else self.keys.shape[2]

    def append(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Return all keys and values ``(B, H, Tk, Dh)`` after the new ones ``(B, H, T, Dh)`` are put at the end.

        Raises:
            ValueError: the new ones differ from those held in more than their number.
        """
        if self.keys is not None and self.values is not None:
            held, new = self.keys.shape, key.shape
            if (held[0], held[1], held[3]) != (new[0], new[1], new[3]):
                raise ValueError(f"the cache holds keys of shape {tuple(held)}, the new ones are {tuple(new)}")
            key = torch.cat((self.keys, key), dim=2)  # (B, H, Tk, Dh)
            value = torch.cat((self.values, value), dim=2)  # (B, H, Tk, Dh)
        self.keys, self.values = key, value
        return key, value

    def reorder(self, rows: Tensor) -> None:
        """Keep the given rows of the batch, in the given order: a beam may be dropped, or go on twice.

        Args:
            rows: ``(B',)``, integers: row ``i`` will be what row ``rows[i]`` is now.

        Example: the second of two beams goes on twice.

            >>> cache = KeyValueCache()
            >>> _ = cache.append(torch.tensor([1.0, 2.0]).view(2, 1, 1, 1), torch.zeros(2, 1, 1, 1))
            >>> cache.reorder(torch.tensor([1, 1]))
            >>> cache.keys.flatten()
            tensor([2., 2.])
        """
        if self.keys is not None and self.values is not None:
            self.keys, self.values = self.keys.index_select(0, rows), self.values.index_select(0, rows)


class ModelCache:
    """The caches of all layers of a decoder, and which of the tokens so far are real. Made by ``model.new_cache()``.

    Attributes:
        self_attention: one cache a layer.
        cross_attention: one cache a layer; unused in a decoder without an encoder.
        token_mask: ``(B, length)``, True = a real token, not padding; None if all are real.

    Example: see ``DecoderOnly``. It begins empty.

        >>> ModelCache(n_layers=2).length
        0
    """

    def __init__(self, n_layers: int) -> None:
        self.self_attention = [KeyValueCache() for _ in range(n_layers)]
        self.cross_attention = [KeyValueCache() for _ in range(n_layers)]
        self.token_mask: Tensor | None = None

    @property
    def length(self) -> int:
        """How many tokens the decoder has read."""
        return self.self_attention[0].length

    def check_fits(self, batch: int, n_layers: int) -> None:
        """Raise a ``ValueError`` unless the cache holds so many texts (or none yet) and so many layers."""
        keys = self.self_attention[0].keys
        if len(self.self_attention) != n_layers:
            raise ValueError(f"the cache has {len(self.self_attention)} layers, the model {n_layers}")
        if keys is not None and len(keys) != batch:
            raise ValueError(f"the cache holds {len(keys)} texts, got {batch}")

    def extend_token_mask(self, new: Tensor | None, batch: int, n_tokens: int) -> Tensor | None:
        """Return the mask ``(B, length + T)`` of the tokens held and the new ones, and keep it."""
        if new is None and self.token_mask is None:
            return None
        given = new if new is not None else self.token_mask
        assert given is not None
        held = self.token_mask
        if held is None:
            held = torch.ones(batch, self.length, dtype=torch.bool, device=given.device)
        if new is None:
            new = torch.ones(batch, n_tokens, dtype=torch.bool, device=given.device)
        self.token_mask = torch.cat((held, new), dim=1)  # (B, length + T)
        return self.token_mask

    def reorder(self, rows: Tensor) -> None:
        """Keep the given rows of the batch in the given order, in every layer; see :meth:`KeyValueCache.reorder`."""
        for cache in (*self.self_attention, *self.cross_attention):
            cache.reorder(rows)
        if self.token_mask is not None:
            self.token_mask = self.token_mask.index_select(0, rows)
