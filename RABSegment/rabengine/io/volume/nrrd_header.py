"""The text header of a NRRD file, and which of its axes is time, colour, or space."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from rabengine.errors import InputError

_DTYPES = {
    "i1": "signed char|int8|int8_t",
    "u1": "uchar|unsigned char|uint8|uint8_t",
    "i2": "short|short int|signed short|signed short int|int16|int16_t",
    "u2": "ushort|unsigned short|unsigned short int|uint16|uint16_t",
    "i4": "int|signed int|int32|int32_t",
    "u4": "uint|unsigned int|uint32|uint32_t",
    "i8": "longlong|long long|long long int|signed long long|signed long long int|int64|int64_t",
    "u8": "ulonglong|unsigned long long|unsigned long long int|uint64|uint64_t",
    "f4": "float",
    "f8": "double",
}
_DTYPE_BY_NAME = {name: code for code, names in _DTYPES.items() for name in names.split("|")}
_COLOUR_KINDS = {"vector", "rgb-color", "rgba-color", "3-color", "4-color", "3-vector", "4-vector", "scalar"}
_TIME_KINDS = {"list", "time"}
UNCALIBRATED_KEY = "RABSegment.Uncalibrated"  # our own files say so where Slicer needs a size all the same
MARKED_KEY = "RABSegment.Marked"  # the frames of a label sequence that a person marked
_ESCAPED = re.compile(r"\\([\\n])")  # in values of keys: a backslash, and the end of a line
_MOST_AXES = 16
_LONGEST_HEADER_LINE = 1 << 24  # index values of very long cines make one long line


@dataclass(frozen=True)
class NrrdHeader:
    """Fields and keys of a NRRD header.

    Attributes:
        fields: value by field name, such as "sizes".
        keys: value by key, such as "DataNodeClassName" (written with :=).
        source: the file, for messages.
    """

    fields: dict[str, str]
    keys: dict[str, str]
    source: str

    @property
    def sizes(self) -> tuple[int, ...]:
        """Size of each axis, fastest first."""
        try:
            sizes = tuple(int(part) for part in self.fields["sizes"].split())
            dimension = int(self.fields.get("dimension", len(sizes)))
        except (KeyError, ValueError):
            raise self.malformed("sizes") from None
        if not 1 <= len(sizes) <= _MOST_AXES or not 1 <= min(sizes) <= max(sizes) < 2**40 or len(sizes) != dimension:
            raise self.malformed("sizes")
        return sizes

    def whole_number(self, field: str) -> int:
        """The number in a field, 0 when absent."""
        text = self.fields.get(field, "0")
        try:
            return int(text)
        except ValueError:
            raise self.malformed(field) from None

    def has_spacing(self, columns: int, rows: int) -> bool:
        """Whether the file says how far pixels are apart along both axes, and does not call that unknown."""
        if self.keys.get(UNCALIBRATED_KEY, "") == "1":
            return False
        vectors, spacings = self.per_axis("space directions"), self.per_axis("spacings")
        if len(vectors) == len(self.sizes):
            return all(vectors[axis].startswith("(") for axis in (columns, rows))
        return len(spacings) == len(self.sizes) and not any(
            spacings[axis].lower() in ("nan", "none", "???") for axis in (columns, rows)
        )

    @property
    def dtype(self) -> np.dtype:
        """Pixel type with the file's byte order."""
        name = self.fields.get("type", "").lower()
        if name not in _DTYPE_BY_NAME:
            raise self.malformed("type")
        order = ">" if self.fields.get("endian", "little").lower() == "big" else "<"
        return np.dtype(order + _DTYPE_BY_NAME[name])

    @property
    def encoding(self) -> str:
        """ "raw", "gzip" or "bzip2"."""
        name = self.fields.get("encoding", "").lower()
        known = {"raw": "raw", "gzip": "gzip", "gz": "gzip", "bzip2": "bzip2", "bz2": "bzip2"}
        if name not in known:
            raise InputError(
                f"{self.source} has the NRRD encoding '{name}', which is not supported.",
                "Save it with raw or gzip encoding.",
            )
        return known[name]

    def per_axis(self, field: str) -> list[str]:
        """A field with one entry an axis, with vectors in brackets and quoted texts whole; [] when absent."""
        return [part.strip('"') for part in re.findall(r'\([^)]*\)|"[^"]*"|[^\s()"]+', self.fields.get(field, ""))]

    def malformed(self, field: str) -> InputError:
        """The error for a field that is missing or nonsense."""
        return InputError(f"{self.source} has no usable NRRD field '{field}'.", "Save the file again.")


def parse_header(stream: BinaryIO, source: str) -> NrrdHeader:
    """Read the header; the stream is then at the first byte after the empty line that ends it.

    Raises:
        InputError: it is not a NRRD header.
    """
    if not stream.readline(64).startswith(b"NRRD"):
        raise InputError(f"{source} is not a NRRD file, whatever its name says.", "Save the file again.")
    fields: dict[str, str] = {}
    keys: dict[str, str] = {}
    while line := stream.readline(_LONGEST_HEADER_LINE).decode("utf-8", "replace").rstrip("\r\n"):
        key, assigned, value = line.partition(":=")
        field, colon, content = line.partition(": ")
        if line.startswith("#"):
            continue
        if colon and (not assigned or len(field) < len(key)):
            fields[field.strip().lower()] = content.strip()
        elif assigned:
            keys[key.strip()] = _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else "\\", value.strip())
        elif line.endswith(":"):
            fields[line[:-1].strip().lower()] = ""
        else:
            raise InputError(f"{source} has a broken NRRD header: '{line[:40]}'.", "Save the file again.")
        if "data file" in fields or "datafile" in fields:
            fields.setdefault("data file", fields.get("datafile", ""))
            if fields["data file"].upper().startswith("LIST"):
                break  # names of files follow up to the end
    return NrrdHeader(fields, keys, source)


@dataclass(frozen=True)
class Axes:
    """Which axis (0 is the fastest) is what; None for an axis that the file does not have."""

    columns: int
    rows: int
    time: int | None
    slices: int | None
    colour: int | None


def identify_axes(header: NrrdHeader) -> Axes:
    """Find time (kind "list" or "time", else the last axis), colour, and the two or three axes of space.

    Raises:
        InputError: the axes are not those of a cine.
    """
    sizes = header.sizes
    kinds = [kind.lower() for kind in header.per_axis("kinds")]
    kinds += ["domain"] * (len(sizes) - len(kinds))
    colours = [axis for axis, kind in enumerate(kinds) if kind in _COLOUR_KINDS]
    times = [axis for axis, kind in enumerate(kinds) if kind in _TIME_KINDS and axis not in colours]
    if len(colours) > 1 or len(times) > 1:
        raise _not_a_cine(header)
    space = [axis for axis in range(len(sizes)) if axis not in (*colours, *times)]
    if not times and len(space) >= 3:
        times = [space.pop()]
        if len(space) == 3 and sizes[times[0]] == 1:  # a volume saved with a fourth axis of one
            space[2], times[0] = times[0], space[2]
    if not 2 <= len(space) <= 3:
        raise _not_a_cine(header)
    return Axes(
        columns=space[0],
        rows=space[1],
        time=times[0] if times else None,
        slices=space[2] if len(space) == 3 else None,
        colour=colours[0] if colours else None,
    )


def _not_a_cine(header: NrrdHeader) -> InputError:
    sizes = " x ".join(str(size) for size in header.sizes)
    return InputError(f"{header.source} has axes of {sizes}, which is not a cine.", "Save frames with time last.")
