"""Cines of a set: theme, still, view and motion chosen so that each shows what it is to show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Generator, Tensor

from rabengine.augmentation import base_grid, uniform
from rabengine.errors import InputError

from .clip_source import make_source
from .paths import between
from .plan import ClipPlan, plan_clip
from .render import render, render_blocks
from .stills import Still, Stills
from .themes import THEMES, Theme

TRIES = 60
BLOCK = 8  # frames rendered at a time
PREVIEW = 48  # side of the view in which a plan is judged
LEAST_SEEN = 0.004  # of the view's area, for an object to count as seen
LEAST_SHARE_SEEN = 0.5  # of the frames
LEAST_SHARE_LOST = 0.05  # of the frames, where the object is to be lost
OBJECT_ROOM = 1.3  # of the object's size, that the view shows at least


@dataclass(frozen=True)
class PlannedCine:
    """A cine that is planned, to be rendered frame by frame.

    Attributes:
        number, theme: its place among the others, and what it shows.
        still: what it is made of. plan: what happens. times: (T,) of its frames.
    """

    number: int
    theme: Theme
    still: Still
    plan: ClipPlan
    times: Tensor

    @property
    def name(self) -> str:
        """Unique among the cines of a set."""
        return f"{self.number:03d}-{self.theme.name}-{self.still.origin}"

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Frames (L, S, S) or (L, S, S, 3) uint8, labels (L, S, S) uint8, absent (L,) bool, a few at a time."""
        colours = len(self.plan.source.pixels)
        for clip in render_blocks(self.plan, self.times, BLOCK):
            frames = (clip.frames[:, :colours] * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
            picture = frames[..., 0] if colours == 1 else frames
            yield picture.numpy(), label_map(clip.masks, self.still.labels).numpy(), clip.absent.numpy()


def compose(
    stills: Stills, number: int, frames: int, size: int, seed: int, themes: Sequence[Theme] = THEMES
) -> PlannedCine:
    """Cine `number` of a set: themes and sets of stills take turns.

    Raises:
        InputError: no still of any set can show the theme.
    """
    theme = themes[number % len(themes)]
    # After every theme has met every set that its turns lead to, they shift, so that it meets the others too.
    turn = number + number // math.lcm(len(themes), len(stills.origins))
    for further in range(len(stills.origins)):
        for attempt in range(TRIES):
            entropy = (seed, number, further, attempt)
            generator = Generator().manual_seed(int(np.random.SeedSequence(entropy).generate_state(1)[0]))
            still = stills.draw(turn + further, entropy, generator)
            if still is None:
                continue
            source = make_source(still.pixels, still.masks, choose_view(still, size, theme.zoom, generator), generator)
            plan = plan_clip(generator, theme.settings, source, frames)
            times = torch.arange(frames).float()
            if _is_fit(plan, theme, times):
                return PlannedCine(number, theme, still, plan, times)
    raise InputError(
        f"None of the stills can show {theme.name} in {frames} frames.", "Give other --images, or more --frames."
    )


def label_map(masks: Tensor, labels: tuple[int, ...]) -> Tensor:
    """(L, S, S) uint8 of (L, K, S, S) soft masks: the label of the strongest one above a half."""
    strength, which = masks.max(dim=1)
    values = torch.tensor(labels, dtype=torch.uint8)[which]
    return torch.where(strength > 0.5, values, torch.zeros((), dtype=torch.uint8))


def choose_view(still: Still, size: int, zoom: tuple[float, float], generator: Generator) -> Tensor:
    """(size, size, 2): a square part of the still round its objects, inside of it as far as that is possible."""
    shape = torch.tensor([still.pixels.shape[2], still.pixels.shape[1]], dtype=torch.float32)  # (x, y) as the grid
    pixels = still.masks.amax(dim=0).nonzero().flip(1).float() + 0.5
    first, last = pixels.amin(dim=0), pixels.amax(dim=0)
    least = min(OBJECT_ROOM * float((last - first).max()), float(shape.max()))
    side = max(between(generator, zoom) * float(shape.min()), least)
    middle = (first + last) / 2 + 0.15 * side * uniform(generator, -1, 1, 2)
    margin = (shape / 2).clamp(max=side / 2)
    middle = torch.minimum(torch.maximum(middle, margin), shape - margin)
    return middle / shape * 2 - 1 + base_grid(size, size) * (side / shape)


def _is_fit(plan: ClipPlan, theme: Theme, times: Tensor) -> bool:
    """Whether the plan shows what the theme asks for, judged on a small rendering."""
    if theme.name not in plan.happenings:
        return False
    step = max(1, plan.source.size // PREVIEW)
    coarse = replace(plan, source=replace(plan.source, view=plan.source.view[::step, ::step]))
    areas = (render(coarse, times).masks[:, plan.source.focus] > 0.5).float().mean(dim=(1, 2))
    lost = float((areas == 0).float().mean())
    if theme.loses_object and lost < LEAST_SHARE_LOST:
        return False
    return float((areas >= LEAST_SEEN).float().mean()) >= LEAST_SHARE_SEEN
