"""What segments do from beat to beat, in words: rate, change of area, and what vessels and the glottis measure."""

from __future__ import annotations

from rabengine.measurement.concepts import (
    CHANGE,
    CONTRACTION,
    CONTRACTION_RATE,
    FREQUENCY,
    OPEN,
    RATE,
    VESSEL,
)
from rabengine.measurement.measure import measure_masks
from rabengine.measurement.measurements import MEAN, SPREAD, Measurements, together
from rabengine.measurement.tables import unit_text
from RABSegmentLib.Results.Measuring import scaleOf, segmentMasks
from RABSegmentLib.Results.Organs import VENTRICLE, organOf
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentNames import uniqueNames
from RABSegmentLib.Translation import tr as _


def beatText(segmentation: SegmentationSequence) -> str:
    """A line for each segment that is on two frames or more; volumes of a ventricle are told elsewhere."""
    lines = []
    for segmentId, name in uniqueNames(segmentation).items():
        values = ", ".join(_values(_measured(segmentation, segmentId, name), name))
        if values:
            lines.append(f"{name}: {values}.")
    return "\n".join(lines)


def _measured(segmentation: SegmentationSequence, segmentId: str, name: str) -> Measurements:
    masks, scale, organ = segmentMasks(segmentation, segmentId), scaleOf(segmentation), organOf(name)
    if len(masks.frames) < 2:
        return Measurements()
    found = [measure_masks([masks], scale, ("change", "beats"))]
    if organ not in (None, VENTRICLE):
        found.append(measure_masks([masks], scale, (organ,)))
    return together(found)


def _values(found: Measurements, name: str) -> list[str]:
    titles = {
        RATE: _("beat rate"),
        CHANGE: _("fractional area change"),
        VESSEL: _("vessel diameter"),
        CONTRACTION: _("contraction amplitude"),
        CONTRACTION_RATE: _("contraction rate"),
        FREQUENCY: _("glottal frequency"),
        OPEN: _("open quotient"),
    }
    told = []
    for word, title in titles.items():
        mean, spread = (found.value(f"{word}, {which}", name) for which in (MEAN, SPREAD))
        if mean is None:
            continue
        unit = next(unit_text(one.unit) for one in found.summary if one.name == f"{word}, {MEAN}")
        value = f"{mean:.3g}" if spread is None else f"{mean:.3g} ± {spread:.2g}"
        told.append(f"{title} {value} {unit}".strip())
    return told
