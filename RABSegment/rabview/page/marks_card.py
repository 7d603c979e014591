"""The frames that the user marked."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from .parts import empty_state, icon_button, section, test_id, tipped


def marks_card() -> None:
    """A line for each marked frame; a click shows it."""
    with section("Marked frames", "marks", "rab-section-marks") as title:
        with title:
            html.Span("{{ marks.length }}", classes="rab-count", v_if="marks.length")
            tip = "has_cine ? 'Masks that are drawn already, from a label file' : 'Open a cine first.'"
            with tipped((tip,), location="start"):
                with v.VBtn(
                    "From a file",
                    prepend_icon="mdi-file-import-outline",
                    variant="text",
                    size="small",
                    disabled=("!has_cine || is_running",),
                    **test_id("marks-from-file"),
                ):
                    with (
                        v.VMenu(activator="parent", location="bottom end"),
                        v.VList(density="compact", classes="rab-menu"),
                    ):
                        for title, icon, name, click in (
                            ("From the folder", "mdi-folder-outline", "folder", "page.showFolder('', 'marks')"),
                            ("Upload", "mdi-tray-arrow-up", "upload", "page.chooseFiles('marks')"),
                        ):
                            v.VListItem(title=title, prepend_icon=icon, click=click, **test_id(f"marks-{name}"))
        empty_state(
            "mdi-brush",
            "Paint a structure on a frame, and it is listed here. One to five frames are enough.",
            "!marks.length",
        )
        with html.Div(classes="rab-list rab-scroll", v_if="marks.length"):
            with html.Div(
                v_for="one in marks",
                key=("one.frame",),
                classes=("['rab-item', 'rab-mark', { 'rab-item-on': Number(one.frame) === frame }]",),
                click="trigger('show_frame', [Number(one.frame)])",
                raw_attrs=[':data-testid="`mark-row-${one.frame}`"'],
            ):
                html.Span("{{ one.frame }}", classes="rab-number rab-mark-frame")
                html.Span("{{ one.time }}", classes="rab-number rab-mark-time")
                html.Span("{{ one.segments }}", classes="rab-item-name", raw_attrs=[':title="one.segments"'])
                html.Span("{{ one.by }}", classes="rab-chip")
                icon_button(
                    "mdi-close",
                    ("`remove-mark-${one.frame}`",),
                    (
                        "is_running ? 'Wait for the run to end, or cancel it.' : "
                        "'No mark any more: the next run may change this frame.'",
                    ),
                    "$event.stopPropagation(); trigger('forget_mark', [Number(one.frame)])",
                    size="28",
                    disabled=("is_running",),
                    classes="rab-item-button",
                )
        v.VSpacer()
