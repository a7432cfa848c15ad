"""The loop of decoding, a step at a time: the most probable token, or one that is drawn."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.decoding.beam import BeamStep
from attnlab.decoding.reading import Model, Plan, Reader, Reason
from attnlab.decoding.sampling import keep_top_k, keep_top_p, with_temperature

Chooser = Callable[[Tensor], tuple[Tensor, int]]  # log-probabilities (V,) -> what is drawn from (V,), the token


@dataclass(frozen=True, eq=False)
class Step:
    """One token of a decoded text.

    Attributes:
        index: which of the new tokens it is, counted from 0.
        token: the id of the chosen token.
        log_probability: the logarithm (base e) of its probability in ``distribution``.
        distribution: ``(V,)``, the model's own distribution of the next token.
        filtered: ``(V,)``, what the token was chosen from: ``distribution`` after temperature, top-k and top-p.
        forced: whether the token was dictated, and the model's choice passed over.
        ids: all new tokens so far, with this one.
        attention: for each attention of the decoder, by its recorded name, where the position that chose the token
            looked: ``(H, Tk)``. Empty unless asked for.
        reason: why decoding ends with this step; None if it goes on.
    """

    index: int
    token: int
    log_probability: float
    distribution: Tensor
    filtered: Tensor
    forced: bool
    ids: tuple[int, ...]
    attention: Mapping[str, Tensor]
    reason: Reason | None


def greedy(
    model: Model,
    ids: Sequence[int] | Tensor,
    *,
    max_new_tokens: int,
    start_id: int | None = None,
    end_id: int | None = None,
    forced: Mapping[int, int] | None = None,
    use_cache: bool = True,
    return_weights: bool = False,
    gates: Mapping[str, Tensor] | None = None,
) -> Iterator[Step]:
    """Return the steps of greedy decoding: each time the likeliest token, of equally likely ones the lowest id.

    Args:
        model: a ``DecoderOnly`` or an ``EncoderDecoder``.
        ids: the prompt that a ``DecoderOnly`` goes on from, or the source text of an ``EncoderDecoder``; ``(T,)``.
        max_new_tokens: how many tokens are chosen at most.
        start_id: what the decoder of an ``EncoderDecoder`` begins with. A ``DecoderOnly`` has none.
        end_id: the token that ends the text. Without one it ends by its length alone.
        forced: tokens that are dictated, by step: ``{2: 7}`` makes the third new token 7. The model's distribution of
            that step is still told, and the text goes on from the dictated token.
        use_cache: keep the keys and values of the tokens already read instead of computing them again. The result is
            the same; without it each step takes longer than the last.
        return_weights: put the attention weights into each step.
        gates: for attentions by name, a number for each head ``(H,)`` that multiplies what it found; 0 switches it off.

    Raises:
        TypeError: the model is of another kind, or an id is not a whole number.
        ValueError: the prompt is empty or longer than the model can read, an id is not in the vocabulary, a forced
            step is never reached, or the model would apply dropout. Each is raised by the call, before the first step.

    Source: Sutskever, Vinyals & Le, *Sequence to Sequence Learning with Neural Networks* (2014), section 3.2, with a
    beam of 1.

    Example: an untrained model, made to say 4, 4, 0.

        >>> from attnlab.transformer import DecoderOnly, TransformerConfig
        >>> model = DecoderOnly(TransformerConfig(vocab_size=5, d_model=6, n_heads=2, n_layers=1, d_ff=8, max_length=9))
        >>> steps = list(greedy(model, [1, 2, 3], max_new_tokens=7, end_id=0, forced={0: 4, 1: 4, 2: 0}))
        >>> [step.ids for step in steps]
        [(4,), (4, 4), (4, 4, 0)]
        >>> steps[-1].reason, steps[-1].distribution.shape
        ('end', torch.Size([5]))
    """
    reader = Reader(model, ids, start_id, use_cache, return_weights, gates)
    plan = Plan.checked(reader, max_new_tokens, end_id, forced)

    def likeliest(log_probabilities: Tensor) -> tuple[Tensor, int]:
        return log_probabilities.exp(), int(log_probabilities.argmax())

    return _steps(reader, plan, likeliest)


def sample(
    model: Model,
    ids: Sequence[int] | Tensor,
    *,
    generator: torch.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    max_new_tokens: int,
    start_id: int | None = None,
    end_id: int | None = None,
    forced: Mapping[int, int] | None = None,
    use_cache: bool = True,
    return_weights: bool = False,
    gates: Mapping[str, Tensor] | None = None,
) -> Iterator[Step]:
    """Return the steps of sampling: each time a token is drawn, with the probability that it has.

    The model's distribution is sharpened or flattened by the temperature, then cut to the ``top_k`` likeliest tokens,
    then to the nucleus of mass ``top_p``. A forced step draws as well and drops what it drew, so that the random
    numbers of the steps after it are the same as without forcing.

    Args:
        generator: where the random numbers come from. The same seed gives the same tokens.
        temperature: above 0; 1 leaves the distribution as it is. See ``with_temperature``.
        top_k: from 1 to V, or None for all tokens. See ``keep_top_k``.
        top_p: above 0, at most 1, or None for all tokens. See ``keep_top_p``.
        model, ids, max_new_tokens, start_id, end_id, forced, use_cache, return_weights, gates: as in ``greedy``.

    Raises:
        TypeError: as in ``greedy``, or the generator is not a ``torch.Generator``.
        ValueError: as in ``greedy``, or temperature, ``top_k`` or ``top_p`` is out of its range.

    Source: Holtzman et al., *The Curious Case of Neural Text Degeneration* (2020), section 3.

    Example: one token of five is left to draw from, so it is the likeliest.

        >>> from attnlab.transformer import DecoderOnly, TransformerConfig
        >>> model = DecoderOnly(TransformerConfig(vocab_size=5, d_model=6, n_heads=2, n_layers=1, d_ff=8, max_length=9))
        >>> drawn = sample(model, [1, 2], generator=torch.Generator().manual_seed(0), top_k=1, max_new_tokens=3)
        >>> run_to_end(drawn) == run_to_end(greedy(model, [1, 2], max_new_tokens=3))
        True
    """
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"generator must be a torch.Generator, got {type(generator).__name__}")
    reader = Reader(model, ids, start_id, use_cache, return_weights, gates)
    plan = Plan.checked(reader, max_new_tokens, end_id, forced)

    def filtered(log_probabilities: Tensor) -> Tensor:
        distribution = with_temperature(log_probabilities, temperature)
        if top_k is not None:
            distribution = keep_top_k(distribution, top_k)
        return distribution if top_p is None else keep_top_p(distribution, top_p)

    def drawn(log_probabilities: Tensor) -> tuple[Tensor, int]:
        distribution = filtered(log_probabilities)
        return distribution, int(torch.multinomial(distribution, 1, generator=generator))

    filtered(torch.zeros(reader.vocab_size))  # a number out of its range is an error of this call, not of a later step
    return _steps(reader, plan, drawn)


def run_to_end(steps: Iterable[Step | BeamStep]) -> tuple[int, ...]:
    """Return the new tokens that the steps lead to; for a beam search, those of its best hypothesis.

    Raises:
        ValueError: the steps have been used up already.

    Example: untrained, but seeded.

        >>> from attnlab.transformer import DecoderOnly, TransformerConfig
        >>> config = TransformerConfig(vocab_size=7, d_model=4, n_heads=2, n_layers=1, d_ff=8, max_length=9)
        >>> model = DecoderOnly(config, generator=torch.Generator().manual_seed(0)).eval()
        >>> len(run_to_end(greedy(model, [1, 2], max_new_tokens=3)))
        3
    """
    last = None
    for last in steps:  # noqa: B007, the last one is what we are after
        pass
    if last is None:
        raise ValueError("there are 0 steps left: an iterator of steps can be run once")
    return last.ids


def _steps(reader: Reader, plan: Plan, choose: Chooser) -> Iterator[Step]:
    """Choose, append, ask again."""
    ids: tuple[int, ...] = ()
    reason = None
    while reason is None:
        log_probabilities, attention = reader.read([ids])  # (1, V)
        index = len(ids)
        filtered, token = choose(log_probabilities[0])
        token = plan.forced.get(index, token)
        ids = (*ids, token)
        reason = plan.reason_to_stop(ids)
        yield Step(
            index=index,
            token=token,
            log_probability=float(log_probabilities[0, token]),
            distribution=log_probabilities[0].exp(),  # (V,)
            filtered=filtered,
            forced=index in plan.forced,
            ids=ids,
            attention={name: weights[0] for name, weights in attention.items()},  # (H, Tk)
            reason=reason,
        )
