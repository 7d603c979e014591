"""The right side: segmenting in one tab, results in the other."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from .marks import marks_card
from .offer import kept
from .parts import test_id
from .results import results_panel
from .run import review_card, run_card
from .segments import segments_card


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
