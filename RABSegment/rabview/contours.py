"""From masks to smooth lines round them, and from closed lines back to masks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges2D, vtkStripper

Point = tuple[float, float]  # column and row of a pixel, from 0; whole numbers are its middle

_ROUNDS = 14  # of smoothing
_SHRINK, _GROW = 0.5, -0.53  # by turns, so that a line becomes smooth and what it encloses keeps its size
_FEWEST = 12  # points of a line that is smoothed: smaller ones would vanish


def outlines(mask: np.ndarray) -> list[np.ndarray]:
    """The closed lines round the pieces of a mask and round its holes, the longest first.

    Args:
        mask: (H, W) bool.

    Returns:
        (N, 2) columns and rows each; the last point is not the first one again.
    """
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if not len(rows):
        return []
    top, left = rows[0], columns[0]
    lines = _traced(np.pad(mask[top : rows[-1] + 1, left : columns[-1] + 1], 1))
    offset = np.array([left - 1, top - 1], float)
    return sorted((_smooth(line) + offset for line in lines), key=len, reverse=True)


def filled(line: Sequence[Point] | np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(H, W) bool: the pixels whose middle a closed line encloses.

    Args:
        line: columns and rows; may go beyond the frame.
        size: rows and columns of the frame.
    """
    points = np.asarray(line, float).reshape(-1, 2)
    rows, columns = size
    crossed = np.zeros((rows, columns + 1), bool)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        low, high = max(int(np.ceil(min(y0, y1))), 0), min(int(np.ceil(max(y0, y1))), rows)
        if low < high:
            at = np.arange(low, high)
            x = x0 + (at - y0) * (x1 - x0) / (y1 - y0)
            np.logical_xor.at(crossed, (at, np.clip(np.ceil(x), 0, columns).astype(int)), True)
    return np.logical_xor.accumulate(crossed, axis=1)[:, :columns]


def label_place(mask: np.ndarray) -> Point:
    """Column and row of a pixel of a mask that has some, near the middle of it."""
    rows, columns = np.nonzero(mask)
    nearest = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
    return float(columns[nearest]), float(rows[nearest])


def _traced(mask: np.ndarray) -> list[np.ndarray]:
    image, (rows, columns) = vtkImageData(), mask.shape
    image.SetDimensions(columns, rows, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(mask, np.uint8).ravel(), deep=True))
    edges, strips = vtkFlyingEdges2D(), vtkStripper()
    edges.SetInputData(image)
    edges.SetValue(0, 0.5)
    strips.SetInputConnection(edges.GetOutputPort())
    strips.JoinContiguousSegmentsOn()
    strips.SetMaximumLength(4 * (rows * columns + 1))
    strips.Update()
    found = strips.GetOutput()
    if not found.GetNumberOfLines():
        return []
    places = vtk_to_numpy(found.GetPoints().GetData())[:, :2].astype(float)
    offsets = vtk_to_numpy(found.GetLines().GetOffsetsArray())
    members = vtk_to_numpy(found.GetLines().GetConnectivityArray())
    lines = [places[members[start : end - 1]] for start, end in pairwise(offsets)]
    return [line for line in lines if len(line) > 2]


def _smooth(line: np.ndarray) -> np.ndarray:
    if len(line) < _FEWEST:
        return line
    for _round in range(_ROUNDS):
        for share in (_SHRINK, _GROW):
            line = line + share * ((np.roll(line, 1, axis=0) + np.roll(line, -1, axis=0)) / 2 - line)
    return line
