"""Draw everything that a clip does, before any pixel is made."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Generator

from rabengine.augmentation import chance

from .clip_source import ClipSource
from .light import Light, plan_light
from .motion import ClipMotion, plan_motion
from .object_copy import copy_object
from .paths import between
from .settings import ClipSettings
from .strand import Strand, plan_strand
from .vanishing import Vanishing, plan_vanishing


@dataclass(frozen=True)
class ClipPlan:
    """All that `render.render` needs besides times.

    Attributes:
        grain_replaced: share of the still's own grain that is taken out; 0 without speckle.
        black_border: outside the still all is black; mirrored otherwise.
        strand: the thin structure that is the focus, drawn on the still; None if the focus is in the still.
        look_alike: whether the still shows the focus's look a second time.
    """

    source: ClipSource
    motion: ClipMotion
    light: Light
    vanishing: Vanishing | None
    grain_replaced: float
    black_border: bool
    strand: Strand | None = None
    look_alike: bool = False

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
            "section": self.vanishing is not None and self.vanishing.levels is not None,
            "return elsewhere": self.vanishing is not None and self.vanishing.elsewhere is not None,
            "strand": self.strand is not None,
            "look-alike": self.look_alike,
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
    strand, vanishing, look_alike = None, None, False
    # What is off draws nothing, so that a clip without it is what it was before there was such a thing.
    if settings.strand and chance(generator, settings.strand):
        strand, source = plan_strand(source, generator)
    if chance(generator, settings.vanish) and strand is None:
        vanishing = plan_vanishing(generator, settings, source, horizon)
    if settings.look_alike and chance(generator, settings.look_alike) and strand is None:
        source, vanishing, look_alike = _with_look_alike(source, vanishing, generator)
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
        strand=strand,
        look_alike=look_alike,
    )


def _with_look_alike(
    source: ClipSource, vanishing: Vanishing | None, generator: Generator
) -> tuple[ClipSource, Vanishing | None, bool]:
    """The still, and what is seen when its object vanishes, with a copy of the object; False if there is no room."""
    copy = copy_object(source, source.pixels, True, generator)
    if copy is None:
        return source, vanishing, False
    pixels, masks = copy.pixels, torch.where(copy.place > 0.5, torch.zeros(()), source.masks)
    masks[source.focus] = source.masks[source.focus]
    if vanishing is not None:
        behind = torch.lerp(vanishing.background.pixels, pixels, copy.place)
        vanishing = replace(vanishing, background=replace(vanishing.background, pixels=behind))
    return replace(source, pixels=pixels, masks=masks), vanishing, True
