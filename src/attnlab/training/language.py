"""Training a writer, which goes on with a text, and a reader, which fills its blanks; both beside a trigram model.

What they read, and how it is cut into texts, says ``attnlab.training.corpus``.

================  ==================================================================================
``WriterTask``    texts to go on with, scored by perplexity
``ReaderTask``    texts with blanks, scored by perplexity and by the guesses that are right
``MaskedReader``  the encoder as training needs it: the scores of the tokens at all places
================  ==================================================================================
"""

from attnlab.training.reader import MaskedReader, ReaderTask
from attnlab.training.writer import WriterTask

__all__ = ["MaskedReader", "ReaderTask", "WriterTask"]
