"""From which DICOM files, and when, the frames of a cine came that Slicer's own DICOM module loaded."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rabengine.cine import DicomFrame
from rabengine.errors import RABSegmentError
from rabengine.io.dicom.files import quiet_pydicom, read_header, value_of

from .CineSequence import TRIGGER_ATTRIBUTE, CineSequence, setDicomFrames
from .MRMLNodes import hierarchyOf, nodesOfClass, setQuietly

_ATTRIBUTE = "DICOM.instanceUIDs"  # of a volume that Slicer loaded: one for all of its slices, or one for each
_TRIGGER = "DICOM.triggerTime"  # milliseconds since the heart's R wave
_IN_TREE = "DICOMInstanceUID"  # the same, of what lies under a study


def noteDicomFrames(cine: CineSequence) -> None:
    """Remember with a cine where its frames came from, where Slicer's DICOM database knows; also where they are now.

    Nothing is remembered where frames are missing or files are gone: a reference to another frame would be worse.
    """
    import slicer

    database = getattr(slicer, "dicomDatabase", None)  # the application has one
    known = cine.dicomFrames
    if database is None or (known and Path(known[0].file).is_file()):
        return
    told = [(frame.instance, frame.number) for frame in known] or _numbered(_instancesOf(cine))
    files = {instance: str(database.fileForInstance(instance)) for instance, _number in told}
    if not told or not all(file and Path(file).is_file() for file in files.values()):
        return
    frames = [DicomFrame(files[instance], instance, number) for instance, number in told]
    if known or _areWhole(frames):
        setDicomFrames(cine.node, frames)


def noteTriggerTimes(cine: CineSequence) -> None:
    """Remember with a cine MR, whose frames Slicer numbers by instance, the times that it notes on each: files lose
    them."""
    told = [cine.frameNode(frame).GetAttribute(_TRIGGER) for frame in range(cine.frameCount)]
    with contextlib.suppress(ValueError):
        if all(told):
            setQuietly(cine.node, TRIGGER_ATTRIBUTE, json.dumps([float(time) for time in told]))


def keepInstance(sliceNode: Any, volume: Any, number: int) -> None:
    """Let the node of one slice of a volume say which file it came from, where the volume has one for each."""
    instances = _told(volume)
    if len(instances) == volume.GetImageData().GetDimensions()[2]:
        sliceNode.SetAttribute(_ATTRIBUTE, instances[number])


def _instancesOf(cine: CineSequence) -> list[str]:
    """The SOP Instance UID of each frame's file; [] where it is not told of all."""
    own = [_told(cine.frameNode(frame)) for frame in range(cine.frameCount)]
    if all(len(instances) == 1 for instances in own):
        return [instance for (instance,) in own]
    # A scene file keeps what is told in the tree alone.
    found = next((instances for instances in _toldInTree(cine.node) if instances), [])
    if len(found) == 1:
        return found * cine.frameCount
    return found if len(found) == cine.frameCount else []


def _told(volume: Any) -> list[str]:
    instances = (volume.GetAttribute(_ATTRIBUTE) or "").split()
    return [] if "Unknown" in instances else instances


def _toldInTree(sequenceNode: Any) -> Iterator[list[str]]:
    scene = sequenceNode.GetScene()
    tree = hierarchyOf(scene)
    browsers = [] if tree is None else nodesOfClass(scene, "vtkMRMLSequenceBrowserNode")
    for proxy in (browser.GetProxyNode(sequenceNode) for browser in browsers):
        item = 0 if proxy is None else tree.GetItemByDataNode(proxy)
        instances = str(tree.GetItemUID(item, _IN_TREE)).split() if item else []
        yield [] if "Unknown" in instances else instances


def _numbered(instances: Sequence[str]) -> list[tuple[str, int]]:
    """With the number of each frame in its file, from 1."""
    runs = [len(list(run)) for _instance, run in itertools.groupby(instances)]
    numbers = [number for length in runs for number in range(1, length + 1)]
    return list(zip(instances, numbers, strict=True)) if len(runs) == len(set(instances)) else []


def _areWhole(frames: Sequence[DicomFrame]) -> bool:
    """Whether the files have just as many frames as are there of them, by the first file and those of several."""
    counts = {frame.file: frame.number for frame in frames}  # the last one of each is the largest
    asked = [file for file, count in counts.items() if count > 1 or file == frames[0].file]
    try:
        with quiet_pydicom():
            return all(int(value_of(read_header(Path(file)), "NumberOfFrames") or 1) == counts[file] for file in asked)
    except (RABSegmentError, OSError, ValueError):
        return False
