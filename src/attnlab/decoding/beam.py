"""Beam search: several texts at once, so that a good one with a poor beginning is not lost.

The hypotheses of a beam are a batch: ``W`` counts them. All probabilities are float64.

Source: Sutskever, Vinyals & Le, *Sequence to Sequence Learning with Neural Networks* (2014), section 3.2 (the search);
Wu et al., *Google's Neural Machine Translation System* (2016), section 7 (the length penalty). Wu's pruning and
coverage penalty are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.decoding.reading import Model, Plan, Reader, Reason, whole_number


@dataclass(frozen=True)
class Hypothesis:
    """One of the texts that a beam search considers.

    Attributes:
        ids: its new tokens.
        log_probability: the logarithm (base e) of its probability: the sum over its tokens.
        score: what texts are compared by: the log-probability over the length penalty.
        parent: its place among the live hypotheses one token before; None for the empty text.
    """

    ids: tuple[int, ...]
    log_probability: float
    score: float
    parent: int | None


@dataclass(frozen=True, eq=False)
class BeamStep:
    """One more token for each live hypothesis of a beam search.

    Attributes:
        index: which of the new tokens it is, counted from 0.
        live: the hypotheses that go on, best first; at most the width.
        finished: those that have ended, at this step or before, best first.
        distributions: ``(W, V)``, the model's distribution of the next token for each of the ``W`` hypotheses that were
            live before this step. ``Hypothesis.parent`` is a row of it.
        attention: for each attention of the decoder, by its recorded name, ``(W, H, Tk)`` with the same rows. Empty
            unless asked for.
        reason: why the search ends with this step; None if it goes on.
    """

    index: int
    live: tuple[Hypothesis, ...]
    finished: tuple[Hypothesis, ...]
    distributions: Tensor
    attention: Mapping[str, Tensor]
    reason: Reason | None

    @property
    def best(self) -> Hypothesis:
        """The hypothesis with the highest score; once the search has ended with ``"end"``, of the finished ones."""
        candidates = self.finished if self.reason == "end" else self.finished + self.live
        return max(candidates, key=lambda hypothesis: hypothesis.score)

    @property
    def ids(self) -> tuple[int, ...]:
        """The new tokens of the best hypothesis."""
        return self.best.ids


def beam_search(
    model: Model,
    ids: Sequence[int] | Tensor,
    *,
    width: int,
    length_penalty: float | None = None,
    max_new_tokens: int,
    start_id: int | None = None,
    end_id: int | None = None,
    forced: Mapping[int, int] | None = None,
    use_cache: bool = True,
    return_weights: bool = False,
    gates: Mapping[str, Tensor] | None = None,
) -> Iterator[BeamStep]:
    """Return the steps of a beam search: the ``width`` likeliest continuations of all live hypotheses are kept.

    Those of them that end are finished and leave the beam; the others go on. The search is over when ``width``
    hypotheses are finished, when none is live, or when the text may not grow. A text that was cut off by its length
    competes with the finished ones.

    Args:
        width: how many hypotheses are kept at each step. With 1 the search is greedy.
        length_penalty: the exponent alpha of ``length_divisor``; 0.6 to 0.7 is common. None compares texts by their
            probability alone, which favors short ones.
        model, ids, max_new_tokens, start_id, end_id, forced, use_cache, return_weights, gates: as in ``greedy``.

    Raises:
        TypeError: as in ``greedy``.
        ValueError: as in ``greedy``, or ``width`` is less than 1, or ``length_penalty`` is negative.

    Source: Sutskever, Vinyals & Le (2014), section 3.2; Wu et al., *Google's Neural Machine Translation System*
    (2016), section 7.

    Example: all 5 first tokens, and the 7 best of the 25 texts of two.

        >>> from attnlab.transformer import DecoderOnly, TransformerConfig
        >>> model = DecoderOnly(TransformerConfig(vocab_size=5, d_model=6, n_heads=2, n_layers=1, d_ff=8, max_length=9))
        >>> [len(step.live) for step in beam_search(model, [1, 2], width=7, max_new_tokens=2)]
        [5, 7]
    """
    if whole_number(width, "width") < 1:
        raise ValueError(f"width must be at least 1, got {width}")
    length_divisor(1, 0.0 if length_penalty is None else length_penalty)  # checks it
    reader = Reader(model, ids, start_id, use_cache, return_weights, gates)
    plan = Plan.checked(reader, max_new_tokens, end_id, forced)
    return _beam_steps(reader, plan, width, length_penalty)


def length_divisor(length: int, alpha: float) -> float:
    """Return the length penalty ``((5 + length) / (5 + 1)) ** alpha``: a text's score is its log-probability over it.

    Each token makes a text less likely, so the log-probability alone favors short texts. Log-probabilities are
    negative: dividing a long text's by a larger number brings it closer to 0, which is better.

    Args:
        length: how many new tokens the text has, with the end token.
        alpha: how much length is forgiven; 0 not at all.

    Raises:
        ValueError: the length or alpha is negative.

    Source: Wu et al. (2016), equation 14 (there without the term for coverage).

    Example: the score of a text of 7 tokens is halved when alpha is 1.

        >>> length_divisor(7, 1.0)  # (5 + 7) / (5 + 1)
        2.0
        >>> length_divisor(1, 0.6)
        1.0
    """
    if length < 0:
        raise ValueError(f"length must be at least 0, got {length}")
    if not 0 <= alpha < float("inf"):
        raise ValueError(f"length_penalty must be a finite number of at least 0, got {alpha}")
    return float(((5 + length) / (5 + 1)) ** alpha)


def _beam_steps(reader: Reader, plan: Plan, width: int, alpha: float | None) -> Iterator[BeamStep]:
    """Continue every live hypothesis, keep the best, ask again."""
    live = [Hypothesis((), log_probability=0.0, score=0.0, parent=None)]
    finished: list[Hypothesis] = []
    reason: Reason | None = None
    while reason is None:
        index = len(live[0].ids)
        log_probabilities, attention = reader.read([hypothesis.ids for hypothesis in live])  # (W, V)
        children = _best_children(live, log_probabilities, width, plan.forced.get(index), alpha)
        live = [child for child in children if child.ids[-1] != plan.end_id]
        ended = [child for child in children if child.ids[-1] == plan.end_id]
        finished = sorted(finished + ended, key=lambda hypothesis: -hypothesis.score)
        over = not live or len(finished) >= width
        reason = "end" if over else plan.reason_to_stop(live[0].ids)
        distributions = log_probabilities.exp()  # (W, V)
        yield BeamStep(index, tuple(live), tuple(finished), distributions, attention, reason)
        reader.follow([child.parent for child in live if child.parent is not None])


def _best_children(
    live: list[Hypothesis], log_probabilities: Tensor, width: int, forced: int | None, alpha: float | None
) -> list[Hypothesis]:
    """The ``width`` likeliest texts that are one of ``live`` and one more token, best first."""
    vocab_size = log_probabilities.shape[-1]
    tokens = range(vocab_size) if forced is None else [forced]
    so_far = torch.tensor([parent.log_probability for parent in live], dtype=torch.float64)
    # Logarithms of probabilities add up where the probabilities multiply.
    totals = so_far[:, None] + log_probabilities.cpu()[:, list(tokens)]  # (W, V), or (W, 1) when forced
    order = totals.flatten().argsort(descending=True, stable=True)[:width]
    children = []
    for place in order.tolist():
        parent, column = divmod(place, len(tokens))
        total = float(totals[parent, column])
        if total == -torch.inf and forced is None:
            break  # what cannot be said, and everything after it
        ids = (*live[parent].ids, tokens[column])
        score = total if alpha is None else total / length_divisor(len(ids), alpha)
        children.append(Hypothesis(ids, total, score, parent))
    return children
