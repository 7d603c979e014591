"""Single pictures: TIFF with tifffile, all others and TIFF with a palette with Pillow."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK

from rabengine.errors import InputError, PackageMissingError
from rabengine.io.orientation import UPRIGHT, Orientation, orientation_of_exif
from rabengine.io.quiet import quiet_libraries
from rabengine.io.tiff.reader import read_tiff_page
from rabengine.io.tiff.structure import has_half_floats
from rabengine.optional import require

from .pillow import opened_picture

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".avif")

EXIF_ORIENTATION = 0x0112
# By what a picture begins with, whatever its name: left to choose, libraries would take formats that open other files.
_FORMATS = {
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"BM": "BMP",
    b"GIF8": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
}
_AVIF = (b"ftypavif", b"ftypavis")  # after the size of what says so; the second one is animated
_DEEP_COLOUR, _DEEP_ALPHA = ("RGB;16", "RGBA;16"), "LA;16"  # of a PNG; Pillow would keep only half of the bits


def picture_format(path: Path) -> str | None:
    """ "PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP" or "AVIF" by its first bytes; None for anything else.

    Raises:
        InputError: the file cannot be opened.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(12)
    except OSError as error:
        raise InputError(f"{path} cannot be opened ({error.strerror}).", "Check that you may read it.") from error
    if start.startswith(b"RIFF"):
        return "WEBP" if start[8:] == b"WEBP" else None
    if start[4:] in _AVIF:
        return "AVIF"
    return next((name for magic, name in _FORMATS.items() if start.startswith(magic)), None)


def is_lossless_webp(path: Path) -> bool:
    """Whether the first picture of a WebP keeps its values exactly."""
    with path.open("rb") as stream:
        start = stream.read(1 << 16)
    exact, lossy = start.find(b"VP8L", 12), start.find(b"VP8 ", 12)
    return exact >= 0 and (lossy < 0 or exact < lossy)


def read_picture(path: Path, are_labels: bool = False) -> np.ndarray:
    """(H, W) or (H, W, channels) pixels, turned as the file says; palettes are expanded to colour.

    Args:
        path: of the picture.
        are_labels: values are wanted as they are stored, also where a TIFF says that 0 is white.

    Raises:
        InputError: the file cannot be read, is cut off, or holds several pages.
    """
    kind = _known_format(path)
    if kind == "TIFF" and not is_indexed_tiff(path):
        return _read_tiff(path, are_labels)
    with opened_picture(path, (kind,)) as image:
        _require_one_page(path, int(getattr(image, "n_frames", 1)))
        if _is_deep(image, path):
            pixels = _with_simpleitk(path, "PNGImageIO")
        elif image.mode == "P":
            palette = np.zeros((256, 3), np.uint8)
            colours = np.array(image.getpalette("RGB") or [], np.uint8).reshape(-1, 3)
            palette[: len(colours)] = colours
            pixels = palette[np.array(image)]
        else:
            wanted = {"1": "L", "CMYK": "RGB", "YCbCr": "RGB", "LAB": "RGB", "HSV": "RGB"}.get(image.mode)
            pixels = _values(image if wanted is None else image.convert(wanted))
        return orientation_of_exif(image.getexif().get(EXIF_ORIENTATION)).apply(pixels)


def is_indexed_tiff(path: Path) -> bool:
    """Whether a TIFF has a palette, or one bit a pixel, and lies upright, so that Pillow is its reader."""
    try:
        with opened_picture(path, ("TIFF",)) as image:
            return image.mode in ("P", "1") and orientation_of_exif(image.getexif().get(EXIF_ORIENTATION)) == UPRIGHT
    except InputError:
        return False  # of a kind that another library reads


def _known_format(path: Path) -> str:
    kind = picture_format(path)
    if kind is None:
        raise InputError(f"{path} is damaged, or no picture whatever its name says.", "Save it again as PNG.")
    return kind


def _tiff_orientation(path: Path) -> Orientation:
    """What a TIFF says; upright where Pillow cannot tell."""
    try:
        with opened_picture(path, ("TIFF",)) as image:
            return orientation_of_exif(image.getexif().get(EXIF_ORIENTATION))
    except InputError:
        return UPRIGHT


def _read_tiff(path: Path, are_labels: bool) -> np.ndarray:
    """The one page that is no thumbnail or mask; SimpleITK, where tifffile is missing, knows fewer kinds."""
    orientation = _tiff_orientation(path)
    try:
        require("tifffile", f"Reading {path}")
    except PackageMissingError:
        if orientation != UPRIGHT or has_half_floats(path):
            raise
        return _with_simpleitk(path, "TIFFImageIO")
    return orientation.apply(read_tiff_page(path, are_labels))


def _values(image: Any) -> np.ndarray:
    """As they are stored; Pillow keeps the 16 bits of a PNG in 32 where it is old."""
    pixels = np.array(image)
    return pixels.astype(np.uint16) if image.mode == "I" and image.format == "PNG" else pixels


def _is_deep(image: Any, path: Path) -> bool:
    """Whether it is a PNG with 16 bits a colour.

    Raises:
        InputError: it has 16 bits grey and alpha, which no library that there is reads.
    """
    if image.format != "PNG" or not image.tile:
        return False
    if str(image.tile[0][3]).startswith(_DEEP_ALPHA):
        raise InputError(f"{path} is a PNG of 16 bits with alpha.", "Save it without alpha.")
    return has_deep_colour(image)


def has_deep_colour(image: Any) -> bool:
    """Whether a Pillow image that was not loaded yet has 16 bits a colour, of which Pillow keeps the upper 8."""
    return image.format == "PNG" and bool(image.tile) and str(image.tile[0][3]).startswith(_DEEP_COLOUR)


def _require_one_page(path: Path, pages: int) -> None:
    if pages != 1:
        raise InputError(f"{path} holds {pages} pages or slices, not one.", "Save one frame a file.")


def _unreadable(path: Path) -> InputError:
    return InputError(
        f"{path} cannot be read as an image: it is cut off, damaged, or of a type that is not supported.",
        "Save it again as PNG.",
    )


def _with_simpleitk(path: Path, reader: str) -> np.ndarray:
    try:
        with quiet_libraries():
            image = SimpleITK.ReadImage(str(path), imageIO=reader)
    except RuntimeError as error:
        raise _unreadable(path) from error
    columns, rows, *others = image.GetSize()
    _require_one_page(path, math.prod(others))
    channels = image.GetNumberOfComponentsPerPixel()
    pixels = SimpleITK.GetArrayFromImage(image)
    return pixels.reshape((rows, columns, channels) if channels > 1 else (rows, columns))
