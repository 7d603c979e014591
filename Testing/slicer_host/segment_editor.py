"""The segment editor: real editor logic and parameter node, a plain table and plain effect buttons.

Slicer's own effects do nothing in views: ``paint`` edits the selected segment as one does. Those that a module
registers hear of what a ``ViewMouse`` does.
"""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6.QtCore import Property, QSignalBlocker, QSize, Signal
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

from .editor_keys import EditorKeys
from .effect_options import EffectOptions, MaskingOptions
from .effects import Effect, ScriptedEffect
from .mrml_widgets import SceneWidget
from .node_combo_box import NodeComboBox
from .pythonqt import simulates, simulation
from .segments_table import SegmentsTable
from .values import unwrap

# In the order of Slicer's own Segment Editor.
EFFECTS = (
    *("Threshold", "Paint", "Draw", "Erase", "Level tracing", "Grow from seeds", "Fill between slices", "Margin"),
    *("Hollow", "Smoothing", "Scissors", "Islands", "Logical operators", "Mask volume"),
)
TOOL_WIDTH = 28  # pixels: Slicer's buttons show icons
REFERENCE_ROLE = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()


def _frame(parent: QWidget, name: str) -> QFrame:
    frame = QFrame(parent)
    frame.setObjectName(name)
    return frame


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

    def _scripted(self) -> list[ScriptedEffect]:
        return [effect for effect in self._effects.values() if isinstance(effect, ScriptedEffect)]

    def _giveNode(self, effect: ScriptedEffect) -> None:
        """Defaults of the effect's parameters, and what tells it of changes."""
        effect.setParameterSetNode(self._node)
        effect.setMRMLDefaults()
        events = (self._node.EffectParameterModified,)
        self.observations.move(effect.name, self._node, events, effect.updateGUIFromMRML)

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

    # Effects

    def availableEffectNames(self) -> list[str]:
        return list(self._effects)

    def effectByName(self, name: str) -> Effect | None:
        return self._effects.get(name)

    def effectByIndex(self, index: int) -> Effect | None:
        names = list(self._effects)
        return self._effects[names[index]] if 0 <= index < len(names) else None

    def effectCount(self) -> int:
        return len(self._effects)

    def effectNameOrder(self) -> list[str]:
        return self._order

    def setEffectNameOrder(self, names: list[str]) -> None:
        self._order = list(names)
        self.updateEffectList()

    def updateEffectList(self) -> None:
        """Those that were registered meanwhile too. Ordered effects first; the others only when they are wanted."""
        for effect in unwrap(slicer.qSlicerSegmentEditorEffectFactory.instance()).copies(self._effects):
            self._effects[effect.name] = effect
            effect.setEditor(self)
            if self._node is not None:
                self._giveNode(effect)
            effect.setupOptionsFrame()
            self._options.addFrame(effect.optionsFrame())
        ordered = [name for name in self._order if name in self._effects]
        shown = ordered + [name for name in self._effects if name not in ordered and self._others]
        # Buttons are made once, and only laid out anew.
        for button in self._made.values():
            button.hide()
            self._effectGrid.removeWidget(button)
        self._buttons = {name: self._made.get(name) or self._effectButton(name) for name in shown}
        for number, button in enumerate(self._buttons.values()):
            button.show()
            self._effectGrid.addWidget(button, *divmod(number, self._columns))
        self.updateWidgetFromMRML()

    def _effectButton(self, name: str) -> QToolButton:
        button = self._made[name] = QToolButton(self._effectBox)
        button.setText(name[:2])  # Slicer shows an icon
        button.setToolTip(self._effects[name].title_())
        button.setIcon(self._effects[name].icon_())
        button.setIconSize(QSize(TOOL_WIDTH - 8, TOOL_WIDTH - 8))
        button.setFixedWidth(TOOL_WIDTH)
        button.setObjectName(name)
        button.setCheckable(True)
        button.clicked.connect(lambda on, name=name: self.setActiveEffectByName(name if on else ""))
        return button

    def setEffectColumnCount(self, count: int) -> None:
        self._columns = count

    def activeEffect(self) -> Effect | None:
        return self._active

    def setActiveEffect(self, effect: Effect | None) -> None:
        if self._node is not None:
            self._node.SetActiveEffectName(effect.name if effect is not None else "")

    def setActiveEffectByName(self, name: str) -> None:
        self.setActiveEffect(self.effectByName(name))

    def _nothing(self, *_: Any) -> None:
        """What concerns views only."""

    def setupViewObservations(self) -> None:
        """Hear of what happens in the slice views, and of their being moved."""
        self._observesViews = True
        layout = unwrap(slicer.app.layoutManager())
        for name in layout.sliceViewNames():
            view = layout.sliceWidget(name)
            node, event = view.mrmlSliceNode(), vtk.vtkCommand.ModifiedEvent

            def tell(node: Any = node, event: int = event, view: Any = view) -> None:
                if self._active is not None:
                    self._active.processViewNodeEvents(node, event, view)

            self.observations.move(f"view {name}", node, (event,), tell)

    def removeViewObservations(self) -> None:
        self._observesViews = False
        for name in unwrap(slicer.app.layoutManager()).sliceViewNames():
            self.observations.end(f"view {name}")

    def processEvents(self, interactor: Any, event: int, view: Any) -> bool:
        """Whether the active effect took an event of a view."""
        if not self._observesViews or self._active is None or self._node is None or not self.isEnabled():
            return False
        return self._active.processInteractionEvents(interactor, event, view)

    rotateSliceViewsToSegmentation = jumpSlices = _nothing
    hideLabelLayer = turnOffLightboxes = _nothing
    showSourceVolumeInSliceViewers = setInteractionNode = setEffectCursor = _nothing

    # Keys

    def installKeyboardShortcuts(self, parent: QWidget | None = None) -> None:
        self._keys.install(parent)

    def uninstallKeyboardShortcuts(self) -> None:
        self._keys.uninstall()

    def toggleEffect(self, number: int | None) -> None:
        """The effect of a button, counted as they are shown; no effect for None, or when it is active already."""
        names = list(self._buttons)
        effect = self._effects[names[number]] if number is not None and number < len(names) else None
        if not self._readOnly:
            self.setActiveEffect(None if effect is self._active else effect)

    def toggleLastEffect(self) -> None:
        if not self._readOnly:
            self.setActiveEffect(self._last)

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

    def _showEffect(self, usable: bool, selected: bool) -> None:
        self._effectBox.setEnabled(usable)
        active = self._effects.get(self._node.GetActiveEffectName() or "")
        for name, button in self._buttons.items():
            button.setEnabled(selected)
            button.setChecked(active is not None and name == active.name)
        if active is not self._active:
            self._change(active)

    def _change(self, active: Effect | None) -> None:
        """In the order of Slicer: the new effect is asked for its cursor last, and is the active one only then."""
        if self._active is not None:
            self._active.deactivate()
        if active is None:
            self.removeViewObservations()
        else:
            self.setupViewObservations()
            active.activate()
        isScripted = isinstance(active, ScriptedEffect)
        help_ = active.helpText() if isScripted else ""
        self._options.show_("" if active is None else active.title_(), "" if active is None else active.name, help_)
        self._masking.setVisible(active is not None)
        for name in unwrap(slicer.app.layoutManager()).sliceViewNames():
            view = unwrap(slicer.app.layoutManager()).sliceWidget(name)
            cursor = active.createCursor(view) if isScripted else None
            view.sliceView().setCursor(cursor) if cursor is not None else view.sliceView().unsetCursor()
        self._last, self._active = self._active, active

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

    effectColumnCount = Property(int, lambda self: self._columns, setEffectColumnCount)
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
