"""The right side: segmenting in one tab, results in the other."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from .offer import kept
from .parts import Component, empty_state, icon_button, labelled, section, test_id, tipped


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


def results_panel() -> None:
    """Once something is segmented; before, what to do."""
    empty_state("mdi-chart-line", "Segment the video to see areas over time here.", "!areas.rows.length")
    with html.Div(v_if="areas.rows.length", classes="rab-results"):
        with section("Area over time", "area-section"):
            Component("rab-plot", frame=("frame",), areas=("areas",))
            with html.Div(classes="rab-legend"):
                with html.Span(v_for="one in areas.curves", key=("one.id",)):
                    html.I(classes="rab-square", style=("{ background: one.color }",))
                    html.Span("{{ one.name }}")
            html.Div("{{ areas.doubts }}", v_if="areas.doubts", classes="rab-note", **test_id("area-doubts"))
        with section("Left ventricle", "ventricle-section") as title:
            with title:
                v.VSelect(
                    v_model=("ventricle",),
                    items=(
                        "[{ value: '', title: 'none' }, "
                        "...segments.map((one) => ({ value: one.name, title: one.name }))]",
                    ),
                    variant="plain",
                    classes="rab-title-select",
                    raw_attrs=['data-testid="ventricle"', 'aria-label="Segment that is the left ventricle"'],
                )
            with html.Div(classes="rab-figures", v_if="ejection.figures.length", **test_id("ejection")):
                with html.Div(v_for="one in ejection.figures", key=("one.title",)):
                    html.B("{{ one.value }}", classes="rab-number")
                    html.Span("{{ one.title }}")
            html.Div("{{ ejection.text }}", classes="rab-note", **test_id("ejection-text"))
        with section("Statistics", "statistics-section", "rab-section-table"):
            with html.Div(classes="rab-scroll rab-table-place"):
                Component("rab-table", frame=("frame",), columns=("areas.columns",), rows=("areas.rows",))


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


def run_card() -> None:
    """Segment video, or cancel."""
    with section("Segment video", "run"):
        v.VSelect(
            v_model=("preset",),
            items=("presets",),
            label="Preset",
            disabled=("is_running",),
            classes="rab-field",
            **test_id("preset"),
        )
        with html.Div(classes="rab-pair"):
            v.VSelect(
                v_model=("device",),
                items=("devices",),
                label="Device",
                disabled=("is_running",),
                classes="rab-field",
                **test_id("device"),
            )
            html.Div("{{ device_text }}", classes="rab-note", **test_id("device-text"))
        with tipped(("controls.segment?.tip",), location="start", classes="rab-full"):
            v.VBtn(
                "{{ is_running ? 'Cancel' : 'Segment video' }}",
                block=True,
                size="large",
                variant=("is_running ? 'tonal' : 'flat'",),
                color=("is_running ? 'error' : 'primary'",),
                prepend_icon=("is_running ? 'mdi-stop' : 'mdi-auto-fix'",),
                disabled=("!controls.segment?.works",),
                click="page.pressRun()",
                **test_id("segment-video"),
            )
        html.Div(
            "{{ controls.segment?.tip }}",
            classes="rab-note",
            v_if="has_cine && !controls.segment?.works",
            **test_id("segment-reason"),
        )
        v.VProgressLinear(
            model_value=("progress",),
            indeterminate=("!progress",),
            v_if="is_running",
            color="primary",
            height=6,
            rounded=True,
            **test_id("progress"),
        )
        with html.Div(classes="rab-phase", v_if="phase"):
            html.Span("{{ phase }}", **test_id("phase"))
        with html.Div(classes="rab-losses", v_if="losses.length", **test_id("losses")):
            with html.Div(classes="rab-loss", v_for="one in losses", key=("one.name",)):
                html.Span("{{ one.name }}", classes="rab-loss-name")
                html.Span("{{ one.text }}", classes="rab-number")
                html.Svg(
                    '<polyline :points="one.points" />',
                    raw_attrs=['viewBox="0 0 100 24"', 'preserveAspectRatio="none"'],
                )


def segments_card() -> None:
    """A line for each segment."""
    with section("Segments", "segments") as title:
        with title, tipped(("has_cine ? 'Another structure, with a colour of its own' : 'Open a cine first.'",)):
            v.VBtn(
                "Add",
                prepend_icon="mdi-plus",
                variant="text",
                size="small",
                disabled=("!has_cine",),
                click="trigger('add_segment')",
                **labelled("add-segment", "Add a segment"),
            )
        empty_state("mdi-shape-outline", "The structures that you mark appear here.", "!segments.length")
        with (
            html.Div(classes="rab-list", v_if="segments.length"),
            html.Div(
                v_for="(one, number) in segments",
                key=("one.id",),
                classes=("['rab-item', { 'rab-item-on': one.id === segment, 'rab-item-dim': !one.visible }]",),
                click="trigger('choose_segment', [one.id])",
                raw_attrs=[
                    ':data-testid="`segment-${number}`"',
                    ":aria-current=\"one.id === segment ? 'true' : undefined\"",
                ],
            ),
        ):
            _colour()
            html.Span(
                "{{ one.name }}",
                classes="rab-item-name",
                v_if="tab.renaming !== one.id",
                dblclick="tab.renaming = one.id",
                raw_attrs=[':data-testid="`segment-name-${number}`"', ':title="one.name"'],
            )
            html.Input(
                v_else=True,
                classes="rab-rename",
                keydown="$event.key === 'Enter' ? page.rename(one, $event.target.value) : "
                "$event.key === 'Escape' ? (tab.renaming = '') : null",
                blur="page.rename(one, $event.target.value)",
                click="$event.stopPropagation()",
                raw_attrs=[
                    ':data-testid="`rename-${number}`"',
                    ':value="one.name"',
                    'maxlength="60"',
                    'aria-label="Name of the segment"',
                    '@vue:mounted="({ el }) => { el.focus(); el.select(); }"',
                ],
            )
            for icon, name, tip, click in (
                ("mdi-pencil-outline", "edit-name", "'Rename'", "tab.renaming = one.id"),
                (
                    ("one.visible ? 'mdi-eye-outline' : 'mdi-eye-off-outline'",),
                    "toggle-segment",
                    "one.visible ? 'Hide' : 'Show'",
                    "trigger('toggle_segment', [one.id])",
                ),
                ("mdi-delete-outline", "delete-segment", "'Delete on every frame'", "page.removeSegment(one)"),
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


def side() -> None:
    """From the first mark to the result."""
    with html.Aside(classes="rab-side"):
        with html.Div(classes="rab-tabs", raw_attrs=['role="tablist"']):
            for name, title, click in (
                ("segment", "Segment", "tab.panel = 'segment'"),
                ("results", "Results", "page.showResults()"),
            ):
                html.Button(
                    title,
                    classes=(f"['rab-tab', {{ 'rab-tab-on': tab.panel === '{name}' }}]",),
                    click=click,
                    raw_attrs=[
                        'role="tab"',
                        'type="button"',
                        f":aria-selected=\"tab.panel === '{name}'\"",
                        f'data-testid="tab-{name}"',
                    ],
                )
        with html.Div(classes="rab-panel", v_show="tab.panel === 'segment'", **test_id("panel-segment")):
            segments_card()
            marks_card()
            run_card()
            review_card()
        with html.Div(classes="rab-panel", v_if="tab.panel === 'results'", **test_id("panel-results")):
            results_panel()
        with html.Div(classes="rab-foot"):
            v.VIcon("mdi-information-outline", size=14)
            html.Span("Not for clinical use.")
            kept()
