"""Segmenting the video: the preset, the one big button and how far the run is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from rabengine.events import Failed, PartialResult, Progress, RunEvent
from RABSegmentLib.Engine.Devices import Devices
from RABSegmentLib.FrontEnd import Controls, Texts
from RABSegmentLib.FrontEnd.Actions import Action
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.Session.Job import RunChoices
from RABSegmentLib.Session.Session import SegmentVideoSession

from .CineHistories import CineHistories
from .PanelPart import Connections, PanelPart, ShownCine, chooseData, showControl

DOUBLE_CLICK_SECONDS = 0.6  # the second click of one must not cancel what the first has started


class RunSection(PanelPart):
    """The part at the foot of the panel.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        shown: the cine that is shown.
        devices: what can compute.
        histories: to take a run back as one step.
        onStarted: called when a run was started; from then on it is to be polled.
        update: shows the whole panel anew.
    """

    def __init__(
        self,
        ui: Any,
        connections: Connections,
        shown: ShownCine,
        devices: Devices,
        histories: CineHistories,
        onStarted: Callable[[], None],
        update: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._shown = shown
        self._devices = devices
        self._histories = histories
        self._onStarted = onStarted
        self._update = update
        self._started = 0.0
        for name, title in Texts.presetTitles():
            ui.presetSelector.addItem(title, name)
        connections.add(ui.segmentButton, "clicked()", self.onSegmentClicked)
        connections.add(ui.presetSelector, "activated(int)", self.onPresetChosen)

    def say(self, text: str) -> None:
        """Show a text where the phase of a run is shown."""
        self._ui.phaseLabel.text = text

    def onCine(self) -> None:
        """Its run may be going on."""
        self.showProgress()

    def onSegmentClicked(self) -> None:
        """Segment the video, or cancel."""
        session = self._shown.session
        if session is None:
            return
        if session.isRunning:
            if time.monotonic() - self._started >= DOUBLE_CLICK_SECONDS:
                self.cancel()
            return
        with slicer.util.tryWithErrorDisplay(_("The video cannot be segmented.")):
            self.showProgress()
            self._ui.segmentEditor.setActiveEffect(None)
            self._histories.beginRun()
            parameters = self._shown.parameters
            try:
                session.start(RunChoices(parameters.preset, parameters.device, parameters.seed))
            except BaseException:
                self._histories.endRun(session)
                raise
            self.say(Texts.startingText())
            self._started = time.monotonic()
            self._onStarted()
        self._update()

    def cancel(self) -> None:
        """Stop the run; what it has written stays."""
        if self._shown.session is not None:
            self.say(Texts.stoppingText())
            self._shown.session.cancel()

    def onPresetChosen(self, index: int) -> None:
        """Remember the preset."""
        if self._shown.parameters is not None:
            self._shown.parameters.preset = self._ui.presetSelector.itemData(index)

    def onEvent(self, session: SegmentVideoSession, event: RunEvent) -> None:
        """The run of a cine says something; of one that is not shown only a failure matters here."""
        if session is not self._shown.session:
            if isinstance(event, Failed):
                slicer.util.errorDisplay(f"{session.segmentation.cine.name}: {event.text}")
        elif isinstance(event, Progress):
            self.showProgress()
        elif not isinstance(event, PartialResult):
            self._histories.endRun(session)
            self.say(Texts.endText(session, event))
            self._update()
            if isinstance(event, Failed):
                slicer.util.errorDisplay(event.text)

    def showProgress(self) -> None:
        """How far the run is that is going on."""
        session = self._shown.session
        progress = None if session is None or not session.isRunning else session.progress
        share = 0.0 if session is None or progress is None else session.share
        self._ui.progressBar.setValue(round(1000 * share))
        self.say("" if progress is None else Texts.progressText(progress, share))

    def showControls(self, now: Situation) -> None:
        """Whether it can be segmented, and that the button cancels."""
        showControl(self._ui.segmentButton, Controls.segmentControl(now))
        self._ui.segmentButton.text = _("Cancel") if now.isRunning else Action.SEGMENT.title
        self._ui.presetSelector.enabled = not now.isRunning
        self._ui.progressBar.visible = now.isRunning

    def show(self, now: Situation) -> None:
        """What each preset takes depends on the cine and on the device."""
        selector, segmentation = self._ui.presetSelector, self._shown.segmentation
        frames = None if segmentation is None else segmentation.frameCount
        titles = Texts.presetTitles(frames, self._devices.information.automatic)
        for index, (_name, title) in enumerate(titles):
            if selector.itemText(index) != title:
                selector.setItemText(index, title)
        if self._shown.parameters is not None:
            chooseData(selector, self._shown.parameters.preset)
        self._ui.phaseLabel.visible = bool(self._ui.phaseLabel.text)
