"""Episodes that are frames of a real video."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from rabengine.augmentation import chance, colour_character, look, random_view, relight, uniform
from rabengine.io.video_sets import TrainingVideo

from .chain_changes import ChainChange, DrawForeign, frozen, with_foreign
from .episode_batch import Episode, EpisodeShape
from .views import LEAST_OBJECT, TRIES, bent_prior, pick

SKIPS = (0.6, 0.25, 0.15)  # shares of chains whose frames are 1, 2 and 3 frames of the video apart
TOWARDS_SHARE = 0.2  # of chains that walk towards the first support; the others walk away, as a propagation does
ABSENT_SHARE = 0.15  # of queries that do not show the object, where there are such frames
CHANGES = ((ChainChange.CUT, 0.07), (ChainChange.INTERRUPTION, 0.04), (ChainChange.FREEZE, 0.05))  # shares of chains
RELIT_SHARE = 0.3  # of episodes whose every frame has its own light on top


@dataclass(frozen=True)
class _Frames:
    """Numbers of frames of a video, supports (S,) and chain (L,), and the label that is the object."""

    supports: Tensor
    chain: Tensor
    object: int


def video_episode(
    video: TrainingVideo,
    shape: EpisodeShape,
    beyond: tuple[bool, bool],
    generator: Generator,
    draw_foreign: DrawForeign,
) -> Episode:
    """Supports from anywhere in a video, and a chain of neighbouring frames of it.

    Args:
        video: which.
        shape: of the batch.
        beyond: whether it has priors, and neighbouring frames.
        generator: decides everything.
        draw_foreign: draws what a scene is cut to.
    """
    chosen = _choose_frames(video, shape, generator)
    grid = _visible_grid(video, chosen, shape.size, generator)
    pixels, masks = _seen(video, torch.cat([chosen.supports, chosen.chain]), chosen.object, grid)
    count = shape.supports
    support_mask, frames, masks = masks[:count, 0], pixels[count:], masks[count:]
    change = _draw_change(generator)
    foreign = draw_foreign(generator) if change is not None and change.is_foreign else None
    if change is not None and foreign is not None:
        frames, masks = with_foreign(frames, masks, foreign, change, support_mask[:1], generator)
    lit = colour_character(torch.cat([pixels[:count], frames]), generator)
    if chance(generator, RELIT_SHARE):
        lit = torch.stack([relight(frame, generator) for frame in lit])
    frames = lit[count:]
    if change is ChainChange.FREEZE:
        frames, masks = frozen(frames, masks, generator)
    return Episode(lit[:count], support_mask, frames, masks[-1], bent_prior(masks[0], generator), *beyond)


def neighbouring_frames(video: TrainingVideo, shape: EpisodeShape, generator: Generator) -> Tensor:
    """(L, 3, h, w) frames of a video whose objects do not matter."""
    start = int(torch.randint(len(video), (1,), generator=generator))
    numbers = _chain(len(video), 0, start, shape.length, generator)
    return _seen(video, numbers, 0, random_view(shape.size, generator))[0]


def _choose_frames(video: TrainingVideo, shape: EpisodeShape, generator: Generator) -> _Frames:
    """The first support shows some object; the others show the same one, near or far."""
    shown = video.areas >= min(LEAST_OBJECT, float(video.areas.max()))
    first = pick(shown.any(dim=1).nonzero()[:, 0].tolist(), generator)
    which = pick(shown[first].nonzero()[:, 0].tolist(), generator)
    showing = shown[:, which].nonzero()[:, 0].tolist()
    supports = torch.tensor([first, *(pick(showing, generator) for _ in range(shape.supports - 1))])
    query = _query(video, first, which, generator)
    return _Frames(supports, _chain(len(video), first, query, shape.length, generator), int(video.values[which]))


def _query(video: TrainingVideo, first: int, which: int, generator: Generator) -> int:
    """A frame without the object now and then; otherwise one near or far, on either side of the first support."""
    absent = (video.areas[:, which] == 0).nonzero()[:, 0].tolist()
    if chance(generator, ABSENT_SHARE) and absent:
        return int(pick(absent, generator))
    sides = [side for side, room in ((-1, first), (1, len(video) - 1 - first)) if room > 0]
    side = pick(sides, generator)
    room = first if side < 0 else len(video) - 1 - first
    distance = float(torch.exp(uniform(generator, 0.0, torch.tensor(room + 1.0).log().item(), 1)))
    return first + side * min(int(distance), room)


def _chain(count: int, first: int, query: int, length: int, generator: Generator) -> Tensor:
    """(length,) frame numbers that lead to the query, forward or backward in time."""
    step = 1 + int(torch.multinomial(torch.tensor(SKIPS), 1, generator=generator))
    direction = 1 if query > first else -1
    if chance(generator, TOWARDS_SHARE):
        direction = -direction
    behind = step * torch.arange(length - 1, -1, -1)
    chain = query - direction * behind
    if int(chain.min()) < 0 or int(chain.max()) >= count:
        chain = query + direction * behind  # from the other side, where the video ends on this one
    return chain.clamp(0, count - 1)


def _visible_grid(video: TrainingVideo, chosen: _Frames, size: int, generator: Generator) -> Tensor:
    """(size, size, 2): a view that shows the object of the first support, and that of the query where it has one."""
    ends = torch.stack([chosen.supports[0], chosen.chain[-1]])
    masks = (video.labels[ends] == chosen.object).float()
    for _ in range(TRIES):
        grid = random_view(size, generator)
        support, query = look(masks[:1], masks[1:], grid)
        visible = float(query.max()) > 0.5 or not bool(masks[1].any())
        if visible and float(support.mean()) >= LEAST_OBJECT:
            break
    return grid


def _seen(video: TrainingVideo, numbers: Tensor, label: int, grid: Tensor) -> tuple[Tensor, Tensor]:
    """Frames (N, 3, h, w) in [0, 1] and masks (N, 1, h, w) through one view; each frame is read once."""
    unique, place = torch.unique(numbers, return_inverse=True)
    views = [look(video.pixels[n].float() / 255.0, (video.labels[n] == label).float()[None], grid) for n in unique]
    pixels, masks = (torch.stack(part)[place] for part in zip(*views, strict=True))
    return pixels, masks


def _draw_change(generator: Generator) -> ChainChange | None:
    draw = float(torch.rand(1, generator=generator))
    for change, share in CHANGES:
        if draw < share:
            return change
        draw -= share
    return None
