"""Apex and mitral plane of a left ventricle as Slicer's own markups, shown on their frames and moved by the mouse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rabengine.measurement.landmarks import GivenLandmarks, Landmarks
from RABSegmentLib.Scene.CineGeometry import pixelOf, worldOf
from RABSegmentLib.Scene.MRMLNodes import modifiedOnce, moveWith, placeBeside, requiredScene
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Translation import tr as _

from .MovedPoints import keepMovedPoints, movedPoints, pointTitles

POINTS_ROLE = "RABSegment.Points"
FRAME_ATTRIBUTE = "RABSegment.Frame"
SEGMENT_ATTRIBUTE = "RABSegment.Segment"
_CLASS = "vtkMRMLMarkupsFiducialNode"
_COUNT = 3  # the apex, and the two hinge points of the mitral valve
_COLOR = (1.0, 1.0, 0.0)  # of no segment
_GLYPH = 2.5  # percent of the view
_MOVED = 1e-3  # of a pixel; less is the way to millimetres and back


class PointNodes:
    """A markups node for each frame on which the ventricle is measured, with the points Apex, Mitral 1 and Mitral 2.

    Where a person moved one of them it is kept in the segmentation (`MovedPoints`); the nodes show what is found or
    said, and are saved with the scene like all markups.

    Args:
        segmentation: whose.
    """

    def __init__(self, segmentation: SegmentationSequence) -> None:
        self._segmentation = segmentation

    def nodes(self) -> dict[int, Any]:
        """{frame: markups node}."""
        return {int(node.GetAttribute(FRAME_ATTRIBUTE)): node for node in self._references()}

    def place(self, segmentId: str, landmarks: Mapping[int, Landmarks]) -> list[Any]:
        """Put the points of a segment where they were found or moved to; nodes of other frames go.

        Args:
            landmarks: {frame: its points}, as they were measured.

        Returns:
            The nodes that are new.
        """
        known, new = self.nodes(), []
        for frame, node in known.items():
            if frame not in landmarks or node.GetAttribute(SEGMENT_ATTRIBUTE) != segmentId:
                self._drop(node)
        for frame, marks in landmarks.items():
            node = self.nodes().get(frame)
            if node is None:
                node = self._newNode(segmentId, frame)
                new.append(node)
            self._write(node, frame, np.vstack([marks.apex, marks.mitral]))
        return new

    def show(self, frame: int) -> None:
        """Let the points of this frame alone be seen; they all lie in one plane."""
        for other, node in self.nodes().items():
            display = node.GetDisplayNode()
            if display is not None and bool(display.GetVisibility()) != (other == frame):
                display.SetVisibility(other == frame)

    def remove(self) -> None:
        """Take the nodes out of the scene; what was moved stays kept."""
        for node in self._references():
            self._drop(node)

    def keepMoved(self, node: Any, found: Landmarks) -> bool:
        """Keep the points of a node that are elsewhere than they were.

        Args:
            node: one of `nodes`, which somebody changed.
            found: the points of its frame as they were measured.

        Returns:
            Whether there is anything new.
        """
        frame, segmentId = int(node.GetAttribute(FRAME_ATTRIBUTE)), str(node.GetAttribute(SEGMENT_ATTRIBUTE))
        if node.GetNumberOfControlPoints() != _COUNT:
            return False
        before = np.vstack([found.apex, found.mitral])
        now = self._pixels(node, frame)
        moved = np.abs(now - before).max(axis=1) > _MOVED
        if not moved.any():
            return False
        kept = movedPoints(self._segmentation, segmentId)
        old = kept.get(frame, GivenLandmarks())
        places = [(float(x), float(y)) for x, y in now]
        kept[frame] = GivenLandmarks(
            places[0] if moved[0] else old.apex, (places[1], places[2]) if moved[1:].any() else old.mitral
        )
        keepMovedPoints(self._segmentation, segmentId, kept)
        return True

    def isWhole(self, node: Any) -> bool:
        """Whether all points of a node are somewhere; Slicer's menu of a point clears where it is."""
        return bool(node.GetNumberOfControlPoints() == node.GetNumberOfDefinedControlPoints() == _COUNT)

    def _pixels(self, node: Any, frame: int) -> np.ndarray:
        """(3, 2) x and y."""
        volume = self._segmentation.cine.frameNode(frame)
        return np.array([pixelOf(volume, node.GetNthControlPointPosition(one))[:2] for one in range(_COUNT)])

    def _write(self, node: Any, frame: int, places: np.ndarray) -> None:
        if self.isWhole(node) and np.allclose(self._pixels(node, frame), places, atol=_MOVED):
            return
        volume = self._segmentation.cine.frameNode(frame)
        with modifiedOnce(node):
            node.SetFixedNumberOfControlPoints(False)
            if node.GetNumberOfControlPoints() != _COUNT:  # somebody deleted one
                node.RemoveAllControlPoints()
                for title in pointTitles():
                    node.AddControlPoint([0.0, 0.0, 0.0], title)
            for number, (x, y) in enumerate(places):
                node.SetNthControlPointPosition(number, worldOf(volume, float(x), float(y)))
            node.SetFixedNumberOfControlPoints(True)

    def _newNode(self, segmentId: str, frame: int) -> Any:
        cine = self._segmentation.cine
        name = _("{cine} apex and mitral plane, frame {frame}").format(cine=cine.name, frame=frame)
        node = requiredScene(self._segmentation.node).AddNewNodeByClass(_CLASS, name)
        placeBeside(node, self._segmentation.cineProxyNode)
        moveWith(node, self._segmentation.cineProxyNode)
        node.SetAttribute(FRAME_ATTRIBUTE, str(frame))
        node.SetAttribute(SEGMENT_ATTRIBUTE, segmentId)
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetSelectedColor(*_COLOR)
        display.SetColor(*_COLOR)
        display.SetGlyphScale(_GLYPH)
        display.SetVisibility3D(False)
        display.SetPropertiesLabelVisibility(False)
        display.SetPointLabelsVisibility(True)
        display.SetVisibility(False)
        self._segmentation.node.AddNodeReferenceID(POINTS_ROLE, node.GetID())
        return node

    def _drop(self, node: Any) -> None:
        sequence = self._segmentation.node
        for number in reversed(range(sequence.GetNumberOfNodeReferences(POINTS_ROLE))):
            if sequence.GetNthNodeReference(POINTS_ROLE, number) in (node, None):
                sequence.RemoveNthNodeReferenceID(POINTS_ROLE, number)
        requiredScene(node).RemoveNode(node)

    def _references(self) -> list[Any]:
        sequence = self._segmentation.node
        nodes = [
            sequence.GetNthNodeReference(POINTS_ROLE, number)
            for number in range(sequence.GetNumberOfNodeReferences(POINTS_ROLE))
        ]
        return [node for node in nodes if node is not None and (node.GetAttribute(FRAME_ATTRIBUTE) or "").isdecimal()]
