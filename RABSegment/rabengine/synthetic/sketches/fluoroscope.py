"""A chest in fluoroscopy: a catheter, and the ventricle or the vessels that contrast medium fills."""

from __future__ import annotations

import math

import numpy as np
import torch

from .canvas import ACROSS, DOWN, SIDE, Rng, bent, blur, patchy, photographed, smooth, turned, wave

CATHETER, FILLED = 1, 2
WITH_VENTRICLE, WITH_VESSELS = 0.35, 0.35  # of the pictures
POINTS = 120  # of a line


def chest(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Picture (SIDE, SIDE) in [0, 1] and labels."""
    absorbed = _body(rng)
    draw = rng.random()
    if draw < WITH_VENTRICLE:
        filled, amount = _ventricle(rng)
    elif draw < WITH_VENTRICLE + WITH_VESSELS:
        filled, amount = _vessels(rng)
    else:
        filled, amount = np.zeros(DOWN.shape, bool), np.zeros(DOWN.shape)
    away, width = _catheter(rng)
    is_catheter = away < width
    hollow = 1 - rng.uniform(0, 0.6) * np.exp(-((away / (0.5 * width)) ** 2)) * (rng.random() < 0.4)
    absorbed = absorbed + amount + rng.uniform(0.3, 1.2) * is_catheter * hollow
    light = rng.uniform(0.7, 1.3) * np.exp(-absorbed)
    picture = blur(light, int(rng.choice([1, 1, 3, 3])))
    noise = rng.uniform(0.01, 0.08) * np.sqrt(np.clip(picture, 0.05, None))
    picture = picture + blur(noise * rng.standard_normal((SIDE, SIDE)), int(rng.choice([1, 1, 3])))
    labels = np.where(is_catheter, CATHETER, np.where(filled, FILLED, 0)).astype(np.uint8)
    if rng.random() < 0.4:  # the collimator
        is_seen = np.hypot(ACROSS, DOWN) < rng.uniform(0.95, 1.2)
        picture, labels = np.where(is_seen, picture, 0), np.where(is_seen, labels, 0).astype(np.uint8)
    return photographed(rng, picture, coarse_share=0.3), labels


def _body(rng: Rng) -> np.ndarray:
    """(SIDE, SIDE) of what lungs, spine, ribs, heart and diaphragm absorb."""
    x, y = bent(rng, 0.05, 3)
    absorbed = 0.3 + 0.15 * smooth(rng, 3) + 0.06 * smooth(rng, 12) + 0.04 * smooth(rng, 30)
    spine = x - rng.uniform(-0.8, 0.8) - 0.1 * y
    bones = 0.8 + 0.2 * np.cos(y * rng.uniform(8, 16) + rng.uniform(0, 6))
    absorbed = absorbed + rng.uniform(0, 0.5) * bones * _soft(np.abs(spine) - rng.uniform(0.12, 0.25), 0.03)
    sag, apart, thick = rng.uniform(-0.5, 0.5), rng.uniform(0.25, 0.5), rng.uniform(0.04, 0.1)
    rib = (y + sag * x**2 + rng.uniform(-0.4, 0.4) * x + rng.uniform(0, 1)) % apart - apart / 2
    absorbed = absorbed + rng.uniform(0, 0.3) * _soft(np.abs(rib) - thick, 0.02)
    heart = np.hypot(x - rng.uniform(-0.4, 0.4), (y - rng.uniform(-0.2, 0.6)) * 0.8)
    absorbed = absorbed + rng.uniform(0, 0.6) * _soft(heart - rng.uniform(0.5, 0.9), rng.uniform(0.1, 0.5))
    dome = y - rng.uniform(0.4, 1.3) - 0.3 * (x - rng.uniform(-0.5, 0.5)) ** 2
    return absorbed + rng.uniform(0.2, 0.7) * _soft(-dome, rng.uniform(0.02, 0.06))


def _ventricle(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Where it is, and what it absorbs: a bag with an outflow, ragged within, denser where it is thick."""
    x, y = bent(rng, 0.05, 5)
    along, across = turned(x - rng.uniform(-0.3, 0.3), y - rng.uniform(-0.3, 0.3), rng.uniform(0.2, 1.6))
    length, width = rng.uniform(0.35, 0.7), rng.uniform(0.15, 0.4)
    inner = 1 - (along / length) ** 2 - (across / (width * (1 + 0.3 * along / length))) ** 2
    outflow = 1 - (across / rng.uniform(0.08, 0.16)) ** 2 - 4 * np.clip(along + 0.4 * length, 0, None) ** 2
    inner = np.maximum(inner, outflow * (along > -length - rng.uniform(0.1, 0.6)))
    amount = rng.uniform(0.4, 1.4) * np.sqrt(np.clip(inner, 0, 1)) * patchy(rng, 8, 1, rng.uniform(0, 0.3))
    return inner > 0, blur(amount, 3)


def _vessels(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Where they are, and what they absorb: a trunk with branches that taper."""
    strength, inner = rng.uniform(0.5, 1.5), np.zeros(DOWN.shape)
    trunk = _line(rng, rng.uniform(-0.9, 0.9, 2), rng.uniform(-math.pi, math.pi), rng.uniform(0.8, 1.8))
    width = rng.uniform(0.02, 0.06)
    lines = [(trunk, width)]
    for _ in range(int(rng.integers(1, 6))):
        begin = trunk[int(rng.integers(POINTS // 8, POINTS))]
        branch = _line(rng, begin, rng.uniform(-math.pi, math.pi), rng.uniform(0.3, 1.0))
        lines.append((branch, width * rng.uniform(0.4, 0.8)))
    for line, thick in lines:
        taper = thick * np.linspace(1, rng.uniform(0.4, 0.9), POINTS)
        inner = np.maximum(inner, 1 - _away(line, taper) ** 2)
    return inner > 0, strength * np.sqrt(np.clip(inner, 0, 1)) * patchy(rng, 4, 1, 0.15)


def _catheter(rng: Rng) -> tuple[np.ndarray, float]:
    """Distance from it of each pixel, and half of its thickness: it comes in at an edge and ends somewhere."""
    side = rng.uniform(-1, 1)
    begin = [(side, 1.05), (side, -1.05), (-1.05, side), (1.05, side)][int(rng.integers(4))]
    towards = math.atan2(-begin[1], -begin[0]) + rng.normal(0, 0.4)
    return _away(_line(rng, np.array(begin), towards, rng.uniform(0.8, 2.2)), np.ones(POINTS)), rng.uniform(
        0.007, 0.022
    )


def _line(rng: Rng, begin: np.ndarray, towards: float, length: float) -> np.ndarray:
    """(POINTS, 2) of x and y along a smooth curve."""
    place = np.linspace(0, 1, POINTS)
    angles = towards + wave(rng, place, 3, rng.uniform(0.2, 0.9))
    steps = np.stack([np.cos(angles), np.sin(angles)], axis=-1) * length / POINTS
    return np.asarray(begin) + np.cumsum(steps, axis=0)


def _away(line: np.ndarray, width: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE) distance to the nearest point of a line in units of its width there."""
    places = torch.from_numpy(np.stack([ACROSS.ravel(), DOWN.ravel()], axis=-1)).float()
    apart = torch.cdist(places, torch.from_numpy(line).float()) / torch.from_numpy(width).float()
    return apart.amin(dim=1).view(SIDE, SIDE).numpy()


def _soft(place: np.ndarray, width: float) -> np.ndarray:
    """1 where a place is below 0, 0 above it, and a slope of a width between."""
    return np.clip(0.5 - place / width, 0, 1)
