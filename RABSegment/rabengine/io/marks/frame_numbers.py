"""Which frames the files of a folder of masks belong to, by the numbers in their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rabengine.cine import Cine, name_sum
from rabengine.errors import InputError
from rabengine.io.picture.names import parts_of_names

_MOST_LISTED = 6
# What stands before the number of the frame: "frame" in most programs, "task" in what Label Studio exports.
_FRAME = re.compile(r"frame[ _-]?0*(\d{1,9})(?!\d)|^task-0*(\d{1,9})-annotation-", re.IGNORECASE)
_LARGEST_NUMBER = 999_999_999  # larger ones are dates or identifiers


@dataclass(frozen=True)
class NamedFrames:
    """What a folder of masks says.

    Attributes:
        frames: one a file, in the order of the files; None when it cannot be told.
        note: which frames were taken, where the names leave a doubt.
    """

    frames: tuple[int, ...] | None
    note: str = ""


def frames_by_name(cine: Cine) -> dict[int, int]:
    """The frame of each file that holds one frame of the cine, by `name_sum`; {} where they hold several."""
    sums = cine.name_sums or tuple(name_sum(Path(frame.file).stem) for frame in cine.dicom_frames)
    return {one: frame for frame, one in enumerate(sums)} if len(set(sums)) == cine.frame_count else {}


def frames_of_names(
    folder: Path, files: Sequence[Path], frame_count: int, places: Mapping[int, int] | None = None
) -> NamedFrames:
    """The frame of each file, from 0.

    A mask that is called as the file of a frame belongs to that frame. Else as many masks as frames are taken in the
    order of their names, and of fewer the number in the name is the frame: of several numbers the one after "frame"
    (`patient7_frame_000004.png`) or Label Studio's "task", else the last one that differs from file to file.

    Args:
        folder, files: the masks.
        frame_count: of the cine.
        places: frame by the check sum of the name of its file, as `frames_by_name` gives them.

    Raises:
        InputError: a number is that of no frame, or of two masks.
    """
    sums = [name_sum(path.stem) for path in files]
    if places and all(one in places for one in sums):
        frames = [places[one] for one in sums]
        if len(set(frames)) == len(frames):
            is_plain = frames == list(range(frame_count))
            note = "" if is_plain else _note(folder, files, frames, "names, which are those of the frames")
            return NamedFrames(tuple(frames), note)
    named = _named_frames(files)
    numbers = named or _numbers(files)
    if named and len(set(named)) < len(named):
        twice = next(path for path, number in zip(files, named, strict=True) if named.count(number) > 1)
        raise _not_the_only(twice, frame_count)
    if len(files) == frame_count:
        in_order = tuple(range(frame_count))
        note = ""
        if numbers != list(in_order):
            note = f"The masks in {folder} were taken for frames 0 to {frame_count - 1} in the order of their names."
        return NamedFrames(in_order, note)
    if numbers is None:
        return NamedFrames(None)
    for frame, path in zip(numbers, files, strict=True):
        if not 0 <= frame < frame_count or numbers.count(frame) > 1:
            raise _not_the_only(path, frame_count)
    return NamedFrames(tuple(numbers), _note(folder, files, numbers, "numbers in their names, from 0"))


def _not_the_only(path: Path, frame_count: int) -> InputError:
    return InputError(
        f"{path} is not the one mask of a frame: the cine has frames 0 to {frame_count - 1}.",
        "Give one mask a frame, and name it after its frame, counting from 0, such as 0012.png.",
    )


def _note(folder: Path, files: Sequence[Path], frames: Sequence[int], by: str) -> str:
    pairs = [f"{path.name} for frame {frame}" for path, frame in zip(files, frames, strict=True)][:_MOST_LISTED]
    more = f" and {len(files) - len(pairs)} more" if len(files) > len(pairs) else ""
    return f"The masks in {folder} were taken by the {by}: {', '.join(pairs)}{more}."


def _named_frames(files: Sequence[Path]) -> list[int] | None:
    """The number after the word for a frame, None unless all names have it."""
    found = [_FRAME.search(path.stem) for path in files]
    return [int(match[1] or match[2]) for match in found if match] if all(found) else None


def _numbers(files: Sequence[Path]) -> list[int] | None:
    """One whole number a file; None when their names do not have it."""
    parts = [
        [part for part in found if isinstance(part, int) and abs(part) <= _LARGEST_NUMBER]
        for found in parts_of_names([path.stem for path in files])
    ]
    if not all(parts):
        return None
    if len({len(part) for part in parts}) == 1:
        columns = [list(column) for column in zip(*parts, strict=True)]
        varied = [column for column in columns if len(set(column)) == len(files)]
        return varied[-1] if varied else None
    return [part[-1] for part in parts]
