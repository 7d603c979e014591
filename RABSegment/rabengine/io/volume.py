"""Volumes with time last that SimpleITK reads: MetaImage, NIfTI and multi-page TIFF."""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK

from ..cine import Cine
from ..errors import InputError
from .completeness import is_whole
from .frame_buffer import FrameBuffer
from .nrrd import volume_error
from .options import ReadOptions
from .pixels import to_frame
from .quiet import quiet_libraries
from .reader import SuffixReader

SLAB_BYTES = 64 * 2**20  # how much is decoded at once where the format allows
# What may read a file of each name: left to choose, ITK would take any format that the content looks like.
_READERS = {
    ".mha": "MetaImageIO",
    ".mhd": "MetaImageIO",
    ".nii": "NiftiImageIO",
    ".gz": "NiftiImageIO",
    ".tif": "TIFFImageIO",
    ".tiff": "TIFFImageIO",
}
_METAIMAGE_DATA = b"ElementDataFile"
_NIFTI_MAGIC_AT, _NIFTI_WITH_OTHER_FILE = 344, b"ni1\0"
_LONGEST_NAME = 4096


class VolumeReader(SuffixReader):
    """MetaImage, NIfTI and TIFF."""

    name = "MetaImage, NIfTI or TIFF"
    suffixes = (".mha", ".mhd", ".nii", ".nii.gz", ".tif", ".tiff")

    def read(self, path: Path, options: ReadOptions) -> Cine:
        return load_volume(path)

    def files_behind(self, path: Path) -> list[Path]:
        name = path.name.lower()
        if name.endswith((".mha", ".mhd")):
            return _behind_metaimage(path)
        if name.endswith(".nii"):
            _refuse_nifti_pair(path)
        return []


def load_volume(path: Path) -> Cine:
    """Frames and geometry of a volume whose last axis is time.

    Uncompressed MetaImage and NIfTI are read slab by slab; SimpleITK can only read compressed ones at once.

    Raises:
        InputError: it cannot be read, is cut off, or has several slices in every frame.
    """
    if not is_whole(path):
        raise _damaged(path)
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO(_READERS[path.suffix.lower()])
    reader.SetFileName(str(path))
    with quiet_libraries():
        try:
            reader.ReadImageInformation()
            size = _cine_size(reader, str(path))
            with FrameBuffer(expected=size[2]) as buffer:
                for pixels in _frames(reader, size, streamed=_can_stream(path)):
                    buffer.append(to_frame(pixels, str(path)))
                frames = buffer.finish()
        except RuntimeError as error:
            raise _damaged(path) from error
    return _with_geometry(reader, frames, path)


def _damaged(path: Path) -> InputError:
    return InputError(
        f"{path} cannot be read as an image: it is cut off, damaged, or of another type.",
        "Open it in a viewer and save it again.",
    )


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


def _can_stream(path: Path) -> bool:
    """Whether reading a part costs only that part."""
    name = path.name.lower()
    if name.endswith(".nii"):
        return True
    if name.endswith((".mha", ".mhd")):
        with path.open("rb") as stream:
            return b"CompressedData = True" not in stream.read(4096)
    return False


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


def _with_geometry(reader: SimpleITK.ImageFileReader, frames: np.ndarray, path: Path) -> Cine:
    dimensions = reader.GetDimension()
    step = reader.GetSpacing()
    origin = (*reader.GetOrigin()[:3], 0.0)[:3]
    cosines = np.eye(3)
    kept = min(dimensions, 3)
    cosines[:kept, :kept] = np.array(reader.GetDirection()).reshape(dimensions, dimensions)[:kept, :kept]
    spacing: tuple[float, float] | None = (step[0], step[1])
    is_tiff = path.suffix.lower() in (".tif", ".tiff")  # its resolution is that of a print
    if spacing == (1.0, 1.0) or is_tiff:
        spacing = None  # 1 is what uncalibrated files say
    index_name, index_unit, index_values = _index(step, len(frames), path)
    return Cine(
        frames=frames,
        spacing=spacing,
        origin=(origin[0], origin[1], origin[2]),
        direction=tuple(cosines.ravel().tolist()),
        index_name=index_name,
        index_unit=index_unit,
        index_values=index_values,
        source=str(path),
        slice_spacing=1.0 if dimensions < 3 or is_tiff else step[2],
    )


def _index(step: tuple[float, ...], frame_count: int, path: Path) -> tuple[str, str, tuple[float, ...]]:
    """Only NIfTI says that its fourth axis is time; its step is then in seconds."""
    is_nifti = path.name.lower().endswith((".nii", ".nii.gz"))
    if is_nifti and len(step) == 4 and math.isfinite(step[3]) and step[3] not in (0.0, 1.0):
        return "time", "s", tuple(frame * step[3] for frame in range(frame_count))
    return "frame", "", tuple(float(frame) for frame in range(frame_count))


def _behind_metaimage(path: Path) -> list[Path]:
    """The one place in the file that names its data decides.

    A header with two of them, or with none, could be read in another way by the library than by us.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = content.find(_METAIMAGE_DATA)
        is_only = at >= 0 and content.find(_METAIMAGE_DATA, at + 1) < 0
        start = at + len(_METAIMAGE_DATA)
        line = content[start : start + _LONGEST_NAME].splitlines()[:1] if is_only else []
    name = line[0].decode("latin-1").lstrip(" \t=:").rstrip() if line else ""
    if name.lower() == "local":
        return []
    if not name or not name.isprintable() or "%" in name or name.split()[0].upper() == "LIST":
        raise InputError(f"{path} does not name one file for its pixels.", "Save it as one .mha file.")
    return [path.parent / name]


def _refuse_nifti_pair(path: Path) -> None:
    with path.open("rb") as stream:
        stream.seek(_NIFTI_MAGIC_AT)
        if stream.read(4) == _NIFTI_WITH_OTHER_FILE:
            raise InputError(f"{path} keeps its pixels in another file.", "Save it as one .nii file.")
