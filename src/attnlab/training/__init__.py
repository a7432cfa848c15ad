"""Training: how the weights that the book ships were found, and how to find others.

``python -m attnlab.train --help`` trains a translator, a writer, a reader or word vectors from text files.
:mod:`attnlab.training.order` is an experiment of seconds: which kind of positions holds in longer texts.

=======================  =========================================================================================
``train``                the loop: follow the gradient, score, save, go on after an interruption
``TrainingConfig``       the numbers that a run is made of
``Task``                 what the loop asks of what is learned: batches, and scores
``TranslationTask``      Chinese sentences and their translations, scored by BLEU
``Batch``                the sentences of one step
``Processes``            several processes that share each batch
``WeightAverage``        the running average of the weights, which is what is scored and kept
=======================  =========================================================================================
"""

from attnlab.training.average import WeightAverage
from attnlab.training.batches import NOT_COUNTED, Batch, padded, token_batches
from attnlab.training.bleu import bleu
from attnlab.training.config import TrainingConfig
from attnlab.training.loop import Progress, train
from attnlab.training.processes import Processes
from attnlab.training.scores import perplexity, translation_scores
from attnlab.training.step import answer_loss
from attnlab.training.task import Task
from attnlab.training.translation import Restraint, TranslationTask, batch_of, source_ids, translate_greedily

__all__ = [
    "NOT_COUNTED",
    "Batch",
    "Processes",
    "Progress",
    "Restraint",
    "Task",
    "TrainingConfig",
    "TranslationTask",
    "WeightAverage",
    "answer_loss",
    "batch_of",
    "bleu",
    "padded",
    "perplexity",
    "source_ids",
    "token_batches",
    "train",
    "translate_greedily",
    "translation_scores",
]
