"""The page: all that the user sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from trame.ui.vuetify3 import VAppLayout
from trame.widgets import html
from trame_client.widgets.core import HTML_CTX, AbstractElement

from .app_bar import app_bar
from .dialogs import dialogs
from .notices import lost, notices
from .offer import offer
from .parts import Component
from .player import player
from .side import foot, side
from .stage import stage
from .theme import module, vuetify
from .tools import tool_options, tool_strip

THEME = "tab.dark ? 'dark' : 'light'"


@contextmanager
def _rendered_once() -> Iterator[None]:
    """Leave rendering to the whole.

    An element of trame renders all that is in it whenever its `with` ends, so what is deep in the page is rendered
    seven times.
    """
    theirs = AbstractElement.__exit__
    AbstractElement.__exit__ = lambda element, *_error: HTML_CTX.exit(element)
    try:
        yield
    finally:
        AbstractElement.__exit__ = theirs


@_rendered_once()
def build_page(server: Any) -> None:
    """Give a trame server the page."""
    server.enable_module(module())
    with VAppLayout(server, vuetify_config=vuetify()) as layout:
        layout.root.theme = (THEME,)
        with html.Div(classes=("['rab-page', { 'rab-no-side': !tab.side }]",)):
            app_bar()
            tool_strip()
            with html.Main(classes="rab-main"):
                tool_options()
                with html.Div(classes="rab-above"):
                    notices()
                    offer()
                stage()
                player()
            side()
            foot()
        dialogs()
        Component("rab-drop")
    with VAppLayout(server, template_name="error") as layout:  # trame shows it when the connection is closed
        layout.root.theme = (THEME,)
        lost()
