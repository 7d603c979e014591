"""Slicer's core without its windows: the scene, and the one slice view that shows the frames of its cine.

What the libraries below print is of no use to who starts the page: our own line is to be seen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import slicer
from aiohttp.http_exceptions import HttpProcessingError
from trame_slicer.core import SlicerApp
from trame_slicer.views import SliceView, ViewLayoutDefinition
from vtkmodules.vtkCommonMath import vtkMatrix4x4

VIEW_NAME = "Frame"
BACKGROUND = "#000000"
_NEAREST = 64.0  # pixels of the view for a pixel of the frame
_FARTHEST = 0.25  # of the size at which the whole frame is as large as it can be, or a pixel for a pixel
_KEYS = ("KeyPressEvent", "KeyReleaseEvent", "CharEvent")
_FIRST, _LAST = 2.0, -1.0  # priorities of observers that hear of an event before all others, and after them
_CINE_CLASSES = (
    "vtkMRMLSequenceBrowserNode",
    "vtkMRMLSequenceNode",
    "vtkMRMLSegmentationNode",
    "vtkMRMLVolumeNode",
    "vtkMRMLTableNode",
    "vtkMRMLPlotSeriesNode",
    "vtkMRMLPlotChartNode",
)


class Workspace:
    """Slicer's core without its windows.

    Attributes:
        app: scene, logics and segment editor of trame-slicer.
        view: shows the selected frame; None until `add_view`.
        on_view: called after the view was zoomed, moved or resized.
    """

    def __init__(self) -> None:
        self.app = SlicerApp()
        # Kept here: the application's logic does not own it, and without it no other frame is shown.
        self._sequences = self.app.register_module_logic(slicer.vtkSlicerSequencesLogic())
        self.view: SliceView | None = None
        self.on_view: Callable[[], None] = lambda: None
        self._is_fitted = True
        self._is_fitting = False
        self._is_panning = False
        self._size: tuple[int, int] = (1, 1)
        self._place = (0.0, 0.0, 0.0)

    @property
    def scene(self) -> Any:
        return self.app.scene

    @property
    def zoom_factor(self) -> float:
        """Pixels of the view for each pixel of the frame; 0 without a cine."""
        if self.view is None:
            return 0.0
        volume = self.scene.GetNodeByID(self.view.get_background_volume_id() or "")
        if volume is None:
            return 0.0
        node = self.view.get_view_node()
        return float(node.GetDimensions()[0] / node.GetFieldOfView()[0] * volume.GetSpacing()[0])

    def add_view(self, factory: Any) -> None:
        """Make the view with a factory of trame-slicer; it is the page's template `VIEW_NAME`."""
        self.app.view_manager.register_factory(factory)
        self.view = self.app.view_manager.create_view(ViewLayoutDefinition.axial_view(VIEW_NAME))
        self.app.view_manager.set_current_view_ids([VIEW_NAME])
        self.view.set_background_color_from_string(BACKGROUND)
        for event in _KEYS:  # the page has shortcuts of its own
            self.view.interactor().RemoveObservers(event)
        self._pan_with_shift(self.view.interactor())
        self._size = self.view.get_view_node().GetDimensions()[:2]
        self.view.get_view_node().AddObserver("ModifiedEvent", self._on_view_node)
        self.view.interactor().AddObserver("WindowResizeEvent", self._on_resized, _LAST)

    def hide_brushes(self) -> None:
        """Draw no brush and no stroke that is not painted yet: the page does that itself, and at once."""
        for model in self._nodes("vtkMRMLModelNode"):
            if model.GetDisplayNode() is not None:
                model.GetDisplayNode().SetVisibility2D(False)

    def show(self, volume: Any) -> None:
        """Show a single-slice volume as its pixels lie: columns to the right, rows downwards."""
        if self.view is None:
            return
        self.view.set_background_volume_id(None if volume is None else volume.GetID())
        if volume is not None:
            self._turn_to(volume)
            self.fit()

    def _turn_to(self, volume: Any) -> None:
        """Slicer's own turning keeps as much as it can of how the view lies, so the cine before would have a say."""
        assert self.view is not None
        node, directions = self.view.get_view_node(), vtkMatrix4x4()
        volume.GetIJKToRASDirectionMatrix(directions)
        across, down = ([directions.GetElement(row, column) for row in range(3)] for column in (0, 1))
        through = np.cross(across, down)  # for an axial frame towards the head, as in Slicer's axial view
        place = node.GetSliceToRAS()
        for row in range(3):
            for column, value in enumerate((across[row], -down[row], through[row])):
                place.SetElement(row, column, value)
        node.UpdateMatrices()

    def fit(self) -> None:
        """The whole frame, as large as it can be."""
        self._is_fitted = True
        if self.view is not None:
            self._fit()
            self.view.schedule_render()
            self.on_view()

    def zoom(self, factor: float) -> None:
        """Above 0 is nearer, below 0 further away."""
        if self.view is not None:
            self.view.zoom(factor)
            self.view.schedule_render()

    def zoom_to(self, factor: float) -> None:
        """So many pixels of the view for each pixel of the frame; the middle stays."""
        if self.view is None or not self.zoom_factor:
            return
        self._scale(self.zoom_factor / factor)
        self.view.schedule_render()

    def zoom_at(self, steps: int, across: float, up: float) -> None:
        """As Slicer does it with Ctrl and the wheel: what is under the mouse stays there.

        Args:
            steps: above 0 is nearer.
            across, up: of the mouse, as shares of the view's size.
        """
        if self.view is None:
            return
        interactor = self.view.interactor()
        width, height = self._size
        interactor.SetEventInformation(round(across * width), round(up * height), 1, 0, "\0", 0, None)
        for _step in range(abs(steps)):
            interactor.InvokeEvent("MouseWheelForwardEvent" if steps > 0 else "MouseWheelBackwardEvent")
        interactor.SetEventInformation(round(across * width), round(up * height), 0, 0, "\0", 0, None)
        self._bound_zoom()
        self.view.schedule_render()

    def drag(self, volume: Any, pixels: list[tuple[float, float]]) -> None:
        """As the mouse with its left button down.

        Args:
            volume: the frame.
            pixels: (column, row) of it, one after the other.
        """
        if self.view is None:
            return
        interactor, height = self.view.interactor(), self.view.get_view_node().GetDimensions()[1]
        left, top, across, down = self.place_of(volume)
        places = [(round(left + across * column), round(height - top - down * row)) for column, row in pixels]
        events = ["MouseMoveEvent", "LeftButtonPressEvent", *["MouseMoveEvent"] * (len(places) - 1)]
        for event, (x, y) in zip(events, [places[0], *places], strict=True):
            interactor.SetEventInformation(x, y, 0, 0, "\0", 0, None)
            interactor.InvokeEvent(event)
        interactor.InvokeEvent("LeftButtonReleaseEvent")

    def place_of(self, volume: Any) -> list[float]:
        """Where the middle of the first pixel of a frame is in the view, which must be there, and how far the next is.

        Returns:
            [across from the view's left, down from its top, across to the next column, down to the next row], in
            pixels of the view.
        """
        assert self.view is not None
        to_world, to_view = vtkMatrix4x4(), vtkMatrix4x4()
        volume.GetIJKToRASMatrix(to_world)
        to_view.DeepCopy(self.view.get_view_node().GetXYToRAS())
        to_view.Invert()
        corners = [to_view.MultiplyPoint(to_world.MultiplyPoint([i, i, 0, 1])) for i in (0, 1)]
        (left, bottom, *_), (right, top, *_) = corners
        height = self.view.get_view_node().GetDimensions()[1]
        return [left, height - bottom, right - left, bottom - top]

    def adjust_window(self, is_on: bool) -> None:
        """Whether a drag with the left button changes brightness and contrast."""
        node = self.app.app_logic.GetInteractionNode()
        node.SetCurrentInteractionMode(node.AdjustWindowLevel if is_on else node.ViewTransform)

    def render(self) -> None:
        """Draw the view soon."""
        if self.view is not None:
            self.view.schedule_render()

    def clear(self) -> None:
        """Take the cine and all that was made of it out of the scene; views and logics stay."""
        for name in _CINE_CLASSES:
            for node in self._nodes(name):
                self.scene.RemoveNode(node)

    def _nodes(self, name: str) -> list[Any]:
        """Those of a class, one by one: the collection that the scene offers is never freed, nor are its nodes."""
        count = self.scene.GetNumberOfNodesByClass(name)
        return [self.scene.GetNthNodeByClass(number, name) for number in reversed(range(count))]

    def _pan_with_shift(self, interactor: Any) -> None:
        """Let Shift and a drag move the picture with every tool, as the middle button does."""
        tags: dict[str, int] = {}

        def on_left(_interactor: Any, event: str) -> None:
            is_press = event == "LeftButtonPressEvent"
            if is_press and interactor.GetShiftKey():
                self._is_panning = True
            elif is_press or not self._is_panning:
                return
            else:
                self._is_panning = False
            interactor.GetCommand(tags[event]).AbortFlagOn()
            interactor.SetShiftKey(0)  # with it the middle button does something else
            interactor.InvokeEvent(event.replace("Left", "Middle"))

        for event in ("LeftButtonPressEvent", "LeftButtonReleaseEvent"):
            tags[event] = interactor.AddObserver(event, on_left, _FIRST)

    def _on_view_node(self, node: Any, _event: Any) -> None:
        if node.GetDimensions()[:2] != self._size:
            return  # Slicer is about to fit what it shows into another size
        if not self._is_fitting and _place(node) != self._place:
            self._is_fitted = False
            self._bound_zoom()
        self._place = _place(node)
        self.on_view()

    def _on_resized(self, *_event: Any) -> None:
        """The view has another size, and shows what Slicer made of that."""
        if self.view is None:
            return
        node = self.view.get_view_node()
        before, self._size = self._size, node.GetDimensions()[:2]
        if self._is_fitted and self.view.get_background_volume_id():
            self._fit()
        elif abs(self._size[0] / self._size[1] - before[0] / before[1]) < 0.01:
            # Slicer rounds, so that a view that is resized often would creep away.
            width = self._place[0]
            node.SetFieldOfView(width, width * self._size[1] / self._size[0], node.GetFieldOfView()[2])
        self._place = _place(node)
        self.on_view()

    def _bound_zoom(self) -> None:
        """Nobody loses the frame, or gets lost in a pixel."""
        zoom, fitted = self.zoom_factor, self._fitted_zoom()
        bounded = min(max(zoom, min(_FARTHEST * fitted, 1.0)), max(_NEAREST, fitted))
        if zoom and abs(bounded / zoom - 1) > 1e-6:
            self._scale(zoom / bounded)

    def _scale(self, factor: float) -> None:
        """Show so many times as much."""
        assert self.view is not None
        node = self.view.get_view_node()
        width, height, depth = node.GetFieldOfView()
        node.SetFieldOfView(width * factor, height * factor, depth)

    def _fitted_zoom(self) -> float:
        """As `zoom_factor`, where the whole frame is as large as it can be; 0 without a cine."""
        assert self.view is not None
        volume = self.scene.GetNodeByID(self.view.get_background_volume_id() or "")
        if volume is None:
            return 0.0
        across, down, _depth = volume.GetSpacing()
        columns, rows, _slices = volume.GetImageData().GetDimensions()
        return min(self._size[0] / columns, self._size[1] / rows * across / down)

    def _fit(self) -> None:
        assert self.view is not None
        self._is_fitting = True
        try:
            self.view.fit_view_to_content()
        finally:
            self._is_fitting = False
            self._place = _place(self.view.get_view_node())


def quiet_libraries() -> None:
    """Let VTK print errors alone; call it after Slicer's core is there, and before the first render window is made.

    Without a display it warns that there is none, although it draws without; and it warns of events that trame-slicer
    uses. Errors come once: through its logger, not through its output window.
    """
    from vtkmodules.vtkCommonCore import vtkLogger, vtkOutputWindow

    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)
    vtkOutputWindow.GetInstance().SetDisplayModeToNever()
    logging.getLogger("aiohttp.server").addFilter(_is_of_use)


def _is_of_use(record: logging.LogRecord) -> bool:
    """Whoever can reach the port can send what is not HTTP, and gets an answer that says so; that is no event here."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def _place(node: Any) -> tuple[float, float, float]:
    """What the view shows: its width in mm, and where it was moved to."""
    across, up, _depth = node.GetXYZOrigin()
    return node.GetFieldOfView()[0], across, up
