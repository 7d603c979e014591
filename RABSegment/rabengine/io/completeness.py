"""Whether a TIFF or NIfTI file is all there: SimpleITK reads what is left of one that is cut off."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, cast

_CHUNK_BYTES = 1 << 20
_MOST_PAGES = 1_000_000
_OFFSETS, _BYTE_COUNTS = (273, 324), (279, 325)  # of strips, of tiles
_TIFF_TYPES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}


def is_whole(path: Path) -> bool:
    """False when the file ends before its pixels do; True also for kinds that need no such test."""
    name = path.name.lower()
    try:
        if name.endswith((".nii", ".nii.gz")):
            return _is_whole_nifti(path)
        if name.endswith((".tif", ".tiff")):
            return _is_whole_tiff(path)
    except (EOFError, OSError, zlib.error, struct.error):
        return False
    return True


def _is_whole_nifti(path: Path) -> bool:
    """Unpack it once, holding nothing, and compare the length with what the header promises."""
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=plain)) if packed else plain
        header = stream.read(348)
        length = len(header)
        while block := stream.read(_CHUNK_BYTES):
            length += len(block)
    order = "<" if struct.unpack_from("<i", header)[0] == 348 else ">"
    if struct.unpack_from(order + "i", header)[0] != 348:
        return True  # NIfTI-2, which is not known here
    rank, *sizes = struct.unpack_from(order + "8h", header, 40)
    bits = struct.unpack_from(order + "h", header, 72)[0]
    start = struct.unpack_from(order + "f", header, 108)[0]
    return length >= start + math.prod(sizes[:rank]) * bits // 8


def _is_whole_tiff(path: Path) -> bool:
    """Follow the chain of pages: every page's directory and pixels must lie inside the file."""
    with path.open("rb") as stream:
        order = "<" if stream.read(2) == b"II" else ">"
        big = struct.unpack(order + "H", stream.read(2))[0] == 43
        if big:
            stream.read(4)
        at = _number(stream, order, "Q" if big else "I")
        for _ in range(_MOST_PAGES):
            if at == 0:
                break
            stream.seek(at)
            tags, at = _page(stream, order, big)
            end = stream.seek(0, 2)
            for offsets, counts in zip(_OFFSETS, _BYTE_COUNTS, strict=True):
                spans = zip(tags.get(offsets, ()), tags.get(counts, ()), strict=False)
                if any(start + count > end for start, count in spans):
                    return False
    return True


def _page(stream: BinaryIO, order: str, big: bool) -> tuple[dict[int, tuple[int, ...]], int]:
    """Whole-number tags of the page at the stream's position, and where the next page is (0: nowhere)."""
    word = "Q" if big else "I"
    entries = [
        (*struct.unpack(order + "HH" + word, stream.read(12 if big else 8)), stream.read(8 if big else 4))
        for _ in range(_number(stream, order, "Q" if big else "H"))
    ]
    following = _number(stream, order, word)
    tags: dict[int, tuple[int, ...]] = {}
    for tag, kind, count, value in entries:
        if kind not in _TIFF_TYPES:
            continue
        layout = f"{order}{count}{_TIFF_TYPES[kind]}"
        length = struct.calcsize(layout)
        if length > len(value):
            stream.seek(struct.unpack(order + word, value)[0])
            value = stream.read(length)
        tags[tag] = struct.unpack(layout, value[:length])
    return tags, following


def _number(stream: BinaryIO, order: str, kind: str) -> int:
    return int(struct.unpack(order + kind, stream.read(struct.calcsize("=" + kind)))[0])
