"""Saves and loads what ``slicer.util`` asks the application's IO manager for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
from PySide6.QtCore import QObject, Signal

from .pythonqt import simulates


def saveScene(scene: Any, path: Path) -> bool:
    """Write the scene to a .mrb or .mrml file."""
    if path.suffix == ".mrb":
        return bool(scene.WriteToMRB(str(path)))
    scene.SetURL(str(path))
    scene.SetRootDirectory(str(path.parent))
    return bool(scene.Commit(str(path)))


def loadScene(scene: Any, path: Path, clear: bool) -> bool:
    """Read a .mrb or .mrml file."""
    if path.suffix == ".mrb":
        return bool(scene.ReadFromMRB(str(path), clear))
    scene.SetURL(str(path))
    return bool(scene.Connect() if clear else scene.Import())


@simulates("qSlicerIOManager")
class IOManager(QObject):
    """File types are told apart as ``slicer.util.load...`` names them."""

    newFileLoaded = Signal(object)
    fileSaved = Signal(object)
    signatures = {"newFileLoaded": ("qSlicerIO::IOProperties",), "fileSaved": ("qSlicerIO::IOProperties",)}

    def __init__(self, scene: Any) -> None:
        super().__init__()
        self._scene = scene

    def loadNodes(self, kind: str, properties: dict, nodes: Any = None, *_: Any) -> bool:
        path = Path(properties["fileName"])
        if kind == "SceneFile":
            return loadScene(self._scene, path, bool(properties.get("clear")))
        modules, name = slicer.modules, properties.get("name", "")
        if kind == "VolumeFile":
            loaded = modules.volumes.logic().AddArchetypeVolume(str(path), name or path.name.split(".")[0])
        elif kind == "SequenceFile":
            loaded = modules.sequences.logic().AddSequence(str(path))
        elif kind == "SegmentationFile":
            loaded = modules.segmentations.logic().LoadSegmentationFromFile(str(path))
        elif kind == "TableFile":
            loaded = modules.tables.logic().AddTable(str(path))
        else:
            raise NotImplementedError(f"The test host does not load files of the type {kind}")
        if loaded is not None and nodes is not None:
            nodes.AddItem(loaded)
        return loaded is not None

    def fileWriterFileType(self, node: Any, *_: Any) -> str:
        return node.GetClassName()

    def saveNodes(self, kind: str, properties: dict, *_: Any) -> bool:
        path = Path(properties["fileName"])
        if kind == "SceneFile":
            return saveScene(self._scene, path)
        node = self._scene.GetNodeByID(properties["nodeID"])
        if node.GetStorageNode() is None:
            node.AddDefaultStorageNode(str(path))
        node.GetStorageNode().SetFileName(str(path))
        return bool(node.GetStorageNode().WriteData(node))

    def addDefaultStorageNodes(self) -> None:
        for number in range(self._scene.GetNumberOfNodes()):
            node = self._scene.GetNthNode(number)
            if isinstance(node, slicer.vtkMRMLStorableNode):
                node.AddDefaultStorageNode()
