"""What the build depends on beside the pages: the language, the repository's address, the code that notebooks run."""

import hashlib
import os
import shutil
import tomllib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ROOT / "src"
STATIC = SOURCES / "attnlab" / "static"
NODE_MODULES = SOURCES / "widgets" / "node_modules"

LANGUAGES = {"en": "en", "zh": "zh_CN"}  # ATTNLAB_LANG -> Sphinx's name of it
PLACEHOLDER_HOST = "example.invalid"
NOT_SOURCES = {"node_modules", "static", "__pycache__", ".ipynb_checkpoints"}
KEPT_CACHES = 4


def language() -> str:
    """``en`` or ``zh``, as ATTNLAB_LANG asks."""
    asked = os.environ.get("ATTNLAB_LANG") or "en"
    if asked not in LANGUAGES:
        raise ValueError(f"ATTNLAB_LANG is {asked!r}; the book has {' and '.join(sorted(LANGUAGES))}")
    return asked


def repository() -> str | None:
    """The repository's address, or None while pyproject.toml holds the placeholder."""
    asked = os.environ.get("ATTNLAB_REPOSITORY")
    if not asked:
        asked = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]["Repository"]
    return None if PLACEHOLDER_HOST in asked else asked.rstrip("/").removesuffix(".git")


def colab_address(address: str | None, path: str, branch: str = "main") -> str | None:
    """Where Colab opens the notebook at ``path``; None unless the repository is on GitHub."""
    host = "https://github.com/"
    if address is None or not address.startswith(host):
        return None
    return f"https://colab.research.google.com/github/{address.removeprefix(host)}/blob/{branch}/{path}"


def source_files(folder: Path) -> list[Path]:
    """Every file under ``folder`` on which a notebook's output may depend, in a fixed order."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NOT_SOURCES and not name.endswith(".egg-info")]
        found += [Path(parent, name) for name in names if not name.endswith((".test.ts", ".pyc"))]
    return sorted(found)


def source_key(folder: Path = SOURCES) -> str:
    """A hash of ``src/`` and of the language: outputs computed under another key may be out of date."""
    digest = hashlib.sha256(language().encode())
    for path in source_files(folder):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def key_execution_cache(app: Sphinx, config: Config) -> None:
    """Jupyter Book's cache looks at a notebook's code alone; give each state of ``src/`` a cache of its own."""
    caches = Path(app.outdir).parent / "cache"
    caches.mkdir(parents=True, exist_ok=True)
    current = caches / config.attnlab_source_key
    current.mkdir(exist_ok=True)
    current.touch()
    for old in sorted(caches.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT_CACHES]:
        shutil.rmtree(old)
    config["nb_execution_cache_path"] = str(current)


def choose_language(app: Sphinx, config: Config) -> None:
    config["language"] = LANGUAGES[language()]
    config["locale_dirs"] = [str(ROOT / "book" / "locale")]


def setup(app: Sphinx) -> None:
    # "env": another key makes Sphinx read every page anew, and so run every notebook that the new cache lacks.
    app.add_config_value("attnlab_source_key", source_key(), "env", [str])
    app.add_config_value("comments_config", {}, "", [dict])  # Jupyter Book sets it, for an extension that stays out
    app.add_config_value("attnlab_repository", repository(), "html", [str, type(None)])
    app.connect("config-inited", choose_language)
    app.connect("config-inited", key_execution_cache)
