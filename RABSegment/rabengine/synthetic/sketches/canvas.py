"""What every sketch is drawn on: a square of places, smooth noise, and what a camera does to a picture."""

from __future__ import annotations

import math

import numpy as np
import SimpleITK as sitk
import torch
import torch.nn.functional as F

from rabengine.augmentation import through_knots
from rabengine.synthetic.splines import box_blur

SIDE = 256  # pixels of a sketch
_line = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
DOWN, ACROSS = np.meshgrid(_line, _line, indexing="ij")  # of each pixel, in [-1, 1]
COARSE = (96, 200)  # sides of the pictures that low resolutions are taken from

Rng = np.random.Generator


def smooth(rng: Rng, down: int, across: int | None = None) -> np.ndarray:
    """(SIDE, SIDE) of smooth noise of about unit variance with so many bumps along the sides."""
    knots = rng.standard_normal((1, 1, down + 3, (across or down) + 3)).astype(np.float32)
    return through_knots(torch.from_numpy(knots), (SIDE, SIDE))[0].numpy()


def wave(rng: Rng, place: np.ndarray, count: int, height: float) -> np.ndarray:
    """A smooth random curve over places in [0, 1], the sum of so many waves."""
    curve = np.zeros_like(place)
    for number in range(1, count + 1):
        strength = height / number**0.7 * rng.standard_normal()
        curve += strength * np.cos(math.pi * number * place + rng.uniform(0, 2 * math.pi))
    return curve


def patchy(rng: Rng, bumps: int, mean: float, spread: float) -> np.ndarray:
    """(SIDE, SIDE) factors from 0 to 2: an echo that comes and goes along a structure."""
    return np.clip(mean + spread * smooth(rng, bumps), 0, 2)


def blur(picture: np.ndarray, width: int) -> np.ndarray:
    """Twice the mean over boxes of an odd width."""
    if width < 2:
        return picture
    pictures = torch.from_numpy(np.ascontiguousarray(picture, dtype=np.float32))[None]
    for _ in range(2):
        pictures = box_blur(pictures, (width, width))
    return pictures[0].numpy()


def distance(mask: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE) to the border of a mask, negative in it; in the units of DOWN and ACROSS. Far where it is empty."""
    if not mask.any():
        return np.full(mask.shape, 9.0)
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    found = sitk.SignedMaurerDistanceMap(image, squaredDistance=False, useImageSpacing=False)
    return sitk.GetArrayFromImage(found) * 2 / SIDE


def bent(rng: Rng, amount: float, bumps: int) -> tuple[np.ndarray, np.ndarray]:
    """ACROSS and DOWN, bent smoothly: no structure is a perfect one."""
    return ACROSS + amount * smooth(rng, bumps), DOWN + amount * smooth(rng, bumps)


def turned(x: np.ndarray, y: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Places along and across an axis that is turned by an angle in radians."""
    along = math.cos(angle) * x + math.sin(angle) * y
    return along, -math.sin(angle) * x + math.cos(angle) * y


def photographed(rng: Rng, picture: np.ndarray, coarse_share: float) -> np.ndarray:
    """(SIDE, SIDE), or (3, SIDE, SIDE) as given, in [0, 1], a share of them with the pixels of a smaller picture."""
    picture = np.clip(picture, 0, 1).astype(np.float32)
    if rng.random() >= coarse_share:
        return picture
    side = int(rng.integers(*COARSE))
    channels = torch.from_numpy(picture).view(1, -1, SIDE, SIDE)
    small = F.interpolate(channels, size=(side, side), mode="area")
    return F.interpolate(small, size=(SIDE, SIDE), mode="bilinear", align_corners=False).numpy().reshape(picture.shape)
