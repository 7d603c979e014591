"""How much of its volume a left ventricle ejects, judged from one plane, of a segment in the scene."""

from __future__ import annotations

from dataclasses import dataclass

from rabengine.measurement.ejection import Ventricle
from rabengine.measurement.organs import MM3_PER_ML, ventricle_of
from rabengine.measurement.scale import Scale
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .Measuring import scaleOf, segmentMasks
from .MovedPoints import movedPoints


@dataclass(frozen=True)
class EjectionFraction:
    """Of one segment in one plane; not for clinical use.

    Attributes:
        ventricle: as the engine measured it.
        scale: of the cine.
        percent: (EDV - ESV) / EDV, at most 100; negative when the ventricle shortens more than it narrows.
        byBeat: the same for each beat that was found; one value where there is one.
        strain: longitudinal strain at end-systole in percent, by the outline's length.
        edFrame: end-diastole of the beat whose fraction is the median.
        esFrame: its end-systole.
        unit: of lengths and areas: "mm", or "px" when the cine has no spacing.
        edLength: long axis at end-diastole, in `unit`.
        esLength: long axis at end-systole, in `unit`.
        edArea: in `unit` squared.
        esArea: in `unit` squared.
        edVolume: in ml, None when the cine has no spacing.
        esVolume: in ml, None when the cine has no spacing.
        warnings: sentences on how it was found.
        doubts: sentences to be read beside lengths, areas and volumes, such as a calibration in doubt.
    """

    ventricle: Ventricle
    scale: Scale
    percent: float
    byBeat: tuple[float, ...]
    strain: float
    edFrame: int
    esFrame: int
    unit: str
    edLength: float
    esLength: float
    edArea: float
    esArea: float
    edVolume: float | None
    esVolume: float | None
    warnings: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def ejectionFraction(segmentation: SegmentationSequence, segmentId: str) -> EjectionFraction | None:
    """The single-plane ejection fraction of a segment that is a left ventricle, by the area-length method.

    It is the engine's (`rabengine.measurement.ejection`), with its formulas and sources, and with apex and mitral plane
    where a person moved them.

    Returns:
        None when the segment is on fewer than two frames.

    Raises:
        InputError: a mitral plane that was moved leaves nothing of the ventricle.
    """
    scale, moved = scaleOf(segmentation), movedPoints(segmentation, segmentId)
    found = ventricle_of(segmentMasks(segmentation, segmentId), scale, moved, on_all_frames=False)
    if found is None:
        return None
    ed, es, ejection = found.views[found.ed], found.views[found.es], found.area_length
    isCalibrated = scale.spacing is not None
    return EjectionFraction(
        ventricle=found,
        scale=scale,
        percent=ejection.percent,
        byBeat=ejection.by_beat,
        strain=found.strain(found.es),
        edFrame=found.ed,
        esFrame=found.es,
        unit="mm" if isCalibrated else "px",
        edLength=ed.length,
        esLength=es.length,
        edArea=ed.area,
        esArea=es.area,
        edVolume=ejection.ed_volume / MM3_PER_ML if isCalibrated else None,
        esVolume=ejection.es_volume / MM3_PER_ML if isCalibrated else None,
        warnings=found.warnings,
        doubts=segmentation.cine.calibrationDoubts,
    )
