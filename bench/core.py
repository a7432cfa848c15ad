"""The core library against the implementations that people trust, on the same shapes, in the same run.

Times are ratios: ours and theirs are called in turn, and the median is taken over the ratios of neighboring calls, so
that a busy moment of the machine falls on both alike. Before anything is timed, both must give the same numbers.

Peak memory is what one call adds to the largest size that its process ever had in memory (``VmHWM`` in
``/proc/self/status``), each in a process of its own.
"""

import ctypes
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from bench import ROOT
from bench.report import Figure

SHAPES = ((8, 64, 128, 4), (1, 512, 384, 12), (4, 512, 384, 12), (1, 2048, 384, 12))  # (B, T, d, h)
SENTENCES = (16, 128)  # tokens
THREADS = 2
NOISE = 0.05  # the allowance: medians of the very same call against itself come this far from 1
NO_SLOWER = 1 + NOISE
ROUNDS, SECONDS, FEWEST_ROUNDS = 60, 4.0, 9  # of one comparison: whichever of the first two is reached first
MEGABYTE = 1e6
# Two threads on one free core would spin instead of waiting. It is read when torch is loaded.
ENVIRONMENT = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0", "OMP_NUM_THREADS": str(THREADS)}

Call = Callable[[], Any]
# ours, theirs, the budget of their ratio (None: stated)
CONTESTS = (
    ("ours", "ours", None),  # how far from 1 the noise of this very run can be
    ("ours with weights", "nn.MultiheadAttention with weights", NO_SLOWER),
    ("ours", "projections and F.scaled_dot_product_attention", NO_SLOWER),
    ("ours", "nn.MultiheadAttention", None),
    ("plain matmul", "projections and F.scaled_dot_product_attention", None),
)
MODEL_CONTESTS = (
    ("MiniLM with attentions", "transformers eager with attentions", NO_SLOWER),
    ("MiniLM", "transformers sdpa", NO_SLOWER),
)


def figures() -> list[Figure]:
    """Return all figures of the core, each measured in a process that does nothing else."""
    found = [Figure(**entry) for entry in json.loads(_in_fresh_process("times"))]
    for index, shape in enumerate(SHAPES):
        names = dict.fromkeys(name for ours, theirs, _ in CONTESTS for name in (ours, theirs))
        found += [_memory(name, index, _titled(shape)) for name in names]
    for index, tokens in enumerate(SENTENCES):
        names = dict.fromkeys(name for ours, theirs, _ in MODEL_CONTESTS for name in (ours, theirs))
        found += [_memory(name, index, f"{tokens} tokens") for name in names]
    return found


def _memory(name: str, index: int, size: str) -> Figure:
    return Figure(f"{name}, {size}: peak memory", float(_in_fresh_process("memory", name, str(index))), "MB")


def _in_fresh_process(*arguments: str) -> str:
    command = [sys.executable, "-m", "bench.core", *arguments]
    finished = subprocess.run(command, cwd=ROOT, env=os.environ | ENVIRONMENT, capture_output=True, text=True)
    if finished.returncode != 0:
        raise SystemExit(f"The core was not measured:\n{finished.stdout}{finished.stderr}")
    return finished.stdout.splitlines()[-1]


def _titled(shape: tuple[int, int, int, int]) -> str:
    return f"B={shape[0]} T={shape[1]} d={shape[2]} h={shape[3]}"


# --- in the process that measures -------------------------------------------------------------------------------------


def compare(size: str, ours: tuple[str, Call], theirs: tuple[str, Call], budget: float | None) -> list[Figure]:
    """Return the milliseconds of our call, and how many times theirs that is."""
    (name, our_call), (their_name, their_call) = ours, theirs
    their_name = "itself" if name == their_name else their_name
    _assert_equal(our_call(), their_call(), f"{name} and {their_name}, {size}")
    our_times, ratios = [], []
    started = time.perf_counter()
    while len(ratios) < FEWEST_ROUNDS or (len(ratios) < ROUNDS and time.perf_counter() - started < SECONDS):
        # Who goes first changes from round to round: the first call finds the caches as the other left them.
        if len(ratios) % 2:
            our_time, their_time = _milliseconds(our_call), _milliseconds(their_call)
        else:
            their_time, our_time = _milliseconds(their_call), _milliseconds(our_call)
        our_times.append(our_time)
        ratios.append(our_time / their_time)
    return [
        Figure(f"{name}, {size}", median(our_times), "ms"),
        Figure(f"    against {their_name}", median(ratios), "x", budget),
    ]


def _milliseconds(call: Call) -> float:
    started = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - started)


def _assert_equal(ours: Any, theirs: Any, names: str) -> None:
    """A fast wrong answer is no answer: both sides give one tensor, or several, and they must agree."""
    import torch

    for one, other in zip(_tensors(ours), _tensors(theirs), strict=True):
        if one.shape != other.shape or not torch.allclose(one, other, atol=1e-4):
            raise SystemExit(f"{names} do not compute the same: shapes {tuple(one.shape)} and {tuple(other.shape)}")


def _tensors(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple | list) else [result]


def attention_calls(shape: tuple[int, int, int, int]) -> dict[str, Call]:
    """Return every way to compute the same multi-head self-attention, by name."""
    import torch
    import torch.nn.functional as F
    from torch import Tensor, nn

    from attnlab.attention import MultiHeadAttention

    batch, length, width, heads = shape
    torch.manual_seed(0)
    ours = MultiHeadAttention(width, heads).eval()
    x = torch.randn(batch, length, width)
    theirs = nn.MultiheadAttention(width, heads, batch_first=True).eval()
    maps = (ours.query, ours.key, ours.value)
    theirs.load_state_dict(
        {
            "in_proj_weight": torch.cat([one.weight for one in maps]),
            "in_proj_bias": torch.cat([one.bias for one in maps]),
            "out_proj.weight": ours.output.weight,
            "out_proj.bias": ours.output.bias,
        }
    )

    def split(linear: nn.Linear) -> Tensor:
        return linear(x).view(batch, length, heads, width // heads).transpose(1, 2)  # (B, H, T, Dh)

    def joined(mixed: Tensor) -> Tensor:
        return ours.output(mixed.transpose(1, 2).reshape(batch, length, width))  # (B, T, D)

    def plain() -> Tensor:
        query, key, value = (split(one) for one in maps)
        scores = query @ key.transpose(-2, -1) / math.sqrt(width // heads)
        return joined(scores.softmax(-1) @ value)

    return {
        "ours with weights": lambda: ours(x, return_weights=True),
        "ours": lambda: ours(x),
        "nn.MultiheadAttention with weights": lambda: theirs(x, x, x, average_attn_weights=False),
        "nn.MultiheadAttention": lambda: theirs(x, x, x, need_weights=False)[0],
        "projections and F.scaled_dot_product_attention": lambda: joined(
            F.scaled_dot_product_attention(*(split(one) for one in maps))
        ),
        "plain matmul": plain,
    }


def model_calls(tokens: int) -> dict[str, Call]:
    """Return the ways to run all-MiniLM-L6-v2 on one sentence of so many tokens, by name."""
    import torch
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    from attnlab.pretrained import MINILM, load_minilm

    folder = _minilm_folder()
    ours = load_minilm(folder).model
    ids = torch.randint(999, MINILM.vocab_size, (1, tokens), generator=torch.Generator().manual_seed(0))

    def theirs(kind: str) -> BertModel:
        config = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
        config._attn_implementation = kind
        model = BertModel(config).eval()
        model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
        return model

    eager, sdpa = theirs("eager"), theirs("sdpa")

    def ours_with_attentions() -> list[torch.Tensor]:
        record: dict[str, torch.Tensor] = {}
        hidden = ours(ids, record=record)
        return [hidden, *(tensor for name, tensor in record.items() if name.endswith(".weights"))]

    def theirs_with_attentions() -> list[torch.Tensor]:
        found = eager(ids, output_attentions=True)
        return [found.last_hidden_state, *found.attentions]

    return {
        "MiniLM with attentions": ours_with_attentions,
        "MiniLM": lambda: ours(ids),
        "transformers eager with attentions": theirs_with_attentions,
        "transformers sdpa": lambda: sdpa(ids).last_hidden_state,
    }


def _minilm_folder() -> Path:
    """Where the build keeps the model: the word vectors are made from it."""
    import build_words

    return build_words.model_folder()


def times() -> list[Figure]:
    """Return the times of every comparison."""
    found = []
    for shape in SHAPES:
        calls = attention_calls(shape)
        for ours, theirs, budget in CONTESTS:
            found += compare(_titled(shape), (ours, calls[ours]), (theirs, calls[theirs]), budget)
    for tokens in SENTENCES:
        calls = model_calls(tokens)
        for ours, theirs, budget in MODEL_CONTESTS:
            found += compare(f"{tokens} tokens", (ours, calls[ours]), (theirs, calls[theirs]), budget)
    return found


def peak_megabytes(call: Call) -> float:
    """Return by how much a call raises the highest memory use of this process.

    What the first call leaves behind, such as threads and weights read from the disk, is not counted.
    """
    import torch

    call()
    ctypes.CDLL(None).malloc_trim(0)  # freed memory that was kept for later would serve the call unseen
    # The peak so far lies above what is in memory now and would hide the call: fill up the difference.
    ballast = torch.ones(max(0, _resident("VmHWM") - _resident("VmRSS")) // 4)
    before = _resident("VmHWM")
    call()
    grown = _resident("VmHWM") - before
    del ballast
    return grown / MEGABYTE


def _resident(kind: str) -> int:
    """Bytes in memory: now (``VmRSS``), or at most so far (``VmHWM``)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:"))


def memory(name: str, index: int) -> float:
    """Return the peak memory of one candidate at one size."""
    of_attention = any(name in contest for contest in CONTESTS)
    calls = attention_calls(SHAPES[index]) if of_attention else model_calls(SENTENCES[index])
    return peak_megabytes(calls[name])


def main(arguments: list[str]) -> None:
    import torch

    torch.set_num_threads(THREADS)
    with torch.inference_mode():
        if arguments[0] == "times":
            print(json.dumps([asdict(figure) for figure in times()]))
        else:
            print(memory(arguments[1], int(arguments[2])))


if __name__ == "__main__":
    main(sys.argv[1:])
