"""What a newcomer sees first."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from .parts import test_id

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
