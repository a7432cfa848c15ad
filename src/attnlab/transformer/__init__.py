"""The Transformer and its three families.

=====================  ========================================  =============================================
``EncoderOnly``        reads a text in both directions           BERT; sentence embeddings
``DecoderOnly``        goes on with a text from left to right    GPT; language models
``EncoderDecoder``     reads one text and writes another         the Transformer of 2017; translation
=====================  ========================================  =============================================

All are made from a :class:`TransformerConfig`. Every call can fill a dictionary with what is computed on the way
(``record``), under the names of the modules: ``encoder.layers.0.attention.weights``. It can multiply what single heads
find by a number (``gates``). Neither changes anything else. Inside :func:`edited` single attentions have other masks,
or weights that were given.

Source: Vaswani et al., *Attention Is All You Need* (2017), section 3; Devlin et al., *BERT* (2019); Radford et al.,
*Language Models are Unsupervised Multitask Learners* (GPT-2, 2019).
"""

from attnlab.attention.cache import ModelCache
from attnlab.transformer.config import TransformerConfig
from attnlab.transformer.edits import RowEdit, edited
from attnlab.transformer.families import DecoderOnly, EncoderDecoder, EncoderOnly
from attnlab.transformer.layers import Decoder, DecoderLayer, Encoder, EncoderLayer
from attnlab.transformer.model import Transformer
from attnlab.transformer.sublayers import AddAndNorm, Embedding, FeedForward
from attnlab.transformer.trace import Trace

__all__ = [
    "AddAndNorm",
    "Decoder",
    "DecoderLayer",
    "DecoderOnly",
    "Embedding",
    "Encoder",
    "EncoderDecoder",
    "EncoderLayer",
    "EncoderOnly",
    "FeedForward",
    "ModelCache",
    "RowEdit",
    "Trace",
    "Transformer",
    "TransformerConfig",
    "edited",
]
