"""Word2Vec one word at a time, for reading: the loss, and its gradient with respect to both matrices.

Each word has two vectors: its row of the input matrix when it predicts, its row of the output matrix when it is
predicted. The score of word ``o``, given a predicting vector ``h``, is ``h @ output[o]``.

====================  ==============================  ================================================================
model                 the predicting vector ``h``     what it predicts
====================  ==============================  ================================================================
skip-gram             ``input[center]``               each of the context words
CBOW                  the mean of the context's rows  the word in the center
====================  ==============================  ================================================================

The loss of one prediction is ``-log softmax(scores)[o]`` over the whole vocabulary; or with negative sampling
``-log sigmoid(score of o) - sum of log sigmoid(-score of n)`` over a few noise words ``n``.

Where this departs from the authors' program: a noise word may happen to be the true one; and the gradient of CBOW's
mean is divided by the number of words, as calculus has it (theirs is not, and they use a smaller learning rate; see
Irsoy et al., *Corrected CBOW Performs as well as Skip-gram*, 2021). For training that is fast, the same gradients are
computed for many words at once in ``attnlab.word2vec.fast``.

Source: Mikolov et al., *Efficient Estimation of Word Representations in Vector Space* (2013), sections 3.1 and 3.2, and
*Distributed Representations of Words and Phrases and their Compositionality* (2013), equations 1, 2 and 4.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attnlab.word2vec.config import Word2VecConfig
from attnlab.word2vec.corpus import Counts, Reader, Sentences, count_words, encode

Matrix = NDArray[Any]  # of floating-point numbers; the gradients have the type of the matrices
Integers = NDArray[np.int64]


class Step(NamedTuple):
    """A loss, and its gradients.

    Attributes:
        loss: in nats, summed over the predictions.
        input_gradient, output_gradient: ``(V, D)`` each, zero in the rows that the loss does not depend on.
    """

    loss: float
    input_gradient: Matrix
    output_gradient: Matrix


def skip_gram_loss(
    inputs: ArrayLike, outputs: ArrayLike, center: int, contexts: Sequence[int], negatives: ArrayLike | None = None
) -> Step:
    """Return the loss of predicting each context word from the center word, and its gradients.

    Args:
        inputs, outputs: both matrices, ``(V, D)`` each.
        center: the id of the word that predicts.
        contexts: the ids of the words around it, at least one; a word may be there twice.
        negatives: ``(len(contexts), K)``, the ids of the noise words of each context word. Without them, the loss is
            that of the softmax over the whole vocabulary.

    Raises:
        ValueError: the shapes do not fit, there is no context word, or an id is out of range.

    Source: Mikolov et al. (2013), *Distributed Representations*, equations 1 and 2; with negatives, equation 4.

    Example: all scores are 0, so that the true word and the noise word have one half each: the loss is 2 log 2.

        >>> step = skip_gram_loss([[1.0, 2.0], [0.0, 0.0]], np.zeros((2, 2)), center=0, contexts=[1], negatives=[[0]])
        >>> round(step.loss, 4)
        1.3863
        >>> step.output_gradient  # toward the true word's score, away from the noise word's
        array([[ 0.5,  1. ],
               [-0.5, -1. ]])
    """
    x, y = _matrices(inputs, outputs)
    (middle,) = _ids("center", [center], len(x))
    around = _ids("contexts", contexts, len(x))
    noise = None if negatives is None else _noise(negatives, (len(around),), len(x))
    input_gradient, output_gradient = np.zeros_like(x), np.zeros_like(y)
    loss = 0.0
    for place, context in enumerate(around):
        found, toward = _predict(x[middle], y, context, None if noise is None else noise[place], output_gradient)
        loss += found
        input_gradient[middle] += toward
    return Step(loss, input_gradient, output_gradient)


def cbow_loss(
    inputs: ArrayLike, outputs: ArrayLike, contexts: Sequence[int], center: int, negatives: ArrayLike | None = None
) -> Step:
    """Return the loss of predicting the center word from the mean of the words around it, and its gradients.

    Args:
        inputs, outputs: both matrices, ``(V, D)`` each.
        contexts: the ids of the words around, at least one; a word may be there twice.
        center: the id of the word that is predicted.
        negatives: ``(K,)``, the ids of the noise words. Without them, the loss is that of the softmax.

    Raises:
        ValueError: the shapes do not fit, there is no context word, or an id is out of range.

    Source: Mikolov et al. (2013), *Efficient Estimation*, section 3.1.

    Example: of three words that all score 0, each has the probability 1/3.

        >>> step = cbow_loss([[4.0], [2.0], [0.0]], np.zeros((3, 1)), contexts=[0, 1], center=2)
        >>> round(step.loss, 4)  # log 3
        1.0986
        >>> step.output_gradient.round(2).T  # the mean is 3: times 1/3, and times 1/3 - 1
        array([[ 1.,  1., -2.]])
    """
    x, y = _matrices(inputs, outputs)
    (middle,) = _ids("center", [center], len(x))
    around = _ids("contexts", contexts, len(x))
    noise = None if negatives is None else _noise(negatives, (), len(x))
    input_gradient, output_gradient = np.zeros_like(x), np.zeros_like(y)
    mean = x[around].mean(axis=0)  # (D,)
    loss, toward = _predict(mean, y, middle, noise, output_gradient)
    for context in around:
        input_gradient[context] += toward / len(around)
    return Step(loss, input_gradient, output_gradient)


def _predict(vector: Matrix, outputs: Matrix, true: int, noise: Integers | None, gradient: Matrix) -> tuple[float, Any]:
    """Return the loss of one prediction by a vector ``(D,)`` and the vector's gradient; add the outputs' gradient."""
    if noise is None:
        scores = outputs @ vector  # (V,)
        largest = scores.max()
        log_probabilities = scores - (largest + np.log(np.exp(scores - largest).sum()))
        errors = np.exp(log_probabilities)
        errors[true] -= 1
        gradient += np.outer(errors, vector)
        return -float(log_probabilities[true]), errors @ outputs
    ids = np.append(true, noise)  # (1 + K,)
    scores = outputs[ids] @ vector
    signs = np.where(np.arange(len(ids)) == 0, 1, -1).astype(scores.dtype)
    losses = np.logaddexp(0, -signs * scores)  # -log sigmoid(score), or of its opposite
    errors = -signs * np.exp(-np.logaddexp(0, signs * scores))  # sigmoid - 1 for the true word, sigmoid for noise
    np.add.at(gradient, ids, np.outer(errors, vector))  # a noise word may be drawn twice
    return float(losses.sum()), errors @ outputs[ids]


class PlainStep(NamedTuple):
    """What one word of the text changed.

    Attributes:
        center: the id of the word.
        contexts: the ids of the words around it.
        negatives: the ids of the noise words, as the loss takes them; None with a softmax.
        step: the loss, and the gradients by which the matrices were changed.
        learning_rate: what the gradients were multiplied by.
        inputs, outputs: both matrices ``(V, D)`` after the change. The next step changes them in place.
    """

    center: int
    contexts: list[int]
    negatives: Integers | None
    step: Step
    learning_rate: float
    inputs: Matrix
    outputs: Matrix


def plain_steps(sentences: Sentences, config: Word2VecConfig, counts: Counts | None = None) -> Iterator[PlainStep]:
    """Yield one step after the other of training word by word, as the authors' program does; for small texts.

    ``config.workers`` has no meaning here. The numbers are others than those of ``train_word2vec``, which draws its
    windows and noise in another order; what is minimized is the same.

    Raises:
        TypeError, ValueError: as for ``train_word2vec``.

    Example: "tea" has one neighbor here, and so does "green".

        >>> config = Word2VecConfig(dim=2, window=1, min_count=1, epochs=1, subsample=0, negatives=3)
        >>> for one in plain_steps([["green", "tea"]], config):
        ...     print(one.center, one.contexts, one.negatives.shape, round(one.learning_rate, 4))
        0 [1] (1, 3) 0.025
        1 [0] (1, 3) 0.0126
    """
    counts = count_words(sentences, min_count=config.min_count, max_size=config.max_size) if counts is None else counts
    generator = np.random.default_rng(config.seed)
    reader, noise = Reader(counts, config), counts.noise(config.noise_power)
    shape = (len(noise), config.dim)
    inputs = ((2 * generator.random(shape, dtype=np.float32) - 1) / config.dim).astype(np.float32)
    outputs = np.zeros(shape, dtype=np.float32)
    total, done = counts.raw_words * config.epochs, 0
    for sentence in (sentence for _ in range(config.epochs) for sentence in sentences):
        line = reader.line(encode([sentence], counts.vocabulary.index), generator)
        ids = line.ids.tolist()
        for place, center in enumerate(ids):
            left, right = int(line.left[place]), int(line.right[place])
            contexts = ids[place - left : place] + ids[place + 1 : place + 1 + right]
            if not contexts:
                continue
            rate = config.rate_at((done + len(sentence) * place / len(ids)) / total)
            negatives = None
            if config.objective == "negative-sampling":
                draws = (len(contexts), config.negatives) if config.model == "skip-gram" else (config.negatives,)
                negatives = generator.choice(len(noise), size=draws, p=noise)
            if config.model == "skip-gram":
                step = skip_gram_loss(inputs, outputs, center, contexts, negatives)
            else:
                step = cbow_loss(inputs, outputs, contexts, center, negatives)
            inputs -= rate * step.input_gradient
            outputs -= rate * step.output_gradient
            yield PlainStep(center, contexts, negatives, step, rate, inputs, outputs)
        done += len(sentence)


def _matrices(inputs: ArrayLike, outputs: ArrayLike) -> tuple[Matrix, Matrix]:
    x, y = (np.asarray(matrix) for matrix in (inputs, outputs))
    x, y = (matrix if np.issubdtype(matrix.dtype, np.floating) else matrix.astype(np.float64) for matrix in (x, y))
    if x.ndim != 2 or x.shape != y.shape or 0 in x.shape:
        raise ValueError(f"inputs and outputs must be (V, D) both, got shapes {x.shape} and {y.shape}")
    return x, y


def _ids(name: str, given: Sequence[int], size: int) -> list[int]:
    if len(given) == 0:
        raise ValueError(f"{name} holds 0 ids, it needs at least 1")
    for place in given:
        if not 0 <= place < size:
            raise ValueError(f"{name}: id {place} is not from 0 to {size - 1}")
    return [int(place) for place in given]


def _noise(given: ArrayLike, leading: tuple[int, ...], size: int) -> Integers:
    noise = np.asarray(given, dtype=np.int64)
    if noise.ndim != len(leading) + 1 or noise.shape[:-1] != leading or noise.shape[-1] == 0:
        wanted = ", ".join([*map(str, leading), "K"])
        raise ValueError(f"negatives must be ({wanted}) with K at least 1, got shape {noise.shape}")
    _ids("negatives", noise.ravel().tolist(), size)
    return noise
