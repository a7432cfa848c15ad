"""What anywidget asks of Colab before it shows a widget, under the names that it has there."""

from types import SimpleNamespace

_widgets = SimpleNamespace(_installed_url=None)


def enable_custom_widget_manager() -> None:
    """In Colab this lets widgets from outside ipywidgets be shown; there is no page here to show them in."""
    _widgets._installed_url = "stand-in"
