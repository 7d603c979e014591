"""The crop of the frame in which small objects are seen larger, and whether they leave it."""

from __future__ import annotations

import numpy as np
import torch

from .input_view import Box, InputView
from .propagator import SoftMasks

MARGIN = 0.35  # of the objects' extent, on each side
WORTH_IT = 0.62  # a window longer than this share of the frame shows hardly more
LEAST_SHARE = 0.2  # of the frame's longer side; a smaller crop magnifies noise only
LIKELY = 0.3
RIM = 0.03  # of the window, on each side


def find_crop(masks: SoftMasks, marks: dict[int, np.ndarray], view: InputView) -> Box | None:
    """A window round everything marked or predicted on any frame; None when it is hardly smaller than the frame."""
    shown = np.zeros(view.full.size, dtype=bool)
    for labels in marks.values():
        shown |= labels > 0
    likely = torch.zeros(view.map_size, dtype=torch.bool)
    for chunk in masks.logits.split(64):
        likely |= (torch.sigmoid(chunk.float()) > LIKELY).any(dim=0).any(dim=0)
    rows, columns = _extent(shown)
    if bool(likely.any()):
        scale = (view.full.size[0] / likely.shape[0], view.full.size[1] / likely.shape[1])
        more_rows, more_columns = _extent(likely.numpy())
        rows = (min(rows[0], more_rows[0] * scale[0]), max(rows[1], more_rows[1] * scale[0]))
        columns = (min(columns[0], more_columns[0] * scale[1]), max(columns[1], more_columns[1] * scale[1]))
    longer = max(view.full.size)
    side = max(LEAST_SHARE * longer, (1 + 2 * MARGIN) * max(rows[1] - rows[0], columns[1] - columns[0]))
    if side > WORTH_IT * longer:
        return None
    top, bottom = _span(rows, side, view.full.size[0])
    left, right = _span(columns, side, view.full.size[1])
    return Box(top, bottom, left, right)


def leaves_crop(masks: SoftMasks, box: Box, known: list[list[int]], view: InputView) -> bool:
    """Whether a window may hide something: a segment comes up to its rim, or is found nowhere in it on some frame.

    Args:
        masks: predicted in the window.
        box: the window.
        known: for each segment the frames on which its user said where it is.
        view: the cine through the window.
    """
    full, (height, width) = view.full, view.map_size
    rim = torch.zeros(height, width, dtype=torch.bool)
    rows, columns = max(1, round(RIM * height)), max(1, round(RIM * width))
    # There is nothing to see beyond the frame itself.
    if box.top > full.top:
        rim[:rows] = True
    if box.bottom < full.bottom:
        rim[-rows:] = True
    if box.left > full.left:
        rim[:, :columns] = True
    if box.right < full.right:
        rim[:, -columns:] = True
    for frame, logits in enumerate(masks.logits):
        likely = torch.sigmoid(logits.float()) > LIKELY
        if bool((likely & rim).any()):
            return True
        is_there = likely.flatten(1).any(dim=1).tolist()
        if any(not there and frame not in frames for there, frames in zip(is_there, known, strict=True)):
            return True
    return False


def _extent(mask: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """((first row, end), (first column, end)) of what is true."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (float(rows[0]), float(rows[-1] + 1)), (float(columns[0]), float(columns[-1] + 1))


def _span(extent: tuple[float, float], side: float, limit: int) -> tuple[int, int]:
    """A span of `side` round the middle of an extent, moved inside 0..limit."""
    side = min(side, limit)
    start = min(max((extent[0] + extent[1] - side) / 2, 0), limit - side)
    return round(start), round(start + side)
