"""The program under "Python" gives what the trained models' widgets show: the playground's, and the families'."""

from typing import Any

import pytest

from attnlab.widgets import FamilyExplorer, ModelPlayground
from tests.parity.model_files import Mistake, Run
from tests.parity.programs import close, engines, said

SENTENCE, BEGUN, BLANKS = "他们正在学习中文。", "The city of", "He was __ in the United States of __."
DRAWN: dict[str, Any] = {"temperature": 0.8, "top_k": 20, "seed": 5, "length": 6}
PLAYGROUNDS: dict[str, dict[str, Any]] = {
    "translator": {"model": "translator", "text": SENTENCE},
    "translator by beam search": {"model": "translator", "text": "他在大学里教了三年书。", "decoding": "beam"},
    "translator without a head": {"model": "translator", "text": SENTENCE, "off": 2},
    "writer": {"model": "writer", "text": BEGUN, "temperature": 0, "length": 6},
    "writer that draws": {"model": "writer", "text": BEGUN, **DRAWN},
    "writer without a head": {"model": "writer", "text": BEGUN, "off": 1, **DRAWN},
    "reader": {"model": "reader", "text": BLANKS},
    "reader without heads": {"model": "reader", "text": BLANKS, "off": 3},
}
FAMILIES = {"encoder-decoder": SENTENCE, "encoder-only": BLANKS, "decoder-only": BEGUN}

CODE = "models/pythoncode.ts"
MISTAKES: dict[str, tuple[Mistake, str]] = {
    "always greedy": ((CODE, 'state.decoding === "greedy"', "true"), "translator by beam search"),
    "a token more": ((CODE, "Math.max(1, written)", "Math.max(1, written + 1)"), "writer"),
    "a token less": ((CODE, "length=${written}", "length=${written - 1}"), "writer that draws"),
    "another seed": ((CODE, "seed=${seed}", "seed=${seed + 1}"), "writer that draws"),
    "all heads on": ((CODE, '["off=off"]', "[]"), "reader without heads"),
    "the sentence of another": ((CODE, "fill(${pythonText(state.sentence)})", 'fill("A __ in a __.")'),
                                "reader"),
}  # fmt: skip
FAMILY_MISTAKES: dict[str, Mistake] = {
    "weights of one family": ("families/pythoncode.ts", "pythonText(chosen.family)", 'pythonText("encoder-only")'),
}


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    mistakes = {name: mistake for name, (mistake, _) in MISTAKES.items()}
    return engines(tmp_path_factory.mktemp("programs"), mistakes | FAMILY_MISTAKES)


def playground(case: str) -> ModelPlayground:
    settings = dict(PLAYGROUNDS[case])
    off, model = settings.pop("off", 0), settings["model"]
    shown = ModelPlayground(**settings)
    names = [f"{model}.{name}.0" for name in shown.cards[model]["attentions"]]
    shown.off = names[:off]
    return shown


def same_result(printed: list[Any], model: str, result: Any) -> None:
    """The text alone, or text and probabilities, or for a reader each blank's candidates."""
    if printed[0] == result.text:
        assert len(printed) in {1, 2}
        for listed in printed[1:]:
            assert [token for token, _ in listed] == list(result.tokens)
            close([probability for _, probability in listed], result.probabilities)
        return
    assert model == "reader", (printed[0], result.text)
    assert len(printed) == 2 * len(result.tokens)
    for blank, candidates in enumerate(result.candidates):
        assert [token.strip() for token in printed[2 * blank]] == [token.strip() for token, _ in candidates]
        close(printed[2 * blank + 1], [probability for _, probability in candidates])


def agrees(engine: Run, case: str) -> None:
    shown = playground(case)
    result = shown.result
    same_result(said(engine, shown, written=len(result.tokens)), shown.model, result)


def family_agrees(engine: Run, family: str) -> None:
    shown = FamilyExplorer(family, FAMILIES[family])
    result = shown.result
    *printed, weights = said(engine, shown, written=len(result.tokens))
    same_result(printed, shown.model, result)
    assert weights == shown.weights


@pytest.mark.parametrize("case", PLAYGROUNDS)
def test_the_program_gives_what_is_on_screen(fronts: dict[str, Run], case: str) -> None:
    agrees(fronts[""], case)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_program_of_a_family_gives_what_is_on_screen(fronts: dict[str, Run], family: str) -> None:
    family_agrees(fronts[""], family)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_program_is_noticed(fronts: dict[str, Run], mistake: str) -> None:
    with pytest.raises(AssertionError):
        agrees(fronts[mistake], MISTAKES[mistake][1])


def test_a_wrong_program_of_a_family_is_noticed(fronts: dict[str, Run]) -> None:
    with pytest.raises(AssertionError):
        family_agrees(fronts["weights of one family"], "encoder-decoder")
