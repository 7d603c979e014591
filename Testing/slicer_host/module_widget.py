"""qSlicerScriptedLoadableModuleWidget: the panel that a module's widget class fills."""

from __future__ import annotations

import sys
from typing import Any

import slicer
from PySide6.QtCore import Property
from PySide6.QtWidgets import QVBoxLayout

from .mrml_widgets import SceneWidget
from .pythonqt import simulates
from .record import callNoting
from .values import wrap

METHODS = ("setup", "enter", "exit")


@simulates("qSlicerScriptedLoadableModuleWidget")
class ModuleWidget(SceneWidget):
    """Calls the module's methods as Slicer does: what one raises is printed, and Slicer goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.setLayout(QVBoxLayout())
        self._module, self._instance, self._entered = "", None, False
        self._methods: dict[str, Any] = {}

    def setSource(self, module: str) -> None:
        """Make the module's widget class for this panel, and let it fill the panel."""
        self._module = module
        self.reload()

    def reload(self) -> None:
        """Make it again and call ``setup``, never ``enter``; one that cannot be made leaves the methods of the last."""
        self._instantiate()
        self.setup()

    def _instantiate(self) -> None:
        cls = getattr(sys.modules[self._module], f"{self._module}Widget")
        made = callNoting(cls, wrap(self))
        if made is None:
            return
        # As qSlicerPythonCppAPI: looked up once, here.
        self._methods.update({name: getattr(made, name) for name in METHODS if hasattr(made, name)})
        self._instance = made
        setattr(slicer.modules, cls.__name__, made)

    def setup(self) -> None:
        self.setObjectName(f"{self._module}ModuleWidget")
        self._call("setup")

    def _call(self, name: str) -> None:
        if name in self._methods:
            callNoting(self._methods[name])

    def self(self) -> Any:
        return self._instance

    isEntered = Property(bool, lambda self: self._entered)

    def enter(self) -> None:
        self._entered = True
        self._call("enter")

    def exit(self) -> None:
        self._entered = False
        self._call("exit")
