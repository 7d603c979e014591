"""Painting on the frame that is shown: tools and their choices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from trame_slicer.segmentation import (
    BrushDiameterMode,
    ModificationMode,
    SegmentationEffectErase,
    SegmentationEffectIslands,
    SegmentationEffectPaint,
    SegmentationEffectScissors,
    SegmentationEffectSmoothing,
    SegmentationEffectThreshold,
    SegmentationOverwriteMode,
)

from RABSegmentLib.Scene.CineSequence import CineSequence
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .brightness import Brightness, range_of
from .cines import CineControl
from .desk import Desk
from .tools import BRUSH, EDIT_TOOLS, ISLANDS, LASSO, NO_TOOL, SCISSORS, SMOOTHINGS
from .undo import EditHistory
from .variables import WORD, flag, from_page, names, number, pair, whole

SMALLEST_BRUSH, LARGEST_BRUSH = 1.0, 200.0  # pixels of the frame
BRUSH_STEP = 1.2
_BRUSH_SHARE, _SMALLEST_FIRST_BRUSH = 0.06, 3  # of the frame's shorter side, in pixels: the brush to begin with
_PIXEL_VALUES = 1e12
_BEYOND = 2  # of a drag: sizes of the frame
BEFORE_TOOLS = 1.0  # priority of an observer; that of the view's own is 0


@dataclass
class ToolState:
    """The tool in hand, and the choices of all tools.

    Attributes:
        tool: one of `EDIT_TOOLS`.
        brush_size, smoothing_size: in pixels of the frame.
        scissors_mode, smoothing_mode, islands_mode: one of `SCISSORS`, `SMOOTHINGS` and `ISLANDS`.
        islands_size: pixels of the smallest piece that stays.
        threshold: darkest and brightest pixel of the range.
        range_low, range_high, range_step, decimals: of the pixel values that may be chosen, see `ValueRange`.
        is_limited: only pixels in the range of the threshold are painted.
    """

    tool: str = field(default=NO_TOOL, metadata=from_page(WORD))
    brush_size: float = field(default=12, metadata=from_page(number(SMALLEST_BRUSH, LARGEST_BRUSH)))
    scissors_mode: str = field(default="erase_inside", metadata=from_page(WORD))
    smoothing_mode: str = field(default="median", metadata=from_page(WORD))
    smoothing_size: float = field(default=5, metadata=from_page(number(1.0, 31.0)))
    islands_mode: str = field(default="keep_largest", metadata=from_page(WORD))
    islands_size: int = field(default=50, metadata=from_page(whole(1, 10**6)))
    threshold: list[float] = field(
        default_factory=lambda: [0.0, 255.0], metadata=from_page(pair(-_PIXEL_VALUES, _PIXEL_VALUES))
    )
    range_low: float = 0.0
    range_high: float = 255.0
    range_step: float = 1.0
    decimals: int = 0
    is_limited: bool = field(default=False, metadata=from_page(flag))


TOOLS = names(ToolState)


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
        self._state = desk.state.part(ToolState)
        self.history = EditHistory(desk, cines.show, lambda: self._state.tool)
        self._editor.set_undo_stack(self.history.stack)
        # As in Slicer: the segment becomes what is in the range.
        self._editor.get_effect(SegmentationEffectThreshold).set_mode(ModificationMode.Set)
        desk.state.bind(
            ToolState,
            {
                TOOLS.tool: self._on_tool,
                TOOLS.brush_size: self._on_brush,
                TOOLS.scissors_mode: self._on_scissors,
                (TOOLS.smoothing_mode, TOOLS.smoothing_size): self._on_smoothing,
                (TOOLS.islands_mode, TOOLS.islands_size): self._on_islands,
                TOOLS.threshold: self._on_threshold,
                TOOLS.is_limited: self._on_limited,
            },
        )
        desk.follow(cine=self._on_cine, frame=self._on_frame)
        if desk.workspace.view is not None:
            # Before the tool hears of it: what it does on the press already can be undone too.
            interactor = desk.workspace.view.interactor()
            interactor.AddObserver("LeftButtonPressEvent", self._on_press, BEFORE_TOOLS)

    def recalibrate(self) -> None:
        """The pixels have another size."""
        segmentation = self._desk.segmentation
        if segmentation is not None:
            chosen = self._editor.active_segment_id
            self._activate(segmentation)
            self.choose_segment(chosen)

    def scale_brush(self, steps: int) -> None:
        """Larger by so many steps, smaller for a negative number."""
        size = float(self._state.brush_size) * BRUSH_STEP**steps
        self._state.brush_size = round(min(max(size, SMALLEST_BRUSH), LARGEST_BRUSH), 1)

    def choose_segment(self, segment: str) -> None:
        """The segment that the tools change; without one they rest."""
        self._editor.set_active_segment_id(segment)
        self._on_tool(self._state.tool)

    def take(self, tool: str) -> None:
        """Take one of `EDIT_TOOLS` in hand, if there is something to use it on; the segment is chosen in a moment."""
        segmentation = self._desk.segmentation
        if tool not in EDIT_TOOLS or segmentation is None:
            return
        if segmentation.segmentIds() or not EDIT_TOOLS[tool].needs_segment:
            self._state.tool = tool

    def apply(self) -> None:
        """Do what the chosen tool does to the whole frame: threshold, smoothing, islands."""
        tool = self._state.tool
        effect = self._editor.active_effect
        if tool not in EDIT_TOOLS or not isinstance(effect, EDIT_TOOLS[tool].effect):
            return  # it rests: there is no segment
        self.history.begin()
        if tool == "threshold" or (tool == "islands" and not effect.is_in_interactive_mode()):
            effect.apply()
        elif tool == "smoothing":
            effect.apply_smoothing()

    def stroke(self, tool: str, frame: int, pixels: list[tuple[float, float]]) -> None:
        """Do what a drag of the mouse with the left button down does.

        Args:
            tool: that was in hand.
            frame: on which it was drawn.
            pixels: (column, row) of the frame where the mouse was; the view may have another size and place by now.
        """
        segmentation = self._desk.segmentation
        is_stroke = tool in EDIT_TOOLS and EDIT_TOOLS[tool].gesture in (BRUSH, LASSO)
        if segmentation is None or not is_stroke or not 0 <= frame < segmentation.frameCount:
            return
        if self._state.tool != tool:
            self._state.tool = tool
            self._on_tool(tool)
        self._cines.show(frame)
        rows, columns = segmentation.cine.frameSize
        near = [(_bounded(column, columns), _bounded(row, rows)) for column, row in pixels]
        self._desk.workspace.drag(segmentation.cineProxyNode, near)

    def _on_press(self, *_event: Any) -> None:
        if self._state.tool != NO_TOOL:
            self._cines.stop_playing()
            self.history.begin()

    def _on_cine(self) -> None:
        segmentation = self._desk.segmentation
        state = self._state
        self.history.open()
        if segmentation is None:
            state.tool = NO_TOOL
            return
        self._activate(segmentation)
        found = range_of(segmentation.cine)
        state.range_low, state.range_high = found.low, found.high
        state.range_step, state.decimals = found.step, found.decimals
        state.brush_size = _brush_for(segmentation.cine)
        state.threshold, state.is_limited = [round((found.low + found.high) / 2, found.decimals), found.high], False
        self._on_tool(state.tool)

    def _activate(self, segmentation: SegmentationSequence) -> None:
        self._editor.set_active_segmentation(segmentation.proxyNode, self._brightness.open())
        # A stroke over another segment must not eat it: what overlaps stays.
        self._editor.set_overwrite_mode(SegmentationOverwriteMode.ALLOW_OVERLAP)

    def _on_frame(self) -> None:
        state = self._state
        if state.tool == "threshold" or state.is_limited:
            self._brightness.update()
        self._brightness.preview(state.tool == "threshold")

    def _on_tool(self, tool: Any, *_values: Any) -> None:
        if tool not in EDIT_TOOLS:
            return
        chosen = EDIT_TOOLS[tool]
        if self._desk.segmentation is None or (chosen.needs_segment and not self._editor.active_segment_id):
            chosen = EDIT_TOOLS[NO_TOOL]
        self._editor.set_active_effect_type(chosen.effect)
        self._on_brush()
        self._on_scissors()
        self._on_smoothing()
        self._on_islands()
        self._on_threshold()

    def _on_brush(self, *_values: Any) -> None:
        if self._desk.segmentation is None:
            return
        diameter = float(self._state.brush_size) * self._pixel()
        for effect in (SegmentationEffectPaint, SegmentationEffectErase, SegmentationEffectSmoothing):
            self._editor.get_effect(effect).set_brush_diameter(diameter, BrushDiameterMode.Absolute)
        self._desk.workspace.render()

    def _on_scissors(self, *_values: Any) -> None:
        mode = SCISSORS.get(self._state.scissors_mode)
        if mode is not None:
            self._editor.get_effect(SegmentationEffectScissors).set_fill_mode(mode.value)

    def _on_smoothing(self, *_values: Any) -> None:
        state, effect = self._state, self._editor.get_effect(SegmentationEffectSmoothing)
        if self._desk.segmentation is None or state.smoothing_mode not in SMOOTHINGS:
            return
        size = float(state.smoothing_size) * self._pixel()
        effect.set_smoothing_mode(SMOOTHINGS[state.smoothing_mode].value)
        effect.set_kernel_size(size)
        effect.set_standard_deviation(size / 2)

    def _on_islands(self, *_values: Any) -> None:
        state, effect = self._state, self._editor.get_effect(SegmentationEffectIslands)
        if state.islands_mode in ISLANDS:
            effect.set_island_mode(ISLANDS[state.islands_mode].value)
            effect.set_minimum_island_size(int(state.islands_size))

    def _on_threshold(self, *_values: Any) -> None:
        low, high = self._state.threshold
        self._editor.get_effect(SegmentationEffectThreshold).set_threshold_min_max_values((float(low), float(high)))
        self._on_limited()

    def _on_limited(self, *_values: Any) -> None:
        """Paint only where the pixels are in the range of the threshold."""
        node = self._editor.editor_node
        low, high = self._state.threshold
        node.SetSourceVolumeIntensityMaskRange(float(low), float(high))
        node.SetSourceVolumeIntensityMask(bool(self._state.is_limited))
        self._on_frame()

    def _pixel(self) -> float:
        """Its width in mm."""
        assert self._desk.segmentation is not None  # who asks has a cine
        return float(self._desk.segmentation.cineProxyNode.GetSpacing()[0])


def _bounded(place: float, size: int) -> float:
    """A place of the mouse not so far from the frame that what is drawn between would fill the memory."""
    return min(max(place, -_BEYOND * size), (1 + _BEYOND) * size)


def _brush_for(cine: CineSequence) -> float:
    """Diameter in pixels, a share of the frame: what suits a large cine covers all of a small one."""
    return float(min(max(round(_BRUSH_SHARE * min(cine.frameSize)), _SMALLEST_FIRST_BRUSH), LARGEST_BRUSH))
