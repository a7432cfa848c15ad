"""What was measured, beside its budget: as a table and as JSON."""

import json
import math
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured number. Without a budget it is only stated."""

    name: str
    value: float
    unit: str
    budget: float | None = None

    @property
    def verdict(self) -> str:
        if self.budget is None:
            return ""
        return "OK" if self.value <= self.budget else "OVER"


def percentile(values: list[float], share: float) -> float:
    """The smallest of the values that at least ``share`` of them do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]


def load() -> float:
    """How many processes wanted to run, on average over the last minute."""
    return os.getloadavg()[0]


def machine() -> dict[str, str | int]:
    return {"system": platform.platform(), "cores": os.cpu_count() or 0, "python": platform.python_version()}


def table(figures: list[Figure]) -> str:
    """One line a figure: name, value, budget, verdict."""
    width = max(len(figure.name) for figure in figures)
    lines = [f"{'':{width}} {'measured':>14} {'budget':>14}"]
    for figure in figures:
        value = f"{figure.value:.4g} {figure.unit}"
        budget = "" if figure.budget is None else f"{figure.budget:.4g} {figure.unit}"
        lines.append(f"{figure.name:{width}} {value:>14} {budget:>14}  {figure.verdict}".rstrip())
    return "\n".join(lines)


def write(figures: list[Figure], loads: tuple[float, float], path: Path) -> None:
    """Everything as JSON, with how busy the machine was before and after."""
    content = {
        "machine": machine(),
        "load": {"before": loads[0], "after": loads[1]},
        "figures": [{**asdict(figure), "verdict": figure.verdict} for figure in figures],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
