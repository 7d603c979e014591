"""qMRMLWidget, the base of what knows the scene."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from .observing import Observations
from .pythonqt import simulates


@simulates("qMRMLWidget", "qSlicerWidget")
class SceneWidget(QWidget):
    """A widget that knows the scene and hands it on."""

    mrmlSceneChanged = Signal(object)
    signatures = {"mrmlSceneChanged": ("vtkMRMLScene*",)}

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: Any = None
        self.observations = Observations(self)

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)
