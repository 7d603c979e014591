"""The results: areas over time, what they say of a ventricle, and the table."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from RABSegmentLib.FrontEnd import Texts
from rabview.cines import CINE
from rabview.results import RESULTS
from rabview.segments import SEGMENTS

from .landmarks import landmark_lines
from .line import line_row
from .parts import Component, empty_state, section, shown, test_id, tipped


def results_panel() -> None:
    """Once something is segmented; before, what to do."""
    empty_state("mdi-chart-line", "Segment the video to see areas over time here.", f"!{RESULTS.rows}.length")
    with html.Div(v_if=f"{RESULTS.rows}.length", classes="rab-results"):
        with section("Over time", "area-section") as title:
            with title:
                v.VSelect(
                    v_model=(RESULTS.measure,),
                    items=(f"[{_measures()}]",),
                    variant="plain",
                    classes="rab-title-select",
                    raw_attrs=['data-testid="measure"', 'aria-label="What is plotted"'],
                )
            Component(
                "rab-plot",
                frame=(CINE.frame,),
                xs=(RESULTS.x,),
                curves=(RESULTS.curves,),
                x_title=(RESULTS.x_title,),
                y_title=(RESULTS.y_title,),
            )
            with html.Div(classes="rab-legend"):
                with html.Span(v_for=f"one in {RESULTS.curves}", key=("one.id",)):
                    html.I(classes="rab-square", style=("{ background: one.color }",))
                    html.Span("{{ one.name }}")
            html.Div(shown(RESULTS.doubts), v_if=RESULTS.doubts, classes="rab-note", **test_id("area-doubts"))
            line_row()
            v.VBtn(
                "Choose the left ventricle",
                variant="text",
                size="small",
                v_if=f"!{RESULTS.ventricle} && !tab.ventricle",
                click="tab.ventricle = true",
                **test_id("show-ventricle"),
            )
        with (
            html.Div(v_if=f"{RESULTS.ventricle} || tab.ventricle"),
            section("Left ventricle", "ventricle-section") as title,
        ):
            with title:
                v.VSelect(
                    v_model=(RESULTS.ventricle,),
                    items=(
                        f"[{{ value: '', title: '{Texts.noneText()}' }}, "
                        f"...{SEGMENTS.rows}.map((one) => ({{ value: one.name, title: one.name }}))]",
                    ),
                    variant="plain",
                    classes="rab-title-select",
                    raw_attrs=['data-testid="ventricle"', 'aria-label="Segment that is the left ventricle"'],
                )
            with html.Div(classes="rab-figures", v_if=f"{RESULTS.figures}.length", **test_id("ejection")):
                with html.Div(v_for=f"one in {RESULTS.figures}", key=("one.title",)):
                    html.B("{{ one.value }}", classes="rab-number")
                    html.Span("{{ one.title }}")
            landmark_lines()
            html.Div(shown(RESULTS.ejection_text), classes="rab-note", **test_id("ejection-text"))
            with tipped(Texts.keepViewHint()):
                v.VBtn(
                    shown(f"{RESULTS.kept_view} ? 'Forget kept view' : 'Keep view for biplane'"),
                    variant="text",
                    size="small",
                    v_if=f"{RESULTS.figures}.length || {RESULTS.kept_view}",
                    click="trigger('keep_view')",
                    **test_id("keep-view"),
                )
        with section("Statistics", "statistics-section", "rab-section-table"):
            with html.Div(
                classes="rab-scroll rab-table-place", raw_attrs=['tabindex="0"', 'role="region"', 'aria-label="Table"']
            ):
                Component("rab-table", frame=(CINE.frame,), columns=(RESULTS.columns,), rows=(RESULTS.rows,))


def _measures() -> str:
    """What can be plotted, as choices in the browser's language."""
    return ", ".join(f"{{ value: '{one}', title: '{title}' }}" for one, title in Texts.measureTitles().items())
