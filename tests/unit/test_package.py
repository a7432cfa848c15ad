"""What importing the package costs, and the string tables."""

import dataclasses
import importlib
import inspect
import json
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest

import attnlab
from attnlab import strings
from attnlab.exercises import EXERCISES, QUESTIONS
from attnlab.heads import KINDS
from attnlab.widgets.families_checks import FAMILIES
from attnlab.widgets.mask_results import PRESETS
from attnlab.widgets.positions_results import MEASURED
from attnlab.widgets.tokens_cuts import CUTS
from attnlab.widgets.tokens_fallback import NAMES as CODINGS

SOURCE = Path(attnlab.__file__).parent
TABLES = {lang: json.loads((SOURCE / "locales" / f"{lang}.json").read_text(encoding="utf-8")) for lang in ("en", "zh")}

HEAVY = ["torch", "matplotlib", "anywidget", "ipywidgets", "numpy", "safetensors"]


def loaded_by(statement: str) -> set[str]:
    """Which of the heavy modules a fresh Python has loaded after a statement."""
    program = f"import sys; {statement}; print(*(name for name in {HEAVY} if name in sys.modules))"
    environment = {"PYTHONPATH": str(SOURCE.parent)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import attnlab", set()),
        ("import attnlab.text, attnlab.strings", set()),
        ("import attnlab.data", set()),
        ("import attnlab.embedding", {"numpy", "safetensors"}),
        ("import attnlab.attention", {"torch", "numpy"}),
        ("import attnlab.word2vec", {"numpy", "safetensors"}),
        ("import attnlab.plot", {"matplotlib", "numpy"}),
        ("import attnlab.widgets", {"numpy", "safetensors", "anywidget", "ipywidgets"}),
        ("import attnlab.exercises", {"numpy", "safetensors", "anywidget", "ipywidgets"}),
        ("from attnlab.widgets import SelfAttentionExplorer as S; S()", set(HEAVY) - {"torch", "matplotlib"}),
    ],
)
def test_an_import_loads_no_more_than_it_needs(statement: str, allowed: set[str]) -> None:
    assert loaded_by(statement) <= allowed


def test_an_import_that_loads_too_much_is_noticed() -> None:
    assert loaded_by("import attnlab.plot") - {"numpy"} == {"matplotlib"}


# Who may import whom: a module imports from its own floor and from those below. What is not named may import all.
FLOORS = (
    {"strings", "text", "heads", "masks", "positions", "minilm_files", "data"},
    {"attention", "embedding"},
    {"transformer"},
    {"decoding", "training"},
    {"pretrained", "models", "word2vec"},
    {"train"},
)


PUBLIC = (
    *(
        "text",
        "data",
        "embedding",
        "heads",
        "masks",
        "positions",
        "attention",
        "transformer",
        "decoding",
        "pretrained",
        "plot",
    ),
    *("training", "training.card", "training.corpus", "training.language", "training.translation", "training.trigrams"),
    *(
        "training.average",
        "training.batches",
        "training.bleu",
        "training.checkpoint",
        "training.config",
        "training.log",
    ),
    *("training.loop", "training.order", "training.order_task", "training.processes", "training.scores"),
    *("training.reader", "training.step", "training.task", "training.text_batches", "training.writer"),
    *("models", "word2vec", "word2vec.agreement", "word2vec.phrases", "word2vec.two_languages", "train"),
)


def imports_from_above(module: str, source: str) -> set[str]:
    """What a file of ``attnlab.<module>`` imports although it lies higher, at the top of the file or in a function."""
    floor = next(level for level, names in enumerate(FLOORS) if module in names)
    below = set().union(*FLOORS[: floor + 1])
    statements = [line for line in source.splitlines() if not line.lstrip().startswith(">>>")]
    found = re.findall(r"^\s*(?:from|import) attnlab\.(\w+)", "\n".join(statements), flags=re.MULTILINE)
    return set(found) - below


def files_of(module: str) -> list[Path]:
    folder = SOURCE / module
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [SOURCE / f"{module}.py"]


@pytest.mark.parametrize("module", sorted(set().union(*FLOORS)))
def test_nothing_imports_what_sits_above_it(module: str) -> None:
    for file in files_of(module):
        assert not imports_from_above(module, file.read_text(encoding="utf-8")), file.name


def test_an_import_from_above_is_noticed() -> None:
    assert imports_from_above("attention", "from attnlab.plot import show") == {"plot"}
    assert imports_from_above("masks", "def f():\n    import attnlab.transformer") == {"transformer"}
    assert imports_from_above("transformer", "from attnlab.attention import x") == set()


# --- every public name explains itself --------------------------------------------------------------------------------


def lacking(thing: object) -> list[str]:
    """What the docstring of a public function or class lacks. A record explains its fields, and needs no example."""
    doc = inspect.getdoc(thing) or ""
    is_record = (dataclasses.is_dataclass(thing) and "__post_init__" not in vars(thing)) or hasattr(thing, "_fields")
    found = [] if doc else ["words"]
    if inspect.isfunction(thing) or (inspect.isclass(thing) and not is_record):
        found += [] if ">>>" in doc else ["example"]
    return found


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_has_an_example_that_runs(module: str) -> None:
    names = importlib.import_module(f"attnlab.{module}").__dict__
    shown = names.get("__all__") or [name for name, thing in names.items() if is_own(name, thing, module)]
    assert shown
    assert {name: lacking(names[name]) for name in shown if callable(names[name]) and lacking(names[name])} == {}


def is_own(name: str, thing: object, module: str) -> bool:
    return not name.startswith("_") and getattr(thing, "__module__", "") == f"attnlab.{module}"


def test_a_name_without_an_example_is_noticed() -> None:
    def halve(x: float) -> float:
        """Return half of it."""
        return x / 2

    assert lacking(halve) == ["example"]
    halve.__doc__ = None
    assert lacking(halve) == ["words", "example"]


def test_the_version() -> None:
    assert re.match(r"\d+", attnlab.__version__)


# --- the string tables ------------------------------------------------------------------------------------------------


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    assert list(TABLES["en"]) == list(TABLES["zh"])
    for key, english in TABLES["en"].items():
        assert gaps(english) == gaps(TABLES["zh"][key]), key
        assert english.strip()


def test_the_chinese_texts_are_chinese() -> None:
    for key, chinese in TABLES["zh"].items():
        assert re.search(r"[\u4e00-\u9fff、]", chinese) or chinese == TABLES["en"][key] == "", key


def code() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))


def made_keys() -> set[str]:
    """The texts whose names are put together: those of exercises and questions, and of a few choices in widgets."""
    keys = {f"families.kept.{family}" for family in FAMILIES}
    keys |= {f"tokens.cut.{cut}" for cut in CUTS} | {f"tokens.{coding}" for coding in CODINGS}
    keys |= {f"heads.kind.{kind}" for kind in KINDS}
    keys |= {f"masks.preset.{preset}" for preset in PRESETS}
    keys |= {f"positions.{view}.table" for view in ("encoding", "sum", "shuffle", "schemes")}
    keys |= {f"positions.scheme.{scheme}" for scheme in MEASURED}
    keys |= {f"positions.row.{row}" for row in ("word", "position", "sum")}
    columns = ("pair wave angle cosine sine", "length cosine-word", "word typed now change")
    keys |= {f"positions.column.{name}" for table in columns for name in table.split()}
    keys |= {f"latent-space.column.{column}" for column in ("excluded", "included")}
    for exercise in EXERCISES.values():
        keys.add(f"exercise.{exercise.id}.correct")
        for name in exercise.rivals:
            keys |= {f"exercise.{exercise.id}.{name}", f"exercise.{exercise.id}.{name}.hint"}
    for question in QUESTIONS:
        numbers = [key for key in TABLES["en"] if re.fullmatch(rf"question\.{question}\.\d", key)]
        keys |= {f"question.{question}", *numbers, *(f"{key}.feedback" for key in numbers)}
    return keys


def test_no_text_is_missing() -> None:
    asked = set(re.findall(r"\btext(?:_of)?\(\s*[\"']([a-z-]+\.[a-z_.-]+)[\"']", code()))
    assert len(asked) > 20
    assert asked | made_keys() <= set(TABLES["en"])


def test_no_text_is_left_over() -> None:
    named = set(re.findall(r"[\"']([a-z-]+\.[a-z_.-]+)[\"']", code()))
    assert set(TABLES["en"]) <= named | made_keys()


def test_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTNLAB_LANG", raising=False)
    assert strings.language() == "en"
    for name in ("zh", "zh_CN", "zh-Hans", "ZH", "zh_CN.UTF-8"):
        monkeypatch.setenv("ATTNLAB_LANG", name)
        assert strings.language() == "zh"
    assert strings.language("en") == "en"
    assert strings.text("widget.token_count", count=3) == "3 个词元"
    monkeypatch.setenv("ATTNLAB_LANG", "fr")
    with pytest.raises(ValueError, match="one of en, zh, got 'fr'"):
        strings.language()
    with pytest.raises(KeyError, match="no such"):
        strings.text("no such", "en")
