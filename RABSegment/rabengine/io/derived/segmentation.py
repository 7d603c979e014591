"""A segmented cine as a DICOM segmentation (PS3.3, A.51 and A.90), each of whose frames refers to a frame of the cine.

highdicom's own segmentation takes an image without a frame of reference only where it has a single frame, and tells the
frames of one by their place: those of a cine all lie in one place. So the functional groups are made here, of
highdicom's parts, and the frames are told apart by their place in time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.dicom.files import quiet_pydicom, value_of
from rabengine.io.legend import Legend, legend_of
from rabengine.optional import require

from .functional_groups import StoredFrame, add_groups
from .objects import Labelling, new_object, text
from .segments import BACKGROUND, background_item, segment_item
from .sources import Sources, sources_of

BINARY, LABEL_MAP = "BINARY", "LABELMAP"
SOP_CLASSES = {BINARY: "1.2.840.10008.5.1.4.1.1.66.4", LABEL_MAP: "1.2.840.10008.5.1.4.1.1.66.7"}
WHAT = "A DICOM segmentation"
_SERIES = "Segmentation of a cine"

# Labels by frame: 0 is background. A frame that is not there was segmented by nobody.
Group = Mapping[int, np.ndarray]


@dataclass(frozen=True)
class MadeSegmentation:
    """What is to be written.

    Attributes:
        dataset: pydicom Dataset with its file meta information.
        notes: sentences for the user, such as that a segment was left out.
    """

    dataset: Any
    notes: tuple[str, ...]


def segmentation_of(
    cine: Cine, groups: Sequence[Group], legend: Legend, form: str = BINARY, labelling: Labelling | None = None
) -> MadeSegmentation:
    """Make a DICOM segmentation.

    A frame on which somebody looked and found none of the segments is stored as an empty frame, so that it can be told
    from one that nobody segmented, which is not stored.

    Args:
        cine: that was read from DICOM files, which are still there.
        groups: label images (H, W) uint8 by frame; segments that overlap are in different groups, each whole in one.
        legend: names and colours of the label values, perhaps codes.
        form: BINARY, where segments may overlap, or LABEL_MAP.
        labelling: what a person says of it.

    Raises:
        InputError: the cine is no DICOM or its files are gone, no segment has a pixel, or segments overlap in a label
            map. PackageMissingError: highdicom is not installed.
    """
    require("highdicom.seg", "Writing a DICOM segmentation")
    sources = sources_of(cine, WHAT)
    frames = sorted({frame for group in groups for frame in group})
    drawn = {frame: _labels_on(groups, frame) for frame in frames}
    present = sorted({label for labels in drawn.values() for label in labels})
    if not present:
        raise InputError(f"{WHAT} needs a segment with pixels, and none has any.", "Segment the cine first.")
    overlap = any(_overlaps(groups, frame) for frame in frames)
    if overlap and form == LABEL_MAP:
        raise InputError(
            "A label map cannot hold segments that overlap.", "Choose the DICOM segmentation (.dcm), which can."
        )
    numbers = {label: number for number, label in enumerate(present, 1)} if form == BINARY else {n: n for n in present}
    with quiet_pydicom():
        made = new_object(sources, labelling or Labelling(), SOP_CLASSES[form], "SEG", _SERIES)
        _add_content(made, sources, labelling or Labelling())
        entries = legend_of(present) | {label: legend[label] for label in present if label in legend}
        items = [segment_item(numbers[label], label, entries[label]) for label in present]
        made.SegmentSequence = items if form == BINARY else [background_item(), *items]
        stored = list(_stored_frames(drawn, numbers, form))
        add_groups(made, sources, cine, stored, form == BINARY)
        _add_pixels(made, cine.frame_size, form, overlap)
        planes = (_plane(groups, one, present, form) for one in stored)
        made.PixelData = _packed(planes) if form == BINARY else _bytes(planes)
        made["PixelData"].VR = "OB"
    missing = [entry.name for label, entry in legend.items() if label not in present]
    notes = [f"The segment {name} has no pixels on any frame, so it is left out." for name in missing]
    return MadeSegmentation(made, tuple(notes))


def _labels_on(groups: Sequence[Group], frame: int) -> tuple[int, ...]:
    found = {int(value) for group in groups if frame in group for value in np.unique(group[frame])}
    return tuple(sorted(found - {BACKGROUND}))


def _overlaps(groups: Sequence[Group], frame: int) -> bool:
    drawn = [group[frame] > 0 for group in groups if frame in group]
    return len(drawn) > 1 and bool((np.sum(drawn, axis=0) > 1).any())


def _stored_frames(
    drawn: Mapping[int, tuple[int, ...]], numbers: Mapping[int, int], form: str
) -> Iterator[StoredFrame]:
    """Segment by segment; of a frame without any an empty one of the first segment. A label map has all in one."""
    if form == LABEL_MAP:
        yield from (StoredFrame(None, frame) for frame in drawn)
        return
    first = min(numbers)
    for label, number in numbers.items():
        for frame, labels in drawn.items():
            if label in labels or (label == first and not labels):
                yield StoredFrame(number, frame)


def _plane(groups: Sequence[Group], one: StoredFrame, present: Sequence[int], form: str) -> np.ndarray:
    """(H, W) uint8: 0 and 1 of one segment, or labels."""
    images = [group[one.frame] for group in groups if one.frame in group]
    if form == LABEL_MAP:
        return np.max(images, axis=0)
    label = present[(one.segment or 1) - 1]
    return np.any([image == label for image in images], axis=0).astype(np.uint8)


def _bytes(planes: Iterator[np.ndarray]) -> bytes:
    content = b"".join(np.ascontiguousarray(plane).tobytes() for plane in planes)
    return content + b"\0" * (len(content) % 2)


def _packed(planes: Iterator[np.ndarray]) -> bytes:
    """A bit a pixel, the first one lowest; frames follow each other without a gap (PS3.5, 8.1.1)."""
    parts, rest = [], np.zeros(0, np.uint8)
    for plane in planes:
        bits = np.concatenate([rest, plane.ravel()])
        whole = len(bits) // 8 * 8
        parts.append(np.packbits(bits[:whole], bitorder="little").tobytes())
        rest = bits[whole:]
    content = b"".join([*parts, np.packbits(rest, bitorder="little").tobytes()])
    return content + b"\0" * (len(content) % 2)


def _add_content(made: Any, sources: Sources, labelling: Labelling) -> None:
    made.ContentLabel = "SEGMENTATION"
    made.ContentDescription = "Segments of a cine, frame by frame"
    made.ContentCreatorName = text(labelling.creator) or None
    made.ImageType = ["DERIVED", "PRIMARY"]
    made.LossyImageCompression = str(value_of(sources.header, "LossyImageCompression") or "00")
    if made.LossyImageCompression == "01":
        for name in ("LossyImageCompressionRatio", "LossyImageCompressionMethod"):
            if name in sources.header:
                made[name] = sources.header[name]


def _add_pixels(made: Any, frame_size: tuple[int, int], form: str, overlap: bool) -> None:
    bits = 1 if form == BINARY else 8
    made.SegmentationType = form
    made.SegmentsOverlap = "YES" if overlap else "NO"
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows, made.Columns = frame_size
    made.BitsAllocated = made.BitsStored = bits
    made.HighBit, made.PixelRepresentation = bits - 1, 0
    if form == LABEL_MAP:
        made.PixelPaddingValue = BACKGROUND
