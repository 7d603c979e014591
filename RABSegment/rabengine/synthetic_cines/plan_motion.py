"""Draw how a clip moves."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from ..augmentation.fields import chance, uniform
from .motion import Contraction, Drift, Motion, Rock, Slide
from .paths import Absence, Beat, between, log_between, random_path
from .scene import Scene
from .settings import ClipSettings

PATTERNS = 3
LEAP = 1000.0  # frames, at most: long enough that nothing remembers


def plan_motion(generator: Generator, settings: ClipSettings, scene: Scene, horizon: float) -> Motion:
    """Draw a motion.

    Args:
        generator: of everything. settings: chances and ranges. scene: the still.
        horizon: frames of the clip; cuts and absences lie within.
    """
    cuts = _cuts(generator, settings, horizon)
    return Motion(
        drift=_drift(generator, settings, scene) if chance(generator, settings.drift) else None,
        rock=_rock(generator, settings, scene, horizon, cuts),
        slide=_slide(generator, settings, scene) if chance(generator, settings.slide) else None,
        contraction=_contraction(generator, settings, scene) if chance(generator, settings.beat) else None,
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


def _drift(generator: Generator, settings: ClipSettings, scene: Scene) -> Drift:
    knots = int(torch.randint(5, 9, (1,), generator=generator))
    bend = 2 * scene.scale * between(generator, settings.drift_bend)
    patterns = bend / math.sqrt(PATTERNS) * torch.randn(PATTERNS, 2, knots, knots, generator=generator)
    return Drift(patterns, random_path(generator, PATTERNS, log_between(generator, settings.drift_period)))


def _rock(generator: Generator, settings: ClipSettings, scene: Scene, horizon: float, cuts: Tensor) -> Rock:
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
        shift = _way_out(generator, scene, strengths)
    return Rock(path, strengths, cuts, offsets, leave, shift)


def _way_out(generator: Generator, scene: Scene, strengths: Tensor) -> Tensor:
    """(2,) shift of the view, in view units, that takes the object past one of the two nearest sides."""
    place, extents = scene.place_in_view()
    margin = 1.15 * extents + 1 + strengths[2:]
    # The view moves the other way than the object does in it.
    ways = torch.stack([place + margin, place - margin]).T.flatten()  # right, left, down, up
    side = int(ways.abs().argsort()[int(torch.randint(2, (1,), generator=generator))])
    shift = torch.zeros(2)
    shift[side // 2] = ways[side]
    return shift


def _slide(generator: Generator, settings: ClipSettings, scene: Scene) -> Slide:
    scale = scene.scale
    angle = between(generator, (0.0, 2 * math.pi))
    along = torch.tensor([math.cos(angle), math.sin(angle)])
    normal = torch.tensor([-math.sin(angle), math.cos(angle)])
    if chance(generator, 0.5):  # along the object's side
        point = scene.centre + normal * 2 * (normal @ scene.covariance @ normal).sqrt()
    else:
        point = scene.view_centre + scene.view_axes @ uniform(generator, -0.6, 0.6, 2)
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


def _contraction(generator: Generator, settings: ClipSettings, scene: Scene) -> Contraction:
    systole = between(generator, settings.beat_systole)
    beat = Beat(log_between(generator, settings.beat_period), between(generator, (0.0, 1.0)), systole)
    # Most hollow organs shorten less along one axis than across it.
    least, most = sorted(between(generator, settings.beat_contraction) for _ in range(2))
    _, axes = torch.linalg.eigh(scene.covariance)  # the short axis comes first
    twist = settings.beat_twist * between(generator, (-1.0, 1.0))
    stretch = axes @ torch.diag(torch.tensor([most, least])) @ axes.T
    stretch = _direction(generator) * stretch + torch.tensor([[0.0, -twist], [twist, 0.0]])
    reach = between(generator, (0.8, 1.6))
    extent = 4 * scene.covariance
    metric = torch.linalg.inv(extent + 0.1 * extent.trace() * torch.eye(2)) / reach**2
    return Contraction(scene.centre, metric, stretch, beat)


def _direction(generator: Generator) -> float:
    """Mostly it contracts; now and then it swells, as a vessel does with the pulse."""
    return 1.0 if chance(generator, 0.85) else -0.5
