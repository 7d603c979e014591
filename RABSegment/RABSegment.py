"""Segment Video: every frame of a cine from a few marked ones."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Mapping
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

from rabengine.demo.material import demo_cine_path
from rabengine.errors import InputError
from rabengine.phantom import beating_ellipse
from RABSegmentLib import PanelState, PanelTexts
from RABSegmentLib.CineLoading import cineFromArray, cineFromVolume, loadCine
from RABSegmentLib.EngineInformation import DeviceInformation, DeviceQuery
from RABSegmentLib.ExportKinds import ExportKind, exportKinds
from RABSegmentLib.SegmentationSequence import segmentationOfBrowser
from RABSegmentLib.SegmentVideoJob import RunChoices, RunProgress, RunSummary
from RABSegmentLib.SegmentVideoSession import SegmentVideoSession
from RABSegmentLib.SegmentVideoSessions import FailureListener, SegmentVideoSessions
from RABSegmentLib.SlicerViews import segmentEditorNode, showAreas, showCine, shownVolume
from RABSegmentLib.TimelineData import TimelineData, TimelineSource
from RABSegmentLib.TorchInstallation import hasTorch, installTorch

SAMPLE_NAME = "Echocardiogram"
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
            'See the <a href="https://github.com/RABSegment/RABSegment#readme">tutorial</a>.'
        )
        parent.acknowledgementText = _(
            "The method builds on: Reducing Annotation Burden: Exploiting Image Knowledge for Few-Shot Medical Video "
            "Object Segmentation via Spatiotemporal Consistency Relearning. MICCAI 2024. Please cite it when you "
            "publish results."
        )
        slicer.app.connect("startupCompleted()", registerSampleData)


def registerSampleData() -> None:
    """Offer the sample cine in the module Sample Data, where this Slicer's pydicom has it."""
    import SampleData

    try:
        path = demo_cine_path()
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
        return loadCine(slicer.mrmlScene, demo_cine_path()).browserNode


@parameterNodeWrapper
class RABSegmentParameterNode:
    """What the user chose; it is saved with the scene.

    cineBrowser - plays the cine to segment.
    preset - of the engine: image, fast, balanced, accurate or paper.
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
        self._parameterNode: Any = None
        self._guiTag: Any = None
        self._session: SegmentVideoSession | None = None
        self._timelineSource: TimelineSource | None = None
        self._shortcuts: list[Any] = []
        self._problem = ""
        self._isUpdating = False
        self._now = PanelState.Situation()
        self._exports: list[ExportKind] = []

    def setup(self) -> None:
        """Make the panel; called when the module is opened for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        panel = slicer.util.loadUI(self.resourcePath("UI/RABSegment.ui"))
        self.layout.addWidget(panel)
        self.ui = slicer.util.childWidgetVariables(panel)
        panel.setMRMLScene(slicer.mrmlScene)
        self.logic = RABSegmentLogic()
        self.timeline = TimelineWidget(self.onTimelineClicked)
        self.ui.timelineLayout.addWidget(self.timeline)
        self.ui.segmentEditor.setEffectNameOrder(EFFECTS)
        self.ui.segmentEditor.unorderedEffectsVisible = False
        self._fillChoices()
        self._connect()
        self._timer = qt.QTimer()
        self._timer.interval = 100
        self._timer.connect("timeout()", self.onTimer)
        for event, call in (
            (slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose),
            (slicer.mrmlScene.EndCloseEvent, self.onSceneEnd),
            (slicer.mrmlScene.StartImportEvent, self.onSceneStartImport),
            (slicer.mrmlScene.EndImportEvent, self.onSceneEnd),
        ):
            self.addObserver(slicer.mrmlScene, event, call)
        self.initializeParameterNode()

    def cleanup(self) -> None:
        """Called when the application closes or the module is reloaded."""
        self._timer.stop()
        self._removeShortcuts()
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

    def exit(self) -> None:
        """Called each time the user opens a different module; runs go on."""
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

    def onSceneEnd(self, _caller: Any = None, _event: Any = None) -> None:
        """Called after the scene was closed, or another one was read into it."""
        if self.parent.isEntered:
            self.initializeParameterNode()

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
        session, self._problem = self.logic.trySession(browser, self)
        self._setSession(session)

    def _setSession(self, session: SegmentVideoSession | None) -> None:
        if self._session is not None:
            self._unobserve(self._session.browserNode, self.onFrame)
            # Its run goes on unseen; what this panel shows is of another cine now.
            self.logic.sessions.listen(self._session, FailureListener(self._session, self.onUnseenFailure))
        self._session = session
        self.ui.phaseLabel.text = ""
        self.ui.statisticsLabel.text = ""
        self._timelineSource = None if session is None else TimelineSource(session.segmentation)
        browser = None if session is None else session.browserNode
        self.ui.playWidget.setMRMLSequenceBrowserNode(browser)
        self.ui.seekWidget.setMRMLSequenceBrowserNode(browser)
        self._setUpEditor(session)
        if session is not None:
            self.addObserver(browser, vtk.vtkCommand.ModifiedEvent, self.onFrame)
            showCine(session.segmentation)
        self.update()

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

    def onRecordsChanged(self) -> None:
        """The session says that masks or marks changed."""
        self.update()

    def onSegmentsChanged(self) -> None:
        """The session says that the segments table changed."""
        self.update()

    def onProgress(self, progress: RunProgress) -> None:
        """The session says how far its run is."""
        self.ui.progressBar.setValue(round(1000 * progress.fraction))
        self.ui.phaseLabel.text = PanelTexts.progressText(progress)

    def onFinished(self, summary: RunSummary) -> None:
        """The session says that its run is over."""
        self.ui.phaseLabel.text = PanelTexts.summaryText(summary)
        self.update()

    def onCancelled(self) -> None:
        """The session says that its run was cancelled."""
        self.ui.phaseLabel.text = _("Cancelled. The frames that were done stay; Undo last run takes them back.")
        self.update()

    def onFailed(self, message: str, hint: str) -> None:
        """The session says why its run failed."""
        self.ui.phaseLabel.text = f"{message} {hint}".strip()
        self.update()
        slicer.util.errorDisplay(f"{message} {hint}".strip())

    def onUnseenFailure(self, cineName: str, message: str, hint: str) -> None:
        """A run of a cine that is not shown failed."""
        slicer.util.errorDisplay(f"{cineName}: {message} {hint}".strip())

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
        self.logic.poll()
        if not self.logic.isBusy:
            self._timer.stop()
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
            self.ui.phaseLabel.text = _("Stopping ...")
            self._session.cancel()
            return
        with slicer.util.tryWithErrorDisplay(_("The video cannot be segmented.")):
            self.ui.phaseLabel.text = _("Starting the engine ...")
            self.ui.progressBar.setValue(0)
            self.ui.segmentEditor.setActiveEffect(None)
            self._session.start(self.logic.choices(self._parameterNode))
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
        with slicer.util.tryWithErrorDisplay(_("The cine cannot be opened."), waitCursor=True):
            loaded = loadCine(slicer.mrmlScene, path)
            self._parameterNode.cineBrowser = loaded.browserNode
            for warning in loaded.warnings:
                slicer.util.warningDisplay(warning)

    def onAbsentClicked(self) -> None:
        """The selected segment is not on this frame."""
        segment = self.ui.segmentEditor.currentSegmentID()
        self._session.markAbsent(self._session.segmentation.selectedFrame, segment)

    def onRemoveMarkClicked(self) -> None:
        """The frame of the selected row is no mark any more."""
        frame = self._selectedMark()
        if frame is not None:
            self._session.forgetMark(frame)

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
            self._session.verify(self._session.segmentation.selectedFrame)

    def onUndoClicked(self) -> None:
        """Take the last run back."""
        with slicer.util.tryWithErrorDisplay(_("The run cannot be undone.")):
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
            showAreas(segmentation)
            self.ui.statisticsLabel.text = PanelTexts.ejectionText(segmentation, self._parameterNode.leftVentricle)
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
                written = export.write(self._session.segmentation, path)
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
            self._now = PanelState.situation(self._session, hasTorch(), segment, self._selectedMark())
            self._updateControls(self._now)
            self._updateTexts(self._now)
            self._updateMarks()
            self._updateVentricles()
            self.timeline.show_(None if self._session is None else self._timelineSource.read(), self._shownFrame())
        finally:
            self._isUpdating = False

    def _updateControls(self, now: PanelState.Situation) -> None:
        for widget, control in (
            (self.ui.segmentButton, PanelState.segmentControl(now)),
            (self.ui.verifyButton, PanelState.verifyControl(now)),
            (self.ui.nextButton, PanelState.nextControl(now)),
            (self.ui.absentButton, PanelState.absentControl(now)),
            (self.ui.removeMarkButton, PanelState.removeMarkControl(now)),
            (self.ui.undoButton, PanelState.undoControl(now)),
            (self.ui.statisticsButton, PanelState.resultControl(now)),
            (self.ui.exportButton, PanelState.resultControl(now)),
            (self.ui.playWidget, PanelState.playControl(now)),
            (self.ui.seekWidget, PanelState.playControl(now)),
        ):
            widget.enabled = control.enabled
            widget.toolTip = control.toolTip
        for widget, control, keys in (
            (self.ui.verifyButton, PanelState.verifyControl(now), "Alt+V"),
            (self.ui.nextButton, PanelState.nextControl(now), "Alt+N"),
            (self.ui.seekWidget, PanelState.playControl(now), "Alt+Left, Alt+Right"),
        ):
            widget.toolTip = control.toolTipWith(keys)
        self.ui.segmentEditor.enabled = now.hasCine
        self.ui.presetSelector.enabled = self.ui.deviceSelector.enabled = not now.isRunning
        self.ui.segmentButton.text = _("Cancel") if now.isRunning else _("Segment video")
        self.ui.progressBar.visible = now.isRunning
        self.ui.installButton.visible = not now.hasTorch

    def _updateTexts(self, now: PanelState.Situation) -> None:
        segmentation = None if self._session is None else self._session.segmentation
        information = self.logic.deviceInformation
        self.ui.cineLabel.text = PanelTexts.cineText(segmentation, self._problem)
        self.ui.frameLabel.text = PanelTexts.frameText(segmentation)
        self.ui.deviceNote.text = PanelTexts.deviceText(information, now.hasTorch)
        for label in (self.ui.frameLabel, self.ui.deviceNote, self.ui.phaseLabel, self.ui.statisticsLabel):
            label.visible = bool(label.text)
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
        if shown == rows:
            return
        table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                table.setItem(number, column, qt.QTableWidgetItem(text))

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
        menu = qt.QMenu(self.ui.openButton)
        for title, call in (
            (_("Cine from a file..."), self.onOpenFile),
            (_("Cine from a folder of images..."), self.onOpenFolder),
            (_("Use the slices of the shown volume as frames"), self.onUseVolume),
            (_("Sample cine: echocardiogram"), self.onSampleCine),
        ):
            menu.addAction(title).connect("triggered()", call)
        self.ui.openButton.setMenu(menu)

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
            (self.ui.segmentButton, "clicked()", self.onSegmentClicked),
            (self.ui.installButton, "clicked()", self.onInstallClicked),
            (self.ui.absentButton, "clicked()", self.onAbsentClicked),
            (self.ui.removeMarkButton, "clicked()", self.onRemoveMarkClicked),
            (self.ui.nextButton, "clicked()", self.onNextClicked),
            (self.ui.verifyButton, "clicked()", self.onVerifyClicked),
            (self.ui.undoButton, "clicked()", self.onUndoClicked),
            (self.ui.statisticsButton, "clicked()", self.onStatisticsClicked),
            (self.ui.exportButton, "clicked()", self.onExportClicked),
            (self.ui.marksTable, "cellClicked(int,int)", self.onMarkClicked),
            (self.ui.marksTable, "itemSelectionChanged()", self.update),
            (self.ui.presetSelector, "activated(int)", self.onPresetChosen),
            (self.ui.deviceSelector, "activated(int)", self.onDeviceChosen),
            (self.ui.ventricleSelector, "activated(int)", self.onVentricleChosen),
            (self.ui.segmentEditor, "currentSegmentIDChanged(QString)", lambda _segment: self.update()),
        ):
            widget.connect(signal, call)

    def _addShortcuts(self) -> None:
        self._removeShortcuts()
        for keys, call in (
            ("Alt+Right", lambda: self.onStep(1)),
            ("Alt+Left", lambda: self.onStep(-1)),
            ("Alt+N", self.onNextClicked),
            ("Alt+V", self.onVerifyClicked),
        ):
            shortcut = qt.QShortcut(qt.QKeySequence(keys), self.parent)
            shortcut.connect("activated()", call)
            self._shortcuts.append(shortcut)

    def _removeShortcuts(self) -> None:
        for shortcut in self._shortcuts:
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts = []


class TimelineWidget(qt.QWidget):
    """Status, confidence and areas of every frame; a click shows a frame.

    Args:
        onClicked: gets the position of a click in pixels, and the width.
    """

    def __init__(self, onClicked: Callable[[float, float], None]) -> None:
        qt.QWidget.__init__(self)
        self.data: TimelineData | None = None
        self._frame = -1
        self._onClicked = onClicked
        self.setMinimumHeight(72)
        self.toolTip = _("Click to show a frame.")

    def show_(self, data: TimelineData | None, frame: int) -> None:
        """Paint other data.

        Args:
            data: RABSegmentLib's TimelineData, None without a cine.
            frame: that is shown.
        """
        self.data, self._frame = data, frame
        self.update()

    def mousePressEvent(self, event: Any) -> None:
        self._onClicked(event.pos().x(), self.width)

    def paintEvent(self, _event: Any) -> None:
        painter = qt.QPainter(self)
        try:
            painter.fillRect(0, 0, self.width, self.height, self.palette.base().color())
            if self.data is not None:
                self._paintFrames(painter)
        finally:
            painter.end()

    def _paintFrames(self, painter: Any) -> None:
        for bar in self.data.bars(self.width, self.height):
            color = qt.QColor(bar.color)
            color.setAlpha(bar.opacity)
            painter.fillRect(bar.left, bar.top, bar.width, bar.height, color)
        if self._frame >= 0:
            left, right = self.data.span(self._frame, self.width)
            painter.fillRect((left + right) // 2, 0, 2, self.height, self.palette.text().color())
        for curve in self.data.areas:
            pen = qt.QPen(qt.QColor.fromRgbF(*curve.color))
            pen.setWidth(2)
            painter.setPen(pen)
            for line in self.data.lines(curve, self.width, self.height):
                for start, end in itertools.pairwise(line):
                    painter.drawLine(*start, *end)


class RABSegmentLogic(ScriptedLoadableModuleLogic):
    """What the module does, with or without its panel."""

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        self.sessions = SegmentVideoSessions()
        self.deviceInformation = DeviceInformation()
        self._deviceQuery: DeviceQuery | None = None

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
            preset: image, fast, balanced, accurate or paper.
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

    def trySession(self, browserNode: Any, listener: RABSegmentWidget) -> tuple[SegmentVideoSession | None, str]:
        """The session of a cine and an empty text, or None and why there is none."""
        if browserNode is None:
            return None, ""
        try:
            return self.sessions.sessionOf(browserNode, listener), ""
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

    @property
    def isBusy(self) -> bool:
        """Whether anything is going on in another process."""
        return self.sessions.isBusy or self._deviceQuery is not None

    def poll(self) -> None:
        """Let the other processes speak; a timer calls it while they are busy."""
        self.sessions.poll()
        answer = None if self._deviceQuery is None else self._deviceQuery.answer()
        if answer is not None:
            self.deviceInformation, self._deviceQuery = answer, None

    def close(self) -> None:
        """End all other processes."""
        self.sessions.close()
        if self._deviceQuery is not None:
            self._deviceQuery.close()
            self._deviceQuery = None


class RABSegmentTest(ScriptedLoadableModuleTest):
    """Runs inside Slicer: a small cine from a mark to its segmentation, as the console does it."""

    def runTest(self) -> None:
        slicer.mrmlScene.Clear()
        self.test_SegmentVideo()

    def test_SegmentVideo(self) -> None:
        """Two marked frames of a beating ellipse give all ten."""
        self.delayDisplay("Segment a small cine")
        logic = RABSegmentLogic()
        if not hasTorch():
            self.delayDisplay("PyTorch is not installed: skipped")
            return
        frames, truth = beating_ellipse(10, 64, 64, seed=1)
        browser = cineFromArray(slicer.mrmlScene, frames)
        logic.segmentVideo(browser, {0: truth[0], 5: truth[5]}, preset="fast", device="cpu")
        found = segmentationOfBrowser(browser)
        for frame in range(10):
            [mask] = found.masks(frame).values()
            overlap = 2 * (mask & (truth[frame] > 0)).sum() / (mask.sum() + (truth[frame] > 0).sum())
            self.assertGreater(overlap, 0.8)
        logic.close()
        self.delayDisplay("Test passed")
