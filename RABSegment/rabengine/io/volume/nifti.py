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


class NiftiReader(SuffixReader):
    """NIfTI with time last."""

    name = "NIfTI"
    suffixes = (".nii", ".nii.gz")

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_nifti(path)

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
    def frame_time(self) -> float | None:
        """Seconds from one frame to the next where the fourth axis is time."""
        if len(self.sizes) < 4 or len(self.steps) < 4:
            return None
        told = self.units & ~_SPACE_UNITS
        if told in _NOT_TIME:
            return None
        unit = _TIME_UNITS.get(told)
        step = abs(self.steps[3])
        if not math.isfinite(step) or step == 0 or (unit is None and step == 1):
            return None
        return step * (1.0 if unit is None else unit)


def load_nifti(path: Path) -> Cine:
    """Frames, geometry and times of a NIfTI file.

    Raises:
        InputError: it is cut off or damaged, is NIfTI-2, or has several slices in every frame.
    """
    try:
        header, length = _read_header(path)
    except (EOFError, OSError, struct.error, ValueError, zlib.error) as error:
        raise damaged(path) from error
    if length < header.length:
        raise damaged(path)
    cine = load_itk(path, "NiftiImageIO", streams=not _is_packed(path), has_spacing=header.has_spacing)
    step = header.frame_time
    if step is None:
        return cine
    times = tuple(frame * step for frame in range(cine.frame_count))
    return replace(cine, index_name="time", index_unit="s", index_values=times)


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
