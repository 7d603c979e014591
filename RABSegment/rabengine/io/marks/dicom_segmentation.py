"""DICOM segmentations, ours and those of others, as marks: each of their frames refers to a frame of the cine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError, RABSegmentError
from rabengine.io.derived.segments import BACKGROUND, label_said
from rabengine.io.dicom.files import (
    header_of,
    is_dicom,
    items_of,
    numbers_of,
    plain_file,
    quiet_pydicom,
    read_header,
    require_image,
    value_of,
)
from rabengine.io.dicom.pixels import frame_count, stored_frames
from rabengine.io.dicom.reader import SEGMENTATIONS

from .dicom_segments import legend_of_items
from .types import Marks

_LARGEST_LABEL = 255
_MOST_NAMED = 4  # of segments, in a sentence
_PLACE = tuple[str, int | None]  # SOP instance, and number of the frame in it


@dataclass(frozen=True)
class _Frame:
    """A frame of the file.

    Attributes:
        number: of it in the file, from 0.
        segment: its number; None in a label map.
        frame: of the cine; None where it refers to another image.
    """

    number: int
    segment: int | None
    frame: int | None


def is_dicom_segmentation(path: Path) -> bool:
    """Whether a file is one; never raises for what is damaged."""
    if not is_dicom(path):
        return False
    try:
        return value_of(header_of(path), "SOPClassUID") in SEGMENTATIONS
    except (InputError, OSError):
        return False


def read_dicom_segmentation(path: str | Path, cine: Cine) -> Marks:
    """The labels of all frames of the cine that the file holds, those without an object too.

    A segment keeps the label that it had where the file is ours; else its number is its label. Where segments overlap
    a pixel goes to the last of them, and a fractional segmentation counts from a half on; `warnings` says so.

    Args:
        path: of the file.
        cine: that was segmented, read from its DICOM files.

    Raises:
        InputError: the file is damaged, the cine is no DICOM, or the file does not say which frames of it are meant.
    """
    path = Path(path)
    try:
        return _read(path, cine)
    except (RABSegmentError, OSError, MemoryError):
        raise
    except Exception as error:  # pydicom converts values when they are asked for, and raises anything
        raise InputError(
            f"The labels {path} are damaged ({type(error).__name__}).", "Copy or export the segmentation again."
        ) from error


def _read(path: Path, cine: Cine) -> Marks:
    name = f"The labels {path}"
    with plain_file(path) as plain, quiet_pydicom():
        header = read_header(plain)
        require_image(path, header)
        _check_size(header, name, cine)
        segments = items_of(header, "SegmentSequence")
        labels = _labels_of(segments, name)
        count = frame_count(plain, header, str(path))
        frames = _frames_of(header, count, cine, name)
        painter = _Painter(cine.frame_size, labels, _threshold(header))
        wanted = {one.number: one for one in frames if one.frame is not None}
        for number, pixels in enumerate(stored_frames(plain, header, count, str(path))):
            if number in wanted:
                painter.add(wanted[number], pixels)
    legend = legend_of_items(segments, labels)
    return Marks(
        dict(sorted(painter.painted.items())),
        [*_left_out(frames, path), *painter.warnings(path)],
        {label: entry.name for label, entry in legend.items()},
        legend,
    )


def _check_size(header: Any, name: str, cine: Cine) -> None:
    size = tuple(int(value) for key in ("Rows", "Columns") for value in numbers_of(header, key)[:1])
    if size != cine.frame_size:
        found = " x ".join(map(str, reversed(size))) or "no"
        raise InputError(
            f"{name} have {found} pixels, but the frames are {cine.frame_size[1]} x {cine.frame_size[0]}.",
            "Give the segmentation of this cine.",
        )


def _labels_of(segments: Sequence[Any], name: str) -> dict[int, int]:
    """{number of a segment: label}."""
    numbered = {int(numbers_of(item, "SegmentNumber")[0]): item for item in segments if "SegmentNumber" in item}
    numbered.pop(BACKGROUND, None)
    if not numbered:
        raise InputError(f"{name} describe no segment.", "Export the segmentation again.")
    said = {number: label_said(item) for number, item in numbered.items()}
    own = [label for label in said.values() if label]
    if len(own) == len(said) and len(set(own)) == len(own) and max(own) <= _LARGEST_LABEL:
        return {number: label for number, label in said.items() if label is not None}
    if max(numbered) <= _LARGEST_LABEL:
        return {number: number for number in numbered}
    if len(numbered) > _LARGEST_LABEL:
        raise InputError(f"{name} hold {len(numbered)} segments; 255 is the most.", "Remove those not needed.")
    return {number: label for label, number in enumerate(sorted(numbered), 1)}


def _threshold(header: Any) -> float | None:
    """The lowest value inside a segment of a fractional segmentation, None in others."""
    if value_of(header, "SegmentationType") != "FRACTIONAL":
        return None
    return (numbers_of(header, "MaximumFractionalValue") or (255.0,))[0] / 2


def _groups(header: Any) -> list[Any]:
    return items_of(header, "PerFrameFunctionalGroupsSequence")


def _frames_of(header: Any, count: int, cine: Cine, name: str) -> list[_Frame]:
    """What each frame of the file is of.

    Raises:
        InputError: nothing in it is of the cine, or it does not say of which frames.
    """
    if len(cine.dicom_frames) != cine.frame_count:
        raise InputError(
            f"{name} are a DICOM segmentation, which refers to DICOM images, and {cine.source} was not read from any.",
            "Open the DICOM files that were segmented, or give the labels in another format.",
        )
    groups = _groups(header)
    known: dict[_PLACE, int | None] = {}
    for frame, origin in enumerate(cine.dicom_frames):
        known[origin.instance, origin.number] = frame
        # A reference without a number is one to a file of one frame.
        known[origin.instance, None] = None if (origin.instance, None) in known else frame
    shared = (items_of(header, "SharedFunctionalGroupsSequence") or [None])[0]
    frames = []
    is_label_map = value_of(header, "SegmentationType") == "LABELMAP"
    for number in range(count):
        group = groups[number] if number < len(groups) else None
        places = [place for where in (group, shared) if where is not None for place in _places_of(where)]
        if not places:
            raise InputError(
                f"{name} do not say which frames of the cine they are of: frame {number} refers to no image.",
                "Write it with references to the source images (Derivation Image Sequence).",
            )
        of_cine = {known[place] for place in places if place in known}
        if len(of_cine) > 1 or None in of_cine:
            raise InputError(
                f"{name} do not say which frame of the cine frame {number} is of: it refers to several.",
                "Write it with the number of one frame in each reference (Referenced Frame Number).",
            )
        segment = None if is_label_map else _segment_of(group, shared, name)
        frames.append(_Frame(number, segment, next(iter(of_cine), None)))
    if not any(one.frame is not None for one in frames):
        raise InputError(
            f"{name} refer to other images than those of {cine.source}.", "Give the segmentation of this cine."
        )
    return frames


def _places_of(group: Any) -> Iterator[_PLACE]:
    """The images that a frame was derived from."""
    for derivation in items_of(group, "DerivationImageSequence"):
        for source in items_of(derivation, "SourceImageSequence"):
            instance = str(value_of(source, "ReferencedSOPInstanceUID") or "")
            numbers = numbers_of(source, "ReferencedFrameNumber")
            yield from ((instance, int(number)) for number in numbers or ())
            if instance and not numbers:
                yield instance, None


def _segment_of(group: Any, shared: Any, name: str) -> int:
    for where in (group, shared):
        for item in items_of(where, "SegmentIdentificationSequence") if where is not None else []:
            if numbers := numbers_of(item, "ReferencedSegmentNumber"):
                return int(numbers[0])
    raise InputError(f"{name} have a frame that is of no segment.", "Export the segmentation again.")


def _left_out(frames: Sequence[_Frame], path: Path) -> list[str]:
    others = sum(one.frame is None for one in frames)
    return [f"{others} frames of {path} refer to other images than the cine's: they were left out."] if others else []


class _Painter:
    """Puts the frames of a segmentation into label images.

    Args:
        size: (rows, columns). labels: {number of a segment: label}. threshold: as `_threshold`.
    """

    def __init__(self, size: tuple[int, int], labels: Mapping[int, int], threshold: float | None) -> None:
        self.painted: dict[int, np.ndarray] = {}
        self._size, self._labels, self._threshold = size, labels, threshold
        self._table = np.zeros(1 << 16, np.uint8)
        for number, label in labels.items():
            self._table[number] = label
        self._overlap = 0

    def add(self, one: _Frame, pixels: np.ndarray) -> None:
        """Paint the pixels (H, W) of a frame that is of a frame of the cine."""
        assert one.frame is not None
        image = self.painted.setdefault(one.frame, np.zeros(self._size, np.uint8))
        if one.segment is None:
            image[:] = self._table[pixels]
            return
        label = self._labels.get(one.segment)
        if label is None:
            return
        inside = pixels > 0 if self._threshold is None else pixels >= self._threshold
        self._overlap += int(np.count_nonzero(image[inside]))
        image[inside] = label

    def warnings(self, path: Path) -> list[str]:
        said = []
        if self._overlap:
            said.append(
                f"{self._overlap} pixels of {path} belong to more than one segment: each was given to the last of them."
            )
        if self._threshold is not None:
            said.append(f"{path} holds fractions: a pixel of a half or more is inside.")
        return said
