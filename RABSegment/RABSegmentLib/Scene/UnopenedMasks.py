"""Keeps the masks of cines whole that nobody has opened, whatever is done in the module Sequences."""

from __future__ import annotations

import weakref
from contextlib import suppress
from typing import Any

from rabengine.errors import InputError

from .MRMLNodes import nodesOfClass
from .SegmentationSequence import CINE_ROLE, segmentationOfBrowser

_BROWSER = "vtkMRMLSequenceBrowserNode"
_BEFORE_SLICER = 0.5  # priority: Slicer's own logic acts at 0, and what keeps an open cine at 1
_WATCHED: weakref.WeakSet[Any] = weakref.WeakSet()


def keepMasksWhole(scene: Any = None) -> None:
    """From now on Slicer writes no masks of a cine over those of another of its frames.

    The node that shows masks shares them with a frame while changes are saved. Once they are not, Slicer copies each
    frame that is shown into the masks of that frame: first it onto itself, which empties it, then the others over it.
    So the node gets masks for itself. And a frame that comes in gets empty ones, into which can be drawn.

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
        cine = None if sequence is None else sequence.GetNodeReference(CINE_ROLE)
        if cine is None:
            continue
        if not browser.GetSaveChanges(sequence):
            _part(browser.GetProxyNode(sequence), sequence)
        isRecording = bool(browser.GetRecordingActive())
        if not isRecording and sequence.GetNumberOfDataNodes() < cine.GetNumberOfDataNodes():
            with suppress(InputError):  # it may play another cine
                segmentationOfBrowser(browser)  # which fills its gaps


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
