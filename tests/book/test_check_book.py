"""Every check of the built book passes on a book without a fault and fails on the mistake it is there for."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import check_book
from book_pages import Book
from book_weights import PAGE_BUDGET, WIDGETS_BUDGET


@dataclass(frozen=True)
class Mistake:
    """A planted mistake: which check has to see it, and how it is made in a faultless book."""

    check: str
    file: str
    old: str
    new: str


CHAPTER = "notebooks/one.html"
MISTAKES = (
    Mistake("links", "book/intro.html", "../notebooks/one.html", "../notebooks/two.html"),
    Mistake("links", CHAPTER, "intro.html#top", "intro.html#bottom"),
    Mistake("links", "book/intro.html", "../_static/book.css", "../_static/gone.css"),
    Mistake("strangers", CHAPTER, "../_static/attnlab/page.js", "https://cdn.example.org/attnlab.js"),
    Mistake("strangers", CHAPTER, "../_static/figure.svg", "//images.example.org/figure.svg"),
    Mistake("strangers", "_static/book.css", 'url("figure.svg")', 'url("https://fonts.example.org/f.woff2")'),
    Mistake("strangers", "_static/book.css", "body", '@import "https://fonts.example.org/all.css"; body'),
    Mistake("strangers", "_static/attnlab/page.js", 'fetch("assets', 'fetch("https://cdn.example.org/assets'),
    Mistake("strangers", CHAPTER, "</head>", "<script>import('https://cdn.example.org/x.js')</script></head>"),
    Mistake("strangers", CHAPTER, "<p>The", '<p style="background: url(https://example.org/p.png)">The'),
    Mistake("leaks", CHAPTER, "The root", "The root, made in /home/someone/book"),
    Mistake("leaks", "_static/attnlab/page.js", "fetch", "// /tmp/build/attnlab.ts\nfetch"),
    Mistake("leaks", "_sources/notebooks/one.ipynb", '"metadata": {}', '"metadata": {"path": "/Users/someone/nb"}'),
    Mistake("leaks", CHAPTER, "The root", f"The root, made in {check_book.ROOT}/book"),
    Mistake("downloads", CHAPTER, ' download="one.ipynb"', ""),
    Mistake("downloads", "_sources/notebooks/one.ipynb", '"cells"', '"pages"'),
    Mistake("alternative_texts", CHAPTER, 'alt="A line that rises"', ""),
    Mistake("alternative_texts", CHAPTER, 'alt="A line that rises"', 'alt=" "'),
    Mistake("alternative_texts", CHAPTER, ' aria-label="A heat map"', ""),
    Mistake("alternative_texts", CHAPTER, '<svg role="img"', "<svg"),
    Mistake("formulas", CHAPTER, '<span class="katex">√d</span>', r"\sqrt{d}"),
    Mistake("formulas", CHAPTER, "The root", "The root $$d$$"),
    Mistake("formulas", CHAPTER, "The root", r"The root $d_k$"),
    Mistake("formulas", CHAPTER, "The root", r"The root \(d_k\)"),
    Mistake("formulas", CHAPTER, 'class="katex"', 'class="katex katex-error"'),
    Mistake("outputs", CHAPTER, "<p>The", '<div class="output traceback highlight">TypeError: planted</div><p>The'),
    Mistake("outputs", CHAPTER, "<p>The", '<div class="output stderr highlight">UserWarning: planted</div><p>The'),
    Mistake("unused", CHAPTER, "../_static/attnlab/page.js", "../_static/MathJax.js"),
    Mistake("unused", CHAPTER, "../_static/attnlab/page.js", "../_static/vendor/require.js"),
    Mistake("unused", CHAPTER, "../_static/attnlab/page.js", "../_static/sphinx-thebe.js"),
    Mistake("heads", CHAPTER, ' lang="en"', ""),
    Mistake("heads", CHAPTER, "<title>One</title>", ""),
    Mistake("heads", CHAPTER, "One, described", "Welcome, described"),
    Mistake("heads", CHAPTER, "One, described", ""),
    Mistake("heads", CHAPTER, "<p>The", "<h1>Two</h1><p>The"),
    Mistake("widgets", CHAPTER, '{"kind": "self-attention"}', "{"),
    Mistake("widgets", CHAPTER, '{"kind": "self-attention"}', "{}"),
    Mistake("widgets", CHAPTER, "<p>apple attends to banana</p>", ""),
    Mistake("widgets", CHAPTER, 'id="attnlab-assets"', 'id="other"'),
    Mistake("widgets", CHAPTER, "words.abc.safetensors", "words.old.safetensors"),
    Mistake("widgets", CHAPTER, '"bytes": 4', '"bytes": 5'),
)


def problems(check: str, folder: Path) -> list[str]:
    found: Callable[[Book], list[str]] = getattr(check_book, check)
    return found(Book(folder))


@pytest.mark.parametrize("check", [check.__name__ for check in check_book.CHECKS])
def test_a_faultless_book_passes(check: str, site: Path) -> None:
    assert problems(check, site) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.check}: {mistake.new[:40]}")
def test_a_planted_mistake_is_seen(mistake: Mistake, site: Path) -> None:
    path = site / mistake.file
    text = path.read_text("utf-8")
    assert mistake.old in text, "the mistake has no place to be planted in"
    path.write_text(text.replace(mistake.old, mistake.new), "utf-8")
    assert problems(mistake.check, site)


def noise(size: int) -> bytes:
    """Bytes that do not compress."""
    return random.Random(0).randbytes(size)


@pytest.mark.parametrize("name", ["_static/figure.svg", "_static/attnlab/page.js"])
def test_a_page_over_its_budget_is_seen(name: str, site: Path) -> None:
    (site / name).write_bytes(noise(PAGE_BUDGET))
    assert any("notebooks/one.html" in problem for problem in problems("weights", site))


def test_widgets_over_their_budget_are_seen(site: Path) -> None:
    (site / "_static" / "attnlab" / "page.js").write_bytes(noise(WIDGETS_BUDGET + 1000))
    (problem,) = problems("weights", site)
    assert re.match(r"notebooks/one.html: 91\d{3} bytes of widgets compressed, more than 90000", problem)


def test_what_loads_on_demand_does_not_count(site: Path) -> None:
    (site / "_static" / "assets" / "words.abc.safetensors").write_bytes(noise(2 * PAGE_BUDGET))
    assert problems("weights", site) == []


def test_every_check_has_a_planted_mistake() -> None:
    tried = {mistake.check for mistake in MISTAKES} | {"weights"}
    assert tried == {check.__name__ for check in check_book.CHECKS}


def test_the_command_fails_where_there_is_no_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_book.main([str(tmp_path)]) == 1
    assert "make book" in capsys.readouterr().err


def test_the_command_fails_on_a_problem(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_book.main([str(site)]) == 0
    (site / "_sources" / "notebooks" / "one.ipynb").unlink()
    assert check_book.main([str(site)]) == 1
    assert "one.ipynb leads nowhere" in capsys.readouterr().out
