"""The tables about positions that ship: where they come from, what they say, and damaged ones."""

import dataclasses
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from attnlab import train
from attnlab.models import PositionTables, load_position_tables, save_position_tables, shipped_folder
from attnlab.models.positions import TABLES
from attnlab.positions import relative_buckets, relative_positions
from attnlab.train import positions
from attnlab.train.positions import LENGTHS, gap_query
from attnlab.training.order import ORDER_SCHEMES, OrderModel, order_accuracy, train_order
from tests.mutants import mutant

SHIPPED = load_position_tables()


@pytest.fixture(scope="module")
def models() -> dict[str, OrderModel]:
    return {scheme: train_order(scheme, steps=1) for scheme in ORDER_SCHEMES}


# --- what ships -------------------------------------------------------------------------------------------------------


def test_the_folder_is_small_and_has_a_card() -> None:
    folder = shipped_folder("positions")
    assert sorted(file.name for file in folder.iterdir()) == ["README.md", "model.json", "weights.safetensors"]
    assert sum(file.stat().st_size for file in folder.iterdir()) < 20_000
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert all(words in card for words in ("## Data", "No text by anybody", "## Scores", "minutes on", "3 seeds"))


def test_the_card_tells_the_accuracies_that_ship() -> None:
    card = (shipped_folder("positions") / "README.md").read_text(encoding="utf-8")
    for scheme in ORDER_SCHEMES:
        (line,) = [line for line in card.splitlines() if line.startswith(f"| {scheme} |")]
        shares = SHIPPED.accuracy[scheme][[LENGTHS.index(length) for length in (24, 48, 128)]]
        cells = [cell.split(" (")[0] for cell in line.split("|")[2].strip().split(", ")]
        told = [np.nan if cell == "no vector" else float(cell) for cell in cells]
        assert told == pytest.approx(shares.tolist(), abs=6e-4, nan_ok=True)  # both are rounded


def test_the_shapes_are_those_of_the_models() -> None:
    assert SHIPPED.trained == 24
    assert {name: getattr(SHIPPED, name).shape for name in TABLES} == {
        "learned": (24, 32),
        "shaw_keys": (17, 8),
        "shaw_query": (4, 8),
        "t5_bias": (32, 4),
    }
    assert tuple(SHIPPED.accuracy) == ORDER_SCHEMES
    assert SHIPPED.lengths.tolist() == list(LENGTHS)


def test_the_accuracies_tell_what_the_book_says() -> None:
    at = {length: place for place, length in enumerate(LENGTHS)}
    accuracy = SHIPPED.accuracy
    known = [scheme for scheme in ORDER_SCHEMES if scheme != "none"]
    assert all(accuracy[scheme][at[24]] > 0.9 for scheme in known)
    assert accuracy["none"][at[24]] < 0.5
    assert np.isnan(accuracy["learned"]).tolist() == [length > 24 for length in LENGTHS]
    assert accuracy["sinusoidal"][at[128]] < 0.4
    assert accuracy["rotary"][at[64]] > 0.85 > 0.65 > accuracy["rotary"][at[128]]
    assert min(accuracy[scheme][at[128]] for scheme in ("shaw", "alibi")) > accuracy["t5"][at[128]] > 0.75


def test_the_tables_fall_with_the_distance() -> None:
    """A gap looks for the nearest letter, so the scores fall to both sides; and near positions have like vectors."""
    scores = SHIPPED.shaw_query @ SHIPPED.shaw_keys.T / np.sqrt(8)  # (H, 17)
    for side in (scores[:, 9:], scores[:, 7::-1]):
        assert (np.diff(side, axis=1) < 0).all()
    places = relative_positions(9, 9)[4].abs()  # 4 to each side
    buckets = relative_buckets(relative_positions(9, 9)[4], n_buckets=32, max_distance=SHIPPED.t5_max_distance)
    bias = SHIPPED.t5_bias[buckets.numpy()]  # (9, H)
    for distance in (1, 2, 3):
        assert (bias[places == distance].min(axis=0) > bias[places == distance + 1].max(axis=0)).all()
    products = SHIPPED.learned @ SHIPPED.learned.T
    assert products[range(23), range(1, 24)].min() > 0.2  # neighbors
    assert products[range(12), range(12, 24)].max() < -0.2  # 12 tokens apart


# --- how they are made ------------------------------------------------------------------------------------------------


few = partial(order_accuracy, count=5)  # texts of each length: enough to see whose accuracy it is


def test_the_command_writes_what_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "order_accuracy", few)
    out = tmp_path / "tables"
    assert train.main(["positions", "--out", str(out), "--steps", "1", "--seeds", "2", "--seed", "4"]) == 0
    tables = load_position_tables(out)
    expected = train_order("t5", steps=1, seed=4)
    assert np.array_equal(tables.t5_bias, expected.layers[0].t5.weight.detach().numpy())
    assert tables.accuracy["t5"] == pytest.approx(few(expected, LENGTHS), abs=1e-4)
    card = (out / "README.md").read_text(encoding="utf-8")
    assert all(words in card for words in ("1 steps in", "seed 4", "2 seeds"))
    assert json.loads((out / "model.json").read_text(encoding="utf-8"))["config"]["seed"] == 4


def test_no_seed_is_no_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(["positions", "--out", str(tmp_path), "--seeds", "0"]) == 2
    assert "--seeds must be at least 1, got 0" in capsys.readouterr().err


def test_all_gaps_have_the_query_that_ships(models: dict[str, OrderModel]) -> None:
    model = models["shaw"]
    layer = model.layers[0]
    with torch.inference_mode():
        vectors = layer.attention_add_norm.norm(model.embed(torch.tensor([[0, 5, 0, 2, 0]])))
        queries = layer.split(layer.query(vectors))[0, :, [0, 2, 4]]  # (H, 3, Dh)
    for place in range(3):
        torch.testing.assert_close(queries[:, place], torch.tensor(gap_query(model)), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        ("[ids == GAP]", "[ids != GAP]", "shaw_query"),
        ("shaw.keys.detach()", "shaw.values.detach()", "shaw_keys"),
        ("layer.query(", "layer.key(", "shaw_query"),
    ],
)
def test_tables_of_something_else_are_noticed(
    right: str, wrong: str, name: str, models: dict[str, OrderModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = mutant(("train.positions",), "train.positions", right, wrong)
    tables = []
    for one in (positions, module):
        monkeypatch.setattr(one, "order_accuracy", few)
        tables.append(getattr(one.tables_of(models), name))
    assert not np.allclose(*tables, atol=1e-3)


# --- files ------------------------------------------------------------------------------------------------------------


def test_tables_come_back_as_they_were_saved(tmp_path: Path) -> None:
    save_position_tables(tmp_path, SHIPPED, seed=0)
    again = load_position_tables(tmp_path)
    for field in dataclasses.fields(PositionTables):
        before, after = getattr(SHIPPED, field.name), getattr(again, field.name)
        if field.name == "accuracy":
            assert all(np.array_equal(before[scheme], after[scheme], equal_nan=True) for scheme in ORDER_SCHEMES)
        else:
            assert np.array_equal(before, after)


def told(change: Callable[[dict[str, object]], object]) -> Callable[[Path], object]:
    def apply(folder: Path) -> None:
        content = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        change(content)
        (folder / "model.json").write_text(json.dumps(content), encoding="utf-8")

    return apply


def weights(change: Callable[[dict[str, np.ndarray]], object]) -> Callable[[Path], object]:
    def apply(folder: Path) -> None:
        tables = load_file(folder / "weights.safetensors")
        change(tables)
        save_file(tables, folder / "weights.safetensors")

    return apply


DAMAGES = {
    "missing": (lambda folder: (folder / "model.json").unlink(), "lacks model.json"),
    "no JSON": (lambda folder: (folder / "model.json").write_text("["), "does not hold tables of positions"),
    "a list": (lambda folder: (folder / "model.json").write_text("[]"), "does not hold tables of positions"),
    "cut short": (lambda folder: (folder / "weights.safetensors").write_bytes(b"1234"), "does not hold tables"),
    "another family": (told(lambda told: told.update(family="word2vec")), "it is word2vec of format 1, not positions"),
    "another format": (told(lambda told: told.update(format=2)), "positions of format 2, not positions of format 1"),
    "a table less": (weights(lambda tables: tables.pop("t5_bias")), "t5_bias"),
    "one axis": (weights(lambda tables: tables.update(learned=np.ones(4, np.float32))), r"two axes, got shape \(4,\)"),
    "not a number": (
        weights(lambda tables: tables["learned"].__setitem__((0, 0), np.nan)),
        "1 of the 768 numbers of learned are not finite",
    ),
    "longer training": (told(lambda told: told.update(trained=25)), "learned has 24 rows but trained is 25"),
    "one side": (
        weights(lambda tables: tables.update(shaw_keys=tables["shaw_keys"][1:].copy())),
        "shaw_keys has 16 rows",
    ),
    "more heads": (told(lambda told: told.update(heads=5)), r"shaw_query has shape \(4, 8\), not \(5, 8\)"),
    "T5's heads": (
        weights(lambda tables: tables.update(t5_bias=np.ones((32, 3), np.float32))),
        "t5_bias has 32 rows of 3 numbers but there are 4 heads",
    ),
    "a length less": (
        told(lambda told: told["lengths"].pop()),  # type: ignore[attr-defined]
        "accuracy of 'none' has 8 numbers for 7 lengths",
    ),
    "percent": (
        told(lambda told: told["accuracy"].update(t5=[55.0] * 8)),  # type: ignore[attr-defined]
        "accuracy of 't5' must be from 0 to 1, got 55.0 to 55.0",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_told_with_its_numbers(damage: str, tmp_path: Path) -> None:
    spoil, message = DAMAGES[damage]
    save_position_tables(tmp_path, SHIPPED)
    spoil(tmp_path)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        load_position_tables(tmp_path)
