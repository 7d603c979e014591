"""Marks a segment on a frame by clicks, scribbles and boxes: panel and page alike."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rabengine.errors import RABSegmentError
from rabengine.events import Failed, PromptEvent, Stopped
from rabengine.prompts import PromptedMask
from RABSegmentLib.Engine.Client import EngineClient
from RABSegmentLib.Engine.Prompting import FramePrompt, PromptCall
from RABSegmentLib.Scene.Marks import MarkKeeping
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence
from RABSegmentLib.Signal import Signal
from RABSegmentLib.Translation import tr as _

from .FramePrompts import FramePrompts, Point, PromptStep, pixelsOf

MOST_KNOWN = 3  # marked frames that are sent along; the engine looks at no more


@dataclass(frozen=True)
class FoundMask:
    """What a segment is to have on a frame.

    Attributes:
        frame, segmentId: where.
        mask: (H, W) bool; what other segments have is not in it, unless it may be taken.
        quality: the IoU with what the user means that the engine expects; None where it was not asked.
        returned: {segment: (H, W) bool}, what other segments are to have, which get back what was taken from them.
    """

    frame: int
    segmentId: str
    mask: np.ndarray
    quality: float | None = None
    returned: Mapping[str, np.ndarray] = field(default_factory=dict)

    def changesOf(self, masks: Mapping[str, np.ndarray], takesOthers: bool) -> dict[str, np.ndarray]:
        """{segment: (H, W) bool} of what the frame is to have instead of {segment: (H, W) bool} that it has."""
        if not self.returned and np.array_equal(self.mask, masks[self.segmentId]):
            return {}
        changed = {self.segmentId: self.mask, **self.returned}
        if takesOthers:
            others = {name: mask for name, mask in {**masks, **self.returned}.items() if name != self.segmentId}
            changed |= {name: mask & ~self.mask for name, mask in others.items() if (mask & self.mask).any()}
        return changed

    @property
    def isUndo(self) -> bool:
        """Whether it takes something back: a segment that is empty then is not absent, it is as it was before."""
        return self.quality is None


class PromptMarking:
    """Keeps what the user says of one segment on one frame, asks the engine, and tells the masks that come of it.

    It writes nothing: who listens to `found` puts the mask into the segment, so that each front end has its own undo.
    Another frame or segment, or a mask that somebody else changed meanwhile, starts fresh prompts. What was said of
    the frame or segment before is answered nevertheless, unless its mask was changed meanwhile.

    Args:
        segmentation: of the cine.
        keeping: knows which frames are marked.
        engine: gives the client with the cine chosen, for a device.

    Attributes:
        found: emits the mask of each answer, and at once those that an undo brings back.
        previewed: emits the mask that a click would give; nobody is to write it.
        failed: emits why an answer cannot be given.
        changed: emitted when the steps changed, or whether an answer is awaited.
        takesOthers: a mask may take what other segments have.
        device: on which the cine is opened where it is not open yet.
    """

    def __init__(
        self,
        segmentation: SegmentationSequence,
        keeping: MarkKeeping,
        engine: Callable[[str], EngineClient],
    ) -> None:
        self.found: Signal[[FoundMask]] = Signal()
        self.previewed: Signal[[FoundMask]] = Signal()
        self.failed: Signal[[Failed]] = Signal()
        self.changed: Signal[[]] = Signal()
        self.takesOthers = False
        self.device = "auto"
        self._segmentation = segmentation
        self._keeping = keeping
        self._engine = engine
        self._prompts: FramePrompts | None = None
        self._call: PromptCall | None = None
        self._left: list[tuple[PromptCall, FramePrompts]] = []  # awaited for a frame or segment that was left
        self._preview: PromptCall | None = None
        self._client: EngineClient | None = None

    @property
    def isWaiting(self) -> bool:
        """Whether an answer is awaited that will be told by `found`."""
        return self._call is not None

    @property
    def canUndo(self) -> bool:
        return self._prompts is not None and bool(self._prompts.steps)

    @property
    def steps(self) -> tuple[PromptStep, ...]:
        """What was said of the segment and frame at hand, to be drawn."""
        return () if self._prompts is None else self._prompts.steps

    @property
    def frame(self) -> int | None:
        """Of the steps; None where there are none yet."""
        return None if self._prompts is None else self._prompts.frame

    def isAbout(self, frame: int, segmentId: str) -> bool:
        """Whether the steps are of this frame and segment."""
        prompts = self._prompts
        return prompts is not None and (prompts.frame, prompts.segmentId) == (frame, segmentId)

    def warm(self, frame: int) -> None:
        """Have the engine's process and its network ready before anybody asks; what it lacks is told when they do."""
        with contextlib.suppress(RABSegmentError):
            self._engineOfCine().prepare(frame)

    def prepare(self, frame: int, segmentId: str | None = None) -> None:
        """A frame is shown: let the engine have ready what its first click needs; what it lacks is told at once."""
        known = [] if segmentId is None else self._knownFrames(frame, segmentId)
        try:
            call = self._engineOfCine().prepare(frame, known)
        except RABSegmentError as error:
            self.failed.emit(Failed.of(error))
            return
        call.answers.connect(self._onPrepared)

    def click(self, frame: int, segmentId: str, x: float, y: float, isPositive: bool = True) -> None:
        """The pixel in column x and row y is in the segment, or is not."""
        self._add(frame, segmentId, PromptStep(((x, y),), isPositive))

    def scribble(self, frame: int, segmentId: str, points: Sequence[Point], isPositive: bool = True) -> None:
        """The pixels (column, row) on a line are in the segment, or are not; a line of one point is a click."""
        self._add(frame, segmentId, PromptStep(tuple(points), isPositive))

    def box(self, frame: int, segmentId: str, one: Point, other: Point) -> None:
        """The segment lies in the box between two opposite corners."""
        rows, columns = self._segmentation.cine.frameSize
        (x0, x1), (y0, y1) = sorted((one[0], other[0])), sorted((one[1], other[1]))
        corners = (max(x0, 0), max(y0, 0)), (min(x1, columns - 1), min(y1, rows - 1))
        self._add(frame, segmentId, PromptStep(corners, isBox=True))

    def preview(self, frame: int, segmentId: str, x: float, y: float, isPositive: bool = True) -> None:
        """Ask what a click would give; `previewed` tells it, unless a newer preview or a step comes first."""
        self.endPreview()
        prompts = self._current(frame, segmentId)
        if self._owner(prompts, PromptStep(((x, y),), isPositive)):
            return
        clicks = (*prompts.clicks, (x, y, isPositive))
        soFar = prompts.known if prompts.known is not None and prompts.known.any() else prompts.soFar
        call = self._ask(self._promptOf(prompts, clicks, soFar, f"{segmentId} preview"))
        if call is not None:
            self._preview = call
            call.answers.connect(lambda event: self._onPreview(call, prompts, event))

    def endPreview(self) -> None:
        """Nobody waits for a preview any more. Idempotent."""
        call, self._preview = self._preview, None
        if call is not None and self._client is not None:
            self._client.dropPrompt(call)

    def undo(self) -> bool:
        """Take the last step back; False where there is none."""
        prompts = self._prompts
        if prompts is None or not prompts.steps:
            return False
        self._dropCall()
        prompts.undo()
        known = prompts.known
        if known is None:
            self._askFor(prompts)
        else:
            self._tell(prompts, known, None)
        self.changed.emit()
        return True

    def takeBack(self) -> bool:
        """Take back the newest step that awaits its answer, wherever it was said; False where none does."""
        if self._call is not None:
            return self.undo()
        if not self._left:
            return False
        call, prompts = self._left.pop()
        prompts.undo()
        self._drop(call)
        return True

    def startOver(self) -> None:
        """Take all steps back at once."""
        prompts = self._prompts
        if prompts is None or not prompts.steps:
            return
        self._dropCall()
        while prompts.steps:
            prompts.undo()
        self._tell(prompts, prompts.base, None)
        self.changed.emit()

    def leave(self) -> None:
        """Start fresh with the next step; what is awaited is told when it comes. Idempotent."""
        self.endPreview()
        self._leaveCall()
        if self._prompts is not None:
            self._prompts = None
            self.changed.emit()

    def forget(self) -> None:
        """Start fresh with the next step, and drop what is awaited; masks stay. Idempotent."""
        self.endPreview()
        self._dropCall()
        left, self._left = self._left, []
        for call, _prompts in left:
            self._drop(call)
        if self._prompts is not None:
            self._prompts = None
            self.changed.emit()

    def close(self) -> None:
        """The engine is about to end."""
        self.forget()
        self._client = None

    def _add(self, frame: int, segmentId: str, step: PromptStep) -> None:
        self.endPreview()
        prompts = self._current(frame, segmentId)
        owner = self._owner(prompts, step)
        if owner:
            name = self._segmentation.segmentName(owner)
            text = _("{name} has this place. Switch on Take from others to take it.").format(name=name)
            self.failed.emit(Failed(text, kind="input"))
            return
        self._dropCall()
        prompts.add(step)
        self._askFor(prompts)
        self.changed.emit()

    def _current(self, frame: int, segmentId: str) -> FramePrompts:
        """The prompts of a frame and segment; fresh ones where what is there is not what they made."""
        now = self._segmentation.masks(frame)[segmentId]
        if not self.isAbout(frame, segmentId):
            self._leaveCall()
            self._comeBack(frame, segmentId)
        prompts = self._prompts
        if prompts is None or not np.array_equal(prompts.shown, now):
            self._dropCall()
            others = {name: mask for name, mask in self._segmentation.masks(frame).items() if name != segmentId}
            prompts = self._prompts = FramePrompts(frame, segmentId, now, others)
        return prompts

    def _leaveCall(self) -> None:
        """Its frame or segment is left while it is awaited."""
        if self._call is not None and self._prompts is not None:
            self._left.append((self._call, self._prompts))
        self._call = None

    def _comeBack(self, frame: int, segmentId: str) -> None:
        """To prompts of a frame and segment that were left while their answer was awaited; to none where none were."""
        self._prompts = None
        for call, prompts in self._left:
            if (prompts.frame, prompts.segmentId) == (frame, segmentId):
                self._call, self._prompts = call, prompts
        self._left = [left for left in self._left if left[1] is not self._prompts]

    def _askFor(self, prompts: FramePrompts) -> None:
        call = self._ask(self._promptOf(prompts, prompts.clicks, prompts.soFar, prompts.segmentId))
        if call is not None:
            self._call = call
            call.answers.connect(lambda event: self._onAnswer(call, prompts, event))

    def _promptOf(
        self,
        prompts: FramePrompts,
        clicks: Sequence[tuple[float, float, bool]],
        soFar: np.ndarray | None,
        name: str,
    ) -> FramePrompt:
        known = {
            other: self._segmentation.masks(other)[prompts.segmentId]
            for other in self._knownFrames(prompts.frame, prompts.segmentId)
        }
        return FramePrompt(prompts.frame, clicks, prompts.box, prompts.scribble, soFar, known, name)

    def _knownFrames(self, frame: int, segmentId: str) -> list[int]:
        """The nearest other frames on which the user marked the segment, nearest first."""
        records = {other: self._segmentation.record(other) for other in self._keeping.markedFrames() if other != frame}
        drawn = [other for other, record in records.items() if segmentId in {*record.known} & {*record.fingerprints}]
        return sorted(drawn, key=lambda other: abs(other - frame))[:MOST_KNOWN]

    def _ask(self, asked: FramePrompt) -> PromptCall | None:
        try:
            return self._engineOfCine().prompt(asked)
        except RABSegmentError as error:
            self.failed.emit(Failed.of(error))
            return None

    def _engineOfCine(self) -> EngineClient:
        self._client = self._engine(self.device)
        return self._client

    def _dropCall(self) -> None:
        call, self._call = self._call, None
        self._drop(call)

    def _drop(self, call: PromptCall | None) -> None:
        if call is not None and self._client is not None:
            self._client.dropPrompt(call)

    def _onPrepared(self, event: PromptEvent) -> None:
        if isinstance(event, Failed):
            self.failed.emit(event)

    def _onAnswer(self, call: PromptCall, prompts: FramePrompts, event: PromptEvent) -> None:
        if (call, prompts) in self._left:
            self._left.remove((call, prompts))
            self._onLeft(prompts, event)
            return
        if call is not self._call or prompts is not self._prompts:
            return  # late: another step
        self._call = None
        if isinstance(event, PromptedMask) and self._isThere(prompts):
            prompts.answer(event.mask)
            self._tell(prompts, event.mask, event.quality)
        elif isinstance(event, Failed):
            prompts.undo()  # so that it is not said again with the next one
            self.failed.emit(event)
        elif isinstance(event, Stopped) and self._isThere(prompts):
            self._askFor(prompts)  # a run opened the cine anew meanwhile, such as on another device
        self.changed.emit()

    def _onLeft(self, prompts: FramePrompts, event: PromptEvent) -> None:
        """The answer to what was said of a frame or segment that was left since."""
        if not self._isThere(prompts):
            return
        isAsWas = np.array_equal(prompts.shown, self._segmentation.masks(prompts.frame)[prompts.segmentId])
        if isinstance(event, PromptedMask) and isAsWas:
            prompts.answer(event.mask)
            self._tell(prompts, event.mask, event.quality)
        elif isinstance(event, Failed):
            self.failed.emit(event)
        elif isinstance(event, Stopped):  # a run opened the cine anew meanwhile
            call = self._ask(self._promptOf(prompts, prompts.clicks, prompts.soFar, prompts.segmentId))
            if call is not None:
                self._left.append((call, prompts))
                call.answers.connect(lambda event: self._onAnswer(call, prompts, event))

    def _onPreview(self, call: PromptCall, prompts: FramePrompts, event: PromptEvent) -> None:
        if call is not self._preview:
            return
        self._preview = None
        if isinstance(event, PromptedMask) and self._isThere(prompts):
            allowed = self._allowed(prompts)
            self.previewed.emit(FoundMask(prompts.frame, prompts.segmentId, event.mask & allowed, event.quality))

    def _isThere(self, prompts: FramePrompts) -> bool:
        segmentation = self._segmentation
        return segmentation.isInScene and prompts.segmentId in segmentation.segmentIds()

    def _tell(self, prompts: FramePrompts, mask: np.ndarray, quality: float | None) -> None:
        allowed = mask & self._allowed(prompts)
        taken = prompts.shown & ~prompts.base & ~allowed
        prompts.shown = allowed
        returned = {}
        for name, now in self._others(prompts).items():
            before = prompts.others.get(name)
            if before is not None and (before & taken & ~now).any():
                returned[name] = now | before & taken
        self.found.emit(FoundMask(prompts.frame, prompts.segmentId, allowed, quality, returned))

    def _owner(self, prompts: FramePrompts, step: PromptStep) -> str:
        """The segment that has all of a click or line that is to add something; empty where some of it may be had.

        The mask could not come to where the user points, so it would grow elsewhere.
        """
        if step.isBox or not step.isPositive:
            return ""
        rows, columns = pixelsOf(step.points, prompts.size)
        if self._allowed(prompts)[rows, columns].any():
            return ""
        others = self._others(prompts).items()
        return next((name for name, mask in others if mask[rows, columns].any()), "")

    def _allowed(self, prompts: FramePrompts) -> np.ndarray:
        """(H, W) bool: the pixels that no other segment has, or that this one had beside another."""
        if self.takesOthers:
            return np.ones(prompts.size, bool)
        return prompts.base | ~np.any([np.zeros(prompts.size, bool), *self._others(prompts).values()], axis=0)

    def _others(self, prompts: FramePrompts) -> dict[str, np.ndarray]:
        """{segment: (H, W) bool} of the other segments, as they are now."""
        masks = self._segmentation.masks(prompts.frame)
        return {name: mask for name, mask in masks.items() if name != prompts.segmentId}
