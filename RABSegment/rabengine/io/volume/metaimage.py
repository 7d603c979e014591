"""MetaImage (.mha, .mhd), read by SimpleITK after its header was seen to make sense.

The header is looked at first because ITK ends the whole process on some that are damaged, and because it does not
tell the times that PLUS writes for each frame.
"""

from __future__ import annotations

import math
import mmap
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.dicom.facts import since_first
from rabengine.io.options import ReadOptions
from rabengine.io.pixels import check_frame_size, damaged
from rabengine.io.reader import SuffixReader

from .itk import load_itk

_METAIMAGE_DATA = b"ElementDataFile"
_LONGEST_NAME = 4096
_LONGEST_HEADER = 64 * 2**20  # PLUS writes some hundred bytes a frame
_LONGEST_NUMBER = 32
_SAMPLE_BYTES = {
    "MET_CHAR": 1,
    "MET_UCHAR": 1,
    "MET_SHORT": 2,
    "MET_USHORT": 2,
    "MET_INT": 4,
    "MET_UINT": 4,
    "MET_LONG": 4,
    "MET_ULONG": 4,
    "MET_LONG_LONG": 8,
    "MET_ULONG_LONG": 8,
    "MET_FLOAT": 4,
    "MET_DOUBLE": 8,
}
_TIMESTAMP = re.compile(r"Seq_Frame(\d+)_Timestamp")


class MetaImageReader(SuffixReader):
    """MetaImage with time last."""

    name = "MetaImage"
    suffixes = (".mha", ".mhd")

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_metaimage(path, options)

    def files_behind(self, path: Path) -> list[Path]:
        return _behind_metaimage(path)


def load_metaimage(path: Path, options: ReadOptions) -> Cine:
    """Frames, geometry and times of a MetaImage.

    Raises:
        InputError: its header makes no sense, it is cut off, or has several slices in every frame and none was
            chosen.
    """
    fields = _fields(path)
    _check(fields, path)
    streams = fields.get("CompressedData", "False").lower() not in ("true", "1")
    has_spacing = "ElementSpacing" in fields or "ElementSize" in fields
    cine = load_itk(path, "MetaImageIO", streams, has_spacing, options)
    times = _timestamps(fields, cine.frame_count)
    return replace(cine, index_name="time", index_unit="s", index_values=times) if times else cine


def _fields(path: Path) -> dict[str, str]:
    """The lines of the header, up to the one that names the pixels."""
    fields: dict[str, str] = {}
    with path.open("rb") as stream:
        read = 0
        while read < _LONGEST_HEADER:
            line = stream.readline(_LONGEST_HEADER - read)
            read += len(line)
            key, equals, value = line.partition(b"=")
            if not equals:
                if not line.strip() and line:
                    continue
                break
            name = key.decode("latin-1").strip()
            fields[name] = value.decode("latin-1").strip()
            if name == _METAIMAGE_DATA.decode():
                fields[""] = str(read)  # where local pixels start
                return fields
    raise damaged(path)


def _check(fields: Mapping[str, str], path: Path) -> None:
    """Refuse a header that ITK cannot be trusted with.

    Raises:
        InputError: a field is missing, no number, or does not go with the others or the size of the file.
    """
    dimensions = _whole_numbers(fields.get("NDims", ""), path)
    sizes = _whole_numbers(fields.get("DimSize", ""), path)
    channels = _whole_numbers(fields.get("ElementNumberOfChannels", "1"), path)
    kind = fields.get("ElementType", "").removesuffix("_ARRAY")
    if len(dimensions) != 1 or not 2 <= dimensions[0] <= 4 or len(sizes) != dimensions[0] or min(sizes) < 1:
        raise damaged(path)
    if len(channels) != 1 or not 1 <= channels[0] <= 64 or kind not in _SAMPLE_BYTES:
        raise damaged(path)
    for name in ("ElementSpacing", "ElementSize", "Offset", "Position", "Origin", "CenterOfRotation"):
        _check_reals(fields, name, dimensions[0], path)
    for name in ("TransformMatrix", "Rotation", "Orientation"):
        _check_reals(fields, name, dimensions[0] ** 2, path)
    check_frame_size(sizes[1], sizes[0], channels[0], _SAMPLE_BYTES[kind], str(path))
    _check_length(fields, math.prod(sizes) * channels[0] * _SAMPLE_BYTES[kind], path)


def _check_length(fields: Mapping[str, str], length: int, path: Path) -> None:
    """Refuse a file that ends before its pixels do."""
    header_size = _whole_numbers(fields.get("HeaderSize", "0"), path)
    if len(header_size) != 1 or header_size[0] < -1 or fields.get("BinaryData", "True").lower() not in ("true", "1"):
        if len(header_size) != 1 or header_size[0] < -1:
            raise damaged(path)
        return  # numbers as text: their length is not told
    name = fields[_METAIMAGE_DATA.decode()]
    is_local = name.upper() == "LOCAL"
    try:
        data = path if is_local else path.parent / name
        if not is_local and ("%" in name or name.split()[:1] == ["LIST"]):
            # ITK takes what is in memory for the pixels of files that are not named or not there.
            raise InputError(f"{path} names several data files, which is not supported.", "Save it as one .mha file.")
        if not data.is_file():
            raise InputError(f"{path} names the data file {name}, which does not exist.", "Keep the two together.")
        held = data.stat().st_size - (int(fields[""]) if is_local else 0)
    except ValueError:
        raise damaged(path) from None
    if fields.get("CompressedData", "False").lower() in ("true", "1"):
        packed = _whole_numbers(fields.get("CompressedDataSize", "0"), path)
        if len(packed) != 1 or packed[0] > held or packed[0] < 0 or length > max(held, 1) * 1200:
            raise damaged(path)
    elif length > held:
        raise damaged(path)


def _whole_numbers(text: str, path: Path) -> list[int]:
    parts = text.split()
    if any(len(part) > _LONGEST_NUMBER for part in parts) or len(parts) > 16:
        raise damaged(path)
    try:
        return [int(part) for part in parts]
    except ValueError:
        raise damaged(path) from None


def _check_reals(fields: Mapping[str, str], name: str, count: int, path: Path) -> None:
    if name not in fields:
        return
    try:
        numbers = [float(part) for part in fields[name].split()]
    except ValueError:
        raise damaged(path) from None
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise damaged(path)


def _timestamps(fields: Mapping[str, str], frame_count: int) -> tuple[float, ...]:
    """Seconds since the first frame as PLUS has written them, () where any is missing or they do not rise."""
    found: dict[int, float] = {}
    for name, value in fields.items():
        if match := _TIMESTAMP.fullmatch(name):
            try:
                found[int(match[1])] = float(value)
            except ValueError:
                return ()
    if sorted(found) != list(range(frame_count)):
        return ()
    return since_first([found[frame] for frame in range(frame_count)])


def _behind_metaimage(path: Path) -> list[Path]:
    """The one place in the file that names its data decides.

    A header with two of them, or with none, could be read in another way by the library than by us.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = content.find(_METAIMAGE_DATA)
        is_only = at >= 0 and content.find(_METAIMAGE_DATA, at + 1) < 0
        start = at + len(_METAIMAGE_DATA)
        line = content[start : start + _LONGEST_NAME].splitlines()[:1] if is_only else []
    name = line[0].decode("latin-1").lstrip(" \t=:").rstrip() if line else ""
    if name.lower() == "local":
        return []
    if not name or not name.isprintable() or "%" in name or name.split()[0].upper() == "LIST":
        raise InputError(f"{path} does not name one file for its pixels.", "Save it as one .mha file.")
    return [path.parent / name]
