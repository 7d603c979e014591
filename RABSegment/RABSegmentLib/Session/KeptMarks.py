"""The marks of a cine as one small file without its pixels: segments, masks, who made them, how sure the engine is."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.errors import InputError
from RABSegmentLib.Results.Placed import Placed, placedOf, putPlaced
from RABSegmentLib.Scene.FrameRecords import FrameRecord, FrameStatus
from RABSegmentLib.Scene.PackedMasks import packMask, unpackMask
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Steps import Steps, allOf
from RABSegmentLib.Translation import tr as _

SUFFIX = ".rabmarks"
_FORMAT = "rabsegment marks"
_VERSION = 1
_LARGEST_HEADER = 65536  # bytes
_LARGEST_FILE = 2**30
_MOST_SEGMENTS = 255
_MOST_TIMES = 2000  # of a dozen bytes each, which leaves room in the header


@dataclass(frozen=True)
class MarksHeader:
    """What is asked of a file of marks before it is taken.

    Attributes:
        digest: of the pixels that they belong to; empty where that does not matter.
        cine: its name.
        size: (frames, rows, columns).
        marked: how many frames a person marked or verified.
        predicted: how many the engine found.
        time: when they were kept, as ISO 8601.
    """

    digest: str
    cine: str
    size: tuple[int, int, int]
    marked: int
    predicted: int
    time: str

    @property
    def text(self) -> str:
        """As "2 marked and 28 predicted frames of 25 November 2026, 15:04"."""
        when = datetime.fromisoformat(self.time)
        frames = (
            f"{self.marked} marked and {self.predicted} predicted frames"
            if self.predicted
            else (f"{self.marked} marked {'frame' if self.marked == 1 else 'frames'}")
        )
        return f"{frames} of {when.day} {when:%B %Y, %H:%M}"


@dataclass(frozen=True)
class KeptFrame:
    """One frame.

    Attributes:
        record: who made it, and how sure the engine is.
        masks: {segment: packed mask} of those that are not empty.
    """

    record: FrameRecord
    masks: Mapping[str, bytes]


def pixelDigest(frames: Sequence[np.ndarray]) -> str:
    """Tells cines apart by their pixels, wherever their files lie and whatever they are called.

    Args:
        frames: one (H, W) or (H, W, 3) each.
    """
    found = hashlib.blake2b(digest_size=20)
    found.update(f"{len(frames)} {frames[0].shape} {frames[0].dtype.str}".encode())
    for frame in frames:
        found.update(np.ascontiguousarray(frame).data)
    return found.hexdigest()


def framesOf(segmentation: SegmentationSequence) -> dict[int, KeptFrame]:
    """{frame: as it is now}; frames of which nothing is known are left out."""
    found = {}
    for frame in range(segmentation.frameCount):
        record = segmentation.record(frame)
        if record != FrameRecord():
            masks = segmentation.masks(frame) if record.fingerprints else {}
            found[frame] = KeptFrame(record, {name: packMask(mask) for name, mask in masks.items() if mask.any()})
    return found


def contentOf(
    segmentation: SegmentationSequence,
    frames: Mapping[int, KeptFrame] | None = None,
    digest: str = "",
    more: Mapping[str, Any] | None = None,
    body: bytes | None = None,
) -> bytes:
    """What the file of marks holds.

    Args:
        segmentation: whose marks.
        frames: as they are now, where that is known already.
        digest: of the cine's pixels.
        more: {name: value} that goes with them, as JSON can hold it.
        body: of `bodyOf`, where it was made already.
    """
    frames = framesOf(segmentation) if frames is None else frames
    size = (segmentation.frameCount, *segmentation.cine.frameSize)
    body = bodyOf(segmentation, frames, more) if body is None else body
    seconds = {frame: segmentation.seconds(frame) for frame in range(segmentation.frameCount)}
    return _content(segmentation.cine.name, size, frames, seconds, body, digest)


def contentFrom(
    name: str,
    size: tuple[int, int, int],
    segments: Sequence[Mapping[str, Any]],
    frames: Mapping[int, KeptFrame],
    seconds: Mapping[int, float],
    placed: Placed,
) -> bytes:
    """As `contentOf`, of marks that are in no scene.

    Args:
        name: of the cine.
        size: (frames, rows, columns).
        segments: "id", "name", "color" (red, green and blue from 0 to 1) and "terminology" of each.
        frames: those of which anything is known.
        seconds: spent on each frame.
        placed: over the frames.
    """
    return _content(name, size, frames, seconds, _body(segments, frames, {}, placed), "")


def _content(
    name: str,
    size: tuple[int, int, int],
    frames: Mapping[int, KeptFrame],
    seconds: Mapping[int, float],
    body: bytes,
    digest: str,
) -> bytes:
    states = [kept.record for kept in frames.values()]
    header = {
        "format": _FORMAT,
        "version": _VERSION,
        "digest": digest,
        "cine": name,
        "size": list(size),
        "marked": sum(record.isMark for record in states),
        "predicted": sum(record.status is FrameStatus.PREDICTED for record in states),
        "time": datetime.now().isoformat(timespec="seconds"),
        "seconds": _longest(seconds),
    }
    return json.dumps(header).encode() + b"\n" + body


def _longest(seconds: Mapping[int, float]) -> dict[str, int]:
    """{frame: whole seconds spent there}; of very many frames those that took longest.

    They are in the header, for they pass while the marks, by whose part of the file others see whether anything
    changed, are the same.
    """
    spent = {frame: round(value) for frame, value in seconds.items()}
    longest = sorted((frame for frame in spent if spent[frame]), key=lambda frame: -spent[frame])[:_MOST_TIMES]
    return {str(frame): spent[frame] for frame in sorted(longest)}


def bodyOf(
    segmentation: SegmentationSequence, frames: Mapping[int, KeptFrame], more: Mapping[str, Any] | None = None
) -> bytes:
    """The part of the file that is alike while the marks are."""
    segments = [
        {
            "id": one,
            "name": segmentation.segmentName(one),
            "color": list(segmentation.segmentColor(one)),
            "terminology": segmentation.segmentTerminology(one),
        }
        for one in segmentation.segmentIds()
    ]
    return _body(segments, frames, more or {}, placedOf(segmentation))


def _body(
    segments: Sequence[Mapping[str, Any]],
    frames: Mapping[int, KeptFrame],
    more: Mapping[str, Any],
    placed: Placed,
) -> bytes:
    body: dict[str, Any] = {
        "segments": list(segments),
        "frames": {
            str(frame): {
                "record": kept.record.fields(),
                "masks": {name: base64.b64encode(packed).decode() for name, packed in kept.masks.items()},
            }
            for frame, kept in frames.items()
        },
        "more": dict(more),
    }
    if placed.points:
        body["points"] = placed.points
    if placed.line:
        body["line"] = placed.line
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def headerOf(path: Path) -> MarksHeader | None:
    """Of a file of marks; None where it is none, or cannot be read."""
    try:
        with path.open("rb") as stream:
            return _header(stream.readline(_LARGEST_HEADER))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def readKept(path: Path) -> bytes:
    """The content of a file of marks.

    Raises:
        InputError: it cannot be read.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InputError(_("{file} is too large for a file of marks.").format(file=path.name), _anew())
        return path.read_bytes()
    except OSError as error:
        message = _("{file} cannot be read ({reason}).").format(file=path.name, reason=error.strerror or error)
        raise InputError(message, _anew()) from error


def putKept(segmentation: SegmentationSequence, content: bytes, name: str = "") -> dict[str, Any]:
    """As `putKeptSteps`, at a stretch."""
    return allOf(putKeptSteps(segmentation, content, name))


def putKeptSteps(segmentation: SegmentationSequence, content: bytes, name: str = "") -> Steps[dict[str, Any]]:
    """Make the segmentation what it was, a frame a step; what is in it now goes.

    Args:
        segmentation: of the cine that the marks belong to.
        content: of `contentOf`.
        name: of the file, for people; empty where it has none.

    Returns:
        What went with the marks.

    Raises:
        InputError: it is damaged, or of a cine of another size; the segmentation is as it was.
    """
    name = name or _("The file of marks")
    size = (segmentation.frameCount, *segmentation.cine.frameSize)
    try:
        first, _newline, second = content.partition(b"\n")
        header, body = _header(first), json.loads(second)
        if header.size != size:
            raise InputError(
                _(
                    "{file} is of a cine with {count} frames of {columns} x {rows} pixels, and this one has "
                    "{otherCount} of {otherColumns} x {otherRows}."
                ).format(
                    file=name,
                    count=header.size[0],
                    columns=header.size[2],
                    rows=header.size[1],
                    otherCount=size[0],
                    otherColumns=size[2],
                    otherRows=size[1],
                ),
                _("Open the cine that it belongs to."),
            )
        table = _tableOf(body["segments"])
        frames = {}
        for frame, fields in body["frames"].items():
            frames[int(frame)] = _frame(fields, size)
            yield
        times = json.loads(first).get("seconds", {})
        seconds = {int(frame): float(spent) for frame, spent in times.items()}
        if not all(0 <= frame < size[0] for frame in (*frames, *seconds)):
            raise ValueError("a frame that is not there")
        more = dict(body.get("more", {}))
        placed = Placed(str(body.get("points", "")), str(body.get("line", "")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(_("{file} is damaged.").format(file=name), _anew()) from error
    segmentation.spreadSegmentTable(table)
    present = segmentation.segmentIds()
    records = dict.fromkeys(range(size[0]), FrameRecord())
    for frame in range(size[0]):
        record, masks = frames.get(frame, (FrameRecord(), {}))
        drawn = segmentation.record(frame).fingerprints
        empty = {one: np.zeros(size[1:], bool) for one in present if one in drawn and one not in masks}
        segmentation.setMasks(frame, {**empty, **{one: mask for one, mask in masks.items() if one in present}})
        records[frame] = record
        yield
    segmentation.setRecords(records)
    putPlaced(segmentation, placed)
    for frame, spent in seconds.items():  # beside what was spent since
        segmentation.times.add(segmentation.indexValue(frame), spent)
    return more


def _anew() -> str:
    return _("Start anew, or take the file away.")


def _header(line: bytes) -> MarksHeader:
    found = json.loads(line)
    if found["format"] != _FORMAT or found["version"] != _VERSION:
        raise ValueError("no marks, or of a later version")
    frames, rows, columns = map(int, found["size"])
    datetime.fromisoformat(found["time"])
    return MarksHeader(
        str(found["digest"]),
        str(found["cine"]),
        (frames, rows, columns),
        int(found["marked"]),
        int(found["predicted"]),
        str(found["time"]),
    )


def _frame(fields: Mapping[str, Any], size: tuple[int, ...]) -> tuple[FrameRecord, dict[str, np.ndarray]]:
    record = FrameRecord.fromFields(fields["record"])
    masks = {
        str(name): unpackMask(base64.b64decode(text, validate=True), (size[1], size[2]))
        for name, text in fields["masks"].items()
    }
    return record, masks


def _tableOf(segments: Sequence[Mapping[str, Any]]) -> Any:
    """A segmentation node, not in the scene, with these segments."""
    import slicer

    if len(segments) > _MOST_SEGMENTS:
        raise ValueError("too many segments")
    node = slicer.vtkMRMLSegmentationNode()
    core = node.GetSegmentation()
    core.SetSourceRepresentationName("Binary labelmap")
    for one in segments:
        red, green, blue = (min(max(float(share), 0.0), 1.0) for share in one["color"])
        segmentId = core.AddEmptySegment(str(one["id"]), str(one["name"]), (red, green, blue))
        if segmentId != str(one["id"]):
            raise ValueError("a segment twice")
        if one.get("terminology") and hasattr(slicer.vtkSegment, "SetTerminology"):
            core.GetSegment(segmentId).SetTerminology(str(one["terminology"]))
    return node
