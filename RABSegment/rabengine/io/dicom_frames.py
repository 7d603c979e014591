"""The frames of a DICOM file one at a time, so that memory does not grow with the length of the cine.

SimpleITK decodes a whole multi-frame file at once. For long cines we therefore hand it single-frame files
made of the original header and one frame's bytes, so that it still does all decoding and colour conversion.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK

from .dicom_header import DicomHeader
from .owned_folder import OwnedFolder

Span = tuple[int, int]  # offset and length in the file

_ITEM, _SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"


def fragment_spans(path: Path, header: DicomHeader) -> tuple[list[Span], bool]:
    """Where the compressed fragments lie, and whether the file holds all of the last one.

    Only for files whose `pixel_length` is None. The offset table that comes first is not among them.
    """
    spans: list[Span] = []
    with path.open("rb") as stream:
        at = header.pixels_at
        while True:
            stream.seek(at)
            mark = stream.read(8)
            if len(mark) < 8 or mark[:4] != _ITEM:
                return spans[1:], mark[:4] == _SEQUENCE_END
            length = struct.unpack("<I", mark[4:])[0]
            if at + 8 + length > header.file_size:
                return spans[1:], False
            spans.append((at + 8, length))
            at += 8 + length


def frame_spans(path: Path, header: DicomHeader, frame_count: int) -> list[Span] | None:
    """Where each frame's bytes lie, or None when they cannot be told apart (several fragments a frame)."""
    if header.pixel_tag_at is None or header.frame_count_at is None or header.byte_order != "<":
        return None
    if header.pixel_length is None:
        spans, _ = fragment_spans(path, header)
        return spans if len(spans) == frame_count else None
    length = header.pixel_length // frame_count
    return [(header.pixels_at + frame * length, length) for frame in range(frame_count)]


def single_frames(path: Path, header: DicomHeader, spans: list[Span]) -> Iterator[np.ndarray]:
    """Decode frame by frame: (H, W) or (H, W, channels) each.

    Raises:
        RuntimeError: SimpleITK cannot decode a frame.
    """
    assert header.pixel_tag_at is not None
    with OwnedFolder() as folder, path.open("rb") as stream:
        start = _single_frame_header(stream.read(header.pixels_at), header)
        single = folder / "frame.dcm"
        for offset, length in spans:
            stream.seek(offset)
            single.write_bytes(start + _pixel_value(stream.read(length), header))
            image = SimpleITK.ReadImage(str(single), imageIO="GDCMImageIO")
            pixels = SimpleITK.GetArrayFromImage(image)
            yield pixels[0] if image.GetDimension() == 3 else pixels


def _single_frame_header(original: bytes, header: DicomHeader) -> bytes:
    """The original bytes before the pixel value, saying that there is one frame."""
    assert header.frame_count_at is not None and header.pixel_tag_at is not None
    at, length = header.frame_count_at
    one = b"1".ljust(length)
    start = original[:at] + one + original[at + length : header.pixels_at]
    return start[:-4] if header.pixel_length is not None else start  # the length comes last: it is written anew


def _pixel_value(pixels: bytes, header: DicomHeader) -> bytes:
    """What follows the pixel data's tag and VR: a length and bytes, or an item list of one fragment."""
    if header.pixel_length is not None:
        padded = pixels + b"\0" * (len(pixels) % 2)
        return struct.pack("<I", len(padded)) + padded
    no_offsets = _ITEM + struct.pack("<I", 0)
    return no_offsets + _ITEM + struct.pack("<I", len(pixels)) + pixels + _SEQUENCE_END + b"\0\0\0\0"
