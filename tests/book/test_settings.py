"""What the build depends on: the code behind the notebooks, the language, the repository's address."""

import pytest
from attnlab_book import formulas, references, settings, strings


@pytest.fixture
def sources(tmp_path):
    for name in ("attnlab/attention.py", "widgets/index.ts", "widgets/node_modules/x/index.js", "attnlab/static/a.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one")
    return tmp_path


@pytest.mark.parametrize("name", ["attnlab/attention.py", "widgets/index.ts", "attnlab/new.py", "attnlab/data.json"])
def test_a_change_in_the_sources_asks_for_a_new_cache(sources, name):
    before = settings.source_key(sources)
    (sources / name).write_text("two")
    assert settings.source_key(sources) != before


@pytest.mark.parametrize("name", ["widgets/node_modules/x/index.js", "attnlab/static/a.js", "widgets/a.test.ts"])
def test_what_no_output_depends_on_leaves_the_cache(sources, name):
    before = settings.source_key(sources)
    (sources / name).write_text("two")
    assert settings.source_key(sources) == before


def test_a_renamed_file_asks_for_a_new_cache(sources):
    before = settings.source_key(sources)
    (sources / "attnlab/attention.py").rename(sources / "attnlab/other.py")
    assert settings.source_key(sources) != before


def test_another_language_asks_for_a_new_cache(sources, monkeypatch):
    before = settings.source_key(sources)
    monkeypatch.setenv("ATTNLAB_LANG", "zh")
    assert settings.source_key(sources) != before
    assert strings.strings()["search"] == "搜索"


def test_an_unknown_language_is_an_error(monkeypatch):
    monkeypatch.setenv("ATTNLAB_LANG", "tlh")
    with pytest.raises(ValueError, match=r"'tlh'.*en and zh"):
        settings.language()


def test_both_languages_have_every_string():
    tables = strings.STRINGS
    assert tables["en"].keys() == tables["zh"].keys()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("https://example.invalid/attention-lab", None),
        ("https://github.com/someone/lab", "https://github.com/someone/lab"),
        ("https://github.com/someone/lab.git", "https://github.com/someone/lab"),
        ("https://github.com/someone/lab/", "https://github.com/someone/lab"),
    ],
)
def test_a_placeholder_is_no_repository(monkeypatch, asked, expected):
    monkeypatch.setenv("ATTNLAB_REPOSITORY", asked)
    assert settings.repository() == expected


@pytest.mark.parametrize("address", [None, "https://gitlab.com/someone/lab"])
def test_colab_opens_only_what_is_on_github(address):
    assert settings.colab_address(address, "notebooks/a.ipynb") is None


def test_the_colors_of_the_book_become_classes():
    latex = r"\color{#0072B2}{Q} + \textcolor{#d55e00}{K} + \color{#123456}{x} + \color{#009E73} V"
    expected = r"\htmlClass{formula-query}{Q} + \htmlClass{formula-key}{K} + \color{#123456}{x} + \color{#009E73} V"
    assert formulas.with_color_classes(latex) == expected


@pytest.fixture
def renderer(tmp_path):
    return formulas.Renderer(tmp_path / "formulas.json")


def test_katex_runs_once_for_what_is_new(renderer, monkeypatch):
    runs = []
    run = formulas.run_katex
    monkeypatch.setattr(formulas, "run_katex", lambda batch: runs.append(batch) or run(batch))
    renderer.render([("a", False), ("b", False), ("a", False)])
    renderer.render([("b", False), ("b", True)])
    again = formulas.Renderer(renderer.memory)
    again.render([("a", False)])
    assert runs == [[("a", False), ("b", False)], [("b", True)]]


def test_a_formula_that_cannot_be_read_is_an_error(renderer):
    good, bad, unknown = renderer.render([("x^2", False), (r"\frac{1}", False), (r"\nosuchcommand", False)])
    assert "katex" in good["html"]
    assert "error" in bad
    assert "error" in unknown


def test_a_formula_runs_no_markup(renderer):
    for latex in (
        r"\href{javascript:alert(1)}{x}",
        r"\htmlStyle{color:red}{x}",
        r"\includegraphics{https://x.org/a.png}",
    ):
        result = renderer.render([(latex, False)])[0]
        assert "javascript:" not in result.get("html", "").partition("<annotation")[0]
        assert "<img" not in result.get("html", "")


def test_the_fonts_hold_what_the_formulas_draw(renderer):
    renderer.render([(r"\alpha + \sum_i x_i", True)])
    assert set("α+∑xi") <= set(renderer.characters())
    assert "K" not in renderer.characters()


def test_the_bibliography_is_complete():
    entries = references.parse_file(str(references.BIBLIOGRAPHY)).entries
    assert len(entries) >= 11
    for key, entry in entries.items():
        assert {"title", "year", "url"} <= set(entry.fields), key
        assert references.venue(entry), key
        assert entry.fields["year"] in key
        text = references.list_item(key, entry).astext()
        assert not set(text) & set("{}$\\"), text
