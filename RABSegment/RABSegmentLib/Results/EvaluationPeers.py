"""What Slicer itself offers for frames that nobody segmented, as methods to compare with.

Frames are the slices of a stack along time. The filters are those of the effects of Slicer's Segment Editor, with the
effects' defaults. Methods of the group `rabsegment.methods` (see rabengine.evaluation.methods).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rabengine.errors import InputError
from rabengine.evaluation.prediction import Peer, Prediction

if TYPE_CHECKING:
    from rabengine.evaluation.peers.marked_cine import MarkedCine

TIME_AXIS = 2
BACKGROUND_MARGIN = 0.08  # between object and background seeds, as a share of the longer side
LARGEST_STACK = 16_000_000  # voxels that grow from seeds: some 2 GB


def fillBetweenSlices(frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction:
    """Shape interpolation between marks, Slicer's Fill between slices; `seed` changes nothing.

    Zukic, Vicory, McCormick, Wisse, Gerig, Yushkevich, Aylward: ND Morphological Contour Interpolation (Insight
    Journal 2016). Segment by segment from mark to mark. Outside the first and last mark, and where a segment is drawn
    on one of two marks only, there is nothing to interpolate: the nearest mark is copied.
    """
    from rabengine.evaluation.peers.marked_cine import MarkedCine

    cine = MarkedCine(frames, marks)
    stack = nearestStack(cine)
    for first, last in zip(cine.marked, cine.marked[1:], strict=False):
        for segment in range(1, len(cine.classes)):
            ends = stack[first] == segment, stack[last] == segment
            if last - first > 1 and ends[0].any() and ends[1].any():
                replaceBetween(stack, first, segment, interpolated(*ends, last - first + 1))
    return predictionOf(cine, stack)


def growFromSeeds(frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction:
    """Growing by grey values, Slicer's Grow from seeds; `seed` changes nothing.

    Zhu, Kolesov, Gao, Kikinis, Tannenbaum: An Effective Interactive Medical Image Segmentation Method Using Fast
    GrowCut (MICCAI workshop 2014). Seeds are the marked segments and, as one more segment, what lies beyond a margin
    round them. Long cines are grown at a smaller size, for memory grows with voxels.
    """
    from rabengine.evaluation.peers.marked_cine import WORKING_SIZE, MarkedCine

    size = min(WORKING_SIZE, int(np.sqrt(LARGEST_STACK / len(frames))))
    cine = MarkedCine(frames, marks, size)
    grey = np.stack([cine.grey(frame) for frame in range(len(cine))])
    seeds = np.zeros(grey.shape, np.int16)
    for frame in cine.marked:
        seeds[frame] = seedsOf(hardMasks(cine, frame), len(cine.classes))
    grow = filterOf("vtkImageGrowCutSegment")
    # Nothing grows from or into the outermost voxels of a volume, and the first frame would be such a layer.
    grow.SetIntensityVolume(imageOf(np.pad(grey.astype(np.int16), 1, mode="edge")))
    grow.SetSeedLabelVolume(imageOf(np.pad(seeds, 1)))
    grow.Update()
    grown = arrayOf(grow.GetOutput())[1:-1, 1:-1, 1:-1]
    return predictionOf(cine, np.where(grown == len(cine.classes), 0, grown))


def hardMasks(cine: MarkedCine, frame: int) -> np.ndarray:
    """(h, w) int16 position in `cine.classes` of each working pixel of a marked frame."""
    return cine.soft(frame).argmax(dim=0).numpy().astype(np.int16)


def nearestStack(cine: MarkedCine) -> np.ndarray:
    """(T, h, w) int16: the nearest mark copied to every frame."""
    from rabengine.evaluation.peers.chains import nearest_mark

    masks = {frame: hardMasks(cine, frame) for frame in cine.marked}
    return np.stack([masks[nearest_mark(cine.marked, frame)] for frame in range(len(cine))])


def interpolated(first: np.ndarray, last: np.ndarray, count: int) -> np.ndarray:
    """(count, h, w) bool: from mask `first` (h, w) to mask `last`, both included."""
    sparse = np.zeros((count, *first.shape), np.int16)
    sparse[0], sparse[-1] = first, last
    fill = filterOf("vtkITKMorphologicalContourInterpolator")
    fill.SetAxis(TIME_AXIS)
    fill.SetInputData(imageOf(sparse))
    fill.Update()
    return arrayOf(fill.GetOutput()) > 0


def replaceBetween(stack: np.ndarray, first: int, segment: int, masks: np.ndarray) -> None:
    """Put one segment's masks in place of what was copied, from frame `first` + 1 on; an earlier segment stays."""
    between = stack[first + 1 : first + len(masks) - 1]
    inside = masks[1:-1]
    between[(between == segment) & ~inside] = 0
    between[inside & ((between == 0) | (between > segment))] = segment


def seedsOf(masks: np.ndarray, background: int) -> np.ndarray:
    """Seeds (h, w) of a marked frame: the segments, and `background` beyond a margin round them."""
    import SimpleITK as sitk

    margin = round(BACKGROUND_MARGIN * max(masks.shape))
    drawn = sitk.GetImageFromArray((masks > 0).astype(np.uint8))
    near = sitk.GetArrayFromImage(sitk.BinaryDilate(drawn, [margin, margin], sitk.sitkBall))
    return np.where(near > 0, masks, background)


def predictionOf(cine: MarkedCine, stack: np.ndarray) -> Prediction:
    """(T, h, w) positions in `cine.classes` as labels of the frames' own size, borders smoothed."""
    import torch

    every = torch.arange(len(cine.classes))[:, None, None]
    return cine.prediction(lambda frame: (torch.from_numpy(stack[frame])[None] == every).float())


def filterOf(name: str) -> Any:
    """A new filter of Slicer's, by its class name; in Slicer the classes are in the same place as in slicer-core."""
    try:
        import slicer
    except ImportError as error:
        # Here, for it loads Slicer's core, which a list of the methods does not need.
        from RABSegmentLib.Translation import tr as _

        hint = _("Run {command}.").format(command='pip install "rabsegment[slicer]"')
        raise InputError(_("Slicer's filters are missing."), hint) from error
    found = getattr(slicer, name, None)
    if found is None:
        import vtkITK

        found = getattr(vtkITK, name)
    return found()


def imageOf(stack: np.ndarray) -> Any:
    """(T, h, w) int16 as vtkImageData with time as its last axis and unit spacing."""
    import vtk
    from vtk.util import numpy_support

    image = vtk.vtkImageData()
    image.SetDimensions(*stack.shape[::-1])
    image.GetPointData().SetScalars(numpy_support.numpy_to_vtk(stack.ravel(), deep=True, array_type=vtk.VTK_SHORT))
    return image


def arrayOf(image: Any) -> np.ndarray:
    """vtkImageData to (T, h, w), a copy."""
    from vtk.util import numpy_support

    flat = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars())
    return flat.reshape(image.GetDimensions()[::-1]).copy()


_SLICER = {"slicer": "slicer-core"}
FILL_BETWEEN_SLICES = Peer("Slicer's Fill between slices", fillBetweenSlices, False, _SLICER)
GROW_FROM_SEEDS = Peer("Slicer's Grow from seeds", growFromSeeds, False, _SLICER)
