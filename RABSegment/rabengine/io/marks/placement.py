"""Labels that lie in space where the cine lies, but are stored mirrored: other programs turn volumes to their axes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rabengine.cine import Cine

_ALIKE = 0.9  # of the cosine between two axes
_SAME_PLACE = 0.1  # of a pixel


def placed_like(labels: Cine, cine: Cine | None, name: str) -> tuple[Cine, tuple[str, ...]]:
    """The labels with columns, rows and frames in the cine's order, and a sentence where they were not.

    Where the two lie otherwise in space, nothing is turned, and a sentence says so.

    Args:
        labels: as they are stored.
        cine: that was marked, None where it is not known.
        name: of their file, for messages.
    """
    if cine is None or cine.spacing is None or labels.spacing is None or labels.frame_size != cine.frame_size:
        return labels, ()
    axes = _axes(cine)
    cosines = np.sum(axes * _axes(labels), axis=1)
    if np.all(cosines > _ALIKE):
        return labels, ()
    count, (rows, columns) = labels.frame_count, cine.frame_size
    moved = axes @ (np.array(labels.origin) - cine.origin) / (*cine.spacing, cine.slice_spacing)
    is_mirrored = cosines < 0
    if not is_mirrored[2] or abs(moved[2]) < _SAME_PLACE:  # frames lie in one place, or are no axis of space
        is_mirrored[2], moved[2] = False, 0
    is_known = np.all(np.abs(cosines) > _ALIKE)
    if is_known and np.all(np.abs(moved - is_mirrored * (columns - 1, rows - 1, count - 1)) < _SAME_PLACE):
        if not is_mirrored.any():
            return labels, ()
        across, down, along = (slice(None, None, -1 if one else 1) for one in is_mirrored)
        turned = replace(labels, frames=labels.frames[along, down, across])
        return turned, (f"{name} is stored mirrored to the cine: it was turned to where it lies in space.",)
    if _is_default(labels) or _is_default(cine):
        return labels, ()
    doubt = "does not lie in space as the cine does, and was taken as it is stored: look whether it fits."
    return labels, (f"{name} {doubt}",)


def slice_at(labels: Cine, cine: Cine | None) -> int | None:
    """The number of the slice of a label volume that lies where the cine does, from 0.

    None where none certainly does, and where there are as many as frames: then they are frames.

    Args:
        labels: in the order of the cine, as `placed_like` gives them.
        cine: that was marked, one slice of a 3D+t volume; None where it is not known.
    """
    if cine is None or cine.spacing is None or labels.spacing is None or _is_default(cine):
        return None
    is_alike = labels.frame_size == cine.frame_size and np.allclose(labels.spacing, cine.spacing, rtol=0.01)
    if not is_alike or labels.frame_count == cine.frame_count:
        return None
    axes = _axes(cine)
    moved = axes @ (np.array(cine.origin) - labels.origin) / (*cine.spacing, labels.slice_spacing)
    number = round(float(moved[2]))
    is_there = np.all(np.abs(moved - (0, 0, number)) < _SAME_PLACE) and 0 <= number < labels.frame_count
    return number if is_there and np.all(np.sum(axes * _axes(labels), axis=1) > _ALIKE) else None


def _is_default(image: Cine) -> bool:
    """Whether place and axes are those of files that do not say them."""
    return image.origin == (0.0, 0.0, 0.0) and bool(np.allclose(image.direction, Cine.direction))


def _axes(image: Cine) -> np.ndarray:
    """(3, 3): the direction of columns, of rows, and across the plane."""
    return np.reshape(image.direction, (3, 3)).T
