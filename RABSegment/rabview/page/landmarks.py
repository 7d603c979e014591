"""Apex and mitral plane of the left ventricle in the results: a line for each end of the beat, and keys."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from RABSegmentLib.Results.MovedPoints import pointTitles
from rabview.cines import CINE
from rabview.landmarks import LANDMARKS

from .parts import shown, test_id, tipped

HINT = "Drag the points on the frame, or choose one here and press the arrow keys (Shift: 5 pixels)"


def landmark_lines() -> None:
    """Buttons that show the frame and move the points."""
    with html.Div(
        classes="rab-landmarks", v_if=f"{LANDMARKS.frames}.length || {LANDMARKS.is_moved}", **test_id("landmarks")
    ):
        with html.Div(
            v_for=f"one in {LANDMARKS.frames}",
            key=("one.end",),
            classes="rab-landmark-line",
            raw_attrs=['role="group"', ':aria-label="`Points on ${one.end}, frame ${one.frame}`"'],
        ):
            html.Button(
                "{{ one.end }} {{ one.frame }}",
                classes=(f"['rab-point', {{ 'rab-point-on': one.frame === {CINE.frame} }}]",),
                click="trigger('show_frame', [one.frame])",
                raw_attrs=['type="button"', ':data-testid="`landmark-frame-${one.end}`"'],
            )
            with tipped(HINT, "rab-landmark-points"):
                for number, title in enumerate(pointTitles()):
                    html.Button(
                        title,
                        classes="rab-point",
                        click="trigger('show_frame', [one.frame])",
                        raw_attrs=[
                            'type="button"',
                            f'@keydown="page.nudge($event, one, {number})"',
                            f':data-testid="`landmark-${{one.end}}-{number}`"',
                            f':aria-label="`{title} on ${{one.end}}: column ${{one.points[{number}][0]}}, '
                            f'row ${{one.points[{number}][1]}}; the arrow keys move it`"',
                        ],
                    )
        with html.Div(classes="rab-landmark-line"):
            html.Span(
                shown(f"{LANDMARKS.is_moved} ? 'Points moved by hand' : 'Points found on the mask'"), classes="rab-note"
            )
            v.VSpacer()
            with tipped("Take the points that are found on the mask again, on all frames"):
                v.VBtn(
                    "Reset points",
                    variant="text",
                    size="small",
                    disabled=(f"!{LANDMARKS.is_moved}",),
                    click="trigger('reset_landmarks')",
                    **test_id("reset-landmarks"),
                )
