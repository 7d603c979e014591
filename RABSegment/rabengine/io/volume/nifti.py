"""NIfTI, read by SimpleITK after its header was seen to go with the size of the file.

The few numbers that decide are taken from the header itself: SimpleITK reads what is left of a file that is cut off,
and does not tell whether a unit was given.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.options import ReadOptions
from rabengine.io.pixels import check_frame_size, damaged
from rabengine.io.reader import SuffixReader

from .itk import load_itk

_CHUNK_BYTES = 1 << 20
_NIFTI_MAGIC_AT, _NIFTI_WITH_OTHER_FILE = 344, b"ni1\0"
_HEADER, _HEADER_OF_NIFTI_2 = 348, 540
_SPACE_UNITS = 7
_NOT_TIME = {32, 40, 48}  # Hz, ppm, rad/s
_TIME_UNITS = {8: 1.0, 16: 1e-3, 24: 1e-6}  # in seconds
_LONG_STEP = 10.0  # seconds; no cine is that slow
_NO_UNIT = (
    "The file says that frames are {step:g} apart, but not in which unit, so they are counted until a frame time is "
    "given."
)
_DOUBTFUL_STEP = (
    "The file says that frames are {seconds:g} s apart, as files {alike} do too, so check durations and rates before "
    "relying on them."
)


class NiftiReader(SuffixReader):
    """NIfTI with time last."""

    name = "NIfTI"
    suffixes = (".nii", ".nii.gz")

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_nifti(path, options)

    def files_behind(self, path: Path) -> list[Path]:
        if path.name.lower().endswith(".nii"):
            _refuse_nifti_pair(path)
        return []


@dataclass(frozen=True)
class _Header:
    """Sizes of the axes, bytes of a voxel, where voxels start, and what the steps between them are."""

    sizes: tuple[int, ...]
    voxel_bytes: int
    start: float
    steps: tuple[float, ...]
    units: int

    @property
    def length(self) -> float:
        return self.start + math.prod(self.sizes) * self.voxel_bytes

    @property
    def has_spacing(self) -> bool:
        """Whether its steps in space are more than the 1 of a file that was not told any."""
        return bool(self.units & _SPACE_UNITS) or self.steps[:2] != (1.0, 1.0)

    @property
    def step(self) -> float | None:
        """From one frame to the next, as it is written, where the fourth axis is time and more than not told."""
        if len(self.sizes) < 4 or len(self.steps) < 4 or self.units & ~_SPACE_UNITS in _NOT_TIME:
            return None
        step = abs(self.steps[3])
        return step if math.isfinite(step) and step != 0 else None

    @property
    def time_unit(self) -> float | None:
        """In seconds, None where none is told."""
        return _TIME_UNITS.get(self.units & ~_SPACE_UNITS)


def load_nifti(path: Path, options: ReadOptions) -> Cine:
    """Frames, geometry and times of a NIfTI file.

    Raises:
        InputError: it is cut off or damaged, is NIfTI-2, or has several slices in every frame and none was chosen.
    """
    try:
        header, length = _read_header(path)
    except (EOFError, OSError, struct.error, ValueError, zlib.error) as error:
        raise damaged(path) from error
    if length < header.length:
        raise damaged(path)
    cine = load_itk(path, "NiftiImageIO", not _is_packed(path), header.has_spacing, options)
    return _with_times(cine, header.step, header.time_unit)


def _with_times(cine: Cine, step: float | None, unit: float | None) -> Cine:
    """The cine at its times, with what is to be doubted of them; counted where their unit is not told."""
    if step is None or (unit is None and step == 1):
        return cine
    if unit is None:
        return replace(cine, warnings=(*cine.warnings, _NO_UNIT.format(step=step)))
    seconds = step * unit
    warnings = cine.warnings
    if seconds == 1 or seconds >= _LONG_STEP:
        alike = "without times" if seconds == 1 else "that mean milliseconds"
        warnings = (*warnings, _DOUBTFUL_STEP.format(seconds=seconds, alike=alike))
    times = tuple(frame * seconds for frame in range(cine.frame_count))
    return replace(cine, index_name="time", index_unit="s", index_values=times, warnings=warnings)


def _is_packed(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def _read_header(path: Path) -> tuple[_Header, int]:
    """The header, and how many bytes follow its start; a packed file is unpacked once, holding nothing."""
    with path.open("rb") as plain:
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=plain)) if _is_packed(path) else plain
        content = stream.read(_HEADER)
        if any(content[:4] == struct.pack(order + "i", _HEADER_OF_NIFTI_2) for order in "<>"):
            raise InputError(f"{path} is NIfTI-2, which cannot be read.", "Save it as NIfTI-1, the usual kind.")
        header = _parse(content)
        check_frame_size(header.sizes[1], header.sizes[0], 1, header.voxel_bytes, str(path))
        length = len(content)
        if stream is plain:
            return header, path.stat().st_size
        while length < header.length and (block := stream.read(_CHUNK_BYTES)):
            length += len(block)
        while stream.read(_CHUNK_BYTES) and length < 2 * header.length:  # the check sum comes at the end
            length += _CHUNK_BYTES
    return header, length


def _parse(content: bytes) -> _Header:
    order = next((one for one in "<>" if struct.unpack_from(one + "i", content)[0] == _HEADER), None)
    if order is None:
        raise ValueError("no NIfTI header")
    rank, *sizes = struct.unpack_from(order + "8h", content, 40)
    bits = struct.unpack_from(order + "h", content, 72)[0]
    steps = struct.unpack_from(order + "8f", content, 76)[1:]
    start = struct.unpack_from(order + "f", content, 108)[0]
    units = content[123]
    if not 2 <= rank <= 7 or min(sizes[:rank]) < 1 or not 1 <= bits <= 256 or not math.isfinite(start) or start < 0:
        raise ValueError("a NIfTI header that makes no sense")
    return _Header(tuple(sizes[:rank]), math.ceil(bits / 8), start, steps, units)


def _refuse_nifti_pair(path: Path) -> None:
    with path.open("rb") as stream:
        stream.seek(_NIFTI_MAGIC_AT)
        if stream.read(4) == _NIFTI_WITH_OTHER_FILE:
            raise InputError(f"{path} keeps its pixels in another file.", "Save it as one .nii file.")
