"""Where to look closer: a window round a small object, from a ladder of windows so that features can be kept."""

from __future__ import annotations

import math

import numpy as np

from rabengine.prompts import Prompt
from rabengine.propagation.input_view import Box

MARGIN = 2.0  # sides of a window, of the object's
WORTHWHILE = 0.7  # of the frame's longer side: a larger window would show little more
SMALLEST = 48  # pixels
RUNGS = 2.0  # windows of the ladder for each halving of the side
GRID = 8  # places of a window, of its side


def window_round(mask: np.ndarray, prompt: Prompt) -> Box | None:
    """A window round the object and what was said of it; None where the frame itself shows it well.

    Args:
        mask: (H, W) bool, a first answer.
        prompt: whose positive parts lie in the window too.
    """
    rows, columns = mask.shape
    extent = _extent(mask, prompt)
    if extent is None:
        return None
    top, bottom, left, right = extent
    longest = max(rows, columns)
    wanted = max(MARGIN * max(bottom - top, right - left), SMALLEST)
    rung = math.floor(RUNGS * math.log2(longest / wanted)) if wanted < longest else 0
    side = round(longest * 2 ** (-rung / RUNGS))
    if side > WORTHWHILE * longest:
        return None
    first_row, last_row = _placed((top + bottom) / 2, side, rows)
    first_column, last_column = _placed((left + right) / 2, side, columns)
    return Box(first_row, last_row, first_column, last_column)


def _placed(centre: float, side: int, length: int) -> tuple[int, int]:
    """First pixel and the one after the last of a window on a coarse grid, within the frame."""
    if side >= length:
        return 0, length
    step = max(1, side // GRID)
    first = min(max(round((centre - side / 2) / step) * step, 0), length - side)
    return first, first + side


def _extent(mask: np.ndarray, prompt: Prompt) -> tuple[float, float, float, float] | None:
    """Top, bottom, left and right of all that is positive."""
    parts = [_bounds(mask)]
    if prompt.scribble is not None:
        parts.append(_bounds(prompt.scribble > 0))
    parts.extend((click.y, click.y + 1, click.x, click.x + 1) for click in prompt.clicks if click.is_positive)
    if prompt.box is not None:
        parts.append((prompt.box.top, prompt.box.bottom + 1, prompt.box.left, prompt.box.right + 1))
    found = [part for part in parts if part is not None]
    if parts[0] is None or not found:
        return None
    tops, bottoms, lefts, rights = zip(*found, strict=True)
    return min(tops), max(bottoms), min(lefts), max(rights)


def _bounds(mask: np.ndarray) -> tuple[float, float, float, float] | None:
    down, across = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(down) == 0:
        return None
    return float(down[0]), float(down[-1] + 1), float(across[0]), float(across[-1] + 1)
