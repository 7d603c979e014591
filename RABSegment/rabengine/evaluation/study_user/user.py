"""A simulated user who goes through a study: looks at a cine, calls it right where it is, and else marks frames."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from rabengine.evaluation.marks_to_target import is_scored, mean_dice
from rabengine.evaluation.metrics import dice_table
from rabengine.evaluation.preset_method import EngineChoices
from rabengine.evaluation.protocols import FIRST, marked_frames
from rabengine.evaluation.videos import LabelledVideo
from rabengine.segmentation import Segmentation
from rabengine.session.session import Session
from rabengine.study import Study, StudySettings, keep_result, last_entry, next_cine, run_study

TARGET = 0.90  # mean Dice over the unmarked frames from which a cine is right
NEEDED = 0.85  # below which one needs a person
MOST_MARKS = 5
OURS, RANDOM, ANEW = "next", "random", "anew"
TITLES: Mapping[str, str] = {
    OURS: "carried over, the cine that the study names",
    RANDOM: "carried over, in random order",
    ANEW: "each cine by itself",
}
_BY = "simulated user"


@dataclass(frozen=True)
class CineVisit:
    """A cine as the user left it.

    Attributes:
        way, seed: of the study. place: in the order in which cines were looked at, from 1. cine: its name.
        marks: frames in the order of their marking. dice: the mean over the unmarked frames, at the end.
        carried: that mean of what was there without a mark of the cine itself; None where nothing was.
        confidence, needs_person: what the study said of that.
        seconds: of the engine, for the cine's own marks.
    """

    way: str
    seed: int
    place: int
    cine: str
    marks: tuple[int, ...]
    dice: float
    carried: float | None
    confidence: float | None
    needs_person: bool | None
    seconds: float


class StudyUser:
    """Goes through the cines of one study.

    Args:
        folder: empty, for the study and the cines.
        videos: {name: cine and its truth}.
        preset: of the study. engine: device. seed: of the engine.
    """

    def __init__(
        self, folder: Path, videos: Mapping[str, LabelledVideo], preset: str, engine: EngineChoices, seed: int
    ) -> None:
        self._videos, self._preset, self._engine, self._seed = videos, preset, engine, seed
        self._study = Study.create(folder / "study", StudySettings(preset=preset), by=_BY)
        self._names: dict[int, str] = {}
        for name, video in videos.items():
            place = folder / "cines" / f"{name}.nrrd"
            place.parent.mkdir(exist_ok=True)
            image = sitk.GetImageFromArray(np.asarray(video.frames), isVector=video.frames.ndim == 4)
            sitk.WriteImage(image, str(place))
            self._names[self._study.add(place, by=_BY).cine] = name

    def go_through(self, way: str, seed: int, order: Sequence[str] | None = None) -> list[CineVisit]:
        """Look at all cines; those without marks are segmented after each.

        Args:
            way, seed: for the results. order: of the names; by default the study names one after another.
        """
        numbers = {name: number for number, name in self._names.items()}
        visits: list[CineVisit] = []
        left = set(self._names)
        while left:
            if order is not None:
                number = numbers[order[len(visits)]]
            else:
                found = next_cine(self._study, without=set(self._names) - left)
                number = min(left) if found is None else found.cine
            visits.append(self._visit(number, way, seed, len(visits) + 1))
            left.discard(number)
            if left:
                run_study(self._study, device=self._engine.device, seed=self._seed, by=_BY)
        return visits

    def _visit(self, number: int, way: str, seed: int, place: int) -> CineVisit:
        name = self._names[number]
        video, before = self._videos[name], self._study.cine(number).prediction
        found = None if before is None else self._study.prediction(number)
        carried = None if found is None else self._score(found, video, [])
        dice, marks, seconds = carried or 0.0, list[int](), 0.0
        session = Session(video.frames, device=self._engine.device, seed=self._seed)
        frame = None if before is None else before.next_frame
        while dice < TARGET and len(marks) < MOST_MARKS:
            wanted = _to_mark(frame, video, marks)
            if wanted is None or not is_scored([*marks, wanted], video):
                break
            marks.append(wanted)
            start = time.perf_counter()
            found = self._marked(number, session, marks, video)
            seconds += time.perf_counter() - start
            dice, frame = self._score(found, video, marks), found.next_frame
        if found is not None and dice >= TARGET:
            self._study.check(number, _BY)
        sure = None if before is None else round(before.confidence, 4)
        needs = None if before is None else before.needs_person
        shown = None if carried is None else round(carried, 5)
        return CineVisit(way, seed, place, name, tuple(marks), round(dice, 5), shown, sure, needs, round(seconds, 3))

    def _marked(self, number: int, session: Session, marks: Sequence[int], video: LabelledVideo) -> Segmentation:
        """Mark the last of the frames, and segment the cine as *Segment video* does in panel and page."""
        self._study.mark(number, {marks[-1]: video.truth[marks[-1]]}, by=_BY)
        known, start = last_entry(self._study), time.monotonic()
        found = session.segment({frame: video.truth[frame] for frame in marks}, preset=self._preset)
        keep_result(self._study, number, found, known=known, seconds=time.monotonic() - start, by=_BY)
        return found

    @staticmethod
    def _score(found: Segmentation, video: LabelledVideo, marks: Sequence[int]) -> float:
        return mean_dice(dice_table(found.labels, video.truth, video.objects), video, marks)


def _to_mark(named: int | None, video: LabelledVideo, marks: Sequence[int]) -> int | None:
    """The frame that was named; the first one that shows all objects where none was, or where it shows nothing yet."""
    if named is not None and named not in marks and (marks or video.truth[named].any()):
        return named
    [first] = marked_frames(FIRST, video.truth, video.objects)
    return first if first not in marks else None
