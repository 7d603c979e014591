"""The masks of a cine on their way into a scene's file, one after the other, so that nobody waits for all of them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rabengine.errors import EngineError
from RABSegmentLib.Scene.FrameRecords import FrameRecord
from RABSegmentLib.Scene.MRMLNodes import sequenceLike
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentMasks import hasSameSegmentTable, labelmapTimes
from RABSegmentLib.Session.KeptMarks import KeptFrame
from RABSegmentLib.Steps import Steps
from RABSegmentLib.Translation import tr as _

_SUFFIX = ".seq.mrb"
_ITEM_SUFFIX = ".seg.nrrd"
DATA = "Data"  # folder of a scene's files
_INDEX = "SequenceIndex"  # as Slicer calls it
_LOOSE = "Masks"  # folder of the masks before they are one file


class MaskCopy:
    """The masks and records of a segmentation as they were at one moment.

    Args:
        node: a sequence of its own with the items and attributes of the segmentation's.
        frames: {frame: as it was}, without those of which nothing is known.

    Attributes:
        node: as above.
        file: that the scene names for them, and that `fill` writes.
    """

    def __init__(self, node: Any, frames: Mapping[int, KeptFrame]) -> None:
        self.node = node
        self._frames = frames
        self.file = Path()

    def kept(self) -> dict[int, KeptFrame]:
        """{frame: as it was}."""
        return dict(self._frames)

    def fill(self, folder: Path, scene: Any) -> None:
        """Write the file that the scene names, as Slicer writes it; may be called in a thread.

        Args:
            folder: of the scene's files.
            scene: that holds the node, kept until now.

        Raises:
            EngineError: Slicer could not write a mask.
        """
        assert self.node.GetScene() is scene
        loose, inner = folder.with_name(_LOOSE), self.node.GetSequenceScene()
        (loose / DATA).mkdir(parents=True)
        inner.SetRootDirectory(str(loose))
        # Each call holds up all threads, but a few milliseconds only.
        for number in range(self.node.GetNumberOfDataNodes()):
            item = self.node.GetNthDataNode(number)
            item.AddDefaultStorageNode()
            storage = item.GetStorageNode()
            storage.SetFileName(str(loose / DATA / f"{self.node.GetName()}_{number}{_ITEM_SUFFIX}"))
            if not storage.WriteData(item):
                raise unwritten(folder)
        inner.AddNode(_indexOf(self.node))
        scenePath = loose / f"{self.node.GetName()}.mrml"
        inner.SetURL(str(scenePath))
        if not inner.Commit(str(scenePath)):
            raise unwritten(folder)
        with zipfile.ZipFile(self.file, "w") as bundle:  # stored: the masks are compressed
            for file in sorted(loose.rglob("*")):
                if file.is_file():
                    place = Path(self.file.name.removesuffix(_SUFFIX)) / file.relative_to(loose)
                    bundle.write(file, place.as_posix())


def maskSteps(segmentation: SegmentationSequence) -> Steps[MaskCopy]:
    """Copy the masks, a frame a step; what changes between steps is copied again, until all hold still."""
    while True:
        values = segmentation.cine.indexValues
        node = sequenceLike(segmentation.node)
        packed: dict[int, dict[str, bytes]] = {}
        times: dict[int, object] = {}
        while stale := [frame for frame in range(len(values)) if not _isCopied(segmentation, frame, node, times)]:
            for frame in stale:
                item = segmentation.item(frame)
                times[frame] = labelmapTimes(item)
                node.SetDataNodeAtValue(item, values[frame])
                found = segmentation.facts(frame) if segmentation.record(frame).fingerprints else {}
                packed[frame] = {name: facts.packed for name, facts in found.items() if facts.pixels}
                yield
        if segmentation.cine.indexValues == values:  # a user may set the times between frames meanwhile
            break
    for name in segmentation.node.GetAttributeNames():
        node.SetAttribute(name, segmentation.node.GetAttribute(name))
    records = {frame: segmentation.record(frame) for frame in packed}
    frames = {frame: KeptFrame(one, packed[frame]) for frame, one in records.items() if one != FrameRecord()}
    return MaskCopy(node, frames)


def _indexOf(node: Any) -> Any:
    """What tells, in the file of a sequence, which of its items belongs to which index value."""
    index = node.NewInstance()
    index.SetSingletonTag(_INDEX)
    index.CopySequenceIndex(node)
    return index


def _isCopied(segmentation: SegmentationSequence, frame: int, node: Any, times: Mapping[int, object]) -> bool:
    """Whether a frame is still as it was copied."""
    if frame not in times:
        return False
    item = segmentation.item(frame)
    copy = node.GetDataNodeAtValue(segmentation.indexValue(frame), True)
    return times[frame] == labelmapTimes(item) and copy is not None and hasSameSegmentTable(item, copy)


def unwritten(folder: Path) -> EngineError:
    """Of a scene's folder that could not be filled."""
    return EngineError(
        _("The scene could not be written."),
        _("Make room on the disk of the temporary folder, {folder}.").format(folder=folder.parent),
    )
