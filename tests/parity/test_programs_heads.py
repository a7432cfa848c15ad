"""The program under "Python" gives what the explorer of heads shows, without the explorer, for each model and view."""

from typing import Any

import pytest

from attnlab.widgets import MultiHeadExplorer
from tests.parity.model_files import Mistake, Run
from tests.parity.programs import close, engines, said

CROSS, SELF, FIRST = "decoder.layers.2.cross_attention", "decoder.layers.1.self_attention", "encoder.layers.0.attention"
SENTENCE, BLANKS, BEGUN = "他們正在学习中文。", "He was __ in the United States of __.", 'The city of "the city"'


def off(model: str, attention: str, *heads: int) -> list[str]:
    return [f"{model}.{attention}.{head}" for head in heads]


CASES: dict[str, dict[str, Any]] = {
    "translator": {"model": "translator", "text": SENTENCE},
    "translator, what it writes": {
        "model": "translator",
        "text": SENTENCE,
        "attention": SELF,
        "head": 3,
        "off": [*off("translator", CROSS, 0, 1, 2, 4), *off("reader", FIRST, 0)],
    },
    "translator, across": {
        "model": "translator",
        "text": SENTENCE,
        "attention": CROSS,
        "head": 3,
        "off": off("translator", CROSS, 5),
    },
    "translator, what it reads": {"model": "translator", "text": SENTENCE, "attention": FIRST, "head": 2},
    "reader": {"model": "reader", "text": BLANKS},
    "reader, a head": {
        "model": "reader",
        "text": BLANKS,
        "head": 3,
        "attention": "encoder.layers.1.attention",
        "off": off("reader", FIRST, 0, 2, 3),
    },
    "writer": {"model": "writer", "text": BEGUN, "off": off("writer", SELF, 1, 2)},
    "writer, a head": {"model": "writer", "text": BEGUN, "attention": SELF, "head": 3},
    "writer alone": {"model": "writer", "text": "", "head": 0},
}
SPLIT = {
    "translator": CASES["translator"],
    "translator, across": CASES["translator, across"],
    "translator, after what is off": {**CASES["translator, across"], "off": off("translator", SELF, 0, 1)},
    "reader": CASES["reader, a head"],
    "writer": CASES["writer"],
}
CODE = "heads/pythoncode.ts"
MISTAKES: dict[str, tuple[Mistake, str]] = {
    "gates of another model": ((CODE, "gatesOf(state, state.model, card)", 'gatesOf(state, "reader", card)'),
                               "translator, what it writes"),
    "nothing is off": ((CODE, 'if (gates.length === 0) {', 'if (gates.length >= 0) {'), "reader, a head"),
    "the output of all heads": ((CODE, "greedy(model, reading.ids, gates=gates, **options)",
                                 "greedy(model, reading.ids, **options)"), "translator, what it writes"),
    "before is after": ((CODE, 'shares("model(*inputs)")', 'shares("model(*inputs, gates=gates)")'), "writer"),
    "fed what is written": ((CODE, "[[tokenizer.start_id, *ids[:-1]]]", "[[*ids]]"), "translator, across"),
    "another place": ((CODE, "[len(read) - 1]", "[0]"), "writer"),
    "the mean of one": ((CODE, 'weights.mean(0)', 'weights[0]'), "reader"),
    "another head": ((CODE, "print(weights[${head}])", "print(weights[${head} - 1])"), "translator, across"),
    "labels of another head": ((CODE, ")[${head}]:`", ")[${head} - 1]:`"), "translator, what it reads"),
    "columns are what looks": ((CODE, "isCross ? `, ${source}` :", 'isCross ? "" :'), "translator, across"),
    "labels see what is to come": ((CODE, '", causal=True"', '""'), "writer, a head"),
    "the first text whatever is asked": ((CODE, "translator.read(${text})", 'translator.read("好久不见")'),
                                         "translator"),
    "a blank is filled with all heads": ((CODE, "iter(after.argmax", "iter(before.argmax"), "reader, a head"),
}  # fmt: skip
SPLIT_MISTAKES: dict[str, tuple[Mistake, str]] = {
    "no memory": ((CODE, 'isCross ? [\'print("memory"', 'isCross && attention === "" ? [\'print("memory"'),
                  "translator, across"),
    "all heads on": ((CODE, "    model(*inputs, gates=gates, record=record)", "    model(*inputs, record=record)"),
                     "translator, after what is off"),
    "what came before": ((CODE, "_add_norm.normalized", "_add_norm.sum"), "reader"),
    "the first attention": ((CODE, "splitLines(attention)\n", "splitLines(card.attentions[0])\n"),
                            "translator, across"),
}  # fmt: skip


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    mistakes = {name: mistake for name, (mistake, _) in {**MISTAKES, **SPLIT_MISTAKES}.items()}
    return engines(tmp_path_factory.mktemp("programs"), mistakes)


def agrees(engine: Run, case: str) -> None:
    """The text, each token with both probabilities, the opened head's weights, and its labels."""
    shown = MultiHeadExplorer(**CASES[case])
    output, *printed = said(engine, shown)
    assert output == shown.output
    count = 3 * len(shown.change.tokens)
    tokens, weights, labels = printed[:count], printed[count], printed[count + 1 :]
    assert tokens[::3] == [repr(token) for token in shown.change.tokens]
    close(tokens[1::3], shown.change.before)
    close(tokens[2::3], shown.change.after)
    table = shown.weights[shown.opened]
    close(weights, table.mean(axis=0) if shown.head < 0 else table[shown.head])
    expected = () if shown.head < 0 else shown.labels[shown.opened][shown.head]
    assert [(one.kind, one.rows) for one in labels] == [(one.kind, one.rows) for one in expected]
    close([(one.weight, one.chance) for one in labels], [(one.weight, one.chance) for one in expected])


def split_agrees(engine: Run, case: str) -> None:
    """All tables of the attention that is cut open, under their names."""
    shown = MultiHeadExplorer(**SPLIT[case], view="split")
    printed = said(engine, shown)
    assert printed[::2] == list(shown.parts)
    for table, expected in zip(printed[1::2], shown.parts.values(), strict=True):
        close(table, expected)


def test_some_heads_have_labels() -> None:
    """Otherwise the programs would agree on labels that are not there."""
    labeled = [case for case, given in CASES.items() if given.get("head", -1) >= 0]
    found = [MultiHeadExplorer(**CASES[case]) for case in labeled]
    assert sum(bool(shown.labels[shown.opened][shown.head]) for shown in found) >= 3


@pytest.mark.parametrize("case", CASES)
def test_the_program_gives_what_is_shown(fronts: dict[str, Run], case: str) -> None:
    agrees(fronts[""], case)


@pytest.mark.parametrize("case", SPLIT)
def test_the_program_gives_the_tables_of_the_cut_attention(fronts: dict[str, Run], case: str) -> None:
    split_agrees(fronts[""], case)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(fronts: dict[str, Run], mistake: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        agrees(fronts[mistake], MISTAKES[mistake][1])


@pytest.mark.parametrize("mistake", SPLIT_MISTAKES)
def test_a_planted_mistake_in_the_tables_is_noticed(fronts: dict[str, Run], mistake: str) -> None:
    with pytest.raises(AssertionError):
        split_agrees(fronts[mistake], SPLIT_MISTAKES[mistake][1])
