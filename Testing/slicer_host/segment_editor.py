"""The segment editor: real editor logic and parameter node, a plain table and plain effect buttons.

Slicer's own effects do nothing in views: ``paint`` edits the selected segment as one does. Those that a module
registers hear of what a ``ViewMouse`` does.
"""

from __future__ import annotations

from typing import Any

import slicer
from PySide6.QtCore import Property, QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSpacerItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from .editor_effects import EFFECTS, TOOL_WIDTH, EditorEffects
from .editor_keys import EditorKeys
from .effect_options import EffectOptions, MaskingOptions
from .effects import Effect
from .mrml_widgets import SceneWidget
from .node_combo_box import NodeComboBox
from .pythonqt import simulates, simulation
from .segments_table import SegmentsTable

REFERENCE_ROLE = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()


def _frame(parent: QWidget, name: str) -> QFrame:
    frame = QFrame(parent)
    frame.setObjectName(name)
    return frame


@simulates("qMRMLSegmentEditorWidget")
class SegmentEditor(SceneWidget, EditorEffects):
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
        self._shown: Any = None  # The segmentation and the volume that the widget shows.
        self._volume: Any = None
        self._active: Effect | None = None
        self._last: Effect | None = None
        self._keys = EditorKeys(self)
        self._order: list[str] = []
        self._others, self._readOnly, self._columns = True, False, 2
        kind = simulation("qSlicerSegmentEditorAbstractEffect")
        self._effects: dict[str, Effect] = {name: kind(name, self) for name in EFFECTS}
        self._observesViews = False
        self._made: dict[str, QToolButton] = {}
        self._buttons: dict[str, QToolButton] = {}  # of those that are shown, in their order
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
        self._segmentations.renameEnabled = True
        self._segmentations.currentNodeChanged.connect(self._onSegmentationChosen)
        self._volumes.setObjectName("SourceVolumeNodeComboBox")
        self._volumes.nodeTypes = ["vtkMRMLScalarVolumeNode"]
        self._volumes.hideChildNodeTypes = ["vtkMRMLSegmentationNode"]
        self._volumes.noneEnabled, self._volumes.addEnabled = True, False
        self._volumes.currentNodeChanged.connect(self._onVolumeChosen)
        self._segmentations.fillsLate = self._volumes.fillsLate = True
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
        self._effectBox, self._historyBox = _frame(self, "EffectsGroupBox"), _frame(self, "UndoRedoGroupBox")
        self._effectGrid = QGridLayout(self._effectBox)
        self._options, self._masking = EffectOptions(self), MaskingOptions(self)
        # As in qMRMLSegmentEditorWidget.ui: effects and undo to the left of the list and the options.
        listFrame = simulation("ctkExpandableWidget")(self)
        listFrame.setObjectName("SegmentsTableResizableFrame")
        row, history = QHBoxLayout(listFrame), QGridLayout(self._historyBox)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._table)
        for compact in (self._effectGrid, history):
            compact.setContentsMargins(2, 2, 2, 2)
            compact.setSpacing(2)
        for button in (self._undo, self._redo):
            button.setFixedWidth(TOOL_WIDTH)
        history.addWidget(self._undo, 0, 0)
        history.addWidget(self._redo, 0, 1)
        grid, segments, below = QGridLayout(self), QHBoxLayout(), QHBoxLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        left, right, selectors = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        for button in (self._add, self._remove, self._show3D):
            segments.addWidget(button)
        for selector in (self._segmentations, self._volumes):
            selectors.addWidget(selector)
        for column, parts in (
            (left, (self._effectBox, self._historyBox)),
            (right, (listFrame, self._options, self._masking)),
        ):
            for part in parts:
                column.addWidget(part)
            column.addItem(QSpacerItem(20, 40, QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Expanding))
            below.addLayout(column)
        grid.addLayout(selectors, 0, 0)
        grid.addLayout(segments, 1, 0)
        grid.addLayout(below, 3, 0)

    # Nodes

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self._scene:
            return
        with QSignalBlocker(self._segmentations), QSignalBlocker(self._volumes):
            super().setMRMLScene(scene)
            self._segmentations.setMRMLScene(scene)
            self._volumes.setMRMLScene(scene)
        self.logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        self.logic.SetMRMLScene(scene)
        self.updateWidgetFromMRML()
        self.observations.move("closed", scene, (slicer.vtkMRMLScene.EndCloseEvent,), self._onClosed)
        # After the selectors' own observations, so that they have forgotten what was chosen in them.
        self.observations.move("batch", scene, (slicer.vtkMRMLScene.EndBatchProcessEvent,), self._onBatch)

    def _onClosed(self) -> None:
        """The node was reset: the effects get their defaults again."""
        if self._node is not None:
            for effect in self._scripted():
                self._giveNode(effect)
        self.updateWidgetFromMRML()

    def _onBatch(self) -> None:
        """What the selectors show wins, also when they show nothing: it undoes what was set during the batch."""
        if self._node is not None:
            if self._node.GetSegmentationNode() is not self._segmentations.currentNode():
                self.setSegmentationNode(self._segmentations.currentNode())
            if self._node.GetSourceVolumeNode() is not self._volumes.currentNode():
                self.setSourceVolumeNode(self._volumes.currentNode())
        self.updateWidgetFromMRML()

    def _onSegmentationChosen(self, node: Any) -> None:
        if self._scene is not None and not self._scene.IsBatchProcessing():
            self.setSegmentationNode(node)

    def _onVolumeChosen(self, node: Any) -> None:
        if self._scene is not None and not self._scene.IsBatchProcessing():
            self.setSourceVolumeNode(node)

    def mrmlSegmentEditorNode(self) -> Any:
        return self._node

    def setMRMLSegmentEditorNode(self, node: Any) -> None:
        if node is self._node:
            return
        self.observations.move("node", node, ("ModifiedEvent",), self.updateWidgetFromMRML)
        self._node = node
        self.logic.SetSegmentEditorNode(node)
        if node is not None:
            for effect in self._scripted():
                self._giveNode(effect)
            self.updateWidgetFromMRML()

    def segmentationNode(self) -> Any:
        """What the selector shows, which during a batch is not what was set."""
        return self._segmentations.currentNode()

    def segmentationNodeID(self) -> str:
        node = self.segmentationNode()
        return node.GetID() if node is not None else ""

    def setSegmentationNode(self, node: Any) -> None:
        if node is not self.logic.GetSegmentationNode():
            self.logic.SetSegmentationNode(node)
            self.setActiveEffect(None)

    def setSegmentationNodeID(self, nodeID: str) -> None:
        self.setSegmentationNode(self._scene.GetNodeByID(nodeID) if self._scene else None)

    def sourceVolumeNode(self) -> Any:
        return self.logic.GetSourceVolumeNode()

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
        """The only way to currentSegmentIDChanged: what a program selects is not told."""
        chosen = self._table.selectedSegmentIDs()
        segment = chosen[0] if chosen else ""
        if self._node is None or self.currentSegmentID() == segment:
            return
        self._node.SetSelectedSegmentID(segment or None)
        if not segment:  # Effects that work on one segment end when none is selected.
            self.setActiveEffect(None)
        self.updateWidgetFromMRML()
        self.currentSegmentIDChanged.emit(segment)

    # History and editing

    def saveStateForUndo(self) -> None:
        self.logic.SaveStateForUndo()

    def undo(self) -> None:
        self.logic.Undo()

    def redo(self) -> None:
        self.logic.Redo()

    def modifySegment(self, image: Any, mode: int, isSaved: bool = False) -> None:
        """Edit the selected segment with a modifier labelmap, as an effect does; `isSaved`: for undo, by the effect."""
        if not self.isEnabled() or self.activeEffect() is None:
            raise RuntimeError("Painting needs an enabled editor with an active effect")
        if self.sourceVolumeNode() is None or not self.currentSegmentID():
            raise RuntimeError("Painting needs a source volume and a selected segment")
        self.logic.UpdateReferenceGeometryImage()
        if not isSaved:
            self.logic.SaveStateForUndo()
        # An effect draws into a labelmap of the reference geometry: what lies outside is lost.
        reference, modifier = self.logic.GetReferenceGeometryImage(), slicer.vtkOrientedImageData()
        resample = slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage
        resample(image, reference, modifier, False, False)
        segmentation = self.logic.GetSegmentationNode()
        self.logic.ModifySegmentByLabelmap(segmentation, self.currentSegmentID(), modifier, mode, False, False)

    def updateWidgetFromMRML(self) -> None:
        """Show what the parameter node holds, and say what changed; nothing while the scene closes or in a batch."""
        if self._scene is None or self._scene.IsClosing() or self._scene.IsBatchProcessing():
            return
        if self._node is None:
            self._effectBox.setEnabled(False)
            return
        modifying = self._node.StartModify()
        self._showSegmentation()
        self._showVolume()
        segment = self.currentSegmentID()
        self._table.setSelectedSegmentIDs([segment])
        editable = self._shown is not None and not self._readOnly
        self._add.setEnabled(not self._readOnly and self.logic.CanAddSegments())
        self._remove.setEnabled(editable and bool(segment))
        self._undo.setEnabled(editable and self.logic.CanUndo())
        self._redo.setEnabled(editable and self.logic.CanRedo())
        self._showEffect(not self._readOnly and self._node.GetSourceVolumeNode() is not None, bool(segment))
        self._node.EndModify(modifying)

    def _showSegmentation(self) -> None:
        segmentation = self.logic.GetSegmentationNode()
        if segmentation is not self._segmentations.currentNode():
            with QSignalBlocker(self._segmentations):
                self._segmentations.setCurrentNode(segmentation)
        if segmentation is self._shown:
            return
        self._shown = segmentation
        with QSignalBlocker(self._table):
            self._table.setSegmentationNode(segmentation)
        if segmentation is not None:
            self._volumes.setCurrentNode(segmentation.GetNodeReference(REFERENCE_ROLE))
            segmentation.CreateDefaultDisplayNodes()
            if segmentation.GetSegmentation().GetNumberOfSegments():
                self._table.setSelectedSegmentIDs([segmentation.GetSegmentation().GetNthSegmentID(0)])
                self._onRowChosen()
        self.segmentationNodeChanged.emit(segmentation)

    def _showVolume(self) -> None:
        volume = self.logic.GetSourceVolumeNode()
        if self._node.GetSegmentationNode() is None or volume is self._volume:
            return
        self._volume = volume
        with QSignalBlocker(self._volumes):
            self._volumes.setCurrentNode(volume)
        self.sourceVolumeNodeChanged.emit(volume)

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

    effectColumnCount = Property(int, lambda self: self._columns, EditorEffects.setEffectColumnCount)
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
