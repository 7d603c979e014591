"""Pixels that must not leave: text that is burned into the frames, made black."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.dicom.files import is_dicom, items_of, numbers_of, quiet_pydicom, value_of
from rabengine.optional import require

Box = tuple[int, int, int, int]  # left, top, width, height in pixels


@dataclass(frozen=True)
class Blanking:
    """What becomes black.

    Attributes:
        boxes: these. outside: everything but this, None for no such thing.
        keeps_text: the user has looked, and nothing is to be done about text.
    """

    boxes: tuple[Box, ...] = ()
    outside: Box | None = None
    keeps_text: bool = False

    @property
    def is_chosen(self) -> bool:
        """Whether the user said what is to be done."""
        return bool(self.boxes) or self.outside is not None or self.keeps_text


def parse_box(text: str) -> Box:
    """The box of "x,y,w,h".

    Raises:
        InputError: it is none.
    """
    parts = text.split(",")
    if len(parts) == 4 and all(part.strip().isascii() and part.strip().isdecimal() for part in parts):
        left, top, width, height = (int(part) for part in parts)
        if width and height:
            return left, top, width, height
    raise InputError(f"{text} is no box.", "Give x,y,width,height in pixels from the upper left corner.")


def hidden_pixels(cine: Cine, blanking: Blanking) -> tuple[np.ndarray | None, str]:
    """What of every frame becomes black before it may leave, (H, W) bool or None, and a sentence on it.

    What the user says is done. Without a word: everything outside of the regions that an ultrasound file names for
    its pictures, for text is there; nothing of a file that says that no text is burned in.

    Raises:
        InputError: a box does not lie in the frame.
    """
    if blanking.is_chosen:
        return _as_chosen(cine, blanking)
    header = _header(cine)
    regions = [] if header is None else _regions(header, cine.frame_size)
    if regions:
        hidden = np.ones(cine.frame_size, bool)
        for region in regions:
            hidden[region] = False
        return hidden, "Everything outside of the regions that the file names for its pictures was made black."
    if header is not None and str(value_of(header, "BurnedInAnnotation") or "").upper() == "NO":
        return None, "The file says that no text is burned into its pixels; they were left as they are."
    return None, ""


def require_known_text(cine: Cine, done: str) -> None:
    """Refuse a cine of which nobody says whether text is burned into its pixels.

    Args:
        cine: of `hidden_pixels`. done: its sentence.

    Raises:
        InputError: nobody does.
    """
    if not done:
        raise InputError(
            f"Nothing says whether names or dates are burned into the pixels of {cine.source}.",
            "Look at it: give --keep-text where there are none, else --blank x,y,w,h or --blank-outside x,y,w,h.",
        )


def _as_chosen(cine: Cine, blanking: Blanking) -> tuple[np.ndarray | None, str]:
    hidden = np.zeros(cine.frame_size, bool)
    if blanking.outside is not None:
        hidden[:] = True
        hidden[_place(blanking.outside, cine)] = False
    for box in blanking.boxes:
        hidden[_place(box, cine)] = True
    if not hidden.any():
        return None, "Pixels were left as they are: the user said that no text is burned in."
    return hidden, f"The user had {100 * float(hidden.mean()):.0f} % of the picture made black."


def _place(box: Box, cine: Cine) -> tuple[slice, slice]:
    left, top, width, height = box
    rows, columns = cine.frame_size
    if left >= columns or top >= rows:
        raise InputError(
            f"The box {','.join(map(str, box))} lies outside of {cine.source}, which has {columns} x {rows} pixels.",
            "Count from the upper left corner.",
        )
    return slice(top, top + height), slice(left, left + width)


def _header(cine: Cine) -> object | None:
    """Of the DICOM file that the cine came from, or of the first one in its folder."""
    path = Path(cine.dicom_frames[0].file if cine.dicom_frames else cine.source)
    if path.is_dir():
        path = next((file for file in sorted(path.iterdir()) if file.is_file() and is_dicom(file)), path)
    if not path.is_file() or not is_dicom(path):
        return None
    try:
        with quiet_pydicom():
            found: object = require("pydicom", "Reading DICOM").dcmread(path, stop_before_pixels=True, force=True)
    except Exception:  # of a damaged header nothing is known
        return None
    return found


def _regions(header: object, size: tuple[int, int]) -> list[tuple[slice, slice]]:
    """Where an ultrasound file says that its pictures and curves are."""
    rows, columns = size
    found = []
    for item in items_of(header, "SequenceOfUltrasoundRegions"):
        names = ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")
        corners = [numbers_of(item, name) for name in names]
        if all(len(one) == 1 for one in corners):
            x0, y0, x1, y1 = (int(one[0]) for one in corners)
            if 0 <= x0 < x1 < columns + 1 and 0 <= y0 < y1 < rows + 1:
                found.append((slice(y0, y1 + 1), slice(x0, x1 + 1)))
    return found


def boxes_of(texts: Sequence[str]) -> tuple[Box, ...]:
    """The boxes of several texts; see `parse_box`."""
    return tuple(parse_box(text) for text in texts)
