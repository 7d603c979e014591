"""An object that is truly absent for a while: how it goes, what is seen instead, and how it returns."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Generator, Tensor

from rabengine.augmentation import chance

from .background import Background, fill_object
from .clip_source import ClipSource
from .motion import draw_absence
from .object_copy import ObjectCopy, copy_object
from .paths import Absence, between
from .section import section_levels
from .settings import ClipSettings


@dataclass(frozen=True)
class Vanishing:
    """When the object is truly absent, and the still without it; it shrinks towards that and grows back after it.

    Attributes:
        levels: (H, W) of `section.section_levels`, by which it goes and returns part after part instead; None if it
            shrinks.
        elsewhere: where it returns to; None if it returns to where it was.
    """

    span: Absence
    background: Background
    levels: Tensor | None = None
    elsewhere: ObjectCopy | None = None


def plan_vanishing(
    generator: Generator, settings: ClipSettings, source: ClipSource, horizon: float
) -> Vanishing | None:
    """Draw an absence; None if no background of the still fits the object's place."""
    gradual = chance(generator, settings.vanish_gradual)
    slope = between(generator, settings.vanish_slope) * horizon if gradual else 0.0
    span = draw_absence(generator, settings, horizon, slope)
    background = fill_object(source, generator)
    if background is None:
        return None
    if gradual and settings.section and chance(generator, settings.section):
        return Vanishing(span, background, levels=section_levels(source.masks[source.focus], generator))
    if settings.elsewhere and chance(generator, settings.elsewhere):
        return Vanishing(span, background, elsewhere=copy_object(source, background.pixels, False, generator))
    return Vanishing(span, background)
