"""A file that somebody gives for the frame in view: one mask of that frame, or labels of many frames."""

from __future__ import annotations

from pathlib import Path

from rabengine.cine import Cine, name_sum
from rabengine.errors import InputError, RABSegmentError
from rabengine.io.picture.names import parts_of_names
from rabengine.io.picture.single_picture import PICTURE_SUFFIXES

from .frame_numbers import frames_by_name
from .label_sequence import read_label_sequence
from .mask_file import read_mark
from .types import Marks


def read_mark_file(path: str | Path, cine: Cine, frame: int) -> Marks:
    """The labels of a picture, which belongs to `frame`, or of the frames of a sequence or folder.

    Args:
        path: any file or folder that `read_mark` or `read_label_sequence` reads.
        cine: that was marked; its pixels are not looked at.
        frame: the one in view.

    Raises:
        InputError: it cannot be read or does not fit the cine.
    """
    path = Path(path)
    if path.is_file() and path.name.lower().endswith(tuple(PICTURE_SUFFIXES)):
        return _one_mark(path, cine, frame, _number_warnings(path, cine, frame))
    try:
        return read_label_sequence(path, cine, lambda _labels: False)
    except InputError as error:
        if path.is_dir():
            raise
        try:
            return _one_mark(path, cine, frame)
        except RABSegmentError:
            raise error from None


def _one_mark(path: Path, cine: Cine, frame: int, warnings: tuple[str, ...] = ()) -> Marks:
    mark = read_mark(path, cine.frame_size, cine, frame)
    return Marks({frame: mark.labels}, (*mark.warnings, *warnings), legend=mark.legend)


def _number_warnings(path: Path, cine: Cine, frame: int) -> tuple[str, ...]:
    """A sentence where the name of a picture has the number of another frame than the one that it is taken for."""
    found = [part for part in parts_of_names([path.stem])[0] if not isinstance(part, str)]
    numbered = found[-1] if found and isinstance(found[-1], int) else frame
    number = frames_by_name(cine).get(name_sum(path.stem), numbered)
    if number == frame or not 0 <= number < cine.frame_count:
        return ()
    return (f"It is taken for frame {frame}, which is shown; show frame {number} first if its name is meant.",)
