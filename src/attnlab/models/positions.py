"""What small models learned about positions: their tables, and how they do on texts longer than those of the training.

The task and the models are those of :mod:`attnlab.training.order`; ``python -m attnlab.train positions`` makes the
folder.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from attnlab.models.files import DESCRIPTION, FORMAT, WEIGHTS, shipped_folder

FAMILY = "positions"
TABLES = ("learned", "shaw_keys", "shaw_query", "t5_bias")
Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class PositionTables:
    """The learned tables of three schemes, and how all schemes do at each length.

    Attributes:
        trained: the longest text of the training, in tokens.
        learned: ``(trained, D)``, a vector for each position.
        shaw_keys: ``(2 * reach + 1, Dh)``, a vector for each distance; row ``reach`` belongs to distance 0.
        shaw_query: ``(H, Dh)``, the query of a gap, which is the same for all gaps.
        t5_bias: ``(n_buckets, H)``, a number for each bucket of distances and head; see ``relative_buckets``.
        t5_max_distance: where T5's last bucket begins at the latest, in tokens.
        t5_bidirectional: whether keys to the right have buckets of their own.
        heads: ``H``.
        lengths: ``(L,)``, in tokens.
        accuracy: for each scheme and for "none", ``(L,)``: the share of right answers; NaN where there is no vector.

    Raises:
        ValueError: the parts do not fit each other, or hold numbers that are not finite.

    Example: what a gap's query scores with the vectors of the distances -2 to 2, in the first head. The letter beside
    it scores most; the gap itself has no letter to give.

        >>> tables = load_position_tables()
        >>> near = tables.shaw_keys[tables.reach - 2 : tables.reach + 3]
        >>> [int(place) for place in np.argsort(near @ tables.shaw_query[0])[:1]], tables.heads
        ([2], 4)
    """

    trained: int
    learned: Array
    shaw_keys: Array
    shaw_query: Array
    t5_bias: Array
    t5_max_distance: int
    t5_bidirectional: bool
    heads: int
    lengths: NDArray[np.int64]
    accuracy: Mapping[str, NDArray[np.float64]]

    def __post_init__(self) -> None:
        for name in TABLES:
            table = getattr(self, name)
            if table.ndim != 2:
                raise ValueError(f"{name} must have two axes, got shape {table.shape}")
            if broken := int((~np.isfinite(table)).sum()):
                raise ValueError(f"{broken} of the {table.size} numbers of {name} are not finite")
        (keys, width), (buckets, heads) = self.shaw_keys.shape, self.t5_bias.shape
        if len(self.learned) != self.trained:
            raise ValueError(f"learned has {len(self.learned)} rows but trained is {self.trained}")
        if keys % 2 == 0:
            raise ValueError(f"shaw_keys has {keys} rows: as many to the left as to the right, and one, are odd")
        if self.shaw_query.shape != (self.heads, width):
            raise ValueError(f"shaw_query has shape {self.shaw_query.shape}, not {(self.heads, width)}")
        if heads != self.heads:
            raise ValueError(f"t5_bias has {buckets} rows of {heads} numbers but there are {self.heads} heads")
        for scheme, shares in self.accuracy.items():
            if len(shares) != len(self.lengths):
                raise ValueError(f"accuracy of {scheme!r} has {len(shares)} numbers for {len(self.lengths)} lengths")
            if ((shares < 0) | (shares > 1)).any():
                raise ValueError(f"accuracy of {scheme!r} must be from 0 to 1, got {shares.min()} to {shares.max()}")

    @property
    def reach(self) -> int:
        """The largest distance that has a vector of its own in Shaw's scheme, in tokens."""
        return len(self.shaw_keys) // 2


def load_position_tables(folder: str | Path | None = None) -> PositionTables:
    """Return the tables that a folder holds; those that come with the package unless one is named.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file holds something else, or the parts do not fit each other; the message quotes the numbers.

    Example: learned positions end with the longest text of the training.

        >>> tables = load_position_tables()
        >>> tables.trained, tables.learned.shape
        (24, (24, 32))
        >>> dict(zip(tables.lengths.tolist(), np.isnan(tables.accuracy["learned"]).tolist()))[32]
        True
    """
    place = shipped_folder(FAMILY) if folder is None else Path(folder)
    missing = [name for name in (DESCRIPTION, WEIGHTS) if not (place / name).is_file()]
    if missing:
        raise FileNotFoundError(f"{place} lacks {' and '.join(missing)}")
    try:
        told = json.loads((place / DESCRIPTION).read_text(encoding="utf-8"))
        if (told["format"], told["family"]) != (FORMAT, FAMILY):
            raise ValueError(f"it is {told['family']} of format {told['format']}, not {FAMILY} of format {FORMAT}")
        tables = load((place / WEIGHTS).read_bytes())
        return PositionTables(
            trained=told["trained"],
            **{name: tables[name] for name in TABLES},
            t5_max_distance=told["t5_max_distance"],
            t5_bidirectional=told["t5_bidirectional"],
            heads=told["heads"],
            lengths=np.array(told["lengths"], dtype=np.int64),
            accuracy={scheme: _numbers(shares) for scheme, shares in told["accuracy"].items()},
        )
    except (SafetensorError, KeyError, TypeError, AttributeError, ValueError) as problem:
        raise ValueError(f"{place} does not hold tables of positions ({problem})") from problem


def save_position_tables(folder: str | Path, tables: PositionTables, **extra: Any) -> None:
    """Write tables as ``weights.safetensors`` (float32) and ``model.json``.

    Args:
        folder: is made if it is not there.
        tables: what to write. Accuracies are rounded to four digits; NaN becomes ``null``.
        extra: what else ``model.json`` should tell, such as the numbers of the training.

    Raises:
        OSError: the folder cannot be written to.

    Example:

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as place:
        ...     save_position_tables(place, load_position_tables(), seed=0)
        ...     load_position_tables(place).reach
        8
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    told = {
        "format": FORMAT,
        "family": FAMILY,
        "trained": tables.trained,
        "heads": tables.heads,
        "t5_max_distance": tables.t5_max_distance,
        "t5_bidirectional": tables.t5_bidirectional,
        "lengths": tables.lengths.tolist(),
        "accuracy": {
            scheme: [None if math.isnan(share) else round(share, 4) for share in shares.tolist()]
            for scheme, shares in tables.accuracy.items()
        },
        **extra,
    }
    arrays = {name: np.ascontiguousarray(getattr(tables, name), dtype=np.float32) for name in TABLES}
    (place / WEIGHTS).write_bytes(save(arrays))
    (place / DESCRIPTION).write_text(json.dumps(told, separators=(",", ":")) + "\n", encoding="utf-8")


def _numbers(shares: list[float | None]) -> NDArray[np.float64]:
    return np.array([math.nan if share is None else share for share in shares], dtype=np.float64)
