"""The book's figures.

Every function takes data and returns a matplotlib figure; ``show`` puts a figure into the page, in the page's colors.
Nothing here computes: the numbers come from the notebook, where a reader can see how they were made.
"""

from attnlab.plot.codes import decoding_figure, plane_figure
from attnlab.plot.colors import DARK, LIGHT
from attnlab.plot.concatenation import concatenation_figure
from attnlab.plot.curves import cost_figure, saturation_figure, spread_figure
from attnlab.plot.forces import forces_figure
from attnlab.plot.heads import head_grid_figure
from attnlab.plot.heatmaps import attention_heatmap, matrix_figure
from attnlab.plot.lines import lines_figure
from attnlab.plot.masks import masks_figure
from attnlab.plot.page import Picture, book_style, new_figure, show
from attnlab.plot.pictures import kept_figure, pictures_figure
from attnlab.plot.points import points_figure
from attnlab.plot.positions import position_curves_figure, position_heatmap_figure
from attnlab.plot.projection import projection_figure
from attnlab.plot.tokens import compression_figure, number_line_figure

__all__ = [
    "DARK",
    "LIGHT",
    "Picture",
    "attention_heatmap",
    "book_style",
    "compression_figure",
    "concatenation_figure",
    "cost_figure",
    "decoding_figure",
    "forces_figure",
    "head_grid_figure",
    "kept_figure",
    "lines_figure",
    "masks_figure",
    "matrix_figure",
    "new_figure",
    "number_line_figure",
    "pictures_figure",
    "plane_figure",
    "points_figure",
    "position_curves_figure",
    "position_heatmap_figure",
    "projection_figure",
    "saturation_figure",
    "show",
    "spread_figure",
]
