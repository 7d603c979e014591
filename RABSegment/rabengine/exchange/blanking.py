"""Pixels that must not leave: text that is burned into the frames, made black."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.dicom.files import is_dicom, items_of, numbers_of, quiet_pydicom, value_of
from rabengine.optional import require

from .burned_text import Box, find_text

UNKNOWN = "Nothing says whether names or dates are burned into the pixels: look at them."
NOTHING = "Nothing that looks like text was found: look whether there is none."
STILL = "The picture hardly moves, so text inside of the regions cannot be told from it: look whether there is none."
_OUTSIDE = "Everything outside of the regions that the file names for its pictures was made black."
_ASKED = ("BurnedInAnnotation", "SequenceOfUltrasoundRegions")
_MOST_LISTED = 8  # boxes in a sentence


@dataclass(frozen=True)
class Blanking:
    """What becomes black.

    Attributes:
        boxes: these. outside: everything but this, None for no such thing.
        keeps_text: the user has looked, and nothing is to be done about text.
        finds_text: what looks like text; see `burned_text`.
    """

    boxes: tuple[Box, ...] = ()
    outside: Box | None = None
    keeps_text: bool = False
    finds_text: bool = False

    @property
    def is_chosen(self) -> bool:
        """Whether the user said what is to be done."""
        return bool(self.boxes) or self.outside is not None or self.keeps_text or self.finds_text


@dataclass(frozen=True)
class Hidden:
    """What of every frame becomes black.

    Attributes:
        pixels: (H, W) bool, None for none.
        done: a sentence on it.
        is_known: the file or the user said what is burned in; else it may be anywhere.
        doubt: what a person must look at; empty for nothing.
        found: boxes round what looks like text and was made black for that.
    """

    pixels: np.ndarray | None
    done: str
    is_known: bool
    doubt: str = ""
    found: tuple[Box, ...] = ()


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


def hidden_pixels(cine: Cine, blanking: Blanking) -> Hidden:
    """What of every frame becomes black before it may leave.

    What the user says is done. Everything outside of the regions that an ultrasound file names for its pictures, for
    text is there, unless the user keeps text or names such a region himself. Without a word: also what looks like text
    inside; nothing of a file that says that no text is burned in; of any other what looks like text.

    Raises:
        InputError: a box does not lie in the frame.
    """
    if blanking.is_chosen:
        return _as_chosen(cine, blanking)
    headers = _headers(cine)
    hidden = _outside(headers, cine.frame_size)
    if hidden.any():
        boxes, is_told = find_text(cine.frames)
        found = [box for box in boxes if not hidden[_place(box, cine)].all()]
        told = _with_text(hidden, found, _OUTSIDE, cine)
        return told if is_told else replace(told, doubt=STILL)
    if headers and all(str(value_of(one, "BurnedInAnnotation") or "").upper() == "NO" for one in headers):
        return Hidden(None, "The file says that no text is burned into its pixels; they were left as they are.", True)
    return _with_text(np.zeros(cine.frame_size, bool), find_text(cine.frames)[0], "", cine)


def outside_of_regions(cine: Cine) -> np.ndarray:
    """(H, W) bool, what lies outside of the regions that an ultrasound file names for its pictures."""
    return _outside(_headers(cine), cine.frame_size)


def doubt_of_video(cine: Cine, hidden: Hidden) -> str:
    """What a person must look at in a video or picture of a cine that he made; empty for nothing.

    Of files that are no DICOM nobody expects that they say whether text is burned in.
    """
    return hidden.doubt if hidden.found or cine.dicom_frames else ""


def require_known_text(cine: Cine, hidden: Hidden) -> None:
    """Refuse a cine of which nobody says whether text is burned into its pixels.

    Args:
        cine: of `hidden_pixels`. hidden: its answer.

    Raises:
        InputError: nobody does.
    """
    if not hidden.is_known:
        seen = f"; what looks like text is at {_listed(hidden.found)}" if hidden.found else ""
        raise InputError(
            f"Nothing says whether names or dates are burned into the pixels of {cine.source}{seen}.",
            "Look at it: give --keep-text where there are none, else --blank-text for what looks like text, "
            "--blank x,y,w,h or --blank-outside x,y,w,h.",
        )


def _with_text(hidden: np.ndarray, found: Sequence[Box], done: str, cine: Cine) -> Hidden:
    """With boxes of text; known where there is a sentence already."""
    for box in found:
        hidden[_place(box, cine)] = True
    doubt = "" if done else UNKNOWN
    if found:
        doubt = f"What looks like text was made black ({_listed(found)}): look whether that is all of it."
    pixels = hidden if hidden.any() else None
    return Hidden(pixels, " ".join(filter(None, (done, doubt if found else ""))), bool(done), doubt, tuple(found))


def _listed(boxes: Sequence[Box]) -> str:
    """As --blank takes them."""
    more = f" and {len(boxes) - _MOST_LISTED} more" if len(boxes) > _MOST_LISTED else ""
    return "; ".join(",".join(map(str, box)) for box in boxes[:_MOST_LISTED]) + more


def _as_chosen(cine: Cine, blanking: Blanking) -> Hidden:
    hidden = np.zeros(cine.frame_size, bool)
    if blanking.outside is not None:
        hidden[:] = True
        hidden[_place(blanking.outside, cine)] = False
    for box in blanking.boxes:
        hidden[_place(box, cine)] = True
    done = f"The user had {100 * float(hidden.mean()):.0f} % of the picture made black." if hidden.any() else ""
    if blanking.outside is None and not blanking.keeps_text and (beyond := outside_of_regions(cine)).any():
        hidden |= beyond
        done = f"{_OUTSIDE} {done}".strip()
    if blanking.finds_text:
        return _as_found(hidden, done, cine)
    if not hidden.any():
        return Hidden(None, "Pixels were left as they are: the user said that no text is burned in.", True)
    return Hidden(hidden, done, True)


def _as_found(hidden: np.ndarray, done: str, cine: Cine) -> Hidden:
    """The user wants what looks like text made black, and is to look at what comes of it."""
    boxes, is_told = find_text(cine.frames)
    found = [box for box in boxes if not hidden[_place(box, cine)].all()]
    if not is_told:
        raise InputError(
            f"The picture of {cine.source} hardly moves, so text cannot be told from it.",
            "Look at it: give --blank x,y,w,h for each text, or --keep-text where there is none.",
        )
    told = _with_text(hidden, found, done, cine)
    doubt = told.doubt if found else NOTHING
    return replace(told, done=" ".join(filter(None, (done, doubt))), is_known=True, doubt=doubt)


def _place(box: Box, cine: Cine) -> tuple[slice, slice]:
    left, top, width, height = box
    rows, columns = cine.frame_size
    if left >= columns or top >= rows:
        raise InputError(
            f"The box {','.join(map(str, box))} lies outside of {cine.source}, which has {columns} x {rows} pixels.",
            "Count from the upper left corner.",
        )
    return slice(top, top + height), slice(left, left + width)


def _headers(cine: Cine) -> list[object]:
    """What the DICOM files of a cine say of text and regions, of each of them; nothing where one cannot be read."""
    path = Path(cine.source)
    if cine.source and path.is_dir() and not cine.dicom_frames:
        path = next((file for file in sorted(path.iterdir()) if file.is_file() and is_dicom(file)), path)
    files = dict.fromkeys(Path(frame.file) for frame in cine.dicom_frames) or {path: None}
    found: list[object] = []
    for file in files:
        if not file.is_file() or not is_dicom(file):
            return []
        try:
            with quiet_pydicom():
                read = require("pydicom", "Reading DICOM").dcmread
                found.append(read(file, stop_before_pixels=True, force=True, specific_tags=list(_ASKED)))
        except Exception:  # of a damaged header nothing is known
            return []
    return found


def _outside(headers: Sequence[object], size: tuple[int, int]) -> np.ndarray:
    """What lies outside of the regions of any file; nothing where one names none, or they are the whole picture."""
    hidden = np.zeros(size, bool)
    for header in headers:
        regions = _regions(header, size)
        if not regions:
            return np.zeros(size, bool)
        outside = np.ones(size, bool)
        for region in regions:
            outside[region] = False
        hidden |= outside
    return hidden


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
