"""Going through what was found: timeline, next frame to check, verifying, and taking the run back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from RABSegmentLib.FrontEnd import Controls, Texts
from RABSegmentLib.FrontEnd.Actions import Action
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.Results.Timeline import TimelineSource

from .CineHistories import CineHistories
from .PanelPart import Connections, PanelPart, ShownCine, showControl
from .Shortcuts import NEXT, VERIFY
from .TimelineWidget import TimelineWidget


class CheckSection(PanelPart):
    """The section *Check*, and the buttons for it at the foot of the panel.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        shown: the cine that is shown.
        histories: to take back what is done here.
        say: shows a text beside the run's.
        update: shows the whole panel anew.

    Attributes:
        timeline: of the cine that is shown.
    """

    def __init__(
        self,
        ui: Any,
        connections: Connections,
        shown: ShownCine,
        histories: CineHistories,
        say: Callable[[str], None],
        update: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._shown = shown
        self._histories = histories
        self._say = say
        self._update = update
        self._source: TimelineSource | None = None
        self._hadResult = False
        self.timeline = TimelineWidget(self.onTimelineClicked)
        ui.timelinePlace.layout().addWidget(self.timeline)
        ui.legendLabel.text = Texts.legendText()
        connections.add(ui.nextButton, "clicked()", self.onNextClicked)
        connections.add(ui.verifyButton, "clicked()", self.onVerifyClicked)
        connections.add(ui.undoRunButton, "clicked()", self.onUndoRunClicked)

    def onCine(self) -> None:
        """Another timeline."""
        segmentation = self._shown.segmentation
        self._source = None if segmentation is None else TimelineSource(segmentation)

    def onTimelineClicked(self, x: float, width: float) -> None:
        """Show the frame under the click."""
        if self._shown.segmentation is not None and self.timeline.data is not None:
            self._shown.segmentation.select(self.timeline.data.frameAt(x, width))

    def step(self, count: int) -> None:
        """Show a frame after the one that is shown, or before it."""
        segmentation = self._shown.segmentation
        if segmentation is not None:
            segmentation.select(min(max(segmentation.selectedFrame + count, 0), segmentation.frameCount - 1))

    def onNextClicked(self) -> None:
        """Show the frame whose correction would help most."""
        session = self._shown.session
        frame = None if session is None else session.nextFrame()
        if session is not None and frame is not None:
            session.segmentation.select(frame)

    def onVerifyClicked(self) -> None:
        """Accept the frame that is shown."""
        session, frame = self._shown.session, self._shown.frame
        if session is not None and self._ui.verifyButton.enabled:
            with self._histories.step(Action.VERIFY.title, frame):
                session.verify(frame)

    def onUndoRunClicked(self) -> None:
        """Take the last run back."""
        session = self._shown.session
        if session is None:
            return
        with slicer.util.tryWithErrorDisplay(_("The run cannot be undone.")):
            with self._histories.step(Action.UNDO_RUN.title):
                session.undoLastRun()
            self._say(Texts.undoneText())
        self._update()

    def showControls(self, now: Situation) -> None:
        """What can be done, and where the frame is on the timeline."""
        showControl(self._ui.nextButton, Controls.nextControl(now), NEXT)
        showControl(self._ui.verifyButton, Controls.verifyControl(now), VERIFY)
        showControl(self._ui.undoRunButton, Controls.undoControl(now))
        self.timeline.show_(self.timeline.data, self._shown.frame)

    def show(self, now: Situation) -> None:
        """The timeline; the section opens with the first result, and its user may close it after that."""
        if now.hasResult and not self._hadResult:
            self._ui.checkSection.collapsed = False
        self._hadResult = now.hasResult
        self.timeline.show_(None if self._source is None else self._source.read(), self._shown.frame)
