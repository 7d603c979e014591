"""Which buttons of the page work now, and why the others do not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from RABSegmentLib.Engine.Installation import hasTorch
from RABSegmentLib.FrontEnd import Controls, Texts

from .desk import Desk
from .segments import SegmentState
from .variables import names

INSTALL_TORCH = 'Run: pip install "torch>=2.5"; then start this again.'


@dataclass
class Button:
    """How a button shows itself.

    Attributes:
        works: it can be pressed.
        tip: what it does, or why it cannot be pressed.
    """

    works: bool = False
    tip: str = ""


@dataclass
class ButtonState:
    """The buttons that both front ends have."""

    segment: Button = field(default_factory=Button)
    verify: Button = field(default_factory=Button)
    next: Button = field(default_factory=Button)
    absent: Button = field(default_factory=Button)
    remove_mark: Button = field(default_factory=Button)
    undo_run: Button = field(default_factory=Button)
    result: Button = field(default_factory=Button)
    play: Button = field(default_factory=Button)


BUTTONS = names(ButtonState)


class ButtonControl:
    """Keeps the buttons as the cine is.

    Args:
        desk: whose cine it is.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._state = desk.state.part(ButtonState)
        self._segments = desk.state.part(SegmentState)
        self._now = Controls.Situation()
        desk.follow(frame=self._on_frame, change=self.update)
        self.update()

    def situation(self) -> Controls.Situation:
        """All that decides what can be done."""
        return Controls.situation(self._desk.session, hasTorch(), self._segments.chosen, None)

    def update(self) -> None:
        """Show what can be done now."""
        self._now = self.situation()
        self._show()

    def _on_frame(self) -> None:
        """Another frame is shown; while a cine plays there is no time to read the records of all frames."""
        segmentation = self._desk.segmentation
        if segmentation is not None and segmentation.selectedFrame >= 0:
            self._now = replace(self._now, frame=segmentation.record(segmentation.selectedFrame))
            self._show()

    def _show(self) -> None:
        now = self._now
        segment = _button(Controls.segmentControl(now))
        if now.hasCine and not now.hasTorch:
            segment = replace(segment, tip=f"{Texts.noTorchText()} {INSTALL_TORCH}")
        self._state.segment = segment
        self._state.verify = _button(Controls.verifyControl(now))
        self._state.next = _button(Controls.nextControl(now))
        self._state.absent = _button(Controls.absentControl(now))
        # Each mark of the list has its own button: that one is selected.
        self._state.remove_mark = _button(Controls.removeMarkControl(replace(now, markSelected=True)))
        self._state.undo_run = _button(Controls.undoControl(now))
        self._state.result = _button(Controls.resultControl(now))
        self._state.play = _button(Controls.playControl(now))


def _button(control: Controls.Control) -> Button:
    return Button(control.enabled, control.toolTip)
