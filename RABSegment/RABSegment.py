"""Segment Video: every frame of a cine from a few marked ones."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
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
    for _name in [
        name
        for name in sys.modules
        if name.partition(".")[0] in ("RABSegmentLib", "RABSegmentPanel", "RABSegmentEffect")
    ]:
        del sys.modules[_name]

from RABSegmentLib.Engine.Devices import Devices
from RABSegmentLib.FrontEnd.AreasLayout import registerLayout
from RABSegmentLib.FrontEnd.CineOpening import CineOpening
from RABSegmentLib.Scene.CineLoading import cineFromSlice
from RABSegmentLib.Scene.UnopenedMasks import keepMasksWhole
from RABSegmentLib.Session.Job import RunChoices
from RABSegmentLib.Session.Sessions import SegmentVideoSessions
from RABSegmentPanel.EffectRegistration import registerEffect
from RABSegmentPanel.Panel import Panel, newTimer
from RABSegmentPanel.SampleCine import loadSampleCine, registerSampleData
from RABSegmentPanel.SelfTestSteps import SelfTestSteps

__all__ = [
    "RABSegment",
    "RABSegmentLogic",
    "RABSegmentParameterNode",
    "RABSegmentTest",
    "RABSegmentWidget",
    "loadSampleCine",
    "registerSampleData",
]


class RABSegment(ScriptedLoadableModule):
    """What Slicer knows of the module before it is opened."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Segment Video")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        parent.dependencies = ["Sequences", "Segmentations", "SegmentEditor", "Markups"]
        parent.contributors = ["RABSegment developers"]
        parent.helpText = _(
            "Segments every frame of a cine loop from a few marked frames. Choose a cine, paint the structure on one "
            "to five frames, press <b>Segment video</b>, then correct the frames that <b>Next frame to check</b> names "
            "and press it again. Marked frames are never changed.<br><br>Not for clinical use.<br><br>"
            "See the <a href='https://github.com/RABSegment/SlicerRABSegment#readme'>tutorial</a>."
        )
        parent.acknowledgementText = _(
            "The method builds on: Zixuan Zheng, Yilei Shi, Chunlei Li, Jingliang Hu, Xiao Xiang Zhu, Lichao Mou: "
            "<a href='https://arxiv.org/abs/2503.14958'>Reducing Annotation Burden: Exploiting Image Knowledge for "
            "Few-Shot Medical Video Object Segmentation via Spatiotemporal Consistency Relearning</a>. MICCAI 2024. "
            "Please cite it when you publish results."
        )
        slicer.app.connect("startupCompleted()", registerSampleData)
        slicer.app.connect("startupCompleted()", registerEffect)
        slicer.app.connect("startupCompleted()", registerLayout)
        slicer.app.connect("startupCompleted()", keepMasksWhole)


@parameterNodeWrapper
class RABSegmentParameterNode:
    """What the user chose; it is saved with the scene.

    cineBrowser - plays the cine to segment.
    preset - of the engine: fast, balanced, accurate, or another one that is installed.
    device - auto, cpu, cuda:N or mps.
    seed - same seed, device and marks give the same result on the CPU.
    leftVentricle - name of the segment whose ejection fraction is reported.
    showPoints - its apex and mitral plane are shown in the red view.
    secondCine - plays another view of the same ventricle, for biplane volumes.
    """

    cineBrowser: vtkMRMLSequenceBrowserNode
    preset: str = "balanced"
    device: str = "auto"
    seed: int = 0
    leftVentricle: str = ""
    showPoints: bool = False
    secondCine: vtkMRMLSequenceBrowserNode


class RABSegmentWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The module's widget: gives its panel the choices of the scene that is open."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: RABSegmentLogic | None = None
        self.panel: Panel | None = None
        self.isSetUp = False  # for the self-check: Slicer goes on after an exception in setup() or enter()
        self.isOpen = False
        self._settling: Any = None
        self._parameterNode: Any = None
        self._guiTag: Any = None

    def setup(self) -> None:
        """Make the panel; called when the module is opened for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        self.logic = RABSegmentLogic()
        self._settling = newTimer(0, self.onSceneSettled)
        self._settling.singleShot = True
        registerEffect()  # a module that was added to a running Slicer heard of no start
        keepMasksWhole()
        widgets = slicer.util.loadUI(self.resourcePath("UI/RABSegment.ui"))
        self.layout.addWidget(widgets)
        self.ui = slicer.util.childWidgetVariables(widgets)
        widgets.setMRMLScene(slicer.mrmlScene)
        self.panel = Panel(self.ui, self.logic, self.parent)
        for event, call in (
            (slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose),
            (slicer.mrmlScene.EndCloseEvent, self.onSceneChanged),
            (slicer.mrmlScene.StartImportEvent, self.onSceneStartImport),
            (slicer.mrmlScene.EndImportEvent, self.onSceneChanged),
            (slicer.mrmlScene.EndBatchProcessEvent, self.onSceneChanged),
            (slicer.mrmlScene.NodeRemovedEvent, self.onSceneChanged),
        ):
            self.addObserver(slicer.mrmlScene, event, call)
        # `enter` shows a cine. Until then the views are others': an effect or a script may need the logic alone.
        # A reload of the module makes a new panel, and tells it neither that it is open nor to open.
        self._settling.start()
        self.isSetUp = True

    def cleanup(self) -> None:
        """Called when the application closes or the module is reloaded."""
        if self._settling is not None:
            self._settling.stop()
        if self.panel is not None:
            self.setParameterNode(None)
            self.panel.close()
        self.removeObservers()
        if self.logic is not None:
            self.logic.close()

    def enter(self) -> None:
        """Called each time the user opens this module."""
        self.initializeParameterNode()
        self.panel.enter()
        self.isOpen = True

    def exit(self) -> None:
        """Called each time the user opens a different module; runs go on."""
        self.isOpen = False
        self.panel.exit()

    def onSceneStartClose(self, _caller: Any = None, _event: Any = None) -> None:
        """Called just before the scene is closed."""
        self.panel.study.onSceneClosing()
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
            self.panel.followNodes()

    def initializeParameterNode(self) -> None:
        """Make sure that there is a parameter node, and that a cine is chosen when there is just one."""
        self.setParameterNode(self.logic.getParameterNode())
        if self._parameterNode.cineBrowser is None:
            self._parameterNode.cineBrowser = self.logic.onlyCine()
        self.panel.updateCine()

    def setParameterNode(self, parameterNode: Any) -> None:
        """Follow a parameter node, None for none."""
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._guiTag)
            node = self._parameterNode.parameterNode
            if self.hasObserver(node, vtk.vtkCommand.ModifiedEvent, self.onParameters):
                self.removeObserver(node, vtk.vtkCommand.ModifiedEvent, self.onParameters)
        self._parameterNode = parameterNode
        self.panel.setParameters(parameterNode)
        if parameterNode is not None:
            self._guiTag = parameterNode.connectGui(self.ui)
            self.addObserver(parameterNode.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParameters)
            self.onParameters()

    def onParameters(self, _caller: Any = None, _event: Any = None) -> None:
        """Called when the parameter node says something else."""
        if self._parameterNode is not None:
            self.panel.updateCine()


class RABSegmentLogic(ScriptedLoadableModuleLogic):
    """What the module does, with or without its panel.

    Attributes:
        sessions: of the cines at work.
        devices: what can compute.
        opening: reads cines for the panel.
    """

    def __init__(self) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        self.sessions = SegmentVideoSessions()
        self.devices = Devices()
        self.opening = CineOpening()

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

    def cineFromSlice(
        self, browserNode: vtkMRMLSequenceBrowserNode, number: int | None = None
    ) -> vtkMRMLSequenceBrowserNode:
        """Make a cine of one slice of volumes over time, such as of a cine MR; the volumes stay.

        Args:
            browserNode: plays volumes of several slices.
            number: of the slice, from 0; None for the one in the middle.

        Returns:
            The browser of the new cine.

        Raises:
            RABSegmentError: one sentence that says what cannot be done, and how to mend it.
        """
        return cineFromSlice(browserNode, number)

    def onlyCine(self) -> Any:
        """The browser of the scene's cine when there is just one, else None."""
        browsers = slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode")
        return browsers[0] if len(browsers) == 1 else None

    @property
    def isBusy(self) -> bool:
        """Whether anything is going on in another process."""
        return self.sessions.isBusy or self.devices.isAsking or self.opening.isBusy

    def poll(self) -> None:
        """Let the other processes speak; a timer calls it while they are busy."""
        self.sessions.poll()
        self.devices.poll()

    def close(self) -> None:
        """End all other processes."""
        self.sessions.close()
        self.opening.close()
        self.devices.close()


class RABSegmentTest(ScriptedLoadableModuleTest):
    """Runs inside Slicer: the tutorial on the panel's own widgets, on a small cine."""

    def setUp(self) -> None:
        """Begin with an empty scene and the module open."""
        slicer.mrmlScene.Clear()
        slicer.util.selectModule("RABSegment")
        slicer.app.processEvents()
        self.steps = SelfTestSteps(slicer.modules.RABSegmentWidget, self.delayDisplay)

    def runTest(self) -> None:
        self.setUp()
        self.test_Panel()
        self.setUp()
        self.test_Tutorial()

    def test_Panel(self) -> None:
        """The panel is alive: `setup()` and `enter()` came to their ends."""
        self.steps.checkIsAlive()

    def test_Tutorial(self) -> None:
        """Two marked frames of a beating ellipse give all ten; the scene is saved, closed and loaded."""
        self.steps.runTutorial()
        self.delayDisplay("Test passed")
