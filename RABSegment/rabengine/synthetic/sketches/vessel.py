"""Vessels along their length: in ultrasound, and under a microscope, where cells and fibres lie on them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .canvas import DOWN, SIDE, Rng, bent, blur, patchy, photographed, smooth, turned, wave
from .ultrasound import linear, scanned

LUMEN, WALL = 1, 2
IN_ULTRASOUND = 0.35  # of the pictures
WALL_IS_LUMEN = 0.25  # of the pictures have one label for both
WITH_WALL = 0.3  # of the others have one for each


@dataclass(frozen=True)
class _Tube:
    """Places along and across a vessel.

    Attributes:
        along, x, y: of each pixel. off: from the middle line, across. radius: at each place.
        above, below: distance of the lumen's borders from the middle line. wall: its thickness.
    """

    along: np.ndarray
    x: np.ndarray
    y: np.ndarray
    off: np.ndarray
    radius: np.ndarray
    above: np.ndarray
    below: np.ndarray
    wall: np.ndarray

    @property
    def lumen(self) -> np.ndarray:
        return (self.off > -self.above) & (self.off < self.below)

    @property
    def is_wall(self) -> np.ndarray:
        return (self.off > -self.above - self.wall) & (self.off < self.below + self.wall) & ~self.lumen


def vessel(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Picture (SIDE, SIDE) in [0, 1] and labels."""
    tube = _tube(rng)
    picture = _in_ultrasound(rng, tube) if rng.random() < IN_ULTRASOUND else _under_microscope(rng, tube)
    labels = np.zeros(DOWN.shape, np.uint8)
    labels[tube.lumen] = LUMEN
    draw = rng.random()
    if draw < WALL_IS_LUMEN:
        labels[tube.is_wall] = LUMEN
    elif draw < WALL_IS_LUMEN + WITH_WALL * (1 - WALL_IS_LUMEN):
        labels[tube.is_wall] = WALL
    return photographed(rng, picture, coarse_share=0.3), labels


def _tube(rng: Rng) -> _Tube:
    angle = rng.uniform(-0.5, 0.5) if rng.random() < 0.7 else rng.uniform(-1.6, 1.6)
    x, y = bent(rng, 0.03, 4)
    along, across = turned(x, y, angle)
    place = (along + 1.5) / 3
    off = across - rng.uniform(-0.4, 0.4) - wave(rng, place, 3, 0.12)
    radius = rng.uniform(0.08, 0.45) * np.exp(wave(rng, place, 5, 0.2))
    wall = radius * rng.uniform(0.15, 0.7) * np.exp(wave(rng, place, 4, 0.1))
    above, below = (radius * np.exp(wave(rng, place, 6, 0.08)) for _ in range(2))
    return _Tube(along, x, y, off, radius, above, below, wall)


def _in_ultrasound(rng: Rng, tube: _Tube) -> np.ndarray:
    echo = rng.uniform(0.2, 0.6) * np.exp(0.5 * smooth(rng, 5) + 0.4 * smooth(rng, 9, 3))
    wall = rng.uniform(0.3, 1) * patchy(rng, 5, 0.8, 0.5)
    echo = np.where(tube.is_wall, wall, echo)
    echo = np.where(tube.lumen, rng.uniform(0, 0.15) * np.exp(0.5 * smooth(rng, 4)), echo)
    return scanned(rng, echo, linear(rng))


def _under_microscope(rng: Rng, tube: _Tube) -> np.ndarray:
    is_bright = rng.random() < 0.75
    ground = rng.uniform(0.5, 0.98) if is_bright else rng.uniform(0.05, 0.4)
    wall = rng.uniform(0.02, 0.5) if is_bright else rng.uniform(0.4, 0.9)
    picture = ground * np.exp(0.08 * smooth(rng, 3) + 0.03 * smooth(rng, 18))
    for _ in range(rng.poisson(2)):  # dirt out of focus
        ring = np.hypot(tube.x - rng.uniform(-1, 1), tube.y - rng.uniform(-1, 1)) / rng.uniform(0.05, 0.3)
        picture = picture * (1 - 0.08 * np.exp(-(((ring - 1) / 0.2) ** 2)))
    out = np.where(tube.off > 0, tube.off - tube.below, -tube.off - tube.above) / tube.wall  # 1 where the wall ends
    soft = max(rng.uniform(0, 0.6), 0.01)
    faded = wall + (picture - wall) * 0.8 * np.clip((out - 1 + soft) / soft, 0, 1)
    picture = np.where(tube.is_wall, faded, picture)
    texture = rng.uniform(0.05, 0.3) * smooth(rng, 20, 8) + rng.uniform(0, 0.25) * smooth(rng, 40)
    inside = (wall + (ground - wall) * rng.uniform(0.1, 0.9)) * np.exp(texture + 0.15 * smooth(rng, 5))
    edge = np.minimum(tube.off + tube.above, tube.below - tube.off) / (tube.radius * rng.uniform(0.05, 0.6))
    picture = np.where(tube.lumen, wall + (inside - wall) * np.clip(edge, 0, 1), picture)
    picture = _with_cells(rng, picture, tube)
    if rng.random() < 0.35:
        picture = _with_fibre(rng, picture, tube)
    noise = rng.uniform(0, 0.04) * rng.standard_normal((SIDE, SIDE))
    return blur(picture, int(rng.choice([1, 3, 3, 5]))) + noise


def _with_cells(rng: Rng, picture: np.ndarray, tube: _Tube) -> np.ndarray:
    """Cells of fat, dark rings along both walls."""
    for _ in range(rng.poisson(8) if rng.random() < 0.5 else 0):
        aside = tube.off - rng.choice([-1, 1]) * tube.radius * rng.uniform(0.7, 1.5)
        ring = np.hypot(tube.along - rng.uniform(-1, 1), 1.2 * aside) / rng.uniform(0.02, 0.07)
        picture = picture * (1 - rng.uniform(0.5, 0.95) * np.exp(-(((ring - 0.8) / 0.35) ** 2)))
    return picture


def _with_fibre(rng: Rng, picture: np.ndarray, tube: _Tube) -> np.ndarray:
    angle = rng.uniform(-2, 2)
    x, y = tube.x - rng.uniform(-0.7, 0.7), tube.y - rng.uniform(-0.4, 0.4)
    away = np.abs(math.cos(angle) * x + math.sin(angle) * y + 0.2 * smooth(rng, 2))
    return np.where(away < rng.uniform(0.015, 0.05), picture * rng.uniform(0.05, 0.4), picture)
