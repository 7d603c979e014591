"""Whether a TIFF file is all there.

Followed here, with nothing but offsets, because tifffile goes on with the pages that it finds: it takes a file that
is cut off for a shorter one and fills strips that are missing with zeros.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_MOST_PAGES = 1_000_000
_BITS, _SAMPLE_FORMAT, _FLOATS = 258, 339, 3
_OFFSETS, _BYTE_COUNTS = (273, 324), (279, 325)  # of strips, of tiles
_TYPES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}


def is_whole(path: Path) -> bool:
    """False when a page or its pixels lie outside the file, or when pages lead back to earlier ones."""
    try:
        with path.open("rb") as stream:
            return _all_pages_lie_inside(stream, stream.seek(0, 2))
    except (OSError, OverflowError, struct.error, ValueError):
        return False


def has_half_floats(path: Path) -> bool:
    """Whether pixels of the first page are floats of 16 bits, which libtiff's callers take for whole numbers."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            order, big, at = _start(stream)
            stream.seek(at)
            tags, _following = _page(stream, order, big, size)
    except (OSError, OverflowError, struct.error, ValueError):
        return False
    return 16 in tags.get(_BITS, ()) and _FLOATS in tags.get(_SAMPLE_FORMAT, ())


def _start(stream: BinaryIO) -> tuple[str, bool, int]:
    """Byte order, whether offsets have 64 bits, and where the first page is."""
    stream.seek(0)
    order = "<" if stream.read(2) == b"II" else ">"
    big = struct.unpack(order + "H", stream.read(2))[0] == 43
    if big:
        stream.read(4)
    return order, big, _number(stream, order, "Q" if big else "I")


def _all_pages_lie_inside(stream: BinaryIO, size: int) -> bool:
    order, big, at = _start(stream)
    seen: set[int] = set()
    while at != 0:
        if at in seen or len(seen) == _MOST_PAGES:
            return False
        seen.add(at)
        stream.seek(at)
        tags, at = _page(stream, order, big, size)
        for offsets, counts in zip(_OFFSETS, _BYTE_COUNTS, strict=True):
            spans = zip(tags.get(offsets, ()), tags.get(counts, ()), strict=False)
            if any(start + count > size for start, count in spans):
                return False
    return bool(seen)


def _page(stream: BinaryIO, order: str, big: bool, size: int) -> tuple[dict[int, tuple[int, ...]], int]:
    """Whole-number tags of the page at the stream's position, and where the next page is (0: nowhere)."""
    word = "Q" if big else "I"
    count = _number(stream, order, "Q" if big else "H")
    if count * 12 > size:
        raise ValueError("more tags than the file has room for")
    entries = [
        (*struct.unpack(order + "HH" + word, stream.read(12 if big else 8)), stream.read(8 if big else 4))
        for _ in range(count)
    ]
    following = _number(stream, order, word)
    tags: dict[int, tuple[int, ...]] = {}
    for tag, kind, length, value in entries:
        if kind not in _TYPES or tag not in (*_OFFSETS, *_BYTE_COUNTS, _BITS, _SAMPLE_FORMAT):
            continue
        if length > size:
            raise ValueError("more values than the file has room for")
        layout = f"{order}{length}{_TYPES[kind]}"
        needed = struct.calcsize(layout)
        if needed > len(value):
            stream.seek(struct.unpack(order + word, value)[0])
            value = stream.read(needed)
        tags[tag] = struct.unpack(layout, value[:needed])
    return tags, following


def _number(stream: BinaryIO, order: str, kind: str) -> int:
    return int(struct.unpack(order + kind, stream.read(struct.calcsize("=" + kind)))[0])
