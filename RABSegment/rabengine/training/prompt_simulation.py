"""A simulated user: first prompts for an object, and clicks where the answer is wrong.

After RITM (Sofiiuk et al. 2022), SimpleClick (Liu et al. 2023) and ScribblePrompt (Wong et al. 2024). Everything is
done for a whole batch, on its device, and nothing waits for a result.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from rabengine.network.prompt_maps import (
    add_click,
    no_prompts,
    with_box,
    with_mask,
    with_scribbles,
)

from .binary_shapes import depths, widened
from .prompt_views import smooth_fields

DEEP = 0.75  # of the greatest depth: near enough to the centre of a region
MORE_CLICKS = (0.35, 0.2)  # chances of a second and a third click
NEGATIVE_CLICKS = (0.3, 0.15)
NEAR = 12  # pixels: how far outside most of the negative clicks are
LATER_SCRIBBLES = 0.12  # of corrections
BOX_SHARE, SCRIBBLE_SHARE, MASK_SHARE = 0.2, 0.15, 0.12  # of first prompts; the others are clicks
BOX_WITH_CLICK = 0.4


def some_place(weight: Tensor, generator: Generator) -> Tensor:
    """(N, 2) of (row, column) drawn from where (N, 1, H, W) weights are above 0; (-1, -1) where they are nowhere."""
    score = torch.rand(weight.shape, generator=generator, device=weight.device) * (weight > 0)
    best, index = score.flatten(1).max(dim=1)
    width = weight.shape[-1]
    place = torch.stack([index // width, index % width], dim=1)
    return torch.where((best > 0)[:, None], place, -1)


def central_place(region: Tensor, generator: Generator, deep: float = DEEP) -> Tensor:
    """(N, 2): a place near the centre of the thickest part of a region."""
    depth = depths(region)
    return some_place((depth >= deep * depth.amax(dim=(2, 3), keepdim=True)) & (region > 0), generator)


def first_prompts(mask: Tensor, generator: Generator, has_support: Tensor | None = None) -> Tensor:
    """What a user might give at once: clicks, a box, a scribble, or a mask that someone else has drawn.

    Args:
        mask: (N, 1, H, W) of the object, 0 and 1.
        generator: on its device.
        has_support: (N,) bool; some of those need no prompt at all.

    Returns:
        (N, PROMPT_CHANNELS, H, W).
    """
    count, size = len(mask), (int(mask.shape[-2]), int(mask.shape[-1]))
    kind = torch.rand(count, generator=generator, device=mask.device)
    is_box = kind < BOX_SHARE
    is_scribble = (kind >= BOX_SHARE) & (kind < BOX_SHARE + SCRIBBLE_SHARE)
    is_mask = (kind >= BOX_SHARE + SCRIBBLE_SHARE) & (kind < BOX_SHARE + SCRIBBLE_SHARE + MASK_SHARE)
    prompts = no_prompts(count, size, mask.device)
    prompts = with_box(prompts, jittered_boxes(mask, generator), is_box)
    prompts = _with_scribbles(prompts, mask, is_scribble, generator)
    rough = rough_masks(mask, generator)
    prompts = with_mask(prompts, rough, is_mask)
    clicks = ~(is_box | is_scribble | is_mask)
    clicks = clicks | (is_box & _some(count, BOX_WITH_CLICK, generator))
    if has_support is not None:
        clicks = clicks & ~(has_support & _some(count, 0.15, generator))
    prompts = _with_clicks(prompts, mask, clicks, generator)
    corrected = correct(prompts, rough, mask, generator)
    return torch.where(is_mask[:, None, None, None], corrected, prompts)


def correct(prompts: Tensor, answer: Tensor, mask: Tensor, generator: Generator) -> Tensor:
    """One more click (now and then a scribble) in the middle of what is most wrong.

    Args:
        prompts: so far. answer: (N, 1, H, W) in [0, 1]. mask: the truth, 0 and 1.
    """
    place, is_positive, missing = largest_error(answer > 0.5, mask > 0.5, generator)
    clicked = add_click(prompts, place, is_positive)
    wrong = torch.where(is_positive[:, None, None, None], missing, (answer > 0.5).float() * (1 - mask))
    line = scribbles(wrong, place, generator)
    sign = is_positive.float()[:, None, None, None]
    scribbled = _with_marks(prompts, line * sign, line * (1 - sign))
    draws = _some(len(mask), LATER_SCRIBBLES, generator)
    return torch.where(draws[:, None, None, None], scribbled, clicked)


def largest_error(answer: Tensor, mask: Tensor, generator: Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Where the thickest wrong part is.

    Returns:
        (N, 2) its centre, (-1, -1) where nothing is wrong; (N,) bool, whether the object is missing there;
        (N, 1, H, W) all that is missing.
    """
    missing, extra = (mask & ~answer).float(), (answer & ~mask).float()
    depth = depths(torch.cat([missing, extra]))
    deepest = depth.amax(dim=(2, 3), keepdim=True)
    centre = ((depth >= DEEP * deepest) & (depth > 0)).chunk(2)
    is_positive = (deepest[: len(mask)] >= deepest[len(mask) :]).flatten()
    chosen = torch.where(is_positive[:, None, None, None], centre[0], centre[1])
    return some_place(chosen, generator), is_positive, missing


def jittered_boxes(mask: Tensor, generator: Generator) -> Tensor:
    """(N, 4) of (top, left, bottom, right) round each mask, not quite exact."""
    sides = []
    for axis in (3, 2):
        there = mask.amax(dim=axis)[:, 0]
        length = there.shape[1]
        place = torch.arange(length, device=mask.device)
        first = torch.where(there > 0, place, length).amin(dim=1)
        last = torch.where(there > 0, place, -1).amax(dim=1)
        sides.append((first.float(), last.float()))
    (top, bottom), (left, right) = sides
    extent = torch.stack([bottom - top, right - left, bottom - top, right - left], dim=1).clamp(min=1)
    noise = torch.randn(len(mask), 4, generator=generator, device=mask.device).clamp(-2, 2)
    return torch.stack([top, left, bottom, right], dim=1) + noise * (0.04 * extent + 1)


def scribbles(region: Tensor, start: Tensor, generator: Generator) -> Tensor:
    """(N, 1, H, W) of 0 and 1: a curved line through a place, as long as the region and chance let it be.

    A line on which smooth noise has the value that it has at `start`.
    """
    count, _, height, width = region.shape
    noise = smooth_fields(count, 1, 6, height, generator, region.device)
    row, column = start[:, 0].clamp(min=0), start[:, 1].clamp(min=0)
    level = noise[torch.arange(count, device=region.device), 0, row, column][:, None, None, None]
    down, across = (noise[..., 1:, :-1] - noise[..., :-1, :-1]), (noise[..., :-1, 1:] - noise[..., :-1, :-1])
    slope = F.pad((down**2 + across**2).sqrt(), (0, 1, 0, 1), mode="replicate").clamp(min=1e-4)
    line = ((noise - level).abs() < 1.2 * slope).float()
    rows = torch.arange(height, device=region.device)[None, :, None] - row[:, None, None]
    columns = torch.arange(width, device=region.device)[None, None, :] - column[:, None, None]
    reach = 12 + 50 * torch.rand(count, 1, 1, generator=generator, device=region.device)
    near = (rows**2 + columns**2 <= reach**2).float()[:, None]
    dot = (rows**2 + columns**2 <= 4).float()[:, None]
    there = (start[:, 0] >= 0).float()[:, None, None, None]
    return torch.maximum(line * near * region, dot) * there


def rough_masks(mask: Tensor, generator: Generator) -> Tensor:
    """(N, 1, H, W) of 0 and 1: masks as someone else might have them, grown or shrunk here and there, or moved."""
    count, size = len(mask), int(mask.shape[-1])
    soft = mask
    for kernel in (9, 9, 5):
        soft = F.avg_pool2d(soft, kernel, 1, kernel // 2)
    bumps = smooth_fields(count, 1, 9, size, generator, mask.device)
    strength = 0.05 + 0.25 * torch.rand(count, 1, 1, 1, generator=generator, device=mask.device)
    level = 0.5 + 0.25 * torch.randn(count, 1, 1, 1, generator=generator, device=mask.device).clamp(-1.5, 1.5)
    return (soft + strength * bumps * (soft > 0.02) > level).float()


def _with_clicks(prompts: Tensor, mask: Tensor, chosen: Tensor, generator: Generator) -> Tensor:
    """One to three clicks in the object and up to two outside, for those of (N,) bool."""
    count = len(mask)
    centre, anywhere = central_place(mask, generator, 0.6), some_place(mask, generator)
    place = torch.where(_some(count, 0.6, generator)[:, None], centre, anywhere)
    yes, no = torch.ones_like(chosen), torch.zeros_like(chosen)
    prompts = add_click(prompts, torch.where(chosen[:, None], place, -1), yes)
    for share in MORE_CLICKS:
        chosen_too = chosen & _some(count, share, generator)
        prompts = add_click(prompts, torch.where(chosen_too[:, None], some_place(mask, generator), -1), yes)
    grown = widened(mask, 2)
    ring = widened(grown, NEAR) - grown
    for share in NEGATIVE_CLICKS:
        near = _some(count, 0.7, generator)[:, None, None, None]
        place = some_place(torch.where(near, ring, 1 - grown), generator)
        chosen_too = chosen & _some(count, share, generator)
        prompts = add_click(prompts, torch.where(chosen_too[:, None], place, -1), no)
    return prompts


def _with_scribbles(prompts: Tensor, mask: Tensor, chosen: Tensor, generator: Generator) -> Tensor:
    """A line in the object, and in half of them one outside, for those of (N,) bool."""
    there = chosen.float()[:, None, None, None]
    inside = (depths(mask, (1, 1)) >= 2).float()  # a hand keeps off the edge
    positive = scribbles(inside, central_place(mask, generator, 0.5), generator) * there * mask
    grown = widened(mask, 4)
    outside = scribbles(1 - grown, some_place(widened(grown, NEAR) - grown, generator), generator)
    too = _some(len(mask), 0.5, generator).float()[:, None, None, None]
    return _with_marks(prompts, positive, outside * there * too * (1 - mask))


def _with_marks(prompts: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    """Prompts with (N, 1, H, W) marks, widened to a pen's breadth."""
    return with_scribbles(prompts, widened(positive, 1), widened(negative, 1))


def _some(count: int, share: float, generator: Generator) -> Tensor:
    """(count,) bool, true for a share."""
    return torch.rand(count, generator=generator, device=generator.device) < share
