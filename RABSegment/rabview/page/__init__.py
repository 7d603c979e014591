"""The page: all that the user sees."""

from __future__ import annotations

from typing import Any

from trame.ui.vuetify3 import VAppLayout
from trame.widgets import html

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
