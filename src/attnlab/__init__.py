"""Attention Lab: the Transformer you can touch.

The package behind the book. Import what you need from its modules; importing ``attnlab`` alone loads nothing heavy.

==========================  ===============================================================
``attnlab.attention``       scaled dot-product attention, and the names of all axes
``attnlab.text``            a sentence cut into tokens
``attnlab.embedding``       real word vectors, and one trained attention head
``attnlab.widgets``         the live pictures of the book
``attnlab.exercises``       the checker of the exercises, and the quick questions
``attnlab.plot``            the figures, in the book's colors
==========================  ===============================================================
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("attnlab")
except PackageNotFoundError:  # used from a source folder that was never installed
    __version__ = "0+source"
