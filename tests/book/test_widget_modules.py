"""A page loads the modules of the widgets that it shows, and no others."""

from types import SimpleNamespace

import pytest
from attnlab_book.pages import widget_modules
from sphinx.errors import ExtensionError

APP = SimpleNamespace(
    attnlab_modules={
        "models": ["shared-1.js", "shared-2.js", "models-1.js"],
        "question": ["shared-2.js", "question-1.js"],
        "language-zh": ["shared-1.js", "language-zh-1.js"],
        "page": ["shared-1.js", "page-1.js"],
    }
)


def widget(kind: str) -> str:
    return f'<attn-widget kind="{kind}" data-widget-id="one">A worked example.</attn-widget>'


def test_the_views_start_before_the_page_which_looks_for_them() -> None:
    found = widget_modules(APP, widget("question") + widget("models") + widget("question"))
    assert found["started"] == ["models-1.js", "question-1.js", "page-1.js"]
    assert found["imported"] == ["shared-1.js", "shared-2.js"]


def test_a_view_that_no_widget_needs_stays_away() -> None:
    found = widget_modules(APP, widget("question"))
    assert found == {"started": ["question-1.js", "page-1.js"], "imported": ["shared-1.js", "shared-2.js"]}


def test_chinese_is_loaded_where_a_widget_speaks_it() -> None:
    chinese = widget("question").replace("A worked", '<script type="application/json">{"lang":"zh"}</script>A worked')
    assert widget_modules(APP, chinese)["started"] == ["question-1.js", "language-zh-1.js", "page-1.js"]


def test_a_page_without_widgets_loads_none() -> None:
    assert widget_modules(APP, "<p>attn-widget</p>") == {"started": [], "imported": []}


def test_a_widget_that_no_module_shows_is_an_error() -> None:
    with pytest.raises(ExtensionError, match="no module shows widgets of kind models-2"):
        widget_modules(APP, widget("models-2"))
