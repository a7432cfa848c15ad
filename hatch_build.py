"""The package's build hook: bundle the front end and make the table of word vectors.

Both land in ``src/attnlab/static``, so that a wheel carries them and nobody who installs it needs Node or the model.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tools"))


class StaticFilesHook(BuildHookInterface):
    """Makes the front end's files and ``words.safetensors`` before the wheel is packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        import build_front_end
        import build_words

        static = ROOT / "src" / "attnlab" / "static"
        build_front_end.build(ROOT / "src" / "widgets", static)
        build_words.build(static)
