"""Segments painted into a picture: a translucent fill and a contour for each, at any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rabengine.io.legend import segment_colour
from rabengine.optional import require

FILL_OPACITY = 0.22


def paint_segments(
    picture: np.ndarray,
    labels: np.ndarray | Sequence[np.ndarray],
    fill_opacity: float = FILL_OPACITY,
    contour_width: int = 1,
    colours: Mapping[int, tuple[int, int, int]] | None = None,
) -> np.ndarray:
    """Paint every segment of `labels` on a copy of `picture`.

    Args:
        picture: (H, W, 3) uint8.
        labels: (H, W) of label values, 0 background; several of them where segments overlap.
        fill_opacity: 0 paints the contour alone, 1 hides the picture.
        contour_width: in pixels, inside the segment.
        colours: label value to RGB, 0 to 255; None for those of `segment_colour`.
    """
    layers = [labels] if isinstance(labels, np.ndarray) else labels
    painted = picture.copy()
    contours = []
    for layer in layers:
        for segment in (int(value) for value in np.unique(layer) if value):
            mask = layer == segment
            chosen = segment_colour(segment) if colours is None else colours[segment]
            colour = np.array(chosen, dtype=np.float32)
            filled = painted[mask] * (1 - fill_opacity) + colour * fill_opacity
            painted[mask] = filled.round().astype(np.uint8)
            contours.append((border(mask, contour_width), chosen))
    for contour, chosen in contours:  # above the fill of all others
        painted[contour] = chosen
    return painted


def border(mask: np.ndarray, width: int = 1) -> np.ndarray:
    """Pixels of `mask` (H, W) bool at most `width` steps along rows or columns from outside it."""
    inner = mask
    for _ in range(width):
        padded = np.pad(inner, 1)
        inner = inner & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inner


def enlarge_picture(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h, w, 3) uint8 resampled smoothly to `size` (rows, columns)."""
    image = require("PIL.Image", "A picture of the result")
    if picture.shape[:2] == size:
        return picture
    return np.asarray(image.fromarray(picture).resize((size[1], size[0]), image.Resampling.BICUBIC))


def enlarge_labels(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h, w) uint8 labels resampled to `size` (rows, columns) with smooth borders instead of steps."""
    image = require("PIL.Image", "A picture of the result")
    if labels.shape == size:
        return labels
    enlarged = np.zeros(size, dtype=np.uint8)
    most = np.full(size, 127, dtype=np.uint8)  # a segment owns a pixel when it covers more than half of it
    for segment in (int(value) for value in np.unique(labels) if value):
        cover = image.fromarray((labels == segment).astype(np.uint8) * 255)
        cover = np.asarray(cover.resize((size[1], size[0]), image.Resampling.BILINEAR))
        wins = cover > most
        enlarged[wins] = segment
        most[wins] = cover[wins]
    return enlarged
