"""One step of training our encoder-decoder against a textbook loop around ``nn.Transformer`` of the same sizes.

Both compute the same loss from the same weights, which is checked before anything is timed; then both learn, with
dropout, each in its own way. Steps are taken in turn, and the median is taken over the ratios of neighboring steps, so
that a busy moment of the machine falls on both alike.

``python -m bench.training`` prints the figures.
"""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import ROOT
from bench.core import ENVIRONMENT, NO_SLOWER
from bench.report import Figure, table

if TYPE_CHECKING:
    from torch import Tensor, nn

    from attnlab.transformer import EncoderDecoder

B, T, D, H, LAYERS, D_FF, V = 128, 16, 128, 4, 2, 512, 64  # so that both have 950,784 weights
DROPOUT, SMOOTHING, RATE = 0.1, 0.1, 1e-3
THREADS = 1
ROUNDS, SECONDS, FEWEST_ROUNDS = 40, 20.0, 9  # of one comparison: whichever of the first two is reached first
SIZE = f"d={D}, {LAYERS}+{LAYERS} layers, T={T}, batch {B}, {THREADS} thread"

Step = Callable[[], float]  # learns from the batch once and returns the loss
# the rival of ours, the budget of the ratio of times (None: stated)
CONTESTS = (
    ("ours", None),  # how far from 1 the noise of this very run can be
    ("nn.Transformer, fused AdamW as ours", NO_SLOWER),
    ("nn.Transformer, plain AdamW", NO_SLOWER),
)


def figures() -> list[Figure]:
    """Return all figures of the training, measured in a process that does nothing else."""
    environment = os.environ | ENVIRONMENT | {"OMP_NUM_THREADS": str(THREADS)}
    command = [sys.executable, "-m", "bench.training", "measure"]
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if finished.returncode != 0:
        raise SystemExit(f"The training was not measured:\n{finished.stdout}{finished.stderr}")
    return [Figure(**entry) for entry in json.loads(finished.stdout.splitlines()[-1])]


# --- in the process that measures -------------------------------------------------------------------------------------


def measured() -> list[Figure]:
    """Return the weights of both, and for each contest the tokens a second and the ratio of times."""
    ours, theirs = models(dropout=0.0)
    assert_same_loss(ours, theirs)
    found = [
        Figure(f"{name}, {SIZE}: weights", sum(p.numel() for p in model.parameters()) / 1000, "k")
        for name, model in (("our translator", ours), ("nn.Transformer", theirs))
    ]
    for name, budget in CONTESTS:
        found += compare(name, steps()["ours"], steps()[name], budget)
    return found


def compare(name: str, our_step: Step, their_step: Step, budget: float | None) -> list[Figure]:
    """Return both speeds in target tokens a second, and how many times their time ours is."""
    our_step(), their_step()
    our_times, their_times = [], []
    started = time.perf_counter()
    while len(our_times) < FEWEST_ROUNDS or (len(our_times) < ROUNDS and time.perf_counter() - started < SECONDS):
        # Who goes first changes from round to round.
        pair = [(our_step, our_times), (their_step, their_times)]
        for step, times in pair if len(our_times) % 2 else pair[::-1]:
            times.append(_seconds(step))
    ratios = [ours / theirs for ours, theirs in zip(our_times, their_times, strict=True)]
    return [
        Figure("ours: target tokens learned from", B * T / median(our_times), "/s"),
        Figure(f"{name}: target tokens learned from", B * T / median(their_times), "/s"),
        Figure(f"    time of our step against {name}", median(ratios), "x", budget),
    ]


def _seconds(step: Step) -> float:
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def batch() -> tuple["Tensor", ...]:
    """Return source ``(B, T)``, target ``(B, T)``, mask ``(B, T)`` and answers ``(B, T)``; a few sources are short."""
    import torch

    generator = torch.Generator().manual_seed(0)
    source, target, answers = (torch.randint(V, (B, T), generator=generator) for _ in range(3))
    mask = torch.arange(T) < torch.randint(T // 2, 2 * T, (B, 1), generator=generator)  # (B, T)
    return source, target, mask, answers


def models(dropout: float) -> tuple["EncoderDecoder", "nn.Module"]:
    """Return our translator and the textbook's, with the same weights."""
    import torch
    from torch import Tensor, nn

    from attnlab.positions import sinusoidal_positions
    from attnlab.transformer import EncoderDecoder, TransformerConfig

    class Textbook(nn.Module):
        """As in the tutorials: embeddings, sinusoids, ``nn.Transformer``, a map to the vocabulary."""

        def __init__(self) -> None:
            super().__init__()
            self.source, self.target = nn.Embedding(V, D), nn.Embedding(V, D)
            self.register_buffer("waves", sinusoidal_positions(T, D), persistent=False)
            self.dropout = nn.Dropout(dropout)
            self.transformer = nn.Transformer(D, H, LAYERS, LAYERS, D_FF, dropout, batch_first=True)
            self.output = nn.Linear(D, V, bias=False)

        def forward(self, source: Tensor, target: Tensor, mask: Tensor) -> Tensor:
            vectors = [
                self.dropout(table(ids) * math.sqrt(D) + self.waves)
                for table, ids in ((self.source, source), (self.target, target))
            ]
            future = nn.Transformer.generate_square_subsequent_mask(T, dtype=torch.bool)
            options = {"tgt_mask": future, "src_key_padding_mask": ~mask, "memory_key_padding_mask": ~mask}
            return self.output(self.transformer(*vectors, **options))  # (B, T, V)

    config = TransformerConfig(
        V, D, H, LAYERS, D_FF, T, source_vocab_size=V, dropout=dropout, tie_embeddings=False, final_norm=True
    )
    ours, theirs = EncoderDecoder(config, generator=torch.Generator().manual_seed(0)), Textbook()
    copy_weights(ours, theirs)
    return ours, theirs


def copy_weights(ours: "EncoderDecoder", theirs: Any) -> None:
    """Give the textbook's model the weights of ours."""
    import torch

    def copied(one: Any, other: Any) -> None:
        for name, parameter in one.named_parameters():
            other.get_parameter(name).data.copy_(parameter.data)

    def attention_copied(one: Any, other: Any) -> None:
        maps = (one.query, one.key, one.value)
        other.in_proj_weight.data.copy_(torch.cat([each.weight.data for each in maps]))
        other.in_proj_bias.data.copy_(torch.cat([each.bias.data for each in maps]))
        copied(one.output, other.out_proj)

    for one, other in ((ours.encoder, theirs.transformer.encoder), (ours.decoder, theirs.transformer.decoder)):
        copied(one.norm, other.norm)
        for layer, their_layer in zip(one.layers, other.layers, strict=True):
            copied(layer.feed_forward.enlarge, their_layer.linear1)
            copied(layer.feed_forward.reduce, their_layer.linear2)
            names = ("attention",) if one is ours.encoder else ("self_attention", "cross_attention")
            for name, their_name in zip(names, ("self_attn", "multihead_attn"), strict=False):
                attention_copied(getattr(layer, name), getattr(their_layer, their_name))
            norms = [getattr(layer, f"{name}_add_norm").norm for name in (*names, "feed_forward")]
            for number, norm in enumerate(norms, start=1):
                copied(norm, getattr(their_layer, f"norm{number}"))
    copied(ours.source_embedding.tokens, theirs.source)
    copied(ours.embedding.tokens, theirs.target)
    copied(ours.unembedding, theirs.output)


def assert_same_loss(ours: "EncoderDecoder", theirs: "nn.Module") -> None:
    """A fast wrong step is no step: without dropout, both must say the same and lose the same."""
    *inputs, answers = batch()
    lost = [_loss(model.train(), inputs, answers).item() for model in (ours, theirs)]
    if not math.isclose(*lost, rel_tol=1e-5):
        raise SystemExit(f"ours and nn.Transformer do not compute the same: losses {lost[0]} and {lost[1]}")


def _loss(model: "nn.Module", inputs: list["Tensor"], answers: "Tensor") -> "Tensor":
    import torch.nn.functional as F

    return F.cross_entropy(model(*inputs).flatten(0, 1), answers.flatten(), label_smoothing=SMOOTHING)


def steps() -> dict[str, Step]:
    """Return the ways to learn from the batch once, by name, each with a model of its own."""
    import torch

    *inputs, answers = batch()

    def textbook_step(**options: Any) -> Step:
        _, theirs = models(DROPOUT)
        optimizer = torch.optim.AdamW(theirs.train().parameters(), RATE, **options)

        def step() -> float:
            optimizer.zero_grad()
            loss = _loss(theirs, inputs, answers)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(theirs.parameters(), 1.0)
            optimizer.step()
            return loss.item()

        return step

    return {
        "ours": our_step(inputs, answers),
        "nn.Transformer, fused AdamW as ours": textbook_step(fused=True),
        "nn.Transformer, plain AdamW": textbook_step(),
    }


def our_step(inputs: list["Tensor"], answers: "Tensor") -> Step:
    """Return what ``attnlab.training.train`` does in each step, the average of the weights included."""
    from attnlab.training import Batch, Processes, TrainingConfig, WeightAverage
    from attnlab.training.checkpoint import RunState
    from attnlab.training.step import adamw, training_step

    ours, _ = models(DROPOUT)
    config = TrainingConfig(
        steps=10**6, tokens_per_batch=B * T, learning_rate=RATE, warmup_steps=9, label_smoothing=SMOOTHING
    )
    state = RunState(ours.train(), adamw(ours, config), WeightAverage(ours, config.average_decay))
    whole, alone = Batch(tuple(inputs), answers, answers.numel()), Processes("cpu")
    return lambda: training_step(ours, state, whole, config, alone)


def main(arguments: list[str]) -> None:
    if arguments != ["measure"]:
        print(table(figures()))
        return
    import torch

    torch.set_num_threads(THREADS)
    print(json.dumps([asdict(figure) for figure in measured()]))


if __name__ == "__main__":
    main(sys.argv[1:])
