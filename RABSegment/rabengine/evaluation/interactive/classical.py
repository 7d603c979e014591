"""Classical methods that answer clicks without learning: of OpenCV, scikit-image, and as Slicer's own effects do it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

from rabengine.optional import require
from rabengine.prompts import Click

from .user import Answer, Start

RADIUS = 3  # pixels round a click that count as clicked
REACH = 0.1  # of the picture's longer side round a click that GrabCut begins with
ROUNDS = 5
WALKER_BETA = 130.0
STEP_COST = 1e-3  # of a pixel's way beside the grey values that change on it, so that equal pixels have a way too
BOX_MARGIN = 0.25  # of the picture's longer side round the clicks in which the threshold counts
SMOOTHING = 1.0  # pixels


def grab_cut() -> Start:
    """Rother, Kolmogorov, Blake: GrabCut (SIGGRAPH 2004), of OpenCV, from clicks and the picture's border."""
    cv2 = require("cv2", "GrabCut")

    def start(picture: np.ndarray) -> Answer:
        colour = colour_of(picture)

        def answer(clicks: Sequence[Click], found: np.ndarray) -> np.ndarray:
            seeds = seeds_of(clicks, found.shape, RADIUS)
            near = seeds_of([c for c in clicks if c.is_positive], found.shape, round(REACH * max(found.shape))) > 0
            mask = np.where(found | near, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
            mask[[0, -1]] = mask[:, [0, -1]] = cv2.GC_BGD
            mask[seeds > 0], mask[seeds < 0] = cv2.GC_FGD, cv2.GC_BGD
            models = np.zeros((1, 65)), np.zeros((1, 65))
            cv2.setRNGSeed(0)
            cv2.grabCut(colour, mask, None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
            return (mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)

        return answer

    return start


def random_walker() -> Start:
    """Grady: Random walks for image segmentation (PAMI 2006), of scikit-image, from clicks and the border."""
    segmentation = require("skimage.segmentation", "Random walker")

    def start(picture: np.ndarray) -> Answer:
        grey = grey_of(picture) / 255

        def answer(clicks: Sequence[Click], found: np.ndarray) -> np.ndarray:
            seeds = seeds_of(clicks, found.shape, RADIUS)
            labels = np.zeros(found.shape, np.int32)
            labels[[0, -1]] = labels[:, [0, -1]] = 2
            labels[seeds > 0], labels[seeds < 0] = 1, 2
            return np.asarray(segmentation.random_walker(grey, labels, beta=WALKER_BETA, mode="cg_j") == 1)

        return answer

    return start


def grow_from_seeds() -> Start:
    """As Slicer's effect *Grow from seeds*, from clicks and the border.

    Zhu, Kolesov, Gao, Kikinis, Tannenbaum: An effective interactive medical image segmentation method using fast
    GrowCut (MICCAI workshop 2014): a pixel is of the seed from which the way with the least change of grey values
    leads to it.
    """
    graphs = require("scipy.sparse.csgraph", "Grow from seeds")
    sparse = require("scipy.sparse", "Grow from seeds")

    def start(picture: np.ndarray) -> Answer:
        graph = _ways(sparse, grey_of(picture))

        def answer(clicks: Sequence[Click], found: np.ndarray) -> np.ndarray:
            seeds = seeds_of(clicks, found.shape, RADIUS)
            own, other = seeds > 0, (seeds < 0) | (_border(found.shape) & (seeds == 0))
            lengths = [
                graphs.dijkstra(graph, directed=False, indices=np.flatnonzero(part), min_only=True)
                for part in (own, other)
            ]
            return np.asarray(lengths[0] < lengths[1]).reshape(found.shape)

        return answer

    return start


def threshold() -> Start:
    """As Slicer's effect *Threshold* within a box round the clicks, of which the islands that were clicked are kept.

    The level is midway between what was clicked as the object and as none, or the picture's border.
    """

    def start(picture: np.ndarray) -> Answer:
        grey = sitk.GetArrayFromImage(
            sitk.SmoothingRecursiveGaussian(sitk.GetImageFromArray(grey_of(picture)), SMOOTHING)
        )

        def answer(clicks: Sequence[Click], found: np.ndarray) -> np.ndarray:
            seeds = seeds_of(clicks, found.shape, RADIUS)
            elsewhere = seeds < 0 if (seeds < 0).any() else _border(found.shape)
            own, other = (float(grey[part].mean()) if part.any() else 0.0 for part in (seeds > 0, elsewhere))
            level = (own + other) / 2
            inside = (grey > level) if own > other else (grey < level)
            inside &= _box_round([click for click in clicks if click.is_positive], found.shape)
            inside[seeds < 0] = False
            inside[seeds > 0] = True
            islands = sitk.GetArrayFromImage(sitk.ConnectedComponent(sitk.GetImageFromArray(inside.astype(np.uint8))))
            return np.asarray(np.isin(islands, np.unique(islands[seeds > 0])) & inside)

        return answer

    return start


def seeds_of(clicks: Sequence[Click], size: tuple[int, ...], radius: int) -> np.ndarray:
    """(H, W) int8: 1 round positive clicks, -1 round negative ones."""
    seeds = np.zeros(size, np.int8)
    rows, columns = np.ogrid[: size[0], : size[1]]
    for click in clicks:
        near = (rows - click.y) ** 2 + (columns - click.x) ** 2 <= radius**2
        seeds[near] = 1 if click.is_positive else -1
    return seeds


def colour_of(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 of a grey or coloured picture."""
    return np.ascontiguousarray(picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2))


def grey_of(picture: np.ndarray) -> np.ndarray:
    """(H, W) float64 from 0 to 255."""
    return (picture if picture.ndim == 2 else picture.mean(axis=2)).astype(np.float64)


def _ways(sparse: object, grey: np.ndarray) -> object:
    """Each pixel with its right and its lower neighbour, and how much the grey value changes between them."""
    numbers = np.arange(grey.size).reshape(grey.shape)
    first = np.concatenate([numbers[:, :-1].ravel(), numbers[:-1].ravel()])
    second = np.concatenate([numbers[:, 1:].ravel(), numbers[1:].ravel()])
    changes = np.concatenate([np.abs(np.diff(grey, axis=axis)).ravel() for axis in (1, 0)])
    return sparse.csr_matrix((changes + STEP_COST, (first, second)), shape=(grey.size, grey.size))  # type: ignore[attr-defined]


def _border(size: tuple[int, ...]) -> np.ndarray:
    """(H, W) bool: the outermost pixels."""
    border = np.zeros(size, bool)
    border[[0, -1]] = border[:, [0, -1]] = True
    return border


def _box_round(clicks: Sequence[Click], size: tuple[int, ...]) -> np.ndarray:
    """(H, W) bool: a box round all clicks, with a margin."""
    box = np.zeros(size, bool)
    if clicks:
        margin = BOX_MARGIN * max(size)
        left, right = min(c.x for c in clicks) - margin, max(c.x for c in clicks) + margin
        top, bottom = min(c.y for c in clicks) - margin, max(c.y for c in clicks) + margin
        box[max(round(top), 0) : round(bottom) + 1, max(round(left), 0) : round(right) + 1] = True
    return box
