"""How the frames of a cine move: from each to the marked one that its chain began at, and to the one before it.

From neighbour to neighbour motion is easy to find, and its errors add up; so what was added up is corrected against
the marked frame itself at each frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .feature_store import to_device
from .input_view import InputView
from .optical_flow import Pyramid, carry, compared, joined, pyramid, register, resize_motion
from .propagator import Chain

SIDE = 128  # of the frames in which motion is sought; finer ones gained nothing on the development cines
STEP_ITERATIONS = 3
CORRECTION_ITERATIONS = 2
CORRECTION_LEVELS = 3
COARSER = 2  # motion is smooth, and kept so much coarser than it was found
BUDGET_BYTES = 128 * 2**20


@dataclass(frozen=True)
class Motion:
    """From a frame to another.

    Attributes:
        shift: (1, 2, h, w) float16, in shares of the frame's width and height, to the right and down.
        likeness: (1, 1, h, w) float16 in [-1, 1], how like the other frame is where it leads.
        contrast: (1, 1, h, w) float16, how much there is to see it by.
        whole: (), the same of the whole frame, as far as there is something to see.
    """

    shift: Tensor
    likeness: Tensor
    contrast: Tensor
    whole: Tensor


class CineMotion:
    """Motion along chains, found once and kept within a budget.

    Args:
        view: the whole frame, its longer side SIDE.
        device: where it is sought.
        budget: bytes that are kept; of what goes beyond, nothing is known.
    """

    def __init__(self, view: InputView, device: torch.device, budget: int = BUDGET_BYTES) -> None:
        self.view, self.device = view, device
        self._left = budget
        self._kept: dict[tuple[int, int], Motion] = {}
        self._near: dict[int, Pyramid] = {}

    def between(self, frame: int, other: int) -> Motion | None:
        """From a frame to the marked one that its chain began at, or to the one before it, as far as `follow` went."""
        return self._kept.get((other, frame))

    @torch.no_grad()
    def follow(self, chain: Chain, advance: Callable[[], None]) -> None:
        """Find the motion from each frame of a chain to its start; `advance` is called after each and may raise."""
        total: Tensor | None = None
        for previous, frame in zip([chain.start, *chain.frames], chain.frames, strict=False):
            kept = self._kept.get((chain.start, frame))
            if kept is not None:
                total = self._unpacked(kept)
            elif self._left > 0:
                total = self._motion(frame, previous, chain.start, total)
                self._keep(frame, chain.start, total)
            advance()

    def _motion(self, frame: int, previous: int, mark: int, before: Tensor | None) -> Tensor:
        """From a frame to a mark, given the motion from the frame before to it."""
        self._forget_but(frame, previous, mark)
        own = self._pyramid(frame)
        step = register(own, self._pyramid(previous), STEP_ITERATIONS)
        if previous != mark:
            self._keep(frame, previous, step)
        total = step if before is None else joined(step, before)
        return register(own, self._pyramid(mark), CORRECTION_ITERATIONS, total, CORRECTION_LEVELS)

    def _keep(self, frame: int, other: int, total: Tensor) -> None:
        own = self._pyramid(frame)[0]
        like, seen = compared(own, carry(self._pyramid(other)[0], total))
        contrast = own[:, :1].square()
        height, width = total.shape[-2:]
        shares = total / total.new_tensor([width, height]).view(1, 2, 1, 1)
        shift = F.avg_pool2d(shares, COARSER).half()
        whole = (like * contrast).sum() / contrast.sum().clamp(min=1e-6)
        motion = Motion(shift, F.avg_pool2d(like, COARSER).half(), F.avg_pool2d(seen, COARSER).half(), whole)
        self._kept[other, frame] = motion
        parts = (motion.shift, motion.likeness, motion.contrast)
        self._left -= sum(part.numel() * part.element_size() for part in parts)

    def _unpacked(self, motion: Motion) -> Tensor:
        """In pixels of the view, (1, 2, h, w)."""
        height, width = self.view.input_size
        coarse = motion.shift.float()
        return resize_motion(
            coarse * coarse.new_tensor([coarse.shape[-1], coarse.shape[-2]]).view(1, 2, 1, 1), (height, width)
        )

    def _pyramid(self, frame: int) -> Pyramid:
        if frame not in self._near:
            self._near[frame] = pyramid(to_device(self.view.frame(frame), self.device).mean(dim=1, keepdim=True))
        return self._near[frame]

    def _forget_but(self, *frames: int) -> None:
        self._near = {frame: read for frame, read in self._near.items() if frame in frames}
