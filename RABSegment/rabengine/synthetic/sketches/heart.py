"""Hearts in echocardiograms: the apical view with its four chambers, and the short axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .canvas import DOWN, Rng, bent, distance, patchy, photographed, smooth, turned, wave
from .ultrasound import Scan, scanned, sector

LEFT_VENTRICLE, LEFT_ATRIUM, RIGHT_VENTRICLE, RIGHT_ATRIUM, WALL = range(1, 6)
WITH_WALL = 0.4  # of the pictures have the left ventricle's wall among their labels


@dataclass(frozen=True)
class _Ventricle:
    """The left ventricle: places along its axis (0 at the apex, 1 at the base) and across (1 at its widest).

    Attributes:
        along, across: of each pixel. left, right: its borders across. base: where it ends along the axis.
        length, width: of the axis and of the half, in the units of the canvas.
    """

    along: np.ndarray
    across: np.ndarray
    left: np.ndarray
    right: np.ndarray
    base: np.ndarray
    length: float
    width: float

    @property
    def cavity(self) -> np.ndarray:
        inside = (self.across > -self.left) & (self.across < self.right)
        return inside & (self.along > 0) & (self.along < self.base)

    @property
    def angle(self) -> np.ndarray:
        """Of each pixel round the middle of the axis."""
        return np.arctan2(self.across, self.along - 0.5)


def apical_view(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Picture (SIDE, SIDE) in [0, 1] and labels."""
    ventricle = _left_ventricle(rng)
    wall = rng.uniform(0.07, 0.16) * ventricle.length
    from_cavity = distance(ventricle.cavity)
    thickness = wall * (1 + 0.3 * smooth(rng, 3))
    is_wall = (from_cavity > 0) & (from_cavity < thickness) & (ventricle.along < ventricle.base + 0.02)
    gap = wall / ventricle.width * rng.uniform(0.8, 1.1)
    right, right_base, right_side = _right_ventricle(rng, ventricle, gap)
    valve = rng.uniform(0.02, 0.05)
    left_atrium = _atrium(rng, ventricle, ventricle.base + valve, rng.uniform(-0.15, 0.15), 1.15)
    right_atrium = _atrium(rng, ventricle, right_base + valve, -1 - gap - rng.uniform(0.4, 0.8), 0.9) & ~left_atrium
    from_right = distance(right)
    right_wall = (from_right > 0) & (from_right < rng.uniform(0.03, 0.07)) & ~ventricle.cavity

    echo = rng.uniform(0.03, 0.3) * np.exp(0.6 * smooth(rng, 5))
    echo = np.where(is_wall | right_wall, rng.uniform(0.25, 0.75) * _light(rng, ventricle.angle), echo)
    echo = _with_pericardium(rng, echo, ventricle, from_cavity, wall, right_wall)
    for atrium in (left_atrium, right_atrium):
        echo = _with_border(rng, echo, atrium, valve, ~(ventricle.cavity | right | is_wall))
    chambers = {
        LEFT_VENTRICLE: ventricle.cavity,
        LEFT_ATRIUM: left_atrium,
        RIGHT_VENTRICLE: right,
        RIGHT_ATRIUM: right_atrium,
    }
    echo = _with_blood(rng, echo, list(chambers.values()))
    echo = _with_leaflets(rng, echo, ventricle, right_base, right_side)
    echo = _with_muscles(rng, echo, ventricle)

    probe = rng.uniform(-0.15, 0.15), rng.uniform(-1.05, -0.8)
    scan = sector(probe, rng.uniform(0.6, 0.85), rng.uniform(1.6, 2.1), rng.uniform(-0.1, 0.1))
    return _finished(rng, echo, scan, chambers, is_wall)


def short_axis(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """As `apical_view`: the left ventricle as a ring, the right one beside it."""
    x, y = bent(rng, 0.05, 3)
    middle = rng.uniform(-0.25, 0.25), rng.uniform(-0.2, 0.3)
    radius, oval = rng.uniform(0.2, 0.5), rng.uniform(0.8, 1.25)
    along, across = turned(x - middle[0], y - middle[1], rng.uniform(0, math.pi))
    out = np.hypot(along * oval, across / oval) / radius
    angle = np.arctan2(y - middle[1], x - middle[0])
    wall = rng.uniform(0.2, 0.6)
    cavity, is_wall = out < 1, (out >= 1) & (out < 1 + wall)
    aside = np.angle(np.exp(1j * (angle - rng.uniform(2.4, 4.0)))) / rng.uniform(0.6, 1.1)
    right = (out > 1 + wall) & (out < 1 + wall + rng.uniform(0.3, 0.9) * np.clip(1 - aside**2, 0, 1))

    echo = rng.uniform(0.05, 0.35) * np.exp(0.6 * smooth(rng, 5))
    echo = np.where(is_wall, rng.uniform(0.25, 0.75) * _light(rng, 2 * angle), echo)
    pericardium = (out > 1 + wall) & (out < 1 + wall + rng.uniform(0.05, 0.2))
    echo = np.where(pericardium, rng.uniform(0.2, 1) * patchy(rng, 5, 0.5, 0.7), echo)
    echo = _with_blood(rng, echo, [cavity, right])
    for _ in range(2):  # papillary muscles, which count as cavity
        turn, share = rng.uniform(0, 2 * math.pi), rng.uniform(0.45, 0.95) * radius
        place = middle[0] + share * math.cos(turn), middle[1] + share * math.sin(turn)
        size = radius * rng.uniform(0.1, 0.25)
        muscle = np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / size**2)
        echo = np.where(cavity, np.maximum(echo, rng.uniform(0.1, 0.7) * muscle), echo)

    probe = rng.uniform(-0.15, 0.15), rng.uniform(-1.1, -0.85)
    scan = sector(probe, rng.uniform(0.6, 0.85), rng.uniform(1.7, 2.2))
    return _finished(rng, echo, scan, {LEFT_VENTRICLE: cavity, RIGHT_VENTRICLE: right}, is_wall)


def _left_ventricle(rng: Rng) -> _Ventricle:
    x, y = bent(rng, 0.035, 3)
    length = rng.uniform(0.7, 1.15)
    width = length * rng.uniform(0.2, 0.36)
    tilt, mirror = rng.uniform(-0.4, 0.4), rng.choice([-1, 1])
    apex = rng.uniform(-0.2, 0.35) * mirror, rng.uniform(-0.82, -0.45)
    down, aside = turned(y - apex[1], (x - apex[0]) * mirror, tilt)
    along, across = down / length, aside / width
    widest, power = rng.uniform(0.4, 0.75), rng.uniform(0.5, 0.8)

    def border() -> np.ndarray:
        place = np.clip(along, 0, 1.2)
        rising = np.sin(np.pi / 2 * np.clip(place / widest, 0, 1)) ** power
        falling = 1 - rng.uniform(0, 0.25) * np.clip(place - widest, 0, 1) / (1.01 - widest)
        return rising * falling + wave(rng, np.clip(along, 0, 1), 4, 0.05)

    left, right = border(), border()
    base = 1 + rng.uniform(-0.15, 0.15) * across + rng.uniform(-0.12, 0.1) * np.clip(1 - np.abs(across), 0, 1)
    return _Ventricle(along, across, left, right, base, length, width)


def _right_ventricle(rng: Rng, left: _Ventricle, gap: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Its cavity, its base, and the places beside the septum that are as far across as it is."""
    reach = rng.uniform(0.5, 1.3) * np.clip((left.along - rng.uniform(0.15, 0.4)) / 0.6, 0, 1) ** rng.uniform(0.5, 1.2)
    septum = -left.left - gap
    side = (left.across < septum) & (left.across > septum - reach)
    base = left.base + rng.uniform(-0.1, 0.1)
    return side & (left.along > 0) & (left.along < base), base, side


def _atrium(rng: Rng, ventricle: _Ventricle, begin: np.ndarray, middle: float, widest: float) -> np.ndarray:
    half = rng.uniform(0.22, 0.45)
    down = (ventricle.along - 1 - 0.8 * half) / half
    across = (ventricle.across - middle) / rng.uniform(0.6 * widest, widest)
    return (down**2 + across**2 < 1) & (ventricle.along > begin)


def _light(rng: Rng, angle: np.ndarray) -> np.ndarray:
    """How bright a wall is by its angle: where beams run along it, it is hardly seen."""
    return np.clip(1 + 0.6 * np.cos(angle + rng.uniform(-3, 3)) + 0.4 * smooth(rng, 4), 0.15, 2)


def _with_pericardium(
    rng: Rng, echo: np.ndarray, ventricle: _Ventricle, out: np.ndarray, wall: float, right_wall: np.ndarray
) -> np.ndarray:
    """A bright line outside the free wall, and what lies behind the heart."""
    line = (out > 0.9 * wall) & (out < 0.9 * wall + rng.uniform(0.03, 0.12)) & ~right_wall
    line &= (ventricle.across > 0) & (ventricle.along > -0.1) & (ventricle.along < 1.3)
    echo = np.where(line, rng.uniform(0.2, 1) * patchy(rng, 5, 0.6, 0.7), echo)
    begin = 1 + rng.uniform(0.4, 0.8)
    behind = (ventricle.along > begin) & (ventricle.along < begin + rng.uniform(0.1, 0.3))
    return np.where(behind, rng.uniform(0.3, 1) * patchy(rng, 5, 0.4, 0.8), echo)


def _with_border(rng: Rng, echo: np.ndarray, chamber: np.ndarray, width: float, where: np.ndarray) -> np.ndarray:
    out = distance(chamber)
    border = (out > 0) & (out < width * rng.uniform(0.7, 2)) & where
    return np.where(border, rng.uniform(0.2, 1) * patchy(rng, 6, 0.7, 0.6), echo)


def _with_blood(rng: Rng, echo: np.ndarray, chambers: list[np.ndarray]) -> np.ndarray:
    blood = rng.uniform(0, 0.15) if rng.random() < 0.6 else rng.uniform(0.1, 0.35)
    for chamber in chambers:
        echo = np.where(chamber, blood * rng.uniform(0.6, 1.4) * np.exp(0.5 * smooth(rng, 4)), echo)
    return echo


def _with_leaflets(
    rng: Rng, echo: np.ndarray, ventricle: _Ventricle, right_base: np.ndarray, right_side: np.ndarray
) -> np.ndarray:
    """Thin bright valves; those of an open one hang into the ventricle."""
    along, across, thin = ventricle.along, ventricle.across, rng.uniform(0.012, 0.03) / ventricle.length
    leaflets = np.abs(along - ventricle.base) < thin
    if rng.random() < 0.4:
        to_wall = np.where(across < 0, across + ventricle.left, ventricle.right - across)
        hanging = ventricle.base - rng.uniform(0.15, 0.35) * np.clip(to_wall, 0, 1)
        leaflets = (np.abs(along - hanging) < thin) & (np.abs(across) > 0.15)
    leaflets &= (across > -ventricle.left) & (across < ventricle.right)
    echo = np.where(leaflets, rng.uniform(0.2, 1) * patchy(rng, 8, 0.6, 0.7), echo)
    right = (np.abs(along - right_base) < thin) & right_side
    return np.where(right, rng.uniform(0.2, 0.9) * patchy(rng, 8, 0.5, 0.7), echo)


def _with_muscles(rng: Rng, echo: np.ndarray, ventricle: _Ventricle) -> np.ndarray:
    """Papillary muscles and trabeculae, which count as cavity."""
    for _ in range(rng.poisson(1.5)):
        place, aside = rng.uniform(0.15, 0.8), rng.uniform(0.2, 0.9) * rng.choice([1, 1, -1])
        down = (ventricle.along - place) * ventricle.length / rng.uniform(0.02, 0.12)
        across = (ventricle.across - aside) * ventricle.width / rng.uniform(0.015, 0.05)
        muscle = rng.uniform(0.1, 0.8) * np.exp(-(down**2) - across**2)
        echo = np.where(ventricle.cavity, np.maximum(echo, muscle), echo)
    return echo


def _finished(
    rng: Rng, echo: np.ndarray, scan: Scan, chambers: dict[int, np.ndarray], wall: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    picture = scanned(rng, echo, scan)
    labels = np.zeros(DOWN.shape, np.uint8)
    for label, chamber in chambers.items():
        labels[chamber & scan.is_seen] = label
    if rng.random() < WITH_WALL:
        labels[wall & scan.is_seen & (labels == 0)] = WALL
    return photographed(rng, picture, coarse_share=0.5), labels
