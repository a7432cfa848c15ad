"""What the training of each model has in common: its options, its progress bar, its card."""

import argparse
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from tqdm import tqdm

from attnlab.training import Processes, Progress, Task, TrainingConfig, train
from attnlab.training.card import Card, minutes_of, this_machine
from attnlab.transformer import DecoderOnly, EncoderDecoder, EncoderOnly


def add_options(parser: argparse.ArgumentParser, preset: TrainingConfig) -> None:
    """Add the options of a training; what is not given is as in the preset."""
    parser.set_defaults(preset=preset)
    parser.add_argument("--out", type=Path, required=True, help="the folder of the run and of the model")
    parser.add_argument("--resume", action="store_true", help="go on from the run in the folder")
    parser.add_argument("--threads", type=int, help="how many CPU threads to use")
    for name in ("steps", "tokens_per_batch", "warmup_steps", "seed"):
        _add(parser, name, int, preset)
    for name in ("learning_rate", "average_decay", "weight_decay", "label_smoothing"):
        _add(parser, name, float, preset)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), help=f"instead of {preset.precision}")


def _add(parser: argparse.ArgumentParser, name: str, kind: type, preset: TrainingConfig) -> None:
    parser.add_argument(f"--{name.replace('_', '-')}", type=kind, help=f"instead of {getattr(preset, name)}")


def config_from(options: argparse.Namespace) -> TrainingConfig:
    """Return the preset, with what the command line says otherwise."""
    preset: TrainingConfig = options.preset
    names = [field.name for field in dataclasses.fields(preset)]
    given = {name: value for name in names if (value := getattr(options, name, None)) is not None}
    return dataclasses.replace(preset, **given)


def run(model: nn.Module, task: Task, config: TrainingConfig, options: argparse.Namespace) -> bool:
    """Train the model, give it its best weights, and return whether this process is the one that saves it."""
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    with Processes() as processes, _bar(config, processes) as report:
        best = train(model, task, config, options.out, resume=options.resume, report=report, processes=processes)
    model.load_state_dict(load_file(best))
    model.to("cpu").eval()
    return processes.first


@contextmanager
def _bar(config: TrainingConfig, processes: Processes) -> Iterator[Callable[[Progress], None]]:
    """A bar with the loss, the tokens a second and the time that is left."""
    with tqdm(total=config.steps, unit="step", disable=not processes.first) as bar:

        def report(progress: Progress) -> None:
            bar.update(progress.step - bar.n)
            bar.set_postfix(loss=f"{progress.loss:.3f}", tokens=f"{progress.tokens / progress.seconds:,.0f}/s")
            if progress.scores:
                bar.write(f"step {progress.step}: " + ", ".join(f"{k} {v:.2f}" for k, v in progress.scores.items()))

        yield report


def write_card(
    options: argparse.Namespace,
    title: str,
    data: str,
    config: TrainingConfig,
    model: EncoderOnly | DecoderOnly | EncoderDecoder,
    scores: Mapping[str, str],
) -> None:
    """Write the model's card into its folder, with the minutes that the log of the run adds up to."""
    minutes, machine = minutes_of(options.out / "log.jsonl"), this_machine(torch.get_num_threads())
    weights = sum(parameter.numel() for parameter in model.parameters())
    card = Card(title, data, config.to_dict(), model.config.to_dict(), weights, minutes, machine, scores)
    (options.out / "README.md").write_text(card.to_markdown(), encoding="utf-8")
