"""The loop of training against the same written out by hand, and the mistakes that people make in it."""

import dataclasses
import gc
import json
import math
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from attnlab.training import (
    NOT_COUNTED,
    Batch,
    Processes,
    Progress,
    TrainingConfig,
    WeightAverage,
    answer_loss,
    batches,
    loop,
    padded,
    token_batches,
    train,
)
from attnlab.training.loop import BEST, CHECKPOINT
from attnlab.transformer import EncoderDecoder, TransformerConfig
from tests.mutants import mutant
from tests.tiny_translator import CONFIG, differences, results, tiny_model, tiny_run, tiny_task

LOOP = ("training.config", "training.average", "training.checkpoint", "training.log", "training.step", "training.loop")
Mistake = tuple[str, str, str]  # in which module, what is right, what is wrong


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def wrong_loop(mistake: Mistake) -> Any:
    return mutant(LOOP, *mistake)


@dataclasses.dataclass
class Fixed:
    """A task of given batches, whose scores are read from a list."""

    batches: list[Batch]
    scores: list[float] = dataclasses.field(default_factory=list)
    score: str = "points"
    higher_is_better: bool = True
    asked: list[int] = dataclasses.field(default_factory=list)

    def epoch(self, number: int) -> list[Batch]:
        self.asked.append(number)
        return self.batches

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        assert not model.training
        return {"other": 7.0, "points": self.scores.pop(0) if self.scores else 0.0}


def some_batches(count: int = 3) -> list[Batch]:
    """Batches of a few sentences, in which some answers do not count."""
    generator = torch.Generator().manual_seed(1)
    found = []
    for number in range(count):
        B, S, T = 3 + number, 5, 4 + number
        source, target, answers = (torch.randint(9, (B, length), generator=generator) for length in (S, T, T))
        answers[0, 2:] = NOT_COUNTED
        source_mask = torch.arange(S) < torch.tensor([S - 2] + [S] * (B - 1))[:, None]  # (B, S)
        found.append(Batch((source, target, source_mask), answers, int((answers != NOT_COUNTED).sum())))
    return found


# --- a run by hand ----------------------------------------------------------------------------------------------------

BY_HAND = TrainingConfig(
    steps=8,
    tokens_per_batch=99,
    learning_rate=0.03,
    warmup_steps=3,
    label_smoothing=0.15,
    weight_decay=0.4,
    clip_norm=1.2,
    average_decay=0.35,
    evaluate_every=9,
    save_every=9,
)


def loss_by_hand(scores: Tensor, answers: Tensor, smoothing: float) -> Tensor:
    """Answer by answer, as the definition reads: the truth has ``1 - smoothing``, and all V tokens share the rest."""
    total = scores.new_zeros(())
    for row, answer in zip(scores.flatten(0, 1), answers.flatten().tolist(), strict=True):
        if answer != NOT_COUNTED:
            truth = torch.full_like(row, smoothing / len(row))
            truth[answer] += 1 - smoothing
            total = total - (truth * row.log_softmax(0)).sum()
    return total


def rate_by_hand(step: int) -> float:
    if step <= 3:
        return 0.03 * step / 3
    return 0.03 * (1 + math.cos(math.pi * (step - 3) / 5)) / 2


@cache
def run_by_hand() -> tuple[list[float], list[float], dict[str, Tensor]]:
    """The losses, the lengths of the gradients, and the weights and their average after 8 steps of AdamW."""
    model = by_hand_model()
    weights = dict(model.named_parameters())
    means, squares = ({name: torch.zeros_like(p) for name, p in weights.items()} for _ in range(2))
    average = {name: p.detach().clone() for name, p in weights.items()}
    losses, lengths = [], []
    for step, batch in enumerate((some_batches() * 3)[:8], start=1):
        loss = loss_by_hand(model(*batch.inputs), batch.answers, 0.15) / (batch.answers != NOT_COUNTED).sum()
        gradients = dict(zip(weights, torch.autograd.grad(loss, list(weights.values())), strict=True))
        length = math.sqrt(sum(float((gradient**2).sum()) for gradient in gradients.values()))
        losses.append(float(loss.detach()))
        lengths.append(length)
        for name, weight in weights.items():
            gradient = gradients[name] * min(1, 1.2 / length)
            means[name] = 0.9 * means[name] + 0.1 * gradient
            squares[name] = 0.98 * squares[name] + 0.02 * gradient**2
            direction = (means[name] / (1 - 0.9**step)) / ((squares[name] / (1 - 0.98**step)).sqrt() + 1e-9)
            decay = 0.4 if weight.dim() > 1 else 0.0
            weight.data -= rate_by_hand(step) * (decay * weight.data + direction)
            kept = min(0.35, step / (step + 10))
            average[name] = kept * average[name] + (1 - kept) * weight.data
    after = {f"model.{name}": weight.data for name, weight in weights.items()}
    return losses, lengths, after | {f"average.{name}": mean for name, mean in average.items()}


def by_hand_model() -> nn.Module:
    config = TransformerConfig(9, d_model=6, n_heads=3, n_layers=1, d_ff=10, max_length=9, source_vocab_size=9)
    return EncoderDecoder(config, generator=torch.Generator().manual_seed(0)).double()


def check_by_hand(library: Any, folder: Path) -> None:
    losses, lengths, after = run_by_hand()
    assert min(lengths) < 1.1
    assert max(lengths) > 1.3  # so that clipping matters in some steps, and not in others
    model, told = by_hand_model(), []
    config = library.TrainingConfig(**BY_HAND.to_dict())
    library.train(model, Fixed(some_batches()), config, folder, report=told.append, processes=Processes("cpu"))
    assert [progress.loss for progress in told] == pytest.approx(losses, rel=1e-6)
    found = load_file(folder / CHECKPOINT)
    for name, tensor in after.items():
        torch.testing.assert_close(found[name], tensor, atol=2e-6, rtol=1e-5, msg=name)


def test_a_run_is_what_it_is_by_hand(tmp_path: Path) -> None:
    check_by_hand(loop, tmp_path)


IN_THE_SUM: list[Mistake] = [
    ("training.step", "processes.world / batch.tokens", "processes.world / len(batch.answers)"),
    ("training.step", "processes.world / batch.tokens", "processes.world / batch.answers.numel()"),
    ("training.step", "config.label_smoothing)", "0.0)"),
    ("training.step", "answers.flatten(),", "answers.flatten().clamp(min=0),"),
    ("training.step", "config.clip_norm)", "1e9)"),
    ("training.step", 'p.dim() <= 1], "weight_decay": 0.0', 'p.dim() <= 1], "weight_decay": config.weight_decay'),
    ("training.step", 'p.dim() > 1], "weight_decay": config.weight_decay', 'p.dim() > 1], "weight_decay": 0.0'),
    ("training.step", 'group["lr"] = rate', "pass"),
    ("training.step", "config.rate(step)", "config.rate(step - 1 or 1)"),
    ("training.step", "state.optimizer.zero_grad(set_to_none=True)", "pass"),
    ("training.step", "betas=(0.9, 0.98)", "betas=(0.9, 0.999)"),
    ("training.step", "state.average.update(state.model, step)", "pass"),
    ("training.average", "step / (step + 10)", "1"),
    ("training.average", "1 - kept)", "kept)"),
    ("training.config", "0.5 * (1 + math.cos(math.pi * done))", "(1 - done)"),
    ("training.config", "self.learning_rate * step / self.warmup_steps", "self.learning_rate"),
]


@pytest.mark.parametrize("mistake", IN_THE_SUM, ids=lambda mistake: f"{mistake[1]} -> {mistake[2]}")
def test_a_mistake_in_the_sum_is_noticed(mistake: Mistake, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        check_by_hand(wrong_loop(mistake), tmp_path)


# --- the configuration ------------------------------------------------------------------------------------------------


def test_the_learning_rate_by_hand() -> None:
    config = TrainingConfig(steps=110, tokens_per_batch=1, learning_rate=2.0, warmup_steps=10)
    rates = {1: 0.2, 5: 1.0, 10: 2.0, 35: 1 + math.sqrt(0.5), 60: 1.0, 85: 1 - math.sqrt(0.5), 110: 0.0}
    assert {step: config.rate(step) for step in rates} == pytest.approx(rates)
    with pytest.raises(ValueError, match="step 111 of a run whose steps are 1 to 110"):
        config.rate(111)
    with pytest.raises(ValueError, match="step 0 of"):
        config.rate(0)


def test_without_warm_up_the_rate_falls_from_the_first_step() -> None:
    config = TrainingConfig(steps=2, tokens_per_batch=1, learning_rate=2.0, warmup_steps=0)
    assert (config.rate(1), config.rate(2)) == pytest.approx((1.0, 0.0))


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("steps", 0, ValueError, "steps must be at least 1, got 0"),
        ("steps", 3.0, TypeError, "steps must be an integer, got 3.0"),
        ("seed", True, TypeError, "seed must be an integer, got True"),
        ("warmup_steps", 14, ValueError, "warmup_steps=14 must be below steps=14"),
        ("learning_rate", 0, ValueError, "learning_rate must be above 0 and below inf, got 0"),
        ("learning_rate", float("nan"), ValueError, "learning_rate must be above 0 and below inf, got nan"),
        ("clip_norm", "1", TypeError, "clip_norm must be a number, got '1'"),
        ("average_decay", 1.0, ValueError, "average_decay must be at least 0 and below 1.0, got 1.0"),
        ("label_smoothing", -0.1, ValueError, "label_smoothing must be at least 0 and below 1.0, got -0.1"),
        ("precision", "float16", ValueError, r"one of \('float32', 'bfloat16'\), got 'float16'"),
    ],
)
def test_a_bad_number_is_refused(name: str, value: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        dataclasses.replace(CONFIG, **{name: value})


# --- batches ----------------------------------------------------------------------------------------------------------


def check_batches(library: Any) -> None:
    @settings(deadline=None, max_examples=50, derandomize=True, database=None, report_multiple_bugs=False)
    @given(st.lists(st.integers(1, 20), min_size=1, max_size=40), st.integers(20, 60), st.integers(0, 9))
    def every_sentence_once_and_no_batch_too_large(lengths: list[int], most: int, seed: int) -> None:
        found = library.token_batches(lengths, most, torch.Generator().manual_seed(seed))
        assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
        found.sort(key=lambda batch: [sum(lengths[place] for place in batch) / len(batch), -len(batch)])
        spans = [(min(lengths[place] for place in batch), max(lengths[place] for place in batch)) for batch in found]
        for batch, (_, longest) in zip(found, spans, strict=True):
            assert len(batch) * longest <= most
        for batch, (_, longest), (shortest, _) in zip(found, spans, spans[1:], strict=False):
            assert longest <= shortest  # of about equal length
            assert (len(batch) + 1) * shortest > most  # as many as fit

    every_sentence_once_and_no_batch_too_large()
    lengths = [3, 4, 5, 6, 7, 8] * 20
    generator = torch.Generator().manual_seed(0)
    first, second = (library.token_batches(lengths, 40, generator) for _ in range(2))
    assert Counter(map(frozenset, first)) != Counter(map(frozenset, second))  # other sentences together
    widths = [max(lengths[place] for place in batch) for batch in first]
    assert widths != sorted(widths)  # nor from short to long
    again = library.token_batches(lengths, 40, torch.Generator().manual_seed(0))
    assert again == first


def test_batches() -> None:
    check_batches(batches)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(len(open_batch) + 1) * lengths[sentence]", "len(open_batch) * lengths[sentence]"),
        ("(len(open_batch) + 1) * lengths[sentence]", "sum(lengths[s] for s in open_batch) + lengths[sentence]"),
        ("    batches.append(open_batch)\n    order", "    order"),
        ("key=lambda number: lengths[number]", "key=lambda number: 0"),
        ("sorted(shuffled, key", "sorted(range(len(lengths)), key"),
        ("[batches[place] for place in order]", "batches"),
    ],
)
def test_a_mistake_in_the_batches_is_noticed(right: str, wrong: str) -> None:
    library = mutant(("training.batches",), "training.batches", right, wrong)
    with pytest.raises(AssertionError):
        check_batches(library)


def test_batches_that_cannot_be() -> None:
    generator = torch.Generator()
    with pytest.raises(ValueError, match="0 sentences"):
        token_batches([], 9, generator)
    with pytest.raises(ValueError, match="a sentence has 10 tokens but tokens_per_batch=9"):
        token_batches([3, 10], 9, generator)
    with pytest.raises(ValueError, match="0 rows"):
        padded([], 0)
    assert padded([[]], 0).dtype == torch.int64


def check_shares(library: Any) -> None:
    """Every sentence is computed by one process, and what does not count stands in for those that are missing."""
    batch = some_batches(1)[0]
    whole = library.Batch(batch.inputs, batch.answers, batch.tokens)
    for world in (1, 2, 3, 4, 7):
        shares = [whole.share(rank, world) for rank in range(world)]
        assert all(len(share.answers) >= 1 for share in shares)
        assert all(len(tensor) == len(share.answers) for share in shares for tensor in share.inputs)
        assert {share.tokens for share in shares} == {batch.tokens}
        rows = [row for share in shares for row in share.answers.tolist() if set(row) != {NOT_COUNTED}]
        assert sorted(rows) == sorted(batch.answers.tolist())


def test_shares() -> None:
    check_shares(batches)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("slice(rank, None, world)", "slice(rank, None)"),
        ("slice(rank, None, world)", "slice(rank, rank + 1)"),
        ("if rank >= len(self.answers):", "if False:"),
        ("torch.full_like(self.answers[:1], NOT_COUNTED)", "self.answers[:1]"),
    ],
)
def test_a_mistake_in_the_shares_is_noticed(right: str, wrong: str) -> None:
    library = mutant(("training.batches",), "training.batches", right, wrong)
    with pytest.raises(AssertionError):
        check_shares(library)


# --- the loss ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7])
def test_the_loss_is_its_definition(smoothing: float) -> None:
    generator = torch.Generator().manual_seed(2)
    scores = 3 * torch.randn(2, 3, 5, generator=generator, dtype=torch.float64)
    answers = torch.tensor([[4, 0, NOT_COUNTED], [1, NOT_COUNTED, NOT_COUNTED]])
    torch.testing.assert_close(answer_loss(scores, answers, smoothing), loss_by_hand(scores, answers, smoothing))
    half = scores.bfloat16()
    assert answer_loss(half, answers, smoothing).dtype == torch.float32
    torch.testing.assert_close(answer_loss(half, answers, smoothing), answer_loss(half.float(), answers, smoothing))


def check_precision(library: Any, folder: Path) -> None:
    losses = {}
    for precision in ("float32", "bfloat16"):
        config = dataclasses.replace(CONFIG, precision=precision)
        told: list[Progress] = []
        tiny_run(folder / precision, config=config, train=library.train, report=told.append)
        losses[precision] = [progress.loss for progress in told]
        assert {t.dtype for t in load_file(folder / precision / CHECKPOINT).values()} == {torch.float32}
    assert losses["bfloat16"] != losses["float32"]
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.02)


def test_bfloat16_is_close_to_float32(tmp_path: Path) -> None:
    check_precision(loop, tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('enabled=config.precision == "bfloat16"', "enabled=False"),
        ("scores = runner(*mine.inputs)", "scores = runner.to(torch.bfloat16)(*mine.inputs)"),
    ],
)
def test_a_mistake_in_the_precision_is_noticed(right: str, wrong: str, tmp_path: Path) -> None:
    with pytest.raises((AssertionError, TypeError, RuntimeError)):
        check_precision(wrong_loop(("training.step", right, wrong)), tmp_path)


# --- repeatable -------------------------------------------------------------------------------------------------------


def check_repeatable(library: Any, folder: Path) -> None:
    for name, seed in (("one", 1), ("other", 2)):
        torch.manual_seed(seed)  # what the caller has drawn before does not matter
        tiny_run(folder / name, train=library.train)
        assert torch.initial_seed() == seed
    found = results(folder / "one")
    assert differences(found, results(folder / "other")) == []
    tiny_run(folder / "third", config=dataclasses.replace(CONFIG, seed=4), train=library.train)  # drops other numbers
    assert differences(found, results(folder / "third"))
    assert found["log"][0] != results(folder / "third")["log"][0]
    tiny_run(folder / "fourth", task=tiny_task(seed=4), train=library.train)  # other batches
    assert differences(found, results(folder / "fourth"))
    tiny_run(folder / "fifth", model=tiny_model(seed=1), train=library.train)
    assert differences(found, results(folder / "fifth"))


def test_a_run_can_be_repeated(tmp_path: Path) -> None:
    check_repeatable(loop, tmp_path)


@pytest.mark.parametrize(
    "mistake",
    [
        ("training.step", "    torch.manual_seed(_mixed(config.seed, step, processes.rank))", "    pass"),
        ("training.step", "_mixed(config.seed, step, processes.rank)", "_mixed(0, step, processes.rank)"),
        ("training.loop", ", _random_numbers_as_before(team.device)", ""),
    ],
)
def test_a_run_that_cannot_be_repeated_is_noticed(mistake: Mistake, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        check_repeatable(wrong_loop(mistake), tmp_path)


def test_each_step_drops_other_numbers() -> None:
    from attnlab.training.step import _mixed

    assert len({_mixed(seed, step, rank) for seed in range(20) for step in range(50) for rank in range(4)}) == 4000


# --- the best weights -------------------------------------------------------------------------------------------------


def check_best(library: Any, folder: Path) -> None:
    config = dataclasses.replace(BY_HAND, evaluate_every=2)  # so 4 times, the third of which is the best
    for higher, scores in ((True, [1.0, 3.0, 4.0, 2.0]), (False, [4.0, 2.0, 1.0, 3.0]), (True, [1.0, 1.0, 4.0, 4.0])):
        here = folder / f"{higher} {scores}"
        kept: list[dict[str, Tensor]] = []

        def look(progress: Progress, kept: list[dict[str, Tensor]] = kept, here: Path = here) -> None:
            if progress.scores:
                assert progress.scores["other"] == 7.0
                kept.append(load_file(here / BEST))

        model = by_hand_model()
        task = Fixed(some_batches(), list(scores), higher_is_better=higher)
        best = library.train(model, task, config, here, report=look, processes=Processes("cpu"))
        assert best == here / BEST
        with safe_open(best, framework="pt") as file:
            assert file.metadata() == {"step": "6", "points": f"{scores[2]:g}", "other": "7"}
        assert all(torch.equal(kept[3][name], kept[2][name]) for name in kept[2])
        assert any(not torch.equal(kept[2][name], kept[1][name]) for name in kept[2])
        model.load_state_dict(load_file(best))  # the names are the model's own


def test_the_best_weights_are_kept(tmp_path: Path) -> None:
    check_best(loop, tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("score > best if self.task.higher_is_better else score < best", "score > best"),
        ("score > best if self.task.higher_is_better", "score >= best if self.task.higher_is_better"),
        ("            state.best = score\n", ""),
        ("score = scores[self.task.score]", "score = next(iter(scores.values()))"),
    ],
)
def test_a_mistake_in_what_is_best_is_noticed(right: str, wrong: str, tmp_path: Path) -> None:
    with pytest.raises((AssertionError, IndexError)):
        check_best(wrong_loop(("training.loop", right, wrong)), tmp_path)


def check_average(library: Any) -> None:
    """The model is scored with the average in the place of its weights, and goes on with its own."""
    model = nn.Linear(2, 1, bias=False).train()
    average = library.WeightAverage(model, decay=0.5)
    before = model.weight.detach().clone()
    nn.init.zeros_(model.weight)
    average.update(model, step=1)  # keeps 1 / 11
    with average.in_place_of(model):
        assert not model.training
        torch.testing.assert_close(model.weight, before / 11)
    assert model.training
    assert model.weight.tolist() == [[0.0, 0.0]]
    with pytest.raises(KeyError), average.in_place_of(model.eval()):
        raise KeyError
    assert not model.training
    assert model.weight.tolist() == [[0.0, 0.0]]


def test_the_average_is_scored() -> None:
    import attnlab.training.average

    check_average(attnlab.training.average)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("self._put(model, own)", "pass"),
        ("model.train(was_training)", "pass"),
        ("        model.eval()\n", ""),
        ("self._put(model, self.weights)", "pass"),
        (
            "parameter.detach().clone() for name, parameter in model.named_parameters()}\n        was",
            "parameter.detach() for name, parameter in model.named_parameters()}\n        was",
        ),
    ],
)
def test_a_mistake_in_the_average_is_noticed(right: str, wrong: str) -> None:
    library = mutant(("training.average",), "training.average", right, wrong)
    with pytest.raises(AssertionError):
        check_average(library)


def test_without_decay_the_average_is_the_last_weights() -> None:
    model = nn.Linear(2, 2)
    average = WeightAverage(model, decay=0.0)
    nn.init.ones_(model.weight)
    average.update(model, step=50)
    assert torch.equal(average.weights["weight"], model.weight)


# --- what can go wrong ------------------------------------------------------------------------------------------------


class Exploding(nn.Module):
    """Its loss, or only its gradient, is not finite from the third call on."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.ones(9))
        self.what, self.calls = what, 0

    def forward(self, ids: Tensor) -> Tensor:
        self.calls += 1
        if self.calls < 3:
            return self.table[ids][..., None] * torch.arange(9.0)  # (B, T, V)
        if self.what == "loss":
            return self.table[ids][..., None] * math.nan * torch.ones(9)
        nothing = (self.table[ids] - self.table[ids].detach())[..., None]  # its root has an infinite slope
        return nothing.sqrt() * torch.arange(9.0)


def check_explosion(library: Any, folder: Path) -> None:
    for what, message in (("loss", "the loss is nan"), ("gradient", "the gradient's length (nan|inf)")):
        model, told = Exploding(what), []
        batch = Batch((torch.tensor([[1, 2]]),), torch.tensor([[3, 4]]), 2)
        config = dataclasses.replace(BY_HAND, save_every=1)
        with pytest.raises(ValueError, match=rf"^step 3: .*{message}.*, the learning rate 0.03"):
            library.train(model, Fixed([batch]), config, folder / what, report=told.append, processes=Processes("cpu"))
        assert len(told) == 2
        assert model.table.isfinite().all()
        assert all(tensor.isfinite().all() for tensor in load_file(folder / what / CHECKPOINT).values())


def test_a_loss_that_is_no_number_ends_the_run_before_it_spoils_the_weights(tmp_path: Path) -> None:
    check_explosion(loop, tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("if not (math.isfinite(loss) and math.isfinite(length)):", "if loss != loss:"),
        ("if not (math.isfinite(loss) and math.isfinite(length)):", "if False:"),
    ],
)
def test_an_explosion_that_goes_unseen_is_noticed(right: str, wrong: str, tmp_path: Path) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        check_explosion(wrong_loop(("training.step", right, wrong)), tmp_path)


def test_a_run_is_not_overwritten(tmp_path: Path) -> None:
    tiny_run(tmp_path)
    before = results(tmp_path)
    with pytest.raises(FileExistsError, match=r"checkpoint.safetensors is there already: go on from it \(resume\)"):
        tiny_run(tmp_path)
    assert differences(before, results(tmp_path)) == []


def test_what_a_run_killed_before_its_first_checkpoint_wrote_does_not_stay(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text('{"step": 1, "loss": 9.0, "seconds": 1.0}\n')
    tiny_run(tmp_path)
    assert [entry["step"] for entry in results(tmp_path)["log"]] == list(range(1, 15))


def test_an_epoch_without_batches_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="epoch 0 has 0 batches, but 8 steps are still to do"):
        train(by_hand_model(), Fixed([]), BY_HAND, tmp_path, processes=Processes("cpu"))


def test_every_batch_of_an_epoch_is_learned_before_the_next(tmp_path: Path) -> None:
    task, told = Fixed(some_batches()), []
    train(by_hand_model(), task, BY_HAND, tmp_path, report=told.append, processes=Processes("cpu"))
    tokens = [batch.tokens for batch in some_batches()]
    assert [progress.tokens for progress in told] == (tokens * 3)[:8]
    assert task.asked == [0, 1, 2]
    assert [progress.step for progress in told] == list(range(1, 9))
    assert all(progress.seconds > 0 for progress in told)
    assert [bool(progress.scores) for progress in told] == [False] * 7 + [True]


def test_the_log_is_json(tmp_path: Path) -> None:
    tiny_run(tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert list(lines[0]) == ["step", "loss", "seconds"]
    assert list(lines[4]) == ["step", "loss", "seconds", "bleu", "chrf"]


def test_memory_does_not_grow(tmp_path: Path) -> None:
    counts: list[int] = []

    def count(progress: Progress) -> None:
        if progress.step in (10, 40):
            gc.collect()
            counts.append(sum(issubclass(type(thing), Tensor) for thing in gc.get_objects()))

    config = dataclasses.replace(BY_HAND, steps=40, evaluate_every=7, save_every=5)
    train(by_hand_model(), Fixed(some_batches()), config, tmp_path, report=count, processes=Processes("cpu"))
    assert counts[1] <= counts[0]
