"""Marks so small that the network can hardly see them: their user is told, for the segment may be lost elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .frame_view import FrameView
from .network.features import resize

LEAST_SHARE = 0.5  # of one cell of the soft masks


def small_mark_warnings(marks: Mapping[int, np.ndarray], segments: Sequence[int], view: FrameView) -> list[str]:
    """A sentence for each segment whose largest mark fills not even half a cell of the network's maps.

    Args:
        marks: {frame: (H, W) labels}.
        segments: label values.
        view: the cine as it is looked at.
    """
    sentences = []
    for segment in segments:
        drawn = [labels == segment for labels in marks.values() if (labels == segment).any()]
        if drawn and all(_share(mask, view) < LEAST_SHARE for mask in drawn):
            pixels = max(int(np.count_nonzero(mask)) for mask in drawn)
            size = f"{pixels} pixel{'' if pixels == 1 else 's'}"
            sentences.append(
                f"Segment {segment} is marked with {size} at most, too small for what the network sees, "
                "and may be missing on other frames; mark it larger, or cut the cine to its surroundings."
            )
    return sentences


def _share(mask: np.ndarray, view: FrameView) -> float:
    """The largest share of a cell that a mask (H, W) fills."""
    return float(resize(view.mask(mask)[None, None], view.map_size).max())
