"""The three models of the book as a widget has them: what a page knows of them, and what they make of a text."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attnlab.widgets import playground_checks as checks
from attnlab.widgets import playground_results
from attnlab.widgets.playground_files import FILES, MODELS, asset_name, card
from attnlab.widgets.playground_results import Drawing, Result, result_state

TEXTS = {"translator": "source", "writer": "prompt", "reader": "sentence"}  # the trait that holds each model's text
# What a model's result depends on, beside its text and the heads that are switched off.
SETTINGS = {"translator": ("decoding",), "writer": ("temperature", "top_k", "seed", "written"), "reader": ()}


class WidgetModels:
    """The translator, the writer and the reader, each loaded when it is first asked.

    What they are asked with is a mapping: "source", "prompt" and "sentence" are their texts, the rest is as the
    attributes of :class:`~attnlab.widgets.ModelPlayground` are.

    Args:
        folders: where each of them is.
        describe: what a page knows of the model in a folder.
    """

    def __init__(self, folders: Mapping[str, Path], describe: Callable[[Path], dict[str, Any]] = card) -> None:
        self._folders = dict(folders)
        self.cards = {name: describe(folder) for name, folder in self._folders.items()}

    def loaded(self, name: str) -> Any:
        """Return a Translator, Writer or Reader."""
        return playground_results.loaded(name, self._folders[name])

    def public_card(self, name: str) -> dict[str, Any]:
        """Return the card of a model with the names under which its files are asked for."""
        own = self.cards[name]
        return {**own, "files": {file: {"asset": asset_name(name, file), **own["files"][file]} for file in FILES}}

    def gates(self, name: str, off: Sequence[str]) -> dict[str, list[float]]:
        """Return 0 for each head of a model that is off and 1 for the others, where an attention has one that is."""
        gates: dict[str, list[float]] = {}
        for head in of_model(name, off):
            found = checks.HEAD.fullmatch(head)
            assert found is not None
            gates.setdefault(found[2], [1.0] * self.cards[name]["heads"])[int(found[3])] = 0.0
        return gates

    def draw(self, state: Mapping[str, Any], written: Sequence[int], count: int) -> list[int]:
        """Return ``written`` and up to ``count`` tokens more of the writer's.

        Raises:
            ValueError: the writer cannot read the text.
        """
        drawing = Drawing(state["temperature"], state["top_k"])
        gates = self.gates("writer", state["off"])
        return playground_results.draw(
            self.loaded("writer"), state["prompt"], written, count, seed=state["seed"], drawing=drawing, gates=gates
        )

    def result(self, name: str, state: Mapping[str, Any]) -> Result:
        """Return what a model makes of its text.

        Raises:
            ValueError: it cannot read the text; the message says why.
        """
        loaded, gates, typed = self.loaded(name), self.gates(name, state["off"]), state[TEXTS[name]]
        if name == "translator":
            width = loaded.width if state["decoding"] == "beam" else 1
            return playground_results.translation(loaded, typed, width=width, gates=gates)
        if name == "writer":
            drawing = Drawing(state["temperature"], state["top_k"])
            return playground_results.continuation(loaded, typed, state["written"], drawing=drawing, gates=gates)
        return playground_results.filling(loaded, typed, gates=gates)

    def worked_examples(self, start: Mapping[str, Any], length: int) -> tuple[list[int], dict[str, Any]]:
        """Return up to ``length`` tokens that the writer writes at first, and what each model makes of its first text.

        The results are as a page carries them, by model. A text that cannot be read has none: the front end says why.
        """
        try:
            written = self.draw(start, [], length)
        except ValueError:
            written = []
        state = {**start, "written": written}
        runs: dict[str, Any] = {}
        for name in MODELS:
            try:
                result = self.result(name, state)
            except ValueError:
                continue
            inputs = {key: state[key] for key in (TEXTS[name], *SETTINGS[name])}
            runs[name] = {"inputs": {**inputs, "off": of_model(name, state["off"])}, **result_state(result)}
        return written, runs


def of_model(name: str, off: Sequence[str]) -> list[str]:
    """Return the heads of one model among those that are off."""
    return [head for head in off if head.startswith(f"{name}.")]
