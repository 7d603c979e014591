"""The frames that a request is about: those of scenes that have nothing to do with the marked ones are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from rabengine.events import Event, PartialResult, ProgressCallback
from rabengine.io.files.label_array import new_labels
from rabengine.next_frame import next_frame_to_check
from rabengine.segmentation import Segmentation

Value = TypeVar("Value")


@dataclass(frozen=True)
class Selection:
    """Some frames of a cine, numbered anew for those who see only them.

    Attributes:
        frames: T frame numbers of the cine, ascending.
        foreign: {frame: likeness with the marked scenes, in [0, 1)} of the others.
    """

    frames: tuple[int, ...]
    foreign: Mapping[int, float]

    @classmethod
    def without(cls, foreign: Mapping[int, float], count: int) -> Selection:
        """All of a cine's `count` frames but the foreign ones."""
        return cls(tuple(frame for frame in range(count) if frame not in foreign), foreign)

    def of(self, frames: np.ndarray) -> np.ndarray:
        """The frames themselves: a view of the array where they follow each other, as all of them do."""
        first, last = self.frames[0], self.frames[-1]
        if last - first + 1 == len(self.frames):
            return frames[first : last + 1]
        return frames[list(self.frames)]

    def numbered(self, by_frame: Mapping[int, Value]) -> dict[int, Value]:
        """What is known by frame of the cine, by number among the chosen ones."""
        place = {frame: number for number, frame in enumerate(self.frames)}
        return {place[frame]: value for frame, value in by_frame.items() if frame in place}

    def told(self, progress: ProgressCallback | None) -> ProgressCallback | None:
        """Who hears the events, with the cine's frame numbers in them."""
        if progress is None or not self.foreign:
            return progress

        def tell(event: Event) -> None:
            if isinstance(event, PartialResult):
                event = replace(event, indices=tuple(self.frames[number] for number in event.indices))
            progress(event)

        return tell

    def whole(self, found: Segmentation, marked: Iterable[int]) -> Segmentation:
        """The result for the whole cine: nothing is painted on foreign frames, the surer the less they are alike.

        Args:
            found: of the chosen frames. marked: frames of the cine.
        """
        if not self.foreign:
            return found
        count = len(self.frames) + len(self.foreign)
        labels = new_labels((count, *found.labels.shape[1:]))
        confidence = np.ones((count, len(found.segments)), np.float32)
        for number, frame in enumerate(self.frames):
            labels[frame], confidence[frame] = found.labels[number], found.confidence[number]
        known = tuple(sorted(marked))
        for frame, alike in self.foreign.items():
            if frame not in known:
                confidence[frame] = (1 - alike) ** 0.5
        return replace(
            found,
            labels=labels,
            confidence=confidence,
            marked_frames=known,
            warnings=(*found.warnings, self._sentence()),
            next_frame=next_frame_to_check(confidence.min(axis=1), list(known)),
        )

    def _sentence(self) -> str:
        listed = in_words(sorted(self.foreign))
        return f"On frames of another scene than the marked ones nothing is painted: {listed}. Mark one to change that."


def in_words(frames: Sequence[int]) -> str:
    """Ascending frame numbers in words: "3, 7 to 9"."""
    runs: list[list[int]] = []
    for frame in frames:
        if runs and frame == runs[-1][-1] + 1:
            runs[-1].append(frame)
        else:
            runs.append([frame])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
