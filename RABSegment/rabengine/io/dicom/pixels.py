"""The frames of a DICOM file, decoded one at a time so that memory does not grow with the length of the cine."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import SimpleITK

from rabengine.errors import InputError, PackageMissingError
from rabengine.io.files.owned_folder import OwnedFolder
from rabengine.io.pixels import check_frame_size, to_frame
from rabengine.io.quiet import quiet_libraries
from rabengine.optional import require

from .files import numbers_of, quiet_pydicom, value_of
from .rescale import rescales_of

_UNDEFINED = 0xFFFFFFFF
_LONG_VRS = (b"OB", b"OW", b"OF", b"OD", b"UN")
_MOST_FRAMES = 10_000_000
_VIDEO_SYNTAXES = "1.2.840.10008.1.2.4.10"  # MPEG-2, MPEG-4, HEVC: all frames are one stream
_COPIED = 1 << 20
_MOST_AT_ONCE = 64 * 2**20
_PLUGINS = ("pillow", "pylibjpeg", "pyjpegls", "pydicom")
_JPEG_START = b"\xff\xd8\xff"


def is_video(header: Any) -> bool:
    """Whether the pixels are one video stream."""
    return str(header.transfer_syntax).startswith(_VIDEO_SYNTAXES)


def frame_count(path: Path, header: Any, source: str) -> int:
    """How many frames the file declares, after it was seen that it holds that many.

    Raises:
        InputError: it holds fewer, or its header makes no sense.
    """
    declared = _declared(source, header)
    _check_size(source, header)
    with path.open("rb") as stream:
        length = _to_value(stream, header)
        size = path.stat().st_size
        at = stream.tell()
        if length != _UNDEFINED:
            held = min(length, size - at) * 8 // max(_frame_bits(header), 1)
        else:
            held = _compressed_frames(stream, header, declared, size)
    if held < declared:
        raise InputError(
            f"{source} is cut off or damaged: it declares {declared} frames but holds {held}.",
            "Copy or export the DICOM file again.",
        )
    return declared


def _declared(source: str, header: Any) -> int:
    if "NumberOfFrames" not in header:
        return 1
    numbers = numbers_of(header, "NumberOfFrames")
    if value_of(header, "NumberOfFrames") is None:
        return 1
    if len(numbers) != 1 or not math.isfinite(numbers[0]) or numbers[0] != int(numbers[0]) or numbers[0] < 0:
        raise InputError(f"{source} has a number of frames that is no number.", "Copy or export the DICOM file again.")
    return max(int(numbers[0]), 1)


def _check_size(source: str, header: Any) -> None:
    rows, columns, samples = (numbers_of(header, name) for name in ("Rows", "Columns", "SamplesPerPixel"))
    bits = numbers_of(header, "BitsAllocated")
    if not (rows and columns and bits and rows[0] >= 1 and columns[0] >= 1 and bits[0] >= 1):
        raise InputError(f"{source} does not say the size of its frames.", "Copy or export the DICOM file again.")
    check_frame_size(int(rows[0]), int(columns[0]), int(samples[0]) if samples else 1, math.ceil(bits[0] / 8), source)


def _frame_bits(header: Any) -> int:
    rows, columns, bits = (int(numbers_of(header, name)[0]) for name in ("Rows", "Columns", "BitsAllocated"))
    samples = int((numbers_of(header, "SamplesPerPixel") or (1,))[0])
    pixels = rows * columns * samples
    if value_of(header, "PhotometricInterpretation") == "YBR_FULL_422" and not _is_compressed(header):
        pixels = pixels * 2 // 3
    return pixels * bits


def _is_compressed(header: Any) -> bool:
    return bool(header.transfer_syntax not in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"))


def _to_value(stream: BinaryIO, header: Any) -> int:
    """Go to the first byte of the pixel data's value; returns its length."""
    implicit, little = header.original_encoding
    order: Any = "little" if little else "big"
    stream.seek(header.pixels_at + 4)
    if not implicit and stream.read(2) in _LONG_VRS:
        stream.read(2)
    elif not implicit:
        stream.seek(header.pixels_at + 4)
    return int.from_bytes(stream.read(4), order)


def _compressed_frames(stream: BinaryIO, header: Any, declared: int, size: int) -> int:
    """How many whole frames a list of fragments holds, as far as `declared` goes."""
    start = stream.tell()
    spans, closed = fragment_spans(stream, size)
    if is_video(header):
        return declared if closed and spans else 0
    tables = [value_of(header, name) for name in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")]
    if all(tables):
        origin = spans[0][0] - 8 if spans else size
        offsets, lengths = (np.frombuffer(table[: len(table) // 8 * 8], "<u8").tolist() for table in tables)
        ends = [origin + 8 + at + length for at, length in zip(offsets, lengths, strict=False)]
        return sum(end <= size for end in ends)
    encaps = require("pydicom.encaps", "Reading DICOM")
    stream.seek(start)
    try:
        offsets = encaps.parse_basic_offsets(stream)
    except Exception:
        offsets = []
    if len(offsets) == declared and spans:  # the frames are groups of fragments
        origin = spans[0][0] - 8
        reached = spans[-1][0] + spans[-1][1]
        begun = sum(origin + offset < reached for offset in offsets)
        return begun if closed or len(spans) == len(offsets) else max(begun - 1, 0)
    if len(spans) >= declared and declared > 1 and len(spans) != declared:
        return min(_starts(stream, spans), len(spans)) if closed else max(_starts(stream, spans) - 1, 0)
    if declared == 1:
        return 1 if spans and (closed or len(spans) == 1) else 0
    return len(spans)


def _starts(stream: BinaryIO, spans: list[tuple[int, int]]) -> int:
    """How many fragments begin a JPEG picture; all of them where none does."""
    count = 0
    for at, _length in spans:
        stream.seek(at)
        count += stream.read(3) == _JPEG_START
    return count or len(spans)


def fragment_spans(stream: BinaryIO, size: int) -> tuple[list[tuple[int, int]], bool]:
    """Offset and length of each whole fragment after the offset table, and whether the list is closed.

    Done here because pydicom's `parse_fragments` does not tell a list that is cut off from one that is closed.
    """
    spans: list[tuple[int, int]] = []
    at = stream.tell()
    while True:
        stream.seek(at)
        mark = stream.read(8)
        length = int.from_bytes(mark[4:], "little")
        if mark[:4] != b"\xfe\xff\x00\xe0" or len(mark) < 8 or at + 8 + length > size:
            return spans[1:], mark[:4] == b"\xfe\xff\xdd\xe0"
        spans.append((at + 8, length))
        at += 8 + length


def copy_stream(path: Path, header: Any, target: Path) -> None:
    """Write the video stream that the fragments of a file make up."""
    with path.open("rb") as stream, target.open("wb") as copy:
        if _to_value(stream, header) != _UNDEFINED:
            raise InputError(f"{path} names a video codec but holds none.", "Export the DICOM file again.")
        spans, _closed = fragment_spans(stream, path.stat().st_size)
        for at, length in spans:
            stream.seek(at)
            while length > 0:
                block = stream.read(min(length, _COPIED))
                copy.write(block)
                length -= len(block)


def decoded_frames(path: Path, header: Any, count: int, source: str) -> Iterator[np.ndarray]:
    """(H, W) or (H, W, 3) each, in the order of the file; palettes are expanded and colours are RGB.

    Args:
        source: names the file in messages.

    Raises:
        InputError: the pixels cannot be decoded; it says what would help.
    """
    done = 0
    failure: Exception | None = None
    with quiet_pydicom(), quiet_libraries():
        for frames in _ways(path, header):
            try:
                for frame in itertools.islice(frames, done, count):
                    done += 1
                    yield to_frame(frame, source)
                return
            except (InputError, OSError, MemoryError):
                raise
            except Exception as error:  # the next decoder may know better
                failure = failure or error
    raise _undecodable(header, source) from failure


def stored_frames(path: Path, header: Any, count: int, source: str) -> Iterator[np.ndarray]:
    """(H, W) each, the values as they are stored, those of a bit a pixel too; for labels, not for pictures.

    Args:
        source: names the file in messages.

    Raises:
        InputError: the pixels cannot be decoded; it says what would help.
    """
    pixels = require("pydicom.pixels", "Reading DICOM")
    if numbers_of(header, "BitsAllocated") == (1,) and not _is_compressed(header):
        yield from _frames_of_bits(path, header, count)
        return
    with quiet_pydicom(), quiet_libraries():
        try:
            yield from itertools.islice(pixels.iter_pixels(path, raw=True), count)
        except (OSError, MemoryError):
            raise
        except Exception as error:  # of pydicom and its decoders
            raise _undecodable(header, source) from error


def _frames_of_bits(path: Path, header: Any, count: int) -> Iterator[np.ndarray]:
    """(H, W) each, of a bit a pixel: frames follow without a gap, so that one may begin within a byte.

    Done here because pydicom fails on such a frame when it is asked for it alone.
    """
    rows, columns = (int(numbers_of(header, name)[0]) for name in ("Rows", "Columns"))
    with path.open("rb") as stream:
        _to_value(stream, header)
        start = stream.tell()
        for number in range(count):
            first, end = number * rows * columns, (number + 1) * rows * columns
            stream.seek(start + first // 8)
            held = np.frombuffer(stream.read((end + 7) // 8 - first // 8), np.uint8)
            bits = np.unpackbits(held, bitorder="little")[first % 8 :][: rows * columns]
            yield bits.reshape(rows, columns)


def _ways(path: Path, header: Any) -> Iterator[Iterator[np.ndarray]]:
    """The frames by each decoder that is installed, the most forgiving first."""
    if not _is_compressed(header):
        yield _with_pydicom(path, header, "")
        return
    installed = _decoders(header)
    # python-gdcm ends the process on JPEG streams that are damaged: only where there is nothing else.
    for plugin in [name for name in _PLUGINS if name in installed] or installed:
        yield _with_pydicom(path, header, plugin)
    if installed and path.stat().st_size <= _MOST_AT_ONCE:  # pydicom finds its way in odd headers better from memory
        yield _with_pydicom(_dataset(path), header, _first(installed))
    if not installed and _is_known(header):
        yield _with_gdcm(path, header)


def _dataset(path: Path) -> Any:
    return require("pydicom", "Reading DICOM").dcmread(path, force=True)


def _first(installed: list[str]) -> str:
    return next((name for name in _PLUGINS if name in installed), installed[0])


def _with_pydicom(source: Any, header: Any, plugin: str) -> Iterator[np.ndarray]:
    pixels = require("pydicom.pixels", "Reading DICOM")
    told: dict[str, Any] = {}
    if not (getattr(header, "file_meta", None) and header.file_meta.get("TransferSyntaxUID")):
        told["transfer_syntax_uid"] = _syntax(header)
    if "NumberOfFrames" in header and not (numbers_of(header, "NumberOfFrames") or (0,))[0]:
        told["number_of_frames"] = 1
    if not _is_compressed(header) and value_of(header, "PhotometricInterpretation") == "YBR_FULL_422":
        # pydicom forgets after one frame that two pixels share their colours: each is asked for alone.
        for number in itertools.count():
            (frame,) = pixels.iter_pixels(source, indices=[number], raw=True, decoding_plugin=plugin, **told)
            yield pixels.convert_color_space(frame, "YBR_FULL", "RGB")
    for frame in pixels.iter_pixels(source, decoding_plugin=plugin, **told):
        yield _as_shown(frame, header)


def _as_shown(frame: np.ndarray, header: Any) -> np.ndarray:
    """RGB of a frame whose values are places in a palette, and white where white is the largest value."""
    is_plain = rescales_of(header, [0]) == [(1.0, 0.0)]
    if value_of(header, "PhotometricInterpretation") == "MONOCHROME1" and is_plain:
        return _inverted(frame, header)
    if value_of(header, "PhotometricInterpretation") != "PALETTE COLOR":
        return frame
    processing = require("pydicom.pixels.processing", "Reading DICOM")
    coloured = processing.apply_color_lut(frame, header)
    if coloured.dtype == np.uint16 and not np.any(coloured & 0xFF):
        return (coloured >> 8).astype(np.uint8)  # a table of 16 bits that says what 8 bits could
    return np.asarray(coloured)


def _inverted(frame: np.ndarray, header: Any) -> np.ndarray:
    """As screens show a frame whose lowest value is white; values that are measured ones stay what they are."""
    if frame.dtype.kind == "i":
        return np.invert(frame)
    if frame.dtype.kind != "u":
        return frame
    bits = int((numbers_of(header, "BitsStored") or (frame.dtype.itemsize * 8,))[0])
    return np.subtract(2**bits - 1, frame, dtype=frame.dtype) if int(frame.max(initial=0)) < 2**bits else frame


def _with_gdcm(path: Path, header: Any) -> Iterator[np.ndarray]:
    """Each frame as a file of its own through the GDCM that SimpleITK brings, for want of another decoder."""
    pydicom = require("pydicom", "Reading DICOM")
    encaps = require("pydicom.encaps", "Reading DICOM")
    if not _is_compressed(header):
        raise InputError(f"The pixels of {path} cannot be understood.", "Export the DICOM file again.")
    with OwnedFolder() as folder, path.open("rb") as stream:
        _to_value(stream, header)
        count = int((numbers_of(header, "NumberOfFrames") or (1,))[0])
        single = header.group_dataset(0x0028)
        single.SOPClassUID, single.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
        single.file_meta = pydicom.dataset.FileMetaDataset()
        single.file_meta.TransferSyntaxUID = header.transfer_syntax
        single.file_meta.MediaStorageSOPClassUID = single.SOPClassUID
        single.file_meta.MediaStorageSOPInstanceUID = single.SOPInstanceUID
        single.NumberOfFrames = 1
        file = Path(folder) / "frame.dcm"
        for name in ("RescaleSlope", "RescaleIntercept", "FrameIncrementPointer"):
            if name in single:
                delattr(single, name)
        for coded in encaps.generate_frames(stream, number_of_frames=count):
            single.PixelData = encaps.encapsulate([coded])
            single["PixelData"].VR = "OB"
            single["PixelData"].is_undefined_length = True
            single.save_as(file, enforce_file_format=True)
            image = SimpleITK.ReadImage(str(file), imageIO="GDCMImageIO")
            pixels = SimpleITK.GetArrayFromImage(image)
            yield pixels[0] if image.GetDimension() == 3 else pixels


def _syntax(header: Any) -> Any:
    return require("pydicom.uid", "Reading DICOM").UID(header.transfer_syntax)


def _is_known(header: Any) -> bool:
    """Whether pydicom knows how the pixels are coded, whatever is installed."""
    try:
        require("pydicom.pixels", "Reading DICOM").get_decoder(_syntax(header))
    except NotImplementedError:
        return False
    return True


def _decoders(header: Any) -> list[str]:
    """Names of pydicom's plugins that decode these pixels and are installed."""
    if not _is_known(header):
        return []
    return list(require("pydicom.pixels", "Reading DICOM").get_decoder(_syntax(header)).available_plugins)


def _undecodable(header: Any, source: str) -> InputError:
    """The sentence for pixels that nothing installed decodes, or that are damaged."""
    name = _syntax(header).name
    if not _is_known(header):
        return InputError(
            f"The pixels of {source} are coded in a way that is not supported ({name}).",
            "Export the DICOM file again, uncompressed or as JPEG.",
        )
    if _is_compressed(header) and not _decoders(header):
        return PackageMissingError(f"Decoding {source} ({name})", ("python-gdcm",))
    return InputError(
        f"The pixels of {source} cannot be decoded ({name}): they are damaged.",
        "Copy or export the DICOM file again.",
    )
