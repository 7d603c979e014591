"""How the segments are drawn over the frame: a menu at the left side."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from rabview.cines import CINE
from rabview.overlay import LOOKS

from .parts import AS_REGION, NO_CINE, labelled, test_id, tipped


def looks_menu() -> None:
    """Opacity, outline only, names, and the nearest mark's outline."""
    tip = (f"{CINE.is_open} ? 'How segments are drawn' : '{NO_CINE}'",)
    with tipped(tip):
        with v.VBtn(
            icon=True,
            variant="text",
            size="40",
            rounded="lg",
            disabled=(f"!{CINE.is_open}",),
            **labelled("looks", tip),
        ):
            v.VIcon("mdi-tune-variant")
            with (
                v.VMenu(activator="parent", location="end", close_on_content_click=False, **AS_REGION),
                v.VCard(classes="rab-menu rab-looks"),
            ):
                html.Div("Opacity", classes="rab-note")
                v.VSlider(
                    v_model=(LOOKS.opacity,),
                    min=0,
                    max=1,
                    step=0.05,
                    disabled=(LOOKS.is_outline_only,),
                    **labelled("opacity", "Opacity"),
                )
                for model, label, name in (
                    (LOOKS.is_outline_only, "Outline only (O)", "outline-only"),
                    (LOOKS.are_names_shown, "Names (L)", "show-names"),
                    (LOOKS.is_ghost_shown, "Outline of the nearest mark (G)", "show-ghost"),
                ):
                    v.VSwitch(v_model=(model,), label=label, **test_id(name))
