"""What stands beside the pages: the widgets' modules, their data, KaTeX's stylesheet and fonts, and nothing unused."""

import hashlib
import json
import logging
import re
import shutil
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from attnlab.widgets.base import ASSETS
from attnlab.widgets.playground_files import asset_files

from .formulas import KATEX
from .settings import ROOT, STATIC
from .strings import strings

logging.getLogger("fontTools").setLevel(logging.WARNING)

OWN = ROOT / "book" / "_static"
OWN_FILES = ("book.css", "book.js", "favicon.svg")
STYLES = "attnlab.css"
MODULES = STATIC / "page"  # the front end as pages load it; modules.json says what each of its parts needs
# Of Sphinx's own files, those that a page or the search page loads.
SPHINX_FILES = ("documentation_options.js", "doctools.js", "sphinx_highlight.js", "searchtools.js", "language_data.js")
REDIRECT = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={page}"><link rel="canonical" href="{page}">
<link rel="icon" href="_static/favicon.svg"></head>
<body><main><h1>{title}</h1><p><a href="{page}">{text}</a></p></main></body></html>
"""


@dataclass(frozen=True)
class Asset:
    """A file that a widget loads on demand, under a name that changes with its bytes."""

    source: Path
    address: str
    size: int


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def find_asset(name: str, source: Path) -> Asset:
    content = source.read_bytes()
    address = f"_static/assets/{name.replace('/', '-')}.{digest(content)}{source.suffix}"
    return Asset(source, address, len(content))


def find_assets() -> dict[str, Asset]:
    """The word table, the models' worker and the models, by the names that the widgets have for them."""
    sources = {**{name: STATIC / file for name, file in ASSETS.items()}, **asset_files()}
    return {name: find_asset(name, source) for name, source in sources.items()}


def prepare(app: Sphinx) -> None:
    """Learn the versions and addresses that every page needs, before the first page is written."""
    needed = (STYLES, f"{MODULES.name}/modules.json", *ASSETS.values())
    missing = [name for name in needed if not (STATIC / name).is_file()]
    if missing:
        raise ExtensionError(f"{STATIC} lacks {', '.join(missing)}: `make book` makes them.")
    versioned = {name: OWN / name for name in OWN_FILES} | {STYLES: STATIC / STYLES}
    app.attnlab_versions = {name: digest(path.read_bytes()) for name, path in versioned.items()}
    app.attnlab_assets = find_assets()
    app.attnlab_modules = json.loads((MODULES / "modules.json").read_text("utf-8"))


def write_if_changed(path: Path, content: bytes) -> None:
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def subset_font(source: Path, characters: str) -> bytes | None:
    """The font with only the glyphs for ``characters``; None where it has none of them."""
    options = Options(flavor="woff2", layout_features=["*"], notdef_outline=True)
    font = load_font(str(source), options)
    if not set(map(ord, characters)) & set(font.getBestCmap()):
        return None
    subsetter = Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    packed = BytesIO()
    save_font(font, packed, options)
    return packed.getvalue()


def katex_stylesheet(characters: str, output: Path, stamp: Path) -> None:
    """KaTeX's stylesheet and the glyphs that the book's formulas draw; the faces without any are left out."""
    stylesheet = (KATEX / "dist" / "katex.min.css").read_text("utf-8")
    key = digest(characters.encode(), stylesheet.encode())
    if (output / "katex.css").is_file() and stamp.is_file() and stamp.read_text("utf-8") == key:
        return
    shutil.rmtree(output, ignore_errors=True)

    def face(match: re.Match[str]) -> str:
        name = re.search(r"fonts/([\w-]+)\.woff2", match[0])
        font = subset_font(KATEX / "dist" / "fonts" / f"{name[1]}.woff2", characters) if name else None
        if name is None or font is None:
            return ""
        file = f"{name[1]}.{digest(font)}.woff2"
        write_if_changed(output / file, font)
        return re.sub(r"src:[^;}]*", f'src:url({file}) format("woff2")', match[0])

    write_if_changed(output / "katex.css", re.sub(r"@font-face\{[^}]*\}", face, stylesheet).encode())
    shutil.copyfile(KATEX / "LICENSE", output / "LICENSE")
    stamp.write_text(key, "utf-8")


def keep_only(folder: Path, kept: set[str]) -> None:
    """Remove what the theme and extensions copied and no page loads."""
    for path in folder.iterdir():
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def remove_left_pages(app: Sphinx) -> None:
    """Sphinx leaves the page of a chapter that was renamed or taken out."""
    names = {*app.env.found_docs, "search", "index"}
    for page in Path(app.outdir).rglob("*.html"):
        if page.relative_to(app.outdir).with_suffix("").as_posix() not in names:
            page.unlink()


def finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    remove_left_pages(app)
    out = Path(app.outdir)
    static = out / "_static"
    keep_only(static, {*SPHINX_FILES, *OWN_FILES, STYLES, "assets", "attnlab", "katex"})
    for source in [*(OWN / name for name in OWN_FILES), STATIC / STYLES]:
        write_if_changed(static / source.name, source.read_bytes())
    modules = {name for names in app.attnlab_modules.values() for name in names}
    for name in modules:
        write_if_changed(static / "attnlab" / name, (MODULES / name).read_bytes())
    keep_only(static / "attnlab", modules)
    assets = app.attnlab_assets.values()
    for asset in assets:
        write_if_changed(out / asset.address, asset.source.read_bytes())
    keep_only(static / "assets", {Path(asset.address).name for asset in assets})
    katex_stylesheet(app.attnlab_formulas.characters(), static / "katex", Path(app.doctreedir) / "katex.key")
    page = app.builder.get_target_uri(app.config.root_doc)
    redirect = REDIRECT.format(
        lang=app.config.language.replace("_", "-"), title=app.config.html_title, page=page, text=strings()["redirect"]
    )
    write_if_changed(out / "index.html", redirect.encode())
    (out / ".nojekyll").touch()  # GitHub Pages would leave out folders that begin with an underscore


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", prepare)
    app.connect("build-finished", finish, priority=900)
