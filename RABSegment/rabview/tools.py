"""The tools that paint on a frame and their modes: what they are called, and what they are in the segment editor.

The one list of them: the page builds its buttons and choices from it, undo calls a stroke by it, and `editing` lets the
segment editor do it. A tool with choices of its own has them in `page.tools`, and what they do in `editing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trame_slicer.segmentation import (
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
)
from trame_slicer.segmentation.segmentation_effect_smoothing import SmoothingEffectMode

from RABSegmentLib.FrontEnd.Actions import Action

BRUSH, LASSO, MEASURE, PROMPT, OUTLINE = "brush", "lasso", "measure", "prompt", "outline"


@dataclass(frozen=True)
class Tool:
    """One of them.

    Attributes:
        effect: of the segment editor.
        step: what undo calls what it did.
        tip: of its button: what it does, and its key.
        icon: of its button, of Material Design Icons.
        gesture: how the page takes what the mouse does: BRUSH or LASSO, which it draws and sends as a whole, MEASURE,
            PROMPT or OUTLINE, which it does itself; empty for what the segment editor does.
        needs_segment: it changes the chosen one.
    """

    effect: type[Any]
    step: str
    tip: str
    icon: str
    gesture: str = ""
    needs_segment: bool = True


@dataclass(frozen=True)
class Mode:
    """A choice of what a tool does.

    Attributes:
        value: of the effect's own mode.
        title: for its user.
        hint: how to use it; may be empty.
    """

    value: Any
    title: str
    hint: str = ""


NO_TOOL = "view"
EDIT_TOOLS = {
    NO_TOOL: Tool(
        SegmentationEffectNoTool,
        Action.EDIT.title,
        "View: brightness, zoom, move (V)",
        "mdi-cursor-default-outline",
        needs_segment=False,
    ),
    "prompt": Tool(
        SegmentationEffectNoTool, Action.EDIT.title, "Mark by clicks (Q)", "mdi-cursor-default-click-outline", PROMPT
    ),
    "outline": Tool(
        SegmentationEffectNoTool, Action.EDIT.title, "Outline with points (W)", "mdi-vector-curve", OUTLINE
    ),
    "paint": Tool(SegmentationEffectPaint, "Paint", "Paint (P)", "mdi-brush", BRUSH),
    "erase": Tool(SegmentationEffectErase, "Erase", "Erase (E)", "mdi-eraser", BRUSH),
    "draw": Tool(SegmentationEffectDraw, "Draw", "Draw around a region (D)", "mdi-lasso", LASSO),
    "scissors": Tool(SegmentationEffectScissors, "Scissors", "Scissors (S)", "mdi-content-cut", LASSO),
    "threshold": Tool(SegmentationEffectThreshold, "Threshold", "Threshold (T)", "mdi-contrast-circle"),
    "smoothing": Tool(SegmentationEffectSmoothing, "Smooth", "Smooth the segment on this frame", "mdi-blur"),
    "islands": Tool(SegmentationEffectIslands, "Islands", "Islands: keep or remove pieces", "mdi-scatter-plot-outline"),
    "measure": Tool(
        SegmentationEffectNoTool, Action.EDIT.title, "Measure a distance (M)", "mdi-ruler", MEASURE, needs_segment=False
    ),
}
SCISSORS = {
    "erase_inside": Mode(
        ScissorsEffectFillMode.ERASE_INSIDE, "Erase inside", "Draw around the part of the segment that goes."
    ),
    "erase_outside": Mode(
        ScissorsEffectFillMode.ERASE_OUTSIDE, "Erase outside", "Draw around the part of the segment that stays."
    ),
    "fill_inside": Mode(ScissorsEffectFillMode.FILL_INSIDE, "Fill inside", "Draw around what is added to the segment."),
}
SMOOTHINGS = {
    "median": Mode(SmoothingEffectMode.MEDIAN, "Median: evens the outline"),
    "opening": Mode(SmoothingEffectMode.OPENING, "Opening: removes thin parts"),
    "closing": Mode(SmoothingEffectMode.CLOSING, "Closing: fills gaps"),
    "gaussian": Mode(SmoothingEffectMode.GAUSSIAN, "Gaussian: rounds the shape"),
}
ISLANDS = {
    "keep_largest": Mode(SegmentationIslandsMode.KEEP_LARGEST_ISLAND, "Keep the largest"),
    "remove_small": Mode(SegmentationIslandsMode.REMOVE_SMALL_ISLANDS, "Remove small ones"),
    "keep_selected": Mode(SegmentationIslandsMode.KEEP_SELECTED, "Keep the one you click"),
    "remove_selected": Mode(SegmentationIslandsMode.REMOVE_SELECTED, "Remove the one you click"),
}
