"""Volumes with time last that SimpleITK reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.frame_buffer import FrameBuffer
from rabengine.io.pixels import damaged, to_frame
from rabengine.io.quiet import quiet_libraries

from .nrrd import unit_spacing_warning, volume_error

SLAB_BYTES = 64 * 2**20  # how much is decoded at once where the format allows


def load_itk(path: Path, image_io: str, streams: bool, has_spacing: bool) -> Cine:
    """Frames and geometry of a volume whose last axis is time.

    Args:
        image_io: ITK's name of what reads the file: left to choose, ITK would take any format that the content looks
            like, and follow it to other files.
        streams: whether reading a part costs only that part; SimpleITK can only read compressed files at once.
        has_spacing: whether the file says how large a pixel is.

    Raises:
        InputError: it cannot be read, or has several slices in every frame.
    """
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO(image_io)
    reader.SetFileName(str(path))
    with quiet_libraries():
        try:
            reader.ReadImageInformation()
            size = _cine_size(reader, str(path))
            with FrameBuffer(expected=size[2]) as buffer:
                for pixels in _frames(reader, size, streams):
                    buffer.append(to_frame(pixels, str(path)))
                frames = buffer.finish()
        except RuntimeError as error:
            raise damaged(path) from error
    return _with_geometry(reader, frames, path, has_spacing)


def _cine_size(reader: SimpleITK.ImageFileReader, source: str) -> tuple[int, int, int, bool]:
    """Columns, rows, frames, and whether time is the fourth axis."""
    size = reader.GetSize()
    if len(size) == 2:
        return size[0], size[1], 1, False
    if len(size) == 3 or (len(size) == 4 and size[3] == 1):
        return size[0], size[1], size[2], False
    if len(size) == 4 and size[2] == 1:
        return size[0], size[1], size[3], True
    if len(size) == 4:
        raise volume_error(source, size[2])
    raise InputError(f"{source} has {len(size)} axes, which is not a cine.", "Save frames with time last.")


def _frames(
    reader: SimpleITK.ImageFileReader, size: tuple[int, int, int, bool], streamed: bool
) -> Iterator[np.ndarray]:
    """Each frame's pixels, (H, W) or (H, W, channels)."""
    columns, rows, frame_count, fourth = size
    whole = list(reader.GetSize())
    frame_bytes = columns * rows * reader.GetNumberOfComponents() * 8
    step = max(SLAB_BYTES // frame_bytes, 1) if streamed else frame_count
    time_axis = 3 if fourth else 2
    for start in range(0, frame_count, step):
        if step < frame_count:
            part, corner = list(whole), [0] * len(whole)
            part[time_axis], corner[time_axis] = min(step, frame_count - start), start
            reader.SetExtractSize(part)
            reader.SetExtractIndex(corner)
        image = reader.Execute()
        channels = image.GetNumberOfComponentsPerPixel()
        block = SimpleITK.GetArrayViewFromImage(image)
        yield from (block.reshape(-1, rows, columns, channels) if channels > 1 else block.reshape(-1, rows, columns))


def _with_geometry(reader: SimpleITK.ImageFileReader, frames: np.ndarray, path: Path, has_spacing: bool) -> Cine:
    dimensions = reader.GetDimension()
    step = reader.GetSpacing()
    origin = (*reader.GetOrigin()[:3], 0.0)[:3]
    cosines = np.eye(3)
    kept = min(dimensions, 3)
    cosines[:kept, :kept] = np.array(reader.GetDirection()).reshape(dimensions, dimensions)[:kept, :kept]
    spacing = (step[0], step[1]) if has_spacing else None
    return Cine(
        frames=frames,
        spacing=spacing,
        origin=(origin[0], origin[1], origin[2]),
        direction=tuple(cosines.ravel().tolist()),
        index_values=tuple(float(frame) for frame in range(len(frames))),
        source=str(path),
        slice_spacing=1.0 if dimensions < 3 else step[2],
        warnings=unit_spacing_warning(spacing),
    )
