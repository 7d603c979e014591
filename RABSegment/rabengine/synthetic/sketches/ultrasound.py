"""From how much each place echoes to the picture that a scanner makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from .canvas import ACROSS, DOWN, Rng, blur, smooth

NEAREST = 0.03  # to the probe that is seen
FARTHEST = 2.9  # that speckle is made for
WIDEST = 1.6  # radians to each side
DEPTHS, BEAMS = 150, 90  # grains of speckle


@dataclass(frozen=True)
class Scan:
    """Where a probe stands and what it sees.

    Attributes:
        probe: (across, down). is_seen: (SIDE, SIDE) bool. depth: from the probe. angle: of the beam, radians.
    """

    probe: tuple[float, float]
    is_seen: np.ndarray
    depth: np.ndarray
    angle: np.ndarray


def sector(probe: tuple[float, float], half_angle: float, reach: float, turn: float = 0.0) -> Scan:
    """A fan of beams, as a phased array has it."""
    x, y = ACROSS - probe[0], DOWN - probe[1]
    depth, angle = np.hypot(x, y), np.arctan2(x, y) - turn
    return Scan(probe, (np.abs(angle) < half_angle) & (depth < reach) & (depth > NEAREST), depth, angle)


def linear(rng: Rng) -> Scan:
    """Beams side by side that fill the picture; the speckle's grains bend a little, as if from far above."""
    return Scan((rng.uniform(-0.3, 0.3), -1.5), np.ones(DOWN.shape, bool), (DOWN + 1) / 2, ACROSS)


def scanned(rng: Rng, echo: np.ndarray, scan: Scan) -> np.ndarray:
    """(SIDE, SIDE) in [0, 1]: echoes blurred, shaded, weaker in the depth, speckled and compressed."""
    echo = blur(echo, int(rng.choice([1, 3, 3, 5, 7])))
    echo = echo * np.exp(0.5 * rng.uniform(0.2, 1.2) * smooth(rng, int(rng.integers(2, 6))))
    for _ in range(rng.poisson(0.8)):
        echo = echo * _shadow(rng, scan)
    echo = echo * (1 - rng.uniform(0, 0.35) * scan.depth)
    if rng.random() < 0.6:  # clutter near the probe
        echo = echo + rng.uniform(0, 0.35) * np.exp(-scan.depth / rng.uniform(0.1, 0.4))
    envelope = speckle(rng, scan.probe, rng.uniform(0.8, 2.4))
    strength = rng.uniform(0.15, 0.5)
    compressed = 1 - 0.1 * strength + strength * np.log(envelope + 0.05)
    texture = compressed if rng.random() < 0.7 else (1 - strength) + strength * envelope
    picture = np.clip(echo * texture, 0, 1) ** rng.uniform(0.8, 1.5)
    return np.where(scan.is_seen, picture, 0)


def speckle(rng: Rng, probe: tuple[float, float], grain: float) -> np.ndarray:
    """(SIDE, SIDE) Rayleigh envelope of about 1: finer in depth than across, and wider with depth."""
    x, y = ACROSS - probe[0], DOWN - probe[1]
    field = torch.from_numpy(rng.standard_normal((1, 2, int(DEPTHS / grain), int(BEAMS / grain))).astype(np.float32))
    places = np.stack([np.arctan2(x, y) / WIDEST, np.hypot(x, y) / FARTHEST * 2 - 1], axis=-1).astype(np.float32)
    seen = F.grid_sample(
        field, torch.from_numpy(places)[None], mode="bicubic", padding_mode="reflection", align_corners=False
    )
    return np.hypot(*seen[0].numpy())


def _shadow(rng: Rng, scan: Scan) -> np.ndarray:
    """Factors: beams that have met a rib or lung."""
    middle, width, begin = rng.uniform(-0.8, 0.8), rng.uniform(0.05, 0.25), rng.uniform(0, 1)
    beam = np.exp(-(((scan.angle - middle) / width) ** 2))
    return 1 - rng.uniform(0.4, 0.95) * beam * np.clip((scan.depth - begin) * 4, 0, 1)
