"""Segmenting the video: the choices, the one big button, how far it is; and going through what a run found."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from RABSegmentLib.FrontEnd.Actions import Action
from rabview.buttons import BUTTONS
from rabview.cines import CINE
from rabview.runs import RUN

from .parts import section, shown, test_id, tipped

REVIEW = (
    ("next-frame", BUTTONS.next, "Next frame to check", "mdi-skip-forward-outline", "trigger('next')", "N"),
    ("verify", BUTTONS.verify, "Verify frame", "mdi-check", "page.onFrame('verify')", "Enter"),
    ("absent", BUTTONS.absent, Action.ABSENT.title, "mdi-cancel", "page.onFrame('mark_absent')", "A"),
    ("undo-run", BUTTONS.undo_run, Action.UNDO_RUN.title, "mdi-history", "trigger('undo_run')", ""),
)


def run_card() -> None:
    """Segment video, or cancel."""
    with section(Action.SEGMENT.title, "run"):
        v.VSelect(
            v_model=(RUN.preset,),
            items=(RUN.presets,),
            label="Preset",
            disabled=(RUN.is_running,),
            classes="rab-field",
            **test_id("preset"),
        )
        with html.Div(classes="rab-pair"):
            v.VSelect(
                v_model=(RUN.device,),
                items=(RUN.devices,),
                label="Device",
                disabled=(RUN.is_running,),
                classes="rab-field",
                **test_id("device"),
            )
            html.Div(shown(RUN.device_text), classes="rab-note", **test_id("device-text"))
        with tipped((BUTTONS.segment.tip,), classes="rab-full"):
            v.VBtn(
                shown(f"{RUN.is_running} ? 'Cancel' : '{Action.SEGMENT.title}'"),
                block=True,
                size="large",
                variant=(f"{RUN.is_running} ? 'tonal' : 'flat'",),
                color=(f"{RUN.is_running} ? 'error' : 'primary'",),
                prepend_icon=(f"{RUN.is_running} ? 'mdi-stop' : 'mdi-auto-fix'",),
                disabled=(f"!{BUTTONS.segment.works}",),
                click="page.pressRun()",
                **test_id("segment-video"),
            )
        html.Div(
            shown(BUTTONS.segment.tip),
            classes="rab-note",
            v_if=f"{CINE.is_open} && !{BUTTONS.segment.works}",
            **test_id("segment-reason"),
        )
        v.VProgressLinear(
            model_value=(RUN.progress,),
            indeterminate=(f"!{RUN.progress}",),
            v_if=RUN.is_running,
            color="primary",
            height=6,
            rounded=True,
            **test_id("progress"),
        )
        with html.Div(classes="rab-phase", v_if=RUN.phase):
            html.Span(shown(RUN.phase), **test_id("phase"))
        with html.Div(classes="rab-losses", v_if=f"{RUN.losses}.length", **test_id("losses")):
            with html.Div(classes="rab-loss", v_for=f"one in {RUN.losses}", key=("one.name",)):
                html.Span("{{ one.name }}", classes="rab-loss-name")
                html.Span("{{ one.text }}", classes="rab-number")
                html.Svg(
                    '<polyline :points="one.points" />',
                    raw_attrs=['viewBox="0 0 100 24"', 'preserveAspectRatio="none"'],
                )


def review_card() -> None:
    """What to do with the frames that were predicted."""
    with section("Review", "review"), html.Div(classes="rab-grid"):
        for name, button, title, icon, click, key in REVIEW:
            text = f"{button.works} ? {button.tip} + ' ({key})' : {button.tip}" if key else button.tip
            with tipped((text,), classes="rab-full"):
                v.VBtn(
                    title,
                    block=True,
                    variant="tonal",
                    size="small",
                    prepend_icon=icon,
                    disabled=(f"!{button.works}",),
                    click=click,
                    **test_id(name),
                )
