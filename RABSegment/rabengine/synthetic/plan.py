"""Draw everything that a clip does, before any pixel is made."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Generator

from rabengine.augmentation import chance

from .background import Background, fill_object
from .clip_source import ClipSource
from .light import Light, plan_light
from .motion import Motion, draw_absence, plan_motion
from .paths import Absence, between
from .settings import ClipSettings


@dataclass(frozen=True)
class Vanishing:
    """When the object is truly absent, and the still without it; it shrinks towards that and grows back after it."""

    span: Absence
    background: Background


@dataclass(frozen=True)
class ClipPlan:
    """All that `render.render` needs besides times.

    Attributes:
        grain_replaced: share of the still's own grain that is taken out; 0 without speckle.
        black_border: outside the still all is black; mirrored otherwise.
    """

    source: ClipSource
    motion: Motion
    light: Light
    vanishing: Vanishing | None
    grain_replaced: float
    black_border: bool

    @property
    def happenings(self) -> tuple[str, ...]:
        """Names of what happens in this clip."""
        rock, light = self.motion.rock, self.light
        happens = {
            "beating": self.motion.contraction is not None,
            "sliding": self.motion.slide is not None,
            "rocking": bool(rock.strengths.any()),
            "drift": self.motion.drift is not None,
            "jumps": len(rock.cut_times) > 0,
            "leaving": rock.leave is not None,
            "absence": self.vanishing is not None,
            "speckle": light.grain is not None,
            "gain": light.gain is not None,
            "shadow": light.shadow is not None,
            "scope light": light.scope is not None,
            "focus": light.focus is not None,
            "field of view": light.field is not None,
        }
        return tuple(name for name, does in happens.items() if does)


def plan_clip(generator: Generator, settings: ClipSettings, source: ClipSource, horizon: float) -> ClipPlan:
    """Draw a plan.

    Args:
        generator: of all that is random in the clip.
        settings: chances and ranges.
        source: the still.
        horizon: frames of the clip: jumps and absences lie between 0 and this.
    """
    vanishing = _vanishing(generator, settings, source, horizon) if chance(generator, settings.vanish) else None
    light = plan_light(generator, settings, source)
    motion = plan_motion(generator, settings, source, horizon)
    # Outside of a still border there is nothing to be seen; and a view that turns away must see something.
    mirrored = light.field is not None or motion.rock.leave is not None
    return ClipPlan(
        source=source,
        motion=motion,
        light=light,
        vanishing=vanishing,
        grain_replaced=0.0 if light.grain is None else between(generator, settings.grain_replaced),
        black_border=not mirrored and chance(generator, settings.black_border),
    )


def _vanishing(generator: Generator, settings: ClipSettings, source: ClipSource, horizon: float) -> Vanishing | None:
    slope = between(generator, (0.05, 0.25)) * horizon if chance(generator, settings.vanish_gradual) else 0.0
    span = draw_absence(generator, settings, horizon, slope)
    background = fill_object(source, generator)
    return None if background is None else Vanishing(span, background)
