"""What varies with time: smooth random paths, a beat, spans, and noise with a memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from rabengine.augmentation import uniform

WAVES = 4


def between(generator: Generator, span: tuple[float, float]) -> float:
    """One uniform number from a span."""
    return float(uniform(generator, span[0], span[1], 1))


def log_between(generator: Generator, span: tuple[float, float]) -> float:
    """One log-uniform number from a span of positive numbers."""
    return math.exp(between(generator, (math.log(span[0]), math.log(span[1]))))


@dataclass(frozen=True)
class Path:
    """C numbers that vary smoothly and at random with time, each a sum of waves.

    A random walk with momentum, written by its spectrum: so it is known at any time, in any order.

    Attributes:
        amplitudes, speeds, phases: (C, W); speeds in radians per frame.
    """

    amplitudes: Tensor
    speeds: Tensor
    phases: Tensor

    def at(self, times: Tensor) -> Tensor:
        """(L, C) at times (L,)."""
        angle = times[:, None, None] * self.speeds + self.phases
        return (self.amplitudes * torch.cos(angle)).sum(dim=2)


def random_path(generator: Generator, channels: int, period: float, rhythmic: bool = False) -> Path:
    """A path of some unit amplitude whose strongest wave takes `period` frames; with a rhythm it has that alone."""
    waves = 1 if rhythmic else WAVES
    # Slow waves are strong and fast ones weak: what has mass does not shake.
    factors = 3.0 ** uniform(generator, -1.0, 1.0, channels, waves)
    factors[:, 0] = 1.0
    amplitudes = 1.0 / factors.clamp(min=1.0) ** 1.5
    amplitudes = 1.2 * amplitudes / amplitudes.square().sum(dim=1, keepdim=True).sqrt()
    phases = uniform(generator, 0.0, 2 * math.pi, channels, waves)
    return Path(amplitudes, 2 * math.pi / period * factors, phases)


@dataclass(frozen=True)
class BeatPath:
    """A periodic contraction, faster in systole than it relaxes in diastole.

    Attributes:
        period: frames. start: phase at time 0, in beats. systole: share of the beat that contracts.
    """

    period: float
    start: float
    systole: float

    def at(self, times: Tensor) -> Tensor:
        """(L,) in [0, 1]; 1 is the end of systole."""
        phase = torch.remainder(times / self.period + self.start, 1.0)
        contracting = phase / self.systole
        relaxing = 1 + (phase - self.systole) / (1 - self.systole)
        return 0.5 - 0.5 * torch.cos(math.pi * torch.where(phase < self.systole, contracting, relaxing))


@dataclass(frozen=True)
class Absence:
    """A span of time, with slopes on both sides.

    Attributes:
        start, end: frames. slope: frames that the way there and the way back take.
    """

    start: float
    end: float
    slope: float

    def holds(self, times: Tensor) -> Tensor:
        """(L,) bool: inside the span."""
        return (times >= self.start) & (times < self.end)

    def nearness(self, times: Tensor) -> Tensor:
        """(L,) in [0, 1]: 1 inside the span, smoothly down to 0 a slope away from it."""
        away = torch.maximum(self.start - times, times - self.end).clamp(min=0)
        share = (1 - away / max(self.slope, 1e-6)).clamp(min=0)
        return share * share * (3 - 2 * share)


def remembering_mix(times: Tensor, memory: float) -> Tensor:
    """(L, L) matrix that turns L fields of white noise into one noise that decorrelates with time.

    The correlation of times s and t is exp(-|s - t| / memory), that of an AR(1) process, for times in any order.
    """
    correlation = torch.exp(-(times[:, None] - times[None, :]).abs() / memory)
    return torch.linalg.cholesky(correlation + 1e-4 * torch.eye(len(times)))
