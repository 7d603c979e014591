"""What the areas of a segment say of a left ventricle, in figures and words."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from RABSegmentLib.Results.EjectionFraction import EjectionFraction, ejectionFraction
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Translation import tr as _


@dataclass(frozen=True)
class VentricleReport:
    """Of one segment; not for clinical use.

    Attributes:
        figures: (title, value with its unit) of each; none where there is no ejection fraction.
        note: how they were found and what to doubt of them, or why there are none.
    """

    figures: tuple[tuple[str, str], ...]
    note: str

    @property
    def text(self) -> str:
        """All of it in a line."""
        figures = ", ".join(f"{title} {value}" for title, value in self.figures)
        return f"{figures}. {self.note}" if figures else self.note


def ventricleReport(segmentation: SegmentationSequence, segmentName: str) -> VentricleReport:
    """Ejection fraction, volumes and strain of a segment, by its name; empty where none is chosen."""
    chosen = [one for one in segmentation.segmentIds() if segmentName and segmentation.segmentName(one) == segmentName]
    found = ejectionFraction(segmentation, chosen[0]) if chosen else None
    figures = () if found is None else _figures(found)
    if found is not None:
        said = _("Ejection fraction (EF) and volumes by the single-plane area-length method. Not for clinical use.")
        note = " ".join((said, *found.warnings))
    elif segmentName:
        note = _("{segment} is on fewer than two frames: no ejection fraction.").format(segment=segmentName)
    else:
        note = _("Name the left ventricle's segment to see its ejection fraction.")
    return VentricleReport(figures, " ".join((note, *segmentation.cine.calibrationDoubts)))


def _figures(found: EjectionFraction) -> tuple[tuple[str, str], ...]:
    figures: tuple[tuple[str, str], ...] = (
        (_("EF"), f"{found.percent:.0f} %"),
        (_("ED frame"), f"{found.edFrame}"),
        (_("ES frame"), f"{found.esFrame}"),
    )
    if found.edVolume is not None and found.esVolume is not None:
        figures = (*figures, (_("EDV"), f"{found.edVolume:.0f} ml"), (_("ESV"), f"{found.esVolume:.0f} ml"))
    figures = (*figures, (_("Longitudinal strain"), f"{found.strain:.0f} %"))
    if len(found.byBeat) < 2:
        return figures
    spread = f"{statistics.mean(found.byBeat):.0f} ± {statistics.stdev(found.byBeat):.0f} %"
    return (*figures, (_("EF of {count} beats").format(count=len(found.byBeat)), spread))
