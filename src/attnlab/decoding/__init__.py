"""Text from a model, token by token: greedy, sampling, beam search.

A model tells how likely each token of the vocabulary is to come next. Decoding chooses one, appends it and asks again.
Each function here is an iterator over the steps of that loop, so that every one of them can be looked at: what was
chosen, from which distribution, and where the model looked. ``run_to_end`` is for those who want only the result.

One text is decoded at a time. The hypotheses of a beam are a batch: ``W`` counts them. All probabilities are float64.

Decoding ends for one of three reasons: ``"end"``, the end token was chosen; ``"max_new_tokens"``, as many tokens as
were asked for are there; ``"max_length"``, the text is now longer than the model can read.
"""

from attnlab.decoding.beam import BeamStep, Hypothesis, beam_search, length_divisor
from attnlab.decoding.loop import Step, greedy, run_to_end, sample
from attnlab.decoding.sampling import keep_top_k, keep_top_p, with_temperature

__all__ = [
    "BeamStep",
    "Hypothesis",
    "Step",
    "beam_search",
    "greedy",
    "keep_top_k",
    "keep_top_p",
    "length_divisor",
    "run_to_end",
    "sample",
    "with_temperature",
]
