"""A neck in ultrasound: the thyroid with a nodule, the carotid, the trachea and the muscles above."""

from __future__ import annotations

import numpy as np

from .canvas import ACROSS, DOWN, Rng, bent, distance, patchy, photographed, smooth, turned
from .ultrasound import linear, scanned

GLAND, NODULE, CAROTID = 1, 2, 3
WITH_NODULE, WITH_CAROTID, WITH_TRACHEA = 0.6, 0.7, 0.6  # of the pictures


def thyroid(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Picture (SIDE, SIDE) in [0, 1] and labels."""
    side, zoom = rng.choice([-1, 1]), rng.uniform(0.8, 1.3)
    x, y = bent(rng, 0.04, 4)
    x, y = (x - rng.uniform(-0.3, 0.3)) * side / zoom, (y - rng.uniform(-0.2, 0.3)) / zoom
    echo = _muscles(rng, y)
    gland = _oval(rng, x, y, (rng.uniform(0.3, 0.75), rng.uniform(0.18, 0.45)), 0.3) < 1
    if rng.random() < WITH_TRACHEA:
        middle, radius = (rng.uniform(0.6, 0.95), rng.uniform(0.0, 0.4)), rng.uniform(0.35, 0.55)
        windpipe = np.hypot(x - middle[0], y - middle[1]) / radius
        ring = np.exp(-(((windpipe - 1) / 0.08) ** 2)) * (y < middle[1])
        echo = np.where(windpipe < 1, 0.08 + 0.2 * np.exp(-((y - middle[1] + radius) / 0.2)), echo)
        echo = np.where((np.abs(x - middle[0]) < radius) & (y > middle[1]), 0.05, echo) + rng.uniform(0.3, 0.9) * ring
        gland &= windpipe > 1
    capsule = np.exp(-((distance(gland) / rng.uniform(0.015, 0.03)) ** 2)) * patchy(rng, 6, 0.6, 0.5)
    texture = np.exp(rng.uniform(0.05, 0.25) * smooth(rng, 24) + 0.1 * smooth(rng, 4))
    echo = np.where(gland, rng.uniform(0.35, 0.75) * texture, echo) + rng.uniform(0, 0.4) * capsule
    labels = np.where(gland, GLAND, 0).astype(np.uint8)
    if rng.random() < WITH_NODULE:
        echo, nodule = _with_nodule(rng, echo, gland)
        labels[nodule] = NODULE
    if rng.random() < WITH_CAROTID:
        middle, radius = (-rng.uniform(0.55, 0.9), rng.uniform(-0.1, 0.4)), rng.uniform(0.12, 0.24)
        artery = np.hypot(x - middle[0], (y - middle[1]) * rng.uniform(0.9, 1.2)) / radius
        echo = echo + rng.uniform(0.1, 0.5) * np.exp(-(((artery - 1.08) / 0.08) ** 2))
        echo = np.where(artery < 1, rng.uniform(0, 0.12), echo)
        labels[artery < 1] = CAROTID
    return photographed(rng, scanned(rng, echo, linear(rng)), coarse_share=0.3), labels


def _muscles(rng: Rng, y: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE) echoes of layers with bright sheaths between."""
    echo = rng.uniform(0.15, 0.4) * np.exp(0.3 * smooth(rng, 12, 3) + 0.3 * smooth(rng, 3))
    for _ in range(int(rng.integers(2, 6))):
        place = y - rng.uniform(-1.1, -0.2) - 0.08 * smooth(rng, 2, 3)
        echo = echo + rng.uniform(0.2, 0.6) * np.exp(-((place / rng.uniform(0.01, 0.03)) ** 2)) * patchy(
            rng, 4, 0.8, 0.4
        )
    return np.clip(echo + rng.uniform(0, 0.3) * np.exp(-(((y - 0.9) / 0.1) ** 2)), 0, None)


def _oval(rng: Rng, x: np.ndarray, y: np.ndarray, half: tuple[float, float], turn: float) -> np.ndarray:
    """1 on the border of an oval round (0, 0)."""
    along, across = turned(x, y, rng.uniform(-turn, turn))
    return np.hypot(along / half[0], across / half[1] * (1 + 0.3 * along / half[0]))


def _with_nodule(rng: Rng, echo: np.ndarray, gland: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The echoes with a nodule in the gland, and where it is: solid, half filled with fluid, or with a halo."""
    inside = np.argwhere(distance(gland) < -0.05)
    if not len(inside):
        return echo, np.zeros(gland.shape, bool)
    down, across = inside[int(rng.integers(len(inside)))]
    x, y = bent(rng, 0.02, 6)
    radius = rng.uniform(0.06, 0.22)
    place = _oval(rng, x - ACROSS[down, across], y - DOWN[down, across], (radius, radius * rng.uniform(0.7, 1)), 1.5)
    nodule = (place < 1) & (distance(gland) < 0.04)
    kind = rng.random()
    filling = rng.uniform(0.1, 0.35) if kind < 0.6 else rng.uniform(0.5, 1.0) if kind < 0.85 else 0.03
    body = filling * np.exp(rng.uniform(0.1, 0.5) * smooth(rng, 16))
    if rng.random() < 0.3:
        body = np.where(smooth(rng, 5) > 0.6, 0.03, body)
    halo = 1 - rng.uniform(0, 0.7) * np.exp(-(((place - 1.05) / 0.1) ** 2))
    return np.where(nodule, body, echo) * halo, nodule
