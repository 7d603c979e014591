"""SlicerHost: puts the stand-ins in place, loads a scripted module into them, and takes everything back."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

import slicer
import slicer.util
from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication

from . import effects, sample_data
from .application import Application, makePythonSlicer, wrappedApplication, wrappedModules
from .main_window import DOCK_WIDTH
from .observing import endAll
from .parameter_nodes import parameterLayer
from .pythonqt import simulation
from .qt_module import QtModule, StandinModule, slicerAttribute
from .record import RECORD, callNoting, noteUnraised
from .scene_files import loadScene, saveScene
from .scripted_module import scriptedLayer
from .user import User
from .values import unwrap, wrap

LIBRARIES = ("RABSegmentLib", "RABSegmentPanel", "RABSegmentEffect")  # of the module
REAL_LAYER = ("i18n", "ScriptedLoadableModule", "parameterNodeWrapper")


def _putBackLibrary(library: str, loaded: dict[str, Any]) -> None:
    """What a reload of the module threw out comes back, for other tests have imported it; what came goes."""
    package = loaded.get(library)
    if sys.modules.get(library) is package:
        return
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        del sys.modules[name]
    sys.modules.update({name: found for name, found in loaded.items() if name.partition(".")[0] == library})
    for name, found in [] if package is None else list(vars(package).items()):
        if isinstance(found, types.ModuleType) and found.__name__ not in sys.modules:
            delattr(package, name)


class SlicerHost(User):
    """One Slicer without windows. ``install`` and ``uninstall`` come in pairs, or use it in a ``with`` statement.

    ``slicerPython`` is the folder Base/Python/slicer of Slicer's sources: with it, Slicer's own
    ScriptedLoadableModule, parameterNodeWrapper and i18n run in the place of the host's stand-ins.

    Slicer prints what Python raises in ``setup``, ``enter``, ``exit``, ``cleanup``, slots and observers, and goes on:
    so does the host. The end of the ``with`` statement fails when anything was printed that ``expectError`` did not
    announce.
    """

    def __init__(self, slicerPython: Path | None = None) -> None:
        self._slicerPython = slicerPython
        self._replaced: dict[tuple[Any, str], Any] = {}
        self.violations, self.errors = RECORD.violations, RECORD.errors
        self.dialogs, self.answers = RECORD.dialogs, RECORD.answers
        self.sampleData = sample_data.registered
        self.moduleName = ""

    # Putting in place and taking back

    def install(self) -> SlicerHost:
        """Make `qt`, `ctk`, the GUI part of `slicer`, and a scene."""
        gc.collect()
        gc.freeze()  # what others made before is not looked through again when this one ends
        RECORD.clear()
        self._loaded = dict(sys.modules)
        sample_data.registered.clear()
        self.qtApplication = QApplication.instance() or QApplication([])
        self._folder = tempfile.TemporaryDirectory(prefix="slicer-host-")
        folder = Path(self._folder.name)
        self._useSettings(folder)
        self.scene = slicer.vtkMRMLScene()
        self._put(sys.modules, "qt", QtModule("qt"))
        self._put(sys.modules, "ctk", StandinModule("ctk"))
        self._put(sys.modules, "SampleData", sample_data.sampleDataModule())
        programs = makePythonSlicer(folder)
        self._put(os.environ, "PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        self._put(sys, "executable", str(programs / "SlicerApp-real"))  # of the application, which is no Python
        self._put(slicer, "mrmlScene", self.scene)
        self._put(slicer, "__getattr__", slicerAttribute)
        self._put(slicer, "modules", types.ModuleType("slicer.modules"))
        self._put(sys.modules, "slicer.modules", slicer.modules)
        self._put(slicer, "moduleNames", types.SimpleNamespace())
        self._put(slicer, "selfTests", {})
        self._put(slicer.util, "selectModule", self.selectModule)
        self._put(sys, "excepthook", noteUnraised)
        factory = wrap(effects.makeFactory())
        self._put(slicer, "qSlicerSegmentEditorEffectFactory", types.SimpleNamespace(instance=lambda: factory))
        for name, module in effects.effectModules(unwrap(factory)).items():
            self._put(sys.modules, name, module)
        self.application = Application(self.scene, folder)
        self._put(slicer, "app", wrappedApplication(self.qtApplication, self.application))
        vars(slicer.modules).update(wrappedModules(self.application))
        self._putScriptedLayer()
        return self

    def _useSettings(self, folder: Path) -> None:
        self._settingsBefore = (QSettings.defaultFormat(), QCoreApplication.organizationName())
        self._nameBefore = QCoreApplication.applicationName()
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder))
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QCoreApplication.setOrganizationName("NA-MIC")
        QCoreApplication.setApplicationName("Slicer")

    def _putScriptedLayer(self) -> None:
        layer = {**scriptedLayer(), "slicer.parameterNodeWrapper": parameterLayer()}
        if self._slicerPython:
            self._put(slicer, "__path__", [*slicer.__path__, str(self._slicerPython)])
            layer = {f"slicer.{name}": None for name in REAL_LAYER}
        for name, module in layer.items():
            for loaded in [loaded for loaded in sys.modules if loaded == name or loaded.startswith(f"{name}.")]:
                self._put(sys.modules, loaded, None)
                del sys.modules[loaded]
            self._put(sys.modules, name, module)
            if module is None:
                del sys.modules[name]
                module = importlib.import_module(name)
            self._put(slicer, name.partition(".")[2], module)

    def _put(self, place: Any, name: str, value: Any) -> None:
        entries = place if isinstance(place, (dict, os._Environ)) else vars(place)
        self._replaced.setdefault((id(entries), name), (entries, entries.get(name, self)))
        entries[name] = value

    def uninstall(self) -> None:
        """Undo everything that ``install`` and the loaded module changed."""
        if self.moduleName:
            self.application.moduleManager().moduleAboutToBeUnloaded.emit(self.moduleName)
            self.widget.hide()
        self.processEvents()
        for widget in QApplication.topLevelWidgets():
            widget.close()
            widget.deleteLater()
        self.scene.Clear(0)
        self.application.close()
        endAll(self.scene)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        for (_, name), (entries, before) in reversed(self._replaced.items()):
            if before is self:
                entries.pop(name, None)
            else:
                entries[name] = before
        self._replaced.clear()
        while effects.loadedNames:
            vars(slicer).pop(effects.loadedNames.pop(), None)
        for library in LIBRARIES:
            _putBackLibrary(library, self._loaded)
        QSettings.setDefaultFormat(self._settingsBefore[0])
        QCoreApplication.setOrganizationName(self._settingsBefore[1])
        QCoreApplication.setApplicationName(self._nameBefore)
        self._folder.cleanup()
        gc.collect()

    def __enter__(self) -> SlicerHost:
        return self.install()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.uninstall()
        if kind is None:
            self.failOnPrintedErrors()

    # Exceptions that were printed

    @property
    def printedErrors(self) -> list[str]:
        """Every exception that was printed so far, with its trace; a test may clear the list."""
        return RECORD.errors

    def expectError(self, pattern: str) -> None:
        """Say that an exception is or will be printed whose text has this regular expression."""
        RECORD.expected.append(pattern)

    def failOnPrintedErrors(self) -> None:
        """AssertionError for exceptions that were printed and not expected, or expected and not printed."""
        surprises = RECORD.surprises()
        if surprises:
            raise AssertionError("Slicer would have printed, and gone on:\n\n" + "\n".join(surprises))

    # The module

    def loadModule(self, path: Path | str) -> Any:
        """Load a scripted module and its widget as Slicer does at start; returns the widget object of the module."""
        path = Path(path)
        name = self.moduleName = path.stem
        self._put(sys, "path", [str(path.parent), *sys.path])
        spec = importlib.util.spec_from_file_location(name, path)
        loaded = importlib.util.module_from_spec(spec)
        self._put(sys.modules, name, loaded)
        spec.loader.exec_module(loaded)
        parent = simulation("qSlicerScriptedLoadableModule")(None, name)
        parent.setSource(str(path), self.scene)
        parent.setObjectName(name)
        self._instance = getattr(loaded, name)(wrap(parent))
        self.module = wrap(parent)
        setattr(slicer.modules, name.lower(), self.module)
        setattr(slicer.modules, f"{name}Instance", self._instance)
        setattr(slicer.moduleNames, name, name)
        self.application.moduleManager().loaded[name] = parent
        callNoting(getattr(self._instance, "setup", lambda: None))
        self.application.startupCompleted.emit()
        self.widget = simulation("qSlicerScriptedLoadableModuleWidget")()
        parent.representation = self.widget
        self.application.mainWindow.show()
        # In Slicer the panel is put there when the module is opened, with its scene set after setup().
        self.application.mainWindow.panel.addWidget(self.widget)
        self.widget.setSource(name)
        self.widget.setMRMLScene(self.scene)
        self.processEvents()
        self.application.mainWindow.setPanelWidth(DOCK_WIDTH)
        self.processEvents()
        return self.widget.self()

    def reload(self) -> Any:
        """Reload the module's file as the Reload button does; returns the new widget object."""
        slicer.util.reloadScriptedModule(self.moduleName)
        self.processEvents()
        return self.widget.self()

    def enter(self) -> None:
        """The user opens the module."""
        window = self.application.mainWindow
        if not window.panel.holds(self.widget):
            window.panel.addWidget(self.widget)
        window.noteModule(self.moduleName)
        self.widget.enter()
        self.processEvents()

    def exit(self) -> None:
        """The user goes to another module: the panel leaves the window, and has no parent until it is opened again."""
        window = self.application.mainWindow
        self.widget.exit()
        if window.panel.holds(self.widget):
            window.panel.removeWidget(self.widget)
        window.noteModule("another")
        self.processEvents()

    def selectModule(self, module: Any) -> None:
        """In the place of ``slicer.util.selectModule``: only the loaded module can be opened, any other leaves it."""
        self.selectedModule = module if isinstance(module, str) else module.name
        (self.enter if self.selectedModule == self.moduleName else self.exit)()

    # The scene

    def closeScene(self) -> None:
        self.scene.Clear(0)
        self.processEvents()

    def saveScene(self, path: Path | str) -> None:
        """Write a .mrb or .mrml file."""
        self.application.ioManager().addDefaultStorageNodes()
        if not saveScene(self.scene, Path(path)):
            raise RuntimeError(f"The scene could not be saved to {path}")

    def openScene(self, path: Path | str, clear: bool = True) -> None:
        """Read a .mrb or .mrml file, after closing the scene or, with ``clear`` False, into it.

        With ``clear`` everything happens in one batch: EndCloseEvent and EndImportEvent come while the scene says
        IsBatchProcessing(). Without, the scene says at EndImportEvent that it neither imports nor processes a batch.
        In both, EndBatchProcessEvent comes last.
        """
        if not loadScene(self.scene, Path(path), clear=clear):
            raise RuntimeError(f"The scene could not be read from {path}")
        self.processEvents()
