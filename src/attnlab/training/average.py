"""The running average of the weights, which jumps less than the weights of any single step and scores better."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


class WeightAverage:
    """A running average of a model's weights, the last steps counting most.

    Early in a run it forgets faster, so that the first random weights do not stay in it.

    Args:
        model: whose weights are averaged.
        decay: how much of the average is kept at each step; 0 for the last weights alone.

    Attributes:
        weights: the average of each parameter by its name.

    Source: Polyak and Juditsky, *Acceleration of Stochastic Approximation by Averaging* (1992); in exponential form,
    Tarvainen and Valpola, *Mean teachers are better role models* (2017), section 3.

    Example: the average of a weight that is 0 and becomes 1.

        >>> model = nn.Linear(1, 1, bias=False)
        >>> average = WeightAverage(model, decay=0.5)
        >>> _ = nn.init.ones_(model.weight)
        >>> average.weights["weight"].zero_().item(), average.update(model, step=100), average.weights["weight"].item()
        (0.0, None, 0.5)
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.weights = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Take in the model's weights after a step, counted from 1."""
        kept = min(self.decay, step / (step + 10))
        current = [parameter.detach() for parameter in model.parameters()]
        torch._foreach_lerp_(list(self.weights.values()), current, 1 - kept)

    @contextmanager
    def in_place_of(self, model: nn.Module) -> Iterator[None]:
        """Let the model have the average for weights inside a ``with`` block, in evaluation mode, and its own after."""
        own = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
        was_training = model.training
        self._put(model, self.weights)
        model.eval()
        try:
            yield
        finally:
            self._put(model, own)
            model.train(was_training)

    @staticmethod
    @torch.no_grad()
    def _put(model: nn.Module, weights: dict[str, torch.Tensor]) -> None:
        for name, parameter in model.named_parameters():
            parameter.copy_(weights[name])
