"""One sentence at a time: what went wrong and how to mend it, or what was done; and that the server is gone."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from rabview.cines import CINE
from rabview.desk import NOTICE
from rabview.kept_marks import KEPT

from .dialogs import IS_COVERED
from .parts import icon_button, shown, test_id

ICONS = "{ error: 'mdi-alert-circle-outline', warning: 'mdi-alert-outline' }"


def notices() -> None:
    """Errors and warnings stay until they are read."""
    _notice("notice", f"{NOTICE.is_open}", NOTICE.kind, NOTICE.text, f"trigger('read_notice', [{NOTICE.number}])")
    _notice("tab-notice", "tab.notice", "'error'", "tab.notice", "tab.notice = ''")


def lost() -> None:
    """Instead of the page, while there is no server."""
    with html.Div(classes="rab-lost", **test_id("connection-lost")):
        with html.Div(classes="rab-drop-card"):
            v.VIcon("mdi-lan-disconnect", size=40, color="warning")
            html.Div("The server is gone", classes="rab-title")
            html.Div("Start rabsegment view again: this page comes back by itself.", classes="rab-note")
            html.Div(f"{shown(KEPT.text)}.", v_if=f"{CINE.is_open} && {KEPT.text}", classes="rab-note")


def _notice(name: str, is_open: str, kind: str, text: str, close: str) -> None:
    with html.Div(
        v_if=is_open,
        classes=(f"[`rab-notice rab-notice-${{{kind}}}`, {{ 'rab-notice-over': {IS_COVERED} }}]",),
        raw_attrs=[f'data-testid="{name}"', f":role=\"{kind} === 'error' ? 'alert' : 'status'\""],
    ):
        v.VIcon(icon=(f"{ICONS}[{kind}] || 'mdi-check-circle-outline'",), color=(kind,))
        html.Span(shown(text), **test_id(f"{name}-text"))
        icon_button("mdi-close", f"close-{name}", "Close", close, density="comfortable")
