"""What segments do from beat to beat, in words: rate, change of area, and what vessels and the glottis measure."""

from __future__ import annotations

from dataclasses import replace

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
from rabengine.measurement.tables import number_text, unit_text
from RABSegmentLib.Results.Measuring import scaleOf, segmentMasks
from RABSegmentLib.Results.Organs import VENTRICLE, organOf
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentNames import uniqueNames
from RABSegmentLib.Translation import tr as _


def beatText(segmentation: SegmentationSequence) -> str:
    """A line for each segment that is on two frames or more, with what is to be known of its values; volumes of a
    ventricle are told elsewhere."""
    lines = []
    for segmentId, name in uniqueNames(segmentation).items():
        found = _measured(segmentation, segmentId, name)
        values = ", ".join(_values(found, name))
        if values:
            # Such as that no whole beat was found: then the change is that of the whole cine.
            lines.append(" ".join((f"{name}: {values}.", *(text.removeprefix(f"{name}: ") for text in found.warnings))))
    return "\n".join(lines)


def _measured(segmentation: SegmentationSequence, segmentId: str, name: str) -> Measurements:
    masks, scale, organ = segmentMasks(segmentation, segmentId), scaleOf(segmentation), organOf(name)
    if len(masks.frames) < 2:
        return Measurements()
    found = [measure_masks([masks], scale, ("change", "beats"))]
    if organ not in (None, VENTRICLE):
        found.append(measure_masks([masks], scale, (organ,)))
    measured, known = together(found), scale.warnings
    return replace(measured, warnings=tuple(text for text in measured.warnings if text not in known))  # units say it


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
        value = number_text(mean, 3) if spread is None else f"{number_text(mean, 3)} ± {number_text(spread, 2)}"
        told.append(f"{title} {value} {unit}".strip())
    return told
