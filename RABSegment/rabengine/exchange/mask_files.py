"""Masks as files: the name of a frame of a cine in a set, and marks of such files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.marks.mask_file import read_drawn
from rabengine.io.marks.types import Marks

_DIGITS = 6
_FRAME = re.compile(r"(?P<cine>.*?)[_-]?(?P<frame>\d{1,9})")


def frame_name(cine: str, frame: int) -> str:
    """The name that a frame of a cine has in a set, without an ending: "cine_0001_000012"."""
    return f"{cine}_{frame:0{_DIGITS}d}"


def cine_and_frame(path: str | PurePosixPath) -> tuple[str, int] | None:
    """The cine and the frame that the name of a picture tells, None where it ends in no number.

    "cine_0001_000012.png" is frame 12 of "cine_0001"; of "cine_0001/00012.png" the folder names the cine.
    """
    name = PurePosixPath(path)
    found = _FRAME.fullmatch(name.stem)
    if found is None:
        return None
    return found["cine"] or name.parent.name, int(found["frame"])


def masks_by_cine(folder: Path) -> dict[str, dict[int, Path]]:
    """{cine: {frame: file}} of the PNGs in a folder whose names are those of frames."""
    found: dict[str, dict[int, Path]] = {}
    for path in sorted(folder.glob("*.png")) if folder.is_dir() else []:
        named = cine_and_frame(path.as_posix())
        if named is not None:
            found.setdefault(named[0], {})[named[1]] = path
    return found


def read_masks(files: Mapping[int, Path], cine: Cine) -> Marks:
    """The marks of label images by frame.

    Raises:
        InputError: one is damaged or does not fit the cine.
    """
    labels: dict[int, np.ndarray] = {}
    warnings: list[str] = []
    for frame, path in files.items():
        if frame >= cine.frame_count:
            raise no_such_frame(str(path), frame, cine)
        mark = read_drawn(path, cine.frame_size, None, None)  # exactly as it is: nothing here has soft edges
        labels[frame] = np.asarray(mark.labels, np.uint8)
        warnings.extend(mark.warnings)
    return Marks(labels, warnings)


def no_such_frame(source: str, frame: int, cine: Cine) -> InputError:
    """The sentence for labels of a frame that the cine does not have."""
    return InputError(
        f"{source} is of frame {frame}, but the cine {cine.source} has frames 0 to {cine.frame_count - 1}.",
        "Give the cine that the set was made of.",
    )
