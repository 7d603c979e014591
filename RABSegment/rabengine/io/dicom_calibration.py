"""How large a pixel is and when each frame was taken, as a DICOM header says."""

from __future__ import annotations

import itertools
import math

from .dicom_header import (
    PIXEL_MEASURES,
    SHARED_GROUPS,
    ULTRASOUND_REGIONS,
    DicomHeader,
    Values,
    double,
    items,
    numbers,
    uint,
)

_PIXEL_SPACING = 0x00280030
_FRAME_TIME, _FRAME_TIME_VECTOR, _CINE_RATE = 0x00181063, 0x00181065, 0x00180040
_REGION_FORMAT, _UNITS_X, _UNITS_Y = 0x00186012, 0x00186024, 0x00186026
_DELTA_X, _DELTA_Y = 0x0018602C, 0x0018602E
_REGION_RIGHT, _REGION_BOTTOM = 0x0018601C, 0x0018601E
_TWO_DIMENSIONAL, _CENTIMETRES = 1, 3
_MM_PER_CM = 10.0


def pixel_spacing(
    header: DicomHeader, frame_size: tuple[int, int]
) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Pixel size in mm along x and y, None when the file has no calibration, and what is doubtful about it.

    Ultrasound regions come first, if all two-dimensional ones in centimetres agree; then the pixel spacing.
    """
    order = header.byte_order
    regions = [region for region in items(header.values, ULTRASOUND_REGIONS) if _is_calibrated(region, order)]
    deltas = {(abs(double(region, _DELTA_X, order)), abs(double(region, _DELTA_Y, order))) for region in regions}
    if len(deltas) == 1:
        x, y = deltas.pop()
        return (x * _MM_PER_CM, y * _MM_PER_CM), _region_warnings(regions, order, frame_size)
    if len(deltas) > 1:
        return None, ("The file's ultrasound regions differ in calibration, so no areas in mm2 are given.",)
    shared = [measures for group in items(header.values, SHARED_GROUPS) for measures in items(group, PIXEL_MEASURES)]
    for values in (header.values, *shared):
        spacing = numbers(values, _PIXEL_SPACING)  # rows first: the distance along y, then along x
        if len(spacing) == 2 and all(math.isfinite(value) and value > 0 for value in spacing):
            return (spacing[1], spacing[0]), ()
    return None, ()


def _is_calibrated(region: Values, order: str) -> bool:
    if uint(region, _REGION_FORMAT, order) != _TWO_DIMENSIONAL:
        return False
    if (uint(region, _UNITS_X, order), uint(region, _UNITS_Y, order)) != (_CENTIMETRES, _CENTIMETRES):
        return False
    deltas = (double(region, _DELTA_X, order), double(region, _DELTA_Y, order))
    return all(math.isfinite(delta) and delta != 0 for delta in deltas)


def _region_warnings(regions: list[Values], order: str, frame_size: tuple[int, int]) -> tuple[str, ...]:
    """A region that reaches past the frame was measured before a resize: its pixel size is in doubt."""
    right = max(uint(region, _REGION_RIGHT, order) for region in regions)
    bottom = max(uint(region, _REGION_BOTTOM, order) for region in regions)
    rows, columns = frame_size
    if right <= columns and bottom <= rows:
        return ()
    return (
        f"The calibrated region reaches to pixel ({right}, {bottom}) but the frames are {columns} x {rows}: "
        "they were probably resized after calibration, so check areas in mm2 before relying on them.",
    )


def frame_times(header: DicomHeader, frame_count: int) -> tuple[float, ...]:
    """Seconds of each frame since the first, () when the file does not say."""
    vector = numbers(header.values, _FRAME_TIME_VECTOR)
    if len(vector) == frame_count and all(math.isfinite(value) and value >= 0 for value in vector) and any(vector):
        return tuple(value / 1000 for value in itertools.accumulate([0.0, *vector[1:]]))
    frame_time = numbers(header.values, _FRAME_TIME)
    rate = numbers(header.values, _CINE_RATE)
    if frame_time and math.isfinite(frame_time[0]) and frame_time[0] > 0:
        return tuple(frame * frame_time[0] / 1000 for frame in range(frame_count))
    if rate and math.isfinite(rate[0]) and rate[0] > 0:
        return tuple(frame / rate[0] for frame in range(frame_count))
    return ()
