"""Dense motion between two frames: iterative Lucas-Kanade on a pyramid, in PyTorch, on any device.

(Lucas and Kanade, IJCAI 1981; coarse to fine as in Bouguet's pyramid, Intel 2000.) Two views of brightness lead
together: normalised round each place, so that gain and light may change, and as it is, so that what is bright and what
is dark stay apart. Places whose look changes, such as glints, have less say (iterated reweighting). Motion of tissue is
smooth: a window of some pixels, and smoothing of what was found, serve it better than sharp boundaries of motion.
"""

from __future__ import annotations

import functools

import torch
import torch.nn.functional as F
from torch import Tensor

FINEST_BLUR = 0.7  # pixels, as all lengths here
WHOLE_BLUR = 1.0  # of brightness as it is
LEVEL_BLUR = 0.7
NORMALISED = 8.0  # the neighbourhood whose mean and spread become 0 and 1
FLAT = 0.03  # spread of brightness, of [0, 1], below which there is only noise
BRIGHTEST = 2.0  # spreads above and below the mean; a glint that moves by itself must not lead its surroundings
WHOLE_BRIGHTEST = 3.0  # the same, of the whole frame's
COARSEST = 16  # the shorter side of the last level is at least this
WINDOWS = (5.0, 8.0)  # that move as one, on the finest level and on the others
UNLIKE = 1.0  # change of a view at which a place has half its say
EVENNESS = 3.0  # mean squares of the gradient, beside which a steeper edge has no more say: a glint leads nothing
SMOOTH = 1.0  # of the motion, after each iteration
LONGEST_STEP = 1.5
DAMPING = 0.01  # of the mean gradient: where nothing is seen, nothing moves
LIKENESS_WINDOW = 5.0
LEAST_SPREAD = 0.05  # variance of normalised brightness, below which there is nothing to compare

Pyramid = list[Tensor]  # (N, 2, h, w) a level, the finest first: brightness normalised round each place, and as a whole


def pyramid(picture: Tensor) -> Pyramid:
    """(N, 1, h, w) brightness in [0, 1], normalised in both ways, at all levels."""
    soft = blur(picture, FINEST_BLUR)
    mean = blur(soft, NORMALISED)
    spread = (blur(soft * soft, NORMALISED) - mean * mean).clamp(min=0)
    near = ((soft - mean) / (spread + FLAT**2).sqrt()).clamp(-BRIGHTEST, BRIGHTEST)
    levels = [torch.cat([near, _whole(blur(picture, WHOLE_BLUR))], dim=1)]
    while min(levels[-1].shape[-2:]) >= 2 * COARSEST:
        levels.append(F.avg_pool2d(blur(levels[-1], LEVEL_BLUR), 2, ceil_mode=True))
    return levels


def _whole(picture: Tensor) -> Tensor:
    """Brightness with the mean and spread of its frame taken out."""
    spread, mean = torch.std_mean(picture, dim=(1, 2, 3), keepdim=True, correction=0)
    return ((picture - mean) / spread.clamp(min=FLAT)).clamp(-WHOLE_BRIGHTEST, WHOLE_BRIGHTEST)


def register(fixed: Pyramid, moving: Pyramid, iterations: int, start: Tensor | None = None, levels: int = 99) -> Tensor:
    """Where each place of one frame is in another.

    Args:
        fixed, moving: of frames of one size.
        iterations: on each level.
        start: motion to begin with, none by default.
        levels: of the pyramid, the finest ones; motion of more than some 2 ** levels pixels is not found by them.

    Returns:
        (N, 2, h, w) motion to the right and down in pixels of the finest level: fixed(x) is like moving(x + motion(x)).
    """
    used = list(enumerate(zip(fixed, moving, strict=True)))[:levels]
    finest = fixed[0]
    motion = finest.new_zeros(len(finest), 2, *finest.shape[-2:]) if start is None else start
    for level, (still, other) in reversed(used):
        window = WINDOWS[min(level, len(WINDOWS) - 1)]
        motion = resize_motion(motion, (int(still.shape[-2]), int(still.shape[-1])))
        for _ in range(iterations):
            motion = blur(motion + _step(still, carry(other, motion), window), SMOOTH)
    return motion


def _step(fixed: Tensor, moved: Tensor, window: float) -> Tensor:
    """The motion that is left between a frame and another that was moved onto it, (N, 2, h, w)."""
    across, down = _gradients(0.5 * (fixed + moved))
    change = moved - fixed
    steepness = across * across + down * down
    even = steepness + 0.25 * change * change + EVENNESS * steepness.mean(dim=(1, 2, 3), keepdim=True) + 1e-6
    say = 1 / (even * (1 + (change / UNLIKE) ** 2))
    pairs = (across * across, across * down, down * down, across * change, down * change)
    products = torch.cat([(say * pair).sum(dim=1, keepdim=True) for pair in pairs], dim=1)
    xx, xy, yy, xt, yt = blur(products, window).unbind(1)
    damping = DAMPING * (0.5 * (xx + yy)).mean(dim=(1, 2), keepdim=True) + 1e-7
    xx, yy = xx + damping, yy + damping
    step = torch.stack([xy * yt - yy * xt, xy * xt - xx * yt], dim=1) / (xx * yy - xy * xy)[:, None]
    length = step.square().sum(dim=1, keepdim=True).sqrt().clamp(min=1e-6)
    return step * (length.clamp(max=LONGEST_STEP) / length)


def joined(first: Tensor, second: Tensor) -> Tensor:
    """The motion by `first`, then from there by `second`; (N, 2, h, w) as both are."""
    return first + carry(second, first)


def carry(picture: Tensor, motion: Tensor) -> Tensor:
    """(N, C, h, w) seen along a motion of its size in pixels: at x what is there at x + motion(x)."""
    height, width = motion.shape[-2:]
    rows = torch.arange(height, device=motion.device, dtype=motion.dtype)
    columns = torch.arange(width, device=motion.device, dtype=motion.dtype)
    x = 2 * (columns + motion[:, 0]) / max(1, width - 1) - 1
    y = 2 * (rows[:, None] + motion[:, 1]) / max(1, height - 1) - 1
    places = torch.stack([x, y], dim=3).clamp(-1, 1)  # the border goes on outside; not every device has it as a mode
    return F.grid_sample(picture, places, align_corners=True)


def resize_motion(motion: Tensor, size: tuple[int, int]) -> Tensor:
    """A motion on another raster of the same frame, in its pixels."""
    height, width = motion.shape[-2:]
    if (height, width) == size:
        return motion
    scale = motion.new_tensor([size[1] / width, size[0] / height]).view(1, 2, 1, 1)
    return F.interpolate(motion, size=size, mode="bilinear", align_corners=False) * scale


def likeness(first: Tensor, second: Tensor) -> Tensor:
    """(N, 1, h, w) correlation round each place, in [-1, 1], of what is normalised there; 0 where both are flat.

    Args:
        first, second: a level of two pyramids.
    """
    return compared(first, second)[0]


def compared(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """The likeness of two levels, and the contrast that it is seen by: how much differs round each place in both.

    Returns:
        Both (N, 1, h, w).
    """
    one, other = first[:, :1], second[:, :1]
    both = torch.cat([one, other, one * one, other * other, one * other], dim=1)
    a, b, aa, bb, ab = blur(both, LIKENESS_WINDOW).split(1, dim=1)
    spread_a, spread_b = (aa - a * a).clamp(min=0), (bb - b * b).clamp(min=0)
    contrast = (spread_a * spread_b + LEAST_SPREAD**2).sqrt()
    return (ab - a * b) / contrast, contrast


def blur(maps: Tensor, sigma: float) -> Tensor:
    """(N, C, h, w) smoothed by a Gaussian; the border is repeated outside.

    Never in half precision: along stripes the products of gradients are singular but for their last digits.
    """
    maps = maps.float()
    down, across = (_smoothing(int(size), sigma, maps.device) for size in maps.shape[-2:])
    with torch.autocast(maps.device.type, enabled=False):
        return down.T @ (maps @ across)


@functools.lru_cache(maxsize=64)  # a cine has one or two dozen, the largest as large as its view
def _smoothing(size: int, sigma: float, device: torch.device) -> Tensor:
    """(size, size) matrix that smooths rows: up to ten times as quick as convolutions on maps as small as these."""
    reach = max(1, round(2.5 * sigma))
    with torch.inference_mode(False), torch.no_grad():
        offsets, places = torch.arange(-reach, reach + 1), torch.arange(size)
        weights = torch.exp(-0.5 * (offsets.float() / sigma) ** 2)
        matrix = torch.zeros(size, size)
        for offset, weight in zip(offsets, weights / weights.sum(), strict=True):
            matrix[(places + offset).clamp(0, size - 1), places] += weight
        return matrix.to(device)


def _gradients(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Change to the right and down, a pixel."""
    around = F.pad(maps, (1, 1, 1, 1), mode="replicate")
    across = 0.5 * (around[..., 1:-1, 2:] - around[..., 1:-1, :-2])
    return across, 0.5 * (around[..., 2:, 1:-1] - around[..., :-2, 1:-1])
