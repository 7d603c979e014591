"""The panel as a whole: its parts, the cine that they show, and the timer that lets the engine speak."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import qt
import slicer
import vtk
from slicer.util import VTKObservationMixin

from rabengine.errors import InputError
from RABSegmentLib.Engine.Installation import hasTorch
from RABSegmentLib.FrontEnd import Texts
from RABSegmentLib.FrontEnd.Controls import Situation, situation
from RABSegmentLib.FrontEnd.SlicerViews import showCine
from RABSegmentLib.Session.MarkHistory import MarkStep
from RABSegmentLib.Session.Session import SegmentVideoSession
from RABSegmentLib.Threads import letThreadsRun

from .CalibrationFields import CalibrationFields
from .CheckSection import CheckSection
from .CineHistories import CineHistories
from .CineSection import CineSection
from .DeviceSection import DeviceSection
from .ExportRow import ExportRow
from .LineField import LineField
from .MarkSection import MarkSection
from .PanelPart import Connections, PanelPart, ShownCine
from .PointFields import PointFields
from .ResultSection import ResultSection
from .RunSection import RunSection
from .Shortcuts import (
    BACK,
    CINE_AFTER,
    CINE_BEFORE,
    CINE_RIGHT,
    FORWARD,
    NEXT,
    NEXT_CINE,
    VERIFY,
    Shortcuts,
)
from .SliceRow import SliceRow
from .StudySection import StudySection

INTERVAL, WRITING_INTERVAL = 100, 10  # milliseconds between two looks at what the engine says
STATUS_MILLISECONDS = 8000  # for which a sentence stays at the foot of Slicer's window


class Panel(VTKObservationMixin):
    """Shows what the session of the chosen cine says, and hands it what the user does.

    Args:
        ui: the widgets of RABSegment.ui by their names.
        logic: the module's RABSegmentLogic.
        parent: the module's widget, whose the shortcuts are.

    Attributes:
        shown: the cine that is shown.
        connections: of the widgets.
        cine, slices, marks, run, check, results, points, line, exports, device, calibration, study: parts of it.
    """

    def __init__(self, ui: Any, logic: Any, parent: Any) -> None:
        VTKObservationMixin.__init__(self)
        self._ui = ui
        self._logic = logic
        self._isUpdating = False
        self._isOpen = False
        self._now = Situation()
        self._browser: Any = None  # of the chosen cine, also where it cannot be shown
        self._isRecording = False
        self._following = newTimer(0, self.followNodes)
        self._following.singleShot = True
        self._timer = newTimer(INTERVAL, self.onTimer)
        self.shown, self.connections = ShownCine(), Connections()
        self._histories = CineHistories(ui, self.onUndone)
        common = (ui, self.connections, self.shown)
        self.cine = CineSection(*common, logic.opening, self.wake, self.update)
        self.slices = SliceRow(ui, self.connections, self.cine.choose)
        self.run = RunSection(*common, logic.devices, self._histories, self.wake, self.update)
        self.marks = MarkSection(*common, self._histories, self.run.say, self.update)
        self.check = CheckSection(*common, self._histories, self.run.say, self.update)
        self.results = ResultSection(*common, self.update)
        self.points = PointFields(*common, self._histories, self.results.tell)
        self.line = LineField(*common, self._histories)
        self.exports = ExportRow(*common, self.results.biplane)
        self.device = DeviceSection(*common, logic.devices, self.wake, self.update)
        self.calibration = CalibrationFields(*common, self.onCalibrated)
        self.study = StudySection(*common, logic.sessions, self.cine.choose, self.update)
        self._parts: tuple[PanelPart, ...] = (
            self.run,
            self.check,
            self.marks,
            self.cine,
            self.slices,
            self.results,
            self.points,
            self.line,
            self.exports,
            self.device,
            self.calibration,
            self.study,
        )
        logic.sessions.events.connect(self.run.onEvent)
        logic.sessions.recordsChanged.connect(self.onRecordsChanged)
        logic.sessions.segmentsChanged.connect(self.onSegmentsChanged)
        logic.sessions.browserPutBack.connect(self.onBrowserPutBack)
        self._shortcuts = Shortcuts(
            parent,
            {
                FORWARD: lambda: self.check.step(1),
                BACK: lambda: self.check.step(-1),
                NEXT: self.check.onNextClicked,
                VERIFY: self.check.onVerifyClicked,
                NEXT_CINE: self.study.onNext,
                CINE_RIGHT: self.study.onCheckKey,
                CINE_AFTER: lambda: self.study.step(1),
                CINE_BEFORE: lambda: self.study.step(-1),
            },
        )

    def enter(self) -> None:
        """The user opens the module."""
        self._ui.segmentEditor.installKeyboardShortcuts()
        self._shortcuts.install()
        self.device.ask()
        self._isOpen = True
        self.followNodes()
        if self.shown.session is not None:
            self.shown.session.clock.show()

    def exit(self) -> None:
        """The user opens another module; runs go on."""
        self._ui.segmentEditor.setActiveEffect(None)
        self._ui.segmentEditor.uninstallKeyboardShortcuts()
        self._ui.segmentEditor.removeViewObservations()
        self._shortcuts.remove()
        self._isOpen = False
        if self.shown.session is not None:
            self.shown.session.clock.leave()

    def close(self) -> None:
        """The panel is taken apart."""
        self._timer.stop()
        self._following.stop()
        self.study.close()
        self.points.close()
        self.line.close()
        self.slices.close()
        self._shortcuts.remove()
        self._leaveEditor()
        self.removeObservers()

    def setParameters(self, parameters: Any) -> None:
        """Follow a RABSegmentParameterNode; None for none, and no cine."""
        self.shown.parameters = parameters
        if parameters is None:
            self._watch(None)
            self.slices.offer(None)
            self._setSession(None)

    def updateCine(self) -> None:
        """Open the session of the chosen cine."""
        browser = None if self.shown.parameters is None else self.shown.parameters.cineBrowser
        self._watch(browser)
        session, problem = None, ""
        if browser is not None:
            try:
                session = self._logic.sessions.sessionOf(browser)
            except InputError as error:
                problem = str(error)
        self.slices.offer(browser if session is None else None)
        if session is not None and session is self.shown.session:
            self.update()
            return
        self.cine.problem = problem
        self._setSession(session)

    def followNodes(self) -> None:
        """Nodes of the chosen cine may have been deleted or replaced, such as in the modules Data and Sequences."""
        session = self.shown.session
        if session is not None and not session.segmentation.isPlayed:
            self._setSession(None)
        self.updateCine()
        self._logic.sessions.poll()  # the engine of a cine that is gone ends
        if self.shown.session is not None:
            self.shown.session.followProxy()
            self.marks.followNodes()

    def onUndone(self, step: MarkStep) -> None:
        """A step was taken back or done again."""
        if step.placed is not None and step.placed[0].points != step.placed[1].points:
            self.points.putBack()
        self.update()

    def onRecordsChanged(self, session: SegmentVideoSession) -> None:
        """Masks or marks of a cine changed."""
        if session is not self.shown.session:
            return
        self._histories.noticed()
        if not self.shown.isRunning:
            self.run.say("")  # what it said was of how things were
        self.results.forget()
        self.points.noticed()
        self.update()

    def onSegmentsChanged(self, session: SegmentVideoSession) -> None:
        """The segments table of a cine changed."""
        if session is self.shown.session:
            self._histories.noticed()
            self.update()

    def onBrowserPutBack(self, session: SegmentVideoSession) -> None:
        """Somebody changed in the module Sequences how a cine is played."""
        if session is self.shown.session:
            slicer.util.showStatusMessage(Texts.browserPutBackText(), STATUS_MILLISECONDS)
            self.run.say(Texts.browserPutBackText())
            self.update()

    def onBrowser(self, _caller: Any = None, _event: Any = None) -> None:
        """Another frame is shown, or the browser records, or plays or shows other nodes."""
        session = self.shown.session
        isOther = bool(self._browser.GetRecordingActive()) != self._isRecording
        if not isOther and session is not None:
            isOther = not session.segmentation.isPlayed or self.marks.isLeft
        if not isOther:
            self.onFrame()
        elif self._isOpen:
            self._following.start()  # once all others have heard of it

    def onFrame(self) -> None:
        """Another frame is shown; while a cine plays there is no time to read the records of all frames."""
        segmentation, frame = self.shown.segmentation, self.shown.frame
        if segmentation is None or self._isUpdating or frame < 0:
            return
        self._now = replace(self._now, frame=segmentation.record(frame))
        for part in self._parts:
            part.showControls(self._now)

    def wake(self) -> None:
        """Something is going on in another process from now on."""
        self._timer.start()

    def onTimer(self) -> None:
        """Let the engines speak while something is running."""
        self.cine.takeCine()
        isAtWork = letThreadsRun()  # such as one that writes the cine for the engine
        self._logic.poll()
        # What is found is written into the scene bit by bit, so that Slicer stays awake between two of them.
        self._timer.interval = WRITING_INTERVAL if isAtWork or self._logic.sessions.hasUnwritten else INTERVAL
        if not self._logic.isBusy:
            self._timer.stop()
            self.update()

    def onCalibrated(self, names: Mapping[str, str]) -> None:
        """The user said pixel size or frame time; the frames may have other index values now."""
        self._histories.renameFrames(names)
        self.line.onCalibrated()
        self.marks.setUpEditor()
        if self.shown.segmentation is not None:
            showCine(self.shown.segmentation)
        self.update()

    def update(self) -> None:
        """Show the state of the session."""
        if self._isUpdating:
            return
        self._isUpdating = True
        try:
            segment, mark = self.marks.currentSegment(), self.marks.selectedMark()
            warning = self._logic.devices.information.warning
            self._now = situation(self.shown.session, hasTorch(), segment, mark, warning)
            for part in self._parts:
                part.showControls(self._now)
                part.show(self._now)
        finally:
            self._isUpdating = False

    def _leaveEditor(self) -> None:
        """After a reload the widgets are still there, hidden: they are to take no keys, nor follow the new panel's
        choices, which are in one node. Where the application ends, its window and with it the keys may be gone."""
        if slicer.util.mainWindow() is not None:
            self._ui.segmentEditor.uninstallKeyboardShortcuts()
        self._ui.segmentEditor.setMRMLSegmentEditorNode(None)

    def _watch(self, browser: Any) -> None:
        """Follow the browser of the chosen cine; None for none."""
        modified = vtk.vtkCommand.ModifiedEvent
        if browser is not self._browser:
            if self._browser is not None and self.hasObserver(self._browser, modified, self.onBrowser):
                self.removeObserver(self._browser, modified, self.onBrowser)
            self._browser = browser
            if browser is not None:
                self.addObserver(browser, modified, self.onBrowser)
        self._isRecording = browser is not None and bool(browser.GetRecordingActive())

    def _setSession(self, session: SegmentVideoSession | None) -> None:
        before = self.shown.session
        if before is not None:
            before.clock.leave()
        if session is not None and self._isOpen:
            session.clock.show()
        self.shown.session = session
        for part in self._parts:
            part.onCine()
        self.update()


def newTimer(interval: int, call: Callable[[], None]) -> Any:
    """A QTimer that calls every `interval` milliseconds, once it is started."""
    timer = qt.QTimer()
    timer.interval = interval
    timer.connect("timeout()", call)
    return timer
