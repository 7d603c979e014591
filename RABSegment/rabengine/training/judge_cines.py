"""Labelled cines for the judge to learn from, in which segmentations go right and wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
import torch
import torch.nn.functional as F

from rabengine.errors import InputError
from rabengine.io.video_sets import TrainingVideo, load_video_sets
from rabengine.synthetic.composition import PlannedCine, compose
from rabengine.synthetic.options import TRAINING, SetOptions
from rabengine.synthetic.stills import Stills
from rabengine.synthetic.themes import HARDSHIPS, THEMES

from .judge_options import JudgeOptions

FRAMES = (12, 30)  # of a cine, the last not included
SIZES = (112, 144, 176, 208)
VIDEO_SHARE = 0.22  # of the cines, where there are videos
INTERRUPTED_SHARE = 0.13  # of the synthetic ones, by frames of the one before
INTERRUPTION = 8  # frames
SLIVER_SHARE = 0.6  # of the cines through a section, that begin where the object comes
LEAST_FRAMES = 8
LARGEST = 256  # pixels of a video's longer side
MOST_SEGMENTS = 2


@dataclass(frozen=True)
class LabelledCine:
    """A cine whose truth is known.

    Attributes:
        name: of what it was made. frames: (T, H, W) or (T, H, W, 3) uint8. labels: (T, H, W) uint8.
        marked: frames that its user marks.
    """

    name: str
    frames: np.ndarray
    labels: np.ndarray
    marked: tuple[int, ...]

    @property
    def marks(self) -> dict[int, np.ndarray]:
        """{frame: (H, W) labels} of the marked frames."""
        return {frame: self.labels[frame] for frame in self.marked}


class CineDraws:
    """Draws cines: synthetic ones of all themes, interrupted ones, parts of videos.

    Args:
        options: folders, and what is held out.
        seed: same seed, same cines.

    Raises:
        InputError: folders that do not hold what they should.
    """

    def __init__(self, options: JudgeOptions, seed: int) -> None:
        self._seed = seed
        self._random = np.random.default_rng(seed)
        pictures = SetOptions(
            options.images,
            options.output,
            split=TRAINING,
            validation_share=options.validation_share,
            split_seed=options.split_seed,
        )
        self._stills = Stills(pictures)
        kinds = load_video_sets(options.videos, options.validation_share, options.split_seed)
        self._videos = [kind.training for kind in kinds if kind.training]

    def from_number(self, number: int) -> Iterator[LabelledCine | None]:
        """Cines without end, None for one that came to show nothing; each depends on its number alone."""
        for following in count(number):
            self._random = np.random.default_rng((self._seed, following))
            yield self._draw()

    def _draw(self) -> LabelledCine | None:
        if self._videos and self._random.random() < VIDEO_SHARE:
            kind = self._videos[int(self._random.integers(len(self._videos)))]
            name, frames, labels = self._part_of(kind[int(self._random.integers(len(kind)))])
        else:
            try:
                name, frames, labels = self._synthetic()
            except InputError:  # none of the stills can show the theme
                return None
        labels = self._some(labels)
        shown = np.flatnonzero(labels.reshape(len(labels), -1).any(axis=1))
        return LabelledCine(name, frames, labels, self._marked(shown)) if len(shown) else None

    def _synthetic(self) -> tuple[str, np.ndarray, np.ndarray]:
        length = int(self._random.integers(*FRAMES))
        cine, frames, labels = self._composed(length)
        if self._random.random() < INTERRUPTED_SHARE:
            other = self._composed(INTERRUPTION)[1]
            frames, labels = _interrupted(frames, labels, other, int(self._random.integers(4, length - 3)))
        elif cine.theme.name == "section" and self._random.random() < SLIVER_SHARE:
            frames, labels = _from_its_coming(frames, labels)
        return cine.name, frames, labels

    def _composed(self, length: int) -> tuple[PlannedCine, np.ndarray, np.ndarray]:
        """A synthetic cine of so many frames: what it is, its frames and labels."""
        size, number = int(self._random.choice(SIZES)), int(self._random.integers(10**6))
        cine = compose(self._stills, number, length, size, int(self._random.integers(10**9)), THEMES + HARDSHIPS)
        blocks = list(cine.blocks())
        return cine, np.concatenate([block[0] for block in blocks]), np.concatenate([block[1] for block in blocks])

    def _part_of(self, video: TrainingVideo) -> tuple[str, np.ndarray, np.ndarray]:
        """Some frames of a video, every second at times, backwards at times."""
        step = int(self._random.choice([1, 1, 2]))
        length = min(int(self._random.integers(*FRAMES)), len(video) // step)
        first = int(self._random.integers(len(video) - length * step + 1))
        chosen = list(range(first, first + length * step, step))[:: int(self._random.choice([1, -1]))]
        coarser = -(-max(video.pixels.shape[2:]) // LARGEST)
        frames = video.pixels[chosen][..., ::coarser, ::coarser].permute(0, 2, 3, 1).contiguous().numpy()
        return video.name, frames, video.labels[chosen][:, ::coarser, ::coarser].contiguous().numpy()

    def _some(self, labels: np.ndarray) -> np.ndarray:
        """Labels with at most MOST_SEGMENTS of their segments."""
        there = [int(value) for value in np.unique(labels) if value]
        kept = there if len(there) <= MOST_SEGMENTS else self._random.choice(there, MOST_SEGMENTS, replace=False)
        return np.where(np.isin(labels, kept), labels, 0).astype(np.uint8)

    def _marked(self, shown: np.ndarray) -> tuple[int, ...]:
        """One frame to three that show something, the first most often."""
        marks = int(self._random.choice([1, 1, 1, 2, 3]))
        if marks == 1 and self._random.random() < 0.6:
            return (int(shown[0]),)
        return tuple(sorted(int(f) for f in self._random.choice(shown, min(marks, len(shown)), replace=False)))


def _interrupted(
    frames: np.ndarray, labels: np.ndarray, other: np.ndarray, place: int
) -> tuple[np.ndarray, np.ndarray]:
    """A cine with frames of another one in its midst, where nothing of it is seen."""
    colours = [array if array.ndim == 4 else np.repeat(array[..., None], 3, axis=3) for array in (frames, other)]
    ours, theirs = (frames, other) if frames.ndim == other.ndim == 3 else (colours[0], colours[1])
    planes = torch.from_numpy(theirs if theirs.ndim == 4 else theirs[..., None]).permute(0, 3, 1, 2).float()
    fitted = F.interpolate(planes, size=frames.shape[1:3], mode="bilinear", align_corners=False).round().byte()
    foreign = fitted.permute(0, 2, 3, 1).numpy().reshape(len(other), *ours.shape[1:])
    nothing = np.zeros((len(other), *labels.shape[1:]), labels.dtype)
    return (
        np.concatenate([ours[:place], foreign, ours[place:]]),
        np.concatenate([labels[:place], nothing, labels[place:]]),
    )


def _from_its_coming(frames: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A cine from where its object comes into view on, if enough is left."""
    gone = np.flatnonzero(~labels.reshape(len(labels), -1).any(axis=1))
    start = int(gone[-1]) + 1 if len(gone) else 0
    return (frames[start:], labels[start:]) if len(frames) - start >= LEAST_FRAMES else (frames, labels)
