"""qSlicerLayoutManager: which views a layout shows, from Slicer's own vtkMRMLLayoutLogic.

A view has a widget from the moment that its node is in the scene; only those of the current layout are shown.
"""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from .observing import Observations
from .pythonqt import simulates, simulation
from .record import RECORD

SLICE_VIEWS = ("Red", "Yellow", "Green")
VIEW_KINDS = ("Table", "Plot")


@simulates("qSlicerLayoutManager", "qMRMLLayoutManager")
class LayoutManager(QObject):
    """Three slice views; table and plot views as the scene has view nodes of them."""

    layoutChanged = Signal(int)
    signatures = {"layoutChanged": ("int",)}

    def __init__(self, scene: Any, applicationLogic: Any) -> None:
        super().__init__()
        self._scene = scene
        self.viewport = QWidget()
        self.viewport.setLayout(QHBoxLayout())
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLScene(scene)
        self._sliceLogics = vtk.vtkCollection()
        applicationLogic.SetSliceLogics(self._sliceLogics)
        self._slices = {name: self._sliceView(name, applicationLogic) for name in SLICE_VIEWS}
        self._views: dict[str, QWidget] = {}
        self._shown = ""
        self.observations = Observations(self)
        self.observations.move("layout", self._logic.GetLayoutNode(), ("ModifiedEvent",), self._update)
        self.observations.move("batch", scene, (slicer.vtkMRMLScene.EndBatchProcessEvent,), self._update)
        self.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        self._update()

    def _sliceView(self, name: str, applicationLogic: Any) -> QWidget:
        logic = slicer.vtkMRMLSliceLogic()
        logic.SetMRMLApplicationLogic(applicationLogic)
        logic.SetMRMLScene(self._scene)
        # The view's node is there already, from the layout logic: AddSliceNode would make one outside the scene.
        logic.SetSliceNode(self._scene.GetSingletonNode(name, "vtkMRMLSliceNode"))
        self._sliceLogics.AddItem(logic)
        return self._place(simulation("qMRMLSliceWidget")(None, logic))

    def _place(self, view: QWidget) -> QWidget:
        view.setVisible(False)
        self.viewport.layout().addWidget(view)
        return view

    def close(self) -> None:
        """Let go of the scene."""
        for logic in [self._sliceLogics.GetItemAsObject(number) for number in range(len(SLICE_VIEWS))]:
            logic.SetMRMLScene(None)
        self._logic.SetMRMLScene(None)

    # The layout

    def _node(self) -> Any:
        return self._logic.GetLayoutNode()

    def _update(self) -> None:
        """Show the views of the layout node's description, once it has changed."""
        node = self._node()
        if node is None or self._scene.IsBatchProcessing():
            return
        state = f"{node.GetViewArrangement()}{node.GetCurrentLayoutDescription()}"
        if state == self._shown:
            return
        self._shown = state
        known = node.IsLayoutDescription(node.GetViewArrangement())
        shown = {view.GetID() for view in self._viewNodes()}
        if node.GetViewArrangement() != node.SlicerLayoutNone and not (known and shown):
            RECORD.errors.append(f"Layout {node.GetViewArrangement()} is unknown, no valid XML or without views")
        for view in self._widgets():
            view.setVisible(view.viewNode().GetID() in shown)
        self.layoutChanged.emit(node.GetViewArrangement())

    def _viewNodes(self) -> list[Any]:
        views = self._logic.GetViewNodes()
        return [views.GetItemAsObject(number) for number in range(views.GetNumberOfItems())]

    def _widgets(self) -> list[QWidget]:
        made = [self._view(number, kind) for kind in VIEW_KINDS for number in range(self._count(kind))]
        return [*self._slices.values(), *made]

    def setLayout(self, layout: int) -> None:
        self._node().SetViewArrangement(int(layout))

    def _layout(self) -> int:
        return self._node().GetViewArrangement()

    # What Python calls

    def mrmlScene(self) -> Any:
        return self._scene

    def layoutLogic(self) -> Any:
        return self._logic

    def mrmlSliceLogics(self) -> Any:
        return self._sliceLogics

    def sliceViewNames(self) -> list[str]:
        return list(self._slices)

    def sliceWidget(self, name: str) -> QWidget | None:
        return self._slices.get(name)

    def resetSliceViews(self) -> None:
        for widget in self._slices.values():
            widget.fitSliceToBackground()

    def resetThreeDViews(self) -> None:
        """There are none."""

    def _count(self, kind: str) -> int:
        return self._scene.GetNumberOfNodesByClass(f"vtkMRML{kind}ViewNode")

    def _view(self, index: int, kind: str) -> QWidget | None:
        node = self._scene.GetNthNodeByClass(index, f"vtkMRML{kind}ViewNode")
        if node is None:
            return None
        if node.GetID() not in self._views:
            self._views[node.GetID()] = self._place(simulation(f"qMRML{kind}Widget")(None, node))
        return self._views[node.GetID()]

    def tableWidget(self, index: int) -> QWidget | None:
        return self._view(index, "Table")

    def plotWidget(self, index: int) -> QWidget | None:
        return self._view(index, "Plot")

    layout = Property(int, _layout, setLayout)
    tableViewCount = Property(int, lambda self: self._count("Table"))
    plotViewCount = Property(int, lambda self: self._count("Plot"))
    threeDViewCount = Property(int, lambda self: 0)


def drawnSegmentations(scene: Any, viewNode: Any) -> list[str]:
    """Names of the segmentations that a slice view draws, as vtkMRMLSegmentationsDisplayableManager2D chooses them.

    Whether the slice cuts them is not asked: what is visible in the view counts.
    """
    nodes = [scene.GetNthNodeByClass(number, "vtkMRMLSegmentationNode")
             for number in range(scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode"))]  # fmt: skip
    return [node.GetName() for node in nodes if any(isDrawn(node, display, viewNode) for display in displays(node))]


def displays(node: Any) -> list[Any]:
    """The display nodes of a node."""
    return [node.GetNthDisplayNode(number) for number in range(node.GetNumberOfDisplayNodes())]


def isDrawn(node: Any, display: Any, viewNode: Any) -> bool:
    """Whether a display node shows any segment of its segmentation in a view."""
    if display is None or not display.GetVisibility() or not display.IsDisplayableInView(viewNode.GetID()):
        return False
    segmentation = node.GetSegmentation()
    names = [segmentation.GetNthSegmentID(number) for number in range(segmentation.GetNumberOfSegments())]
    return any(
        display.GetSegmentVisibility(name)
        and (
            (display.GetVisibility2DFill() and display.GetSegmentVisibility2DFill(name))
            or (display.GetVisibility2DOutline() and display.GetSegmentVisibility2DOutline(name))
        )
        for name in names
    )
