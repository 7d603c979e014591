"""The marked frames, in a list on the right side."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from rabview.buttons import BUTTONS
from rabview.cines import CINE
from rabview.marks import MARKS
from rabview.runs import RUN

from .parts import AS_REGION, NO_CINE, empty_state, icon_button, section, shown, test_id, tipped

FROM_FILE = "Masks that are drawn already: labels, a DICOM segmentation, a training set or its ZIP"


def marks_card() -> None:
    """A line for each marked frame; a click shows it."""
    with section("Marked frames", "marks", "rab-section-marks") as title:
        with title:
            html.Span(shown(f"{MARKS.rows}.length"), classes="rab-count", v_if=f"{MARKS.rows}.length")
            tip = f"{CINE.is_open} ? '{FROM_FILE}' : '{NO_CINE}'"
            with tipped((tip,)):
                with v.VBtn(
                    "From a file",
                    prepend_icon="mdi-file-import-outline",
                    variant="text",
                    size="small",
                    disabled=(f"!{CINE.is_open} || {RUN.is_running}",),
                    **test_id("marks-from-file"),
                ):
                    with (
                        v.VMenu(activator="parent", location="bottom end", **AS_REGION),
                        v.VList(density="compact", classes="rab-menu"),
                    ):
                        for title, icon, name, click in (
                            ("From the folder", "mdi-folder-outline", "folder", "page.showFolder('', 'marks')"),
                            ("Upload", "mdi-tray-arrow-up", "upload", "page.chooseFiles('marks')"),
                        ):
                            v.VListItem(title=title, prepend_icon=icon, click=click, **test_id(f"marks-{name}"))
        empty_state(
            "mdi-brush",
            "Click or paint a structure on a frame, and it is listed here. One to five frames are enough.",
            f"!{MARKS.rows}.length",
        )
        with html.Div(classes="rab-list rab-scroll", v_if=f"{MARKS.rows}.length"):
            with html.Div(
                v_for=f"one in {MARKS.rows}",
                key=("one.frame",),
                classes=(f"['rab-item', 'rab-mark', {{ 'rab-item-on': Number(one.frame) === {CINE.frame} }}]",),
                click="trigger('show_frame', [Number(one.frame)])",
                raw_attrs=[':data-testid="`mark-row-${one.frame}`"'],
            ):
                with html.Button(
                    classes="rab-mark-button",
                    raw_attrs=[
                        'type="button"',
                        ':aria-label="`Frame ${one.frame}: ${one.segments}, ${one.by}${one.made && `, ${one.made}`}`"',
                    ],
                ):
                    html.Span("{{ one.frame }}", classes="rab-number rab-mark-frame")
                    html.Span("{{ one.time }}", classes="rab-number rab-mark-time", v_if="one.time")
                    html.Span("{{ one.segments }}", classes="rab-item-name")
                    html.Span("{{ one.made }}", classes="rab-mark-made", v_if="one.made", **test_id("mark-made"))
                    html.Span("{{ one.by }}", classes="rab-chip")
                icon_button(
                    "mdi-close",
                    ("`remove-mark-${one.frame}`",),
                    (
                        f"{BUTTONS.remove_mark.works} ? `No mark on frame ${{one.frame}} any more: the next run may "
                        "change it.`"
                        f" : {BUTTONS.remove_mark.tip}",
                    ),
                    "$event.stopPropagation(); trigger('forget_mark', [Number(one.frame)])",
                    size="28",
                    disabled=(f"!{BUTTONS.remove_mark.works}",),
                    classes="rab-item-button",
                )
        v.VSpacer()
