"""The numbers with which the book's own models were trained."""

from typing import Any

from attnlab.training.config import TrainingConfig
from attnlab.training.translation import Restraint

TRANSLATOR_MERGES = 2000
TRANSLATOR_SHAPE: dict[str, Any] = {
    "d_model": 192,
    "n_heads": 6,
    "n_layers": 4,
    "n_decoder_layers": 3,
    "d_ff": 768,
    "max_length": 96,
    "norm": "pre",
    "dropout": 0.25,
}
TRANSLATOR = TrainingConfig(
    steps=11500,
    tokens_per_batch=2048,
    learning_rate=1.5e-3,
    warmup_steps=400,
    label_smoothing=0.1,
    weight_decay=0.01,
    average_decay=0.998,
    precision="bfloat16",
    evaluate_every=800,
    save_every=400,
)
TRANSLATOR_RESTRAINT = Restraint(spelling_dropout=0.05, source_dropout=0.0)
