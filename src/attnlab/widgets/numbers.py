"""All the numbers that an explorer shows, computed by the package's own attention."""

from typing import NamedTuple

from attnlab.embedding import HeadMaps, Vectors


class Numbers(NamedTuple):
    """What attention computes on the way from word vectors to outputs."""

    query: Vectors  # (T, Dh)
    key: Vectors  # (T, Dh)
    value: Vectors  # (T, Dh)
    scores: Vectors  # (T, T), before any division
    weights: Vectors  # (T, T)
    outputs: Vectors  # (T, Dh)


def compute(x: Vectors, head: HeadMaps | None, divisor: float) -> Numbers:
    """Return the numbers for word vectors ``x``, ``(T, D)``. Without a head, queries, keys and values are ``x`` itself.

    The front end computes the same; a parity test compares the two.

    Example:

        >>> import numpy as np
        >>> compute(np.eye(2, dtype=np.float32), head=None, divisor=1.0).weights  # e / (e + 1) = 0.731
        array([[0.7310586 , 0.26894143],
               [0.26894143, 0.7310586 ]], dtype=float32)
    """
    import torch  # takes a second or two, which making a widget need not wait for

    from attnlab.attention import scaled_dot_product_attention

    query, key, value = (x, x, x) if head is None else (head.query(x), head.key(x), head.value(x))
    q, k, v = torch.from_numpy(query), torch.from_numpy(key), torch.from_numpy(value)
    outputs, weights = scaled_dot_product_attention(q, k, v, scale=1 / divisor, return_weights=True)
    return Numbers(query, key, value, query @ key.T, weights.numpy(), outputs.numpy())
