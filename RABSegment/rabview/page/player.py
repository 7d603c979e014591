"""Below the frame: play, step, and the slider with the timeline of all frames."""

from __future__ import annotations

from trame.widgets import html
from trame.widgets import vuetify3 as v

from RABSegmentLib.FrontEnd import Texts
from rabview.buttons import BUTTONS
from rabview.cines import CINE
from rabview.playing import PLAY
from rabview.timeline import TIMELINE

from .parts import AS_REGION, Component, Text, icon_button, labelled, shown, test_id

SPEEDS = (0.1, 0.25, 0.5, 1, 2, 4)
_RATE = f"{PLAY.fps} * {PLAY.speed}"


def player() -> None:
    """Go through the frames."""
    play = f"{PLAY.is_on} ? 'Stop (Space)' : `Play at ${{Number(({_RATE}).toPrecision(2))}} frames a second (Space)`"
    with html.Div(classes="rab-player"):
        with html.Div(classes="rab-player-side"):
            with html.Div(classes="rab-player-buttons"):
                _step(
                    "mdi-page-first", "previous-mark", "'Marked frame before (Page up)'", "trigger('show_mark', [-1])"
                )
                _step("mdi-skip-previous", "step-back", "'Frame before (Left)'", "trigger('step', [-1])")
                _step((f"{PLAY.is_on} ? 'mdi-pause' : 'mdi-play'",), "play", play, "trigger('play')")
                _step("mdi-skip-next", "step-forward", "'Frame after (Right)'", "trigger('step', [1])")
                _step("mdi-page-last", "next-mark", "'Marked frame after (Page down)'", "trigger('show_mark', [1])")
            with html.Div(classes="rab-player-line"):
                html.Div(
                    shown(f"{CINE.is_open} ? `${{{CINE.frame}}} / ${{{CINE.frame_count} - 1}}` : '&ndash;'"),
                    classes="rab-number rab-player-number",
                    **test_id("frame-number"),
                )
                _choices()
        with html.Div(classes="rab-player-main"):
            Component(
                "rab-timeline",
                frame=(CINE.frame,),
                count=(CINE.frame_count,),
                times=(CINE.times,),
                bars=(TIMELINE.bars,),
                curves=(TIMELINE.curves,),
                status=(TIMELINE.status,),
                words=(TIMELINE.words,),
                colors=(TIMELINE.colors,),
                confidence=(TIMELINE.confidence,),
                first=(PLAY.first,),
                last=(PLAY.last,),
                is_active=(CINE.is_open,),
            )
            with html.Div(classes="rab-legend", **test_id("legend")):
                with html.Span(v_for=f"one in {TIMELINE.legend}", key=("one.title",), v_if="!tab.frameTip"):
                    html.I(classes="rab-square", style=("{ background: one.color }",))
                    html.Span("{{ one.title }}")
                html.Span(Texts.timelineHint(), classes="rab-hint", v_if="!tab.frameTip")
                html.Span(shown("tab.frameTip"), classes="rab-tip", v_if="tab.frameTip")


def _step(icon: Text, name: str, tip: str, click: str) -> None:
    icon_button(
        icon,
        name,
        (f"{BUTTONS.play.works} ? ({tip}) : {BUTTONS.play.tip}",),
        click,
        size="30",
        disabled=(f"!{BUTTONS.play.works}",),
    )


def _choices() -> None:
    """Speed, loop and range."""
    with v.VBtn(
        shown(f"{PLAY.speed} + '×'"),
        variant="text",
        size="x-small",
        append_icon="mdi-menu-up",
        disabled=(f"!{BUTTONS.play.works}",),
        **labelled("play-choices", "Speed, loop and range of playing"),
    ):
        with v.VMenu(activator="parent", location="top start", close_on_content_click=False, **AS_REGION):
            with v.VCard(classes="rab-menu rab-play-menu"):
                with v.VBtnToggle(
                    v_model=(PLAY.speed,),
                    mandatory=True,
                    density="compact",
                    variant="outlined",
                    divided=True,
                    raw_attrs=['aria-label="Speed"'],
                ):
                    for speed in SPEEDS:
                        v.VBtn(f"{speed}×", value=(f"{speed}",), size="small", **test_id(f"speed-{speed}"))
                v.VSwitch(v_model=(PLAY.is_looping,), label="Loop", **test_id("play-loop"))
                html.Div(
                    shown(f"`Frames ${{{PLAY.first}}} to ${{{PLAY.last}}}`"),
                    classes="rab-note",
                    **test_id("play-range"),
                )
                with html.Div(classes="rab-row"):
                    for title, name, call in (
                        ("From this frame", "play-from", "play_from_here"),
                        ("To this frame", "play-to", "play_to_here"),
                        ("All", "play-whole", "play_whole"),
                    ):
                        v.VBtn(title, variant="tonal", size="small", click=f"trigger('{call}')", **test_id(name))
