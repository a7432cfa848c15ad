"""The checker: right answers pass however they are written, wrong ones are named, and none passes by luck."""

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from attnlab.attention import scaled_dot_product_attention
from attnlab.exercises import EXERCISES, QUESTIONS, check, question
from attnlab.exercises.checking import Exercise, feedback
from attnlab.widgets import SelfAttentionExplorer
from tests.unit import (
    cross_attention_answers,
    encoding_and_decoding_answers,
    latent_space_answers,
    masking_answers,
    multi_head_attention_answers,
    positional_encoding_answers,
    tokens_answers,
    word2vec_answers,
)

Answer = Callable[..., Any]


def columns_softmax(scores: np.ndarray) -> np.ndarray:
    return np.exp(scores) / np.exp(scores).sum(0)


def rows_softmax(scores: np.ndarray) -> np.ndarray:
    exponentials = np.exp(scores - scores.max(1)[:, None])
    return exponentials / exponentials.sum(1)[:, None]


# --- right answers, written in several ways ---------------------------------------------------------------------------


def scores_in_loops(q: np.ndarray, k: np.ndarray) -> list[list[float]]:
    return [[sum(a * b for a, b in zip(query, key, strict=True)) for key in k] for query in q]


def weights_by_torch(scores: np.ndarray, d_k: int) -> torch.Tensor:
    return torch.softmax(torch.tensor(scores, dtype=torch.float32) / d_k**0.5, dim=-1)


def head_by_the_package(x: np.ndarray, w_q: np.ndarray, w_k: np.ndarray, w_v: np.ndarray) -> torch.Tensor:
    query, key, value = (torch.from_numpy(x @ w) for w in (w_q, w_k, w_v))
    return scaled_dot_product_attention(query, key, value)


def pull_in_a_loop(weights: np.ndarray, leans: np.ndarray, i: int) -> list[float]:
    return [weights[i, j] * leans[j] - weights[i, j] * leans[i] for j in range(len(leans))]


RIGHT: dict[str, list[Answer]] = {
    **encoding_and_decoding_answers.RIGHT,
    "self-attention/scores": [scores_in_loops, lambda q, k: np.einsum("id,jd->ij", q, k)],
    "self-attention/weights": [weights_by_torch, lambda scores, d_k: rows_softmax(scores / d_k**0.5)],
    "self-attention/head": [
        head_by_the_package,
        lambda x, w_q, w_k, w_v: rows_softmax(x @ w_q @ w_k.T @ x.T / w_k.shape[1] ** 0.5) @ x @ w_v,
    ],
    "self-attention/pull": [pull_in_a_loop, lambda weights, leans, i: weights[i] * leans - weights[i] * leans[i]],
}
RIGHT |= tokens_answers.RIGHT
RIGHT |= latent_space_answers.RIGHT
RIGHT |= word2vec_answers.RIGHT
RIGHT |= cross_attention_answers.RIGHT
RIGHT |= masking_answers.RIGHT
RIGHT |= multi_head_attention_answers.RIGHT
RIGHT |= positional_encoding_answers.RIGHT


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_right_answers_pass(exercise_id: str) -> None:
    for answer in (EXERCISES[exercise_id].reference, *RIGHT[exercise_id]):
        assert check(exercise_id, answer).status == "correct"


def test_single_precision_is_enough() -> None:
    single = np.float32
    assert check("self-attention/scores", lambda q, k: q.astype(single) @ k.T.astype(single)).status == "correct"


# --- wrong answers, written apart from the checker's own --------------------------------------------------------------

WRONG: dict[str, dict[str, Answer]] = {
    **encoding_and_decoding_answers.WRONG,
    "self-attention/scores": {
        "elementwise": lambda q, k: np.multiply(q, k),
        "transposed": lambda q, k: np.dot(k, q.transpose()),
        "gram": lambda q, k: np.inner(q, q),
        "features": lambda q, k: np.einsum("ia,ib->ab", q, k),
        "scaled": lambda q, k: np.inner(q, k) / q.shape[-1] ** 0.5,
    },
    "self-attention/weights": {
        "columns": lambda scores, d_k: columns_softmax(scores / d_k**0.5 - np.max(scores / d_k**0.5, axis=0)),
        "no-scale": lambda scores, d_k: rows_softmax(scores),
        "divided-by-d": lambda scores, d_k: rows_softmax(scores / d_k),
        "divided-by-sqrt-n": lambda scores, d_k: rows_softmax(scores / len(scores[0]) ** 0.5),
        "multiplied": lambda scores, d_k: rows_softmax(scores * d_k**0.5),
        "overflow": lambda scores, d_k: (np.exp(scores / d_k**0.5).T / np.exp(scores / d_k**0.5).sum(axis=1)).T,
        "one-maximum": lambda scores, d_k: (
            np.exp(scores / d_k**0.5 - np.max(scores / d_k**0.5))
            / np.exp(scores / d_k**0.5 - np.max(scores / d_k**0.5)).sum(axis=1, keepdims=True)
        ),
    },
    "self-attention/head": {
        "swapped": lambda x, w_q, w_k, w_v: rows_softmax((x @ w_k) @ (x @ w_q).T / 3**0.5) @ (x @ w_v),
        "values-unmapped": lambda x, w_q, w_k, w_v: rows_softmax((x @ w_q) @ (x @ w_k).T / 3**0.5) @ x,
        "values-from-keys": lambda x, w_q, w_k, w_v: rows_softmax((x @ w_q) @ (x @ w_k).T / 3**0.5) @ (x @ w_k),
        "weights-transposed": lambda x, w_q, w_k, w_v: rows_softmax((x @ w_q) @ (x @ w_k).T / 3**0.5).T @ x @ w_v,
        "model-width": lambda x, w_q, w_k, w_v: rows_softmax((x @ w_q) @ (x @ w_k).T / 6**0.5) @ x @ w_v,
        "no-scale": lambda x, w_q, w_k, w_v: rows_softmax((x @ w_q) @ (x @ w_k).T) @ x @ w_v,
        "columns": lambda x, w_q, w_k, w_v: columns_softmax((x @ w_q) @ (x @ w_k).T / 3**0.5) @ x @ w_v,
        "no-maps": lambda x, w_q, w_k, w_v: rows_softmax(x @ x.T / 6**0.5) @ x,
        "weights-only": lambda x, w_q, w_k, w_v: rows_softmax((x @ w_q) @ (x @ w_k).T / 3**0.5),
    },
    "self-attention/pull": {
        "column": lambda weights, leans, i: weights.T[i] * (leans - leans[i]),
        "own-forgotten": lambda weights, leans, i: leans * weights[i],
        "backward": lambda weights, leans, i: -weights[i] * (leans - leans[i]),
        "unweighted": lambda weights, leans, i: [lean - leans[i] for lean in leans],
        "weights-only": lambda weights, leans, i: weights[i, :],
        "own-unweighted": lambda weights, leans, i: leans * weights[i] - leans[i],
        "sum": lambda weights, leans, i: weights[i] @ leans - leans[i],
    },
}
WRONG |= tokens_answers.WRONG
WRONG |= latent_space_answers.WRONG
WRONG |= word2vec_answers.WRONG
WRONG |= cross_attention_answers.WRONG
WRONG |= masking_answers.WRONG
WRONG |= multi_head_attention_answers.WRONG
WRONG |= positional_encoding_answers.WRONG
ALL_WRONG = [(exercise_id, name) for exercise_id, answers in WRONG.items() for name in answers]


def test_every_mistake_that_the_checker_knows_is_tried_here() -> None:
    assert {exercise_id: set(answers) for exercise_id, answers in WRONG.items()} == {
        exercise.id: set(exercise.rivals) for exercise in EXERCISES.values()
    }
    assert all(len(answers) >= 3 for answers in WRONG.values())


@pytest.mark.parametrize(("exercise_id", "name"), ALL_WRONG)
def test_a_wrong_answer_is_called_by_its_name(exercise_id: str, name: str) -> None:
    found = check(exercise_id, WRONG[exercise_id][name])
    assert (found.status, found.mistake) == ("wrong", name)
    assert found.hint


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_every_mistake_has_a_hint_of_its_own(exercise_id: str) -> None:
    hints = [check(exercise_id, answer).hint for answer in WRONG[exercise_id].values()]
    assert len(set(hints)) == len(hints)


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_no_two_formulas_agree_on_the_cases(exercise_id: str) -> None:
    """The reference and the wrong formulas all differ: no mistake passes, none is called by another's name."""
    exercise = EXERCISES[exercise_id]
    formulas = {"the reference": exercise.reference, **exercise.rivals}
    for (_, one), (name, other) in itertools.permutations(formulas.items(), 2):
        only = replace(exercise, reference=one, rivals={})
        assert feedback(only, other).status != "correct", name


# --- the checker with its care taken away accepts what it should not: so the care is what catches it ------------------


def careless(exercise_id: str, *cases: tuple[Any, ...]) -> Exercise:
    return replace(EXERCISES[exercise_id], cases=lambda: cases)


def test_equal_widths_would_hide_the_wrong_scale() -> None:
    random = np.random.default_rng(0)
    x, *maps = (random.normal(size=(4, 4)) for _ in range(4))  # d_model = d_k = d_v = n
    wrong = EXERCISES["self-attention/head"].rivals["model-width"]
    assert feedback(careless("self-attention/head", (x, *maps)), wrong).status == "correct"


def test_a_saturated_softmax_would_hide_any_scale() -> None:
    saturated = 1000 * np.eye(3)
    for name in ("no-scale", "divided-by-d", "divided-by-sqrt-n", "multiplied", "one-maximum"):
        wrong = EXERCISES["self-attention/weights"].rivals[name]
        assert feedback(careless("self-attention/weights", (saturated, 16)), wrong).status == "correct", name


def test_small_scores_would_hide_the_overflow() -> None:
    small = EXERCISES["self-attention/weights"].cases()[:1]
    for name in ("overflow", "one-maximum"):
        wrong = EXERCISES["self-attention/weights"].rivals[name]
        assert feedback(careless("self-attention/weights", *small), wrong).status == "correct", name


def test_one_width_would_hide_the_root_of_the_number_of_keys() -> None:
    scores = np.random.default_rng(0).normal(size=(3, 5))
    wrong = EXERCISES["self-attention/weights"].rivals["divided-by-sqrt-n"]
    assert feedback(careless("self-attention/weights", (scores, 5)), wrong).status == "correct"


def test_queries_equal_to_keys_would_hide_two_mistakes() -> None:
    x = np.random.default_rng(0).normal(size=(4, 3))
    for name in ("transposed", "gram"):
        wrong = EXERCISES["self-attention/scores"].rivals[name]
        assert feedback(careless("self-attention/scores", (x, x)), wrong).status == "correct", name


def test_symmetric_weights_would_hide_the_column() -> None:
    weights, leans = np.array([[0.8, 0.2], [0.2, 0.8]]), np.array([0.5, -1.0])
    wrong = EXERCISES["self-attention/pull"].rivals["column"]
    assert feedback(careless("self-attention/pull", (weights, leans, 0)), wrong).status == "correct"


def test_without_three_of_a_kind_many_ways_to_merge_agree() -> None:
    plain = [case for case in EXERCISES["tokens/merge"].cases() if len(set(case[1])) == 2]
    for name in ("from-the-right", "used-twice"):
        wrong = EXERCISES["tokens/merge"].rivals[name]
        assert feedback(careless("tokens/merge", *plain), wrong).status == "correct", name


def test_words_that_can_be_spelled_would_hide_what_is_done_with_others() -> None:
    spelled = [case for case in EXERCISES["tokens/pieces"].cases() if case[0] != "unzip"]
    for name in ("part-unknown", "part-dropped"):
        wrong = EXERCISES["tokens/pieces"].rivals[name]
        assert feedback(careless("tokens/pieces", *spelled), wrong).status == "correct", name


def test_one_hot_rows_alone_would_hide_that_an_angle_is_no_distance() -> None:
    one_hot_rows = EXERCISES["tokens/distances"].cases()[:1]
    halved = careless("tokens/distances", *one_hot_rows)
    wrong = EXERCISES["tokens/distances"].rivals["angles"]
    assert feedback(halved, lambda x: wrong(x) * 2**0.5).status == "correct"


def test_a_text_without_repeated_words_would_hide_two_ways_to_leave_out_the_center() -> None:
    wrong = EXERCISES["word2vec/pairs"].rivals["same-word-skipped"]
    assert feedback(careless("word2vec/pairs", ([4, 7, 1, 9], 2)), wrong).status == "correct"


def test_a_context_of_one_word_would_hide_what_is_done_with_several() -> None:
    x, y, contexts = EXERCISES["word2vec/forward"].cases()[0]
    for name in ("sum", "each-alone"):
        wrong = EXERCISES["word2vec/forward"].rivals[name]
        assert feedback(careless("word2vec/forward", (x, y, contexts[:1])), wrong).status == "correct", name


def test_small_scores_would_hide_the_overflow_of_word2vec() -> None:
    for exercise_id in ("word2vec/forward", "word2vec/negative-sampling"):
        small = EXERCISES[exercise_id].cases()[:1]
        assert feedback(careless(exercise_id, *small), EXERCISES[exercise_id].rivals["overflow"]).status == "correct"


def test_one_noise_word_would_hide_their_average() -> None:
    vector, true, noise = EXERCISES["word2vec/negative-sampling"].cases()[0]
    wrong = EXERCISES["word2vec/negative-sampling"].rivals["noise-averaged"]
    assert feedback(careless("word2vec/negative-sampling", (vector, true, noise[:1])), wrong).status == "correct"


# --- the cases are what they are said to be ---------------------------------------------------------------------------


def test_the_reference_is_the_packages_attention() -> None:
    (case,) = EXERCISES["self-attention/head"].cases()
    found = EXERCISES["self-attention/head"].reference(*case)
    assert found == pytest.approx(head_by_the_package(*case).numpy(), abs=1e-12)


def test_the_pulls_are_those_of_the_explorer() -> None:
    for (weights, leans, i), text in zip(
        EXERCISES["self-attention/pull"].cases(),
        ("I ate an apple and a banana", "apple sells a new phone"),
        strict=True,
    ):
        explorer = SelfAttentionExplorer(text)
        assert weights == pytest.approx(explorer.weights, abs=1e-5)
        assert leans == pytest.approx(explorer.own_lean, abs=1e-5)
        assert i == explorer.follow
        pulls = EXERCISES["self-attention/pull"].reference(weights, leans, i)
        assert pulls.sum() == pytest.approx(explorer.lean[i] - explorer.own_lean[i], abs=1e-5)


# --- everything else a reader may hand in -----------------------------------------------------------------------------


def unwritten(q: np.ndarray, k: np.ndarray) -> None: ...


def raising(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    return np.ones((2, 3)) @ np.ones((2, 3))


def to_be_written(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    raise NotImplementedError


def writes_over_its_input(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    result = q @ k.T
    q[:] = 0
    k[:] = 0
    return result


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (unwritten, "not yet", "returns nothing"),
        (lambda q, k: ..., "not yet", "returns nothing"),
        (to_be_written, "not yet", "returns nothing"),
        (raising, "error", "ValueError: matmul"),
        (lambda q: q, "error", "TypeError"),
        (lambda q, k: "text", "error", "could not convert string to float"),
        (lambda q, k: [[1], [1, 2]], "error", "inhomogeneous"),
        (3, "error", "A function is wanted here, got int"),
        (lambda q, k: q @ k.T + 0.5, "wrong", r"the number at \["),
        (lambda q, k: (q @ k.T)[:1], "wrong", r"shape \(1, 4\), it should be \(4, 4\)"),
        (lambda q, k: np.full((len(q), len(k)), np.nan), "wrong", "16 of the 16 numbers are NaN or infinite"),
        (writes_over_its_input, "correct", "Correct"),
    ],
)
def test_whatever_is_handed_in(answer: Any, status: str, words: str) -> None:
    found = check("self-attention/scores", answer)
    assert found.status == status
    assert re.search(words, repr(found))


def test_an_answer_cannot_change_what_it_is_compared_with() -> None:
    def empties_its_input(tokens: list[int], pair: tuple[int, int], new: int) -> list[int]:
        tokens.clear()
        return tokens

    assert check("tokens/merge", empties_its_input).status == "wrong"


def test_only_the_large_scores_fail() -> None:
    """Right where scores are small, off by a little where they are large: the message is about the second case."""
    found = check("self-attention/weights", lambda scores, d_k: rows_softmax(np.clip(scores / d_k**0.5, -1e3, 1e3)))
    assert (found.status, found.mistake) == ("wrong", "")


def test_feedback_is_shown_as_text_never_as_markup() -> None:
    def raising_markup(q: np.ndarray, k: np.ndarray) -> np.ndarray:
        raise RuntimeError("<img src=x onerror=alert(1)>")

    html = check("self-attention/scores", raising_markup)._repr_html_()
    assert "<img" not in html
    assert "&lt;img" in html


def test_feedback_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = WRONG["self-attention/weights"]["columns"]
    assert "Hint: Each query has 1 to give away" in repr(check("self-attention/weights", wrong))
    monkeypatch.setenv("ATTNLAB_LANG", "zh")
    assert "提示： 每个查询有总量 1" in repr(check("self-attention/weights", wrong))


def test_an_exercise_that_there_is_not() -> None:
    with pytest.raises(ValueError, match=r"there is no exercise 'x'; there is .*self-attention/scores"):
        check("x", scores_in_loops)


# --- questions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("question_id", QUESTIONS)
def test_every_question_has_one_right_choice_and_an_answer_to_each(question_id: str, lang: str) -> None:
    asked = question(question_id, lang)
    assert sum(choice["correct"] for choice in asked.choices) == 1
    assert len({choice["feedback"] for choice in asked.choices}) == len(asked.choices) >= 3


@pytest.mark.parametrize("chapter", sorted({question_id.split("/")[0] for question_id in QUESTIONS}))
def test_the_right_choice_is_not_always_at_the_same_place(chapter: str) -> None:
    places = [place for question_id, place in QUESTIONS.items() if question_id.startswith(f"{chapter}/")]
    assert len(set(places)) == len(places)


def test_the_numbers_in_a_question_are_the_real_ones() -> None:
    weights = SelfAttentionExplorer().weights
    for lang in ("en", "zh"):
        answer = question("self-attention/symmetric", lang).choices[1]["feedback"]
        assert f"{weights[3, 6]:.2f}" in answer  # apple to banana
        assert f"{weights[6, 3]:.2f}" in answer


def test_a_question_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="there is no question 'x'"):
        question("x")
