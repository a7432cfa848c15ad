"""The learned tables of the explorer of positions as a page carries them."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from attnlab.widgets.positions_results import MEASURED


def tables_state(tables: Any) -> dict[str, Any]:
    """Return ``attnlab.models.PositionTables`` as JSON. Each number is the shortest that float32 reads back exactly."""
    keys = np.asarray(tables.shaw_keys)
    return {
        "trained": int(tables.trained),
        "heads": int(tables.heads),
        "learned": _table(tables.learned),
        "shaw": {"reach": len(keys) // 2, "keys": _table(keys), "query": _table(tables.shaw_query)},
        "t5": {
            "buckets": _table(tables.t5_bias),
            "maxDistance": int(tables.t5_max_distance),
            "bidirectional": bool(tables.t5_bidirectional),
        },
        "lengths": [int(length) for length in tables.lengths],
        "accuracy": {name: [_share(share) for share in tables.accuracy[name]] for name in MEASURED},
    }


def _share(share: float) -> float | None:
    """JSON has no NaN: a length at which a scheme has no vector."""
    return None if np.isnan(share) else float(share)


def _table(numbers: ArrayLike) -> dict[str, Any]:
    """A matrix, row by row.

    Example:

        >>> _table(np.array([[0.1, 2.0]], dtype=np.float32))
        {'rows': 1, 'columns': 2, 'values': [0.1, 2.0]}
    """
    matrix = np.asarray(numbers, dtype=np.float32)
    rows, columns = matrix.shape
    return {"rows": rows, "columns": columns, "values": [float(str(number)) for number in matrix.ravel()]}
