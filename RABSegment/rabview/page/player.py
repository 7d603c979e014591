"""Below the frame: play, step, and the slider with the timeline of all frames."""

from __future__ import annotations

from trame.widgets import html

from .parts import Component, icon_button, test_id


def player() -> None:
    """Go through the frames."""
    with html.Div(classes="rab-player"):
        with html.Div(classes="rab-player-side"):
            with html.Div(classes="rab-player-buttons"):
                for icon, name, tip, click in (
                    ("mdi-skip-previous", "step-back", "Frame before (Left)", "trigger('step', [-1])"),
                    (
                        ("is_playing ? 'mdi-pause' : 'mdi-play'",),
                        "play",
                        "is_playing ? 'Stop (Space)' : `Play at ${fps} frames a second (Space)`",
                        "trigger('play')",
                    ),
                    ("mdi-skip-next", "step-forward", "Frame after (Right)", "trigger('step', [1])"),
                ):
                    shown = tip if name == "play" else f"'{tip}'"
                    icon_button(
                        icon,
                        name,
                        (f"controls.play?.works ? ({shown}) : controls.play?.tip",),
                        click,
                        location="top",
                        disabled=("!controls.play?.works",),
                    )
            html.Div(
                "{{ has_cine ? `${frame} / ${frame_count - 1}` : '&ndash;' }}",
                classes="rab-number rab-player-number",
                **test_id("frame-number"),
            )
        with html.Div(classes="rab-player-main"):
            Component(
                "rab-timeline",
                frame=("frame",),
                count=("frame_count",),
                times=("times",),
                shapes=("timeline",),
                is_active=("has_cine",),
            )
            with html.Div(classes="rab-legend", **test_id("legend")):
                with html.Span(v_for="one in legend", key=("one.title",)):
                    html.I(classes="rab-square", style=("{ background: one.color }",))
                    html.Span("{{ one.title }}")
                html.Span("Bars: confidence. Lines: area of each segment.", classes="rab-hint")
