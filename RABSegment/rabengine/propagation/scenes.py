"""Scenes of a cine: where it is cut, and which scenes have nothing to do with the marked ones.

A recording may hold another view, another patient or a page of text. What was marked is not there, whatever looks a
little like it. A cut is where neighbours are unlike as pictures and as the backbone sees them; a scene without marks
is foreign where none of its frames is like one of a marked scene.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from statistics import median

import numpy as np
from torch import Tensor

THUMBNAIL = 48  # pixels of a side, about
UNLIKE_PICTURES = 0.6  # correlation of thumbnails, below which neighbours are looked at closely
CUT = 0.5  # likeness of neighbours, of what is usual in the cine, below which there is a cut between them
FOREIGN = 0.4  # likeness with the nearest marked scene, below which a scene has nothing to do with it
SAMPLED = 8  # frames of a scene that are compared

# (D,) of length 1 of a frame, near where frames are alike.
Describe = Callable[[int], Tensor]


class Scenes:
    """The scenes of one cine.

    Args:
        frames: (T, H, W) or (T, H, W, 3).
        describe: what the backbone sees of a frame.
        check: called while cuts are looked for; may raise. In a jerky cine each frame has to be described.
    """

    def __init__(self, frames: np.ndarray, describe: Describe, check: Callable[[], None] = lambda: None) -> None:
        self._describe = describe
        self._described: dict[int, Tensor] = {}
        edges = [0, *self._cuts(frames, check), len(frames)]
        self.all = [range(start, end) for start, end in pairwise(edges)]

    def foreign(self, shown: Collection[int]) -> dict[int, float]:
        """{frame: likeness with the marked scenes, below FOREIGN} of the scenes that have nothing to do with them.

        Args:
            shown: frames on which something is marked.
        """
        marked = [scene for scene in self.all if any(frame in scene for frame in shown)]
        known = {frame for scene in marked for frame in sampled(scene)} | set(shown)
        found: dict[int, float] = {}
        for scene in self.all:
            if scene in marked:
                continue
            alike = max(self._likeness(frame, other) for frame in sampled(scene) for other in known)
            if alike < FOREIGN:
                found |= dict.fromkeys(scene, max(alike, 0.0))
        return found

    def _cuts(self, frames: np.ndarray, check: Callable[[], None]) -> list[int]:
        """The first frame of each scene but the first."""
        other = _unlike_the_last(frames)
        if not other:
            return []
        usual = median(self._likeness(frame - 1, frame) for frame in sampled(range(1, len(frames))))
        cuts = []
        for frame in other:
            check()
            if self._likeness(frame - 1, frame) < CUT * usual:
                cuts.append(frame)
        return cuts

    def _likeness(self, first: int, second: int) -> float:
        return float(self._of(first) @ self._of(second))

    def _of(self, frame: int) -> Tensor:
        if frame not in self._described:
            self._described[frame] = self._describe(frame)
        return self._described[frame]


def sampled(scene: Sequence[int]) -> list[int]:
    """Some frames of a scene, evenly over its length."""
    return sorted({scene[round(place)] for place in np.linspace(0, len(scene) - 1, SAMPLED).tolist()})


def _unlike_the_last(frames: np.ndarray) -> list[int]:
    """Frames that are another picture than the one before."""
    found, last = [], None
    for number, frame in enumerate(frames):
        small = _thumbnail(frame)
        if last is not None and float(small @ last) < UNLIKE_PICTURES:
            found.append(number)
        last = small
    return found


def _thumbnail(frame: np.ndarray) -> np.ndarray:
    """A few pixels of a frame, without their mean and of length 1; 0 where nothing is to be seen."""
    down, across = (max(1, length // THUMBNAIL) for length in frame.shape[:2])
    few = np.asarray(frame[::down, ::across], dtype=np.float32)
    few = np.nan_to_num(few, posinf=0.0, neginf=0.0).reshape(*few.shape[:2], -1).mean(axis=2)
    few = few - few.mean()
    length = float(np.linalg.norm(few))
    return (few / length if length > 0 else few).ravel()
