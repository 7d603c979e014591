"""What was done to the cine before, and what is kept of it now."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from rabview.cines import CINE
from rabview.kept_marks import KEPT, STEP

from .parts import shown, test_id


def offer() -> None:
    """Go on with marks of an earlier time, or leave them: a line above the frame, which covers nothing of it."""
    with html.Div(
        classes="rab-offer",
        v_if=f"{CINE.is_open} && {KEPT.offer}",
        raw_attrs=['role="status"', 'data-testid="offer"'],
    ):
        v.VIcon("mdi-history", size=18, color="primary")
        with html.Div(classes="rab-offer-text"):
            html.B("You worked on this cine before:")
            html.Span(shown(f"{KEPT.offer}?.text"), **test_id("offer-text"))
        v.VBtn(
            STEP,
            color="primary",
            variant="flat",
            size="small",
            click="trigger('resume_marks')",
            **test_id("resume"),
        )
        v.VBtn("Start anew", variant="text", size="small", click="trigger('start_anew')", **test_id("start-anew"))


def kept() -> None:
    """At the foot of the page: where the marks are."""
    text = f"{KEPT.problem} || {KEPT.text}"
    with html.Div(classes="rab-kept", v_if=f"{CINE.is_open} && ({text})", **test_id("kept")):
        v.VIcon(
            icon=(f"{KEPT.problem} ? 'mdi-alert-outline' : 'mdi-content-save-check-outline'",),
            color=(f"{KEPT.problem} ? 'warning' : 'success'",),
            size=14,
        )
        html.Span(shown(text), raw_attrs=[f':title="{text}"'])
