"""Eyes as a camera of a pupillometer sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canvas import DOWN, SIDE, Rng, bent, blur, photographed, smooth, turned

PUPIL, IRIS = 1, 2
WITH_LASHES = 0.5  # of the pictures


@dataclass(frozen=True)
class _Lids:
    """Places of the eye, and its lids: the eye is open where `upper` < y < `lower`.

    Attributes:
        x, y: of each pixel. upper, lower: of each pixel's column. reach: half of the width.
    """

    x: np.ndarray
    y: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    reach: float

    @property
    def is_open(self) -> np.ndarray:
        return (self.y > self.upper) & (self.y < self.lower) & (np.abs(self.x) < self.reach)


def eye(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Picture (SIDE, SIDE) in [0, 1] and labels."""
    lids = _lids(rng)
    skin = rng.uniform(0.45, 0.95)
    picture = skin * np.exp(0.12 * smooth(rng, 3) + 0.05 * smooth(rng, 20))
    iris_radius, iris_place = rng.uniform(0.35, 0.7), (rng.uniform(-0.2, 0.2), rng.uniform(-0.15, 0.15))
    x, y = lids.x - iris_place[0], lids.y - iris_place[1]
    from_iris = np.hypot(x, y * rng.uniform(0.92, 1.08)) / iris_radius
    pupil_radius = iris_radius * rng.uniform(0.18, 0.75)
    pupil_place = iris_place[0] + rng.uniform(-0.06, 0.06), iris_place[1] + rng.uniform(-0.06, 0.06)
    oval = rng.uniform(0.9, 1.1)
    along, across = turned(lids.x - pupil_place[0], lids.y - pupil_place[1], rng.uniform(0, np.pi))
    from_pupil = np.hypot(along * oval, across / oval) / pupil_radius

    white = skin * rng.uniform(0.6, 1.05)
    iris = rng.uniform(0.15, 0.75) * white
    pupil = iris * (rng.uniform(0.05, 0.8) if rng.random() < 0.9 else rng.uniform(1.2, 2))  # lit from behind
    soft = rng.uniform(0.02, 0.15)
    ball = white * np.exp(0.1 * smooth(rng, 3)) * (1 - rng.uniform(0, 0.5) * (lids.x / lids.reach) ** 2)
    ball = ball + (iris * _fibres(rng, np.arctan2(y, x)) - ball) * _within(from_iris, soft / iris_radius)
    ball = ball + (pupil - ball) * _within(from_pupil, soft / pupil_radius)
    picture = _with_lashes(rng, np.where(lids.is_open, ball, picture) * _folds(rng, lids), lids)
    picture = blur(picture, int(rng.choice([1, 3, 3, 5])))
    picture = _with_glints(rng, picture, lids, pupil_place, 1.2 * pupil_radius)
    picture = picture * np.exp(0.15 * smooth(rng, 2))
    if rng.random() < 0.5:
        picture = picture + rng.uniform(0, 0.05) * rng.standard_normal((SIDE, SIDE))

    labels = np.zeros(DOWN.shape, np.uint8)
    labels[lids.is_open & (from_iris < 1)] = IRIS
    labels[lids.is_open & (from_pupil < 1)] = PUPIL
    return photographed(rng, picture, coarse_share=0.5), labels


def _lids(rng: Rng) -> _Lids:
    x, y = bent(rng, 0.02, 4)
    x, y = turned(x - rng.uniform(-0.25, 0.25), y - rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2))
    zoom, reach = rng.uniform(0.6, 1.3), rng.uniform(0.8, 1.6)
    x, y = x / zoom, y / zoom
    arch = np.clip(1 - (x / reach) ** 2, 0, 1)
    upper = -rng.uniform(0.25, 0.7) * arch + rng.uniform(-0.1, 0.1) * x
    lower = rng.uniform(0.25, 0.65) * arch + rng.uniform(-0.1, 0.1) * x
    return _Lids(x, y, upper, lower, reach)


def _within(radius: np.ndarray, soft: float) -> np.ndarray:
    return np.clip(0.5 - (radius - 1) / soft, 0, 1)


def _fibres(rng: Rng, angle: np.ndarray) -> np.ndarray:
    """Factors: the iris's own pattern."""
    rays = np.cos(angle * int(rng.integers(20, 60)) + 6 * smooth(rng, 8))
    return 1 + rng.uniform(0, 0.25) * blur(rays, 3) + 0.1 * smooth(rng, 16)


def _folds(rng: Rng, lids: _Lids) -> np.ndarray:
    """Factors: shade along both lids, and the fold above the upper one."""
    shade = np.ones(DOWN.shape)
    for lid, strength in ((lids.upper, 1.0), (lids.lower, 0.5)):
        line = np.exp(-(((lids.y - lid) / rng.uniform(0.02, 0.08)) ** 2)) * (np.abs(lids.x) < 1.05 * lids.reach)
        shade = shade * (1 - strength * rng.uniform(0.2, 0.8) * line)
    fold = np.exp(-(((lids.y - lids.upper + rng.uniform(0.1, 0.35)) / rng.uniform(0.02, 0.06)) ** 2))
    return shade * (1 - rng.uniform(0, 0.5) * fold)


def _with_lashes(rng: Rng, picture: np.ndarray, lids: _Lids) -> np.ndarray:
    for _ in range(rng.poisson(12) if rng.random() < WITH_LASHES else 0):
        place, length, slope = rng.uniform(-0.8, 0.8) * lids.reach, rng.uniform(0.1, 0.35), rng.uniform(-0.5, 0.5)
        down = lids.y - lids.upper
        lash = (np.abs(lids.x - place - slope * down) < 0.012) & (down > -0.05) & (down < length)
        picture = np.where(lash, 0.4 * picture, picture)
    return picture


def _with_glints(rng: Rng, picture: np.ndarray, lids: _Lids, middle: tuple[float, float], reach: float) -> np.ndarray:
    """Reflections of lamps, also across the pupil's edge."""
    for _ in range(int(rng.integers(0, 4))):
        x = (lids.x - middle[0] - rng.uniform(-reach, reach)) * rng.uniform(0.7, 1.4)
        y = lids.y - middle[1] - rng.uniform(-reach, reach)
        glint = np.clip(2 * (1 - np.hypot(x, y) / rng.uniform(0.02, 0.12)), 0, 1)
        picture = picture + (1 - picture) * glint * rng.uniform(0.5, 1)
    return picture
