"""A thin structure that moves by itself on top of what the tissue does: a tube, a leaflet, a catheter."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from rabengine.augmentation import chance, uniform

from .clip_source import ClipSource
from .paths import Path, between, log_between, random_path

POINTS = 14
WIDTHS = (2.0, 6.0)  # pixels in a view of 192 pixels
USUAL_SIDE = 192
LENGTHS = {"tube": (0.9, 2.2), "leaflet": (0.3, 0.8), "catheter": (0.8, 1.8)}  # of the view's half side
BENDS = {"tube": 1.2, "leaflet": 0.5, "catheter": 0.9}  # radians, from one end to the other, and again for waves
OPACITIES = (0.75, 1.0)
LEAST_CONTRAST = 0.25


@dataclass(frozen=True)
class Strand:
    """A thin structure in the tissue's coordinates, in units of half the view's side when nothing moves.

    Attributes:
        points: (N, 2) at rest, from the root to the tip.
        modes: (M, N, 2), added to the points by the M numbers of `sway`. sway: their path.
        reach: path of 1 number about 0: how far its tip is drawn back; None if it keeps its length.
        half_width: at the root. taper: share of it that is lost at the tip.
        colour: (C,) of its middle. rim: (C,) of its border. opacity: in [0, 1].
    """

    points: Tensor
    modes: Tensor
    sway: Path
    reach: Path | None
    half_width: float
    taper: float
    colour: Tensor
    rim: Tensor
    opacity: float

    def at(self, moments: Tensor) -> Tensor:
        """(L, N, 2), the points at times (L,)."""
        points = self.points + torch.einsum("lm,mnd->lnd", self.sway.at(moments), self.modes)
        if self.reach is None:
            return points
        shown = (0.75 + 0.3 * self.reach.at(moments)[:, 0]).clamp(0.3, 1.0)
        place = shown[:, None] * torch.arange(POINTS) * (1 - 1e-4)
        below = place.long()[..., None].expand(-1, -1, 2)
        return torch.lerp(points.gather(1, below), points.gather(1, below + 1), (place - place.floor())[..., None])

    def paint(self, frames: Tensor, places: Tensor, moments: Tensor) -> tuple[Tensor, Tensor]:
        """Frames (L, C, S, S) with the strand on them, and its mask (L, 1, S, S).

        Args:
            places: (L, S, S, 2), where each pixel looks, in the strand's units.
        """
        distance, along = _distance(places, self.at(moments))
        half = self.half_width * (1 - self.taper * along)
        pixel = 2 / frames.shape[-1]
        cover = (0.5 + (half - distance) / pixel).clamp(0, 1)[:, None]
        edge = (distance / half).clamp(0, 1)[:, None] ** 2
        colour = torch.lerp(self.colour[:, None, None], self.rim[:, None, None], edge)
        return torch.lerp(frames, colour, self.opacity * cover), cover


def plan_strand(source: ClipSource, generator: Generator) -> tuple[Strand, ClipSource]:
    """Draw a strand within the view of a still; the still's focus is where the strand is from then on."""
    kind = list(LENGTHS)[int(torch.randint(len(LENGTHS), (1,), generator=generator))]
    points = _curve(kind, generator)
    middle, rim = _colours(source, generator)
    strand = Strand(
        points=points,
        modes=_modes(kind, points, generator),
        sway=random_path(generator, 2, log_between(generator, (6.0, 50.0)), kind == "leaflet"),
        reach=random_path(generator, 1, log_between(generator, (15.0, 80.0))) if kind == "catheter" else None,
        half_width=log_between(generator, WIDTHS) / USUAL_SIDE,
        taper=between(generator, (0.2, 0.6)) if kind == "leaflet" else 0.0,
        colour=middle,
        rim=rim,
        opacity=between(generator, OPACITIES),
    )
    placed = points @ source.view_axes.T
    spread = placed - placed.mean(dim=0)
    covariance = spread.T @ spread / len(points) + 1e-3 * source.view_axes @ source.view_axes.T
    return strand, replace(source, centre=source.view_centre + placed.mean(dim=0), covariance=covariance)


def _curve(kind: str, generator: Generator) -> Tensor:
    """(POINTS, 2): a curve whose direction changes smoothly, about somewhere near the view's middle."""
    share = torch.linspace(0, 1, POINTS)
    bend, wave = (BENDS[kind] * uniform(generator, -1, 1, 2)).tolist()
    phase = between(generator, (0.0, 2 * math.pi))
    heading = between(generator, (0.0, 2 * math.pi)) + bend * share + wave * torch.sin(2 * math.pi * share + phase)
    step = between(generator, LENGTHS[kind]) / (POINTS - 1)
    points = step * torch.stack([heading.cos(), heading.sin()], dim=1).cumsum(dim=0)
    return points - points.mean(dim=0) + uniform(generator, -0.45, 0.45, 2)


def _modes(kind: str, points: Tensor, generator: Generator) -> Tensor:
    """(2, POINTS, 2): a leaflet swings about its root, the others bow aside and shift."""
    share = torch.linspace(0, 1, POINTS)[:, None]
    along = torch.gradient(points, dim=0)[0]
    aside = torch.stack([-along[:, 1], along[:, 0]], dim=1) / along.norm(dim=1, keepdim=True)
    if kind == "leaflet":
        arm = points - points[0]
        swing = between(generator, (0.15, 0.5)) * torch.stack([-arm[:, 1], arm[:, 0]], dim=1)
        return torch.stack([swing, 0.03 * aside * share**2])
    bow = between(generator, (0.02, 0.12)) * aside * torch.sin(math.pi * share)
    shift = between(generator, (0.0, 0.08)) * uniform(generator, -1, 1, 2).expand(POINTS, 2)
    return torch.stack([bow, shift])


def _colours(source: ClipSource, generator: Generator) -> tuple[Tensor, Tensor]:
    """(C,) each: brighter or darker than the still, and mostly of one brightness from side to side."""
    mean = source.pixels.mean(dim=(1, 2))
    level = float(mean.mean())
    bright = chance(generator, 0.8 if level < 0.5 else 0.3)
    if bright:
        value = between(generator, (min(0.95, level + LEAST_CONTRAST), 1.0))
    else:
        value = between(generator, (0.0, max(0.05, level - LEAST_CONTRAST)))
    colour = torch.full((len(mean),), value)
    if len(mean) == 3 and chance(generator, 0.6):
        colour = (colour * uniform(generator, 0.6, 1.1, 3)).clamp(0, 1)
    # Now and then a tube whose walls alone are seen.
    rim = torch.lerp(colour, mean, between(generator, (0.0, 0.5)))
    return (rim, colour) if chance(generator, 0.25) else (colour, rim)


def _distance(places: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """(L, S, S) distances to a curve (L, N, 2), and how far along it the nearest point is, in [0, 1]."""
    nearest = torch.full(places.shape[:-1], math.inf)
    along = torch.zeros(places.shape[:-1])
    parts = points.shape[1] - 1
    for number in range(parts):
        start, end = points[:, number, None, None], points[:, number + 1, None, None]
        way = end - start
        offset = places - start
        share = ((offset * way).sum(dim=-1) / (way * way).sum(dim=-1).clamp(min=1e-9)).clamp(0, 1)
        squared = (offset - share[..., None] * way).square().sum(dim=-1)
        closer = squared < nearest
        nearest = torch.where(closer, squared, nearest)
        along = torch.where(closer, (number + share) / parts, along)
    return nearest.sqrt(), along
