"""The maps that move a clip: each takes positions to where they look, and none folds the picture over itself.

Positions are two tensors x and y, (L, S, S) or what broadcasts to it, in [-1, 1] of the still; times are (L,).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .fields import spline_fields
from .paths import Absence, Beat, Path


@dataclass(frozen=True)
class Drift:
    """Smooth bending that changes slowly.

    Attributes:
        patterns: (W, 2, n, n) spline coefficients, in units of half the still.
        weights: path of W numbers, how much of each pattern there is.
    """

    patterns: Tensor
    weights: Path

    def field(self, times: Tensor, size: int) -> Tensor:
        """(L, 2, size, size), what is added to x and y."""
        mixed = self.weights.at(times) @ self.patterns.flatten(1)
        return spline_fields(mixed.view(-1, *self.patterns.shape[1:]), size)


@dataclass(frozen=True)
class Rock:
    """Turning, zooming and shifting of the view about its centre.

    Attributes:
        path: of 4 numbers. strengths: (4,) their amplitudes: radians, log of size, right and down in view units.
        cut_offsets: (J + 1, 4), added between the cuts at `cut_times` (J,).
        leave: when the view turns away, None if it does not. leave_shift: (2,) view units it moves by then.
    """

    path: Path
    strengths: Tensor
    cut_times: Tensor
    cut_offsets: Tensor
    leave: Absence | None
    leave_shift: Tensor

    def matrices(self, times: Tensor, moments: Tensor, axes: Tensor) -> tuple[Tensor, Tensor]:
        """(L, 2, 2) about the view's centre, and (L, 2) shifts, in the still's units.

        Args:
            times: of the clip. moments: the same after the cuts' leaps in time.
            axes: the view's, (2, 2).
        """
        now = self.path.at(moments) * self.strengths + self.cut_offsets[segments(times, self.cut_times)]
        cosine, sine, size = torch.cos(now[:, 0]), torch.sin(now[:, 0]), torch.exp(now[:, 1])
        turn = torch.stack([cosine, -sine, sine, cosine], dim=1).view(-1, 2, 2) * size[:, None, None]
        shift = now[:, 2:]
        if self.leave is not None:
            shift = shift + self.leave.nearness(times)[:, None] * self.leave_shift
        return axes @ turn @ torch.linalg.inv(axes), shift @ axes.T


def segments(times: Tensor, cuts: Tensor) -> Tensor:
    """(L,) number of cuts before each time."""
    return (times[:, None] >= cuts[None, :]).sum(dim=1)


@dataclass(frozen=True)
class Slide:
    """Two layers that slide along a wavy curve: a shear, so nothing folds however sharp it is.

    Attributes:
        point: (2,) on the curve. along: (2,) unit vector. All lengths are in units of half the still.
        wave_height, wave_speed, wave_phase: the curve is wave_height * sin(wave_speed * s + wave_phase).
        width: of the zone of shear. reach: how far from the curve the layers move.
        shift: amplitude, as long as `path` is 1. one_sided: only one layer moves.
    """

    point: Tensor
    along: Tensor
    wave_height: float
    wave_speed: float
    wave_phase: float
    width: float
    reach: float
    shift: float
    one_sided: bool
    path: Path

    def apply(self, x: Tensor, y: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
        ex, ey = self.along.tolist()
        px, py = self.point.tolist()
        along = (x - px) * ex + (y - py) * ey
        aside = (y - py) * ex - (x - px) * ey - self._wave(along)
        profile = torch.tanh(aside / self.width)
        if self.one_sided:
            profile = 0.5 + 0.5 * profile
        profile = profile * torch.exp(-((aside / self.reach) ** 2))
        along = along + self.shift * self.path.at(times)[:, :, None] * profile
        aside = aside + self._wave(along)
        return px + along * ex - aside * ey, py + along * ey + aside * ex

    def _wave(self, along: Tensor) -> Tensor:
        return self.wave_height * torch.sin(self.wave_speed * along + self.wave_phase)


@dataclass(frozen=True)
class Contraction:
    """The object and its surroundings contract about its centre, less with the distance.

    Attributes:
        centre: (2,). metric: (2, 2); the effect falls as exp(-d^T metric d / 2).
        stretch: (2, 2), by how much a position looks further away at the end of systole; beyond 2.2 it would fold.
        beat: when that is.
    """

    centre: Tensor
    metric: Tensor
    stretch: Tensor
    beat: Beat

    def apply(self, x: Tensor, y: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
        strength = (self.beat.at(times)[:, None, None] * self.stretch)[:, :, :, None, None]
        dx, dy = x - float(self.centre[0]), y - float(self.centre[1])
        (xx, xy), (_, yy) = self.metric.tolist()
        fall = torch.exp(-0.5 * ((xx * dx + 2 * xy * dy) * dx + yy * dy * dy))
        fx, fy = fall * dx, fall * dy
        return x + strength[:, 0, 0] * fx + strength[:, 0, 1] * fy, y + strength[:, 1, 0] * fx + strength[:, 1, 1] * fy


@dataclass(frozen=True)
class Motion:
    """All that moves in a clip; None where something does not.

    Attributes:
        cut_leaps: (J + 1,) frames, by how much time leaps at the cuts.
    """

    drift: Drift | None
    rock: Rock
    slide: Slide | None
    contraction: Contraction | None
    cut_leaps: Tensor

    def moments(self, times: Tensor) -> Tensor:
        """(L,) times as the paths see them: every cut leaps to another moment of the same motion."""
        return times + self.cut_leaps[segments(times, self.rock.cut_times)]

    def grids(self, view: Tensor, centre: Tensor, axes: Tensor, times: Tensor) -> Tensor:
        """(L, S, S, 2), where each pixel looks at each time.

        Args:
            view: (S, S, 2). centre: (2,) of the view. axes: (2, 2) of the view.
        """
        moments = self.moments(times)
        x, y = view[None, ..., 0] - centre[0], view[None, ..., 1] - centre[1]
        if self.drift is not None:
            bend = self.drift.field(moments, int(view.shape[0]))
            x, y = x + bend[:, 0], y + bend[:, 1]
        matrices, shifts = self.rock.matrices(times, moments, axes)
        shifts, m = (shifts + centre)[:, :, None, None], matrices[:, :, :, None, None]
        x, y = m[:, 0, 0] * x + m[:, 0, 1] * y + shifts[:, 0], m[:, 1, 0] * x + m[:, 1, 1] * y + shifts[:, 1]
        if self.slide is not None:
            x, y = self.slide.apply(x, y, moments)
        if self.contraction is not None:
            x, y = self.contraction.apply(x, y, moments)
        return torch.stack([x, y], dim=-1)
