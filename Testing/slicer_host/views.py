"""Layout, slice, table and plot views: real slice logic and view nodes, nothing drawn."""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtWidgets import QTableView, QWidget

from .mrml_widgets import SceneWidget
from .pythonqt import simulates, simulation

SLICE_VIEWS = ("Red", "Yellow", "Green")


@simulates("qMRMLSliceWidget")
class SliceWidget(SceneWidget):
    """A slice view on a vtkMRMLSliceLogic."""

    def __init__(self, parent: QWidget | None = None, logic: Any = None) -> None:
        super().__init__(parent)
        self._logic = logic
        self._view = simulation("qMRMLSliceView")(self)
        self._controller = simulation("qMRMLSliceControllerWidget")(self)

    def sliceLogic(self) -> Any:
        return self._logic

    logic = sliceLogic

    def mrmlSliceNode(self) -> Any:
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self) -> Any:
        return self._logic.GetSliceCompositeNode()

    def fitSliceToBackground(self) -> None:
        self._logic.FitSliceToBackground()

    def sliceView(self) -> QWidget:
        return self._view

    def sliceController(self) -> QWidget:
        return self._controller

    sliceViewName = Property(str, lambda self: self.mrmlSliceNode().GetLayoutName())


@simulates("qMRMLTableView")
class TableView(QTableView):
    """Knows its table node."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table: Any = None

    def mrmlTableNode(self) -> Any:
        return self._table

    def setMRMLTableNode(self, node: Any) -> None:
        self._table = node


@simulates("qMRMLTableWidget")
class TableWidget(SceneWidget):
    """A table view and its view node."""

    def __init__(self, parent: QWidget | None = None, node: Any = None) -> None:
        super().__init__(parent)
        self._node, self._view = node, simulation("qMRMLTableView")(self)

    def tableView(self) -> QWidget:
        return self._view

    def mrmlTableViewNode(self) -> Any:
        return self._node


@simulates("qMRMLPlotWidget")
class PlotWidget(SceneWidget):
    """A plot view and its view node."""

    def __init__(self, parent: QWidget | None = None, node: Any = None) -> None:
        super().__init__(parent)
        self._node, self._view = node, simulation("qMRMLPlotView")(self)

    def plotView(self) -> QWidget:
        return self._view

    def mrmlPlotViewNode(self) -> Any:
        return self._node


@simulates("qSlicerLayoutManager", "qMRMLLayoutManager")
class LayoutManager(QObject):
    """Three slice views; table and plot views as the scene has view nodes of them."""

    layoutChanged = Signal(int)
    signatures = {"layoutChanged": ("int",)}

    def __init__(self, scene: Any, applicationLogic: Any) -> None:
        super().__init__()
        self._scene = scene
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLScene(scene)
        self._sliceLogics = vtk.vtkCollection()
        applicationLogic.SetSliceLogics(self._sliceLogics)
        self._slices = {}
        for name in SLICE_VIEWS:
            logic = slicer.vtkMRMLSliceLogic()
            logic.SetMRMLApplicationLogic(applicationLogic)
            logic.SetMRMLScene(scene)
            logic.AddSliceNode(name)
            self._sliceLogics.AddItem(logic)
            self._slices[name] = simulation("qMRMLSliceWidget")(None, logic)
        self._views: dict[str, QWidget] = {}
        self.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)

    def close(self) -> None:
        """Let go of the scene."""
        for logic in [self._sliceLogics.GetItemAsObject(number) for number in range(len(SLICE_VIEWS))]:
            logic.SetMRMLScene(None)
        self._logic.SetMRMLScene(None)

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

    def setLayout(self, layout: int) -> None:
        if layout != self._layout():
            self._logic.GetLayoutNode().SetViewArrangement(int(layout))
            self.layoutChanged.emit(int(layout))

    def _layout(self) -> int:
        return self._logic.GetLayoutNode().GetViewArrangement()

    def _view(self, index: int, kind: str) -> QWidget | None:
        node = self._scene.GetNthNodeByClass(index, f"vtkMRML{kind}ViewNode")
        if node is None:
            return None
        if node.GetID() not in self._views:
            self._views[node.GetID()] = simulation(f"qMRML{kind}Widget")(None, node)
        return self._views[node.GetID()]

    def tableWidget(self, index: int) -> QWidget | None:
        return self._view(index, "Table")

    def plotWidget(self, index: int) -> QWidget | None:
        return self._view(index, "Plot")

    def _count(kind: str) -> Property:  # noqa: N805 - builds the properties below.
        return Property(int, lambda self: self._scene.GetNumberOfNodesByClass(f"vtkMRML{kind}ViewNode"))

    layout = Property(int, _layout, setLayout)
    tableViewCount, plotViewCount, threeDViewCount = _count("Table"), _count("Plot"), Property(int, lambda self: 0)
