"""A cine as a folder of frames and a folder of masks, as sets of videos have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.labels.formats import png_bytes
from rabengine.io.marks.types import Marks

from .format import ExchangeItem
from .mask_files import read_masks
from .pixels import pictures_of, write_picture

_DIGITS = 5
_MOST_DIGITS = 9


def file_name(frame: int) -> str:
    """The name of a frame, without an ending: its number in the cine, for frames may be left out."""
    return f"{frame:0{_DIGITS}d}"


def write_sequence(item: ExchangeItem, pictures: Path, masks: Path, numbers: Mapping[int, int] | None = None) -> None:
    """Write the frames of an item as JPEG and their masks as PNG with the colours of the legend.

    Args:
        numbers: {frame: number of its files}; those of the frames by default.
    """
    for folder in (pictures, masks):
        folder.mkdir(parents=True)
    picture = pictures_of(item)
    for frame, labels in item.labels.items():
        name = file_name(frame if numbers is None else numbers[frame])
        write_picture(pictures / f"{name}.jpg", picture(frame))
        (masks / f"{name}.png").write_bytes(png_bytes(labels, item.legend))


def read_sequence(masks: Path, names: Mapping[int, str], frames: Sequence[int] | None, cine: Cine) -> Marks:
    """The marks of a folder of masks that are named by numbers.

    Args:
        masks: the folder. names: {label value: name}. cine: that the marks are for.
        frames: of the cine, by number of the file; None where the numbers are those of the frames.

    Raises:
        InputError: a mask has another name, is damaged or does not fit.
    """
    files = {}
    for path in sorted(masks.glob("*.png")):
        if not (path.stem.isascii() and path.stem.isdecimal() and len(path.stem) <= _MOST_DIGITS):
            raise InputError(f"The mask {path} does not say of which frame it is.", "Name it like 00012.png.")
        number = int(path.stem)
        if frames is not None and number >= len(frames):
            raise InputError(f"The mask {path} is of no frame that the set lists.", "Remove it.")
        files[number if frames is None else frames[number]] = path
    found = read_masks(files, cine)
    return Marks(found, found.warnings, names)
