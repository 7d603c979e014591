"""Checks of what a request declares absent."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from .errors import InputError


def check_absent(
    absent: Mapping[int, Collection[int]] | None, marks: Mapping[int, np.ndarray]
) -> dict[int, frozenset[int]]:
    """The segments declared absent, by marked frame.

    Args:
        absent: {frame: labels}; None for nothing.
        marks: {frame: (H, W) uint8 labels}, checked.

    Raises:
        InputError: a frame that is not marked, a value that is no label, or a segment that is drawn on that frame.
    """
    return {int(frame): _labels_of(frame, labels, marks) for frame, labels in (absent or {}).items()}


def _labels_of(frame: int, labels: Collection[int], marks: Mapping[int, np.ndarray]) -> frozenset[int]:
    if frame not in marks:
        raise InputError(
            f"Segments are declared absent on frame {frame}, which is not marked.",
            "Give it a mark, which may be empty.",
        )
    for label in labels:
        is_number = isinstance(label, (int, np.integer)) and not isinstance(label, bool)
        if not is_number or not 1 <= label <= 255:
            raise InputError(f"The label {label!r} declared absent on frame {frame} is no segment.", "Use 1 to 255.")
        if (marks[frame] == label).any():
            raise InputError(
                f"Segment {label} is declared absent on frame {frame} and drawn there.",
                "Erase it there or do not declare it absent.",
            )
    return frozenset(int(label) for label in labels)
