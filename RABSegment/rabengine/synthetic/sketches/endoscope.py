"""What an endoscope sees: a polyp on the wall of a bowel, and the glottis between the vocal folds."""

from __future__ import annotations

import math

import numpy as np

from .canvas import ACROSS, DOWN, SIDE, Rng, bent, blur, photographed, smooth, turned, wave

POLYP = 1
GLOTTIS, FOLDS = 1, 2
MUCOSA = (1.0, 0.55, 0.45)  # red, green and blue of it, about
LIGHTEST = 1.2  # of a wall that is looked at straight on


def polyp(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Picture (3, SIDE, SIDE) in [0, 1] and labels."""
    wall = _bowel(rng)
    u, v = bent(rng, rng.uniform(0.01, 0.05), int(rng.integers(3, 7)))
    u, v = turned(u - rng.uniform(-0.6, 0.6), v - rng.uniform(-0.6, 0.6), rng.uniform(0, math.pi))
    radius, oval = 0.1 * 5 ** rng.random(), rng.uniform(0.7, 1.0)
    u, v = u * oval / radius, v / (oval * radius)
    out = np.hypot(u, v)
    dome = np.sqrt(np.clip(1 - out**2, 0, 1))
    is_polyp = out < 1
    light, tilt = rng.uniform(-1, 1, 2), rng.uniform(0.1, 0.6)
    lit = np.clip(0.35 + 0.65 * dome + tilt * (u * light[0] + v * light[1]), 0.05, LIGHTEST)
    skin = rng.uniform(0.6, 1.1) * lit * np.exp(0.06 * smooth(rng, 8) + rng.uniform(0, 0.2) * smooth(rng, 40))
    height = rng.uniform(0.35, 1)  # a flat one is lit as the wall round it
    shade = 1 - height * rng.uniform(0.1, 0.7) * np.exp(-np.clip(out - 1, 0, None) / rng.uniform(0.05, 0.3))
    grey = np.where(is_polyp, wall + height * (skin - wall), wall * shade)
    redness = 1 + rng.uniform(-0.25, 0.35) * is_polyp
    grey = blur(grey, int(rng.choice([1, 1, 3, 3, 5])))
    glints = _glints(rng, grey + 0.4 * is_polyp * dome)
    return _seen(rng, grey, redness, glints), np.where(is_polyp, POLYP, 0).astype(np.uint8)


def glottis(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Picture (3, SIDE, SIDE) in [0, 1] and labels."""
    x, y = bent(rng, 0.02, 3)
    zoom = rng.uniform(0.6, 1.2)
    along, across = turned((x - rng.uniform(-0.3, 0.3)) / zoom, (y - rng.uniform(-0.3, 0.3)) / zoom, _upright(rng))
    place = np.clip((along / rng.uniform(0.5, 0.8) + 1) / 2, 0, 1)  # 0 where the folds meet, 1 at the cartilages
    shape = place ** rng.uniform(0.6, 1.2) * (1 - place) ** rng.uniform(0.1, 0.6)
    shape = shape / shape.max()
    opening = 0.015 * 16 ** rng.random()
    left, right = (opening * shape * np.exp(wave(rng, place, 4, 0.1)) for _ in range(2))
    is_level = (place > 0) & (place < 1)
    is_glottis = is_level & (across > -left) & (across < right)
    width = rng.uniform(0.08, 0.22) * (1 - 0.3 * place)
    is_fold = is_level & (across > -left - width) & (across < right + width) & ~is_glottis
    grey = 0.7 * np.exp(0.2 * smooth(rng, 3) + 0.1 * smooth(rng, 10))
    aside = np.abs(across) / rng.uniform(0.45, 0.8)
    grey = grey * (1 - rng.uniform(0.2, 0.8) * np.exp(-(((aside - 0.6) / 0.2) ** 2)))  # behind the folds above
    fold = rng.uniform(0.7, LIGHTEST) * np.exp(0.08 * smooth(rng, 5)) * (0.8 + 0.2 * np.cos(4 * across))
    edge = np.minimum(across + left, right - across) / rng.uniform(0.02, 0.1)
    deep = rng.uniform(0.02, 0.25) + rng.uniform(0, 0.3) * np.clip(1 - edge, 0, 1)
    grey = np.where(is_fold, fold, grey)
    grey = blur(np.where(is_glottis, deep, grey), int(rng.choice([1, 3, 3, 5])))
    glints = _glints(rng, grey)
    labels = np.where(is_glottis, GLOTTIS, np.where(is_fold, FOLDS, 0)).astype(np.uint8)
    return _seen(rng, grey, 1 - rng.uniform(0.1, 0.6) * is_fold, glints), labels


def _upright(rng: Rng) -> float:
    """Angle of the line between the folds: mostly down the picture, either end up."""
    return rng.choice([-1, 1]) * math.pi / 2 + rng.normal(0, 0.3)


def _bowel(rng: Rng) -> np.ndarray:
    """(SIDE, SIDE) brightness of a wall with folds, darker where the bowel goes on."""
    x, y = bent(rng, 0.06, 4)
    away = np.hypot(x - rng.uniform(-1, 1), (y - rng.uniform(-1, 1)) * rng.uniform(0.7, 1.4))
    goes_on = rng.uniform(0.05, 0.6) if rng.random() < 0.7 else 0.02
    wall = LIGHTEST * away / (away + goes_on) * np.exp(-0.2 * away)
    for _ in range(rng.poisson(3)):
        place = (away - rng.uniform(0.2, 1.8) - 0.1 * smooth(rng, 3)) / rng.uniform(0.03, 0.15)
        lip, behind = np.exp(-(place**2)), np.exp(-((place + 1.5) ** 2))
        wall = wall * (1 + rng.uniform(0.1, 0.4) * lip - rng.uniform(0.2, 0.7) * behind)
    vessels = np.exp(-((smooth(rng, 7) / 0.07) ** 2)) * (smooth(rng, 3) > 0)
    wall = wall * (1 - rng.uniform(0, 0.3) * blur(vessels, 3))
    return wall * np.exp(0.1 * smooth(rng, 3) + rng.uniform(0, 0.08) * smooth(rng, 30))


def _glints(rng: Rng, grey: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE) in [0, 1]: wet places that mirror the lamp, where the wall is bright."""
    wet = smooth(rng, int(rng.integers(10, 24))) + 2 * grey
    line = np.quantile(wet, 1 - rng.uniform(0.0005, 0.03))
    return blur(np.clip((wet - line) * rng.uniform(4, 12), 0, 1), 3) * rng.uniform(0.5, 1)


def _seen(rng: Rng, grey: np.ndarray, redness: np.ndarray, glints: np.ndarray) -> np.ndarray:
    """(3, SIDE, SIDE): in its colours, with lamp, noise and the scope's field of view."""
    grey = rng.uniform(0.5, 0.95) * np.clip(grey, 0, 1.3) * (1 - rng.uniform(0, 0.3) * np.hypot(ACROSS, DOWN) ** 2)
    tint = np.array(MUCOSA) * np.exp(0.15 * rng.standard_normal(3))
    if rng.random() < 0.1:  # narrow-band light
        tint = np.array((0.6, 0.9, 0.8)) * np.exp(0.1 * rng.standard_normal(3))
    colours = np.stack([grey * tint[0], grey * tint[1] / redness, grey * tint[2] / redness])
    colours = colours + (1 - colours) * glints + rng.uniform(0, 0.03) * rng.standard_normal((3, SIDE, SIDE))
    if rng.random() < 0.6:
        corner = np.abs(ACROSS) + np.abs(DOWN) if rng.random() < 0.5 else 1.3 * np.hypot(ACROSS, DOWN)
        colours = colours * (corner < rng.uniform(1.55, 1.9))
    return photographed(rng, colours, coarse_share=0.3)
