"""Draw how a clip is lit."""

from __future__ import annotations

import math

import torch
from torch import Generator

from ..augmentation.fields import chance, uniform
from .light import Field, Gain, Grain, Light, ScopeLight, Shadow
from .paths import Path, between, log_between, random_path
from .scene import Scene
from .settings import ClipSettings

CURVE_KNOTS = 6
SLOW = (15.0, 120.0)  # frames in which light changes
SEEDS = 2**31 - 1


def plan_light(generator: Generator, settings: ClipSettings, scene: Scene) -> Light:
    """Draw the light of a clip."""
    return Light(
        gain=_gain(generator, settings) if chance(generator, settings.gain) else None,
        shadow=_shadow(generator, settings, scene) if chance(generator, settings.shadow) else None,
        grain=_grain(generator, settings) if chance(generator, settings.grain) else None,
        scope=_scope(generator) if scene.coloured and chance(generator, settings.scope_light) else None,
        focus=_slow_path(generator, 1) if chance(generator, settings.blur) else None,
        field=_field(generator) if chance(generator, settings.field) else None,
    )


def _slow_path(generator: Generator, channels: int) -> Path:
    return random_path(generator, channels, log_between(generator, SLOW))


def _gain(generator: Generator, settings: ClipSettings) -> Gain:
    return Gain(_slow_path(generator, 1 + CURVE_KNOTS), between(generator, settings.gain_change))


def _shadow(generator: Generator, settings: ClipSettings, scene: Scene) -> Shadow:
    apex = (between(generator, (-0.5, 0.5)), between(generator, (-3.5, -1.1)))
    place, _ = scene.place_in_view()
    towards = math.atan2(float(place[0]) - apex[0], float(place[1]) - apex[1])
    # A sector looks narrower from further away.
    span = 2.0 / (1.0 - apex[1])
    return Shadow(
        apex=apex,
        angle=towards + span * between(generator, (-0.4, 0.4)),
        wander=span * between(generator, (0.05, 0.5)),
        path=_slow_path(generator, 1),
        width=span * between(generator, settings.shadow_width),
        depth=between(generator, settings.shadow_depth),
        start=between(generator, (-1.3, 0.3)),
    )


def _grain(generator: Generator, settings: ClipSettings) -> Grain:
    across = between(generator, settings.grain_spread)
    down = max(1.0, across * between(generator, (1 / 3, 1.0)))
    least, most = settings.grain_strength
    return Grain(
        strength=least + (most - least) * between(generator, (0.0, 1.0)) ** 2,
        memory=log_between(generator, settings.grain_memory),
        bound=between(generator, settings.grain_bound),
        spread=(_odd(down), _odd(across)),
        seed=int(torch.randint(SEEDS, (1,), generator=generator)),
    )


def _odd(width: float) -> int:
    return 2 * round((width - 1) / 2) + 1


def _scope(generator: Generator) -> ScopeLight:
    count = int(torch.randint(1, 7, (1,), generator=generator))
    return ScopeLight(
        path=random_path(generator, 2 + 3 * count, log_between(generator, (6.0, 60.0))),
        vignette=between(generator, (0.0, 1.0)),
        places=uniform(generator, -0.9, 0.9, count, 2),
        sizes=0.02 * 4 ** uniform(generator, 0.0, 1.0, count, 2),
    )


def _field(generator: Generator) -> Field:
    if chance(generator, 0.5):
        middle = (between(generator, (-0.1, 0.1)), between(generator, (-0.1, 0.1)))
        return Field(middle, between(generator, (0.85, 1.15)), math.pi + 1)
    height = between(generator, (-1.6, -0.95))
    return Field((0.0, height), between(generator, (0.9, 1.05)) - height, between(generator, (0.5, 0.9)))
