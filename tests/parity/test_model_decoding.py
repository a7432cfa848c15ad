"""The front end decodes as Python does: every step of greedy, sampling and beam search."""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from attnlab.decoding import BeamStep, Hypothesis, Step, beam_search, greedy, keep_top_k, keep_top_p, with_temperature
from attnlab.transformer import EncoderDecoder, Transformer
from tests.parity.model_files import LONGEST, SV, Mistake, Run, V, array, build, bundle, close, write

START, END = 1, 2
SOURCE, PROMPT = [8, 0, 4, 17, 4, 11], [3, 1, 22]

MISTAKES: dict[str, Mistake] = {
    "the last of equal tokens": ("decoding.ts", "logProbabilities[token] > logProbabilities[best]",
                                 "logProbabilities[token] >= logProbabilities[best]"),
    "float32 probabilities": ("sampling.ts", "Float64Array.from(logits.subarray", "Float32Array.from(logits.subarray"),
    "one token too many": ("reader.ts", "ids.length >= this.#o", "ids.length > this.#o"),
    "room for one less": ("reader.ts", "this.prompt.length + 1", "this.prompt.length"),
    "the first query's attention": ("reader.ts", "(row * Tq + Tq - 1) * Tk, (row + 1) * Tq * Tk",
                                    "row * Tq * Tk, (row * Tq + 1) * Tk"),
    "forced tokens are not read": ("decoding.ts", "dictated ?? chosen", "chosen"),
    "an old cache": ("reader.ts", "reorder(parents)", "reorder(parents.map(() => 0))"),
    "rows in order": ("cache.ts", "from.subarray(parent * row, parent * row", "from.subarray(i * row, i * row"),
    "positions begin again": ("transformer.ts", "embed(this.#embedding, ids, start)", "embed(this.#embedding, ids, 0)"),
    "no length penalty": ("beam.ts", "total / lengthDivisor(ids.length, alpha)", "total"),
    "a penalty of the text before": ("beam.ts", "(ids.length, alpha)", "(ids.length - 1, alpha)"),
    "the later of equal texts": ("beam.ts", "place > 0 && total > best", "place > 0 && total >= best"),
    "finished texts go on": ("beam.ts", "!isOver(child)", "!isOver(child) || finished.length === 0"),
    "stops at the first end": ("beam.ts", "finished.length >= width", "finished.length >= 1"),
    "cut texts do not compete": ("beam.ts", "[...finished, ...live];", "finished.length > 0 ? finished : live;"),
}  # fmt: skip


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    return bundle(tmp_path_factory.mktemp("engines"), MISTAKES)


@pytest.fixture(scope="module")
def engine(engines: dict[str, Run]) -> Run:
    return engines[""]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("models")
    for name, model in models().items():
        write(where / name, model)
    return where


def models() -> dict[str, Transformer]:
    """One of each family that writes, and one for which all tokens but the first are equally likely."""
    made = {
        "writer": build("decoder-only", 5, positions="rotary", norm="pre"),
        "translator": build("encoder-decoder", 6, source_vocab_size=SV, pad_id=0),
        "undecided": build("encoder-decoder", 7, positions="none", tie_embeddings=False),
    }
    made["undecided"].get_parameter("unembedding.weight").data[1:] = 0.0
    return made


# --- the same jobs for both -------------------------------------------------------------------------------------------

GREEDY: list[dict[str, Any]] = [
    *({"model": name, "max_new_tokens": 30} for name in models()),
    {"model": "writer", "max_new_tokens": 4},
    {"model": "writer", "max_new_tokens": 6, "forced": {1: 7, 3: END}, "end_id": END},
    {"model": "translator", "max_new_tokens": 7, "forced": {0: 4, 5: 0}, "end_id": END},
]
BEAM: list[dict[str, Any]] = [
    {"model": "writer", "width": 3, "max_new_tokens": 30, "end_id": 6, "length_penalty": 2.0},
    {"model": "writer", "width": 4, "max_new_tokens": 6, "end_id": 5, "length_penalty": 2.0},
    {"model": "writer", "width": 3, "max_new_tokens": 30, "end_id": 15, "length_penalty": 0.7},
    {"model": "writer", "width": 1, "max_new_tokens": 5},
    {"model": "writer", "width": 30, "max_new_tokens": 2, "length_penalty": 0.6},
    {"model": "translator", "width": 3, "max_new_tokens": 5, "end_id": 11},
    {"model": "translator", "width": 3, "max_new_tokens": 8, "forced": {1: 5, 4: END}, "end_id": END},
    {"model": "undecided", "width": 3, "max_new_tokens": 5, "end_id": 20},
]
NAMES = {
    "max_new_tokens": "maxNewTokens",
    "length_penalty": "lengthPenalty",
    "start_id": "startId",
    "end_id": "endId",
    "use_cache": "useCache",
    "return_weights": "weights",
    "temperature": "temperature",
    "top_k": "topK",
    "top_p": "topP",
}


def arguments(asked: dict[str, Any]) -> tuple[list[int], dict[str, Any]]:
    """What a model reads, and the options of Python's function."""
    options = {name: value for name, value in asked.items() if name != "model"} | {"return_weights": True}
    return (PROMPT, options) if asked["model"] == "writer" else (SOURCE, options | {"start_id": START})


def in_engine(run: Run, folder: Path, kind: str, asked: list[dict[str, Any]], **more: Any) -> list[Any]:
    jobs = []
    for one in asked:
        ids, options = arguments(one)
        named = {NAMES.get(name, name): value for name, value in options.items()} | more
        jobs.append({"kind": kind, "folder": str(folder / one["model"]), "ids": ids, "options": named})
    return run(jobs)


def assert_same_attention(found: dict[str, Any], expected: Any, rows: Tensor | None = None) -> None:
    assert set(found) == set(expected)
    for name, weights in expected.items():
        close(array(found[name]), weights if rows is None else weights[rows])


def assert_same_step(found: dict[str, Any], expected: Step) -> None:
    for name in ("index", "token", "forced", "reason"):
        assert found[name] == getattr(expected, name)
    assert found["ids"] == list(expected.ids)
    assert math.isclose(found["logProbability"], expected.log_probability, abs_tol=1e-4)
    close(array(found["distribution"]), expected.distribution, 1e-5)
    close(array(found["filtered"]), expected.filtered, 1e-5)
    assert math.isclose(float(array(found["distribution"]).sum()), 1.0, abs_tol=1e-12)
    assert_same_attention(found["attention"], expected.attention)


def assert_same_hypotheses(found: list[dict[str, Any]], expected: tuple[Hypothesis, ...]) -> None:
    assert [(one["ids"], one["parent"]) for one in found] == [(list(one.ids), one.parent) for one in expected]
    for one, other in zip(found, expected, strict=True):
        assert math.isclose(one["logProbability"], other.log_probability, abs_tol=1e-4)
        assert math.isclose(one["score"], other.score, abs_tol=1e-4)


def assert_same_beam_step(found: dict[str, Any], expected: BeamStep) -> None:
    assert (found["index"], found["reason"]) == (expected.index, expected.reason)
    assert_same_hypotheses(found["live"], expected.live)
    assert_same_hypotheses(found["finished"], expected.finished)
    assert found["best"]["ids"] == list(expected.best.ids)
    assert len(found["distributions"]) == len(expected.distributions)
    for row, distribution in zip(found["distributions"], expected.distributions, strict=True):
        close(array(row), distribution, 1e-5)
    assert_same_attention(found["attention"], expected.attention)


@cache
def in_python(kind: str, number: int) -> list[Any]:
    asked = {"greedy": GREEDY, "beam": BEAM}[kind][number]
    ids, options = arguments(asked)
    decode = {"greedy": greedy, "beam": beam_search}[kind]
    return list(decode(models()[asked["model"]], ids, **options))


def assert_same(run: Run, folder: Path, kind: str, **more: Any) -> None:
    asked, same = {"greedy": (GREEDY, assert_same_step), "beam": (BEAM, assert_same_beam_step)}[kind]
    for number, found in enumerate(in_engine(run, folder, kind, asked, **more)):
        expected = in_python(kind, number)
        assert len(found) == len(expected)
        for step, other in zip(found, expected, strict=True):
            same(step, other)


@pytest.mark.parametrize("use_cache", [True, False])
@pytest.mark.parametrize("kind", ["greedy", "beam"])
def test_every_step_is_the_same(engine: Run, folder: Path, kind: str, use_cache: bool) -> None:
    assert_same(engine, folder, kind, useCache=use_cache)


def test_the_jobs_end_for_every_reason() -> None:
    """So that no rule goes untested: all reasons, and texts that were cut against texts that ended."""
    lasts = {kind: [in_python(kind, i)[-1] for i in range(n)] for kind, n in (("greedy", 6), ("beam", 8))}
    for steps in lasts.values():
        assert {step.reason for step in steps} == {"end", "max_new_tokens", "max_length"}
    cut = [step for step in lasts["beam"] if step.finished and step.reason != "end"]
    assert {step.best in step.finished for step in cut} == {True, False}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_noticed(engines: dict[str, Run], folder: Path, mistake: str) -> None:
    def check() -> None:
        assert_same(engines[mistake], folder, "greedy")
        assert_same(engines[mistake], folder, "beam")

    with pytest.raises(AssertionError):
        check()


# --- sampling ---------------------------------------------------------------------------------------------------------

FILTERS = [
    {"temperature": temperature, "topK": k, "topP": p}
    for temperature in (0.01, 0.7, 1.0, 3.0)
    for k in (None, 1, 4, V)
    for p in (None, 0.05, 0.6, 0.99, 1.0)
]


def filtered_in_python(logits: Tensor, temperature: float, k: int | None, p: float | None) -> Tensor:
    distribution = with_temperature(logits, temperature)
    if k is not None:
        distribution = keep_top_k(distribution, k)
    return distribution if p is None else keep_top_p(distribution, p)


def test_filters(engine: Run) -> None:
    """Ordinary logits, and ones of which many are equal."""
    generator = torch.Generator().manual_seed(0)
    rows = [torch.randn(V, generator=generator).double() * 2, torch.randint(0, 3, (V,), generator=generator).double()]
    jobs = [{"kind": "filter", "logits": row.tolist(), **one} for row in rows for one in FILTERS]
    for job, found in zip(jobs, engine(jobs), strict=True):
        expected = filtered_in_python(
            torch.tensor(job["logits"]).double(), job["temperature"], job["topK"], job["topP"]
        )
        close(array(found), expected, 1e-12)


def test_sampling(engine: Run, folder: Path) -> None:
    """The drawn tokens are the engine's own; what they were drawn from follows from the tokens before them."""
    asked = [{"model": name, "max_new_tokens": 6, "top_k": 9, "top_p": 0.9, "temperature": 1.4} for name in models()]
    for one, steps in zip(asked, in_engine(engine, folder, "sample", asked, seed=3), strict=True):
        model, (ids, _) = models()[one["model"]], arguments(one)
        assert [step["index"] for step in steps] == list(range(6))
        for step in steps:
            before = step["ids"][:-1]
            with torch.no_grad():
                if isinstance(model, EncoderDecoder):
                    memory = model.encode(torch.tensor([ids]))
                    logits = model.decode(torch.tensor([[START, *before]]), memory)[0, -1]
                else:
                    logits = model(torch.tensor([[*ids, *before]]))[0, -1]
            close(array(step["distribution"]), logits.double().softmax(-1), 1e-5)
            # Near the border of the nucleus the last bit decides, so the engine's own distribution is what is filtered.
            own = array(step["distribution"]).log()
            close(array(step["filtered"]), filtered_in_python(own, 1.4, 9, 0.9), 1e-9)
            assert array(step["filtered"])[step["token"]] > 0


def test_draws_follow_the_distribution(engine: Run, folder: Path) -> None:
    """600 first tokens: each token as often as it is likely, within 5 standard deviations."""
    jobs = [
        {
            "kind": "sample",
            "folder": str(folder / "writer"),
            "ids": PROMPT,
            "options": {"seed": seed, "maxNewTokens": 1, "temperature": 2.0},
        }
        for seed in range(600)
    ]
    drawn = [steps[0] for steps in engine(jobs)]
    likely = array(drawn[0]["filtered"])
    counts = torch.bincount(torch.tensor([step["token"] for step in drawn]), minlength=V)
    deviation = (600 * likely * (1 - likely)).sqrt()
    assert ((counts - 600 * likely).abs() <= 5 * deviation + 1).all()
    assert len({step["token"] for step in drawn}) > 5
    again = engine(jobs[:5])
    assert json.dumps(again) == json.dumps([[step] for step in drawn[:5]])


def test_limits_are_errors_of_the_call(engine: Run, folder: Path) -> None:
    """One number is out of range in each; the message quotes it."""
    assert LONGEST == 11
    wrong: list[tuple[str, list[int], dict[str, Any], str]] = [
        ("greedy", [], {"maxNewTokens": 3}, "0 tokens"),
        ("greedy", [1] * 12, {"maxNewTokens": 3}, "12 tokens .* at most 11"),
        ("greedy", [V], {"maxNewTokens": 3}, f"token {V} is not in the vocabulary of {V}"),
        ("greedy", [1], {"maxNewTokens": 0}, "at least 1, got 0"),
        ("greedy", [1], {"maxNewTokens": 3, "startId": 1}, "startId=1 was given"),
        ("greedy", [1], {"maxNewTokens": 3, "forced": {"3": 1}}, "step 3 is forced, but there are at most 3"),
        ("sample", [1], {"maxNewTokens": 3, "seed": 1, "temperature": 0}, "above 0, got 0"),
        ("sample", [1], {"maxNewTokens": 3, "seed": 1, "topK": V + 1}, f"from 1 to the vocabulary's {V} tokens, got"),
        ("sample", [1], {"maxNewTokens": 3, "seed": 1, "topP": 0}, "got 0"),
        ("beam", [1], {"maxNewTokens": 3, "width": 0}, "at least 1, got 0"),
        ("beam", [1], {"maxNewTokens": 3, "width": 2, "lengthPenalty": -1}, "at least 0, got -1"),
        ("beam", [1], {"maxNewTokens": 3, "width": 2, "edits": {"gates": {"x": [1]}}}, 'no attention is named "x"'),
    ]
    for kind, ids, options, message in wrong:
        with pytest.raises(Exception, match=message):
            engine([{"kind": kind, "folder": str(folder / "writer"), "ids": ids, "options": options}])
