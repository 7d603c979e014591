"""Segmentations as Slicer saves them (.seg.nrrd): cropped to what is drawn, in layers where segments overlap."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import SimpleITK

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.legend import LegendEntry, segment_colour
from rabengine.io.quiet import quiet_libraries
from rabengine.io.volume.nrrd_header import MARKED_KEY, parse_header

from .segment_legend import colour_of_shares, header_keys
from .types import is_number

_SUFFIXES = (".seg.nrrd", ".seg.nhdr")
_SEQUENCE_SUFFIXES = (".seq.nrrd", ".seq.nhdr")
_OFFSET = "Segmentation_ReferenceImageExtentOffset"
_TERMINOLOGY = "TerminologyEntry:"
_LARGEST_LABEL = 255
_MOST_VOXELS = 1 << 29  # more than any cine has; a small file can unfold to any number of them
_MOST_TIMES, _FEW_VOXELS = 16, 1 << 24  # layers of all frames; what is no burden in any case
_SAME_PLACE = 0.01  # of a pixel


@dataclass(frozen=True)
class SlicerSegmentation:
    """All slices of a file, in the grid of the frames.

    Attributes:
        labels: (slices, H, W) uint8.
        first_slice: where the first of them lies in the volume that was segmented.
        legend: {label: name and colour} of the segments that have a name.
        warnings: what a label image could not hold.
    """

    labels: np.ndarray
    first_slice: int
    legend: Mapping[int, LegendEntry] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class SegmentMask:
    """One segment of one slice.

    Attributes:
        identifier, name, terminology: as Slicer writes them; empty where the file says nothing.
        color: red, green and blue from 0 to 1.
        mask: (H, W) bool.
    """

    identifier: str
    name: str
    color: tuple[float, float, float]
    terminology: str
    mask: np.ndarray


@dataclass(frozen=True)
class _Segment:
    name: str
    colour: str
    layer: int
    value: int


def is_slicer_segmentation(path: Path) -> bool:
    """By its name, or by what its NRRD header tells.

    Raises:
        InputError: it has a name of NRRD files and is none.
    """
    name = path.name.lower()
    if name.endswith(_SUFFIXES):
        return True
    if not name.endswith((".nrrd", ".nhdr")) or name.endswith(_SEQUENCE_SUFFIXES):
        return False
    keys = header_keys(path)
    return any(key.startswith(("Segment0_", "Segmentation_")) for key in keys) and "DataNodeClassName" not in keys


def marked_frames(path: Path) -> tuple[int, ...] | None:
    """The frames of a label sequence that a person marked, where its header says so, else None.

    Raises:
        InputError: it has a name of NRRD files and is none.
    """
    told = header_keys(path).get(MARKED_KEY)
    return None if told is None else tuple(int(word) for word in told.split() if is_number(word))


def read_slicer_segmentation(path: Path, frame_size: tuple[int, int], cine: Cine | None = None) -> SlicerSegmentation:
    """The labels of a segmentation, each slice in its place on a frame.

    Segments keep their label values where these differ; else they are numbered in their order.

    Args:
        path: of the file.
        frame_size: (rows, columns) of the frames.
        cine: what was segmented, whose geometry tells the place where the file does not.

    Raises:
        InputError: the file is damaged, holds more than 255 segments, or does not fit the frames.
    """
    image, layers = _read(path, cine)
    segments = _segments(image) or _found_segments(layers)
    numbers = _numbers(segments, path)
    labels, overlap = _as_labels(layers, segments, numbers)
    left, top, first = _offset(image, labels.shape, frame_size, cine, path)
    warnings = []
    if overlap:
        warnings.append(
            f"{overlap} pixels of {path} belong to more than one segment: each was given to the last one of them."
        )
    return SlicerSegmentation(
        _placed(labels, left, top, frame_size, path),
        first,
        {
            number: LegendEntry(segment.name, colour_of_shares(segment.colour) or segment_colour(number))
            for segment, number in zip(segments, numbers, strict=True)
            if segment.name
        },
        tuple(warnings),
    )


def read_segment_masks(path: Path, cine: Cine) -> list[SegmentMask]:
    """The segments of a single slice, also those that overlap.

    Args:
        path: of the file.
        cine: what was segmented; all of the file's first slice is of one of its frames.

    Raises:
        InputError: the file is damaged, or does not fit the frames.
    """
    image, layers = _read(path, cine)
    left, top, _first = _offset(image, layers.shape[:3], cine.frame_size, cine, path)
    found = []
    for number, segment in enumerate(_segments(image)):
        drawn = np.zeros(layers.shape[1:3], np.uint8)
        if segment.layer < layers.shape[-1]:
            drawn = (layers[0, ..., segment.layer] == segment.value).astype(np.uint8)
        if drawn.any():
            drawn = _placed(drawn[np.newaxis], left, top, cine.frame_size, path)[0]
        mask = drawn.astype(bool) if drawn.any() else np.zeros(cine.frame_size, bool)
        texts = [_text(image, f"Segment{number}_{key}") for key in ("ID", "Tags")]
        found.append(SegmentMask(texts[0], segment.name, _color(segment.colour), _terminology(texts[1]), mask))
    return found


def _read(path: Path, cine: Cine | None) -> tuple[SimpleITK.Image, np.ndarray]:
    """The file, and its pixels (slices, rows, columns, layers)."""
    with path.open("rb") as stream:
        sizes = parse_header(stream, str(path)).sizes
    most = _MOST_VOXELS if cine is None else max(_MOST_TIMES * math.prod(cine.frames.shape[:3]), _FEW_VOXELS)
    if math.prod(sizes) > min(most, _MOST_VOXELS):
        raise InputError(f"{path} says that it has {' x '.join(map(str, sizes))} voxels.", "Save it again in Slicer.")
    try:
        with quiet_libraries():
            image = SimpleITK.ReadImage(str(path), imageIO="NrrdImageIO")
    except RuntimeError as error:
        raise InputError(f"{path} is cut off, damaged, or no segmentation.", "Save it again in Slicer.") from error
    pixels = SimpleITK.GetArrayFromImage(image)
    if image.GetDimension() != 3 or pixels.dtype.kind not in "ui":
        raise InputError(f"{path} is no segmentation of slices.", "Export it as a binary labelmap in Slicer.")
    return image, pixels if pixels.ndim == 4 else pixels[..., np.newaxis]


def _text(image: SimpleITK.Image, key: str) -> str:
    return str(image.GetMetaData(key)) if image.HasMetaDataKey(key) else ""


def _color(text: str) -> tuple[float, float, float]:
    """Grey where it is none."""
    try:
        red, green, blue = (min(max(float(part), 0.0), 1.0) for part in text.split())
    except ValueError:
        return 0.5, 0.5, 0.5
    return red, green, blue


def _terminology(tags: str) -> str:
    """Of the tags of a segment, which end in a stroke each."""
    return next((one.removeprefix(_TERMINOLOGY) for one in tags.split("|") if one.startswith(_TERMINOLOGY)), "")


def _segments(image: SimpleITK.Image) -> list[_Segment]:
    """As the header lists them; Slicer before 4.11 had a layer for each segment and did not say so."""
    found: list[_Segment] = []
    while image.HasMetaDataKey(f"Segment{len(found)}_ID") or image.HasMetaDataKey(f"Segment{len(found)}_LabelValue"):
        prefix = f"Segment{len(found)}_"
        texts = {key: _text(image, prefix + key) for key in ("Name", "Color", "Layer", "LabelValue")}
        layer = int(texts["Layer"]) if is_number(texts["Layer"]) else len(found) if not texts["LabelValue"] else 0
        value = int(texts["LabelValue"]) if is_number(texts["LabelValue"]) else 1
        found.append(_Segment(texts["Name"], texts["Color"], layer, value))
    return found


def _found_segments(layers: np.ndarray) -> list[_Segment]:
    """Each value of each layer, where the header lists none."""
    return [
        _Segment("", "", layer, int(value))
        for layer in range(layers.shape[-1])
        for value in np.unique(layers[..., layer])
        if value
    ]


def _numbers(segments: list[_Segment], path: Path) -> list[int]:
    values = [segment.value for segment in segments]
    if len(segments) > _LARGEST_LABEL:
        raise InputError(f"{path} holds {len(segments)} segments; 255 is the most.", "Remove those not needed.")
    are_labels = len(set(values)) == len(values) and all(1 <= value <= _LARGEST_LABEL for value in values)
    return values if are_labels else list(range(1, len(values) + 1))


def _as_labels(layers: np.ndarray, segments: list[_Segment], numbers: list[int]) -> tuple[np.ndarray, int]:
    """(slices, H, W) uint8, and how many pixels belong to several segments."""
    labels = np.zeros(layers.shape[:3], np.uint8)
    overlap = 0
    for segment, number in zip(segments, numbers, strict=True):
        if segment.layer >= layers.shape[-1]:
            continue
        drawn = layers[..., segment.layer] == segment.value
        overlap += int(np.count_nonzero(labels[drawn]))
        labels[drawn] = number
    return labels, overlap


def _offset(
    image: SimpleITK.Image,
    shape: tuple[int, ...],
    frame_size: tuple[int, int],
    cine: Cine | None,
    path: Path,
) -> tuple[int, int, int]:
    """Column, row and slice of the first voxel in what was segmented."""
    if image.HasMetaDataKey(_OFFSET):
        try:
            left, top, first = (int(text) for text in image.GetMetaData(_OFFSET).split())
        except ValueError as error:
            raise InputError(f"{path} has an offset that is no three numbers.", "Save it again in Slicer.") from error
        return left, top, first
    if shape[1:] == frame_size or cine is None or cine.spacing is None:
        return 0, 0, 0
    steps = np.reshape(cine.direction, (3, 3)) * [*cine.spacing, cine.slice_spacing]
    place = np.linalg.solve(steps, np.subtract(image.GetOrigin(), cine.origin))
    whole = np.rint(place).astype(int)
    is_on_grid = np.abs(place - whole).max() <= _SAME_PLACE and np.allclose(
        image.GetSpacing()[:2], cine.spacing, rtol=1e-4
    )
    return (int(whole[0]), int(whole[1]), int(whole[2])) if is_on_grid else (0, 0, 0)


def _placed(labels: np.ndarray, left: int, top: int, frame_size: tuple[int, int], path: Path) -> np.ndarray:
    """(slices, *frame_size) uint8.

    Raises:
        InputError: something of it lies outside of the frames, or it is smaller and nothing says where it belongs.
    """
    rows, columns = labels.shape[1:]
    if (left, top) == (0, 0) and (rows, columns) == frame_size:
        return labels
    placed = np.zeros((len(labels), *frame_size), np.uint8)
    first_row, first_column = max(-top, 0), max(-left, 0)
    end_row, end_column = min(rows, frame_size[0] - top), min(columns, frame_size[1] - left)
    if end_row > first_row and end_column > first_column:
        inside = labels[:, first_row:end_row, first_column:end_column]
        placed[:, top + first_row : top + end_row, left + first_column : left + end_column] = inside
    if np.count_nonzero(placed) != np.count_nonzero(labels):
        raise InputError(
            f"{path} has {columns} x {rows} pixels from ({left}, {top}) on, which lie in part outside of the frames of "
            f"{frame_size[1]} x {frame_size[0]}.",
            "Segment the cine itself, or save without cropping.",
        )
    return placed
