"""Looking into a model while it runs, and switching single heads off, without touching its code.

Every part of a model notes what it computes under its own name; a :class:`Trace` is the place it writes to. Where
nobody looks, nothing is kept and nothing is slower.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class Trace:
    """Where in the model we are, where to write down what is computed there, and which heads have a gate.

    Args:
        record: is filled with tensors by name; None to keep nothing.
        gates: for each attention by its name, a number for each head ``(H,)`` that multiplies what the head found.
        name: where we are: ``encoder.layers.0``.

    Example:

        >>> import torch
        >>> record = {}
        >>> layer = Trace(record).at("encoder").at("layers.0")
        >>> x = layer.note("output", torch.tensor([1.0]))
        >>> record
        {'encoder.layers.0.output': tensor([1.])}
    """

    record: dict[str, Tensor] | None = None
    gates: Mapping[str, Tensor] = field(default_factory=dict)
    name: str = ""

    def at(self, name: str) -> "Trace":
        """Return the trace of a part of this part."""
        return Trace(self.record, self.gates, self._full(name))

    def note(self, name: str, tensor: Tensor) -> Tensor:
        """Write the tensor down under this name, and return it unchanged."""
        if self.record is not None:
            self.record[self._full(name)] = tensor
        return tensor

    @property
    def gate(self) -> Tensor | None:
        """The gate of the attention we are at, or None."""
        return self.gates.get(self.name)

    @property
    def recorder(self) -> Callable[[str, Tensor], object] | None:
        """What writes down a tensor by its name here, or None if nothing is kept."""
        return None if self.record is None else self.note

    def _full(self, name: str) -> str:
        return f"{self.name}.{name}" if self.name else name


NO_TRACE = Trace()
