"""The figures: their colors, their SVG, and that they are the same every time."""

import re
import warnings
from collections.abc import Callable
from pathlib import Path

import matplotlib
import matplotlib.pyplot
import numpy as np
import pytest
from matplotlib.figure import Figure

from attnlab.plot import (
    DARK,
    LIGHT,
    attention_heatmap,
    book_style,
    cost_figure,
    matrix_figure,
    new_figure,
    projection_figure,
    saturation_figure,
    show,
    spread_figure,
)
from attnlab.plot.colors import ramp

ROOT = Path(__file__).parents[2]
WORDS = ["I", "ate", "苹果"]
WEIGHTS = np.array([[0.7, 0.2, 0.1], [0.05, 0.9, 0.05], [0.3, 0.3, 0.4]])
WIDTHS = [4, 16, 64, 256]

FIGURES: dict[str, Callable[[], Figure]] = {
    "attention": lambda: attention_heatmap(WEIGHTS, WORDS, title="Weights"),
    "matrices": lambda: matrix_figure([WEIGHTS - 0.5, WEIGHTS.T], WORDS, titles=["one", "two"]),
    "spread": lambda: spread_figure(WIDTHS, [2, 4, 8, 16], [1, 1, 1, 1]),
    "saturation": lambda: saturation_figure(WIDTHS, [0.4, 0.6, 0.8, 0.9], [0.3] * 4, [0.3, 0.3, 0.2, 0.1], [0.3] * 4),
    "cost": lambda: cost_figure([64, 128, 256], [0.0001, 0.0004, 0.0016], [0.016, 0.066, 0.262]),
    "projection": lambda: projection_figure([1.2, 1.6], [2.6, 0.5]),
}


def css_colors(block: str) -> dict[str, str]:
    return dict(re.findall(r"--attn-([a-z-]+): (#[0-9a-f]{6})", block))


# --- colors -----------------------------------------------------------------------------------------------------------


def test_the_colors_are_those_of_the_widgets() -> None:
    light, dark = (ROOT / "src/widgets/styles/colors.css").read_text(encoding="utf-8").split("html[data-theme", 1)
    for ours, theirs in ((LIGHT, css_colors(light)), (DARK, css_colors(dark))):
        for name in set(ours) - {"on-strong", "on-middle"}:  # told apart from other colors by a digit here
            assert ours[name] == theirs[name], name
    assert DARK["on-strong"] == css_colors(dark)["on-strong"]
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)  # or a color in a drawing could stand for two names


def test_the_scale_runs_from_the_page_to_the_color_in_even_steps() -> None:
    for name in ("query", "negative"):
        colors = ramp(name)
        assert (colors[0], colors[-1]) == (LIGHT["page"], LIGHT[name])
        brightness = [sum(int(color[place : place + 2], 16) for place in (1, 3, 5)) for color in colors]
        assert brightness == sorted(brightness, reverse=True)


# --- the SVG ----------------------------------------------------------------------------------------------------------


def stray_colors(svg: str) -> set[str]:
    """Colors that would not change with the page: those outside of a CSS variable."""
    drawing = re.sub(r"<style>.*?</style>", "", svg)
    drawing = re.sub(r"var\(--attn-[a-z-]+, #[0-9a-f]{6}\)", "var", drawing)
    drawing = re.sub(r"color-mix\(in lab, var [0-9.]+%, var\)", "var", drawing)
    named = set(re.findall(r"(?:fill|stroke): ([a-z-]+)", drawing)) - {"none", "var"}
    return named | set(re.findall(r"#[0-9a-f]{6}\b", drawing))


@pytest.mark.parametrize("name", FIGURES)
def test_every_color_changes_with_the_page(name: str) -> None:
    assert stray_colors(show(FIGURES[name](), name).svg) == set()


def test_a_stray_color_would_be_noticed() -> None:
    figure, (panel,) = new_figure()
    panel.plot([0, 1], [0, 1], color="red")
    assert stray_colors(show(figure, "a red line").svg) == {"#ff0000"}


@pytest.mark.parametrize("name", FIGURES)
def test_a_picture_is_the_same_every_time(name: str) -> None:
    first = show(FIGURES[name](), name).svg
    assert first == show(FIGURES[name](), name).svg
    figure = FIGURES[name]()
    assert first == show(figure, name).svg == show(figure, name).svg


def ids(svg: str) -> list[str]:
    return re.findall(r' id="([^"]+)"', svg)


def test_no_id_stands_twice_on_a_page() -> None:
    page = "".join(show(FIGURES[name](), name).svg for name in FIGURES)
    page += show(FIGURES["spread"](), "the same figure with another text").svg
    assert ids(page)
    assert len(set(ids(page))) == len(ids(page))
    references = set(re.findall(r'href="#([^"]+)"', page)) | set(re.findall(r"url\(#([^)]+)\)", page))
    assert references == set(ids(page))


@pytest.mark.parametrize("name", FIGURES)
def test_a_picture_can_stand_inside_a_page(name: str) -> None:
    svg = show(FIGURES[name](), name).svg
    assert svg.startswith("<svg ")
    assert svg.count("<svg") == svg.count("</svg>") == 1
    assert "<?xml" not in svg
    assert "<metadata" not in svg
    assert "http" not in svg
    (style,) = re.findall(r"<style>(.*?)</style>", svg)
    assert "*" not in style  # a rule for everything would reach the whole page
    assert len(svg) < 60_000


def test_the_text_for_those_who_do_not_see_it() -> None:
    picture = show(FIGURES["projection"](), 'q "casts" a <shadow>')
    bundle = picture._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"] == 'q "casts" a <shadow>'
    assert 'aria-label="q &quot;casts&quot; a &lt;shadow&gt;"' in picture.svg
    assert 'role="img"' in picture.svg
    with pytest.raises(ValueError, match="alt must say"):
        show(FIGURES["projection"](), " ")


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_text_stays_text_and_chinese_needs_no_font() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = show(FIGURES["attention"](), "attention").svg
    assert texts(svg).count("苹果") == 2
    assert "0.70" in texts(svg)


def test_numbers_in_the_text_are_not_rounded_with_the_coordinates() -> None:
    assert "0.001" in texts(show(FIGURES["cost"](), "cost").svg)


def test_the_figures_speak_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTNLAB_LANG", "zh")
    assert "分数的标准差" in texts(show(FIGURES["spread"](), "spread").svg)


def test_a_word_is_never_markup() -> None:
    svg = show(attention_heatmap(np.eye(2), ["<b>", "&"]), "markup").svg
    assert "<b>" not in svg
    assert "&lt;b&gt;" in svg


# --- no traces --------------------------------------------------------------------------------------------------------


def settings() -> dict[str, object]:
    """All of matplotlib's settings but the backend, which it finds out only when asked."""
    return {name: matplotlib.rcParams[name] for name in matplotlib.rcParams if name != "backend"}


def test_drawing_leaves_no_trace() -> None:
    before = settings()
    for name, figure in FIGURES.items():
        show(figure(), name)
    with pytest.raises(RuntimeError, match="inside"), book_style():
        raise RuntimeError("inside")
    assert settings() == before
    assert matplotlib.pyplot.get_fignums() == []


# --- what is drawn ----------------------------------------------------------------------------------------------------


def test_a_heat_map_shows_its_numbers_in_their_places() -> None:
    figure = attention_heatmap(WEIGHTS[:2], WORDS[:2], WORDS)
    (panel,) = figure.axes
    placed = {(round(text.get_position()[1]), round(text.get_position()[0])): text.get_text() for text in panel.texts}
    assert placed == {(i, j): f"{WEIGHTS[i, j]:.2f}" for i in range(2) for j in range(3)}
    assert [label.get_text() for label in panel.get_xticklabels()] == WORDS
    assert len(attention_heatmap(WEIGHTS, WORDS, numbers=False).axes[0].texts) == 0


def test_equal_numbers_have_equal_colors_in_all_matrices() -> None:
    figure = matrix_figure([[[1.0, -1.0]], [[-1.0, 4.0]]], ["a"], ["b", "c"], titles=["", ""])
    colors = [[patch.get_facecolor() for patch in panel.patches] for panel in figure.axes]
    assert colors[0][1] == colors[1][0]
    assert len({colors[0][0], colors[0][1], colors[1][1]}) == 3


def test_the_inner_product_in_the_title_is_right() -> None:
    title = projection_figure([-1.2, 1.6], [3, 4]).axes[0].get_title(loc="left")
    assert title == "q · k = |k| × shadow = 5.00 × 0.56 = 2.80"


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: attention_heatmap(WEIGHTS, WORDS[:2]), r"2 rows and 2 columns are named, but a matrix is \(3, 3\)"),
        (lambda: attention_heatmap(WEIGHTS * 2, WORDS), "from 0 to 1, got 0.1 to 1.8"),
        (lambda: attention_heatmap(WEIGHTS * np.nan, WORDS), "from 0 to 1, got nan"),
        (lambda: matrix_figure([WEIGHTS], WORDS, titles=[]), "1 matrices but 0 titles"),
        (lambda: spread_figure(WIDTHS, [1, 2], [1, 2]), r"4 places on the axis but numbers of shape \(2,\)"),
        (lambda: projection_figure([1, 2, 3], [1, 2]), r"shapes \(3,\) and \(2,\)"),
        (lambda: projection_figure([1, 2], [0, 0]), "length 0"),
    ],
)
def test_data_that_do_not_fit(draw: Callable[[], Figure], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        draw()
