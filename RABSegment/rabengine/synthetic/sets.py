"""Sets of synthetic cines: recipes that take turns, the stills they start from, and their composition."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor

from rabengine.augmentation import base_grid, uniform
from rabengine.errors import InputError
from rabengine.io.image_sets import ImageSet, LabelledImage, find_sets, load_set
from rabengine.io.quiet import quiet_libraries

from .options import SHAPES, STILLS, VALIDATION, SetOptions
from .paths import between
from .plan import ClipPlan, plan_clip
from .render import render, render_blocks
from .scene import make_scene
from .settings import ClipSettings
from .stills import synthetic_image


@dataclass(frozen=True)
class Recipe:
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


_ORDINARY = ClipSettings(jump=0.0, leave=0.0, vanish=0.0, shadow=0.1)

RECIPES = (
    Recipe("beating", replace(_ORDINARY, beat=1.0, beat_contraction=(0.2, 0.8))),
    Recipe("sliding", replace(_ORDINARY, slide=1.0, slide_shift=(0.03, 0.07))),
    Recipe("rocking", replace(_ORDINARY, rock=1.0, rock_turn=(5.0, 14.0), rock_shift=(0.05, 0.12))),
    Recipe("jumps", replace(_ORDINARY, jump=1.0)),
    Recipe("absence", replace(_ORDINARY, vanish=1.0, away=(0.15, 0.35)), loses_object=True),
    # From nearby, so that the view has somewhere to go.
    Recipe("leaving", replace(_ORDINARY, leave=1.0, away=(0.15, 0.35)), zoom=(0.45, 0.7), loses_object=True),
    Recipe("shadow", replace(_ORDINARY, shadow=1.0, shadow_depth=(0.5, 0.9))),
)


SHAPE_ENTROPY = 73  # keeps the shapes' seeds apart from those of training's pool, which are small numbers
MOST_SHAPES = 2
SHAPE_AREA = (0.01, 0.35)  # of the picture; labels that cover more or less are no objects


@dataclass(frozen=True)
class Still:
    """A picture with objects to follow.

    Attributes:
        pixels: (3, H, W) in [0, 1]. labels: K label values. masks: (K, H, W) of 0 and 1.
        origin: name of its set. name: of the picture in it.
    """

    pixels: Tensor
    labels: tuple[int, ...]
    masks: Tensor
    origin: str
    name: str


class Sources:
    """Stills by set; shapes count as one set more.

    Raises:
        InputError: a folder holds no image set, or an image set cannot be read.
    """

    def __init__(self, options: SetOptions) -> None:
        self._sets: dict[str, tuple[LabelledImage, ...]] = {}
        for folder in find_sets(options.images) if options.kind != SHAPES else ():
            loaded = _load(folder, options)
            images = loaded.validation if options.split == VALIDATION else loaded.training
            self._sets[str(folder)] = tuple(image for image in images if bool(image.labels.any()))
        self.origins = [*self._sets, *([SHAPES] if options.kind != STILLS else [])]

    def draw(self, number: int, entropy: tuple[int, ...], generator: Generator) -> Still | None:
        """A still of set `number` (they come round again), None when none of its pictures shows an object.

        Args:
            number: of the set. entropy: seed of a shape. generator: draws the picture.
        """
        origin = self.origins[number % len(self.origins)]
        if origin == SHAPES:
            return _shapes(int(np.random.SeedSequence((SHAPE_ENTROPY, *entropy)).generate_state(1)[0]))
        images = self._sets[origin]
        if not images:
            return None
        image = images[int(torch.randint(len(images), (1,), generator=generator))]
        return _still(
            image, [int(value) for value in torch.unique(image.labels) if value > 0], Path(origin).resolve().name
        )


def _load(folder: Path, options: SetOptions) -> ImageSet:
    try:
        with quiet_libraries():
            return load_set(folder, options.validation_share, options.split_seed)
    except RuntimeError as error:  # SimpleITK's own, many lines long
        raise InputError(f"A picture or mask of {folder} cannot be read.", "Mend it or take it out.") from error


def _shapes(seed: int) -> Still | None:
    """A picture of random shapes; its objects are the last labels, those that lie on top."""
    image = synthetic_image(Generator().manual_seed(seed))
    shares = torch.bincount(image.labels.flatten().long()) / image.labels.numel()
    fitting = [label for label in range(len(shares)) if SHAPE_AREA[0] < float(shares[label]) < SHAPE_AREA[1]]
    if not fitting:
        return None
    return _still(
        LabelledImage(image.pixels, image.labels, image.regions, f"seed-{seed}"), fitting[-MOST_SHAPES:], SHAPES
    )


def _still(image: LabelledImage, labels: list[int], origin: str) -> Still:
    masks = torch.stack([image.labels == label for label in labels]).float()
    values = tuple(range(1, len(labels) + 1)) if origin == SHAPES else tuple(labels)
    return Still(image.pixels.float() / 255.0, values, masks, origin, image.name)


TRIES = 60
BLOCK = 8  # frames rendered at a time
PREVIEW = 48  # side of the view in which a plan is judged
LEAST_SEEN = 0.004  # of the view's area, for an object to count as seen
LEAST_SHARE_SEEN = 0.5  # of the frames
LEAST_SHARE_LOST = 0.05  # of the frames, where the object is to be lost
OBJECT_ROOM = 1.3  # of the object's size, that the view shows at least


@dataclass(frozen=True)
class Cine:
    """A cine that is planned, to be rendered frame by frame.

    Attributes:
        number, recipe: its place among the others, and what it shows.
        still: what it is made of. plan: what happens. times: (T,) of its frames.
    """

    number: int
    recipe: Recipe
    still: Still
    plan: ClipPlan
    times: Tensor

    @property
    def name(self) -> str:
        """Unique among the cines of a set."""
        return f"{self.number:03d}-{self.recipe.name}-{self.still.origin}"

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Frames (L, S, S) or (L, S, S, 3) uint8, labels (L, S, S) uint8, absent (L,) bool, a few at a time."""
        colours = len(self.plan.scene.pixels)
        for clip in render_blocks(self.plan, self.times, BLOCK):
            frames = (clip.frames[:, :colours] * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
            picture = frames[..., 0] if colours == 1 else frames
            yield picture.numpy(), label_map(clip.masks, self.still.labels).numpy(), clip.absent.numpy()


def label_map(masks: Tensor, labels: tuple[int, ...]) -> Tensor:
    """(L, S, S) uint8 of (L, K, S, S) soft masks: the label of the strongest one above a half."""
    strength, which = masks.max(dim=1)
    values = torch.tensor(labels, dtype=torch.uint8)[which]
    return torch.where(strength > 0.5, values, torch.zeros((), dtype=torch.uint8))


def compose(sources: Sources, number: int, frames: int, size: int, seed: int) -> Cine:
    """Cine `number` of a set: recipes and sets of stills take turns.

    Raises:
        InputError: no still of any set can show the recipe.
    """
    recipe = RECIPES[number % len(RECIPES)]
    # After every recipe has met every set that its turns lead to, they shift, so that it meets the others too.
    turn = number + number // math.lcm(len(RECIPES), len(sources.origins))
    for further in range(len(sources.origins)):
        for attempt in range(TRIES):
            entropy = (seed, number, further, attempt)
            generator = Generator().manual_seed(int(np.random.SeedSequence(entropy).generate_state(1)[0]))
            still = sources.draw(turn + further, entropy, generator)
            if still is None:
                continue
            scene = make_scene(still.pixels, still.masks, choose_view(still, size, recipe.zoom, generator), generator)
            plan = plan_clip(generator, recipe.settings, scene, frames)
            times = torch.arange(frames).float()
            if _is_fit(plan, recipe, times):
                return Cine(number, recipe, still, plan, times)
    raise InputError(
        f"None of the stills can show {recipe.name} in {frames} frames.", "Give other --images, or more --frames."
    )


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


def _is_fit(plan: ClipPlan, recipe: Recipe, times: Tensor) -> bool:
    """Whether the plan shows what the recipe asks for, judged on a small rendering."""
    if recipe.name not in plan.happenings:
        return False
    step = max(1, plan.scene.size // PREVIEW)
    coarse = replace(plan, scene=replace(plan.scene, view=plan.scene.view[::step, ::step]))
    areas = (render(coarse, times).masks[:, plan.scene.focus] > 0.5).float().mean(dim=(1, 2))
    lost = float((areas == 0).float().mean())
    if recipe.loses_object and lost < LEAST_SHARE_LOST:
        return False
    return float((areas >= LEAST_SEEN).float().mean()) >= LEAST_SHARE_SEEN
