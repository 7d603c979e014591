"""The line above the frame: the choices of the tool."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from .parts import Text, icon_button, test_id, tipped

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


SCISSORS = (("erase_inside", "Erase inside"), ("erase_outside", "Erase outside"), ("fill_inside", "Fill inside"))
SCISSORS_HINTS = (
    "({ erase_inside: 'Draw around the part of the segment that goes.', "
    "erase_outside: 'Draw around the part of the segment that stays.', "
    "fill_inside: 'Draw around what is added to the segment.' })"
)
SMOOTHINGS = (
    ("median", "Median: evens the outline"),
    ("opening", "Opening: removes thin parts"),
    ("closing", "Closing: fills gaps"),
    ("gaussian", "Gaussian: rounds the shape"),
)
ISLANDS = (
    ("keep_largest", "Keep the largest"),
    ("remove_small", "Remove small ones"),
    ("keep_selected", "Keep the one you click"),
    ("remove_selected", "Remove the one you click"),
)


def tool_options() -> None:
    """What the chosen tool lets choose, and what it does."""
    with html.Div(classes="rab-options", **test_id("tool-options")):
        with html.Div(classes="rab-options-row", v_if="!has_cine"):
            html.Span("Open a cine to begin.", classes="rab-hint")
        with html.Div(classes="rab-options-row", v_else_if="tool === 'view'"):
            html.Span(
                "Drag: brightness and contrast. Right drag or Ctrl + wheel: zoom. Middle or Shift + drag: move.",
                classes="rab-hint",
            )
            v.VSpacer()
            html.Span("W {{ window }} &nbsp;L {{ level }}", classes="rab-number", **test_id("window-level"))
            icon_button(
                "mdi-backup-restore",
                "reset-window",
                "Brightness and contrast as the cine came",
                "trigger('reset_window')",
                density="comfortable",
            )
        with html.Div(classes="rab-options-row", v_else=True):
            with html.Span(classes="rab-target", **test_id("target-segment")):
                html.I(
                    classes="rab-dot",
                    style=("{ background: segments.find((one) => one.id === segment)?.color || 'transparent' }",),
                )
                html.Span("{{ segments.find((one) => one.id === segment)?.name || 'Add a segment first' }}")
            for build in (_brush, _draw, _scissors, _threshold, _smoothing, _islands):
                build()


def _brush() -> None:
    with html.Div(classes="rab-options-group", v_if="tool === 'paint' || tool === 'erase'"):
        html.Span("Size")
        v.VSlider(v_model=("brush_size",), min=1, max=200, step=1, classes="rab-slider", **test_id("brush-size"))
        html.Span("{{ Math.round(brush_size) }} px", classes="rab-number rab-wide-number")
        html.Span("[ and ] or Shift + wheel", classes="rab-hint rab-wide-only")
        v.VSpacer()
        _limit()


def _draw() -> None:
    with html.Div(classes="rab-options-group", v_if="tool === 'draw'"):
        html.Span("Draw around a region: it is filled when you let go.", classes="rab-hint")
        v.VSpacer()
        _limit()


def _scissors() -> None:
    with html.Div(classes="rab-options-group", v_if="tool === 'scissors'"):
        with v.VBtnToggle(
            v_model=("scissors_mode",), mandatory=True, density="compact", variant="outlined", divided=True
        ):
            for name, title in SCISSORS:
                v.VBtn(title, value=name, size="small", **test_id(f"scissors-{name.replace('_', '-')}"))
        html.Span(f"{{{{ {SCISSORS_HINTS}[scissors_mode] }}}}", classes="rab-hint")


def _threshold() -> None:
    with html.Div(classes="rab-options-group", v_if="tool === 'threshold'"):
        html.Span("{{ Math.round(threshold[0]) }}", classes="rab-number", **test_id("threshold-low"))
        v.VRangeSlider(
            v_model=("threshold",),
            min=("range_low",),
            max=("range_high",),
            step=("(range_high - range_low) / 255",),
            strict=True,
            classes="rab-slider rab-slider-wide",
            **test_id("threshold-range"),
        )
        html.Span("{{ Math.round(threshold[1]) }}", classes="rab-number", **test_id("threshold-high"))
        v.VSpacer()
        _limit()
        _apply("The segment becomes all pixels of this frame in the range.")


def _smoothing() -> None:
    with html.Div(classes="rab-options-group", v_if="tool === 'smoothing'"):
        _select("smoothing_mode", SMOOTHINGS, "smoothing-mode")
        html.Span("Size")
        v.VSlider(v_model=("smoothing_size",), min=3, max=31, step=2, classes="rab-slider", **test_id("smoothing-size"))
        html.Span("{{ smoothing_size }} px", classes="rab-number rab-wide-number")
        v.VSpacer()
        _apply("Smooths the segment on this frame.")


def _islands() -> None:
    with html.Div(classes="rab-options-group", v_if="tool === 'islands'"):
        _select("islands_mode", ISLANDS, "islands-mode")
        with html.Div(classes="rab-options-group", v_if="islands_mode === 'remove_small'"):
            html.Span("Below")
            v.VSlider(
                v_model=("islands_size",), min=1, max=500, step=1, classes="rab-slider", **test_id("islands-size")
            )
            html.Span("{{ islands_size }} px", classes="rab-number rab-wide-number")
        html.Span("Click a piece of the segment.", classes="rab-hint", v_if="islands_mode.endsWith('selected')")
        v.VSpacer()
        with html.Div(v_if="!islands_mode.endsWith('selected')"):
            _apply("Changes the segment on this frame.")


def _limit() -> None:
    with tipped(
        (
            "`Only pixels from ${Math.round(threshold[0])} to ${Math.round(threshold[1])} are painted; "
            "choose the range with the threshold tool.`",
        )
    ):
        v.VSwitch(
            v_model=("is_limited",),
            label="Only inside the range",
            classes="rab-switch",
            **test_id("limit-paint"),
        )


def _select(name: str, choices: tuple[tuple[str, str], ...], test: str) -> None:
    items = "[" + ", ".join(f"{{ value: '{value}', title: '{title}' }}" for value, title in choices) + "]"
    v.VSelect(v_model=(name,), items=(items,), classes="rab-select", **test_id(test))


def _apply(tip: str) -> None:
    with tipped((f"segment ? '{tip}' : 'Add a segment first.'",)):
        v.VBtn(
            "Apply",
            color="primary",
            variant="flat",
            size="small",
            disabled=("!segment",),
            click="trigger('apply_tool')",
            **test_id("apply-tool"),
        )
