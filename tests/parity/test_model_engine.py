"""The front end's models compute what Python's compute: logits and everything recorded, also while they are changed.

Random small models of all families, all sizes different.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from attnlab.transformer import EncoderDecoder, EncoderOnly, RowEdit, Transformer, edited
from tests.parity.model_files import FAMILIES, SV, Mistake, Run, array, build, bundle, close, read, write

POSITIONS = ("sinusoidal", "learned", "rotary", "alibi", "none")
SOURCE, TARGET = [8, 0, 4, 17, 4, 11], [3, 1, 22, 9]

Edits = Mapping[str, Any]
Case = tuple[Transformer, list[Edits]]  # a model, and one set of edits after the other


MISTAKES: dict[str, Mistake] = {
    "axes of a head": ("attention.ts", "(h * D) / H, D, weights, row)", "h, D, weights, row)"),
    "no scale": ("attention.ts", "1 / Math.sqrt(Dh)", "1"),
    "scale by D": ("attention.ts", "1 / Math.sqrt(Dh)", "1 / Math.sqrt(D)"),
    "sees one token too many": ("attention.ts", "causalFrom + q + 1", "causalFrom + q + 2"),
    "a gate before the sum": ("attention.ts", "found[c] * gate", "found[c] + gate - 1"),
    "the distance from the first query": ("attention.ts", ", rules.start + q);\n        }", ", q + 1);\n        }"),
    "slopes the wrong way": ("attention.ts", "-= slope *", "+= slope *"),
    "no root of the variance": ("kernels.ts", "Math.sqrt(variance / D + eps)", "(variance / D + eps)"),
    "the sample's variance": ("kernels.ts", "variance / D + eps", "variance / (D - 1) + eps"),
    "eps left out": ("kernels.ts", "variance / D + eps", "variance / D"),
    "gelu by tanh": ("kernels.ts", "value * (value > 0 ? 1 - tail : tail)",
                     "0.5 * value * (1 + Math.tanh(0.7978845608 * (value + 0.044715 * value ** 3)))"),
    "biases left out": ("simd.ts", "floats.set(bias ?? [], at.bias / 4)", "floats.set([], at.bias / 4)"),
    "no scale of embeddings": ("embedding.ts", "* scale + moved", "+ moved"),
    "positions from 1": ("embedding.ts", "(start + t) * D", "(start + t + 1) * D"),
    "sines and cosines in halves": ("positions.ts", "2 * pair;", "(2 * pair) % D;".replace("% D", "% (D - 2)")),
    "turned the other way": ("positions.ts", "first * cos - second * sin", "first * cos + second * sin"),
    "slopes of a power of two": ("positions.ts", "head < lower ?", "head < H ?"),
    "post-norm everywhere": ("layers.ts", 'norm === "pre"', 'norm === "never"'),
    "keys and values swapped": ("layers.ts", "around.keep(key, linear(x, rows, map.value))",
                                "around.keep(linear(x, rows, map.value), key)"),
    "no last norm": ("transformer.ts", "norm === null ? x :", "true || norm === null ? x :"),
    "padding seen": ("transformer.ts", "id === pad ? 0 : 1", "1"),
    "segments forgotten": ("embedding.ts", "segment === null ? 0 : segment[c]", "0"),
}  # fmt: skip

EDIT_MISTAKES: dict[str, Mistake] = {
    "masks inverted": ("attention.ts", "+ k] ? 1 : 0", "+ k] ? 0 : 1"),
    "masks added to the model's own": ("attention.ts", "allowed[k] = edit.allowed", "allowed[k] &= edit.allowed"),
    "masks transposed": (
        "attention.ts", "edit.allowed[row * edit.columns + k]", "edit.allowed[k * edit.columns + row]"),
    "rows of every head": ("attention.ts", "edit.head === head && ", ""),
    "rows brought to a sum of 1": ("attention.ts", "given[k] ?? 0;", "(given[k] ?? 0) / 1.2;"),
    "gates one head off": ("attention.ts", "gate?.[h]", "gate?.[(h + 1) % H]"),
    "no layer runs again": ("live.ts", "Math.min(...changed", "1 + Math.min(...changed"),
    "an old memory": ("live.ts", "this.#decoder.from = 0;", ""),
    "an empty row is uniform": ("attention.ts", "= allowed[k] === 1 ?", "= largest < -1e30 ? 1 : allowed[k] === 1 ?"),
}  # fmt: skip


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    return bundle(tmp_path_factory.mktemp("engines"), MISTAKES | EDIT_MISTAKES)


@pytest.fixture(scope="module")
def engine(engines: dict[str, Run]) -> Run:
    return engines[""]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the models of all kinds are written."""
    return tmp_path_factory.mktemp("models")


KINDS: list[tuple[str, dict[str, Any]]] = [
    (family, {"positions": positions, "norm": norm, "activation": "gelu" if number % 3 else "relu"})
    for family in FAMILIES
    for number, (positions, norm) in enumerate((positions, norm) for positions in POSITIONS for norm in ("pre", "post"))
]
KINDS += [
    ("encoder-decoder", {"source_vocab_size": SV}),
    ("encoder-decoder", {"source_vocab_size": SV, "tie_embeddings": False, "positions": "learned"}),
    ("encoder-decoder", {"tie_embeddings": False, "norm": "pre", "embedding_norm": True}),
    ("encoder-decoder", {"d_model": 10, "n_heads": 5, "d_ff": 7, "pad_id": 4, "norm": "pre"}),
    ("decoder-only", {"d_model": 18, "n_heads": 3, "d_ff": 9, "positions": "rotary", "tie_embeddings": False}),
    ("decoder-only", {"n_heads": 6, "positions": "alibi", "pad_id": 1, "scale_embeddings": True}),
    ("encoder-only", {"positions": "learned", "n_segments": 2, "embedding_norm": True, "layer_norm_eps": 1e-2}),
    ("encoder-only", {"n_heads": 1, "norm": "pre", "final_norm": None, "pad_id": 4}),
]


def text_of(model: Transformer) -> dict[str, list[int]]:
    """What a model reads in these tests."""
    if isinstance(model, EncoderDecoder):
        return {"source": SOURCE, "target": TARGET}
    return {"source": SOURCE} if isinstance(model, EncoderOnly) else {"target": [*TARGET, 5, 1]}


def in_python(model: Transformer, text: Mapping[str, list[int]], edits: Edits) -> tuple[Tensor, dict[str, Tensor]]:
    """The logits (T, V) and the record of a reading; computed once, for all the mistakes that it is compared with."""
    key = (model, json.dumps([text, edits]))
    if key not in READINGS:
        READINGS[key] = reading(model, text, edits)
    return READINGS[key]


READINGS: dict[tuple[Transformer, str], tuple[Tensor, dict[str, Tensor]]] = {}


@torch.no_grad()
def reading(model: Transformer, text: Mapping[str, list[int]], edits: Edits) -> tuple[Tensor, dict[str, Tensor]]:
    record: dict[str, Tensor] = {}
    gates = {name: torch.tensor(gate) for name, gate in edits.get("gates", {}).items()}
    arguments = [torch.tensor([ids]) for ids in text.values()]
    with edited(model, **as_in_python(edits)):
        found: Tensor = model(*arguments, gates=gates, record=record)
    return (model.logits(found) if isinstance(model, EncoderOnly) else found)[0], record


def as_in_python(edits: Edits) -> dict[str, Any]:
    """The masks and rows in the form that Python's `edited` takes."""
    masks = {
        name: torch.tensor(mask["allowed"]).bool().view(mask["rows"], mask["columns"])
        for name, mask in edits.get("masks", {}).items()
    }
    rows = {name: [RowEdit(**row) for row in rows] for name, rows in edits.get("rows", {}).items()}
    return {"masks": masks, "rows": rows}


def assert_same_reading(found: Mapping[str, Any], model: Transformer, edits: Edits) -> None:
    logits, record = in_python(model, text_of(model), edits)
    close(array(found["logits"]).view(logits.shape), logits)
    assert set(found["record"]) == set(record)
    for name, expected in record.items():
        close(array(found["record"][name]), expected)


def assert_all_same(run: Run, folder: Path, cases: list[Case], **how: bool) -> None:
    """Each model under one set of edits after the other, in one sitting."""
    jobs = []
    for number, (model, edits) in enumerate(cases):
        where = folder / str(number)
        if not where.exists():
            write(where, model)
        jobs.append({"kind": "look", "folder": str(where), "input": text_of(model), "edits": edits})
    for (model, edits), readings in zip(cases, run(jobs, **how), strict=True):
        for found, one in zip(readings, edits, strict=True):
            assert_same_reading(found, model, one)


def all_kinds() -> list[Case]:
    models = [build(family, seed, **changes) for seed, (family, changes) in enumerate(KINDS)]
    return [(model, [{"gates": {model.attention_names[0]: [0.5] * model.config.n_heads}}, {}]) for model in models]


@pytest.mark.parametrize("plain_loops", [False, True], ids=["vectors", "plain loops"])
def test_all_kinds_of_models(engine: Run, models: Path, plain_loops: bool) -> None:
    assert_all_same(engine, models / "kinds", all_kinds(), plain_loops=plain_loops)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_in_a_model_is_noticed(engines: dict[str, Run], models: Path, mistake: str) -> None:
    with pytest.raises(AssertionError):
        assert_all_same(engines[mistake], models / "kinds", all_kinds())


# --- changes while it runs --------------------------------------------------------------------------------------------


def some_edits(model: Transformer) -> list[Edits]:
    """One kind of change after the other, in the first attention and the last, then all at once, then none."""
    first, *_, last = model.attention_names
    rows, columns = (4, 6) if isinstance(model, EncoderDecoder) else (6, 6)
    allowed = [(3 * row + column) % 4 > 0 and row != 2 for row in range(rows) for column in range(columns)]
    gates = {last: [0.0, 1.0, 0.5]}
    masks = {last: {"rows": rows, "columns": columns, "allowed": [int(cell) for cell in allowed]}}
    given = [0.1, 0.0, 0.6, 0.0, 0.2, 0.3]  # need not sum to 1
    rowed = {first: [{"head": 1, "query": 3, "weights": given}], last: [{"head": 2, "query": 0, "weights": given}]}
    return [
        *({"gates": gates}, {"masks": masks}, {"rows": rowed}, {"gates": {first: [1.0, 0.0, 2.0], **gates}}),
        *({"gates": gates, "masks": masks, "rows": rowed}, {}, {"gates": gates}),
    ]


def edited_models() -> list[Case]:
    models = [build(family, positions="alibi", norm="pre") for family in FAMILIES]
    return [(model, some_edits(model)) for model in models]


def test_gates_masks_and_rows(engine: Run, models: Path) -> None:
    assert_all_same(engine, models / "edited", edited_models())


@pytest.mark.parametrize("mistake", EDIT_MISTAKES)
def test_a_planted_mistake_in_an_edit_is_noticed(engines: dict[str, Run], models: Path, mistake: str) -> None:
    with pytest.raises(AssertionError):
        assert_all_same(engines[mistake], models / "edited", edited_models())


# --- weights of other kinds -------------------------------------------------------------------------------------------


def write_int8(folder: Path, model: Transformer) -> Path:
    """Write a model whose matrices are int8 with a scale for each row."""
    write(folder, model)
    weights: dict[str, Tensor] = {}
    for name, tensor in model.state_dict().items():
        if tensor.dim() == 1:
            weights[name] = tensor
            continue
        scales = tensor.abs().amax(dim=1) / 127
        weights[name] = (tensor / scales[:, None]).round().to(torch.int8)
        weights[f"{name}.scales"] = scales
    save_file(weights, folder / "weights.safetensors", {"format": "pt"})
    return folder


def scaled(file: Path) -> dict[str, Tensor]:
    """The numbers that int8 and scales stand for."""
    weights = load_file(file)
    full = {name: t.float() for name, t in weights.items() if not name.endswith(".scales")}
    return {name: t * weights[f"{name}.scales"][:, None] if t.dim() == 2 else t for name, t in full.items()}


@pytest.mark.parametrize("kind", ["float16", "int8"])
def test_smaller_weights(engine: Run, tmp_path: Path, kind: str) -> None:
    """The same numbers as from the same file in Python, and close to those of the weights before."""
    original = build("encoder-decoder", 3, positions="rotary")
    if kind == "float16":
        folder = write(tmp_path, original, dtype=torch.float16)
        model = read(folder)
    else:
        folder = write_int8(tmp_path, original)
        model = read(write(tmp_path / "float", original))
        model.load_state_dict(scaled(folder / "weights.safetensors"))
    job = {"kind": "look", "folder": str(folder), "input": text_of(model), "edits": [{}]}
    ((found,),) = engine([job])
    assert_same_reading(found, model, {})
    exact, _ = in_python(original, text_of(model), {})
    error = float((array(found["logits"]).view(exact.shape) - exact).abs().max())
    assert 1e-5 < error < (0.02 if kind == "float16" else 0.5)
