"""slicer.app, on the QApplication and the scene of the test."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import slicer
import vtk
from PySide6.QtCore import Property, QObject, QProcessEnvironment, QSettings, Signal
from PySide6.QtWidgets import QApplication

from .main_window import MainWindow
from .modules import builtInModules
from .pythonqt import simulates, simulation, standinClass
from .values import remember, wrap


@simulates("qSlicerCommandOptions")
class CommandOptions(QObject):
    """Slicer as a user starts it."""

    testingEnabled = Property(bool, lambda self: False)
    noMainWindow = Property(bool, lambda self: False)


@simulates("qSlicerExtensionsManagerModel")
class ExtensionsManager(QObject):
    """Knows the extensions that the test says are installed."""

    def __init__(self) -> None:
        super().__init__()
        self.installed: list[str] = []
        self.asked: list[str] = []

    def isExtensionInstalled(self, name: str) -> bool:
        return name in self.installed

    isExtensionEnabled = isExtensionInstalled

    def installExtensionFromServer(self, name: str, *_: Any) -> bool:
        """Note the wish; there is no network."""
        self.asked.append(name)
        return name in self.installed

    downloadAndInstallExtensionByName = installExtensionFromServer

    def updateExtensionsMetadataFromServer(self, *_: Any) -> bool:
        return True

    installedExtensions = Property("QStringList", lambda self: self.installed)
    interactive = Property(bool, lambda self: False, lambda self, value: None)


class Application(QObject):
    """What Slicer's application class adds to Qt's."""

    startupCompleted = Signal()
    mrmlSceneChanged = Signal(object)
    signatures = {"startupCompleted": ("",), "mrmlSceneChanged": ("vtkMRMLScene*",)}

    def __init__(self, scene: Any, folder: Path) -> None:
        super().__init__()
        self._scene, self._folder = scene, folder
        self._logic = slicer.vtkSlicerApplicationLogic()
        self._logic.SetMRMLScene(scene)
        self._logic.SetTemporaryPath(self._temporaryPath())
        self._prepareBundles()
        vtk.vtkObject.GlobalWarningDisplayOff()  # Colour and terminology files are not installed.
        self.modules = builtInModules(scene, self._logic)
        vtk.vtkObject.GlobalWarningDisplayOn()
        self._modules = simulation("qSlicerModuleManager")()
        self._modules.loaded.update(self.modules)
        self._layout = simulation("qSlicerLayoutManager")(scene, self._logic)
        self._io = simulation("qSlicerIOManager")(scene)
        self._options = simulation("qSlicerCommandOptions")()
        self.extensions = simulation("qSlicerExtensionsManagerModel")()
        self.mainWindow = MainWindow()
        self.mainWindow.setViews(self._layout.viewport)
        self.mainWindow.addToolBar(self.modules["Sequences"].toolBar())
        self.modules["Sequences"].setToolBarVisible(False)

    def _prepareBundles(self) -> None:
        """Reading a .mrb file needs a folder to unpack it in."""
        self._remote = slicer.vtkMRMLRemoteIOLogic()
        self._remote.GetCacheManager().SetRemoteCacheDirectory(self._temporaryPath())
        self._dataIO = slicer.vtkDataIOManagerLogic()
        self._dataIO.SetMRMLApplicationLogic(self._logic)
        self._dataIO.SetAndObserveDataIOManager(self._remote.GetDataIOManager())
        self._logic.SetMRMLSceneDataIO(self._scene, self._remote, self._dataIO)

    def close(self) -> None:
        """Let go of the scene."""
        vtk.vtkObject.GlobalWarningDisplayOff()
        self._layout.close()
        for module in self.modules.values():
            module.logic().SetMRMLScene(None)
            module.deleteLater()
        vtk.vtkObject.GlobalWarningDisplayOn()

    def mrmlScene(self) -> Any:
        return self._scene

    def applicationLogic(self) -> Any:
        return self._logic

    def layoutManager(self) -> QObject:
        return self._layout

    def moduleManager(self) -> QObject:
        return self._modules

    def moduleLogic(self, name: str) -> Any:
        return self._logic.GetModuleLogic(name)

    def ioManager(self) -> QObject:
        return self._io

    coreIOManager = ioManager

    def commandOptions(self) -> QObject:
        return self._options

    def extensionsManagerModel(self) -> QObject:
        return self.extensions

    def testingEnabled(self) -> bool:
        return False

    def settings(self) -> QSettings:
        return QSettings()

    userSettings = revisionUserSettings = settings

    def startupEnvironment(self) -> QProcessEnvironment:
        return QProcessEnvironment.systemEnvironment()

    environment = startupEnvironment

    def moduleDocumentationUrl(self, name: str) -> str:
        return f"https://slicer.readthedocs.io/en/latest/user_guide/modules/{name.lower()}.html"

    def setRenderPaused(self, paused: bool) -> None:
        """Nothing is drawn."""

    def pauseRender(self) -> None:
        """Nothing is drawn."""

    resumeRender = pauseRender

    def _temporaryPath(self) -> str:
        path = self._folder / "temporary"
        path.mkdir(exist_ok=True)
        return str(path)

    temporaryPath = Property(str, _temporaryPath)
    slicerHome = Property(str, lambda self: str(self._folder / "home"))
    majorVersion = Property(int, lambda self: int(metadata.version("slicer-core").split(".")[0]))
    minorVersion = Property(int, lambda self: int(metadata.version("slicer-core").split(".")[1]))
    documentationBaseUrl = Property(str, lambda self: "https://slicer.readthedocs.io/en/latest/")
    isInstalled = Property(bool, lambda self: True)
    mainApplicationName = Property(str, lambda self: "Slicer")


def makePythonSlicer(folder: Path) -> Path:
    """The launcher of Slicer's own Python, here of this Python; returns the folder that goes on the PATH."""
    programs = folder / "home" / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    launcher = programs / "PythonSlicer"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    launcher.chmod(0o755)
    return programs


def wrappedApplication(application: QApplication, simulated: Application) -> Any:
    """slicer.app: Qt's own names go to the QApplication, Slicer's to the simulation."""
    wrapper = object.__new__(standinClass("qSlicerApplication"))
    wrapper.__dict__.update(_qt=application, _simulated=simulated)
    remember(wrapper)
    return wrapper


def wrappedModules(simulated: Application) -> dict[str, Any]:
    """What hangs on ``slicer.modules``."""
    return {name.lower(): wrap(module) for name, module in simulated.modules.items()}
