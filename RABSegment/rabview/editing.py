"""Painting on the frame that is shown: tools and their choices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trame_slicer.segmentation import (
    BrushDiameterMode,
    ScissorsEffectFillMode,
    SegmentationEffectDraw,
    SegmentationEffectErase,
    SegmentationEffectIslands,
    SegmentationEffectNoTool,
    SegmentationEffectPaint,
    SegmentationEffectScissors,
    SegmentationEffectSmoothing,
    SegmentationEffectThreshold,
    SegmentationIslandsMode,
    SegmentationOverwriteMode,
)
from trame_slicer.segmentation.segmentation_effect_smoothing import SmoothingEffectMode

from .desk import Desk
from .undoing import EditHistory

VIEW = "view"
EFFECTS = {
    VIEW: SegmentationEffectNoTool,
    "paint": SegmentationEffectPaint,
    "erase": SegmentationEffectErase,
    "draw": SegmentationEffectDraw,
    "scissors": SegmentationEffectScissors,
    "threshold": SegmentationEffectThreshold,
    "smoothing": SegmentationEffectSmoothing,
    "islands": SegmentationEffectIslands,
}
SCISSORS = {
    "erase_inside": ScissorsEffectFillMode.ERASE_INSIDE,
    "erase_outside": ScissorsEffectFillMode.ERASE_OUTSIDE,
    "fill_inside": ScissorsEffectFillMode.FILL_INSIDE,
}
SMOOTHINGS = {
    "median": SmoothingEffectMode.MEDIAN,
    "opening": SmoothingEffectMode.OPENING,
    "closing": SmoothingEffectMode.CLOSING,
    "gaussian": SmoothingEffectMode.GAUSSIAN,
}
ISLANDS = {
    "keep_largest": SegmentationIslandsMode.KEEP_LARGEST_ISLAND,
    "remove_small": SegmentationIslandsMode.REMOVE_SMALL_ISLANDS,
    "keep_selected": SegmentationIslandsMode.KEEP_SELECTED,
    "remove_selected": SegmentationIslandsMode.REMOVE_SELECTED,
}
SMALLEST_BRUSH, LARGEST_BRUSH = 1.0, 200.0  # pixels of the frame
BRUSH_STEP = 1.2


class EditControl:
    """The tools of the page on trame-slicer's segment editor.

    Args:
        desk: whose segmentation is edited.
        show: shows a frame.
    """

    def __init__(self, desk: Desk, show: Callable[[int], None]) -> None:
        self._desk = desk
        self._editor = desk.workspace.app.segmentation_editor
        self.history = EditHistory(desk, show)
        self._editor.set_undo_stack(self.history.stack)
        state = desk.state
        state.change("tool")(self._on_tool)
        state.change("brush_size")(self._on_brush)
        state.change("scissors_mode")(self._on_scissors)
        state.change("smoothing_mode", "smoothing_size")(self._on_smoothing)
        state.change("islands_mode", "islands_size")(self._on_islands)
        state.change("threshold")(self._on_threshold)
        state.change("is_limited")(self._on_limited)
        desk.follow(cine=self._on_cine)

    def scale_brush(self, steps: int) -> None:
        """Larger by so many steps, smaller for a negative number."""
        size = float(self._desk.state.brush_size) * BRUSH_STEP**steps
        self._desk.state.brush_size = round(min(max(size, SMALLEST_BRUSH), LARGEST_BRUSH), 1)

    def choose_segment(self, segment: str) -> None:
        """The segment that the tools change."""
        self._editor.set_active_segment_id(segment)

    def apply(self) -> None:
        """Do what the chosen tool does to the whole frame: threshold, smoothing, islands."""
        tool = self._desk.state.tool
        effect = self._editor.active_effect
        if tool == "threshold" or (tool == "islands" and not effect.is_in_interactive_mode()):
            effect.apply()
        elif tool == "smoothing":
            effect.apply_smoothing()

    def _on_cine(self) -> None:
        segmentation = self._desk.segmentation
        state = self._desk.state
        self.history.clear()
        if segmentation is None:
            state.tool = VIEW
            return
        self._editor.set_active_segmentation(segmentation.proxyNode, segmentation.cineProxyNode)
        # A stroke over another segment must not eat it: what overlaps stays.
        self._editor.set_overwrite_mode(SegmentationOverwriteMode.ALLOW_OVERLAP)
        low, high = self._range()
        state.update({"range_low": low, "range_high": high, "threshold": [(low + high) / 2, high], "is_limited": False})
        state.can_threshold = segmentation.cine.frame(0).ndim == 2
        self._on_tool(state.tool)

    def _on_tool(self, tool: Any, **_others: Any) -> None:
        if tool not in EFFECTS:
            return
        if self._desk.segmentation is None:
            tool = VIEW
        self._editor.set_active_effect_type(EFFECTS[tool])
        self._on_brush(self._desk.state.brush_size)
        self._on_scissors(self._desk.state.scissors_mode)
        self._on_smoothing()
        self._on_islands()
        if tool == "threshold":
            self._on_threshold(self._desk.state.threshold)

    def _on_brush(self, brush_size: Any, **_others: Any) -> None:
        segmentation = self._desk.segmentation
        if segmentation is None or not isinstance(brush_size, int | float):
            return
        pixel = float(segmentation.cineProxyNode.GetSpacing()[0])
        for effect in (SegmentationEffectPaint, SegmentationEffectErase):
            self._editor.get_effect(effect).set_brush_diameter(brush_size * pixel, BrushDiameterMode.Absolute)
        self._desk.workspace.render()

    def _on_scissors(self, scissors_mode: Any, **_others: Any) -> None:
        if scissors_mode in SCISSORS:
            self._editor.get_effect(SegmentationEffectScissors).set_fill_mode(SCISSORS[scissors_mode])

    def _on_smoothing(self, **_others: Any) -> None:
        state, effect = self._desk.state, self._editor.get_effect(SegmentationEffectSmoothing)
        segmentation = self._desk.segmentation
        if segmentation is None or state.smoothing_mode not in SMOOTHINGS:
            return
        pixel = float(segmentation.cineProxyNode.GetSpacing()[0])
        effect.set_smoothing_mode(SMOOTHINGS[state.smoothing_mode])
        effect.set_kernel_size(float(state.smoothing_size) * pixel)
        effect.set_standard_deviation(float(state.smoothing_size) * pixel / 2)

    def _on_islands(self, **_others: Any) -> None:
        state, effect = self._desk.state, self._editor.get_effect(SegmentationEffectIslands)
        if state.islands_mode in ISLANDS:
            effect.set_island_mode(ISLANDS[state.islands_mode])
            effect.set_minimum_island_size(int(state.islands_size))

    def _on_threshold(self, threshold: Any, **_others: Any) -> None:
        if isinstance(threshold, list | tuple) and len(threshold) == 2:
            self._editor.get_effect(SegmentationEffectThreshold).set_threshold_min_max_values(
                (float(threshold[0]), float(threshold[1]))
            )
            self._on_limited(self._desk.state.is_limited)

    def _on_limited(self, is_limited: Any, **_others: Any) -> None:
        """Paint only where the pixels are in the range of the threshold."""
        node = self._editor.editor_node
        low, high = self._desk.state.threshold
        node.SetSourceVolumeIntensityMaskRange(float(low), float(high))
        node.SetSourceVolumeIntensityMask(bool(is_limited))

    def _range(self) -> tuple[float, float]:
        """Of the pixels of all frames."""
        cine = self._desk.segmentation.cine
        lows, highs = zip(*((cine.frame(i).min(), cine.frame(i).max()) for i in range(cine.frameCount)), strict=True)
        return float(min(lows)), float(max(highs))
