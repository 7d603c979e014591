"""Draws clicks, lines and boxes into slice views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import vtk

POSITIVE, NEGATIVE = (0.2, 0.9, 0.3), (1.0, 0.25, 0.2)  # red, green, blue
POINT_SIZE, LINE_WIDTH = 8, 2  # pixels of a screen of common density


@dataclass(frozen=True)
class PromptShape:
    """Something that was said, in places of a view: a point, or a line through several."""

    places: Sequence[tuple[float, float]]
    isPositive: bool = True


class PromptActors:
    """What is drawn in one slice view.

    Args:
        scriptedEffect: gives the view's renderer.
        viewWidget: the qMRMLSliceWidget.
    """

    def __init__(self, scriptedEffect: Any, viewWidget: Any) -> None:
        self._effect = scriptedEffect
        self._view = viewWidget
        self._drawn = {isPositive: _Drawing(color) for isPositive, color in ((True, POSITIVE), (False, NEGATIVE))}
        for drawing in self._drawn.values():
            scriptedEffect.addActor2D(viewWidget, drawing.actor)

    def draw(self, shapes: Sequence[PromptShape], density: float = 1.0) -> None:
        """These, and nothing else; `density` are the view's pixels for each one of a screen of common density."""
        for isPositive, drawing in self._drawn.items():
            drawing.scale(density)
            drawing.set([shape.places for shape in shapes if shape.isPositive is isPositive])
        self._effect.scheduleRender(self._view)

    def remove(self) -> None:
        """Draw nothing any more."""
        for drawing in self._drawn.values():
            self._effect.removeActor2D(self._view, drawing.actor)


class _Drawing:
    """Points and lines of one colour."""

    def __init__(self, color: tuple[float, float, float]) -> None:
        self._data = vtk.vtkPolyData()
        mapper = vtk.vtkPolyDataMapper2D()
        mapper.SetInputData(self._data)
        self.actor = vtk.vtkActor2D()
        self.actor.SetMapper(mapper)
        look = self.actor.GetProperty()
        look.SetColor(*color)

    def scale(self, density: float) -> None:
        self.actor.GetProperty().SetPointSize(POINT_SIZE * density)
        self.actor.GetProperty().SetLineWidth(LINE_WIDTH * density)

    def set(self, lines: Sequence[Sequence[tuple[float, float]]]) -> None:
        points, vertices, segments = vtk.vtkPoints(), vtk.vtkCellArray(), vtk.vtkCellArray()
        for places in lines:
            ids = [points.InsertNextPoint(x, y, 0.0) for x, y in places]
            cells = vertices if len(ids) == 1 else segments
            cells.InsertNextCell(len(ids))
            for one in ids:
                cells.InsertCellPoint(one)
        self._data.SetPoints(points)
        self._data.SetVerts(vertices)
        self._data.SetLines(segments)
        self._data.Modified()
