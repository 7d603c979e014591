"""From what the network says of a prompt to the mask that a person would draw.

What was said counts first: the pixel of a positive click or line is in the mask, that of a negative one is not; of what
was said of the same pixel the later click counts, and a click more than a line. Of the rest, small holes are filled,
and pieces of which nobody said anything go. The edge is the network's: a smoother one cost clicks.
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from rabengine.prompts import Prompt

CRUMB = 0.02  # of the largest piece's area: smaller pieces are none of the object
HOLE = 0.1  # of the mask's area: smaller holes are of the object
SPOT = 3 / 256  # of the frame's longer side: the radius round a place that the network did not hear


def shape_of(logits: np.ndarray, prompt: Prompt, is_parted: bool = False) -> np.ndarray:
    """The mask (H, W) bool of an object.

    Args:
        logits: (H, W). prompt: that they answer.
        is_parted: the object is known to have several pieces, so those that nobody clicked may be of it too.
    """
    shape = np.zeros(logits.shape, bool)
    inside, outside = said(prompt, logits.shape)
    mask = logits > 0
    spot = _spot(logits.shape)
    part = _part(mask | inside, spot + 1)
    mask, inside, outside = mask[part], inside[part], outside[part]
    mask = (mask | _round(inside & ~mask, spot)) & ~_round(outside & mask, spot)
    mask = (mask | inside) & ~outside
    drawn = None if prompt.mask is None else prompt.mask[part]
    shape[part] = without_holes(_without_strangers(mask, inside, drawn, is_parted), outside)
    return shape


def said(prompt: Prompt, size: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) bool each: pixels that were said to be in the object, and pixels that were said not to be."""
    told = np.zeros(size, np.int8) if prompt.scribble is None else np.sign(prompt.scribble).astype(np.int8)
    for click in prompt.clicks:
        told[click.pixel((size[0], size[1]))] = 1 if click.is_positive else -1
    return told > 0, told < 0


def has_pieces(mask: np.ndarray) -> bool:
    """Whether a mask (H, W) is more than one piece and crumbs."""
    sizes = _pieces(mask[_part(mask, 1)])[1][1:]
    return int(np.count_nonzero(sizes >= CRUMB * sizes.max(initial=1))) > 1


def without_holes(mask: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """A mask (H, W) with its small holes filled.

    Args:
        outside: (H, W) bool; holes with any of these pixels stay.
    """
    gaps, sizes = _pieces(np.pad(~mask, 1, constant_values=True))
    if len(sizes) <= 2:
        return mask
    goes = sizes < HOLE * np.count_nonzero(mask)
    goes[[0, gaps[0, 0]]] = False  # the mask itself, and what is round it
    gaps = gaps[1:-1, 1:-1]
    goes[gaps[outside]] = False
    return mask | goes[gaps]


def _without_strangers(mask: np.ndarray, inside: np.ndarray, drawn: np.ndarray | None, is_parted: bool) -> np.ndarray:
    """A mask (H, W) without the pieces that are none of the object.

    Args:
        inside: (H, W) bool; pieces with any of these pixels stay, and where there are some, other pieces do not.
        drawn: (H, W) bool, the mask so far; pieces that are for the most part in it stay unless they are crumbs.
        is_parted: other pieces stay too unless they are crumbs.
    """
    pieces, sizes = _pieces(mask)
    if len(sizes) <= 2:
        return mask
    stays = sizes >= CRUMB * sizes[1:].max()
    if inside.any() and not is_parted:
        before = np.zeros(len(sizes)) if drawn is None else np.bincount(pieces[drawn], minlength=len(sizes))
        stays &= 2 * before > sizes
    stays[pieces[inside]] = True
    return mask & stays[pieces]


def _pieces(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) number of each pixel's connected piece, 0 elsewhere, and how many pixels have each number."""
    if not mask.any():
        return np.zeros(mask.shape, np.int32), np.array([mask.size])
    found = sitk.GetArrayFromImage(sitk.ConnectedComponent(sitk.GetImageFromArray(mask.astype(np.uint8))))
    return found, np.bincount(found.ravel())


def _part(mask: np.ndarray, margin: int) -> tuple[slice, slice]:
    """The rows and columns that hold a mask (H, W), with a margin; none where it is empty."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0), slice(0)
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + margin + 1),
    )


def _spot(size: tuple[int, ...]) -> int:
    return max(1, round(SPOT * max(size)))


def _round(places: np.ndarray, radius: int) -> np.ndarray:
    """(H, W) bool: discs round pixels."""
    if not places.any():
        return places
    image = sitk.GetImageFromArray(places.astype(np.uint8))
    return np.asarray(sitk.GetArrayFromImage(sitk.BinaryDilate(image, [radius, radius], sitk.sitkBall)) > 0)
