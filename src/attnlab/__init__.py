"""Attention Lab: the Transformer you can touch.

The package behind the book. Import what you need from its modules; importing ``attnlab`` alone loads nothing heavy.

========================  ====================================================================
``attnlab.text``          texts cut into tokens, and tokens as numbers
``attnlab.data``          sentence pairs and plain text, from a file or by download
``attnlab.embedding``     real word vectors, and what can be measured in their space
``attnlab.masks``         who may attend to whom
``attnlab.positions``     where a token stands, in six ways
``attnlab.attention``     attention with one head and with many, and the names of all axes
``attnlab.transformer``   the Transformer and its three families
``attnlab.decoding``      text from a model, token by token
``attnlab.training``      how the book's models learn; ``python -m attnlab.train`` trains them
``attnlab.models``        the book's own models: a translator, a writer, a reader
``attnlab.word2vec``      word vectors that learn from a text
``attnlab.pretrained``    somebody else's trained model to look into
``attnlab.widgets``       the live pictures of the book
``attnlab.exercises``     the checker of the exercises, and the quick questions
``attnlab.plot``          the figures, in the book's colors
========================  ====================================================================
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("attnlab")
except PackageNotFoundError:  # used from a source folder that was never installed
    __version__ = "0+source"
