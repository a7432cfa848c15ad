"""The numbers with which the book's own models were trained."""

from dataclasses import replace
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

# The writer and the reader share a tokenizer and nearly a shape, so that they can be compared.
TEXT_MERGES = 4000
WRITER_SHAPE: dict[str, Any] = {
    "d_model": 160,
    "n_heads": 5,
    "n_layers": 4,
    "d_ff": 640,
    "max_length": 128,
    "norm": "pre",
    "activation": "gelu",
    "dropout": 0.2,
}
WRITER = TrainingConfig(
    steps=4000,
    tokens_per_batch=2048,
    learning_rate=1.5e-3,
    warmup_steps=200,
    label_smoothing=0.0,
    weight_decay=0.1,
    average_decay=0.998,
    precision="bfloat16",
    evaluate_every=500,
    save_every=500,
)
# Who fills a blank looks at the neighbors above all, and turned positions show where these are from the first step. A
# first attempt with added ones, larger batches and fewer blanks learned far more slowly.
READER_SHAPE = WRITER_SHAPE | {"dropout": 0.1, "positions": "rotary"}
READER = replace(WRITER, steps=12000, tokens_per_batch=1024, warmup_steps=400)
READER_HIDDEN_SHARE = 0.4  # more than BERT's 0.15: as so little text is read, each pass has to teach more
