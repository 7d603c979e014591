"""Labels from masks with soft edges: smoothed by the program that drew them, or stored with loss as JPEG or video.

Without this each grey of such an edge would become a segment of its own. Label images are never touched: what is
cleaned is only what lies between levels that have areas of their own.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import SimpleITK

from rabengine.errors import InputError

_FEW_LABELS = 16  # values 0, 1, 2 and so on up to here are labels whatever their shapes
_MANY_SOFT_VALUES = 3
_LARGEST_SPECK = 3  # pixels
_MOSTLY = 0.9
_RINGING = 4  # share of a step by which soft edges may go beyond it: one part of so many
_REACH = 3  # pixels: how far the ends of an edge may be from its middle

# Of masks stored with loss, as values of 255.
_FLAT = 24  # how much pixels of one area differ from their neighbours at most
_NEAR = 12  # of a level: what belongs to it for sure
_APART = 64  # levels that are nearer to each other cannot be told apart
_CONCENTRATED = 0.8  # of the flat pixels that are near a level
_SMALLEST_LEVEL = 9  # flat pixels
_SNAP = 5  # levels that near to black and white are meant to be so


def clean_labels(
    planes: Sequence[np.ndarray], name: str, is_lossy: bool = False
) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """The planes with whole labels, and a sentence that says what was done where something was.

    Args:
        planes: (H, W) uint8 each; they share their levels.
        name: of the mask or masks, for messages.
        is_lossy: the values went through JPEG or a video codec.

    Raises:
        InputError: there are values and no clear levels to which they belong.
    """
    counts = np.zeros(256, np.int64)
    for plane in planes:
        counts += np.bincount(plane.ravel(), minlength=256)
    values = np.flatnonzero(counts)
    if _is_plain(values, is_lossy):
        return list(planes), ()
    levels = _lossy_levels(planes, name) if is_lossy else _soft_levels(planes, values, name)
    if levels is None:
        return list(planes), ()
    _refuse_beyond(counts, levels, name, is_lossy)
    cleaned = [_nearest_level(plane, levels, _FLAT if is_lossy else 0) for plane in planes]
    snapped = {level: _snapped(level) if is_lossy else level for level in levels}
    for plane in cleaned:
        for level, label in snapped.items():
            plane[plane == level] = label
    names = " and ".join(str(label) for label in dict.fromkeys(snapped.values()))
    cause = "stored with loss" if is_lossy else "with soft edges"
    return cleaned, (f"{name}, {cause}, had {len(values)} values: each pixel was given the nearest of {names}.",)


def _is_plain(values: np.ndarray, is_lossy: bool) -> bool:
    """Whether the values are labels at first sight."""
    if is_lossy:  # a difference that small may be noise, and its shape is lost
        return bool(np.all(values == 0)) or (len(values) == 2 and values[0] == 0 and values[1] >= _APART)
    is_row = int(values[-1] - values[0]) == len(values) - 1 and values[0] <= 1 and values[-1] <= _FEW_LABELS
    return len(values) <= 2 or is_row


def _soft_levels(planes: Sequence[np.ndarray], values: np.ndarray, name: str) -> list[int] | None:
    """The values with areas of their own if the others are but edges between them; None for a label image.

    Raises:
        InputError: the others are no labels, and there are no two levels for them.
    """
    has_area = np.zeros(256, bool)
    for plane in planes:
        has_area[plane[_range(plane) == 0]] = True
    thin = [int(value) for value in values if not has_area[value]]
    if not thin:
        return None
    is_thin = ~has_area
    soft = total = 0
    for plane in planes:
        here = is_thin[plane]
        lowest, highest = _neighbours(plane)
        mixed = _touches_other_thin(plane, here) | ((lowest < plane) & (plane < highest))
        soft += int(np.count_nonzero(here & (mixed | (_is_ringing(has_area)[plane] & _grown(here & mixed)))))
        total += int(np.count_nonzero(here))
    if len(thin) >= _MANY_SOFT_VALUES:
        is_soft = soft >= _MOSTLY * total
    else:
        is_soft = soft >= _MOSTLY * total and all(_is_scattered(planes, value) for value in thin)
    if not is_soft:
        return None
    levels = [int(value) for value in values if has_area[value]]
    if len(levels) < 2:
        raise _unclear(name, len(values))
    # A PNG that was a JPEG once: noise has areas too.
    is_noisy = any(b - a <= _SNAP for a, b in itertools.pairwise(levels))
    return _lossy_levels(planes, name) if is_noisy else levels


def _refuse_beyond(counts: np.ndarray, levels: Sequence[int], name: str, is_lossy: bool) -> None:
    """Edges lie between levels, but for some ringing: what lies beyond is a segment too thin for an area of its own.

    Raises:
        InputError: there is such a one.
    """
    least = _APART // 2 if is_lossy else _SNAP
    lowest = levels[0] - max((levels[1] - levels[0]) // _RINGING, least)
    highest = levels[-1] + max((levels[-1] - levels[-2]) // _RINGING, least)
    if counts[: max(lowest, 0)].sum() + counts[highest + 1 :].sum() > _LARGEST_SPECK:
        raise InputError(
            f"{name} has soft edges, and a segment too thin to tell it from them: its areas have "
            f"{' and '.join(map(str, levels))}, and other pixels are beyond.",
            "Save the mask as PNG without smoothing, with one whole number for each segment.",
        )


def _lossy_levels(planes: Sequence[np.ndarray], name: str) -> list[int]:
    """The levels around which the pixels of even areas gather.

    Raises:
        InputError: they do not gather, or are too near to each other.
    """
    counts = np.zeros(256, np.int64)
    flat = np.zeros(256, np.int64)
    for plane in planes:
        counts += np.bincount(plane.ravel(), minlength=256)
        flat += np.bincount(plane[_range(plane) <= _FLAT].ravel(), minlength=256)
    left, levels = flat.copy(), []
    while True:
        gathered = np.convolve(left, np.ones(2 * _NEAR + 1, np.int64), "same")
        if gathered.max() < _SMALLEST_LEVEL:
            break
        middle = int(gathered.argmax())
        around = slice(max(middle - _NEAR, 0), middle + _NEAR + 1)
        levels.append(around.start + int(left[around].argmax()))
        left[max(levels[-1] - _APART // 2, 0) : levels[-1] + _APART // 2 + 1] = 0
    levels.sort()
    near = np.zeros(256, bool)
    for level in levels:
        near[max(level - _NEAR, 0) : level + _NEAR + 1] = True
    is_gathered = flat[near].sum() >= _CONCENTRATED * flat.sum() and all(
        _is_concentrated(flat, level) for level in levels
    )
    is_apart = all(b - a >= _APART for a, b in itertools.pairwise(levels))
    if len(levels) >= 2 and is_apart and is_gathered:
        return levels
    raise _unclear(name, int(np.count_nonzero(counts)))


def _is_concentrated(flat: np.ndarray, level: int) -> bool:
    def within(distance: int) -> int:
        return int(flat[max(level - distance, 0) : level + distance + 1].sum())

    return within(_NEAR) >= _CONCENTRATED * within(_APART // 2)


def _nearest_level(plane: np.ndarray, levels: Sequence[int], flat: int) -> np.ndarray:
    """Each pixel's level: the nearer one of the two that its edge lies between, else the nearest of all."""
    below = np.full(plane.shape, -1, np.int16)
    above = np.full(plane.shape, 256, np.int16)
    signed = plane.astype(np.int16)
    even = _range(plane) <= flat
    for level in levels:
        area = even & (np.abs(signed - level) <= (_APART // 2 if flat else 0))
        for _ in range(_REACH):
            area = _grown(area)
        below = np.where(area & (level <= signed), np.maximum(below, level), below)
        above = np.where(area & (level >= signed), np.minimum(above, level), above)
    table = np.asarray(levels, np.int16)
    overall = table[np.abs(np.arange(256)[:, np.newaxis] - table).argmin(axis=1)][plane]
    chosen = np.where(above - signed <= signed - below, above, below)
    return np.where((below >= 0) & (above <= 255), chosen, overall).astype(np.uint8)


def _snapped(level: int) -> int:
    return 0 if level <= _SNAP else 255 if level >= 255 - _SNAP else level


def _neighbours(plane: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest value of each pixel and the eight around it."""
    lowest, highest = plane, plane
    for axis in (0, 1):
        pad = [(1, 1) if own == axis else (0, 0) for own in (0, 1)]
        low, high = np.pad(lowest, pad, "edge"), np.pad(highest, pad, "edge")
        before, middle, after = (slice(start, start + plane.shape[axis]) for start in (0, 1, 2))
        cuts = [(cut, slice(None)) if axis == 0 else (slice(None), cut) for cut in (before, middle, after)]
        lowest = np.minimum(np.minimum(low[cuts[0]], low[cuts[1]]), low[cuts[2]])
        highest = np.maximum(np.maximum(high[cuts[0]], high[cuts[1]]), high[cuts[2]])
    return lowest, highest


def _range(plane: np.ndarray) -> np.ndarray:
    lowest, highest = _neighbours(plane)
    return highest - lowest


def _grown(mask: np.ndarray) -> np.ndarray:
    return _neighbours(mask.astype(np.uint8))[1].astype(bool)


def _touches_other_thin(plane: np.ndarray, is_thin: np.ndarray) -> np.ndarray:
    """(H, W) bool of thin pixels with a thin one of another value beside them."""
    highest = _neighbours(np.where(is_thin, plane, 0))[1]
    lowest = _neighbours(np.where(is_thin, plane, 255))[0]
    touched: np.ndarray = is_thin & (lowest != highest)
    return touched


def _is_ringing(has_area: np.ndarray) -> np.ndarray:
    """Whether a value is that near to a level: beside soft edges it is what Lanczos and the like leave of them."""
    return np.convolve(has_area, np.ones(2 * _SNAP + 1), "same") > 0


def _is_scattered(planes: Sequence[np.ndarray], value: int) -> bool:
    """Whether a value is nowhere more than a few pixels in one piece, as no segment is that somebody drew."""
    for plane in planes:
        pieces = SimpleITK.ConnectedComponent(SimpleITK.GetImageFromArray((plane == value).astype(np.uint8)), True)
        sizes = np.bincount(SimpleITK.GetArrayViewFromImage(pieces).ravel())[1:]
        if sizes.size and sizes.max() > _LARGEST_SPECK:
            return False
    return True


def _unclear(name: str, count: int) -> InputError:
    return InputError(
        f"{name} has {count} different values and no clear levels: it is an ordinary picture, or a mask that was "
        "smoothed or stored with loss.",
        "Save the mask as PNG without smoothing, with one whole number for each segment.",
    )
