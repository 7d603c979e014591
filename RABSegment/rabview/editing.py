"""Painting on the frame that is shown: tools and their choices."""

from __future__ import annotations

from typing import Any

import numpy as np
from trame_slicer.segmentation import (
    BrushDiameterMode,
    ModificationMode,
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

from RABSegmentLib.Scene.CineGeometry import placeLikeVolume, volumeOf
from RABSegmentLib.Scene.CineSequence import CineSequence, pixelsOf
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .cines import CineControl
from .desk import Desk
from .undo import EditHistory
from .variables import LARGEST_BRUSH, SMALLEST_BRUSH

_SHARES = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue, as the eye weighs them


class Brightness:
    """Of the frame that is shown: a grey frame itself, and a volume beside it for one in colours.

    Args:
        desk: whose cine it is.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._volume: Any = None  # None for a grey cine

    def open(self) -> Any:
        """The volume node of another cine; the one before has left the scene."""
        segmentation = self._desk.segmentation
        assert segmentation is not None  # who asks has a cine
        shown = segmentation.cineProxyNode
        if self._volume is not None:
            self._desk.workspace.scene.RemoveNode(self._volume)  # of pixels of another size
        self._volume = None
        if pixelsOf(shown).ndim == 2:
            return shown
        self._volume = _brightness_of(shown)
        self._volume.SetName(f"{segmentation.cine.name} brightness")
        self._volume.SetSaveWithScene(False)
        self._volume.SetHideFromEditors(True)
        placeLikeVolume(self._volume, shown)
        self._desk.workspace.scene.AddNode(self._volume)
        return self._volume

    def update(self) -> None:
        """Take the frame that is shown."""
        segmentation = self._desk.segmentation
        if self._volume is not None and segmentation is not None:
            # New pixels, not others in the same array: the segment editor goes by the image.
            self._volume.SetAndObserveImageData(_brightness_of(segmentation.cineProxyNode).GetImageData())

    def preview(self, is_on: bool) -> None:
        """Whether a tool shows what is in its range; it looks for the values in a layer of the view."""
        view = self._desk.workspace.view
        if self._volume is not None and view is not None:
            view.set_foreground_opacity(0.0)
            view.set_foreground_volume_id(self._volume.GetID() if is_on else None)


def _brightness_of(volume: Any) -> Any:
    """A volume node without geometry, of the type of the coloured one."""
    pixels = pixelsOf(volume)
    grey = pixels.astype(np.float32) @ _SHARES
    return volumeOf((np.rint(grey) if pixels.dtype.kind in "iu" else grey).astype(pixels.dtype))


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
STROKE_TOOLS = ("paint", "erase", "draw", "scissors")  # whose strokes the page sends whole
BRUSH_STEP = 1.2
BEFORE_TOOLS = 1.0  # priority of an observer; that of the view's own is 0


class EditControl:
    """The tools of the page on trame-slicer's segment editor.

    Args:
        desk: whose segmentation is edited.
        cines: shows a frame, and stops playing where a stroke begins.
    """

    def __init__(self, desk: Desk, cines: CineControl) -> None:
        self._desk = desk
        self._cines = cines
        self._editor = desk.workspace.app.segmentation_editor
        self._brightness = Brightness(desk)
        self.history = EditHistory(desk, cines.show)
        self._editor.set_undo_stack(self.history.stack)
        # As in Slicer: the segment becomes what is in the range.
        self._editor.get_effect(SegmentationEffectThreshold).set_mode(ModificationMode.Set)
        state = desk.state
        state.change("tool")(self._on_tool)
        state.change("brush_size")(self._on_brush)
        state.change("scissors_mode")(self._on_scissors)
        state.change("smoothing_mode", "smoothing_size")(self._on_smoothing)
        state.change("islands_mode", "islands_size")(self._on_islands)
        state.change("threshold")(self._on_threshold)
        state.change("is_limited")(self._on_limited)
        desk.follow(cine=self._on_cine, frame=self._on_frame)
        if desk.workspace.view is not None:
            # Before the tool hears of it: what it does on the press already can be undone too.
            interactor = desk.workspace.view.interactor()
            interactor.AddObserver("LeftButtonPressEvent", self._on_press, BEFORE_TOOLS)

    def recalibrate(self) -> None:
        """The pixels have another size."""
        segmentation = self._desk.segmentation
        if segmentation is not None:
            self._activate(segmentation)
            self.choose_segment(str(self._desk.state.segment))

    def scale_brush(self, steps: int) -> None:
        """Larger by so many steps, smaller for a negative number."""
        size = float(self._desk.state.brush_size) * BRUSH_STEP**steps
        self._desk.state.brush_size = round(min(max(size, SMALLEST_BRUSH), LARGEST_BRUSH), 1)

    def choose_segment(self, segment: str) -> None:
        """The segment that the tools change; without one they rest."""
        self._editor.set_active_segment_id(segment)
        self._on_tool(self._desk.state.tool)

    def apply(self) -> None:
        """Do what the chosen tool does to the whole frame: threshold, smoothing, islands."""
        tool = self._desk.state.tool
        effect = self._editor.active_effect
        if not isinstance(effect, EFFECTS.get(tool, type(None))):
            return  # it rests: there is no segment
        self.history.begin()
        if tool == "threshold" or (tool == "islands" and not effect.is_in_interactive_mode()):
            effect.apply()
        elif tool == "smoothing":
            effect.apply_smoothing()

    def stroke(self, tool: str, frame: int, path: list[tuple[float, float]]) -> None:
        """Do what a drag of the mouse with the left button down does.

        Args:
            tool: that was in hand.
            frame: on which it was drawn.
            path: places of the mouse, as shares of the view's width and height, from its lower left.
        """
        segmentation = self._desk.segmentation
        if segmentation is None or tool not in STROKE_TOOLS or not 0 <= frame < segmentation.frameCount:
            return
        if self._desk.state.tool != tool:
            self._desk.state.tool = tool
            self._on_tool(tool)
        self._cines.show(frame)
        self._desk.workspace.drag(path)

    def _on_press(self, *_event: Any) -> None:
        if self._desk.state.tool != VIEW:
            self._cines.stop_playing()
            self.history.begin()

    def _on_cine(self) -> None:
        segmentation = self._desk.segmentation
        state = self._desk.state
        self.history.open()
        if segmentation is None:
            state.tool = VIEW
            return
        self._activate(segmentation)
        low, high = _range_of(segmentation.cine)
        state.update({"range_low": low, "range_high": high, "threshold": [(low + high) / 2, high], "is_limited": False})
        self._on_tool(state.tool)

    def _activate(self, segmentation: SegmentationSequence) -> None:
        self._editor.set_active_segmentation(segmentation.proxyNode, self._brightness.open())
        # A stroke over another segment must not eat it: what overlaps stays.
        self._editor.set_overwrite_mode(SegmentationOverwriteMode.ALLOW_OVERLAP)

    def _on_frame(self) -> None:
        state = self._desk.state
        if state.tool == "threshold" or state.is_limited:
            self._brightness.update()
        self._brightness.preview(state.tool == "threshold")

    def _on_tool(self, tool: Any, **_others: Any) -> None:
        if tool not in EFFECTS:
            return
        if self._desk.segmentation is None or not self._editor.active_segment_id:
            tool = VIEW
        self._editor.set_active_effect_type(EFFECTS[tool])
        self._on_brush()
        self._on_scissors()
        self._on_smoothing()
        self._on_islands()
        self._on_threshold()

    def _on_brush(self, **_others: Any) -> None:
        if self._desk.segmentation is None:
            return
        diameter = float(self._desk.state.brush_size) * self._pixel()
        for effect in (SegmentationEffectPaint, SegmentationEffectErase, SegmentationEffectSmoothing):
            self._editor.get_effect(effect).set_brush_diameter(diameter, BrushDiameterMode.Absolute)
        self._desk.workspace.render()

    def _on_scissors(self, **_others: Any) -> None:
        mode = SCISSORS.get(self._desk.state.scissors_mode)
        if mode is not None:
            self._editor.get_effect(SegmentationEffectScissors).set_fill_mode(mode)

    def _on_smoothing(self, **_others: Any) -> None:
        state, effect = self._desk.state, self._editor.get_effect(SegmentationEffectSmoothing)
        if self._desk.segmentation is None or state.smoothing_mode not in SMOOTHINGS:
            return
        size = float(state.smoothing_size) * self._pixel()
        effect.set_smoothing_mode(SMOOTHINGS[state.smoothing_mode])
        effect.set_kernel_size(size)
        effect.set_standard_deviation(size / 2)

    def _on_islands(self, **_others: Any) -> None:
        state, effect = self._desk.state, self._editor.get_effect(SegmentationEffectIslands)
        if state.islands_mode in ISLANDS:
            effect.set_island_mode(ISLANDS[state.islands_mode])
            effect.set_minimum_island_size(int(state.islands_size))

    def _on_threshold(self, **_others: Any) -> None:
        low, high = self._desk.state.threshold
        self._editor.get_effect(SegmentationEffectThreshold).set_threshold_min_max_values((float(low), float(high)))
        self._on_limited()

    def _on_limited(self, **_others: Any) -> None:
        """Paint only where the pixels are in the range of the threshold."""
        node = self._editor.editor_node
        low, high = self._desk.state.threshold
        node.SetSourceVolumeIntensityMaskRange(float(low), float(high))
        node.SetSourceVolumeIntensityMask(bool(self._desk.state.is_limited))
        self._on_frame()

    def _pixel(self) -> float:
        """Its width in mm."""
        assert self._desk.segmentation is not None  # who asks has a cine
        return float(self._desk.segmentation.cineProxyNode.GetSpacing()[0])


def _range_of(cine: CineSequence) -> tuple[float, float]:
    """Of the pixels of all frames."""
    frames = (cine.frame(number) for number in range(cine.frameCount))
    lows, highs = zip(*((frame.min(), frame.max()) for frame in frames), strict=True)
    return float(min(lows)), float(max(highs))
