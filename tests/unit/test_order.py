"""The task about order, the model that learns it with each kind of positions, and mistakes in both."""

import math
from types import ModuleType

import pytest
import torch
from torch import Tensor

from attnlab.attention import MultiHeadAttention
from attnlab.masks import causal_mask
from attnlab.positions import RotaryPositions, alibi_bias
from attnlab.training import order, order_task
from attnlab.training.batches import NOT_COUNTED
from attnlab.training.order import ORDER_SCHEMES, OrderModel, order_accuracy, order_batch, train_order
from tests.mutants import mutant

BOTH = ("training.order_task", "training.order")


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# --- the task ---------------------------------------------------------------------------------------------------------


def answer_by_looking(text: list[int], place: int, side: str) -> int:
    """What a gap asks for, found by walking away from it."""
    if text[place]:
        return NOT_COUNTED
    for step in range(1, len(text)):
        ends = [place - step] if side == "before" else [place - step, place + step]
        found = [text[end] for end in ends if 0 <= end < len(text) and text[end]]
        if found:
            return found[0] if len(found) == 1 else NOT_COUNTED
    return NOT_COUNTED


def answers_are_right(module: ModuleType) -> bool:
    for side in ("nearest", "before"):
        ids, answers = module.order_batch(40, 13, side=side, generator=seeded())
        looked = [[answer_by_looking(text, place, side) for place in range(13)] for text in ids.tolist()]
        if answers.tolist() != looked:
            return False
    return True


def test_each_gap_asks_for_the_nearest_letter() -> None:
    assert answers_are_right(order_task)


TASK_MISTAKES = {
    "ties count": ("& (rivals == 1)", ""),
    "letters count": ("(ids == GAP) & ", ""),
    "after, not before": ("places < places[:, None]", "places > places[:, None]"),
    "the first letter, not the nearest": ("(places - places[:, None]).abs()", "places + 0 * places[:, None]"),
    "far to the left is near": ("(places - places[:, None]).abs()", "(places - places[:, None])"),
    "always both sides": ('side == "before"', 'side == "neither"'),
}


@pytest.mark.parametrize("mistake", TASK_MISTAKES)
def test_a_task_with_other_answers_is_noticed(mistake: str) -> None:
    assert not answers_are_right(mutant(BOTH[:1], BOTH[0], *TASK_MISTAKES[mistake]))


def texts_are_alike(module: ModuleType) -> bool:
    """Every text has a letter, all letters are met, and they are as frequent in long texts as in short ones."""
    short, long = (module.order_batch(400, length, generator=seeded())[0] for length in (8, 64))
    shares = [float((ids > 0).float().mean()) for ids in (short, long)]
    return bool((short > 0).any(dim=1).all()) and set(long.unique().tolist()) == set(range(9)) and shares[0] < 0.31


def test_a_long_text_has_as_many_letters_as_a_short_one() -> None:
    assert texts_are_alike(order_task)
    share = float((order_batch(400, 64, generator=seeded())[0] > 0).float().mean())
    assert share == pytest.approx(order_task.LETTER_SHARE, abs=0.03)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("is_letter = is_letter.scatter(1, somewhere, True)", "pass"),
        ("torch.randint(1, LETTERS + 1,", "torch.randint(1, LETTERS,"),
        ("< LETTER_SHARE", "< 3 / length"),
    ],
)
def test_texts_of_another_kind_are_noticed(right: str, wrong: str) -> None:
    assert not texts_are_alike(mutant(BOTH[:1], BOTH[0], right, wrong))


# --- the model --------------------------------------------------------------------------------------------------------


def told_apart(module: ModuleType, scheme: str) -> float:
    """How far the outputs of a shuffled text are from the shuffled outputs."""
    model = module.OrderModel(scheme, generator=seeded())
    if scheme == "learned":
        torch.nn.init.normal_(model.positions.weight, generator=seeded(1))  # they begin near 0
    ids, order = torch.tensor([[0, 3, 0, 0, 8, 1, 0]]), torch.tensor([4, 0, 6, 2, 1, 5, 3])
    with torch.inference_mode():
        return float((model(ids[:, order]) - model(ids)[:, order]).abs().max())


@pytest.mark.parametrize("scheme", ORDER_SCHEMES)
def test_all_schemes_but_none_know_the_order(scheme: str) -> None:
    change = told_apart(order, scheme)
    assert change < 1e-5 if scheme == "none" else change > 1e-3


@pytest.mark.parametrize("scheme", ["sinusoidal", "t5", "rotary", "alibi"])
def test_a_scheme_that_never_reaches_the_scores_is_noticed(scheme: str) -> None:
    blind = mutant(BOTH, BOTH[1], f'self.scheme == "{scheme}"', 'self.scheme == "?"')
    assert told_apart(blind, scheme) < 1e-5


def attention_of(layer: order.OrderLayer, **options: object) -> MultiHeadAttention:
    """The package's attention with the maps of a layer."""
    attention = MultiHeadAttention(32, 4, **options)  # type: ignore[arg-type]
    for name in ("query", "key", "value", "output"):
        getattr(attention, name).load_state_dict(getattr(layer, name).state_dict())
    return attention


@pytest.mark.parametrize("scheme", ["none", "rotary", "alibi", "t5"])
def test_the_layer_attends_as_the_packages_attention(scheme: str) -> None:
    layer, x = OrderModel(scheme, generator=seeded()).layers[0], torch.randn(2, 11, 32, generator=seeded(1))
    rotary = RotaryPositions(8) if scheme == "rotary" else None
    bias = {"alibi": lambda: alibi_bias(4, 11, 11), "t5": lambda: layer.t5(11, 11)}.get(scheme, lambda: None)()
    for mask in (None, causal_mask(11, 11)):
        expected = attention_of(layer, rotary=rotary)(x, mask=mask, bias=bias)
        torch.testing.assert_close(layer.attend(x, mask), expected, atol=1e-5, rtol=1e-5)


def strays_from_shaw(module: ModuleType) -> float:
    """How far a layer is from the paper's equations 3 and 4, with a vector for each query and key."""
    layer, x = module.OrderModel("shaw", generator=seeded()).layers[0], torch.randn(1, 11, 32, generator=seeded(1))
    query, key, value = (layer.split(linear(x)) for linear in (layer.query, layer.key, layer.value))
    places = torch.arange(11)
    rows = (places - places[:, None]).clamp(-order.REACH, order.REACH) + order.REACH  # (T, T), by query and key
    keys, values = key[:, :, None] + layer.shaw.keys[rows], value[:, :, None] + layer.shaw.values[rows]
    weights = (torch.einsum("bhid,bhijd->bhij", query, keys) / math.sqrt(8)).softmax(dim=-1)
    found = torch.einsum("bhij,bhijd->bhid", weights, values)
    difference = layer.attend(x) - layer.output(found.transpose(1, 2).flatten(2))  # (B, T, D)
    return float(difference.detach().abs().max())


def test_shaw_adds_a_vector_to_each_key_and_value() -> None:
    assert strays_from_shaw(order) < 1e-5


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("bias = self.shaw.key_bias(query, T)", "bias = None"),
        ("found = found + self.shaw.value_part(weights)", "pass"),
        ("self.shaw.key_bias(query, T)", "self.shaw.key_bias(key, T)"),
    ],
)
def test_a_shaw_with_half_of_its_vectors_is_noticed(right: str, wrong: str) -> None:
    assert strays_from_shaw(mutant(BOTH, BOTH[1], right, wrong)) > 1e-2


def test_a_causal_model_does_not_see_what_comes_after() -> None:
    ids = torch.tensor([[0, 3, 0, 0, 8, 1, 0]])
    changed = ids.clone()
    changed[0, 5] = 7
    for causal in (True, False):
        model = OrderModel("alibi", causal=causal, generator=seeded())
        with torch.inference_mode():
            same = torch.allclose(model(ids)[:, :5], model(changed)[:, :5], atol=1e-6)
        assert same == causal


# --- training and testing ---------------------------------------------------------------------------------------------


def is_decided_by_its_seed(module: ModuleType, scheme: str) -> bool:
    states = []
    for elsewhere, seed in ((1, 0), (2, 0), (3, 1)):
        torch.manual_seed(elsewhere)  # what else happens in the program
        states.append(module.train_order(scheme, steps=2, seed=seed).state_dict())
    first, again, other = states
    same = all(torch.equal(first[name], again[name]) for name in first)
    return same and not torch.equal(first["tokens.weight"], other["tokens.weight"])


@pytest.mark.parametrize("scheme", ORDER_SCHEMES)
def test_the_seed_decides_and_nothing_else(scheme: str) -> None:
    assert is_decided_by_its_seed(order, scheme)


@pytest.mark.parametrize(
    ("right", "scheme"),
    [
        ("std=0.1, generator=generator", "none"),
        ("xavier_uniform_(linear.weight, generator=generator", "none"),
        ("(REACH, Dh, generator=generator", "shaw"),
        ("max_distance=FARTHEST, generator=generator", "t5"),
        ("(trained_length, D, generator=generator", "learned"),
        ("side=side, generator=generator)\n        loss", "none"),
    ],
)
def test_chance_from_elsewhere_is_noticed(right: str, scheme: str) -> None:
    assert not is_decided_by_its_seed(mutant(BOTH, BOTH[1], right, right.replace(", generator=generator", "")), scheme)


def test_positions_make_the_difference() -> None:
    accuracy = {scheme: order_accuracy(train_order(scheme, steps=150), [24, 96]) for scheme in ("none", "alibi")}
    assert accuracy["alibi"][0] > 0.85
    assert accuracy["alibi"][1] > 0.75
    assert accuracy["none"][0] < 0.55
    assert accuracy["none"][1] < 0.35


def lengths_of_training(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    met = set()

    def noted(count: int, length: int, **options: object) -> tuple[Tensor, Tensor]:
        met.add(length)
        return order_batch(2, length, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "order_batch", noted)
    module.train_order("none", trained_length=12, steps=60)
    return met


def test_no_text_of_the_training_is_longer_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lengths_of_training(order, monkeypatch) == {8, 9, 10, 11, 12}
    longer = mutant(BOTH, BOTH[1], "torch.randint(SHORTEST, trained_length + 1,", "torch.randint(SHORTEST, 30,")
    assert max(lengths_of_training(longer, monkeypatch)) > 12


class Knowing:
    """A model that finds the answers of texts by looking, and says A where none is asked for."""

    scheme, trained_length = "none", 24

    def __call__(self, ids: Tensor) -> Tensor:
        answers = [[answer_by_looking(text, place, "nearest") for place in range(len(text))] for text in ids.tolist()]
        return torch.nn.functional.one_hot(torch.tensor(answers).clamp(min=1), 9).float()


def test_only_what_is_asked_for_counts() -> None:
    assert order_accuracy(Knowing(), [8, 30], count=20) == [1.0, 1.0]  # type: ignore[arg-type]
    counts_all = mutant(BOTH, BOTH[1], "right[answers != NOT_COUNTED]", "right")
    assert max(counts_all.order_accuracy(Knowing(), [8, 30], count=20)) < 0.9


def test_learned_positions_have_no_accuracy_beyond_their_table() -> None:
    model = OrderModel("learned", trained_length=10, generator=seeded())
    inside, beyond = order_accuracy(model, [10, 11], count=5)
    assert math.isfinite(inside)
    assert math.isnan(beyond)
    assert all(map(math.isfinite, order_accuracy(OrderModel("rotary", trained_length=10), [10, 11], count=5)))


def test_the_test_texts_are_the_same_for_all_models_and_those_of_no_training() -> None:
    model = OrderModel("alibi", generator=seeded())
    assert order_accuracy(model, [16], count=30) == order_accuracy(model, [8, 16], count=30)[1:]
    assert order_accuracy(model, [16], count=30) != order_accuracy(model, [16], count=30, seed=5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: OrderModel("rope"), "scheme must be one of none, sinusoidal, .*, got 'rope'"),
        (lambda: OrderModel("learned", trained_length=0), "trained_length must be at least 1, got 0"),
        (lambda: OrderModel("none", n_layers=0), "n_layers must be at least 1, got 0"),
        (lambda: train_order("none", trained_length=7), "trained_length must be at least 8, got 7"),
        (lambda: train_order("none", steps=0), "steps must be at least 1, got 0"),
        (lambda: order_batch(0, 9), "count must be at least 1, got 0"),
        (lambda: order_batch(9, 0), "length must be at least 1, got 0"),
        (lambda: order_batch(9, 9, side="after"), "side must be one of .*, got 'after'"),
        (lambda: OrderModel("learned")(torch.zeros(1, 30, dtype=torch.long)), "position 29 has no vector: 24 are"),
    ],
)
def test_what_does_not_fit_is_told_with_its_numbers(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
