"""The frames a person marked, as label images: 0 is background, 1 to 255 are segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..cine import Cine
from ..errors import InputError
from .folder import image_files
from .label_picture import LabelPages, is_label_picture, read_label_pages, wrong_size
from .mark_names import frames_of_names
from .mask_channels import label_plane
from .mask_values import clean_labels
from .picture import picture_format
from .read import load_frames
from .slicer_segmentation import is_slicer_segmentation, read_slicer_segmentation, segment_names
from .video import is_lossy_video

_LARGEST_LABEL = 255
_SAME_INDEX = 1e-3  # Slicer compares index values with this tolerance


class Marks(dict[int, np.ndarray]):
    """(H, W) uint8 labels by frame.

    Attributes:
        warnings: sentences the user should read, such as which frames were taken.
        names: {label: name} of segments that the files name.
    """

    def __init__(
        self,
        labels: Mapping[int, np.ndarray],
        warnings: Sequence[str] = (),
        names: Mapping[int, str] | None = None,
    ) -> None:
        super().__init__(labels)
        self.warnings = tuple(dict.fromkeys(warnings))
        self.names = dict(names or {})


@dataclass(frozen=True)
class Mark:
    """One mask.

    Attributes:
        labels: (H, W) uint8.
        warnings: sentences the user should read.
        names: {label: name} of segments that the file names.
    """

    labels: np.ndarray
    warnings: tuple[str, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)


def parse_mark_option(option: str) -> tuple[int, Path]:
    """The frame number and the mask file of "12=mask.png".

    Raises:
        InputError: the option is not of that form.
    """
    frame, equals, mask = option.partition("=")
    if not equals or not mask.strip() or not _is_number(frame.strip()):
        raise InputError(f"--mark {option} is not FRAME=MASK.", "Write it like --mark 12=mask.png.")
    return int(frame), Path(mask)


def read_mark(
    path: str | Path, frame_size: tuple[int, int], cine: Cine | None = None, frame: int | None = None
) -> Mark:
    """The labels of one mask file. Values are kept as they are: a mask of 0 and 255 is segment 255.

    Soft edges and those of JPEG are brought back to the levels between which they lie; the mask may also be in the
    alpha channel. `warnings` says so.

    Args:
        path: any picture, volume of one slice, or segmentation of Slicer; palettes give their indices.
        frame_size: (rows, columns) of the cine.
        cine: that was marked; only segmentations of Slicer ask for it, that are cropped or have several slices.
        frame: that was marked.

    Raises:
        InputError: the file cannot be read, is in colour, has another size or values that are not labels.
    """
    path = Path(path)
    name = f"The mask {path}"
    if not path.exists():
        raise InputError(f"{name} does not exist.", "Check the path.")
    if path.is_dir():
        raise InputError(f"{name} is a folder.", "Give one label image, or use --marks for a folder.")
    if not path.is_file() or path.stat().st_size == 0:
        raise InputError(f"{name} is an empty file, or none.", "Save it again.")
    if is_slicer_segmentation(path):
        return _slicer_mark(path, frame_size, cine, frame)
    found = read_label_pages(path, frame_size) if picture_format(path) else LabelPages(list(load_frames(path).frames))
    if len(found.pages) != 1:
        raise InputError(f"{name} has {len(found.pages)} frames, not one.", "Use --marks for a sequence.")
    plane, notes = _checked_plane(found.pages[0], name, frame_size, found.is_lossy)
    (labels,), cleaned = clean_labels([plane], name, found.is_lossy)
    return Mark(labels, (*found.warnings, *notes, *cleaned))


def read_marks(options: Sequence[str], cine: Cine) -> Marks:
    """The labels by frame, from the FRAME=MASK options of a command line.

    A mask without objects says that nothing is on that frame, as long as another mask has one.

    Raises:
        InputError: an option, frame number or mask is wrong, a frame has two masks, or no mask has an object.
    """
    labels: dict[int, np.ndarray] = {}
    warnings: list[str] = []
    names: dict[int, str] = {}
    for option in options:
        frame, path = parse_mark_option(option)
        if frame >= cine.frame_count:
            raise InputError(
                f"--mark {option} names frame {frame}, but the cine has frames 0 to {cine.frame_count - 1}.",
                "Count frames from 0.",
            )
        if frame in labels:
            raise InputError(f"--mark {option} is a second mask for frame {frame}.", "Give one a frame.")
        mark = read_mark(path, cine.frame_size, cine, frame)
        labels[frame] = mark.labels
        warnings.extend(mark.warnings)
        names.update(mark.names)
    if not any(drawn.any() for drawn in labels.values()):
        raise InputError(
            f"No object is marked: every mask is empty (--mark {' '.join(options)}).",
            "Mark at least one object on one frame.",
        )
    return Marks(labels, warnings, names)


def read_label_sequence(path: str | Path, cine: Cine) -> Marks:
    """The labels of the non-empty frames of a label sequence.

    The sequence is any file that a cine can be read from, a segmentation of Slicer whose slices are the frames, or
    a folder of label pictures: one for every frame, or fewer with the number of the frame in their names
    (`frame_000012.png`). A sequence with fewer items is matched by their times.

    Raises:
        InputError: it cannot be read, does not fit the cine, is the cine itself, or has no object on any frame.
    """
    path = Path(path)
    _require_other_file(path, cine)
    found = _label_folder(path, cine) if path.is_dir() else _label_file(path, cine)
    marks = {frame: drawn for frame, drawn in found.items() if drawn.any()}
    if not marks:
        raise InputError(f"The labels {path} have no object on any frame.", "Mark at least one object on one frame.")
    return Marks(marks, found.warnings, found.names)


def _require_other_file(path: Path, cine: Cine) -> None:
    source = Path(cine.source) if cine.source else None
    if source is not None and path.exists() and source.exists() and path.samefile(source):
        raise _is_the_cine(path)


def _is_the_cine(path: Path) -> InputError:
    return InputError(
        f"The labels {path} are the cine itself, not marks on it.", "Give the label images that were drawn on it."
    )


def _slicer_mark(path: Path, frame_size: tuple[int, int], cine: Cine | None, frame: int | None) -> Mark:
    """The one slice of a segmentation that has something drawn on it; of several the one of the frame.

    Raises:
        InputError: several are drawn on, and they are not the frames.
    """
    found = read_slicer_segmentation(path, frame_size, cine)
    drawn = [number for number, labels in enumerate(found.labels) if labels.any()]
    chosen = drawn[0] if drawn else 0
    if len(drawn) > 1:
        last = found.first_slice + len(found.labels)
        if cine is None or frame is None or last > cine.frame_count or not found.first_slice <= frame < last:
            raise InputError(
                f"The mask {path} has segments on {len(drawn)} slices, not one.",
                "Use --marks where its slices are the frames.",
            )
        chosen = frame - found.first_slice
    notes = [] if len(found.labels) == 1 else [f"Of {path} only slice {found.first_slice + chosen} was taken."]
    return Mark(found.labels[chosen], (*found.warnings, *notes), found.names)


def _label_file(path: Path, cine: Cine) -> Marks:
    if path.is_file() and path.stat().st_size and is_slicer_segmentation(path):
        return _slicer_sequence(path, cine)
    if path.is_file() and path.stat().st_size and is_label_picture(path):
        found = read_label_pages(path, cine.frame_size)
        frames: Sequence[np.ndarray] | np.ndarray = found.pages
        numbers: Sequence[int] | None = range(cine.frame_count) if len(frames) == cine.frame_count else None
        is_lossy, warnings = found.is_lossy, found.warnings
    else:
        sequence = load_frames(path)
        frames = sequence.frames
        is_lossy, warnings = is_lossy_video(path), ()
        if frames.shape == cine.frames.shape and np.array_equal(frames, cine.frames):
            raise _is_the_cine(path)
        numbers = _numbers_of(sequence, cine)
    if numbers is None:
        raise _wrong_count(path, len(frames), cine)
    marks = _labels_of(frames, numbers, f"The labels {path}", cine, is_lossy, warnings)
    return Marks(marks, marks.warnings, segment_names(path))


def _numbers_of(sequence: Cine, cine: Cine) -> Sequence[int] | None:
    if sequence.frame_count == cine.frame_count:
        return range(cine.frame_count)
    if sequence.index_name == cine.index_name and sequence.index_unit == cine.index_unit:
        return _matching_frames(sequence.index_values, cine)
    return None


def _labels_of(
    frames: Sequence[np.ndarray] | np.ndarray,
    numbers: Sequence[int],
    name: str,
    cine: Cine,
    is_lossy: bool,
    warnings: Sequence[str],
) -> Marks:
    """The labels of frames that come one by one, cleaned together: they share their levels."""
    planes: dict[int, np.ndarray] = {}
    said = list(warnings)
    for number, pixels in zip(numbers, frames, strict=True):
        plane, notes = _checked_plane(
            pixels, f"Frame {number} of {name[0].lower()}{name[1:]}", cine.frame_size, is_lossy
        )
        said.extend(notes)
        if plane.any():
            planes[number] = plane
    cleaned, notes = clean_labels(list(planes.values()), name, is_lossy) if planes else ([], ())
    return Marks(dict(zip(planes, cleaned, strict=True)), [*said, *notes])


def _slicer_sequence(path: Path, cine: Cine) -> Marks:
    """A segmentation of a volume whose slices are the frames."""
    found = read_slicer_segmentation(path, cine.frame_size, cine)
    first, count = found.first_slice, len(found.labels)
    if count == 1 and first == 0 and cine.frame_count > 1:
        raise InputError(f"The labels {path} have one slice, not one a frame.", f"Use --mark FRAME={path.name}.")
    if first < 0 or first + count > cine.frame_count:
        raise _wrong_count(path, first + count, cine)
    notes = []
    if count < cine.frame_count:
        notes.append(f"The slices of {path} were taken for frames {first} to {first + count - 1}, counted from 0.")
    labels = {first + number: drawn for number, drawn in enumerate(found.labels)}
    return Marks(labels, (*found.warnings, *notes), found.names)


def _matching_frames(values: Sequence[float], cine: Cine) -> list[int] | None:
    """The cine's frame for each index value, None unless every value has its own frame."""
    if cine.index_name == "frame":
        return None  # plain numbers of a shorter file say nothing about which frames they are
    known = np.asarray(cine.index_values)
    numbers = [int(np.abs(known - value).argmin()) for value in values]
    fits = all(abs(known[number] - value) <= _SAME_INDEX for number, value in zip(numbers, values, strict=True))
    return numbers if fits and len(set(numbers)) == len(numbers) else None


def _label_folder(folder: Path, cine: Cine) -> Marks:
    files = image_files(folder)
    if not files:
        raise InputError(f"The folder {folder} has no label images.", "Give a folder of label PNGs.")
    named = frames_of_names(folder, files, cine.frame_count)
    if named.frames is None:
        raise _wrong_count(folder, len(files), cine)
    planes: dict[int, np.ndarray] = {}
    lossy: set[int] = set()
    warnings = [named.note] if named.note else []
    for number, path in zip(named.frames, files, strict=True):
        found = read_label_pages(path, cine.frame_size)
        if len(found.pages) != 1:
            raise InputError(f"The mask {path} has {len(found.pages)} frames, not one.", "Give one mask a frame.")
        plane, notes = _checked_plane(found.pages[0], f"The mask {path}", cine.frame_size, found.is_lossy)
        warnings.extend((*found.warnings, *notes))
        planes[number] = plane
        lossy |= {number} if found.is_lossy else set()
    labels = dict(planes)
    for is_lossy in (False, True):
        group = [number for number in planes if (number in lossy) == is_lossy]
        if group:
            cleaned, notes = clean_labels([planes[number] for number in group], f"The masks in {folder}", is_lossy)
            labels.update(zip(group, cleaned, strict=True))
            warnings.extend(notes)
    return Marks(labels, warnings)


def _wrong_count(path: Path, count: int, cine: Cine) -> InputError:
    return InputError(
        f"The labels {path} have {count} frames, but the cine {cine.source} has {cine.frame_count}.",
        "Give one label image for every frame, empty where nothing is marked.",
    )


def _checked_plane(
    pixels: np.ndarray, name: str, frame_size: tuple[int, int], is_lossy: bool
) -> tuple[np.ndarray, tuple[str, ...]]:
    """(H, W) uint8 from pixels of any type, and what was taken for what.

    Raises:
        InputError: the pixels are in colour, of another size, or no whole numbers from 0 to 255.
    """
    if pixels.shape[:2] != frame_size:
        raise wrong_size(name, (pixels.shape[0], pixels.shape[1]), frame_size)
    plane, notes = label_plane(pixels, name, is_lossy)
    if plane.dtype.kind == "c":
        raise InputError(f"{name} has complex values.", f"Use whole numbers from 0 to {_LARGEST_LABEL}.")
    labels = np.nan_to_num(plane, nan=-1).astype(np.int64)
    if not np.array_equal(labels, plane) or labels.min() < 0 or labels.max() > _LARGEST_LABEL:
        raise InputError(f"{name} has values that are not labels.", f"Use whole numbers from 0 to {_LARGEST_LABEL}.")
    return labels.astype(np.uint8), notes


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 9
