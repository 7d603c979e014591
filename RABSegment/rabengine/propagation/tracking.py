"""Masks carried along with the motion of the cine, from the marked frames to all others, and how far to trust them.

Between frames that look alike a mask that moves with the tissue keeps the edge where its user drew it, which no
network does that draws it anew. Where the frame is not like the marked one along the motion, nothing is carried. From
a frame without a segment its absence is carried, to frames that are like it as a whole.

What moves is not always what was drawn: on a faint pupil it is the light of a lamp. Where the marks show it, for they
are more like each other than the motion between them says, the masks stay where they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.network.features import resize

from .input_view import Box
from .motion import CineMotion, Motion
from .propagator import MARK_LOGIT, Chain, SoftMasks, chains, direction_weight

HALF_TRUSTED = 0.65  # likeness at which a direction has half of its share beside the other one
SOFTNESS = 0.05  # of likeness, round what is trusted by half
EDGE = 2  # pixels of the motion's raster, on both sides of the mask's edge
WHOLE_FRAME = 0.04  # likeness that it lacks beside that along an edge: more of it is noise
LEAST_CARRIED = 0.25  # of the mask's area; what has left the frame cannot be followed
MISLED = 1.8  # times as far from a mark as the mask that stays, is one that follows a motion which is not the segment's
SLACK = 0.02  # of Dice, by which two drawings of the same differ
LOST = 0.5  # likeness below which a frame shows something else, and a mask cannot stay either


@dataclass(frozen=True)
class Carried:
    """What was carried to one frame.

    Attributes:
        logits: (K, h, w) of each segment.
        likeness: (K,) of the frame with the marked ones, 0 where nothing was carried.
        least: likeness at which it has half the say.
    """

    logits: Tensor
    likeness: Tensor
    least: float

    def cpu(self) -> Carried:
        """The same on the CPU."""
        return replace(self, logits=self.logits.cpu(), likeness=self.likeness.cpu())

    @property
    def share(self) -> Tensor:
        """(K,) in [0, 1], what is carried deserves beside a model."""
        return _share(self.likeness, self.least)

    def weighed_into(self, logits: Tensor) -> Tensor:
        """(K, h, w) logits of a model, with what was carried in its share."""
        model = logits.clamp(-MARK_LOGIT, MARK_LOGIT).to(self.logits)
        return torch.lerp(model, self.logits, self.share[:, None, None])


@dataclass(frozen=True)
class CarriedTrust:
    """How far what was carried is trusted on every frame.

    Attributes:
        likeness: (T, K) of the frame with the marked ones.
        share: (T, K) of what was carried in the result.
    """

    likeness: Tensor
    share: Tensor


class TrackedMasks:
    """Carries marked masks to any frame.

    Args:
        motion: of the cine.
        marks: {frame: (H, W) labels}.
        segments: K label values in them.
        known: for each segment the frames on which its user said where it is, or that it is absent.
        least_likeness: along the edge of a carried mask, at which it has half the say beside a model.

    Attributes:
        likeness: (T, K) of what was carried, 0 where nothing was.
    """

    def __init__(
        self,
        motion: CineMotion,
        marks: Mapping[int, np.ndarray],
        segments: Sequence[int],
        known: Sequence[Sequence[int]],
        least_likeness: float,
    ) -> None:
        self._motion, self._marks, self._segments, self._known = motion, marks, segments, known
        self._least = least_likeness
        self._shares: dict[tuple[int, int], dict[int, float]] = {}  # {(column, frame): {mark: share of its direction}}
        self._still: dict[int, float] = {}  # {column: likeness of its marks}, where the motion is not the segment's
        self.likeness = torch.zeros(len(motion.view.frames), len(segments))

    def steps(self) -> int:
        """Calls of `advance` that `follow` will make."""
        return sum(len(chain.frames) for chain in self._chains_to_marks())

    def follow(self, advance: Callable[[], None]) -> None:
        """Find the motion, and how far what it carries can be trusted; `advance` may raise."""
        for chain in self._chains_to_marks():
            self._motion.follow(chain, advance)
        for column, marked in enumerate(self._known):
            self._compare_marks(column)
            alike = [(chain, self._likeness(column, chain)) for chain in self._of(marked)]
            for frame in range(len(self.likeness)):
                self._join(column, frame, [(chain, found[frame]) for chain, found in alike if frame in found])

    @property
    def followed(self) -> float:
        """Share of the frames without a mark to which masks were carried that can be trusted, in [0, 1]."""
        unmarked = torch.ones_like(self.likeness, dtype=torch.bool)
        for column, marked in enumerate(self._known):
            unmarked[list(marked), column] = False
        trusted = (self.likeness >= self._least) & unmarked
        return float(trusted.sum()) / max(1, int(unmarked.sum()))

    def at(self, frame: int, box: Box, size: tuple[int, int], columns: Sequence[int] | None = None) -> Carried:
        """What was carried to a part of a frame, of all segments or some, on a raster of `size`; to a mark nothing."""
        chosen = list(range(len(self._segments)) if columns is None else columns)
        logits = torch.stack([self._carried(column, frame, box, size) for column in chosen])
        return Carried(logits, self.likeness[frame, chosen].to(logits), self._least)

    def masks(self, box: Box, size: tuple[int, int]) -> SoftMasks:
        """What was carried to all frames, in a box on a raster of `size`; background where nothing was."""
        logits = torch.stack([self.at(frame, box, size).logits.cpu().half() for frame in range(len(self.likeness))])
        return SoftMasks(logits, torch.ones_like(self.likeness))

    def moved(self, masks: Tensor, frame: int, near: int, box: Box) -> Tensor | None:
        """A neighbour's masks along the motion to it, and how like it the frame is there; None where it is not known.

        Args:
            masks: (K, 1, h, w) in [0, 1], of the same box.
            frame: which. near: the frame before or after it. box: the part of both that is seen.

        Returns:
            (K, 2, h, w).
        """
        motion = self._motion.between(frame, near)
        if motion is None:
            return None
        full, size = self._motion.view.full, (int(masks.shape[-2]), int(masks.shape[-1]))
        carried = _along(masks, box, motion.shift.float(), box, full, size)
        alike = _sample(motion.likeness.float(), _places(box, full, size, masks.device))
        return torch.cat([carried, alike.expand(len(masks), -1, -1, -1)], dim=1)

    @property
    def trust(self) -> CarriedTrust:
        """How far what was carried is trusted beside what a model predicts."""
        return CarriedTrust(self.likeness, _share(self.likeness, self._least))

    def _chains_to_marks(self) -> list[Chain]:
        """Of all segments, each once, and with the mark that it ends before."""
        found = {(chain.start, chain.frames): chain for marked in self._known for chain in self._of(marked)}
        return [self._to_mark(chain) for chain in found.values()]

    def _to_mark(self, chain: Chain) -> Chain:
        start, end, step = chain.frames.start, chain.frames.stop, chain.frames.step
        is_mark = 0 <= end < len(self.likeness)
        return Chain(chain.start, range(start, end + step, step)) if is_mark else chain

    def _of(self, marked: Sequence[int]) -> list[Chain]:
        return chains(sorted(marked), len(self._motion.view.frames))

    def _compare_marks(self, column: int) -> None:
        """Note whether the marks of a segment foretell each other far better as they are than along the motion."""
        marked = sorted(self._known[column])
        foretold = [self._foretold(column, before, after) for before, after in pairwise(marked)]
        known = [pair for pair in foretold if pair is not None]
        if known:
            followed, stayed = (sum(dice) / len(known) for dice in zip(*known, strict=True))
            if 1 - followed > MISLED * (1 - stayed + SLACK):
                self._still[column] = stayed

    def _foretold(self, column: int, before: int, after: int) -> tuple[float, float] | None:
        """Dice of two marks with each other along the motion, and as they are; None where it is not known."""
        back, on = self._motion.between(after, before), self._motion.between(before, after)
        first, last = self._mask(column, before), self._mask(column, after)
        if back is None or on is None or not bool(first.any() and last.any()):
            return None
        full, size = self._motion.view.full, self._motion.view.input_size
        drawn = resize(first, size), resize(last, size)
        moved = (_along(mask, full, way.shift.float(), full, full, size) for mask, way in ((last, on), (first, back)))
        return sum(float(_dice(*pair)) for pair in zip(moved, drawn, strict=True)) / 2, float(_dice(*drawn))

    def _likeness(self, column: int, chain: Chain) -> dict[int, float]:
        """{frame: likeness of what is carried to it} of one segment along a chain."""
        mask = self._mask(column, chain.start)
        motions = {frame: self._motion.between(frame, chain.start) for frame in chain.frames}
        known = {frame: motion for frame, motion in motions.items() if motion is not None}
        if not known:
            return {}
        if bool(mask.any()):
            size = next(iter(known.values())).likeness.shape[-2:]
            small = resize(mask, (int(size[0]), int(size[1])))
            alike = [_edge_likeness(small, motion) for motion in known.values()]
            still = self._still.get(column)
            if still is not None:
                alike = [still * torch.sigmoid((moving - LOST) / SOFTNESS) for moving in alike]
        else:  # where the whole frame is like one without the segment, there is none either
            alike = [motion.whole + WHOLE_FRAME for motion in known.values()]
        return dict(zip(known, torch.stack(alike).tolist(), strict=True))

    def _join(self, column: int, frame: int, found: list[tuple[Chain, float]]) -> None:
        """Note the shares of the directions that lead to a frame, and how like it is in all."""
        marked = sorted(self._known[column])
        weights = {
            chain.start: direction_weight(chain, frame, marked) / (1 + math.exp((HALF_TRUSTED - alike) / SOFTNESS))
            for chain, alike in found
            if alike > 0
        }
        total = sum(weights.values())
        if total <= 0:
            return
        self._shares[column, frame] = {mark: weight / total for mark, weight in weights.items()}
        self.likeness[frame, column] = sum(weights.get(chain.start, 0.0) * alike for chain, alike in found) / total

    def _carried(self, column: int, frame: int, box: Box, size: tuple[int, int]) -> Tensor:
        """(h, w) logits of a segment, of both directions in their shares; background where nothing was carried."""
        share = torch.zeros(size, device=self._motion.device)
        for mark, weight in self._shares.get((column, frame), {}).items():
            motion = self._motion.between(frame, mark)
            assert motion is not None
            full, moves = self._motion.view.full, column not in self._still
            shift = motion.shift.float() if moves else torch.zeros_like(motion.shift, dtype=torch.float32)
            share += weight * _along(self._mask(column, mark), full, shift, box, full, size)[0, 0]
        return (2 * share - 1) * MARK_LOGIT

    def _mask(self, column: int, mark: int) -> Tensor:
        """(1, 1, H, W) of a segment on a marked frame, 0 and 1."""
        drawn = torch.from_numpy((self._marks[mark] == self._segments[column]).astype(np.float32))
        return drawn.to(self._motion.device)[None, None]


def _share(likeness: Tensor, least: float) -> Tensor:
    """In [0, 1], of what was carried to a frame; half where it is as like the marked one as it must be at least."""
    return torch.sigmoid((likeness - least) / SOFTNESS) * (likeness > 0)


def _edge_likeness(mask: Tensor, motion: Motion) -> Tensor:
    """How like the marked frame a frame is along the edge of the mask that is carried to it; 0 where it has left.

    Where there is more to see it counts more: along a faint edge noise alone makes most places unlike.
    """
    view = Box(0, int(mask.shape[-2]), 0, int(mask.shape[-1]))
    carried = _along(mask, view, motion.shift.float(), view, view, view.size)
    width = 2 * EDGE + 1
    grown = F.max_pool2d(carried, width, 1, EDGE)
    shrunk = -F.max_pool2d(-carried, width, 1, EDGE)
    edge = (grown - shrunk) * motion.contrast.float()
    alike = (edge * motion.likeness.float()).sum() / edge.sum().clamp(min=1e-6)
    return alike * (carried.sum() > LEAST_CARRIED * mask.sum())


def _dice(one: Tensor, other: Tensor) -> Tensor:
    """Soft Dice of two masks in [0, 1]."""
    return 2 * torch.minimum(one, other).sum() / (one.sum() + other.sum()).clamp(min=1e-6)


def _along(mask: Tensor, seen: Box, shift: Tensor, box: Box, full: Box, size: tuple[int, int]) -> Tensor:
    """Masks where the motion leads.

    Args:
        mask: (K, 1, h', w') of the part `seen` of the other frame.
        shift: (1, 2, ., .) of the whole frame `full`, in shares of it.
        box: part of the frame. size: (h, w) of its raster.

    Returns:
        (K, 1, h, w).
    """
    here = _places(box, full, size, mask.device)
    places = here + _sample(shift, here).permute(0, 2, 3, 1)
    offset = places.new_tensor([seen.left / full.size[1], seen.top / full.size[0]])
    share = places.new_tensor([seen.size[1] / full.size[1], seen.size[0] / full.size[0]])
    return _sample(mask, ((places - offset) / share).expand(len(mask), -1, -1, -1))


def _places(box: Box, full: Box, size: tuple[int, int], device: torch.device) -> Tensor:
    """(1, h, w, 2) places of a box's raster, columns first, in shares of the whole frame."""
    rows = (box.top + (torch.arange(size[0], device=device) + 0.5) * box.size[0] / size[0]) / full.size[0]
    columns = (box.left + (torch.arange(size[1], device=device) + 0.5) * box.size[1] / size[1]) / full.size[1]
    return torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=2)[None]


def _sample(maps: Tensor, places: Tensor) -> Tensor:
    """(N, C, H, W) maps at (N, h, w, 2) places in shares of width and height; the border goes on outside."""
    last = 1 - 1 / places.new_tensor([maps.shape[-1], maps.shape[-2]])
    return F.grid_sample(maps, torch.minimum(torch.maximum(2 * places - 1, -last), last), align_corners=False)
