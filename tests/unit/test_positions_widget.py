"""The explorer of positions: its traits, what is read back, and how it shows itself without a front end."""

import json
import re
from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from attnlab.embedding import load_word_vectors
from attnlab.models import load_position_tables
from attnlab.positions import relative_buckets
from attnlab.widgets import PositionExplorer, positions, positions_tables
from attnlab.widgets import positions_results as results
from attnlab.widgets.positions import EXAMPLES, TEXT
from tests.mutants import mutant

STATE = {
    *("view", "width", "base", "length", "position", "pair", "text", "order", "positions"),
    *("added", "token", "scheme", "head"),
}
ATTACK = "</script><img src=x onerror=alert(1)>&\"'"
ORDER = (4, 2, 0, 3, 1)  # not its own inverse


@pytest.fixture
def explorer() -> PositionExplorer:
    return PositionExplorer()


# --- what a page carries ----------------------------------------------------------------------------------------------


def test_the_state_has_the_keys_that_the_front_end_reads(explorer: PositionExplorer) -> None:
    state = explorer.page_state()
    fixed = {"kind", "version", "lang", "widget_id", "tables", "examples", "table", "asset", "defaults"}
    assert set(state) == {*fixed, *STATE}
    assert set(state["defaults"]) == STATE
    assert len(json.dumps(state, allow_nan=False)) < 40_000


def test_the_words_of_all_examples_are_there_at_once(explorer: PositionExplorer) -> None:
    tokenizer = load_word_vectors().tokenizer
    wanted = {token.piece for text in EXAMPLES for token in tokenizer.tokenize(text)}
    assert wanted == set(explorer.table["tokens"])
    assert all(len(tokenizer.tokenize(text)) <= 12 for text in EXAMPLES)


def check_tables(module: Any) -> None:
    """The page has the very numbers of the package, in the shapes that its engine asks for."""
    tables, state = load_position_tables(), module.tables_state(load_position_tables())
    named = {
        "learned": (tables.learned, state["learned"]),
        "keys": (tables.shaw_keys, state["shaw"]["keys"]),
        "query": (tables.shaw_query, state["shaw"]["query"]),
        "buckets": (tables.t5_bias, state["t5"]["buckets"]),
    }
    for name, (wanted, table) in named.items():
        found = np.array(table["values"], dtype=np.float32).reshape(table["rows"], table["columns"])
        np.testing.assert_array_equal(found, np.asarray(wanted), err_msg=name)
    assert state["learned"]["rows"] == state["trained"] == tables.trained
    assert state["shaw"]["keys"]["rows"] == 2 * state["shaw"]["reach"] + 1
    assert state["shaw"]["query"]["rows"] == state["t5"]["buckets"]["columns"] == state["heads"]
    assert set(state["accuracy"]) == {"none", *results.SCHEMES}
    assert state["lengths"] == sorted(state["lengths"])
    for name, shares in state["accuracy"].items():
        known = [np.nan if share is None else share for share in shares]
        np.testing.assert_allclose(known, tables.accuracy[name], err_msg=name)
        assert all(share is None or 0 <= share <= 1 for share in shares)
    assert None in state["accuracy"]["learned"]


def test_the_tables_are_those_of_the_package() -> None:
    check_tables(positions_tables)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("_table(tables.shaw_query)", "_table(tables.shaw_keys)"),
        ("len(keys) // 2", "len(keys)"),
        ("None if np.isnan(share) else float(share)", "float(np.nan_to_num(share))"),
        ("float(str(number))", "round(float(number), 2)"),
        ("tables.accuracy[name]]", 'tables.accuracy["none"]]'),
    ],
)
def test_a_mistake_in_the_tables_is_noticed(right: str, wrong: str) -> None:
    with pytest.raises(AssertionError):
        check_tables(mutant(("widgets.positions_tables",), "widgets.positions_tables", right, wrong))


# --- what is read back ------------------------------------------------------------------------------------------------


def check_encoding(module: Any) -> None:
    """The encoding is the formula's, written out; its angles, waves and products fit it."""
    explorer = module.PositionExplorer(width=6, base=100, length=9, position=7)
    encoding, angles = explorer.encoding, explorer.angles
    wanted = [7 / 100 ** (pair / 3) for pair in range(3)]
    np.testing.assert_allclose(angles, wanted, rtol=1e-12)
    np.testing.assert_allclose(encoding[7, 0::2], np.sin(wanted), atol=1e-6)
    np.testing.assert_allclose(encoding[7, 1::2], np.cos(wanted), atol=1e-6)
    assert encoding.shape == (9, 6)
    np.testing.assert_allclose(explorer.wavelengths * angles / 7, 2 * np.pi, rtol=1e-12)
    np.testing.assert_allclose(explorer.dot_products, encoding @ encoding[7], atol=1e-5)
    explorer.position = 127  # beyond the end
    np.testing.assert_allclose(explorer.dot_products, encoding @ encoding[8], atol=1e-5)


def check_sum(module: Any) -> None:
    """The position that is added is the one where the word stands now."""
    explorer = module.PositionExplorer(view="sum", order=ORDER, token=4, base=500)
    words = load_word_vectors()
    word, place, both = explorer.sum_vectors
    np.testing.assert_array_equal(word, words["man"])
    np.testing.assert_allclose(place, results.encoding(1, 128, 500)[0], atol=1e-6)  # it stands first now
    np.testing.assert_allclose(both, word + place, atol=1e-6)
    explorer.order = ""
    np.testing.assert_allclose(explorer.sum_vectors[1], results.encoding(5, 128, 500)[4], atol=1e-6)
    explorer.positions = False
    assert not explorer.sum_vectors[1].any()
    np.testing.assert_array_equal(explorer.sum_vectors[2], word)


def check_shuffle(module: Any) -> None:
    """Without positions each word keeps its output in whichever order; with them every word's output changes."""
    explorer = module.PositionExplorer(view="shuffle", positions=False)
    typed = explorer.outputs
    for order in list(permutations(range(5)))[7::29]:
        explorer.order = ",".join(map(str, order))
        np.testing.assert_allclose(explorer.outputs, typed[list(order)], atol=1e-6)
        assert explorer.change < 1e-6
        np.testing.assert_allclose(explorer.weights.sum(axis=1), 1, rtol=1e-6)
    explorer.order, explorer.positions = ",".join(map(str, ORDER)), True
    outputs = []
    for added in results.ADDED:
        explorer.added = added
        outputs.append(explorer.outputs)
        assert explorer.change == pytest.approx(explorer.changes.max())
        assert explorer.changes[4] > 1e-3, added
        before = results.attend(load_word_vectors()[explorer.tokens], added, explorer.base)[1]
        assert explorer.changes[4] == pytest.approx(np.abs(explorer.outputs[0] - before[4]).max(), abs=1e-6)
    assert len({float(found[0, 0]) for found in outputs}) == 3  # three schemes, three outputs
    sinusoidal, rotary, _ = outputs
    explorer.base = 10
    explorer.added = "sinusoidal"
    assert np.abs(explorer.outputs - sinusoidal).max() > 1e-3
    explorer.added = "rotary"
    assert np.abs(explorer.outputs - rotary).max() > 1e-3


def check_patterns(module: Any) -> None:
    """Each scheme's scores, written out for one query and key on either side, near and far."""
    explorer = module.PositionExplorer(view="schemes", width=6, base=100, length=60)
    tables = load_position_tables()
    shaw_keys, shaw_query, t5 = (np.asarray(a) for a in (tables.shaw_keys, tables.shaw_query, tables.t5_bias))
    learned, reach = np.asarray(tables.learned), len(shaw_keys) // 2
    found: dict[tuple[str, int], Any] = {}
    for scheme in results.SCHEMES:
        for head in range(tables.heads):
            explorer.scheme, explorer.head = scheme, head
            found[scheme, head] = explorer.pattern
    for i, j in ((2, 7), (7, 2), (40, 3), (3, 40), (5, 5)):
        cosines = [np.cos((i - j) / 100 ** (pair / 3)) for pair in range(3)]
        assert found["sinusoidal", 0][i, j] == pytest.approx(np.sum(cosines) / np.sqrt(6), abs=1e-5)
        assert found["rotary", 0][i, j] == pytest.approx(np.mean(cosines), abs=1e-5)
        for head in range(tables.heads):
            assert found["alibi", head][i, j] == pytest.approx(-abs(i - j) * 2 ** (-8 * (head + 1) / tables.heads))
            key = shaw_keys[min(max(j - i, -reach), reach) + reach]
            wanted = shaw_query[head] @ key / np.sqrt(len(key))
            assert found["shaw", head][i, j] == pytest.approx(wanted, abs=1e-5)
            assert found["t5", head][i, j] == pytest.approx(t5[_bucket(j - i, tables), head], abs=1e-6)
    n = tables.trained
    assert found["learned", 0][2, 7] == pytest.approx(learned[2] @ learned[7] / np.sqrt(learned.shape[1]), abs=1e-5)
    assert np.isfinite(found["learned", 0][:n, :n]).all()
    assert np.isnan(found["learned", 0][n:]).all()
    assert np.isnan(found["learned", 0][:, n:]).all()


def _bucket(distance: int, tables: Any) -> int:
    import torch

    sizes = {"n_buckets": len(tables.t5_bias), "max_distance": tables.t5_max_distance}
    return int(relative_buckets(torch.tensor(distance), bidirectional=tables.t5_bidirectional, **sizes))


def check_all(module: Any) -> None:
    check_encoding(module)
    check_sum(module)
    check_shuffle(module)
    check_patterns(module)


def test_what_is_read_back() -> None:
    check_all(positions)


MISTAKES = {
    "the base is ignored": (
        "positions_results",
        "sinusoidal_positions(length, width, base=base)",
        "sinusoidal_positions(length, width)",
    ),
    "angles of another base": ("positions_results", "frequencies(width, base=base)", "frequencies(width)"),
    "waves in radians": ("positions_results", "2 * np.pi / angles", "1 / angles"),
    "products with the first position": ("positions_results", "wide @ wide[position]", "wide @ wide[0]"),
    "scores that are not scaled": ("positions_results", " / np.sqrt(table.shape[1])", ""),
    "zero for no number": ("positions_results", "np.nan, dtype", "0, dtype"),
    "the first head's query": ("positions_results", "tables.shaw_query)[head]", "tables.shaw_query)[0]"),
    "clipped one too early": (
        "positions_results",
        "ShawRelativePositions(rows // 2, width)\n    with torch.no_grad():\n        shaw.keys.copy_(keys)",
        "ShawRelativePositions(rows // 2 - 1, width)\n    with torch.no_grad():\n        shaw.keys.copy_(keys[1:-1])",
    ),
    "the first head's buckets": ("positions_results", "t5(length, length)[0, head]", "t5(length, length)[0, 0]"),
    "buckets of the other direction": (
        "positions_results",
        "t5(length, length)[0, head]",
        "t5(length, length)[0, head].T",
    ),
    "ones that are not of length 1": ("positions_results", "width**-0.5", "1.0"),
    "the first slope": (
        "positions_results",
        "length, length)[0, head])\n\n\ndef _similarities",
        "length, length)[0, 0])\n\n\ndef _similarities",
    ),
    "nothing is added": (
        "positions_results",
        "words = words + sinusoidal_positions(T, D, base=base, dtype=torch.float64)",
        "pass",
    ),
    "the sum ignores the base": (
        "positions_results",
        "sinusoidal_positions(T, D, base=base,",
        "sinusoidal_positions(T, D,",
    ),
    "turned by another base": ("positions_results", "RotaryPositions(D, base=base)", "RotaryPositions(D)"),
    "the inverse order": (
        "positions_results",
        "np.argsort(np.asarray(order, dtype=np.int64))",
        "np.asarray(order, dtype=np.int64)",
    ),
    "changes that may fall": ("positions_results", "np.abs(after[places] - before)", "(after[places] - before)"),
    "the place in the text as typed": ("positions", "self.places.index(self.word)]", "self.word]"),
    "a position that stays": ("positions", "place * np.float32(self.positions)", "place"),
    "words as typed": ("positions", "self._vectors[self.tokens][list(order)]", "self._vectors[self.tokens]"),
    "positions that stay on": ("positions", "self.added if self.positions else None", "self.added"),
    "a position beyond the end": ("positions", "int(self.length) - 1)", "int(self.length) - 2)"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(monkeypatch: pytest.MonkeyPatch, mistake: str) -> None:
    part, right, wrong = MISTAKES[mistake]
    changed = mutant((f"widgets.{part}",), f"widgets.{part}", right, wrong)
    if part == "positions_results":
        monkeypatch.setattr(positions, "results", changed)
        changed = positions
    with pytest.raises(AssertionError):
        check_all(changed)


def test_accuracy_and_lengths_go_together(explorer: PositionExplorer) -> None:
    assert {len(shares) for shares in explorer.accuracy.values()} == {len(explorer.lengths)}
    assert min(explorer.lengths) <= explorer.trained < max(explorer.lengths)


@pytest.mark.parametrize("text", ["", " \n", "a", ATTACK, "🍎" * 40, "x" * 200, "位置很重要", "one " * 50])
@pytest.mark.parametrize("view", ["encoding", "sum", "shuffle", "schemes"])
def test_any_text_is_read(explorer: PositionExplorer, text: str, view: str) -> None:
    explorer.text, explorer.view, explorer.token = text, view, 11
    T = len(explorer.tokens)
    assert T <= 12
    assert explorer.weights.shape == (T, T)
    assert explorer.outputs.shape == (T, 128)
    assert explorer.changes.shape == (T,)
    assert explorer.change == 0
    assert explorer.summary().startswith("PositionExplorer: ")
    assert "<img" not in explorer.fallback_html()


def test_no_words_have_no_sum(explorer: PositionExplorer) -> None:
    explorer.text, explorer.view = " ", "sum"
    with pytest.raises(ValueError, match="' ' has 0 words: there is nothing to add a position to"):
        _ = explorer.sum_vectors
    assert "no words" in explorer.fallback_html()


# --- what is refused --------------------------------------------------------------------------------------------------

WRONG: list[tuple[str, Any, type[Exception], str]] = [
    ("view", "clock", ValueError, "view must be one of 'encoding', 'sum'.*got 'clock'"),
    ("width", 33, ValueError, "width must be even, got 33"),
    ("width", 2, ValueError, "width must be from 4 to 128, got 2"),
    ("width", 130, ValueError, "width must be from 4 to 128, got 130"),
    ("width", 8.0, TypeError, "width must be a whole number, got float"),
    ("base", 1, ValueError, "base must be from 2 to 1000000, got 1"),
    ("length", 7, ValueError, "length must be from 8 to 128, got 7"),
    ("position", 128, ValueError, "position must be from 0 to 127, got 128"),
    ("pair", -1, ValueError, "pair must be from 0 to 63, got -1"),
    ("pair", True, TypeError, "pair must be a whole number, got bool"),
    ("text", "x" * 201, ValueError, "text has 201 characters, at most 200 are taken"),
    ("text", None, TypeError, "text must be a string, got NoneType"),
    ("order", [1, 0], TypeError, "order must be places such as '4,1,2,3,0', got list"),
    ("order", "0,2", ValueError, "order must have each place from 0 to 1 once, got '0,2'"),
    ("order", "1,1,0,3,4", ValueError, "order must have each place from 0 to 4 once"),
    ("order", "1,0,2", ValueError, "order has 3 places, but the text has 5 tokens"),
    ("order", ",".join(map(str, range(13))), ValueError, "order has 13 places, at most 12 are taken"),
    ("positions", 1, TypeError, "positions must be True or False, got int"),
    ("added", "learned", ValueError, "added must be one of 'sinusoidal', 'rotary', 'alibi', got 'learned'"),
    ("token", 12, ValueError, "token must be from 0 to 11, got 12"),
    ("scheme", "rope", ValueError, "scheme must be one of 'sinusoidal'.*got 'rope'"),
    ("head", 99, ValueError, r"head must be from 0 to \d+, got 99"),
]


@pytest.mark.parametrize(("name", "value", "error", "message"), WRONG)
def test_what_does_not_fit_is_refused(
    explorer: PositionExplorer, name: str, value: Any, error: type[Exception], message: str
) -> None:
    before = getattr(explorer, name)
    with pytest.raises(error, match=message):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PositionExplorer(order=[1, 0]), "order has 2 places, but the text has 5 tokens"),
        (lambda: PositionExplorer("a b", order=[1, 1]), "each place from 0 to 1 once, got '1,1'"),
        (lambda: PositionExplorer(width=5), "width must be even, got 5"),
    ],
)
def test_an_argument_that_does_not_fit_is_refused(make: Callable[[], PositionExplorer], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_an_order_goes_with_its_text(explorer: PositionExplorer) -> None:
    explorer.order = "4,1,2,3,0"
    explorer.text = "one two three four five"  # as many words
    assert explorer.order == "4,1,2,3,0"
    explorer.text = "one two"
    assert (explorer.order, explorer.places) == ("", [0, 1])
    with explorer.hold_trait_notifications():
        explorer.text, explorer.order = TEXT, "1,0,2,3,4"
    assert explorer.places == [1, 0, 2, 3, 4]


def test_a_link_may_bring_an_order_for_another_text(explorer: PositionExplorer) -> None:
    explorer.set_state({"order": "1,0,2"})
    assert explorer.places == [0, 1, 2, 3, 4]
    explorer.set_state({"text": "only three words"})
    assert explorer.places == [1, 0, 2]


# --- without a front end ----------------------------------------------------------------------------------------------


def test_each_view_has_a_table_and_a_sentence(explorer: PositionExplorer) -> None:
    rows = {"encoding": 8, "sum": 3, "shuffle": 5, "schemes": 7}
    for view, count in rows.items():
        explorer.view = view
        page = explorer.fallback_html()
        assert page.count('<th scope="row">') == count, view
        assert not re.search("nan|None|positions\\.", page), view
    explorer.view = "sum"
    assert f"their sum {np.linalg.norm(explorer.sum_vectors[2]):.2f}" in explorer.summary()
    explorer.positions = False
    assert "keeps its own vector" in explorer.summary()
    explorer.view, explorer.order = "shuffle", "4,1,2,3,0"
    assert "man dog bites the the" in explorer.summary()
    assert "0.000000" in explorer.summary()
    assert "位置" in PositionExplorer(lang="zh").fallback_html()
