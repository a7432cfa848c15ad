"""The Word2Vec trainer: its traits, what is read back, the text before it, and what stands where no script runs."""

import json
import re
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from attnlab.widgets import Word2VecTrainer
from attnlab.widgets.word2vec_trainer_checks import MAX_STEPS, MAX_TEXT
from attnlab.widgets.word2vec_trainer_run import METHODS, Draws
from attnlab.widgets.word2vec_trainer_text import MAX_WORDS, read
from attnlab.widgets.word2vec_trainer_texts import EXAMPLES
from attnlab.word2vec import cbow_loss, skip_gram_loss
from tests.mutants import mutant

SMALL = "Kings rule lands. Queens rule lands. Cats eat fish. Dogs eat fish!"
SHARED = {
    *("text", "loss", "window", "dim", "learning_rate", "negatives"),
    *("seed", "steps", "computed", "follow", "side"),
}
WILD = "a a b a c a a b d c a a b e a d a a c b a a"  # with large steps its numbers overflow


@pytest.fixture
def widget() -> Word2VecTrainer:
    return Word2VecTrainer(SMALL, dim=3, steps=24, learning_rate=0.2)


# --- what is there at once --------------------------------------------------------------------------------------------


def test_the_state_has_the_keys_that_the_front_end_reads(widget: Word2VecTrainer) -> None:
    state = widget.page_state()
    assert set(state) == {"kind", "version", "lang", "widget_id", "examples", "defaults"} | SHARED
    assert state["kind"] == "word2vec"
    assert set(state["defaults"]) == SHARED
    json.dumps(state, allow_nan=False)


def test_the_worked_example_shows_what_was_learned() -> None:
    widget = Word2VecTrainer()
    for method in METHODS:
        for group in (["kings", "queens", "princes"], ["apples", "bananas", "pears"]):
            for word in group:
                found = {name for name, _ in widget.nearest(word, 2)[method]}
                assert found == set(group) - {word}, (method, word)
        places = len(widget.corpus.places(widget.window))
        losses = widget.losses[method]
        assert losses[-places:].mean() < 0.8 * losses[:places].mean()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_texts_are_short_and_can_be_learned(example: Any) -> None:
    corpus = read(example.text)
    assert corpus.problem is None
    assert 50 <= int(corpus.counts.sum()) <= 150
    assert example.follow in corpus.words


def test_both_sides_start_from_the_same_matrix() -> None:
    widget = Word2VecTrainer(SMALL, steps=0, dim=4)
    np.testing.assert_array_equal(widget.vectors["cbow"], widget.vectors["skip-gram"])
    assert np.abs(widget.vectors["cbow"]).max() <= 1 / 4
    assert not widget.output_vectors["cbow"].any()
    assert widget.step is None
    assert widget.losses["cbow"].shape == (0,)
    other = Word2VecTrainer(SMALL, steps=0, dim=4, seed=9)
    assert not np.array_equal(other.vectors["cbow"], widget.vectors["cbow"])


# --- steps ------------------------------------------------------------------------------------------------------------


def test_a_step_is_the_packages_own(widget: Word2VecTrainer) -> None:
    widget.compute()
    before, outputs, steps = widget.vectors, widget.output_vectors, widget.step
    assert steps is not None
    index = {word: place for place, word in enumerate(widget.words)}
    center, context = index[steps["cbow"].center], [index[word] for word in steps["cbow"].context]
    expected = {
        "cbow": cbow_loss(before["cbow"], outputs["cbow"], context, center),
        "skip-gram": skip_gram_loss(before["skip-gram"], outputs["skip-gram"], center, context),
    }
    widget.apply()
    assert widget.steps == 25
    assert not widget.computed
    for method in METHODS:
        step, loss = steps[method], expected[method]
        assert not step.applied
        assert step.loss == loss.loss == widget.losses[method][-1]
        np.testing.assert_array_equal(step.input_gradient, loss.input_gradient)
        assert step.norms["output"] == pytest.approx(float(np.sqrt((loss.output_gradient**2).sum())))
        np.testing.assert_allclose(widget.vectors[method], before[method] - 0.2 * loss.input_gradient, atol=1e-12)
        np.testing.assert_allclose(
            widget.output_vectors[method], outputs[method] - 0.2 * loss.output_gradient, atol=1e-12
        )
        last = widget.step[method]  # type: ignore[index]
        assert (last.number, last.applied) == (24, True)
        assert last.loss == step.loss


def test_the_named_parts_of_a_step_fit_together() -> None:
    for loss in ("softmax", "negative-sampling"):
        widget = Word2VecTrainer(SMALL, loss=loss, negatives=4, steps=30)
        found = widget.step
        assert found is not None
        for step in found.values():
            np.testing.assert_allclose(step.rows.mean(axis=0), step.predicting)
            assert step.loss == pytest.approx(step.losses.sum())
            assert step.scores.shape == step.probabilities.shape == step.wanted.shape == step.scored.shape
            assert step.wanted.sum() == len(step.predicted)
            if loss == "softmax":
                assert step.negatives is None
                np.testing.assert_allclose(step.probabilities.sum(axis=1), 1)
            else:
                assert step.negatives is not None
                assert [len(row) for row in step.negatives] == [4] * len(step.predicted)
                np.testing.assert_allclose(step.probabilities, 1 / (1 + np.exp(-step.scores)))


def test_the_same_settings_give_the_same_numbers_whatever_came_between(widget: Word2VecTrainer) -> None:
    expected = widget.vectors
    widget.train(7)
    widget.window = 1
    assert not np.array_equal(widget.vectors["cbow"], expected["cbow"])
    widget.steps, widget.window = 24, 2
    widget.computed = True
    assert widget.step is not None
    for method in METHODS:
        np.testing.assert_array_equal(widget.vectors[method], expected[method])


def test_the_end(widget: Word2VecTrainer) -> None:
    widget.steps = MAX_STEPS - 3
    widget.train(10)
    assert widget.steps == MAX_STEPS
    widget.compute()
    assert not widget.is_waiting
    with pytest.raises(ValueError, match="no step is computed"):
        widget.apply()


def test_what_is_read_is_a_copy(widget: Word2VecTrainer) -> None:
    widget.vectors["cbow"][:] = 0
    widget.output_vectors["cbow"][:] = 0
    assert widget.vectors["cbow"].any()
    assert widget.output_vectors["cbow"].any()


def test_two_dimensions_are_drawn_as_they_are() -> None:
    widget = Word2VecTrainer(SMALL, dim=2, steps=5)
    np.testing.assert_array_equal(widget.coordinates["cbow"], widget.vectors["cbow"])


def test_more_dimensions_are_seen_along_the_principal_axes() -> None:
    widget = Word2VecTrainer(dim=5, steps=700)
    for method in METHODS:
        vectors = widget.vectors[method] - widget.vectors[method].mean(axis=0)
        shown = widget.coordinates[method] - widget.coordinates[method].mean(axis=0)
        best = float((np.linalg.svd(vectors, compute_uv=False)[:2] ** 2).sum())
        assert 0.98 * best < float((shown**2).sum()) <= best * (1 + 1e-9)


# --- random numbers ---------------------------------------------------------------------------------------------------


def frequencies(text: ModuleType) -> NDArray[np.float64]:
    """How often each of three words is drawn as noise, when they are met 16, 4 and 1 times."""
    corpus = text.read("a " * 16 + "b " * 4 + "c")
    ends = corpus.noise_ends()
    places = np.searchsorted(ends, Draws(3, "cbow").take(4000) * ends[-1], side="right")
    return np.bincount(places, minlength=3) / 4000


def check_noise(text: ModuleType) -> None:
    weights = np.array([16.0, 4.0, 1.0]) ** 0.75
    np.testing.assert_allclose(frequencies(text), weights / weights.sum(), atol=0.02)


TEXT_MODULES = ("widgets.word2vec_trainer_text",)


def test_noise_is_drawn_by_the_count_to_the_three_quarters() -> None:
    check_noise(mutant(TEXT_MODULES, TEXT_MODULES[0], "roots * np.sqrt(roots)", "roots * np.sqrt(roots) * 1"))


@pytest.mark.parametrize("wrong", ["roots * roots", "roots", "roots * 0 + 1"])
def test_noise_drawn_otherwise_is_noticed(wrong: str) -> None:
    with pytest.raises(AssertionError, match="Not equal"):
        check_noise(mutant(TEXT_MODULES, TEXT_MODULES[0], "roots * np.sqrt(roots)", wrong))


def test_no_use_of_random_numbers_shares_them_with_another() -> None:
    drawn = [Draws(5, stream).take(50) for stream in ("matrix", "cbow", "skip-gram")]
    assert len(np.unique(np.concatenate(drawn))) == 150
    again = Draws(5, "cbow")
    np.testing.assert_array_equal(np.concatenate([again.take(20), again.take(30)]), drawn[1])


# --- bad input --------------------------------------------------------------------------------------------------------

PROBLEMS = [
    ("", "no word"),
    (" ?! 🍎 ", "no word"),
    ("wine", "one word only"),
    ("Wine wine. WINE!", "one word only"),
    ("red. white", "no window reaches"),
]


@pytest.mark.parametrize(("text", "said"), PROBLEMS)
def test_a_text_without_anything_to_learn_is_said_to_be_one(text: str, said: str) -> None:
    widget = Word2VecTrainer(text, computed=True, steps=3)
    assert said in widget.summary()
    assert said in widget.fallback_html()
    assert widget.text == text
    for name in ("vectors", "output_vectors", "losses", "step", "coordinates"):
        with pytest.raises(ValueError, match=said):
            getattr(widget, name)
    with pytest.raises(ValueError, match=said):
        widget.nearest()
    widget.text = SMALL
    assert widget.vectors["cbow"].shape == (len(widget.words), 2)


def test_numbers_that_grow_without_bound_are_said_to_do_so() -> None:
    widget = Word2VecTrainer(WILD, dim=10, window=5, learning_rate=0.5, steps=2000)
    assert "without bound" in widget.summary()
    assert "without bound" in widget.fallback_html()
    with pytest.raises(ValueError, match="without bound"):
        _ = widget.vectors
    widget.learning_rate = 0.01
    assert np.isfinite(widget.vectors["skip-gram"]).all()


@pytest.mark.parametrize("text", ["<b>bold</b> </script> words", "猫吃鱼。狗吃肉。", "🍎 apple 🍌 banana"])
def test_any_text_is_text(text: str) -> None:
    widget = Word2VecTrainer(text, steps=12)
    for html in (widget.page_html(), widget.fallback_html()):
        assert "<b>" not in html
    assert widget.page_html().count("</script>") == 1
    assert all(re.fullmatch(r"\w+", word) for word in widget.words)


def test_a_long_text_keeps_its_most_frequent_words() -> None:
    text = " ".join(f"word{number % 300}." if number % 5 else "often often" for number in range(1200))[:MAX_TEXT]
    widget = Word2VecTrainer(text, steps=50, window=5)
    assert len(text) > 9000
    assert len(widget.words) == MAX_WORDS
    assert widget.corpus.left_out > 100
    assert widget.words[0] == "often"
    assert widget.vectors["cbow"].shape == (MAX_WORDS, 2)


WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"text": 3}, TypeError, "text must be a string, got int"),
    ({"text": "a" * 10_001}, ValueError, "10001 characters, at most 10000"),
    ({"loss": "hinge"}, ValueError, "loss must be one of 'negative-sampling', 'softmax', got 'hinge'"),
    ({"loss": None}, TypeError, "loss must be one of"),
    ({"window": 0}, ValueError, "window must be from 1 to 5, got 0"),
    ({"window": 2.5}, TypeError, "window"),
    ({"dim": 11}, ValueError, "dim must be from 2 to 10, got 11"),
    ({"learning_rate": 0.6}, ValueError, r"learning_rate must be from 0\.001 to 0\.5, got 0\.6"),
    ({"learning_rate": float("nan")}, ValueError, "learning_rate must be from"),
    ({"learning_rate": True}, TypeError, "learning_rate must be a number, got bool"),
    ({"negatives": 0}, ValueError, "negatives must be from 1 to 10, got 0"),
    ({"seed": -1}, ValueError, "seed must be from 0"),
    ({"steps": 5001}, ValueError, "steps must be from 0 to 5000, got 5001"),
    ({"computed": 1}, TypeError, "computed must be True or False, got int"),
    ({"side": "both"}, ValueError, "side must be one of 'cbow', 'skip-gram', got 'both'"),
    ({"follow": 5}, TypeError, "follow must be a string"),
]


@pytest.mark.parametrize(("given", "error", "message"), WRONG)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    widget: Word2VecTrainer, given: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Word2VecTrainer(**given)
    before = widget.page_state()
    for name, value in given.items():
        with pytest.raises(error, match=message):
            setattr(widget, name, value)
    assert widget.page_state() == before


def test_a_word_that_is_not_there(widget: Word2VecTrainer) -> None:
    with pytest.raises(ValueError, match="'pears' is not among the 8 words"):
        widget.nearest("pears")
    widget.follow = "pears"
    assert widget.followed == widget.words[0] == "eat"
    widget.follow = "fish"
    assert widget.followed == "fish"


# --- where no script runs ---------------------------------------------------------------------------------------------


def test_the_fallback_says_what_was_learned() -> None:
    widget = Word2VecTrainer()
    html = widget.fallback_html()
    (first,) = widget.nearest("kings", 1)["cbow"]
    assert f"{first[0]} {first[1]:.2f}" in html
    assert html.count("<tr>") == 1 + 12
    assert "1500 steps" in widget.summary()
    chinese = Word2VecTrainer(lang="zh")
    assert "最近" in chinese.fallback_html()
    assert repr(widget) == "<Word2VecTrainer: 19 words, 1500 steps>"
