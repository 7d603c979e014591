"""One file with one mask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.isolated import load_frames_isolated
from rabengine.io.legend import LegendEntry
from rabengine.io.options import ReadOptions
from rabengine.io.picture.single_picture import picture_format
from rabengine.io.readers import reader_of

from .channels import label_plane
from .dicom_segmentation import is_dicom_segmentation, read_dicom_segmentation
from .label_picture import LabelPages, read_label_pages, wrong_size
from .placement import placed_like, slice_at
from .slicer_segmentation import is_slicer_segmentation, read_slicer_segmentation
from .soft_edges import clean_labels
from .types import FrameLabels

_LARGEST_LABEL = 255


@dataclass(frozen=True)
class DrawnMask:
    """A mask as its file has it.

    Attributes:
        labels: (H, W) uint8; values may still be those of soft edges.
        is_lossy: the file does not keep values exactly.
        warnings: sentences the user should read.
        legend: {label: name and colour} of segments that the file names.
    """

    labels: np.ndarray
    is_lossy: bool = False
    warnings: tuple[str, ...] = ()
    legend: Mapping[int, LegendEntry] = field(default_factory=dict)


def read_mark(
    path: str | Path, frame_size: tuple[int, int], cine: Cine | None = None, frame: int | None = None
) -> FrameLabels:
    """The labels of one mask file. Values are kept as they are: a mask of 0 and 255 is segment 255.

    Soft edges and those of JPEG are brought back to the levels between which they lie; the mask may also be in the
    alpha channel. `warnings` says so.

    Args:
        path: any picture, volume of one slice or with the cine's, or segmentation of Slicer; palettes give their
            indices.
        frame_size: (rows, columns) of the cine.
        cine, frame: that was marked, see `read_drawn`.

    Raises:
        InputError: the file cannot be read, is in colour, has another size or values that are not labels.
    """
    drawn = read_drawn(Path(path), frame_size, cine, frame)
    (labels,), cleaned = clean_labels([drawn.labels], f"The mask {path}", drawn.is_lossy)
    return FrameLabels(labels, (*drawn.warnings, *cleaned), drawn.legend)


def read_drawn(
    path: Path, frame_size: tuple[int, int], cine: Cine | None = None, frame: int | None = None
) -> DrawnMask:
    """As `read_mark`, with soft edges as they are.

    Args:
        cine: that was marked; volumes and segmentations ask for it, which lie in space.
        frame: that was marked.

    Raises:
        InputError: as `read_mark`.
    """
    name = f"The mask {path}"
    if not path.exists():
        raise InputError(f"{name} does not exist.", "Check the path.")
    if path.is_dir():
        raise InputError(f"{name} is a folder.", "Give one label image, or use --marks for a folder.")
    if not path.is_file() or path.stat().st_size == 0:
        raise InputError(f"{name} is an empty file, or none.", "Save it again.")
    if is_slicer_segmentation(path):
        return _slicer_mask(path, frame_size, cine, frame)
    if is_dicom_segmentation(path):
        return _dicom_mask(path, name, cine, frame)
    if picture_format(path):
        found = read_label_pages(path, frame_size)
    elif reader_of(path) is None:
        raise InputError(f"{name} is of a type that is not supported.", "Save it as PNG, TIFF, .nrrd or .seg.nrrd.")
    else:
        stored, warnings = placed_like(load_frames_isolated(path, ReadOptions(are_labels=True)), cine, name)
        found = _at_the_slice(LabelPages(list(stored.frames), warnings=warnings), slice_at(stored, cine), path)
    if len(found.pages) != 1:
        raise InputError(f"{name} has {len(found.pages)} frames, not one.", "Use --marks for a sequence.")
    plane, notes = checked_plane(found.pages[0], name, frame_size, found.is_lossy)
    return DrawnMask(plane, found.is_lossy, (*found.warnings, *notes))


def _at_the_slice(volume: LabelPages, number: int | None, path: Path) -> LabelPages:
    """Of the masks of a whole volume that of the cine's slice, where there is one."""
    if number is None or len(volume.pages) == 1:
        return volume
    note = f"Of {path} only slice {number} was taken, which lies where the cine does."
    return replace(volume, pages=[volume.pages[number]], warnings=(*volume.warnings, note))


def checked_plane(
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


def _slicer_mask(path: Path, frame_size: tuple[int, int], cine: Cine | None, frame: int | None) -> DrawnMask:
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
        if chosen not in drawn:
            places = ", ".join(str(found.first_slice + number) for number in drawn)
            raise InputError(
                f"The mask {path} has nothing on its slice {frame}, but on {places}.",
                "Use --marks where its slices are the frames.",
            )
    notes = [] if len(found.labels) == 1 else [f"Of {path} only slice {found.first_slice + chosen} was taken."]
    return DrawnMask(found.labels[chosen], False, (*found.warnings, *notes), found.legend)


def _dicom_mask(path: Path, name: str, cine: Cine | None, frame: int | None) -> DrawnMask:
    """What a DICOM segmentation has for the frame.

    Raises:
        InputError: it has nothing for it.
    """
    if cine is None or frame is None:
        raise InputError(f"{name} is a DICOM segmentation of a cine.", "Use --marks for it.")
    found = read_dicom_segmentation(path, cine)
    if frame not in found:
        raise InputError(f"{name} has nothing for frame {frame}.", "Use --marks to take the frames that it has.")
    return DrawnMask(found[frame], False, found.warnings, found.legend)
