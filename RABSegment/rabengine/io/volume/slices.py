"""Volumes with several slices in every frame: one of them is a cine."""

from __future__ import annotations

import numpy as np

from rabengine.errors import InputError
from rabengine.io.choice import CineChoice, chosen
from rabengine.io.options import ReadOptions


def chosen_slice(count: int, frames: int, source: str, options: ReadOptions) -> int:
    """The number, from 0, of the slice to read.

    Args:
        count: of slices in every frame; one needs no choice.
        frames: that each of them has.
        source: the file, for messages.
        options: say which one, from 0.

    Raises:
        InputError: there are several and none was named, or they are labels, of which nothing says which is meant.
    """
    if count == 1:
        return 0
    if options.are_labels:
        raise InputError(
            f"{source} has {count} slices in every frame, but labels are those of one slice.",
            "Extract those of the cine's slice.",
        )
    choices = [
        CineChoice(f"{number}", f"slice {number}, {frames} frames", (number,), (f"slice {number}",), length=frames)
        for number in range(count)
    ]
    return chosen(choices, options.series, source, "slices").frames[0]


def origin_of_slice(
    origin: tuple[float, float, float], direction: tuple[float, ...], slice_spacing: float, number: int
) -> tuple[float, float, float]:
    """Where the first pixel of a slice is, in mm; `direction` holds the volume's cosines, row by row."""
    x, y, z = (np.array(origin) + number * slice_spacing * np.reshape(direction, (3, 3))[:, 2]).tolist()
    return (x, y, z)
