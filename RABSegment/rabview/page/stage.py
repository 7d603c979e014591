"""The frame, as large as it can be, and what is said over it."""

from __future__ import annotations

from trame.widgets import client, html
from trame.widgets import vuetify3 as v

from rabview.workspace import VIEW_NAME

from .offer import offer
from .parts import Component, icon_button, test_id


def player() -> None:
    """Go through the frames."""
    with html.Div(classes="rab-player"):
        with html.Div(classes="rab-player-side"):
            with html.Div(classes="rab-player-buttons"):
                for icon, name, tip, click in (
                    ("mdi-skip-previous", "step-back", "Frame before (Left)", "trigger('step', [-1])"),
                    (
                        ("is_playing ? 'mdi-pause' : 'mdi-play'",),
                        "play",
                        "is_playing ? 'Stop (Space)' : `Play at ${fps} frames a second (Space)`",
                        "trigger('play')",
                    ),
                    ("mdi-skip-next", "step-forward", "Frame after (Right)", "trigger('step', [1])"),
                ):
                    shown = tip if name == "play" else f"'{tip}'"
                    icon_button(
                        icon,
                        name,
                        (f"controls.play?.works ? ({shown}) : controls.play?.tip",),
                        click,
                        location="top",
                        disabled=("!controls.play?.works",),
                    )
            html.Div(
                "{{ has_cine ? `${frame} / ${frame_count - 1}` : '&ndash;' }}",
                classes="rab-number rab-player-number",
                **test_id("frame-number"),
            )
        with html.Div(classes="rab-player-main"):
            Component(
                "rab-timeline",
                frame=("frame",),
                count=("frame_count",),
                times=("times",),
                shapes=("timeline",),
                is_active=("has_cine",),
            )
            with html.Div(classes="rab-legend", **test_id("legend")):
                with html.Span(v_for="one in legend", key=("one.title",)):
                    html.I(classes="rab-square", style=("{ background: one.color }",))
                    html.Span("{{ one.title }}")
                html.Span("Bars: confidence. Lines: area of each segment.", classes="rab-hint")


STEPS = (
    ("mdi-brush", "Paint", "a structure on one to five frames."),
    ("mdi-auto-fix", "Segment video", "finds it on every other frame."),
    ("mdi-check-decagram-outline", "Check", "the frames it is least sure of, correct them, and run again."),
)


def welcome() -> None:
    """How to open a cine, and what to do with it then."""
    with html.Div(classes="rab-welcome", v_if="!has_cine && !is_reading && !tab.upload", **test_id("welcome")):
        with html.Div(classes="rab-welcome-card"):
            html.H1("Segment a cine from a few marked frames")
            with html.Div(classes="rab-welcome-last", v_if="last_cine"):
                v.VBtn(
                    "{{ `Continue with ${last_cine?.name}` }}",
                    prepend_icon="mdi-history",
                    click="trigger('resume_last')",
                    variant="flat",
                    color="primary",
                    **test_id("welcome-last"),
                )
            with html.Div(classes="rab-welcome-drop"):
                v.VIcon("mdi-tray-arrow-down", size=36)
                html.Div("Drop a cine here", classes="rab-title")
                html.Div("DICOM, video, .seq.nrrd, or a folder of images", classes="rab-note")
                with html.Div(classes="rab-welcome-buttons"):
                    for title, icon, name, click, variant in (
                        ("Open from the folder", "mdi-folder-open-outline", "folder", "page.showFolder('')", "tonal"),
                        ("Upload", "mdi-tray-arrow-up", "upload", "page.chooseFiles()", "tonal"),
                        ("Try the sample cine", "mdi-heart-pulse", "demo", "page.open('open_demo')", "flat"),
                    ):
                        v.VBtn(
                            title,
                            prepend_icon=icon,
                            click=click,
                            variant=variant,
                            color="primary",
                            **test_id(f"welcome-{name}"),
                        )
            with html.Ol(classes="rab-steps"):
                for icon, title, text in STEPS:
                    with html.Li():
                        v.VIcon(icon, size=22, color="primary")
                        with html.Div():
                            html.B(title)
                            html.Span(f" {text}")
            html.Div("Not for clinical use.", classes="rab-note")


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
