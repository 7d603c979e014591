"""Volumes of a left ventricle from its masks in long-axis views, and the length of its outline.

Not for clinical use: views are taken as not foreshortened.

Sources: Sandler H, Dodge HT. The use of single plane angiocardiograms for the calculation of left ventricular volume
in man. American Heart Journal 1968; 75: 325-334 (area and length). Schiller NB, et al. Recommendations for
quantitation of the left ventricle by two-dimensional echocardiography. J Am Soc Echocardiogr 1989; 2: 358-367, and
Lang RM, et al. Recommendations for cardiac chamber quantification by echocardiography in adults. J Am Soc
Echocardiogr 2015; 28: 1-39 (discs; apex and mitral plane; strain from the outline's length).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .landmarks import Landmarks, largest_piece
from .outline import length_of, outlines

DISCS = 20
_PARTS = 4  # of each side of a pixel, when it is shared out among discs; fewer where there are many pixels
_MOST_PARTS = 160_000


@dataclass(frozen=True)
class VentricleView:
    """A left ventricle on one frame of one view; lengths in the unit of the pixel size that was given.

    Attributes:
        area: of the mask, from an apex and up to a mitral plane that were given.
        length: of the long axis, from the apex through the middle of the mitral plane: to that middle where a person
            gave the plane, else to where the axis leaves the mask.
        widths: (20,) across the long axis, of as many discs of equal height from apex to base.
        outline: length of the outline from hinge point to hinge point by way of the apex.
        is_cut_off: whether the part that counts reaches the edge of the picture.
    """

    area: float
    length: float
    widths: np.ndarray
    outline: float
    is_cut_off: bool


def ventricle_view(mask: np.ndarray, pixel: np.ndarray, landmarks: Landmarks) -> VentricleView:
    """Measure a left ventricle on one frame.

    Args:
        mask: (H, W) bool, not empty; all pieces count for the area and the discs, the largest for the outline.
        pixel: (x, y) size of a pixel.
        landmarks: of the frame.
    """
    apex, mitral = landmarks.apex * pixel, landmarks.mitral * pixel
    middle = mitral.mean(axis=0)
    axis = (middle - apex) / max(float(np.hypot(*(middle - apex))), 1e-9)
    edge = outlines(largest_piece(mask))[0] * pixel
    length = float(np.hypot(*(middle - apex)))
    if not landmarks.is_mitral_given:
        length = _way_out(edge, apex, axis, length)
    places, part = _parts_of(mask, pixel)
    if landmarks.is_mitral_given:
        places = places[_on_side_of(apex, mitral, places)]
    if landmarks.is_apex_given:  # in the first disc, what lies beyond would count as if it were as wide as long
        places = places[(places - apex) @ axis >= 0]
    least = float(pixel.min())  # of what is hardly more than a pixel
    length = max(length, least)
    return VentricleView(
        area=len(places) * part,
        length=length,
        widths=_widths((places - apex) @ axis, part, length),
        outline=max(_open_outline(edge, apex, mitral), least),
        is_cut_off=bool(((places <= 0) | (places >= (np.array(mask.shape[::-1]) - 1) * pixel)).any()),
    )


def area_length_volume(area: float, length: float) -> float:
    """V = 8 A^2 / (3 pi L), in the cube of the unit of `length`.

    That is the volume of an ellipsoid of revolution, or of one half of it, whose section has the area A and the
    length L: with the short diameter D, A = pi L D / 4 and V = pi L D^2 / 6.
    """
    return 8.0 * area**2 / (3.0 * math.pi * length)


def disc_volume(view: VentricleView, other: VentricleView | None = None) -> float:
    """V = pi / 4 sum(a_i b_i) L / 20 of 20 elliptic discs (modified Simpson's rule), in the cube of the unit of L.

    Args:
        view: whose widths are a_i.
        other: at right angles to it, whose widths are b_i; None for round discs. L is then the longer axis of the two.
    """
    second = other or view
    length = max(view.length, second.length)
    return float(math.pi / 4 * (view.widths @ second.widths) * length / DISCS)


def _parts_of(mask: np.ndarray, pixel: np.ndarray) -> tuple[np.ndarray, float]:
    """(N, 2) the middles of small parts of the mask's pixels, and the area of one."""
    y, x = np.nonzero(mask)
    parts = int(np.clip(np.sqrt(_MOST_PARTS / max(len(x), 1)), 1, _PARTS))
    inner = (np.arange(parts) + 0.5) / parts - 0.5
    right, down = (grid.ravel() for grid in np.meshgrid(inner, inner))
    places = np.stack([(x[:, None] + right).ravel(), (y[:, None] + down).ravel()], axis=1) * pixel
    return places, float(np.prod(pixel)) / parts**2


def _on_side_of(apex: np.ndarray, mitral: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(N,) bool, which places lie on the apex's side of the mitral plane."""
    along = mitral[1] - mitral[0]
    normal = np.array([-along[1], along[0]])
    return np.asarray(((places - mitral[0]) @ normal) * float((apex - mitral[0]) @ normal) >= 0)


def _way_out(edge: np.ndarray, apex: np.ndarray, axis: np.ndarray, length: float) -> float:
    """How far from the apex the axis leaves the mask."""
    across = (edge - apex) @ np.array([-axis[1], axis[0]])
    along = (edge - apex) @ axis
    after = np.roll(across, -1)
    crossed = np.flatnonzero((across < 0) != (after < 0))
    share = across[crossed] / (across[crossed] - after[crossed])
    places = along[crossed] + share * (np.roll(along, -1)[crossed] - along[crossed])
    return float(places.max()) if len(places) and places.max() > 0 else length


def _widths(along: np.ndarray, part: float, length: float) -> np.ndarray:
    """(20,) the area in each slice over its height.

    Of a base at a slant, what lies beyond the end of the axis on one side is counted where it lacks on the other.
    """
    height = max(length, 1e-9) / DISCS
    folded = np.where(along > length, 2 * length - along, along)
    places = np.clip((folded / height).astype(int), 0, DISCS - 1)
    return np.asarray(np.bincount(places, minlength=DISCS) * part / height)


def _open_outline(edge: np.ndarray, apex: np.ndarray, mitral: np.ndarray) -> float:
    """From the point of the edge nearest to one hinge point to that nearest to the other, by way of the apex."""
    first, second, top = (int(np.hypot(*(edge - point).T).argmin()) for point in (*mitral, apex))
    count = len(edge)
    way = (np.arange((second - first) % count + 1) + first) % count
    if top not in way:
        way = (np.arange((first - second) % count + 1) + second) % count
    return length_of(edge[way], np.ones(2), is_closed=False)
