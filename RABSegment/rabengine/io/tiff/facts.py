"""How large a pixel is and how far apart frames are, as ImageJ and OME write it into TIFF files."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from typing import Any

_TIMES = {
    "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "us": 1e-6, "\u00b5s": 1e-6,
    "\u03bcs": 1e-6, "min": 60.0, "h": 3600.0,
}  # fmt: skip
_LENGTHS = {
    "m": 1e3, "cm": 10.0, "mm": 1.0, "\u00b5m": 1e-3, "\u03bcm": 1e-3, "um": 1e-3, "micron": 1e-3, "microns": 1e-3,
    "\\u00b5m": 1e-3, "\\u00B5m": 1e-3, "nm": 1e-6, "inch": 25.4, "in": 25.4,
}  # fmt: skip
_LARGEST_XML = 1 << 24


@dataclass(frozen=True)
class TiffFacts:
    """What a file says beside its pixels.

    Attributes:
        spacing: size of a pixel in mm along x and y.
        frame_time: seconds from frame to frame.
    """

    spacing: tuple[float, float] | None = None
    frame_time: float | None = None


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
    step = _positive(told.get("finterval"), _TIMES.get(str(told.get("tunit", "sec")).lower(), 1.0))
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
    sizes = [
        _positive(
            pixels.get(f"PhysicalSize{axis}"), _LENGTHS.get(pixels.get(f"PhysicalSize{axis}Unit", "um"), math.nan)
        )
        for axis in "XY"
    ]
    if sizes[0] is None or sizes[1] is None:
        return TiffFacts(frame_time=step)
    return TiffFacts((sizes[0], sizes[1]), step)


def _positive(value: object, unit: float = 1.0) -> float | None:
    try:
        number = float(str(value)) * unit
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None
