"""How much of its volume a left ventricle ejects, judged from one plane."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence

from .Areas import cyclePhases

_MM3_PER_ML = 1000.0


@dataclass(frozen=True)
class EjectionFraction:
    """Of one segment in one plane; not for clinical use.

    Attributes:
        percent: (EDV - ESV) / EDV, 0 to 100; negative when the ventricle shortens more than it narrows.
        edFrame: end-diastole, the frame of the largest area.
        esFrame: end-systole, the frame of the smallest area.
        unit: of lengths and areas: "mm", or "px" when the cine has no spacing.
        edLength: long axis at end-diastole, in `unit`.
        esLength: long axis at end-systole, in `unit`.
        edArea: in `unit` squared.
        esArea: in `unit` squared.
        edVolume: in ml, None when the cine has no spacing.
        esVolume: in ml, None when the cine has no spacing.
        doubts: sentences to be read beside lengths, areas and volumes, such as a calibration in doubt.
    """

    percent: float
    edFrame: int
    esFrame: int
    unit: str
    edLength: float
    esLength: float
    edArea: float
    esArea: float
    edVolume: float | None
    esVolume: float | None
    doubts: tuple[str, ...] = ()


def ejectionFraction(segmentation: SegmentationSequence, segmentId: str) -> EjectionFraction | None:
    """The single-plane ejection fraction of a segment that is a left ventricle, by the area-length method.

    Not for clinical use: it takes the outline for a long-axis view that is not foreshortened, the ventricle for
    round across its long axis, and the largest and the smallest area of the whole cine for one beat's ends.

    The volume is that of an ellipsoid of revolution whose section through the long axis has the area A of the
    mask and the length L: with the short diameter D, A = pi L D / 4 and V = pi L D^2 / 6, so

        V = 8 A^2 / (3 pi L),    EF = (EDV - ESV) / EDV.

    L is the largest distance between two points of the mask's border, the corners of its pixels, in mm with the
    width and the height of a pixel apart. All pieces of the mask count. Without a spacing pixels count as squares:
    EF is right for such pixels and volumes are not given.

    Source: Sandler H, Dodge HT. The use of single plane angiocardiograms for the calculation of left ventricular
    volume in man. American Heart Journal 1968; 75: 325-334.

    Returns:
        None when the segment is on fewer than two frames.
    """
    phases = cyclePhases(segmentation, segmentId)
    if phases is None:
        return None
    spacing = segmentation.cine.spacing
    (edArea, edLength), (esArea, esLength) = (
        _areaAndLength(segmentation.masks(frame)[segmentId], spacing or (1.0, 1.0)) for frame in phases
    )
    edVolume, esVolume = areaLengthVolume(edArea, edLength), areaLengthVolume(esArea, esLength)
    return EjectionFraction(
        percent=100.0 * (edVolume - esVolume) / edVolume,
        edFrame=phases[0],
        esFrame=phases[1],
        unit="px" if spacing is None else "mm",
        edLength=edLength,
        esLength=esLength,
        edArea=edArea,
        esArea=esArea,
        edVolume=None if spacing is None else edVolume / _MM3_PER_ML,
        esVolume=None if spacing is None else esVolume / _MM3_PER_ML,
        doubts=segmentation.cine.calibrationDoubts,
    )


def areaLengthVolume(area: float, length: float) -> float:
    """V = 8 A^2 / (3 pi L), in the cube of the unit of `length`."""
    return 8.0 * area**2 / (3.0 * math.pi * length)


def longestDistance(mask: np.ndarray, spacing: tuple[float, float]) -> float:
    """The largest distance between two corners of pixels of a mask.

    Args:
        mask: (H, W) bool, not empty.
        spacing: (x, y) size of a pixel.
    """
    points = _outermostCorners(mask) * spacing
    return max(float(np.hypot(*(points - point).T).max()) for point in points)


def _areaAndLength(mask: np.ndarray, spacing: tuple[float, float]) -> tuple[float, float]:
    return float(np.count_nonzero(mask)) * spacing[0] * spacing[1], longestDistance(mask, spacing)


def _outermostCorners(mask: np.ndarray) -> np.ndarray:
    """(N, 2) x and y of the first and the last pixel corner on each line between rows, where others cannot be further
    from anything."""
    corners = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), bool)
    for down in (0, 1):
        for right in (0, 1):
            corners[down : down + mask.shape[0], right : right + mask.shape[1]] |= mask
    lines = np.flatnonzero(corners.any(axis=1))
    first = corners[lines].argmax(axis=1)
    last = corners.shape[1] - 1 - corners[lines, ::-1].argmax(axis=1)
    return np.column_stack([np.concatenate([first, last]), np.concatenate([lines, lines])]).astype(float)
