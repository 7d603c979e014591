"""The results: areas over time, what they say of a ventricle, and the table."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from .parts import Component, empty_state, section, test_id


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
