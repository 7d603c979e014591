"""The marked frames of other cines that serve one which has none."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import Cancelled, RABSegmentError
from rabengine.propagation.input_view import grey_window

from .candidates import Candidate, Candidates, read_candidates
from .carry_over import as_picture
from .descriptors import best_matching, describer_on, sampled
from .jobs import CineTask
from .marked_frame import MarkedFrame
from .marks import read_labels
from .records import GIVEN
from .structured import learned_at
from .witnesses import StudySupport

KEPT_BYTES = 128 * 2**20  # of marked frames in a process: the same few serve one cine after another


class MarkedFrames:
    """Marked frames that were read last, within KEPT_BYTES: else their whole cine is read for each."""

    def __init__(self) -> None:
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, str, str], MarkedFrame] = OrderedDict()

    def get(self, one: Candidate) -> MarkedFrame | None:
        """A frame that is kept."""
        key = _key(one)
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, one: Candidate, frame: MarkedFrame) -> None:
        """Keep a frame, and let go of those that were asked for longest ago."""
        if self.get(one) is not None:
            return
        self._kept[_key(one)] = frame
        self._bytes += _size(frame)
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            self._bytes -= _size(self._kept.popitem(last=False)[1])


_read = MarkedFrames()


def described_frames(task: CineTask, cine: Cine) -> np.ndarray:
    """(N, D) descriptions of some frames of a cine, over its length."""
    window = grey_window(cine.frames)
    return describer_on(task.device).describe([as_picture(cine.frames[i], window) for i in sampled(cine.frame_count)])


def choose_supports(
    task: CineTask, own: np.ndarray, warnings: list[str], cancel: threading.Event | None
) -> list[StudySupport]:
    """The marked frames that match a cine best, the best one last.

    `own` describes its frames (`described_frames`). The examples of the study's structure file are among them, as those
    of cine GIVEN. One that cannot be read gives way to others, which is said in `warnings`.
    """
    left = read_candidates_of(task)
    learned = learned_at(Path(task.structure), task.device) if task.structure else None
    examples = learned.structure.examples if learned is not None else ()
    while left.frames or examples:
        described = [left.descriptions.astype(np.float32)] if left.frames else []
        described += [learned.descriptions] if learned is not None and examples else []
        gone: set[int] = set()
        found: list[StudySupport] = []
        for place in best_matching(own, np.concatenate(described), task.supports):
            if place >= len(left.frames):
                found.append(StudySupport(GIVEN, examples[place - len(left.frames)]))
                continue
            one = left.frames[place]
            if one.place.id in gone:
                continue
            try:
                found.append(StudySupport(one.place.id, _marked_frame(task, one, left, cancel)))
            except Cancelled:
                raise
            except RABSegmentError as error:
                warnings.append(f"Its marks do not serve others: {error.message}")
                gone.add(one.place.id)
        if not gone:
            return found
        left = left.without(gone)
    return []


def choose_witnesses(
    task: CineTask, own: np.ndarray, cancel: threading.Event | None, count: int, frames: int
) -> list[list[StudySupport]]:
    """Marked frames of the `count` cines that match best, at most so many of each; see `witnesses`.

    A cine that cannot be read is left out: that was said where its marks were wanted first.
    """
    left = read_candidates_of(task)
    descriptions = left.descriptions.astype(np.float32)
    places: dict[int, list[int]] = {}
    for place, one in enumerate(left.frames):
        places.setdefault(one.place.id, []).append(place)
    alike = (own @ descriptions.T).mean(axis=0) if left.frames else np.zeros(0)
    best = sorted(places, key=lambda cine: -float(alike[places[cine]].max()))
    found: list[list[StudySupport]] = []
    for cine in best:
        if len(found) == count:
            break
        chosen = best_matching(own, descriptions[places[cine]], frames)
        try:
            marks = [left.frames[places[cine][one]] for one in chosen]
            found.append([StudySupport(cine, _marked_frame(task, one, left, cancel)) for one in marks])
        except Cancelled:
            raise
        except RABSegmentError:
            continue
    return found


def read_candidates_of(task: CineTask) -> Candidates:
    """The candidates of a task, which are kept for the next one."""
    return read_candidates(Path(task.candidates), task.study)


def _marked_frame(
    task: CineTask, wanted: Candidate, all_of_them: Candidates, cancel: threading.Event | None
) -> MarkedFrame:
    wanted.place.locate()  # a cine that is not as it was serves nobody, whatever is kept of it
    found = _read.get(wanted)
    if found is not None:
        return found
    cine, _, _ = wanted.place.read(cancel)
    window = grey_window(cine.frames)
    for one in all_of_them.frames:  # what was read serves for all marks of this cine
        if one.place.id == wanted.place.id:
            labels = read_labels(task.study, one.mark, cine.frame_size)
            frame = MarkedFrame(as_picture(cine.frames[one.mark.frame], window), labels)
            _read.keep(one, frame)
            if one == wanted:
                found = frame
    assert found is not None
    return found


def _key(one: Candidate) -> tuple[str, str, str]:
    return str(one.place.study), one.place.content, one.mark.file


def _size(frame: MarkedFrame) -> int:
    return frame.picture.nbytes + frame.labels.nbytes
