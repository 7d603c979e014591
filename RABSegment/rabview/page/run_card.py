"""Segmenting the video: the choices, the one big button, and how far it is."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from .parts import section, test_id, tipped


def run_card() -> None:
    """Segment video, or cancel."""
    with section("Segment video", "run"):
        v.VSelect(
            v_model=("preset",),
            items=("presets",),
            label="Preset",
            disabled=("is_running",),
            classes="rab-field",
            **test_id("preset"),
        )
        with html.Div(classes="rab-pair"):
            v.VSelect(
                v_model=("device",),
                items=("devices",),
                label="Device",
                disabled=("is_running",),
                classes="rab-field",
                **test_id("device"),
            )
            html.Div("{{ device_text }}", classes="rab-note", **test_id("device-text"))
        with tipped(("controls.segment?.tip",), location="start", classes="rab-full"):
            v.VBtn(
                "{{ is_running ? 'Cancel' : 'Segment video' }}",
                block=True,
                size="large",
                variant=("is_running ? 'tonal' : 'flat'",),
                color=("is_running ? 'error' : 'primary'",),
                prepend_icon=("is_running ? 'mdi-stop' : 'mdi-auto-fix'",),
                disabled=("!controls.segment?.works",),
                click="page.pressRun()",
                **test_id("segment-video"),
            )
        html.Div(
            "{{ controls.segment?.tip }}",
            classes="rab-note",
            v_if="has_cine && !controls.segment?.works",
            **test_id("segment-reason"),
        )
        v.VProgressLinear(
            model_value=("progress",),
            indeterminate=("!progress",),
            v_if="is_running",
            color="primary",
            height=6,
            rounded=True,
            **test_id("progress"),
        )
        with html.Div(classes="rab-phase", v_if="phase"):
            html.Span("{{ phase }}", **test_id("phase"))
        with html.Div(classes="rab-losses", v_if="losses.length", **test_id("losses")):
            with html.Div(classes="rab-loss", v_for="one in losses", key=("one.name",)):
                html.Span("{{ one.name }}", classes="rab-loss-name")
                html.Span("{{ one.text }}", classes="rab-number")
                html.Svg(
                    '<polyline :points="one.points" />',
                    raw_attrs=['viewBox="0 0 100 24"', 'preserveAspectRatio="none"'],
                )
