"""What all widgets have in common: the front end, the files it asks for, and how a widget shows itself."""

import html
import importlib.util
import json
import sys
from itertools import count
from pathlib import Path
from typing import Any

import anywidget

from attnlab.strings import language
from attnlab.widgets.traits import Fixed, StateError, StateTypeError

STATIC = Path(__file__).parents[1] / "static"
# What a front end may ask for, and the file that holds it.
ASSETS = {"words": "words.safetensors", "worker": "attnlab-worker.js"}

_numbers = count(1)


class AttnWidget(anywidget.AnyWidget):
    """The base of all widgets of the book.

    One front end draws them all. Beside a kernel it is a view of this object: every synced trait is the same in Python
    and on screen. In a page of the book it starts from the same traits, written into the page as JSON.

    A subclass names its ``KIND`` and says, in ``summary`` and ``fallback_html``, what a reader sees where no front end
    runs.

    Args:
        id: the name of the widget in the page's address; letters, digits and hyphens. Made up unless given.
        lang: the language of its texts; ``ATTNLAB_LANG`` decides unless given.
        state: the other synced traits.

    Raises:
        FileNotFoundError: the front end was never built.
    """

    KIND = ""
    NOT_IN_PAGE = ("layout", "tabbable", "tooltip")  # ipywidgets' own traits

    # Jupyter's older ipywidgets show a widget by this method; without it they use the MIME bundle below.
    _ipython_display_ = None

    kind = Fixed()
    version = Fixed()
    widget_id = Fixed()
    lang = Fixed()

    def __init__(self, *, id: str | None = None, lang: str | None = None, **state: Any) -> None:
        widget_id = f"{self.KIND}-{next(_numbers)}" if id is None else _checked_id(id)
        super().__init__(kind=self.KIND, version=1, widget_id=widget_id, lang=language(lang), **state)
        self.on_msg(self._answer)

    @property
    def _esm(self) -> str:
        """The front end's code. Read when a widget is made: importing this module must not need it."""
        return _read_static("attnlab.js")

    @property
    def _css(self) -> str:
        return _read_static("attnlab.css")

    def summary(self) -> str:
        """Return the state in one sentence, for a terminal."""
        raise NotImplementedError

    def fallback_html(self) -> str:
        """Return the state as HTML that needs no script."""
        raise NotImplementedError

    def page_state(self) -> dict[str, Any]:
        """Return what a page of the book needs to know: the synced traits that are ours."""
        return {
            name: getattr(self, name)
            for name in self.traits(sync=True)
            if not name.startswith("_") and name not in self.NOT_IN_PAGE
        }

    def page_html(self) -> str:
        """Return the widget as a page of the book carries it: its state, and the fallback until its script runs."""
        attributes = f'kind="{html.escape(self.KIND)}" data-widget-id="{html.escape(self.widget_id)}"'
        state = script_json(self.page_state())
        script = f'<script type="application/json">{state}</script>'
        return f"<attn-widget {attributes}>{script}{self.fallback_html()}</attn-widget>"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        data["text/plain"] = self.summary()
        if not in_colab():  # which of two views Colab would show is not documented, so it gets one
            data["text/html"] = self.page_html()
        return data, metadata

    def __repr__(self) -> str:
        return f"<{self.summary()}>"

    def asset_file(self, name: Any) -> Path:
        """Return the file of an asset that the front end may ask for.

        Raises:
            KeyError: there is no such asset.
            FileNotFoundError: its file was never made.
        """
        if not isinstance(name, str) or name not in ASSETS:
            raise KeyError(f"there is no asset {name!r}; there is {', '.join(ASSETS)}")
        path = STATIC / ASSETS[name]
        if not path.is_file():
            raise FileNotFoundError(f"{path.name} is missing beside the installed package")
        return path

    def _answer(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Send the file that the front end asks for."""
        if not isinstance(content, dict) or content.get("type") != "asset-request":
            return
        name = content.get("name")
        try:
            data = self.asset_file(name).read_bytes()
        except (OSError, KeyError) as problem:
            self.send({"type": "asset-error", "name": name, "message": str(problem.args[-1])})
        else:
            self.send({"type": "asset", "name": name, "bytes": len(data)}, buffers=[data])


def script_json(value: Any) -> str:
    """Return ``value`` as JSON that can stand in a script element: nothing in it can close the element.

    Example:

        >>> script_json(["</script>"])
        '["\\\\u003c/script\\\\u003e"]'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def in_colab() -> bool:
    """Return whether this runs in Google Colab."""
    if "google.colab" in sys.modules:
        return True
    try:
        return importlib.util.find_spec("google.colab") is not None
    except ModuleNotFoundError:  # not even a package named "google"
        return False


def _checked_id(value: Any) -> str:
    if not isinstance(value, str):
        raise StateTypeError(f"id must be a string, got {type(value).__name__}")
    if not value or not all(part.isalnum() and part.isascii() for part in value.split("-")):
        raise StateError(f"id must be letters, digits and single hyphens, got {value!r}")
    return value


def _read_static(name: str) -> str:
    path = STATIC / name
    if not path.is_file():
        raise FileNotFoundError(
            f"The front end is missing: {path}. It is built with the package: install it again (pip install .), "
            "or run `make front-end`."
        )
    return path.read_text(encoding="utf-8")
