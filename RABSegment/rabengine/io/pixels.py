"""Pixels as they are read: brought to grey or RGB, refused where they are too many or show nothing."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError

MOST_FRAME_BYTES = 256 * 2**20


def damaged(path: Path) -> InputError:
    """The error for a volume or picture that cannot be read."""
    return InputError(
        f"{path} cannot be read as an image: it is cut off, damaged, or of another type.",
        "Open it in a viewer and save it again.",
    )


def to_frame(pixels: np.ndarray, source: str) -> np.ndarray:
    """(H, W) grey or (H, W, 3) RGB from (H, W[, channels]) pixels of any real type.

    Alpha is dropped, one channel becomes grey, bool becomes uint8, half precision becomes single,
    and foreign byte order becomes native.

    Raises:
        InputError: the pixels are complex, or have a number of channels that is neither grey nor colour.
    """
    if pixels.ndim == 3 and pixels.shape[2] in (1, 2):
        pixels = pixels[:, :, 0]  # the second channel, if any, is alpha
    elif pixels.ndim == 3 and pixels.shape[2] == 4:
        pixels = pixels[:, :, :3]
    if pixels.ndim != 2 and not (pixels.ndim == 3 and pixels.shape[2] == 3):
        raise InputError(
            f"{source} has pixels of shape {pixels.shape}, which are neither grey nor colour.",
            "Give frames with 1 (grey), 3 (RGB) or 4 (RGBA) channels.",
        )
    if pixels.dtype.kind not in "buif":
        raise InputError(f"{source} has pixels of type {pixels.dtype}.", "Give integer or real pixels.")
    if pixels.dtype.kind == "b":
        return pixels.astype(np.uint8)
    if pixels.dtype.kind == "f" and pixels.dtype.itemsize not in (4, 8):
        return pixels.astype(np.float32 if pixels.dtype.itemsize == 2 else np.float64)
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def checked(cine: Cine) -> Cine:
    """The cine if it can be segmented: two frames or more, finite pixels, some contrast.

    NaN pixels become the smallest finite value of the cine, infinite ones its smallest or largest, frames whose times
    do not rise are counted, and `warnings` says so. The frames of the result are read-only.

    Raises:
        InputError: fewer than two frames, no finite pixel, or the same value everywhere.
    """
    if cine.frame_count < 2:
        raise InputError(
            f"{cine.source} has {cine.frame_count} frame{'' if cine.frame_count == 1 else 's'}, "
            "but a cine needs at least two frames.",
            "Give a multi-frame file, a video, or a folder of images.",
        )
    lowest, highest, bad_pixels = _finite_range(cine.frames)
    if lowest is None or highest is None:
        raise InputError(
            f"{cine.source} has no finite pixel: all are NaN or infinite.",
            "Export the cine again with valid pixels.",
        )
    if lowest == highest:
        raise InputError(
            f"{cine.source} has no contrast at all: every pixel is {lowest:g}.",
            "Check that the file shows an image in a viewer.",
        )
    if bad_pixels:
        for frame in cine.frames:
            np.nan_to_num(frame, copy=False, nan=lowest, posinf=highest, neginf=lowest)
        warning = f"{bad_pixels} NaN or infinite pixels were replaced by finite values of the cine."
        cine = replace(cine, warnings=(*cine.warnings, warning))
    cine.frames.flags.writeable = False
    return _with_rising_index(cine)


def _with_rising_index(cine: Cine) -> Cine:
    values = cine.index_values
    if all(later > earlier for earlier, later in itertools.pairwise(values)):
        return cine
    warning = (
        f"The {cine.index_name} does not rise from frame to frame: frames are counted until a frame time is given."
    )
    numbers = tuple(float(frame) for frame in range(cine.frame_count))
    return replace(cine, index_name="frame", index_unit="", index_values=numbers, warnings=(*cine.warnings, warning))


def _finite_range(frames: np.ndarray) -> tuple[float | None, float | None, int]:
    """Smallest and largest finite pixel (None when there is none), and how many are not finite."""
    lowest: float | None = None
    highest: float | None = None
    bad_pixels = 0
    for frame in frames:
        if frame.dtype.kind == "f":
            finite = np.isfinite(frame)
            bad_pixels += int(frame.size - np.count_nonzero(finite))
            frame = frame[finite]
        if frame.size:
            low, high = float(frame.min()), float(frame.max())
            lowest = low if lowest is None else min(lowest, low)
            highest = high if highest is None else max(highest, high)
    return lowest, highest, bad_pixels


def check_frame_size(rows: int, columns: int, channels: int, sample_bytes: int, source: str) -> None:
    """Refuse what a header promises before memory is taken for it.

    Raises:
        InputError: one frame alone would take more than a cine's frame ever does.
    """
    if rows < 1 or columns < 1 or channels < 1:
        raise InputError(f"{source} has frames of {columns} x {rows} pixels.", "Copy or export it again.")
    if rows * columns * channels * sample_bytes > MOST_FRAME_BYTES:
        raise InputError(
            f"{source} says that its frames are {columns} x {rows} pixels, which is more than can be read.",
            "Copy or export it again, or give smaller frames.",
        )
