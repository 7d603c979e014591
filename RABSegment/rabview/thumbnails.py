"""Small pictures of a study's cines, made when the page asks for one, and kept in the study where it can be written."""

from __future__ import annotations

import asyncio
import io
from contextlib import suppress

import numpy as np

from rabengine.errors import RABSegmentError
from rabengine.io.files.atomic import write_whole
from rabengine.optional import require
from rabengine.study import Study

FOLDER = "thumbnails"
SIZE = (96, 72)  # columns and rows at most
_MOST_AT_HAND = 2000
_WINDOW = (0.5, 99.5)  # percent of the grey values that are black, and that are not white


class Thumbnails:
    """Small pictures of cines.

    Args:
        study: whose.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._at_hand: dict[int, bytes | None] = {}
        self._one = asyncio.Semaphore(1)  # reading cines is for who works; a picture can wait

    async def png(self, number: int) -> bytes | None:
        """The middle frame of a cine; None where it cannot be read."""
        if number not in self._at_hand:
            async with self._one:
                if number not in self._at_hand:
                    if len(self._at_hand) >= _MOST_AT_HAND:
                        self._at_hand.clear()
                    self._at_hand[number] = await asyncio.to_thread(self._made, number)
        return self._at_hand[number]

    def _made(self, number: int) -> bytes | None:
        path = self._study.folder / FOLDER / f"{number:06d}.png"
        with suppress(OSError):
            return path.read_bytes()
        try:
            frames = self._study.read(number).frames
        except RABSegmentError:
            return None
        content = picture(frames)
        with suppress(OSError, RABSegmentError):  # a share that is read-only
            path.parent.mkdir(exist_ok=True)
            write_whole(path, content)
        return content


def picture(frames: np.ndarray) -> bytes:
    """The middle one of (T, H, W) or (T, H, W, 3) frames as a small PNG."""
    frame = np.nan_to_num(np.asarray(frames[len(frames) // 2], np.float32))
    low, high = np.percentile(frame, _WINDOW)
    shown = ((frame - low) / max(high - low, 1e-6)).clip(0, 1) * 255
    image = require("PIL.Image", "Showing small pictures").fromarray(shown.round().astype(np.uint8))
    image.thumbnail(SIZE)
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
