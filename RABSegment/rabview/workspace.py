"""The scene, and the one slice view that shows the frames of its cine."""

from __future__ import annotations

from typing import Any

import slicer
from trame_slicer.core import SlicerApp
from trame_slicer.views import SliceView, ViewLayoutDefinition

VIEW_NAME = "Frame"
BACKGROUND = "#000000"
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
        view: shows the selected frame; None until `addView`.
    """

    def __init__(self) -> None:
        self.app = SlicerApp()
        self.app.register_module_logic(slicer.vtkSlicerSequencesLogic())
        self.view: SliceView | None = None
        self._is_fitted = True
        self._size = (0, 0)

    @property
    def scene(self) -> Any:
        return self.app.scene

    def add_view(self, factory: Any) -> None:
        """Make the view with a factory of trame-slicer; it is the page's template `VIEW_NAME`."""
        self.app.view_manager.register_factory(factory)
        self.view = self.app.view_manager.create_view(ViewLayoutDefinition.axial_view(VIEW_NAME))
        self.app.view_manager.set_current_view_ids([VIEW_NAME])
        self.view.set_background_color_from_string(BACKGROUND)
        self._size = tuple(self.view.get_view_node().GetDimensions()[:2])
        self.view.get_view_node().AddObserver("ModifiedEvent", self._on_view_node)

    def show(self, volume: Any) -> None:
        """Show a single-slice volume as its pixels lie: columns to the right, rows downwards."""
        if self.view is None:
            return
        self.view.set_background_volume_id(None if volume is None else volume.GetID())
        if volume is not None:
            self.view.get_view_node().RotateToVolumePlane(volume)
            self.fit()

    def fit(self) -> None:
        """The whole frame, as large as it can be."""
        self._is_fitted = True
        if self.view is not None:
            self.view.fit_view_to_content()
            self.view.schedule_render()

    def zoom(self, factor: float) -> None:
        """Above 0 is nearer, below 0 further away."""
        self._is_fitted = False
        if self.view is not None:
            self.view.zoom(factor)
            self.view.schedule_render()

    def render(self) -> None:
        """Draw the view soon."""
        if self.view is not None:
            self.view.schedule_render()

    def clear(self) -> None:
        """Take the cine and all that was made of it out of the scene; views and logics stay."""
        for name in _CINE_CLASSES:
            for node in list(self.scene.GetNodesByClass(name)):
                self.scene.RemoveNode(node)

    def _on_view_node(self, node: Any, _event: Any) -> None:
        size = tuple(node.GetDimensions()[:2])
        if size == self._size:
            return
        self._size = size
        if self._is_fitted and self.view is not None and self.view.get_background_volume_id():
            self.view.fit_view_to_content()
