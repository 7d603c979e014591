"""qMRMLWidget and the node selector."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6.QtCore import Property, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from .observing import Observations
from .pythonqt import simulates

NodeAdded, NodeRemoved = slicer.vtkMRMLScene.NodeAddedEvent, slicer.vtkMRMLScene.NodeRemovedEvent
BATCH_EVENTS = (slicer.vtkMRMLScene.EndBatchProcessEvent, slicer.vtkMRMLScene.EndImportEvent)
CHOOSE_NONE, ACTION = "none", "action"


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


@simulates("qMRMLNodeComboBox", "qMRMLCheckableNodeComboBox")
class NodeComboBox(QWidget):
    """Chooses a node of the scene; follows nodes that come, go and are renamed."""

    currentNodeChanged = Signal(object)
    currentNodeIDChanged = Signal(str)
    nodeActivated = Signal(object)
    nodeAdded = Signal(object)
    nodeAddedByUser = Signal(object)
    nodeAboutToBeRemoved = Signal(object)
    currentNodeRenamed = Signal(str)
    signatures = {
        "currentNodeChanged": ("vtkMRMLNode*", "bool"),
        "currentNodeIDChanged": ("QString",),
        "nodeActivated": ("vtkMRMLNode*",),
        "nodeAdded": ("vtkMRMLNode*",),
        "nodeAddedByUser": ("vtkMRMLNode*",),
        "nodeAboutToBeRemoved": ("vtkMRMLNode*",),
        "currentNodeRenamed": ("QString",),
    }

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: Any = None
        self._options: dict[str, Any] = {
            "nodeTypes": [], "noneEnabled": False, "showHidden": False, "showChildNodeTypes": True,
            "hideChildNodeTypes": [], "addEnabled": True, "removeEnabled": True, "renameEnabled": False,
            "editEnabled": False, "noneDisplay": "None", "baseName": "", "selectNodeUponCreation": True,
        }  # fmt: skip
        self._attributes: list[tuple[str, str, Any]] = []
        self._currentID = ""
        self.observations = Observations(self)
        self._combo = QComboBox(self)
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._combo.activated.connect(self._onActivated)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._combo)

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        self._scene = scene
        self.observations.move("added", scene, (NodeAdded,), self._onNodeAdded, node=True)
        self.observations.move("removed", scene, (NodeRemoved,), self._onNodeRemoved, node=True)
        self.observations.move("batch", scene, BATCH_EVENTS, self._update)
        self._update()

    def _accepts(self, node: Any) -> bool:
        options = self._options
        kinds = [kind for kind in options["nodeTypes"] if node.IsA(kind)]
        if not options["showChildNodeTypes"]:
            kinds = [kind for kind in kinds if node.GetClassName() == kind]
        if not kinds or any(node.IsA(kind) for kind in options["hideChildNodeTypes"]):
            return False
        if node.GetHideFromEditors() and not options["showHidden"]:
            return False
        wanted = [(name, value) for kind, name, value in self._attributes if node.IsA(kind)]
        return all(
            node.GetAttribute(name) is not None if value is None else node.GetAttribute(name) == str(value)
            for name, value in wanted
        )

    def _nodes(self) -> list[Any]:
        if self._scene is None:
            return []
        return [
            node for node in map(self._scene.GetNthNode, range(self._scene.GetNumberOfNodes())) if self._accepts(node)
        ]

    def _onNodeAdded(self, node: Any) -> None:
        if not self._scene.IsBatchProcessing() and self._accepts(node):
            self._update()
            self.nodeAdded.emit(node)

    def _onNodeRemoved(self, node: Any) -> None:
        if self._accepts(node):
            self.nodeAboutToBeRemoved.emit(node)
            self._update()

    def _update(self) -> None:
        """Fill the list again; without None in the list the first node is the current one."""
        nodes = self._nodes()
        with QSignalBlocker(self._combo):
            self._combo.clear()
            if self._options["noneEnabled"] and self._scene is not None:
                self._combo.addItem(self._options["noneDisplay"], (CHOOSE_NONE, ""))
            for number, node in enumerate(nodes):
                self._combo.addItem(node.GetName() or "", (node.GetID(), ""))
                self.observations.move(f"name{number}", node, ("ModifiedEvent",), self._updateNames)
            if self._scene is not None:
                self._addActions()
        known = [node.GetID() for node in nodes]
        chosen = self._currentID if self._currentID in known else ""
        if not chosen and known and not self._options["noneEnabled"]:
            chosen = known[0]
        self._choose(chosen)

    def _addActions(self) -> None:
        for option, verb in (("renameEnabled", "Rename"), ("removeEnabled", "Delete"), ("addEnabled", "Create new")):
            if self._options[option] and (verb == "Create new" or self._currentID):
                kind = self._options["nodeTypes"][0] if self._options["nodeTypes"] else ""
                suffix = kind.removeprefix("vtkMRML").removesuffix("Node") if verb == "Create new" else "current node"
                self._combo.addItem(f"{verb} {suffix}...", (ACTION, verb))

    def _updateNames(self) -> None:
        for index in range(self._combo.count()):
            node = self._scene.GetNodeByID(self._combo.itemData(index)[0]) if self._scene else None
            if node is not None and self._combo.itemText(index) != node.GetName():
                self._combo.setItemText(index, node.GetName())
                if node.GetID() == self._currentID:
                    self.currentNodeRenamed.emit(node.GetName())

    def _choose(self, nodeID: str) -> None:
        rows = [self._combo.itemData(index)[0] for index in range(self._combo.count())]
        with QSignalBlocker(self._combo):
            self._combo.setCurrentIndex(next((rows.index(key) for key in (nodeID, CHOOSE_NONE) if key in rows), -1))
        if nodeID != self._currentID:
            self._currentID = nodeID
            self.currentNodeChanged.emit(self.currentNode())
            self.currentNodeIDChanged.emit(nodeID)

    def _onActivated(self, index: int) -> None:
        key, verb = self._combo.itemData(index)
        if key != ACTION:
            self._choose("" if key == CHOOSE_NONE else key)
            self.nodeActivated.emit(self.currentNode())
        elif verb == "Create new":
            self.nodeAddedByUser.emit(self.addNode())
        elif verb == "Delete":
            self.removeCurrentNode()

    def currentNode(self) -> Any:
        return self._scene.GetNodeByID(self._currentID) if self._scene is not None and self._currentID else None

    def setCurrentNode(self, node: Any) -> None:
        self.setCurrentNodeID(node if isinstance(node, str) else node.GetID() if node is not None else "")

    def setCurrentNodeID(self, nodeID: str | None) -> None:
        known = [node.GetID() for node in self._nodes()]
        if nodeID in known:
            self._choose(nodeID)
        elif self._options["noneEnabled"] or not nodeID:
            self._choose("")

    def setCurrentNodeIndex(self, index: int) -> None:
        self.setCurrentNode(self.nodeFromIndex(index))

    def nodeFromIndex(self, index: int) -> Any:
        nodes = self._nodes()
        return nodes[index] if 0 <= index < len(nodes) else None

    def nodeCount(self) -> int:
        return len(self._nodes())

    def addNode(self, nodeType: str = "") -> Any:
        kind = nodeType or self._options["nodeTypes"][0]
        node = self._scene.AddNewNodeByClass(kind, self._options["baseName"])
        if self._options["selectNodeUponCreation"]:
            self.setCurrentNode(node)
        return node

    def removeCurrentNode(self) -> None:
        if self.currentNode() is not None:
            self._scene.RemoveNode(self.currentNode())

    def addAttribute(self, nodeType: str, name: str, value: Any = None) -> None:
        self._attributes.append((nodeType, name, value))
        self._update()

    def removeAttribute(self, nodeType: str, name: str) -> None:
        self._attributes = [entry for entry in self._attributes if entry[:2] != (nodeType, name)]
        self._update()

    def _option(name: str, kind: Any) -> Property:  # noqa: N805 - builds the properties below.
        def change(self: NodeComboBox, value: Any) -> None:
            self._options[name] = value
            self._update()

        return Property(kind, lambda self: self._options[name], change)

    nodeTypes = _option("nodeTypes", "QStringList")
    hideChildNodeTypes = _option("hideChildNodeTypes", "QStringList")
    noneEnabled, showHidden = _option("noneEnabled", bool), _option("showHidden", bool)
    showChildNodeTypes, addEnabled = _option("showChildNodeTypes", bool), _option("addEnabled", bool)
    removeEnabled, renameEnabled = _option("removeEnabled", bool), _option("renameEnabled", bool)
    editEnabled, noneDisplay = _option("editEnabled", bool), _option("noneDisplay", str)
    baseName, selectNodeUponCreation = _option("baseName", str), _option("selectNodeUponCreation", bool)
    currentNodeID = Property(str, lambda self: self._currentID, setCurrentNodeID)
    currentNodeId = Property(str, lambda self: self._currentID, setCurrentNodeID)
