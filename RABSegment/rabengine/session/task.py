"""What a session is asked: marks and a preset, the labels that soft masks become, and who hears of the progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from rabengine.events import PartialResult
from rabengine.io.files.label_array import new_labels
from rabengine.propagation.input_view import Box, InputView
from rabengine.propagation.propagator import SoftMasks
from rabengine.propagation.tracking import TrackedMasks

from .progress import RequestProgress

if TYPE_CHECKING:
    from rabengine.presets import Preset

PARTIAL_FRAMES = 32  # frames in one partial result


def frame_labels(
    masks: SoftMasks, frame: int, segments: tuple[int, ...], view: InputView, tracked: TrackedMasks | None = None
) -> np.ndarray:
    """(H, W) uint8: the strongest segment where any is likelier than background.

    The logits are brought to full size before they are compared, so that borders are smooth, not blocks. Masks that
    were carried along come at full size.
    """
    logits = view.paste(masks.logits[frame])
    if tracked is not None and bool(tracked.likeness[frame].any()):
        logits = tracked.at(frame, view.full, view.full.size).cpu().weighed_into(logits)
    strongest, column = logits.max(dim=0)
    labels = torch.tensor(segments, dtype=torch.uint8)[column]
    return torch.where(strongest > 0, labels, labels.new_zeros(())).numpy()


@dataclass(frozen=True)
class SegmentationTask:
    """What one request asks of a session.

    Attributes:
        marks: {frame: (H, W) labels}.
        segments: label values in the marks.
        partial: a segment not drawn on a marked frame is unknown there, not absent.
        preset: steps and choices, within what the device allows.
        progress: hears of the progress, and says when to stop.
        absent: {frame: label values} known to be absent on a marked frame, also when `partial`.
    """

    marks: dict[int, np.ndarray]
    segments: tuple[int, ...]
    partial: bool
    preset: Preset
    progress: RequestProgress
    absent: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def known_frames(self) -> list[list[int]]:
        """For each segment the frames on which the user said where it is, or that it is absent."""
        return [[frame for frame in sorted(self.marks) if self._is_known(frame, segment)] for segment in self.segments]

    def is_within(self, box: Box) -> bool:
        """Whether everything marked lies inside a box."""
        for labels in self.marks.values():
            inside = labels[box.top : box.bottom, box.left : box.right]
            if np.count_nonzero(inside) < np.count_nonzero(labels):
                return False
        return True

    def labels(self, masks: SoftMasks, view: InputView, tracked: TrackedMasks | None = None) -> np.ndarray:
        """(T, H, W) labels of all frames."""
        labels = new_labels(view.frames.shape[:3])
        for frame in range(len(labels)):
            self.progress.check()
            labels[frame] = self.frame_labels(masks, frame, view, tracked)
        return labels

    def frame_labels(
        self, masks: SoftMasks, frame: int, view: InputView, tracked: TrackedMasks | None = None
    ) -> np.ndarray:
        """A frame's labels; a marked one is what its user drew (with what was left unknown filled in)."""
        drawn = self.marks.get(frame)
        if drawn is None:
            return frame_labels(masks, frame, self.segments, view, tracked)
        if not self.partial:
            return drawn
        unknown = [segment for segment in self.segments if not self._is_known(frame, segment)]
        predicted = frame_labels(masks, frame, self.segments, view, tracked)
        return np.where((drawn == 0) & np.isin(predicted, unknown), predicted, drawn)

    def emit(
        self,
        masks: SoftMasks,
        view: InputView,
        tracked: TrackedMasks | None = None,
        frames: Sequence[int] | None = None,
    ) -> None:
        """Hand out the prediction so far, of all frames or some."""
        chosen = list(range(len(masks.logits)) if frames is None else frames)
        for start in range(0, len(chosen), PARTIAL_FRAMES):
            part = chosen[start : start + PARTIAL_FRAMES]
            labels = np.stack([self.frame_labels(masks, frame, view, tracked) for frame in part])
            self.progress.emit(PartialResult(tuple(part), labels))

    def _is_known(self, frame: int, segment: int) -> bool:
        """Whether the user said where a segment is on a marked frame, or that it is absent there."""
        return not self.partial or segment in self.absent.get(frame, ()) or bool((self.marks[frame] == segment).any())
