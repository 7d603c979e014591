"""SlicerHost: puts the stand-ins in place, loads a scripted module into them, and takes everything back."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
import slicer
import slicer.util
from PySide6.QtCore import Property, QCoreApplication, QEvent, QObject, QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout

from . import sample_data
from .application import Application, makePythonSlicer, wrappedApplication, wrappedModules
from .mrml_widgets import SceneWidget
from .observing import endAll
from .parameter_nodes import parameterLayer
from .pythonqt import simulates, simulation
from .qt_module import QtModule, StandinModule, slicerAttribute
from .record import RECORD, noteUnraised
from .scene_files import loadScene, saveScene
from .scripted_module import scriptedLayer
from .segments_table import maskImage
from .values import unwrap, wrap

REAL_LAYER = ("i18n", "ScriptedLoadableModule", "parameterNodeWrapper")


@simulates("qSlicerScriptedLoadableModuleWidget")
class ModuleWidget(SceneWidget):
    """The panel that a module's widget class fills; calls its methods as Slicer does."""

    def __init__(self) -> None:
        super().__init__()
        QVBoxLayout(self)
        self._module, self._instance, self._entered = "", None, False

    def setSource(self, module: str) -> None:
        """Make the module's widget class for this panel, and let it fill the panel."""
        self._module = module
        self.reload()

    def reload(self) -> None:
        cls = getattr(sys.modules[self._module], f"{self._module}Widget")
        self._instance = cls(wrap(self))
        setattr(slicer.modules, cls.__name__, self._instance)
        self._instance.setup()

    def self(self) -> Any:
        return self._instance

    isEntered = Property(bool, lambda self: self._entered)

    def enter(self) -> None:
        self._entered = True
        getattr(self._instance, "enter", lambda: None)()

    def exit(self) -> None:
        self._entered = False
        getattr(self._instance, "exit", lambda: None)()


class SlicerHost:
    """One Slicer without windows. ``install`` and ``uninstall`` come in pairs, or use it in a ``with`` statement.

    ``slicerPython`` is the folder Base/Python/slicer of Slicer's sources: with it, Slicer's own
    ScriptedLoadableModule, parameterNodeWrapper and i18n run in the place of the host's stand-ins.
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
        RECORD.clear()
        sample_data.registered.clear()
        self.qtApplication = QApplication.instance() or QApplication([])
        self._folder = tempfile.TemporaryDirectory(prefix="slicer-host-")
        folder = Path(self._folder.name)
        self._useSettings(folder)
        self.scene = slicer.vtkMRMLScene()
        self._put(sys.modules, "qt", QtModule("qt"))
        self._put(sys.modules, "ctk", StandinModule("ctk"))
        self._put(sys.modules, "SampleData", sample_data.sampleDataModule())
        self._put(os.environ, "PATH", f"{makePythonSlicer(folder)}{os.pathsep}{os.environ['PATH']}")
        self._put(slicer, "mrmlScene", self.scene)
        self._put(slicer, "__getattr__", slicerAttribute)
        self._put(slicer, "modules", types.ModuleType("slicer.modules"))
        self._put(sys.modules, "slicer.modules", slicer.modules)
        self._put(slicer, "moduleNames", types.SimpleNamespace())
        self._put(slicer, "selfTests", {})
        self._put(slicer.util, "selectModule", self.selectModule)
        self._put(sys, "excepthook", noteUnraised)
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
        QSettings.setDefaultFormat(self._settingsBefore[0])
        QCoreApplication.setOrganizationName(self._settingsBefore[1])
        QCoreApplication.setApplicationName(self._nameBefore)
        self._folder.cleanup()
        gc.collect()

    def __enter__(self) -> SlicerHost:
        return self.install()

    def __exit__(self, *_: object) -> None:
        self.uninstall()

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
        getattr(self._instance, "setup", lambda: None)()
        self.application.startupCompleted.emit()
        self.widget = simulation("qSlicerScriptedLoadableModuleWidget")()
        parent.representation = self.widget
        self.widget.setMRMLScene(self.scene)
        self.widget.setSource(name)
        self.widget.show()
        self.processEvents()
        return self.widget.self()

    def reload(self) -> Any:
        """Reload the module's file as the Reload button does; returns the new widget object."""
        slicer.util.reloadScriptedModule(self.moduleName)
        self.processEvents()
        return self.widget.self()

    def enter(self) -> None:
        """The user opens the module."""
        self.widget.enter()
        self.processEvents()

    def exit(self) -> None:
        """The user goes to another module."""
        self.widget.exit()
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

    def openScene(self, path: Path | str) -> None:
        """Close the scene and read a .mrb or .mrml file."""
        if not loadScene(self.scene, Path(path), clear=True):
            raise RuntimeError(f"The scene could not be read from {path}")
        self.processEvents()

    # The user

    def processEvents(self, milliseconds: int = 0) -> None:
        """Let Qt work: what is waiting, or all that comes in this time."""
        if milliseconds:
            QTest.qWait(milliseconds)
        for _ in range(3):
            self.qtApplication.processEvents()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def waitUntil(self, condition: Any, milliseconds: int = 30_000) -> None:
        """Let Qt work until a condition holds; AssertionError when it does not in this time."""
        end = time.monotonic() + milliseconds / 1000
        while not condition():
            if time.monotonic() > end:
                raise AssertionError("The condition did not come true in time")
            QTest.qWait(10)
        self.processEvents()

    def find(self, name: str) -> Any:
        """A widget by its object name, also one inside a stand-in, as PySide6 object."""
        found = self.widget.findChild(QObject, name)
        if found is None:
            raise LookupError(f"The panel has no widget named {name}")
        return found

    def click(self, widget: Any, position: tuple[int, int] | None = None) -> None:
        """A left click in the middle or at a place; one on a hidden or disabled widget is an error."""
        self.processEvents()
        target = self.find(widget) if isinstance(widget, str) else unwrap(widget)
        if not target.isVisible() or not target.isEnabled():
            raise AssertionError(f"{target.objectName() or target} cannot be clicked: it is hidden or disabled")
        place = QPoint(*position) if position else target.rect().center()
        if hasattr(target, "isCheckable") and position is None:
            target.click()
        else:
            QTest.mouseClick(getattr(target, "viewport", lambda: target)(), Qt.MouseButton.LeftButton, pos=place)
        self.processEvents()

    def pressKey(self, key: Any, modifiers: Any = Qt.KeyboardModifier.NoModifier, widget: Any = None) -> None:
        """A key press, for shortcuts; the panel must be shown."""
        target = unwrap(widget) if widget is not None else self.widget
        target.activateWindow()
        QTest.keyClick(target, unwrap(key), unwrap(modifiers))
        self.processEvents()

    def paint(self, editor: Any, mask: np.ndarray) -> None:
        """Add to the selected segment what a brush would; mask (rows, columns) in the source volume's voxels."""
        self._modifySegment(editor, mask, slicer.vtkSlicerSegmentEditorLogic.ModificationModeAdd)

    def erase(self, editor: Any, mask: np.ndarray) -> None:
        """Take away from the selected segment."""
        self._modifySegment(editor, mask, slicer.vtkSlicerSegmentEditorLogic.ModificationModeRemove)

    def _modifySegment(self, editor: Any, mask: np.ndarray, mode: int) -> None:
        target = unwrap(editor)
        target.modifySegment(maskImage(mask, target.sourceVolumeNode()), mode)
        self.processEvents()

    def screenshot(self, widget: Any, path: Path | str, width: int) -> Any:
        """Save a picture of a widget at this width and as high as it wants to be; returns its QImage."""
        target = unwrap(widget)
        target.resize(width, max(target.sizeHint().height(), 1))
        target.show()
        self.processEvents()
        wanted = target.layout().totalHeightForWidth(width) if target.layout() else -1
        target.resize(width, max(wanted, target.sizeHint().height()))
        self.processEvents()
        image = target.grab().toImage()
        if not image.save(str(path)):
            raise OSError(f"The picture could not be written to {path}")
        return image
