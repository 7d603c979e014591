"""The segment editor: real editor logic and parameter node, a plain table and plain effect buttons.

Effects do nothing in views, since there are none: ``paint`` edits the selected segment as an effect does.
"""

from __future__ import annotations

from typing import Any

import slicer
from PySide6.QtCore import Property, QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QGroupBox, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from .ctk_layout import FlowLayout
from .mrml_widgets import NodeComboBox, SceneWidget
from .pythonqt import simulates, simulation
from .segments_table import SegmentsTable

# In the order of Slicer's own Segment Editor.
EFFECTS = (
    *("Threshold", "Paint", "Draw", "Erase", "Level tracing", "Grow from seeds", "Fill between slices", "Margin"),
    *("Hollow", "Smoothing", "Scissors", "Islands", "Logical operators", "Mask volume"),
)
REFERENCE_ROLE = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()


@simulates("qSlicerSegmentEditorAbstractEffect")
class Effect(QObject):
    """An effect by name, with its parameters in the editor's parameter node."""

    def __init__(self, name: str, parent: SegmentEditor) -> None:
        super().__init__(parent)
        self._name, self._editor = name, parent

    def setParameter(self, name: str, value: Any) -> None:
        self.setCommonParameter(f"{self._name}.{name}", value)

    def setCommonParameter(self, name: str, value: Any) -> None:
        self._editor.mrmlSegmentEditorNode().SetAttribute(name, str(value))

    def parameter(self, name: str) -> str:
        node = self._editor.mrmlSegmentEditorNode()
        return node.GetAttribute(f"{self._name}.{name}") or node.GetAttribute(name) or ""

    def integerParameter(self, name: str) -> int:
        return int(float(self.parameter(name) or 0))

    def doubleParameter(self, name: str) -> float:
        return float(self.parameter(name) or 0)

    name = Property(str, lambda self: self._name)


@simulates("qMRMLSegmentEditorWidget")
class SegmentEditor(SceneWidget):
    """Segments, effects and undo around Slicer's own vtkSlicerSegmentEditorLogic."""

    currentSegmentIDChanged = Signal(str)
    segmentationNodeChanged = Signal(object)
    sourceVolumeNodeChanged = Signal(object)
    signatures = {
        "currentSegmentIDChanged": ("QString",),
        "segmentationNodeChanged": ("vtkMRMLSegmentationNode*",),
        "sourceVolumeNodeChanged": ("vtkMRMLVolumeNode*",),
    }

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.logic = slicer.vtkSlicerSegmentEditorLogic()
        self._node: Any = None
        self._seen: tuple[Any, Any, str] = (None, None, "")
        self._order: list[str] = []
        self._others, self._readOnly = True, False
        self._effects = {name: simulation("qSlicerSegmentEditorAbstractEffect")(name, self) for name in EFFECTS}
        self._buttons: dict[str, QToolButton] = {}
        self._build()
        self.observations.move(
            "history",
            self.logic,
            (self.logic.SegmentationHistoryChangedEvent,),
            self.updateWidgetFromMRML,
        )
        self.updateEffectList()

    def _button(self, name: str, text: str, slot: Any) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.clicked.connect(lambda *_: slot())
        return button

    def _build(self) -> None:
        self._segmentations, self._volumes = NodeComboBox(self), NodeComboBox(self)
        self._segmentations.setObjectName("SegmentationNodeComboBox")
        self._segmentations.nodeTypes = ["vtkMRMLSegmentationNode"]
        self._segmentations.nodeActivated.connect(self.setSegmentationNode)
        self._volumes.setObjectName("SourceVolumeNodeComboBox")
        self._volumes.nodeTypes = ["vtkMRMLScalarVolumeNode"]
        self._volumes.noneEnabled = True
        self._volumes.nodeActivated.connect(self.setSourceVolumeNode)
        self._table = SegmentsTable(self)
        self._table.setObjectName("SegmentsTableView")
        self._table.selectionChanged.connect(lambda *_: self._onRowChosen())
        self._add = self._button("AddSegmentButton", "Add", lambda: self.logic.AddEmptySegment("", 0))
        self._remove = self._button("RemoveSegmentButton", "Remove", self.logic.RemoveSelectedSegment)
        self._show3D = self._button("Show3DButton", "Show 3D", lambda: None)
        self._undo, self._redo = (
            self._button("UndoButton", "Undo", self.undo),
            self._button("RedoButton", "Redo", self.redo),
        )
        self._effectBox = QGroupBox("Effects", self)
        self._effectBox.setObjectName("EffectsGroupBox")
        self._flow = FlowLayout(self._effectBox)
        self._flow.setContentsMargins(4, 4, 4, 4)
        column, segments, history = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        for button in (self._add, self._remove, self._show3D):
            segments.addWidget(button)
        for button in (self._undo, self._redo):
            history.addWidget(button)
        for part in (self._segmentations, self._volumes):
            column.addWidget(part)
        column.addLayout(segments)
        column.addWidget(self._table)
        column.addWidget(self._effectBox)
        column.addLayout(history)

    # Nodes

    def setMRMLScene(self, scene: Any) -> None:
        super().setMRMLScene(scene)
        self._segmentations.setMRMLScene(scene)
        self._volumes.setMRMLScene(scene)
        self.logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        self.logic.SetMRMLScene(scene)
        closed = slicer.vtkMRMLScene.EndCloseEvent
        self.observations.move("closed", scene, (closed,), self.updateWidgetFromMRML)
        self.updateWidgetFromMRML()

    def mrmlSegmentEditorNode(self) -> Any:
        return self._node

    def setMRMLSegmentEditorNode(self, node: Any) -> None:
        if node is self._node:
            return
        self._node = node
        self.logic.SetSegmentEditorNode(node)
        self.observations.move("node", node, ("ModifiedEvent",), self.updateWidgetFromMRML)
        self.updateWidgetFromMRML()

    def segmentationNode(self) -> Any:
        return self._node.GetSegmentationNode() if self._node is not None else None

    def segmentationNodeID(self) -> str:
        node = self.segmentationNode()
        return node.GetID() if node is not None else ""

    def setSegmentationNode(self, node: Any) -> None:
        if node is not self.segmentationNode():
            self.logic.SetSegmentationNode(node)
            self.setActiveEffect(None)

    def setSegmentationNodeID(self, nodeID: str) -> None:
        self.setSegmentationNode(self._scene.GetNodeByID(nodeID) if self._scene else None)

    def sourceVolumeNode(self) -> Any:
        return self._node.GetSourceVolumeNode() if self._node is not None else None

    def sourceVolumeNodeID(self) -> str:
        node = self.sourceVolumeNode()
        return node.GetID() if node is not None else ""

    def setSourceVolumeNode(self, node: Any) -> None:
        self.logic.SetSourceVolumeNode(node)

    def setSourceVolumeNodeID(self, nodeID: str) -> None:
        self.setSourceVolumeNode(self._scene.GetNodeByID(nodeID) if self._scene else None)

    def currentSegmentID(self) -> str:
        return (self._node.GetSelectedSegmentID() or "") if self._node is not None else ""

    def setCurrentSegmentID(self, segmentID: str) -> None:
        if self._node is not None:
            self._node.SetSelectedSegmentID(segmentID)

    def selectNextSegment(self) -> None:
        self.logic.SelectNextSegment(True)

    def selectPreviousSegment(self) -> None:
        self.logic.SelectPreviousSegment(True)

    def _onRowChosen(self) -> None:
        chosen = self._table.selectedSegmentIDs()
        if self._node is not None and self.currentSegmentID() != (chosen[0] if chosen else ""):
            self._node.SetSelectedSegmentID(chosen[0] if chosen else None)
            if not chosen:  # Effects that work on one segment end when none is selected.
                self.setActiveEffect(None)

    # Effects

    def availableEffectNames(self) -> list[str]:
        return list(EFFECTS)

    def effectByName(self, name: str) -> Effect | None:
        return self._effects.get(name)

    def effectByIndex(self, index: int) -> Effect | None:
        return self._effects[EFFECTS[index]] if 0 <= index < len(EFFECTS) else None

    def effectCount(self) -> int:
        return len(EFFECTS)

    def effectNameOrder(self) -> list[str]:
        return self._order

    def setEffectNameOrder(self, names: list[str]) -> None:
        self._order = list(names)
        self.updateEffectList()

    def updateEffectList(self) -> None:
        """Ordered effects first; the others only when they are wanted."""
        ordered = [name for name in self._order if name in EFFECTS]
        shown = ordered + [name for name in EFFECTS if name not in ordered and self._others]
        for button in self._buttons.values():
            button.hide()
            button.setParent(None)
            button.deleteLater()
        self._buttons = {}
        for name in shown:
            button = QToolButton(self._effectBox)
            button.setText(name)
            button.setObjectName(name)
            button.setCheckable(True)
            button.clicked.connect(lambda on, name=name: self.setActiveEffectByName(name if on else ""))
            self._buttons[name] = button
            self._flow.addWidget(button)
        self.updateWidgetFromMRML()

    def activeEffect(self) -> Effect | None:
        return self._effects.get((self._node.GetActiveEffectName() or "") if self._node is not None else "")

    def setActiveEffect(self, effect: Effect | None) -> None:
        if self._node is not None:
            self._node.SetActiveEffectName(effect.name if effect is not None else "")

    def setActiveEffectByName(self, name: str) -> None:
        self.setActiveEffect(self.effectByName(name))

    def _nothing(self, *_: Any) -> None:
        """What concerns views only."""

    setupViewObservations = removeViewObservations = rotateSliceViewsToSegmentation = jumpSlices = _nothing
    installKeyboardShortcuts = uninstallKeyboardShortcuts = hideLabelLayer = turnOffLightboxes = _nothing
    showSourceVolumeInSliceViewers = setInteractionNode = setEffectCursor = _nothing

    # History and editing

    def saveStateForUndo(self) -> None:
        self.logic.SaveStateForUndo()

    def undo(self) -> None:
        self.logic.Undo()

    def redo(self) -> None:
        self.logic.Redo()

    def modifySegment(self, image: Any, mode: int) -> None:
        """Edit the selected segment with a modifier labelmap, as an effect does."""
        if not self.isEnabled() or self.activeEffect() is None:
            raise RuntimeError("Painting needs an enabled editor with an active effect")
        if self.sourceVolumeNode() is None or not self.currentSegmentID():
            raise RuntimeError("Painting needs a source volume and a selected segment")
        self.logic.UpdateReferenceGeometryImage()
        self.logic.SaveStateForUndo()
        self.logic.ModifySegmentByLabelmap(self.segmentationNode(), self.currentSegmentID(), image, mode, False, False)

    def updateWidgetFromMRML(self) -> None:
        """Show what the parameter node holds, and say what changed."""
        if self._scene is None or self._scene.IsClosing() or self._scene.IsBatchProcessing():
            return
        segmentation, volume, segment = self.segmentationNode(), self.sourceVolumeNode(), self.currentSegmentID()
        seen, self._seen = self._seen, (segmentation, volume, segment)
        if segmentation is not seen[0]:
            self._table.setSegmentationNode(segmentation)
            if segmentation is not None:
                segmentation.CreateDefaultDisplayNodes()
                self.logic.SetSourceVolumeNode(segmentation.GetNodeReference(REFERENCE_ROLE))
                if segmentation.GetSegmentation().GetNumberOfSegments():
                    self.setCurrentSegmentID(segmentation.GetSegmentation().GetNthSegmentID(0))
        self._table.setSelectedSegmentIDs([segment])
        for box, node in ((self._segmentations, segmentation), (self._volumes, volume)):
            with QSignalBlocker(box):
                box.setCurrentNode(node)
        editable = segmentation is not None and not self._readOnly
        self._effectBox.setEnabled(editable and volume is not None)
        self._add.setEnabled(not self._readOnly and self.logic.CanAddSegments())
        self._remove.setEnabled(editable and bool(segment))
        self._undo.setEnabled(editable and self.logic.CanUndo())
        self._redo.setEnabled(editable and self.logic.CanRedo())
        active = self._node.GetActiveEffectName() if self._node is not None else ""
        for name, button in self._buttons.items():
            button.setEnabled(bool(segment))
            button.setChecked(name == active)
        if segmentation is not seen[0]:
            self.segmentationNodeChanged.emit(segmentation)
        if volume is not seen[1]:
            self.sourceVolumeNodeChanged.emit(volume)
        if segment != seen[2]:
            self.currentSegmentIDChanged.emit(segment)

    # Options

    def setReadOnly(self, locked: bool) -> None:
        self._readOnly = locked
        self.updateWidgetFromMRML()

    def setUnorderedEffectsVisible(self, shown: bool) -> None:
        self._others = shown
        self.updateEffectList()

    def setUndoEnabled(self, enabled: bool) -> None:
        self._undo.setVisible(enabled)
        self._redo.setVisible(enabled)

    def _visibility(*parts: str) -> Property:
        def change(self: SegmentEditor, shown: bool) -> None:
            for part in parts:
                getattr(self, part).setVisible(shown)

        return Property(bool, lambda self: not getattr(self, parts[0]).isHidden(), change)

    readOnly = Property(bool, lambda self: self._readOnly, setReadOnly)
    unorderedEffectsVisible = Property(bool, lambda self: self._others, setUnorderedEffectsVisible)
    undoEnabled = Property(bool, lambda self: not self._undo.isHidden(), setUndoEnabled)
    segmentationNodeSelectorVisible = _visibility("_segmentations")
    sourceVolumeNodeSelectorVisible = _visibility("_volumes")
    masterVolumeNodeSelectorVisible = _visibility("_volumes")
    addRemoveSegmentButtonsVisible = _visibility("_add", "_remove")
    show3DButtonVisible = _visibility("_show3D")
    maximumNumberOfUndoStates = Property(
        int,
        lambda self: self.logic.GetMaximumNumberOfUndoStates(),
        lambda self, count: self.logic.SetMaximumNumberOfUndoStates(count),
    )
