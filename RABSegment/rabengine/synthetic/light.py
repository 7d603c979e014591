"""What changes between frames besides shape: gain, shadow, speckle, highlights, focus, the field of view.

All of it stays with the view, as with the probe or scope. Factors are (L, 1, S, S) or what broadcasts to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from rabengine.augmentation import chance, uniform

from .clip_source import ClipSource
from .paths import Path, between, log_between, random_path, remembering_mix
from .settings import ClipSettings
from .splines import box_blur, spline_basis

LEAST_GAIN = 0.25
CURVE_KNOTS = 6
SLOW = (15.0, 120.0)  # frames in which light changes
SEEDS = 2**31 - 1


def view_lines(size: int) -> tuple[Tensor, Tensor]:
    """(1, S) of x and (S, 1) of y, pixel centres in [-1, 1]."""
    line = (torch.arange(size) + 0.5) / size * 2 - 1
    return line[None, :], line[:, None]


@dataclass(frozen=True)
class Gain:
    """Brightness by time, and by depth and time.

    Attributes:
        path: of 1 + n numbers: the gain, and n spline coefficients of the time-gain curve from top to bottom.
        strength: relative amplitude.
    """

    path: Path
    strength: float

    def factor(self, moments: Tensor, size: int) -> Tensor:
        """(L, 1, size, 1)."""
        now = self.strength * self.path.at(moments)
        curve = now[:, 1:] @ spline_basis(size, now.shape[1] - 1).T
        return (1 + now[:, :1] + curve).clamp(min=LEAST_GAIN)[:, None, :, None]


@dataclass(frozen=True)
class Shadow:
    """A dark sector with soft edges that fans out from above and wanders.

    Attributes:
        apex: (x, y) in view units, above the view. angle: of its middle, radians from straight down.
        wander: radians, amplitude of `path` (1 number). width: radians. depth: share of light that is lost.
        start: y where it begins.
    """

    apex: tuple[float, float]
    angle: float
    wander: float
    path: Path
    width: float
    depth: float
    start: float

    def factor(self, moments: Tensor, size: int) -> Tensor:
        """(L, 1, size, size)."""
        x, y = view_lines(size)
        angle = torch.atan2(x - self.apex[0], y - self.apex[1])
        middle = self.angle + self.wander * self.path.at(moments)[:, :, None]
        across = torch.exp(-(((angle - middle) / self.width) ** 4))
        below = torch.sigmoid((y - self.start) / 0.08)
        return (1 - self.depth * across * below)[:, None]


@dataclass(frozen=True)
class Grain:
    """Multiplicative speckle: a part that the tissue carries along, and a part that decorrelates where it is.

    Attributes:
        strength: relative amplitude. memory: frames after which the correlation is 1/e.
        bound: share of the variance that tissue carries. spread: (down, across) pixels of the point spread, odd.
        seed: of the noise.
    """

    strength: float
    memory: float
    bound: float
    spread: tuple[int, int]
    seed: int


class GrainSource:
    """The noise of one rendering, block by block: it remembers the last frame, as an AR(1) process needs no more.

    Args:
        grain: what to draw. still: (rows, columns) of the still. size: side of the view.
    """

    def __init__(self, grain: Grain, still: tuple[int, int], size: int) -> None:
        self._grain, self._size = grain, size
        self._generator = Generator().manual_seed(grain.seed)
        self._last: tuple[Tensor, Tensor] | None = None
        self.carried = self._noise(1, still)[0]  # (1, *still), to be warped with the still

    def factor(self, moments: Tensor, carried: Tensor) -> Tensor:
        """(L, 1, S, S) for the next L frames; `carried` (L, 1, S, S) is the tissue's noise where it has moved."""
        noise = self._noise(len(moments), (self._size, self._size))
        known = moments
        if self._last is not None:
            known, noise = torch.cat([self._last[0], moments]), torch.cat([self._last[1], noise])
        mix = remembering_mix(known, self._grain.memory)
        # The mix is triangular: the frame before comes out as it went in, and the new ones follow from it.
        mixed = (mix @ noise.flatten(1)).view_as(noise)[-len(moments) :]
        self._last = moments[-1:], mixed[-1:]
        share = self._grain.bound
        return (1 + self._grain.strength * (math.sqrt(share) * carried + math.sqrt(1 - share) * mixed)).clamp(min=0)

    def _noise(self, count: int, size: tuple[int, int]) -> Tensor:
        """(count, 1, *size) of unit variance with the grain's point spread."""
        white = torch.randn(count, 1, *size, generator=self._generator)
        return math.sqrt(self._grain.spread[0] * self._grain.spread[1]) * box_blur(white, self._grain.spread)


@dataclass(frozen=True)
class ScopeLight:
    """An endoscope's light: a vignette, and highlights that glint on wet tissue.

    Attributes:
        path: of 2 + 3 G numbers: the vignette's middle; x, y and brightness of G highlights.
        vignette: share of the light that is lost in the corners. places: (G, 2). sizes: (G, 2), view units.
    """

    path: Path
    vignette: float
    places: Tensor
    sizes: Tensor

    def factor(self, moments: Tensor, size: int) -> Tensor:
        """(L, 1, size, size), the vignette."""
        x, y = view_lines(size)
        middle = 0.25 * self.path.at(moments)[:, :2, None, None]
        return (1 - self.vignette * 0.4 * ((x - middle[:, 0]) ** 2 + (y - middle[:, 1]) ** 2)).clamp(min=0.05)[:, None]

    def glints(self, moments: Tensor, size: int) -> Tensor:
        """(L, 1, size, size) in [0, 1], how much of each pixel a highlight covers."""
        x, y = view_lines(size)
        now = self.path.at(moments)[:, 2:].view(len(moments), -1, 3)
        middle = self.places + 0.15 * now[..., :2]
        dx = (x[0] - middle[..., :1]) / self.sizes[:, :1]
        dy = (y[:, 0] - middle[..., 1:]) / self.sizes[:, 1:]
        level = (0.7 + 0.5 * now[..., 2:]).clamp(0, 1)
        # A sum of products of lines: each highlight is one, which a matrix product makes quickly.
        spots = (torch.exp(-(dy**2)) * level).transpose(1, 2) @ torch.exp(-(dx**2))
        return (4 * (spots - 0.4)).clamp(0, 1)[:, None]


@dataclass(frozen=True)
class Field:
    """A still border round the picture: a disc, or the sector of a curved probe.

    Attributes:
        middle: (x, y) of the disc or of the sector's apex, view units. radius: of both. half_angle: radians; pi is a
            disc.
    """

    middle: tuple[float, float]
    radius: float
    half_angle: float

    def factor(self, size: int) -> Tensor:
        """(size, size) of 0 and 1."""
        x, y = view_lines(size)
        dx, dy = x - self.middle[0], y - self.middle[1]
        inside = dx**2 + dy**2 < self.radius**2
        return (inside & (torch.atan2(dx, dy).abs() < self.half_angle)).float()


@dataclass(frozen=True)
class Light:
    """All of a clip's light; None where something does not change.

    Attributes:
        focus: path of 1 number; the picture is blurred where it is above 0, fully at 1.
    """

    gain: Gain | None
    shadow: Shadow | None
    grain: Grain | None
    scope: ScopeLight | None
    focus: Path | None
    field: Field | None

    def factor(self, moments: Tensor, size: int) -> Tensor:
        """What the frames are multiplied with besides the grain, (L, 1, size, size) or what broadcasts to it."""
        factor = torch.ones(1, 1, 1, 1)
        for part in (self.gain, self.shadow, self.scope):
            if part is not None:
                factor = factor * part.factor(moments, size)
        return factor


def plan_light(generator: Generator, settings: ClipSettings, source: ClipSource) -> Light:
    """Draw the light of a clip."""
    return Light(
        gain=_gain(generator, settings) if chance(generator, settings.gain) else None,
        shadow=_shadow(generator, settings, source) if chance(generator, settings.shadow) else None,
        grain=_grain(generator, settings) if chance(generator, settings.grain) else None,
        scope=_scope(generator) if source.coloured and chance(generator, settings.scope_light) else None,
        focus=_slow_path(generator, 1) if chance(generator, settings.blur) else None,
        field=_field(generator) if chance(generator, settings.field) else None,
    )


def _slow_path(generator: Generator, channels: int) -> Path:
    return random_path(generator, channels, log_between(generator, SLOW))


def _gain(generator: Generator, settings: ClipSettings) -> Gain:
    return Gain(_slow_path(generator, 1 + CURVE_KNOTS), between(generator, settings.gain_change))


def _shadow(generator: Generator, settings: ClipSettings, source: ClipSource) -> Shadow:
    apex = (between(generator, (-0.5, 0.5)), between(generator, (-3.5, -1.1)))
    place, _ = source.place_in_view()
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
