"""A simulated user adds marks, one a round, until the whole cine is good enough."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .metrics import dice_table
from .prediction import Method, Prediction, can_stay_open
from .protocols import FIRST, marked_frames, marks_of, presence
from .videos import LabelledVideo

TARGET = 0.90
MOST_MARKS = 10
NEXT, DISTANT, RANDOM, WORST = "next", "distant", "random", "worst"
STRATEGIES = (NEXT, DISTANT, RANDOM, WORST)
TITLES: Mapping[str, str] = {
    NEXT: "the frame that the method names",
    DISTANT: "the frame farthest from any mark",
    RANDOM: "a random frame",
    WORST: "the truly worst frame",
}


class Correction:
    """One method on one cine, asked again and again with more marks.

    Args:
        method: called anew each round, or kept open between rounds if it can be.
        video: the cine and its truth.
        seed: of the method and of the random choices.
    """

    def __init__(self, method: Method, video: LabelledVideo, seed: int) -> None:
        self._method = method
        self._video = video
        self._seed = seed
        self._known: dict[tuple[int, ...], tuple[Prediction, np.ndarray, float]] = {}

    def run(self, strategy: str) -> dict[str, Any] | None:
        """Add marks by one strategy.

        Returns:
            strategy; marks, the frames in the order of their marking; dice and seconds after each mark; needed, the
            number of marks at which the mean Dice over unmarked frames reached TARGET, None if it did not with
            MOST_MARKS, or with as many as leave something to score. None where the method names no next frame.
        """
        video = self._video
        ask = self._asker()
        generator = np.random.default_rng(self._seed)
        marked = [*marked_frames(FIRST, video.truth, video.objects)]
        dice: list[float] = []
        seconds: list[float] = []
        while True:
            prediction, table, spent = ask(tuple(sorted(marked)))
            dice.append(round(mean_dice(table, video, marked), 5))
            seconds.append(round(spent, 3))
            is_done = dice[-1] >= TARGET
            if is_done or len(marked) == MOST_MARKS:
                break
            added = chosen_frame(strategy, prediction, table, marked, generator)
            if added is None:
                return None
            if not is_scored([*marked, added], video):
                break
            marked.append(added)
        needed = len(marked) if is_done else None
        return {"strategy": strategy, "marks": marked, "dice": dice, "seconds": seconds, "needed": needed}

    def _asker(self) -> Callable[[tuple[int, ...]], tuple[Prediction, np.ndarray, float]]:
        """What gives prediction, Dice (T, K) and seconds for the marked frames."""
        video = self._video
        if can_stay_open(self._method):
            warm = self._method.open(video.frames, self._seed)
            return lambda marked: self._timed(lambda: warm(marks_of(video.truth, marked)))
        return self._from_cold

    def _from_cold(self, marked: tuple[int, ...]) -> tuple[Prediction, np.ndarray, float]:
        """The same marks give the same result whichever strategy chose them, so it is computed once."""
        if marked not in self._known:
            marks = marks_of(self._video.truth, marked)
            self._known[marked] = self._timed(lambda: self._method(self._video.frames, marks, self._seed))
        return self._known[marked]

    def _timed(self, call: Callable[[], Prediction]) -> tuple[Prediction, np.ndarray, float]:
        start = time.perf_counter()
        prediction = call()
        spent = time.perf_counter() - start
        return prediction, dice_table(prediction.labels, self._video.truth, self._video.objects), spent


def mean_dice(table: np.ndarray, video: LabelledVideo, marked: Sequence[int]) -> float:
    """Mean over objects of the mean Dice over the unmarked frames that truly show the object.

    Args:
        table: Dice (T, K).
        video: its truth.
        marked: frames that are not scored; some frame must be left that shows an object. An object that no such frame
            shows is left out.
    """
    scored = _scored(video, marked)
    columns = [column for column in range(table.shape[1]) if scored[:, column].any()]
    return float(np.mean([table[scored[:, column], column].mean() for column in columns]))


def is_scored(marked: Sequence[int], video: LabelledVideo) -> bool:
    """Whether these marks leave a frame that shows an object."""
    return bool(_scored(video, marked).any())


def _scored(video: LabelledVideo, marked: Sequence[int]) -> np.ndarray:
    """Whether a frame counts for an object, (T, K) bool."""
    scored = presence(video.truth, video.objects)
    scored[list(marked)] = False
    return scored


def chosen_frame(
    strategy: str,
    prediction: Prediction,
    table: np.ndarray,
    marked: Sequence[int],
    generator: np.random.Generator,
) -> int | None:
    """The frame to mark next; None where NEXT is asked of a method that names none.

    Args:
        strategy: one of STRATEGIES.
        prediction: of the marks so far.
        table: its true Dice (T, K), 1 for an absent object that was not painted.
        marked: frames that are marked already; fewer than all.
        generator: for RANDOM.
    """
    if strategy == NEXT:
        return prediction.next_frame
    unmarked = np.setdiff1d(np.arange(len(table)), marked)
    if strategy == RANDOM:
        return int(generator.choice(unmarked))
    if strategy == WORST:
        return int(unmarked[table[unmarked].mean(axis=1).argmin()])
    distance = np.abs(unmarked[:, None] - np.asarray(marked)[None, :]).min(axis=1)
    return int(unmarked[distance.argmax()])
