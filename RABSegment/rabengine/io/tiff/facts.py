"""How large a pixel is and how far apart frames are, as ImageJ and OME write it into TIFF files."""

from __future__ import annotations

import itertools
import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_TIMES = {
    "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "us": 1e-6, "usec": 1e-6,
    "\u00b5s": 1e-6, "\u03bcs": 1e-6, "\\u00b5s": 1e-6, "ns": 1e-9, "min": 60.0, "minute": 60.0, "minutes": 60.0,
    "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "hours": 3600.0,
}  # fmt: skip
_LENGTHS = {
    "m": 1e3, "cm": 10.0, "mm": 1.0, "\u00b5m": 1e-3, "\u03bcm": 1e-3, "um": 1e-3, "micron": 1e-3, "microns": 1e-3,
    "\\u00b5m": 1e-3, "\\u00B5m": 1e-3, "nm": 1e-6, "inch": 25.4, "in": 25.4,
}  # fmt: skip
_LARGEST_XML = 1 << 24
_DECIMALS = 9  # of seconds


@dataclass(frozen=True)
class TiffFacts:
    """What a file says beside its pixels.

    Attributes:
        spacing: size of a pixel in mm along x and y.
        frame_time: seconds from frame to frame.
        plane_times: seconds by the place of a plane on the axes C, Z and T; they are measured where `frame_time` is
            intended.
    """

    spacing: tuple[float, float] | None = None
    frame_time: float | None = None
    plane_times: Mapping[tuple[int, int, int], float] = field(default_factory=dict)

    def times_at(self, places: Sequence[Mapping[str, int]]) -> tuple[float, ...] | None:
        """Seconds of frames after the first, None where the file says none that rise.

        Args:
            places: of the plane of each frame, by the letter of the axis; 0 on an axis that is not there.
        """
        planes = [(place.get("C", 0), place.get("Z", 0), place.get("T", 0)) for place in places]
        found = [self.plane_times[plane] for plane in planes if plane in self.plane_times]
        if found and len(found) == len(planes) and all(later > one for one, later in itertools.pairwise(found)):
            return tuple(round(moment - found[0], _DECIMALS) for moment in found)
        return None if self.frame_time is None else tuple(self.frame_time * frame for frame in range(len(planes)))


def facts_of_tiff(tiff: Any) -> TiffFacts:
    """Those of a tifffile.TiffFile; of a file that is neither of ImageJ nor of OME none."""
    if tiff.imagej_metadata:
        return _of_imagej(tiff)
    if tiff.is_ome:
        return _of_ome(str(tiff.ome_metadata or ""))
    return TiffFacts()


def _of_imagej(tiff: Any) -> TiffFacts:
    """A rate of display is no time of frames, and a resolution without a unit no size."""
    told = tiff.imagej_metadata
    step = _positive(told.get("finterval"), _TIMES.get(str(told.get("tunit", "sec")).lower(), math.nan))
    unit = _LENGTHS.get(str(told.get("unit", "")))
    sizes = [_inverse(tiff.pages[0].tags.get(name)) for name in ("XResolution", "YResolution")]
    if unit is None or sizes[0] is None or sizes[1] is None:
        return TiffFacts(frame_time=step)
    return TiffFacts((sizes[0] * unit, sizes[1] * unit), step)


def _inverse(tag: Any) -> float | None:
    """What a resolution of pixels a unit makes of the size of one pixel."""
    try:
        pixels, units = tag.value
        return _positive(float(units) / float(pixels))
    except (AttributeError, TypeError, ValueError, ZeroDivisionError):
        return None


def _of_ome(text: str) -> TiffFacts:
    if len(text) > _LARGEST_XML or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return TiffFacts()
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError):
        return TiffFacts()
    pixels = next((element for element in root.iter() if element.tag.rpartition("}")[2] == "Pixels"), None)
    if pixels is None:
        return TiffFacts()
    step = _positive(pixels.get("TimeIncrement"), _TIMES.get(pixels.get("TimeIncrementUnit", "s"), math.nan))
    moments = _moments(pixels)
    sizes = [
        _positive(
            pixels.get(f"PhysicalSize{axis}"), _LENGTHS.get(pixels.get(f"PhysicalSize{axis}Unit", "um"), math.nan)
        )
        for axis in "XY"
    ]
    if sizes[0] is None or sizes[1] is None:
        return TiffFacts(None, step, moments)
    return TiffFacts((sizes[0], sizes[1]), step, moments)


def _moments(pixels: ElementTree.Element) -> dict[tuple[int, int, int], float]:
    """When each plane was taken, where it says so."""
    found: dict[tuple[int, int, int], float] = {}
    for element in pixels:
        if element.tag.rpartition("}")[2] != "Plane" or element.get("DeltaT") is None:
            continue
        try:
            channel, depth, moment = (int(element.get(f"The{axis}", "0")) for axis in "CZT")
            seconds = float(element.get("DeltaT", "")) * _TIMES.get(element.get("DeltaTUnit", "s"), math.nan)
        except ValueError:
            continue
        if math.isfinite(seconds):
            found[channel, depth, moment] = seconds
    return found


def _positive(value: object, unit: float = 1.0) -> float | None:
    try:
        number = float(str(value)) * unit
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None
