"""Single pictures: PNG, JPEG, BMP, TIFF and what else SimpleITK reads."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import SimpleITK

from ..errors import InputError
from .quiet import quiet_libraries

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")

_PNG_PALETTE, _PNG_GREY_ALPHA = 3, 4
# By what a picture begins with, whatever its name: left to choose, ITK would take formats that open other files.
_READERS = {
    b"\x89PNG": "PNGImageIO",
    b"\xff\xd8\xff": "JPEGImageIO",
    b"BM": "BMPImageIO",
    b"II*\0": "TIFFImageIO",
    b"MM\0*": "TIFFImageIO",
    b"II+\0": "TIFFImageIO",
    b"MM\0+": "TIFFImageIO",
}


def read_picture(path: Path) -> np.ndarray:
    """(H, W) or (H, W, channels) pixels; palettes are expanded to colour.

    Raises:
        InputError: the file cannot be read, is cut off, or holds several pages.
    """
    if _is_cut_off_jpeg(path):
        raise InputError(f"{path} is cut off: it ends before its last row.", "Copy or export the picture again.")
    if _png_colour_type(path) == _PNG_GREY_ALPHA:
        return _with_pillow(path)  # SimpleITK cannot read grey with alpha
    try:
        with quiet_libraries():
            image = SimpleITK.ReadImage(str(path), imageIO=_reader_of(path))
    except RuntimeError as error:
        raise InputError(
            f"{path} cannot be read as an image: it is cut off, damaged, or of a type that is not supported.",
            "Save it again as PNG.",
        ) from error
    columns, rows, *others = image.GetSize()
    pages = math.prod(others)
    if pages != 1:
        raise InputError(f"{path} holds {pages} pages or slices, not one.", "Save one frame a file.")
    channels = image.GetNumberOfComponentsPerPixel()
    pixels = SimpleITK.GetArrayFromImage(image)
    return pixels.reshape((rows, columns, channels) if channels > 1 else (rows, columns))


def read_label_picture(path: Path) -> np.ndarray:
    """As `read_picture`, but a palette PNG gives its indices, for they are the labels.

    Raises:
        InputError: as `read_picture`.
    """
    return _with_pillow(path) if _png_colour_type(path) == _PNG_PALETTE else read_picture(path)


def _reader_of(path: Path) -> str:
    """Name of ITK's reader; empty, which lets ITK choose, for a label image of another kind.

    Raises:
        InputError: a picture by its name alone.
    """
    start = _bytes_at(path, 0, 4)
    for magic, reader in _READERS.items():
        if start.startswith(magic):
            return reader
    if path.suffix.lower() in PICTURE_SUFFIXES:
        raise InputError(f"{path} is damaged, or no picture whatever its name says.", "Save it again as PNG.")
    return ""


def _with_pillow(path: Path) -> np.ndarray:
    try:
        from PIL import Image
    except ImportError as error:
        raise InputError(
            f"{path} is a PNG with a palette or with grey and alpha, which needs Pillow to read.",
            'Install it with: pip install "rabsegment[video]".',
        ) from error
    try:
        with Image.open(path, formats=("PNG",)) as image:
            return np.array(image)
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"{path} is cut off or damaged.", "Save it again as PNG.") from error


def _png_colour_type(path: Path) -> int | None:
    """The colour type in a PNG's header, None for any other file."""
    start = _bytes_at(path, 0, 26)
    return start[25] if len(start) == 26 and start.startswith(b"\x89PNG\r\n\x1a\n") else None


def _is_cut_off_jpeg(path: Path) -> bool:
    """A JPEG without its end marker; the decoder would fill what is missing with grey."""
    if _bytes_at(path, 0, 3) != b"\xff\xd8\xff":
        return False
    return b"\xff\xd9" not in _bytes_at(path, -4096, 4096)


def _bytes_at(path: Path, offset: int, count: int) -> bytes:
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(size + offset, 0) if offset < 0 else offset)
            return stream.read(count)
    except OSError as error:
        raise InputError(f"{path} cannot be opened ({error.strerror}).", "Check that you may read it.") from error
