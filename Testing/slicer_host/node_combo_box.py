"""qMRMLNodeComboBox: a real QComboBox on a real item model, so that Qt itself decides what is current.

As in Libs/MRML/Widgets/qMRMLNodeComboBox.cxx and qMRMLSceneModel.cxx: None on top, nodes, then entries that act.
"""

from __future__ import annotations

from typing import Any

import slicer
from PySide6.QtCore import Property, QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QApplication, QComboBox, QHBoxLayout, QWidget

from .observing import Observations
from .pythonqt import overrides, simulates

Scene = slicer.vtkMRMLScene
ID, KIND = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
NODE, NONE = "node", "none"


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

    # Whether what was imported comes into the list at EndBatchProcessEvent instead of EndImportEvent.
    fillsLate = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: Any = None
        self._options: dict[str, Any] = {
            "nodeTypes": [], "noneEnabled": False, "showHidden": False, "showChildNodeTypes": True,
            "hideChildNodeTypes": [], "addEnabled": True, "removeEnabled": True, "renameEnabled": False,
            "editEnabled": False, "noneDisplay": "None", "baseName": "", "selectNodeUponCreation": True,
        }  # fmt: skip
        self._attributes: list[tuple[str, str, Any]] = []
        self._switching = self._imported = False
        self._requested = ""
        self.observations = Observations(self)
        self._model = QStandardItemModel(self)
        self._combo = QComboBox(self)
        self._combo.setModel(self._model)
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._combo.currentTextChanged.connect(lambda _: self._emitCurrent())
        self._combo.activated.connect(self._onActivated)
        self._model.rowsRemoved.connect(lambda *_: self._dropHidden())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._combo)
        self.setEnabled(False)

    # The scene

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self._scene:
            return
        wanted = self.currentNodeID or self._requested
        self._switching = True
        self._scene = scene
        self._refill()
        self._switching = False
        self._observe(scene)
        self._setNone()
        self._setActions()
        # Without None, Qt made the first of the nodes that were there already the current one.
        self.setCurrentNodeID(wanted or self.currentNodeID)
        self._requested = ""
        self.setEnabled(scene is not None)

    def _observe(self, scene: Any) -> None:
        self.observations.move("added", scene, (Scene.NodeAddedEvent,), self._onNodeAdded, True, 10.0)
        self.observations.move("removed", scene, (Scene.NodeAboutToBeRemovedEvent,), self._onNodeRemoved, True, -10.0)
        self.observations.move("closed", scene, (Scene.EndCloseEvent,), self._refill)
        self.observations.move("imported", scene, (Scene.EndImportEvent,), self._onImported)
        self.observations.move("batch", scene, (Scene.EndBatchProcessEvent,), self._onBatch)

    def _onNodeAdded(self, node: Any) -> None:
        if not self._scene.IsImporting():
            self._addNode(node)

    def _onNodeRemoved(self, node: Any) -> None:
        row = self._rowOf(node.GetID())
        if row is None or self._scene.IsClosing():
            return
        self.observations.end(node.GetID())
        self.nodeAboutToBeRemoved.emit(node)
        self._model.removeRow(row)

    def _onImported(self) -> None:
        """What was imported is in the list only now, and nothing of it is chosen."""
        self._imported = self.fillsLate
        if not self.fillsLate:
            self._refill()

    def _onBatch(self) -> None:
        if self._imported:
            self._imported = False
            self._refill()

    def _refill(self) -> None:
        """All nodes out, all nodes in again: what was chosen is not chosen any more."""
        rows = self._nodeRows()
        for row in rows:
            self.observations.end(self._model.item(row).data(ID))
        if rows:
            self._model.removeRows(rows[0], len(rows))
        for number in range(self._scene.GetNumberOfNodes() if self._scene is not None else 0):
            self._addNode(self._scene.GetNthNode(number))

    def _addNode(self, node: Any) -> None:
        if self._scene is None or self._rowOf(node.GetID()) is not None:
            return
        self.observations.move(node.GetID(), node, ("ModifiedEvent",), lambda: self._onNodeModified(node))
        if self._accepts(node):
            self._insertNode(node)

    def _insertNode(self, node: Any) -> None:
        rows = self._nodeRows()
        item = QStandardItem(node.GetName() or "")
        item.setData(node.GetID(), ID)
        item.setData(NODE, KIND)
        self._model.insertRow(rows[-1] + 1 if rows else int(self._hasNone()), item)
        self.nodeAdded.emit(node)

    def _onNodeModified(self, node: Any) -> None:
        if self._scene is None or self._scene.IsClosing() or self._scene.IsImporting() or node.GetScene() is None:
            return
        row, accepted = self._rowOf(node.GetID()), self._accepts(node)
        if row is None and accepted:
            self._insertNode(node)
        elif row is not None and not accepted:
            self._model.removeRow(row)
        elif row is not None and self._model.item(row).text() != (node.GetName() or ""):
            self._model.item(row).setText(node.GetName() or "")

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

    # The list

    def _nodeRows(self) -> list[int]:
        return [row for row in range(self._model.rowCount()) if self._model.item(row).data(KIND) == NODE]

    def _rowOf(self, nodeID: str | None) -> int | None:
        return next((row for row in self._nodeRows() if self._model.item(row).data(ID) == nodeID), None)

    def _hasNone(self) -> bool:
        return self._model.rowCount() > 0 and self._model.item(0).data(KIND) == NONE

    def _setNone(self) -> None:
        """The entry None, where it is wanted."""
        if self._scene is None:
            return
        if self._hasNone():
            self._model.removeRow(0)
        if self._options["noneEnabled"]:
            item = QStandardItem(self._options["noneDisplay"])
            item.setData(NONE, KIND)
            self._model.insertRow(0, item)

    def _setActions(self) -> None:
        """Entries that do something; they are there also when nothing else is, so that no node is chosen by itself."""
        if self._scene is None:
            return
        for row in reversed(range(self._model.rowCount())):
            if self._model.item(row).data(KIND) not in (NODE, NONE):
                self._model.removeRow(row)
        current = self._combo.currentIndex()
        options, kinds = self._options, self._options["nodeTypes"]
        label = kinds[0].removeprefix("vtkMRML").removesuffix("Node") if len(kinds) == 1 else "node"
        verbs = [("Rename current", "renameEnabled"), ("Edit current", "editEnabled"), ("Create new", "addEnabled")]
        entries = [verb for verb, option in (*verbs, ("Delete current", "removeEnabled")) if options[option]]
        for verb in ["", *entries] if entries else []:
            item = QStandardItem(f"{verb} {label}" if verb else "")
            item.setData(verb or "separator", KIND)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self._model.appendRow(item)
        self._combo.setCurrentIndex(current)

    def _dropHidden(self) -> None:
        if self.currentNode() is None and not self._switching:
            self.setCurrentNode(None)

    def _emitCurrent(self) -> None:
        if self._switching:
            return
        index, node, none = self._combo.currentIndex(), self.currentNode(), self._options["noneEnabled"]
        if node is None and index != (0 if none else -1):
            last = self.nodeFromIndex(self.nodeCount() - 1)
            if last is not None:
                self.setCurrentNode(last)
            return
        self.currentNodeChanged.emit(node)
        self.currentNodeIDChanged.emit(node.GetID() if node is not None else "")

    def _onActivated(self, index: int) -> None:
        """Also what the program chooses is activated, when it was not the current one."""
        item = self._model.item(index)
        kind = item.data(KIND) if item is not None else ""
        if kind in (NODE, NONE):
            self.nodeActivated.emit(self.currentNode())
        elif kind == "Create new":
            self.nodeAddedByUser.emit(self.addNode())
        elif kind == "Delete current":
            self.removeCurrentNode()
        elif kind == "Rename current":
            self.renameCurrentNode()

    # What Python calls

    def currentNode(self) -> Any:
        item = self._model.item(self._combo.currentIndex()) if self._combo.currentIndex() >= 0 else None
        nodeID = item.data(ID) if item is not None else ""
        return self._scene.GetNodeByID(nodeID) if self._scene is not None and nodeID else None

    def _currentID(self) -> str:
        node = self.currentNode()
        return node.GetID() if node is not None else ""

    def setCurrentNode(self, node: Any) -> None:
        self.setCurrentNodeID(node if isinstance(node, str) else node.GetID() if node is not None else "")

    def setCurrentNodeID(self, nodeID: str | None) -> None:
        if self._scene is None:
            self._requested = nodeID or ""
        row = self._rowOf(nodeID)
        view = self._combo.view()
        if row is None:
            none = self._hasNone()
            view.setCurrentIndex(self._model.index(0, 0) if none else QModelIndex())
            self._combo.setCurrentIndex(0 if none else -1)
        elif view.currentIndex() != self._model.index(row, 0) or self._combo.currentIndex() != row:
            view.setCurrentIndex(self._model.index(row, 0))
            key = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Enter, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(view, key)

    def setCurrentNodeIndex(self, index: int) -> None:
        self._combo.setCurrentIndex((index if index < self.nodeCount() else -1) + int(self._hasNone()))

    def nodeFromIndex(self, index: int) -> Any:
        rows = self._nodeRows()
        if self._scene is None or not 0 <= index < len(rows):
            return None
        return self._scene.GetNodeByID(self._model.item(rows[index]).data(ID))

    def nodeCount(self) -> int:
        return len(self._nodeRows()) if self._scene is not None else 0

    def addNode(self, nodeType: str = "") -> Any:
        kind = nodeType or self._options["nodeTypes"][0]
        node = self._scene.AddNewNodeByClass(kind, self._options["baseName"])
        if self._options["selectNodeUponCreation"]:
            self.setCurrentNode(node)
        return node

    def removeCurrentNode(self) -> None:
        if self.currentNode() is not None:
            self._scene.RemoveNode(self.currentNode())

    def renameCurrentNode(self) -> None:
        node = self.currentNode()
        name = overrides[("QInputDialog", "getText")](self, "Rename", "New name:") if node is not None else ""
        if name:
            node.SetName(name)
            self.currentNodeRenamed.emit(name)

    def addAttribute(self, nodeType: str, name: str, value: Any = None) -> None:
        self._attributes.append((nodeType, name, value))
        self._filterAgain()

    def removeAttribute(self, nodeType: str, name: str) -> None:
        self._attributes = [entry for entry in self._attributes if entry[:2] != (nodeType, name)]
        self._filterAgain()

    def _filterAgain(self) -> None:
        for number in range(self._scene.GetNumberOfNodes() if self._scene is not None else 0):
            self._onNodeModified(self._scene.GetNthNode(number))

    def _option(name: str, kind: Any, update: str = "_setActions") -> Property:  # noqa: N805 - builds the properties.
        def change(self: NodeComboBox, value: Any) -> None:
            if self._options[name] != value:
                self._options[name] = value
                getattr(self, update)()

        return Property(kind, lambda self: self._options[name], change)

    def _setTypes(self, kinds: list[str]) -> None:
        self._options["nodeTypes"] = [kind for kind in kinds if kind]
        self._filterAgain()
        self._setActions()

    nodeTypes = Property("QStringList", lambda self: self._options["nodeTypes"], _setTypes)
    hideChildNodeTypes = _option("hideChildNodeTypes", "QStringList", "_filterAgain")
    showHidden = _option("showHidden", bool, "_filterAgain")
    showChildNodeTypes = _option("showChildNodeTypes", bool, "_filterAgain")
    noneEnabled, noneDisplay = _option("noneEnabled", bool, "_setNone"), _option("noneDisplay", str, "_setNone")
    addEnabled, removeEnabled = _option("addEnabled", bool), _option("removeEnabled", bool)
    renameEnabled, editEnabled = _option("renameEnabled", bool), _option("editEnabled", bool)
    baseName, selectNodeUponCreation = _option("baseName", str), _option("selectNodeUponCreation", bool)
    currentNodeID = Property(str, _currentID, setCurrentNodeID)
    currentNodeId = Property(str, _currentID, setCurrentNodeID)
