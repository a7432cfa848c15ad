"""The figures: their colors, their SVG, and that they are the same every time."""

import re
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import matplotlib
import matplotlib.pyplot
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from attnlab.plot import (
    DARK,
    LIGHT,
    attention_heatmap,
    book_style,
    compression_figure,
    concatenation_figure,
    cost_figure,
    decoding_figure,
    forces_figure,
    head_grid_figure,
    kept_figure,
    lines_figure,
    masks_figure,
    matrix_figure,
    new_figure,
    number_line_figure,
    pictures_figure,
    plane_figure,
    points_figure,
    position_curves_figure,
    position_heatmap_figure,
    projection_figure,
    saturation_figure,
    show,
    spread_figure,
)
from attnlab.plot.cells import LEVELS, cell_color
from attnlab.plot.colors import ramp
from attnlab.plot.lines import HEIGHT
from attnlab.plot.page import text_width
from attnlab.plot.points import BESIDE, WORD, _choose, _overlap
from attnlab.plot.space import seen_from

ROOT = Path(__file__).parents[2]
WORDS = ["I", "ate", "苹果"]
WEIGHTS = np.array([[0.7, 0.2, 0.1], [0.05, 0.9, 0.05], [0.3, 0.3, 0.4]])
WIDTHS = [4, 16, 64, 256]
HEADS = np.random.default_rng(1).dirichlet([0.5] * 3, (5, 2))  # (H, Tq, Tk)
TABLE = np.random.default_rng(2).normal(0, 0.5, (7, 12)).clip(-1, 1)  # (T, D)
PIXELS = np.random.default_rng(4).random((6, 5, 3))  # (height, width, channels)
PLACES = np.random.default_rng(3).normal(0, 1, (9, 3))
PLACED = {"apple": 130, "phone": 134, "computer": 135, "banana": 990, "pear": 5}
NAMES = ["apple", "pear", "banana", "king", "queen", "Paris", "苹果", "国王", ""]
GROUPS = ["fruit"] * 3 + ["people"] * 2 + ["places"] + ["中文"] * 3

SHARES = {"trained": [1, 0.8, 0.1], "shuffled": [1, 0.8, 0.12]}

FIGURES: dict[str, Callable[[], Figure]] = {
    "attention": lambda: attention_heatmap(WEIGHTS, WORDS, title="Weights"),
    "matrices": lambda: matrix_figure([WEIGHTS - 0.5, WEIGHTS.T], WORDS, titles=["one", "two"]),
    "spread": lambda: spread_figure(WIDTHS, [2, 4, 8, 16], [1, 1, 1, 1]),
    "saturation": lambda: saturation_figure(WIDTHS, [0.4, 0.6, 0.8, 0.9], [0.3] * 4, [0.3, 0.3, 0.2, 0.1], [0.3] * 4),
    "cost": lambda: cost_figure([64, 128, 256], [0.0001, 0.0004, 0.0016], [0.016, 0.066, 0.262]),
    "projection": lambda: projection_figure([1.2, 1.6], [2.6, 0.5]),
    "projection in space": lambda: projection_figure([1.2, 1.6, 1.0], [2.6, 0.5, 0.3]),
    "heads": lambda: head_grid_figure(HEADS, WORDS[:2], WORDS),
    "kept": lambda: kept_figure(
        [1, 2, 4], {"a": [0.1, 0.4, 1.0], "近邻": [0, 0.2, 0.9]}, name="dimensions", title="Kept"
    ),
    "pictures": lambda: pictures_figure([PIXELS, PIXELS[:, :, 0]], ["color", "gray"]),
    "points": lambda: points_figure(PLACES[:, :2], NAMES, groups=GROUPS, title="Points"),
    "points in space": lambda: points_figure(PLACES, NAMES),
    "curves": lambda: position_curves_figure(TABLE, title="Curves"),
    "plane": lambda: plane_figure([[3, 1], [0, 5], [8, 0]], WORDS, axes=("jungle", "laboratory")),
    "decoding": lambda: decoding_figure([0, 1, 2], SHARES, {name: [np.nan, 0.4, 0.2] for name in SHARES}, chance=0.18),
    "number lines": lambda: number_line_figure({"one": PLACED, "other": {"苹果": 999, "a": 0}}, size=1000),
    "compression": lambda: compression_figure({"one": ([1, 4, 16], [0.9, 0.6, 0.4]), "other": ([1, 2], [1.0, 0.9])}),
    "positions": lambda: position_heatmap_figure(TABLE, title="Positions"),
    "forces": lambda: forces_figure([[2, 0], [0, 2], [-1, 1]], ["drink", "tea", "苹果"], "green"),
    "masks": lambda: masks_figure(
        {"causal": np.tri(3, dtype=bool), "all": np.ones((3, 3), bool)}, WORDS, wanted=np.tri(3, dtype=bool)
    ),
    "concatenation": lambda: concatenation_figure(HEADS[:2, :, :2], TABLE[:4, :3], TABLE[4:6, :3], WORDS[1:]),
    "lines": lambda: lines_figure(WIDTHS, {"one": [1, 4, 16, 64], "other": [1, 1, 1, 1]}, title="Lines", log=True),
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


def test_words_that_would_overlap_stand_aslant() -> None:
    def slants(words: list[str]) -> set[float]:
        figure = attention_heatmap(np.eye(len(words)), words)
        return {label.get_rotation() for label in figure.axes[0].get_xticklabels()}

    assert slants(["I", "ate", "an", "apple"]) == {0.0}
    assert slants(["今天天气预报"] * 5) == {50.0}  # 30 characters, but as wide as 50 Latin ones
    assert slants(["international", "transformation", "of", "the", "one", "or", "two", "a"]) == {50.0}


# --- cells: what a pixel shows is what the scale says -----------------------------------------------------------------


def painted(figure: Figure, panel: int, rows: int, columns: int) -> list[list[str]]:
    """The color in the middle of each cell of a panel, as it is drawn."""
    figure.set_dpi(144)
    canvas = FigureCanvasAgg(figure)
    with book_style():
        canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())
    middles = [[figure.axes[panel].transData.transform((j, i)) for j in range(columns)] for i in range(rows)]
    found = [[pixels[len(pixels) - 1 - int(y), int(x), :3] for x, y in line] for line in middles]
    return [["#" + "".join(f"{part:02x}" for part in pixel) for pixel in line] for line in found]


def by_the_scale(matrix: np.ndarray, largest: float) -> list[list[str]]:
    """The book's ramps, at the nearest of their fiftieths."""
    levels = np.rint(matrix / largest * 50).astype(int)
    return [[ramp("query" if level >= 0 else "negative")[4 * abs(level)] for level in line] for line in levels]


def test_every_weight_of_every_head_has_its_color() -> None:
    figure = head_grid_figure(HEADS, WORDS[:2], WORDS)
    for head, matrix in enumerate(HEADS):
        assert painted(figure, head, 2, 3) == by_the_scale(matrix, HEADS.max()), head
    assert painted(head_grid_figure(HEADS, WORDS[:2], WORDS, largest=1.0), 1, 2, 3) == by_the_scale(HEADS[1], 1.0)


def test_every_entry_of_every_position_has_its_color() -> None:
    figure = position_heatmap_figure(TABLE)
    wanted = by_the_scale(TABLE, np.abs(TABLE).max())
    assert painted(figure, 0, 7, 12) == wanted
    # The same measure notices a table with its axes exchanged, upside down, with its sign or its scale wrong.
    square = TABLE[:, :7]
    assert painted(position_heatmap_figure(square.T), 0, 7, 7) != by_the_scale(square, np.abs(square).max())
    for mistaken in (TABLE[::-1], TABLE[:, ::-1], -TABLE):
        assert painted(position_heatmap_figure(mistaken), 0, 7, 12) != wanted
    assert painted(position_heatmap_figure(TABLE, largest=2.0), 0, 7, 12) != wanted


def test_the_scale_of_cells_is_signed_and_even() -> None:
    assert cell_color(0.0) == LIGHT["page"]
    assert (cell_color(1.0), cell_color(7.0)) == (LIGHT["query"], LIGHT["query"])
    assert cell_color(-1.0) == LIGHT["negative"]
    assert len({cell_color(level / LEVELS) for level in range(-LEVELS, LEVELS + 1)}) == 2 * LEVELS + 1


def test_the_key_to_the_colors_has_the_right_ends() -> None:
    def numbers(figure: Figure) -> list[str]:
        return [label.get_text() for label in figure.axes[-1].get_xticklabels()]

    assert numbers(head_grid_figure(HEADS / HEADS.max() * 0.25, WORDS[:2], WORDS)) == ["0", "0.25"]
    table = TABLE / np.abs(TABLE).max()
    assert numbers(position_heatmap_figure(table)) == ["−1", "0", "1"]
    assert numbers(position_heatmap_figure(table * 0.0314)) == ["−0.031", "0", "0.031"]
    assert numbers(position_heatmap_figure(table * 120)) == ["−120", "0", "120"]
    assert painted(position_heatmap_figure(TABLE), 1, 1, 40)[0][::39] == [LIGHT["negative"], LIGHT["query"]]
    assert painted(head_grid_figure(HEADS, WORDS[:2], WORDS), 5, 1, 40)[0][::39] == [LIGHT["page"], LIGHT["query"]]


def test_strokes_are_shortened_without_a_change() -> None:
    """``show`` writes upright strokes in short; each still starts and ends where matplotlib put it."""
    figure = position_heatmap_figure(TABLE)
    svg = show(figure, "positions").svg
    short = {tuple(map(float, stroke)) for stroke in re.findall(r"M(\S+) (\S+)V(\S+)\n", svg)}
    height = figure.get_figheight() * 72
    figure.set_dpi(72)
    count = 0
    for panel in figure.axes:
        for patch in panel.patches:
            ends = panel.transData.transform(patch.get_path().vertices).reshape(-1, 2, 2)
            for (x, start), (_, end) in ends.tolist():
                near = [one for one in short if np.allclose(one, (x, height - start, height - end), atol=0.02)]
                assert near, (x, start, end)
                count += 1
    assert count > 7 * 12 - 10


def test_a_picture_shows_its_pixels() -> None:
    panels = pictures_figure([PIXELS, PIXELS[:, :, 0]], ["color", "gray"]).axes
    color, gray = (panel.images[0].get_array() for panel in panels)
    np.testing.assert_array_equal(color, np.rint(PIXELS * 255))
    for channel in range(3):
        np.testing.assert_array_equal(gray[:, :, channel], np.rint(PIXELS[:, :, 0] * 255))
    svg = show(pictures_figure([PIXELS], [""]), "pixels").svg
    assert svg.count("data:image/png;base64,") == 1
    box = panels[0].get_position()
    figure = panels[0].figure
    ratio = box.height * figure.get_figheight() / (box.width * figure.get_figwidth())
    assert ratio == pytest.approx(6 / 5)


def test_what_is_kept_is_drawn_with_its_name() -> None:
    (panel,) = FIGURES["kept"]().axes
    np.testing.assert_array_equal([line.get_ydata() for line in panel.lines], [[0.1, 0.4, 1.0], [0, 0.2, 0.9]])
    assert [name.get_text() for name in panel.get_legend().get_texts()] == ["a", "近邻"]
    assert len({(line.get_color(), line.get_marker()) for line in panel.lines}) == 2
    assert "100 %" in texts(show(FIGURES["kept"](), "kept").svg)


# --- heads ------------------------------------------------------------------------------------------------------------


def named_panels(figure: Figure) -> list[tuple[list[str], list[str]]]:
    words = []
    for panel in figure.axes[:-1]:
        rows, columns = panel.get_yticklabels(), panel.get_xticklabels()
        words.append(([label.get_text() for label in rows], [label.get_text() for label in columns]))
    return words


def test_the_words_stand_beside_the_first_row_and_column_of_heads() -> None:
    figure = head_grid_figure(HEADS, WORDS[:2], WORDS)  # five heads: four and one
    assert named_panels(figure) == [
        (WORDS[:2], WORDS), ([], WORDS), ([], WORDS), ([], WORDS), (WORDS[:2], []),
    ]  # fmt: skip
    assert [panel.get_xlabel() for panel in figure.axes[:-1]] == [f"head {head}" for head in range(5)]
    svg = texts(show(figure, "heads").svg)
    assert (svg.count("苹果"), svg.count("ate"), svg.count("head 4")) == (4, 6, 1)


def test_words_that_do_not_fit_are_left_out() -> None:
    many = [f"w{n}" for n in range(30)]
    figure = head_grid_figure(np.full((6, 30, 30), 1 / 30), many)
    assert named_panels(figure) == [([], [])] * 6
    assert named_panels(head_grid_figure(HEADS, ["x" * 40, "y"], WORDS)) == [([], [])] * 5


def test_twelve_heads_stand_in_rows_of_three_if_only_then_their_words_fit() -> None:
    def columns(tokens: int) -> int:
        panels = head_grid_figure(np.full((12, tokens, tokens), 0.1), ["the"] * tokens).axes[:-1]
        return len({round(panel.get_position().x0, 4) for panel in panels})

    assert [columns(tokens) for tokens in (5, 10, 30)] == [4, 3, 4]


def test_nothing_is_drawn_outside_of_a_figure() -> None:
    """By the estimate of widths that the layout goes by, which is generous for Latin letters."""
    for words in (WORDS, ["天气真的很好呀", "好久不见", "I"], ["because", "international", "it"]):
        figure = head_grid_figure(np.full((3, 3, 3), 0.3), words)
        width = figure.get_figwidth() * 72
        for panel in figure.axes[:-1]:
            box = panel.get_position()
            for label in panel.get_yticklabels():
                assert box.x0 * width - 4 - text_width(label.get_text(), label.get_fontsize()) > 0
            for place, label in zip(panel.get_xticks(), panel.get_xticklabels(), strict=True):
                reach = text_width(label.get_text(), label.get_fontsize()) * np.cos(np.radians(label.get_rotation()))
                middle = (box.x0 + box.width * (place + 0.5) / 3) * width
                assert middle + reach < width + 4


# --- position curves --------------------------------------------------------------------------------------------------


def test_the_curves_are_the_columns_of_the_table() -> None:
    figure = position_curves_figure(TABLE, [5, 0, 4])
    drawn = [[line.get_ydata() for line in panel.lines if len(line.get_ydata()) == 7] for panel in figure.axes]
    for found, entries in zip(drawn, ([0], [4, 5]), strict=True):
        np.testing.assert_array_equal(np.stack(found), TABLE[:, entries].T)
    names = [[name.get_text() for name in panel.texts] for panel in figure.axes]
    assert names == [["entry 0"], ["entry 4", "entry 5"]]
    odd, even = figure.axes[1].lines[2], figure.axes[1].lines[1]
    assert (even.get_color(), odd.get_color()) == (LIGHT["position"], LIGHT["mask"])
    assert even.get_linestyle() != odd.get_linestyle()  # never color alone


def test_the_names_of_curves_that_meet_stand_apart() -> None:
    for end in (-1.0, 0.0, 1.0):
        table = np.array([[1.0, -1.0], [end, end]])
        (panel,) = position_curves_figure(table).axes
        heights = [name.xy[1] for name in panel.texts]
        assert abs(heights[0] - heights[1]) > 0.2  # of a panel that is about 80 points high
        assert all(0 <= height <= 1 for height in heights)


def test_curves_show_fast_and_slow_pairs_unless_told() -> None:
    names = [name.get_text() for panel in position_curves_figure(np.zeros((5, 64))).axes for name in panel.texts]
    assert names == [f"entry {n}" for n in (0, 1, 6, 7, 10, 11, 16, 17)]
    assert len(position_curves_figure(np.zeros((5, 3))).axes) == 2


# --- points and space -------------------------------------------------------------------------------------------------


def test_points_stand_where_they_are_with_one_scale_both_ways() -> None:
    figure = points_figure(PLACES[:, :2], NAMES, groups=GROUPS)
    panel = figure.axes[0]
    drawn = np.concatenate([line.get_xydata() for line in panel.lines if line.get_marker() != "None"])
    np.testing.assert_allclose(drawn, PLACES[:, :2])
    assert len({line.get_marker() for line in panel.lines if line.get_marker() != "None"}) == 4
    (x0, x1), (y0, y1) = panel.get_xlim(), panel.get_ylim()
    box = panel.get_position()
    scale = np.array([box.width * figure.get_figwidth() / (x1 - x0), box.height * figure.get_figheight() / (y1 - y0)])
    assert abs(scale[0] / scale[1] - 1) < 1e-6
    assert [name.get_text() for name in panel.texts] == NAMES
    assert [name.get_text() for name in figure.axes[1].texts] == ["fruit", "people", "places", "中文"]


def test_names_do_not_hide_each_other() -> None:
    """Twelve points on a line, closer to each other than their names are wide."""
    paper = np.stack([np.arange(12) * 22.0, np.zeros(12)], axis=1)
    names, edges = ["banana"] * 12, np.array([[-60.0, 320.0], [-100.0, 100.0]])
    chosen = _choose(paper, names, edges)
    boxes = []
    for (x, y), choice in zip(paper, chosen, strict=True):
        dx, dy, share = BESIDE[choice]
        left = x + dx - text_width("banana", WORD) * share
        boxes.append((left, y + dy - 6.0, left + text_width("banana", WORD), y + dy + 6.0))
    assert max(_overlap(box, boxes[:n] + boxes[n + 1 :]) for n, box in enumerate(boxes)) < 30
    side_by_side = [(x + 8, -6.0, x + 8 + text_width("banana", WORD), 6.0) for x, _ in paper]
    assert _overlap(side_by_side[3], side_by_side[4:]) > 100  # all to the right, they would


def test_what_is_seen_from_where() -> None:
    x, y, z = np.eye(3)
    np.testing.assert_allclose(seen_from(np.stack([x, y, z]), 0, 0), [[0, 0], [1, 0], [0, 1]], atol=1e-12)
    np.testing.assert_allclose(seen_from(np.stack([x, y, z]), -90, 0), [[1, 0], [0, 0], [0, 1]], atol=1e-12)
    np.testing.assert_allclose(seen_from(np.stack([x, y, z]), -90, 90), [[1, 0], [0, 1], [0, 0]], atol=1e-12)
    # The two directions of the paper are at right angles and one long, from anywhere.
    for azimuth, elevation in ((20, 30), (-60, 20), (200, -75)):
        axes = seen_from(np.eye(3), azimuth, elevation)
        np.testing.assert_allclose(axes.T @ axes, np.eye(2), atol=1e-12)


def test_the_projection_in_space_is_the_one_in_the_plane() -> None:
    """Straight from above, vectors that lie flat are the picture in two dimensions."""
    flat = projection_figure([1.2, 1.6], [2.6, 0.5])
    above = projection_figure([1.2, 1.6, 0], [2.6, 0.5, 0], azimuth=-90, elevation=90)
    assert above.axes[0].get_title(loc="left") == flat.axes[0].get_title(loc="left")

    def dashed(figure: Figure) -> np.ndarray:
        (line,) = [line for line in figure.axes[0].lines if line.get_linestyle() == "--"]
        return line.get_xydata()

    np.testing.assert_allclose(dashed(above), dashed(flat), atol=1e-12)
    title = projection_figure([1, 2, 2], [0, 0, -4]).axes[0].get_title(loc="left")
    assert title == "q · k = |k| × shadow = 4.00 × −2.00 = −8.00"


def test_codes_stand_where_they_are_with_one_scale_both_ways() -> None:
    figure = FIGURES["plane"]()
    (panel,) = figure.axes
    assert [line.get_xydata().tolist() for line in panel.lines] == [[[3, 1]], [[0, 5]], [[8, 0]]]
    inches = panel.get_position().size * figure.get_size_inches()
    steps = [panel.get_xlim()[1], panel.get_ylim()[1]]
    assert inches[0] / steps[0] == pytest.approx(inches[1] / steps[1])
    arrows = [text for text in panel.texts if text.arrow_patch is not None]
    assert [(text.get_position(), text.xy) for text in arrows] == [((0, 0), (3, 1)), ((0, 0), (0, 5)), ((0, 0), (8, 0))]


def test_the_shares_of_decoding_stand_at_their_noise() -> None:
    upper, lower = FIGURES["decoding"]().axes
    assert {line.get_label(): line.get_xydata().tolist() for line in upper.lines} == {
        name: [[0, 1], [1, 0.8], [2, shares[2]]] for name, shares in SHARES.items()
    }
    assert lower.lines[0].get_ydata() == [0.18, 0.18]  # chance
    strokes = {(line.get_linestyle(), line.get_marker(), line.get_color()) for line in upper.lines}
    assert len(strokes) == 2  # told apart where one lies on the other


# --- tokens as numbers ------------------------------------------------------------------------------------------------


def test_every_word_stands_at_its_id() -> None:
    (panel,) = number_line_figure({"one": PLACED, "other": {"苹果": 999, "a": 0}}, size=1000).axes
    ends = panel.lines[0].get_xdata()
    dots = [float(line.get_xdata()[0]) for line in panel.lines if line.get_marker() == "o"]
    found = [(dot - ends[0]) / (ends[1] - ends[0]) * 999 for dot in dots]
    np.testing.assert_allclose(found, [*sorted(PLACED.values()), 0, 999], atol=1e-9)
    words = [name.get_text() for name in panel.texts]
    assert words == [
        "one",
        "pear",
        "apple",
        "phone",
        "computer",
        "banana",
        "0",
        "999",
        "other",
        "a",
        "苹果",
        "0",
        "999",
    ]


def test_words_with_neighboring_ids_do_not_hide_each_other() -> None:
    for places in (PLACED, {name: 999 - n for n, name in enumerate(("computer", "banana", "apple", "a"))}):
        (panel,) = number_line_figure({"": places}, size=1000).axes
        names = [name for name in panel.texts if name.get_text() in places]
        boxes = [(name.get_position()[0], text_width(name.get_text(), WORD) / 2) for name in names]
        assert len(boxes) == len(places)
        for (one, half), (other, other_half) in pairwise(boxes):
            assert other - one >= half + other_half + 6
        assert boxes[0][0] - boxes[0][1] >= 0
        assert boxes[-1][0] + boxes[-1][1] <= panel.get_xlim()[1]


def test_the_compression_that_is_drawn_is_the_one_given() -> None:
    figure = compression_figure({"one": ([1, 4, 16], [0.9, 0.6, 0.4]), "other": ([1, 2], [1.0, 0.9])})
    (panel,) = figure.axes
    first, second = panel.lines
    assert first.get_xydata().tolist() == [[1, 0.9], [4, 0.6], [16, 0.4]]
    assert second.get_xydata().tolist() == [[1, 1.0], [2, 0.9]]
    assert (first.get_color(), first.get_marker()) != (second.get_color(), second.get_marker())
    assert [entry.get_text() for entry in figure.legends[0].get_texts()] == ["one", "other"]
    assert [label.get_text() for label in panel.get_xticklabels()] == ["1", "4", "16"]  # of the longest curve
    assert panel.get_ylim()[0] == 0


@pytest.mark.parametrize("name", ["heads", "points", "curves", "positions", "decoding", "compression"])
def test_the_new_figures_speak_chinese(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTNLAB_LANG", "zh")
    words = {"heads": "头 0", "points": "苹果", "curves": "元素 0", "positions": "位置", "decoding": "随机"}
    words["compression"] = "学到的合并数"
    assert words[name] in texts(show(FIGURES[name](), name).svg)


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: head_grid_figure(HEADS, WORDS), r"3 rows and 3 columns are named, but the weights are \(5, 2, 3\)"),
        (lambda: head_grid_figure(WEIGHTS, WORDS), r"the weights are \(3, 3\)"),
        (lambda: head_grid_figure(HEADS[:0], WORDS[:2], WORDS), r"no weights to show: their shape is \(0, 2, 3\)"),
        (lambda: head_grid_figure(HEADS - 1, WORDS[:2], WORDS), "from 0 to 1, got -1"),
        (lambda: head_grid_figure(HEADS, WORDS[:2], WORDS, titles=["a"]), "5 heads but 1 titles"),
        (lambda: head_grid_figure(HEADS, WORDS[:2], WORDS, columns=0), "columns must be at least 1, got 0"),
        (lambda: head_grid_figure(HEADS * 0, WORDS[:2], WORDS), "largest must be above 0, got 0.0"),
        (lambda: position_heatmap_figure(TABLE[0]), r"must be \(T, D\) .* got shape \(12,\)"),
        (lambda: position_heatmap_figure(TABLE * np.nan), "84 of the 84 numbers are NaN"),
        (lambda: position_heatmap_figure(TABLE, largest=-1), "largest must be above 0, got -1"),
        (lambda: position_curves_figure(TABLE[None]), r"got shape \(1, 7, 12\)"),
        (lambda: position_curves_figure(TABLE, [3, 12]), r"columns from 0 to 11, got \[12\]"),
        (lambda: position_curves_figure(TABLE, []), r"columns from 0 to 11, got \[\]"),
        (lambda: pictures_figure([PIXELS[:, :, :2]], ["a"]), r"\(height, width, 3\), got shape \(6, 5, 2\)"),
        (lambda: pictures_figure([PIXELS * 2], ["a"]), "from 0 to 1, got"),
        (lambda: pictures_figure([PIXELS], []), "1 pictures but 0 titles"),
        (lambda: pictures_figure([PIXELS, PIXELS[1:]], ["a", "b"]), "one shape"),
        (lambda: kept_figure([1, 2], {"a": [0.5]}, name=""), r"2 places on the axis but numbers of shape \(1,\)"),
        (lambda: kept_figure([1, 2], {"a": [0.5, 1.5]}, name=""), "'a' has 0.5 to 1.5"),
        (lambda: kept_figure([1, 2], {}, name=""), "from 1 to 3 series can be told apart, got 0"),
        (lambda: points_figure(TABLE, NAMES), r"\(N, 2\) or \(N, 3\), got shape \(7, 12\)"),
        (lambda: points_figure(PLACES, NAMES[:4]), "9 points but 4 names"),
        (lambda: points_figure(PLACES, NAMES, groups=GROUPS[:4]), "9 points but 4 groups"),
        (lambda: points_figure(PLACES, NAMES, groups=list("abcdefghi")), "at most 6 groups .* got 9"),
        (lambda: points_figure(PLACES * np.inf, NAMES), "27 of the 27 numbers are NaN or infinite"),
        (lambda: attention_heatmap(WEIGHTS, WORDS[:2]), r"2 rows and 2 columns are named, but a matrix is \(3, 3\)"),
        (lambda: attention_heatmap(WEIGHTS * 2, WORDS), "from 0 to 1, got 0.1 to 1.8"),
        (lambda: attention_heatmap(WEIGHTS * np.nan, WORDS), "from 0 to 1, got nan"),
        (lambda: matrix_figure([WEIGHTS], WORDS, titles=[]), "1 matrices but 0 titles"),
        (lambda: spread_figure(WIDTHS, [1, 2], [1, 2]), r"4 places on the axis but numbers of shape \(2,\)"),
        (lambda: plane_figure(PLACES, NAMES, axes=("a", "b")), r"\(N, 2\), got shape \(9, 3\)"),
        (lambda: plane_figure([[1, 2]], NAMES, axes=("a", "b")), "1 codes but 9 names"),
        (
            lambda: plane_figure([[1, -2]], ["a"], axes=("a", "b")),
            r"none below 0 and not all 0, got -2 to \[1.0, -2.0\]",
        ),
        (lambda: plane_figure([[1, 0]], ["a"], axes=("a", "b")), r"not all 0, got 0 to \[1.0, 0.0\]"),
        (lambda: plane_figure([[1, np.nan]], ["a"], axes=("a", "b")), "codes must be finite"),
        (lambda: decoding_figure([0, 1], {"a": [1]}, {"a": [1, 1]}, chance=0), r"2 levels of noise .* shape \(1,\)"),
        (lambda: decoding_figure([0], {"a": [2]}, {"a": [1]}, chance=0), "from 0 to 1, got 2 to 2"),
        (lambda: decoding_figure([0], {"a": [1]}, {"b": [1]}, chance=0), r"in both panels, got \['a'\] and \['b'\]"),
        (lambda: projection_figure([1, 2, 3], [1, 2]), r"shapes \(3,\) and \(2,\)"),
        (lambda: projection_figure([1, 2], [0, 0]), "length 0"),
        (lambda: number_line_figure({}, 10), "0 number lines"),
        (lambda: number_line_figure({"a": {}}, 10), "the line 'a' has 0 words"),
        (lambda: number_line_figure({"a": {"x": 10}}, 10), "the id of 'x' is 10, not from 0 to 9"),
        (lambda: compression_figure({}), "from 1 to 6 curves can be told apart, got 0"),
        (lambda: compression_figure({"a": ([1, 2], [1.0])}), r"'a' has 2 numbers of merges but ratios of shape \(1,\)"),
        (lambda: compression_figure({"a": ([0, 2], [1.0, 0.9])}), "'a' has 0 merges, at least 1"),
    ],
)
def test_data_that_do_not_fit(draw: Callable[[], Figure], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        draw()


# --- forces and lines -------------------------------------------------------------------------------------------------


def test_the_forces_the_sum_and_the_mean_end_where_they_should() -> None:
    (panel,) = forces_figure([[2, 0], [0, 3], [1, 1]], ["a", "b", "c"], "d").axes
    named = {label.get_text(): label.xy for label in panel.texts if label.get_text()}
    assert named == {"a": (2, 0), "b": (0, 3), "c": (1, 1), "their sum": (3, 4), "d:\ntheir mean": (1, 4 / 3)}
    for dashed in panel.lines:  # the forces one after the other, in both orders
        assert dashed.get_xydata()[-1].tolist() == [3, 4]


def _only_up(heights: list[float], step: float) -> list[float]:
    """A planted mistake: names are moved apart upward, out of the panel."""
    moved, lowest = list(heights), -np.inf
    for place in np.argsort(heights, kind="stable").tolist():
        moved[place] = max(heights[place], lowest)
        lowest = moved[place] + step
    return moved


def test_lines_are_told_apart_and_named_at_their_ends() -> None:
    curves = {"low": [1.0, 1.0, 1.0], "also low": [1.2, 1.1, 1.0], "high": [1.0, 5.0, 9.0]}
    (panel,) = lines_figure(["few", "some", "many"], curves).axes
    assert [line.get_ydata().tolist() for line in panel.lines] == list(curves.values())
    assert len({(line.get_color(), line.get_marker()) for line in panel.lines}) == 3
    assert len({line.get_marker() for line in panel.lines}) == 3
    assert [label.get_text() for label in panel.get_xticklabels()] == ["few", "some", "many"]
    heights = {label.get_text(): label.get_position()[1] for label in panel.texts}
    assert {label.xy for label in panel.texts} == {(2.0, 1.0), (2.0, 9.0)}
    assert abs(heights["low"] - heights["also low"]) > 12  # both end at 1: the names stand apart
    assert panel.get_ylim()[0] == 0


def test_seven_lines_are_told_apart_and_their_names_stay_beside_the_panel() -> None:
    curves = {name: [0.2, 0.9] for name in "abcdefg"}
    (panel,) = lines_figure([8, 24], curves, mark=(24, "trained to 24")).axes
    drawn = [line for line in panel.lines if line.get_marker() != "None"]
    assert len({line.get_color() for line in drawn}) == len({line.get_marker() for line in drawn}) == 7
    names = [label for label in panel.texts if label.get_text() in curves]
    top = (panel.get_ylim()[1] - 0.9) / (panel.get_ylim()[1] - panel.get_ylim()[0]) * HEIGHT
    shifts = sorted(label.get_position()[1] for label in names)
    assert min(later - sooner for sooner, later in pairwise(shifts)) > 12
    assert shifts[-1] <= top + 1e-6  # the names grow downward once they reach the top
    (mark,) = [label for label in panel.texts if label.get_text() == "trained to 24"]
    (upright,) = [line for line in panel.lines if line.get_marker() == "None"]
    assert mark.xy[0] == 24
    assert upright.get_xdata() == [24, 24]


def test_a_line_may_stop_early_and_its_name_stands_at_the_height_of_its_last_point() -> None:
    (panel,) = lines_figure([8, 24, 48], {"ends": [1.0, 0.7, np.nan], "goes on": [1.0, 0.9, 0.1]}).axes
    assert {label.get_text(): label.xy for label in panel.texts} == {"ends": (48, 0.7), "goes on": (48, 0.1)}


@pytest.mark.parametrize("wrong", [lambda heights, step: heights, _only_up], ids=["they touch", "only up"])
def test_names_that_touch_or_leave_the_panel_would_be_noticed(
    wrong: Callable[[list[float], float], list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attnlab.plot.lines._moved_apart", wrong)
    with pytest.raises(AssertionError):
        test_seven_lines_are_told_apart_and_their_names_stay_beside_the_panel()


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: forces_figure([[1, 2, 3]], ["a"], "b"), r"got shape \(1, 3\)"),
        (lambda: forces_figure([[1, 2]], ["a"], "b"), r"C at least 2, got shape \(1, 2\)"),
        (lambda: forces_figure([[1, 2], [3, 4]], ["a"], "b"), "2 vectors but 1 names"),
        (lambda: lines_figure([1, 2], {}), "got 0"),
        (lambda: lines_figure([1, 2], {name: [1, 2] for name in "abcdefgh"}), "from 1 to 7 curves .* got 8"),
        (lambda: lines_figure([1, 2], {"a": [1, 2, 3]}), r"2 places .* shape \(3,\) for 'a'"),
        (lambda: lines_figure([1, 2], {"a": [1, np.inf]}), "1 of 2 numbers of 'a' are not finite"),
        (lambda: lines_figure([1, 2], {"a": [np.nan, 1]}), "1 of 2 numbers of 'a' are not finite"),
        (lambda: lines_figure([1, 2], {"a": [np.nan, np.nan]}), "2 of 2 numbers of 'a' are not finite"),
    ],
)
def test_forces_and_lines_that_cannot_be_drawn(draw: Callable[[], Figure], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        draw()


# --- masks ------------------------------------------------------------------------------------------------------------


def test_a_mask_shows_what_is_open_and_what_should_be_shut() -> None:
    masks = {"half": np.array([[True, False, True], [True, True, False]])}
    wanted = np.array([[True, True, False], [True, True, True]])
    panel, key = masks_figure(masks, ["a", "b"], WORDS, wanted=wanted).axes
    signs = {(round(sign.get_position()[1]), round(sign.get_position()[0])): sign.get_text() for sign in panel.texts}
    assert signs == {(0, 1): "×", (0, 2): "!", (1, 2): "×"}  # what is shut but should be open is no leak
    assert len(panel.patches) == 6
    assert len(key.patches) == 3
    assert len(masks_figure(masks, ["a", "b"], WORDS).axes[-1].patches) == 2  # without a wanted mask nothing leaks


@pytest.mark.parametrize("words", [["the", "monkey", "counts", "the", "bananas"], [f"word-{i}" for i in range(11)]])
def test_masks_side_by_side_stay_apart(words: list[str]) -> None:
    mask = np.tri(len(words), dtype=bool)
    first, second, *_ = masks_figure({"one": mask, "other": mask}, words).axes
    figure = first.figure
    FigureCanvasAgg(figure).draw()
    right_of_first = max(label.get_window_extent().x1 for label in first.get_xticklabels())
    left_of_second = min(label.get_window_extent().x0 for label in second.get_yticklabels())
    assert right_of_first < left_of_second
    assert max(label.get_window_extent().x1 for label in second.get_xticklabels()) < figure.bbox.x1


@pytest.mark.parametrize(
    ("error", "masks", "words"),
    [
        (TypeError, {"a": [[1, 0], [1, 1]]}, "mask 'a' must be boolean"),
        (ValueError, {"a": np.ones((2, 3), bool)}, r"2 rows and 2 columns are named, but mask 'a' is \(2, 3\)"),
        (ValueError, {}, "got 0 masks"),
    ],
)
def test_masks_that_do_not_fit(error: type[Exception], masks: dict[str, object], words: str) -> None:
    with pytest.raises(error, match=words):
        masks_figure(masks, ["a", "b"])
