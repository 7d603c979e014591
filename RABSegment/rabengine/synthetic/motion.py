"""The maps that move a clip, and how they are drawn; none folds the picture over itself.

Positions are two tensors x and y, (L, S, S) or what broadcasts to it, in [-1, 1] of the still; times are (L,).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from rabengine.augmentation import chance, uniform

from .clip_source import ClipSource
from .paths import Absence, BeatPath, Path, between, log_between, random_path
from .settings import ClipSettings
from .splines import spline_fields

PATTERNS = 3
LEAP = 1000.0  # frames, at most: long enough that nothing remembers


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
    beat: BeatPath

    def apply(self, x: Tensor, y: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
        strength = (self.beat.at(times)[:, None, None] * self.stretch)[:, :, :, None, None]
        dx, dy = x - float(self.centre[0]), y - float(self.centre[1])
        (xx, xy), (_, yy) = self.metric.tolist()
        fall = torch.exp(-0.5 * ((xx * dx + 2 * xy * dy) * dx + yy * dy * dy))
        fx, fy = fall * dx, fall * dy
        return x + strength[:, 0, 0] * fx + strength[:, 0, 1] * fy, y + strength[:, 1, 0] * fx + strength[:, 1, 1] * fy


@dataclass(frozen=True)
class ClipMotion:
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


def plan_motion(generator: Generator, settings: ClipSettings, source: ClipSource, horizon: float) -> ClipMotion:
    """Draw a motion.

    Args:
        generator: of everything. settings: chances and ranges. source: the still.
        horizon: frames of the clip; cuts and absences lie within.
    """
    cuts = _cuts(generator, settings, horizon)
    return ClipMotion(
        drift=_drift(generator, settings, source) if chance(generator, settings.drift) else None,
        rock=_rock(generator, settings, source, horizon, cuts),
        slide=_slide(generator, settings, source) if chance(generator, settings.slide) else None,
        contraction=_contraction(generator, settings, source) if chance(generator, settings.beat) else None,
        cut_leaps=torch.cat([torch.zeros(1), uniform(generator, -LEAP, LEAP, len(cuts))]),
    )


def draw_absence(generator: Generator, settings: ClipSettings, horizon: float, slope: float) -> Absence:
    """A span somewhere in the clip; some frames before it and after it are left."""
    length = between(generator, settings.away) * horizon
    start = between(generator, (0.15 * horizon, max(0.15 * horizon, 0.9 * horizon - length)))
    return Absence(start, start + length, slope)


def _cuts(generator: Generator, settings: ClipSettings, horizon: float) -> Tensor:
    if not chance(generator, settings.jump):
        return torch.zeros(0)
    count = 1 + int(torch.randint(2, (1,), generator=generator))
    return uniform(generator, 0.1 * horizon, 0.9 * horizon, count).sort().values


def _drift(generator: Generator, settings: ClipSettings, source: ClipSource) -> Drift:
    knots = int(torch.randint(5, 9, (1,), generator=generator))
    bend = 2 * source.scale * between(generator, settings.drift_bend)
    patterns = bend / math.sqrt(PATTERNS) * torch.randn(PATTERNS, 2, knots, knots, generator=generator)
    return Drift(patterns, random_path(generator, PATTERNS, log_between(generator, settings.drift_period)))


def _rock(generator: Generator, settings: ClipSettings, source: ClipSource, horizon: float, cuts: Tensor) -> Rock:
    strengths = torch.zeros(4)
    if chance(generator, settings.rock):
        strengths[0] = math.radians(between(generator, settings.rock_turn))
        strengths[1] = between(generator, settings.rock_zoom)
        strengths[2:] = 2 * between(generator, settings.rock_shift)
    rhythmic = chance(generator, settings.rock_rhythm)
    path = random_path(generator, 4, log_between(generator, settings.rock_period), rhythmic)
    most = torch.tensor([math.radians(settings.jump_turn), settings.jump_zoom, *[2 * settings.jump_shift] * 2])
    offsets = torch.cat([torch.zeros(1, 4), most * uniform(generator, -1, 1, len(cuts), 4)])
    leave, shift = None, torch.zeros(2)
    if chance(generator, settings.leave):
        leave = draw_absence(generator, settings, horizon, between(generator, (0.1, 0.3)) * horizon)
        shift = _way_out(generator, source, strengths)
    return Rock(path, strengths, cuts, offsets, leave, shift)


def _way_out(generator: Generator, source: ClipSource, strengths: Tensor) -> Tensor:
    """(2,) shift of the view, in view units, that takes the object past one of the two nearest sides."""
    place, extents = source.place_in_view()
    margin = 1.15 * extents + 1 + strengths[2:]
    # The view moves the other way than the object does in it.
    ways = torch.stack([place + margin, place - margin]).T.flatten()  # right, left, down, up
    side = int(ways.abs().argsort()[int(torch.randint(2, (1,), generator=generator))])
    shift = torch.zeros(2)
    shift[side // 2] = ways[side]
    return shift


def _slide(generator: Generator, settings: ClipSettings, source: ClipSource) -> Slide:
    scale = source.scale
    angle = between(generator, (0.0, 2 * math.pi))
    along = torch.tensor([math.cos(angle), math.sin(angle)])
    normal = torch.tensor([-math.sin(angle), math.cos(angle)])
    if chance(generator, 0.5):  # along the object's side
        point = source.centre + normal * 2 * (normal @ source.covariance @ normal).sqrt()
    else:
        point = source.view_centre + source.view_axes @ uniform(generator, -0.6, 0.6, 2)
    return Slide(
        point=point,
        along=along,
        wave_height=scale * between(generator, (0.0, 0.15)),
        wave_speed=between(generator, (1.0, 3.0)) / scale,
        wave_phase=between(generator, (0.0, 2 * math.pi)),
        width=2 * scale * between(generator, settings.slide_width),
        reach=scale * between(generator, (0.4, 1.5)),
        shift=2 * scale * between(generator, settings.slide_shift),
        one_sided=chance(generator, 0.5),
        path=random_path(generator, 1, log_between(generator, settings.slide_period), chance(generator, 0.5)),
    )


def _contraction(generator: Generator, settings: ClipSettings, source: ClipSource) -> Contraction:
    systole = between(generator, settings.beat_systole)
    beat = BeatPath(log_between(generator, settings.beat_period), between(generator, (0.0, 1.0)), systole)
    # Most hollow organs shorten less along one axis than across it.
    least, most = sorted(between(generator, settings.beat_contraction) for _ in range(2))
    _, axes = torch.linalg.eigh(source.covariance)  # the short axis comes first
    twist = settings.beat_twist * between(generator, (-1.0, 1.0))
    stretch = axes @ torch.diag(torch.tensor([most, least])) @ axes.T
    stretch = _direction(generator) * stretch + torch.tensor([[0.0, -twist], [twist, 0.0]])
    reach = between(generator, (0.8, 1.6))
    extent = 4 * source.covariance
    metric = torch.linalg.inv(extent + 0.1 * extent.trace() * torch.eye(2)) / reach**2
    return Contraction(source.centre, metric, stretch, beat)


def _direction(generator: Generator) -> float:
    """Mostly it contracts; now and then it swells, as a vessel does with the pulse."""
    return 1.0 if chance(generator, 0.85) else -0.5
