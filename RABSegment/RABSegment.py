"""Segment Video: every frame of a cine from a few marked ones."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import qt
import slicer
import vtk
from slicer import vtkMRMLSequenceBrowserNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

# Slicer reloads this file alone: its library must not stay as it was. The panel is there already only then.
if hasattr(slicer.modules, "RABSegmentWidget"):
    for _name in [name for name in sys.modules if name.partition(".")[0] in ("RABSegmentLib", "RABSegmentPanel")]:
        del sys.modules[_name]

from rabengine.errors import InputError, PackageMissingError
from rabengine.events import Failed, PartialResult, Progress, RunEvent
from rabengine.sample_cine import sample_cine_path
from rabengine.synthetic.phantom import beating_ellipse
from RABSegmentLib.Engine.CineReader import CineReader
from RABSegmentLib.Engine.Devices import DeviceInformation, DeviceQuery
from RABSegmentLib.Engine.Installation import hasTorch, installTorch, offerPackages, withPackages
from RABSegmentLib.Export.Kinds import ExportKind, exportKinds
from RABSegmentLib.FrontEnd import AreasLayout
from RABSegmentLib.FrontEnd import Controls as PanelState
from RABSegmentLib.FrontEnd import Texts as PanelTexts
from RABSegmentLib.FrontEnd.SlicerViews import fitCine, segmentEditorNode, showCine, shownVolume, showSegmentationOnly
from RABSegmentLib.Results.Timeline import TimelineSource
from RABSegmentLib.Scene.CineLoading import cineFromArray, cineFromVolume, loadCine, loadReadCine
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Session.Job import RunChoices
from RABSegmentLib.Session.MarksFromFile import marksFromFile
from RABSegmentLib.Session.Session import SegmentVideoSession
from RABSegmentLib.Session.Sessions import SegmentVideoSessions
from RABSegmentPanel.CalibrationFields import CalibrationFields
from RABSegmentPanel.CompactEditor import CompactEditor
from RABSegmentPanel.PanelHistory import PanelHistory
from RABSegmentPanel.PanelStory import PanelStory
from RABSegmentPanel.TimelineWidget import TimelineWidget

SAMPLE_NAME = "Echocardiogram"
# No letters: with Alt they open the menus of the main window, which differ from language to language. Alt with Left
# and Right goes to the module before and after.
SHORTCUTS = {"forward": "Alt+Down", "back": "Alt+Up", "next": "Alt+PgDown", "verify": "Alt+Return"}
INTERVAL, WRITING_INTERVAL = 100, 10  # milliseconds between two looks at what the engine says
DOUBLE_CLICK_SECONDS = 0.6  # the second click of one must not cancel what the first has started
MOST_MARK_ROWS = 5  # of the table of marked frames; more are scrolled
EFFECTS = (
    "Paint",
    "Draw",
    "Erase",
    "Level tracing",
    "Threshold",
    "Margin",
    "Smoothing",
    "Scissors",
    "Islands",
    "Logical operators",
)


class RABSegment(ScriptedLoadableModule):
    """What Slicer knows of the module before it is opened."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Segment Video")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        parent.dependencies = ["Sequences", "Segmentations", "SegmentEditor"]
        parent.contributors = ["RABSegment developers"]
        parent.helpText = _(
            "Segments every frame of a cine loop from a few marked frames. Choose a cine, paint the structure on one "
            "to five frames, press <b>Segment video</b>, then correct the frames that <b>Next frame to check</b> names "
            "and press it again. Marked frames are never changed.<br><br>Not for clinical use.<br><br>"
            'See the <a href="https://github.com/RABSegment/SlicerRABSegment#readme">tutorial</a>.'
        )
        parent.acknowledgementText = _(
            "The method builds on: Zixuan Zheng, Yilei Shi, Chunlei Li, Jingliang Hu, Xiao Xiang Zhu, Lichao Mou: "
            '<a href="https://arxiv.org/abs/2503.14958">Reducing Annotation Burden: Exploiting Image Knowledge for '
            "Few-Shot Medical Video Object Segmentation via Spatiotemporal Consistency Relearning</a>. MICCAI 2024. "
            "Please cite it when you publish results."
        )
        slicer.app.connect("startupCompleted()", registerSampleData)


def registerSampleData() -> None:
    """Offer the sample cine in the module Sample Data, where this Slicer's pydicom has it."""
    import SampleData

    try:
        path = sample_cine_path()
    except InputError as error:
        logging.info(f"Segment Video offers no sample cine: {error}")
        return
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category="RABSegment",
        sampleName=SAMPLE_NAME,
        uris=path.as_uri(),
        fileNames=f"{SAMPLE_NAME}.dcm",
        nodeNames=SAMPLE_NAME,
        thumbnailFileName=str(Path(__file__).parent / "Resources" / "Icons" / f"{SAMPLE_NAME}.png"),
        customDownloader=loadSampleCine,
    )


def loadSampleCine(_source: Any = None) -> Any:
    """The browser of an apical echocardiogram of 30 frames; it comes with pydicom, nothing is downloaded."""
    with slicer.util.tryWithErrorDisplay(_("The sample cine cannot be opened."), waitCursor=True):
        return loadCine(slicer.mrmlScene, sample_cine_path()).browserNode


@parameterNodeWrapper
class RABSegmentParameterNode:
    """What the user chose; it is saved with the scene.

    cineBrowser - plays the cine to segment.
    preset - of the engine: fast, balanced, accurate, or another one that is installed.
    device - auto, cpu, cuda:N or mps.
    seed - same seed, device and marks give the same result on the CPU.
    leftVentricle - name of the segment whose ejection fraction is reported.
    """

    cineBrowser: vtkMRMLSequenceBrowserNode
    preset: str = "balanced"
    device: str = "auto"
    seed: int = 0
    leftVentricle: str = ""


class RABSegmentWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel: shows what the session of the chosen cine says, and hands it what the user does."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: RABSegmentLogic | None = None
        self._timer: Any = None
        self._settling: Any = None
        self.isSetUp = False  # for the self-check: Slicer goes on after an exception in setup() or enter()
        self.isOpen = False
        self.deafWidgets: list[str] = []  # whose signals were not found
        self._parameterNode: Any = None
        self._guiTag: Any = None
        self._session: SegmentVideoSession | None = None
        self._timelineSource: TimelineSource | None = None
        self._shortcuts: list[Any] = []
        self._problem = ""
        self._isUpdating = False
        self._started = 0.0
        self._now = PanelState.Situation()
        self._exports: list[ExportKind] = []

    def setup(self) -> None:
        """Make the panel; called when the module is opened for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        self.logic = RABSegmentLogic()
        self._timer = self._newTimer(INTERVAL, self.onTimer)
        self._settling = self._newTimer(0, self.onSceneSettled)
        self._settling.singleShot = True
        panel = slicer.util.loadUI(self.resourcePath("UI/RABSegment.ui"))
        self.layout.addWidget(panel)
        self.ui = slicer.util.childWidgetVariables(panel)
        panel.setMRMLScene(slicer.mrmlScene)
        self.timeline = TimelineWidget(self.onTimelineClicked)
        self.ui.timelinePlace.layout().addWidget(self.timeline)
        self.ui.segmentEditor.setEffectNameOrder(EFFECTS)
        self.ui.segmentEditor.unorderedEffectsVisible = False
        self._compactEditor = CompactEditor(self.ui.segmentEditor)
        self._history = PanelHistory(self.ui, self.update)
        self._calibration = CalibrationFields(self.ui, self.onCalibrated)
        AreasLayout.registerLayout()
        self._fillChoices()
        self._connect()
        for event, call in (
            (slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose),
            (slicer.mrmlScene.EndCloseEvent, self.onSceneChanged),
            (slicer.mrmlScene.StartImportEvent, self.onSceneStartImport),
            (slicer.mrmlScene.EndImportEvent, self.onSceneChanged),
            (slicer.mrmlScene.EndBatchProcessEvent, self.onSceneChanged),
            (slicer.mrmlScene.NodeRemovedEvent, self.onSceneChanged),
        ):
            self.addObserver(slicer.mrmlScene, event, call)
        self.initializeParameterNode()
        # A reload of the module makes a new panel, and tells it neither that it is open nor to open.
        self._settling.start()
        self.isSetUp = True

    def _newTimer(self, interval: int, call: Callable[[], None]) -> Any:
        timer = qt.QTimer()
        timer.interval = interval
        timer.connect("timeout()", call)
        return timer

    def cleanup(self) -> None:
        """Called when the application closes or the module is reloaded."""
        for timer in (self._timer, self._settling):
            if timer is not None:
                timer.stop()
        self._removeShortcuts()
        if self.logic is not None:
            self.setParameterNode(None)
        self.removeObservers()
        if self.logic is not None:
            self.logic.close()

    def enter(self) -> None:
        """Called each time the user opens this module."""
        self.initializeParameterNode()
        self.ui.segmentEditor.installKeyboardShortcuts()
        self._addShortcuts()
        self._askForDevices()
        self.isOpen = True

    def exit(self) -> None:
        """Called each time the user opens a different module; runs go on."""
        self.isOpen = False
        self.ui.segmentEditor.setActiveEffect(None)
        self.ui.segmentEditor.uninstallKeyboardShortcuts()
        self.ui.segmentEditor.removeViewObservations()
        self._removeShortcuts()

    def onSceneStartClose(self, _caller: Any = None, _event: Any = None) -> None:
        """Called just before the scene is closed."""
        self.setParameterNode(None)
        self.logic.close()

    def onSceneStartImport(self, _caller: Any = None, _event: Any = None) -> None:
        """Called before a scene is read: selectors without their nodes yet must not empty the parameter node."""
        self.setParameterNode(None)

    def onSceneChanged(self, _caller: Any = None, _event: Any = None) -> None:
        """Called after the scene was closed, or read, or nodes left it.

        Slicer's own widgets hear of it too, some after this one: their selectors fill at the end of a batch, and the
        segment editor then takes what its selector shows. So what follows waits until all of them are done.
        """
        self._settling.start()

    def onSceneSettled(self) -> None:
        """Show the scene as it is now, when every widget has heard of the last change."""
        scene = slicer.mrmlScene
        if scene.IsBatchProcessing() or scene.IsImporting() or scene.IsClosing():
            return  # the end of that is told again
        if not self.parent.isEntered:
            return  # `enter` does it
        if not self.isOpen:
            self.enter()
        elif self._parameterNode is None or self._parameterNode.parameterNode.GetScene() is None:
            self.initializeParameterNode()
        else:
            self._followNodes()

    def _followNodes(self) -> None:
        """Nodes of the chosen cine may have been deleted, such as in the module Data."""
        if self._session is not None and not self._session.segmentation.isInScene:
            self._setSession(None)
        self.updateCine()
        if self._session is not None:
            self._session.followProxy()
            editor, segmentation = self.ui.segmentEditor, self._session.segmentation
            if editor.segmentationNode() is not segmentation.proxyNode or editor.sourceVolumeNode() is None:
                self._setUpEditor(self._session)
                showSegmentationOnly(segmentation)

    def initializeParameterNode(self) -> None:
        """Make sure that there is a parameter node, and that a cine is chosen when there is just one."""
        self.setParameterNode(self.logic.getParameterNode())
        if self._parameterNode.cineBrowser is None:
            self._parameterNode.cineBrowser = self.logic.onlyCine()
        self.updateCine()

    def setParameterNode(self, parameterNode: Any) -> None:
        """Follow a parameter node, None for none."""
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._guiTag)
            self._unobserve(self._parameterNode.parameterNode, self.onParameters)
        self._parameterNode = parameterNode
        if parameterNode is None:
            self._setSession(None)
            return
        self._guiTag = parameterNode.connectGui(self.ui)
        self.addObserver(parameterNode.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParameters)
        self.onParameters()

    def onParameters(self, _caller: Any = None, _event: Any = None) -> None:
        """Show what the parameter node says."""
        if self._parameterNode is None or self._isUpdating:
            return
        for selector, value in (
            (self.ui.presetSelector, self._parameterNode.preset),
            (self.ui.deviceSelector, self._parameterNode.device),
        ):
            selector.setCurrentIndex(max(selector.findData(value), 0))
        self.updateCine()

    def updateCine(self) -> None:
        """Open the session of the chosen cine."""
        browser = None if self._parameterNode is None else self._parameterNode.cineBrowser
        if self._session is not None and self._session.browserNode is browser:
            self.update()
            return
        session, self._problem = self.logic.trySession(browser)
        self._setSession(session)

    def _setSession(self, session: SegmentVideoSession | None) -> None:
        if self._session is not None:
            self._unobserve(self._session.browserNode, self.onFrame)
        self._session = session
        self._showProgress()
        self.ui.statisticsLabel.text = ""
        self._timelineSource = None if session is None else TimelineSource(session.segmentation)
        browser = None if session is None else session.browserNode
        self.ui.playWidget.setMRMLSequenceBrowserNode(browser)
        self.ui.seekWidget.setMRMLSequenceBrowserNode(browser)
        self._setUpEditor(session)
        self._history.follow(session)
        if session is not None:
            self.addObserver(browser, vtk.vtkCommand.ModifiedEvent, self.onFrame)
            showCine(session.segmentation)
            AreasLayout.restoreAreas(session.segmentation)
        self.update()

    def segmentation(self) -> SegmentationSequence | None:
        """Of the chosen cine, None without one."""
        return None if self._session is None else self._session.segmentation

    def isRunning(self) -> bool:
        """Whether the chosen cine is being segmented."""
        return self._session is not None and self._session.isRunning

    def _unobserve(self, node: Any, call: Callable[..., None]) -> None:
        if self.hasObserver(node, vtk.vtkCommand.ModifiedEvent, call):
            self.removeObserver(node, vtk.vtkCommand.ModifiedEvent, call)

    def _setUpEditor(self, session: SegmentVideoSession | None) -> None:
        editor = self.ui.segmentEditor
        if session is None:
            editor.setSegmentationNode(None)
            editor.setSourceVolumeNode(None)
            return
        editor.setMRMLSegmentEditorNode(segmentEditorNode())
        editor.setSegmentationNode(session.segmentation.proxyNode)
        editor.setSourceVolumeNode(session.segmentation.cineProxyNode)

    def onRecordsChanged(self, session: SegmentVideoSession) -> None:
        """Masks or marks of a cine changed."""
        if session is not self._session:
            return
        self._history.noticed()
        if not self.isRunning():
            self.ui.phaseLabel.text = ""  # what it said was of how things were
        self.ui.statisticsLabel.text = ""
        self.update()

    def onSegmentsChanged(self, session: SegmentVideoSession) -> None:
        """The segments table of a cine changed."""
        if session is self._session:
            self._history.noticed()
            self.update()

    def onRunEvent(self, session: SegmentVideoSession, event: RunEvent) -> None:
        """The run of a cine says something; of one that is not shown only a failure matters here."""
        if session is not self._session:
            if isinstance(event, Failed):
                slicer.util.errorDisplay(f"{session.segmentation.cine.name}: {event.text}")
        elif isinstance(event, Progress):
            self._showProgress()
        elif not isinstance(event, PartialResult):
            self._history.endRun(session)
            self.ui.phaseLabel.text = PanelTexts.endText(session, event)
            self.update()
            if isinstance(event, Failed):
                slicer.util.errorDisplay(event.text)

    def _showProgress(self) -> None:
        """Of the run of the chosen cine."""
        session = self._session
        progress = None if session is None or not session.isRunning else session.progress
        share = 0.0 if session is None or progress is None else session.share
        self.ui.progressBar.setValue(round(1000 * share))
        self.ui.phaseLabel.text = "" if progress is None else PanelTexts.progressText(progress, share)

    def onCineActivated(self, browser: Any) -> None:
        """A cine was chosen; the selector tells the parameter node only of one that has another name than the last."""
        if self._parameterNode is not None and self._parameterNode.cineBrowser is not browser:
            self._parameterNode.cineBrowser = browser

    def onFrame(self, _caller: Any = None, _event: Any = None) -> None:
        """Another frame is shown; while a cine plays there is no time to read the records of all frames."""
        frame = self._shownFrame()
        if self._session is None or self._isUpdating or frame < 0:
            return
        segmentation = self._session.segmentation
        self._now = replace(self._now, frame=segmentation.record(frame))
        self._updateControls(self._now)
        self.ui.frameLabel.text = PanelTexts.frameText(segmentation)
        self.timeline.show_(self.timeline.data, frame)

    def onTimer(self) -> None:
        """Let the engines speak while something is running."""
        self._takeCine()
        self.logic.poll()
        # What is found is written into the scene bit by bit, so that Slicer stays awake between two of them.
        self._timer.interval = WRITING_INTERVAL if self.logic.sessions.hasUnwritten else INTERVAL
        if not self.logic.isBusy:
            self._timer.stop()
            self.update()

    def _takeCine(self) -> None:
        """The cine that is being read, once it is there."""
        if not self.logic.readingText():
            return
        with slicer.util.tryWithErrorDisplay(_("The cine cannot be opened.")):
            try:
                loaded = self.logic.takeCine()
            except PackageMissingError as error:
                loaded = None
                if not offerPackages(error.packages, error.message):
                    raise
                self.logic.openCine(self.logic.lastPath)
            if loaded is not None:
                self._parameterNode.cineBrowser = loaded.browserNode
                for warning in loaded.warnings:
                    slicer.util.warningDisplay(warning)
        if not self.logic.readingText():
            self.update()

    def onTimelineClicked(self, x: float, width: float) -> None:
        """Show the frame under the click."""
        if self._session is not None and self.timeline.data is not None:
            self._session.segmentation.select(self.timeline.data.frameAt(x, width))

    def onSegmentClicked(self) -> None:
        """Segment the video, or cancel."""
        if self._session is None:
            return
        if self._session.isRunning:
            if time.monotonic() - self._started < DOUBLE_CLICK_SECONDS:
                return
            self.ui.phaseLabel.text = _("Stopping ...")
            self._session.cancel()
            return
        with slicer.util.tryWithErrorDisplay(_("The video cannot be segmented.")):
            self._showProgress()
            self.ui.segmentEditor.setActiveEffect(None)
            self._history.beginRun()
            try:
                self._session.start(self.logic.choices(self._parameterNode))
            except BaseException:
                self._history.endRun(self._session)
                raise
            self.ui.phaseLabel.text = _("Starting the engine ...")
            self._started = time.monotonic()
            self._timer.start()
        self.update()

    def onInstallClicked(self) -> None:
        """Install PyTorch through the PyTorch extension."""
        with slicer.util.tryWithErrorDisplay(_("PyTorch was not installed.")):
            installTorch()
        self._askForDevices()
        self.update()

    def onOpenFile(self) -> None:
        """Load a cine from a file."""
        path = qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), _("Open a cine"))
        self._openCine(path)

    def onOpenFolder(self) -> None:
        """Load a cine from a folder of images."""
        path = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Open a folder of images"))
        self._openCine(path)

    def onUseVolume(self) -> None:
        """Turn the volume that is shown into a cine: its slices are the frames."""
        with slicer.util.tryWithErrorDisplay(_("The volume cannot be used as a cine.")):
            self._parameterNode.cineBrowser = cineFromVolume(shownVolume())

    def onSampleCine(self) -> None:
        """Load the sample cine."""
        browser = loadSampleCine()
        if browser is not None:
            self._parameterNode.cineBrowser = browser

    def _openCine(self, path: str) -> None:
        if not path:
            return
        with slicer.util.tryWithErrorDisplay(_("The cine cannot be opened.")):
            self.logic.openCine(path)
            self._timer.start()
        self.update()

    def onAbsentClicked(self) -> None:
        """The selected segment is not on this frame."""
        segment, frame = self.ui.segmentEditor.currentSegmentID(), self._session.segmentation.selectedFrame
        with self._history.step(_("Absent here"), frame):
            self._session.markAbsent(frame, segment)

    def onRemoveMarkClicked(self) -> None:
        """The frame of the selected row is no mark any more."""
        frame = self._selectedMark()
        if frame is not None:
            with self._history.step(_("Remove mark"), frame):
                self._session.forgetMark(frame)

    def onMarksFile(self) -> None:
        """Take marks from a label image or sequence."""
        self._takeMarks(qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), _("Take marks from a file")))

    def onMarksFolder(self) -> None:
        """Take marks from a folder of label images."""
        self._takeMarks(qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Take marks from a folder")))

    def _takeMarks(self, path: str) -> None:
        if not path:
            return
        with slicer.util.tryWithErrorDisplay(_("No marks were taken."), waitCursor=True):
            with self._history.step(_("Marks from a file")):
                taken = withPackages(lambda: marksFromFile(self._session, path))
            self.ui.phaseLabel.text = taken.text
        self.update()

    def onCalibrated(self, names: Mapping[str, str]) -> None:
        """The user said pixel size or frame time; the frames may have other index values now."""
        self._history.renameFrames(names)
        self._setUpEditor(self._session)
        showCine(self._session.segmentation)
        self.update()

    def onMarkClicked(self, row: int, _column: int = 0) -> None:
        """Show the frame of a row."""
        self._session.segmentation.select(self._session.keeping.markedFrames()[row])

    def onNextClicked(self) -> None:
        """Show the frame whose correction would help most."""
        frame = None if self._session is None else self._session.nextFrame()
        if frame is not None:
            self._session.segmentation.select(frame)

    def onVerifyClicked(self) -> None:
        """Accept the frame that is shown."""
        if self._session is not None and self.ui.verifyButton.enabled:
            frame = self._session.segmentation.selectedFrame
            with self._history.step(_("Verify"), frame):
                self._session.verify(frame)

    def onUndoRunClicked(self) -> None:
        """Take the last run back."""
        with slicer.util.tryWithErrorDisplay(_("The run cannot be undone.")):
            with self._history.step(_("Undo last run")):
                self._session.undoLastRun()
            self.ui.phaseLabel.text = _("The last run was undone.")
        self.update()

    def onStep(self, step: int) -> None:
        """Show the frame before or after."""
        if self._session is not None:
            shown = self._session.segmentation
            shown.select(min(max(shown.selectedFrame + step, 0), shown.frameCount - 1))

    def onStatisticsClicked(self) -> None:
        """Areas into a table and a chart, and what they say of the left ventricle."""
        with slicer.util.tryWithErrorDisplay(_("The areas cannot be computed.")):
            segmentation = self._session.segmentation
            AreasLayout.showAreas(segmentation)
            slicer.app.processEvents()  # the red view gets its new size
            fitCine()
            self.ui.statisticsLabel.text = PanelTexts.ejectionText(segmentation, self._parameterNode.leftVentricle)
            self.update()

    def onLayoutClicked(self) -> None:
        """Lay the views out as they were before the areas were shown."""
        AreasLayout.leave()
        slicer.app.processEvents()
        fitCine()
        self.update()

    def onExportClicked(self) -> None:
        """Write all frames and segments to a file or folder."""
        export = self._exports[self.ui.exportFormat.currentIndex]
        with slicer.util.tryWithErrorDisplay(_("The segmentation was not exported."), waitCursor=True):
            if export.isFolder:
                path = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), export.title)
            else:
                name = f"{self._session.segmentation.cine.name}{export.suffix}"
                path = qt.QFileDialog.getSaveFileName(
                    slicer.util.mainWindow(), export.title, name, f"{export.title} (*{export.suffix})"
                )
            if path:
                written = withPackages(lambda: export.write(self._session.segmentation, path))
                slicer.util.showStatusMessage(_("Exported to {path}").format(path=", ".join(map(str, written))), 5000)

    def onPresetChosen(self, index: int) -> None:
        """Remember the preset."""
        if self._parameterNode is not None:
            self._parameterNode.preset = self.ui.presetSelector.itemData(index)

    def onDeviceChosen(self, index: int) -> None:
        """Remember the device."""
        if self._parameterNode is not None and not self._isUpdating:
            self._parameterNode.device = self.ui.deviceSelector.itemData(index)

    def onVentricleChosen(self, index: int) -> None:
        """Remember which segment is the left ventricle."""
        if self._parameterNode is not None and not self._isUpdating:
            self._parameterNode.leftVentricle = self.ui.ventricleSelector.itemData(index) or ""

    def update(self) -> None:
        """Show the state of the session."""
        if self._isUpdating:
            return
        self._isUpdating = True
        try:
            segment = self.ui.segmentEditor.currentSegmentID() or ""
            before = self._now
            warning = self.logic.deviceInformation.warning
            self._now = PanelState.situation(self._session, hasTorch(), segment, self._selectedMark(), warning)
            self._openSections(before, self._now)
            self._updateControls(self._now)
            self._updateTexts(self._now)
            self._updateMarks()
            self._updateVentricles()
            self.timeline.show_(None if self._session is None else self._timelineSource.read(), self._shownFrame())
        finally:
            self._isUpdating = False

    def _openSections(self, before: PanelState.Situation, now: PanelState.Situation) -> None:
        """A section opens when it has something to say for the first time; the user may close it after that."""
        for section, had, has in (
            (self.ui.checkSection, before.hasResult, now.hasResult),
            (self.ui.resultSection, before.hasResult, now.hasResult),
            (self.ui.advancedSection, bool(before.deviceWarning), bool(now.deviceWarning)),
        ):
            if has and not had:
                section.collapsed = False

    def _updateControls(self, now: PanelState.Situation) -> None:
        for widget, control in (
            (self.ui.segmentButton, PanelState.segmentControl(now)),
            (self.ui.verifyButton, PanelState.verifyControl(now)),
            (self.ui.nextButton, PanelState.nextControl(now)),
            (self.ui.absentButton, PanelState.absentControl(now)),
            (self.ui.removeMarkButton, PanelState.removeMarkControl(now)),
            (self.ui.marksFileButton, PanelState.marksFileControl(now)),
            (self.ui.undoRunButton, PanelState.undoControl(now)),
            (self.ui.statisticsButton, PanelState.resultControl(now)),
            (self.ui.exportButton, PanelState.resultControl(now)),
            (self.ui.playWidget, PanelState.playControl(now)),
            (self.ui.seekWidget, PanelState.playControl(now)),
        ):
            widget.enabled = control.enabled
            widget.toolTip = control.toolTip
        for widget, control, keys in (
            (self.ui.verifyButton, PanelState.verifyControl(now), SHORTCUTS["verify"]),
            (self.ui.nextButton, PanelState.nextControl(now), SHORTCUTS["next"]),
            (self.ui.seekWidget, PanelState.playControl(now), f"{SHORTCUTS['back']}, {SHORTCUTS['forward']}"),
        ):
            widget.toolTip = control.toolTipWith(keys)
        self.ui.segmentEditor.enabled = now.hasCine
        self.ui.presetSelector.enabled = self.ui.deviceSelector.enabled = not now.isRunning
        self.ui.segmentButton.text = _("Cancel") if now.isRunning else _("Segment video")
        self.ui.progressBar.visible = now.isRunning
        self.ui.installButton.visible = not now.hasTorch
        self.ui.layoutButton.visible = AreasLayout.isShown()

    def _updateTexts(self, now: PanelState.Situation) -> None:
        segmentation = None if self._session is None else self._session.segmentation
        information = self.logic.deviceInformation
        self.ui.cineLabel.text = self.logic.readingText() or PanelTexts.cineText(segmentation, self._problem)
        self.ui.frameLabel.text = PanelTexts.frameText(segmentation)
        self.ui.deviceNote.text = PanelTexts.deviceText(information, now.hasTorch)
        for label in (self.ui.frameLabel, self.ui.deviceNote, self.ui.phaseLabel, self.ui.statisticsLabel):
            label.visible = bool(label.text)
        self._calibration.show(segmentation, now.isRunning)
        self._compactEditor.fit(0 if segmentation is None else len(segmentation.segmentIds()))
        self._updatePresets(segmentation)
        known = [self.ui.deviceSelector.itemData(index) for index in range(self.ui.deviceSelector.count)]
        if known != list(information.names):
            self._fillDevices(information.names)

    def _updateMarks(self) -> None:
        table = self.ui.marksTable
        rows = PanelTexts.markRows(None if self._session is None else self._session.segmentation)
        shown = [
            tuple(table.item(row, column).text() for column in range(table.columnCount))
            for row in range(table.rowCount)
        ]
        if shown != rows:
            table.setRowCount(len(rows))
            for number, row in enumerate(rows):
                for column, text in enumerate(row):
                    table.setItem(number, column, qt.QTableWidgetItem(text))
        table.visible = bool(rows)
        heights = sum(table.rowHeight(row) for row in range(min(len(rows), MOST_MARK_ROWS)))
        table.setFixedHeight(table.horizontalHeader().height + heights + 2 * table.frameWidth)

    def _updatePresets(self, segmentation: Any) -> None:
        """What each takes depends on the cine and on the device."""
        selector = self.ui.presetSelector
        frames = None if segmentation is None else segmentation.frameCount
        titles = PanelTexts.presetTitles(frames, self.logic.deviceInformation.automatic)
        for index, (_name, title) in enumerate(titles):
            if selector.itemText(index) != title:
                selector.setItemText(index, title)

    def _updateVentricles(self) -> None:
        selector = self.ui.ventricleSelector
        shown = None if self._session is None else self._session.segmentation
        names = ["", *([] if shown is None else map(shown.segmentName, shown.segmentIds()))]
        if [selector.itemData(index) for index in range(selector.count)] != names:
            selector.clear()
            for name in names:
                selector.addItem(name or _("none"), name)
        chosen = "" if self._parameterNode is None else self._parameterNode.leftVentricle
        selector.setCurrentIndex(max(selector.findData(chosen), 0))

    def _selectedMark(self) -> int | None:
        row = self.ui.marksTable.currentRow()
        marked = [] if self._session is None else self._session.keeping.markedFrames()
        return marked[row] if 0 <= row < len(marked) else None

    def _shownFrame(self) -> int:
        return -1 if self._session is None else self._session.segmentation.selectedFrame

    def _fillChoices(self) -> None:
        self._exports = exportKinds()
        for name, title in PanelTexts.presetTitles():
            self.ui.presetSelector.addItem(title, name)
        self._fillDevices(self.logic.deviceInformation.names)
        for export in self._exports:
            self.ui.exportFormat.addItem(export.title)
        self.ui.legendLabel.text = PanelTexts.legendText()
        header = self.ui.marksTable.horizontalHeader()
        for column, mode in enumerate(("ResizeToContents", "ResizeToContents", "Stretch", "ResizeToContents")):
            header.setSectionResizeMode(column, getattr(qt.QHeaderView, mode))
        self._fillMenu(
            self.ui.marksFileButton,
            ((_("Label image or sequence..."), self.onMarksFile), (_("Folder of label images..."), self.onMarksFolder)),
        )
        entries = (
            (_("Cine from a file..."), self.onOpenFile),
            (_("Cine from a folder of images..."), self.onOpenFolder),
            (_("Use the slices of the shown volume as frames"), self.onUseVolume),
            (_("Sample cine: echocardiogram"), self.onSampleCine),
        )
        self._fillMenu(self.ui.openButton, entries)

    def _fillMenu(self, button: Any, entries: Iterable[tuple[str, Callable[[], None]]]) -> None:
        menu = qt.QMenu(button)
        for title, call in entries:
            menu.addAction(title).connect("triggered()", call)
        button.setMenu(menu)

    def _fillDevices(self, names: tuple[str, ...]) -> None:
        chosen = "auto" if self._parameterNode is None else self._parameterNode.device
        self.ui.deviceSelector.clear()
        for name in names:
            self.ui.deviceSelector.addItem(_("automatic") if name == "auto" else name, name)
        self.ui.deviceSelector.setCurrentIndex(max(self.ui.deviceSelector.findData(chosen), 0))

    def _askForDevices(self) -> None:
        self.logic.askForDevices()
        self._timer.start()

    def _connect(self) -> None:
        for widget, signal, call in (
            (self.ui.cineSelector, "nodeActivated(vtkMRMLNode*)", self.onCineActivated),
            (self.ui.segmentButton, "clicked()", self.onSegmentClicked),
            (self.ui.installButton, "clicked()", self.onInstallClicked),
            (self.ui.absentButton, "clicked()", self.onAbsentClicked),
            (self.ui.removeMarkButton, "clicked()", self.onRemoveMarkClicked),
            (self.ui.nextButton, "clicked()", self.onNextClicked),
            (self.ui.verifyButton, "clicked()", self.onVerifyClicked),
            (self.ui.undoRunButton, "clicked()", self.onUndoRunClicked),
            (self.ui.undoButton, "clicked()", lambda: self._history.undo()),
            (self.ui.redoButton, "clicked()", lambda: self._history.redo()),
            (self.ui.statisticsButton, "clicked()", self.onStatisticsClicked),
            (self.ui.layoutButton, "clicked()", self.onLayoutClicked),
            (self.ui.exportButton, "clicked()", self.onExportClicked),
            (self.ui.marksTable, "cellClicked(int,int)", self.onMarkClicked),
            (self.ui.marksTable, "itemSelectionChanged()", self.update),
            (self.ui.presetSelector, "activated(int)", self.onPresetChosen),
            (self.ui.deviceSelector, "activated(int)", self.onDeviceChosen),
            (self.ui.ventricleSelector, "activated(int)", self.onVentricleChosen),
            (self.ui.segmentEditor, "currentSegmentIDChanged(QString)", lambda _segment: self.update()),
        ):
            if not widget.connect(signal, call):
                self.deafWidgets.append(f"{widget.objectName}: {signal}")
        self.logic.sessions.events.connect(self.onRunEvent)
        self.logic.sessions.recordsChanged.connect(self.onRecordsChanged)
        self.logic.sessions.segmentsChanged.connect(self.onSegmentsChanged)

    def _addShortcuts(self) -> None:
        self._removeShortcuts()
        for keys, call in (
            (SHORTCUTS["forward"], lambda: self.onStep(1)),
            (SHORTCUTS["back"], lambda: self.onStep(-1)),
            (SHORTCUTS["next"], self.onNextClicked),
            (SHORTCUTS["verify"], self.onVerifyClicked),
        ):
            shortcut = qt.QShortcut(qt.QKeySequence(keys), self.parent)
            shortcut.connect("activated()", call)
            self._shortcuts.append(shortcut)

    def _removeShortcuts(self) -> None:
        for shortcut in self._shortcuts:
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts = []


class RABSegmentLogic(ScriptedLoadableModuleLogic):
    """What the module does, with or without its panel."""

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        self.sessions = SegmentVideoSessions()
        self.deviceInformation = DeviceInformation()
        self._deviceQuery: DeviceQuery | None = None
        self._reader: CineReader | None = None
        self._reading: Path | None = None
        self.lastPath = Path()  # of the cine that was read last

    def getParameterNode(self) -> RABSegmentParameterNode:
        """The module's one parameter node."""
        return RABSegmentParameterNode(super().getParameterNode())

    def segmentVideo(
        self,
        browserNode: vtkMRMLSequenceBrowserNode,
        marks: Mapping[int, np.ndarray | Mapping[str, np.ndarray]] | None = None,
        preset: str = "balanced",
        device: str = "auto",
        seed: int = 0,
        progress: Callable[[str, float], None] | None = None,
    ) -> Any:
        """Segment every frame, and wait until it is done; the same result as the panel gives.

        Args:
            browserNode: plays the cine.
            marks: added to those that are painted: {frame: labels (H, W), 0 background, n the n-th segment}, or
                {frame: {segment name: mask (H, W)}}; segments that are not there are made.
            preset: fast, balanced, accurate, or another one that is installed.
            device: auto, cpu, cuda, cuda:N or mps.
            seed: same seed, device and marks give the same result on the CPU.
            progress: gets the phase and the share that is done.

        Returns:
            The segmentation sequence node, which the browser plays.

        Raises:
            RABSegmentError: one sentence that says what cannot be done, and how to mend it.
        """
        return self.sessions.segmentVideo(
            browserNode, marks or {}, RunChoices(preset, device, seed), progress, slicer.app.processEvents
        )

    def trySession(self, browserNode: Any) -> tuple[SegmentVideoSession | None, str]:
        """The session of a cine and an empty text, or None and why there is none."""
        if browserNode is None:
            return None, ""
        try:
            return self.sessions.sessionOf(browserNode), ""
        except InputError as error:
            return None, str(error)

    def onlyCine(self) -> Any:
        """The browser of the scene's cine when there is just one, else None."""
        browsers = slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode")
        return browsers[0] if len(browsers) == 1 else None

    def choices(self, parameterNode: RABSegmentParameterNode) -> RunChoices:
        """Of a run, from the parameter node."""
        return RunChoices(parameterNode.preset, parameterNode.device, parameterNode.seed)

    def askForDevices(self) -> None:
        """Ask the engine's Python for its devices, in the background; `poll` takes the answer."""
        if self._deviceQuery is None and not self.deviceInformation.automatic and hasTorch():
            self._deviceQuery = DeviceQuery()

    def openCine(self, path: str | Path) -> None:
        """Begin to read a cine in a process of its own, where a broken file harms nothing; `takeCine` has it later.

        Raises:
            EngineError: the process cannot be started.
        """
        self._stopReading()
        self._reading = self.lastPath = Path(path)
        self._reader = CineReader(path)

    def takeCine(self) -> Any:
        """The LoadedCine that `openCine` began to read, once, as soon as it is there; else None.

        Raises:
            RABSegmentError: one sentence that says why it cannot be opened.
        """
        if self._reader is None or self._reading is None:
            return None
        path = self._reading
        try:
            cine = self._reader.cine()
        except BaseException:
            self._stopReading()
            raise
        if cine is None:
            return None
        self._stopReading()
        return loadReadCine(slicer.mrmlScene, cine, path)

    def readingText(self) -> str:
        """What is being read now, for people; empty when nothing is."""
        return "" if self._reading is None else _("Reading {name} ...").format(name=self._reading.name)

    def _stopReading(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = self._reading = None

    @property
    def isBusy(self) -> bool:
        """Whether anything is going on in another process."""
        return self.sessions.isBusy or self._deviceQuery is not None or self._reader is not None

    def poll(self) -> None:
        """Let the other processes speak; a timer calls it while they are busy."""
        self.sessions.poll()
        answer = None if self._deviceQuery is None else self._deviceQuery.answer()
        if answer is not None:
            self.deviceInformation, self._deviceQuery = answer, None

    def close(self) -> None:
        """End all other processes."""
        self.sessions.close()
        self._stopReading()
        if self._deviceQuery is not None:
            self._deviceQuery.close()
            self._deviceQuery = None


class RABSegmentTest(ScriptedLoadableModuleTest):
    """Runs inside Slicer: the tutorial on the panel's own widgets, on a small cine."""

    def setUp(self) -> None:
        """Begin with an empty scene and the module open."""
        slicer.mrmlScene.Clear()
        slicer.util.selectModule("RABSegment")
        slicer.app.processEvents()
        self.story = PanelStory(slicer.modules.RABSegmentWidget, self.delayDisplay)

    def runTest(self) -> None:
        self.setUp()
        self.test_Panel()
        self.setUp()
        self.test_Story()

    def test_Panel(self) -> None:
        """The panel is alive: `setup()` and `enter()` came to their ends."""
        self.story.checkIsAlive()

    def test_Story(self) -> None:
        """Two marked frames of a beating ellipse give all ten; the scene is saved, closed and loaded."""
        frames, truth = beating_ellipse(10, 64, 64, seed=1)
        self.story.choose(cineFromArray(slicer.mrmlScene, frames))
        self.story.undoStroke(3, truth[3] > 0)
        self.story.mark(0, truth[0] > 0)
        self.story.mark(5, truth[5] > 0)
        if hasTorch():
            self.story.run()
            self.story.checkResult(truth)
            self.story.verifyNext()
            self.story.undoRun()
        else:
            self.delayDisplay("PyTorch is not installed: nothing is segmented")
        self.story.reloadScene()
        self.story.mark(7, truth[7] > 0)
        self.delayDisplay("Test passed")
