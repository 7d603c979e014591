"""The right side: segmenting in one tab, results in another; and the cines of a study, where there is one."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from rabview.study import STUDY

from .marks import marks_card
from .offer import kept
from .parts import shown
from .results import results_panel
from .run import review_card, run_card
from .segments import segments_card
from .study import study_panel


def side() -> None:
    """From the first mark to the result."""
    with html.Aside(classes="rab-side", v_show="tab.side", raw_attrs=['aria-label="Side panel"', 'data-testid="side"']):
        with html.Div(classes="rab-tabs", raw_attrs=['role="tablist"']):
            for name, title, click in (
                ("study", "Study", "tab.panel = 'study'"),
                ("segment", "Segment", "tab.panel = 'segment'"),
                ("results", "Results", "page.showResults()"),
            ):
                html.Button(
                    title,
                    v_if=STUDY.is_open if name == "study" else "true",
                    classes=(f"['rab-tab', {{ 'rab-tab-on': tab.panel === '{name}' }}]",),
                    click=click,
                    raw_attrs=[
                        'role="tab"',
                        'type="button"',
                        f":aria-selected=\"tab.panel === '{name}'\"",
                        f'data-testid="tab-{name}"',
                        f'id="rab-tab-{name}"',
                        f":tabindex=\"tab.panel === '{name}' ? 0 : -1\"",
                        *(["@vue:mounted=\"tab.panel = 'study'\""] if name == "study" else []),
                        f'@keydown.left.right.stop="page.turnPanel($event.key, {STUDY.is_open})"',
                    ],
                )
        with html.Div(
            classes="rab-panel rab-study", v_if=f"{STUDY.is_open} && tab.panel === 'study'", **_panel("study")
        ):
            study_panel()
        with html.Div(classes="rab-panel", v_show="tab.panel === 'segment'", **_panel("segment")):
            segments_card()
            marks_card()
            run_card()
            review_card()
        with html.Div(classes="rab-panel", v_if="tab.panel === 'results'", **_panel("results")):
            results_panel()


def _panel(name: str) -> dict[str, list[str]]:
    attributes = ['role="tabpanel"', 'tabindex="0"', f'id="rab-panel-{name}"', f'aria-labelledby="rab-tab-{name}"']
    return {"raw_attrs": [*attributes, f'data-testid="panel-{name}"']}


def foot() -> None:
    """What the control under the mouse does; and where the marks are."""
    with html.Footer(classes="rab-foot"):
        html.Span(shown("tab.tip"), classes="rab-foot-tip", raw_attrs=['data-testid="tip"'])
        v.VSpacer()
        kept()
        html.Span("Not for clinical use.")
