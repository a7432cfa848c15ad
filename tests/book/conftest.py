"""A tiny book without a fault, for the checks to be tried on."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "book" / "_ext")]

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="description" content="{title}, described">
<link rel="stylesheet" href="../_static/book.css">{head}</head>
<body><main><h1 id="top">{title}</h1>{body}</main></body></html>
"""
WIDGET = """
<attn-widget kind="self-attention" data-widget-id="first">
<script type="application/json">{"kind": "self-attention"}</script><p>apple attends to banana</p></attn-widget>
"""
CHAPTER = """
<p><a href="../_sources/notebooks/one.ipynb" download="one.ipynb">Download</a>
<a href="../book/intro.html#top">Back</a></p>
<p>The root: <span class="math"><span class="katex">√d</span></span>, in TeX <code>$\\sqrt{d}$</code>.</p>
<img src="../_static/figure.svg" alt="A line that rises"><svg role="img" aria-label="A heat map"></svg>
"""
ASSETS = """<script type="application/json" id="attnlab-assets">
{"words": {"url": "../_static/assets/words.abc.safetensors", "bytes": 4}}</script>
<script type="module" src="../_static/attnlab/page.js"></script>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The folder of a built book: two pages, a widget, a formula, a figure and a notebook to download."""
    files = {
        "book/intro.html": PAGE.format(
            title="Welcome", head="", body='<p><a href="../notebooks/one.html">One</a> <a href="#top">Up</a></p>'
        ),
        "notebooks/one.html": PAGE.format(title="One", head=ASSETS, body=CHAPTER + WIDGET),
        "_sources/notebooks/one.ipynb": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
        "_static/book.css": 'body { background: url("figure.svg") }',
        "_static/figure.svg": '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
        "_static/attnlab/page.js": 'fetch("assets/words.abc.safetensors")',
        "_static/assets/words.abc.safetensors": "abcd",
    }
    for name, content in files.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return tmp_path / "site"
