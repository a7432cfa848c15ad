"""Word vectors that learn from a text who stands beside whom: skip-gram and CBOW.

=======================================  ===========================================================================
``skip_gram_loss``, ``cbow_loss``        the loss of one word and its gradients, to be read
``plain_steps``                          training word by word, to be watched
``train_word2vec``                       training that is fast, with the same loss
``Word2VecConfig``                       the settings of both
``count_words``, ``words_of``            a text made ready
``TrainedVectors``, ``load_word2vec``    the result, and the vectors that come with the package
=======================================  ===========================================================================
"""

from attnlab.word2vec.config import Word2VecConfig
from attnlab.word2vec.corpus import Counts, count_words, words_of
from attnlab.word2vec.plain import PlainStep, Step, cbow_loss, plain_steps, skip_gram_loss
from attnlab.word2vec.vectors import TrainedVectors, load_word2vec, train_word2vec

__all__ = [
    "Counts",
    "PlainStep",
    "Step",
    "TrainedVectors",
    "Word2VecConfig",
    "cbow_loss",
    "count_words",
    "load_word2vec",
    "plain_steps",
    "skip_gram_loss",
    "train_word2vec",
    "words_of",
]
