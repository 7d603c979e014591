"""Keeps the masks of cines whole that nobody has opened, where changes of them are no longer to be saved."""

from __future__ import annotations

import weakref
from typing import Any

from .MRMLNodes import nodesOfClass
from .SegmentationSequence import CINE_ROLE

_BROWSER = "vtkMRMLSequenceBrowserNode"
_BEFORE_SLICER = 0.5  # priority: Slicer's own logic acts at 0, and what keeps an open cine at 1
_WATCHED: weakref.WeakSet[Any] = weakref.WeakSet()


def keepMasksApart(scene: Any = None) -> None:
    """From now on the node that shows masks of a cine has them for itself wherever its changes are not saved.

    It shares them with a frame while changes are saved. Once they are not, Slicer copies each frame that is shown into
    the masks of that frame: first it onto itself, which empties it, then the others over it.

    Args:
        scene: vtkMRMLScene; the application's where it is None. To call it twice does nothing more.
    """
    import slicer
    import vtk

    scene = slicer.mrmlScene if scene is None else scene
    if scene in _WATCHED:
        return
    _WATCHED.add(scene)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onAdded(_scene: Any, _event: str, node: Any) -> None:
        if node.IsA(_BROWSER):
            _watch(node)

    scene.AddObserver(scene.NodeAddedEvent, onAdded)
    for browser in nodesOfClass(scene, _BROWSER):
        _watch(browser)


def _watch(browser: Any) -> None:
    browser.AddObserver("ModifiedEvent", _onBrowser, _BEFORE_SLICER)


def _onBrowser(browser: Any, _event: str) -> None:
    import vtk

    sequences = vtk.vtkCollection()
    browser.GetSynchronizedSequenceNodes(sequences, True)
    for number in range(sequences.GetNumberOfItems()):
        sequence = sequences.GetItemAsObject(number)
        if sequence is not None and sequence.GetNodeReferenceID(CINE_ROLE) and not browser.GetSaveChanges(sequence):
            _part(browser.GetProxyNode(sequence), sequence)


def _part(proxy: Any, sequence: Any) -> None:
    """Give the node masks of its own that shares those of a frame."""
    if proxy is None:
        return
    core = proxy.GetSegmentation()
    items = (sequence.GetNthDataNode(number) for number in range(sequence.GetNumberOfDataNodes()))
    if any(item is not None and item.GetSegmentation() is core for item in items):
        own = core.NewInstance()
        own.DeepCopy(core)
        proxy.SetAndObserveSegmentation(own)
