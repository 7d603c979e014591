"""What synthetic cines show: themes that take turns."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .settings import ClipSettings

_ORDINARY = ClipSettings(jump=0.0, leave=0.0, vanish=0.0, shadow=0.1)


@dataclass(frozen=True)
class Theme:
    """One kind of cine.

    Attributes:
        name: what it must show, one of `ClipPlan.happenings`.
        settings: of its clips; besides the main thing, the ordinary ones happen by chance.
        zoom: shorter side of the still to that of the view, least and most.
        loses_object: the object must be out of sight for a while.
    """

    name: str
    settings: ClipSettings
    zoom: tuple[float, float] = (0.75, 1.0)
    loses_object: bool = False


THEMES = (
    Theme("beating", replace(_ORDINARY, beat=1.0, beat_contraction=(0.2, 0.8))),
    Theme("sliding", replace(_ORDINARY, slide=1.0, slide_shift=(0.03, 0.07))),
    Theme("rocking", replace(_ORDINARY, rock=1.0, rock_turn=(5.0, 14.0), rock_shift=(0.05, 0.12))),
    Theme("jumps", replace(_ORDINARY, jump=1.0)),
    Theme("absence", replace(_ORDINARY, vanish=1.0, away=(0.15, 0.35)), loses_object=True),
    # From nearby, so that the view has somewhere to go.
    Theme("leaving", replace(_ORDINARY, leave=1.0, away=(0.15, 0.35)), zoom=(0.45, 0.7), loses_object=True),
    Theme("shadow", replace(_ORDINARY, shadow=1.0, shadow_depth=(0.5, 0.9))),
)

# What trains and tries the knowledge of being wrong; sets of cines do not take turns with it.
_GOING = replace(_ORDINARY, vanish=1.0, away=(0.15, 0.35))
HARDSHIPS = (
    Theme("section", replace(_GOING, section=1.0), loses_object=True),
    Theme("strand", replace(_ORDINARY, strand=1.0)),
    Theme("look-alike", replace(_ORDINARY, look_alike=1.0, rock=1.0)),
    Theme("return elsewhere", replace(_GOING, elsewhere=1.0), loses_object=True),
)
