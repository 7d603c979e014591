"""A cine without a mark of its own, segmented from marked frames of other cines.

The marked frames are put before the cine's own, made alike in size and brightness, and cut off the result. What is
seen on both sides of the seam is no movement, so none is sought across it; among the cine's own frames it is.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F

from rabengine.errors import InputError
from rabengine.events import ProgressCallback
from rabengine.next_frame import next_frame_to_check
from rabengine.presets import Preset, get_preset
from rabengine.propagation.input_view import GreyWindow, InputView, check_frames, grey_window
from rabengine.propagation.motion import SIDE, CineMotion
from rabengine.propagation.optical_flow import register
from rabengine.propagation.propagator import Chain
from rabengine.propagation.tracking import TrackedMasks
from rabengine.segmentation import Segmentation
from rabengine.session.checks import checked_images
from rabengine.session.session import Session
from rabengine.session.step import Cost
from rabengine.session.steps.judgement import Judgement
from rabengine.session.steps.tracking import TRACKING, MotionTracking

from .marked_frame import MarkedFrame

if TYPE_CHECKING:
    from collections.abc import Callable

    from rabengine.session.work import Work

STEP_ITERATIONS = 3


def as_picture(frame: np.ndarray, window: GreyWindow) -> np.ndarray:
    """A frame (h, w) or (h, w, 3) of any real dtype as uint8, black and white where the window says."""
    pixels = np.nan_to_num(np.asarray(frame, np.float32), nan=window.low, posinf=window.high, neginf=window.low)
    scaled = (pixels - window.low) / (window.high - window.low)
    return (scaled.clip(0, 1) * 255).round().astype(np.uint8)


def carry_over(
    frames: np.ndarray,
    supports: Sequence[MarkedFrame],
    *,
    marks: Mapping[int, np.ndarray] | None = None,
    learned: Mapping[tuple[int, ...], Any] | None = None,
    preset: str | Preset = "fast",
    device: str = "auto",
    seed: int = 0,
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
) -> Segmentation:
    """Segment a cine from marked frames of others.

    Args:
        frames: (T, H, W) or (T, H, W, 3), any real dtype, T at least 2.
        supports: one or more, the best-matching last: it stands beside the cine's first frame.
        marks: {frame: (H, W) labels} of the cine itself; they may only say where the object is absent.
        learned: see `Session.begin_with`.
        preset, device, seed, progress, cancel: as of `Session.segment`.

    Returns:
        Labels and confidence of the cine's own frames; those of others do not count as marked.

    Raises:
        InputError: the frames cannot be used, or no support has an object on it.
        Cancelled: `cancel` was set.
    """
    check_frames(frames)
    if not any(support.labels.any() for support in supports):
        raise InputError("No other cine of the study has a marked object.", "Mark the object on a frame of one.")
    seam = len(supports)
    joined, before = put_before(frames, supports)
    session = Session(joined, device=device, seed=seed)
    session.begin_with(learned or {})
    drawn = {number: support.labels for number, support in enumerate(before)}
    drawn |= {seam + frame: labels for frame, labels in checked_images(marks or {}, frames).items()}
    found = session.segment(drawn, preset=with_seam(get_preset(preset), seam), progress=progress, cancel=cancel)
    trust, own_marks = found.confidence[seam:], sorted(marks or ())
    return replace(
        found,
        labels=found.labels[seam:],
        confidence=trust,
        marked_frames=tuple(own_marks),
        next_frame=next_frame_to_check(trust.min(axis=1), own_marks),
    )


def put_before(frames: np.ndarray, supports: Sequence[MarkedFrame]) -> tuple[np.ndarray, list[MarkedFrame]]:
    """Marked frames of others and the cine's own, (N + T, H, W[, 3]) uint8, and the former as they are there."""
    window = grey_window(frames)
    own = np.stack([as_picture(frame, window) for frame in frames])
    before = [fitted(support, own.shape[1:]) for support in supports]
    return np.concatenate([np.stack([support.picture for support in before]), own]), before


def with_seam(preset: Preset, seam: int) -> Preset:
    """The preset, which follows no motion from the first `seam` frames to the others.

    Nor does it leave out what it takes for another scene, which the cine is beside the others. Nor does it judge the
    masks: the judge has seen no marks of other cines, and would call right masks absent.
    """
    steps = tuple(
        SeamedTracking(step.least_likeness, step.enough_followed, seam) if isinstance(step, MotionTracking) else step
        for step in preset.steps
        if not isinstance(step, Judgement)
    )
    return replace(preset, steps=steps, scenes=False)


@dataclass(frozen=True)
class SeamedTracking:
    """Find the motion among a cine's own frames alone; see `MotionTracking` for the other choices.

    Attributes:
        seam: frames at the beginning that are of other cines, each of which is marked.
    """

    is_seeded: ClassVar[bool] = False
    least_likeness: float
    enough_followed: float
    seam: int

    def costs(self, work: Work) -> list[Cost]:
        return [(TRACKING, self._tracks(work).steps())]

    def run(self, work: Work) -> None:
        tracks = self._tracks(work)
        work.progress.begin(TRACKING, tracks.steps())
        tracks.follow(work.progress.advance)
        work.tracked = tracks

    def _tracks(self, work: Work) -> TrackedMasks:
        task = work.task
        view = InputView(work.store.view.frames, SIDE)
        motion = SeamedMotion(view, work.plan.device, self.seam)
        return TrackedMasks(motion, task.marks, task.segments, task.known_frames(), self.least_likeness)


class SeamedMotion(CineMotion):
    """Motion from each of a cine's own frames to the one before it, and none to the frames before the seam.

    Args:
        view: frames of other cines, then the cine's own.
        device: where it is sought.
        seam: how many are of other cines.
    """

    def __init__(self, view: InputView, device: torch.device, seam: int) -> None:
        super().__init__(view, device)
        self._seam = seam

    @torch.no_grad()
    def follow(self, chain: Chain, advance: Callable[[], None]) -> None:
        """Find the motion from each own frame of a chain to its own neighbour; `advance` may raise."""
        for previous, frame in zip([chain.start, *chain.frames], chain.frames, strict=False):
            is_own = min(previous, frame) >= self._seam
            if is_own and self._left > 0 and self.between(frame, previous) is None:
                self._forget_but(frame, previous)
                step = register(self._pyramid(frame), self._pyramid(previous), STEP_ITERATIONS)
                self._keep(frame, previous, step)
            advance()


def fitted(support: MarkedFrame, shape: tuple[int, ...]) -> MarkedFrame:
    """A marked frame in the size of a cine's frames, (H, W) or (H, W, 3), grey or in colour as they are."""
    picture = np.asarray(support.picture)
    is_colour = picture.ndim == 3
    if is_colour and len(shape) == 2:
        picture, is_colour = picture.mean(axis=2).round().astype(np.uint8), False
    size = (int(shape[0]), int(shape[1]))
    pixels = torch.from_numpy(picture.astype(np.float32))
    planes = pixels.permute(2, 0, 1)[None] if is_colour else pixels[None, None]
    fitted = F.interpolate(planes, size=size, mode="bilinear", align_corners=False, antialias=True)[0]
    seen = fitted.round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    if not is_colour:
        seen = np.repeat(seen, 3, axis=2) if len(shape) == 3 else seen[..., 0]
    rows = ((np.arange(size[0]) + 0.5) * support.labels.shape[0] / size[0]).astype(int)
    columns = ((np.arange(size[1]) + 0.5) * support.labels.shape[1] / size[1]).astype(int)
    return MarkedFrame(np.ascontiguousarray(seen), np.asarray(support.labels, np.uint8)[np.ix_(rows, columns)])
