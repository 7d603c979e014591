"""Text that is burned into the frames of a cine: what stands still while the picture moves, in strokes like letters.

It finds names and dates as machines write them: light on dark, dark on light or in colour on a grey picture, from some
4 pixels of height on. It finds neither handwriting nor text that moves or blends with the picture, and takes still
symbols for text where they look like it. So a person must look at what is left.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

Box = tuple[int, int, int, int]  # left, top, width, height in pixels

_MOST_FRAMES = 24  # that are looked at, evenly through the cine
_STILL = 0.08  # of the range of values, from frame to frame: what a video's compression makes of a still pixel
_CONTRASTS = (0.2, 0.12)  # of that range, of a stroke against what is round it: with either letters may part
_STROKE = 3  # pixels; twice as much and one is the widest stroke
_LEAST_HEIGHT = 4  # of a letter
_MOST_HEIGHT = 0.12  # of the frame, and never less than 14 pixels
_MOST_STILL = 0.6  # of the pixels that are not dark; in a picture that hardly moves nothing can be told
_FEWEST_STROKES = 3  # side by side in a line of text


def find_text(frames: np.ndarray) -> tuple[list[Box], bool]:
    """Boxes round what looks like text, and whether that could be told: in a picture that hardly moves it cannot.

    Args:
        frames: (T, H, W) grey or (T, H, W, 3) RGB of any real type.
    """
    count = len(frames)
    chosen = np.unique(np.linspace(0, count - 1, min(count, _MOST_FRAMES)).astype(int))
    low, high, middle = _over_time(frames, chosen)
    span = max(float(high.max() - low.min()), 1e-6)
    moved = (high - low) / span
    still = (moved if moved.ndim == 2 else moved.max(axis=-1)) <= _STILL
    grey = middle if middle.ndim == 2 else middle.mean(axis=-1)
    picture = grey > low.min() + 0.1 * span
    if len(chosen) < 2 or (picture.any() and still[picture].mean() > _MOST_STILL):
        return [], False
    found: list[Box] = []
    for strokes in _strokes(middle, grey, span):
        for contrast in _CONTRASTS:
            found += _lines((strokes >= contrast) & still)
    return _merged(found), True


def _over_time(frames: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Smallest, largest and middle value of each pixel; frames stay what they are, for they may be large."""
    low = high = np.asarray(frames[chosen[0]], np.float32)
    for number in chosen[1:]:
        frame = np.asarray(frames[number], np.float32)
        low, high = np.minimum(low, frame), np.maximum(high, frame)
    return low, high, np.asarray(np.median(frames[chosen], axis=0), np.float32)


def _strokes(middle: np.ndarray, grey: np.ndarray, span: float) -> list[np.ndarray]:
    """(H, W), how thin lines stand out, as a share of the range: light, dark, and coloured ones."""
    planes = [grey, -grey]
    if middle.ndim == 3:
        planes.append(np.ptp(middle, axis=-1))
    return [_thin(plane) / span for plane in planes]


def _thin(plane: np.ndarray) -> np.ndarray:
    """How much a pixel is above what is left when thin lines are taken away."""
    image = sitk.GetImageFromArray(np.asarray(plane, np.float32))
    return np.asarray(sitk.GetArrayFromImage(sitk.WhiteTopHat(image, [_STROKE, _STROKE], sitk.sitkBox)))


def _lines(strokes: np.ndarray) -> list[Box]:
    """Boxes of strokes that stand side by side like letters."""
    pieces = _pieces(strokes)
    most = max(_MOST_HEIGHT * strokes.shape[0], 14)
    letters = [piece for piece in pieces if _LEAST_HEIGHT <= piece[3] <= most]
    groups: list[list[Box]] = []
    for one in sorted(letters):
        near = [group for group in groups if any(_is_beside(other, one) for other in group)]
        groups = [group for group in groups if not any(group is other for other in near)]
        groups.append([one, *(letter for group in near for letter in group)])
    boxes = [box for group in groups if _has_strokes(strokes, box := _round(group))]
    small = [piece for piece in pieces if piece[3] <= most]
    return [_wider(_grown(box, small), strokes.shape) for box in boxes]


def _grown(box: Box, pieces: Sequence[Box]) -> Box:
    """With the rest of its line, of which single letters were not told from the picture."""
    height = box[3]
    while True:
        near = [one for one in pieces if _shared(one, box) >= 0.5 * one[3] and _gap(one, box) <= 1.5 * height]
        grown = _round([box, *near])
        if grown == box or grown[3] > 1.5 * height:
            return box
        box = grown


def _pieces(strokes: np.ndarray) -> list[Box]:
    """Boxes round connected strokes; letters that touch are one."""
    statistics = sitk.LabelShapeStatisticsImageFilter()
    statistics.Execute(sitk.ConnectedComponent(sitk.GetImageFromArray(strokes.astype(np.uint8)), True))
    found = [statistics.GetBoundingBox(label) for label in statistics.GetLabels()]
    return [(int(left), int(top), int(width), int(height)) for left, top, width, height in found]


def _is_beside(one: Box, other: Box) -> bool:
    """Whether two letters may be of one line."""
    low, high = sorted((one[3], other[3]))
    return high <= 2.5 * low and _shared(one, other) >= 0.5 * low and _gap(one, other) <= 1.5 * high


def _shared(one: Box, other: Box) -> int:
    """Rows that two boxes share; below 0 for none."""
    return min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])


def _gap(one: Box, other: Box) -> int:
    """Columns between two boxes; below 0 where they share some."""
    return max(one[0], other[0]) - min(one[0] + one[2], other[0] + other[2])


def _has_strokes(strokes: np.ndarray, box: Box) -> bool:
    """Whether some row of a box crosses several strokes, as a line of text does."""
    left, top, width, height = box
    inside = strokes[top : top + height, left : left + width].astype(np.int8)
    crossed = (np.diff(inside, axis=1, prepend=0) == 1).sum(axis=1)
    return width > height and int(crossed.max()) >= _FEWEST_STROKES


def _round(boxes: Sequence[Box]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


def _wider(box: Box, size: tuple[int, ...]) -> Box:
    """With what letters have beside their strokes: soft edges, dots, commas."""
    left, top, width, height = box
    up, aside = max(2, round(0.35 * height)), max(3, height)
    right, bottom = min(left + width + aside, size[1]), min(top + height + up, size[0])
    left, top = max(left - aside, 0), max(top - up, 0)
    return left, top, right - left, bottom - top


def _merged(boxes: list[Box]) -> list[Box]:
    """Boxes that overlap as one, from the top down."""
    found: list[Box] = []
    for box in boxes:
        while (other := next((one for one in found if _overlap(one, box)), None)) is not None:
            found.remove(other)
            box = _round([other, box])
        found.append(box)
    return sorted(found, key=lambda box: (box[1], box[0]))


def _overlap(one: Box, other: Box) -> bool:
    return all(one[axis] < other[axis] + other[axis + 2] and other[axis] < one[axis] + one[axis + 2] for axis in (0, 1))
