"""The command that trains the book's models from text files: ``python -m attnlab.train translator --help``.

Several processes share the work if ``torchrun`` starts them:
``torchrun --nproc-per-node 2 -m attnlab.train translator ...``.
"""

from attnlab.train.command import main

__all__ = ["main"]
