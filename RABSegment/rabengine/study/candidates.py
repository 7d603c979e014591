"""Marked frames that may serve other cines: one file for all workers of a run, which a task names.

Sent with every task they would be as much as cines times marks; a worker reads the file once.
"""

from __future__ import annotations

import functools
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from rabengine.errors import EngineError
from rabengine.io.files.atomic import as_input_error

from .marks import MarkFile
from .place import CinePlace
from .records import options_of, options_text

Key = TypeVar("Key")

MOST = 4096  # beyond so many, what one cine costs would grow with the study


@dataclass(frozen=True)
class Candidate:
    """A marked frame.

    Attributes:
        place: of its cine. mark: its label image.
    """

    place: CinePlace
    mark: MarkFile


@dataclass(frozen=True)
class Candidates:
    """Marked frames and what they look like.

    Attributes:
        frames: M of them. descriptions: (M, D) float16 of `Describer`.
    """

    frames: tuple[Candidate, ...]
    descriptions: np.ndarray

    def without(self, cines: set[int]) -> Candidates:
        """Those of other cines."""
        left = [place for place, one in enumerate(self.frames) if one.place.id not in cines]
        return Candidates(tuple(self.frames[place] for place in left), self.descriptions[left])


def spread(keys: Sequence[Key]) -> list[Key]:
    """At most MOST of them, evenly over all."""
    if len(keys) <= MOST:
        return list(keys)
    return [keys[place] for place in np.linspace(0, len(keys) - 1, MOST).round().astype(int)]


def write_candidates(path: Path, candidates: Candidates) -> None:
    """Write the file.

    Raises:
        InputError: it cannot be written, such as on a full disk.
    """
    places = {one.place.id: one.place for one in candidates.frames}
    told = {
        "places": [
            [place.id, str(place.path), place.content, place.stamp, options_text(place.options)]
            for place in places.values()
        ],
        "marks": [[one.place.id, one.mark.frame, one.mark.file, one.mark.segments] for one in candidates.frames],
    }
    with as_input_error(path), path.open("wb") as stream:
        text = np.frombuffer(json.dumps(told).encode(), np.uint8)
        np.savez(stream, descriptions=candidates.descriptions.astype("<f2"), told=text)


@functools.lru_cache(maxsize=1)
def read_candidates(path: Path, study: Path) -> Candidates:
    """What was written for a study; kept, for one task after another names the same file.

    Raises:
        EngineError: it is gone, for the run that wrote it has ended.
    """
    try:
        with np.load(path, allow_pickle=False) as held:
            told, descriptions = json.loads(held["told"].tobytes()), held["descriptions"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise EngineError(f"{path} cannot be read, for its run has ended or its disk is out of reach.") from error
    places = {
        number: CinePlace(number, Path(where), content, stamp, options_of(options), study)
        for number, where, content, stamp, options in told["places"]
    }
    frames = [
        Candidate(places[number], MarkFile(frame, file, tuple(segments)))
        for number, frame, file, segments in told["marks"]
    ]
    return Candidates(tuple(frames), descriptions)
