"""The list of segments, and masks that a test paints with."""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6.QtCore import Property, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from .mrml_widgets import SceneWidget
from .pythonqt import simulates

SEGMENT_EVENTS = (
    "ModifiedEvent",
    slicer.vtkSegmentation.SegmentAdded,
    slicer.vtkSegmentation.SegmentRemoved,
    slicer.vtkSegmentation.SegmentModified,
)


@simulates("qMRMLSegmentsTableView")
class SegmentsTable(SceneWidget):
    """Colour and name of each segment."""

    selectionChanged = Signal(object, object)
    signatures = {"selectionChanged": ("QItemSelection,QItemSelection",)}

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._segmentation: Any = None
        self._rows: list[tuple] = []
        self.table = QTableWidget(0, 2, self)
        self.table.setObjectName("SegmentsTable")
        self.table.setHorizontalHeaderLabels(["Colour", "Name"])
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setMaximumHeight(150)
        self.table.itemSelectionChanged.connect(lambda: self.selectionChanged.emit(None, None))
        self.table.itemChanged.connect(self._onRenamed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)

    def segmentationNode(self) -> Any:
        return self._segmentation

    def setSegmentationNode(self, node: Any) -> None:
        self._segmentation = node
        self.observations.move("segments", node, SEGMENT_EVENTS, self.refill)
        self.refill()

    def _shown(self) -> list[tuple]:
        """What the table shows of each segment."""
        segments = [self._segmentation.GetSegmentation().GetSegment(key) for key in self._ids()]
        return [(key, item.GetName(), item.GetColor()) for key, item in zip(self._ids(), segments, strict=True)]

    def _ids(self) -> list[str]:
        segmentation = self._segmentation.GetSegmentation() if self._segmentation is not None else None
        if segmentation is None:
            return []
        return [segmentation.GetNthSegmentID(number) for number in range(segmentation.GetNumberOfSegments())]

    def refill(self) -> None:
        """Show the segments as they are now; a frame of a sequence may bring others."""
        if self._shown() == self._rows:
            return
        selected, self._rows = self.selectedSegmentIDs(), self._shown()
        with QSignalBlocker(self.table):
            self.table.setRowCount(0)
            for row, (segmentID, title, rgb) in enumerate(self._rows):
                self.table.insertRow(row)
                colour, name = QTableWidgetItem(), QTableWidgetItem(title)
                colour.setBackground(QColor.fromRgbF(*rgb))
                colour.setFlags(colour.flags() & ~Qt.ItemFlag.ItemIsEditable)
                name.setData(Qt.ItemDataRole.UserRole, segmentID)
                self.table.setItem(row, 0, colour)
                self.table.setItem(row, 1, name)
        self.setSelectedSegmentIDs(selected)
        if selected != self.selectedSegmentIDs():
            self.selectionChanged.emit(None, None)

    def _onRenamed(self, item: QTableWidgetItem) -> None:
        if item.column() == 1:
            segmentID = item.data(Qt.ItemDataRole.UserRole)
            self._segmentation.GetSegmentation().GetSegment(segmentID).SetName(item.text())

    def selectedSegmentIDs(self) -> list[str]:
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        return [self.table.item(row, 1).data(Qt.ItemDataRole.UserRole) for row in rows]

    def setSelectedSegmentIDs(self, wanted: list[str]) -> None:
        with QSignalBlocker(self.table):
            self.table.clearSelection()
            for row, segmentID in enumerate(self._ids()):
                if segmentID in wanted:
                    self.table.selectRow(row)

    segmentCount = Property(int, lambda self: len(self._ids()))


def maskImage(mask: Any, volume: Any) -> Any:
    """A modifier labelmap with the geometry of a volume; mask is (rows, columns) or (slices, rows, columns)."""
    from vtk.util.numpy_support import numpy_to_vtk

    pixels = (mask.reshape(-1, *mask.shape[-2:]) != 0).astype("uint8")
    image, matrix = slicer.vtkOrientedImageData(), vtk.vtkMatrix4x4()
    image.SetDimensions(pixels.shape[2], pixels.shape[1], pixels.shape[0])
    image.GetPointData().SetScalars(numpy_to_vtk(pixels.ravel(), deep=1))
    volume.GetIJKToRASMatrix(matrix)
    image.SetGeometryFromImageToWorldMatrix(matrix)
    return image
