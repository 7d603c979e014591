"""The frames and masks of a plan at any times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .light import GrainSource
from .object_copy import ObjectCopy
from .plan import ClipPlan
from .section import section_cover
from .splines import box_blur
from .vanishing import Vanishing

BLUR = 5  # pixels of the still
SHRINKING = 2.5  # an object that vanishes shrinks to 1 / (1 + this) of its size before


@dataclass(frozen=True)
class Clip:
    """L frames with their truth.

    Attributes:
        frames: (L, 3, S, S) in [0, 1].
        masks: (L, K, S, S) in [0, 1]; a pixel belongs to a mask where it is above 0.5.
        absent: (L,) bool, the focus was taken out of the picture.
        plan: what the clip was made from.
    """

    frames: Tensor
    masks: Tensor
    absent: Tensor
    plan: ClipPlan


def render(plan: ClipPlan, times: Tensor) -> Clip:
    """Make the frames at `times` (L,), in any order.

    Positions, masks and light are functions of the plan and the time alone. The part of the speckle that tissue does
    not carry is drawn for all times of a call together.
    """
    return next(render_blocks(plan, times, len(times)))


def render_blocks(plan: ClipPlan, times: Tensor, block: int) -> Iterator[Clip]:
    """The same in blocks of so many frames, for clips that would not fit into memory."""
    grain, source = plan.light.grain, plan.source
    still = (int(source.pixels.shape[1]), int(source.pixels.shape[2]))
    speckle = None if grain is None else GrainSource(grain, still, source.size)
    for start in range(0, len(times), block):
        yield _render(plan, times[start : start + block], speckle)


def _render(plan: ClipPlan, times: Tensor, speckle: GrainSource | None) -> Clip:
    source, light = plan.source, plan.light
    moments = plan.motion.moments(times)
    grids = plan.motion.grids(source.view, source.view_centre, source.view_axes, times)
    layers = _look(plan, grids, times, None if speckle is None else speckle.carried)
    colours, objects = len(source.pixels), len(source.masks)
    frames, masks = layers[:, :colours], layers[:, -objects:]
    if light.focus is not None:
        softness = light.focus.at(moments).clamp(0, 1)[:, :, None, None]
        frames = torch.lerp(frames, layers[:, colours : 2 * colours], softness)
    if plan.strand is not None:
        places = (grids - source.view_centre) @ torch.linalg.inv(source.view_axes).T
        frames, strand = plan.strand.paint(frames, places, moments)
        masks = masks * (1 - strand)
        masks[:, source.focus] = strand[:, 0]
    factor = light.factor(moments, source.size)
    if speckle is not None:
        factor = factor * speckle.factor(moments, layers[:, -objects - 1 : -objects])
    frames = frames * factor
    if light.scope is not None:
        frames = torch.lerp(frames, torch.ones(()), light.scope.glints(moments, source.size))
    if light.field is not None:
        field = light.field.factor(source.size)
        frames, masks = frames * field, masks * field
    absent = torch.zeros(len(times), dtype=torch.bool)
    if plan.vanishing is not None:
        absent = plan.vanishing.span.holds(times)
    return Clip(frames.clamp(0, 1).expand(-1, 3, -1, -1), masks, absent, plan)


def _look(plan: ClipPlan, grids: Tensor, times: Tensor, carried: Tensor | None) -> Tensor:
    """(L, layers, S, S): sharp pixels, blurred ones if focus varies, grain if there is any, masks."""
    padding = "zeros" if plan.black_border else "reflection"
    vanishing = plan.vanishing
    if vanishing is None:
        return _sample(_layers(plan, plan.source.pixels, plan.source.masks, carried), grids, padding)
    background = _layers(plan, vanishing.background.pixels, vanishing.background.masks, carried)
    seen = _sample(background, grids, padding)
    there = ~vanishing.span.holds(times)
    returned = times >= vanishing.span.end
    if vanishing.elsewhere is not None:
        there = there & ~returned
        if bool(returned.any()):
            layers = _layers(plan, vanishing.elsewhere.pixels, _masks_elsewhere(plan, vanishing.elsewhere), carried)
            seen[returned] = _with_object(plan, vanishing, layers, seen[returned], grids[returned], times[returned])
    if bool(there.any()):
        layers = _layers(plan, plan.source.pixels, plan.source.masks, carried)
        seen[there] = _with_object(plan, vanishing, layers, seen[there], grids[there], times[there])
    return seen


def _masks_elsewhere(plan: ClipPlan, elsewhere: ObjectCopy) -> Tensor:
    """(K, H, W): the copy is the focus, and covers what else is there."""
    masks = torch.zeros_like(plan.source.masks)
    masks[plan.source.focus] = elsewhere.mask
    return masks


def _with_object(
    plan: ClipPlan, vanishing: Vanishing, layers: Tensor, seen: Tensor, grids: Tensor, times: Tensor
) -> Tensor:
    """(L, layers, S, S): the object as far as it shows, on what is seen without it.

    Args:
        layers: (layers, H, W) of the still with the object, which lies elsewhere after the absence, if it has to.
        seen: (L, layers, S, S) without it. grids: (L, S, S, 2). times: (L,), all before the absence or all after it
            where the object returns elsewhere.
    """
    moved = vanishing.elsewhere if bool((times >= vanishing.span.end).all()) else None
    place = vanishing.background.place if moved is None else moved.place
    hidden = vanishing.span.nearness(times)
    if vanishing.levels is not None:
        objects = _sample(torch.cat([layers, vanishing.levels[None], place[None]]), grids, "zeros")
        cover = objects[:, -1:] * section_cover(objects[:, -2:-1], hidden)
    else:
        centre = plan.source.centre if moved is None else moved.centre
        closer = centre + (grids - centre) * (1 + SHRINKING * hidden)[:, None, None, None]
        objects = _sample(torch.cat([layers, place[None]]), closer, "zeros")
        cover = objects[:, -1:]
    pictures = len(layers) - len(plan.source.masks)
    lit = torch.lerp(seen[:, :pictures], objects[:, :pictures], cover)
    masks = torch.where(cover > 0.5, objects[:, pictures : len(layers)], seen[:, pictures:])
    return torch.cat([lit, masks], dim=1)


def _sample(layers: Tensor, grids: Tensor, padding: str) -> Tensor:
    stacked = layers.expand(len(grids), -1, -1, -1)
    return F.grid_sample(stacked, grids, padding_mode=padding, align_corners=False)


def _layers(plan: ClipPlan, pixels: Tensor, masks: Tensor, carried: Tensor | None) -> Tensor:
    """(layers, H, W) of the still that move together."""
    sharp, blurred = pixels, box_blur(pixels, (BLUR, BLUR))
    if plan.grain_replaced > 0:
        sharp = torch.lerp(pixels, blurred, plan.grain_replaced)
    parts = [sharp]
    if plan.light.focus is not None:
        parts.append(blurred)
    if carried is not None:
        parts.append(carried)
    return torch.cat([*parts, masks])
