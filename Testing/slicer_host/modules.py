"""Slicer's built-in modules as far as a script asks for their logic, and the module manager."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6.QtCore import Property, QObject, QTimer, Signal

from .observing import Observations
from .pythonqt import simulates, simulation

PROXY_UPDATE_MILLISECONDS = 20
# Name, class of the module, class of its logic.
BUILT_IN = (
    ("Colors", "qSlicerColorsModule", "vtkSlicerColorLogic"),
    ("SubjectHierarchy", "qSlicerSubjectHierarchyModule", "vtkSlicerSubjectHierarchyModuleLogic"),
    ("Terminologies", "qSlicerTerminologiesModule", "vtkSlicerTerminologiesModuleLogic"),
    ("Volumes", "qSlicerVolumesModule", "vtkSlicerVolumesLogic"),
    ("Tables", "qSlicerTablesModule", "vtkSlicerTablesLogic"),
    ("Plots", "qSlicerPlotsModule", "vtkSlicerPlotsLogic"),
    ("Markups", "qSlicerMarkupsModule", "vtkSlicerMarkupsLogic"),
    ("Segmentations", "qSlicerSegmentationsModule", "vtkSlicerSegmentationsModuleLogic"),
    ("Sequences", "qSlicerSequencesModule", "vtkSlicerSequencesLogic"),
)


@simulates(
    "qSlicerAbstractCoreModule", "qSlicerLoadableModule", *(kind for name, kind, _ in BUILT_IN if name != "Sequences")
)
class Module(QObject):
    """A module's name, path and logic."""

    def __init__(self, parent: QObject | None = None, name: str = "", logic: Any = None, scene: Any = None) -> None:
        super().__init__(parent)
        self._name, self._path, self._logic, self._scene = name, "", logic, scene
        self.representation: Any = None

    def logic(self) -> Any:
        return self._logic

    def mrmlScene(self) -> Any:
        return self._scene

    def widgetRepresentation(self) -> Any:
        return self.representation

    name = Property(str, lambda self: self._name)
    path = Property(str, lambda self: self._path)


@simulates("qSlicerScriptedLoadableModule")
class ScriptedModule(Module):
    """What a scripted module gets as its parent; the module fills in title, categories and the texts."""

    def setSource(self, path: str, scene: Any) -> None:
        self._path, self._scene = path, scene
        self._logic = slicer.vtkSlicerScriptedLoadableModuleLogic()


@simulates("qSlicerSequencesModule")
class SequencesModule(Module):
    """Lets proxy nodes follow the selected frame, and playback go on."""

    def __init__(self, parent: QObject | None = None, name: str = "", logic: Any = None, scene: Any = None) -> None:
        super().__init__(parent, name, logic, scene)
        self._toolBar = simulation("qMRMLSequenceBrowserToolBar")()
        self._toolBar.setMRMLScene(scene)
        self._autoShow, self._waiting = True, None
        self.observations = Observations(self)
        self.observations.move("added", scene, (slicer.vtkMRMLScene.NodeAddedEvent,), self._onNodeAdded, node=True)
        self._timer = QTimer(self)
        self._timer.setInterval(PROXY_UPDATE_MILLISECONDS)
        self._timer.timeout.connect(self.updateAllVirtualOutputNodes)
        self._timer.start()

    def _onNodeAdded(self, node: Any) -> None:
        """The browser of an imported scene is shown in the tool bar when the import is over."""
        if self._autoShow and self._scene.IsImporting() and node.IsA("vtkMRMLSequenceBrowserNode"):
            self._waiting = node

    def updateAllVirtualOutputNodes(self) -> None:
        if self._scene.IsBatchProcessing():
            return
        self._logic.UpdateAllProxyNodes()
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.showSequenceBrowser(waiting)

    def toolBar(self) -> Any:
        return self._toolBar

    def setToolBarActiveBrowserNode(self, browser: Any) -> None:
        self._toolBar.setActiveBrowserNode(browser)

    def showSequenceBrowser(self, browser: Any) -> None:
        if self._autoShow:
            self._toolBar.setActiveBrowserNode(browser)
            self.setToolBarVisible(True)

    def isToolBarVisible(self) -> bool:
        return self._toolBar.isVisible()

    def setToolBarVisible(self, shown: bool) -> None:
        self._toolBar.setVisible(shown)

    def setAutoShowToolBar(self, auto: bool) -> None:
        self._autoShow = auto

    toolBarVisible = Property(bool, isToolBarVisible, setToolBarVisible)
    autoShowToolBar = Property(bool, lambda self: self._autoShow, setAutoShowToolBar)


@simulates("qSlicerModuleManager", "qSlicerModuleFactoryManager")
class ModuleManager(QObject):
    """Knows which modules are loaded."""

    moduleLoaded = Signal(str)
    moduleAboutToBeUnloaded = Signal(str)
    signatures = {"moduleLoaded": ("QString",), "moduleAboutToBeUnloaded": ("QString",)}

    def __init__(self) -> None:
        super().__init__()
        self.loaded: dict[str, QObject] = {}

    def module(self, name: str) -> QObject | None:
        return self.loaded.get(name)

    def modulesNames(self) -> list[str]:
        return list(self.loaded)

    loadedModuleNames = modulesNames

    def isLoaded(self, name: str) -> bool:
        return name in self.loaded

    def factoryManager(self) -> QObject:
        return self


def builtInModules(scene: Any, applicationLogic: Any) -> dict[str, QObject]:
    """The modules whose logic a script may need, each with its logic on the scene."""
    made = {}
    for name, kind, logicClass in BUILT_IN:
        logic = getattr(slicer, logicClass)()
        logic.SetMRMLApplicationLogic(applicationLogic)
        applicationLogic.SetModuleLogic(name, logic)
        logic.SetMRMLScene(scene)
        made[name] = simulation(kind)(None, name, logic, scene)
    applicationLogic.SetColorLogic(made["Colors"].logic())
    return made
