"""The table of beam widths: sentences spread over the file, the scores of the texts that were found, and luck."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from attnlab.models import load_translator
from attnlab.training import bleu
from bench import beam_widths
from bench.beam_widths import Found, Setting, scores, spread, translate

REFERENCES = [
    ["The cat sleeps on the mat.", "A cat is asleep on the mat."],
    ["He did not come to school today."],
    ["I like apples and pears.", "Apples and pears are what I like.", "I am fond of apples and pears."],
    ["It rained the whole night long."],
] * 6
POOR = ["A cat sleeps.", "He come not to a school today.", "I apples and pears.", "It rained long the night."] * 6
GOOD = [several[-1] for several in REFERENCES]
Pick = Callable[[Sequence[int], int], list[int]]


def is_spread(pick: Pick) -> bool:
    """Whether 4 of 7 come from all over, in order, and all come if more are asked for than there are."""
    chosen = pick(list(range(7)), 4)
    return chosen == [0, 1, 3, 5] and pick([5, 6], 9) == [5, 6]


def test_the_sentences_are_spread_over_the_file() -> None:
    assert is_spread(spread)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="--count is 0"):
        spread([("a", [])], 0)


@pytest.mark.parametrize(
    "mistaken",
    [
        lambda items, count: items[:count],
        lambda items, count: items[:: max(1, len(items) // count)][:count],
        lambda items, count: items[-count:],
    ],
    ids=["the first ones", "a step that is a whole number", "the last ones"],
)
def test_sentences_that_are_not_spread_are_noticed(mistaken: Pick) -> None:
    assert not is_spread(mistaken)


def table(**texts: list[str]) -> dict[str, tuple[float, float | None]]:
    return scores({name: Found(one, 0.0, 0.0) for name, one in texts.items()}, REFERENCES)


def test_bleu_is_that_of_the_book_and_p_tells_a_gain_from_luck() -> None:
    one_better = [GOOD[0], *POOR[1:]]
    rows = table(poor=POOR, good=GOOD, hardly=one_better)
    for name, texts in {"poor": POOR, "good": GOOD, "hardly": one_better}.items():
        assert rows[name][0] == pytest.approx(bleu(texts, REFERENCES), abs=1e-6)
    assert rows["poor"][1] is None
    assert (rows["good"][1] or 0.0) < 0.01
    assert (rows["hardly"][1] or 0.0) > 0.1


def test_references_of_other_sentences_are_noticed() -> None:
    shifted = [*GOOD[1:], GOOD[0]]
    assert table(poor=POOR, good=shifted)["good"][0] != pytest.approx(bleu(GOOD, REFERENCES), abs=1.0)


def test_a_wider_beam_is_likelier_and_forgiving_length_changes_what_wins() -> None:
    translator, sentences = load_translator(), ["他今天没来学校。", "从前，有一只猴子住在一棵大树上。"]
    one, four = (translate(translator, sentences, Setting(width, None)) for width in (1, 4))
    assert one.texts == [translator.translate(sentence, width=1) for sentence in sentences]
    assert four.log_probability > one.log_probability
    assert four.tokens == sum(len(translator.target.encode(text)) + 1 for text in four.texts) / 2


def test_the_command_prints_a_row_for_each_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pairs.tsv"
    lines = ["english\tchinese\tattribution", "Hi.\t嗨。\tme", "I try.\t我试试。\tme", "Hey.\t嗨。\tme"]
    file.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["beam_widths", str(file), "--count", "2"])
    monkeypatch.setattr(beam_widths, "WIDTHS", (1, 2))
    beam_widths.main()
    first, _, *rows = capsys.readouterr().out.splitlines()
    assert first == "2 of 2 sentences"
    assert [row[:20].rstrip() for row in rows] == ["1", "2", "2, length forgiven"]
    assert all(re.fullmatch(r"[-\d. ]+", row[20:]) for row in rows)
