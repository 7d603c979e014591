"""How the frame is looked at: brightness and contrast, zoom, and how the segments are drawn over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
from trame_slicer.segmentation import SegmentationEffectThreshold

from rabengine.pictures.display import display_window
from RABSegmentLib.Scene.CineSequence import pixelsOf

from .cines import CineState
from .desk import Desk
from .editing import TOOLS, ToolState
from .overlay import FrameOverlay
from .stream import PictureStream
from .tools import BRUSH, EDIT_TOOLS, NO_TOOL
from .variables import names

STROKE_SECONDS = 0.5  # how long the mouse may rest before the view counts again
BEFORE_TOOLS = 1.5  # priority of an observer; what moves the picture comes before it, and ends the event


@dataclass
class ViewState:
    """How the frame is looked at.

    Attributes:
        window, level: how many pixel values there are from black to white, and their middle.
        zoom_text: pixels of the page for each pixel of the frame, for people.
        are_segments_shown: they are not all hidden.
    """

    window: float = 255.0
    level: float = 127.5
    zoom_text: str = ""
    are_segments_shown: bool = True


VIEW = names(ViewState)


class ViewControl:
    """Keeps what the page says of the view, and takes its wishes.

    Args:
        desk: whose view it is.
        pictures: of the view.
    """

    def __init__(self, desk: Desk, pictures: PictureStream) -> None:
        self._desk = desk
        self._pictures = pictures
        self._is_painting = False
        self._display: Any = None
        self._tag: int | None = None
        self._first_window = (255.0, 127.5)
        self._strokes = 0
        self._state = desk.state.part(ViewState)
        self._tools = desk.state.part(ToolState)
        self._cine = desk.state.part(CineState)
        self._overlay = FrameOverlay(desk)
        desk.workspace.on_view = self._update_zoom
        _rest_threshold(desk.workspace.app.segmentation_editor)
        desk.state.bind(ToolState, {TOOLS.tool: self._on_tool})
        desk.follow(cine=self._on_cine, frame=pictures.move)
        if desk.workspace.view is not None:
            for event in ("LeftButtonPressEvent", "MouseMoveEvent", "LeftButtonReleaseEvent"):
                desk.workspace.view.interactor().AddObserver(event, self._on_mouse, BEFORE_TOOLS)

    def facts(self) -> dict[str, Any]:
        """What a picture of the view shows; the page needs it to draw the brush at its size."""
        segmentation = self._desk.segmentation
        return {
            "cine": self._cine.number,
            "frame": -1 if segmentation is None else segmentation.selectedFrame,
            "zoom": self._desk.workspace.zoom_factor,
            "strokes": self._strokes,
            **self._overlay.facts(),
        }

    def tell(self) -> None:
        """Segments of the shown frame changed: show it at once, for who clicked waits; all else may come later."""
        self._pictures.tell()

    def reset_window(self) -> None:
        """Brightness and contrast as the cine came."""
        if self._display is not None:
            self._display.SetWindowLevel(*self._first_window)
            self._desk.workspace.render()

    def brighten(self) -> None:
        """Brightness and contrast that suit the frame that is shown."""
        segmentation = self._desk.segmentation
        if segmentation is not None and self._display is not None:
            window = display_window(np.asarray(pixelsOf(segmentation.cineProxyNode))[None])
            self._display.SetWindowLevel(window.high - window.low, (window.high + window.low) / 2)
            self._desk.workspace.render()

    def actual_size(self) -> None:
        """One pixel of the page for each pixel of the frame."""
        self._desk.workspace.zoom_to(self._pictures.scale)

    def toggle_all(self) -> None:
        """Hide all segments, or show them again."""
        segmentation = self._desk.segmentation
        if segmentation is None:
            return
        display = segmentation.proxyNode.GetDisplayNode()
        display.SetVisibility(not display.GetVisibility())
        self._state.are_segments_shown = bool(display.GetVisibility())
        self._desk.workspace.render()

    def _on_cine(self) -> None:
        if self._display is not None:
            self._display.RemoveObserver(self._tag)
            self._display = None
        segmentation = self._desk.segmentation
        self._state.are_segments_shown = True
        if segmentation is None:
            return
        shown = segmentation.proxyNode.GetDisplayNode()
        # The page draws lines and fill itself: smooth, not along the pixels.
        shown.SetVisibility2DOutline(False)
        shown.SetVisibility2DFill(False)
        segmentation.proxyNode.AddObserver(slicer.vtkSegmentation.SourceRepresentationModified, self._on_pixels)
        self._display = segmentation.cineProxyNode.GetDisplayNode()
        self._display.SetInterpolate(True)
        self._tag = self._display.AddObserver("ModifiedEvent", self._update_window)
        self._first_window = self._display.GetWindow(), self._display.GetLevel()
        self._update_window()
        self._update_zoom()
        self._on_tool(self._tools.tool)

    def _on_tool(self, tool: str) -> None:
        self._desk.workspace.adjust_window(tool == NO_TOOL)
        self._desk.workspace.hide_brushes()

    def _on_mouse(self, _interactor: Any, event: str) -> None:
        """Draw nothing while a stroke goes on: the page shows it, and has it the sooner when it is painted."""
        if event == "LeftButtonPressEvent":
            tool = EDIT_TOOLS.get(self._tools.tool)
            self._is_painting = tool is not None and tool.gesture == BRUSH
        elif event == "LeftButtonReleaseEvent":
            self._is_painting = False
            self._pictures.hold(0.0)
        if self._is_painting:
            self._pictures.hold(STROKE_SECONDS)

    def _on_pixels(self, *_event: Any) -> None:
        self._strokes += 1

    def _update_window(self, *_event: Any) -> None:
        self._state.window, self._state.level = self._display.GetWindow(), self._display.GetLevel()

    def _update_zoom(self) -> None:
        """In pixels of the page, which has a moving cine drawn smaller than it shows it."""
        with self._desk.state:
            self._state.zoom_text = f"{self._desk.workspace.zoom_factor / self._pictures.scale:.1f}x"


def _rest_threshold(editor: Any) -> None:
    """Let the preview of the threshold tool not be computed for each frame while another tool is chosen; while it is
    shown it is computed often enough, for it blinks."""
    threshold = editor.get_effect(SegmentationEffectThreshold)
    editor.segmentation_modified.disconnect(threshold.trigger_pipeline_parameter_change)
