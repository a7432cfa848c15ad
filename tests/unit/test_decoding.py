"""Decoding against the same written out by hand, searching every text, and mistakes that people make."""

import itertools
import math
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from attnlab import decoding
from attnlab.decoding import beam_search, greedy, keep_top_k, keep_top_p, length_divisor, run_to_end, sample
from attnlab.transformer import DecoderOnly, EncoderDecoder, EncoderOnly, TransformerConfig
from tests.mutants import mutant

V, MAX_LENGTH, START, END, OTHER_END = 7, 12, 5, 6, 4
PROMPT = [1, 6, 2]
# What a model says comes next: the ids of a whole text -> log-probabilities (V,), one float each.
Oracle = Callable[[tuple[int, ...]], list[float]]


def seeded(model: Any, seed: int) -> Any:
    """The model in float64 with weights large enough that it is sure of some things and unsure of others."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.double().eval().parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64) * 0.6)
    return model


@cache
def decoder_only(seed: int, vocab_size: int = V, max_length: int = MAX_LENGTH) -> DecoderOnly:
    config = TransformerConfig(vocab_size, 6, 3, 2, 10, max_length, norm="pre", positions="learned")
    return seeded(DecoderOnly(config), seed)


@cache
def encoder_decoder(seed: int) -> EncoderDecoder:
    config = TransformerConfig(
        V, 8, 2, 1, 10, MAX_LENGTH, n_decoder_layers=2, source_vocab_size=9, tie_embeddings=False
    )
    return seeded(EncoderDecoder(config), seed)


KINDS = ("decoder only", "encoder-decoder")
GATES = {
    "decoder only": {"decoder.layers.1.self_attention": torch.tensor([1.0, 0.0, 0.5])},
    "encoder-decoder": {
        "encoder.layers.0.attention": torch.tensor([0.0, 1.0]),
        "decoder.layers.1.cross_attention": torch.tensor([1.0, 0.0]),
    },
}


@cache
def case(kind: str, seed: int) -> tuple[Any, Mapping[str, Any], Oracle]:
    """A model, the arguments that start it, and what it says by itself, everything computed anew for each text."""
    kind, _, off = kind.partition(", ")
    gates = GATES[kind] if off else None
    more = {"gates": gates} if off else {}
    if kind == "decoder only":
        model = decoder_only(seed)

        def logits(ids: tuple[int, ...]) -> Tensor:
            return model(torch.tensor([[*PROMPT, *ids]]), gates=gates)

        return model, MappingProxyType({"ids": PROMPT, **more}), oracle(logits)
    translator = encoder_decoder(seed)
    source = [8, 0, 4, 7]

    def translated(ids: tuple[int, ...]) -> Tensor:
        return translator(torch.tensor([source]), torch.tensor([[START, *ids]]), gates=gates)

    return translator, MappingProxyType({"ids": source, "start_id": START, **more}), oracle(translated)


def oracle(logits: Callable[[tuple[int, ...]], Tensor]) -> Oracle:
    @cache
    @torch.no_grad()
    def says(ids: tuple[int, ...]) -> list[float]:
        row = logits(ids)[0, -1].tolist()
        total = math.log(math.fsum(math.exp(number) for number in row))
        return [number - total for number in row]

    return says


# --- written out by hand ----------------------------------------------------------------------------------------------


def greedy_by_hand(says: Oracle, steps: int, forced: dict[int, int], end: int = END) -> tuple[int, ...]:
    ids: tuple[int, ...] = ()
    while len(ids) < steps and end not in ids:
        row = says(ids)
        ids = (*ids, forced.get(len(ids), row.index(max(row))))
    return ids


def filtered_by_hand(row: list[float], temperature: float, k: int | None, p: float | None) -> list[float]:
    """Temperature, then the k likeliest, then the smallest set with mass p."""

    def normalized(shares: dict[int, float]) -> dict[int, float]:
        return {token: share / math.fsum(shares.values()) for token, share in shares.items()}

    shares = normalized({token: math.exp(number / temperature) for token, number in enumerate(row)})
    order = sorted(shares, key=lambda token: -shares[token])
    if k is not None:
        order = order[:k]
        shares = normalized({token: shares[token] for token in order})
    if p is not None:
        smallest = next(n for n in range(1, len(order) + 1) if math.fsum(shares[t] for t in order[:n]) >= p - 1e-12)
        shares = normalized({token: shares[token] for token in order[:smallest]})
    return [shares.get(token, 0.0) for token in range(len(row))]


def by_score(texts: dict[tuple[int, ...], float], alpha: float) -> list[tuple[tuple[int, ...], float]]:
    """Texts with their log-probabilities -> texts with their scores, best first. Equation 14 of Wu et al."""
    scored = {ids: total / ((5 + len(ids)) ** alpha / 6**alpha) for ids, total in texts.items()}
    return sorted(scored.items(), key=lambda item: -item[1])


def beam_by_hand(says: Oracle, width: int, steps: int, forced: dict[int, int], end: int) -> tuple[dict, dict]:
    """The texts that are live and finished at the end, with their log-probabilities."""
    live: dict[tuple[int, ...], float] = {(): 0.0}
    finished: dict[tuple[int, ...], float] = {}
    for step in range(steps):
        rows = {ids: says(ids) for ids in live}
        tokens = [forced[step]] if step in forced else range(V)
        children = {(*ids, token): live[ids] + rows[ids][token] for ids in live for token in tokens}
        kept = dict(sorted(children.items(), key=lambda item: -item[1])[:width])
        live = {ids: total for ids, total in kept.items() if ids[-1] != end}
        finished |= {ids: total for ids, total in kept.items() if ids[-1] == end}
        if not live or len(finished) >= width:
            break
    return live, finished


# --- the checks, for the library and for its mutants ------------------------------------------------------------------

STEPS = 5
SEEDS = (1, 2, 11)
FORCED = ({}, {0: 5}, {2: 3}, {1: 0, 3: END})


def check_greedy(library: Any) -> None:
    for kind, seed, forced, use_cache in itertools.product(KINDS, SEEDS, FORCED, (True, False)):
        model, arguments, says = case(kind, seed)
        steps = list(
            library.greedy(model, **arguments, max_new_tokens=STEPS, end_id=END, forced=forced, use_cache=use_cache)
        )
        ids = greedy_by_hand(says, STEPS, forced)
        assert steps[-1].ids == ids
        assert [step.reason for step in steps] == [None] * (len(ids) - 1) + [
            "end" if ids[-1] == END else "max_new_tokens"
        ]
        for index, step in enumerate(steps):
            row = says(ids[:index])
            assert (step.index, step.token, step.ids) == (index, ids[index], ids[: index + 1])
            assert step.forced == (index in forced)
            assert math.isclose(step.log_probability, row[step.token], rel_tol=1e-9)
            wanted = torch.tensor(row, dtype=torch.float64).exp()
            assert torch.allclose(step.distribution, wanted, atol=1e-12)
            assert torch.allclose(step.filtered, wanted, atol=1e-12)


FILTERS = ((1.0, None, None), (0.6, None, None), (1.7, 3, None), (1.0, None, 0.7), (0.8, 5, 0.8))


def check_sampling(library: Any) -> None:
    for seed, (temperature, k, p), forced in itertools.product(SEEDS, FILTERS, FORCED):
        model, arguments, says = case(KINDS[seed % 2], seed)
        generator, same = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed)
        steps = library.sample(
            model,
            **arguments,
            generator=generator,
            temperature=temperature,
            top_k=k,
            top_p=p,
            max_new_tokens=STEPS,
            end_id=END,
            forced=forced,
        )
        ids: tuple[int, ...] = ()
        for step in steps:
            row = says(ids)
            wanted = torch.tensor(filtered_by_hand(row, temperature, k, p), dtype=torch.float64)
            drawn = int(torch.multinomial(wanted, 1, generator=same))
            ids = (*ids, forced.get(len(ids), drawn))
            assert step.ids == ids
            assert torch.allclose(step.filtered, wanted, atol=1e-12)
            assert torch.allclose(step.distribution, torch.tensor(row, dtype=torch.float64).exp(), atol=1e-12)
            assert math.isclose(step.log_probability, row[step.token], rel_tol=1e-9)
        assert len(ids) == STEPS or ids[-1] == END


def check_beam(library: Any) -> None:
    more = (
        (None, END, {}),
        (1.5, END, {}),
        (0.9, END, {0: 5}),
        (0.9, OTHER_END, {2: 3}),
        (None, OTHER_END, {1: OTHER_END}),
    )
    cases = itertools.product(KINDS, SEEDS, (2, 3), more, (True, False))
    for kind, seed, width, (alpha, end, forced), use_cache in cases:
        model, arguments, says = case(kind, seed)
        steps = list(
            library.beam_search(
                model,
                **arguments,
                width=width,
                length_penalty=alpha,
                max_new_tokens=STEPS,
                end_id=end,
                forced=forced,
                use_cache=use_cache,
            )
        )
        for count, step in enumerate(steps, 1):
            live, finished = (by_score(texts, alpha or 0) for texts in beam_by_hand(says, width, count, forced, end))
            assert_same_texts(step.live, live)
            assert_same_texts(step.finished, finished)
        over = not live or len(finished) >= width
        assert [step.reason for step in steps[:-1]] == [None] * (len(steps) - 1)
        assert steps[-1].reason == ("end" if over else "max_new_tokens")
        assert over or len(steps) == STEPS
        assert steps[-1].ids == max(finished if over else finished + live, key=lambda item: item[1])[0]
        assert_parents(steps, says)


def assert_same_texts(found: tuple, wanted: list) -> None:
    assert [hypothesis.ids for hypothesis in found] == [ids for ids, _ in wanted]
    for hypothesis, (_, score) in zip(found, wanted, strict=True):
        assert math.isclose(hypothesis.score, score, rel_tol=1e-9)


def assert_parents(steps: list, says: Oracle) -> None:
    """Each hypothesis is its parent and one token; the row of its parent is what the model says after the parent."""
    before = [()]
    for step in steps:
        wanted = torch.tensor([says(ids) for ids in before], dtype=torch.float64).exp()
        assert torch.allclose(step.distributions, wanted, atol=1e-12)
        new = [hypothesis for hypothesis in step.live + step.finished if len(hypothesis.ids) == step.index + 1]
        for hypothesis in new:
            assert before[hypothesis.parent] == hypothesis.ids[:-1]
        before = [hypothesis.ids for hypothesis in step.live]


def check_length(library: Any) -> None:
    """Three tokens and nine more are the twelve that the model reads; the one after them is the last."""
    model = decoder_only(0)
    steps = list(library.greedy(model, PROMPT, max_new_tokens=50))
    assert len(steps) == MAX_LENGTH - len(PROMPT) + 1
    assert (steps[-2].reason, steps[-1].reason) == (None, "max_length")
    beams = list(library.beam_search(model, PROMPT, width=2, max_new_tokens=50))
    assert len(beams) == len(steps)
    assert beams[-1].reason == "max_length"


def check_gates(library: Any) -> None:
    """Heads that are turned down are so in all that is read, whichever way the tokens are chosen."""
    for kind, use_cache in itertools.product(KINDS, (True, False)):
        model, arguments, says = case(f"{kind}, heads off", 2)
        _, _, says_otherwise = case(kind, 2)
        assert says(()) != says_otherwise(())
        ids = greedy_by_hand(says, 4, {})
        more = {**arguments, "max_new_tokens": 4, "end_id": END, "use_cache": use_cache}
        same = torch.Generator().manual_seed(0)
        assert library.run_to_end(library.sample(model, generator=same, top_k=1, **more)) == ids
        assert library.run_to_end(library.beam_search(model, width=1, **more)) == ids
        for index, step in enumerate(library.greedy(model, **more)):
            wanted = torch.tensor(says(ids[:index]), dtype=torch.float64).exp()
            assert torch.allclose(step.distribution, wanted, atol=1e-12)


def assert_decodes(library: Any) -> None:
    check_length(library)
    check_greedy(library)
    check_sampling(library)
    check_beam(library)
    check_gates(library)


def test_the_package_decodes() -> None:
    assert_decodes(decoding)


def test_the_models_are_not_degenerate() -> None:
    """They are neither sure nor clueless, end sometimes but not always, and depend on all that they have read."""
    for kind in KINDS:
        tops, lengths = [], set()
        for seed in SEEDS:
            _, _, says = case(kind, seed)
            tops += [math.exp(max(says(ids))) for ids in ((), (4,), (0, 6), (6, 0))]
            assert says((0, 6)) != says((6, 6))
            lengths.add(len(greedy_by_hand(says, STEPS, {})))
        assert 0.25 < sorted(tops)[len(tops) // 2] < 0.95
        assert len(lengths) > 1


# --- planted mistakes: the package's own source with one line changed -------------------------------------------------

PARTS = ("decoding.sampling", "decoding.reading", "decoding.beam", "decoding.loop", "decoding")


MISTAKES = {
    "temperature multiplied": ("decoding.sampling", "below / temperature", "below * temperature"),
    "top-k keeps one more": ("decoding.sampling", "order[..., :k]", "order[..., : k + 1]"),
    "top-k keeps the least likely": (
        "decoding.sampling",
        "argsort(dim=-1, descending=True",
        "argsort(dim=-1, descending=False",
    ),
    "top-p drops the token that reaches p": ("decoding.sampling", "before < p", "before + ordered < p"),
    "top-p keeps one more": ("decoding.sampling", "before < p", "before - ordered < p"),
    "top-p is not rescaled": (
        "decoding.sampling",
        "before < p, 0.0))\n    return kept / kept.sum(",
        "before < p, 0.0))\n    return kept / kept.amin(",
    ),
    "drawn from the unfiltered distribution": (
        "decoding.loop",
        "multinomial(distribution, 1",
        "multinomial(log_probabilities.exp(), 1",
    ),
    "the filtered distribution shown as the model's": (
        "decoding.loop",
        "distribution=log_probabilities[0].exp()",
        "distribution=filtered",
    ),
    "no draw at a forced step": (
        "decoding.loop",
        "token = choose(",
        "token = (torch.ones(1), 0) if index in plan.forced else choose(",
    ),
    "the least likely token": ("decoding.loop", "log_probabilities.argmax()", "log_probabilities.argmin()"),
    "forced one step late": ("decoding.loop", "plan.forced.get(index, token)", "plan.forced.get(index - 1, token)"),
    "forced one step early": ("decoding.loop", "plan.forced.get(index, token)", "plan.forced.get(index + 1, token)"),
    "the forced token is shown but not read": (
        "decoding.loop",
        "ids = (*ids, token)",
        "ids = (*ids, int(log_probabilities[0].argmax()))",
    ),
    "one token too many": ("decoding.reading", "len(ids) >= self.max_new_tokens", "len(ids) > self.max_new_tokens"),
    "one token too few of those the model can read": ("decoding.reading", "len(self.prompt) + 1", "len(self.prompt)"),
    "the end goes on": ("decoding.reading", 'return "end"', "pass"),
    "logits of the first position": ("decoding.reading", "logits[:, -1]", "logits[:, 0]"),
    "heads of an encoder stay on": ("decoding.reading", "self.device), gates=self.gates", "self.device)"),
    "heads of a decoder alone stay on": (
        "decoding.reading",
        "self.model(rows, cache=self.cache, gates=self.gates",
        "self.model(rows, cache=self.cache",
    ),
    "heads of a decoder stay on": (
        "decoding.reading",
        "self.model.decode(rows, memory, cache=self.cache, gates=self.gates",
        "self.model.decode(rows, memory, cache=self.cache",
    ),
    "the cache reads everything again": ("decoding.reading", "rows[:, self.cache.length :]", "rows"),
    "the wrong parent's cache": (
        "decoding.reading",
        "torch.tensor(parents,",
        "torch.tensor([min(i, max(parents)) for i in range(len(parents))],",
    ),
    "the cache in reverse order": ("decoding.reading", "torch.tensor(parents,", "torch.tensor(parents[::-1],"),
    "the cache does not follow": ("decoding.beam", "reader.follow([child.parent for", "reader.follow([0 for"),
    "scores add probabilities": ("decoding.beam", "+ log_probabilities.cpu()", "+ log_probabilities.exp().cpu()"),
    "scores multiply logarithms": ("decoding.beam", "so_far[:, None] + log", "(so_far[:, None] - 1) * log"),
    "only the last token counts": ("decoding.beam", "so_far[:, None] + log", "0 * so_far[:, None] + log"),
    "length penalty with the wrong sign": ("decoding.beam", "total / length_divisor", "total * length_divisor"),
    "length penalty by a plain power": ("decoding.beam", "((5 + length) / (5 + 1)) ** alpha", "length ** alpha"),
    "length penalty of the parent's length": (
        "decoding.beam",
        "length_divisor(len(ids), alpha)",
        "length_divisor(len(ids) - 1, alpha)",
    ),
    "the worst are kept": ("decoding.beam", "argsort(descending=True", "argsort(descending=False"),
    "one too many is kept": ("decoding.beam", "stable=True)[:width]", "stable=True)[: width + 1]"),
    "the parent is the column": ("decoding.beam", "divmod(place, len(tokens))", "divmod(place, len(tokens))[::-1]"),
    "forced one step late in a beam": ("decoding.beam", "plan.forced.get(index)", "plan.forced.get(index - 1)"),
    "finished hypotheses go on": ("decoding.beam", "child.ids[-1] != plan.end_id]", "True]"),
    "finished hypotheses are forgotten": ("decoding.beam", "sorted(finished + ended", "sorted(ended"),
    "finished hypotheses by probability": ("decoding.beam", "-hypothesis.score)", "-hypothesis.log_probability)"),
    "the best may be unfinished": ("decoding.beam", 'self.finished if self.reason == "end" else', ""),
    "the search ends with the first": ("decoding.beam", "len(finished) >= width", "len(finished) >= 1"),
    "the search never ends early": ("decoding.beam", "not live or len(finished) >= width", "not live"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_every_planted_mistake_is_caught(name: str) -> None:
    with pytest.raises((AssertionError, ValueError, RuntimeError, IndexError)):
        assert_decodes(mutant(PARTS, *MISTAKES[name]))


def test_the_source_without_a_mistake_is_right() -> None:
    assert_decodes(mutant(PARTS, "decoding.beam", "stable=True)[:width]", "stable=True)[:width:1]"))


# --- numbers on paper -------------------------------------------------------------------------------------------------


class Table(DecoderOnly):
    """A model that says what a table tells it: the last token gives the probabilities of the next."""

    def __init__(self, table: list[list[float]]) -> None:
        super().__init__(TransformerConfig(len(table), 2, 1, 1, 2, max_length=9))
        self.table = torch.tensor(table, dtype=torch.float64)

    def forward(self, ids: Tensor, *_: Any, **__: Any) -> Tensor:
        return self.table[ids].log()


def test_a_beam_finds_what_greed_misses() -> None:
    """From 0, token 1 is likelier than 2, but then nothing is: 0.6 * 0.35 = 0.21 against 0.4 * 0.9 = 0.36."""
    model = Table([[0.0, 0.6, 0.4, 0.0], [0.35, 0.35, 0.0, 0.3], [0.1, 0.0, 0.0, 0.9], [0.25] * 4])
    arguments: dict[str, Any] = {"ids": [0], "max_new_tokens": 2, "use_cache": False}
    assert run_to_end(greedy(model, **arguments)) == (1, 0)
    first, last = beam_search(model, width=2, **arguments)
    assert [hypothesis.ids for hypothesis in first.live] == [(1,), (2,)]
    assert [hypothesis.ids for hypothesis in last.live] == [(2, 3), (1, 0)]
    assert [hypothesis.parent for hypothesis in last.live] == [1, 0]
    assert [round(math.exp(hypothesis.log_probability), 12) for hypothesis in last.live] == [0.36, 0.21]
    assert last.ids == last.best.ids == (2, 3)


def test_a_length_penalty_turns_the_choice() -> None:
    """1 ends at once with 0.5; 2 has 0.5 and then ends with 0.95. With alpha 1: log(0.5) and log(0.475) * 6 / 7."""
    model = Table([[0.0, 0.5, 0.5], [0.0, 1.0, 0.0], [0.05, 0.95, 0.0]])
    arguments: dict[str, Any] = {"width": 2, "max_new_tokens": 4, "end_id": 1, "use_cache": False}
    *_, short = beam_search(model, [0], **arguments)
    *_, long = beam_search(model, [0], length_penalty=1.0, **arguments)
    assert (short.ids, long.ids) == ((1,), (2, 1))
    assert math.isclose(long.best.score, math.log(0.475) * 6 / 7)
    assert math.isclose(short.best.score, math.log(0.5))


def test_equal_probabilities_are_taken_in_order() -> None:
    model = Table([[0.25] * 4] * 4)
    assert run_to_end(greedy(model, [3], max_new_tokens=2, use_cache=False)) == (0, 0)
    *_, last = beam_search(model, [3], width=3, max_new_tokens=2, use_cache=False)
    assert [hypothesis.ids for hypothesis in last.live] == [(0, 0), (0, 1), (0, 2)]
    assert keep_top_k(torch.full((4,), 0.25), 2).tolist() == [0.5, 0.5, 0.0, 0.0]
    assert keep_top_p(torch.full((4,), 0.25), 0.3).tolist() == [0.5, 0.5, 0.0, 0.0]


def test_what_cannot_be_said_is_no_hypothesis_unless_forced() -> None:
    model = Table([[0.0, 1.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    first, *_ = beam_search(model, [0], width=3, max_new_tokens=2, use_cache=False)
    assert [hypothesis.ids for hypothesis in first.live] == [(1,)]
    (forced,) = beam_search(model, [0], width=3, max_new_tokens=1, forced={0: 2}, use_cache=False)
    assert forced.live[0].log_probability == -math.inf
    (step,) = greedy(model, [0], max_new_tokens=1, forced={0: 2}, use_cache=False)
    assert (step.token, step.log_probability, step.distribution.tolist()) == (2, -math.inf, [0.0, 1.0, 0.0])


# --- properties -------------------------------------------------------------------------------------------------------

seeds = st.integers(0, 60)
kinds = st.sampled_from(KINDS)
forcings = st.dictionaries(st.integers(0, STEPS - 1), st.integers(0, V - 1), max_size=2)


@settings(max_examples=25, deadline=None)
@given(kinds, seeds, forcings, st.booleans(), st.sampled_from([None, 0.0, 0.7]))
def test_a_beam_of_one_is_greedy(kind: str, seed: int, forced: dict, use_cache: bool, alpha: float | None) -> None:
    model, arguments, _ = case(kind, seed)
    arguments = {**arguments, "max_new_tokens": STEPS, "end_id": END, "forced": forced, "use_cache": use_cache}
    steps = list(greedy(model, **arguments))
    beams = list(beam_search(model, width=1, length_penalty=alpha, **arguments))
    assert [step.ids for step in steps] == [beam.ids for beam in beams]
    assert [step.reason for step in steps] == [beam.reason for beam in beams]
    total = sum(step.log_probability for step in steps)
    assert math.isclose(beams[-1].best.log_probability, total, rel_tol=1e-9)


@settings(max_examples=25, deadline=None)
@given(kinds, seeds, forcings, st.integers(1, 4))
def test_a_cache_changes_nothing(kind: str, seed: int, forced: dict, width: int) -> None:
    model, arguments, _ = case(kind, seed)
    arguments = {**arguments, "max_new_tokens": STEPS, "end_id": END, "forced": forced, "return_weights": True}
    for search, options in ((greedy, {}), (beam_search, {"width": width})):
        cached, plain = (list(search(model, use_cache=use, **options, **arguments)) for use in (True, False))
        assert [step.ids for step in cached] == [step.ids for step in plain]
        for one, other in zip(cached, plain, strict=True):
            assert one.attention.keys() == other.attention.keys() != set()
            for name, weights in one.attention.items():
                assert torch.allclose(weights, other.attention[name], atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(kinds, seeds)
def test_cold_and_narrow_sampling_is_greedy(kind: str, seed: int) -> None:
    model, arguments, _ = case(kind, seed)
    arguments = {**arguments, "max_new_tokens": STEPS, "end_id": END}
    ids = run_to_end(greedy(model, **arguments))
    for options in ({"temperature": 1e-9}, {"temperature": 1e-300}, {"top_k": 1}, {"top_p": 1e-9}):
        generator = torch.Generator().manual_seed(seed)
        assert run_to_end(sample(model, generator=generator, **options, **arguments)) == ids


@settings(max_examples=20, deadline=None)
@given(kinds, seeds)
def test_the_same_seed_gives_the_same_tokens(kind: str, seed: int) -> None:
    model, arguments, _ = case(kind, seed)

    def draw(seed: int) -> tuple[int, ...]:
        generator = torch.Generator().manual_seed(seed)
        return run_to_end(sample(model, generator=generator, max_new_tokens=STEPS, temperature=1.5, **arguments))

    global_state = torch.get_rng_state()
    assert draw(seed) == draw(seed)
    assert len({draw(other) for other in range(6)}) > 1
    assert torch.equal(torch.get_rng_state(), global_state)


@settings(max_examples=25, deadline=None)
@given(kinds, seeds, st.dictionaries(st.integers(0, STEPS - 1), st.integers(0, V - 1), min_size=1, max_size=3))
def test_forced_tokens_are_honored_and_the_distribution_is_the_models(kind: str, seed: int, forced: dict) -> None:
    model, arguments, says = case(kind, seed)
    arguments = {**arguments, "max_new_tokens": STEPS, "forced": forced}
    runs = (
        list(greedy(model, **arguments)),
        list(sample(model, generator=torch.Generator().manual_seed(seed), **arguments)),
    )
    for steps in runs:
        for step in steps:
            assert step.forced == (step.index in forced)
            assert step.token == forced.get(step.index, step.token)
            wanted = torch.tensor(says(step.ids[:-1]), dtype=torch.float64).exp()
            assert torch.allclose(step.distribution, wanted, atol=1e-12)
    *_, last = beam_search(model, width=3, **arguments)
    assert all(hypothesis.ids[step] == token for hypothesis in last.live for step, token in forced.items())


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([None, 0.4, 1.0]), st.booleans())
def test_a_beam_wide_enough_searches_everything(seed: int, alpha: float | None, use_cache: bool) -> None:
    """Four tokens, at most three of them: the best of all 1 + 3 + 9 texts that end and 27 that are cut off."""
    model = decoder_only(seed % 50, vocab_size=4, max_length=6)
    says = oracle(lambda ids: model(torch.tensor([[0, 2, *ids]])))
    texts = [(*start, 1) for length in range(3) for start in itertools.product((0, 2, 3), repeat=length)]
    texts += list(itertools.product((0, 2, 3), repeat=3))
    totals = {ids: math.fsum(says(ids[:at])[token] for at, token in enumerate(ids)) for ids in texts}
    assert math.isclose(math.fsum(math.exp(total) for total in totals.values()), 1.0)
    *_, last = beam_search(
        model, [0, 2], width=len(texts), length_penalty=alpha, max_new_tokens=3, end_id=1, use_cache=use_cache
    )
    found = {hypothesis.ids: hypothesis.log_probability for hypothesis in last.live + last.finished}
    assert found == pytest.approx(totals, rel=1e-9)
    assert last.ids == by_score(totals, alpha or 0)[0][0]


distributions = st.lists(st.integers(1, 50), min_size=1, max_size=9).map(
    lambda counts: torch.tensor(counts, dtype=torch.float64) / sum(counts)
)


@settings(max_examples=50, deadline=None)
@given(distributions, st.floats(0.001, 1.0))
def test_the_nucleus_is_minimal(distribution: Tensor, p: float) -> None:
    kept = keep_top_p(distribution, p)
    inside = kept > 0
    mass = float(distribution[inside].sum())
    assert mass >= p - 1e-12
    # Without its least likely token it would be too small, and nothing outside is likelier than what is inside.
    assert p == 1 or mass - float(distribution[inside].min()) < p + 1e-12
    if not inside.all():
        assert distribution[~inside].max() <= distribution[inside].min()
    assert torch.allclose(kept, torch.where(inside, distribution, 0.0) / mass)


@settings(max_examples=50, deadline=None)
@given(distributions, st.integers(1, 9))
def test_top_k_keeps_the_k_likeliest(distribution: Tensor, k: int) -> None:
    k = min(k, len(distribution))
    kept = keep_top_k(distribution, k)
    assert int((kept > 0).sum()) == k
    wanted = distribution.sort(descending=True).values[:k]
    assert torch.allclose(kept.sort(descending=True).values[:k], wanted / wanted.sum())


def test_the_filters_work_on_many_rows_alike() -> None:
    rows = torch.rand(2, 3, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64).softmax(-1)
    for change in (lambda x: keep_top_k(x, 2), lambda x: keep_top_p(x, 0.6), lambda x: decoding.with_temperature(x, 2)):
        wanted = torch.stack([torch.stack([change(row) for row in block]) for block in rows])
        assert torch.equal(change(rows), wanted)


def test_a_top_p_of_one_keeps_the_faintest_tail() -> None:
    distribution = torch.tensor([1.0, 1e-17, 1e-300], dtype=torch.float64)
    assert torch.equal(keep_top_p(distribution, 1.0), distribution)


def test_sampling_draws_with_the_probabilities_it_shows() -> None:
    model = Table([[0.0, 0.5, 0.3, 0.2]] + [[0.25] * 4] * 3)
    generator = torch.Generator().manual_seed(0)
    counts = [0] * 4
    for _ in range(2000):
        (step,) = sample(model, [0], generator=generator, max_new_tokens=1, top_k=2, use_cache=False)
        counts[step.token] += 1
    assert counts[0] == counts[3] == 0
    assert abs(counts[1] / 2000 - 0.625) < 0.04  # four standard deviations


# --- what a step holds ------------------------------------------------------------------------------------------------


def test_the_attention_is_that_of_the_position_that_chose() -> None:
    model, arguments, _ = case("encoder-decoder", 1)
    steps = list(greedy(model, **arguments, max_new_tokens=4, return_weights=True))
    record: dict[str, Tensor] = {}
    with torch.no_grad():
        model(torch.tensor([arguments["ids"]]), torch.tensor([[START, *steps[-1].ids[:-1]]]), record=record)
    names = {name for name in record if name.startswith("decoder.") and name.endswith(".weights")}
    assert len(names) == 4  # two layers, each with self-attention and cross-attention
    for step in steps:
        assert set(step.attention) == names
        for name, weights in step.attention.items():
            keys = len(arguments["ids"]) if "cross" in name else step.index + 1
            assert weights.shape == (2, keys)
            assert torch.allclose(weights, record[name][0, :, step.index, :keys], atol=1e-12)


def test_the_attention_of_a_beam_has_a_row_for_each_parent() -> None:
    steps = list(beam_search(decoder_only(2), PROMPT, width=3, max_new_tokens=3, return_weights=True))
    for step, beams in zip(steps, (1, 3, 3), strict=True):
        assert {tuple(weights.shape) for weights in step.attention.values()} == {(beams, 3, len(PROMPT) + step.index)}
        assert step.distributions.shape == (beams, V)
        assert torch.allclose(step.distributions.sum(-1), torch.ones(beams, dtype=torch.float64))


def test_no_attention_unless_asked_for_and_nothing_changes_when_asked() -> None:
    for search, options in ((greedy, {}), (beam_search, {"width": 2})):
        plain, asked = (
            list(search(decoder_only(3), PROMPT, max_new_tokens=4, return_weights=ask, **options))
            for ask in (False, True)
        )
        assert all(not step.attention for step in plain)
        assert [step.ids for step in plain] == [step.ids for step in asked]


def test_steps_are_frozen_and_lazy() -> None:
    calls = []
    model = decoder_only(4)
    handle = model.register_forward_hook(lambda *_: calls.append(1))
    steps = greedy(model, PROMPT, max_new_tokens=6)
    assert calls == []
    step = next(steps)
    assert len(calls) == 1
    with pytest.raises(AttributeError):
        step.token = 0  # type: ignore[misc]
    handle.remove()


def test_prompts_may_be_tensors_and_gradients_are_not_kept() -> None:
    steps = list(greedy(decoder_only(5), torch.tensor(PROMPT), max_new_tokens=3))
    assert [step.ids for step in steps] == [step.ids for step in greedy(decoder_only(5), PROMPT, max_new_tokens=3)]
    assert not steps[0].distribution.requires_grad


def test_single_precision_gives_distributions_in_double() -> None:
    model = DecoderOnly(TransformerConfig(V, 6, 3, 1, 10, MAX_LENGTH))
    for step in greedy(model, PROMPT, max_new_tokens=3):
        assert step.distribution.dtype == torch.float64
        assert math.isclose(float(step.distribution.sum()), 1.0, rel_tol=1e-12)


# --- errors quote both numbers ----------------------------------------------------------------------------------------


def dropping() -> DecoderOnly:
    return DecoderOnly(TransformerConfig(V, 6, 3, 1, 10, MAX_LENGTH, dropout=0.1))


PLAIN: dict[str, Any] = {"max_new_tokens": 4}


@pytest.mark.parametrize(
    ("error", "model", "ids", "options", "words"),
    [
        (ValueError, decoder_only(0), [], PLAIN, "0 tokens"),
        (ValueError, decoder_only(0), [0] * 13, PLAIN, "13 tokens but the model reads at most 12"),
        (ValueError, decoder_only(0), [1, 7], PLAIN, "ids: token 7 .* vocabulary of 7"),
        (ValueError, decoder_only(0), [-1], PLAIN, "ids: token -1 .* vocabulary of 7"),
        (TypeError, decoder_only(0), [1.5], PLAIN, "a token id must be a whole number, got 1.5"),
        (TypeError, decoder_only(0), "ab", PLAIN, "a token id must be a whole number, got 'a'"),
        (TypeError, decoder_only(0), torch.tensor([1.0]), PLAIN, "whole numbers, got torch.float32"),
        (ValueError, decoder_only(0), torch.tensor([[1, 2]]), PLAIN, r"one text, \(T,\), got shape \(1, 2\)"),
        (ValueError, decoder_only(0), PROMPT, {"max_new_tokens": 0}, "max_new_tokens must be at least 1, got 0"),
        (TypeError, decoder_only(0), PROMPT, {"max_new_tokens": 2.0}, "max_new_tokens must be a whole number, got 2.0"),
        (ValueError, decoder_only(0), PROMPT, PLAIN | {"end_id": 7}, "end_id: token 7 .* vocabulary of 7"),
        (ValueError, decoder_only(0), PROMPT, PLAIN | {"start_id": 5}, "start_id=5"),
        (ValueError, decoder_only(0), PROMPT, PLAIN | {"forced": {4: 1}}, "step 4 is forced, .* at most 4 steps"),
        (ValueError, decoder_only(0), PROMPT, {"max_new_tokens": 99, "forced": {10: 1}}, "step 10 .* at most 10 steps"),
        (ValueError, decoder_only(0), PROMPT, PLAIN | {"forced": {-1: 1}}, "step -1 is forced"),
        (ValueError, decoder_only(0), PROMPT, PLAIN | {"forced": {1: 9}}, "at step 1: token 9 .* vocabulary of 7"),
        (TypeError, decoder_only(0), PROMPT, PLAIN | {"forced": {1: "a"}}, "must be a whole number, got 'a'"),
        (ValueError, encoder_decoder(0), [9], PLAIN | {"start_id": 5}, "ids: token 9 .* vocabulary of 9"),
        (ValueError, encoder_decoder(0), [8], PLAIN | {"start_id": 7}, "start_id: token 7 .* vocabulary of 7"),
        (ValueError, encoder_decoder(0), [8], PLAIN, "needs a start_id"),
        (ValueError, dropping(), PROMPT, PLAIN, r"dropout of 0.1: call model.eval\(\)"),
        (TypeError, torch.nn.Linear(1, 1), PROMPT, PLAIN, "got Linear"),
        (TypeError, EncoderOnly(TransformerConfig(V, 6, 3, 1, 10, 9)), PROMPT, PLAIN, "got EncoderOnly"),
    ],
)  # fmt: skip
def test_errors(error: type[Exception], model: Any, ids: Any, options: dict, words: str) -> None:
    """They are raised by the call itself, before any step is asked for."""
    searches: tuple[tuple[Callable, dict], ...] = (
        (greedy, {}),
        (sample, {"generator": torch.Generator()}),
        (beam_search, {"width": 2}),
    )
    for search, more in searches:
        with pytest.raises(error, match=words):
            search(model, ids, **options, **more)


@pytest.mark.parametrize(
    ("error", "options", "words"),
    [
        (ValueError, {"temperature": 0.0}, "temperature must be .* above 0, got 0.0"),
        (ValueError, {"temperature": -1.0}, "got -1.0"),
        (ValueError, {"temperature": math.inf}, "got inf"),
        (ValueError, {"temperature": math.nan}, "got nan"),
        (ValueError, {"top_k": 0}, "from 1 to the vocabulary's 7 tokens, got 0"),
        (ValueError, {"top_k": 8}, "from 1 to the vocabulary's 7 tokens, got 8"),
        (ValueError, {"top_p": 0.0}, "top_p must be above 0 and at most 1, got 0.0"),
        (ValueError, {"top_p": 1.01}, "got 1.01"),
        (ValueError, {"top_p": math.nan}, "got nan"),
        (TypeError, {"generator": 5}, "generator must be a torch.Generator, got int"),
    ],
)
def test_errors_of_sampling(error: type[Exception], options: dict, words: str) -> None:
    with pytest.raises(error, match=words):
        sample(decoder_only(0), PROMPT, **{"generator": torch.Generator(), "max_new_tokens": 2} | options)


@pytest.mark.parametrize(
    ("error", "options", "words"),
    [
        (ValueError, {"width": 0}, "width must be at least 1, got 0"),
        (TypeError, {"width": 1.5}, "width must be a whole number, got 1.5"),
        (ValueError, {"width": 2, "length_penalty": -0.5}, "length_penalty must be .* at least 0, got -0.5"),
        (ValueError, {"width": 2, "length_penalty": math.nan}, "got nan"),
    ],
)
def test_errors_of_the_beam(error: type[Exception], options: dict, words: str) -> None:
    with pytest.raises(error, match=words):
        beam_search(decoder_only(0), PROMPT, max_new_tokens=2, **options)


def test_errors_of_the_parts() -> None:
    with pytest.raises(ValueError, match="length must be at least 0, got -1"):
        length_divisor(-1, 1.0)
    with pytest.raises(TypeError, match=r"distribution must be .* got torch.int64"):
        keep_top_k(torch.tensor([1]), 1)
    with pytest.raises(TypeError, match=r"logits must be .* got list"):
        decoding.with_temperature([1.0], 1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"shape \(2, 0\)"):
        keep_top_p(torch.zeros(2, 0), 0.5)


def test_used_up_steps_are_said() -> None:
    steps = greedy(decoder_only(0), PROMPT, max_new_tokens=2)
    run_to_end(steps)
    with pytest.raises(ValueError, match="0 steps left"):
        run_to_end(steps)


def test_a_model_that_gives_nan_is_said() -> None:
    model = Table([[math.nan, 1.0], [0.5, 0.5]])
    with pytest.raises(ValueError, match="NaN for 1 of 2 logits"):
        next(greedy(model, [0], max_new_tokens=1, use_cache=False))
