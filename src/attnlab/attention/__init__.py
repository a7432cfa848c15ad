"""Attention: scaled dot-product attention, and many heads of it side by side.

The axes, named once here and used by the whole package:

====== ===================================================================
``B``  batch: how many sentences are computed side by side
``H``  heads: how many attentions look at each sentence
``Tq`` query positions: the tokens that look
``Tk`` key positions: the tokens that are looked at (in self-attention ``Tq == Tk == T``)
``D``  model width: the length of a token's vector
``Dh`` head width: the length of a query or a key (``d_k`` in the paper)
``V``  vocabulary: how many different tokens there are
====== ===================================================================

A mask is boolean and ``True`` means "may attend" (see :mod:`attnlab.masks`).
"""

from attnlab.attention.cache import KeyValueCache, ModelCache
from attnlab.attention.dot_product import attention_weights, scaled_dot_product_attention
from attnlab.attention.multi_head import MultiHeadAttention

__all__ = [
    "KeyValueCache",
    "ModelCache",
    "MultiHeadAttention",
    "attention_weights",
    "scaled_dot_product_attention",
]
