"""What each frame of a DICOM segmentation says: its segment, its frame of the cine, and its place where that is known.

Of an old multi-frame image, whose frames have no place in the patient, the reference is all there is; the standard asks
for nothing more (PS3.3, table A.51-2).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rabengine.cine import Cine
from rabengine.io.dicom.files import numbers_of, value_of
from rabengine.optional import require

from .objects import concept_item
from .sources import SourceFrame, Sources

_SEGMENT_NUMBER, _SEGMENT_GROUP = 0x0062000B, 0x0062000A
_TEMPORAL_POSITION, _CONTENT_GROUP = 0x00209128, 0x00209111
_SEGMENTATION = ("113076", "DCM", "Segmentation")
_SOURCE_IMAGE = ("121322", "DCM", "Source image for image processing operation")


@dataclass(frozen=True)
class StoredFrame:
    """One frame of the segmentation.

    Attributes:
        segment: its number; None in a label map, which has all segments in one frame.
        frame: of the cine, from 0.
    """

    segment: int | None
    frame: int


def add_groups(made: Any, sources: Sources, cine: Cine, stored: Sequence[StoredFrame], has_segments: bool) -> None:
    """Put the functional groups, the dimensions and the references of all frames into a segmentation.

    Args:
        made: pydicom Dataset.
        cine: its pixel size goes in, where it and the slice's thickness are known.
        stored: its frames in their order.
        has_segments: whether a frame is of one segment.
    """
    times = sorted({one.frame for one in stored})
    places = {frame: _place(sources.frames[frame]) for frame in times}
    has_places = all(places.values()) and len({str(place[1]) for place in places.values() if place}) == 1
    _add_dimensions(made, has_segments)
    groups = []
    for one in stored:
        ranks = [*([one.segment] if has_segments else []), one.frame + 1]
        place = places[one.frame] if has_places else None
        groups.append(_own_group(one, sources.frames[one.frame], ranks, place))
    shared = _item()
    thickness = _thickness(sources.frames[times[0]])
    # highdicom reads no pixel size without a thickness, which projections and most ultrasound do not have.
    if cine.spacing is not None and thickness is not None:
        sizes = [_decimal(cine.spacing[1]), _decimal(cine.spacing[0])]
        shared.PixelMeasuresSequence = [_item(PixelSpacing=sizes, SliceThickness=_decimal(thickness))]
    if not has_places:
        made.PatientOrientation = value_of(sources.header, "PatientOrientation")
    else:
        made.FrameOfReferenceUID = sources.header.FrameOfReferenceUID
        made.PositionReferenceIndicator = value_of(sources.header, "PositionReferenceIndicator")
        shared.PlaneOrientationSequence = [_item(ImageOrientationPatient=_first(places)[1])]
    made.SharedFunctionalGroupsSequence = [shared]
    made.PerFrameFunctionalGroupsSequence = groups
    made.NumberOfFrames = len(groups)
    _add_references(made, [sources.frames[frame] for frame in times])


def _own_group(one: StoredFrame, source: SourceFrame, ranks: Sequence[int | None], place: Any) -> Any:
    group = _item()
    content = _item(DimensionIndexValues=list(ranks), TemporalPositionIndex=one.frame + 1)
    group.FrameContentSequence = [content]
    if one.segment is not None:
        group.SegmentIdentificationSequence = [_item(ReferencedSegmentNumber=one.segment)]
    if place is not None:
        group.PlanePositionSequence = [_item(ImagePositionPatient=copy.copy(place[0]))]
    reference = _reference(source)
    reference.SpatialLocationsPreserved = "YES"
    reference.PurposeOfReferenceCodeSequence = [concept_item(_SOURCE_IMAGE)]
    group.DerivationImageSequence = [
        _item(DerivationCodeSequence=[concept_item(_SEGMENTATION)], SourceImageSequence=[reference])
    ]
    return group


def _reference(source: SourceFrame) -> Any:
    made = _item(ReferencedSOPClassUID=source.header.SOPClassUID, ReferencedSOPInstanceUID=source.header.SOPInstanceUID)
    if source.number is not None:
        made.ReferencedFrameNumber = source.number
    return made


def _place(source: SourceFrame) -> tuple[Any, Any] | None:
    """Position and orientation in the patient, None where the file does not say them or not in which space."""
    if not value_of(source.header, "FrameOfReferenceUID"):
        return None
    found = []
    for sequence, keyword, count in (
        ("PlanePositionSequence", "ImagePositionPatient", 3),
        ("PlaneOrientationSequence", "ImageOrientationPatient", 6),
    ):
        where = source.group(sequence) or source.header
        if len(numbers_of(where, keyword)) != count:
            return None
        found.append(value_of(where, keyword))
    return found[0], found[1]


def _thickness(source: SourceFrame) -> float | None:
    """Of the slice in mm."""
    found = numbers_of(source.group("PixelMeasuresSequence") or source.header, "SliceThickness")
    return found[0] if len(found) == 1 and found[0] > 0 else None


def _first(places: dict[int, tuple[Any, Any] | None]) -> tuple[Any, Any]:
    return next(place for place in places.values() if place is not None)


def _add_dimensions(made: Any, has_segments: bool) -> None:
    uid = require("highdicom", "Writing a DICOM segmentation").UID()
    dimensions = [("Segment", _SEGMENT_NUMBER, _SEGMENT_GROUP)] if has_segments else []
    dimensions.append(("Frame of the cine", _TEMPORAL_POSITION, _CONTENT_GROUP))
    made.DimensionOrganizationSequence = [_item(DimensionOrganizationUID=uid)]
    made.DimensionIndexSequence = [
        _item(
            DimensionOrganizationUID=uid,
            DimensionIndexPointer=pointer,
            FunctionalGroupPointer=group,
            DimensionDescriptionLabel=label,
        )
        for label, pointer, group in dimensions
    ]


def _add_references(made: Any, used: Sequence[SourceFrame]) -> None:
    """The files that are referred to, by series."""
    series: dict[str, dict[str, Any]] = {}
    for source in used:
        known = series.setdefault(str(source.header.SeriesInstanceUID), {})
        known[str(source.header.SOPInstanceUID)] = source.header
    made.ReferencedSeriesSequence = [
        _item(
            SeriesInstanceUID=uid,
            ReferencedInstanceSequence=[
                _item(ReferencedSOPClassUID=header.SOPClassUID, ReferencedSOPInstanceUID=header.SOPInstanceUID)
                for header in headers.values()
            ],
        )
        for uid, headers in series.items()
    ]


def _decimal(value: float) -> str:
    """As a decimal string of DICOM, which is sixteen characters at most."""
    return str(require("pydicom.valuerep", "Writing a DICOM segmentation").format_number_as_ds(float(value)))


def _item(**values: Any) -> Any:
    made = require("pydicom.dataset", "Writing a DICOM segmentation").Dataset()
    for name, value in values.items():
        setattr(made, name, value)
    return made
