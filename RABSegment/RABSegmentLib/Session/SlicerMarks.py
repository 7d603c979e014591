"""The marks in a scene that Slicer saved: a segmentation of each frame, in a file of their own each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rabengine.cine import Cine
from rabengine.io.marks.segment_masks import read_segment_masks_isolated
from rabengine.io.marks.slicer_segmentation import SegmentMask
from RABSegmentLib.Engine.Start import defaultPythonCommand
from RABSegmentLib.Results.Placed import Placed
from RABSegmentLib.Scene.FrameRecords import FrameRecord, FrameStatus, Means
from RABSegmentLib.Scene.PackedMasks import packMask
from RABSegmentLib.Scene.SegmentMasks import fingerprint

from .KeptMarks import KeptFrame, contentFrom


@dataclass(frozen=True)
class SlicerMarks:
    """What a scene of Slicer tells of the masks of a cine.

    Attributes:
        files: {frame: its segmentation}.
        records: {frame: who made it}, of scenes of this program.
        seconds: {frame: seconds that a person spent there}, of the same.
        placed: points and line over the frames.
    """

    files: Mapping[int, Path]
    records: Mapping[int, FrameRecord] = field(default_factory=dict)
    seconds: Mapping[int, float] = field(default_factory=dict)
    placed: Placed = field(default_factory=Placed)

    def content(self, cine: Cine, name: str, source: str) -> bytes | None:
        """As `KeptMarks` keeps marks; None where there is no segment.

        Args:
            cine: that was read.
            name: of the cine.
            source: the scene's file, for messages.

        Raises:
            InputError: a mask is damaged, or does not fit the frames.
        """
        frames = [frame for frame in sorted(self.files) if frame < cine.frame_count]
        if not frames:
            return None
        read = read_segment_masks_isolated(
            [self.files[frame] for frame in frames], cine, source, defaultPythonCommand()
        )
        found = dict(zip(frames, read, strict=True))
        table = _table(list(found.values()))
        kept = {frame: self._kept(frame, segments) for frame, segments in found.items()}
        known = {frame: one for frame, one in kept.items() if one.record != FrameRecord()}
        size = (cine.frame_count, *cine.frame_size)
        seconds = {frame: spent for frame, spent in self.seconds.items() if frame < cine.frame_count}
        return contentFrom(name, size, table, known, seconds, self.placed) if table else None

    def _kept(self, frame: int, segments: Sequence[SegmentMask]) -> KeptFrame:
        drawn = {one.identifier: one.mask for one in segments if one.mask.any()}
        prints = {name: fingerprint(mask) for name, mask in drawn.items()}
        record = self.records.get(frame, FrameRecord())
        if record == FrameRecord() and drawn:  # what a person drew in Slicer, or another program made
            record = FrameRecord(FrameStatus.MARKED, known=tuple(drawn), means=(Means.LOADED.value,))
        return KeptFrame(replace(record, fingerprints=prints), {name: packMask(mask) for name, mask in drawn.items()})


def _table(frames: Sequence[Sequence[SegmentMask]]) -> list[dict[str, object]]:
    """All segments, in the order in which they come."""
    found: dict[str, dict[str, object]] = {}
    for segments in frames:
        for one in segments:
            entry = {"id": one.identifier, "name": one.name or one.identifier, "color": list(one.color)}
            found.setdefault(one.identifier, {**entry, "terminology": one.terminology})
    return list(found.values())
