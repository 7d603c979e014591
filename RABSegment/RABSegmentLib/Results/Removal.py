"""Taking a cine out of the scene, with all that was made of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from RABSegmentLib.Scene.MRMLNodes import requiredScene
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .AreaNodes import CHART_ROLE, TABLE_ROLE
from .LineNode import LINE_ROLE
from .PointNodes import POINTS_ROLE

_ROLES = (LINE_ROLE, POINTS_ROLE, CHART_ROLE, TABLE_ROLE)


def removeCine(segmentation: SegmentationSequence) -> None:
    """Take a cine out of its scene, with its browser, masks, points, line, table and chart, and how they are shown."""
    scene = requiredScene(segmentation.node)
    shown = [segmentation.proxyNode, segmentation.cineProxyNode, *_made(segmentation)]
    own = [one for node in shown for one in _ownNodes(node)]
    # The browser first: it makes nodes that show its frames anew.
    for node in (segmentation.browserNode, segmentation.node, segmentation.cine.node, *shown, *own):
        if node is not None and node.GetScene() is scene:
            scene.RemoveNode(node)


def _made(segmentation: SegmentationSequence) -> Iterator[Any]:
    """What was measured or drawn over the frames."""
    sequence = segmentation.node
    for role in _ROLES:
        for number in range(sequence.GetNumberOfNodeReferences(role)):
            node = sequence.GetNthNodeReference(role, number)
            if node is None:
                continue
            yield node
            if role == CHART_ROLE:
                yield from (node.GetNthPlotSeriesNode(one) for one in range(node.GetNumberOfPlotSeriesNodes()))


def _ownNodes(node: Any) -> Iterator[Any]:
    """How a node is shown and stored; Slicer leaves that in the scene."""
    if node is not None and node.IsA("vtkMRMLDisplayableNode"):
        yield from (node.GetNthDisplayNode(number) for number in range(node.GetNumberOfDisplayNodes()))
    if node is not None and node.IsA("vtkMRMLStorableNode"):
        yield from (node.GetNthStorageNode(number) for number in range(node.GetNumberOfStorageNodes()))
