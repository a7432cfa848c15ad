"""``python -m attnlab.train``: from text files to a folder with a model that can be used."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch

from attnlab import train
from attnlab.models import files as files_of_models
from attnlab.models import load_reader, load_translator, load_writer
from attnlab.training import TrainingConfig, presets

PAIRS = [("One fish.", "一条鱼。"), ("Two fish.", "两条鱼。"), ("One dog.", "一条狗。"), ("Two dogs.", "两条狗。")]
TINY = {"d_model": 12, "n_heads": 2, "n_layers": 1, "n_decoder_layers": 1, "d_ff": 16, "max_length": 40, "norm": "pre"}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The arguments of a run that takes a second."""
    lines = ["english\tchinese\tattribution", *(f"{english}\t{chinese}\tours" for english, chinese in PAIRS)]
    for name in ("train.tsv", "dev.tsv"):
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "variants.txt").write_text("條\t条\n魚\t鱼\n貓\t猫\n", encoding="utf-8")
    config = TrainingConfig(steps=4, tokens_per_batch=60, learning_rate=0.01, warmup_steps=1, evaluate_every=2)
    monkeypatch.setattr(presets, "TRANSLATOR_SHAPE", TINY)
    monkeypatch.setattr(presets, "TRANSLATOR_MERGES", 5)
    monkeypatch.setattr(presets, "TRANSLATOR", config)
    names = {"pairs": "train.tsv", "dev": "dev.tsv", "variants": "variants.txt", "out": "run"}
    return ["translator", *(part for name, file in names.items() for part in (f"--{name}", str(tmp_path / file)))]


def test_a_run_leaves_a_translator_and_its_card(files: list[str], tmp_path: Path) -> None:
    assert train.main(files) == 0
    translator = load_translator(tmp_path / "run")
    assert isinstance(translator.translate("一条鱼"), str)
    assert translator.read("兩條魚").simplified == (("條", "条"), ("魚", "鱼"))  # the cat is not in the pairs
    card = (tmp_path / "run" / "README.md").read_text(encoding="utf-8")
    for words in ("CC-BY 2.0", "| BLEU, greedy |", "| chrF, beam of 5 |", "4 steps in", "seed 0"):
        assert words in card
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == [1, 2, 3, 4]
    assert "bleu" in log[1]


ARTICLE = " = {0} = \n \n The {0} is a sweet fruit of the garden . \n A wasp lives in the {0} all the summer . \n"
TINY_TEXT_SHAPE = {"d_model": 12, "n_heads": 2, "n_layers": 1, "d_ff": 16, "max_length": 48, "norm": "pre"}


@pytest.fixture
def texts(files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The arguments, without the model's name, of a run that reads English; one sentence is held out from the pairs."""
    articles = (ARTICLE.format(name) for name in ("fig", "kiwi", "plum", "quince", "pear", "mango"))
    (tmp_path / "articles.txt").write_text(" \n".join(articles), encoding="utf-8")
    lines = (tmp_path / "dev.tsv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "dev.tsv").write_text("\n".join(lines[:2]) + "\n", encoding="utf-8")
    config = TrainingConfig(steps=4, tokens_per_batch=100, learning_rate=0.01, warmup_steps=1, evaluate_every=2)
    for name, value in {"SHAPE": TINY_TEXT_SHAPE, "": config}.items():
        for model in ("WRITER", "READER"):
            monkeypatch.setattr(presets, f"{model}_{name}".rstrip("_"), value)
    monkeypatch.setattr(presets, "TEXT_MERGES", 20)
    names = {"articles": "articles.txt", "pairs": "train.tsv", "dev": "dev.tsv", "out": "run"}
    return [part for name, file in names.items() for part in (f"--{name}", str(tmp_path / file))]


def test_a_run_leaves_a_writer_and_its_card(texts: list[str], tmp_path: Path) -> None:
    assert train.main(["writer", *texts]) == 0
    assert load_writer(tmp_path / "run").write("The fig", max_new_tokens=5).startswith("The fig")
    card = (tmp_path / "run" / "README.md").read_text(encoding="utf-8")
    for words in ("CC BY-SA 3.0", "| Perplexity a token |", "(trigrams: ", "everyday sentences |", "4 steps in"):
        assert words in card


def test_a_run_leaves_a_reader_and_its_card(texts: list[str], tmp_path: Path) -> None:
    assert train.main(["reader", *texts]) == 0
    (blank,) = load_reader(tmp_path / "run").fill("The __ is sweet.")
    assert len(blank.distribution) == 20 + 256 + 4
    card = (tmp_path / "run" / "README.md").read_text(encoding="utf-8")
    for words in ("CC BY-SA 3.0", "| First guess right |", "| Right among the first five guesses |", "(trigrams: "):
        assert words in card
    assert "a word" not in card  # blanks are tokens


@pytest.mark.parametrize("model", ["writer", "reader"])
def test_the_card_tells_the_scores_of_what_is_stored(
    model: str, texts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not of the weights before they were rounded to float16: here the stored ones are put to zero."""
    monkeypatch.setattr(files_of_models, "_halved", lambda name, tensor: torch.zeros_like(tensor, dtype=torch.float16))
    assert train.main([model, *texts]) == 0
    card = (tmp_path / "run" / "README.md").read_text(encoding="utf-8")
    assert f"| Perplexity a token | {20 + 256 + 4}.0 (" in card  # all tokens alike


def test_what_the_command_line_says_goes_before_the_preset(files: list[str], tmp_path: Path) -> None:
    assert train.main([*files, "--steps", "3", "--learning-rate", "0.5", "--seed", "7"]) == 0
    card = (tmp_path / "run" / "README.md").read_text(encoding="utf-8")
    told = dataclasses.replace(presets.TRANSLATOR, steps=3, learning_rate=0.5, seed=7).to_dict()
    assert json.dumps(told) in card


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--pairs", "nowhere.tsv"], "nowhere.tsv"),
        (["--steps", "0"], "steps must be at least 1, got 0"),
        (["--tokens-per-batch", "5"], "4 of 4 pairs have more than 5 tokens"),
        (["--resume"], "no checkpoint"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(
    files: list[str], change: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.main([*files, *change]) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_a_finished_run_is_not_overwritten(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(files) == 0
    assert train.main(files) == 2
    assert "is there already" in capsys.readouterr().err
