"""The left side: the tools, what undoes them, how the frame is looked at; and above the frame the tool's choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trame.widgets import html
from trame.widgets import vuetify3 as v

from RABSegmentLib.FrontEnd import Texts
from rabview.cines import CINE
from rabview.editing import TOOLS
from rabview.prompting import PROMPTS
from rabview.segments import SEGMENTS
from rabview.tools import EDIT_TOOLS, ISLANDS, NO_TOOL, SCISSORS, SMOOTHINGS, Mode
from rabview.undo import UNDO
from rabview.viewing import VIEW

from .looks import looks_menu
from .parts import NO_CINE, Text, brightness, icon_button, labelled, shown, test_id, tipped
from .segments import CHOSEN_COLOR, CHOSEN_NAME

NO_SEGMENT = "Add a segment first."


def tool_strip() -> None:
    """A button for each tool."""
    with html.Nav(classes="rab-strip", raw_attrs=['aria-label="Tools"', 'tabindex="0"']):
        for name, tool in EDIT_TOOLS.items():
            works = f"{CINE.is_open} && {SEGMENTS.chosen}" if tool.needs_segment else CINE.is_open
            is_on = f"{CINE.is_open} && {TOOLS.tool} === '{name}'"
            why = f"!{CINE.is_open} ? '{NO_CINE}' : {works} ? '{tool.tip}' : '{NO_SEGMENT}'"
            icon_button(
                tool.icon,
                f"tool-{name}",
                (why,),
                f"{TOOLS.tool} = '{name}'",
                size="40",
                disabled=(f"!({works})",),
                active=(is_on,),
                color=(f"{is_on} ? 'primary' : undefined",),
            )
        v.VDivider(classes="my-1")
        for name, icon, works, tip, reason in (
            ("undo", "mdi-undo", UNDO.can_undo, f"`Undo: ${{{UNDO.undo_text}}} (Ctrl+Z)`", Texts.nothingToUndoText()),
            ("redo", "mdi-redo", UNDO.can_redo, f"`Redo: ${{{UNDO.redo_text}}} (Ctrl+Y)`", Texts.nothingToRedoText()),
        ):
            icon_button(
                icon,
                f"{name}-stroke",
                (f"{works} ? {tip} : '{reason}'",),
                f"trigger('{name}_edit')",
                size="40",
                disabled=(f"!{works}",),
            )
        v.VSpacer()
        eye = (f"{VIEW.are_segments_shown} ? 'mdi-eye-outline' : 'mdi-eye-off-outline'",)
        _look("mdi-fit-to-screen-outline", "fit", "Fit the frame (F)", "fit")
        _look("mdi-numeric-1-box-outline", "actual-size", "One pixel of the screen for each pixel (0)", "actual_size")
        _look(eye, "toggle-all", "Hide or show all segments (H)", "toggle_all")
        looks_menu()


def _look(icon: Text, name: str, tip: str, call: str) -> None:
    icon_button(
        icon,
        name,
        (f"{CINE.is_open} ? '{tip}' : '{NO_CINE}'",),
        f"trigger('{call}')",
        size="40",
        disabled=(f"!{CINE.is_open}",),
    )


def tool_options() -> None:
    """What the chosen tool lets choose, and what it does."""
    with html.Div(classes="rab-options", **test_id("tool-options")):
        with html.Div(classes="rab-options-row", v_if=f"!{CINE.is_open}"):
            html.Span("Open a cine to begin.", classes="rab-hint")
        with html.Div(classes="rab-options-row", v_else_if=f"{TOOLS.tool} === '{NO_TOOL}'"):
            html.Span(
                "Drag: brightness and contrast. Right drag or Ctrl + wheel: zoom. Middle or Shift + drag: move.",
                classes="rab-hint",
            )
            v.VSpacer()
            html.Span(
                f"W {shown(brightness(VIEW.window))} &nbsp;L {shown(brightness(VIEW.level))}",
                classes="rab-number",
                **test_id("window-level"),
            )
            icon_button(
                "mdi-brightness-auto",
                "brighten",
                "Brightness and contrast that suit this frame (B)",
                "trigger('brighten')",
                density="comfortable",
            )
            icon_button(
                "mdi-backup-restore",
                "reset-window",
                "Brightness and contrast as the cine came",
                "trigger('reset_window')",
                density="comfortable",
            )
        with html.Div(classes="rab-options-row", v_else_if=f"{TOOLS.tool} === 'measure'"):
            _measure()
        with html.Div(classes="rab-options-row", v_else_if=f"['prompt', 'outline'].includes({TOOLS.tool})"):
            _target()
            _prompts()
            _outline()
        with html.Div(classes="rab-options-row", v_else=True):
            _target()
            for build in (_brush, _draw, _scissors, _threshold, _smoothing, _islands):
                build()


def _target() -> None:
    with html.Span(classes="rab-target", **test_id("target-segment")):
        html.I(classes="rab-dot", style=(f"{{ background: {CHOSEN_COLOR} || 'transparent' }}",))
        html.Span(shown(f"{CHOSEN_NAME} || 'Add a segment first'"))


def _prompts() -> None:
    with html.Div(classes="rab-options-group", v_if=f"{TOOLS.tool} === 'prompt'"):
        with v.VBtnToggle(
            v_model=("tab.removes",), mandatory=True, density="compact", variant="outlined", divided=True
        ):
            v.VBtn("Add", value=("false",), size="small", **test_id("prompt-adds"))
            v.VBtn("Remove", value=("true",), size="small", **test_id("prompt-removes"))
        html.Span(shown(PROMPTS.text), classes="rab-hint", raw_attrs=['role="status"', 'data-testid="prompt-text"'])
        v.VSpacer()
        with tipped(Texts.takeTip()):
            v.VSwitch(
                v_model=(PROMPTS.takes_others,),
                label=Texts.takeTitle(),
                classes="rab-switch",
                **test_id("prompt-takes"),
            )
        _copy()


def _outline() -> None:
    with html.Div(classes="rab-options-group", v_if=f"{TOOLS.tool} === 'outline'"):
        html.Span(
            "Drag a point. Click the line: one more. Right click or press a point long: one less. "
            "Without a mark: draw it.",
            classes="rab-hint",
        )
        v.VSpacer()
        _copy()


def _copy() -> None:
    with (
        tipped("The next frame begins with this outline (C)"),
        v.VBtn(
            variant="tonal",
            size="small",
            click="page.onFrame('copy_to_next')",
            disabled=(f"!{SEGMENTS.chosen}",),
            raw_attrs=['data-testid="copy-next"', 'aria-label="Copy to next frame"'],
        ),
    ):
        html.Span("Copy to next frame", classes="rab-roomy")
        html.Span("Copy", classes="rab-tight")


def _measure() -> None:
    html.Span("Drag from one place to another.", classes="rab-hint", v_if="!tab.distance")
    html.Span(shown("tab.distance?.text"), classes="rab-number", v_if="tab.distance", **test_id("distance"))
    v.VSpacer()
    v.VBtn(
        "Pixel size",
        prepend_icon="mdi-ruler-square",
        variant="text",
        size="small",
        click="page.showScale()",
        **test_id("measure-scale"),
    )


def _brush() -> None:
    with html.Div(classes="rab-options-group", v_if=f"{TOOLS.tool} === 'paint' || {TOOLS.tool} === 'erase'"):
        html.Span("Size")
        _slider("Brush size", "brush-size", TOOLS.brush_size, 1, 200)
        html.Span(f"{shown(f'Math.round({TOOLS.brush_size})')} px", classes="rab-number rab-wide-number")
        html.Span("[ and ] or Shift + wheel", classes="rab-hint rab-wide-only")
        v.VSpacer()
        _limit()


def _draw() -> None:
    with html.Div(classes="rab-options-group", v_if=f"{TOOLS.tool} === 'draw'"):
        html.Span("Draw around a region: it is filled when you let go.", classes="rab-hint")
        v.VSpacer()
        _limit()


def _scissors() -> None:
    with html.Div(classes="rab-options-group", v_if=f"{TOOLS.tool} === 'scissors'"):
        with v.VBtnToggle(
            v_model=(TOOLS.scissors_mode,), mandatory=True, density="compact", variant="outlined", divided=True
        ):
            for name, mode in SCISSORS.items():
                v.VBtn(mode.title, value=name, size="small", **test_id(f"scissors-{name.replace('_', '-')}"))
        hints = ", ".join(f"{name}: '{mode.hint}'" for name, mode in SCISSORS.items())
        html.Span(shown(f"({{ {hints} }})[{TOOLS.scissors_mode}]"), classes="rab-hint")


def _threshold() -> None:
    with html.Div(classes="rab-options-group", v_if=f"{TOOLS.tool} === 'threshold'"):
        html.Span(shown(brightness(f"{TOOLS.threshold}[0]")), classes="rab-number", **test_id("threshold-low"))
        v.VRangeSlider(
            v_model=(TOOLS.threshold,),
            min=(TOOLS.range_low,),
            max=(TOOLS.range_high,),
            step=(TOOLS.range_step,),
            strict=True,
            classes="rab-slider rab-slider-wide",
            raw_attrs=[
                'data-testid="threshold-range"',
                "@vue:mounted=\"page.nameThumbs($event.el, ['Darkest pixel', 'Brightest pixel'])\"",
            ],
        )
        html.Span(shown(brightness(f"{TOOLS.threshold}[1]")), classes="rab-number", **test_id("threshold-high"))
        v.VSpacer()
        _limit()
        _apply("The segment becomes all pixels of this frame in the range.")


def _smoothing() -> None:
    with html.Div(classes="rab-options-group", v_if=f"{TOOLS.tool} === 'smoothing'"):
        _select(TOOLS.smoothing_mode, SMOOTHINGS, "smoothing-mode", "Way of smoothing")
        html.Span("Size")
        size = TOOLS.smoothing_size
        _slider("Size", "smoothing-size", size, 3, 31, 2)
        html.Span(f"{shown(size)} px", classes="rab-number rab-wide-number")
        v.VSpacer()
        _apply("Smooths the segment on this frame.")


def _islands() -> None:
    with html.Div(classes="rab-options-group", v_if=f"{TOOLS.tool} === 'islands'"):
        _select(TOOLS.islands_mode, ISLANDS, "islands-mode", "Which pieces")
        with html.Div(classes="rab-options-group", v_if=f"{TOOLS.islands_mode} === 'remove_small'"):
            html.Span("Below")
            _slider("Smallest piece", "islands-size", TOOLS.islands_size, 1, 500)
            html.Span(f"{shown(TOOLS.islands_size)} px", classes="rab-number rab-wide-number")
        is_clicked = f"{TOOLS.islands_mode}.endsWith('selected')"
        html.Span("Click a piece of the segment.", classes="rab-hint", v_if=is_clicked)
        v.VSpacer()
        with html.Div(v_if=f"!{is_clicked}"):
            _apply("Changes the segment on this frame.")


def _slider(label: str, name: str, model: Any, low: int, high: int, step: int = 1) -> None:
    options = {"min": low, "max": high, "step": step, "classes": "rab-slider"}
    v.VSlider(v_model=(model,), **options, **labelled(name, label))


def _limit() -> None:
    low, high = (brightness(f"{TOOLS.threshold}[{end}]") for end in (0, 1))
    with tipped(
        (f"`Only pixels from ${{{low}}} to ${{{high}}} are painted; choose the range with the threshold tool.`",)
    ):
        v.VSwitch(
            v_model=(TOOLS.is_limited,),
            label="Only inside the range",
            classes="rab-switch",
            **test_id("limit-paint"),
        )


def _select(name: str, choices: Mapping[str, Mode], test: str, label: str) -> None:
    items = "[" + ", ".join(f"{{ value: '{value}', title: '{mode.title}' }}" for value, mode in choices.items()) + "]"
    v.VSelect(v_model=(name,), items=(items,), classes="rab-select", **labelled(test, label))


def _apply(tip: str) -> None:
    with tipped((f"{SEGMENTS.chosen} ? '{tip}' : '{NO_SEGMENT}'",)):
        v.VBtn(
            "Apply",
            color="primary",
            variant="flat",
            size="small",
            disabled=(f"!{SEGMENTS.chosen}",),
            click="page.onFrame('apply_tool')",
            **test_id("apply-tool"),
        )
