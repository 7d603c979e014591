"""The line of an M-mode in the results: drawn, its ends by keys, taken away."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from RABSegmentLib.Results.LineEnds import endTitles
from rabview.line import LINE

from .parts import test_id, tipped

HINT = "Drag the ends on the frame, or choose one here and press the arrow keys (Shift: 5 pixels)"


def line_row() -> None:
    """A button that draws the line; once it is there its ends and a button that takes it away."""
    with html.Div(v_if=f"!{LINE.ends}.length"), tipped("A line over the frames: Download, M-mode shows it over time"):
        v.VBtn("M-mode line", variant="text", size="small", click="trigger('draw_line')", **test_id("draw-line"))
    with html.Div(
        classes="rab-landmark-line",
        v_if=f"{LINE.ends}.length",
        raw_attrs=['role="group"', 'aria-label="M-mode line"', 'data-testid="line"'],
    ):
        html.Span("M-mode line", classes="rab-note")
        with tipped(HINT, "rab-landmark-points"):
            for number, title in enumerate(endTitles()):
                html.Button(
                    title,
                    classes="rab-point",
                    raw_attrs=[
                        'type="button"',
                        f'@keydown="page.nudgeLine($event, {number})"',
                        f'data-testid="line-{number}"',
                        f':aria-label="`{title} of the M-mode line: column ${{{LINE.ends}[{number}][0]}}, '
                        f'row ${{{LINE.ends}[{number}][1]}}; the arrow keys move it`"',
                    ],
                )
        v.VSpacer()
        v.VBtn("Remove", variant="text", size="small", click="trigger('remove_line')", **test_id("remove-line"))
