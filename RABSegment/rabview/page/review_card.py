"""Going through what a run found."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from .parts import section, test_id, tipped

BUTTONS = (
    ("next-frame", "next", "Next frame to check", "mdi-skip-forward-outline", "next", "N"),
    ("verify", "verify", "Verify frame", "mdi-check", "verify", "Enter"),
    ("absent", "absent", "Absent here", "mdi-cancel", "mark_absent", "A"),
    ("undo-run", "undo_run", "Undo last run", "mdi-history", "undo_run", ""),
)


def review_card() -> None:
    """What to do with the frames that were predicted."""
    with section("Review", "review"), html.Div(classes="rab-grid"):
        for name, control, title, icon, call, key in BUTTONS:
            works = f"controls.{control}?.works"
            tip = f"controls.{control}?.tip"
            text = f"{works} ? {tip} + ' ({key})' : {tip}" if key else tip
            with tipped((text,), location="start", classes="rab-full"):
                v.VBtn(
                    title,
                    block=True,
                    variant="tonal",
                    size="small",
                    prepend_icon=icon,
                    disabled=(f"!{works}",),
                    click=f"trigger('{call}')",
                    **test_id(name),
                )
