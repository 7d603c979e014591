"""Slice, table and plot views: real slice logic and view nodes, nothing drawn."""

from __future__ import annotations

from typing import Any

import vtk
from PySide6.QtCore import Property
from PySide6.QtWidgets import QTableView, QWidget

from .mrml_widgets import SceneWidget
from .pythonqt import simulates, simulation


@simulates("qMRMLSliceView")
class SliceView(QWidget):
    """Holds what effects put into the view; `renderer` draws nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.renderer = vtk.vtkRenderer()

    def scheduleRender(self) -> None:
        """Nothing is drawn."""


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

    viewNode = mrmlSliceNode

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

    viewNode = mrmlTableViewNode


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

    viewNode = mrmlPlotViewNode
