"""From marked frames to every frame: soft masks frame by frame, away from the marks, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from rabengine.device import autocast
from rabengine.network.features import join_features, resize
from rabengine.network.image_model import ImageModel, Neighbour, ObjectMemory
from rabengine.network.matching import stack_matching

from .feature_store import FeatureStore
from .memory_bank import MemoryBank

if TYPE_CHECKING:
    from rabengine.presets import Preset

    from .tracking import Carried, TrackedMasks

CHUNK_FRAMES = 64  # frames at a time, where all are gone through
MARK_LOGIT = 8.0  # logit of a marked pixel


@dataclass
class SoftMasks:
    """The prediction of every frame.

    Attributes:
        logits: (T, K, h, w) float16 on the CPU, logit of object against background.
        agreement: (T, K) soft Dice of the two directions, 1 where there is one only.
    """

    logits: Tensor
    agreement: Tensor


@dataclass(frozen=True)
class AppearancePrediction:
    """What a model that segments each frame by itself predicts.

    Attributes:
        logits: (T, K, h, w) float16, logit of each segment against all else.
        share: of it in the result.
    """

    logits: Tensor
    share: float


@dataclass(frozen=True)
class Chain:
    """Frames to propagate to one after the other, away from a marked frame."""

    start: int
    frames: range


def chains(marked: list[int], count: int) -> list[Chain]:
    """All chains: from each marked frame forward and backward, up to the next marked frame or the cine's end."""
    result = []
    for position, start in enumerate(marked):
        after = marked[position + 1] if position + 1 < len(marked) else count
        before = marked[position - 1] if position > 0 else -1
        result += [Chain(start, range(start + 1, after)), Chain(start, range(start - 1, before, -1))]
    return [chain for chain in result if len(chain.frames)]


def frames_beside(frames: list[int]) -> list[int]:
    """The frame before each, for the first one of the cine the frame after it."""
    return [frame - 1 if frame > 0 else frame + 1 for frame in frames]


def direction_weight(chain: Chain, frame: int, marked: list[int]) -> float:
    """Share of a chain in a frame's result: 1 outside the marks, falling with distance between two of them."""
    ahead = [m for m in marked if (m > frame) == (chain.start < frame) and m != chain.start]
    if not ahead:
        return 1.0
    other = min(abs(m - frame) for m in ahead)
    return other / (other + abs(frame - chain.start))


class Propagator:
    """Predicts all frames with one model.

    Args:
        model: image model or relearned model.
        store: features of the frames.
        bank: the marks.
        preset: what to use.
        prediction: what another model predicts of each frame; it has its share in what goes on to the next frame.
        tracked: masks carried along with the motion; they have their share after that.
    """

    def __init__(
        self,
        model: ImageModel,
        store: FeatureStore,
        bank: MemoryBank,
        preset: Preset,
        prediction: AppearancePrediction | None = None,
        tracked: TrackedMasks | None = None,
    ) -> None:
        self.model, self.store, self.bank, self.preset = model, store, bank, preset
        self.prediction, self.tracked = prediction, tracked
        self.count = len(store.view.frames)
        self._memories: dict[tuple[int, tuple[int, ...]], ObjectMemory] = {}

    def steps(self) -> int:
        """Calls of `advance` that `run` will make."""
        return sum(1 for group in self._groups() for _ in self._queries(group))

    @torch.no_grad()
    def run(self, advance: Callable[[], None]) -> SoftMasks:
        """Predict every frame; `advance` is called after each and may raise."""
        height, width = self.store.view.map_size
        segments = len(self.bank.segments)
        device = self.store.device  # results stay there until the end: the loop never waits for a copy
        masks = SoftMasks(
            torch.zeros(self.count, segments, height, width, dtype=torch.float16, device=device),
            torch.ones(self.count, segments, device=device),
        )
        for group in self._groups():
            self._mark(masks, group)
            self._predict(masks, group, advance)
        return SoftMasks(masks.logits.cpu(), masks.agreement.cpu())

    def _groups(self) -> list[list[int]]:
        """Segments that share their marked frames; they travel together."""
        groups: dict[tuple[int, ...], list[int]] = {}
        for segment in self.bank.segments:
            groups.setdefault(tuple(mark.frame for mark in self.bank.of(segment)), []).append(segment)
        return list(groups.values())

    def _marked(self, group: list[int]) -> list[int]:
        return [mark.frame for mark in self.bank.of(group[0])]

    def _queries(self, group: list[int]) -> Iterator[tuple[Chain, int]]:
        marked = self._marked(group)
        if self.preset.neighbour:
            for chain in chains(marked, self.count):
                yield from ((chain, frame) for frame in chain.frames)
        else:
            alone = Chain(-1, range(self.count))
            yield from ((alone, frame) for frame in range(self.count) if frame not in marked)

    def _mark(self, masks: SoftMasks, group: list[int]) -> None:
        columns = [self.bank.segments.index(segment) for segment in group]
        for frame in self._marked(group):
            masks.logits[frame, columns] = self._marked_logits(group, frame)[:, 0].to(torch.float16)

    def _predict(self, masks: SoftMasks, group: list[int], advance: Callable[[], None]) -> None:
        columns = [self.bank.segments.index(segment) for segment in group]
        marked = self._marked(group)
        earlier: dict[int, Tensor] = {}
        prior_mask: Tensor | None = None
        for chain, frame in self._queries(group):
            if self.preset.neighbour and abs(frame - chain.start) == 1:
                prior_mask = self._marked_logits(group, chain.start)
            near = frame - 1 if frame > chain.start else frame + 1
            logit = self.frame(group, frame, near if self.preset.neighbour else None, prior_mask)
            prior_mask = logit if self.preset.neighbour else None
            weight = direction_weight(chain, frame, marked) if self.preset.neighbour else 1.0
            if weight == 1.0:
                masks.logits[frame, columns] = logit[:, 0].to(torch.float16)
            elif frame in earlier:
                other = earlier.pop(frame)
                blended = weight * logit + (1 - weight) * other
                masks.logits[frame, columns] = blended[:, 0].to(torch.float16)
                masks.agreement[frame, columns] = soft_agreement(logit, other)
            else:
                earlier[frame] = logit
            advance()

    def _marked_logits(self, group: list[int], frame: int) -> Tensor:
        """(len(group), 1, h, w) logits of a marked frame."""
        masks = torch.cat([self.bank.mask(segment, frame) for segment in group])
        return (2 * resize(masks, self.store.view.map_size) - 1) * MARK_LOGIT

    def frame(self, group: list[int], frame: int, near: int | None, prior_mask: Tensor | None) -> Tensor:
        """Logits (len(group), 1, h, w) of one frame, given its neighbour's."""
        logit = self._frame(group, frame, near, prior_mask)
        view, columns = self.store.view, [self.bank.segments.index(segment) for segment in group]
        if self.prediction is not None:
            other = self.prediction.logits[frame, columns][:, None].to(logit)
            logit = torch.lerp(logit.clamp(-MARK_LOGIT, MARK_LOGIT), other, self.prediction.share)
        if self.tracked is not None and bool(self.tracked.likeness[frame, columns].any()):
            logit = _with_carried(logit, self.tracked.at(frame, view.box, view.input_size, columns))
        return logit

    def _frame(self, group: list[int], frame: int, near: int | None, prior_mask: Tensor | None) -> Tensor:
        memories = self._memories_of(group, frame)
        if len({memory.matching.labels.shape for memory in memories}) > 1:  # numbers of supports differ: no one batch
            masks = [None] * len(group) if prior_mask is None else list(prior_mask.split(1))
            alone = zip(group, masks, strict=True)
            return torch.cat([self._frame([segment], frame, near, mask) for segment, mask in alone])
        memory = stack_memories(memories)
        batch = len(group)
        query = self.store.frame(frame).expand(batch)
        neighbour = None
        with autocast(self.store.device):
            if near is not None and prior_mask is not None:
                keys = self.model.key_projection(self.store.frame(near)).expand(batch, -1, -1, -1)
                soft = torch.sigmoid(prior_mask)
                moved = None if self.tracked is None else self.tracked.moved(soft, frame, near, self.store.view.box)
                neighbour = Neighbour(keys, soft, prior_mask.new_ones(batch, 1, 1, 1), moved)
            priors = None
            if self.preset.priors:
                keys = self.model.key_projection(query.frames(slice(0, 1))).expand(batch, -1, -1, -1)
                priors = self.model.priors(keys, memory, neighbour)
            logits = self.model(query, memory, priors).float()
        return logits[:, 1:] - logits[:, :1]

    def _memories_of(self, group: list[int], frame: int) -> list[ObjectMemory]:
        parts = []
        for segment in group:
            marks = self.bank.nearest(segment, frame, self.preset.supports)
            key = (segment, tuple(mark.frame for mark in marks))
            if key not in self._memories:
                if len(self._memories) > 4 * len(self.bank.segments):
                    self._memories.clear()
                self._memories[key] = self.bank.remember(self.model, segment, marks)
            parts.append(self._memories[key])
        return parts


def _with_carried(logits: Tensor, carried: Carried) -> Tensor:
    """(K, 1, h, w) logits with what was carried on a finer raster in its share."""
    size = (int(logits.shape[-2]), int(logits.shape[-1]))
    coarse = replace(carried, logits=resize(carried.logits[:, None], size)[:, 0])
    return coarse.weighed_into(logits[:, 0])[:, None]


def stack_memories(parts: list[ObjectMemory]) -> ObjectMemory:
    """Memories of several segments as one batch."""
    if len(parts) == 1:
        return parts[0]
    return ObjectMemory(
        join_features(part.features for part in parts),
        torch.cat([part.coarse for part in parts]),
        torch.cat([part.inside for part in parts]),
        stack_matching([part.matching for part in parts]),
    )


def soft_agreement(a: Tensor, b: Tensor) -> Tensor:
    """Soft Dice of two logits (K, 1, h, w), to (K,); two empty ones agree."""
    p, q = torch.sigmoid(a), torch.sigmoid(b)
    overlap = torch.minimum(p, q).sum(dim=(1, 2, 3))
    slack = 0.0005 * p.shape[-1] * p.shape[-2]
    return (2 * overlap + slack) / (p.sum(dim=(1, 2, 3)) + q.sum(dim=(1, 2, 3)) + slack)


def blend_masks(first: SoftMasks, second: SoftMasks, share: float) -> SoftMasks:
    """Two predictions as one: `share` of the second; they agree as far as each does and both do with each other."""
    logits = torch.lerp(first.logits.float(), second.logits.float(), share).half()
    agreement = torch.minimum(first.agreement, second.agreement) * mutual_agreement(first, second)
    return SoftMasks(logits, agreement)


def mutual_agreement(first: SoftMasks, second: SoftMasks) -> Tensor:
    """(T, K) soft Dice of two predictions of each frame."""
    pairs = zip(first.logits.split(CHUNK_FRAMES), second.logits.split(CHUNK_FRAMES), strict=True)
    flat = ((a.float().flatten(0, 1)[:, None], b.float().flatten(0, 1)[:, None]) for a, b in pairs)
    return torch.cat([soft_agreement(a, b) for a, b in flat]).view_as(first.agreement)
