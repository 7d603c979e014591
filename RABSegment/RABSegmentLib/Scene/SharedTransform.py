"""Keeps what is drawn over a cine on its picture, wherever a transform moves that."""

from __future__ import annotations

from typing import Any

from .MRMLNodes import moveWith
from .SegmentationSequence import SegmentationSequence


class SharedTransform:
    """Puts masks, points and line under the transform of the node that shows the frames, until `stop`.

    A stroke goes where the mouse is in the world: masks that do not move with the picture would get other pixels.

    Args:
        segmentation: of the open cine.
    """

    def __init__(self, segmentation: SegmentationSequence) -> None:
        self._segmentation = segmentation
        self._node: Any = None
        self._tag = 0
        self.follow()

    def follow(self) -> None:
        """Watch the node that shows the frames now: one that was deleted or replaced is another one."""
        node = self._segmentation.cineProxyNode if self._segmentation.isPlayed else None
        if node is not self._node:
            self.stop()
            self._node = node
            if node is not None:
                self._tag = node.AddObserver(node.TransformModifiedEvent, self._onMoved)
        if node is not None:
            self._onMoved()

    def stop(self) -> None:
        """Watch no longer."""
        if self._node is not None:
            self._node.RemoveObserver(self._tag)
            self._node = None

    def _onMoved(self, _caller: Any = None, _event: Any = None) -> None:
        if self._segmentation.isPlayed:
            for node in (self._segmentation.proxyNode, *self._placed()):
                moveWith(node, self._node)

    def _placed(self) -> list[Any]:
        sequence = self._segmentation.node
        roles = map(sequence.GetNthNodeReferenceRole, range(sequence.GetNumberOfNodeReferenceRoles()))
        nodes = [
            sequence.GetNthNodeReference(role, number)
            for role in roles
            for number in range(sequence.GetNumberOfNodeReferences(role))
        ]
        return [node for node in nodes if node is not None and node.IsA("vtkMRMLMarkupsNode")]
