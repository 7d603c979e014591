"""Multi-frame DICOM, and folders of single-frame DICOM files."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import SimpleITK

from ..cine import Cine
from ..errors import InputError
from .dicom_calibration import frame_times, pixel_spacing
from .dicom_frames import fragment_spans, frame_spans, single_frames
from .dicom_header import NUMBER_OF_FRAMES, DicomHeader, is_dicom, numbers, read_header, uint
from .frame_buffer import FrameBuffer
from .options import ReadOptions
from .pixels import to_frame
from .quiet import quiet_libraries
from .reader import SuffixReader

WHOLE_FILE_LIMIT_BYTES = 128 * 2**20  # larger ones are decoded frame by frame

_BITS_ALLOCATED = 0x00280100
_VIDEO_SYNTAXES = "1.2.840.10008.1.2.4.10"  # MPEG and HEVC: all frames in one fragment


class DicomReader(SuffixReader):
    """DICOM, whatever the name of the file."""

    name = "DICOM"
    suffixes = (".dcm", ".dicom")

    def recognizes(self, path: Path) -> bool:
        return is_dicom(path) or super().recognizes(path)

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_dicom(path)


def load_dicom(path: Path, whole_file_limit: int = WHOLE_FILE_LIMIT_BYTES) -> Cine:
    """Frames, pixel size and frame times of one DICOM file.

    Raises:
        InputError: the file is cut off or cannot be decoded.
    """
    header = read_header(path)
    frame_count = _frame_count(header)
    _require_all_pixels(path, header, frame_count)
    with quiet_libraries():
        try:
            frames, geometry = _decode(path, header, frame_count, whole_file_limit)
        except RuntimeError as error:
            if header.pixel_tag_at is None:
                raise InputError(f"{path} is not a DICOM image.", "Check that it opens in a viewer.") from error
            raise InputError(
                f"The pixels of {path} cannot be decoded ({header.transfer_syntax or 'no transfer syntax'}).",
                "Export the DICOM file again, uncompressed or as JPEG.",
            ) from error
    if len(frames) != frame_count:
        raise InputError(
            f"{path} declares {frame_count} frames but holds {len(frames)}.",
            "Copy or export the DICOM file again.",
        )
    times = frame_times(header, frame_count)
    spacing, warnings = pixel_spacing(header, (frames.shape[1], frames.shape[2]))
    return Cine(
        frames=frames,
        spacing=spacing,
        origin=geometry[0],
        direction=geometry[1],
        index_name="time" if times else "frame",
        index_unit="s" if times else "",
        index_values=times or tuple(float(frame) for frame in range(len(frames))),
        source=str(path),
        warnings=warnings,
    )


def load_dicom_slices(paths: list[Path], source: Path) -> Cine:
    """A cine from single-frame files, in the order given.

    Raises:
        InputError: a file has several frames, differs in size, or cannot be decoded.
    """
    first: Cine | None = None
    with FrameBuffer(expected=len(paths)) as buffer:
        for path in paths:
            single = load_dicom(path)
            if single.frame_count != 1:
                raise InputError(
                    f"{path} holds {single.frame_count} frames, but a folder must hold one frame a file.",
                    "Give that file itself as the cine.",
                )
            first = first or single
            if single.frames.shape != first.frames.shape or single.frames.dtype != first.frames.dtype:
                raise InputError(f"{path} differs in size or pixel type from {paths[0]}.", "Remove it from the folder.")
            buffer.append(single.frames[0])
        frames = buffer.finish()
    times = frame_times(read_header(paths[0]), len(paths))
    assert first is not None
    return Cine(
        frames=frames,
        spacing=first.spacing,
        origin=first.origin,
        direction=first.direction,
        index_name="time" if times else "frame",
        index_unit="s" if times else "",
        index_values=times or tuple(float(frame) for frame in range(len(paths))),
        source=str(source),
        warnings=first.warnings,
    )


def _decode(
    path: Path, header: DicomHeader, frame_count: int, whole_file_limit: int
) -> tuple[np.ndarray, tuple[tuple[float, float, float], tuple[float, ...]]]:
    """(T, H, W[, 3]) frames, with origin and direction (LPS)."""
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(path))
    reader.ReadImageInformation()
    size = reader.GetSize()
    decoded_bytes = math.prod(size) * reader.GetNumberOfComponents() * _bytes_per_sample(header)
    geometry = _geometry(reader)
    spans = frame_spans(path, header, frame_count) if decoded_bytes > whole_file_limit else None
    with FrameBuffer(expected=frame_count) as buffer:
        if spans is not None:
            for pixels in single_frames(path, header, spans):
                buffer.append(to_frame(pixels, str(path)))
        else:
            image = reader.Execute()
            whole = SimpleITK.GetArrayViewFromImage(image)
            for pixels in whole if image.GetDimension() == 3 else whole[np.newaxis]:
                buffer.append(to_frame(pixels, str(path)))
        return buffer.finish(), geometry


def _geometry(reader: SimpleITK.ImageFileReader) -> tuple[tuple[float, float, float], tuple[float, ...]]:
    origin, direction = reader.GetOrigin(), reader.GetDirection()
    if len(origin) != 3:
        return (0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    return (origin[0], origin[1], origin[2]), tuple(direction)


def _require_all_pixels(path: Path, header: DicomHeader, frame_count: int) -> None:
    """Refuse a file that ends early: a decoder might fill the missing frames with black.

    Raises:
        InputError: it does.
    """
    complete = True
    if header.pixel_tag_at is None:
        complete = not header.values  # nothing understood: let the decoder say
    elif header.pixel_length is not None:
        complete = header.pixels_at + header.pixel_length <= header.file_size
    elif header.byte_order == "<":
        spans, closed = fragment_spans(path, header)
        if header.transfer_syntax.startswith(_VIDEO_SYNTAXES):
            complete = closed
        else:
            complete = len(spans) == frame_count or (len(spans) > frame_count and closed)
    if not complete:
        raise InputError(
            f"{path} is cut off: it ends before all {frame_count} frames.",
            "Copy or export the DICOM file again.",
        )


def _frame_count(header: DicomHeader) -> int:
    count = numbers(header.values, NUMBER_OF_FRAMES)
    return int(count[0]) if count and count[0] >= 1 else 1


def _bytes_per_sample(header: DicomHeader) -> int:
    return max(uint(header.values, _BITS_ALLOCATED, header.byte_order), 8) // 8
