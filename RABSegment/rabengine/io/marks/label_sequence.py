"""Label sequences: marks of many frames in one file or folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.isolated import load_frames_isolated
from rabengine.io.options import ReadOptions
from rabengine.io.picture.folder import image_files
from rabengine.io.read import require_file
from rabengine.io.readers import reader_of
from rabengine.io.video.reader import is_lossy_video

from .dicom_segmentation import is_dicom_segmentation, read_dicom_segmentation
from .frame_numbers import frames_by_name, frames_of_names
from .label_picture import is_label_picture, read_label_pages
from .mask_file import checked_plane
from .placement import placed_like
from .segment_legend import legend_of_folder, legend_of_header
from .slicer_segmentation import is_slicer_segmentation, read_slicer_segmentation
from .soft_edges import clean_labels
from .types import Marks

_SAME_INDEX = 1e-3  # Slicer compares index values with this tolerance


def read_label_sequence(path: str | Path, cine: Cine, is_the_cine: Callable[[np.ndarray], bool] | None = None) -> Marks:
    """The labels of the non-empty frames of a label sequence.

    The sequence is any file that a cine can be read from, a segmentation of Slicer whose slices are the frames, a
    DICOM segmentation, whose frames refer to those of the cine, or a folder of label pictures: one for every frame, or
    fewer with the number of the frame in their names (`frame_000012.png`). A sequence with fewer items is matched by
    their times.

    Args:
        path: of the file or folder.
        cine: that was marked.
        is_the_cine: whether frames are those of the cine, for who does not have these; by default they are compared.

    Raises:
        InputError: it cannot be read, does not fit the cine, is the cine itself, or has no object on any frame.
    """
    found = read_frame_labels(path, cine, is_the_cine)
    marks = {frame: drawn for frame, drawn in found.items() if drawn.any()}
    if not marks:
        raise InputError(f"The labels {path} have no object on any frame.", "Mark at least one object on one frame.")
    return Marks(marks, found.warnings, found.names, found.legend)


def read_frame_labels(path: str | Path, cine: Cine, is_the_cine: Callable[[np.ndarray], bool] | None = None) -> Marks:
    """As `read_label_sequence`, with the frames that have no object; all may be without one."""
    path = Path(path)
    _require_other_file(path, cine)
    return _label_folder(path, cine) if path.is_dir() else _label_file(path, cine, is_the_cine)


def _require_other_file(path: Path, cine: Cine) -> None:
    source = Path(cine.source) if cine.source else None
    if source is not None and path.exists() and source.exists() and path.samefile(source):
        raise _is_the_cine(path)


def _is_the_cine(path: Path) -> InputError:
    return InputError(
        f"The labels {path} are the cine itself, not marks on it.", "Give the label images that were drawn on it."
    )


def _label_file(path: Path, cine: Cine, is_the_cine: Callable[[np.ndarray], bool] | None) -> Marks:
    if path.is_file() and path.stat().st_size and is_slicer_segmentation(path):
        return _slicer_sequence(path, cine)
    if path.is_file() and is_dicom_segmentation(path):
        return read_dicom_segmentation(path, cine)
    if path.is_file() and path.stat().st_size and is_label_picture(path):
        found = read_label_pages(path, cine.frame_size)
        frames: Sequence[np.ndarray] | np.ndarray = found.pages
        numbers: Sequence[int] | None = range(cine.frame_count) if len(frames) == cine.frame_count else None
        is_lossy, warnings = found.is_lossy, found.warnings
    else:
        _require_readable(path)
        sequence = load_frames_isolated(path, ReadOptions(are_labels=True))
        is_lossy = is_lossy_video(path)
        is_same = is_the_cine or (lambda labels: np.array_equal(labels, cine.frames))
        own = sequence.frames
        if own.shape == cine.frames.shape and own.dtype == cine.frames.dtype and is_same(own):
            raise _is_the_cine(path)
        sequence, warnings = placed_like(sequence, cine, f"The file {path}")
        frames, numbers = sequence.frames, _numbers_of(sequence, cine)
    if numbers is None:
        raise _wrong_count(path, len(frames), cine)
    marks = _labels_of(frames, numbers, f"The labels {path}", cine, is_lossy, warnings)
    return Marks(marks, marks.warnings, legend=legend_of_header(path))


def _require_readable(path: Path) -> None:
    require_file(path)
    if reader_of(path) is None:
        raise InputError(
            f"The labels {path} are of a type that is not supported.",
            "Give a label sequence (.seq.nrrd, .nii.gz, .tif ...), a folder of label images, Slicer's .seg.nrrd, a "
            "DICOM segmentation, or a training set such as COCO or CVAT.",
        )


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
    empty: dict[int, np.ndarray] = {}
    said = list(warnings)
    for number, pixels in zip(numbers, frames, strict=True):
        plane, notes = checked_plane(
            pixels, f"Frame {number} of {name[0].lower()}{name[1:]}", cine.frame_size, is_lossy
        )
        said.extend(notes)
        (planes if plane.any() else empty)[number] = plane
    cleaned, notes = clean_labels(list(planes.values()), name, is_lossy) if planes else ([], ())
    found = {**empty, **dict(zip(planes, cleaned, strict=True))}
    return Marks({number: found[number] for number in numbers}, [*said, *notes])


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
    return Marks(labels, (*found.warnings, *notes), legend=found.legend)


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
    named = frames_of_names(folder, files, cine.frame_count, frames_by_name(cine))
    if named.frames is None:
        raise InputError(
            f"The folder {folder} has {len(files)} masks for the {cine.frame_count} frames of {cine.source}, and their "
            "names do not say of which.",
            "Name each mask after its frame, counting from 0, such as 0012.png.",
        )
    planes: dict[int, np.ndarray] = {}
    lossy: set[int] = set()
    warnings = [named.note] if named.note else []
    for number, path in zip(named.frames, files, strict=True):
        found = read_label_pages(path, cine.frame_size)
        if len(found.pages) != 1:
            raise InputError(f"The mask {path} has {len(found.pages)} frames, not one.", "Give one mask a frame.")
        plane, notes = checked_plane(found.pages[0], f"The mask {path}", cine.frame_size, found.is_lossy)
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
    return Marks(labels, warnings, legend=legend_of_folder(folder))


def _wrong_count(path: Path, count: int, cine: Cine) -> InputError:
    return InputError(
        f"The labels {path} have {count} frame{'' if count == 1 else 's'}, but the cine {cine.source} has "
        f"{cine.frame_count}.",
        "Give one label image for every frame, empty where nothing is marked.",
    )
