"""What several parts need of MRML nodes and of the logics that serve them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rabengine.errors import InputError
from RABSegmentLib.Translation import tr as _

INDEX_DECIMALS = 9
_FINEST_TOLERANCE = 0.001  # Slicer's own: index values that differ by less are one
_BASE_NAME = "Sequences.BaseName"  # of an item: what Slicer calls a copy of it


@dataclass(frozen=True)
class FrameIndex:
    """What numbers the frames.

    Attributes:
        name, unit: as a sequence has them.
        values: strictly ascending.
    """

    name: str
    unit: str
    values: tuple[float, ...]


def requiredScene(node: Any) -> Any:
    """The scene of a node.

    Raises:
        InputError: the node is in none.
    """
    scene = node.GetScene()
    if scene is None:
        raise InputError(_("{node} is not in a scene.").format(node=node.GetName()), _("Add it to the scene first."))
    return scene


def nodesOfClass(scene: Any, className: str) -> list[Any]:
    """The nodes of a class that are in a scene now."""
    return [scene.GetNthNodeByClass(number, className) for number in range(scene.GetNumberOfNodesByClass(className))]


def browserShowing(node: Any) -> Any:
    """The sequence browser that shows its items in a node; None where none does."""
    browsers = nodesOfClass(node.GetScene(), "vtkMRMLSequenceBrowserNode")
    return next((browser for browser in browsers if browser.GetSequenceNode(node) is not None), None)


def nameSequence(sequenceNode: Any, name: str) -> None:
    """Name a sequence and its items, after which Slicer names proxies and files."""
    sequenceNode.SetName(name)
    for number in range(sequenceNode.GetNumberOfDataNodes()):
        item = sequenceNode.GetNthDataNode(number)
        item.SetName(name)
        item.SetAttribute(_BASE_NAME, name)


def sequenceLike(sequenceNode: Any) -> Any:
    """A sequence node with the name, attributes and index of another one, without items, and in no scene."""
    node = sequenceNode.NewInstance()
    node.SetName(sequenceNode.GetName())
    for name in sequenceNode.GetAttributeNames():
        node.SetAttribute(name, sequenceNode.GetAttribute(name))
    node.SetIndexName(sequenceNode.GetIndexName())
    node.SetIndexUnit(sequenceNode.GetIndexUnit())
    node.SetIndexType(sequenceNode.GetIndexType())
    node.SetNumericIndexValueTolerance(sequenceNode.GetNumericIndexValueTolerance())
    return node


def setIndex(sequenceNode: Any, index: FrameIndex) -> None:
    """Say what numbers the frames of a sequence, before it gets any."""
    sequenceNode.SetIndexName(index.name)
    sequenceNode.SetIndexUnit(index.unit)
    # Slicer would take frames of high-speed cines for one.
    least = min(after - before for before, after in pairwise(index.values))
    sequenceNode.SetNumericIndexValueTolerance(min(_FINEST_TOLERANCE, least / 4))


def decimal(value: float) -> str:
    """An index value as a sequence has it, without an exponent and without needless zeros."""
    return f"{value:.{INDEX_DECIMALS}f}".rstrip("0").rstrip(".")


def updateProxies(browserNode: Any) -> None:
    """Let a browser's proxy nodes show its selected item now, rather than at the next turn of the event loop."""
    import slicer

    modules = getattr(slicer, "modules", None)
    if modules is not None and hasattr(modules, "sequences"):
        modules.sequences.logic().UpdateProxyNodesFromSequences(browserNode)
        return
    slicer.vtkSlicerSequencesLogic().UpdateProxyNodesFromSequences(browserNode)  # without the application


def hierarchyOf(scene: Any) -> Any:
    """The tree that the module Data shows; None where there is none."""
    import slicer

    return None if scene is None else slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)


def placeBeside(node: Any, other: Any) -> None:
    """Put a node where another one lies in the tree of the module Data, such as under the study of a cine."""
    tree = hierarchyOf(node.GetScene())
    item, place = (0, 0) if tree is None else map(tree.GetItemByDataNode, (node, other))
    if item and place:
        tree.SetItemParent(item, tree.GetItemParent(place))


def moveWith(node: Any, other: Any) -> None:
    """Put a node under the transform that moves another one, such as that of a tracked probe; under none where none
    does."""
    if node.GetTransformNodeID() != other.GetTransformNodeID():
        node.SetAndObserveTransformNodeID(other.GetTransformNodeID())


def setQuietly(node: Any, name: str, value: str | None) -> None:
    """Note something in an attribute of a node, which nobody needs to hear of as a change; nothing takes it away."""
    disabled = node.GetDisableModifiedEvent()
    node.SetDisableModifiedEvent(1)
    node.SetAttribute(name, value or None)
    node.SetDisableModifiedEvent(disabled)


@contextmanager
def modifiedOnce(node: Any) -> Iterator[None]:
    """One ModifiedEvent at the end instead of one for each change."""
    before = node.StartModify()
    try:
        yield
    finally:
        node.EndModify(before)
