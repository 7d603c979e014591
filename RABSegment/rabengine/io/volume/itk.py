"""Volumes with time last that SimpleITK reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import SimpleITK

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.frame_buffer import FrameBuffer
from rabengine.io.options import ReadOptions
from rabengine.io.pixels import damaged, to_frame
from rabengine.io.quiet import quiet_libraries

from .nrrd import unit_spacing_warning
from .slices import chosen_slice, origin_of_slice

SLAB_BYTES = 64 * 2**20  # how much is decoded at once where the format allows


class _Layout(NamedTuple):
    """Which axes hold the frames, and which slice of the third is read where the fourth is time."""

    columns: int
    rows: int
    frames: int
    time_axis: int
    slice: int = 0


def load_itk(path: Path, image_io: str, streams: bool, has_spacing: bool, options: ReadOptions) -> Cine:
    """Frames and geometry of a volume whose last axis is time.

    Args:
        image_io: ITK's name of what reads the file: left to choose, ITK would take any format that the content looks
            like, and follow it to other files.
        streams: whether reading a part costs only that part; SimpleITK can only read compressed files at once.
        has_spacing: whether the file says how large a pixel is.
        options: which slice to read of several in every frame.

    Raises:
        InputError: it cannot be read, or has several slices in every frame and none was chosen.
    """
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO(image_io)
    reader.SetFileName(str(path))
    with quiet_libraries():
        try:
            reader.ReadImageInformation()
            layout = _layout(reader, str(path), options)
            with FrameBuffer(expected=layout.frames) as buffer:
                for pixels in _frames(reader, layout, streams):
                    buffer.append(to_frame(pixels, str(path)))
                frames = buffer.finish()
        except RuntimeError as error:
            raise damaged(path) from error
    return _with_geometry(reader, frames, path, has_spacing, layout.slice)


def _layout(reader: SimpleITK.ImageFileReader, source: str, options: ReadOptions) -> _Layout:
    size = reader.GetSize()
    if len(size) == 2:
        return _Layout(size[0], size[1], 1, 2)
    if len(size) == 3 or (len(size) == 4 and size[3] == 1):
        return _Layout(size[0], size[1], size[2], 2)
    if len(size) == 4:
        return _Layout(size[0], size[1], size[3], 3, chosen_slice(size[2], size[3], source, options))
    raise InputError(f"{source} has {len(size)} axes, which is not a cine.", "Save frames with time last.")


def _frames(reader: SimpleITK.ImageFileReader, layout: _Layout, streamed: bool) -> Iterator[np.ndarray]:
    """Each frame's pixels, (H, W) or (H, W, channels)."""
    part, corner = list(reader.GetSize()), [0] * reader.GetDimension()
    if layout.time_axis == 3:
        part[2], corner[2] = 1, layout.slice
    frame_bytes = layout.columns * layout.rows * reader.GetNumberOfComponents() * 8
    step = max(SLAB_BYTES // frame_bytes, 1) if streamed else layout.frames
    for start in range(0, layout.frames, step):
        if layout.time_axis < len(part):
            part[layout.time_axis], corner[layout.time_axis] = min(step, layout.frames - start), start
        if part != list(reader.GetSize()):
            reader.SetExtractSize(part)
            reader.SetExtractIndex(corner)
        image = reader.Execute()
        channels = image.GetNumberOfComponentsPerPixel()
        shape = (-1, layout.rows, layout.columns, *((channels,) if channels > 1 else ()))
        yield from SimpleITK.GetArrayViewFromImage(image).reshape(shape)


def _with_geometry(
    reader: SimpleITK.ImageFileReader, frames: np.ndarray, path: Path, has_spacing: bool, slice_number: int
) -> Cine:
    dimensions = reader.GetDimension()
    step = reader.GetSpacing()
    origin = (*reader.GetOrigin()[:3], 0.0)[:3]
    cosines = np.eye(3)
    kept = min(dimensions, 3)
    cosines[:kept, :kept] = np.array(reader.GetDirection()).reshape(dimensions, dimensions)[:kept, :kept]
    spacing = (step[0], step[1]) if has_spacing else None
    slice_spacing = 1.0 if dimensions < 3 else step[2]
    direction = tuple(cosines.ravel().tolist())
    return Cine(
        frames=frames,
        spacing=spacing,
        origin=origin_of_slice((origin[0], origin[1], origin[2]), direction, slice_spacing, slice_number),
        direction=direction,
        index_values=tuple(float(frame) for frame in range(len(frames))),
        source=str(path),
        slice_spacing=slice_spacing,
        warnings=unit_spacing_warning(spacing),
    )
