"""Pictures whose values are labels: palettes give their indices, not their colours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.errors import InputError
from rabengine.io.orientation import orientation_of_exif
from rabengine.io.picture.animation import require_whole_gif
from rabengine.io.picture.pillow import opened_picture
from rabengine.io.picture.single_picture import (
    EXIF_ORIENTATION,
    is_indexed_tiff,
    is_lossless_webp,
    picture_format,
    read_picture,
)

_INDEXED_MODES = ("P", "1")
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)


@dataclass(frozen=True)
class LabelPages:
    """The pages of a picture.

    Attributes:
        pages: (H, W) or (H, W, channels) each, as they are stored.
        is_lossy: the format does not keep values exactly.
        warnings: what was taken for what, where the file leaves it open.
    """

    pages: list[np.ndarray]
    is_lossy: bool = False
    warnings: tuple[str, ...] = ()


def is_label_picture(path: Path) -> bool:
    """Whether `read_label_pages` is the reader for a file of several frames: GIF, and TIFF with a palette or one bit.

    Raises:
        InputError: the file cannot be opened.
    """
    kind = picture_format(path)
    return kind not in (None, "TIFF") or (kind == "TIFF" and is_indexed_tiff(path))


def read_label_pages(path: Path, size: tuple[int, int] | None = None) -> LabelPages:
    """All pages of a picture of any kind.

    Args:
        path: of the picture.
        size: (rows, columns) that they must have, asked before the pixels are unfolded; None for any.

    Raises:
        InputError: it cannot be read, is cut off, or has another size.
    """
    kind = picture_format(path)
    if kind is None or (kind == "TIFF" and not is_indexed_tiff(path)):
        return LabelPages([read_picture(path, are_labels=True)], _is_lossy_tiff(path) if kind == "TIFF" else False)
    if kind == "GIF":
        require_whole_gif(path)
    with opened_picture(path, (kind,)) as image:
        orientation = orientation_of_exif(image.getexif().get(EXIF_ORIENTATION))
        shape = image.size if orientation.transpose else image.size[::-1]
        if size is not None and kind != "TIFF" and tuple(shape) != size:
            raise wrong_size(f"The mask {path}", (shape[0], shape[1]), size)
        if image.mode not in _INDEXED_MODES and kind != "GIF":
            is_lossy = kind in ("JPEG", "AVIF") or (kind == "WEBP" and not is_lossless_webp(path))
            return LabelPages([read_picture(path, are_labels=True)], is_lossy)
        return _indexed_pages(image, path)


def wrong_size(name: str, found: tuple[int, int], size: tuple[int, int]) -> InputError:
    """The error for a mask whose (rows, columns) are not those of the frames."""
    return InputError(
        f"{name} is {found[1]} x {found[0]} pixels, but the frames are {size[1]} x {size[0]}.",
        "Draw the mask at the size of the frames.",
    )


def _is_lossy_tiff(path: Path) -> bool:
    try:
        with opened_picture(path, ("TIFF",)) as image:
            return image.info.get("compression") in ("jpeg", "tiff_jpeg")
    except InputError:
        return False


def _indexed_pages(image: Any, path: Path) -> LabelPages:
    palette = _Palette(image)
    pages = []
    for number in range(int(getattr(image, "n_frames", 1))):
        image.seek(number)
        pages.append(palette.indices(image, path, number))
    pages, warnings = palette.with_background(pages, path)
    orientation = orientation_of_exif(image.getexif().get(EXIF_ORIENTATION))
    return LabelPages([orientation.apply(page) for page in pages], warnings=warnings)


def _is_grey(colour: tuple[int, ...]) -> bool:
    return len(set(colour)) == 1


class _Palette:
    """The colours of a picture's first page, by index.

    Args:
        image: a Pillow image at its first page.
    """

    def __init__(self, image: Any) -> None:
        colours = image.getpalette("RGB") if image.mode == "P" else None
        self._colours = [] if colours is None else [tuple(colours[at : at + 3]) for at in range(0, len(colours), 3)]
        self._transparent = image.info.get("transparency")

    def indices(self, image: Any, path: Path, number: int) -> np.ndarray:
        """(H, W) uint8 of the page that the image is at.

        Raises:
            InputError: it has colours that the palette lacks.
        """
        if image.mode in ("P", "1", "L"):
            return np.array(image).astype(np.uint8)
        return self._found(np.array(image.convert("RGB")), path, number)

    def _found(self, colours: np.ndarray, path: Path, number: int) -> np.ndarray:
        """Pillow unfolds the later pages of a GIF; of entries that are alike the first is taken."""
        labels = np.zeros(colours.shape[:2], np.uint8)
        known = self._colours or [(value, value, value) for value in range(256)]
        unknown = np.ones(colours.shape[:2], bool)
        for index in reversed(range(len(known))):
            here = (colours == known[index]).all(axis=2)
            labels[here] = index
            unknown &= ~here
        if unknown.any():
            raise InputError(
                f"Page {number} of {path} has colours that its first page lacks, so its labels are not clear.",
                "Give all pages one palette.",
            )
        return labels

    def with_background(self, pages: list[np.ndarray], path: Path) -> tuple[list[np.ndarray], tuple[str, ...]]:
        """The pages with 0 for the background, and what was taken for it where index 0 does not say.

        Indices are labels. But programs that sort palettes by other rules may put the background elsewhere.
        """
        used = sorted({int(value) for page in pages for value in np.unique(page)})
        colours = {index: self._colours[index] for index in used if index < len(self._colours)}
        if len(used) == 2 and used[0] == 0 and [colours.get(index) for index in used] == [_WHITE, _BLACK]:
            turned = [(page == 0).astype(np.uint8) for page in pages]
            return turned, (f"The palette of {path} begins with white: black is taken as background, white as 1.",)
        if 0 in used and (self._is_transparent(0) or _is_grey(colours.get(0, _BLACK))):
            return pages, ()
        backgrounds = [index for index in used if self._is_transparent(index)]
        backgrounds = backgrounds or [index for index in used if colours.get(index) == _BLACK]
        if not backgrounds:
            return pages, ()
        chosen = backgrounds[0]
        if 0 in used:
            swapped = [np.where(page == chosen, 0, np.where(page == 0, chosen, page)) for page in pages]
            return [page.astype(np.uint8) for page in swapped], (
                f"The palette of {path} has a colour at its place 0, and black or nothing at {chosen}: that is taken "
                f"as background, and the colour as segment {chosen}.",
            )
        moved = [np.where(page == chosen, 0, page).astype(np.uint8) for page in pages]
        return moved, (
            f"{path} has nothing of value 0: its value {chosen}, which is black or transparent, "
            "is taken as background.",
        )

    def _is_transparent(self, index: int) -> bool:
        if isinstance(self._transparent, bytes):
            return index < len(self._transparent) and self._transparent[index] == 0
        return index == self._transparent
