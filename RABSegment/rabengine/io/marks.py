"""The frames a person marked, as label images: 0 is background, 1 to 255 are segments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..cine import Cine
from ..errors import InputError
from .folder import image_files
from .isolated import load_frames_isolated
from .nrrd import load_nrrd
from .options import ReadOptions
from .picture import read_label_picture
from .pixels import to_frame

_LARGEST_LABEL = 255
_SAME_INDEX = 1e-3  # Slicer compares index values with this tolerance


def parse_mark_option(option: str) -> tuple[int, Path]:
    """The frame number and the mask file of "12=mask.png".

    Raises:
        InputError: the option is not of that form.
    """
    frame, equals, mask = option.partition("=")
    if not equals or not mask.strip() or not frame.strip().isdecimal():
        raise InputError(f"--mark {option} is not FRAME=MASK.", "Write it like --mark 12=mask.png.")
    return int(frame), Path(mask)


def read_mark(path: str | Path, frame_size: tuple[int, int]) -> np.ndarray:
    """(H, W) uint8 labels of one mask file. Values are kept as they are: a mask of 0 and 255 is segment 255.

    Args:
        path: any picture or volume of one slice; a palette PNG gives its indices.
        frame_size: (rows, columns) of the cine.

    Raises:
        InputError: the file cannot be read, is in colour, has another size or values that are not labels.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"The mask {path} does not exist.", "Check the path.")
    if path.is_dir():
        raise InputError(f"The mask {path} is a folder.", "Give one label image, or use --marks for a folder.")
    if path.name.lower().endswith((".nrrd", ".nhdr")):
        frames = load_nrrd(path).frames
        if len(frames) != 1:
            raise InputError(f"The mask {path} has {len(frames)} frames, not one.", "Use --marks for a sequence.")
        pixels = frames[0]
    else:
        pixels = read_label_picture(path)
    return _as_labels(pixels, f"The mask {path}", frame_size)


def read_marks(options: Sequence[str], cine: Cine) -> dict[int, np.ndarray]:
    """(H, W) uint8 labels by frame, from the FRAME=MASK options of a command line.

    A mask without objects says that nothing is on that frame, as long as another mask has one.

    Raises:
        InputError: an option, frame number or mask is wrong, a frame has two masks, or no mask has an object.
    """
    marks: dict[int, np.ndarray] = {}
    for option in options:
        frame, path = parse_mark_option(option)
        if frame >= cine.frame_count:
            raise InputError(
                f"--mark {option} names frame {frame}, but the cine has frames 0 to {cine.frame_count - 1}.",
                "Count frames from 0.",
            )
        if frame in marks:
            raise InputError(f"--mark {option} is a second mask for frame {frame}.", "Give one a frame.")
        marks[frame] = read_mark(path, cine.frame_size)
    if not any(labels.any() for labels in marks.values()):
        raise InputError(
            f"No object is marked: every mask is empty (--mark {' '.join(options)}).",
            "Mark at least one object on one frame.",
        )
    return marks


def read_label_sequence(path: str | Path, cine: Cine) -> dict[int, np.ndarray]:
    """(H, W) uint8 labels of the non-empty frames of a label sequence.

    The sequence is any file that a cine can be read from, or a folder of label PNGs: one for every frame, or
    fewer whose names are frame numbers (0012.png). A sequence with fewer items is matched by their times.

    Raises:
        InputError: it cannot be read, does not fit the cine, or has no object on any frame.
    """
    path = Path(path)
    labels = _label_folder(path, cine) if path.is_dir() else _label_file(path, cine)
    marks = {frame: drawn for frame, drawn in labels.items() if drawn.any()}
    if not marks:
        raise InputError(f"The labels {path} have no object on any frame.", "Mark at least one object on one frame.")
    return marks


def _label_file(path: Path, cine: Cine) -> dict[int, np.ndarray]:
    sequence = load_frames_isolated(path, ReadOptions(are_labels=True))
    frames = range(cine.frame_count)
    numbers: Sequence[int] | None = frames if sequence.frame_count == cine.frame_count else None
    if numbers is None and sequence.index_name == cine.index_name and sequence.index_unit == cine.index_unit:
        numbers = _matching_frames(sequence.index_values, cine)
    if numbers is None:
        raise _wrong_count(path, sequence.frame_count, cine)
    return {
        number: _as_labels(pixels, f"Frame {number} of the labels {path}", cine.frame_size)
        for number, pixels in zip(numbers, sequence.frames, strict=True)
    }


def _matching_frames(values: Sequence[float], cine: Cine) -> list[int] | None:
    """The cine's frame for each index value, None unless every value has its own frame."""
    if cine.index_name == "frame":
        return None  # plain numbers of a shorter file say nothing about which frames they are
    known = np.asarray(cine.index_values)
    numbers = [int(np.abs(known - value).argmin()) for value in values]
    fits = all(abs(known[number] - value) <= _SAME_INDEX for number, value in zip(numbers, values, strict=True))
    return numbers if fits and len(set(numbers)) == len(numbers) else None


def _label_folder(folder: Path, cine: Cine) -> dict[int, np.ndarray]:
    files = image_files(folder)
    if not files:
        raise InputError(f"The folder {folder} has no label images.", "Give a folder of label PNGs.")
    numbers = _frame_numbers(files, cine)
    if numbers is None:
        raise _wrong_count(folder, len(files), cine)
    return {
        number: _as_labels(read_label_picture(path), f"The mask {path}", cine.frame_size)
        for number, path in zip(numbers, files, strict=True)
    }


def _frame_numbers(files: Sequence[Path], cine: Cine) -> Sequence[int] | None:
    if len(files) == cine.frame_count:
        return range(cine.frame_count)
    if not all(path.stem.isdecimal() for path in files):
        return None
    numbers = [int(path.stem) for path in files]
    for number, path in zip(numbers, files, strict=True):
        if number >= cine.frame_count or numbers.count(number) > 1:
            raise InputError(
                f"{path} is not the one mask of a frame: the cine has frames 0 to {cine.frame_count - 1}.",
                "Name each mask after its frame, counting from 0, such as 0012.png.",
            )
    return numbers


def _wrong_count(path: Path, count: int, cine: Cine) -> InputError:
    return InputError(
        f"The labels {path} have {count} frames, but the cine {cine.source} has {cine.frame_count}.",
        "Give one label image for every frame, empty where nothing is marked.",
    )


def _as_labels(pixels: np.ndarray, name: str, frame_size: tuple[int, int]) -> np.ndarray:
    """(H, W) uint8 labels from pixels of any type.

    Raises:
        InputError: the pixels are in colour, of another size, or no whole numbers from 0 to 255.
    """
    pixels = to_frame(pixels, name)
    if pixels.shape[:2] != frame_size:
        raise InputError(
            f"{name} is {pixels.shape[1]} x {pixels.shape[0]} pixels, "
            f"but the frames are {frame_size[1]} x {frame_size[0]}.",
            "Draw the mask at the size of the frames.",
        )
    if pixels.ndim == 3:
        if not (np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 0], pixels[..., 2])):
            raise InputError(
                f"{name} is a colour picture, so its labels are not clear.",
                "Save it as a grey or palette image whose values are the segments' numbers.",
            )
        pixels = pixels[..., 0]
    labels = np.nan_to_num(pixels, nan=-1).astype(np.int64)
    if not np.array_equal(labels, pixels) or labels.min() < 0 or labels.max() > _LARGEST_LABEL:
        raise InputError(f"{name} has values that are not labels.", f"Use whole numbers from 0 to {_LARGEST_LABEL}.")
    return labels.astype(np.uint8)
