"""The line of an M-mode as one of Slicer's own markups, drawn over the cine and moved by the mouse."""

from __future__ import annotations

from typing import Any

from RABSegmentLib.Scene.CineGeometry import pixelOf, worldOf
from RABSegmentLib.Scene.MRMLNodes import requiredScene
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Translation import tr as _

from .LineEnds import Ends, endTitles, keepEnds, keptEnds

LINE_ROLE = "RABSegment.Line"
_CLASS = "vtkMRMLMarkupsLineNode"
_COLOR = (0.2, 1.0, 1.0)  # of no segment
_INSET = 0.1  # of the height of a frame, above and below a line that nobody has moved yet


def lineNode(segmentation: SegmentationSequence) -> Any:
    """The markups node of the line; None where there is none."""
    return segmentation.node.GetNodeReference(LINE_ROLE)


def makeLine(segmentation: SegmentationSequence) -> Any:
    """The line that there is, else one down the middle of the frames."""
    begun = lineOf(segmentation) or middleLine(segmentation)
    node = lineNode(segmentation)
    if node is None:
        name = _("{cine} M-mode line").format(cine=segmentation.cine.name)
        node = requiredScene(segmentation.node).AddNewNodeByClass(_CLASS, name)
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetSelectedColor(*_COLOR)
        display.SetColor(*_COLOR)
        display.SetVisibility3D(False)
        segmentation.node.SetNodeReferenceID(LINE_ROLE, node.GetID())
    if node.GetNumberOfControlPoints() != 2:
        _place(segmentation, node, begun)
    keepEnds(segmentation, None)  # the node has them
    return node


def middleLine(segmentation: SegmentationSequence) -> Ends:
    """Down the middle of the frames."""
    rows, columns = segmentation.cine.frameSize
    middle = (columns - 1) / 2
    return middle, _INSET * (rows - 1), middle, (1 - _INSET) * (rows - 1)


def putLine(segmentation: SegmentationSequence, ends: Ends | None) -> None:
    """Have the line elsewhere, or none: in its node where there is one, else kept with the segmentation."""
    node = lineNode(segmentation)
    if node is None:
        keepEnds(segmentation, ends)
        return
    if ends is None:
        requiredScene(node).RemoveNode(node)
        return
    _place(segmentation, node, ends)


def showLine(segmentation: SegmentationSequence, isSeen: bool) -> None:
    """Show or hide the line, where there is one; the segmentation keeps it."""
    node = lineNode(segmentation)
    display = None if node is None else node.GetDisplayNode()
    if display is not None and bool(display.GetVisibility()) != isSeen:
        display.SetVisibility(isSeen)


def isLineSeen(segmentation: SegmentationSequence) -> bool:
    """Whether there is a line, and it is not hidden."""
    node = lineNode(segmentation)
    display = None if node is None else node.GetDisplayNode()
    return display is not None and bool(display.GetVisibility())


def lineOf(segmentation: SegmentationSequence) -> Ends | None:
    """x1, y1, x2, y2 in pixels, as `rabengine.measurement.mmode` takes them; None without a line of two ends."""
    node = lineNode(segmentation)
    if node is None:
        return keptEnds(segmentation)
    if node.GetNumberOfControlPoints() != 2:
        return None
    volume = segmentation.cine.frameNode(0)
    (x1, y1), (x2, y2) = (pixelOf(volume, node.GetNthControlPointPositionWorld(end))[:2] for end in (0, 1))
    return x1, y1, x2, y2


def _place(segmentation: SegmentationSequence, node: Any, ends: Ends) -> None:
    node.RemoveAllControlPoints()
    for title, (x, y) in zip(endTitles(), (ends[:2], ends[2:]), strict=True):
        node.AddControlPointWorld(worldOf(segmentation.cine.frameNode(0), x, y), title)
