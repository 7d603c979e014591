"""Marks for a cine out of whatever holds some: a set, a label file, a DICOM segmentation, also packed as ZIP."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rabengine.cine import Cine
from rabengine.io.marks.isolated import check_sums
from rabengine.io.marks.label_sequence import read_label_sequence
from rabengine.io.marks.mark_file import read_mark_file
from rabengine.io.marks.types import Marks

from .archive import is_archive, unpacked
from .find import is_set, read_set


def read_any_marks(
    path: Path, cine: Cine, frame: int | None = None, name: str | None = None, sums: Sequence[int] | None = None
) -> Marks:
    """The marks that a file or folder has for a cine.

    Of a set, frames without an object are there too, for somebody said so of them; of labels they are not.

    Args:
        path: of a set, of labels of many frames, or of either as ZIP.
        frame: that a single picture belongs to; None where a single picture is no answer.
        name: of the cine in a set.
        sums: of the cine's frames, for who does not have these.

    Raises:
        InputError: it cannot be read, or does not fit the cine.
    """
    if not is_archive(path):
        return _read(path, cine, frame, name, sums)
    with unpacked(path) as place:
        marks = _read(place, cine, frame, name, sums)
        told = [sentence.replace(str(place), str(path)) for sentence in marks.warnings]
        return Marks(marks, told, marks.names, marks.legend)


def _read(path: Path, cine: Cine, frame: int | None, name: str | None, sums: Sequence[int] | None) -> Marks:
    if is_set(path):
        return read_set(path, cine, name, sums)
    if frame is not None:
        return read_mark_file(path, cine, frame)
    known = check_sums(cine.frames) if sums is None else list(sums)
    return read_label_sequence(path, cine, lambda labels: check_sums(labels) == known)
