"""Below the frame: play, step, and the slider with the timeline of all frames."""

from __future__ import annotations

from trame.widgets import html

from RABSegmentLib.FrontEnd import Texts
from rabview.buttons import BUTTONS
from rabview.cines import CINE
from rabview.timeline import TIMELINE

from .parts import Component, icon_button, shown, test_id


def player() -> None:
    """Go through the frames."""
    with html.Div(classes="rab-player"):
        with html.Div(classes="rab-player-side"):
            with html.Div(classes="rab-player-buttons"):
                for icon, name, tip, click in (
                    ("mdi-skip-previous", "step-back", "Frame before (Left)", "trigger('step', [-1])"),
                    (
                        (f"{CINE.is_playing} ? 'mdi-pause' : 'mdi-play'",),
                        "play",
                        f"{CINE.is_playing} ? 'Stop (Space)' : `Play at ${{{CINE.fps}}} frames a second (Space)`",
                        "trigger('play')",
                    ),
                    ("mdi-skip-next", "step-forward", "Frame after (Right)", "trigger('step', [1])"),
                ):
                    what = tip if name == "play" else f"'{tip}'"
                    icon_button(
                        icon,
                        name,
                        (f"{BUTTONS.play.works} ? ({what}) : {BUTTONS.play.tip}",),
                        click,
                        location="top",
                        disabled=(f"!{BUTTONS.play.works}",),
                    )
            html.Div(
                shown(f"{CINE.is_open} ? `${{{CINE.frame}}} / ${{{CINE.frame_count} - 1}}` : '&ndash;'"),
                classes="rab-number rab-player-number",
                **test_id("frame-number"),
            )
        with html.Div(classes="rab-player-main"):
            Component(
                "rab-timeline",
                frame=(CINE.frame,),
                count=(CINE.frame_count,),
                times=(CINE.times,),
                bars=(TIMELINE.bars,),
                curves=(TIMELINE.curves,),
                status=(TIMELINE.status,),
                legend=(TIMELINE.legend,),
                confidence=(TIMELINE.confidence,),
                is_active=(CINE.is_open,),
            )
            with html.Div(classes="rab-legend", **test_id("legend")):
                with html.Span(v_for=f"one in {TIMELINE.legend}", key=("one.title",)):
                    html.I(classes="rab-square", style=("{ background: one.color }",))
                    html.Span("{{ one.title }}")
                html.Span(Texts.timelineHint(), classes="rab-hint")
