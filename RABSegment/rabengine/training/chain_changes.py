"""What happens to the chain of frames of an episode besides motion: scene cuts, foreign frames, frozen frames."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import torch
from torch import Generator, Tensor

from rabengine.augmentation import chance

DrawForeign = Callable[[Generator], Tensor | None]  # (L, 3, h, w) that do not show the object; None if there are none
WRONG_PRIOR_SHARE = 0.5  # of chains that begin with a foreign frame: the prediction there is wrong, not empty


class ChainChange(Enum):
    """One thing that happens to a chain."""

    CUT = "the scene changes, and the rest of the chain up to the query shows something else"
    INTERRUPTION = "one frame before the query shows something else"
    FREEZE = "one frame is the very frame after it"

    @property
    def is_foreign(self) -> bool:
        """Whether it needs frames that show something else."""
        return self is not ChainChange.FREEZE


def with_foreign(
    frames: Tensor, masks: Tensor, foreign: Tensor, change: ChainChange, wrong: Tensor, generator: Generator
) -> tuple[Tensor, Tensor]:
    """A chain with foreign frames in it, and its masks, empty there.

    Args:
        frames: (L, 3, h, w), the last one is the query. masks: (L, 1, h, w).
        foreign: (L, 3, h, w), frames that do not show the object. change: CUT or INTERRUPTION.
        wrong: (1, h, w), what a wrong prediction shows on a foreign first frame. generator: decides which.
    """
    length = len(frames)
    is_cut = change is ChainChange.CUT
    start = int(torch.randint(length if is_cut else length - 1, (1,), generator=generator))
    part = slice(start, length if is_cut else start + 1)
    frames, masks = frames.clone(), masks.clone()
    frames[part], masks[part] = foreign[part], 0.0
    if start == 0 and chance(generator, WRONG_PRIOR_SHARE):
        masks[0] = wrong
    return frames, masks


def frozen(frames: Tensor, masks: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """A chain in which a frame is bit for bit the one after it, the query's neighbour as often as any."""
    number = int(torch.randint(len(frames) - 1, (1,), generator=generator))
    frames, masks = frames.clone(), masks.clone()
    frames[number], masks[number] = frames[number + 1], masks[number + 1]
    return frames, masks
