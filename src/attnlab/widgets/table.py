"""The small table of vectors that travels with a widget, and the making of tables from a researcher's own arrays."""

import base64
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attnlab.embedding import AffineMap, HeadMaps, Vectors, WordVectors


def table_state(words: WordVectors, tokens: Iterable[str], maps: HeadMaps | None) -> dict[str, Any]:
    """Return the rows of some tokens, and the maps, as JSON: numbers are base64 of little-endian bytes.

    Args:
        words: the table to take them from.
        tokens: which tokens; one asked for twice is taken once.
        maps: the maps to send along, or None.
    """
    wanted = list(dict.fromkeys(tokens))
    places = [words.index[token] for token in wanted]
    return {
        "tokens": wanted,
        "dim": words.dim,
        "dtype": "int8" if words.rows.dtype == np.int8 else "float32",
        "rows": _base64(words.rows[places]),
        "scales": None if words.scales is None else _base64(words.scales[places]),
        "words": sum(place < words.words for place in places),
        "maps": None if maps is None else _maps_state(maps),
    }


def _maps_state(maps: HeadMaps) -> dict[str, Any]:
    state: dict[str, Any] = {"label": maps.label, "width": maps.width}
    for name, one in (("query", maps.query), ("key", maps.key), ("value", maps.value)):
        bias = None if one.bias is None else _base64(one.bias)
        state[name] = {"weight": _base64(one.weight), "bias": bias}
    return state


def _base64(numbers: NDArray[Any]) -> str:
    little_endian = numbers.astype(numbers.dtype.newbyteorder("<"))
    return base64.b64encode(little_endian.tobytes()).decode("ascii")


def own_table(labels: Sequence[str], vectors: Any) -> tuple[WordVectors, list[str]]:
    """Return a table of a researcher's own vectors, and the name in it of each token.

    The same word may stand twice with two different vectors; its second name is then ``word (2)``.

    Args:
        labels: the ``T`` words.
        vectors: ``(T, D)``, NumPy or torch, row i for word i.

    Raises:
        TypeError, ValueError: there are not as many rows as words, or the rows are not finite real numbers.
    """
    rows = real_matrix("vectors", vectors)
    if len(labels) != len(rows):
        raise ValueError(f"{len(labels)} tokens but vectors has {len(rows)} rows")
    table: dict[str, Vectors] = {}
    names = []
    for label, row in zip(labels, rows, strict=True):
        name, times = label, 1
        while name in table and not np.array_equal(table[name], row):
            times += 1
            name = f"{label} ({times})"
        table[name] = row
        names.append(name)
    stacked = np.array(list(table.values()), dtype=np.float32).reshape(len(table), rows.shape[1])
    return WordVectors(tuple(table), stacked, scales=None, words=len(table), source="your own vectors"), names


def farthest_pair(words: WordVectors) -> list[list[str]]:
    """Return two poles for vectors that nobody chose poles for: the first token, and the one farthest from it.

    Two empty poles if all vectors are the same point.
    """
    distances = np.linalg.norm(words.vectors - words.vectors[0], axis=1)
    farthest = int(distances.argmax())
    return [[words.tokens[0]], [words.tokens[farthest]]] if distances[farthest] > 0 else [[], []]


def own_maps(query: Any, key: Any, value: Any, dim: int) -> HeadMaps | None:
    """Return the maps that a researcher gave for vectors of width ``dim``, or None if none was given.

    Raises:
        TypeError, ValueError: one or two of the three are missing, or a map does not fit the vectors or the others.
    """
    given = {"query_map": query, "key_map": key, "value_map": value}
    missing = [name for name, one in given.items() if one is None]
    if len(missing) == 3:
        return None
    if missing:
        raise ValueError(f"a head has three maps; missing: {', '.join(missing)}")
    w_q, w_k, w_v = (_own_map(name, one, dim) for name, one in given.items())
    return HeadMaps(w_q, w_k, w_v, label="")


def _own_map(name: str, given: Any, dim: int) -> AffineMap:
    if isinstance(given, AffineMap):
        weight = real_matrix(name, given.weight)
        bias = None if given.bias is None else real_matrix(f"the bias of {name}", given.bias[None])[0]
    else:
        weight, bias = real_matrix(name, given), None
    if weight.shape[1] != dim:
        raise ValueError(f"{name} has shape {weight.shape} but the vectors have width {dim}: expected (Dh, {dim})")
    return AffineMap(weight, bias)


def real_matrix(name: str, given: Any) -> Vectors:
    """Return a NumPy or torch matrix as float32.

    Raises:
        TypeError: it does not hold real numbers.
        ValueError: it is not a matrix, is empty, or holds NaN or infinity; the message says how many and where.
    """
    if hasattr(given, "detach"):  # a torch tensor; torch itself need not be imported for that
        given = given.detach().cpu()
        given = (given.float() if given.is_floating_point() else given).numpy()
    try:
        matrix = np.asarray(given)
    except ValueError as problem:  # a list of rows of different lengths
        raise ValueError(f"{name} is not a matrix: {problem}") from None
    if matrix.dtype.kind not in "fiu":
        raise TypeError(f"{name} must hold real numbers, got dtype {matrix.dtype}")
    if matrix.ndim != 2:
        raise ValueError(f"{name} must have 2 axes, got shape {matrix.shape}")
    if 0 in matrix.shape:
        raise ValueError(f"{name} is empty: shape {matrix.shape}")
    with np.errstate(over="ignore"):  # a number too large for float32 becomes infinite and is reported below
        matrix = matrix.astype(np.float32)
    bad = np.argwhere(~np.isfinite(matrix))
    if len(bad):
        row, column = bad[0]
        count = f"{len(bad)} numbers that are" if len(bad) > 1 else "1 number that is"
        raise ValueError(f"{name} holds {count} NaN or infinite (in float32), first in row {row}, column {column}")
    return matrix
