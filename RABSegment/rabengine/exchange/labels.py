"""The labels of a cine as they go into a set, and where each frame's come from."""

from __future__ import annotations

import threading
from pathlib import Path

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.marks.isolated import read_frame_labels_isolated
from rabengine.io.marks.slicer_segmentation import marked_frames
from rabengine.io.marks.types import Marks

from .archive import is_archive
from .find import is_set
from .format import MARKED, PREDICTED, UNKNOWN
from .isolated import read_any_marks_isolated

_LONGEST = 9  # digits of a frame


def read_labels(
    path: Path, cine: Cine, marked: str | None, cancel: threading.Event | None = None, name: str | None = None
) -> tuple[Marks, dict[int, str]]:
    """The labels of a cine, and {frame: where they come from}.

    A label sequence that `segment` wrote says which frames were marked. Masks of some frames of the cine, and those of
    a set, are what a person marked; other labels of all frames may be a result, so it must be said of them.

    Args:
        path: of labels or of a set.
        marked: "all", or the marked frames as "0,12"; None for what the files say.
        name: of the cine in a set; None where that knows the cine by itself.

    Raises:
        InputError: they cannot be read, or there is no such frame.
    """
    if is_set(path) or is_archive(path):
        labels = read_any_marks_isolated(path, cine, name=name, cancel=cancel)
        is_marked = True
    else:
        labels = read_frame_labels_isolated(path, cine, cancel)
        told = marked_frames(path) if path.is_file() else None
        if marked is None and told is not None:
            return labels, {frame: MARKED if frame in told else PREDICTED for frame in labels}
        is_marked = len(labels) < cine.frame_count
    said = labels.keys() if marked is None and is_marked else _frames(marked, labels)
    return labels, {frame: MARKED if frame in said else UNKNOWN for frame in labels}


def _frames(text: str | None, labels: Marks) -> set[int]:
    if text is None:
        return set()
    if text == "all":
        return set(labels)
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdecimal() and len(part) <= _LONGEST for part in parts):
        raise InputError(f"--marked {text} is neither all nor frames.", "Write it like --marked 0,12.")
    frames = {int(part) for part in parts}
    missing = sorted(frames - set(labels))
    if missing:
        raise InputError(f"--marked names frame {missing[0]}, of which there are no labels.", "Count frames from 0.")
    return frames
