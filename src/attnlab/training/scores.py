"""How good a model is, in the numbers that the field compares: BLEU, chrF, perplexity."""

import math
from collections.abc import Sequence
from typing import Any


def translation_scores(translations: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """Return BLEU and chrF of some translations, each from 0 to 100.

    Args:
        translations: one for each source sentence.
        references: for each source sentence, all its translations by people.

    Raises:
        ValueError: there are not as many of one as of the other, there is none, or a sentence has no reference.

    Source: Papineni et al., *BLEU* (2002); Popović, *chrF* (2015); computed by sacrebleu: Post, *A Call for Clarity in
    Reporting BLEU Scores* (2018), with its tokenizer "13a" and exponential smoothing.

    Example:

        >>> scores = translation_scores(["The cat is asleep now."], [["The cat is asleep now.", "The cat sleeps."]])
        >>> round(scores["bleu"], 3), round(scores["chrf"], 3)
        (100.0, 100.0)
    """
    # Imported here, since it is needed for training alone.
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    if len(translations) != len(references):
        raise ValueError(f"{len(translations)} translations but references for {len(references)} sentences")
    if not references:
        raise ValueError("there are 0 translations to score")
    if not all(references):
        empty = sum(not several for several in references)
        raise ValueError(f"{empty} of {len(references)} sentences have no reference")
    # sacrebleu wants the first reference of all sentences, then the second, and nothing where there is none.
    most = max(len(several) for several in references)
    streams: list[Any] = [[several[i] if i < len(several) else None for several in references] for i in range(most)]
    return {
        "bleu": BLEU().corpus_score(translations, streams).score,
        "chrf": CHRF().corpus_score(translations, streams).score,
    }


def perplexity(nats: float, tokens: int) -> float:
    """Return how many equally likely tokens a model hesitates between: ``exp(nats / tokens)``.

    Args:
        nats: the sum of ``-log p`` over the tokens, p the probability that the model gave to each.
        tokens: how many.

    Raises:
        ValueError: there is no token.

    Example: a model that gives each of two tokens a probability of 1 / 8.

        >>> round(perplexity(2 * math.log(8), 2), 6)
        8.0
    """
    if tokens < 1:
        raise ValueError(f"perplexity is over at least 1 token, got {tokens}")
    return math.exp(nats / tokens)
