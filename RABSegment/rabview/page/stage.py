"""The frame, as large as it can be, and what is said over it; before there is a cine, how to get one."""

from __future__ import annotations

from trame.widgets import client, html
from trame.widgets import vuetify3 as v

from RABSegmentLib.FrontEnd.Actions import Action
from RABSegmentLib.Results.LineEnds import endTitles
from RABSegmentLib.Results.MovedPoints import pointTitles
from rabview.calibration import SCALE
from rabview.cines import CINE
from rabview.editing import TOOLS
from rabview.landmarks import LANDMARKS
from rabview.line import LINE
from rabview.prompting import PROMPTS
from rabview.reading import READING
from rabview.segments import SEGMENTS
from rabview.server.files import FILES
from rabview.tools import EDIT_TOOLS
from rabview.viewing import VIEW
from rabview.workspace import VIEW_NAME

from .parts import Component, brightness, listed, shown, test_id
from .segments import CHOSEN_COLOR

STEPS = (
    ("mdi-cursor-default-click-outline", "Mark", "a structure on one to five frames."),
    ("mdi-auto-fix", Action.SEGMENT.title, "finds it on every other frame."),
    ("mdi-check-decagram-outline", "Check", "the frames it is least sure of, correct them, and run again."),
)


def stage() -> None:
    """The slice view; before there is a cine, how to get one."""
    gestures = "({ " + ", ".join(f"{name}: '{tool.gesture}'" for name, tool in EDIT_TOOLS.items()) + " })"
    with html.Div(classes="rab-stage-place"):
        with Component(
            "rab-stage",
            name=VIEW_NAME,
            tool=(TOOLS.tool,),
            gesture=(f"{gestures}[{TOOLS.tool}]",),
            brush=(f"Number({TOOLS.brush_size})",),
            color=(f"{CHOSEN_COLOR} || '#ffffff'",),
            segment=(SEGMENTS.chosen,),
            spacing=(SCALE.spacing,),
            prompts=(f"[{PROMPTS.frame}, {PROMPTS.steps}, {PROMPTS.preview}]",),
            landmarks=(f"tab.panel === 'results' ? {LANDMARKS.frames} : []",),
            landmark_titles=listed(pointTitles()),
            line=(f"tab.panel === 'results' ? {LINE.ends} : []",),
            line_titles=listed(endTitles()),
            is_active=(CINE.is_open,),
        ):
            client.ServerTemplate(name=VIEW_NAME)
        with html.Div(classes="rab-over rab-over-top", v_if=CINE.is_open):
            html.I(classes=(f"`rab-dot rab-status-${{{CINE.frame_status}}}`",))
            html.Span(shown(CINE.frame_text), **test_id("frame-text"))
        with html.Div(classes="rab-over rab-over-hidden", v_if=f"{CINE.is_open} && !{VIEW.are_segments_shown}"):
            v.VIcon("mdi-eye-off-outline", size=16)
            html.Span("Segments hidden (H)")
        with html.Div(classes="rab-over rab-over-bottom", v_if=CINE.is_open):
            html.Span(
                f"W {shown(brightness(VIEW.window))} L {shown(brightness(VIEW.level))}",
                classes="rab-number",
                **test_id("window"),
            )
            html.Span(shown(VIEW.zoom_text), classes="rab-number", **test_id("zoom"))
        with html.Div(classes="rab-busy", v_if=f"{READING.is_on} || tab.upload", **test_id("busy")):
            v.VProgressCircular(
                indeterminate=("!tab.upload",),
                model_value=("tab.upload ? 100 * tab.upload.share : 0",),
                size=44,
                width=4,
                color="primary",
            )
            reading = f"`Reading ${{{READING.name}}}`"
            html.Div(f"{shown(f'tab.upload ? `Uploading ${{tab.upload.name}}` : {reading}')} ...")
        welcome()


def welcome() -> None:
    """How to open a cine, and what to do with it then."""
    with html.Div(
        classes="rab-welcome", v_if=f"!{CINE.is_open} && !{READING.is_on} && !tab.upload", **test_id("welcome")
    ):
        with html.Div(classes="rab-welcome-card"):
            html.H2("Segment a cine from a few marked frames")
            with html.Div(classes="rab-welcome-last", v_if=FILES.last_cine):
                v.VBtn(
                    shown(f"`Continue with ${{{FILES.last_cine}?.name}}`"),
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
