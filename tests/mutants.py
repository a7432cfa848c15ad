"""Planted mistakes: the package's own source with one line changed, to show that a test would notice."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import patch


def mutant(modules: tuple[str, ...], part: str, right: str, wrong: str) -> ModuleType:
    """Return the last of ``attnlab``'s ``modules`` as it would be if ``right`` stood as ``wrong`` in ``part``.

    ``modules`` are those that depend on ``part``, and ``part`` itself, in the order in which they import each other.
    The modules that everything else uses stay as they are.
    """
    assert part in modules
    made: dict[str, ModuleType] = {}
    for name in modules:
        found = importlib.util.find_spec(f"attnlab.{name}")
        assert found is not None
        assert found.origin is not None
        source = Path(found.origin).read_text(encoding="utf-8")
        if name == part:
            assert source.count(right) == 1, f"{right!r} stands {source.count(right)} times in {name}.py"
            source = source.replace(right, wrong)
        module = made[f"attnlab.{name}"] = ModuleType(f"attnlab.{name}")
        module.__file__ = found.origin
        with patch.dict(sys.modules, made):
            exec(compile(source, found.origin, "exec"), module.__dict__)
    return made[f"attnlab.{modules[-1]}"]
