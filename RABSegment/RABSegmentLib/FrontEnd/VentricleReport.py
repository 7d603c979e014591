"""What the areas of a segment say of a left ventricle, in figures and words."""

from __future__ import annotations

import statistics
from collections.abc import Collection
from dataclasses import dataclass

from rabengine.errors import InputError
from rabengine.measurement.ejection import BIPLANE
from rabengine.measurement.measure import measure_views
from rabengine.measurement.measurements import Measurements
from rabengine.measurement.scale import Scale
from RABSegmentLib.Results.EjectionFraction import EjectionFraction, ejectionFraction
from RABSegmentLib.Results.MovedPoints import movedPoints
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Scene.SegmentNames import uniqueNames
from RABSegmentLib.Translation import tr as _


@dataclass(frozen=True)
class VentricleReport:
    """Of one segment; not for clinical use.

    Attributes:
        figures: (title, value with its unit) of each; none where there is no ejection fraction.
        note: how they were found and what to doubt of them, or why there are none.
        segment: id of the segment, empty for none.
        found: what was measured, with apex and mitral plane; None where there is no ejection fraction.
    """

    figures: tuple[tuple[str, str], ...]
    note: str
    segment: str = ""
    found: EjectionFraction | None = None

    @property
    def text(self) -> str:
        """All of it in a line."""
        figures = ", ".join(f"{title} {value}" for title, value in self.figures)
        return f"{figures}. {self.note}" if figures else self.note


@dataclass(frozen=True)
class KeptView:
    """A view of a left ventricle that waits for another one at right angles to it.

    Attributes:
        cine: name of the cine.
        key: of its sequence node, by which it is told from another cine.
        patient: identifier of its patient, None where nothing says it; it is for comparing and shown nowhere.
        found: what was measured.
        scale: of the cine.
    """

    cine: str
    key: str
    patient: str | None
    found: EjectionFraction
    scale: Scale


def keptView(segmentation: SegmentationSequence, segmentName: str, patient: str | None = None) -> KeptView | None:
    """The view of the left ventricle that a cine shows; None where there is no ejection fraction.

    Raises:
        InputError: a mitral plane that was moved leaves nothing of the ventricle.
    """
    chosen = chosenSegment(segmentation, segmentName)
    found = None if chosen is None else ejectionFraction(segmentation, chosen)
    if found is None:
        return None
    return KeptView(segmentation.cine.name, _key(segmentation), patient, found, found.scale)


def ventricleReport(
    segmentation: SegmentationSequence,
    segmentName: str,
    other: KeptView | None = None,
    patient: str | None = None,
) -> VentricleReport:
    """Ejection fraction, volumes and strain of a segment, by its name; empty where none is chosen.

    Args:
        other: a view of another cine, for biplane volumes and ejection fraction.
        patient: identifier of the patient of this one, None where nothing says it.
    """
    chosen = chosenSegment(segmentation, segmentName)
    try:
        found = None if chosen is None else ejectionFraction(segmentation, chosen)
    except InputError as error:
        return VentricleReport((), str(error), chosen or "")
    figures = () if found is None else _figures(found)
    if found is not None and chosen is not None:
        said = _("Ejection fraction (EF) and volumes by the single-plane area-length method. Not for clinical use.")
        note = " ".join((said, *_movedText(movedPoints(segmentation, chosen)), *found.warnings))
    elif segmentName:
        note = _("{segment} is on fewer than two frames: no ejection fraction.").format(segment=segmentName)
    else:
        note = _("Name the left ventricle's segment to see its ejection fraction.")
    if found is not None and other is not None:
        more, text = _biplane(segmentation, chosen or "", found, other, patient)
        figures, note = (*figures, *more), f"{note} {text}"
    return VentricleReport(figures, " ".join((note, *segmentation.cine.calibrationDoubts)), chosen or "", found)


def biplaneMeasurements(
    segmentation: SegmentationSequence, segmentName: str, other: KeptView | None, patient: str | None = None
) -> Measurements:
    """What exports hold of two views, as `rabsegment measure --second` measures it.

    Args: as for `ventricleReport`.

    Returns:
        Nothing where there are no two views; where they are no pair, a warning that says why.
    """
    chosen = chosenSegment(segmentation, segmentName)
    if chosen is None or other is None or other.key == _key(segmentation):
        return Measurements()
    try:
        found = ejectionFraction(segmentation, chosen)
        return Measurements() if found is None else _pair(segmentation, chosen, found, other, patient)
    except InputError as error:
        return Measurements(warnings=(str(error),))


def _movedText(moved: Collection[int]) -> tuple[str, ...]:
    """That a person moved points on these frames."""
    if not moved:
        return ()
    frames = ", ".join(map(str, sorted(moved)))
    said = _("Apex or mitral plane were moved by hand on frame {frames}.")
    return (said.format(frames=frames),)


def chosenSegment(segmentation: SegmentationSequence, segmentName: str) -> str | None:
    """The first segment of a name."""
    known = (one for one in segmentation.segmentIds() if segmentName and segmentation.segmentName(one) == segmentName)
    return next(known, None)


def _key(segmentation: SegmentationSequence) -> str:
    return str(segmentation.cine.node.GetID())


def _biplane(
    segmentation: SegmentationSequence, chosen: str, found: EjectionFraction, other: KeptView, patient: str | None
) -> tuple[tuple[tuple[str, str], ...], str]:
    """Figures of two views, and what to say of them."""
    if other.key == _key(segmentation):
        return (), _("This view is kept: open the other view of the same patient for the biplane ejection fraction.")
    try:
        measured = _pair(segmentation, chosen, found, other, patient)
    except InputError as error:
        return (), str(error)
    titles = {
        f"ejection fraction ({BIPLANE})": (_("EF biplane"), _percent),
        f"end-diastolic volume ({BIPLANE})": (_("EDV biplane"), _volume),
        f"end-systolic volume ({BIPLANE})": (_("ESV biplane"), _volume),
    }
    figures = tuple(
        (title, said(value)) for name, (title, said) in titles.items() if (value := measured.value(name)) is not None
    )
    text = _("Biplane values by 20 discs of this view and of {cine}.").format(cine=other.cine)
    name = uniqueNames(segmentation)[chosen]
    told = {f"{name}: {one}" for one in found.warnings}  # beside the values of this view
    return figures, " ".join((text, *(one for one in measured.warnings if one not in told)))


def _pair(
    segmentation: SegmentationSequence, chosen: str, found: EjectionFraction, other: KeptView, patient: str | None
) -> Measurements:
    """Of two views; raises InputError where they are no pair."""
    if patient is not None and other.patient is not None and patient != other.patient:
        raise InputError(_("{cine} is of another patient, so the two are no biplane pair.").format(cine=other.cine))
    views = (found.ventricle, found.scale), (other.found.ventricle, other.scale)
    return measure_views(*views, uniqueNames(segmentation)[chosen])


def _figures(found: EjectionFraction) -> tuple[tuple[str, str], ...]:
    figures: tuple[tuple[str, str], ...] = (
        (_("EF"), _percent(found.percent)),
        (_("ED frame"), f"{found.edFrame}"),
        (_("ES frame"), f"{found.esFrame}"),
    )
    if found.edVolume is not None and found.esVolume is not None:
        figures = (*figures, (_("EDV"), _volume(found.edVolume)), (_("ESV"), _volume(found.esVolume)))
    figures = (*figures, (_("Strain"), _percent(found.strain)))
    if len(found.byBeat) < 2:
        return figures
    spread = f"{statistics.mean(found.byBeat):.0f} ± {statistics.stdev(found.byBeat):.0f} %"
    return (*figures, (_("EF of {count} beats").format(count=len(found.byBeat)), spread))


def _percent(value: float) -> str:
    return f"{round(value)} %"  # never "-0"


def _volume(millilitres: float) -> str:
    """Whole millilitres, and two digits that count of a small heart, such as a mouse's."""
    return f"{millilitres:.0f} ml" if round(millilitres) >= 10 else f"{millilitres:.2g} ml"
