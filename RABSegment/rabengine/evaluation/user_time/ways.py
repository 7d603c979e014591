"""The ways to mark a cine, and what each has after each mark: seconds of work, and the Dice of the whole cine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rabengine.evaluation.metrics import dice_table
from rabengine.evaluation.preset_method import EngineChoices
from rabengine.evaluation.protocols import THREE, marked_frames, presence
from rabengine.evaluation.videos import LabelledVideo
from rabengine.presets import Preset
from rabengine.segmentation import Segmentation
from rabengine.session.session import Session

from .costs import CHECK_SECONDS, CLICK_SECONDS, painting_seconds
from .marking import clicked_mark

MOST_MARKS = 5  # with corrections
PAINTED, QUICK, CAREFUL, CORRECTED = "painted", "clicked", "clicked-closer", "corrected"
GOOD, BETTER = 0.85, 0.90  # IoU at which a user who clicks is content
TITLES = {
    PAINTED: "painted",
    QUICK: f"clicked to IoU {GOOD:.2f}",
    CAREFUL: f"clicked to IoU {BETTER:.2f}",
    CORRECTED: f"one clicked to IoU {GOOD:.2f}, then corrected where Next frame to check is",
}

Facts = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """A cine after one more mark.

    Attributes:
        frame: that was marked. clicks: on it. seconds: of the user's work so far, waiting not among them.
        dice: mean over objects of the mean over all frames that show the object, marked ones too.
    """

    frame: int
    clicks: int
    seconds: float
    dice: float


class Marking:
    """One simulated user at one cine.

    Args:
        video: with its truth. preset: that segments after each mark. choices: device and weights. seed: of the session.
    """

    def __init__(self, video: LabelledVideo, preset: Preset, choices: EngineChoices, seed: int) -> None:
        self._video, self._preset = video, preset
        self._session = Session(video.frames, device=choices.device, weights=choices.weights, seed=seed)
        self._marks: dict[int, np.ndarray] = {}
        self.points: list[Point] = []
        self.result: Segmentation | None = None

    def paint(self, frame: int) -> None:
        """Mark a frame as the truth has it."""
        labels = self._video.truth[frame]
        self._mark(frame, labels, 0, painting_seconds(labels))

    def click(self, frame: int, target: float) -> None:
        """Mark a frame by clicks, from nothing."""
        self._click(frame, np.zeros_like(self._video.truth[frame]), target, 0.0)

    def correct(self, target: float) -> bool:
        """Check the frame that the last result names and correct what it shows; False where none is left."""
        if self.result is None or self.result.next_frame is None:
            return False
        frame = self.result.next_frame
        self._click(frame, self.result.labels[frame], target, CHECK_SECONDS)
        return True

    def _click(self, frame: int, shown: np.ndarray, target: float, seconds: float) -> None:
        video = self._video
        labels, count = clicked_mark(
            self._session, frame, video.truth[frame], video.objects, self._marks, shown, target
        )
        self._mark(frame, labels, count, seconds + CLICK_SECONDS * count)

    def _mark(self, frame: int, labels: np.ndarray, clicks: int, seconds: float) -> None:
        self._marks[frame] = np.array(labels)
        before = self.points[-1].seconds if self.points else 0.0
        if any(mark.any() for mark in self._marks.values()):
            self.result = self._session.segment(self._marks, preset=self._preset)
        dice = 0.0 if self.result is None else whole_dice(self.result.labels, self._video)
        self.points.append(Point(frame, clicks, round(before + seconds, 2), round(dice, 5)))


def all_ways(video: LabelledVideo, preset: Preset, choices: EngineChoices, seed: int) -> dict[str, list[Facts]]:
    """Each way on a cine from its beginning; {way: `Point`s as plain values}.

    The first three have the same frames marked: the first that shows the objects, the middle and the last one.
    """
    frames = marked_frames(THREE, video.truth, video.objects)

    def same_frames(mark: Callable[[Marking, int], None]) -> list[Point]:
        user = Marking(video, preset, choices, seed)
        for frame in frames:
            mark(user, frame)
        return user.points

    def corrected() -> list[Point]:
        user = Marking(video, preset, choices, seed)
        user.click(frames[0], GOOD)
        while len(user.points) < MOST_MARKS and user.correct(GOOD):
            pass
        return user.points

    found = {
        PAINTED: same_frames(lambda user, frame: user.paint(frame)),
        QUICK: same_frames(lambda user, frame: user.click(frame, GOOD)),
        CAREFUL: same_frames(lambda user, frame: user.click(frame, BETTER)),
        CORRECTED: corrected(),
    }
    return {way: [asdict(point) for point in points] for way, points in found.items()}


def whole_dice(labels: np.ndarray, video: LabelledVideo) -> float:
    """Mean over objects of the mean Dice of all frames that truly show the object."""
    table, shown = dice_table(labels, video.truth, video.objects), presence(video.truth, video.objects)
    return float(np.mean([table[shown[:, column], column].mean() for column in range(table.shape[1])]))
