"""NRRD files, among them Slicer's sequences (.seq.nrrd), read as a stream.

SimpleITK loses the index of a sequence and holds everything in memory, so this reads the format itself.
Slicer writes time as the last axis ("axis 3 index values"); it used to write it first ("axis 0 ...").
"""

from __future__ import annotations

import bz2
import gzip
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import unquote

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.frame_buffer import FrameBuffer
from rabengine.io.options import ReadOptions
from rabengine.io.pixels import check_frame_size, to_frame
from rabengine.io.reader import SuffixReader

from .nrrd_header import Axes, NrrdHeader, identify_axes, parse_header
from .slices import chosen_slice, origin_of_slice

_LONGEST_LINE = 1 << 20
_TIMES = ("time", "triggertime", "acquisitiontime", "contenttime", "seriestime")  # DICOM fields, as Slicer names them
_MILLIMETRES = {"m": 1e3, "cm": 10.0, "um": 1e-3, "\u00b5m": 1e-3, "\u03bcm": 1e-3, "micron": 1e-3, "microns": 1e-3}
_SECONDS = {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "us": 1e-6}


class NrrdReader(SuffixReader):
    """NRRD, and Slicer's sequences."""

    name = "NRRD"
    suffixes = (".nrrd", ".nhdr")
    is_plain_python = True

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_nrrd(path, options)

    def files_behind(self, path: Path) -> list[Path]:
        with path.open("rb") as stream:
            detached = _detached(parse_header(stream, str(path)))
        return [path.parent / detached] if detached else []


def load_nrrd(path: Path, options: ReadOptions) -> Cine:
    """Frames, geometry and index of a NRRD file.

    Raises:
        InputError: the file is malformed or cut off, or has several slices in every frame and none was chosen.
    """
    with path.open("rb") as stream:
        header = parse_header(stream, str(path))
        axes = identify_axes(header)
        _check_size(header, axes, path)
        slices = 1 if axes.slices is None else header.sizes[axes.slices]
        count = 1 if axes.time is None else header.sizes[axes.time]
        number = chosen_slice(slices, count, str(path), options)
        with _decoded(path, stream, header) as data:
            frames = _read_frames(data, header, axes, number)
    name, unit, values = _index(header, axes, len(frames))
    spacing, slice_spacing, direction = _geometry(header, axes)
    return Cine(
        frames=frames,
        spacing=spacing,
        origin=origin_of_slice(_origin(header), direction, slice_spacing, number),
        direction=direction,
        index_name=name,
        index_unit=unit,
        index_values=values,
        source=str(path),
        slice_spacing=slice_spacing,
        warnings=unit_spacing_warning(spacing),
    )


def _check_size(header: NrrdHeader, axes: Axes, path: Path) -> None:
    """Refuse sizes that no cine has, before memory is taken for them."""
    colours = 1 if axes.colour is None else header.sizes[axes.colour]
    check_frame_size(header.sizes[axes.rows], header.sizes[axes.columns], colours, header.dtype.itemsize, header.source)
    is_here = header.encoding == "raw" and not _detached(header)
    if is_here and math.prod(header.sizes) * header.dtype.itemsize > path.stat().st_size:
        raise _cut_off(header)


def unit_spacing_warning(spacing: tuple[float, float] | None) -> tuple[str, ...]:
    """What is doubtful about a pixel of exactly 1 mm in a format that always states a size."""
    if spacing != (1.0, 1.0):
        return ()
    return (
        "The file says that a pixel is 1 mm, as files without a calibration do too, "
        "so check areas in mm2 before relying on them.",
    )


def _detached(header: NrrdHeader) -> str:
    """The file that holds the pixels, "" where it is the same one.

    Raises:
        InputError: there are several.
    """
    name = header.fields.get("data file", "")
    if name.upper().startswith("LIST") or "%" in name:
        raise InputError(f"{header.source} names several data files, which is not supported.", "Save it as one file.")
    return name


@contextmanager
def _decoded(path: Path, stream: BinaryIO, header: NrrdHeader) -> Iterator[BinaryIO]:
    """The uncompressed pixel bytes, from this file or the one it names."""
    detached = _detached(header)
    source = path.parent / detached if detached else path
    if not source.is_file():
        raise InputError(f"{path} names the data file {source}, which does not exist.", "Keep the two together.")
    with source.open("rb") as own:
        raw: BinaryIO = own if detached else stream
        for _ in range(header.whole_number("line skip")):
            if not raw.readline(_LONGEST_LINE):
                break
        skip = header.whole_number("byte skip")
        if header.encoding == "gzip":
            raw = cast(BinaryIO, gzip.GzipFile(fileobj=raw))
        elif header.encoding == "bzip2":
            raw = cast(BinaryIO, bz2.BZ2File(raw))
        elif skip < 0:  # -1: the pixels are the end of the file
            raw.seek(max(raw.seek(0, 2) - math.prod(header.sizes) * header.dtype.itemsize, 0))
        while skip > 0 and (skipped := raw.read(min(skip, _LONGEST_LINE))):
            skip -= len(skipped)
        yield raw


def _read_frames(data: BinaryIO, header: NrrdHeader, axes: Axes, slice_number: int) -> np.ndarray:
    """(T, H, W[, 3]) frames."""
    if axes.time is None or axes.time == len(header.sizes) - 1:
        return _time_slowest(data, header, axes, slice_number)
    return _time_elsewhere(data, header, axes, slice_number)


def _time_slowest(data: BinaryIO, header: NrrdHeader, axes: Axes, slice_number: int) -> np.ndarray:
    sizes = header.sizes if axes.time is None else header.sizes[:-1]
    frame_count = 1 if axes.time is None else header.sizes[-1]
    order = _axis_order(axes, len(sizes))
    with FrameBuffer(expected=frame_count) as buffer:
        for _ in range(frame_count):
            block = _read_block(data, sizes, header)
            buffer.append(to_frame(_as_image(block, order, axes, slice_number), header.source))
        return buffer.finish()


def _time_elsewhere(data: BinaryIO, header: NrrdHeader, axes: Axes, slice_number: int) -> np.ndarray:
    """Slicer's older files: all of one pixel's frames come together, so read all and turn."""
    assert axes.time is not None
    outer = max(axis for axis, size in enumerate(header.sizes) if size > 1 or axis == 0)
    with FrameBuffer(expected=header.sizes[outer]) as buffer:
        for _ in range(header.sizes[outer]):
            buffer.append(_read_block(data, header.sizes[:outer], header))
        whole = buffer.finish().reshape(header.sizes[::-1])
    whole = np.moveaxis(whole, len(header.sizes) - 1 - axes.time, 0)
    shifted = [axis - (axis > axes.time) for axis in _present(axes)]
    order = tuple(len(header.sizes) - 2 - axis for axis in reversed(shifted))
    with FrameBuffer(expected=len(whole)) as turned:
        for frame in whole:
            turned.append(to_frame(_as_image(frame, order, axes, slice_number), header.source))
        return turned.finish()


def _present(axes: Axes) -> list[int]:
    """File axes in the order colour, columns, rows, slices, without those the file lacks."""
    return [axis for axis in (axes.colour, axes.columns, axes.rows, axes.slices) if axis is not None]


def _axis_order(axes: Axes, dimensions: int) -> tuple[int, ...]:
    """Numpy axes (slowest first) that bring a block into the order slices, rows, columns, colour."""
    return tuple(dimensions - 1 - axis for axis in reversed(_present(axes)))


def _as_image(block: np.ndarray, order: tuple[int, ...], axes: Axes, slice_number: int) -> np.ndarray:
    image = block.transpose(order)
    return image if axes.slices is None else image[slice_number]


def _read_block(data: BinaryIO, sizes: tuple[int, ...], header: NrrdHeader) -> np.ndarray:
    """The next block, slowest axis first.

    Raises:
        InputError: the file ends before it, or its compressed bytes are damaged.
    """
    length = math.prod(sizes) * header.dtype.itemsize
    try:
        raw = data.read(length)
    except (EOFError, OSError, zlib.error) as error:
        raise _cut_off(header) from error
    if len(raw) < length:
        raise _cut_off(header)
    return np.frombuffer(raw, header.dtype).reshape(sizes[::-1])


def _cut_off(header: NrrdHeader) -> InputError:
    return InputError(f"{header.source} is cut off: its pixels end early.", "Copy or save the file again.")


def _index(header: NrrdHeader, axes: Axes, frame_count: int) -> tuple[str, str, tuple[float, ...]]:
    """Name, unit and values of the index of a Slicer sequence or multi-volume; frame numbers for any other file."""
    for name, unit, texts in (_sequence_index(header, axes), _multivolume_index(header)):
        try:
            values = tuple(float(unquote(text)) for text in texts)
        except ValueError:  # a text index
            continue
        if axes.time is None or len(values) != frame_count or not all(map(math.isfinite, values)):
            continue
        if name.lower() in _TIMES and unit.lower() in _SECONDS:
            return "time", "s", tuple(round(value * _SECONDS[unit.lower()], 12) for value in values)
        return name or "frame", unit, values
    step = _frame_time(header, axes)
    if step is None:
        return "frame", "", tuple(float(frame) for frame in range(frame_count))
    return "time", "s", tuple(step * frame for frame in range(frame_count))


def _sequence_index(header: NrrdHeader, axes: Axes) -> tuple[str, str, list[str]]:
    """As Slicer writes it: with the number 3 also where the axis of colours makes time the axis 4."""
    numbers = (3, 0, axes.time)
    texts = next(
        (header.keys[key] for key in (f"axis {one} index values" for one in numbers) if key in header.keys), ""
    )
    labels, units = header.per_axis("labels"), header.per_axis("units")
    name = labels[axes.time] if axes.time is not None and len(labels) == len(header.sizes) else ""
    unit = units[axes.time] if axes.time is not None and len(units) == len(header.sizes) else ""
    return name, unit, texts.split()


def _multivolume_index(header: NrrdHeader) -> tuple[str, str, list[str]]:
    """As Slicer's module MultiVolume writes it, which names the DICOM field that tells frames apart."""
    name = header.keys.get("MultiVolume.FrameIdentifyingDICOMTagName", "")
    labels = header.keys.get("MultiVolume.FrameLabels", "") if name else ""
    return name, header.keys.get("MultiVolume.FrameIdentifyingDICOMTagUnits", "ms"), labels.split(",")


def _frame_time(header: NrrdHeader, axes: Axes) -> float | None:
    """Seconds from frame to frame, where the axis of time has a spacing in a unit of time."""
    units, spacings = header.per_axis("units"), header.per_axis("spacings")
    if axes.time is None or not len(units) == len(spacings) == len(header.sizes):
        return None
    unit = _SECONDS.get(units[axes.time].lower())
    try:
        step = float(spacings[axes.time])
    except ValueError:
        return None
    return step * unit if unit and math.isfinite(step) and step > 0 else None


def _unit_of(texts: list[str], place: int, count: int) -> float:
    """How many millimetres the unit at a place of a list of `count` units has, 1 where it is not told or unknown."""
    return _MILLIMETRES.get(texts[place].lower(), 1.0) if len(texts) == count else 1.0


def _geometry(header: NrrdHeader, axes: Axes) -> tuple[tuple[float, float] | None, float, tuple[float, ...]]:
    """Pixel size (x, y) where the file has one, slice size, and row-major direction cosines in LPS."""
    vectors = header.per_axis("space directions")
    spacings, units = header.per_axis("spacings"), header.per_axis("units")
    space_units = header.per_axis("space units")
    steps = np.eye(3)
    across = axes.time if axes.slices is None else axes.slices  # time is a third axis of space in plain volumes
    known_across = False
    for place, axis in enumerate((axes.columns, axes.rows, across)):
        if axis is not None and len(vectors) == len(header.sizes) and vectors[axis].startswith("("):
            steps[place] = _to_lps(header, _vector(vectors[axis])) * _unit_of(space_units[:1], 0, 1)
            known_across = place == 2
        elif axis is not None and len(spacings) == len(header.sizes):
            steps[place, place] = _positive(spacings[axis]) * _unit_of(units, axis, len(header.sizes))
    lengths = np.linalg.norm(steps, axis=1)
    if not np.all(np.isfinite(lengths)) or np.any(lengths == 0):
        return None, 1.0, Cine.direction
    cosines = steps / lengths[:, np.newaxis]
    if not known_across:
        cosines[2] = np.cross(cosines[0], cosines[1])
    spacing = (float(lengths[0]), float(lengths[1])) if header.has_spacing(axes.columns, axes.rows) else None
    return spacing, float(lengths[2]), tuple(cosines.T.ravel().tolist())


def _origin(header: NrrdHeader) -> tuple[float, float, float]:
    origin = _vector(header.fields.get("space origin", ""))
    if not np.all(np.isfinite(origin)):
        return (0.0, 0.0, 0.0)
    x, y, z = _to_lps(header, origin).tolist()
    return (x, y, z)


def _to_lps(header: NrrdHeader, vector: np.ndarray) -> np.ndarray:
    space = header.fields.get("space", "").lower().removesuffix("-time")
    if space in ("right-anterior-superior", "ras", "rast"):
        return vector * (-1, -1, 1)
    if space in ("left-anterior-superior", "las", "last"):
        return vector * (1, -1, 1)
    return vector


def _vector(text: str) -> np.ndarray:
    """(3,) from "(x,y,z)"; two numbers get a third of zero, a fourth is time, nonsense becomes NaN."""
    try:
        numbers = [float(part) for part in text.strip("()").split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 2:
        numbers.append(0.0)
    return np.array(numbers[:3] if len(numbers) in (3, 4) else [math.nan] * 3)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 1.0
    return value if math.isfinite(value) and value > 0 else 1.0
