"""The segments, in a list on the right side: names, colours, what is shown, which one is painted."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from rabview.cines import CINE
from rabview.segments import SEGMENTS

from .parts import NO_CINE, empty_state, icon_button, labelled, section, tipped

_CHOSEN = f"{SEGMENTS.rows}.find((one) => one.id === {SEGMENTS.chosen})"
CHOSEN_COLOR, CHOSEN_NAME = f"{_CHOSEN}?.color", f"{_CHOSEN}?.name"  # of the segment that is painted


def segments_card() -> None:
    """A line for each segment."""
    with section("Segments", "segments") as title:
        with title, tipped((f"{CINE.is_open} ? 'Another structure, with a colour of its own' : '{NO_CINE}'",)):
            v.VBtn(
                "Add",
                prepend_icon="mdi-plus",
                variant="text",
                size="small",
                disabled=(f"!{CINE.is_open}",),
                click="trigger('add_segment')",
                **labelled("add-segment", "Add a segment"),
            )
        empty_state("mdi-shape-outline", "The structures that you mark appear here.", f"!{SEGMENTS.rows}.length")
        is_chosen = f"one.id === {SEGMENTS.chosen}"
        with (
            html.Div(classes="rab-list", v_if=f"{SEGMENTS.rows}.length"),
            html.Div(
                v_for=f"(one, number) in {SEGMENTS.rows}",
                key=("one.id",),
                classes=(f"['rab-item', {{ 'rab-item-on': {is_chosen}, 'rab-item-dim': !one.visible }}]",),
                click="trigger('choose_segment', [one.id])",
                raw_attrs=[':data-testid="`segment-${number}`"'],
            ),
        ):
            _colour()
            html.Button(
                "{{ one.name }}",
                classes="rab-item-name",
                v_if="tab.renaming !== one.id",
                raw_attrs=[
                    'type="button"',
                    '@dblclick.stop="tab.renaming = one.id"',
                    '@keydown.f2="tab.renaming = one.id"',
                    ':data-testid="`segment-name-${number}`"',
                    f':aria-pressed="{is_chosen}"',
                ],
            )
            html.Input(
                v_else=True,
                classes="rab-rename",
                keydown="$event.stopPropagation(); $event.isComposing ? null : "
                "$event.key === 'Enter' ? page.rename(one, $event.target.value) : "
                "$event.key === 'Escape' ? (tab.renaming = '') : null",
                blur="page.rename(one, $event.target.value)",
                click="$event.stopPropagation()",
                raw_attrs=[
                    ':data-testid="`rename-${number}`"',
                    'maxlength="60"',
                    'aria-label="Name of the segment"',
                    # Not bound: each change of the page sets a bound value anew, over what is being typed.
                    '@vue:mounted="({ el }) => { el.value = one.name; el.focus(); el.select(); }"',
                ],
            )
            for icon, name, tip, click in (
                ("mdi-pencil-outline", "edit-name", "`Rename ${one.name}`", "tab.renaming = one.id"),
                (
                    ("one.visible ? 'mdi-eye-outline' : 'mdi-eye-off-outline'",),
                    "toggle-segment",
                    "one.visible ? `Hide ${one.name}` : `Show ${one.name}`",
                    "trigger('toggle_segment', [one.id])",
                ),
                (
                    "mdi-delete-outline",
                    "delete-segment",
                    "`Delete ${one.name} on every frame`",
                    "page.removeSegment(one)",
                ),
            ):
                icon_button(
                    icon,
                    (f"`{name}-${{number}}`",),
                    (tip,),
                    f"$event.stopPropagation(); {click}",
                    size="28",
                    classes="rab-item-button",
                )


def _colour() -> None:
    with html.Button(
        classes="rab-swatch",
        style=("{ background: one.color }",),
        click="$event.stopPropagation()",
        raw_attrs=[
            'type="button"',
            ':data-testid="`segment-color-${number}`"',
            ':aria-label="`Colour of ${one.name}`"',
        ],
    ):
        with v.VMenu(activator="parent", close_on_content_click=False, location="start"):
            v.VColorPicker(
                model_value=("one.color",),
                update_modelValue="page.recolor(one.id, $event)",
                modes=("['hex']",),
                hide_inputs=True,
                show_swatches=True,
                swatches=(
                    "[['#e6194b', '#f58231'], ['#ffe119', '#3cb44b'], ['#42d4f4', '#4363d8'], ['#911eb4', '#f032e6']]",
                ),
                elevation=4,
                width=240,
            )
