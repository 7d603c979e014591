"""A cine with exact truth: a dark ellipse that beats in speckled tissue, seen in an ultrasound sector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Weights of one pass of the speckle's point spread (binomial, so that the passes stay cheap).
_SPREAD = np.array([1, 4, 6, 4, 1], dtype=np.float32) / 16


def beating_ellipse(
    frames: int,
    height: int,
    width: int,
    seed: int = 0,
    *,
    frames_per_beat: int = 30,
    correlation: float = 0.7,
    amplitude: float = 0.18,
) -> tuple[np.ndarray, np.ndarray]:
    """Make a cine of a beating, swaying cavity and its exact segmentation.

    Args:
        frames: number of frames T.
        height: rows H of a frame.
        width: columns W of a frame.
        seed: of the speckle and of the cavity's place and tilt.
        frames_per_beat: length of one beat in frames.
        correlation: of the speckle between two neighbouring frames, in [0, 1).
        amplitude: change of the cavity's half axes over a beat, as a share of their mean.

    Returns:
        frames (T, H, W) uint8 and truth (T, H, W) uint8, 1 inside the cavity. A pixel belongs to the cavity
        when its centre does.
    """
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    lighting = _sector(rows, columns)
    cavity = _random_cavity(height, width, generator, amplitude)
    images = np.empty((frames, height, width), np.uint8)
    truth = np.empty((frames, height, width), np.uint8)
    speckle = _speckle(height, width, generator)
    for index in range(frames):
        if index:
            fresh = _speckle(height, width, generator)
            speckle = correlation * speckle + np.float32(np.sqrt(1 - correlation**2)) * fresh
        radius = cavity.radius(rows, columns, 2 * np.pi * index / frames_per_beat)
        # Logarithmic compression gives the Rayleigh envelope the look of a B-mode image.
        texture = 0.8 + 0.34 * np.log(np.hypot(speckle[0], speckle[1]) + 0.05)
        images[index] = np.clip(255 * lighting * _echogenicity(radius) * texture, 0, 255)
        truth[index] = radius < 1
    return images, truth


@dataclass(frozen=True)
class _Cavity:
    """An ellipse in pixels and how it moves over a beat."""

    row: float
    column: float
    half_height: float
    half_width: float
    tilt: float
    amplitude: float

    def radius(self, rows: np.ndarray, columns: np.ndarray, phase: float) -> np.ndarray:
        """Elliptic distance of each pixel from the centre at `phase`, (H, W) float32; 1 is the border."""
        size = 1 + self.amplitude * np.cos(phase)
        tilt = self.tilt + 0.08 * np.sin(phase)
        down = rows - (self.row + 0.08 * self.half_height * np.sin(phase))
        across = columns - (self.column + 0.15 * self.half_width * np.sin(phase + 1))
        along = np.cos(tilt) * down + np.sin(tilt) * across
        aside = np.cos(tilt) * across - np.sin(tilt) * down
        return np.hypot(along / (size * self.half_height), aside / (size * self.half_width)).astype(np.float32)


def _random_cavity(height: int, width: int, generator: np.random.Generator, amplitude: float) -> _Cavity:
    size = min(height, width)
    return _Cavity(
        row=height * generator.uniform(0.5, 0.58),
        column=width * generator.uniform(0.46, 0.54),
        half_height=size * generator.uniform(0.2, 0.25),
        half_width=size * generator.uniform(0.12, 0.16),
        tilt=generator.uniform(-0.3, 0.3),
        amplitude=amplitude,
    )


def _sector(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Brightness by depth inside the field of view, zero outside it, (H, W) float32."""
    height, width = rows.shape
    down = (rows + 0.02 * height) / height
    across = (columns - (width - 1) / 2) / height
    depth = np.hypot(down, across)
    inside = (np.abs(np.arctan2(across, down)) < 0.75) & (depth < 1.0) & (depth > 0.04)
    return (inside * (1.15 - 0.4 * depth)).astype(np.float32)


def _echogenicity(radius: np.ndarray) -> np.ndarray:
    """Brightness by distance from the cavity: dark blood, a bright wall, grey tissue; (H, W) float32."""
    wall = np.exp(-(((radius - 1.2) / 0.22) ** 2))
    # The beam's width blurs the border; half-way up is where the truth ends.
    outside = np.clip(0.5 + (radius - 1) / 0.12, 0, 1)
    return (0.14 + outside * (0.3 + 0.35 * wall)).astype(np.float32)


def _speckle(height: int, width: int, generator: np.random.Generator) -> np.ndarray:
    """Real and imaginary part of one frame's scattered field, (2, H, W) float32 of unit variance."""
    field = generator.standard_normal((2, height, width), dtype=np.float32)
    for axis in (1, 2):
        field = _spread(field, axis)
    # Each pass of independent noise loses variance by the sum of the squared weights.
    return field / np.float32((_SPREAD**2).sum())


def _spread(field: np.ndarray, axis: int) -> np.ndarray:
    """Smooth along `axis`, wrapping round at the edges."""
    reach = len(_SPREAD) // 2
    shifted = (
        weight * np.roll(field, shift, axis) for shift, weight in zip(range(-reach, reach + 1), _SPREAD, strict=True)
    )
    total = np.zeros_like(field)
    for part in shifted:
        total += part
    return total
