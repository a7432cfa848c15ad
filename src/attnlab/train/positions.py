"""Training what ships about positions: a small model for each scheme, its tables, and how it does on longer texts."""

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from attnlab.models.positions import PositionTables, save_position_tables
from attnlab.training import order
from attnlab.training.card import Card, this_machine
from attnlab.training.order import ORDER_SCHEMES, OrderLayer, OrderModel, order_accuracy, order_config, train_order
from attnlab.training.order_task import GAP, LETTER_SHARE, LETTERS, order_batch

LENGTHS = (8, 16, 24, 32, 48, 64, 96, 128)
TOLD = (24, 48, 128)  # the lengths on the card

TITLE = "Positions: what small models learned about where a token stands"
DATA = (
    "No text by anybody: {letters} letters and gaps, drawn by a random generator; each place has a letter with "
    "probability {share}. Each gap asks for the nearest letter (`attnlab.training.order_task`)."
)
NOTES = """\
## Notes

Made by `python -m attnlab.train positions --out src/attnlab/models/positions`. One model for each way of telling
positions, and one without any; the steps and the shape are those of each, the minutes those of all. They have no mask.
They were trained on texts of at most {trained} tokens, and tested on longer ones. The table gives the share of gaps
that were filled rightly, at {told} tokens. The first number is that of seed {seed}, whose tables ship; in brackets, the
range over {seeds} seeds. Learned positions have no vector beyond {trained} tokens, so there is no number.

`weights.safetensors` holds, as float32: `learned`, a vector for each position; `shaw_keys`, a vector for each distance
from -{reach} to {reach}; `shaw_query`, the query of a gap in each head; `t5_bias`, a number for each bucket and head.
`model.json` has the accuracies at all lengths. The other schemes have nothing of their own to learn.

What they do not show: this is one task, in which near letters matter, which suits schemes that see distances. The
settings were chosen with these scores in sight, among about ten. T5's last bucket begins at {farthest} tokens, so that
training meets every bucket."""


def add_to(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``positions`` to the command line."""
    parser = kinds.add_parser("positions", help="small models, one for each way of telling positions; no files needed")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the tables")
    parser.add_argument("--steps", type=int, default=order.STEPS, help="of each model")
    parser.add_argument("--seed", type=int, default=0, help="of the models whose tables are kept")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds the card compares")
    parser.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> None:
    if options.seeds < 1:
        raise ValueError(f"--seeds must be at least 1, got {options.seeds}")
    torch.set_num_threads(1)
    started = time.perf_counter()
    models = trained_models(options.steps, options.seed)
    minutes = (time.perf_counter() - started) / 60
    tables = tables_of(models)
    others = [
        accuracies(trained_models(options.steps, seed))
        for seed in range(options.seed + 1, options.seed + options.seeds)
    ]
    settings = {
        "steps": options.steps,
        "seed": options.seed,
        "texts_per_step": order.BATCH,
        "lengths": [order.SHORTEST, order.TRAINED_LENGTH],
        "learning_rate": order.RATE,
        "warmup_steps": order.WARMUP,
    }
    save_position_tables(options.out, tables, config=settings)
    card = card_of(tables, others, settings, minutes)
    (options.out / "README.md").write_text(card.to_markdown(), encoding="utf-8")


def trained_models(steps: int, seed: int) -> dict[str, OrderModel]:
    """Return a trained model for each scheme, and one for "none"."""
    return {scheme: train_order(scheme, steps=steps, seed=seed) for scheme in ORDER_SCHEMES}


def accuracies(models: Mapping[str, OrderModel]) -> dict[str, list[float]]:
    """Return how each model does at each of ``LENGTHS``."""
    return {scheme: order_accuracy(model, LENGTHS) for scheme, model in models.items()}


def tables_of(models: Mapping[str, OrderModel]) -> PositionTables:
    """Return what the models learned about positions, and how they do."""
    shaw, t5 = first_layer(models["shaw"]).shaw, first_layer(models["t5"]).t5
    return PositionTables(
        trained=models["learned"].trained_length,
        learned=models["learned"].positions.weight.detach().numpy(),
        shaw_keys=shaw.keys.detach().numpy(),
        shaw_query=gap_query(models["shaw"]),
        t5_bias=t5.weight.detach().numpy(),
        t5_max_distance=t5.max_distance,
        t5_bidirectional=t5.bidirectional,
        heads=first_layer(models["shaw"]).n_heads,
        lengths=np.array(LENGTHS, dtype=np.int64),
        accuracy={scheme: np.array(shares) for scheme, shares in accuracies(models).items()},
    )


def first_layer(model: OrderModel) -> OrderLayer:
    """Return the first layer of a model, by its type."""
    layer = model.layers[0]
    assert isinstance(layer, OrderLayer)
    return layer


def gap_query(model: OrderModel) -> np.ndarray:
    """Return the mean query of a gap in the first layer, ``(H, Dh)``.

    Where nothing is added to the tokens' vectors, as in Shaw's scheme, all gaps have the same.
    """
    ids, _ = order_batch(50, model.trained_length, generator=torch.Generator().manual_seed(0))
    layer = first_layer(model)
    with torch.inference_mode():
        queries = layer.split(layer.query(layer.attention_add_norm.norm(model.embed(ids))))  # (B, H, T, Dh)
        of_gaps = queries.transpose(1, 2)[ids == GAP]  # (gaps, H, Dh)
    mean: np.ndarray = of_gaps.mean(dim=0).numpy()
    return mean


def card_of(
    tables: PositionTables, others: Sequence[Mapping[str, list[float]]], settings: Mapping[str, object], minutes: float
) -> Card:
    """Return the card of the tables, with the ranges over the seeds."""
    shape = order_config()
    layout = {"d_model": shape.d_model, "n_heads": shape.n_heads, "n_layers": shape.n_layers, "d_ff": shape.d_ff}
    return Card(
        TITLE,
        DATA.format(letters=LETTERS, share=LETTER_SHARE),
        settings,
        layout | {"models": len(ORDER_SCHEMES)},
        sum(table.size for table in (tables.learned, tables.shaw_keys, tables.shaw_query, tables.t5_bias)),
        minutes,
        this_machine(1),
        {scheme: _line(scheme, tables, others) for scheme in ORDER_SCHEMES},
        NOTES.format(
            trained=tables.trained,
            told=", ".join(map(str, TOLD)),
            seed=settings["seed"],
            seeds=len(others) + 1,
            reach=tables.reach,
            farthest=tables.t5_max_distance,
        ),
    )


def _line(scheme: str, tables: PositionTables, others: Sequence[Mapping[str, list[float]]]) -> str:
    """The accuracies of a scheme on the card: at each of ``TOLD``, and the range over the seeds."""
    found = []
    for place in (LENGTHS.index(length) for length in TOLD):
        shares = [float(tables.accuracy[scheme][place]), *(other[scheme][place] for other in others)]
        first = shares[0]
        found.append("no vector" if np.isnan(first) else f"{first:.3f} ({min(shares):.3f} to {max(shares):.3f})")
    return ", ".join(found)
