"""The front end computes what Python computes: attention and lean, to 1e-5 in float32."""

import base64
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from attnlab.attention import scaled_dot_product_attention
from attnlab.embedding import WORDS_FILE, AffineMap, HeadMaps, WordVectors, lean, load_word_vectors
from attnlab.widgets import SelfAttentionExplorer
from attnlab.widgets.table import table_state

TOLERANCE = 1e-5
SIZES = [(1, 3, 2), (2, 1, 4), (7, 5, 3), (13, 33, 8), (64, 128, 32), (200, 17, 6)]  # tokens, width, head width
DIVIDE_BY: list[str | float] = ["one", "sqrt", "d", 0.37]

Floats = NDArray[np.float32]
Case = tuple[dict[str, Any], dict[str, Any]]  # a job for the engine, and what must come back


def random_table(tokens: int, dim: int, width: int, seed: int) -> WordVectors:
    """A table of random vectors, with three random maps. Scores stay moderate, so that softmax is not one-hot."""
    random = np.random.default_rng(seed)

    def matrix(*shape: int) -> Floats:
        return random.normal(0, dim**-0.25, shape).astype(np.float32)

    def one_map() -> AffineMap:
        return AffineMap(matrix(width, dim) * dim**-0.25, matrix(width))

    names = tuple(f"t{place}" for place in range(tokens + 5))
    maps = HeadMaps(one_map(), one_map(), one_map(), label="random")
    rows = matrix(len(names), dim)
    rows[tokens : tokens + 2] += 2  # the words of one pole, well apart from those of the other
    return WordVectors(names, rows, scales=None, words=len(names), maps=maps)


def in_python(words: WordVectors, state: dict[str, Any]) -> dict[str, Any]:
    """What the package computes for a widget in this state."""
    x = words[state["tokens"]]
    head = words.maps if state["maps"] == "head" else None
    queries, keys, values = (x, x, x) if head is None else (head.query(x), head.key(x), head.value(x))
    dk = queries.shape[1]
    divisor = {"one": 1.0, "sqrt": dk**0.5, "d": float(dk)}.get(state["divide_by"], state["divide_by"])
    q, k, v = (torch.from_numpy(each) for each in (queries, keys, values))
    outputs, weights = scaled_dot_product_attention(q, k, v, scale=1 / divisor, return_weights=True)
    pole_a, pole_b = (words[pole] if head is None else head.value(words[pole]) for pole in state["poles"])
    return {
        "divisor": divisor,
        "queries": queries,
        "keys": keys,
        "values": values,
        "scores": (q @ k.T).numpy(),
        "weights": weights.numpy(),
        "outputs": outputs.numpy(),
        "own_lean": lean(values, pole_a, pole_b),
        "lean": lean(outputs.numpy(), pole_a, pole_b),
    }


def random_case(size: tuple[int, int, int], maps: str, divide_by: str | float) -> Case:
    tokens, dim, width = size
    words = random_table(tokens, dim, width, seed=tokens * 1000 + dim)
    names = list(words.tokens)
    poles = [names[tokens : tokens + 2], names[tokens + 2 :]]
    table = table_state(words, names, words.maps)
    state = {
        "tokens": names[:tokens],
        "maps": maps,
        "divide_by": divide_by,
        "poles": poles,
        "table": table,
        "asset": None,
    }
    return {"kind": "explore", "state": state, "words": ""}, in_python(words, state)


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """The engine's answer is Python's."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if isinstance(found[name], str):
            flat = np.frombuffer(base64.b64decode(found[name]), dtype="<f4")
            np.testing.assert_allclose(flat, value.ravel(), rtol=0, atol=TOLERANCE, err_msg=name)
        else:
            np.testing.assert_allclose(found[name], value, rtol=0, atol=TOLERANCE, err_msg=name)


def assert_all_same(engine: Any, cases: list[Case], mistake: str | None = None) -> None:
    results = engine([job for job, _ in cases], mistake)
    assert len(results) == len(cases) > 0
    for found, (_, expected) in zip(results, cases, strict=True):
        assert_same(found, expected)


@pytest.fixture(scope="module")
def random_cases() -> list[Case]:
    return [random_case(*case) for case in product(SIZES, ["shared", "head"], DIVIDE_BY)]


def test_random_vectors(engine: Any, random_cases: list[Case]) -> None:
    assert_all_same(engine, random_cases)


MISTAKES = [
    *("axes swapped", "scores swapped", "never scaled", "scaled by the width of the vectors"),
    *("query and key swapped", "values not mapped", "biases left out", "one weight off by 0.0001"),
    *("poles swapped", "poles mapped as keys", "one word for a pole", "rows backwards", "rows of length 1"),
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(engine: Any, mistake: str) -> None:
    cases = [random_case((7, 5, 3), maps, divide_by) for maps, divide_by in product(["shared", "head"], DIVIDE_BY)]
    with pytest.raises(AssertionError, match="Not equal"):
        assert_all_same(engine, cases, mistake)


def explorers() -> list[SelfAttentionExplorer]:
    """Widgets as a notebook makes them: over the book's vectors, and over a researcher's own."""
    random = np.random.default_rng(5)
    own: dict[str, Any] = {"tokens": ["x", "y", "x", "猴", ""], "vectors": random.normal(size=(5, 6))}
    query, key, value = random.normal(size=(3, 4, 6)).astype(np.float32)
    return [
        SelfAttentionExplorer(),
        SelfAttentionExplorer("apple sells a new phone", maps="head", divide_by="d"),
        SelfAttentionExplorer("Unfathomable café 苹果 🍎!", divide_by=3, poles=[["music"], ["war", "army"]]),
        SelfAttentionExplorer("apple", divide_by="one"),
        SelfAttentionExplorer(**own),
        SelfAttentionExplorer(**own, query_map=query, key_map=key, value_map=value, poles=[["x"], ["y", "猴"]]),
    ]


def explorer_cases() -> list[Case]:
    cases: list[Case] = []
    for widget in explorers():
        expected = {
            "divisor": widget.divisor,
            "queries": widget.query,
            "keys": widget.key,
            "values": widget.value,
            "scores": widget.scores,
            "weights": widget.weights,
            "outputs": widget.outputs,
            "own_lean": widget.own_lean,
            "lean": widget.lean,
        }
        cases.append(({"kind": "explore", "state": widget.page_state(), "words": str(WORDS_FILE)}, expected))
    return cases


def test_what_a_widget_reads_back_is_what_is_on_screen(engine: Any) -> None:
    assert_all_same(engine, explorer_cases())


@pytest.mark.parametrize("mistake", ["axes swapped", "never scaled", "poles mapped as keys", "rows backwards"])
def test_a_planted_mistake_in_a_widget_is_noticed(engine: Any, mistake: str) -> None:
    with pytest.raises(AssertionError, match="Not equal"):
        assert_all_same(engine, explorer_cases(), mistake)


def assert_same_rows(engine: Any, mistake: str | None = None) -> None:
    """Both read the same vectors from the file, to the last bit."""
    words = load_word_vectors()
    asked = [*words.tokens[::37], *words.tokens[-50:]]
    (found,) = engine([{"kind": "rows", "tokens": asked, "words": str(WORDS_FILE)}], mistake)
    assert tuple(found["tokens"]) == words.tokens
    assert (found["dim"], found["words"]) == (words.dim, words.words)
    rows = np.frombuffer(base64.b64decode(found["rows"]), dtype="<f4").reshape(-1, words.dim)
    np.testing.assert_array_equal(rows, words[asked])


def test_the_shipped_vectors(engine: Any) -> None:
    assert_same_rows(engine)


@pytest.mark.parametrize("mistake", ["rows backwards", "rows of length 1"])
def test_a_planted_mistake_in_the_vectors_is_noticed(engine: Any, mistake: str) -> None:
    with pytest.raises(AssertionError, match="not equal"):
        assert_same_rows(engine, mistake)
