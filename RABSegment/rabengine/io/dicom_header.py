"""The few parts of a DICOM file that SimpleITK does not show: nested sequences and where the pixels lie.

A small reader of implicit and explicit VR, both byte orders. It keeps short values only, never pixels, and
stops quietly where a file is cut off, so that what came before can still be used.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

Values = dict[int, "bytes | list[Values]"]

PIXEL_DATA = 0x7FE00010
TRANSFER_SYNTAX = 0x00020010
NUMBER_OF_FRAMES = 0x00280008
ULTRASOUND_REGIONS = 0x00186011
SHARED_GROUPS = 0x52009229
PIXEL_MEASURES = 0x00289110

_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UNDEFINED = 0xFFFFFFFF
_LONG_VRS = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
# Implicit VR does not say which elements are sequences; these are the ones we need.
_KNOWN_SEQUENCES = {ULTRASOUND_REGIONS, SHARED_GROUPS, PIXEL_MEASURES}
_LONGEST_VALUE = 1 << 20
_DEEPEST = 16
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_IMPLICIT = "1.2.840.10008.1.2"
_DEFLATED = "1.2.840.10008.1.2.1.99"


@dataclass
class DicomHeader:
    """What was read before the pixels.

    Attributes:
        values: raw value by tag (group << 16 | element); a sequence is a list of such dictionaries.
        byte_order: "<" or ">" as in `struct`, for binary values.
        transfer_syntax: its UID, "" when the file does not say.
        pixel_tag_at: offset of the pixel data element, None when the file ends before it.
        pixels_at: offset of its value.
        pixel_length: its length in bytes, None when it is a list of compressed fragments.
        frame_count_at: offset and length of the text that says how many frames there are.
        file_size: in bytes.
    """

    values: Values = field(default_factory=dict)
    byte_order: str = "<"
    transfer_syntax: str = ""
    pixel_tag_at: int | None = None
    pixels_at: int = 0
    pixel_length: int | None = None
    frame_count_at: tuple[int, int] | None = None
    file_size: int = 0

    def text(self, tag: int) -> str:
        """A top-level text value, "" when absent."""
        return text(self.values, tag)


def text(values: Values, tag: int) -> str:
    """A text value without its padding, "" when absent."""
    found = values.get(tag)
    return found.decode("latin-1").strip(" \0") if isinstance(found, bytes) else ""


def numbers(values: Values, tag: int) -> list[float]:
    """A decimal string's numbers (VR DS or IS, separated by backslashes); [] when absent or malformed."""
    try:
        return [float(part) for part in text(values, tag).split("\\")]
    except ValueError:
        return []


def items(values: Values, tag: int) -> list[Values]:
    """The items of a sequence, [] when absent."""
    found = values.get(tag)
    return found if isinstance(found, list) else []


def uint(values: Values, tag: int, order: str) -> int:
    """A 16 or 32 bit number (VR US or UL), 0 when absent or malformed."""
    raw = values.get(tag)
    if not isinstance(raw, bytes) or len(raw) not in (2, 4):
        return 0
    return int(struct.unpack(order + ("H" if len(raw) == 2 else "I"), raw)[0])


def double(values: Values, tag: int, order: str) -> float:
    """A 64 bit real (VR FD), NaN when absent or malformed."""
    raw = values.get(tag)
    if not isinstance(raw, bytes) or len(raw) != 8:
        return math.nan
    return float(struct.unpack(order + "d", raw)[0])


def is_dicom(path: Path) -> bool:
    """Whether the file carries DICOM's mark, whatever its name."""
    try:
        with path.open("rb") as stream:
            return stream.read(132)[128:] == b"DICM"
    except OSError:
        return False


def read_header(path: Path) -> DicomHeader:
    """Read all short values before the pixel data; what cannot be understood is left out.

    Raises:
        OSError: the file cannot be opened.
    """
    header = DicomHeader(file_size=path.stat().st_size)
    with path.open("rb") as stream:
        start = 132 if stream.read(132)[128:] == b"DICM" else 0
        stream.seek(start)
        try:
            _read_meta(stream, header)
            if header.transfer_syntax != _DEFLATED:
                _Parser(stream, header).read_dataset(header.values, header.file_size, depth=0)
        except (_EndOfHeaderError, struct.error, RecursionError):
            pass
    return header


class _EndOfHeaderError(Exception):
    """The file ends, or turns to nonsense, or the pixels begin."""


def _read_meta(stream: BinaryIO, header: DicomHeader) -> None:
    """Group 2, which is always explicit little endian, and where the main data set's encoding is named."""
    parser = _Parser(stream, header, implicit=False)
    while _peek(stream, 2) == b"\x02\x00":
        parser.read_element(header.values, header.file_size, depth=0)
    header.transfer_syntax = header.text(TRANSFER_SYNTAX)
    if header.transfer_syntax == _BIG_ENDIAN:
        header.byte_order = ">"


def _peek(stream: BinaryIO, count: int) -> bytes:
    here = stream.tell()
    ahead = stream.read(count)
    stream.seek(here)
    return ahead


class _Parser:
    def __init__(self, stream: BinaryIO, header: DicomHeader, implicit: bool | None = None) -> None:
        self.stream = stream
        self.header = header
        self.order = header.byte_order
        if implicit is None:
            implicit = header.transfer_syntax == _IMPLICIT
            if not header.transfer_syntax:  # a bare data set: only explicit VR has two capitals after a tag
                ahead = _peek(stream, 6)[4:]
                implicit = not (ahead.isalpha() and ahead.isupper())
        self.implicit = implicit

    def read_dataset(self, values: Values, end: int, depth: int) -> None:
        """Elements up to `end`, or up to the mark that closes an item."""
        while self.stream.tell() < end and self.read_element(values, end, depth):
            pass

    def read_element(self, values: Values, end: int, depth: int) -> bool:
        """One element into `values`; False when it is the mark that closes an item."""
        tag_at = self.stream.tell()
        tag = self._tag()
        if tag in (_ITEM_END, _SEQUENCE_END):
            self._take(4)
            return False
        vr, length = self._vr_and_length()
        if tag == PIXEL_DATA and depth == 0:
            self.header.pixel_tag_at, self.header.pixels_at = tag_at, self.stream.tell()
            self.header.pixel_length = None if length == _UNDEFINED else length
            raise _EndOfHeaderError
        if length == _UNDEFINED or vr == b"SQ" or (self.implicit and tag in _KNOWN_SEQUENCES):
            values[tag] = self._sequence(length, end, depth + 1, foreign=vr == b"UN")
        elif self.stream.tell() + length > end:
            raise _EndOfHeaderError
        elif length > _LONGEST_VALUE:
            self.stream.seek(length, 1)
        else:
            if tag == NUMBER_OF_FRAMES and depth == 0:
                self.header.frame_count_at = (self.stream.tell(), length)
            values[tag] = self._take(length)
        return True

    def _sequence(self, length: int, end: int, depth: int, foreign: bool) -> list[Values]:
        if depth > _DEEPEST:
            raise _EndOfHeaderError
        was_implicit = self.implicit
        self.implicit = was_implicit or foreign  # an unknown sequence (UN) is implicit inside, says the standard
        items: list[Values] = []
        sequence_end = end if length == _UNDEFINED else self.stream.tell() + length
        while self.stream.tell() < sequence_end:
            tag, item_length = self._tag(), self._uint32()
            if tag == _SEQUENCE_END:
                break
            if tag != _ITEM:
                raise _EndOfHeaderError
            item: Values = {}
            item_end = sequence_end if item_length == _UNDEFINED else self.stream.tell() + item_length
            self.read_dataset(item, item_end, depth)
            items.append(item)
        self.implicit = was_implicit
        return items

    def _vr_and_length(self) -> tuple[bytes, int]:
        if self.implicit:
            return b"", self._uint32()
        vr = self._take(2)
        if vr in _LONG_VRS:
            self._take(2)
            return vr, self._uint32()
        return vr, struct.unpack(self.order + "H", self._take(2))[0]

    def _tag(self) -> int:
        group, element = struct.unpack(self.order + "HH", self._take(4))
        return int(group) << 16 | int(element)

    def _uint32(self) -> int:
        return int(struct.unpack(self.order + "I", self._take(4))[0])

    def _take(self, count: int) -> bytes:
        taken = self.stream.read(count)
        if len(taken) < count:
            raise _EndOfHeaderError
        return taken
