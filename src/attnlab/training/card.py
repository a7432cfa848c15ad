"""The card that goes with a trained model: what it learned from, how, for how long, and what it scores."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Card:
    """What the card of a model tells.

    Attributes:
        title: the model's name and what it does.
        data: what it learned from, by whom, under which license.
        config: the numbers of the training.
        shape: the numbers of the model.
        weights: how many weights it has.
        minutes: how long the training took.
        machine: on what.
        scores: a name and a value for each line of the table of scores.
        notes: paragraphs of Markdown: what brought how much, what it cannot do.
    """

    title: str
    data: str
    config: Mapping[str, Any]
    shape: Mapping[str, Any]
    weights: int
    minutes: float
    machine: str
    scores: Mapping[str, str]
    notes: str = ""

    def to_markdown(self) -> str:
        """Return the card as Markdown.

        Example:

            >>> card = Card("Tiny", "Ten lines.", {"steps": 9}, {"d_model": 4}, 80, 1.5, "1 core", {"BLEU": "2"})
            >>> print(card.to_markdown().splitlines()[0])
            # Tiny
        """
        minutes = f"{self.minutes:.1f}" if self.minutes < 10 else f"{self.minutes:.0f}"
        parts = [
            f"# {self.title}",
            f"## Data\n\n{self.data}",
            "## Scores\n\n| | |\n| --- | ---: |\n"
            + "\n".join(f"| {name} | {value} |" for name, value in self.scores.items()),
            f"## Training\n\n{self.config['steps']:,} steps in {minutes} minutes on {self.machine}; "
            f"seed {self.config.get('seed', 0)}; {self.weights:,} weights.\n\n"
            f"Training: `{json.dumps(self.config)}`\n\nModel: `{json.dumps(self.shape)}`",
            *([self.notes] if self.notes else []),
        ]
        return "\n\n".join(parts) + "\n"


def minutes_of(log: Path) -> float:
    """Return how many minutes the steps in a run's log took together, evaluations not counted.

    Example:

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     log = Path(folder, "log.jsonl")
        ...     _ = log.write_text('{"step": 1, "seconds": 30}\\n{"step": 2, "seconds": 60}\\n')
        ...     minutes_of(log)
        1.5
    """
    lines = log.read_text(encoding="utf-8").splitlines()
    return sum(float(json.loads(line).get("seconds", 0.0)) for line in lines) / 60


def this_machine(threads: int) -> str:
    """Return a few words on the machine: how many of its cores were used.

    Example:

        >>> this_machine(1).startswith("1 of ")
        True
    """
    return f"{threads} of {os.cpu_count()} CPU cores"
