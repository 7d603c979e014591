"""Deformable registration: SimpleITK's demons.

Vercauteren, Pennec, Perchant, Ayache: Diffeomorphic demons (NeuroImage 2009); Thirion's demons in the fast symmetric
forces variant, multi-resolution.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk
from torch import Tensor

from rabengine.evaluation.prediction import Prediction

from .chains import Visit, carry
from .displacement import compose, no_motion, pull
from .marked_cine import MarkedCine

SHRINKS = (8, 4, 2, 1)
ITERATIONS = (60, 40, 20, 10)
SMOOTHING = 1.5  # of the displacement, in pixels of each level
BLUR = 1.0  # of the frames: speckle is no shape


def demons(frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction:
    """Registration of neighbours chained from the nearest marks, both directions blended by distance."""
    cine = MarkedCine(frames, marks)
    pyramids = [_pyramid(cine.grey(frame)) for frame in range(len(cine))]

    def step(visit: Visit, field: np.ndarray) -> tuple[np.ndarray, Tensor]:
        near = register(pyramids[visit.frame], pyramids[visit.previous])
        whole = compose(near, field)
        return whole, pull(cine.soft(visit.start), whole)

    soft = carry(cine.marked, len(cine), lambda start: no_motion(cine.size), step)
    return cine.prediction(soft.__getitem__)


def _pyramid(grey: np.ndarray) -> list[sitk.Image]:
    image = sitk.SmoothingRecursiveGaussian(sitk.GetImageFromArray(grey.astype(np.float32)), BLUR)
    return [image if shrink == 1 else sitk.BinShrink(image, [shrink, shrink]) for shrink in SHRINKS]


def register(fixed: list[sitk.Image], moving: list[sitk.Image]) -> np.ndarray:
    """(h, w, 2) displacement from each pixel of `fixed` to where it is in `moving`; both are pyramids."""
    field = sitk.Image(fixed[0].GetSize(), sitk.sitkVectorFloat64, 2)
    field.CopyInformation(fixed[0])
    for here, there, iterations in zip(fixed, moving, ITERATIONS, strict=True):
        field = sitk.Resample(field, here, sitk.Transform(), sitk.sitkLinear, 0.0, field.GetPixelID())
        level = sitk.FastSymmetricForcesDemonsRegistrationFilter()
        level.SetNumberOfIterations(iterations)
        level.SetSmoothDisplacementField(True)
        level.SetStandardDeviations(SMOOTHING)
        field = level.Execute(here, there, field)
    return sitk.GetArrayFromImage(field).astype(np.float32)
