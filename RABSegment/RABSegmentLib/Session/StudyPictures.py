"""Small pictures of a study's cines, made where somebody looks at the list, and kept in the study if it can be."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from rabengine.errors import RABSegmentError
from rabengine.io.files.atomic import write_whole
from rabengine.optional import require
from rabengine.study import Study

FOLDER = "thumbnails"
SIZE = (96, 72)  # columns and rows at most
_WINDOW = (0.5, 99.5)  # percent of the grey values that are black, and that are not white


def picturePath(study: Study, number: int) -> Path:
    """Where the picture of a cine is kept."""
    return study.folder / FOLDER / f"{number:06d}.png"


def cinePicture(
    study: Study, number: int, python: Sequence[str] = (), cancel: threading.Event | None = None
) -> bytes | None:
    """The middle frame of a cine as a small PNG; None where it cannot be read. May be called in any thread.

    Args:
        study: whose. number: of the cine.
        python: command that starts Python; by default the interpreter that runs this.
        cancel: ends it when it is set; there is no picture then.
    """
    path = picturePath(study, number)
    with suppress(OSError):
        return path.read_bytes()
    try:
        content = smallPicture(study.read(number, python, cancel).frames)
    except RABSegmentError:
        return None
    with suppress(OSError, RABSegmentError):  # a share that is read-only
        path.parent.mkdir(exist_ok=True)
        write_whole(path, content)
    return content


def smallPicture(frames: np.ndarray) -> bytes:
    """The middle one of (T, H, W) or (T, H, W, 3) frames as a small PNG."""
    frame = np.nan_to_num(np.asarray(frames[len(frames) // 2], np.float32))
    low, high = np.percentile(frame, _WINDOW)
    shown = ((frame - low) / max(high - low, 1e-6)).clip(0, 1) * 255
    image = require("PIL.Image", "Showing small pictures").fromarray(shown.round().astype(np.uint8))
    image.thumbnail(SIZE)
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
