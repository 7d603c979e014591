"""Checks of marks that come as arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .errors import InputError


def check_marks(marks: Mapping[int, np.ndarray], frames: np.ndarray) -> dict[int, np.ndarray]:
    """The marks as uint8 label images by ascending frame number.

    Raises:
        InputError: no marks, a frame that is not there, an image of another size or with values beyond 0..255, or no
            object on any of them.
    """
    if not marks:
        raise InputError("No frame is marked.", "Mark the object on at least one frame.")
    count, size = len(frames), tuple(frames.shape[1:3])
    checked: dict[int, np.ndarray] = {}
    for frame in sorted(marks):
        labels = np.asarray(marks[frame])
        if isinstance(frame, bool) or not isinstance(frame, (int, np.integer)) or not 0 <= frame < count:
            raise InputError(f"Frame {frame} is marked, and the cine has frames 0 to {count - 1}.", "Count from 0.")
        if labels.shape != size:
            raise InputError(
                f"The mark of frame {frame} is of shape {labels.shape}, and the cine's frames are {size}.",
                "Draw it on the frame.",
            )
        if labels.dtype.kind not in "uib" or labels.min() < 0 or labels.max() > 255:
            raise InputError(
                f"The mark of frame {frame} holds values that are no labels.", "Use whole numbers 0 to 255."
            )
        checked[int(frame)] = labels.astype(np.uint8)
    if not any(labels.any() for labels in checked.values()):
        raise InputError("The marked frames hold no object: all their labels are 0.", "Draw it on at least one frame.")
    return checked


def segments_of(marks: Mapping[int, np.ndarray]) -> tuple[int, ...]:
    """The label values that are drawn anywhere, ascending."""
    values = np.unique(np.concatenate([np.unique(labels) for labels in marks.values()]))
    return tuple(int(value) for value in values if value > 0)
