"""A cine: its frames, their times, the size of a pixel, and the record by which another process can read it."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

LEFT_OUT = "Left out, as no frame of the cine"
COUNTED = "Frames are counted from 0"
_FIELDS = (
    "spacing",
    "origin",
    "direction",
    "index_name",
    "index_unit",
    "index_values",
    "source",
    "slice_spacing",
    "warnings",
    "dicom_frames",
    "name_sums",
)


class DicomFrame(NamedTuple):
    """Where in DICOM files a frame came from, so that what is drawn on it can refer to it.

    Attributes:
        file: its path.
        instance: SOP Instance UID, "" where the file has none.
        number: of the frame in the file, from 1.
    """

    file: str
    instance: str
    number: int


@dataclass(frozen=True)
class Cine:
    """Frames of one cine loop.

    Attributes:
        frames: (T, H, W) grey or (T, H, W, 3) RGB, any real dtype; may be a read-only memory map.
        spacing: pixel size in mm (along columns x, along rows y), or None when the cine is not calibrated.
        origin: position of the first pixel's centre in mm, LPS (ITK and DICOM convention).
        direction: 3 x 3 direction cosines, row-major, LPS.
        index_name: "time" or "frame", as a Slicer sequence calls its index.
        index_unit: "s" for time, "" for frame numbers.
        index_values: one value a frame, in index_unit.
        source: the file or folder the frames came from.
        slice_spacing: size of a frame across its plane in mm; only carried along, so that results overlay the cine.
        warnings: sentences the user should read, such as a calibration that is in doubt. They go on into tables and
            charts, so they name neither the file nor its folder; only what begins with `LEFT_OUT` names other files.
            What begins with that or with `COUNTED` stays out of tables and charts.
        dicom_frames: where each frame came from, () when the cine is not DICOM.
        name_sums: `name_sum` of the file of each frame where every frame has one of its own, else ().
    """

    frames: np.ndarray
    spacing: tuple[float, float] | None = None
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    direction: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    index_name: str = "frame"
    index_unit: str = ""
    index_values: tuple[float, ...] = ()
    source: str = ""
    slice_spacing: float = 1.0
    warnings: tuple[str, ...] = ()
    dicom_frames: tuple[DicomFrame, ...] = ()
    name_sums: tuple[int, ...] = ()

    @property
    def frame_count(self) -> int:
        return int(self.frames.shape[0])

    @property
    def frame_size(self) -> tuple[int, int]:
        """(rows, columns) in pixels."""
        return int(self.frames.shape[1]), int(self.frames.shape[2])

    @property
    def doubts(self) -> tuple[str, ...]:
        """The warnings that belong beside what is measured on the cine; they name no file."""
        return doubts_among(self.warnings)

    @property
    def pixel_area_mm2(self) -> float | None:
        """Area of one pixel in mm2, None when the cine is not calibrated."""
        return None if self.spacing is None else self.spacing[0] * self.spacing[1]


def doubts_among(warnings: Sequence[str]) -> tuple[str, ...]:
    """Those of a cine's warnings that belong beside what is measured on it; they name no file."""
    return tuple(one for one in warnings if not one.startswith((LEFT_OUT, COUNTED)))


def name_sum(name: str) -> int:
    """By which a mask is known that is called as the file of a frame: names tell of patients, and may not be kept.

    Args:
        name: of the file, without its ending.
    """
    return zlib.crc32(name.encode(errors="surrogateescape"))


def cine_record(cine: Cine) -> dict[str, Any]:
    """All attributes of a cine but its frames; plain numbers, texts and lists."""
    return {name: _plain(getattr(cine, name)) for name in _FIELDS}


def cine_of_record(record: Mapping[str, Any], frames: np.ndarray) -> Cine:
    """The cine that a record was made of.

    Args:
        record: of `cine_record`, also after it was JSON.
        frames: (T, H, W) or (T, H, W, 3).

    Raises:
        KeyError: something is missing in the record.
    """
    values: dict[str, Any] = {}
    for name in _FIELDS:
        value = record[name]
        values[name] = tuple(value) if isinstance(value, list) else value
    values["dicom_frames"] = tuple(DicomFrame(*one) for one in values["dicom_frames"])
    return Cine(frames, **values)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value
