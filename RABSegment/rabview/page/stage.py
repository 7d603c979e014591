"""The frame, as large as it can be, and what is said over it."""

from __future__ import annotations

from trame.widgets import client, html
from trame.widgets import vuetify3 as v

from ..workspace import VIEW_NAME
from .offer import offer
from .parts import Component, test_id
from .welcome import welcome


def stage() -> None:
    """The slice view; before there is a cine, how to get one."""
    with html.Div(classes="rab-stage-place"):
        with Component(
            "rab-stage",
            name=VIEW_NAME,
            tool=("tool",),
            brush=("Number(brush_size)",),
            color=("segments.find((one) => one.id === segment)?.color || '#ffffff'",),
            is_active=("has_cine",),
        ):
            client.ServerTemplate(name=VIEW_NAME)
        with html.Div(classes="rab-over rab-over-top", v_if="has_cine"):
            html.I(classes=("`rab-dot rab-status-${frame_status}`",))
            html.Span("{{ frame_text }}", **test_id("frame-text"))
        with html.Div(classes="rab-over rab-over-hidden", v_if="has_cine && !are_segments_shown"):
            v.VIcon("mdi-eye-off-outline", size=16)
            html.Span("Segments hidden (H)")
        with html.Div(classes="rab-over rab-over-bottom", v_if="has_cine"):
            html.Span("W {{ window }} L {{ level }}", classes="rab-number")
            html.Span("{{ zoom_text }}", classes="rab-number", **test_id("zoom"))
        with html.Div(classes="rab-busy", v_if="is_reading || tab.upload", **test_id("busy")):
            v.VProgressCircular(
                indeterminate=("!tab.upload",),
                model_value=("tab.upload ? 100 * tab.upload.share : 0",),
                size=44,
                width=4,
                color="primary",
            )
            html.Div("{{ tab.upload ? `Uploading ${tab.upload.name}` : `Reading ${reading_name}` }} ...")
        offer()
        welcome()
