"""The line of an M-mode as one of Slicer's own markups, drawn over the cine and moved by the mouse.

Where it lies is kept with the segmentation too, for whoever opens the scene without Slicer, as the page does.
"""

from __future__ import annotations

from typing import Any

from RABSegmentLib.Scene.CineGeometry import pixelOf, worldOf
from RABSegmentLib.Scene.MRMLNodes import modifiedOnce, moveWith, placeBeside, requiredScene
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Translation import tr as _

from .LineEnds import Ends, endTitles, keepEnds, keptEnds

LINE_ROLE = "RABSegment.Line"
_CLASS = "vtkMRMLMarkupsLineNode"
_ENDS = 2
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
        placeBeside(node, segmentation.cineProxyNode)
        moveWith(node, segmentation.cineProxyNode)
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetSelectedColor(*_COLOR)
        display.SetColor(*_COLOR)
        display.SetVisibility3D(False)
        # Slicer writes the length beside it, in mm whatever a pixel measures.
        display.SetPropertiesLabelVisibility(segmentation.cine.spacing is not None)
        _place(segmentation, node, begun)
        segmentation.node.SetNodeReferenceID(LINE_ROLE, node.GetID())  # whoever hears of it finds the line there
    if node.GetNumberOfControlPoints() != _ENDS:
        _place(segmentation, node, begun)
    keepLine(segmentation)
    return node


def keepLine(segmentation: SegmentationSequence) -> None:
    """Keep the line where its node has it now, if it has one."""
    if lineNode(segmentation) is not None:
        keepEnds(segmentation, lineOf(segmentation))


def putBackLine(segmentation: SegmentationSequence) -> None:
    """Have the node where the line was kept, on the same pixels: they lie elsewhere in the world now."""
    putLine(segmentation, keptEnds(segmentation))


def middleLine(segmentation: SegmentationSequence) -> Ends:
    """Down the middle of the frames."""
    rows, columns = segmentation.cine.frameSize
    middle = (columns - 1) / 2
    return middle, _INSET * (rows - 1), middle, (1 - _INSET) * (rows - 1)


def putLine(segmentation: SegmentationSequence, ends: Ends | None) -> None:
    """Have the line elsewhere, or none; its node follows where there is one."""
    keepEnds(segmentation, ends)
    node = lineNode(segmentation)
    if node is not None and ends is None:
        requiredScene(node).RemoveNode(node)
    elif node is not None and ends is not None:
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


def hasLostEnd(segmentation: SegmentationSequence) -> bool:
    """Whether there is a line of which somebody deleted an end."""
    node = lineNode(segmentation)
    return node is not None and node.GetNumberOfControlPoints() != _ENDS


def lineOf(segmentation: SegmentationSequence) -> Ends | None:
    """x1, y1, x2, y2 in pixels, as `rabengine.measurement.mmode` takes them; None without a line of two ends."""
    node = lineNode(segmentation)
    if node is None:
        return keptEnds(segmentation)
    if node.GetNumberOfControlPoints() != _ENDS:
        return None
    volume = segmentation.cine.frameNode(0)
    (x1, y1), (x2, y2) = (pixelOf(volume, node.GetNthControlPointPosition(end))[:2] for end in (0, 1))
    return x1, y1, x2, y2


def _place(segmentation: SegmentationSequence, node: Any, ends: Ends) -> None:
    places = [worldOf(segmentation.cine.frameNode(0), x, y) for x, y in (ends[:2], ends[2:])]
    with modifiedOnce(node):
        if node.GetNumberOfControlPoints() != _ENDS:
            node.RemoveAllControlPoints()
            for title in endTitles():
                node.AddControlPoint([0.0, 0.0, 0.0], title)
        for number, place in enumerate(places):
            node.SetNthControlPointPosition(number, place)
