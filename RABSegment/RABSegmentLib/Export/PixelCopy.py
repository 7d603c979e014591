"""The frames of a cine on their way into a scene's file, which Slicer alone would write much too slowly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.errors import EngineError
from RABSegmentLib.Scene.CineGeometry import placeLikeVolume
from RABSegmentLib.Scene.CineSequence import CineSequence
from RABSegmentLib.Scene.MRMLNodes import sequenceLike
from RABSegmentLib.Steps import Steps
from RABSegmentLib.Translation import tr as _

_SEQUENCE_SUFFIX = ".seq.nrrd"
_PIXEL_SIZES = re.compile(rb"^(sizes: (?:[34] )?)1 1 1 (\d+)$", re.MULTILINE)


def pixelSteps(cine: CineSequence) -> Steps[PixelCopy]:
    """Copy the frames, one a step; all of them are alike."""
    first = _scalarsOf(cine.frameNode(0))
    frames = np.empty((cine.frameCount, *first.shape), first.dtype)
    corners: list[Any] = []
    for frame in range(cine.frameCount):
        frames[frame] = _scalarsOf(cine.frameNode(frame))
        corners.append(_cornerOf(frames[frame]))
        yield
    return PixelCopy(cine, frames, corners)


class PixelCopy:
    """The frames of a cine, in whose place Slicer writes single pixels.

    Args:
        cine: whose frames they are.
        frames: (T, rows, columns, channels), with all channels that there are.
        corners: T vtkImageData of the first pixel of each.
    """

    def __init__(self, cine: CineSequence, frames: np.ndarray, corners: Sequence[Any]) -> None:
        self._cine = cine
        self._frames = frames
        self._corners = corners

    def standIn(self) -> Any:
        """A sequence node like the cine's, but for its frames, which are a pixel each."""
        node = sequenceLike(self._cine.node)
        for frame, value in enumerate(self._cine.indexValues):
            node.SetDataNodeAtValue(self._pixelOf(frame), value)
        return node

    def fill(self, folder: Path) -> None:
        """Put the frames into the file that Slicer wrote, whose header is right but for their size."""
        rows, columns = self._frames.shape[1:3]
        (file,) = folder.glob(f"Data/*{_SEQUENCE_SUFFIX}")
        header = file.read_bytes().partition(b"\n\n")[0]
        sized, count = _PIXEL_SIZES.subn(rb"\g<1>%d %d 1 \g<2>" % (columns, rows), header)
        if count != 1:
            raise EngineError(
                _("Slicer wrote the frames in a form that is not known."), _("Save the scene in Slicer itself.")
            )
        with file.open("wb") as stream:
            stream.write(sized + b"\n\n")
            for frame in self._frames:
                stream.write(np.ascontiguousarray(frame).data)

    def _pixelOf(self, frame: int) -> Any:
        volume = self._cine.frameNode(frame)
        pixel = volume.NewInstance()
        pixel.SetName(volume.GetName())
        pixel.SetAndObserveImageData(self._corners[frame])
        placeLikeVolume(pixel, volume)
        return pixel


def _cornerOf(frame: np.ndarray) -> Any:
    """vtkImageData of the first pixel of a frame (rows, columns, channels)."""
    from vtk.util.numpy_support import numpy_to_vtk
    from vtk.vtkCommonDataModel import vtkImageData

    image = vtkImageData()
    image.SetDimensions(1, 1, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(frame[:1, :1].reshape(1, -1), deep=True))
    return image


def _scalarsOf(volume: Any) -> np.ndarray:
    """(rows, columns, channels), with all channels that there are."""
    from vtk.util.numpy_support import vtk_to_numpy

    columns, rows, _slices = volume.GetImageData().GetDimensions()
    return vtk_to_numpy(volume.GetImageData().GetPointData().GetScalars()).reshape(rows, columns, -1)
