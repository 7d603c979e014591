"""What a video file is and whether it is all there, from its containers' own sizes; nothing is decoded.

FFmpeg plays what is left of a file that was cut off, and says no word: the container tells.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import TypeAlias

Content: TypeAlias = bytes | memoryview

SIGNATURE_BYTES = 1024  # from the start of a file, enough for `video_kind`

_SIZE_SLACK = 8  # some writers count the header of the size itself
_BOXES = {b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"free", b"skip", b"wide", b"pnot", b"uuid", b"sidx", b"styp"}
_FIRST_BOXES = _BOXES - {b"uuid", b"mfra", b"sidx"}
_PICTURE_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")  # pictures in the container of videos
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_PACK, _SEQUENCE, _END = b"\0\0\1\xba", b"\0\0\1\xb3", b"\0\0\1\xb9"
_FLV_TAGS = (8, 9, 18)
_Y4M = b"YUV4MPEG2 "
_Y4M_LAYOUT = rb" C(mono|420|411|422|444alpha|444)(?:jpeg|mpeg2|paldv)?p?(\d*)\s"
# How many columns and rows share a value of colour, and how many planes there are besides that of grey.
_Y4M_CHROMA = {
    b"mono": (1, 1, 0), b"420": (2, 2, 2), b"411": (4, 1, 2), b"422": (2, 1, 2), b"444": (1, 1, 2),
    b"444alpha": (1, 1, 3),
}  # fmt: skip
_MXF_PARTITION = bytes.fromhex("060e2b34020501010d01020101")  # then which one, and how far it is written
_MXF_FOOTER_AT = 24  # in the header, after its key and length


def video_kind(start: bytes) -> str | None:
    """The container or elementary stream that a file is by its first `SIGNATURE_BYTES`, None for no video.

    Returns:
        "mp4", "matroska", "avi", "asf", "flv", "ogg", "y4m", "mxf", "ps", "ts", or "elementary".
    """
    if start[4:8] in _FIRST_BOXES and start[8:12] not in _PICTURE_BRANDS:
        return "mp4"
    if start.startswith(_EBML):
        return "matroska"
    if start.startswith(b"RIFF") and start[8:12] == b"AVI ":
        return "avi"
    if start.startswith(_ASF):
        return "asf"
    if start.startswith(b"FLV\1"):
        return "flv"
    if start.startswith(b"OggS"):
        return "ogg"
    if start.startswith(_Y4M):
        return "y4m"
    if start.startswith(_MXF_PARTITION):
        return "mxf"
    if start.startswith(_PACK):
        return "ps"
    if _ts_packet(start) is not None:
        return "ts"
    return "elementary" if _is_elementary(start) else None


def is_cut_off(content: Content) -> bool:
    """Whether the file ends before its container says; False where the container says nothing.

    Args:
        content: the whole file, such as a view of a memory map.
    """
    check = _CHECKS.get(video_kind(bytes(content[:SIGNATURE_BYTES])) or "")
    try:
        return check is not None and check(content)
    except (struct.error, IndexError):
        return True  # a header that ends in its middle


def _mp4_is_cut(content: Content) -> bool:
    at, end = 0, len(content)
    while at + 8 <= end:
        size, name = struct.unpack(">I4s", content[at : at + 8])
        if name not in _BOXES or size == 0:  # what follows the last box, or a box to the end of the file
            return False
        if size == 1:
            (size,) = struct.unpack(">Q", content[at + 8 : at + 16])
        if size < 8 or at + size > end:
            return True
        at += size
    return False


def _matroska_is_cut(content: Content) -> bool:
    at, end = 0, len(content)
    while at < end:
        name, at, _unknown = _vint(content, at, keep_marker=True)
        size, at, unknown = _vint(content, at)
        if unknown:  # of a live stream
            return False
        is_segment = name == int.from_bytes(_SEGMENT, "big")
        if at + size > end:
            return True
        if is_segment:
            return False
        at += size
    return False


def _vint(content: Content, at: int, keep_marker: bool = False) -> tuple[int, int, bool]:
    """A number of EBML, where it ends, and whether it stands for "unknown"."""
    first = content[at]
    length = 9 - first.bit_length()
    if length > 8:
        raise IndexError
    value = int.from_bytes(content[at : at + length], "big")
    if at + length > len(content):
        raise IndexError
    without = value & ((1 << 7 * length) - 1)
    return value if keep_marker else without, at + length, without == (1 << 7 * length) - 1


def _avi_is_cut(content: Content) -> bool:
    """Files above 1 GB are several RIFF chunks, one after the other."""
    at, end = 0, len(content)
    while at + 8 <= end and bytes(content[at : at + 4]) == b"RIFF":
        (size,) = struct.unpack("<I", content[at + 4 : at + 8])
        if at + 8 + size > end + _SIZE_SLACK:
            return True
        if size == 0:  # a recorder that never came to finish; its frames are there
            return False
        at += 8 + size + size % 2
    return False


def _asf_is_cut(content: Content) -> bool:
    header_size, _objects = struct.unpack("<QI", content[16:28])
    at = 30
    while at + 24 <= min(header_size, len(content)):
        (size,) = struct.unpack("<Q", content[at + 16 : at + 24])
        if bytes(content[at : at + 16]) == _ASF_FILE_PROPERTIES:
            (declared,) = struct.unpack("<Q", content[at + 40 : at + 48])
            (flags,) = struct.unpack("<I", content[at + 88 : at + 92])
            return not flags & 1 and declared > len(content)  # 1: broadcast, whose size is not known
        if size < 24:
            return False
        at += size
    return header_size > len(content)


def _flv_is_cut(content: Content) -> bool:
    at, end = struct.unpack(">I", content[5:9])[0] + 4, len(content)
    while at + 11 <= end:
        if content[at] & 0x1F not in _FLV_TAGS:
            return False
        at += 11 + int.from_bytes(content[at + 1 : at + 4], "big")
        if at > end:
            return True
        at += 4
    return 0 < end - at < 11  # in the middle of what a tag begins with


def _ogg_is_cut(content: Content) -> bool:
    at, end = 0, len(content)
    while at + 27 <= end:
        if bytes(content[at : at + 4]) != b"OggS":
            return False
        segments = content[at + 26]
        if at + 27 + segments > end:
            return True
        at += 27 + segments + sum(content[at + 27 : at + 27 + segments])
    return at > end


def _y4m_is_cut(content: Content) -> bool:
    """Frames are all of the size that the header says, each with a line before it."""
    at, end = _line_end(content, 0), len(content)
    size = _y4m_frame_bytes(bytes(content[:at]))
    while size and at < end:
        at = _line_end(content, at) + size
    return at > end


def _line_end(content: Content, at: int) -> int:
    """Where the line that begins there is over."""
    length = bytes(content[at : at + SIGNATURE_BYTES]).find(b"\n") + 1
    if not length:
        raise IndexError
    return at + length


def _y4m_frame_bytes(header: bytes) -> int:
    """The size of a frame, 0 where it cannot be told."""
    columns, rows = re.search(rb" W(\d{1,5})\s", header), re.search(rb" H(\d{1,5})\s", header)
    layout = re.search(_Y4M_LAYOUT, header)
    if columns is None or rows is None or (layout is None and b" C" in header):
        return 0
    width, height = int(columns[1]), int(rows[1])
    across, down, planes = _Y4M_CHROMA[layout[1] if layout else b"420"]
    samples = width * height + planes * (-(-width // across) * -(-height // down))
    return samples * (2 if layout and int(layout[2] or 8) > 8 else 1)


def _mxf_is_cut(content: Content) -> bool:
    """Follow keys, lengths and values; the header says where the last partition begins, once that is written."""
    at, end = 0, len(content)
    _length, value = _klv_length(content, 16)
    if int.from_bytes(content[value + _MXF_FOOTER_AT : value + _MXF_FOOTER_AT + 8], "big") >= end:
        return True
    while at < end:
        length, value = _klv_length(content, at + 16)
        at = value + length
    return at > end


def _klv_length(content: Content, at: int) -> tuple[int, int]:
    """A length as BER has it, and where it ends."""
    first = content[at]
    if first < 128:
        return first, at + 1
    if at + 1 + first - 128 > len(content):
        raise IndexError
    return int.from_bytes(content[at + 1 : at + 1 + first - 128], "big"), at + 1 + first - 128


def _ps_is_cut(content: Content) -> bool:
    """Follow the packets after the last pack header that can be found."""
    end = len(content)
    at = _rfind(content, _PACK)
    is_mpeg2 = content[at + 4] >> 6 == 1
    at += 14 + (content[at + 13] & 7) if is_mpeg2 else 12
    while at + 6 <= end and bytes(content[at : at + 3]) == b"\0\0\1":
        if bytes(content[at : at + 4]) == _END:
            return False
        at += 6 + int.from_bytes(content[at + 4 : at + 6], "big")
    return at > end


def _rfind(content: Content, wanted: bytes) -> int:
    """Where the last of these bytes begin, searched from the end on in blocks."""
    block, stop = 1 << 17, len(content)
    while stop > 0:
        start = max(stop - block, 0)
        found = bytes(content[start : min(stop + len(wanted) - 1, len(content))]).rfind(wanted)
        if found >= 0:
            return start + found
        stop = start
    raise IndexError


def _ts_is_cut(content: Content) -> bool:
    packet = _ts_packet(bytes(content[:SIGNATURE_BYTES]))
    return packet is not None and len(content) % packet != 0


def _ts_packet(start: bytes) -> int | None:
    """The size of a transport stream's packets: 188, 192 with a time before each (.m2ts), or 204."""
    for size, offset in ((188, 0), (192, 4), (204, 0)):
        marks = start[offset::size][: SIGNATURE_BYTES // size]
        if len(marks) >= 2 and not marks.strip(b"G"):
            return size
    return None


def _is_elementary(start: bytes) -> bool:
    """MPEG-1 or 2 video, H.264, or HEVC without a container: they begin with what describes them."""
    if start.startswith(_SEQUENCE):
        return True
    at = start.find(b"\0\0\1", 0, 5)
    if at < 0 or start[:at].strip(b"\0") or len(start) < at + 6:
        return False
    kind, following = start[at + 3], start[at + 4]
    is_h264 = kind & 0x9F in (7, 9)  # parameters, or the mark of an access unit
    is_hevc = kind in (0x40, 0x46) and following == 1
    return is_h264 or is_hevc


_CHECKS: dict[str, Callable[[Content], bool]] = {
    "mp4": _mp4_is_cut,
    "matroska": _matroska_is_cut,
    "avi": _avi_is_cut,
    "asf": _asf_is_cut,
    "flv": _flv_is_cut,
    "ogg": _ogg_is_cut,
    "y4m": _y4m_is_cut,
    "mxf": _mxf_is_cut,
    "ps": _ps_is_cut,
    "ts": _ts_is_cut,
}
