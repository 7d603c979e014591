"""The left side: the tools, what undoes them, and how the frame is looked at."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from .parts import Text, icon_button

NO_CINE = "Open a cine first."
NO_SEGMENT = "Add a segment first."
TOOLS = (
    ("view", "mdi-cursor-default-outline", "View: brightness, zoom, move (V)"),
    ("paint", "mdi-brush", "Paint (P)"),
    ("erase", "mdi-eraser", "Erase (E)"),
    ("draw", "mdi-lasso", "Draw around a region (D)"),
    ("scissors", "mdi-content-cut", "Scissors (S)"),
    ("threshold", "mdi-contrast-circle", "Threshold (T)"),
    ("smoothing", "mdi-blur", "Smooth the segment on this frame"),
    ("islands", "mdi-scatter-plot-outline", "Islands: keep or remove pieces"),
)


def tool_strip() -> None:
    """A button for each tool."""
    with html.Nav(classes="rab-strip", raw_attrs=['aria-label="Tools"']):
        for name, icon, tip in TOOLS:
            works = "has_cine" if name == "view" else "has_cine && segment"
            why = f"!has_cine ? '{NO_CINE}' : {works} ? '{tip}' : '{NO_SEGMENT}'"
            icon_button(
                icon,
                f"tool-{name}",
                (why,),
                f"tool = '{name}'",
                location="end",
                size="40",
                disabled=(f"!({works})",),
                active=(f"has_cine && tool === '{name}'",),
                color=(f"has_cine && tool === '{name}' ? 'primary' : undefined",),
            )
        v.VDivider(classes="my-1")
        for name, icon, works, tip, reason in (
            ("undo", "mdi-undo", "can_undo_edit", "`Undo: ${undo_text} (Ctrl+Z)`", "There is nothing to undo."),
            ("redo", "mdi-redo", "can_redo_edit", "`Redo: ${redo_text} (Ctrl+Y)`", "There is nothing to redo."),
        ):
            icon_button(
                icon,
                f"{name}-stroke",
                (f"{works} ? {tip} : '{reason}'",),
                f"trigger('{name}_edit')",
                location="end",
                size="40",
                disabled=(f"!{works}",),
            )
        v.VSpacer()
        eye = ("are_segments_shown ? 'mdi-eye-outline' : 'mdi-eye-off-outline'",)
        _look("mdi-fit-to-screen-outline", "fit", "Fit the frame (F)", "fit")
        _look(eye, "toggle-all", "Hide or show all segments (H)", "toggle_all")


def _look(icon: Text, name: str, tip: str, call: str) -> None:
    icon_button(
        icon,
        name,
        (f"has_cine ? '{tip}' : '{NO_CINE}'",),
        f"trigger('{call}')",
        location="end",
        size="40",
        disabled=("!has_cine",),
    )
