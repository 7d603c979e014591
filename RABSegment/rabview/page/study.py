"""The cines of a study, in a list on the right side: pictures, statuses, who; filter, order, the next one."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from rabview.study import STUDY

from .parts import empty_state, shown, test_id, tipped


def study_panel() -> None:
    """How far it is, what to do next, and a line for each cine."""
    with html.Section(classes="rab-section", raw_attrs=['aria-label="Study"']):
        with html.Div(classes="rab-section-title"):
            html.H2(shown(STUDY.name), **test_id("study-name"))
            v.VSpacer()
            html.Span(shown(f"'as ' + {STUDY.by}"), classes="rab-note", **test_id("study-by"))
        v.VProgressLinear(
            model_value=(STUDY.share,),
            color="primary",
            height=6,
            rounded=True,
            striped=(STUDY.is_running,),
            raw_attrs=['aria-label="Cines that are segmented"'],
        )
        html.Div(
            shown(STUDY.progress), classes="rab-phase", raw_attrs=['role="status"', 'data-testid="study-progress"']
        )
        with html.Div(classes="rab-grid"):
            with tipped("The cine that needs you most (J)", "rab-full"):
                v.VBtn(
                    "Next cine",
                    block=True,
                    variant="flat",
                    color="primary",
                    size="small",
                    prepend_icon="mdi-skip-forward-outline",
                    click="page.openCine('next_cine')",
                    **test_id("next-cine"),
                )
            with tipped((f"{STUDY.can_check} ? 'All of its prediction is right (R)' : '{_CANNOT_CHECK}'",), "rab-full"):
                v.VBtn(
                    "Cine is right",
                    block=True,
                    variant="tonal",
                    size="small",
                    prepend_icon="mdi-check-all",
                    disabled=(f"!{STUDY.can_check}",),
                    click="trigger('check_cine')",
                    **test_id("check-cine"),
                )
    with html.Section(classes="rab-section rab-study-list", raw_attrs=['aria-label="Cines of the study"']):
        _choices()
        empty_state("mdi-filter-off-outline", "No cine of the study is like this.", f"!{STUDY.rows}.length")
        _rows()
        v.VBtn(
            shown(f"'Show more, ' + {STUDY.left_out} + ' are left'"),
            block=True,
            variant="text",
            size="small",
            click="trigger('more_cines')",
            v_if=STUDY.left_out,
            **test_id("more-cines"),
        )
        html.Div(shown(STUDY.kept), classes="rab-note", v_if=STUDY.kept, **test_id("study-kept"))


_CANNOT_CHECK = "There is no prediction of it as it is marked: run the study first."


def _choices() -> None:
    html.Input(
        classes="rab-rename rab-study-search",
        raw_attrs=[
            'type="search"',
            'placeholder="Search number, name, person"',
            'aria-label="Search the cines"',
            'data-testid="study-search"',
            'maxlength="200"',
            f':value="{STUDY.search}"',
            f'@input="{STUDY.search} = $event.target.value"',
        ],
    )
    with html.Div(classes="rab-grid"):
        for name, model, items, label in (
            ("study-filter", STUDY.filter, STUDY.filters, "Show"),
            ("study-order", STUDY.order, STUDY.orders, "Order"),
        ):
            v.VSelect(v_model=(model,), items=(items,), label=label, classes="rab-field", **test_id(name))


def _rows() -> None:
    is_current = f"one.cine === {STUDY.current}"
    with html.Ul(classes="rab-cines rab-scroll", v_if=f"{STUDY.rows}.length", **test_id("study-list")):
        with html.Li(v_for=f"one in {STUDY.rows}", key=("one.cine",)):
            with html.Button(
                classes=(f"['rab-cine-row', {{ 'rab-item-on': {is_current}, 'rab-cine-need': one.needsPerson }}]",),
                click="page.openCine('open_study_cine', one.cine)",
                raw_attrs=[
                    'type="button"',
                    ':aria-label="one.label"',
                    f':aria-current="{is_current}"',
                    ':data-testid="`cine-row-${one.cine}`"',
                    '@mouseenter="tab.tip = one.note || one.label"',
                    '@focus="tab.tip = one.note || one.label"',
                    "@mouseleave=\"tab.tip = ''\"",
                    "@blur=\"tab.tip = ''\"",
                ],
            ):
                html.Img(
                    classes="rab-cine-picture",
                    raw_attrs=[
                        ':src="`thumbnail/${one.cine}`"',
                        'alt=""',
                        'loading="lazy"',
                        "@error=\"$event.target.style.visibility = 'hidden'\"",
                    ],
                )
                with html.Span(classes="rab-cine-what"):
                    html.Span("{{ one.name }}", classes="rab-cine-title")
                    html.Span(
                        "{{ one.statusText }}{{ one.marks ? ' · ' + one.marks + (one.marks === 1 ? ' mark' : ' marks') "
                        ": '' }}{{ one.who ? ' · ' + one.who : '' }}",
                        classes="rab-cine-state",
                    )
                html.Span("{{ one.confidence }}", classes="rab-number rab-cine-sure")
