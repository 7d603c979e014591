"""How large a pixel is and when each frame was taken, as a DICOM header says."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from .facts import FrameFacts, moments_of, triggers_of
from .files import items_of, numbers_of, value_of

Spacing = tuple[float, float]

_TWO_DIMENSIONAL, _CENTIMETRES = 1, 3
_MM_PER_CM = 10.0
_SAME = 1e-3  # two spacings that differ by less, relatively, are one that was rounded
_FRAME_TIME, _FRAME_TIME_VECTOR = 0x00181063, 0x00181065
OF_DETECTOR = "The pixel spacing is that of the detector"  # begins the warnings of what is known there alone
# What of a header a cine's spacing is then made of.
DETECTOR_KEYWORDS = ("ImagerPixelSpacing", "EstimatedRadiographicMagnificationFactor")


def pixel_spacing(
    header: Any, frame_size: tuple[int, int], frames: Sequence[int] = ()
) -> tuple[Spacing | None, tuple[str, ...]]:
    """Pixel size in mm along x and y, None when the file has no calibration, and what is doubtful about it.

    Ultrasound regions come first, if all two-dimensional ones in centimetres agree; then the pixel spacing, of the
    frames or of the file; then what is known at the detector.

    Args:
        header: of pydicom.
        frame_size: (rows, columns).
        frames: which frames of the file are meant, all by default.
    """
    regions = [region for region in items_of(header, "SequenceOfUltrasoundRegions") if _is_calibrated(region)]
    if regions:
        spacings = [(_delta(region, "X") * _MM_PER_CM, _delta(region, "Y") * _MM_PER_CM) for region in regions]
        if not _agree(spacings):
            return None, ("The file's ultrasound regions differ in calibration, so no areas in mm2 are given.",)
        return spacings[0], _region_warnings(regions, frame_size)
    groups = items_of(header, "PerFrameFunctionalGroupsSequence")
    used = [groups[frame] for frame in frames if frame < len(groups)] if frames else groups
    measured = [spacing for group in used for spacing in _measures(group)]
    if measured and len(measured) == len(used):
        if not _agree(measured):
            return None, ("The frames differ in pixel spacing, so no areas in mm2 are given.",)
        return measured[0], ()
    shared = [spacing for group in items_of(header, "SharedFunctionalGroupsSequence") for spacing in _measures(group)]
    of_file = None if _is_detectors_own(header) else _rows_first(header, "PixelSpacing")
    spacing = next((one for one in (*shared, of_file) if one), None)
    return (spacing, ()) if spacing else _at_detector(header)


def _measures(group: Any) -> list[Spacing]:
    found = [_rows_first(item, "PixelSpacing") for item in items_of(group, "PixelMeasuresSequence")]
    return [spacing for spacing in found if spacing is not None]


def _rows_first(dataset: Any, keyword: str) -> Spacing | None:
    """DICOM names the distance along y first, then along x."""
    spacing = numbers_of(dataset, keyword)
    if len(spacing) == 2 and all(math.isfinite(value) and value > 0 for value in spacing):
        return spacing[1], spacing[0]
    return None


def _is_detectors_own(header: Any) -> bool:
    """Whether the pixel spacing of the file is no more than that of the detector, without a word of a calibration:
    then magnification is not corrected for (DICOM PS3.3, section 10.7)."""
    said, detector = _rows_first(header, "PixelSpacing"), _rows_first(header, "ImagerPixelSpacing")
    if said is None or detector is None or value_of(header, "PixelSpacingCalibrationType"):
        return False
    return _agree([said, detector])


def _at_detector(header: Any) -> tuple[Spacing | None, tuple[str, ...]]:
    """Of projections: what is imaged lies between source and detector and is smaller than its image."""
    for keyword in ("ObjectPixelSpacingInCenterOfBeam", "NominalScannedPixelSpacing"):
        if spacing := _rows_first(header, keyword):
            return spacing, ()
    spacing = _rows_first(header, "ImagerPixelSpacing")
    if spacing is None:
        return None, ()
    factor = (numbers_of(header, "EstimatedRadiographicMagnificationFactor") or (0.0,))[0]
    if math.isfinite(factor) and factor > 0:
        return (spacing[0] / factor, spacing[1] / factor), (
            f"{OF_DETECTOR} over the estimated magnification of {factor:g}, "
            "so check areas in mm2 before relying on them.",
        )
    return spacing, (
        f"{OF_DETECTOR} (ImagerPixelSpacing): what lies before it is shown magnified, so areas in mm2 are too large.",
    )


def _agree(spacings: Sequence[Spacing]) -> bool:
    return all(math.isclose(a, b, rel_tol=_SAME) for one in spacings for a, b in zip(one, spacings[0], strict=True))


def _is_calibrated(region: Any) -> bool:
    if numbers_of(region, "RegionSpatialFormat") != (_TWO_DIMENSIONAL,):
        return False
    units = (numbers_of(region, "PhysicalUnitsXDirection"), numbers_of(region, "PhysicalUnitsYDirection"))
    if units != ((_CENTIMETRES,), (_CENTIMETRES,)):
        return False
    return all(math.isfinite(_delta(region, axis)) and _delta(region, axis) > 0 for axis in "XY")


def _delta(region: Any, axis: str) -> float:
    return abs((numbers_of(region, f"PhysicalDelta{axis}") or (math.nan,))[0])


def _region_warnings(regions: list[Any], frame_size: tuple[int, int]) -> tuple[str, ...]:
    """A region that reaches past the frame was measured before a resize: its pixel size is in doubt."""
    right = max(int((numbers_of(region, "RegionLocationMaxX1") or (0,))[0]) for region in regions)
    bottom = max(int((numbers_of(region, "RegionLocationMaxY1") or (0,))[0]) for region in regions)
    rows, columns = frame_size
    if right <= columns and bottom <= rows:
        return ()
    return (
        f"The calibrated region reaches to pixel ({right}, {bottom}) but the frames are {columns} x {rows}: "
        "they were probably resized after calibration, so check areas in mm2 before relying on them.",
    )


def frame_times(header: Any, facts: Sequence[FrameFacts]) -> tuple[float, ...]:
    """Seconds of each frame since the first, () when the file does not say.

    What the file's FrameIncrementPointer names comes first; then times of the frames themselves, times between
    frames, and at last rates of display.

    Args:
        header: of pydicom; of the first file where each frame has its own.
        facts: of each frame, in the order of time.
    """
    count = len(facts)
    pointers = {int(number) for number in numbers_of(header, "FrameIncrementPointer")}
    ways = [_by_vector(header, count), _by_frame_time(header, count), triggers_of(facts)]
    if _FRAME_TIME in pointers:
        ways.insert(0, _by_frame_time(header, count))
    if _FRAME_TIME_VECTOR not in pointers and any(triggers_of(facts)):
        ways.insert(1 if _FRAME_TIME in pointers else 0, triggers_of(facts))
    ways += [_evenly(_number(header, "ActualFrameDuration") / 1000, count), moments_of(facts)]
    for keyword in ("CineRate", "RecommendedDisplayFrameRate"):
        rate = _number(header, keyword)
        ways.append(_evenly(1 / rate if rate > 0 else 0.0, count))
    return next((times for times in ways if times), ())


def _by_vector(header: Any, count: int) -> tuple[float, ...]:
    """Times between frames in ms: one for each frame, of which the first says nothing, or one fewer."""
    vector = numbers_of(header, "FrameTimeVector")
    if len(vector) not in (count, count - 1) or not all(math.isfinite(value) and value >= 0 for value in vector):
        return ()
    steps = vector[1:] if len(vector) == count else vector
    if not any(steps):
        return ()
    return tuple(value / 1000 for value in itertools.accumulate([0.0, *steps]))


def _by_frame_time(header: Any, count: int) -> tuple[float, ...]:
    return _evenly(_number(header, "FrameTime") / 1000, count)


def _evenly(step: float, count: int) -> tuple[float, ...]:
    return tuple(frame * step for frame in range(count)) if step > 0 else ()


def _number(header: Any, keyword: str) -> float:
    """0 where it is absent or nonsense."""
    numbers = numbers_of(header, keyword)
    return numbers[0] if numbers and math.isfinite(numbers[0]) and value_of(header, keyword) is not None else 0.0
